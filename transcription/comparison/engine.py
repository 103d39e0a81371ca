"""The comparison of one case, utterance by utterance.

Fed with final utterances of all rooms in the order of the log; gives what changed. Pure: no clock,
no disk, no network, no threads, nothing random. The same utterances in the same order give the same
cells and differences with the same ids. Late utterances are put where their times say; a known turn
id replaces the words it had, and what rested on them is withdrawn or changed.

Not here: reviews by people, the log, the pages. What is found is an aid; the cells are the feature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from types import MappingProxyType

from transcription.comparison.accounts import answers
from transcription.comparison.ahead import prepare
from transcription.comparison.cells import CellState, Statement
from transcription.comparison.compare import compare
from transcription.comparison.device import DeviceLog, Reading
from transcription.comparison.document import document_differences
from transcription.comparison.gauges import Gauges
from transcription.comparison.model import (
    Case,
    Certainty,
    Difference,
    Fact,
    Point,
    Role,
    Slot,
    Turn,
)
from transcription.comparison.own import own_differences
from transcription.comparison.parts import Names, read, show
from transcription.comparison.pauses import as_recognised, paused_exchange
from transcription.comparison.procedure import procedural
from transcription.comparison.surface import SURFACE, Answer, taken
from transcription.comparison.threads import Heard, Thread
from transcription.comparison.topic import topic_of
from transcription.comparison.wording import Wording

__all__ = [
    "CaseComparison",
    "CellChanged",
    "Change",
    "DeviceLog",
    "DifferenceChanged",
    "DifferenceFound",
    "DifferenceWithdrawn",
    "Heard",
    "Statement",
]


@dataclass(frozen=True)
class CellChanged:
    """A cell has another latest statement or other facts. ``statement`` None: it is empty again."""

    point: str
    person: str
    statement: Statement | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class DifferenceFound:
    """A difference that was not there."""

    difference: Difference


@dataclass(frozen=True)
class DifferenceChanged:
    """The same difference (its id stays) with other words, values or another tier."""

    difference: Difference


@dataclass(frozen=True)
class DifferenceWithdrawn:
    """A difference that no longer stands. Reviews of it stay beside it."""

    id: str


Change = CellChanged | DifferenceFound | DifferenceChanged | DifferenceWithdrawn

#: What is found for one of these is found anew each time that a cell it rests on changes.
_Scope = tuple[str, ...]


class CaseComparison:
    """One case. Owned by one thread; every call is short and changes only this object."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._names = Names(case)
        self._threads: dict[str, Thread] = {}
        self._cells: dict[tuple[str, str], CellState] = {}
        self._differences: dict[str, Difference] = {}
        self._scopes: dict[_Scope, tuple[str, ...]] = {}
        self._held: dict[str, dict[_Scope, Difference]] = {}
        self._landed: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        self._pending: list[tuple[str, str]] = []
        self._wording = Wording()
        self._gauges = Gauges()

    # --- what there is -----------------------------------------------------------------------

    @property
    def cells(self) -> Mapping[tuple[str, str], CellState]:
        """By (point, person). Read only."""
        return MappingProxyType(self._cells)

    @property
    def differences(self) -> Mapping[str, Difference]:
        """Those that stand, by id."""
        return MappingProxyType(self._differences)

    # --- what comes --------------------------------------------------------------------------

    def hear(self, heard: Heard) -> list[Change]:
        """Take one final utterance, new, late or corrected; returns what changed, in order."""
        thread = self._threads.setdefault(heard.session or heard.room, Thread())
        changes: list[Change] = []
        if heard.turn.id in thread and heard.turn.role is Role.QUESTION:
            changes += self._land(heard, {}, {})  # it was taken for an answer before
            changes += self._unsay(heard)
        for answer in thread.put(heard):
            changes += self._answer(thread, answer)
        if heard.turn.role is Role.QUESTION and heard.turn.id in thread:
            prepare(thread.exchange(heard), self.case, self._names)
        return changes

    def measured(self, log: DeviceLog) -> list[Change]:
        """Take in, or replace, what an instrument stored."""
        self._gauges.put(log)
        return [change for key in self._gauges.keys for change in self._measure(key)]

    def unmeasured(self, device: str) -> list[Change]:
        """What an instrument stored was withdrawn."""
        self._gauges.drop(device)
        return [change for key in self._gauges.keys for change in self._measure(key)]

    def reading(self, device: str, name: str, readings: Iterable[Reading]) -> list[Change]:
        """Take in what an instrument measures live, in any order of time."""
        news = [self._gauges.add(device, name, one) for one in readings]
        if not any(news):
            return []
        return [change for key in self._gauges.keys for change in self._measure(key)]

    def revise(self, case: Case) -> list[Change]:
        """Another state of the case file: points added or reworded, people added.

        Cells of points that are gone are emptied. Kept answers are read again by ``catch_up``.
        """
        gone = {p.id for p in self.case.points} - {p.id for p in case.points}
        self.case = case
        self._names = Names(case)
        changes: list[Change] = []
        for point, person in [key for key in self._cells if key[0] in gone]:
            self._cells[point, person] = CellState(point, person)
            changes += self._changed(self._cells[point, person])
            del self._cells[point, person]
        self._pending = [
            (session, heard.turn.id)
            for session, thread in self._threads.items()
            for heard in thread.heard
            if heard.turn.role is Role.ANSWER
        ]
        self._pending.reverse()
        return changes

    def catch_up(self, turns: int = 16) -> list[Change]:
        """Read so many kept answers again after ``revise``; ``behind`` says how many are left."""
        changes: list[Change] = []
        for _ in range(min(turns, len(self._pending))):
            session, turn = self._pending.pop()
            thread = self._threads[session]
            if (answer := thread.get(turn)) is not None:
                changes += self._answer(thread, answer)
        return changes

    @property
    def behind(self) -> int:
        """Answers still to be read again after ``revise``."""
        return len(self._pending)

    # --- reading -----------------------------------------------------------------------------

    def _answer(self, thread: Thread, heard: Heard) -> list[Change]:
        exchange = thread.exchange(heard)
        question = thread.question(heard)
        asked = question.text if question else ""
        if not (heard.turn.point or (question and question.point)) and procedural(
            asked, heard.turn.text
        ):
            return self._land(heard, {}, {}) + self._unsay(heard)
        exchange, marked = paused_exchange(exchange)
        topic = topic_of(exchange, self.case, self._names)
        facts: dict[str, list[Fact]] = {}
        for point in topic.points:
            found = as_recognised(read(exchange, self.case, self._names, point), marked)
            if mine := [f for f in found if f.turn == heard.turn.id]:
                facts[point.id] = mine
        on = [p for p in topic.points if p.id in facts]
        if topic.asked is not None and topic.asked.id not in facts:
            on.append(topic.asked)
        statements: dict[str, Statement] = {}
        for point in on:
            own = facts.get(point.id, [])
            told = any(f.slot in point.slots for f in own)
            answer = None
            if answers(topic, point, told):
                answer = taken(
                    heard.turn,
                    exchange,
                    self.case,
                    self._names,
                    topic.slots,
                    guessed=topic.guessed and not told,
                )
            statements[point.id] = _statement(heard, point, own, answer)
        changes = self._land(heard, facts, statements)
        return changes + self._beside(heard, question, facts, list(statements))

    def _unsay(self, heard: Heard) -> list[Change]:
        key = (heard.session or heard.room, heard.turn.id)
        self._wording.forget(heard)
        self._gauges.forget(key)
        scopes = [("wording", *key), ("document", *key), ("device", *key)]
        return [change for scope in scopes for change in self._stands(scope, [])]

    def _beside(
        self, heard: Heard, question: Turn | None, facts: Mapping[str, list[Fact]], on: list[str]
    ) -> list[Change]:
        """The comparisons beside people: wording, documents, instruments."""
        key = (heard.session or heard.room, heard.turn.id)
        documents = [
            difference
            for point in on
            for difference in document_differences(heard, point, facts.get(point, []), self.case)
        ]
        # what is kept for long is the turn as its thread keeps it, without the words' times
        plain = self._threads[key[0]].plain(heard.turn.id) or heard
        changes = self._stands(("wording", *key), self._wording.hear(plain, question))
        changes += self._stands(("document", *key), documents)
        asked = question.text if question else ""
        if self._gauges.spoken(key, heard, asked, on[0] if on else "", self.case):
            changes += self._measure(key)
        return changes

    def _measure(self, key: tuple[str, str]) -> list[Change]:
        found = self._gauges.differences(key, self.case, self._cells)
        return self._stands(("device", *key), found)

    def _land(
        self, heard: Heard, facts: Mapping[str, list[Fact]], statements: Mapping[str, Statement]
    ) -> list[Change]:
        """Put what a turn says into its cells, and take what it said before out of others."""
        session, turn = heard.session or heard.room, heard.turn.id
        before = self._landed.pop((session, turn), ())
        now = tuple((point, heard.person) for point in statements)
        if now:
            self._landed[session, turn] = now
        changes: list[Change] = []
        for point, person in dict.fromkeys(chain(before, now)):
            cell = self._cells.setdefault((point, person), CellState(point, person))
            mine = person == heard.person
            said = facts.get(point, []) if mine else []
            if cell.put(turn, said, statements.get(point) if mine else None):
                changes += self._changed(cell)
        return changes

    # --- comparing ---------------------------------------------------------------------------

    def _changed(self, cell: CellState) -> list[Change]:
        changes: list[Change] = [
            CellChanged(cell.point, cell.person, cell.latest, tuple(cell.facts))
        ]
        own = own_differences(cell.facts)
        if any(f.slot is Slot.WHEN for f in cell.facts):
            changes += [c for key in self._gauges.timeless for c in self._measure(key)]
        changes += self._stands(("self", cell.point, cell.person), own)
        point = self._point(cell.point)
        if point is None:
            return changes + self._withdraw_point(cell)
        for other in self._others(cell):
            first, second = sorted((cell, other), key=lambda c: c.person)
            scope = ("pair", cell.point, first.person, second.person)
            changes += self._stands(scope, self._between(first, second, point))
        return changes

    def _between(self, a: CellState, b: CellState, point: Point) -> list[Difference]:
        """Latest accounts first; a conflict with what either said as often before stands too."""
        found: dict[str, Difference] = {}
        for one, other in product(a.accounts(), b.accounts()):
            outcome = compare(one, other, self.case, point)
            for difference in outcome.differences if not found else outcome.conflicts:
                found.setdefault(difference.id, difference)
        told = [d for d in found.values() if not d.rule.startswith(SURFACE)]
        return told or list(found.values())

    def _others(self, cell: CellState) -> Iterator[CellState]:
        for person in dict.fromkeys(key[1] for key in self._cells if key[0] == cell.point):
            if person != cell.person:
                yield self._cells[cell.point, person]

    def _withdraw_point(self, cell: CellState) -> list[Change]:
        scopes = [s for s in self._scopes if s[1] == cell.point and cell.person in s[2:]]
        return [change for scope in scopes for change in self._stands(scope, [])]

    def _stands(self, scope: _Scope, found: list[Difference]) -> list[Change]:
        """Make ``found`` all that stands in ``scope``. Several scopes may hold one difference."""
        changes: list[Change] = []
        now = {d.id: d for d in found}
        for key in self._scopes.get(scope, ()):
            if key not in now:
                changes += self._hold(key, scope, None)
        for key, difference in now.items():
            changes += self._hold(key, scope, difference)
        if now:
            self._scopes[scope] = tuple(now)
        else:
            self._scopes.pop(scope, None)
        return changes

    def _hold(self, key: str, scope: _Scope, difference: Difference | None) -> list[Change]:
        holders = self._held.setdefault(key, {})
        before = self._differences.get(key)
        if difference is None:
            holders.pop(scope, None)
        else:
            holders[scope] = difference
        if not holders:
            del self._held[key]
            self._differences.pop(key, None)
            return [DifferenceWithdrawn(key)] if before is not None else []
        now = next(iter(holders.values()))
        self._differences[key] = now
        if before is None:
            return [DifferenceFound(now)]
        return [DifferenceChanged(now)] if before != now else []

    def _point(self, point: str) -> Point | None:
        return next((p for p in self.case.points if p.id == point), None)


def _statement(heard: Heard, point: Point, facts: list[Fact], answer: Answer | None) -> Statement:
    """What is shown first: of the slots the point asks for, in its order, the surest."""
    best = min(
        facts,
        key=lambda f: (
            point.slots.index(f.slot) if f.slot in point.slots else len(point.slots),
            list(Certainty).index(f.certainty),
        ),
        default=None,
    )
    turn = heard.turn
    return Statement(
        point=point.id,
        person=heard.person,
        room=heard.room,
        session=heard.session,
        turn=turn.id,
        text=turn.text,
        start_us=turn.start_us,
        end_us=turn.end_us,
        certainty=best.certainty if best else None,
        value=show(best.value) if best else "",
        slot=best.slot if best else None,
        prompted=turn.point == point.id,
        answer=answer,
    )
