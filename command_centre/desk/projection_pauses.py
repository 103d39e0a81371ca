"""What the entries of pauses mean for the database. The rules of ``projection.py`` hold here too.

A pause is begun once and ended once; a repeat changes nothing. ``media.pause`` says what it
withheld of each recording.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy import select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import entries, protocol, rows
from command_centre.desk.entries import Entry, body
from command_centre.desk.projection_case import case_of


def begun(writing: Writing, entry: Entry) -> None:
    """``pause.begin``."""
    order = body(entry, entries.PauseBegin)
    inserted = writing.execute(
        schema.pause.insert()
        .prefix_with("OR IGNORE")
        .values(
            session_id=entry.session,
            id=order.pause,
            case_id=case_of(writing, entry),
            room_id=entry.room,
            tracks=msgspec.json.encode(order.tracks).decode(),
            reason=order.reason,
            by_name=order.by_name,
            start_us=order.start_us,
            log_index=entry.seq,
        )
    )
    if inserted.rowcount:
        _announce(writing, entry, order.pause)


def ended(writing: Writing, entry: Entry) -> None:
    """``pause.end``."""
    order = body(entry, entries.PauseEnd)
    table = schema.pause
    changed = writing.execute(
        update(table)
        .where(
            table.c.session_id == entry.session,
            table.c.id == order.pause,
            table.c.end_us.is_(None),
        )
        .values(end_us=order.end_us, why=order.why, ended_by=order.by_name)
    )
    if changed.rowcount:
        _announce(writing, entry, order.pause)


def withheld(writing: Writing, entry: Entry) -> None:
    """``media.pause``."""
    hole = body(entry, entries.MediaPause)
    writing.execute(
        schema.withheld.insert().values(
            log_index=entry.seq,
            session_id=entry.session,
            source_id=hole.source,
            start_us=hole.start_us,
            end_us=hole.end_us,
            track=hole.track,
            pause_id=hole.pause,
        )
    )
    if hole.track == "all":
        table = schema.recording
        writing.execute(
            update(table)
            .where(table.c.session_id == entry.session, table.c.source_id == hole.source)
            .values(pause_us=table.c.pause_us + (hole.end_us - hole.start_us))
        )


def _announce(writing: Writing, entry: Entry, pause: str) -> None:
    table = schema.pause
    row = writing.execute(
        select(table).where(table.c.session_id == entry.session, table.c.id == pause)
    ).one()
    cursor = writing.next_cursor()
    event = protocol.PauseEvent(cursor=cursor, room=entry.room, pause=rows.pause(row))
    writing.emit(row.case_id, entry.room, cursor, protocol.encode(event))


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "media.pause": withheld,
    "pause.begin": begun,
    "pause.end": ended,
}
