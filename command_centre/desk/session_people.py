"""Who was there in a session: as its entries say, whoever sits in the room meanwhile.

``session.open`` names them, ``officers.changed`` whoever asks from then on and
``attendants.changed`` whoever else attends. All of them stay: an officer who left in the middle
asked questions too, and an interpreter who left has interpreted. Only an attendant whose name
stood there by mistake is none of them. Nothing is said of a session that was opened before
sessions kept it: then those who sit in its room now are taken, as that version did; once it is
closed nobody is taken who attends there now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.entries import EntryPerson
from command_centre.desk.views import AttendantSaid, SessionSummary
from command_centre.record.content import ATTENDING

#: Roles of officers who ask or write.
ASKING = frozenset({"interviewer", "clerk"})
#: An officer's duty as case files write it -> the role in a session.
DUTIES = {"询问人": "interviewer", "记录人": "clerk"}
_PEOPLE = msgspec.json.Decoder(list[EntryPerson])


def people_of(connection: Connection, session: SessionSummary) -> list[EntryPerson]:
    """Everybody who was there, the person questioned first."""
    table = schema.session
    text = connection.execute(select(table.c.people).where(table.c.id == session.id)).scalar()
    if text:
        return _PEOPLE.decode(text)
    seated = seated_in(connection, session.room)
    if session.closed_us is None:
        return seated
    return [one for one in seated if one.role not in ATTENDING]


def keeps_people(connection: Connection, session: SessionSummary) -> bool:
    """Whether the session's own entries say who was there."""
    table = schema.session
    found = connection.execute(select(table.c.people).where(table.c.id == session.id))
    return bool(found.scalar())


def seated_in(connection: Connection, room: str) -> list[EntryPerson]:
    """Who sits in a room now; nobody in one that no case uses."""
    place, person = schema.room, schema.person
    found = connection.execute(
        select(person, place.c.person_id.label("questioned"))
        .join(place, place.c.id == person.c.room_id)
        .where(place.c.id == room, person.c.case_id == place.c.case_id)
        .order_by(person.c.kind.desc(), person.c.position)
    )
    people = [
        EntryPerson(
            name=row.name,
            role=_role(row.kind, row.duty, row.questioned == row.id),
            certificate=row.certificate,
            id=row.id,
        )
        for row in found
    ]
    return [*people, *attending_in(connection, room)]


def attending_in(connection: Connection, room: str) -> list[EntryPerson]:
    """Who attends in a room now beside the person questioned and the officers."""
    place, table = schema.room, schema.attendant
    found = connection.execute(
        select(table)
        .join(place, place.c.id == table.c.room_id)
        .where(place.c.id == room, table.c.case_id == place.c.case_id)
        .order_by(table.c.position)
    )
    return [
        EntryPerson(name=row.name, role=row.duty, detail=row.detail, id=row.id) for row in found
    ]


def attended_in(connection: Connection, session: SessionSummary) -> list[AttendantSaid]:
    """Who attended a session beside the officers, who left included."""
    return said_of(attending_people(people_of(connection, session)))


def attending_people(people: Iterable[EntryPerson]) -> list[EntryPerson]:
    """Of people of a session, those who attended it beside the officers."""
    return [one for one in people if one.role in ATTENDING]


def said_of(attending: Iterable[EntryPerson]) -> list[AttendantSaid]:
    """As desks are told of those who attend."""
    return [AttendantSaid(name=one.name, duty=one.role, detail=one.detail) for one in attending]


def people_text(people: Sequence[EntryPerson]) -> str:
    """As the database keeps them."""
    return msgspec.json.encode(people).decode()


def joined(text: str, officers: Iterable[EntryPerson]) -> list[EntryPerson]:
    """People as kept, and officers who came; one who was there is named as they are now."""
    known = _PEOPLE.decode(text) if text else []
    now = {one.name: one for one in officers}
    kept = [now.pop(one.name, one) if one.role in ASKING else one for one in known]
    return [*kept, *now.values()]


def attended(
    text: str, attendants: Iterable[EntryPerson], mistaken: Collection[str]
) -> list[EntryPerson]:
    """People as kept, and who attends now; who left stays, who never was there does not."""
    known = _PEOPLE.decode(text) if text else []
    now = {one.name: one for one in attendants}
    kept = [
        now.pop(one.name, one) if one.role in ATTENDING else one
        for one in known
        if one.role not in ATTENDING or one.name in now or one.name not in mistaken
    ]
    return [*kept, *now.values()]


def without(text: str, mistaken: str) -> list[EntryPerson]:
    """People as kept, but for somebody who is said to have attended and never was there."""
    known = _PEOPLE.decode(text) if text else []
    return [one for one in known if one.role not in ATTENDING or one.name != mistaken]


def _role(kind: str, duty: str, questioned: bool) -> str:
    if kind == "officer":
        return DUTIES.get(duty, "operator")
    return "interviewee" if questioned else "witness"
