"""What the pages list of files handed over afterwards."""

from __future__ import annotations

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.views import View
from config.words import SourceKind


class HandoverSource(View, frozen=True):
    """A source whose files this person may hand over."""

    source: str
    name: str
    name_en: str
    kind: str
    room: str
    room_name: str
    room_name_en: str
    case: str
    case_number: str


def handover_sources(connection: Connection, rooms: frozenset[str]) -> list[HandoverSource]:
    """Sources of these rooms (empty: of every room) that may hand over files."""
    source, room, case = schema.source, schema.room, schema.case_file
    statement = (
        select(
            source,
            room.c.name.label("room_name"),
            room.c.name_en.label("room_name_en"),
            room.c.case_id,
            case.c.number,
        )
        .join(room, room.c.id == source.c.room_id)
        .join(case, case.c.id == room.c.case_id)
        .where(source.c.kind != SourceKind.GAS_DETECTOR)
        .order_by(room.c.position, source.c.position)
    )
    if rooms:
        statement = statement.where(room.c.id.in_(rooms))
    return [
        HandoverSource(
            source=row.id,
            name=row.name,
            name_en=row.name_en,
            kind=row.kind,
            room=row.room_id,
            room_name=row.room_name,
            room_name_en=row.room_name_en,
            case=row.case_id,
            case_number=row.number,
        )
        for row in connection.execute(statement)
    ]
