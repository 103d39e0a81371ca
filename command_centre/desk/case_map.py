"""The map of a case: its ground from the settings, and where its devices are and were.

Positions are those of the readings, WGS 84 in units of 1e-7 degrees, and are as old as the device
says, not as they were received. Nothing is guessed between two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.db import schema
from command_centre.desk.cases import require_case
from command_centre.desk.map_tiles import page_tiles
from command_centre.desk.protocol import Position
from command_centre.desk.views import View
from config.map_ground import place_of
from config.settings import MapSettings
from config.words import MICROSECONDS

#: How far back a track goes, and how far back the last position of a device is looked for.
TRACK_US = 30 * 60 * MICROSECONDS
LAST_US = 24 * 3600 * MICROSECONDS
MAX_POINTS = 500  # of a track; more are thinned evenly, the first and the last stay
_MAX_READ = 4_000  # readings of a device that are looked through for its track


class Place(View, frozen=True):
    """Where a room stands."""

    room: str
    lat_e7: int
    lon_e7: int


class Track(View, frozen=True):
    """Positions of a device, the oldest first: of the last minutes, or the last one there was."""

    device: str
    points: list[Position]


class CaseMap(View, frozen=True):
    """What a page needs to draw the map of a case."""

    tiles: str  # address with {z}, {x}, {y}; empty: none, a grid is drawn
    max_zoom: int
    attribution: str
    places: list[Place]  # rooms of the case whose place is known
    tracks: list[Track]  # devices of the case that said where they are


def read(
    connection: Connection,
    case: str,
    settings: MapSettings,
    now_us: int,
    rooms: frozenset[str] = frozenset(),
) -> CaseMap:
    """The map as it is now, of these rooms (none: of all).

    Raises:
        Rejected: ``unknown_case``.
    """
    require_case(connection, case)
    table, source = schema.room, schema.source
    mine = select(table.c.id).where(table.c.case_id == case)
    if rooms:
        mine = mine.where(table.c.id.in_(rooms))
    known = set(connection.execute(mine).scalars())
    devices = connection.execute(
        select(source.c.id).where(source.c.room_id.in_(known)).order_by(source.c.id)
    ).scalars()
    tracks = (_track(connection, case, device, now_us) for device in devices)
    return CaseMap(
        tiles=page_tiles(settings.tiles),
        max_zoom=settings.max_zoom,
        attribution=settings.attribution,
        places=[one for one in _places(settings) if one.room in known],
        tracks=[one for one in tracks if one.points],
    )


def _places(settings: MapSettings) -> Iterator[Place]:
    for line in settings.places:
        place = place_of(line)
        if place is not None:  # checked when the settings were loaded
            room, lat, lon = place
            yield Place(room=room, lat_e7=round(lat * 1e7), lon_e7=round(lon * 1e7))


def _track(connection: Connection, case: str, device: str, now_us: int) -> Track:
    table = schema.reading
    placed = (
        select(table.c.position)
        .where(table.c.case_id == case, table.c.device == device, table.c.position != "")
        .order_by(table.c.t_us.desc())
    )
    found = connection.execute(
        placed.where(table.c.t_us >= now_us - TRACK_US).limit(_MAX_READ)
    ).all()
    if not found:
        found = connection.execute(placed.where(table.c.t_us >= now_us - LAST_US).limit(1)).all()
    return Track(device=device, points=_thinned(_in_order(found)))


def _in_order(found: Sequence[Row[Any]]) -> list[Position]:
    """By the device's own time; a device that says a time twice is believed the later entry."""
    by_time: dict[int, Position] = {}
    for row in found:
        point = msgspec.json.decode(row.position, type=Position)
        by_time.setdefault(point.t_us, point)
    return [by_time[t_us] for t_us in sorted(by_time)]


def _thinned(points: list[Position]) -> list[Position]:
    if len(points) <= MAX_POINTS:
        return points
    last = len(points) - 1
    return [points[round(i * last / (MAX_POINTS - 1))] for i in range(MAX_POINTS)]
