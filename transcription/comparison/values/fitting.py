"""Whether two values of one slot go together, with the tolerances of the annotation guideline.

Two ranges contradict each other only when they are disjoint; ranges that merely touch are. Nothing
is said (``UNKNOWN``) where the values are not of one kind: other units, other groups, a denial that
leaves the rest open.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from transcription.comparison.model import (
    Fit,
    Number,
    Slot,
    Thing,
    Value,
    When,
    Whether,
    Who,
)
from transcription.comparison.values.naming import same_name

_DAY = 24 * 60
_HALF = 12 * 60
#: Measures are said roundly; counts and percentages are not.
_MEASURED = frozenset(("分钟", "米", "公斤", "升", "度"))


def fit(slot: Slot, a: Value | None, b: Value | None) -> Fit:
    """How ``a`` and ``b`` go together; symmetric. ``None`` says nothing."""
    match a, b:
        case Who(), Who():
            return _who(slot, a, b)
        case When(), When():
            return _when(a, b)
        case Number(), Number():
            return _number(a, b)
        case Thing(), Thing():
            return _thing(slot, a, b)
        case Whether(), Whether():
            return Fit.SAME if a.yes == b.yes else Fit.INCOMPATIBLE
        case _:
            return Fit.UNKNOWN


# --- people ------------------------------------------------------------------------------------


def _who(slot: Slot, a: Who, b: Who) -> Fit:
    if a.nobody or b.nobody:
        return _nobody(a, b)
    if a.people and b.people:
        if a.people == b.people and a.others == b.others:
            return Fit.SAME
        if a.people & b.denied or b.people & a.denied:
            return Fit.INCOMPATIBLE
        if a.people & b.people:
            # A list that holds the other, or shares somebody: neither says "only these".
            return Fit.COMPATIBLE if a.people <= b.people or b.people <= a.people else Fit.UNKNOWN
        open_ended = a.others or b.others
        return Fit.UNKNOWN if open_ended else Fit.INCOMPATIBLE
    for said, denial in ((a, b), (b, a)):
        if said.people and denial.denied:
            hit = said.people & denial.denied
            if hit:
                return Fit.INCOMPATIBLE if said.people <= denial.denied else Fit.UNKNOWN
            return Fit.UNKNOWN
    if a.denied and a == b:
        return Fit.SAME
    return Fit.UNKNOWN


def _nobody(a: Who, b: Who) -> Fit:
    if a.nobody and b.nobody:
        return Fit.SAME
    other = b if a.nobody else a
    if other.people or other.others:
        return Fit.INCOMPATIBLE
    return Fit.COMPATIBLE if other.denied else Fit.UNKNOWN


# --- times -------------------------------------------------------------------------------------


def _when(a: When, b: When) -> Fit:
    if a == b:
        return Fit.SAME
    if a.day is not None and b.day is not None:
        shift = (b.day - a.day).days * _DAY
        shifts = [shift]
        # 半夜 of a day may be the hours before or after midnight.
        shifts += [shift + _DAY] if a.high > _DAY else []
        shifts += [shift - _DAY] if b.high > _DAY else []
    else:
        shifts = [0, _DAY, -_DAY] if a.high > _DAY or b.high > _DAY else [0]
    for (low, high), (other_low, other_high), by in product(_readings(a), _readings(b), shifts):
        if low < other_high + by and other_low + by < high:
            return Fit.COMPATIBLE
    return Fit.INCOMPATIBLE


def _readings(when: When) -> Iterator[tuple[int, int]]:
    yield when.low, when.high
    if not when.half_day and when.low <= _HALF + 60:
        yield when.low + _HALF, when.high + _HALF


# --- quantities --------------------------------------------------------------------------------


def _number(a: Number, b: Number) -> Fit:
    if a.unit and b.unit and a.unit != b.unit:
        return Fit.UNKNOWN
    if a.group and b.group and a.group != b.group:
        return Fit.UNKNOWN
    if (a.low, a.high) == (b.low, b.high):
        return Fit.SAME
    slack = 0.1 * max(a.low, b.low) if (a.unit or b.unit) in _MEASURED else 0.0
    if a.low <= b.high + slack and b.low <= a.high + slack:
        return Fit.COMPATIBLE
    return Fit.INCOMPATIBLE


# --- places and things -------------------------------------------------------------------------


def _thing(slot: Slot, a: Thing, b: Thing) -> Fit:
    if _shared(a.names, b.denied) or _shared(b.names, a.denied):
        return Fit.INCOMPATIBLE
    if a.names and b.names:
        if a.names == b.names:
            return Fit.SAME
        return Fit.COMPATIBLE if _shared(a.names, b.names) else Fit.INCOMPATIBLE
    return Fit.UNKNOWN


def _shared(a: frozenset[str], b: frozenset[str]) -> bool:
    return any(same_name(one, other) for one, other in product(a, b))
