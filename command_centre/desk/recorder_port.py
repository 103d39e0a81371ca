"""Requests to the recorder, with its refusals and silences turned into our codes.

The recorder's own code is kept when it is one we document; anything else becomes
``recorder_refused``. Appends are tried twice with the same key: the first may have been carried
out although no answer came.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, TypeVar

import msgspec

from command_centre.errors import Rejected
from config.bus import Bus, BusError, Refused, Unreachable
from config.messages import RECORDER, MalformedMessage, decode, encode
from config.recorder_messages import Append, FileDocument, Receipt

logger = logging.getLogger(__name__)

R = TypeVar("R", bound=msgspec.Struct)

#: Refusals of the recorder that callers are told as they are.
KNOWN = frozenset(
    {
        "sessions_open",
        "recorder_restarting",
        "malformed_sdp",
        "malformed_fragment",
        "connection_unknown",
        "precondition_required",
        "precondition_failed",
        "unsupported_codec",
        "source_busy",
        "disk_full",
        "session_closed",
        "session_unknown",
        "too_many_sources",
        "store_busy",
        "late_overlap",
        "retention_refused",
        "retention_ended",
        "not_paused",
        "pause_changed",
        "model_missing",
        "model_too_large",
        "bad_model",
    }
)

_FILE_TIMEOUT_S = 15.0

UNREACHABLE = "the recorder does not answer; recording of open sessions may still be going on"


async def ask(
    bus: Bus,
    method: str,
    request: msgspec.Struct,
    reply: type[R],
    *,
    timeout_s: float = 5.0,
    service: str = RECORDER,
) -> R:
    """One request to the recorder; ``service`` names one of several.

    Raises:
        Rejected: it refused, or did not answer in time (``recorder_unreachable``).
    """
    try:
        payload = await bus.request(service, method, encode(request), timeout_s=timeout_s)
        return decode(payload, reply)
    except Refused as error:
        code = error.code if error.code in KNOWN else "recorder_refused"
        raise Rejected(code, error.detail) from error
    except (Unreachable, MalformedMessage) as error:
        raise Rejected("recorder_unreachable", UNREACHABLE) from error


async def append(
    bus: Bus,
    *,
    key: str,
    kind: str,
    session: str,
    room: str,
    body: dict[str, Any],
    t_us: int,
) -> Receipt:
    """Append an entry to the recorder's log; returns once it is durable and checkpointed."""
    request = Append(
        key=key,
        kind=kind,
        session=session,
        room=room,
        body=msgspec.json.encode(body),
        t_us=t_us,
    )
    try:
        return await ask(bus, "append", request, Receipt)
    except Rejected as error:
        if error.code != "recorder_unreachable":
            raise
    return await ask(bus, "append", request, Receipt)


async def file_document(bus: Bus, request: FileDocument) -> Receipt:
    """Store a document and its entry; returns once both are durable. Tried twice, like append."""
    try:
        return await ask(bus, "file_document", request, Receipt, timeout_s=_FILE_TIMEOUT_S)
    except Rejected as error:
        if error.code != "recorder_unreachable":
            raise
    return await ask(bus, "file_document", request, Receipt, timeout_s=_FILE_TIMEOUT_S)


class Appender:
    """Appends in the background what nobody waits for (who watches live).

    The queue is bounded; when it is full the entry is dropped and counted, as the recorder is away
    for long by then and its log has a gap of its own.
    """

    def __init__(self, bus: Bus, limit: int = 1000) -> None:
        self._bus = bus
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(limit)
        self.lost = 0
        self.limit = limit

    @property
    def waiting(self) -> int:
        """Entries that wait."""
        return self._queue.qsize()

    def put(self, **entry: Any) -> bool:
        """Queue the arguments of ``append``; says whether it was taken."""
        try:
            self._queue.put_nowait(entry)
        except asyncio.QueueFull:
            self.lost += 1
            return False
        return True

    async def run(self) -> None:
        """Append until cancelled."""
        while True:
            entry = await self._queue.get()
            try:
                await self._append(entry)
            except asyncio.CancelledError:
                self.put(**entry)  # its key makes a second try harmless; drain takes it
                raise

    async def drain(self, timeout_s: float) -> None:
        """At the end: append what is still queued, for at most this long."""
        try:
            async with asyncio.timeout(timeout_s):
                while not self._queue.empty():
                    await self._append(self._queue.get_nowait())
        except TimeoutError:
            self.lost += self._queue.qsize()

    async def _append(self, entry: dict[str, Any]) -> None:
        try:
            await append(self._bus, **entry)
        except (Rejected, BusError) as error:
            self.lost += 1
            logger.warning("%s could not be recorded: %s", entry["kind"], type(error).__name__)
