"""Times, numbers, places and tools of an English answer, bound by the classifier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from transcription.comparison.en import marks
from transcription.comparison.en.answer import Answer, Span, certainty_at
from transcription.comparison.en.counts import Candidate, numbers
from transcription.comparison.en.front import opening
from transcription.comparison.en.hours import less_hour
from transcription.comparison.en.orders import STATE
from transcription.comparison.en.tools import DENIED, named, things, tool_candidates
from transcription.comparison.en.words import Piece
from transcription.comparison.lexicon import EQUIPMENT, PLACE
from transcription.comparison.model import Certainty, Number, Slot, Thing, Value, When
from transcription.comparison.names_en import rank
from transcription.comparison.values.found import find_numbers, find_times

if TYPE_CHECKING:
    from transcription.comparison.en.reading import Reading

VALUE_SLOTS = (Slot.WHEN, Slot.HOW_MANY, Slot.WHERE, Slot.WITH_WHAT)
_KINDS = {Slot.WHEN: "t", Slot.HOW_MANY: "n", Slot.WHERE: "w", Slot.WITH_WHAT: "m"}
_ASKED, _UNASKED = 0.5, 0.8
#: Nobody pulls bricks with a hook here.
_NOBODY_DOES = re.compile(r"(?:nobody|no one|we never|they never|i never)\b")
#: Places by their words.
SPOTS = re.compile(
    r"\b(?:in|at|inside|outside|by|near|on|to) (?:the |my |his |our |a )?(?P<place>home|town|"
    r"bed|(?:\w+ )?(?:office|canteen|kitchen|gate|hospital|toilet|yard|"
    r"car park|road|street|village|bank|dormitory|shed|hut|cabin|store|warehouse|workshop|"
    r"roof|basement|corridor|stairs|lobby|hall|hotel|shop|platform|pit|tank|"
    r"room|house|lorry|truck|cab|site))\b"
)
_I_WAS_NOT = re.compile(r"^(?:i|we) (?:don't|didn't|never|wasn't|weren't|do not|did not|was not)\b")
_FORBIDDEN = re.compile(
    r"(?:\bnot|n't) (?:allowed|permitted|supposed|meant)\b|\b(?:forbidden|banned|prohibited|"
    r"against the rules)\b"
)
_I_WAS = re.compile(r"^(?:well |but |because )?(?:i|we|i'm) (?:was|were|had been|'d been)\b")
_ARRIVED = re.compile(
    r"\b(?:(?:got|came|were|was|turned up) (?:on|to) (?:the )?site|arrived|got (?:there|here|in)\b|"
    r"clocked (?:on|in)|left home|set off|set out|got up|pulled in)\b"
)
_THE_ONE = frozenset(("the", "that", "this", "which", "other", "big", "small"))
Told = tuple[Slot, Value | None, Span, Certainty, bool]


def value_facts(reading: Reading, answer: Answer) -> Iterator[Told]:
    """Slot, value, span, certainty and whether by sound, for each value bound to the point."""
    for slot in VALUE_SLOTS:
        asked = slot in reading.question.slots and (slot in reading.point.slots or reading.on > 0)
        if not asked and reading.event:
            continue
        found = candidates(reading, answer, slot)
        own, denied = _sorted(reading, answer, slot, found, asked=asked)
        own, denied = _against_question(reading, answer, slot, own, denied)
        if not own and not denied:
            if asked and (told := _agreed(reading, answer, slot)) is not None:
                yield told
                continue
            if asked and slot in reading.point.slots:
                piece = next((p for p in answer.pieces if marks.UNKNOWN.search(p.text)), None)
                if piece is not None:
                    yield slot, None, answer.span_of(piece), Certainty.UNKNOWN, False
            continue
        if slot in (Slot.WHERE, Slot.WITH_WHAT):
            names = frozenset(n for _, v, _, _ in own if isinstance(v, Thing) for n in v.names)
            not_these = frozenset(n for v in denied if isinstance(v, Thing) for n in v.names)
            span = own[0][2] if own else found[0][1]
            by_sound = own[0][3] if own else False
            yield slot, Thing(names, not_these - names), span, certainty_at(answer, span), by_sound
        elif own:
            _, value, span, by_sound = own[0]
            yield slot, value, span, certainty_at(answer, span), by_sound


def held(reading: Reading, question: str) -> frozenset[Slot]:
    """The slots of the point of which a yes-or-no question already names a value."""
    found = set()
    for slot in VALUE_SLOTS:
        if slot in reading.point.slots and _in_question(reading, slot, question):
            found.add(slot)
    return frozenset(found)


def _in_question(reading: Reading, slot: Slot, question: str) -> list[Value]:
    """Values of a slot that the question names."""
    match slot:
        case Slot.WHEN:
            exchange = reading.exchange
            times = find_times(question, exchange.said_on, reading.case.incident, "en", asked=False)
            return [t.value for t in times]
        case Slot.HOW_MANY:
            counts = [n.value for n in find_numbers(question, "en")]
            return [v for v in counts if isinstance(v, Number) and v.unit in ("", "人")]
        case _:
            kind = PLACE if slot is Slot.WHERE else EQUIPMENT
            named = [m for m in reading.lexicon.mentions(question) if m.kind == kind]
            return [Thing(frozenset({m.id})) for m in named]


def _against_question(
    reading: Reading, answer: Answer, slot: Slot, own: list[Own], denied: list[Value]
) -> tuple[list[Own], list[Value]]:
    """No, it wasn't nine: what only says back a value that is denied is none."""
    if slot not in reading.held or not marks.NO.match(opening(answer)):
        return own, denied
    values = _in_question(reading, slot, reading.question.text)
    return [o for o in own if o[1] not in values], denied


