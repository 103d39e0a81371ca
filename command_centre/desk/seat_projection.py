"""What entries of the centre's log mean for who sits in which room; used by the book.

The same entries give the same rows, as they are written or read again. A room that its case no
longer has is passed over: whoever sat there left with it (``place_projection``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, update

from command_centre.db import schema
from command_centre.db.database import Writing

Body = dict[str, Any]


def empty_room(writing: Writing, room: str) -> None:
    """Nobody sits in a room any more: no person, no officer, no attendant."""
    person, place, other = schema.person, schema.room, schema.attendant
    writing.execute(update(other).where(other.c.room_id == room).values(room_id=None))
    writing.execute(update(person).where(person.c.room_id == room).values(room_id=None))
    writing.execute(update(place).where(place.c.id == room).values(person_id=None))


def seat_again(writing: Writing, case: str, room: str, body: Body) -> None:
    """Whoever an entry names sits in the room again, by their ids: ``person``, ``seated`` and
    ``attending``."""
    if named := str(body.get("person", "")):
        _seat(writing, case, room, named)
    for one in body.get("seated", []):
        _move(writing, case, str(one), room)
    table = schema.attendant
    for one in body.get("attending", []):
        mine = table.c.case_id == case, table.c.id == str(one)
        writing.execute(update(table).where(*mine).values(room_id=room))


def _seated(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    case, room = str(body["case"]), _own_room(writing, body)
    _leave(writing, case, room, "party")
    _seat(writing, case, room, str(body["person"]))


def _vacated(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    room, place = _own_room(writing, body), schema.room
    _leave(writing, str(body["case"]), room, "party")
    writing.execute(update(place).where(place.c.id == room).values(person_id=None))


def _officers(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    case, room, table = str(body["case"]), _own_room(writing, body), schema.person
    _leave(writing, case, room, "officer")
    last = select(func.max(table.c.position)).where(table.c.case_id == case)
    for one in body["officers"]:
        position = (writing.execute(last).scalar() or 0) + 1
        said = {"duty": str(one["duty"]), "room_id": room, "position": position}
        mine = table.c.case_id == case, table.c.id == str(one["id"])
        if writing.execute(update(table).where(*mine).values(**said)).rowcount:
            continue
        names = {"name": str(one["name"]), "certificate": str(one["certificate"])}
        writing.execute(
            table.insert().values(case_id=case, id=str(one["id"]), kind="officer", **names, **said)
        )


def _attendants(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    """Who attends; somebody who attended in another room of the case comes over."""
    case, room, table = str(body["case"]), _own_room(writing, body), schema.attendant
    here = table.c.case_id == case, table.c.room_id == room
    writing.execute(update(table).where(*here).values(room_id=None))
    last = select(func.max(table.c.position)).where(table.c.case_id == case)
    for one in body["attendants"]:
        said = {
            **{key: str(one[key]) for key in ("name", "duty", "detail")},
            "room_id": room,
            "position": (writing.execute(last).scalar() or 0) + 1,
        }
        mine = table.c.case_id == case, table.c.id == str(one["id"])
        if not writing.execute(update(table).where(*mine).values(**said)).rowcount:
            writing.execute(table.insert().values(case_id=case, id=str(one["id"]), **said))


def _own_room(writing: Writing, body: Body) -> str:
    place, room = schema.room, str(body["room"])
    case = writing.execute(select(place.c.case_id).where(place.c.id == room)).scalar()
    if case != body["case"]:
        raise ValueError("the case does not have this room")
    return room


def _leave(writing: Writing, case: str, room: str, kind: str) -> None:
    table = schema.person
    here = table.c.case_id == case, table.c.room_id == room, table.c.kind == kind
    writing.execute(update(table).where(*here).values(room_id=None))


def _seat(writing: Writing, case: str, room: str, person: str) -> None:
    place = schema.room
    if not _move(writing, case, person, room):
        raise ValueError("no such person")
    elsewhere = place.c.case_id == case, place.c.person_id == person, place.c.id != room
    writing.execute(update(place).where(*elsewhere).values(person_id=None))
    writing.execute(update(place).where(place.c.id == room).values(person_id=person))


def _move(writing: Writing, case: str, person: str, room: str) -> int:
    table = schema.person
    mine = table.c.case_id == case, table.c.id == person
    return writing.execute(update(table).where(*mine).values(room_id=room)).rowcount


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "room.seated": _seated,
    "room.vacated": _vacated,
    "room.officers": _officers,
    "room.attendants": _attendants,
}
