"""What entries of the centre's log mean for rooms and sources; used by the book.

The same entries give the same rows, as they are written or read again. Rooms and sources that came
with a case file have no entry of their own before the first act on them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import func, select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import seat_projection
from config.words import RoomKind, SourceKind, Speaker

Body = dict[str, Any]


def _room_create(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    table = schema.room
    last = writing.execute(select(func.max(table.c.position))).scalar() or 0
    writing.execute(
        table.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=str(body["room"]),
            kind=RoomKind(body["kind"]),
            name=str(body["name"]),
            name_en=str(body.get("name_en", "")),
            position=last + 1,
        )
    )


def _room_changed(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    _set_room(writing, body, name=str(body["name"]), name_en=str(body.get("name_en", "")))


def _room_retired(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    _set_room(writing, body, retired_us=t_us)


def _room_resumed(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    _set_room(writing, body, retired_us=None)


def _room_assigned(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    """The room works for this case from now on; whoever sat there does no longer, unless the
    entry says that they do again (a room that was taken back by mistake)."""
    case = str(body["case"]) or None
    known = select(schema.case_file.c.id).where(schema.case_file.c.id == case)
    if case is not None and writing.execute(known).scalar() is None:
        raise ValueError("no such case")
    seat_projection.empty_room(writing, str(body["room"]))
    _set_room(writing, body, case_id=case)
    if case is not None:
        seat_projection.seat_again(writing, case, str(body["room"]), body)


def _set_room(writing: Writing, body: Body, **values: Any) -> None:
    table = schema.room
    writing.execute(update(table).where(table.c.id == str(body["room"])).values(**values))


def _source_create(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    if "name" not in body:
        return  # of the command line, which made the row itself
    table, room = schema.source, str(body["room"])
    known = select(schema.room.c.id).where(schema.room.c.id == room)
    if writing.execute(known).scalar() is None:
        raise ValueError("no such room")
    channels = msgspec.convert(body.get("channels", []), list[Speaker])
    last = writing.execute(select(func.max(table.c.position))).scalar() or 0
    writing.execute(
        table.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=str(body["source"]),
            room_id=room,
            kind=SourceKind(body["kind"]),
            name=str(body["name"]),
            name_en=str(body.get("name_en", "")),
            channels=msgspec.json.encode(channels).decode(),
            position=last + 1,
        )
    )


def _source_changed(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    table, room = schema.source, str(body["room"])
    known = select(schema.room.c.id).where(schema.room.c.id == room)
    if writing.execute(known).scalar() is None:
        raise ValueError("no such room")
    writing.execute(
        update(table)
        .where(table.c.id == str(body["source"]))
        .values(room_id=room, name=str(body["name"]), name_en=str(body.get("name_en", "")))
    )


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "room.create": _room_create,
    "room.changed": _room_changed,
    "room.retired": _room_retired,
    "room.resumed": _room_resumed,
    "room.assigned": _room_assigned,
    **seat_projection.STEPS,
    "source.create": _source_create,
    "source.changed": _source_changed,
}
