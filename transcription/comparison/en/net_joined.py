"""The rules' facts about a point and the network's, brought together, for English.

As ``zh/net_joined.py``: facts of the network fill slots in which the rules found nothing, flatly
from ``FLAT`` on, with a hedge from ``HEDGED`` on; a flat fact of the rules for which the network
sees no ground is hedged. Which question is about the point is known from ``matters.py`` and
``align.py``; what a mention is worth from ``words.py`` and ``values.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from transcription.comparison.en import net
from transcription.comparison.en.align import Tied
from transcription.comparison.en.answer import Answer, certainty_at
from transcription.comparison.en.marks import WITHOUT
from transcription.comparison.en.net_input import Words, encode, plain
from transcription.comparison.en.net_mentions import Mentioned, mentioned_in
from transcription.comparison.en.plain import NEGATION
from transcription.comparison.en.reading import Reading
from transcription.comparison.en.tools import DENIED
from transcription.comparison.en.tying import share_of, tied_in
from transcription.comparison.en.values import candidates
from transcription.comparison.en.words import Token
from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import (
    Case,
    Certainty,
    Exchange,
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
from transcription.comparison.net import Network
from transcription.comparison.net import Reading as Shares
from transcription.comparison.net_found import HEDGED, Found, Seen, Span, found_in, support
from transcription.comparison.net_shape import Encoded
from transcription.comparison.values.fitting import fit

#: Least probability of a fact of the network said flatly.
FLAT = 0.6
#: An answer more likely than this to be about something else gives nothing.
OFF = 0.5
#: Least probability that the network gives a flat fact of the rules.
SUPPORT = 0.3
#: Where the rules say another thing, they are hedged if the network is this sure.
AGAINST = 0.85
#: A question less likely than this to be about the point (``tie.py``) gives no fact of it, one
#: less likely than the other no flat one.
UNRELATED, UNLIKELY = 0.02, 0.1
#: An answer of so many words says yes or no and nothing else.
BARE_MAX = 3
#: The question in force is about the point, as ``Found.asked`` says it.
SURE = 2

#: Readings kept: an answer is read again as what leads up to the next one.
_KEPT_MAX = 256
_kept: dict[tuple[bytes, bytes], Shares] = {}


def read(exchange: Exchange, case: Case, lexicon: Lexicon, point: Point | None) -> list[Fact]:
    """Facts of the exchange about ``point``; about every point of the case without one."""
    points = case.points if point is None else (point,)
    return [fact for each in points for fact in Joined(exchange, case, lexicon, each).facts()]


@dataclass(frozen=True)
class View(Seen):
    """One answer as the network reads it."""

    answer: Answer
    turned: Mentioned
    event: str

    def support(self, fact: Fact) -> float:
        """How likely the network finds what the rules found in it."""
        return support(fact, self, self.turned.meant, lambda start, end: (start, end))


class Joined(Reading):
    """One exchange read for one point, by the rules and by the network."""

    def __init__(self, exchange: Exchange, case: Case, lexicon: Lexicon, point: Point) -> None:
        super().__init__(exchange, case, lexicon, point)
        self.views: list[View] = []
        self.found: list[Found] = []
        self._tied: dict[int, Tied] = {}  # by turns heard

    def facts(self) -> list[Fact]:
        ruled = super().facts()
        by_turn = {view.answer.turn.id: view for view in self.views}
        at = {view.turn: view for view in self.views}
        self.found = [one for one in self.found if not _set_aside(at[one.turn], one)]
        self.out = [self._doubted(fact, by_turn.get(fact.turn)) for fact in ruled]
        told = {fact.slot for fact in self.out if fact.certainty is Certainty.FLAT}
        hinted = {fact.slot for fact in self.out if fact.certainty is not Certainty.UNKNOWN}
        for one in self.found:
            if one.off > OFF or one.score < HEDGED or one.slot in told:
                continue
            view = at[one.turn]
            if one.slot not in self.point.slots:
                continue
            certainty = Certainty.HEDGED if self._either_way(view, one) else _certainty(view, one)
            if certainty is Certainty.FLAT or one.slot not in hinted:
                self._say(view, one, certainty)
        return [fact for fact in map(self._on_this, self.out) if fact is not None]

    def _either_way(self, view: View, one: Found) -> bool:
        """A bare yes or no to "you went in without a permit?": the one or the other."""
        if not isinstance(one.value, Whether) or len(view.answer.lower.split()) > BARE_MAX:
            return False
        asked = [turn.text for turn, _ in self.heard[: view.turn] if turn.role is Role.QUESTION]
        return bool(asked and WITHOUT.match(plain(asked[-1])))

    def _on_this(self, fact: Fact) -> Fact | None:
        """Not from an answer to a question about something else; hedged where that is likely."""
        place = next(n for n, (turn, _) in enumerate(self.heard) if turn.id == fact.turn)
        found = self._tied.get(place + 1)
        if found is None or (found.point is not None and found.point.id == self.point.id):
            return fact
        share = share_of(self.heard[: place + 1], self.exchange, self.case, self.point)
        if share < UNRELATED:
            return None
        hedge = share < UNLIKELY and fact.certainty is Certainty.FLAT
        return replace(fact, certainty=Certainty.HEDGED) if hedge else fact

    def _answer(self, turn: Turn, tokens: list[Token]) -> None:
        before, asked = len(self.out), self._asked(turn)
        if asked == SURE:
            self.on = max(self.on, 1)
        super()._answer(turn, tokens)
        if asked <= 0:
            return
        turned = mentioned_in(self.heard, self.exchange.said_on, self.case.incident)
        answer = Answer(turn, tokens, self.matter, frozenset())
        if not answer.pieces:
            return
        last = turned[-1]
        said = (*(one.said for one in turned[:-1]), last.with_rules(self.out[before:]))
        network = net.stored()
        given = encode(self.point, said, network.words)
        marks = tuple(last.said.marks[n] for _, _, n in given.marks)
        place = len(self.heard) - 1
        view = View(place, asked, marks, _read(network, given), answer, last, self.event)
        self.views.append(view)

        def values(slot: Slot) -> list[tuple[Value, Span]]:
            return [(value, span) for value, span, _ in candidates(self, answer, slot)]

        self.found += found_in(view, last.meant, values)

    def _asked(self, turn: Turn) -> int:
        """Whether the question in force is about the point: as ``Found.asked``, or 0."""
        asked = [one for one, _ in self.heard if one.role is Role.QUESTION]
        marked = turn.point or (asked[-1].point if asked else "")
        if marked:
            return SURE if marked == self.point.id else 0
        if not asked:
            return 0
        place = len(self.heard)
        if place not in self._tied:
            self._tied[place] = tied_in(self.heard, self.exchange, self.case)
        found = self._tied[place]
        mine = found.point is not None and found.point.id == self.point.id
        if found.sure:
            return SURE if mine else 0
        if self.on > 0 and (mine or found.point is None):
            return SURE
        return 1 if self.on > 0 or mine else 0

    def _doubted(self, fact: Fact, view: View | None) -> Fact:
        """The rules' fact, hedged where the network sees no ground for it."""
        if fact.certainty is not Certainty.FLAT or fact.event or fact.value is None or view is None:
            return fact
        if isinstance(fact.value, Whether) or _only_denied(fact.value):
            return fact  # of these the rules know more
        against = [
            one for one in self.found
            if one.slot is fact.slot and one.score >= AGAINST and not one.hedged
            and fit(fact.slot, fact.value, one.value) is Fit.INCOMPATIBLE
        ]  # fmt: skip
        if against or view.support(fact) < SUPPORT:
            return replace(fact, certainty=Certainty.HEDGED)
        return fact

    def _say(self, view: View, one: Found, certainty: Certainty) -> None:
        """The network's fact, in place of what the rules only guessed in that answer."""
        turn, slot = view.answer.turn.id, one.slot
        self.out = [
            fact for fact in self.out
            if fact.slot is not slot or fact.turn != turn or fact.event
            or fact.certainty is Certainty.FLAT
        ]  # fmt: skip
        reference = view.turned.meant(one.mark) if one.mark is not None else None
        by_sound = reference is not None and reference.repaired
        event = view.event if slot in (Slot.WHEN, Slot.WHERE) else ""
        self.add(view.answer, slot, one.value, _span(view, one), certainty, by_sound, event)


