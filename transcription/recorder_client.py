"""What the transcriber asks of the recorder, typed.

Every method raises the bus's ``Refused`` or ``Unreachable``, or ``MalformedMessage``.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from config.bus import Bus
from config.messages import RECORDER, decode, encode
from config.recorder_messages import (
    Append,
    LogPage,
    ReadLog,
    Receipt,
    RecorderStatus,
    Segments,
    SegmentsRequest,
    StatusRequest,
)

M = TypeVar("M", bound=msgspec.Struct)


class RecorderClient:
    """Requests over the bus; no state."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def status(self) -> RecorderStatus:
        """How the recorder is."""
        return await self._ask("status", StatusRequest(), RecorderStatus)

    async def read_log(self, log: str, first_index: int, limit: int = 2000) -> LogPage:
        """A page of a recorder's log."""
        request = ReadLog(first_index=first_index, limit=limit, log=log)
        return await self._ask("read_log", request, LogPage)

    async def segments(self, session: str, source: str, from_us: int) -> Segments:
        """Segments that end after ``from_us``."""
        request = SegmentsRequest(session=session, source=source, from_us=from_us)
        return await self._ask("segments", request, Segments)

    async def append(self, request: Append) -> Receipt:
        """Append an entry; durable when this returns."""
        return await self._ask("append", request, Receipt)

    async def _ask(self, method: str, request: msgspec.Struct, reply: type[M]) -> M:
        return decode(await self._bus.request(RECORDER, method, encode(request)), reply)
