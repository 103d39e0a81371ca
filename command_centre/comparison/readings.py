"""Readings of instruments as the comparison wants them: gas only, the extremes of each minute.

The database is the queue, like for words. An entry's position says in which recorder's log it
stands (``config.recorders``), so how far they were read is kept for each recorder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from command_centre.comparison.orders import Measured, MinuteOf
from command_centre.db import schema
from config.recorders import of_one_log
from config.words import MICROSECONDS

#: What can be spoken of; the rest (battery, temperature) is not compared.
QUANTITIES = frozenset({"O2_vol", "CO_ppm", "LEL_pct", "H2S_ppm"})
#: Readings looked at for one batch.
BATCH = 4000
_MINUTE_US = 60 * MICROSECONDS
_VALUES: msgspec.json.Decoder[dict[str, int]] = msgspec.json.Decoder(dict[str, int])


@dataclass(frozen=True)
class ReadReadings:
    """How far: the last position read of each recorder's log, by its first position."""

    last: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class NewReadings:
    """Orders, how far they reach, and whether there is more."""

    orders: list[Measured]
    read: ReadReadings
    more: bool


def new_readings(connection: Connection, case: str, read: ReadReadings) -> NewReadings:
    """What instruments of a case measured after ``read``."""
    table = schema.reading
    rows: list[Any] = []
    last = dict(read.last)
    beyond = -1  # everything up to here was looked at
    while len(rows) < BATCH:
        after = select(func.min(table.c.log_index)).where(table.c.log_index > beyond)
        found = connection.execute(after).scalar()
        if found is None:
            break
        first, end = of_one_log(found)
        some = connection.execute(
            select(table.c.log_index, table.c.device, table.c.t_us, table.c.measured)
            .where(
                table.c.case_id == case,
                table.c.log_index > last.get(first, first - 1),
                table.c.log_index < end,
            )
            .order_by(table.c.log_index)
            .limit(BATCH - len(rows))
        ).all()
        rows.extend(some)
        if some:
            last[first] = some[-1].log_index
        beyond = end - 1
    names = _names(connection, {row.device for row in rows})
    orders = [
        Measured(case=case, device=device, name=names.get(device, ""), minutes=minutes)
        for device, minutes in thinned(rows).items()
    ]
    return NewReadings(orders, ReadReadings(last), more=len(rows) >= BATCH)


def thinned(rows: Iterable[Any]) -> dict[str, list[MinuteOf]]:
    """By device: the least and the most of each minute."""
    out: dict[str, dict[int, MinuteOf]] = {}
    for row in rows:
        minute_us = row.t_us - row.t_us % _MINUTE_US
        for name, value in _VALUES.decode(row.measured).items():
            if name not in QUANTITIES:
                continue
            minutes = out.setdefault(row.device, {})
            one = minutes.setdefault(minute_us, MinuteOf(minute_us, {}, {}))
            one.low[name] = min(value, one.low.get(name, value))
            one.high[name] = max(value, one.high.get(name, value))
    return {device: list(minutes.values()) for device, minutes in out.items()}


def _names(connection: Connection, devices: set[str]) -> dict[str, str]:
    table = schema.source
    found = connection.execute(select(table.c.id, table.c.name).where(table.c.id.in_(devices)))
    return {row.id: row.name for row in found if row.name}
