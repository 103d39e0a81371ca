"""Who sent whom: the orders of an English answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from transcription.comparison.en import marks, plain
from transcription.comparison.en.answer import Answer, Span
from transcription.comparison.en.front import opening
from transcription.comparison.en.words import Token
from transcription.comparison.lexicon import PERSON
from transcription.comparison.model import Slot, Who

if TYPE_CHECKING:
    from transcription.comparison.en.reading import Reading

_VOCATIVE = re.compile(
    r"\b(?:says?|said|goes|go|told|tells?|shouted|shouts?|yelled|like|was like)\b"
    r"[^a-z0-9]*(?:to )?[^a-z0-9]*$"
)
#: He was yelling at Yan.
_CALLED_AT = re.compile(
    r"\b(?:shout|yell|scream|bark|wav|nodd?|point|roar|bellow)(?:ed|ing|e|s|es)? "
    r"(?:at|to|over to) $"
)
_YOUR_ORDER = re.compile(
    r"\byour (?:own )?(?:orders?|instructions?|idea|decision|say[- ]so|call|doing)\b"
)
#: I was weighing salt: no yes.
STATE = re.compile(r"^(?:i|he|she|we|they) (?:was|were) \w")
#: Did you see who, do you know if: a yes says only that.
WITNESSED = re.compile(
    r"\b(?:you|he|she|they|anyone|anybody) (?:actually |ever |happen to )?(?:know|see|hear|"
    r"remember|"
    r"recall|notice|understand)\b"
)
_VOCATIVE_REST = re.compile(r"^[^a-z0-9]*(?:you|go|get|come|do|take|put|and you)\b")


def order_facts(reading: Reading, answer: Answer) -> None:
    """Whom the answer says the order came from, and to whom it went."""
    question = reading.question
    asked = reading.on > 0 and question.order
    people = answer.people()
    agents: set[str] = set()
    denied: set[str] = set()
    whom: set[str] = set()
    none: set[str] = set()  # who sent nobody
    nobody, others, sound = False, 0, False
    apart: list[Token] = []
    sure: set[str] = set()  # denied by the shape of the clause
    best: Span | None = None
    for token, share in zip(people, answer.shares("r", [t.span for t in people]), strict=True):
        label = max(share, key=share.__getitem__)
        if plain.is_object(answer, token) or (label == "A" and plain.in_habit(answer, token)):
            continue
        if plain.witness(answer, token) or plain.to_be_asked(answer, token):
            continue
        if plain.passive(answer, token) or plain.owner(answer, token):
            continue
        denied_so = plain.forbade(answer, token) or not plain.lacks_negation(answer, token)
        if label == "D" and not denied_so:
            continue
        if asked and not question.yes_no and plain.no_boss(answer, token):
            continue
        if plain.told_nobody(answer, token):
            none |= token.ids
        if (
            plain.told_nobody(answer, token)
            or plain.denied_before(answer, token)
            or (asked and (plain.not_ordered(answer, token) or plain.forbade(answer, token)))
        ):
            label, share = "D", {**share, "D": 1.0}
            sure |= token.ids & {reading.exchange.speaker} if asked else set()
        elif (plain.acted_on(answer, token) and label == "A") or plain.ordered_else(answer, token):
            continue
        elif (
            asked
            and label != "D"
            and (plain.ordering(answer, token) or plain.ordered_by(answer, token))
        ):
            label, share = "A", {**share, "A": 1.0}
        if label != "D" and asked and _spoken_to(answer, token):
            whom |= token.ids
            continue
        least = 0.6 if label == "P" and not question.whom else 0.45
        if label == "X" or share[label] < (least if asked else 0.8):
            continue
        if not asked and not reading.near(answer, token.span):
            continue
        if label == "A":
            apart += [token] if token.ids and not token.others else []
            nobody = nobody or token.nobody
            agents |= token.ids if token.others == 0 or len(token.ids) == 0 else set()
            others = others or (token.others if not token.ids and not token.nobody else 0)
            sound = sound or token.by_sound
            best = token.span if best is None or not agents else best
        elif label == "D":
            if not token.nobody:
                denied |= token.ids
                best = best or token.span
        else:
            whom |= token.ids if token.others == 0 else set()
    agents -= none
    denied_all = sure | _said_no(reading, answer) if asked else set()
    denied |= agents & denied_all
    agents -= denied_all
    own = marks.OWN_ACCORD.search(answer.lower)
    if own and asked and not agents:
        nobody = True
    if asked and question.yes_no and not agents and not nobody and not denied:
        _short_order(reading, answer, agents, denied)
    if asked and question.whom and agents and not whom:
        sender = {one for t in reading.asked if t.kind == PERSON for one in t.ids}
        rest = agents - sender
        agents, whom = (set(), rest) if rest or not sender else (agents, whom)
    if asked and question.whom and not whom:
        named = (
            {one for t in people if not t.others for one in t.ids}
            - denied
            - {one for t in reading.asked for one in t.ids}
        )
        whom = named - {reading.exchange.speaker} if len(named) == 1 else whom
    best = best or answer.span_of(answer.pieces[0])
    value = Who(
        frozenset(agents),
        frozenset(denied - agents),
        nobody and not agents,
        others if not agents else 0,
    )
    if agents or value.denied or value.nobody or value.others:
        doubt = plain.scattered(answer, apart)
        reading.say(answer, Slot.WHO_ORDERED, value, best, sound, doubt=doubt)
    elif not whom and asked:
        reading.unknown(answer, Slot.WHO_ORDERED)
    whom -= agents
    if whom and (agents or question.whom) and Slot.TO_WHOM in reading.point.slots:
        reading.say(answer, Slot.TO_WHOM, Who(frozenset(whom)), best, sound)


def _said_no(reading: Reading, answer: Answer) -> set[str]:
    """Did you send him? No way, I had him fetching: the one asked about is denied."""
    if not reading.question.yes_no or not marks.NO.match(opening(answer)):
        return set()
    if WITNESSED.search(reading.question.text) or reading.question.negative:
        return set()
    subject = next((t for t in reading.asked if t.kind == PERSON and t.ids), None)
    return set(subject.ids) if subject is not None else set()


def _spoken_to(answer: Answer, token: Token) -> bool:
    """He says, Yan, you go in: the one spoken to."""
    text = answer.turn.text.lower()
    before = text[: token.span[0]]
    if token.nobody:
        return False
    called = _VOCATIVE.search(before) and _VOCATIVE_REST.match(text[token.span[1] :])
    return bool(called or _CALLED_AT.search(before))


def _short_order(reading: Reading, answer: Answer, agents: set[str], denied: set[str]) -> None:
    """Did you send him? Yes / no: the agent is the question's."""
    subject = next((t for t in reading.asked if t.kind == PERSON and t.ids), None)
    if subject is None and _YOUR_ORDER.search(reading.question.text):
        me = frozenset({reading.exchange.speaker})
        subject = Token("you", (0, 0), PERSON, me)
    if subject is None or WITNESSED.search(reading.question.text):
        return
    first = opening(answer)
    if marks.YES.match(first) and not STATE.match(first):
        agents |= subject.ids
    elif marks.NO.match(first):
        denied |= subject.ids
