"""What the ``alarm.*`` entries mean for the database. The rules of ``projection.py`` hold here too.

An alarm is raised once, may be over, and may be acknowledged, in either order; a repeat changes
nothing. Alarms about media end with their session, because nobody watches the source any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import entries, protocol, rows
from command_centre.desk.entries import Entry, body
from command_centre.errors import ProjectionError
from config.words import SESSION_ALARMS

SESSION_CLOSED = "session_closed"


def raised(writing: Writing, entry: Entry) -> None:
    """``alarm.raised``."""
    alarm = body(entry, entries.AlarmRaised)
    inserted = writing.execute(
        schema.alarm.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=alarm.alarm,
            case_id=_case_of(writing, entry),
            room_id=entry.room,
            session_id=entry.session,
            source_id=alarm.source,
            kind=alarm.kind,
            about=alarm.about,
            level=alarm.level,
            value=alarm.value,
            limit_value=alarm.limit,
            note=alarm.note,
            since_us=alarm.since_us or entry.t_us,
            raised_us=entry.t_us,
            log_index=entry.seq,
        )
    )
    if inserted.rowcount:
        _announce(writing, alarm.alarm)


def cleared(writing: Writing, entry: Entry) -> None:
    """``alarm.cleared``."""
    over = body(entry, entries.AlarmCleared)
    if _known(writing, over.alarm).cleared_us is None:
        _change(writing, over.alarm, cleared_us=entry.t_us, reason=over.reason)


def acknowledged(writing: Writing, entry: Entry) -> None:
    """``alarm.acknowledged``."""
    taken = body(entry, entries.AlarmAcknowledged)
    if _known(writing, taken.alarm).acknowledged_us is None:
        _change(writing, taken.alarm, acknowledged_us=entry.t_us, acknowledged_by=taken.by_name)


def end_with_session(writing: Writing, entry: Entry) -> None:
    """``session.close``: what was wrong with its media, or its length, is over."""
    table = schema.alarm
    ended = writing.execute(
        select(table.c.id)
        .where(
            table.c.session_id == entry.session,
            table.c.kind.in_(sorted(SESSION_ALARMS)),
            table.c.cleared_us.is_(None),
        )
        .order_by(table.c.log_index)
    ).scalars()
    for alarm in ended.all():
        _change(writing, alarm, cleared_us=entry.t_us, reason=SESSION_CLOSED)


def _known(writing: Writing, alarm: str) -> Row[Any]:
    table = schema.alarm
    row = writing.execute(select(table).where(table.c.id == alarm)).one_or_none()
    if row is None:
        raise ProjectionError(f"alarm {alarm} was never raised")
    return row


def _change(writing: Writing, alarm: str, **values: Any) -> None:
    table = schema.alarm
    writing.execute(update(table).where(table.c.id == alarm).values(**values))
    _announce(writing, alarm)


def _announce(writing: Writing, alarm: str) -> None:
    row = _known(writing, alarm)
    cursor = writing.next_cursor()
    event = protocol.AlarmEvent(cursor=cursor, room=row.room_id, alarm=rows.alarm(row))
    writing.emit(row.case_id, row.room_id, cursor, protocol.encode(event))


def _case_of(writing: Writing, entry: Entry) -> str:
    """The case of the entry's session; without a session, the case that uses the room."""
    session, room = schema.session, schema.room
    statement = (
        select(session.c.case_id).where(session.c.id == entry.session)
        if entry.session
        else select(room.c.case_id).where(room.c.id == entry.room)
    )
    case = writing.execute(statement).scalar()
    if case is None:
        raise ProjectionError(f"nothing is known of session {entry.session!r} or its room")
    return str(case)


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "alarm.raised": raised,
    "alarm.cleared": cleared,
    "alarm.acknowledged": acknowledged,
}
