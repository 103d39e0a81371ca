"""Cells: what each person said on each point. Both answers always stand, whatever is found.

A cell keeps the facts of a bounded number of turns: the newest, and for each slot and event the
first turn that stated each value, so that a person's own change of account is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from transcription.comparison.compare import Account
from transcription.comparison.model import Cell, Certainty, Fact, Fit, Slot
from transcription.comparison.parts import fit, show
from transcription.comparison.surface import Answer

#: Facts of one cell.
FACTS_MAX = 96


@dataclass(frozen=True, slots=True)
class Statement:
    """The latest answer of a person on a point, with or without a fact in it.

    ``certainty`` is empty when no fact was found; ``value`` is canonical. ``prompted`` is true when
    the question came from a prompt that carried the point.
    """

    point: str
    person: str
    room: str
    session: str
    turn: str
    text: str
    start_us: int
    end_us: int
    certainty: Certainty | None = None
    value: str = ""
    slot: Slot | None = None
    prompted: bool = False
    answer: Answer | None = None  # its signs, where it answers the point


@dataclass
class CellState:
    """One cell. ``facts`` in order of time; ``statements`` by turn, newest last."""

    point: str
    person: str
    facts: list[Fact] = field(default_factory=list)
    statements: dict[str, Statement] = field(default_factory=dict)
    _accounts: list[Account] = field(default_factory=list)

    @property
    def latest(self) -> Statement | None:
        """The newest statement; one in which something was understood before one without."""
        if not self.statements:
            return None
        return max(self.statements.values(), key=lambda s: (s.start_us, s.turn))

    def frozen(self) -> Cell:
        """The facts as the contract has them."""
        return Cell(self.point, self.person, tuple(self.facts))

    def accounts(self) -> list[Account]:
        """What counts beside other people (``standing``), the latest first.

        Two where the person said two things equally often: both were said.
        """
        if self._accounts:
            return self._accounts
        last = self.latest
        room = last.room if last else ""
        late, early = standing(self.facts), standing(self.facts, early=True)
        some = [late] if late == early else [late, early]
        self._accounts = [Account(self.person, room, tuple(facts), self.answers) for facts in some]
        return self._accounts

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers to the point still kept, in order of time."""
        kept = sorted(self.statements.values(), key=lambda s: (s.start_us, s.turn))
        return tuple(s.answer for s in kept if s.answer is not None)

    def put(self, turn: str, facts: Iterable[Fact], statement: Statement | None) -> bool:
        """Replace what ``turn`` said here; returns whether anything is different."""
        before = [f for f in self.facts if f.turn == turn]
        new = list(facts)
        same = before == new and self.statements.get(turn) == statement
        if same:
            return False
        self._accounts = []
        self.facts = [f for f in self.facts if f.turn != turn] + new
        self.facts.sort(key=_order)
        self.statements.pop(turn, None)
        if statement is not None:
            self.statements[turn] = statement
        self._bound()
        return True

    def _bound(self) -> None:
        while len(self.statements) > 8:
            oldest = min(self.statements.values(), key=lambda s: (s.start_us, s.turn))
            self.statements.pop(oldest.turn)
        if len(self.facts) <= FACTS_MAX:
            return
        seen: set[tuple[Slot, str, str]] = set()
        keep: list[Fact] = []
        spare = len(self.facts) - FACTS_MAX
        for fact in self.facts:
            key = (fact.slot, fact.event, show(fact.value))
            if key in seen and spare > 0:
                spare -= 1
                continue
            seen.add(key)
            keep.append(fact)
        self.facts = keep[-FACTS_MAX:]


def standing(facts: Iterable[Fact], *, early: bool = False) -> list[Fact]:
    """Of facts in order of time, those that stand, per slot and event.

    Flat ones before hedged ones before what was not known. Of values that cannot stand beside each
    other the one said in most turns counts, of equals the latest (or the earliest): one turn
    understood wrongly does not change an account; a change of account is shown by ``own``.
    """
    groups: dict[tuple[Slot, str], list[Fact]] = {}
    for fact in facts:
        groups.setdefault((fact.slot, fact.event), []).append(fact)
    out: list[Fact] = []
    for group in groups.values():
        for certainty in (Certainty.FLAT, Certainty.HEDGED, Certainty.UNKNOWN):
            some = [f for f in group if f.certainty is certainty]
            if some:
                out += _prevailing(some, early)
                break
    return sorted(out, key=_order)


def _prevailing(facts: list[Fact], early: bool) -> list[Fact]:
    clusters: list[list[Fact]] = []
    for fact in facts:
        for cluster in clusters:
            if fit(fact.slot, fact.value, cluster[0].value) is not Fit.INCOMPATIBLE:
                cluster.append(fact)
                break
        else:
            clusters.append([fact])
    turns = [len({f.turn for f in cluster}) for cluster in clusters]
    most = [c for c, count in zip(clusters, turns, strict=True) if count == max(turns)]
    best = min(most, key=_first_said) if early else max(most, key=_last_said)
    return [f for f in best if f.turn == best[-1].turn]


def _first_said(cluster: list[Fact]) -> tuple[int, str]:
    return cluster[0].start_us, cluster[0].turn


def _last_said(cluster: list[Fact]) -> tuple[int, str]:
    return cluster[-1].start_us, cluster[-1].turn


def _order(fact: Fact) -> tuple[int, str, tuple[int, int], str]:
    return (fact.start_us, fact.turn, fact.span, fact.slot)
