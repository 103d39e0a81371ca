"""Asks the recorder and the transcriber how they are, and tells desks when one goes or comes back.

Also where the follower hears of entries whose publication was dropped at the end of the log: the
recorder's status carries its size.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from command_centre.desk.follower import Follower
from command_centre.desk.hub import Hub
from command_centre.desk.logins import Logins
from command_centre.desk.protocol import ClockMessage, SystemMessage
from command_centre.desk.vouching import VoucherState
from command_centre.recorder_router import together
from config.bus import Bus, BusError
from config.clock import Clock
from config.messages import RECORDER, TRANSCRIBER, MalformedMessage, decode, encode
from config.recorder_messages import RecorderStatus, StatusRequest
from config.transcriber_messages import TranscriberStatus

logger = logging.getLogger(__name__)

POLL_S = 2.0
CLOCK_S = 5.0
_TIMEOUT_S = 2.0
_DETAILS = {
    "storage_failed": "a disk of the recorder is not used any more; recording goes on",
    "storage_back": "every disk of the recorder is in use",
    "space_low": "the disk will be full soon",
    "space_critical": "the disk is nearly full",
    "space_back": "there is room on the disk",
    f"{RECORDER}_unreachable": "a recorder does not answer; open sessions may still be recorded",
    f"{RECORDER}_back": "every recorder answers again",
    f"{TRANSCRIBER}_unreachable": "no text for now; it catches up from the recording",
    f"{TRANSCRIBER}_back": "the transcriber answers again",
}


class Watch:
    """How the other processes are, as last heard."""

    def __init__(
        self,
        bus: Bus,
        hub: Hub,
        follower: Follower,
        logins: Logins,
        clock: Clock,
        recorders: Sequence[str] = (RECORDER,),
    ) -> None:
        self._bus = bus
        self._recorders = tuple(recorders)
        self._hub = hub
        self._follower = follower
        self._logins = logins
        self._clock = clock
        self.recorder: RecorderStatus | None = None  # all together; None unless all answer
        self.each: dict[str, RecorderStatus | None] = dict.fromkeys(self._recorders)  # by service
        self.transcriber: TranscriberStatus | None = None
        self._storage: frozenset[str] = frozenset()  # what desks were told of the disks

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll())
            tasks.create_task(self._tell_time())

    async def look(self) -> None:
        """Ask both now."""
        await asyncio.gather(self._ask_recorder(), self._ask_transcriber())

    def problems(self) -> list[SystemMessage]:
        """What a desk is told when it connects."""
        away = [
            name
            for name, status in ((RECORDER, self.recorder), (TRANSCRIBER, self.transcriber))
            if status is None
        ]
        return [_system(f"{name}_unreachable") for name in away] + [
            _system(code) for code in sorted(self._storage)
        ]

    def records(self) -> bool:
        """Whether a session is open, as last heard."""
        return self.recorder is not None and bool(self.recorder.sessions)

    def tell_voucher(self, state: VoucherState) -> None:
        """A witness or a time stamping authority was lost, or is back."""
        word = "back" if state.state == "ok" else "lost"
        code = f"{state.kind}_{word}"
        self._hub.broadcast(None, "", SystemMessage(code=code, detail=state.name))

    async def _poll(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(POLL_S)

    async def _tell_time(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_S)
            self._hub.broadcast(None, "", ClockMessage(server_us=self._clock.now_us()))
            await self._logins.close_ended()

    async def _ask_recorder(self) -> None:
        before = self.recorder
        answers = await asyncio.gather(*(self._recorder_status(one) for one in self._recorders))
        self.each = dict(zip(self._recorders, answers, strict=True))
        found = [status for status in answers if status is not None]
        self.recorder = together(found) if len(found) == len(answers) else None
        self._tell(RECORDER, before is not None, self.recorder is not None)
        self._tell_storage()
        for status in found:
            await self._follower.heard_of(status.size, status.log)

    def _tell_storage(self) -> None:
        """A disk that fell out or is back, and room that gets short: what changed is said."""
        if self.recorder is None:
            return
        now = _storage(self.recorder)
        for code in self._storage - now:
            self._hub.broadcast(None, "", _system(f"{code.partition('_')[0]}_back"))
        for code in sorted(now - self._storage):
            logger.warning("%s", code)
            self._hub.broadcast(None, "", _system(code))
        self._storage = now

    async def _recorder_status(self, service: str) -> RecorderStatus | None:
        try:
            return decode(await self._status(service), RecorderStatus)
        except (BusError, MalformedMessage):
            return None

    async def _ask_transcriber(self) -> None:
        before = self.transcriber
        try:
            self.transcriber = decode(await self._status(TRANSCRIBER), TranscriberStatus)
        except (BusError, MalformedMessage):
            self.transcriber = None
        self._tell(TRANSCRIBER, before is not None, self.transcriber is not None)

    async def _status(self, service: str) -> bytes:
        return await self._bus.request(
            service, "status", encode(StatusRequest()), timeout_s=_TIMEOUT_S
        )

    def _tell(self, name: str, before: bool, now: bool) -> None:
        if before == now:
            return
        code = f"{name}_back" if now else f"{name}_unreachable"
        logger.info("%s", code)
        self._hub.broadcast(None, "", _system(code))


def _storage(status: RecorderStatus) -> frozenset[str]:
    codes = {f"space_{status.space}"} if status.space != "ok" else set()
    return frozenset(codes | ({"storage_failed"} if status.disks_failed else set()))


def _system(code: str) -> SystemMessage:
    return SystemMessage(code=code, detail=_DETAILS[code])
