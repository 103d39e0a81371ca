"""Final words as people like to read them: marks where the speaker paused, numbers in figures.

Which Chinese numbers become figures is in ``display_figures.py``, how English is set in
``display_english.py``. For screens and files to read only: what was recognised stays as it is, its
words, times and search too. Nothing here is evidence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from transcription.display_english import english
from transcription.display_figures import figures

#: A pause between two words this long becomes a comma.
COMMA_US = 280_000

_ASKS = re.compile(
    r"(?:[吗呢么]|谁|什么|多少|哪[里儿个些]?|怎么[样办]?|几[点个时]|是不是|有没有|对不对|为什么|没有)$"
)
_ASKING = re.compile(
    r"谁|什么|多少|哪[里儿个些]|怎么|几[点个时]|是不是|有没有|对不对|为什么|吗$|[\u4e00-\u9fff]没[\u4e00-\u9fff]$"
)
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Spoken:
    """One word with its times in microseconds."""

    text: str
    start_us: int
    end_us: int


@dataclass(frozen=True)
class Edit:
    """Text shown from ``start`` to ``end`` (code points); equal: it is put in there."""

    start: int
    end: int
    text: str


def readable(
    text: str, words: Sequence[Spoken], *, question: bool, names: Sequence[str] = ()
) -> str:
    """Text with marks, figures and capitals; text that has marks already is returned as it is.

    ``question``: an interviewer said it, so that a sentence with a question word ends in ？.
    ``names``: English ones, in the capitals they are written with.
    """
    return applied(text, edits(text, words, question=question, names=names))


def edits(
    text: str, words: Sequence[Spoken], *, question: bool, names: Sequence[str] = ()
) -> list[Edit]:
    """What ``readable`` changes, in order of place: for screens that mark words of the text too."""
    if not text.strip() or re.search(r"[，。？！,.?!]", text):
        return []
    if _CHINESE.search(text) is None:
        if re.search("[A-Za-z]", text) is None:
            return []
        set_so = english(text, _pauses(text, words), question=question, names=names)
        return _apart(text, [Edit(*one) for one in set_so])
    found = [Edit(at, at, "，") for at in _pauses(text, words)]
    found += [Edit(*one) for one in figures(text)]
    asks = bool(_ASKS.search(text)) or (question and bool(_ASKING.search(text)))
    return _apart(text, [*found, Edit(len(text), len(text), "？" if asks else "。")])


def _apart(text: str, found: Sequence[Edit]) -> list[Edit]:
    """Edits in order of place; where two overlap the one named first is kept."""
    kept: list[Edit] = []  # in order, none in another: only its neighbours can overlap a new one
    for one in found:
        at = bisect_left(kept, (one.start, one.end), key=lambda each: (each.start, each.end))
        beside = kept[max(at - 1, 0) : at + 1]
        if not any(one.start < other.end and other.start < one.end for other in beside):
            kept.insert(at, one)
    return [one for one in kept if text[one.start : one.end] != one.text]


def applied(text: str, changes: Sequence[Edit]) -> str:
    """The text with its edits."""
    made, at = [], 0
    for one in changes:
        made += [text[at : one.start], one.text]
        at = one.end
    return "".join([*made, text[at:]])


def _pauses(text: str, words: Sequence[Spoken]) -> list[int]:
    places: list[int] = []
    at = 0
    for before, word in pairwise(words):
        found = text.find(before.text, at)
        if found < 0:
            continue
        at = found + len(before.text)
        if word.start_us - before.end_us >= COMMA_US and 0 < at < len(text):
            places.append(at)
    return sorted(set(places))