def _span(view: View, one: Found) -> Span:
    """Where it is said: the mention, or the whole answer."""
    if one.mark is not None:
        return one.mark.start, one.mark.end
    return view.answer.tokens[0].span[0], view.answer.tokens[-1].span[1]


def _certainty(view: View, one: Found) -> Certainty:
    hedged = one.mark is not None and certainty_at(view.answer, _span(view, one))
    unsure = one.hedged or one.asked < SURE or one.score < FLAT
    return Certainty.HEDGED if unsure or hedged is Certainty.HEDGED else Certainty.FLAT


def _read(network: Network[Words], given: Encoded) -> Shares:
    """Read once; the rows hold everything the network looks at."""
    key = (given.rows.tobytes(), given.slots.tobytes())
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= _KEPT_MAX:
            _kept.pop(next(iter(_kept)))
        found = _kept[key] = network.read(given)
    return found


def _set_aside(view: View, one: Found) -> bool:
    """What the network found and nobody said in words that could be quoted for it."""
    value = one.value
    if isinstance(value, Thing) and value.names and one.mark is not None:
        before = view.answer.turn.text[: one.mark.start].lower().rstrip()
        return bool(DENIED.search(before[-24:]))
    if not isinstance(value, Who) or value.people or value.nobody:
        return False
    return not value.denied or not NEGATION.search(view.answer.lower)


def _only_denied(value: Value | None) -> bool:
    if isinstance(value, Thing):
        return not value.names
    return isinstance(value, Who) and not (value.people or value.nobody or value.others)
