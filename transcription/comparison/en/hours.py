"""Ten past, a quarter to: times whose hour only the question names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from transcription.comparison.en.counts import Candidate
from transcription.comparison.model import Slot, When
from transcription.comparison.values.found import find_times

if TYPE_CHECKING:
    from transcription.comparison.en.reading import Reading

_LESS_HOUR = re.compile(
    r"(?<![a-z])(?P<m>five|ten|(?:a )?quarter|twenty(?:[ -]five)?|half) (?P<rel>past|to)"
    r"(?! (?:the )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hour|\d))\b"
)


def less_hour(reading: Reading, text: str) -> list[Candidate]:
    """Ten past, where the question named the hour."""
    short = _LESS_HOUR.search(text.lower())
    if short is None or Slot.WHEN not in reading.question.slots:
        return []
    exchange = reading.exchange
    asked = find_times(
        reading.question.text, exchange.said_on, reading.case.incident, "en", asked=True
    )
    whole = [t.value for t in asked if isinstance(t.value, When)]
    if len(whole) != 1:
        return []
    hours = re.search(rf"\b(?P<h>{'|'.join(_HOUR_WORDS)})\b", reading.question.text)
    if hours is None:
        return []
    hour = _HOUR_WORDS.index(hours["h"]) + 1
    minutes = _SHORT_MINUTES[short["m"].removeprefix("a ").replace("-", " ")]
    at = hour * 60 + (minutes if short["rel"] == "past" else -minutes)
    later = 720 if whole[0].half_day and whole[0].high > 780 else 0
    return [
        (
            When(at + later - 10, at + later + 10, whole[0].day, whole[0].half_day),
            short.span(),
            False,
        )
    ]


_HOUR_WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_SHORT_MINUTES = {
    "five": 5,
    "ten": 10,
    "quarter": 15,
    "twenty": 20,
    "twenty five": 25,
    "half": 30,
}
