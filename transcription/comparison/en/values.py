"""Times, numbers, places and tools of an English answer, bound by the classifier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from transcription.comparison.en import marks
from transcription.comparison.en.answer import Answer, Span, certainty_at
from transcription.comparison.en.words import PAUSE, Token
from transcription.comparison.lexicon import EQUIPMENT, PERSON, PLACE
from transcription.comparison.model import Certainty, Number, Slot, Thing, Value, When
from transcription.comparison.values import find_numbers, find_times
from transcription.comparison.values.numerals_en import ONE, number

if TYPE_CHECKING:
    from transcription.comparison.en.reading import Reading

VALUE_SLOTS = (Slot.WHEN, Slot.HOW_MANY, Slot.WHERE, Slot.WITH_WHAT)
_KINDS = {Slot.WHEN: "t", Slot.HOW_MANY: "n", Slot.WHERE: "w", Slot.WITH_WHAT: "m"}
_ASKED, _UNASKED = 0.5, 0.8
_DENIED = re.compile(
    r"(?:\bnot|n't|never used|no|without)(?: \w+)?(?: (?:the|a|an|in|at|on|with|any))*$"
)
#: Nobody pulls bricks with a hook here.
_NOBODY_DOES = re.compile(r"(?:nobody|no one|we never|they never|i never)\b")
_SPOT = re.compile(
    r"\b(?:in|at|inside|outside|by|near|on|to) (?:the |my |his |our |a )?(?P<place>home|town|"
    r"bed|(?:\w+ )?(?:office|canteen|kitchen|gate|hospital|toilet|yard|"
    r"car park|road|street|village|bank|dormitory|shed|hut|cabin|store|warehouse|workshop|"
    r"roof|basement|corridor|stairs|lobby|hall|hotel|shop|platform|pit|tank|"
    r"room|house|lorry|truck|cab|site))\b"
)
_TOOL = re.compile(
    r"\b(?:with|using|used|by) (?:the |a |an |some |our |his |"
    r"my )?(?P<tool>(?:\w+ )?(?:ladder|rope|ropes|shovels?|spades?|hammers?|crowbars?|bucket|"
    r"buckets|hose|pump|crane|hoist|winch|drill|saw|torch|grinder|hands?|truck|trolley|"
    r"forklift|jack|chain|chains|bar|pole|pick|wrench|axe|knife|blade|lorry|loader|digger|"
    r"excavator|lift|scaffold|basket|belt))\b"
)
_LIST_JOIN = re.compile(
    r"^(?:,|and|plus|with|along|as|well|also|then|another|the|other|lad|fellow|old|young|boy|our|my|"
    r"mate|brother|uncle|mister|mr)$"
)
_SOMEBODY_ELSE = frozenset(
    ("the", "another", "other", "lad", "fellow", "old", "young", "boy", "our", "my", "mate")
)
_TOTAL = re.compile(r"[.;:!?]\s*(?:so |that's |that makes |makes )?$")
_COUNT_WORD = re.compile(rf"^{ONE}$")

_THE_ONE = frozenset(("the", "that", "this", "which", "other", "big", "small"))
_NUMBERS = frozenset(
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", *"123456789"]
)

Told = tuple[Slot, Value | None, Span, Certainty, bool]


def value_facts(reading: Reading, answer: Answer) -> Iterator[Told]:
    """Slot, value, span, certainty and whether by sound, for each value bound to the point."""
    for slot in VALUE_SLOTS:
        asked = slot in reading.question.slots and (slot in reading.point.slots or reading.on > 0)
        if not asked and reading.event:
            continue
        found = _candidates(reading, answer, slot)
        own, denied = _sorted(reading, answer, slot, found, asked=asked)
        if not own and not denied:
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


Candidate = tuple[Value, Span, bool]
Own = tuple[float, Value, Span, bool]


def _sorted(
    reading: Reading, answer: Answer, slot: Slot, found: list[Candidate], *, asked: bool
) -> tuple[list[Own], list[Value]]:
    """Those asked for, best first, and those denied."""
    own: list[Own] = []
    denied: list[Value] = []
    shares = answer.shares(_KINDS[slot], [span for _, span, _ in found])
    for (value, span, by_sound), share in zip(found, shares, strict=True):
        piece = answer.piece_at(span)
        before = answer.turn.text[: span[0]].lower().rstrip()
        nobody = piece is not None and _NOBODY_DOES.match(piece.text)
        if share["D"] > 0.5 or _DENIED.search(before[-24:]) or nobody:
            if asked:
                denied.append(value)
        elif piece is not None and (
            marks.USUAL.search(piece.text) or marks.PLANNED.search(piece.text)
        ):
            continue
        elif (asked and share["A"] >= _ASKED) or (
            not asked and share["A"] >= _UNASKED and _beside(answer, span, value)
        ):
            own.append((share["A"], value, span, by_sound))
    if asked and not own and not denied and len(found) == 1 and shares[0]["A"] > 0.3:
        own = [(shares[0]["A"], *found[0])]
    own.sort(key=lambda item: (-item[0], item[2]))
    return own, denied


def _beside(answer: Answer, span: Span, value: Value) -> bool:
    piece = answer.piece_at(span)
    if piece is None or (isinstance(value, Number) and value.unit != "人"):
        return False
    words = [answer.word(t) for t in answer.tokens[piece.first : piece.last]]
    return "V" in words or "N" in words


def _candidates(reading: Reading, answer: Answer, slot: Slot) -> list[Candidate]:
    text = answer.turn.text
    match slot:
        case Slot.WHEN:
            asked = slot in reading.question.slots
            exchange = reading.exchange
            times = find_times(text, exchange.said_on, reading.case.incident, "en", asked=asked)
            return [(_in_half(t.value, reading.question.text), t.span, False) for t in times]
        case Slot.HOW_MANY:
            return _numbers(answer)
        case Slot.WHERE:
            which = bool(re.search(r"\bwhich\b", reading.question.text))
            return (
                _named(answer, PLACE)
                or (_by_number(reading, answer) if which else [])
                or _things(text, _SPOT, "place")
            )
        case _:
            return _named(answer, EQUIPMENT) or _things(text, _TOOL, "tool")


def _in_half(value: Value, question: str) -> Value:
    """Morning or afternoon, when only the question says it."""
    if not isinstance(value, When) or value.half_day:
        return value
    if "afternoon" in question and value.high <= 12 * 60:
        return When(value.low + 720, value.high + 720, value.day)
    if "morning" in question:
        return When(value.low, value.high, value.day)
    return value


def _named(answer: Answer, kind: str) -> list[Candidate]:
    return [(Thing(t.ids), t.span, t.by_sound) for t in answer.tokens if t.kind == kind]


def _by_number(reading: Reading, answer: Answer) -> list[Candidate]:
    """Six, number six: to which bin, the one with that number in its name."""
    numbered: dict[str, set[str]] = {}
    for place in reading.case.places:
        for word in {w for name in place.en for w in name.lower().split()} & _NUMBERS:
            numbered.setdefault(word, set()).add(place.id)
    return [
        (Thing(frozenset(numbered[t.text])), t.span, False)
        for before, t in zip(["", *(t.text for t in answer.tokens)], answer.tokens, strict=False)
        if len(numbered.get(t.text, ())) == 1 and not (t.text == "one" and before in _THE_ONE)
    ]


def _things(text: str, rule: re.Pattern[str], group: str) -> list[Candidate]:
    return [
        (Thing(frozenset({m[group]})), m.span(group), False) for m in rule.finditer(text.lower())
    ]


def _numbers(answer: Answer) -> list[Candidate]:
    """Numbers, or the length of a list of people: me, guo and two day labourers."""
    found: list[Candidate] = [
        (n.value, n.span, False) for n in find_numbers(answer.turn.text, "en")
    ]
    listed = _listed(answer)
    if listed is None:
        return found
    value, span = listed
    inside = [c for c in found if span[0] <= c[1][0] < span[1]]
    outside = [c for c in found if c not in inside]
    if any(isinstance(c[0], Number) and c[0].unit in ("", "人") and c[0].low >= 2 for c in outside):
        return outside
    return [*outside, (value, span, False)]


def _ends(tokens: list[Token], at: int) -> bool:
    """A number with nothing counted after it."""
    rest = tokens[at + 1] if at + 1 < len(tokens) else None
    return rest is None or rest.kind == PAUSE or rest.text in ("of", "in", "all", "altogether")


def _listed(answer: Answer) -> tuple[Number, Span] | None:
    tokens = answer.tokens
    at = 0
    while at < len(tokens):
        if tokens[at].kind != PERSON or not (tokens[at].ids and tokens[at].others == 0):
            at += 1
            continue
        total, end, joined, last = 1.0, at, False, at + 1
        while last < len(tokens):
            token = tokens[last]
            if token.kind == PERSON and token.ids and joined:
                total, end, joined = total + 1, last, False
            elif _LIST_JOIN.match(token.text):
                joined = True
            elif _TOTAL.search(answer.turn.text.lower()[: token.span[0]]) or (
                _COUNT_WORD.match(token.text) and _ends(tokens, last)
            ):
                break  # Yan, Ruan and me. Three: the sum, no more of them
            elif joined and _COUNT_WORD.match(token.text) and (n := number(token.text)) is not None:
                total, end, joined = total + n, last, False
            elif token.text == "couple" and tokens[last - 1].text == "a":
                total, end = total + 1, last
            elif joined and token.text in ("a", "an", "one", "some"):
                total, end, joined = total + 1, last, False
            else:
                break
            last += 1
        rest = {t.text for t in tokens[end + 1 : last]}
        if total > 1 and rest & _SOMEBODY_ELSE:
            return None  # and the old man's nephew: not all of them are known by name
        if total > 1:
            return Number(total, total, "人"), (tokens[at].span[0], tokens[end].span[1])
        at += 1
    return None
