"""What ``find_times`` and ``find_numbers`` give, and the way to the finder of each language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from transcription.comparison.model import TURN_CHARACTERS_MAX, Number, When
from transcription.comparison.values import numbers_en, numbers_zh, times_en, times_zh
from transcription.comparison.zh.flat import flatten


@dataclass(frozen=True)
class Found:
    """A value and where it is said, in characters of the text given."""

    value: When | Number
    span: tuple[int, int]


def find_times(
    text: str, said_on: date, incident: date | None, language: str, *, asked: bool = False
) -> list[Found]:
    """Times of day and days in ``text``, in order; durations are none. Never raises.

    ``asked``: a time was asked for, so that a bare number may be an hour (English "nine thirty").
    """
    if language == "en":
        head = text[:TURN_CHARACTERS_MAX]
        return [Found(v, span) for v, span in times_en.find(head, said_on, incident, asked)]
    flat = flatten(text)
    return [
        Found(value, flat.span(start, end))
        for value, (start, end) in times_zh.find(flat.text, said_on, incident)
    ]


def find_numbers(text: str, language: str) -> list[Found]:
    """Quantities in ``text``, in order, each with its unit. Clock times and dates are none."""
    if language == "en":
        return [Found(v, span) for v, span in numbers_en.find(text[:TURN_CHARACTERS_MAX])]
    flat = flatten(text)
    return [
        Found(value, flat.span(start, end)) for value, (start, end) in numbers_zh.find(flat.text)
    ]
