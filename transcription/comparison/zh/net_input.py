"""An exchange about a point as rows of whole numbers: what the network of ``net.py`` reads.

The row is the point's text, the turns before, the question in force and the answer, character by
character. A person is one token that says only what kind of mention it is (the speaker, 他, a
name) and, by a number, which mentions mean the same person; times, numbers, places and tools keep
their characters and are marked as such. So no name and no trade can be learnt by heart. Each
character comes with its syllable (errors of a recogniser keep that), its part of speech, whether
the point or the question has it too, and the family of talk it belongs to (``matters``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy
import rjieba

from transcription.comparison import net_shape
from transcription.comparison.model import Point, Slot
from transcription.comparison.net_shape import (
    BORDER,
    FIRST,
    KEYS,
    KINDS,
    PEOPLE,
    UNKNOWN,
    Encoded,
    Mark,
    Rows,
    Said,
)
from transcription.comparison.zh import matters
from transcription.sounds import tokens

_TAGS = "abcdefghijklmnopqrstuvwxyz"
#: Characters read of the answer, of the question, and of each of the two turns before it.
ANSWER_MAX, QUESTION_MAX, BEFORE_MAX, POINT_MAX = 240, 60, 40, 30
#: Columns of the rows and how many values each has, but for characters and syllables.
COLUMNS = ("character", "syllable", "tag", "part", "mark", "key", "shared", "family", "ruled")
SIZES = {"tag": 54} | net_shape.SIZES
_SHARED, _FAMILY = COLUMNS.index("shared"), COLUMNS.index("family")
_SLOTS = tuple(Slot)


@dataclass(frozen=True)
class Words:
    """The characters and syllables the network knows, by their numbers."""

    characters: dict[str, int]
    syllables: dict[str, int]

    @classmethod
    def of(cls, characters: Sequence[str], syllables: Sequence[str]) -> Words:
        return cls(
            {c: at + FIRST for at, c in enumerate(characters)},
            {s: at + 2 for at, s in enumerate(syllables)},
        )


def encode(point: Point, turns: Sequence[Said], words: Words) -> Encoded:
    """The last of ``turns`` is the answer; the last question before it is the one in force."""
    return encode_each((point,), turns, words)[0]


def encode_each(points: Sequence[Point], turns: Sequence[Said], words: Words) -> list[Encoded]:
    """The same talk for several points. Only what it shares with the point is another each time."""
    talk = _Row(words)
    asked = next((t for t in reversed(turns[:-1]) if t.asks), None)
    for one in [t for t in turns[:-1] if t is not asked][-2:]:
        talk.add(one, 1 if one.asks else 2, BEFORE_MAX)
    if asked is not None:
        talk.add(asked, 3, QUESTION_MAX)
        talk.asked, talk.asked_pairs = _carrying(asked.text), _pairs(asked.text)
    start = len(talk.made)
    marks = talk.add(turns[-1], 4, ANSWER_MAX)
    rows = numpy.array(talk.made, numpy.int32)
    return [_beside(point, talk, rows, start, marks) for point in points]


def _beside(
    point: Point, talk: _Row, rows: Rows, start: int, marks: Sequence[tuple[int, int, int]]
) -> Encoded:
    """The talk behind the text of one point."""
    own, text = matters.profile(point), point.text.removeprefix("核实")
    ahead = _Row(talk.words)
    ahead.add(Said(text, asks=False), 0, POINT_MAX)
    before = numpy.array(ahead.made, numpy.int32)
    for row in ahead.characters:
        before[row.at, _FAMILY] = row.kin(own.family)
    before[-1, _FAMILY] = 4 if own.family else 0
    pairs = _pairs(text)
    behind = rows.copy()
    if talk.characters:
        at = [row.at for row in talk.characters]
        behind[at, _SHARED] += [
            (row.character in own.characters) + 2 * (row.left in pairs or row.right in pairs)
            for row in talk.characters
        ]
        behind[at, _FAMILY] = [row.kin(own.family) for row in talk.characters]
    by = len(before)
    return Encoded(
        numpy.concatenate([before, behind]),
        numpy.array([int(slot in point.slots) for slot in _SLOTS], numpy.int32),
        (start + by, len(rows) + by),
        tuple((first + by, last + by, number) for first, last, number in marks),
    )


class _Character(NamedTuple):
    """What of a row depends on the point, and where."""

    at: int
    character: str
    right: str  # with the one after it
    left: str
    family: str

    def kin(self, family: str) -> int:
        if not self.family:
            return 0
        return 1 if self.family == family else 3 if self.family in matters.IDLE else 2


class _Row:
    """Rows as they are beside any point: what they share with one is put in by ``_beside``."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.asked: frozenset[str] = frozenset()
        self.asked_pairs: frozenset[str] = frozenset()
        self.keys: dict[str, int] = {}
        self.made: list[list[int]] = []
        self.characters: list[_Character] = []

    def add(self, said: Said, part: int, most: int) -> list[tuple[int, int, int]]:
        """One turn: an answer from its start, what leads up to it to its end."""
        shown = _shown(said)
        shown = shown[:most] if part in (0, 4) else shown[-most:]
        tags = _tags("".join("他" if n < 0 else said.text[at] for at, n in _shown_people(said)))
        shift = 0 if part in (0, 4) else max(len(tags) - most, 0)
        families = _families(said.text)
        first: dict[int, int] = {}
        marks: list[tuple[int, int, int]] = []
        for place, (at, number) in enumerate(shown):
            mark = said.marks[number] if number is not None else None
            if number is not None and number not in first:
                first[number] = len(self.made)
                marks.append((len(self.made), len(self.made), number))
            elif number is not None:
                marks[-1] = (marks[-1][0], len(self.made), number)
            ruled = said.ruled[number] if number is not None and said.ruled else 0
            tag = tags[place + shift] if place + shift < len(tags) else 0
            if mark is not None and mark.kind == "p":
                self.made.append(
                    [3 + PEOPLE.index(mark.who), 0, tag, part, 9, self._key(mark), 0, 0, ruled]
                )
            else:
                self.made.append(
                    self._character(said.text, at, tag, part, mark, families) + [ruled]
                )
        self.made.append([BORDER, 0, 0, part, 0, 0, 0, 0, said.whole])
        return marks

    def _key(self, mark: Mark) -> int:
        if not mark.key:
            return 0
        return self.keys.setdefault(mark.key, min(len(self.keys) + 1, KEYS))

    def _character(
        self, text: str, at: int, tag: int, part: int, mark: Mark | None, families: dict[int, str]
    ) -> list[int]:
        character = text[at]
        right, left = text[at : at + 2], text[max(at - 1, 0) : at + 1]
        row = _Character(len(self.made), character, right, left, families.get(at, ""))
        self.characters.append(row)
        shared = 0
        if part == 4:
            shared += 4 * (character in self.asked)
            shared += 8 * (right in self.asked_pairs or left in self.asked_pairs)
        kind = 0 if mark is None else 1 + 2 * KINDS.index(mark.kind) + (at > mark.start)
        return [
            self.words.characters.get(character, UNKNOWN),
            self.words.syllables.get(syllable(character), 1),
            tag,
            part,
            kind,
            0,
            shared,
            0,
        ]


