"""Who attends a questioning or an inspection beside the officers: interpreter, lawyer, witness.

1. Each has one duty (``record.content.ATTENDING``), a name, and what is known of them: the unit of
   an interpreter, the relation of a guardian, a lawyer's licence. They sign the record in their own
   right (``record_text.signers_of``).
2. They come and go while a session runs; then its log says so too (``attendants.changed``), and
   whoever left stays one of those who were there and sign. A name that stood there by mistake is
   taken off with ``mistaken``; the entry keeps that as well. Nobody is who signed in the session,
   or refused to: that is on camera.
3. An attendant sits in one room at a time: whoever sits elsewhere comes over, unless a session is
   open there. Nobody attends where they are questioned or ask, or did so in the open session:
   they would attest a refusal to themselves (``seats`` keeps the other direction).
   On a site no officer has a seat: there none of the case's officers attends.
4. So many sign each page of one session (``record.content.PAGE_SIGNERS_MAX``), who left included.
5. Entries first, rows after (``seat_projection``); a repeat writes nothing.

Whether somebody may be interpreter or witness (kin, an interest in the case) is for officers to
ask; nothing here decides it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.cases import open_session
from command_centre.desk.entries import EntryPerson
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.seats import (
    Seats,
    attendants_version,
    read_seats,
    require_place,
    there_in,
)
from command_centre.desk.session_log import append_to_session
from command_centre.desk.session_people import attending_in, people_of
from command_centre.desk.sessions import Sessions
from command_centre.desk.views import AttendantSaid, SessionSummary, View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from command_centre.record.content import ATTENDING, EACH_PAGE, ON_SITE, PAGE_SIGNERS_MAX
from command_centre.record.named import name_key
from config.bus import Bus
from config.clock import Clock
from config.words import RoomKind

ATTENDANTS_MAX = 6  # of one room
KNOWN_MAX = 100  # of one case, those who sit nowhere included
NAME_MAX = 40
DETAIL_MAX = 40


class AttendantsRequest(View, frozen=True):
    """Everybody who attends in the room; nobody else does.

    ``mistaken``: names that stood in the open session's log though they were never there.
    ``version``: of the list this one was made from (``Seats.attendants_version``); empty: whatever
    it was.
    """

    attendants: list[AttendantSaid]
    mistaken: tuple[str, ...] = ()
    version: str = ""


class AttendantActs:
    """Takes the act; used on the event loop. One per centre."""

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

    async def name(self, caller: Caller, room: str, asked: AttendantsRequest) -> Seats:
        """Say who attends in a room, while a session is open there too.

        Raises:
            Rejected: ``unknown_room``, ``room_free``, ``bad_attendants``, ``attendant_elsewhere``,
                ``attendants_changed`` when somebody else said so meanwhile,
                ``no_open_session`` and ``attendant_signed`` of a name to be struck,
                ``page_signers_full``, ``log_unavailable``, or the recorder refused.
        """
        attendants = _checked(asked.attendants)
        mistaken = _mistaken(asked.mistaken, attendants)
        by = {"by": caller.account_id, "by_name": caller.name}
        body: dict[str, Any] | None = None

        def ready(connection: Connection) -> dict[str, Any] | None:
            nonlocal body
            _require_struck(connection, room, mistaken)
            body = _naming(connection, room, attendants, mistaken, asked.version)
            return body

        async with self._sessions.turn(room):  # no session opens meanwhile
            await self._book.act("room.attendants", by, ready)
            await self._tell_session(by, room, mistaken, changed=body is not None)
        return await self._database.read(lambda connection: read_seats(connection, room))

    async def _tell_session(
        self, by: dict[str, str], room: str, mistaken: list[str], *, changed: bool
    ) -> None:
        """The open session's own log says who attends, also where a crash kept it back."""
        found = await self._database.read(lambda connection: _in_session(connection, room))
        if found is None:
            return
        session, now, told = found
        wrong = [name for name in mistaken if name in told]
        if not changed and not wrong and all(told.get(one.name) == one for one in now):
            return
        await append_to_session(
            self._bus,
            self._follower,
            key=f"attendants.changed:{short_id('ac')}",
            kind="attendants.changed",
            session=session.id,
            room=room,
            body={
                "attendants": [
                    {"name": o.name, "role": o.role, "detail": o.detail, "id": o.id} for o in now
                ],
                "roles": [one.role for one in now],
                "mistaken": wrong,
                **by,
            },
            t_us=self._clock.now_us(),
        )


def _naming(
    connection: Connection,
    room: str,
    attendants: list[AttendantSaid],
    mistaken: Sequence[str],
    version: str,
) -> dict[str, Any] | None:
    """What the act calls for; None: they attend there already."""
    place = require_place(connection, room, site=True)
    there = there_in(connection, room)
    _require_other(there, attendants)
    if place.kind == RoomKind.SITE:
        _require_on_site(connection, place.case_id, attendants)
    known = _known(connection, place.case_id)
    named = []
    for one in attendants:
        row = known.get(one.name)
        elsewhere = row.room_id if row is not None and row.room_id != room else None
        if elsewhere and open_session(connection, elsewhere):
            raise Rejected("attendant_elsewhere", f"{one.name} is in a session of another room")
        named.append(
            {
                "id": row.id if row is not None else short_id("at"),
                "name": one.name,
                "duty": one.duty,
                "detail": one.detail,
            }
        )
    if len(known) + sum(one.name not in known for one in attendants) > KNOWN_MAX:
        raise Rejected("bad_attendants", f"a case has at most {KNOWN_MAX} attendants")
    now = [
        {"id": one.id, "name": one.name, "duty": one.role, "detail": one.detail}
        for one in attending_in(connection, room)
    ]
    if now == named:
        return None
    if version and version != attendants_version(connection, room):
        raise Rejected("attendants_changed", "somebody else changed this list; look again")
    _require_lines(there, attendants, mistaken)
    return {
        "case": place.case_id,
        "room": room,
        "roles": [one.duty for one in attendants],
        "attendants": named,
    }


