"""Who sits in a room: the person who is questioned there, and the officers who ask and write.

1. A person of the case sits in one room at a time. Whoever sits elsewhere comes over, unless a
   session is open there.
2. While a session is open in the room nobody takes the questioned person's place: it belongs to
   whom its opening names. Officers may change; then the session says so too (``officers.changed``),
   and who asked before stays one of those who were there. Nobody asks or is questioned where they
   attend, or did so in the open session (``attends_here``; ``attendants`` keeps the other way).
   An officer of a case attends on none of its sites.
3. Each act is an entry of the centre's log first; rows follow (``seat_projection``). A repeat
   writes nothing.

The law asks for two officers (行政处罚法 arts. 42, 55). One alone can be named, because that may be
how it is; the check list then stays unmet (``room_checks``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.cases import open_session, parties
from command_centre.desk.entries import EntryPerson
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.rooms import require_room
from command_centre.desk.session_log import append_to_session
from command_centre.desk.session_people import (
    ASKING,
    DUTIES,
    attended_in,
    attending_in,
    people_of,
    said_of,
    seated_in,
)
from command_centre.desk.sessions import Sessions
from command_centre.desk.views import AttendantSaid, SessionSummary, View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from command_centre.record.content import ATTENDING
from command_centre.record.named import name_key
from config.bus import Bus
from config.clock import Clock
from config.words import Role, RoomKind

OFFICERS_MAX = 6  # of one room
KNOWN_MAX = 100  # officers of one case, those who sit nowhere included
NAME_MAX = 40
CERTIFICATE_MAX = 40
#: A duty as requests name it -> as case files write it.
_WRITTEN = {role: duty for duty, role in DUTIES.items()}


class OfficerSaid(View, frozen=True):
    """An officer to be in a room; ``duty`` is interviewer or clerk."""

    name: str
    certificate: str
    duty: str = "interviewer"


class OfficersRequest(View, frozen=True):
    """Every officer who is in the room; nobody else is."""

    officers: list[OfficerSaid]


class PersonSeat(View, frozen=True):
    """Who is questioned in the room: a person of its case; empty: nobody."""

    person: str


class SeatedPerson(View, frozen=True):
    """A party of the case, and where they sit."""

    id: str
    name: str
    name_en: str
    post: str
    post_en: str
    room: str  # of the same case; empty: in none
    room_name: str
    room_name_en: str
    in_session: bool  # a session is open there: they stay


class OfficerOffer(View, frozen=True):
    """Somebody who may be an officer here: of the case already, or with an account."""

    name: str
    certificate: str  # empty: the account has none
    duty: str  # interviewer | clerk; empty: not in a room of this case
    room: str  # where they sit; empty: in none
    room_name: str
    room_name_en: str
    in_session: bool


class Seats(View, frozen=True):
    """Who sits in a room, and who may."""

    case: str
    room: str
    person: str  # id; empty: nobody
    officers: list[OfficerSaid]
    people: list[SeatedPerson]
    offers: list[OfficerOffer]
    in_session: bool  # a session is open in this room
    attendants: list[AttendantSaid]  # desk.attendants
    attendants_version: str  # of that list, to say what a change was made from
    former: list[AttendantSaid]  # attended the open session, and left it


class SeatActs:
    """Takes the acts; used on the event loop. One per centre."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        book: CaseBook,
        follower: Follower,
        clock: Clock,
        sessions: Sessions,
    ) -> None:
        self._bus = bus
        self._database = database
        self._book = book
        self._follower = follower
        self._clock = clock
        self._sessions = sessions

    async def of_room(self, room: str) -> Seats:
        """Who sits in a room, and who may."""
        return await self._database.read(lambda connection: read_seats(connection, room))

    async def seat(self, caller: Caller, room: str, person: str) -> Seats:
        """Say who is questioned in a room; an empty person: nobody.

        Raises:
            Rejected: ``unknown_room``, ``room_free``, ``room_site``, ``unknown_person``,
                ``person_kept``, ``person_elsewhere``, ``attends_here``, ``log_unavailable``.
        """
        by = {"by": caller.account_id, "by_name": caller.name}
        async with self._sessions.turn(room):  # no session opens meanwhile
            if person:
                await self._book.act("room.seated", by, lambda c: _seating(c, room, person))
            else:
                await self._book.act("room.vacated", by, lambda c: _vacating(c, room))
        return await self.of_room(room)

    async def set_officers(self, caller: Caller, room: str, asked: list[OfficerSaid]) -> Seats:
        """Say which officers are in a room, while a session is open there too.

        Raises:
            Rejected: ``unknown_room``, ``room_free``, ``room_site``, ``bad_officers``,
                ``officer_elsewhere``, ``attends_here``, ``log_unavailable``, or the recorder
                refused.
        """
        officers = _checked(asked)
        by = {"by": caller.account_id, "by_name": caller.name}
        body: dict[str, Any] | None = None

        def ready(connection: Connection) -> dict[str, Any] | None:
            nonlocal body
            body = _officers(connection, room, officers)
            return body

        async with self._sessions.turn(room):  # nobody attends, no session opens meanwhile
            await self._book.act("room.officers", by, ready)
            await self._tell_session(by, room, changed=body is not None)
        return await self.of_room(room)

    async def _tell_session(self, by: dict[str, str], room: str, *, changed: bool) -> None:
        """The open session's own log says who asks from now on, also where a crash kept it back."""
        found = await self._database.read(lambda connection: _in_session(connection, room))
        if found is None:
            return
        session, officers, told = found
        if not changed and told:
            return
        await append_to_session(
            self._bus,
            self._follower,
            key=f"officers.changed:{short_id('oc')}",
            kind="officers.changed",
            session=session.id,
            room=room,
            body={
                "officers": [
                    {"name": o.name, "role": o.role, "certificate": o.certificate, "id": o.id}
                    for o in officers
                ],
                **by,
            },
            t_us=self._clock.now_us(),
        )