def _shown(said: Said) -> list[tuple[int, int | None]]:
    """Places of the text, a person as one place; with the number of the mention, if any."""
    shown: list[tuple[int, int | None]] = []
    at = 0
    for number, mark in enumerate(said.marks):
        shown += [(place, None) for place in range(at, mark.start)]
        if mark.kind == "p":
            shown.append((mark.start, number))
        else:
            shown += [(place, number) for place in range(mark.start, mark.end)]
        at = mark.end
    return shown + [(place, None) for place in range(at, len(said.text))]


def _shown_people(said: Said) -> list[tuple[int, int]]:
    return [
        (at, -1 if n is not None and said.marks[n].kind == "p" else 0) for at, n in _shown(said)
    ]


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(len(text) - 1))


@lru_cache(maxsize=512)
def _carrying(text: str) -> frozenset[str]:
    """The characters of a question that say what it is about."""
    return frozenset(c for c in matters.STOP.sub("", text) if "㐀" <= c <= "鿿")


@lru_cache(maxsize=8192)
def syllable(character: str) -> str:
    """The commonest reading of one character, without its tone; empty if it has none."""
    found = tokens(character)
    return found[0].sound if found else ""


@lru_cache(maxsize=1024)
def _tags(text: str) -> tuple[int, ...]:
    """Part of speech of each character: odd begins a word, even goes on; 0 unknown."""
    made: list[int] = []
    for word, tag in rjieba.tag(text):
        kind = _TAGS.find(tag[:1].lower())
        for at in range(len(word)):
            made.append(0 if kind < 0 else 1 + 2 * kind + (at > 0))
    return tuple(made) if len(made) == len(text) else (0,) * len(text)


@lru_cache(maxsize=1024)
def _families(text: str) -> dict[int, str]:
    """Place -> the family of talk a word there belongs to; the first family wins."""
    made: dict[int, str] = {}
    for family, rule in matters.FAMILIES.items():
        for found in rule.finditer(text):
            for at in range(*found.span()):
                made.setdefault(at, family)
    return made
