"""What the network of ``net.py`` makes of an exchange, as facts with quotes, beside the rules.

The network says which mention plays which part; who or what is mentioned stays the business of
``people.py`` and ``values``. Facts of the network fill slots in which the rules found nothing;
where both found something that does not go together, the rules' fact is hedged if the network is
sure. What it is not sure of is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transcription.comparison.model import (
    Certainty,
    Fact,
    Fit,
    Point,
    Role,
    Slot,
    Thing,
    Turn,
    Value,
    Whether,
    Who,
)
from transcription.comparison.values.candidates_zh import Candidate, Finder
from transcription.comparison.values.fitting import fit
from transcription.comparison.zh import matters, net
from transcription.comparison.zh.clauses import Clause, of_flat
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_input import BESIDE, ROLES, WHOLE, Mark, Said, encode
from transcription.comparison.zh.net_mentions import said_turns
from transcription.comparison.zh.people import Reference, Speech

#: Least probability of a fact said flatly, and of one given with a hedge.
FLAT, HEDGED = 0.9, 0.6
#: An answer more likely than this to be about something else gives nothing.
OFF = 0.4
#: Where the rules say another thing, they are hedged if the network is this sure.
AGAINST = 0.95

_SLOT_OF = {
    "ord": Slot.WHO_ORDERED, "to": Slot.TO_WHOM, "did": Slot.WHO_DID, "when": Slot.WHEN,
    "where": Slot.WHERE, "many": Slot.HOW_MANY, "with": Slot.WITH_WHAT,
}  # fmt: skip
_PEOPLE = (Slot.WHO_ORDERED, Slot.TO_WHOM, Slot.WHO_DID)


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
    about: int  # of the question in force, by ``matters``


def found_in(heard: Heard, point: Point) -> list[Found]:
    """Everything the network finds in the answers, whatever the probability above a half."""
    turns = heard.turns()
    said = said_turns(heard, turns)
    made: list[Found] = []
    for at, turn in enumerate(heard.exchange.turns):
        if turn.role is Role.ANSWER and said[at].text:
            made += _answer(heard, point, said[: at + 1], turns[at][0], at)
    return made


def _answer(
    heard: Heard, point: Point, said: Sequence[Said], speech: Speech, at: int
) -> Iterator[Found]:
    network = net.stored()
    given = encode(point, said, network.words)
    reading = network.read(given)
    off = float(reading.whole[WHOLE.index("off")])
    asked = next((t for t in reversed(said[:-1]) if t.asks), None)
    about = matters.about(asked.text, matters.profile(point), asked=True) if asked else 0
    marks = [said[-1].marks[n] for _, _, n in given.marks]
    for role, slot in _SLOT_OF.items():
        shares = reading.roles[:, ROLES.index(role)]
        if slot in _PEOPLE:
            nobody = f"nobody:{role}"
            alone = float(reading.beside[BESIDE.index(nobody)]) if nobody in BESIDE else 0.0
            made = _people(speech, marks, shares, alone)
        else:
            made = _value(heard, point, said, speech, slot, marks, shares)
        if made is not None:
            value, score, hedged, mark = made
            yield Found(slot, value, score, hedged, at, mark, off, about)
    yes, no = (float(reading.whole[WHOLE.index(name)]) for name in ("yes", "no"))
    hedged = bool(reading.beside[BESIDE.index("hedged")] > 0.5)
    if max(yes, no) > 0.5:
        yield Found(Slot.WHETHER, Whether(yes > no), max(yes, no), hedged, at, None, off, about)


Made = tuple[Value, float, bool, Mark | None]


def _people(
    speech: Speech, marks: Sequence[Mark], shares: net.Floats, nobody: float
) -> Made | None:
    who = dict(zip((start for start, _ in speech.places), speech.text, strict=True))
    said, denied = Reference(), Reference()
    best, best_mark, hedged = 0.0, None, True
    unknown = False
    for mark, share in zip(marks, shares, strict=True):
        if mark.kind != "p" or share[0] >= 0.5:
            continue
        reference = speech.who.get(who.get(mark.start, ""))
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


def _value(
    heard: Heard, point: Point, said: Sequence[Said], speech: Speech, slot: Slot,
    marks: Sequence[Mark], shares: net.Floats,
) -> Made | None:  # fmt: skip
    kind = {Slot.WHEN: "t", Slot.HOW_MANY: "n", Slot.WHERE: "l", Slot.WITH_WHAT: "e"}[slot]
    sure = [
        (float(share[1] + share[3]), float(share[2]), share[3] > share[1], mark)
        for mark, share in zip(marks, shares, strict=True)
        if mark.kind == kind and share[0] < 0.5
    ]
    if not sure:
        return None
    question = next((t.text for t in reversed(said[:-1]) if t.asks), "")
    candidates = Finder(heard, speech, question, point.text).find(slot, asked=True)
    own: list[tuple[float, bool, Mark, Candidate]] = []
    denied: list[tuple[float, bool, Mark, Candidate]] = []
    for yes, no, hedged, mark in sure:
        for one in candidates:
            if one.span[0] < mark.end and mark.start < one.span[1]:
                (own if yes >= no else denied).append((max(yes, no), hedged, mark, one))
                break
    if slot in (Slot.WHERE, Slot.WITH_WHAT):
        if not own and not denied:
            return None
        names = [n for s, _, _, c in own if s >= HEDGED and isinstance(c.value, Thing) for n in c.value.names]
        nots = [n for s, _, _, c in denied if s >= HEDGED and isinstance(c.value, Thing) for n in c.value.names]
        score, hedged, mark, _ = max(own or denied, key=lambda o: o[0])
        return Thing(frozenset(names), frozenset(nots) - frozenset(names)), score, hedged, mark
    if not own:
        return None
    score, hedged, mark, best = max(own, key=lambda o: o[0])
    return best.value, score, hedged, mark


# --- with the rules ------------------------------------------------------------------------------


def joined(heard: Heard, point: Point, ruled: Sequence[Fact]) -> list[Fact]:
    """The rules' facts about the point and the network's, brought together."""
    found = [f for f in found_in(heard, point) if f.off <= OFF and f.about >= 0]
    return combined(heard, point, ruled, found)


def combined(
    heard: Heard, point: Point, ruled: Sequence[Fact], found: Sequence[Found]
) -> list[Fact]:
    facts = [_doubted(fact, found) for fact in ruled]
    told = {fact.slot for fact in ruled if fact.certainty is not Certainty.UNKNOWN}
    for one in found:
        if one.slot not in told and one.slot in point.slots and one.score >= HEDGED:
            facts.append(_fact(heard, point, one))
    return facts


def _doubted(fact: Fact, found: Sequence[Found]) -> Fact:
    """The rules' fact, hedged where the network is sure of something else."""
    if fact.certainty is not Certainty.FLAT or fact.event or fact.value is None:
        return fact
    against = [
        one for one in found
        if one.slot is fact.slot and one.score >= AGAINST and not one.hedged
        and fit(fact.slot, fact.value, one.value) is Fit.INCOMPATIBLE
    ]  # fmt: skip
    return replace(fact, certainty=Certainty.HEDGED) if against else fact


def _fact(heard: Heard, point: Point, one: Found) -> Fact:
    turn: Turn = heard.exchange.turns[one.turn]
    speech = heard.turns()[one.turn][0]
    clauses = of_flat(speech.flat)
    clause: Clause | None = None
    if one.mark is not None:
        start, end = one.mark.start, one.mark.end
        clause = next((c for c in clauses if c.start < end and start < c.end), None)
    span = clause.span if clause is not None else speech.flat.span(0, len(speech.flat.text))
    words = [w for w in turn.words if w.span[0] < span[1] and span[0] < w.span[1]]
    unsure = one.hedged or one.score < FLAT or (clause is not None and (clause.hedged or clause.unknown))
    return Fact(
        point=point.id,
        event="",
        slot=one.slot,
        value=one.value,
        certainty=Certainty.HEDGED if unsure else Certainty.FLAT,
        turn=turn.id,
        span=span,
        speaker=heard.exchange.speaker,
        room=heard.exchange.room,
        start_us=min((w.start_us for w in words), default=turn.start_us),
        confidence=min((w.confidence for w in words), default=1000),
        repaired=any(w.repaired for w in words),
        text=turn.text[span[0] : span[1]],
    )
