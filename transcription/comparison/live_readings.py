"""What an instrument measures while people speak, thinned to the extremes of each minute.

A reading a second would be half a megabyte an hour for each instrument; what is compared is only
the least and the most of some minutes. Bounded: the newest ``MINUTES_MAX`` minutes of each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from transcription.comparison.device import Reading

#: Minutes kept of an instrument: three days.
MINUTES_MAX = 4320
#: Instruments of one case.
INSTRUMENTS_MAX = 64
_MINUTE_US = 60 * 1_000_000

#: Of a quantity in one minute: its key, the least and the most.
_Extreme = tuple[str, float, float]


@dataclass
class LiveLog:
    """Owned by ``Gauges``; satisfies ``device.Log``."""

    device: str
    name: str
    points: tuple[str, ...] = ()
    utc_offset_min: int = 480
    _minutes: list[int] = field(default_factory=list)
    _extremes: dict[int, tuple[_Extreme, ...]] = field(default_factory=dict)

    def add(self, reading: Reading) -> bool:
        """Take one in, in any order of time; whether an extreme of its minute is another now."""
        minute = reading.at_us // _MINUTE_US
        before = self._extremes.get(minute, ())
        lowest = {key: low for key, low, _ in before}
        highest = {key: high for key, _, high in before}
        for key, value in reading.values:
            lowest[key] = min(value, lowest.get(key, value))
            highest[key] = max(value, highest.get(key, value))
        now = tuple((key, lowest[key], highest[key]) for key in sorted(lowest))
        if now == before:
            return False
        if minute not in self._extremes:
            insort(self._minutes, minute)
        self._extremes[minute] = now
        if len(self._minutes) > MINUTES_MAX:
            oldest = self._minutes.pop(0)
            del self._extremes[oldest]
            return oldest != minute
        return True

    def between(self, start_us: int, end_us: int) -> Sequence[Reading]:
        """Extremes of the minutes that touch the time from one instant to another."""
        low = bisect_left(self._minutes, start_us // _MINUTE_US)
        high = bisect_right(self._minutes, end_us // _MINUTE_US)
        return [
            Reading(
                minute * _MINUTE_US,
                tuple(
                    (key, value)
                    for key, least, most in self._extremes[minute]
                    for value in (least, most)
                ),
            )
            for minute in self._minutes[low:high]
        ]
