"""What the network of ``net.py`` makes of the answers of an exchange to questions about a point.

The network says which mention plays which part; who or what is mentioned stays the business of
``people.py`` and ``values``. Which point a question is about is known from ``align.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcription.comparison.model import (
    Fact,
    Point,
    Role,
    Slot,
    Thing,
    Value,
    Whether,
    Who,
)
from transcription.comparison.values.candidates_zh import Candidate, Finder
from transcription.comparison.zh import net
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_input import BESIDE, ROLES, WHOLE, Encoded, Mark, Said, encode
from transcription.comparison.zh.net_mentions import said_turns, with_rules
from transcription.comparison.zh.people import Reference, Speech
from transcription.comparison.zh.tying import tied

#: Least probability of what is found at all.
HEDGED = 0.5

ROLE_SLOTS = {
    "ord": Slot.WHO_ORDERED, "to": Slot.TO_WHOM, "did": Slot.WHO_DID, "when": Slot.WHEN,
    "where": Slot.WHERE, "many": Slot.HOW_MANY, "with": Slot.WITH_WHAT,
}  # fmt: skip
KIND_OF = {Slot.WHEN: "t", Slot.HOW_MANY: "n", Slot.WHERE: "l", Slot.WITH_WHAT: "e"}
PEOPLE_SLOTS = (Slot.WHO_ORDERED, Slot.TO_WHOM, Slot.WHO_DID)


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
class View:
    """One answer as the network reads it for a point."""

    turn: int
    asked: int
    said: tuple[Said, ...]
    speech: Speech
    marks: tuple[Mark, ...]
    reading: net.Reading  # roles by the order of ``marks``

    def whole(self, name: str) -> float:
        return float(self.reading.whole[WHOLE.index(name)])

    def beside(self, name: str) -> float:
        """Probability of one of BESIDE; 0 of anything else."""
        return float(self.reading.beside[BESIDE.index(name)]) if name in BESIDE else 0.0

    def shares(self, role: str) -> net.Floats:
        """Of each mark: not of that role, said, denied, hedged."""
        found: net.Floats = self.reading.roles[:, ROLES.index(role)]
        return found

    def who(self, mark: Mark) -> Reference | None:
        """Whom a mention of people means; None for 谁 and a 他 nobody can place."""
        for character, (start, _) in zip(self.speech.text, self.speech.places, strict=True):
            if start == mark.start:
                return self.speech.who.get(character)
        return None


def views(heard: Heard, point: Point, ruled: Sequence[Fact]) -> list[View]:
    """Every answer to a question about the point; ``ruled``: what the rules found."""
    turns = heard.turns()
    said = said_turns(heard, turns)
    network = net.stored()
    made: list[View] = []
    for at, turn in enumerate(heard.exchange.turns):
        if turn.role is not Role.ANSWER or not said[at].text:
            continue
        asked = _asked(heard, point, at)
        if asked > 0:
            mine = [fact for fact in ruled if fact.turn == turn.id]
            answer = with_rules(said[at], turns[at][0], mine)
            given = encode(point, (*said[:at], answer), network.words)
            marks = tuple(said[at].marks[n] for _, _, n in given.marks)
            reading = _read(network, given)
            made.append(View(at, asked, said[: at + 1], turns[at][0], marks, reading))
    return made


#: Readings kept: an answer is read again as what leads up to the next one.
_KEPT_MAX = 256
_kept: dict[tuple[bytes, bytes], net.Reading] = {}


def _read(network: net.Network, given: Encoded) -> net.Reading:
    """Read once; the rows hold everything the network looks at."""
    key = (given.rows.tobytes(), given.slots.tobytes())
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= _KEPT_MAX:
            _kept.pop(next(iter(_kept)))
        found = _kept[key] = network.read(given)
    return found


def found_in(heard: Heard, point: Point, view: View) -> Iterator[Found]:
    """What one answer says, slot by slot."""
    off = view.whole("off")
    for role, slot in ROLE_SLOTS.items():
        shares = view.shares(role)
        if slot in PEOPLE_SLOTS:
            made = _people(view, shares, view.beside(f"nobody:{role}"))
        else:
            made = _value(heard, point, view, slot, shares)
        if made is not None:
            value, score, hedged, mark = made
            yield Found(slot, value, score, hedged, view.turn, mark, off, view.asked)
    yes, no = view.whole("yes"), view.whole("no")
    hedged = view.beside("hedged") > 0.5
    if max(yes, no) > 0.5:
        value = Whether(yes > no)
        yield Found(Slot.WHETHER, value, max(yes, no), hedged, view.turn, None, off, view.asked)


def _asked(heard: Heard, point: Point, at: int) -> int:
    """Whether the question before answer ``at`` is about the point: as ``Found.asked``, or 0."""
    turns = heard.exchange.turns
    question = next((n for n in range(at, -1, -1) if turns[n].role is Role.QUESTION), None)
    marked = turns[at].point or (turns[question].point if question is not None else "")
    if marked:
        return 2 if marked == point.id else 0
    if question is None:
        return 0
    found = tied(heard, question)
    if found.point is None or found.point.id != point.id:
        return 0
    return 2 if found.sure else 1


Made = tuple[Value, float, bool, Mark | None]
_Choice = tuple[float, bool, Mark, Candidate]


def _people(view: View, shares: net.Floats, nobody: float) -> Made | None:
    said, denied = Reference(), Reference()
    best, best_mark, hedged = 0.0, None, True
    unknown = False
    for mark, share in zip(view.marks, shares, strict=True):
        if mark.kind != "p" or share[0] >= 0.5:
            continue
        reference = view.who(mark)
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


def _value(heard: Heard, point: Point, view: View, slot: Slot, shares: net.Floats) -> Made | None:
    kind = KIND_OF[slot]
    sure = [
        (float(share[1] + share[3]), float(share[2]), share[3] > share[1], mark)
        for mark, share in zip(view.marks, shares, strict=True)
        if mark.kind == kind and share[0] < 0.5
    ]
    if not sure:
        return None
    question = next((t.text for t in reversed(view.said[:-1]) if t.asks), "")
    candidates = Finder(heard, view.speech, question, point.text).find(slot, asked=True)
    own: list[_Choice] = []
    denied: list[_Choice] = []
    for yes, no, hedged, mark in sure:
        for one in candidates:
            if one.span[0] < mark.end and mark.start < one.span[1]:
                (own if yes >= no else denied).append((max(yes, no), hedged, mark, one))
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
    return best.value, score, hedged, mark


def _names(some: Sequence[_Choice]) -> frozenset[str]:
    """The places or tools of the mentions that are sure enough."""
    return frozenset(
        name
        for score, _, _, one in some
        if score >= HEDGED and isinstance(one.value, Thing)
        for name in one.value.names
    )