def _known(connection: Connection, case: str) -> dict[str, Row[Any]]:
    table = schema.attendant
    found = connection.execute(select(table).where(table.c.case_id == case))
    return {row.name: row for row in found}


def _require_other(there: Sequence[EntryPerson], attendants: Sequence[AttendantSaid]) -> None:
    """Nobody attends their own questioning, or the one they conduct or have conducted."""
    taken = {name_key(one.name) for one in there if one.role not in ATTENDING}
    if both := [one.name for one in attendants if name_key(one.name) in taken]:
        raise Rejected("bad_attendants", f"{both[0]} sits in this room already, as somebody else")


def _require_on_site(
    connection: Connection, case: str, attendants: Sequence[AttendantSaid]
) -> None:
    """Whoever may attend an inspection, and is none of the officers who may inspect."""
    if any(one.duty not in ON_SITE for one in attendants):
        raise Rejected("bad_attendants", f"a duty on a site is one of {', '.join(ON_SITE)}")
    table = schema.person
    officers = select(table.c.name).where(table.c.case_id == case, table.c.kind == "officer")
    taken = set(map(name_key, connection.execute(officers).scalars()))
    if both := [one.name for one in attendants if name_key(one.name) in taken]:
        raise Rejected("bad_attendants", f"{both[0]} is an officer of this case")


def _require_lines(
    there: Sequence[EntryPerson], attendants: Sequence[AttendantSaid], mistaken: Sequence[str]
) -> None:
    """The lines below a page have room for everybody who signs each, who left included."""
    now = {one.name for one in attendants}
    left = {
        one.name
        for one in there
        if one.role in EACH_PAGE and one.name not in now and one.name not in mistaken
    }
    each = len(left) + sum(one.duty in EACH_PAGE for one in attendants) + 1
    if each > PAGE_SIGNERS_MAX:
        raise Rejected(
            "page_signers_full",
            f"{each} would sign each page of this session; at most {PAGE_SIGNERS_MAX} can",
        )


def _checked(asked: list[AttendantSaid]) -> list[AttendantSaid]:
    """Attendants with a name and a duty each, and nobody twice."""
    if len(asked) > ATTENDANTS_MAX:
        raise Rejected("bad_attendants", f"a room has at most {ATTENDANTS_MAX} attendants")
    attendants = [
        AttendantSaid(name=o.name.strip(), duty=o.duty, detail=o.detail.strip()) for o in asked
    ]
    for one in attendants:
        if not 1 <= len(one.name) <= NAME_MAX or not one.name.isprintable():
            raise Rejected("bad_attendants", f"a name has 1 to {NAME_MAX} characters")
        if len(one.detail) > DETAIL_MAX or not one.detail.isprintable():
            raise Rejected("bad_attendants", f"unit or relation: at most {DETAIL_MAX} characters")
        if one.duty not in ATTENDING:
            raise Rejected("bad_attendants", f"a duty is one of {', '.join(ATTENDING)}")
    if len({name_key(one.name) for one in attendants}) < len(attendants):
        raise Rejected("bad_attendants", "a name stands there twice")
    return attendants


def _mistaken(names: Sequence[str], attendants: list[AttendantSaid]) -> list[str]:
    """Names that are taken off as never having been there; none of them attends."""
    if len(names) > ATTENDANTS_MAX or any(len(name) > NAME_MAX for name in names):
        raise Rejected("bad_attendants", f"at most {ATTENDANTS_MAX} names are taken off at once")
    if any(one.name in names for one in attendants):
        raise Rejected("bad_attendants", "somebody who attends is not there by mistake")
    return list(names)


def _require_struck(connection: Connection, room: str, names: Sequence[str]) -> None:
    """Only the log of an open session says who was there; whoever signed on camera was."""
    if not names:
        return
    session = open_session(connection, room)
    if session is None:
        raise Rejected("no_open_session", "no session is open whose log could take a name off")
    mark, document = schema.record_mark, schema.record_document
    found = connection.execute(
        select(mark.c.name)
        .join(document, document.c.id == mark.c.document_id)
        .where(document.c.session_id == session.id, mark.c.kind.in_(("signed", "refused")))
    )
    signed = set(found.scalars())
    if there := [name for name in names if name in signed]:
        raise Rejected(
            "attendant_signed", f"{there[0]} has signed in this session, or refused to: they came"
        )


def _in_session(
    connection: Connection, room: str
) -> tuple[SessionSummary, list[EntryPerson], dict[str, EntryPerson]] | None:
    """The open session of a room, who attends there now, and who its log says attends or did."""
    session = open_session(connection, room)
    if session is None:
        return None
    told = {one.name: one for one in people_of(connection, session) if one.role in ATTENDING}
    return session, attending_in(connection, room), told
