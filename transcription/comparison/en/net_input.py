"""An English exchange about a point as rows of whole numbers: what the network of ``net.py`` reads.

Word by word, as ``zh/net_input.py`` goes by characters. Each word comes with its stem, its ending,
whether the point or the question has it too (or a word of the same kind of act), the topic of the
trade it belongs to, and what the phrases of ``marks.py`` say of it (a hedge, a don't-know, own
accord). Capitals count for nothing; a recogniser writes none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy

from transcription.comparison import net_shape
from transcription.comparison.en import marks as phrases
from transcription.comparison.en.matters import Matter, kin_of, matter_of, stem, stop_word
from transcription.comparison.en.verbs import PAST
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
    Said,
)

#: Words read of the answer, of the question, of each of the two turns before it, of the point.
ANSWER_MAX, QUESTION_MAX, BEFORE_MAX, POINT_MAX = 120, 40, 30, 20
COLUMNS = (
    *("word", "stem", "ending", "part", "mark", "key", "shared", "family", "ruled"),
    "cue",
)
_ENDINGS = (
    *("n't", "'s", "'d", "'ve", "'ll", "'re", "'m", "ing", "ied", "ed", "ies", "es", "ly", "tion"),
    *("ment", "men", "man", "er", "or", "est", "en", "al", "y", "s", "e"),
)
_PLAIN, _PAST, _NUMBER, _SIGN = (len(_ENDINGS) + n for n in (1, 2, 3, 4))
#: Phrases of ``marks.py``, the first that fits wins.
_CUES = (
    phrases.UNKNOWN,
    phrases.OWN_ACCORD,
    phrases.HEDGE,
    phrases.DOUBT_AFTER,
    phrases.USUAL,
    phrases.PLANNED,
)
SIZES = {"ending": _SIGN + 1} | net_shape.SIZES | {"cue": len(_CUES) + 3}
_YES, _NO = len(_CUES) + 1, len(_CUES) + 2
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|'[a-z]+|[0-9]+(?:[:.][0-9]+)*|[,.;:?!]")
_REST = re.compile(r"'(?:d|ve|ll|re|m|s)$")
_SLOTS = tuple(Slot)
_LEADS = re.compile(r"^(?:to )?(?:verify|check|confirm|establish|clarify) ")


@dataclass(frozen=True)
class Words:
    """The words and stems the network knows, by their numbers."""

    words: dict[str, int]
    stems: dict[str, int]

    @classmethod
    def of(cls, words: Sequence[str], stems: Sequence[str]) -> Words:
        return cls(
            {w: at + FIRST for at, w in enumerate(words)},
            {s: at + 2 for at, s in enumerate(stems)},
        )


def encode(point: Point, turns: Sequence[Said], words: Words) -> Encoded:
    """The last of ``turns`` is the answer; the last question before it is the one in force."""
    row = _Row(matter_of(point), words)
    asked = next((t for t in reversed(turns[:-1]) if t.asks), None)
    row.add(Said(of_point(point), asks=False), 0, POINT_MAX)
    row.made[-1][net_shape.FAMILY] = 4 if row.own.topic else 0
    for one in [t for t in turns[:-1] if t is not asked][-2:]:
        row.add(one, 1 if one.asks else 2, BEFORE_MAX)
    if asked is not None:
        row.add(asked, net_shape.ASKED, QUESTION_MAX)
        row.asked = words_in(plain(asked.text))
    start = len(row.made)
    marks = row.add(turns[-1], net_shape.ANSWERED, ANSWER_MAX)
    return Encoded(
        numpy.array(row.made, numpy.int32),
        numpy.array([int(slot in point.slots) for slot in _SLOTS], numpy.int32),
        (start, len(row.made)),
        tuple(marks),
    )


def of_point(point: Point) -> str:
    """What a point is about, without the word that says to look at it."""
    return _LEADS.sub("", plain(point.en or point.text))


def plain(text: str) -> str:
    """In small letters, each character in its place."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text).replace("’", "'")