def _agreed(reading: Reading, answer: Answer, slot: Slot) -> Told | None:
    """You went in at nine? Yes: the value of the question."""
    if slot not in reading.held or not reading.question.yes_no:
        return None
    values = _in_question(reading, slot, reading.question.text)
    first = opening(answer)
    if len(values) != 1 or STATE.match(first):
        return None
    span = answer.span_of(answer.pieces[0])
    certainty = certainty_at(answer, span)
    if marks.YES.match(first) and not reading.question.negative:
        return slot, values[0], span, certainty, False
    value = values[0]
    if marks.NO.match(first) and isinstance(value, Thing) and not reading.question.negative:
        return slot, Thing(denied=value.names), span, certainty, False
    return None


Own = tuple[float, Value, Span, bool]


def _sorted(
    reading: Reading, answer: Answer, slot: Slot, found: list[Candidate], *, asked: bool
) -> tuple[list[Own], list[Value]]:
    """Those asked for, best first, and those denied."""
    own: list[Own] = []
    denied: list[Value] = []
    in_general = False
    shares = answer.shares(_KINDS[slot], [span for _, span, _ in found])
    for (value, span, by_sound), share in zip(found, shares, strict=True):
        piece = answer.piece_at(span)
        if _echoed(answer, piece, span):
            continue
        if piece is not None and _aside(reading, slot, piece.text, alone=len(found) == 1):
            in_general = True
            continue
        before = answer.turn.text[: span[0]].lower().rstrip()
        nobody = piece is not None and _NOBODY_DOES.match(piece.text)
        if share["D"] > 0.5 or DENIED.search(before[-24:]) or nobody:
            if slot is Slot.WHERE and piece is not None and _I_WAS_NOT.match(piece.text):
                continue  # I don't go near the machine room
            if asked:
                denied.append(value)
        elif piece is not None and (
            marks.USUAL.search(piece.text) or marks.PLANNED.search(piece.text)
        ):
            in_general = True
            continue
        elif (asked and share["A"] >= _ASKED) or (
            not asked and share["A"] >= _UNASKED and _beside(answer, span, value)
        ):
            own.append((share["A"], value, span, by_sound))
    least = 0.1 if slot is Slot.HOW_MANY and reading.on > 0 else 0.3
    lone = asked and len(found) == 1 and not own and not denied and not in_general
    if lone and shares[0]["A"] > least and not _echoed(answer, None, found[0][1]):
        own = [(shares[0]["A"], *found[0])]
    own.sort(key=lambda item: (-item[0], item[2]))
    return own, denied


def _aside(reading: Reading, slot: Slot, clause: str, *, alone: bool) -> bool:
    """What the rules forbid; where the teller was, asked of another; when they only arrived."""
    if _FORBIDDEN.search(clause):
        return True
    if slot is Slot.WHERE and reading.event.startswith("at:"):
        return reading.event != f"at:{reading.exchange.speaker}" and bool(_I_WAS.match(clause))
    arrived = slot is Slot.WHEN and not alone and not reading.event
    return arrived and bool(_ARRIVED.search(clause))


def _echoed(answer: Answer, piece: Piece | None, span: Span) -> bool:
    """Eight? Not even half: a value that only says back the question."""
    rest = answer.turn.text[span[1] :].lstrip()
    piece = piece or answer.piece_at(span)
    return rest.startswith("?") and len(rest) > 3 and piece is not None and len(piece.text) < 24


def _beside(answer: Answer, span: Span, value: Value) -> bool:
    piece = answer.piece_at(span)
    if piece is None or (isinstance(value, Number) and value.unit != "人"):
        return False
    words = [answer.word(t) for t in answer.tokens[piece.first : piece.last]]
    return "V" in words or "N" in words


def candidates(reading: Reading, answer: Answer, slot: Slot) -> list[Candidate]:
    text = answer.turn.text
    match slot:
        case Slot.WHEN:
            asked = slot in reading.question.slots
            exchange = reading.exchange
            times = find_times(text, exchange.said_on, reading.case.incident, "en", asked=asked)
            if short := less_hour(reading, text):
                return short
            return [(_in_half(t.value, reading.question.text), t.span, False) for t in times]
        case Slot.HOW_MANY:
            return numbers(answer)
        case Slot.WHERE:
            which = bool(re.search(r"\bwhich\b", reading.question.text))
            return (
                named(answer, PLACE)
                or (_by_number(reading, answer) if which else [])
                or things(text, SPOTS, "place")
            )
        case _:
            return tool_candidates(reading, answer)


def _in_half(value: Value, question: str) -> Value:
    """Morning or afternoon, when only the question says it."""
    if not isinstance(value, When) or value.half_day:
        return value
    if "afternoon" in question and value.high <= 12 * 60:
        return When(value.low + 720, value.high + 720, value.day)
    if "morning" in question:
        return When(value.low, value.high, value.day)
    return value


def _by_number(reading: Reading, answer: Answer) -> list[Candidate]:
    """Six, number six: to which bin, the one with that number in its name."""
    numbered: dict[int | None, set[str]] = {}
    for place in reading.case.places:
        for word in {w for name in place.en for w in name.lower().split()}:
            if (number_of := rank(word)) is not None:
                numbered.setdefault(number_of, set()).add(place.id)
    return [
        (Thing(frozenset(numbered[rank(t.text)])), t.span, False)
        for before, t in zip(["", *(t.text for t in answer.tokens)], answer.tokens, strict=False)
        if len(numbered.get(rank(t.text), ())) == 1 and not (t.text == "one" and before in _THE_ONE)
    ]
