"""Text without the spaces of the recogniser, and the way back to the speaker's own characters.

Recognisers write a space between words, people write none, and some write a space where a comma
belongs. ``flatten`` makes one form of all three: spaces between words go, spaces that stand for a
pause become a comma, full-width letters and digits become plain. Every character keeps its place in
the text it came from, so that a quote is always cut from what was given.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from transcription.comparison.model import TURN_CHARACTERS_MAX

#: Runs between spaces of this many characters on average, or one so long: the spaces are pauses.
PAUSE_RUN = 3.0
PAUSE_LONG = 6

_SAME = str.maketrans(
    {"，": ",", "。": ".", "！": ".", "!": ".", "？": "?", "；": ".", ";": ".", "：": ":", "…": ","}
    | {"—": ",", "～": "~", "﹐": ",", "｡": ".", "“": '"', "”": '"', "「": '"', "」": '"'}
)
#: Words of regions that only sound like themselves, by common ones of the same length.
_REGIONAL = {
    "冇": "没",
    "唔": "不",
    "佢": "他",
    "咩": "啥",
    "恁": "你",
    "么子": "什么",
    "啥子": "什么",
    "乜嘢": "什么",
    "边个": "哪个",
    "边度": "哪里",
    "啷个": "怎么",
    "咋个": "怎么",
    "莫得": "没得",
    "呒没": "没有",
    "侬": "你",
    "阿拉": "我们",
    "点知": "哪知",
    "点会": "怎会",
    "点可能": "怎可能",
    "几多": "多少",
    "噻": "嘛",
}
_REGION = re.compile("|".join(sorted(_REGIONAL, key=len, reverse=True)))
_SPACE = re.compile(r"\s+")
_CJK = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True)
class Flat:
    """``text`` and, for each of its characters, its half-open range in the text given."""

    text: str
    places: tuple[tuple[int, int], ...]
    given: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The range of the given text that ``text[start:end]`` came from."""
        if not self.places or start >= end:
            at = self.places[start][0] if start < len(self.places) else len(self.given)
            return (at, at)
        return (self.places[start][0], self.places[min(end, len(self.places)) - 1][1])


@lru_cache(maxsize=1024)
def flatten(given: str) -> Flat:
    """``given`` in one form; only the first ``TURN_CHARACTERS_MAX`` characters are read."""
    read = given[:TURN_CHARACTERS_MAX]
    pauses = _spaces_are_pauses(read)
    characters: list[str] = []
    places: list[tuple[int, int]] = []
    for at, character in enumerate(read):
        if character.isspace() or character == "\x00":
            if _stays(read, at):
                characters.append(" ")
            elif pauses and characters and characters[-1] not in ",.?:、":
                characters.append(",")
            else:
                continue
            places.append((at, at + 1))
            continue
        for plain in unicodedata.normalize("NFKC", character).translate(_SAME).lower():
            if plain.isspace() or not plain.isprintable():
                continue
            characters.append(plain)
            places.append((at, at + 1))
    text = _REGION.sub(lambda found: _REGIONAL[found.group()], "".join(characters))
    return Flat(text, tuple(places), given)


def _spaces_are_pauses(text: str) -> bool:
    runs = [run for run in _SPACE.split(text.strip()) if run]
    if len(runs) < 2 or any(mark in text for mark in "，。,？?！"):
        return False
    if max(len(run) for run in runs) >= PAUSE_LONG:
        return True
    return sum(len(run) for run in runs) / len(runs) >= PAUSE_RUN


def _stays(text: str, at: int) -> bool:
    """A space between two Latin words is part of them."""
    if at == 0 or at + 1 >= len(text):
        return False
    left, right = text[at - 1], text[at + 1]
    return left.isascii() and left.isalpha() and right.isascii() and right.isalpha()
