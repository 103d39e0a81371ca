"""Privileged pauses as acts of a desk: one request to the recorder, which is in force at once.

The recorder withholds the media before it answers and tells every desk with the state of its
sources; the entry, and with it the row and the durable event, follow. A lost answer is asked for
again with the same id, which is the same pause.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import rows
from command_centre.desk.cases import open_session, rooms_of
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.desk.views import Pause
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.recorder_messages import PauseRoom, PauseState, ResumeRoom
from config.words import PauseReason

TRACKS = frozenset({"audio", "video"})


class Pauses:
    """Begins and ends pauses. One per centre."""

    def __init__(self, bus: Bus, database: Database, follower: Follower) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower

    async def begin(
        self,
        caller: Caller,
        *,
        case: str,
        room: str,
        tracks: Sequence[str],
        reason: str,
        key: str | None = None,
    ) -> list[Pause]:
        """Withhold media of a room from now on; what is in force then, durable on return.

        Raises:
            Rejected: ``bad_pause``, ``unknown_room``, ``no_open_session``, or what the recorder
                says. With ``store_busy`` and ``disk_full`` the pause is in force all the same.
        """
        if not tracks or not set(tracks) <= TRACKS or len(set(tracks)) != len(tracks):
            raise Rejected("bad_pause", "say what to withhold: audio, video, or both")
        if reason not in set(PauseReason):
            raise Rejected("bad_pause", f"say why: {', '.join(PauseReason)}")
        session = await self._session(caller, case, room)
        request = PauseRoom(
            session=session,
            pause=_id(caller, key, room),
            tracks=list(tracks),
            reason=reason,
            by=caller.account_id,
            by_name=caller.name,
        )
        return await self._ask("pause_room", request, session)

    async def end(self, caller: Caller, *, case: str, room: str, pause: str) -> list[Pause]:
        """End a pause; a repeat is harmless.

        Raises:
            Rejected: ``pause_changed`` when another one is in force, ``not_paused``, and as above.
        """
        session = await self._session(caller, case, room)
        request = ResumeRoom(
            session=session, pause=pause, by=caller.account_id, by_name=caller.name
        )
        return await self._ask("resume_room", request, session)

    async def _session(self, caller: Caller, case: str, room: str) -> str:
        caller.require_room(room)
        if room not in await self._database.read(lambda connection: rooms_of(connection, case)):
            raise Rejected("unknown_room", "there is no such room in this case")
        session = await self._database.read(lambda connection: open_session(connection, room))
        if session is None:
            raise Rejected("no_open_session", "no session is open in that room")
        return session.id

    async def _ask(self, method: str, request: msgspec.Struct, session: str) -> list[Pause]:
        try:
            state = await ask(self._bus, method, request, PauseState)
        except Rejected as error:
            if error.code != "recorder_unreachable":
                raise
            state = await ask(self._bus, method, request, PauseState)
        await self._follower.reached(state.index)
        return await self._database.read(
            lambda connection: [
                pause for pause in read_pauses(connection, session) if pause.end_us is None
            ]
        )


def read_pauses(connection: Connection, session: str) -> list[Pause]:
    """Every pause of a session, in order."""
    table = schema.pause
    found = connection.execute(
        select(table).where(table.c.session_id == session).order_by(table.c.log_index)
    )
    return [rows.pause(row) for row in found]


def _id(caller: Caller, key: str | None, room: str) -> str:
    """A random id, or with a key always the same one, so that a repeat is one pause."""
    if key is None:
        return short_id("pa")
    digest = hashlib.sha256("\0".join(("pause", caller.account_id, key, room)).encode())
    return f"pa-{digest.hexdigest()[:24]}"
