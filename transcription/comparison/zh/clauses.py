"""Clauses of spoken Chinese, and how each is meant: denied, hedged, not known, usual, planned.

Speech comes without marks: a clause also ends before a connective, and after a finished predicate
when the next subject begins. What is said here holds for one clause; who is meant and which slot is
answered is decided elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from transcription.comparison.zh import marks
from transcription.comparison.zh.flat import Flat, flatten


@dataclass(frozen=True)
class Clause:
    """One clause. ``span`` is of the text given, ``start``/``end`` of the flattened text.

    ``negation`` holds the characters of the flattened text right after each negation (the verb it
    binds to): 没(叫)他去 gives ("叫",). ``events`` are hints, the nearest to the front first.
    """

    span: tuple[int, int]
    start: int
    end: int
    text: str
    negated: bool = False
    negation: tuple[str, ...] = ()
    hedged: bool = False
    unknown: bool = False  # does not know, did not see, sends the asker to somebody else
    habitual: bool = False  # usual, or another day than the event's
    planned: bool = False  # was meant to be; not what happened
    ought: bool = False  # what the rules ask; not what happened
    rhetorical: bool = False  # a question that denies: 我能让他去吗
    affirming: bool = False  # a question that affirms: 不是他派的吗, 咋没有
    asking: bool = False  # repeats the question: 你说谁安排的啊
    withdrawn: bool = False  # taken back by what follows: 九点, 不对, 十点
    approximate: bool = False  # 大概, 左右 on a number: no hedge
    events: tuple[str, ...] = ()


def clauses(text: str) -> list[Clause]:
    """The clauses of ``text`` in order. Never fails; an empty text has none."""
    return of_flat(flatten(text))


def of_flat(flat: Flat) -> list[Clause]:
    """The clauses of a text flattened before; a new list each time."""
    return list(_of_flat(flat))


@lru_cache(maxsize=256)
def _of_flat(flat: Flat) -> tuple[Clause, ...]:
    """Cut once, though a text is read for every point of the case."""
    found = [_clause(flat, start, end, flat.text[start:end]) for start, end in _pieces(flat.text)]
    return tuple(_withdraw(found))


# --- where a clause ends ---------------------------------------------------------------------


def _pieces(text: str) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    start = 0
    for end in [*_ends(text), len(text)]:
        piece = text[start:end]
        left = len(piece) - len(piece.lstrip(",.?:、 \"'"))
        right = len(piece.rstrip(",.:、 \"'"))
        if left < right:
            pieces.append((start + left, start + right))
        start = max(start, end)
    return pieces


def _ends(text: str) -> list[int]:
    ends = {m.end() for m in marks.STOP.finditer(text)}
    for m in marks.CONNECTIVE.finditer(text):
        if m.start() > 1:
            ends.add(m.start())
    ends |= {m.start() for m in marks.CORRECTED.finditer(text)}
    ends |= {m.start("next") for m in marks.NEW_SUBJECT.finditer(text)}
    return sorted(ends)


# --- how a clause is meant -------------------------------------------------------------------


def part(flat: Flat, clause: Clause, start: int, end: int) -> Clause:
    """A stretch of a clause as a clause of its own."""
    made = _clause(flat, start, end, flat.text[start:end])
    return replace(made, withdrawn=clause.withdrawn)


def _clause(flat: Flat, start: int, end: int, text: str) -> Clause:
    bound = _bound(text)
    affirming = bool(marks.AFFIRMING.search(text))
    rhetorical = bool(marks.RHETORICAL.search(text)) and not affirming
    unknown = bool(marks.UNKNOWN.search(text)) and not marks.KNOWN.search(text)
    ought = bool(marks.OUGHT.search(text))
    return Clause(
        span=flat.span(start, end),
        start=start,
        end=end,
        text=text,
        negated=len(bound) % 2 == 1,
        negation=bound,
        hedged=is_hedged(text),
        unknown=unknown,
        habitual=bool(marks.HABITUAL.search(text)),
        planned=bool(marks.PLANNED.search(text)),
        ought=ought,
        rhetorical=rhetorical,
        affirming=affirming,
        asking=bool(marks.ASKING.search(text)) and not (rhetorical or affirming),
        approximate=bool(marks.APPROXIMATE.search(text)),
        events=event_hints(text),
    )


def _bound(text: str) -> tuple[str, ...]:
    """What the negations bind to; 没断从头到尾没断 says one of them again."""
    out: list[str] = []
    heard: set[tuple[str, str]] = set()
    for m in negations(text):
        said = (m.group()[:1], m.group("verb")[:1])
        if said not in heard or not said[1]:
            out.append(m.group("verb"))
        heard.add(said)
    return tuple(out)


def negations(text: str) -> list[re.Match[str]]:
    """Negations of a clause, each with group ``verb``: what it binds to. 没有不 counts twice."""
    masked = marks.NOT_A_NEGATION.sub(lambda m: "＿" * len(m.group()), text)
    return list(marks.NEGATION.finditer(masked))


def is_hedged(text: str) -> bool:
    """好像, 可能, 听说, 应该是; not 应该 as "ought", not 大概 before a number."""
    return bool(marks.HEDGE.search(marks.NOT_A_HEDGE.sub("", text)))


def is_hedged_at(text: str, start: int, end: int) -> bool:
    """The hedge is of what stands there: 好像 comes before its matter, or at the very end.

    在分拣厅里码筐子他一响听说夹了人: it is not the place that was heard of.
    """
    plain = marks.NOT_A_HEDGE.sub(lambda m: "＿" * len(m.group()), text)
    return any(
        m.start() < end + _HEDGED_WITHIN or len(text) - m.end() < _TAIL
        for m in marks.HEDGE.finditer(plain)
        if m.end() <= start or m.start() >= end
    )


#: Characters from a value to a hedge that still belongs to it; from a hedge to the end.
_HEDGED_WITHIN, _TAIL = 6, 3


def event_hints(text: str) -> tuple[str, ...]:
    """Keys of the events a clause names (``marks.EVENTS``), in order of appearance."""
    found = [(m.start(), key) for key, rule in marks.EVENTS for m in [rule.search(text)] if m]
    return tuple(key for _, key in sorted(found))


def _withdraw(found: list[Clause]) -> list[Clause]:
    """Mark what the next clause takes back."""
    out = list(found)
    for at in range(1, len(out)):
        if marks.REPAIR.match(out[at].text):
            before = at - 1
            while before and marks.FILLER.match(out[before].text):
                before -= 1
            out[before] = Clause(**{**out[before].__dict__, "withdrawn": True})
    return out
