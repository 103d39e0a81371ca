"""Opens and closes sessions: asks the recorder, then waits until its log says so.

The log is the truth: a session exists when its ``session.open`` is projected, and a request whose
answer was lost is found that way too. A room has one open session at most; requests for one room
take turns.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import rows
from command_centre.desk.cases import open_session
from command_centre.desk.follower import Follower
from command_centre.desk.recorder_port import ask
from command_centre.desk.session_people import seated_in
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from command_centre.ids import session_id
from config.bus import Bus
from config.clock import Clock
from config.messages import Done
from config.recorder_messages import CloseSession, OpenSession, Person
from config.words import RoomKind, SessionKind

_OPEN_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 20.0  # sources are stopped and sealed first


class Sessions:
    """Opening and closing; one per centre."""

    def __init__(self, bus: Bus, database: Database, follower: Follower, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._before_close: list[Callable[[SessionSummary], Awaitable[None]]] = []

    def before_close(self, step: Callable[[SessionSummary], Awaitable[None]]) -> None:
        """Have this done before a session is closed; it must not raise."""
        self._before_close.append(step)

    def turn(self, room: str) -> asyncio.Lock:
        """While it is held no session is opened in the room."""
        return self._turns[room]

    async def open(self, room: str, by: str) -> SessionSummary:
        """Open a session in a room.

        Raises:
            Rejected: ``unknown_room``, ``room_free``, ``room_retired``, ``session_open``, or
                what the recorder says.
        """
        async with self._turns[room]:
            if await self.opened_in(room):
                raise Rejected("session_open", "a session is open in this room; close it first")
            return await self._open(room, by)

    async def opened_in(self, room: str) -> SessionSummary | None:
        """The session open in a room."""
        return await self._database.read(lambda connection: open_session(connection, room))

    async def ensure(self, room: str, by: str) -> SessionSummary:
        """The session open in a room, opening one when there is none."""
        async with self._turns[room]:
            return await self.opened_in(room) or await self._open(room, by)

    async def close(self, session: str, by: str, reason: str) -> SessionSummary:
        """Close and seal a session; closing a closed one returns it as it is."""
        summary = await self.find(session)
        if summary.closed_us is not None:
            return summary
        for step in self._before_close:
            await step(summary)
        request = CloseSession(session=session, closed_by=by, reason=reason)
        await ask(self._bus, "close_session", request, Done, timeout_s=_CLOSE_TIMEOUT_S)
        return await self._projected(session, closed=True)

    async def find(self, session: str) -> SessionSummary:
        """A session by its id, or ``unknown_session``."""
        summary = await self._database.read(lambda connection: read_session(connection, session))
        if summary is None:
            raise Rejected("unknown_session", "there is no such session")
        return summary

    async def _open(self, room: str, by: str) -> SessionSummary:
        now_us = self._clock.now_us()
        new_id = session_id(now_us)
        request = await self._database.read(
            lambda connection: opening(connection, room, new_id, by, now_us)
        )
        await ask(self._bus, "open_session", request, Done)
        return await self._projected(new_id, closed=False)

    async def _projected(self, session: str, *, closed: bool) -> SessionSummary:
        """Wait until the log says that the session is open (or closed)."""
        try:
            async with asyncio.timeout(_OPEN_TIMEOUT_S):
                while True:
                    advanced = self._follower.next_commit()  # taken before looking
                    summary = await self._database.read(
                        lambda connection: read_session(connection, session)
                    )
                    if summary and (summary.closed_us is not None or not closed):
                        return summary
                    await advanced.wait()
        except TimeoutError as error:
            raise Rejected(
                "recorder_slow", "the recorder has it, but its log has not arrived yet; look again"
            ) from error


def read_session(connection: Connection, session: str) -> SessionSummary | None:
    """A session by its id."""
    table = schema.session
    row = connection.execute(select(table).where(table.c.id == session)).one_or_none()
    return rows.summary(row) if row else None


def opening(connection: Connection, room: str, session: str, by: str, now_us: int) -> OpenSession:
    """The request that opens a session in a room, with the people present."""
    place, case_file = schema.room, schema.case_file
    row = connection.execute(
        select(place, case_file.c.number)
        .outerjoin(case_file, case_file.c.id == place.c.case_id)
        .where(place.c.id == room)
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_room", "there is no such room")
    if row.case_id is None:
        raise Rejected("room_free", "no case uses this room; let a case have it first")
    if row.retired_us is not None:
        raise Rejected("room_retired", "this room is out of service")
    people = [
        Person(
            name=one.name,
            role=one.role,
            certificate=one.certificate,
            id=one.id,
            detail=one.detail,
        )
        for one in seated_in(connection, room)
    ]
    return OpenSession(
        session=session,
        case=row.case_id,
        case_number=row.number,
        room=room,
        room_name=row.name,
        kind=_kind(row.kind),
        people=people,
        opened_by=by,
        t_us=now_us,
    )


def kind_of(connection: Connection, room: str) -> SessionKind:
    """Of which kind the next session of a room will be.

    Raises:
        Rejected: ``unknown_room``.
    """
    kind = connection.execute(
        select(schema.room.c.kind).where(schema.room.c.id == room)
    ).scalar_one_or_none()
    if kind is None:
        raise Rejected("unknown_room", "there is no such room")
    return _kind(kind)


def _kind(room: str) -> SessionKind:
    return SessionKind.INSPECTION if room == RoomKind.SITE else SessionKind.INTERVIEW
