"""Two values one person said of one thing in one answer: the part they share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from transcription.comparison.model import Number, Value, When


def narrowed(value: Value, other: Value) -> Value:
    """Both said of one thing: the part they share, if they share one."""
    match value, other:
        case When(), When():
            low, high = max(value.low, other.low), min(value.high, other.high)
            if value.half_day == other.half_day and low < high and _one_day(value.day, other.day):
                return When(low, high, value.day or other.day, value.half_day)
            if _one_day(value.day, other.day) and not value.half_day and other.half_day:
                shift = 0 if value.high <= other.high and value.low >= other.low - 45 else 720
                if other.low - 45 <= value.low + shift and value.high + shift <= other.high + 45:
                    return When(value.low + shift, value.high + shift, value.day or other.day)
            return (
                value
                if value.day or not _one_day(value.day, other.day)
                else replace(value, day=other.day)
            )
        case Number(), Number() if value.unit == other.unit:
            low_n, high_n = max(value.low, other.low), min(value.high, other.high)
            return replace(value, low=low_n, high=high_n) if low_n <= high_n else value
        case _:
            return value


def _one_day(a: date | None, b: date | None) -> bool:
    return a is None or b is None or a == b
