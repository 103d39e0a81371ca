"""What marks, and taking them back, mean for the database: see ``projection``."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import entries, protocol
from command_centre.desk.entries import Entry, body
from command_centre.desk.projection_case import case_of
from command_centre.errors import ProjectionError
from config.recorders import place, position


def marked(writing: Writing, entry: Entry) -> None:
    """A mark, told to the desks."""
    marker = body(entry, entries.Marker)
    writing.execute(
        schema.marker.insert().values(
            log_index=entry.seq,
            case_id=case_of(writing, entry),
            session_id=entry.session,
            room_id=entry.room,
            t_us=entry.t_us,
            text=marker.text,
            by_name=marker.by_name,
            by_account=marker.by,
        )
    )
    _tell(writing, entry.seq)


def withdrawn(writing: Writing, entry: Entry) -> None:
    """It stays, taken back; told again as a whole."""
    taken = body(entry, entries.MarkerWithdrawn)
    table = schema.marker
    marker = position(place(entry.seq)[0], taken.marker)
    changed = writing.execute(
        update(table)
        .where(table.c.log_index == marker, table.c.session_id == entry.session)
        .values(withdrawn_us=entry.t_us, withdrawn_by=taken.by_name, withdrawn_why=taken.reason)
    )
    if not changed.rowcount:
        raise ProjectionError(f"marker {taken.marker} was never set in this session")
    _tell(writing, marker)


def _tell(writing: Writing, marker: int) -> None:
    table = schema.marker
    row = writing.execute(select(table).where(table.c.log_index == marker)).one()
    cursor = writing.next_cursor()
    event = protocol.MarkerEvent(
        cursor=cursor,
        room=row.room_id,
        t_us=row.t_us,
        text=row.text,
        by_name=row.by_name,
        marker=marker,
        by=row.by_account,
        withdrawn_us=row.withdrawn_us,
        withdrawn_by=row.withdrawn_by,
        reason=row.withdrawn_why,
    )
    writing.emit(row.case_id, row.room_id, cursor, protocol.encode(event))


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "marker": marked,
    "marker.withdrawn": withdrawn,
}
