"""Final words as people like to read them: marks where the speaker paused, percentages in figures.

For screens and files to read only. What was recognised stays as it is; nothing here is evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: A pause between two words this long becomes a comma.
COMMA_US = 280_000

_ASKS = re.compile(
    r"(?:[吗呢么]|谁|什么|多少|哪[里儿个些]?|怎么[样办]?|几[点个时]|是不是|有没有|对不对|为什么|没有)$"
)
_ASKING = re.compile(
    r"谁|什么|多少|哪[里儿个些]|怎么|几[点个时]|是不是|有没有|对不对|为什么|吗$|[\u4e00-\u9fff]没[\u4e00-\u9fff]$"
)
_PERCENT = re.compile(r"百分之([零〇一二两三四五六七八九十百点]+)")
_DIGITS = {name: at for at, name in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


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


def readable(text: str, words: Sequence[Spoken], *, question: bool) -> str:
    """Chinese text with marks and figures; other text and text that has marks is returned as it is.

    ``question``: an interviewer said it, so that a sentence with a question word ends in ？.
    """
    return applied(text, edits(text, words, question=question))


def edits(text: str, words: Sequence[Spoken], *, question: bool) -> list[Edit]:
    """What ``readable`` changes, in order of place: for screens that mark words of the text too."""
    if not text or re.search(r"[，。？！,.?!]", text) or not re.search(r"[\u4e00-\u9fff]", text):
        return []
    found = [Edit(at, at, "，") for at in _pauses(text, words)]
    inside = {one.start for one in found}
    for percent in _PERCENT.finditer(text):
        value = number(percent.group(1))
        if value is not None and not any(percent.start() < at < percent.end() for at in inside):
            found.append(Edit(percent.start(), percent.end(), f"{value}%"))
    asks = bool(_ASKS.search(text)) or (question and bool(_ASKING.search(text)))
    found.sort(key=lambda one: (one.start, one.end))
    return [*found, Edit(len(text), len(text), "？" if asks else "。")]


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


def figures(text: str) -> str:
    """Percentages in figures: 百分之二十一 becomes 21%."""

    def figure(found: re.Match[str]) -> str:
        value = number(found.group(1))
        return found.group() if value is None else f"{value}%"

    return _PERCENT.sub(figure, text)


def number(text: str) -> str | None:
    """A Chinese number up to 999 with decimals in figures; None when it is none."""
    whole, _, rest = text.partition("点")
    value = _whole(whole)
    if value is None or ("点" in text and not rest):
        return None
    if not rest:
        return str(value)
    if not all(character in _DIGITS for character in rest):
        return None
    return f"{value}." + "".join(str(_DIGITS[character]) for character in rest)


def _whole(text: str) -> int | None:
    found = re.fullmatch(
        r"(?:([一二两三四五六七八九])百零?)?(?:([一二三四五六七八九])?(十))?"
        r"([零〇一二两三四五六七八九])?",
        text,
    )
    if not text or not found:
        return None
    hundreds, tens, ten, ones = found.groups()
    value = _DIGITS[hundreds] * 100 if hundreds else 0
    value += (_DIGITS[tens] if tens else 1) * 10 if ten else 0
    return value + (_DIGITS[ones] if ones else 0)
