"""What readings of instruments mean for the database: see ``projection``."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import entries, protocol
from command_centre.desk.entries import Entry, body
from command_centre.desk.projection_case import case_of


def _reading(writing: Writing, entry: Entry) -> None:
    reading = body(entry, entries.Reading)
    case = case_of(writing, entry)
    writing.execute(
        schema.reading.insert().values(
            log_index=entry.seq,
            case_id=case,
            session_id=entry.session,
            room_id=entry.room,
            device=reading.device,
            t_us=entry.t_us,
            measured=msgspec.json.encode(reading.values).decode(),
            alarms=msgspec.json.encode(reading.alarms).decode(),
            position=msgspec.json.encode(reading.position).decode() if reading.position else "",
        )
    )
    cursor = writing.next_cursor()
    event = protocol.ReadingEvent(
        cursor=cursor,
        device=reading.device,
        room=entry.room,
        t_us=entry.t_us,
        values=reading.values,
        alarms=reading.alarms,
        position=protocol.Position(**msgspec.structs.asdict(reading.position))
        if reading.position
        else None,
    )
    writing.emit(case, entry.room, cursor, protocol.encode(event))


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "reading": _reading,
}
