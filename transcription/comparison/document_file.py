"""``documents`` of a case file: what exhibits and earlier records state, as typed facts.

    {"id": "E4", "facts": [{"point": "P4", "slot": "when", "value": "2026-05-12T15:20",
                            "words": ["开", "填"], "quote": "填票时间 2026-05-12 15:20"}]}

A value is, by slot: a local time, a day, or [from, until] of two times (when), a number or
[low, high] with ``unit``, [low, null] being low and more (how_many), true or false (whether), a
name or names (the others). Other keys are let pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from math import inf
from typing import Any

from transcription.comparison.model import (
    DocumentFact,
    Number,
    Slot,
    Thing,
    Value,
    When,
    Whether,
    Who,
)
from transcription.errors import CaseError

_PEOPLE = (Slot.WHO_DID, Slot.WHO_ORDERED, Slot.TO_WHOM)
#: Minutes either way that a time written down may be off.
WRITTEN_TOLERANCE_MIN = 15
_DAY_MIN = 24 * 60


def document_facts(documents: object) -> tuple[DocumentFact, ...]:
    """Every fact of every document, in order.

    Raises:
        CaseError: a document or a fact is not as described.
    """
    if not isinstance(documents, list):
        raise CaseError("documents must be a list")
    out: list[DocumentFact] = []
    for at, document in enumerate(documents):
        where = f"documents[{at}]"
        if not isinstance(document, dict) or not isinstance(document.get("id"), str):
            raise CaseError(f"{where} must be an object with an 'id'")
        facts = document.get("facts", [])
        if not isinstance(facts, list):
            raise CaseError(f"{where}.facts must be a list")
        out += [_fact(document["id"], f, f"{where}.facts[{i}]") for i, f in enumerate(facts)]
    return tuple(out)


def _fact(document: str, fact: object, where: str) -> DocumentFact:
    if not isinstance(fact, dict) or not isinstance(fact.get("point"), str):
        raise CaseError(f"{where} must be an object with point, slot and value")
    try:
        slot = Slot(fact.get("slot", ""))
    except ValueError as error:
        raise CaseError(f"{where}.slot must be one of {', '.join(Slot)}") from error
    return DocumentFact(
        document=document,
        point=fact["point"],
        slot=slot,
        value=_value(slot, fact, where),
        quote=str(fact.get("quote", "")),
        words=tuple(str(word) for word in fact.get("words", []) if word),
        partly=fact.get("partly") is True,
        person=str(fact.get("person", "")),
    )


def document_value(slot: Slot, value: object, unit: str = "") -> Value:
    """One value of a fact.

    Raises:
        CaseError: it is not as described.
    """
    return _value(slot, {"value": value, "unit": unit}, "the fact")


def _value(slot: Slot, fact: Mapping[str, Any], where: str) -> Value:
    value = fact.get("value")
    if slot is Slot.WHEN:
        return _when(value, where)
    if slot is Slot.WHETHER:
        if not isinstance(value, bool):
            raise CaseError(f"{where}.value must be true or false")
        return Whether(value)
    if slot is Slot.HOW_MANY:
        low, high = _ends(value, where)
        return Number(low, high, str(fact.get("unit", "")))
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise CaseError(f"{where}.value must be a name or a list of names")
    return Who(frozenset(names)) if slot in _PEOPLE else Thing(frozenset(names))


def _ends(value: object, where: str) -> tuple[float, float]:
    """Of [20, null] the high end is open: 20 and more."""
    ends: list[Any] = value if isinstance(value, list) else [value, value]
    if len(ends) == 2 and ends[1] is None:
        ends = [ends[0], inf]
    if len(ends) != 2 or not all(type(end) in (int, float) for end in ends):
        raise CaseError(f"{where}.value must be a number, [low, high] or [low, null]")
    return float(ends[0]), float(ends[1])


def _when(value: object, where: str) -> When:
    if isinstance(value, list):
        return _stretch(value, where)
    try:
        if isinstance(value, str) and len(value) == 10:
            return When(0, _DAY_MIN, date.fromisoformat(value))
    except ValueError as error:
        raise _no_time(where) from error
    at = _moment(value, where)
    minute = at.hour * 60 + at.minute
    return When(minute - WRITTEN_TOLERANCE_MIN, minute + WRITTEN_TOLERANCE_MIN, at.date())


def _stretch(ends: list[Any], where: str) -> When:
    """From one time until another, which may lie in the days after; as written, not widened."""
    if len(ends) != 2:
        raise _no_time(where)
    start, end = (_moment(one, where) for one in ends)
    if (start.tzinfo is None) != (end.tzinfo is None) or end < start:
        raise _no_time(where)
    low = start.hour * 60 + start.minute
    days = (end.date() - start.date()).days
    return When(low, days * _DAY_MIN + end.hour * 60 + end.minute, start.date())


def _moment(value: object, where: str) -> datetime:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _no_time(where) from error


def _no_time(where: str) -> CaseError:
    return CaseError(
        f"{where}.value must be a time like 2026-05-12T15:20, a day, or two such times"
    )
