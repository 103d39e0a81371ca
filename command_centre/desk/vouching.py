"""What witnesses and time stamping authorities have in common: entries about them, and states.

Losing one is an entry of every log that can be reached and a message to every desk, at the moment
it is noticed and again when it is back; never more than that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from command_centre.desk.centre_log import CaseLog
from command_centre.errors import Rejected
from config.bus import Bus, BusError
from config.clock import Clock
from config.messages import decode, encode
from config.recorder_messages import Append, Receipt
from config.recorders import CENTRE_LOG

logger = logging.getLogger(__name__)

_REASON_CHARACTERS = 200
_ENTRY = {
    ("witness", True): "witness.lost",
    ("witness", False): "witness.back",
    ("stamp", True): "stamp.lost",
    ("stamp", False): "stamp.back",
}


class VoucherState(msgspec.Struct, frozen=True, kw_only=True):
    """A witness or an authority as desks see it."""

    name: str
    kind: str  # witness | stamp
    outside: bool
    state: str  # waiting: not asked yet | ok | lost | usb: asked by hand
    since_us: int
    detail: str = ""
    until_us: dict[str, int] = {}  # by log: when it last vouched for it


class LogEntries:
    """Entries of the logs themselves, for any log of the installation."""

    def __init__(self, bus: Bus, log: CaseLog, clock: Clock) -> None:
        self._bus = bus
        self._log = log
        self._clock = clock
        self._number = 0

    async def append(self, log: str, kind: str, body: dict[str, Any]) -> bool:
        """Append an entry without a session; false when the log cannot be reached."""
        try:
            if log == CENTRE_LOG:
                await self._log.append(kind, body)
                return True
            self._number += 1
            now_us = self._clock.now_us()
            request = Append(
                key=f"{kind}-{now_us}-{self._number}",
                kind=kind,
                session="",
                room="",
                body=msgspec.json.encode(body),
                t_us=now_us,
            )
            decode(await self._bus.request(log, "append", encode(request)), Receipt)
        except (Rejected, BusError, msgspec.MsgspecError) as error:
            logger.warning("%s could not be recorded in %s: %s", kind, log, type(error).__name__)
            return False
        return True


class VoucherStates:
    """How witnesses and authorities are. Owned by the event loop."""

    def __init__(
        self,
        logs: Sequence[str],
        entries: LogEntries,
        clock: Clock,
        tell: Callable[[VoucherState], None],
    ) -> None:
        self._logs = tuple(logs)
        self._entries = entries
        self._clock = clock
        self._tell = tell
        self._states: dict[str, VoucherState] = {}

    def add(self, name: str, kind: str, *, outside: bool, by_usb: bool = False) -> None:
        """Know of one that will be asked."""
        self._states[name] = VoucherState(
            name=name,
            kind=kind,
            outside=outside,
            state="usb" if by_usb else "waiting",
            since_us=self._clock.now_us(),
        )

    def all(self) -> list[VoucherState]:
        """Every one, in the order they were added."""
        return [*self._states.values()]

    def vouched(self, name: str, log: str, t_us: int) -> None:
        """It vouched at ``t_us`` for a log as it stood then."""
        before = self._states[name]
        self._states[name] = msgspec.structs.replace(
            before, until_us={**before.until_us, log: t_us}
        )

    async def found(self, name: str, lost: str | None) -> None:
        """It was asked; ``lost`` says why it could not be had."""
        before = self._states[name]
        state = "ok" if lost is None else "lost"
        detail = (lost or "")[:_REASON_CHARACTERS]
        if before.state == state:
            return
        now = msgspec.structs.replace(
            before, state=state, since_us=self._clock.now_us(), detail=detail
        )
        self._states[name] = now
        if before.state == "waiting" and lost is None:
            return
        logger.warning("%s %s is %s %s", before.kind, name, state, detail)
        self._tell(now)
        body = {
            before.kind: name,
            "outside": before.outside,
            **({"reason": detail} if lost else {"lost_us": before.since_us}),
        }
        for log in self._logs:
            await self._entries.append(log, _ENTRY[before.kind, lost is not None], body)