class _Row:
    def __init__(self, own: Matter, words: Words) -> None:
        self.own, self.words = own, words
        self.asked: frozenset[str] = frozenset()
        self.keys: dict[str, int] = {}
        self.made: list[list[int]] = []

    def add(self, said: Said, part: int, most: int) -> list[tuple[int, int, int]]:
        """One turn: an answer from its start, what leads up to it to its end."""
        text = plain(said.text)
        shown = list(tokens_of(text, said.marks))
        shown = shown[:most] if part in (0, net_shape.ANSWERED) else shown[-most:]
        topics, cues = topics_of(text), cues_of(text)
        first: dict[int, int] = {}
        marks: list[tuple[int, int, int]] = []
        for word, at, number in shown:
            mark = said.marks[number] if number is not None else None
            if number is not None and number not in first:
                first[number] = len(self.made)
                marks.append((len(self.made), len(self.made), number))
            elif number is not None:
                marks[-1] = (marks[-1][0], len(self.made), number)
            ruled = said.ruled[number] if number is not None and said.ruled else 0
            cue = cues.get(at, 0)
            if mark is not None and mark.kind == "p":
                person = 3 + PEOPLE.index(mark.who)
                self.made.append([person, 0, 0, part, 9, self._key(mark), 0, 0, ruled, cue])
            else:
                self.made.append([*self._word(word, at, part, mark, topics), ruled, cue])
        self.made.append([BORDER, 0, 0, part, 0, 0, 0, 0, said.whole, 0])
        return marks

    def _key(self, mark: Mark) -> int:
        if not mark.key:
            return 0
        return self.keys.setdefault(mark.key, min(len(self.keys) + 1, KEYS))

    def _word(
        self, word: str, at: int, part: int, mark: Mark | None, topics: dict[int, str]
    ) -> list[int]:
        root = stem(word)
        shared = 0
        if part and root in self.own.stems:
            shared = 1
        elif part and kin_of(root) & self.own.stems:
            shared = 2
        if part == net_shape.ANSWERED and root in self.asked:
            shared += 4
        elif part == net_shape.ANSWERED and kin_of(root) & self.asked:
            shared += 8
        topic = topics.get(at, "")
        kind = 0 if mark is None else 1 + 2 * KINDS.index(mark.kind) + (at > mark.start)
        same = 1 if topic == self.own.topic else 3 if topic == "idle" else 2
        return [
            self.words.words.get(word, UNKNOWN),
            self.words.stems.get(root, 1),
            ending(word),
            part,
            kind,
            0,
            shared,
            same if topic else 0,
        ]


def tokens_of(text: str, marks: Sequence[Mark]) -> list[tuple[str, int, int | None]]:
    """Words of a plain text, where, and of which mention; a person is one, its 'd another."""
    found: list[tuple[str, int, int | None]] = []
    at = 0
    for number, mark in enumerate(marks):
        found += [(m.group(), m.start(), None) for m in _TOKEN.finditer(text, at, mark.start)]
        if mark.kind == "p":
            found.append(("", mark.start, number))
            rest = _REST.search(text[mark.start : mark.end])
            if rest is not None:
                found.append((rest.group(), mark.start + rest.start(), None))
        else:
            inner = _TOKEN.finditer(text, mark.start, mark.end)
            found += [(m.group(), m.start(), number) for m in inner]
        at = mark.end
    return found + [(m.group(), m.start(), None) for m in _TOKEN.finditer(text, at)]


@lru_cache(maxsize=8192)
def ending(word: str) -> int:
    """A number for the ending of a word; irregular past forms have one too."""
    if not word[0].isalpha() and word[0] != "'":
        return _NUMBER if word[0].isdigit() else _SIGN
    if word in PAST:
        return _PAST
    for number, end in enumerate(_ENDINGS, 1):
        if word.endswith(end) and (len(word) > len(end) + 1 or end[0] == "'"):
            return number
    return _PLAIN


@lru_cache(maxsize=512)
def words_in(text: str) -> frozenset[str]:
    """Stems of the words of a plain text that say what it is about."""
    return frozenset(stem(w) for w in re.findall(r"[a-z]{3,}", text) if not stop_word(w))


@lru_cache(maxsize=1024)
def topics_of(text: str) -> dict[int, str]:
    """Place -> the topic of the trade a word there belongs to; the first one wins."""
    made: dict[int, str] = {}
    for topic, rule in (*phrases.TOPICS.items(), ("idle", phrases.IDLE)):
        for found in rule.finditer(text):
            for at in range(*found.span()):
                made.setdefault(at, topic)
    return made


@lru_cache(maxsize=1024)
def cues_of(text: str) -> dict[int, int]:
    """Place -> which phrase of ``marks.py`` a word there belongs to."""
    made: dict[int, int] = {}
    for number, rule in enumerate(_CUES, 1):
        for found in rule.finditer(text):
            for at in range(*found.span()):
                made.setdefault(at, number)
    for number, rule in ((_YES, phrases.YES), (_NO, phrases.NO)):
        for begin in _clauses(text):
            opening = rule.match(text[begin:])
            if opening is not None:
                for at in range(begin, begin + opening.end()):
                    made.setdefault(at, number)
    return made


def _clauses(text: str) -> list[int]:
    return [0, *(m.end() for m in re.finditer(r"[,.;:?!]\s*", text) if m.end() < len(text))]
