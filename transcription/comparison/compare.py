"""Facts of two people on one point: how they stand to each other, and the differences.

The order is that of the annotation guideline: conflict, unclear, agree, one-sided, unrelated, the
first that fits. A conflict needs two flat statements whose values a typed rule finds incompatible;
everything softer is amber or grey and says so. Which of the two is right is not asked here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from transcription.comparison.model import (
    Case,
    Certainty,
    Difference,
    Fact,
    Fit,
    Kind,
    Point,
    Side,
    Slot,
    Thing,
    Tier,
    Whether,
    Who,
)
from transcription.comparison.parts import fit, show
from transcription.comparison.surface import Answer, contrast, side_of_answer

#: Words heard with less than this (of 1000) make a red difference amber.
CONFIDENCE_MIN = 600

#: Places in the order of their kind.
_TIERS = {tier: at for at, tier in enumerate(Tier)}
_SLOTS = {slot: at for at, slot in enumerate(Slot)}

_SEVERAL = re.compile(r"[和与及、]")


class Relation(StrEnum):
    """How two accounts of one point stand to each other (guideline, in its order)."""

    CONFLICT = "conflict"
    UNCLEAR = "unclear"
    AGREE = "agree"
    ONE_SIDED = "one_sided"
    UNRELATED = "unrelated"


@dataclass(frozen=True)
class Account:
    """What one person says on one point: the facts, in order of time.

    ``answers`` are those to the point, whether or not a fact was found in them.
    """

    person: str
    room: str
    facts: tuple[Fact, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """``conflicts`` are those of the differences that make the relation a conflict.

    ``agreed`` are the slots both state compatibly. Differences are red first.
    """

    relation: Relation
    differences: tuple[Difference, ...] = ()
    conflicts: tuple[Difference, ...] = ()
    agreed: frozenset[Slot] = frozenset()


@dataclass(frozen=True)
class _Pair:
    a: Fact
    b: Fact
    fit: Fit
    rule: str

    @property
    def flat(self) -> bool:
        return self.a.certainty is Certainty.FLAT and self.b.certainty is Certainty.FLAT


def compare(a: Account, b: Account, case: Case, point: Point) -> Outcome:
    """Lay two accounts of ``point`` side by side. Symmetric but for the order of the sides."""
    pairs = list(_pairs(a.facts, b.facts, point))
    agreed: set[Slot] = set()
    found: list[Difference] = []
    both: list[_Pair] = []
    for slot, event in _subjects(pairs):
        some = [p for p in pairs if p.a.slot is slot and p.a.event == event]
        best = _decide(some)
        if best.fit in (Fit.SAME, Fit.COMPATIBLE) and best.flat:
            agreed.add(slot)
            both += [p for p in some if _also_other(p, best)][:1]
        elif (difference := _difference(best, a, b)) is not None:
            found.append(_as_asked(difference, best, point))
    found += _across(a, b, found, agreed)
    if not found:
        found += [_made(Kind.UNCLEAR, Tier.GREY, "surface.both_values", p.a, p.b) for p in both]
    if not found:
        found += _on_the_surface(a, b, point, agreed)
    found.sort(key=lambda d: (_TIERS[d.tier], d.slot or "", d.id))
    conflicts = tuple(d for d in found if d.kind is Kind.CONFLICT and _both_flat(d, a, b))
    relation = Relation.CONFLICT if conflicts else _relation(a, b, found, agreed)
    return Outcome(relation, tuple(found), conflicts, frozenset(agreed))


# --- pairs of facts --------------------------------------------------------------------------


def _pairs(a: Sequence[Fact], b: Sequence[Fact], point: Point) -> Iterator[_Pair]:
    for one in a:
        for other in b:
            if (
                one.slot is other.slot
                and _same_event(one.event, other.event)
                and not _other_act(one, other, point)
            ):
                yield _Pair(one, other, _fit(one, other), f"{one.slot}.values")


def _fit(a: Fact, b: Fact) -> Fit:
    if Certainty.UNKNOWN in (a.certainty, b.certainty):
        return Fit.UNKNOWN
    return fit(a.slot, a.value, b.value)


def _same_event(a: str, b: str) -> bool:
    return a == b


def _other_act(a: Fact, b: Fact, point: Point) -> bool:
    """A point about several acts (晕倒和救人): who did one says nothing of who did the other."""
    if a.slot is not Slot.WHO_DID or not _SEVERAL.search(point.text):
        return False
    acts = [{verb for verb in point.verbs if verb in fact.text} for fact in (a, b)]
    return bool(acts[0] and acts[1] and not acts[0] & acts[1])


def _also_other(pair: _Pair, best: _Pair) -> bool:
    """One of the two names the other's value, and another that does not go with it."""
    if pair.fit is Fit.INCOMPATIBLE:
        return pair.flat
    a, b = pair.a.value, pair.b.value
    if pair is best and isinstance(a, Thing) and isinstance(b, Thing):
        return bool(a.names and b.names) and len(a.names) != len(b.names)
    return False


