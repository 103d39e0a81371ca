"""Voice lines as the database has them: reads only."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Row, func, select

from command_centre.db import schema
from command_centre.desk import rows
from command_centre.desk.cases import open_session, rooms_of
from command_centre.desk.views import SessionSummary, VoiceLine
from command_centre.errors import Rejected

_ID_CHARACTERS = 40  # of a source

_line = schema.voice_line


def source_of(room: str) -> str:
    """The source that carries voices to a room."""
    name = f"call-{room}"
    if len(name) <= _ID_CHARACTERS:
        return name
    return f"call-{hashlib.sha256(room.encode()).hexdigest()[:32]}"


def standing(connection: Connection) -> list[VoiceLine]:
    """Every line that is not over."""
    found = connection.execute(select(_line).where(_line.c.ended_us.is_(None)))
    return [rows.voice_line(row) for row in found]


def standing_in(connection: Connection, room: str) -> VoiceLine | None:
    """The line of a room that is not over."""
    found = connection.execute(
        select(_line)
        .where(_line.c.room_id == room, _line.c.ended_us.is_(None))
        .order_by(_line.c.log_index)
        .limit(1)
    )
    return _view(found.one_or_none())


def withheld(connection: Connection, session: str) -> bool:
    """Whether sound of a session is withheld now."""
    table = schema.pause
    tracks = connection.execute(
        select(table.c.tracks).where(table.c.session_id == session, table.c.end_us.is_(None))
    ).scalars()
    return any('"audio"' in one for one in tracks)


def require_sound(connection: Connection, session: str) -> None:
    if withheld(connection, session):
        raise Rejected("sound_withheld", "sound of the room is withheld; speak when it is over")


def may_call(connection: Connection, case: str, room: str, line: str) -> SessionSummary | VoiceLine:
    """The session to call into, or the line that stands already when it is a repeat."""
    if room not in rooms_of(connection, case):
        raise Rejected("unknown_room", "there is no such room in this case")
    if (known := read_line(connection, room, line)) is not None:
        return known
    session = open_session(connection, room)
    if session is None:
        raise Rejected("no_open_session", "no session is open in that room")
    if standing_in(connection, room) is not None:
        raise Rejected("line_busy", "somebody speaks to this room already")
    require_sound(connection, session.id)
    return session


def read_line(connection: Connection, room: str, line: str) -> VoiceLine | None:
    found = connection.execute(select(_line).where(_line.c.id == line, _line.c.room_id == room))
    return _view(found.one_or_none())


def _view(row: Row[Any] | None) -> VoiceLine | None:
    return None if row is None else rows.voice_line(row)


def talks(connection: Connection, line: VoiceLine) -> int:
    found = connection.execute(
        select(func.max(_line.c.talks)).where(
            _line.c.session_id == line.session, _line.c.id == line.id
        )
    )
    return int(found.scalar() or 0)
