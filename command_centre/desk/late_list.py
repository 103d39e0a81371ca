"""What the pages list of files handed over afterwards."""

from __future__ import annotations

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.views import LateFileView, SpanView, View
from config.words import SourceKind

_TOUCHING_US = 100_000


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
        .where(source.c.kind.not_in((SourceKind.GAS_DETECTOR, SourceKind.CALL)))
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


def late_of_session(connection: Connection, session: str) -> list[LateFileView]:
    """Late files of a session, in the order in which they were filed."""
    table = schema.late_file
    rows = connection.execute(
        select(table).where(table.c.session_id == session).order_by(table.c.log_index)
    )
    return [
        LateFileView(
            file=row.id,
            source=row.source_id,
            name=row.name,
            kind=row.kind,
            by_name=row.by_name,
            sha256=row.sha256,
            size=row.size_bytes,
            placed_by=row.placed_by,
            start_us=row.start_us,
            end_us=row.end_us,
            received_us=row.received_us,
            late_us=row.late_us,
            spans=_spans(connection, row.id),
        )
        for row in rows
    ]


def _spans(connection: Connection, file: str) -> list[SpanView]:
    """Segments that touch are one span."""
    table = schema.late_segment
    spans: list[SpanView] = []
    for row in connection.execute(
        select(table).where(table.c.file_id == file).order_by(table.c.start_us)
    ):
        end_us = row.start_us + row.duration_us
        if spans and row.start_us - spans[-1].end_us <= _TOUCHING_US:
            spans[-1] = SpanView(start_us=spans[-1].start_us, end_us=end_us)
        else:
            spans.append(SpanView(start_us=row.start_us, end_us=end_us))
    return spans
