"""Does a finding deny what was said on site, or say what was denied there?

A denial is compared by what it is about: the words after it (无警示标志) or before it (标志没有).
Only a statement counts: a question, or what ought to be, says nothing about what is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from command_centre.record.spoken_token import CHAR, NEGATION, Token

#: So many tokens after a denial, or before it, are what it is about.
_FOCUS = 6
_ASKS = re.compile(
    r"[吗呢么？?]$|谁|什么|多少|哪|怎么|几[个点]|是不是|有没有|对不对|为什么"
    r"|^(?:is|are|was|were|do|does|did|have|has|can) (?:there|this|that|it|you|they|the)\b",
    re.IGNORECASE,
)
_OUGHT = re.compile(
    "应|必须|需|得|要|请|补|整改|规定|should|must|need|ought|have to", re.IGNORECASE
)
_AFFIRMS = re.compile(
    "(?<!没)有|已|都|齐全|完好|正常|到位|合格|[设装配戴办测做关锁挂贴]了|[戴关锁挂贴]着|[测做办]过"
    r"|\b(?:is|are|was|were|has|have|had|did)\b",
    re.IGNORECASE,
)
#: What is forbidden or not known denies no fact.
_NO_FACT = re.compile(
    "^(?:[能得准许应要用敢]|允许|知道|清楚|记得|晓得|看见|看到|注意|问题|关系|事|明白|know|remember|sure|allowed)"
)
_CLAUSE = re.compile("[，。；！？、,;!?]|[.](?!\\d)")


@dataclass(frozen=True)
class Words:
    """A text and its tokens."""

    text: str
    tokens: Sequence[Token]


@dataclass(frozen=True)
class _Denial:
    """Where a denial stands, and its words with what it is about."""

    place: int
    focus: tuple[str, ...]  # tokens
    start: int
    end: int


def contradicted(finding: Words, spoken: Words) -> tuple[str, str, bool] | None:
    """What was said and what is written, where one denies the other; True: the finding denies.

    None where they agree, or speak of different things.
    """
    if _ASKS.search(spoken.text.strip()):
        return None
    for denial in _denials(finding):
        at = _mentions(spoken, denial.focus)
        affirmed = at and not any(_denied(spoken, place) for place in at)
        if affirmed and _AFFIRMS.search(spoken.text) and not _OUGHT.search(spoken.text):
            return spoken.text, finding.text[denial.start : denial.end], True
    for denial in _denials(spoken):
        if _NO_FACT.match("".join(denial.focus)) or _OUGHT.search(spoken.text):
            continue
        at = _mentions(finding, denial.focus)
        if at and not any(_denied(finding, place) for place in at):
            token = finding.tokens[at[0]]
            said = spoken.text[denial.start : denial.end]
            return said, finding.text[token.start : finding.tokens[at[-1]].end], False
    return None


def agrees(finding: Words, spoken: Words) -> bool:
    """Is something that the finding denies denied in what was said, too?"""
    return any(
        _denied(spoken, place)
        for denial in _denials(finding)
        for place in _mentions(spoken, denial.focus)
    )


def _denials(words: Words) -> list[_Denial]:
    found: list[_Denial] = []
    for place, token in enumerate(words.tokens):
        if not _denies(token):
            continue
        after = _row(words, place, 1)
        row = after or _row(words, place, -1)
        if row:
            span = [token, *(words.tokens[at] for at in row)]
            start, end = min(one.start for one in span), max(one.end for one in span)
            focus = tuple(words.tokens[at].value for at in row)
            found.append(_Denial(place, focus, start, end))
    return found


def _denies(token: Token) -> bool:
    return token.kind == NEGATION or (token.kind == CHAR and token.value in ("缺", "欠"))


def _row(words: Words, place: int, step: int) -> list[int]:
    """Places of the plain words that stand next to a denial in its clause."""
    row: list[int] = []
    at = place + step
    while 0 <= at < len(words.tokens) and len(row) < _FOCUS:
        if words.tokens[at].kind != CHAR or _apart(words, at, at - step):
            break
        if not (step > 0 and not row and words.tokens[at].value in ("少", "失", "乏", "有")):
            row.append(at)
        at += step
    return sorted(row)


def _mentions(words: Words, focus: Sequence[str]) -> list[int]:
    """Where a text has two of the words in a row that a denial is about; one, where it is one."""
    values = [one.value for one in words.tokens]
    if len(focus) == 1:
        return [at for at, one in enumerate(values) if one == focus[0]]
    pairs = set(pairwise(focus))
    at = [n for n in range(len(values) - 1) if (values[n], values[n + 1]) in pairs]
    return sorted({*at, *(one + 1 for one in at)})


def _denied(words: Words, place: int) -> bool:
    return any(
        _denies(token) and abs(at - place) <= _FOCUS and not _apart(words, at, place)
        for at, token in enumerate(words.tokens)
    )


def _apart(words: Words, one: int, other: int) -> bool:
    """Do two tokens stand in different clauses?"""
    first, last = sorted((one, other))
    between = words.text[words.tokens[first].end : words.tokens[last].start]
    return _CLAUSE.search(between) is not None
