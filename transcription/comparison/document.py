"""Testimony beside a document or an earlier record: dates, numbers and names as typed facts.

The case file says what a document states (``DocumentFact``). A statement that cannot stand beside
it is amber; where a document bears a statement out only in part (a sign-in sheet without signing
out) it is grey: it cannot confirm, which is no contradiction. A document may state several values
of one matter (two gas tests, at nine and at eleven): who says one of them differs from none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from transcription.comparison.compare import difference_id
from transcription.comparison.model import (
    Case,
    Certainty,
    Difference,
    DocumentFact,
    Fact,
    Fit,
    Kind,
    Number,
    Side,
    Slot,
    Tier,
    Value,
    When,
)
from transcription.comparison.parts import find_numbers, find_times, fit, show
from transcription.comparison.threads import Heard


def document_differences(
    heard: Heard, point: str, facts: Iterable[Fact], case: Case
) -> list[Difference]:
    """What one answer says on one point beside every document that speaks to it."""
    said = list(facts)
    found: dict[str, Difference] = {}
    for group in _groups(heard, point, case):
        for stated in group:
            others = [one.value for one in group if one is not stated]
            difference = _beside_facts(heard, stated, others, said) or _beside_words(
                heard, stated, others, case.incident
            )
            if difference is not None:
                found.setdefault(difference.id, difference)
    return list(found.values())


def _groups(heard: Heard, point: str, case: Case) -> Iterator[list[DocumentFact]]:
    """What speaks to an answer, by document, matter and whose statement it is."""
    groups: dict[tuple[str, Slot, str], list[DocumentFact]] = defaultdict(list)
    for stated in case.documents:
        if stated.point == point and stated.person in ("", heard.person):
            groups[stated.document, stated.slot, stated.person].append(stated)
    yield from groups.values()


def _agrees(slot: Slot, value: Value | None, others: list[Value]) -> bool:
    return any(fit(slot, value, other) in (Fit.SAME, Fit.COMPATIBLE) for other in others)


def _beside_facts(
    heard: Heard, stated: DocumentFact, others: list[Value], facts: list[Fact]
) -> Difference | None:
    for fact in facts:
        if fact.slot is not stated.slot or fact.certainty is Certainty.UNKNOWN:
            continue
        verdict = fit(stated.slot, fact.value, stated.value)
        if stated.partly:
            if verdict in (Fit.SAME, Fit.COMPATIBLE):
                return _made(heard, stated, fact.span, fact.value, Tier.GREY)
        elif verdict is Fit.INCOMPATIBLE and not _agrees(stated.slot, fact.value, others):
            return _made(heard, stated, fact.span, fact.value, Tier.AMBER)
    return None


def _beside_words(
    heard: Heard, stated: DocumentFact, others: list[Value], incident: date | None
) -> Difference | None:
    """Times and quantities in the clause that speaks of the document's own act (``words``)."""
    if not stated.words or stated.partly:
        return None
    text = heard.turn.text
    for value, span in _found(heard, stated.slot, incident):
        start, end = _clause(text, span)
        if not any(word in text[start:end] for word in stated.words):
            continue
        differs = fit(stated.slot, value, stated.value) is Fit.INCOMPATIBLE
        if differs and not _agrees(stated.slot, value, others):
            return _made(heard, stated, (start, end), value, Tier.AMBER)
    return None


def _found(
    heard: Heard, slot: Slot, incident: date | None
) -> list[tuple[When | Number, tuple[int, int]]]:
    if slot is Slot.WHEN:
        times = find_times(heard.turn.text, heard.said_on, incident, heard.language)
        return [(found.value, found.span) for found in times]
    if slot is Slot.HOW_MANY:
        return [
            (found.value, found.span) for found in find_numbers(heard.turn.text, heard.language)
        ]
    return []


def _clause(text: str, span: tuple[int, int]) -> tuple[int, int]:
    stops = "，,。.；;！!？?"
    start = max((text.rfind(stop, 0, span[0]) for stop in stops), default=-1) + 1
    ends = [at for stop in stops if (at := text.find(stop, span[1])) >= 0]
    return start, min(ends, default=len(text))


def _made(
    heard: Heard, stated: DocumentFact, span: tuple[int, int], value: Value | None, tier: Tier
) -> Difference:
    turn = heard.turn
    return Difference(
        id=difference_id(
            Kind.DOCUMENT, stated.point, stated.slot, stated.document, (heard.person,)
        ),
        kind=Kind.DOCUMENT,
        tier=tier,
        point=stated.point,
        slot=stated.slot,
        rule="document.cannot_confirm" if stated.partly else f"document.{stated.slot}",
        a=Side(
            person=heard.person,
            room=heard.room,
            turn=turn.id,
            span=span,
            text=turn.text[span[0] : span[1]],
            start_us=turn.start_us,
            end_us=turn.end_us,
            value=show(value),
        ),
        b=Side(
            person="",
            room="",
            turn="",
            span=(0, 0),
            text=stated.quote,
            start_us=0,
            end_us=0,
            value=show(stated.value),
            reference=stated.document,
        ),
    )