def _subjects(pairs: Iterable[_Pair]) -> list[tuple[Slot, str]]:
    """Slots with their events, each decided by itself, in a fixed order."""
    found = {(pair.a.slot, pair.a.event) for pair in pairs}
    return sorted(found, key=lambda one: (_SLOTS[one[0]], one[1]))


def _decide(pairs: list[_Pair]) -> _Pair:
    """The pair that speaks for the slot: agreement before conflict, flat before hedged.

    Somebody who names the other's value at all does not contradict it in this slot.
    """

    def weight(pair: _Pair) -> tuple[int, int, int]:
        if pair.fit in (Fit.SAME, Fit.COMPATIBLE):
            order = 0 if pair.flat else 2
        elif pair.fit is Fit.INCOMPATIBLE:
            order = 1 if pair.flat else 3
        else:
            order = 4
        return (order, -pair.a.start_us, -pair.b.start_us)

    return min(pairs, key=weight)


# --- differences -----------------------------------------------------------------------------


def _difference(pair: _Pair, a: Account, b: Account) -> Difference | None:
    if pair.fit is Fit.INCOMPATIBLE:
        kind = Kind.CONFLICT
        tier = tier_of(pair.a, pair.b)
    elif Certainty.UNKNOWN in (pair.a.certainty, pair.b.certainty):
        if pair.a.certainty is pair.b.certainty:
            return None
        kind, tier = Kind.UNCLEAR, Tier.GREY
    else:
        return None
    return _made(kind, tier, pair.rule, pair.a, pair.b)


def _as_asked(difference: Difference, pair: _Pair, point: Point) -> Difference:
    """Nobody did it against somebody did: where the point asks whether, it was so or not."""
    wanted = [slot for slot in point.slots if slot in (Slot.WHETHER, Slot.WHO_DID)]
    values = [fact.value for fact in (pair.a, pair.b)]
    nobody = [isinstance(value, Who) and value.nobody for value in values]
    if (
        difference.slot is not Slot.WHO_DID
        or wanted[:1] != [Slot.WHETHER]
        or nobody.count(True) != 1
    ):
        return difference
    first, second = (replace(fact, slot=Slot.WHETHER) for fact in (pair.a, pair.b))
    made = _made(difference.kind, difference.tier, "who_did.whether", first, second)
    said = ["no" if none else "yes" for none in nobody]
    return replace(made, a=replace(made.a, value=said[0]), b=replace(made.b, value=said[1]))


def tier_of(a: Fact, b: Fact) -> Tier:
    if a.certainty is not Certainty.FLAT or b.certainty is not Certainty.FLAT:
        return Tier.AMBER
    if min(a.confidence, b.confidence) < CONFIDENCE_MIN or a.repaired or b.repaired:
        return Tier.AMBER
    return Tier.RED


def _made(kind: Kind, tier: Tier, rule: str, a: Fact, b: Fact) -> Difference:
    return Difference(
        id=difference_id(kind, a.point, a.slot, a.event, (a.speaker, b.speaker)),
        kind=kind,
        tier=tier,
        point=a.point,
        slot=a.slot,
        rule=rule,
        a=side_of(a),
        b=side_of(b),
    )


