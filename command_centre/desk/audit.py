"""What the audit desk reads: a session in detail, and what stands where in the log."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, func, select, tuple_

from command_centre.db import schema
from command_centre.desk.cases import require_case
from command_centre.desk.english_names import english_sources
from command_centre.desk.late_list import late_of_session
from command_centre.desk.pauses import pressed_in, read_held
from command_centre.desk.views import (
    ClockView,
    EntrySummary,
    GapView,
    LogView,
    RecordingView,
    SessionDetail,
    SessionEntry,
    SessionSummary,
    TrackView,
    ViewView,
    WithheldView,
)
from config.recorders import place
from config.words import SourceState


def session_detail(
    connection: Connection, summary: SessionSummary, states: dict[str, str], log: LogView
) -> SessionDetail:
    """A session; ``states`` are the states of its sources right now."""
    table, view = schema.recording, schema.view
    rows = connection.execute(
        select(table).where(table.c.session_id == summary.id).order_by(table.c.source_id)
    ).all()
    english = english_sources(connection, (row.source_id for row in rows))
    recordings = [
        RecordingView(
            source=row.source_id,
            name=row.name,
            name_en=english.get((row.source_id, row.name), ""),
            start_us=row.start_us,
            end_us=row.end_us,
            recorded_us=row.recorded_us,
            gap_us=row.gap_us,
            gaps=_gaps(connection, summary.id, row.source_id),
            pause_us=row.pause_us,
            withheld=_withheld(connection, summary.id, row.source_id),
            clock=(closed := _closed(connection, summary.id, row.source_id)).clock,
            tracks=closed.tracks,
            segments=row.segments,
            bytes=row.bytes,
            state="closed"
            if summary.closed_us is not None
            else states.get(row.source_id, SourceState.OFFLINE),
        )
        for row in rows
    ]
    views = [
        ViewView(name=row.viewer_name, source=row.source_id, from_us=row.from_us, to_us=row.to_us)
        for row in connection.execute(
            select(view).where(view.c.session_id == summary.id).order_by(view.c.log_index)
        )
    ]
    late = late_of_session(connection, summary.id)
    return SessionDetail(summary=summary, recordings=recordings, log=log, views=views, late=late)


def log_of(connection: Connection, session: str) -> str:
    """The recorder's log that holds a session."""
    table = schema.log_entry
    first = select(func.min(table.c.log_index)).where(table.c.session_id == session)
    return place(connection.execute(first).scalar() or 0)[0]


def _gaps(connection: Connection, session: str, source: str) -> list[GapView]:
    table = schema.gap
    found = connection.execute(
        select(table)
        .where(table.c.session_id == session, table.c.source_id == source)
        .order_by(table.c.start_us)
    )
    held = read_held(connection, session, source)
    return [
        GapView(
            start_us=row.start_us,
            end_us=row.end_us,
            cause=row.cause,
            pressed=pressed_in(held, row.start_us, row.end_us),
        )
        for row in found
    ]


class _Closed(msgspec.Struct, frozen=True):
    """The parts of a ``recording.close`` that are shown as they are."""

    clock: ClockView | None = None
    tracks: dict[str, TrackView] = {}


def _closed(connection: Connection, session: str, source: str) -> _Closed:
    table = schema.log_entry
    found = connection.execute(
        select(table.c.summary)
        .where(
            table.c.session_id == session,
            table.c.kind == "recording.close",
            table.c.source_id == source,
        )
        .order_by(table.c.log_index.desc())
        .limit(1)
    ).scalar()
    try:
        return msgspec.json.decode(found, type=_Closed) if found else _Closed()
    except msgspec.ValidationError:
        return _Closed()  # an entry in another form is listed, not interpreted


def _withheld(connection: Connection, session: str, source: str) -> list[WithheldView]:
    table, pause = schema.withheld, schema.pause
    found = connection.execute(
        select(table, pause.c.reason)
        .outerjoin(pause, (pause.c.id == table.c.pause_id) & (pause.c.session_id == session))
        .where(table.c.session_id == session, table.c.source_id == source)
        .order_by(table.c.start_us)
    )
    return [
        WithheldView(
            start_us=row.start_us, end_us=row.end_us, track=row.track, reason=row.reason or ""
        )
        for row in found
    ]


def list_entries(
    connection: Connection, session: str, *, after: int | None, kind: str | None, limit: int
) -> tuple[list[EntrySummary], bool]:
    """Entries of a session after an index, and whether there are more."""
    table = schema.log_entry
    statement = select(table).where(table.c.session_id == session)
    if after is not None:
        statement = statement.where(table.c.log_index > after)
    if kind:
        statement = statement.where(table.c.kind == kind)
    found = connection.execute(statement.order_by(table.c.log_index).limit(limit + 1)).all()
    entries = [
        EntrySummary(
            index=row.log_index,
            kind=row.kind,
            t_us=row.t_us,
            source=row.source_id,
            summary=msgspec.json.decode(row.summary),
        )
        for row in found[:limit]
    ]
    return entries, len(found) > limit


def case_entries(
    connection: Connection,
    case: str,
    *,
    kinds: Collection[str],
    rooms: Collection[str],
    before: tuple[int, int] | None,
    limit: int,
) -> tuple[list[SessionEntry], bool]:
    """Entries of all sessions of a case, the newest first, and whether there are more.

    ``before`` is time and index of the last entry of the page before; no kinds, no rooms: all.

    Raises:
        Rejected: ``unknown_case``.
    """
    require_case(connection, case)
    table, session = schema.log_entry, schema.session
    of_case = select(session.c.id).where(session.c.case_id == case)
    if rooms:
        of_case = of_case.where(session.c.room_id.in_(rooms))
    statement = select(table).where(table.c.session_id.in_(of_case))
    if kinds:
        statement = statement.where(table.c.kind.in_(kinds))
    if before is not None:
        statement = statement.where(tuple_(table.c.t_us, table.c.log_index) < before)
    order = (table.c.t_us.desc(), table.c.log_index.desc())
    found = connection.execute(statement.order_by(*order).limit(limit + 1)).all()
    entries = [
        SessionEntry(
            index=row.log_index,
            kind=row.kind,
            t_us=row.t_us,
            source=row.source_id,
            summary=msgspec.json.decode(row.summary),
            session=row.session_id,
        )
        for row in found[:limit]
    ]
    return entries, len(found) > limit
