"""Marks of an instant in a session's recording, and taking them back.

Both are entries of the session's recorder. A mark that was taken back stays in the log and on every
desk, shown as taken back with who did it and why; records, searches and pieces of evidence leave it
out. After the session is sealed nothing is added to it: a note (``notes.py``) says what is wrong.
"""

from __future__ import annotations

from sqlalchemy import Connection, Row, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.cases import open_session, rooms_of
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.session_log import append_to_session
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.recorders import place
from config.words import Role

MAX_MARKER_CHARACTERS = 200
MAX_REASON_CHARACTERS = 100


class Markers:
    """Takes marks of instants; used on the event loop. One per centre."""

    def __init__(self, bus: Bus, database: Database, follower: Follower) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower

    async def add(
        self, caller: Caller, case: str, room: str, text: str, *, at_us: int, key: str, now_us: int
    ) -> None:
        """Mark an instant of the session that is open in a room of the case.

        ``at_us`` counts when it lies in the session and not ahead; with ``key`` a repeat is the
        same mark.

        Raises:
            Rejected: ``bad_text``, ``unknown_room``, ``no_open_session``.
        """
        text = text.strip()
        if len(text) > MAX_MARKER_CHARACTERS:
            raise Rejected("bad_text", f"a marker has at most {MAX_MARKER_CHARACTERS} characters")
        if room not in await self._database.read(lambda connection: rooms_of(connection, case)):
            raise Rejected("unknown_room", "there is no such room in this case")
        session = await self._database.read(lambda connection: open_session(connection, room))
        if session is None:
            raise Rejected("no_open_session", "no session is open in that room")
        await append_to_session(
            self._bus,
            self._follower,
            key=f"marker:{session.id}:{key[:40]}" if key else short_id("mk"),
            kind="marker",
            session=session.id,
            room=room,
            body={"text": text, "by": caller.account_id, "by_name": caller.name},
            t_us=at_us if session.opened_us <= at_us <= now_us else now_us,
        )

    async def withdraw(
        self, caller: Caller, case: str, marker: int, reason: str, *, room: str | None, now_us: int
    ) -> None:
        """Take a mark back, saying why; a repeat changes nothing. ``room``: only marks of it.

        Raises:
            Rejected: ``bad_reason``, ``unknown_marker``, ``wrong_room``, ``not_yours``,
                ``no_open_session``.
        """
        reason = reason.strip()
        if not 1 <= len(reason) <= MAX_REASON_CHARACTERS:
            raise Rejected("bad_reason", f"a reason has 1 to {MAX_REASON_CHARACTERS} characters")
        found = await self._database.read(lambda connection: _marker(connection, case, marker))
        if found is None:
            raise Rejected("unknown_marker", "there is no such marker in this case")
        caller.require_room(found.room_id)
        if room is not None and found.room_id != room:
            raise Rejected("wrong_room", "take back markers of your own room")
        if found.by_account != caller.account_id and caller.role is not Role.MANAGER:
            raise Rejected("not_yours", "a marker is taken back by who set it, or a manager")
        if found.withdrawn_us is not None:
            return
        if found.closed_us is not None:
            raise Rejected("no_open_session", "the session is sealed; write a note instead")
        await append_to_session(
            self._bus,
            self._follower,
            key=f"marker.withdrawn:{marker}",
            kind="marker.withdrawn",
            session=found.session_id,
            room=found.room_id,
            body={
                "marker": place(marker)[1],
                "by": caller.account_id,
                "reason": reason,
                "by_name": caller.name,
            },
            t_us=now_us,
        )


def _marker(connection: Connection, case: str, marker: int) -> Row[tuple[object, ...]] | None:
    table, session = schema.marker, schema.session
    return connection.execute(
        select(table, session.c.closed_us)
        .join(session, session.c.id == table.c.session_id)
        .where(table.c.case_id == case, table.c.log_index == marker)
    ).one_or_none()
