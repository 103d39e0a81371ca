"""Privileged pauses as acts of a desk: one request to the recorder, which is in force at once.

The recorder withholds the media before it answers and tells every desk with the state of its
sources; the entry, and with it the row and the durable event, follow. A lost answer is asked for
again with the same id, which is the same pause.

A press that cannot reach the centre is in force on the device that it was pressed on, which sends
nothing from then on. It says afterwards from when to when (``device.held``), whether the pause was
told then or taken back before: the gap in the recording stays a gap, and has its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import protocol, rows
from command_centre.desk.cases import open_session, rooms_of
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.desk.session_log import append_to_session
from command_centre.desk.views import Pause, SessionSummary
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
        session: str = "",
    ) -> list[Pause]:
        """Withhold media of a room from now on; what is in force then, durable on return.

        ``session``: of this one only, when it was pressed a while ago.

        Raises:
            Rejected: ``bad_pause``, ``unknown_room``, ``no_open_session``, or what the recorder
                says. With ``store_busy`` and ``disk_full`` the pause is in force all the same.
        """
        _check(tracks, reason)
        found = await self._session(caller, case, room, session)
        request = PauseRoom(
            session=found.id,
            pause=_id(caller, key, room),
            tracks=list(tracks),
            reason=reason,
            by=caller.account_id,
            by_name=caller.name,
        )
        return await self._ask("pause_room", request, found.id)

    async def held(
        self, caller: Caller, *, case: str, said: protocol.PauseHeld, now_us: int
    ) -> None:
        """Record that a device sent nothing while its press could not be told; repeatable.

        The times are the device's, kept within the session and the present.

        Raises:
            Rejected: as ``begin``.
        """
        _check(said.tracks, said.reason)
        session = await self._session(caller, case, said.room, said.session)
        start_us = min(max(said.at_us, session.opened_us), now_us)
        pause = _id(caller, said.key, said.room)
        await append_to_session(
            self._bus,
            self._follower,
            key=f"device.held:{session.id}:{pause}",
            kind="device.held",
            session=session.id,
            room=said.room,
            body={
                "pause": pause,
                "source": await self._database.read(lambda c: _source(c, said)),
                "tracks": sorted(said.tracks),
                "start_us": start_us,
                "end_us": min(max(said.until_us, start_us), now_us),
                "reason": said.reason,
                "by": caller.account_id,
                "by_name": caller.name,
            },
            t_us=start_us,
        )

    async def end(self, caller: Caller, *, case: str, room: str, pause: str) -> list[Pause]:
        """End a pause; a repeat is harmless.

        Raises:
            Rejected: ``pause_changed`` when another one is in force, ``not_paused``, and as above.
        """
        session = await self._session(caller, case, room)
        request = ResumeRoom(
            session=session.id, pause=pause, by=caller.account_id, by_name=caller.name
        )
        return await self._ask("resume_room", request, session.id)

    async def _session(
        self, caller: Caller, case: str, room: str, wanted: str = ""
    ) -> SessionSummary:
        caller.require_room(room)
        if room not in await self._database.read(lambda connection: rooms_of(connection, case)):
            raise Rejected("unknown_room", "there is no such room in this case")
        session = await self._database.read(lambda connection: open_session(connection, room))
        if session is None or wanted not in ("", session.id):
            raise Rejected("no_open_session", "no session is open in that room")
        return session

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


class Held(msgspec.Struct, frozen=True):
    """Parts of a ``device.held`` that are shown."""

    start_us: int
    end_us: int
    reason: str = ""  # empty: its private part is gone
    by_name: str = ""


def read_held(connection: Connection, session: str, source: str) -> list[Held]:
    """When a device sent nothing of this source because of a press that could not be told."""
    table = schema.log_entry
    found = connection.execute(
        select(table.c.summary)
        .where(
            table.c.session_id == session,
            table.c.kind == "device.held",
            table.c.source_id == source,
        )
        .order_by(table.c.log_index)
    ).scalars()
    return [msgspec.json.decode(one, type=Held) for one in found]


def pressed_in(held: Sequence[Held], start_us: int, end_us: int) -> str:
    """Why a pause was pressed in the time of a gap; empty: none was."""
    inside = (one for one in held if one.start_us < end_us and start_us < one.end_us)
    return next((one.reason or PauseReason.OTHER for one in inside), "")


def _check(tracks: Sequence[str], reason: str) -> None:
    if not tracks or not set(tracks) <= TRACKS or len(set(tracks)) != len(tracks):
        raise Rejected("bad_pause", "say what to withhold: audio, video, or both")
    if reason not in set(PauseReason):
        raise Rejected("bad_pause", f"say why: {', '.join(PauseReason)}")


def _source(connection: Connection, said: protocol.PauseHeld) -> str:
    """The source that a device names, where it is one of the room."""
    table = schema.source
    of_room = (table.c.id == said.source) & (table.c.room_id == said.room)
    return connection.execute(select(table.c.id).where(of_room)).scalar() or ""


def _id(caller: Caller, key: str | None, room: str) -> str:
    """A random id, or with a key always the same one, so that a repeat is one pause."""
    if key is None:
        return short_id("pa")
    digest = hashlib.sha256("\0".join(("pause", caller.account_id, key, room)).encode())
    return f"pa-{digest.hexdigest()[:24]}"
