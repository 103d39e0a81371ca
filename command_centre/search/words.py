"""What a text is cut into for searching, what a query asks for, and where a hit stands in a text.

Pure. A Chinese character, a digit and a symbol are a token each, a run of other letters (an English
word) is one; punctuation and spaces are none. Full-width and half-width forms and upper and lower
case are the same (NFKC, casefold). Two neighbouring tokens make a **pair**: a query of one token
asks for the token, a longer one for its pairs one after the other. So every substring of Chinese
characters, digits and whole words is found exactly, and common characters cost little, because
pairs of them are rare.

It does not segment words: a dictionary would miss (facts: 刀 in 尖刀) and invent.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

MAX_QUERY_CHARACTERS = 200
MAX_PHRASES = 8
#: Tokens of one text that are indexed; a position in PostgreSQL's tsvector ends at 16,383.
MAX_TOKENS = 16_000
JOINT = "\ue0ff"  # of a pair; private use, no text keeps it
_SYMBOL_BASE = 0xE000  # ASCII symbols as tokens, moved out of reach of every query syntax
_POINT = chr(_SYMBOL_BASE + ord("."))  # a token between digits only
_KEPT = frozenset("%‰#&@*/\\")  # punctuation by category that is part of what is meant
_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』", "„": "“", "«": "»"}


@dataclass(frozen=True)
class Token:
    """One token and the characters of the text it was made of."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a text, in order."""
    return list(_tokens(text))[:MAX_TOKENS]


def _tokens(text: str) -> Iterator[Token]:
    run, start = "", 0
    for at, raw in enumerate(text):
        for part, joins in _parts(raw):
            if joins or (run and joins is None):
                start = at if not run else start
                run += part
                continue
            if run:
                yield Token(run, start, at)
                run = ""
            if part == _POINT and not (_digit(text, at - 1) and _digit(text, at + 1)):
                continue
            if part and joins is not None:
                yield Token(part, at, at + 1)
    if run:
        yield Token(run, start, len(text))


@lru_cache(maxsize=20_000)
def _parts(raw: str) -> tuple[tuple[str, bool | None], ...]:
    """What one character is: tokens, and whether each joins its neighbours.

    None: a mark that stays with the word it is written on, and is nothing without one.
    """
    parts: list[tuple[str, bool | None]] = []
    for character in unicodedata.normalize("NFKC", raw).casefold():
        if character.isalpha() and not _alone(character):
            parts.append((character, True))
        elif unicodedata.category(character).startswith("M"):
            parts.append((character, None))
        else:
            parts.append((_single(character), False))
    return tuple(parts)


def _alone(character: str) -> bool:
    """Ideographs and kana stand alone; Hangul makes words."""
    return character >= "\u2e80" and not "\uac00" <= character <= "\ud7af"


def _single(character: str) -> str:
    """The token of a character that stands alone; empty for what is no token."""
    category = unicodedata.category(character)
    if category[0] in "LN":
        return character
    if category[0] == "S" or character in _KEPT or character == ".":
        return chr(_SYMBOL_BASE + ord(character)) if character.isascii() else character
    return ""  # also private use, which is ours


def _digit(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isdigit()


def pair(first: str, second: str) -> str:
    """The token of two neighbours."""
    return f"{first}{JOINT}{second}"


def pairs(words: list[str]) -> list[str]:
    """The pairs of neighbouring tokens."""
    return [pair(one, two) for one, two in pairwise(words)]


@dataclass(frozen=True)
class Query:
    """What is asked for: every phrase must occur; a phrase is one or more tokens in a row."""

    phrases: tuple[tuple[str, ...], ...]


def parse_query(text: str) -> Query:
    """Words separated by spaces, each a phrase; quotes keep spaces inside one phrase.

    A quote that is never closed reaches to the end. What holds no token asks for nothing.
    """
    parts: list[str] = []
    part, closing = "", ""
    for character in text[:MAX_QUERY_CHARACTERS]:
        if closing:
            if character == closing:
                parts.append(part)
                part, closing = "", ""
            else:
                part += character
        elif character in _QUOTES:
            parts.append(part)
            part, closing = "", _QUOTES[character]
        elif character.isspace():
            parts.append(part)
            part = ""
        else:
            part += character
    parts.append(part)
    phrases = [tuple(token.text for token in tokens(one)) for one in parts]
    return Query(tuple(dict.fromkeys(one for one in phrases if one))[:MAX_PHRASES])


def spans(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the phrases stand in a text, as character positions; overlaps are joined."""
    listed = tokens(text)
    words = [token.text for token in listed]
    found: list[tuple[int, int]] = []
    for phrase in query.phrases:
        for at in range(len(words) - len(phrase) + 1):
            if tuple(words[at : at + len(phrase)]) == phrase:
                found.append((listed[at].start, listed[at + len(phrase) - 1].end))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
