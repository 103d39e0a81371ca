"""Temperature and humidity of a room during a stretch of a session, as its instruments stated them.

Each reading names its entry of the recorder's log. Of many that would read the same on a picture
the first in each minute is taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, or_, select

from command_centre.db import schema
from config.recorders import place
from recorder.redaction import READING_US_MAX, READINGS_MAX, RoomReading

_TEMPERATURE, _HUMIDITY = "temp_c", "rh_pct"
_APART_US = 10 * 1_000_000  # at least, between two that are shown
_AGAIN_US = 60 * 1_000_000  # the same values are stated again so often


def room_readings(
    connection: Connection, session: str, start_us: int, end_us: int
) -> list[RoomReading]:
    """What is to be written on the pictures of a stretch, in order of time."""
    table = schema.reading
    rows = connection.execute(
        select(table.c.log_index, table.c.t_us, table.c.device, table.c.measured)
        .where(
            table.c.session_id == session,
            table.c.t_us > start_us - READING_US_MAX,
            table.c.t_us < end_us,
            _of_a_room(),
        )
        .order_by(table.c.t_us, table.c.log_index)
    )
    stated = []
    for row in rows:
        values = json.loads(row.measured)
        temperature, humidity = values.get(_TEMPERATURE), values.get(_HUMIDITY)
        if temperature is not None or humidity is not None:
            index = place(row.log_index)[1]
            stated.append(RoomReading(index, row.t_us, row.device, temperature, humidity))
    before = [one for one in stated if one.t_us <= start_us][-1:]
    return _thinned([*before, *(one for one in stated if one.t_us > start_us)])


def sessions_with_readings(connection: Connection, sessions: Iterable[str]) -> list[str]:
    """Sessions in which temperature or humidity was measured."""
    table = schema.reading
    found = connection.execute(
        select(table.c.session_id)
        .where(table.c.session_id.in_(list(sessions)), _of_a_room())
        .distinct()
    )
    return sorted(found.scalars())


def _of_a_room() -> ColumnElement[bool]:
    measured = schema.reading.c.measured
    return or_(measured.contains(f'"{_TEMPERATURE}"'), measured.contains(f'"{_HUMIDITY}"'))


def _thinned(stated: list[RoomReading]) -> list[RoomReading]:
    kept: list[RoomReading] = []
    for one in stated:
        last = kept[-1] if kept else None
        if last is not None:
            since = one.t_us - last.t_us
            if since < _APART_US or (_shown(one) == _shown(last) and since < _AGAIN_US):
                continue
        kept.append(one)
    return kept[:READINGS_MAX]


def _shown(one: RoomReading) -> tuple[int | None, int | None]:
    tenths = None if one.temp_c is None else round(one.temp_c / 100)
    return tenths, None if one.rh_pct is None else round(one.rh_pct / 1000)
