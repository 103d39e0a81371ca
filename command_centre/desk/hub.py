"""The hub: durable events to every desk of a case, exactly once and in order; the rest best effort.

Why nothing is lost or doubled when a desk comes back with a cursor

1. The desk is attached first; from then on each commit's events are put in its queue.
2. Then the events after its cursor are read from the database and sent.
3. Then the queue is sent, leaving out what the reading already covered.

An event committed before 1 is found by 2; one committed after 1 is in the queue; one that is both
is left out by its cursor. Commits reach ``dispatch`` in cursor order (``db.database`` rule 4).

Slow desks: the queue holds ``client_queue_messages``. An ephemeral message is dropped once a
quarter of it is full; a durable one that finds it full disconnects the desk (close code 4008),
which resumes from its cursor. One slow desk never delays another.

A desk of lists is of no case: it gets no events, only word that a list it may read has changed
(``changed``). Word that finds its queue full disconnects it; back again, it reads its lists anew.

The hub knows no WebSocket: it hands bytes to whoever iterates a ``Desk``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import CURSOR, FLOOR, Database, Event, read_counter
from command_centre.desk import protocol
from command_centre.desk.job_list import JobItem
from command_centre.desk.protocol import (
    ChangedMessage,
    DeskPresence,
    JobMessage,
    PresenceMessage,
    ServerMessage,
)

REPLAY_PAGE = 200

#: Where a case is named: a desk of lists, which is of every case its person may read. No case's id.
EVERY_CASE = "*"


class AtHand(StrEnum):
    """Where somebody is who may take a call of a place."""

    WALL = "wall"  # a wall of its case is open
    PAGE = "page"  # another page, which says that it rings
    NOBODY = "nobody"


#: Whether a desk's person may take calls of a room of a case.
Takes = Callable[[str, str], bool]

#: Whether a desk's person may read an area of a case; of the case "": of any.
Reads = Callable[[str, str], bool]


@dataclass(eq=False)
class Desk:
    """One connected desk; owned by the event loop, made by ``Hub.connected``.

    ``room`` limits what it gets: events of that room and of the case as a whole.
    """

    case: str
    kind: str  # wall | room | audit | running | lists
    room: str | None
    name: str
    limit: int  # messages in the queue
    only_room: bool = False  # an interviewer hears nothing of other rooms
    closing: int | None = None  # close code once the hub has given the desk up
    sent_cursor: int = 0  # events up to here have been sent or belong to the snapshot
    dropped: int = 0  # ephemeral messages this desk did not get
    reads: Reads | None = None  # of a desk of lists
    takes: Takes | None = None  # None: nobody sits there who could
    account: str = ""  # whose desk it is
    _queue: deque[tuple[int, bytes]] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, room: str) -> bool:
        """Whether something of this room is for this desk."""
        return not self.only_room or room in ("", self.room)

    def put_event(self, event: Event) -> None:
        """Queue a durable event, or give the desk up when there is no room."""
        if self.closing is not None:
            return
        if len(self._queue) >= self.limit:
            self.close(protocol.CLOSE_TOO_SLOW)
            return
        self._queue.append((event.cursor, event.message))
        self._wake.set()

    def put_ephemeral(self, message: bytes) -> None:
        """Queue a message that may be dropped."""
        if self.closing is not None:
            return
        if len(self._queue) * 4 >= self.limit:
            self.dropped += 1
            return
        self._queue.append((0, message))
        self._wake.set()

    def put_reply(self, message: ServerMessage) -> None:
        """Queue the answer to a command; a desk that asks and does not read is given up."""
        if self.closing is not None:
            return
        if len(self._queue) >= self.limit:
            self.close(protocol.CLOSE_TOO_SLOW)
            return
        self._queue.append((0, protocol.encode(message)))
        self._wake.set()

    def close(self, code: int) -> None:
        """Give the desk up; the iteration ends."""
        if self.closing is None:
            self.closing = code
            self._closed.set()
            self._queue.clear()
            self._wake.set()

    async def given_up(self) -> None:
        """Wait until the hub gives the desk up, even while a send is stuck."""
        await self._closed.wait()

    async def messages(self) -> AsyncIterator[bytes]:
        """What to send next, until the hub gives the desk up."""
        while self.closing is None:
            while self._queue:
                cursor, message = self._queue.popleft()
                if cursor:
                    if cursor <= self.sent_cursor:
                        continue  # the replay has covered it
                    self.sent_cursor = cursor
                yield message
            self._wake.clear()
            if self.closing is None:
                await self._wake.wait()


class Hub:
    """All connected desks. ``dispatch`` is the database's listener."""

    def __init__(self, database: Database, queue_messages: int) -> None:
        self._database = database
        self._limit = queue_messages
        self._desks: set[Desk] = set()
        self.disconnected_slow = 0

    def __len__(self) -> int:
        return len(self._desks)

    def has(self, kind: str) -> bool:
        """Whether a desk of this kind is connected."""
        return any(desk.kind == kind for desk in self._desks)

    @asynccontextmanager
    async def connected(
        self,
        *,
        case: str,
        kind: str,
        room: str | None,
        name: str,
        only_room: bool = False,
        reads: Reads | None = None,
        takes: Takes | None = None,
        account: str = "",
    ) -> AsyncIterator[Desk]:
        """A desk of the case; from here on it is queued for."""
        desk = Desk(case, kind, room, name, self._limit, only_room, reads=reads, takes=takes)
        desk.account = account
        self._desks.add(desk)
        self._tell_presence(case)
        try:
            yield desk
        finally:
            self._desks.discard(desk)
            if desk.closing == protocol.CLOSE_TOO_SLOW:
                self.disconnected_slow += 1
            self._tell_presence(case)

    async def start(self, desk: Desk, cursor: int | None) -> tuple[int, bool]:
        """The cursor the desk starts from, and whether it may resume from its own.

        A cursor from before a rebuild, or one this database has never given, cannot be resumed.
        """
        last, floor = await self._database.read(
            lambda connection: (
                read_counter(connection, CURSOR),
                read_counter(connection, FLOOR),
            )
        )
        if cursor is None or not floor <= cursor <= last:
            desk.sent_cursor = last
            return last, False
        desk.sent_cursor = cursor
        return last, True

    async def replay(self, desk: Desk) -> AsyncIterator[bytes]:
        """Events after the desk's cursor that the database already has, in order."""
        while desk.closing is None:
            after = desk.sent_cursor
            page = await self._database.read(partial(read_events, case=desk.case, after=after))
            for event in page:
                desk.sent_cursor = event.cursor
                if desk.wants(event.room):
                    yield event.message
            if len(page) < REPLAY_PAGE:
                return

    def dispatch(self, events: Iterable[Event]) -> None:
        """Queue committed events for the desks of their case."""
        for event in events:
            for desk in self._desks:
                if desk.case == event.case and desk.wants(event.room):
                    desk.put_event(event)

    def broadcast(self, case: str | None, room: str, message: ServerMessage) -> None:
        """Queue an ephemeral message for the desks of a case (of every case: ``None``)."""
        text = protocol.encode(message)
        for desk in self._desks:
            if case in (None, desk.case) and desk.wants(room):
                desk.put_ephemeral(text)

    def changed(self, changes: Mapping[str, Iterable[str]]) -> None:
        """Tell desks of lists what has changed: areas by case; the case "" stands for any."""
        for desk in self._desks:
            if desk.reads is None:
                continue
            for case, areas in changes.items():
                mine = sorted(area for area in areas if desk.reads(case, area))
                if mine:
                    desk.put_reply(ChangedMessage(case=case, areas=mine))

    def tell_job(self, account: str, job: JobItem, ended: bool) -> None:
        """Tell the pages of whoever began a job how it is; that it has ended is never dropped."""
        message = JobMessage(job=job)
        for desk in self._desks:
            if desk.account != account or desk.reads is None:
                continue
            if ended:
                desk.put_reply(message)
            else:
                desk.put_ephemeral(protocol.encode(message))

    def at_hand(self, case: str, room: str) -> AtHand:
        """Whether anybody who may take a call of this room is at a wall, or at any page."""
        found = AtHand.NOBODY
        for desk in self._desks:
            if desk.takes is None or not desk.takes(case, room):
                continue
            if desk.kind == "wall" and desk.case == case:
                return AtHand.WALL
            if desk.case == EVERY_CASE:
                found = AtHand.PAGE
        return found

    def presence(self, case: str) -> PresenceMessage:
        """Which desks of the case are connected."""
        desks = [
            DeskPresence(desk=desk.kind, room=desk.room, name=desk.name)
            for desk in self._desks
            if desk.case == case
        ]
        return PresenceMessage(desks=sorted(desks, key=lambda one: (one.desk, one.room or "")))

    def _tell_presence(self, case: str) -> None:
        if case == EVERY_CASE:
            return  # who looks at lists is nobody's business
        self.broadcast(case, "", self.presence(case))


def read_events(connection: Connection, case: str, after: int) -> list[Event]:
    """The next page of a case's events."""
    table = schema.event
    statement = (
        select(table)
        .where(table.c.case_id == case, table.c.cursor > after)
        .order_by(table.c.cursor)
        .limit(REPLAY_PAGE)
    )
    return [
        Event(row.cursor, row.case_id, row.room_id, row.message.encode())
        for row in connection.execute(statement)
    ]