# --- what an act calls for ------------------------------------------------------------------------


def _seating(connection: Connection, room: str, person: str) -> dict[str, Any] | None:
    place = require_place(connection, room)
    table = schema.person
    row = connection.execute(
        select(table).where(
            table.c.case_id == place.case_id, table.c.id == person, table.c.kind == "party"
        )
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_person", "there is no such person in the case of this room")
    if place.person_id == person:
        return None
    _require_closed(connection, room)
    if row.room_id and row.room_id != room and open_session(connection, row.room_id):
        raise Rejected("person_elsewhere", "they are being questioned in another room right now")
    _require_no_attendant(connection, room, {row.name})
    return {
        "case": place.case_id,
        "room": room,
        "person": person,
        "from_person": place.person_id or "",
        "from_room": row.room_id if row.room_id and row.room_id != room else "",
        "name": row.name,
    }


def _vacating(connection: Connection, room: str) -> dict[str, Any] | None:
    place = require_place(connection, room)
    if not place.person_id:
        return None
    _require_closed(connection, room)
    return {"case": place.case_id, "room": room, "from_person": place.person_id}


def _officers(
    connection: Connection, room: str, officers: list[OfficerSaid]
) -> dict[str, Any] | None:
    place = require_place(connection, room)
    known = _known_officers(connection, place.case_id)
    named = []
    for one in officers:
        row = known.get((one.name, one.certificate))
        elsewhere = row.room_id if row is not None and row.room_id != room else None
        if elsewhere and open_session(connection, elsewhere):
            raise Rejected("officer_elsewhere", f"{one.name} is in a session of another room")
        named.append(
            {
                "id": row.id if row is not None else short_id("of"),
                "name": one.name,
                "certificate": one.certificate,
                "duty": _WRITTEN[one.duty],
            }
        )
    if len(known) + sum(one["id"] not in _ids(known) for one in named) > KNOWN_MAX:
        raise Rejected("bad_officers", f"a case has at most {KNOWN_MAX} officers")
    now = [
        {"id": row.id, "name": row.name, "certificate": row.certificate, "duty": row.duty}
        for row in known.values()
        if row.room_id == room
    ]
    if now == named:
        return None
    for place_id in (room, *_sites(connection, place.case_id)):
        _require_no_attendant(connection, place_id, {one.name for one in officers})
    return {"case": place.case_id, "room": room, "count": len(named), "officers": named}


def _require_no_attendant(connection: Connection, room: str, names: Collection[str]) -> None:
    """Nobody asks or is questioned who attends there, or did so in the open session."""
    attending = [one.name for one in there_in(connection, room) if one.role in ATTENDING]
    taken = set(map(name_key, names))
    if both := [name for name in attending if name_key(name) in taken]:
        raise Rejected("attends_here", f"{both[0]} attends in room {room}; nobody is both")


def _sites(connection: Connection, case: str) -> list[str]:
    """Sites of a case: there every officer of it may inspect, and none has a seat."""
    table = schema.room
    found = select(table.c.id).where(table.c.case_id == case, table.c.kind == RoomKind.SITE)
    return list(connection.execute(found).scalars())


def _ids(known: dict[tuple[str, str], Row[Any]]) -> set[str]:
    return {row.id for row in known.values()}


def _known_officers(connection: Connection, case: str) -> dict[tuple[str, str], Row[Any]]:
    table = schema.person
    found = connection.execute(
        select(table)
        .where(table.c.case_id == case, table.c.kind == "officer")
        .order_by(table.c.position)
    )
    return {(row.name, row.certificate): row for row in found}


def _checked(asked: list[OfficerSaid]) -> list[OfficerSaid]:
    """Officers with a name, a certificate number and a duty each, and nobody twice."""
    if len(asked) > OFFICERS_MAX:
        raise Rejected("bad_officers", f"a room has at most {OFFICERS_MAX} officers")
    officers = [
        OfficerSaid(name=o.name.strip(), certificate=o.certificate.strip(), duty=o.duty)
        for o in asked
    ]
    for one in officers:
        if not 1 <= len(one.name) <= NAME_MAX or not one.name.isprintable():
            raise Rejected("bad_officers", f"a name has 1 to {NAME_MAX} characters")
        if not 1 <= len(one.certificate) <= CERTIFICATE_MAX or not one.certificate.isprintable():
            raise Rejected("bad_officers", f"a certificate has 1 to {CERTIFICATE_MAX} characters")
        if one.duty not in _WRITTEN:
            raise Rejected("bad_officers", f"a duty is one of {', '.join(_WRITTEN)}")
    for values in ([name_key(o.name) for o in officers], [o.certificate for o in officers]):
        if len(set(values)) < len(values):
            raise Rejected("bad_officers", "a name or a certificate number stands there twice")
    return officers


def require_place(connection: Connection, room: str, *, site: bool = False) -> Row[Any]:
    """The row of a room in which people are seated; ``site``: one of an inspection will do.

    Raises:
        Rejected: ``unknown_room``, ``room_free``, ``room_site``.
    """
    place = require_room(connection, room)
    if place.case_id is None:
        raise Rejected("room_free", "no case uses this room; let a case have it first")
    if place.kind == RoomKind.SITE and not site:
        raise Rejected("room_site", "people are seated in interview rooms, not on a site")
    return place


def there_in(connection: Connection, room: str) -> list[EntryPerson]:
    """Who sits in a room now, and who was there since its open session began, also who has left."""
    session = open_session(connection, room)
    now = seated_in(connection, room)
    return [*people_of(connection, session), *now] if session else now


def _require_closed(connection: Connection, room: str) -> None:
    if open_session(connection, room) is not None:
        raise Rejected(
            "person_kept", "a session is open in this room; who is questioned stays until its end"
        )


def _in_session(
    connection: Connection, room: str
) -> tuple[SessionSummary, list[EntryPerson], bool] | None:
    """The open session of a room, the officers who are there, and whether its log names them."""
    session = open_session(connection, room)
    if session is None:
        return None
    told = people_of(connection, session)
    now = [one for one in seated_in(connection, room) if one.role in ASKING]
    return session, now, all(one in told for one in now)


# --- reading --------------------------------------------------------------------------------------


def read_seats(connection: Connection, room: str) -> Seats:
    """Who sits in a room, and who may: people of its case, its officers, and accounts."""
    place = require_place(connection, room, site=True)
    known = _known_officers(connection, place.case_id)
    rooms = _rooms(connection, place.case_id)
    here = [row for row in known.values() if row.room_id == room]
    return Seats(
        case=place.case_id,
        room=room,
        person=place.person_id or "",
        officers=[
            OfficerSaid(
                name=row.name,
                certificate=row.certificate,
                duty=DUTIES.get(row.duty, "interviewer"),
            )
            for row in here
        ],
        people=_people(connection, place.case_id, rooms),
        offers=_offers(connection, known, rooms),
        in_session=rooms[room].in_session if room in rooms else False,
        attendants=said_of(attending_in(connection, room)),
        attendants_version=attendants_version(connection, room),
        former=_former(connection, room),
    )


def attendants_version(connection: Connection, room: str) -> str:
    """Which list of attendants a room has now: the same for the same people, in order."""
    now = [(one.id, one.name, one.role, one.detail) for one in attending_in(connection, room)]
    return hashlib.sha256(msgspec.json.encode(now)).hexdigest()[:16]


def _former(connection: Connection, room: str) -> list[AttendantSaid]:
    session = open_session(connection, room)
    if session is None:
        return []
    now = {one.name for one in attending_in(connection, room)}
    return [one for one in attended_in(connection, session) if one.name not in now]


class _Place(NamedTuple):
    """A room of the case, and whether a session is open in it."""

    room: str
    name: str
    name_en: str
    in_session: bool


_NOWHERE = _Place("", "", "", False)


def _rooms(connection: Connection, case: str) -> dict[str, _Place]:
    table, session = schema.room, schema.session
    still = select(session.c.room_id).where(session.c.closed_us.is_(None))
    busy = set(connection.execute(still).scalars())
    found = connection.execute(select(table).where(table.c.case_id == case))
    return {row.id: _Place(row.id, row.name, row.name_en, row.id in busy) for row in found}


def _people(connection: Connection, case: str, rooms: dict[str, _Place]) -> list[SeatedPerson]:
    return [
        SeatedPerson(
            id=row.id,
            name=row.name,
            name_en=row.name_en,
            post=row.post,
            post_en=row.post_en,
            **_where(row.room_id, rooms),
        )
        for row in parties(connection, case)
    ]


def _where(room: str | None, rooms: dict[str, _Place]) -> dict[str, Any]:
    place = rooms.get(room or "", _NOWHERE)
    return {
        "room": place.room,
        "room_name": place.name,
        "room_name_en": place.name_en,
        "in_session": place.in_session,
    }


def _offers(
    connection: Connection, known: dict[tuple[str, str], Row[Any]], rooms: dict[str, _Place]
) -> list[OfficerOffer]:
    offers = [
        OfficerOffer(
            name=row.name,
            certificate=row.certificate,
            duty=DUTIES.get(row.duty, "") if row.room_id else "",
            **_where(row.room_id, rooms),
        )
        for row in known.values()
    ]
    names = {row.name for row in known.values()}
    table = schema.account
    found = connection.execute(
        select(table)
        .where(table.c.role.in_((Role.MANAGER, Role.INTERVIEWER)), table.c.disabled_us.is_(None))
        .order_by(func.length(table.c.certificate) == 0, table.c.name, table.c.account)
    )
    return offers + [
        OfficerOffer(name=row.name, certificate=row.certificate, duty="", **_where(None, rooms))
        for row in found
        if (row.name, row.certificate) not in known and (row.certificate or row.name not in names)
    ]
