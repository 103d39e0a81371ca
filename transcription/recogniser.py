"""The port to a speech recogniser: PCM in, partial and final words out.

Nothing here knows Vosk or the session timeline. Times are microseconds of audio fed since the
recogniser was made; they run on over finals and flushes. A recogniser belongs to one thread at a
time: its calls must never overlap.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

#: What a recogniser writes for a word it does not know.
UNKNOWN = "[unk]"
SAMPLE_RATE = 16_000
BYTES_PER_SAMPLE = 2
#: The end of an utterance is tested once per call, so a longer piece could merge two of them.
MAX_PIECE_MS = 200
MAX_PIECE_BYTES = SAMPLE_RATE * BYTES_PER_SAMPLE * MAX_PIECE_MS // 1000


@dataclass(frozen=True)
class Word:
    """One recognised word on the recogniser's clock."""

    text: str
    start_us: int
    end_us: int
    confidence: float  # 0..1


@dataclass(frozen=True)
class Partial:
    """What the unfinished utterance sounds like so far; empty when nothing is being said."""

    text: str


@dataclass(frozen=True)
class Final:
    """A finished utterance; at least one word."""

    words: tuple[Word, ...]
    voice: tuple[float, ...] = ()  # what the speaker model makes of it; empty: nothing


Event = Partial | Final


class Recogniser(Protocol):
    """One stream of speech."""

    def accept(self, pcm: bytes) -> list[Event]:
        """Take 16-bit little-endian mono samples, at most 200 ms; a Final comes before a Partial.

        Raises:
            AudioError: not bytes, an odd number of them, or too many.
        """
        ...

    def finish(self) -> list[Event]:
        """End the utterance in progress, if any. Feeding may go on afterwards."""
        ...


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model without loading it."""

    name: str  # shown to people
    words: int  # 0 when the model does not list its words
    demo: bool  # made from synthetic voices for demonstration only
    digest: str  # SHA-256 over all files, hexadecimal
    language: str  # "zh", "en" or "und"
    size_bytes: int = 0  # of all files
    dynamic: bool = False  # the graph takes a grammar while running


class Engine(Protocol):
    """Makes recognisers that share one loaded model."""

    def known(self, words: Collection[str]) -> frozenset[str]:
        """Those of the words that the model can write."""
        ...

    @property
    def model(self) -> ModelInfo:
        """The loaded model."""
        ...

    def recogniser(self, *, voices: bool = False) -> Recogniser:
        """A new stream; with ``voices`` its finals tell voices apart, if that is possible."""
        ...


def join(words: list[str]) -> str:
    """Text of recognised words: blanks only between words of Latin letters or digits."""
    text = ""
    for word in words:
        if text and _is_latin(text[-1]) and _is_latin(word[:1]):
            text += " "
        text += word
    return text


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
