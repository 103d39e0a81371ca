"""Voice lines between the centre and a room or a device of it, from the call to its end.

The centre calls a room or a device; a device calls the centre, and whoever takes it there speaks on
it. One line a room, and one a device, whichever side called.

    calling -> open -> ended;  calling -> ended (declined, unanswered, ...)

1. Quiet by default. The other end takes the line before anything is taken from a microphone at the
   centre; then the person there is heard only while they speak (``talk``). What arrives meanwhile
   is recorded and relayed to nobody: the live view asks ``gate`` (live.py).
2. What the person at the centre says is published by WHIP as the source ``call-ROOM`` or
   ``call-DEVICE`` of the room's open session: it is recorded with the session from its first frame
   to its last, and never transcribed (recorder/session.py). Nobody publishes it without an open
   line (publishers.py).
3. Each step is an entry of the session first; rows are projected (projection_voice.py). So lines
   outlive the centre: after a restart they go on, or end as below.
4. While sound of the room is withheld there is no line, and one that stands ends at once. Pauses
   withhold the caller's sound in the recorder before that.
5. A line ends by itself: not taken after ``UNANSWERED_S``, without sound from the centre for
   ``LOST_S``, with the device not heard of for ``AWAY_S``, with its session. Ending
   silences first and is written down then; while the log does not take the entry, it is tried again
   every second.
6. A device has one call at a time and ``_CALLS_BURST`` in a row, then one every ten seconds.

The other way, the centre hears the room as any viewer does, and a device while its operator presses
to speak (``reply``). Owned by the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import update

from command_centre.db import schema
from command_centre.db.accounts import add_source_token
from command_centre.db.database import Database, Writing
from command_centre.desk.board import Board, Place
from command_centre.desk.device_reports import Pace
from command_centre.desk.entries import Entry
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.desk.session_log import append_to_session
from command_centre.desk.views import DEVICE, SessionSummary, VoiceLine
from command_centre.desk.voice_lines import (
    latest_of,
    may_call,
    may_call_centre,
    read_line,
    require_sound,
    source_of,
    standing,
    standing_of,
    talks,
    withheld,
)
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock
from config.messages import Done
from config.recorder_messages import EndSource
from config.words import MICROSECONDS, SourceKind, SourceState, VoiceEnd, VoiceState

UNANSWERED_S = 30.0
LOST_S = 15.0
AWAY_S = 10.0  # a device's page asks every two seconds
TALKS_MAX = 500  # of one line
_CALLS_PER_S, _CALLS_BURST = 0.1, 4  # of one device
_TICK_S = 1.0


class VoicePass(NamedTuple):
    """What the browser of the person at the centre needs to publish its sound."""

    source: str
    session: str
    token: str
    expires_us: int


class VoiceDesk:
    """All lines of all rooms. One per centre."""

    def __init__(
        self, bus: Bus, database: Database, follower: Follower, board: Board, clock: Clock
    ) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._board = board
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._heard_us: dict[str, int] = {}  # line -> when its caller's sound was last there
        self._asked_us: dict[str, int] = {}  # device -> when its page last asked how it stands
        self._gates: dict[str, int] = {}  # source -> since when its caller speaks
        self._pace = Pace(_CALLS_PER_S, _CALLS_BURST)
        self._look = asyncio.Event()
        self._began_us = clock.now_us()
        follower.listen(self._entries)

    async def run(self) -> None:
        """End what nobody takes, what is lost and what may not be, until cancelled."""
        self._began_us = self._clock.now_us()
        while True:
            for line in await self._database.read(standing):
                with contextlib.suppress(Rejected):  # its entry is tried again at the next look
                    await self._look_at(line)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._look.wait()
            self._look.clear()

    # --- acts -------------------------------------------------------------------------------

    async def call(
        self, caller: Caller, *, case: str, room: str, to: str = "", key: str = ""
    ) -> VoiceLine:
        """Call a room, or a device of it; with a key a repeat is the same call.

        Raises:
            Rejected: ``unknown_room``, ``unknown_source``, ``cannot_answer``, ``device_away``,
                ``no_open_session``, ``line_busy``, ``sound_withheld``, or what the recorder says.
        """
        caller.require_room(room)
        line = _line_id(caller.account_id, key, room, to)
        async with self._turns[room]:
            session = await self._database.read(
                partial(may_call, case=case, room=room, line=line, to=to)
            )
            if isinstance(session, VoiceLine):
                return session
            if to and not self._is_there(to):
                raise Rejected("device_away", "the device's page is not open or has no network")
            body = {"source": source_of(to or room), **_whom(to)}
            body |= {"by": caller.account_id, "by_name": caller.name}
            await self._called(session.id, room, line, body)
        return await self._find(room, line)

    async def call_from(self, place: Place, key: str) -> VoiceLine:
        """A device calls the centre: it rings at every desk that may speak to it.

        Raises:
            Rejected: ``cannot_call``, ``no_case``, ``case_closed``, ``no_open_session``,
                ``line_busy``, ``sound_withheld``, ``too_many_requests``, or what the recorder says.
        """
        by = DEVICE + place.source
        line = _line_id(by, key, place.room, place.source)
        async with self._turns[place.room]:
            session = await self._database.read(partial(may_call_centre, place=place, line=line))
            if isinstance(session, VoiceLine):
                return session
            self._pace.take(place.source, self._clock.now_us())
            self._asked_us[place.source] = self._clock.now_us()
            body = {"source": source_of(place.source), "to": place.source}
            await self._called(
                session.id, place.room, line, {**body, "by": by, "by_name": place.name}
            )
        return await self._find(place.room, line)

    async def _called(self, session: str, room: str, line: str, body: dict[str, str]) -> None:
        await self._write(
            "voice.called", session, room, f"voice.called:{line}", {"line": line, **body}
        )
        await self._board.look_again()

    async def answer(self, room: str, line_id: str, *, accept: bool, by: Caller) -> VoiceLine:
        """The room takes the line, or does not; a second answer changes nothing.

        Raises:
            Rejected: ``unknown_line``, ``line_over``, ``sound_withheld``, or what the recorder
                says.
        """
        by.require_room(room)
        line = await self._find(room, line_id, to="")
        return await self._answer(line, accept, by.account_id, by.name)

    async def answer_from(self, place: Place, line_id: str, *, accept: bool) -> VoiceLine:
        """The device takes the line, or does not; as ``answer``."""
        line = await self._find(place.room, line_id, to=place.source)
        if line.from_device:
            raise Rejected("unknown_line", "there is no such call to this device")
        return await self._answer(line, accept, DEVICE + place.source, place.name)

    async def take(self, caller: Caller, room: str, line_id: str, *, accept: bool) -> VoiceLine:
        """A person at the centre takes a device's call, as the only one, or declines it for all.

        Raises:
            Rejected: ``unknown_line``, ``line_over``, ``line_taken``, ``sound_withheld``, or what
                the recorder says.
        """
        caller.require_room(room)
        line = await self._find(room, line_id)
        if not line.from_device:
            raise Rejected("unknown_line", "no device made such a call")
        return await self._answer(line, accept, caller.account_id, caller.name)

    async def _answer(self, line: VoiceLine, accept: bool, by: str, by_name: str) -> VoiceLine:
        async with self._turns[line.room]:
            line = await self._find(line.room, line.id)
            if line.state == VoiceState.OPEN and line.from_device and line.speaker != by:
                raise Rejected("line_taken", f"{line.answered_by} has taken the call")
            if line.state == VoiceState.OPEN and accept:
                return line
            if line.state == VoiceState.ENDED:
                raise Rejected("line_over", "the call is over")
            if not accept:
                await self._end(line, VoiceEnd.DECLINED, by, by_name)
            else:
                await self._database.read(partial(require_sound, session=line.session))
                self._heard_us[line.id] = self._clock.now_us()
                await self._put("voice.opened", line, {"by": by, "by_name": by_name})
        return await self._find(line.room, line.id)

    async def talk(self, caller: Caller, room: str, line_id: str, *, on: bool) -> VoiceLine:
        """The person at the centre begins or stops to speak; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_line``, ``not_your_line``, ``line_not_open``, ``too_many_talks``,
                or what the recorder says.
        """
        async with self._turns[room]:
            line = await self._own(caller, room, line_id)
            if on and line.talking_us is None:
                await self._may_talk(line)
                said = {"by": caller.account_id, **_side(called=line.from_device)}
                await self._put("voice.talk", line, said, again=True)
                self._open_gate(await self._find(room, line_id))
            elif not on and line.talking_us is not None:
                self._gates.pop(line.source, None)  # silent first, written down then
                body = {"by": caller.account_id, "from_us": line.talking_us}
                body |= _side(called=line.from_device)
                await self._put("voice.quiet", line, body, again=True)
        return await self._find(room, line_id)

    async def reply(self, place: Place, line_id: str, *, on: bool) -> VoiceLine:
        """The operator of a device begins or stops to speak; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_line``, ``line_not_open``, ``line_over``, ``too_many_talks``, or
                what the recorder says.
        """
        async with self._turns[place.room]:
            line = _open(await self._find(place.room, line_id, to=place.source))
            body: dict[str, Any] = {"by": DEVICE + place.source}
            body |= _side(called=not line.from_device)
            if on and line.replying_us is None:
                await self._may_talk(line)
                await self._put("voice.talk", line, body, again=True)
            elif not on and line.replying_us is not None:
                body |= {"from_us": line.replying_us}
                await self._put("voice.quiet", line, body, again=True)
        return await self._find(place.room, line_id)

    async def _may_talk(self, line: VoiceLine) -> None:
        if await self._database.read(partial(talks, line=line)) >= TALKS_MAX:
            raise Rejected("too_many_talks", f"at most {TALKS_MAX} times in one call")

    async def end_from(self, place: Place, line_id: str) -> VoiceLine:
        """The device ends its line; a repeat changes nothing."""
        line = await self._find(place.room, line_id, to=place.source)
        await self.hung_up(line, VoiceEnd.HUNG_UP, DEVICE + place.source, place.name)
        return await self._find(place.room, line_id)

    async def end(
        self, caller: Caller, room: str, line_id: str, *, no_microphone: bool = False
    ) -> VoiceLine:
        """Either side ends the line; a repeat changes nothing. A call that still rings is declined.

        Raises:
            Rejected: ``unknown_line``, or what the recorder says.
        """
        caller.require_room(room)
        line = await self._find(room, line_id)
        why = VoiceEnd.NO_MICROPHONE if no_microphone else VoiceEnd.HUNG_UP
        if line.from_device and line.state == VoiceState.CALLING:
            why = VoiceEnd.DECLINED
        await self.hung_up(line, why, caller.account_id, caller.name)
        return await self._find(room, line_id)

    async def hung_up(
        self, line: VoiceLine, why: VoiceEnd, by: str = "", by_name: str = ""
    ) -> None:
        """End a line that may be over already."""
        async with self._turns[line.room]:
            line = await self._find(line.room, line.id)
            if line.state != VoiceState.ENDED:
                await self._end(line, why, by, by_name)

    async def pass_for(self, caller: Caller, room: str, line_id: str, valid_us: int) -> VoicePass:
        """A token with which the person at the centre publishes their sound on their open line.

        Raises:
            Rejected: ``unknown_line``, ``not_your_line``, ``line_not_open``.
        """
        line = await self._own(caller, room, line_id)
        now_us = self._clock.now_us()
        token = await self._database.write(
            lambda writing: add_source_token(
                writing,
                line.source,
                now_us=now_us,
                expires_us=now_us + valid_us,
                created_by=caller.account_id,
            )
        )
        return VoicePass(line.source, line.session, token, now_us + valid_us)

    async def before_close(self, session: SessionSummary) -> None:
        """A session is about to be sealed: its lines end with entries of their own, if they can."""
        for line in await self._database.read(standing):
            if line.session == session.id:
                with contextlib.suppress(Rejected):
                    await self.hung_up(line, VoiceEnd.CLOSED)

    async def asked(self, place: Place) -> VoiceLine | None:
        """A device's page is there; its last line, which may be over."""
        self._asked_us[place.source] = self._clock.now_us()
        return await self._database.read(partial(latest_of, room=place.room, device=place.source))

    async def carried_by(self, source: str) -> VoiceLine | None:
        """The line whose caller's voice a source carries, while it is not over."""
        return await self._database.read(partial(standing_of, source=source))

    def gate(self, source: str) -> int | None:
        """Since when what a source carries may be heard; None: not now, 0: always (no call)."""
        is_call = self._board.kind_of(source) == SourceKind.CALL
        return self._gates.get(source) if is_call else 0

    # --- inside -----------------------------------------------------------------------------

    def _entries(self, entries: Sequence[Entry]) -> None:
        if any(entry.kind == "pause.begin" for entry in entries):
            self._look.set()

    def _is_there(self, device: str) -> bool:
        asked_us = self._asked_us.get(device)
        return asked_us is not None and self._clock.now_us() - asked_us <= AWAY_S * MICROSECONDS

    def _open_gate(self, line: VoiceLine) -> None:
        if line.state == VoiceState.OPEN and line.talking_us is not None:
            self._gates[line.source] = line.talking_us

    async def _find(self, room: str, line_id: str, to: str | None = None) -> VoiceLine:
        line = await self._database.read(partial(read_line, room=room, line=line_id))
        if line is None or to not in (None, line.to):
            raise Rejected("unknown_line", "there is no such call")
        return line

    async def _own(self, caller: Caller, room: str, line_id: str) -> VoiceLine:
        caller.require_room(room)
        line = await self._find(room, line_id)
        if line.speaker != caller.account_id:
            raise Rejected("not_your_line", "somebody else speaks on this line")
        return _open(line)

    async def _look_at(self, line: VoiceLine) -> None:
        async with self._turns[line.room]:
            line = await self._find(line.room, line.id)
            if line.state == VoiceState.ENDED:
                return
            if why := await self._over(line):
                await self._end(line, why)
            else:
                self._open_gate(line)  # who spoke when the centre went away goes on

    async def _over(self, line: VoiceLine) -> VoiceEnd | None:
        """Why a line cannot go on."""
        if await self._database.read(partial(withheld, session=line.session)):
            return VoiceEnd.WITHHELD
        now_us = self._clock.now_us()
        if line.to:
            asked_us = max(self._began_us, self._asked_us.get(line.to, 0))
            if now_us - asked_us > AWAY_S * MICROSECONDS:
                return VoiceEnd.AWAY
        if line.opened_us is None:
            late = now_us - line.called_us > UNANSWERED_S * MICROSECONDS
            return VoiceEnd.UNANSWERED if late else None
        status = self._board.state_of(line.source)
        if status is not None and status.state == SourceState.RECORDING:
            self._heard_us[line.id] = now_us
        heard_us = max(line.opened_us, self._began_us, self._heard_us.get(line.id, 0))
        return VoiceEnd.LOST if now_us - heard_us > LOST_S * MICROSECONDS else None

    async def _end(self, line: VoiceLine, why: VoiceEnd, by: str = "", by_name: str = "") -> None:
        """Silence the caller, then write down that the line is over."""
        self._gates.pop(line.source, None)
        await self._database.write(partial(_void, source=line.source, now_us=self._clock.now_us()))
        if line.opened_us is not None:
            await self._silence(line.source)
        await self._put("voice.ended", line, {"why": why, "by": by, "by_name": by_name})
        self._heard_us.pop(line.id, None)

    async def _silence(self, source: str) -> None:
        """Nothing of it may be live, and the recorder may be away: it is told in any case."""
        with contextlib.suppress(Rejected):
            await ask(self._bus, "end_source", EndSource(source=source), Done)

    async def _put(
        self, kind: str, line: VoiceLine, body: dict[str, Any], *, again: bool = False
    ) -> None:
        """An entry of a line; ``again``: there may be several of its kind."""
        key = f"{kind}:{short_id('vs') if again else line.id}"
        await self._write(
            kind, line.session, line.room, key, {"line": line.id, **_whom(line.to), **body}
        )

    async def _write(
        self, kind: str, session: str, room: str, key: str, body: dict[str, Any]
    ) -> None:
        await append_to_session(
            self._bus,
            self._follower,
            key=key,
            kind=kind,
            session=session,
            room=room,
            body=body,
            t_us=self._clock.now_us(),
        )