def side_of(fact: Fact) -> Side:
    """A fact as one side of a difference."""
    return Side(
        person=fact.speaker,
        room=fact.room,
        turn=fact.turn,
        span=fact.span,
        text=fact.text,
        start_us=fact.start_us,
        end_us=fact.start_us,
        value="unknown" if fact.certainty is Certainty.UNKNOWN else show(fact.value),
    )


def difference_id(
    kind: Kind, point: str, slot: Slot | None, event: str, parties: Iterable[str]
) -> str:
    """The same parties, point, slot and event give the same id, whatever the words."""
    parts = [kind, point, slot or "", event, *sorted(parties)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def _across(a: Account, b: Account, found: list[Difference], agreed: set[Slot]) -> list[Difference]:
    """Nobody, or that it was not so, against somebody who did it."""
    if any(d.slot in (Slot.WHETHER, Slot.WHO_DID) for d in found if d.kind is Kind.CONFLICT):
        return []
    if Slot.WHO_DID in agreed or Slot.WHETHER in agreed:
        return []
    for one, other in ((a, b), (b, a)):
        for did in one.facts:
            for denied in other.facts:
                if not _done_by(did) or not _not_so(denied) or did.event != denied.event:
                    continue
                first, second = (did, denied) if one is a else (denied, did)
                first, second = (
                    replace(first, slot=Slot.WHETHER),
                    replace(second, slot=Slot.WHETHER),
                )
                made = _made(
                    Kind.CONFLICT, tier_of(first, second), "who_did.whether", first, second
                )
                yes, no = replace(made.a, value="yes"), replace(made.b, value="no")
                if one is not a:
                    yes, no = replace(made.a, value="no"), replace(made.b, value="yes")
                return [replace(made, a=yes, b=no)]
    return []


def _done_by(fact: Fact) -> bool:
    return (
        fact.slot is Slot.WHO_DID
        and isinstance(fact.value, Who)
        and bool(fact.value.people)
        and fact.certainty is not Certainty.UNKNOWN
    )


def _not_so(fact: Fact) -> bool:
    return (
        fact.slot is Slot.WHETHER
        and isinstance(fact.value, Whether)
        and not fact.value.yes
        and fact.certainty is not Certainty.UNKNOWN
    )


# --- answers without facts ---------------------------------------------------------------------


def _on_the_surface(a: Account, b: Account, point: Point, agreed: set[Slot]) -> list[Difference]:
    """Both answered and no fact says how that goes together: both sentences, to be looked at."""
    found = contrast(a.answers, b.answers, point, frozenset(agreed))
    if found is None:
        return []
    parties = (a.person, b.person)
    return [
        Difference(
            id=difference_id(Kind.UNCLEAR, point.id, None, "surface", parties),
            kind=Kind.UNCLEAR,
            tier=found.tier,
            point=point.id,
            slot=found.slot,
            rule=found.rule,
            a=side_of_answer(found.a, a.person, a.room),
            b=side_of_answer(found.b, b.person, b.room),
        )
    ]


# --- relation --------------------------------------------------------------------------------


def _relation(a: Account, b: Account, found: Sequence[Difference], agreed: set[Slot]) -> Relation:
    if any(d.kind is Kind.CONFLICT for d in found):
        return Relation.UNCLEAR
    if agreed:
        return Relation.AGREE
    said_a, said_b = _said(a), _said(b)
    if _doubts(a) or _doubts(b):
        return Relation.UNCLEAR
    if said_a and said_b:
        return (
            Relation.ONE_SIDED
            if not {f.slot for f in a.facts} & {f.slot for f in b.facts}
            else Relation.AGREE
        )
    if said_a or said_b:
        return Relation.ONE_SIDED
    return Relation.UNRELATED


def _both_flat(difference: Difference, a: Account, b: Account) -> bool:
    flat = {(f.turn, f.span) for f in (*a.facts, *b.facts) if f.certainty is Certainty.FLAT}
    return all((s.turn, s.span) in flat for s in (difference.a, difference.b))


def _said(account: Account) -> bool:
    return any(f.value is not None and f.certainty is not Certainty.UNKNOWN for f in account.facts)


def _doubts(account: Account) -> bool:
    return bool(account.facts) and all(f.certainty is not Certainty.FLAT for f in account.facts)
