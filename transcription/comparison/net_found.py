"""What a network makes of one answer, slot by slot; for any language.

The network says which mention plays which part; who or what is mentioned stays the business of each
language's readers, which are asked by ``Meant`` and ``Values``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from transcription.comparison.model import Fact, Slot, Thing, Value, Whether, Who
from transcription.comparison.net import Floats, Reading
from transcription.comparison.net_shape import (
    BESIDE,
    KIND_OF,
    PEOPLE_SLOTS,
    ROLE_SLOTS,
    ROLES,
    WHOLE,
    Mark,
)
from transcription.comparison.reference import Reference

#: Least probability of what is found at all.
HEDGED = 0.5
_ROLE_OF = {slot: role for role, slot in ROLE_SLOTS.items()}

Span = tuple[int, int]
#: Whom a mention means, if anybody is known.
Meant = Callable[[Mark], Reference | None]
#: The values of a slot that an answer holds, and where, in the text that is read.
Values = Callable[[Slot], Sequence[tuple[Value, Span]]]


@dataclass(frozen=True)
class Found:
    """One slot as the network reads one answer."""

    slot: Slot
    value: Value
    score: float  # of the surest mention that says so
    hedged: bool  # said with a hedge
    turn: int
    mark: Mark | None  # where; the whole answer without
    off: float  # probability that the answer is about something else
    asked: int  # whether the question in force is about the point: 2 it is, 1 perhaps


@dataclass(frozen=True)
class Seen:
    """One answer as the network reads it for a point."""

    turn: int
    asked: int
    marks: tuple[Mark, ...]
    reading: Reading  # roles by the order of ``marks``

    def whole(self, name: str) -> float:
        """Probability of one of WHOLE."""
        return float(self.reading.whole[WHOLE.index(name)])

    def beside(self, name: str) -> float:
        """Probability of one of BESIDE; 0 of anything else."""
        return float(self.reading.beside[BESIDE.index(name)]) if name in BESIDE else 0.0

    def shares(self, role: str) -> Floats:
        """Of each mark: not of that role, said, denied, hedged."""
        found: Floats = self.reading.roles[:, ROLES.index(role)]
        return found


def found_in(seen: Seen, meant: Meant, values: Values) -> Iterator[Found]:
    """What one answer says, slot by slot."""
    off = seen.whole("off")
    for role, slot in ROLE_SLOTS.items():
        shares = seen.shares(role)
        if slot in PEOPLE_SLOTS:
            made = _people(seen, shares, seen.beside(f"nobody:{role}"), meant)
        else:
            made = _value(seen, slot, shares, values)
        if made is not None:
            value, score, hedged, mark = made
            yield Found(slot, value, score, hedged, seen.turn, mark, off, seen.asked)
    yes, no = seen.whole("yes"), seen.whole("no")
    hedged = seen.beside("hedged") > 0.5
    if max(yes, no) > 0.5:
        value = Whether(yes > no)
        yield Found(Slot.WHETHER, value, max(yes, no), hedged, seen.turn, None, off, seen.asked)


def support(fact: Fact, seen: Seen, meant: Meant, given: Callable[[int, int], Span]) -> float:
    """How likely the network finds what the rules found in that answer.

    ``given``: the range of the turn's own text behind a range of the text that is read.
    """
    value = fact.value
    if isinstance(value, Whether):
        return seen.whole("yes" if value.yes else "no")
    role = _ROLE_OF[fact.slot]
    shares = seen.shares(role)
    if isinstance(value, Who):
        if value.nobody:
            somebody = max((float(share[1]) for share in shares), default=0.0)
            return max(seen.beside(f"nobody:{role}"), 1 - somebody)
        wanted, denied = value.people or value.denied, not value.people
        if not wanted:
            return 1.0
        spans = [
            share for mark, share in zip(seen.marks, shares, strict=True)
            if (who := meant(mark)) is not None and who.ids & wanted
        ]  # fmt: skip
    else:
        kind = KIND_OF[fact.slot]
        denied = isinstance(value, Thing) and not value.names
        start, end = fact.span
        spans = [
            share for mark, share in zip(seen.marks, shares, strict=True)
            if mark.kind == kind and (at := given(mark.start, mark.end))[0] < end and start < at[1]
        ]  # fmt: skip
    if not spans:
        return 1.0  # not said in so many words: nothing the network could have seen
    # of denials the exchanges hold few: only that he is said to have is ground enough to doubt one
    return max(float(1 - s[1] if denied else s[1] + s[3]) for s in spans)


Made = tuple[Value, float, bool, Mark | None]
_Choice = tuple[float, bool, Mark, Value]


def _people(seen: Seen, shares: Floats, nobody: float, meant: Meant) -> Made | None:
    said, denied = Reference(), Reference()
    best, best_mark, hedged = 0.0, None, True
    unknown = False
    for mark, share in zip(seen.marks, shares, strict=True):
        if mark.kind != "p" or share[0] >= 0.5:
            continue
        reference = meant(mark)
        state = int(share[1:].argmax()) + 1
        score = float(share[1] + share[3]) if state != 2 else float(share[2])
        if score < HEDGED:
            continue
        if reference is None:
            unknown = unknown or (state != 2 and mark.who != "who")
            continue
        if state == 2:
            denied |= reference
        else:
            said |= reference
            hedged = hedged and state == 3
        if score > best:
            best, best_mark = score, mark
    hedged = hedged and bool(said.ids)
    if unknown and not said.ids:
        return None
    if not said.ids and not said.others and nobody >= HEDGED:
        return Who(frozenset(), denied.ids, nobody=True), nobody, False, best_mark
    if not (said.ids or said.others or denied.ids):
        return None
    others = 0 if said.ids and said.vague else said.others
    return Who(said.ids, denied.ids - said.ids, False, others), best, hedged, best_mark


def _value(seen: Seen, slot: Slot, shares: Floats, values: Values) -> Made | None:
    kind = KIND_OF[slot]
    sure = [
        (float(share[1] + share[3]), float(share[2]), share[3] > share[1], mark)
        for mark, share in zip(seen.marks, shares, strict=True)
        if mark.kind == kind and share[0] < 0.5
    ]
    if not sure:
        return None
    candidates = values(slot)
    own: list[_Choice] = []
    denied: list[_Choice] = []
    for yes, no, hedged, mark in sure:
        for value, span in candidates:
            if span[0] < mark.end and mark.start < span[1]:
                (own if yes >= no else denied).append((max(yes, no), hedged, mark, value))
                break
    if slot in (Slot.WHERE, Slot.WITH_WHAT):
        if not own and not denied:
            return None
        names, nots = _names(own), _names(denied)
        score, hedged, mark, _ = max(own or denied, key=lambda o: o[0])
        return Thing(names, nots - names), score, hedged, mark
    if not own:
        return None
    score, hedged, mark, best = max(own, key=lambda o: o[0])
    return best, score, hedged, mark


def _names(some: Sequence[_Choice]) -> frozenset[str]:
    """The places or tools of the mentions that are sure enough."""
    return frozenset(
        name
        for score, _, _, value in some
        if score >= HEDGED and isinstance(value, Thing)
        for name in value.names
    )
