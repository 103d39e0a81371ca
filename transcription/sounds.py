"""How a text sounds: one token a character of Chinese, one a word of Latin letters.

Tones are ignored: recognisers confuse them, and dialects change them. ``fold`` makes equal what
speakers of many regions do not tell apart (n/l, zh/z, ch/c, sh/s, hu/f, final ng/n), so that two
sounds are near when their folded forms are equal. Readings come from pypinyin, in context, so a
character with several readings has the one of its word. Pure: the same text, the same tokens.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from pypinyin import Style, lazy_pinyin
from pypinyin.converter import DefaultConverter
from pypinyin.core import Pinyin

_INITIALS = (
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r",
    "z", "c", "s", "y", "w",
)  # fmt: skip
_NEAR_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l"}
#: hui and fei, huang and fang ...: the glide after h makes it sound like f.
_AFTER_HU = {"u": "u", "ui": "ei", "un": "en", "uan": "an", "uang": "an", "uo": "o"}
#: Characters without a reading one by one; the stubs of pypinyin know only a single string.
_EACH: Any = list
_SAID = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")
_DIGITS = dict(zip("0123456789", _SAID, strict=True))


#: Family names that are read otherwise than the character elsewhere, with their tone.
SURNAMES = {
    "曾": "zeng1", "翟": "zhai2", "单": "shan4", "解": "xie4", "查": "zha1", "仇": "qiu2",
    "区": "ou1", "朴": "piao2", "盖": "ge3", "覃": "qin2", "缪": "miao4", "种": "chong2",
    "乐": "yue4", "黑": "he4", "员": "yun4", "折": "she2", "召": "shao4", "祭": "zhai4",
    "牟": "mu4", "句": "gou1", "繁": "po2", "薄": "bo2", "秘": "bi4",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A sounding piece of a text; ``start`` and ``end`` are code points of the text."""

    start: int
    end: int
    sound: str  # a syllable without tone, or a word in lower case
    latin: bool = False


@lru_cache(maxsize=1024)
def tokens(text: str) -> tuple[Token, ...]:
    """The sounding pieces of a text in order; punctuation and blanks are passed over."""
    found: list[Token] = []
    position = 0
    readings = _readings(text)
    while position < len(text):
        end = position + 1
        if _is_latin(text[position]):
            while end < len(text) and (_is_latin(text[end]) or _is_apostrophe(text, end)):
                end += 1
            found.append(Token(position, end, text[position:end].casefold(), latin=True))
        elif readings[position]:
            found.append(Token(position, end, sys.intern(readings[position])))
        position = end
    return tuple(found)


@lru_cache(maxsize=4096)
def fold(sound: str) -> str:
    """What a syllable has in common with those it is confused with."""
    initial, final = split(sound)
    if initial == "h" and final in _AFTER_HU:
        initial, final = "f", _AFTER_HU[final]
    if final.endswith("ng") and final != "ong" and final != "iong":
        final = final[:-1]
    return _NEAR_INITIALS.get(initial, initial) + final


@lru_cache(maxsize=512)
def surname(character: str) -> str:
    """How a family name of one character is read, with its tone (qin2); empty if it is none."""
    found = lazy_pinyin(character, style=Style.TONE3, errors="ignore")
    return SURNAMES.get(character) or (found[0] if found else "")


def split(sound: str) -> tuple[str, str]:
    """Initial and final of a syllable; either may be empty."""
    initial = next((item for item in _INITIALS if sound.startswith(item)), "")
    return initial, sound[len(initial) :]


class _Remembered:
    """pypinyin's converter, which is asked once for each of the last words it was given."""

    def __init__(self) -> None:
        self._convert = lru_cache(maxsize=8192)(DefaultConverter().convert)

    def convert(self, *given: Any, **named: Any) -> Any:
        return self._convert(*given, **named)


_PINYIN = Pinyin(cast("Any", _Remembered()))


def _readings(text: str) -> list[str]:
    """A syllable for each character that has one, else an empty string."""
    found = _PINYIN.lazy_pinyin(text, errors=_EACH)
    if len(found) != len(text):  # a character whose reading is not one syllable
        found = [(lazy_pinyin(letter, errors="ignore") or [""])[0] for letter in text]
    return [
        _DIGITS.get(letter, reading if reading.isascii() and reading != letter else "")
        for letter, reading in zip(text, found, strict=True)
    ]


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def _is_apostrophe(text: str, at: int) -> bool:
    return text[at] in "'’" and at + 1 < len(text) and _is_latin(text[at + 1])
