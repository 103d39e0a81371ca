"""What a device says of itself: readings, marks, a call for help; and what of it was recorded.

Everything is checked before it becomes an entry: known names, ranges, ages. Values are thousandths
of their unit, positions WGS 84 in units of 1e-7 degrees, so that entries hold integers only. A
device may not flood the log: see ``Pace``.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.protocol import Position
from command_centre.errors import Rejected
from config.words import MICROSECONDS

#: What may be reported over HTTP, in thousandths: lowest and highest value believed.
RANGES = {
    "battery_pct": (0, 100_000),
    "temp_c": (-90_000, 200_000),
    "rh_pct": (0, 100_000),
}
MAX_TEXT_CHARACTERS = 200
MAX_AGE_US = 24 * 3600 * MICROSECONDS  # what a device kept while it was away
MAX_AHEAD_US = 10 * MICROSECONDS  # a device's clock may be this much before ours
MAX_SPAN_US = 2 * 3600 * MICROSECONDS  # of one question about what was recorded
_MAX_ACCURACY_MM = 100_000_000
_EDGE_US = 60 * MICROSECONDS  # longer than any segment


class Pace:
    """At most ``per_s`` a second for each key, ``burst`` at once; knows the latest ``keys``."""

    def __init__(self, per_s: float, burst: int, keys: int = 1000) -> None:
        self._per_us = per_s / MICROSECONDS
        self._burst = burst
        self._keys = keys
        self._left: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, key: str, now_us: int) -> None:
        """Count one.

        Raises:
            Rejected: ``too_many_requests``, with ``retry_after_s``.
        """
        left, seen_us = self._left.pop(key, (float(self._burst), now_us))
        left = min(self._burst, left + max(0, now_us - seen_us) * self._per_us)
        if left < 1:
            self._left[key] = (left, now_us)
            wait_s = max(1, math.ceil((1 - left) / self._per_us / MICROSECONDS))
            raise Rejected(
                "too_many_requests",
                f"wait {wait_s} s, then send the latest only",
                retry_after_s=wait_s,
            )
        self._left[key] = (left - 1, now_us)
        while len(self._left) > self._keys:
            self._left.popitem(last=False)


def reading_body(
    device: str, values: dict[str, int], position: Position | None, now_us: int
) -> dict[str, Any]:
    """The entry of a reading.

    Raises:
        Rejected: ``bad_reading``, naming the value and what was expected.
    """
    if not values and position is None:
        raise Rejected("bad_reading", "a reading has values or a position")
    for name, value in values.items():
        if name not in RANGES:
            raise Rejected("bad_reading", f"values may be {', '.join(RANGES)}; not {name[:40]!r}")
        lowest, highest = RANGES[name]
        if not lowest <= value <= highest:
            raise Rejected("bad_reading", f"{name} is {lowest} to {highest} (thousandths)")
    body: dict[str, Any] = {"device": device, "values": values, "alarms": []}
    if position is not None:
        body["position"] = _position(position, now_us)
    return body


def _position(position: Position, now_us: int) -> dict[str, int]:
    if abs(position.lat_e7) > 900_000_000 or abs(position.lon_e7) > 1_800_000_000:
        raise Rejected("bad_reading", "a position is WGS 84 in units of 1e-7 degrees")
    if not 0 <= position.accuracy_mm <= _MAX_ACCURACY_MM:
        raise Rejected("bad_reading", f"accuracy_mm is 0 to {_MAX_ACCURACY_MM}")
    instant(position.t_us, now_us)
    body: dict[str, int] = msgspec.to_builtins(position)
    return body


def instant(t_us: int | None, now_us: int) -> int:
    """When it happened by the device's clock; now, when it does not say.

    Raises:
        Rejected: ``bad_reading``: more than a day old, or still to come.
    """
    if t_us is None:
        return now_us
    if not now_us - MAX_AGE_US <= t_us <= now_us + MAX_AHEAD_US:
        raise Rejected("bad_reading", "the time is of the last 24 hours; set the device's clock")
    return t_us


def recorded_spans(
    connection: Connection, source: str, from_us: int, to_us: int
) -> list[tuple[int, int]]:
    """The stretches of a source between two instants that are durable, gaps taken out.

    Raises:
        Rejected: ``malformed_request``: the bounds are no span, or too far apart.
    """
    if not 0 <= to_us - from_us <= MAX_SPAN_US:
        raise Rejected("malformed_request", "ask for a span of two hours at most")
    recording, segment, gap = schema.recording, schema.segment, schema.gap
    sessions = select(recording.c.session_id).where(recording.c.source_id == source)
    kept = connection.execute(
        select(segment.c.start_us, segment.c.duration_us)
        .where(
            segment.c.session_id.in_(sessions),
            segment.c.source_id == source,
            segment.c.start_us.between(from_us - _EDGE_US, to_us),
        )
        .order_by(segment.c.start_us)
    )
    spans = joined((row.start_us, row.start_us + row.duration_us) for row in kept)
    holes = connection.execute(
        select(gap.c.start_us, gap.c.end_us)
        .where(
            gap.c.session_id.in_(sessions),
            gap.c.source_id == source,
            gap.c.start_us < to_us,
            gap.c.end_us > from_us,
        )
        .order_by(gap.c.start_us)
    )
    for row in holes:
        spans = without(spans, row.start_us, row.end_us)
    return [(max(a, from_us), min(b, to_us)) for a, b in spans if b > from_us and a < to_us]


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order of their start, with those that touch made one."""
    result: list[tuple[int, int]] = []
    for start, end in spans:
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def without(spans: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """Spans with one stretch taken out."""
    result = []
    for a, b in spans:
        if a < min(b, start):
            result.append((a, min(b, start)))
        if max(a, end) < b:
            result.append((max(a, end), b))
    return result
