"""Where somebody was: the places an answer puts the point's person at, or denies.

For points about one person's whereabouts. Denied places stand beside the named ones in one value
(一直在办公楼开会, 没去过罐区). Not seeing somebody, or not knowing, says nothing of the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from transcription.comparison.model import (
    Case,
    Certainty,
    Exchange,
    Fact,
    Point,
    Role,
    Slot,
    Thing,
    Turn,
)
from transcription.comparison.zh.clauses import Clause, clauses

_THERE = re.compile(r"在|到|去|来|进|上|下|回|往|过")
_NOT_THERE = re.compile(r"(?:没有?|未|不|别)(?:曾)?(?:去|到|来|在|进|上|下)|没.{0,2}过")


class _Mention(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def span(self) -> tuple[int, int]: ...
    @property
    def by_sound(self) -> bool: ...


class _Names(Protocol):
    def mentions(self, text: str) -> Iterable[_Mention]: ...


def whereabouts(exchange: Exchange, case: Case, names: _Names, point: Point) -> list[Fact]:
    """One fact for each answer that puts the person somewhere."""
    who = next((p.id for p in case.people if p.id in point.text), "")
    out: list[Fact] = []
    asked = False
    for turn in exchange.turns:
        if turn.role is Role.QUESTION:
            asked = turn.point == point.id or bool(
                re.search(
                    r"在哪|什么地方|什么位置|哪里|哪儿|到过|去过|来过|在不在|[站蹲待呆坐躲](?:在)?哪|在[^，。？]{1,8}[吗吧]",
                    turn.text,
                )
            )
        elif (
            asked or turn.point == point.id or re.search(r"到[^，。]{1,4}(?:的时候|看)", turn.text)
        ):
            fact = _of(turn, exchange, names, point, who)
            if fact is not None:
                out.append(fact)
    return out


def _of(turn: Turn, exchange: Exchange, names: _Names, point: Point, who: str) -> Fact | None:
    at: set[str] = set()
    denied: set[str] = set()
    best: Clause | None = None
    sounds = hedged = False
    for clause in clauses(turn.text):
        if clause.unknown or clause.withdrawn or clause.planned or clause.habitual or clause.asking:
            continue
        said = turn.text[clause.span[0] : clause.span[1]]
        found = list(names.mentions(said))
        people = {m.id for m in found if m.kind == "person"}
        places = [m for m in found if m.kind == "place"]
        if not places or not _THERE.search(said):
            continue
        before = said[: places[0].span[0]]
        if not _speaks_of(exchange.speaker, who, people, before):
            continue
        where = {m.id for m in places[-1:]}
        if _NOT_THERE.search(said):
            denied |= where
        else:
            at |= where
            best = best or clause
        hedged = hedged or clause.hedged
        sounds = sounds or any(m.by_sound for m in places)
        best = best or clause
    if best is None or not at | denied:
        return None
    start, end = best.span
    words = [w for w in turn.words if w.span[0] < end and start < w.span[1]]
    return Fact(
        point=point.id,
        event=f"at:{who or exchange.speaker}",
        slot=Slot.WHERE,
        value=Thing(frozenset(at), frozenset(denied - at)),
        certainty=Certainty.HEDGED if hedged else Certainty.FLAT,
        turn=turn.id,
        span=best.span,
        speaker=exchange.speaker,
        room=exchange.room,
        start_us=min((w.start_us for w in words), default=turn.start_us),
        confidence=min((w.confidence for w in words), default=1000),
        repaired=sounds or any(w.repaired for w in words),
        text=turn.text[start:end],
    )


def _speaks_of(speaker: str, who: str, people: set[str], before: str) -> bool:
    if who and speaker != who:
        return who in people or bool(re.search(r"[他她]", before))
    return not (people - {speaker}) and not re.search(r"[他她]", before)