def _void(writing: Writing, source: str, now_us: int) -> None:
    """Nobody publishes the caller's sound with a token of before."""
    table = schema.source_token
    writing.execute(
        update(table)
        .where(table.c.source_id == source, table.c.revoked_us.is_(None))
        .values(revoked_us=now_us)
    )


def _whom(to: str) -> dict[str, str]:
    """Said of a line to a device; a line to the room says nothing, as it always did."""
    return {"to": to} if to else {}


def _side(*, called: bool) -> dict[str, str]:
    """Said of a step of whoever was called; one of the caller says nothing."""
    return {"side": "called"} if called else {}


def _open(line: VoiceLine) -> VoiceLine:
    """The line, while it is open. Raises ``Rejected``."""
    if line.state == VoiceState.ENDED:
        raise Rejected("line_over", "the call is over")
    if line.state != VoiceState.OPEN:
        raise Rejected("line_not_open", "nobody has taken the call yet")
    return line


def _line_id(by: str, key: str, room: str, to: str = "") -> str:
    """A random id, or with a key always the same one, so that a repeat is one call."""
    if not key:
        return short_id("vl")
    named = ("voice", by, key, room, *([to] if to else []))
    digest = hashlib.sha256("\0".join(named).encode())
    return f"vl-{digest.hexdigest()[:24]}"
