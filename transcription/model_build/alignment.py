"""One spoken sentence with the phones of each word and where they begin.

Sentences whose events do not map one to one onto our words are rejected (``None``): espeak-ng
sometimes switches language or merges words, and a wrong label is worse than a missing sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transcription.model_build.synthesis import MANDARIN, Espeak, Event, Manner

#: Phoneme events that are silence.
_PAUSES = frozenset({"", "_", "_|", "_:", "__", "_::", "_!", "_X1"})
#: A shorter silence is the closure of a stop and belongs to the phone after it.
_CLOSURE_S = 0.07
_NOWHERE = -2
#: Mandarin phones that carry a syllable's tone; every syllable has exactly one.
_NUCLEI = frozenset(
    [
        "@",
        "a",
        "A",
        "Au",
        "ai",
        "ei",
        "i",
        "i.",
        "i[",
        "iE",
        "iA",
        "io",
        "iou",
        "o",
        "o-",
        "ong",
        "ou",
        "u",
        "u@",
        "ua",
        "uai",
        "uei",
        "uo",
        "y",
        "y&",
        "y@",
        "yE",
        "yi",
        "yu",
        "@r",
    ]
)


@dataclass(frozen=True)
class Phone:
    """One phone of word number ``word``; silence has the name ``""`` and word -1."""

    start: int  # samples
    end: int
    name: str
    word: int


@dataclass(frozen=True)
class Spoken:
    """Audio at the synthesiser's rate with its phones; they follow each other without a hole."""

    words: tuple[str, ...]
    audio: npt.NDArray[np.int16]
    phones: tuple[Phone, ...]

    def pronunciation(self, word: int) -> str:
        """The phones of one word, by blanks."""
        return " ".join(phone.name for phone in self.phones if phone.word == word)

    def span(self, word: int) -> tuple[int, int]:
        """First and last sample of one word."""
        own = [phone for phone in self.phones if phone.word == word]
        return own[0].start, own[-1].end


def speak(
    espeak: Espeak,
    words: Sequence[str],
    readings: Mapping[str, str],
    manner: Manner,
    commas: frozenset[int] = frozenset(),
) -> Spoken | None:
    """Speak the words; ``commas`` are the words after which the speaker pauses."""
    tokens = [readings[word] + ("," if index in commas else "") for index, word in enumerate(words)]
    starts: dict[int, int] = {}
    position = 1  # espeak-ng counts characters from 1
    for index, token in enumerate(tokens):
        starts[position] = index
        position += len(token) + 1
    audio, events = espeak.speak(" ".join(tokens), manner)
    raw = _phones(events, starts, len(audio))
    if raw is None or {phone.word for phone in raw} - {-1} != set(range(len(words))):
        return None
    merged = _merge(raw, espeak.sample_rate)
    if manner.voice == MANDARIN:
        toned = with_tones(merged, [readings[word] for word in words])
        return None if toned is None else Spoken(tuple(words), audio, toned)
    return Spoken(tuple(words), audio, merged)


def with_tones(phones: Sequence[Phone], readings: Sequence[str]) -> tuple[Phone, ...] | None:
    """Each syllable's vowel named with its tone; ``None`` if syllables and vowels differ in number.

    A third tone before another one, without a pause between them, is spoken as a second.
    """
    tones = [[int(sign) for sign in reading if sign.isdigit()] for reading in readings]
    nuclei: list[tuple[int, int]] = []  # (index of the phone, tone)
    count = [0] * len(readings)
    after_pause: set[int] = set()  # numbers of nuclei before which there is silence
    for index, phone in enumerate(phones):
        if not phone.name:
            after_pause.add(len(nuclei))
        elif phone.name in _NUCLEI:
            if count[phone.word] == len(tones[phone.word]):
                return None
            nuclei.append((index, tones[phone.word][count[phone.word]]))
            count[phone.word] += 1
    if any(found != len(own) for found, own in zip(count, tones, strict=True)):
        return None
    out = list(phones)
    for number, (index, tone) in enumerate(nuclei):
        follows = number + 1 < len(nuclei) and number + 1 not in after_pause
        spoken = 2 if tone == 3 and follows and nuclei[number + 1][1] == 3 else tone
        phone = out[index]
        out[index] = Phone(phone.start, phone.end, f"{phone.name}{spoken}", phone.word)
    return tuple(out)


def _phones(events: Sequence[Event], starts: Mapping[int, int], end: int) -> list[Phone] | None:
    word = -1
    found: list[tuple[int, str, int]] = []
    for event in events:
        if event.position > 0:
            # After a pause the last word event may point at no word of ours; no phone follows it.
            word = starts.get(event.position, _NOWHERE)
        elif event.name in _PAUSES:
            # A trailing word event has position 0 and no name; it reads as silence here.
            found.append((event.sample, "", -1))
        elif event.name.startswith("(") or word < 0:
            return None
        else:
            found.append((event.sample, event.name, word))
    ends = [start for start, _, _ in found[1:]] + [end]
    return [
        Phone(start, stop, name, owner)
        for (start, name, owner), stop in zip(found, ends, strict=True)
    ]


def _merge(phones: Sequence[Phone], sample_rate: int) -> tuple[Phone, ...]:
    joined: list[Phone] = []
    for phone in phones:
        if not phone.name and joined and not joined[-1].name:
            joined[-1] = Phone(joined[-1].start, phone.end, "", -1)
        else:
            joined.append(phone)
    out: list[Phone] = []
    closure: int | None = None
    for index, phone in enumerate(joined):
        short = phone.end - phone.start < _CLOSURE_S * sample_rate
        if not phone.name and short and index + 1 < len(joined):
            closure = phone.start
            continue
        start = phone.start if closure is None else closure
        out.append(Phone(start, phone.end, phone.name, phone.word))
        closure = None
    return tuple(out)
