"""Voice lines as the database has them: reads only."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from command_centre.db import schema
from command_centre.desk import rows
from command_centre.desk.board import Place
from command_centre.desk.cases import open_session, require_case, rooms_of
from command_centre.desk.views import DEVICE, CallIn, SessionSummary, VoiceLine
from command_centre.errors import Rejected
from config.words import CaseState, SourceKind

_ID_CHARACTERS = 40  # of a source

_line = schema.voice_line


def source_of(called: str) -> str:
    """The source that carries voices to a room or to a device."""
    name = f"call-{called}"
    if len(name) <= _ID_CHARACTERS:
        return name
    return f"call-{hashlib.sha256(called.encode()).hexdigest()[:32]}"


def standing(connection: Connection) -> list[VoiceLine]:
    """Every line that is not over."""
    found = connection.execute(select(_line).where(_line.c.ended_us.is_(None)))
    return [rows.voice_line(row) for row in found]


def standing_in(connection: Connection, room: str, to: str = "") -> VoiceLine | None:
    """The line of a room, or of a device of it, that is not over."""
    found = connection.execute(
        select(_line)
        .where(_line.c.room_id == room, _line.c.to_source == to, _line.c.ended_us.is_(None))
        .order_by(_line.c.log_index)
        .limit(1)
    )
    return _view(found.one_or_none())


def standing_of(connection: Connection, source: str) -> VoiceLine | None:
    """The line whose caller's voice a source carries, while it is not over."""
    found = connection.execute(
        select(_line)
        .where(_line.c.source_id == source, _line.c.ended_us.is_(None))
        .order_by(_line.c.log_index)
        .limit(1)
    )
    return _view(found.one_or_none())


def latest_of(connection: Connection, room: str, device: str) -> VoiceLine | None:
    """The last line of a device, whoever called and whether or not it is over."""
    found = connection.execute(
        select(_line)
        .where(_line.c.room_id == room, _line.c.to_source == device)
        .order_by(_line.c.log_index.desc())
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


def called_in(connection: Connection, since_us: int) -> list[CallIn]:
    """Calls of devices to the centre that ring, and what became of those since then."""
    case, room, device = schema.case_file, schema.room, schema.source
    late = or_(_line.c.opened_us >= since_us, _line.c.ended_us >= since_us)
    rings = and_(_line.c.opened_us.is_(None), _line.c.ended_us.is_(None))
    found = connection.execute(
        select(
            _line,
            *rows.PLACE_NAMES,
        )
        .join(case, case.c.id == _line.c.case_id)
        .join(room, room.c.id == _line.c.room_id)
        .outerjoin(device, device.c.id == _line.c.to_source)
        .where(_line.c.by_account.startswith(DEVICE, autoescape=True), or_(rings, late))
        .order_by(_line.c.log_index)
    )
    return [
        CallIn(
            case=row.case_id,
            **rows.place_names(row),
            line=rows.voice_line(row),
        )
        for row in found
    ]


def may_call(
    connection: Connection, case: str, room: str, line: str, to: str = ""
) -> SessionSummary | VoiceLine:
    """The session to call into, or the line that stands already when it is a repeat."""
    if room not in rooms_of(connection, case):
        raise Rejected("unknown_room", "there is no such room in this case")
    if (known := read_line(connection, room, line)) is not None:
        return known
    if to:
        _require_device(connection, room, to)
    return _session_for(connection, room, to)


def may_call_centre(connection: Connection, place: Place, line: str) -> SessionSummary | VoiceLine:
    """The session a device's call belongs to, or the line that stands already: as ``may_call``."""
    if (known := read_line(connection, place.room, line)) is not None:
        return known
    if place.kind != SourceKind.BODY_CAMERA:
        raise Rejected("cannot_call", "nobody carries this kind of device who could call")
    if not place.case:
        raise Rejected("no_case", "this place has been given to no case")
    state = require_case(connection, place.case).state
    if state != CaseState.OPEN:
        raise Rejected("case_closed", f"this case is {state}: nobody is at its desks")
    return _session_for(connection, place.room, place.source)


def _session_for(connection: Connection, room: str, to: str) -> SessionSummary:
    session = open_session(connection, room)
    if session is None:
        raise Rejected("no_open_session", "no session is open in that room")
    if standing_in(connection, room, to) is not None:
        called = "device" if to else "room"
        raise Rejected("line_busy", f"this {called} is on a call already")
    require_sound(connection, session.id)
    return session


def _require_device(connection: Connection, room: str, device: str) -> None:
    """Only what has a page of its own can take a call: a phone as body camera."""
    source = schema.source
    kind = connection.execute(
        select(source.c.kind).where(source.c.id == device, source.c.room_id == room)
    ).scalar()
    if kind is None or kind == SourceKind.CALL:
        raise Rejected("unknown_source", "there is no such device at this place")
    if kind != SourceKind.BODY_CAMERA:
        raise Rejected("cannot_answer", "this kind of device has nobody who could take a call")


def read_line(connection: Connection, room: str, line: str) -> VoiceLine | None:
    found = connection.execute(select(_line).where(_line.c.id == line, _line.c.room_id == room))
    return _view(found.one_or_none())


def require_line(connection: Connection, case: str, room: str, line: str) -> None:
    """Raise ``unknown_line`` unless it is of this case: the room may have been another's before."""
    mine = (_line.c.case_id == case, _line.c.room_id == room, _line.c.id == line)
    if connection.execute(select(_line.c.id).where(*mine)).first() is None:
        raise Rejected("unknown_line", "there is no such call")


def _view(row: Row[Any] | None) -> VoiceLine | None:
    return None if row is None else rows.voice_line(row)


def talks(connection: Connection, line: VoiceLine) -> int:
    found = connection.execute(
        select(func.max(_line.c.talks)).where(
            _line.c.session_id == line.session, _line.c.id == line.id
        )
    )
    return int(found.scalar() or 0)
