"""The centre's own log: case-level acts (login, cases, access, exports), in the same signed format.

A thin asynchronous face of ``evidence_store.StoreWriter``. ``append`` returns when the entry is
covered by a durable checkpoint; ``note`` is for acts that must not fail with the disk (a login),
and counts what it could not write. ``catch_up`` is how tables that are filled from the log read it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Connection

from command_centre.db.database import Database, Writing
from command_centre.errors import Rejected
from config.clock import Clock
from config.kinds import split
from evidence_store.errors import EvidenceError
from evidence_store.reader import LogReader
from evidence_store.writer import Appended, Draft, StoreWriter

logger = logging.getLogger(__name__)

_PAGE = 500  # entries read and taken at a time

#: Takes entries as stored into tables: the index of the first, and the entries.
TakePage = Callable[[Writing, int, list[bytes]], None]


class CaseLog(Protocol):
    """Where the centre's acts are recorded."""

    lost: int

    def listen(self, listener: Callable[[str, dict[str, Any]], None]) -> None:
        """Call with kind and body of each later entry, once it is durable."""
        ...

    async def append(self, kind: str, body: dict[str, Any], *, t_us: int | None = None) -> int:
        """Append an entry; returns its index once it is durable and checkpointed.

        ``t_us`` is its time when the caller keeps it as well; now when not given.
        """
        ...

    async def note(self, kind: str, body: dict[str, Any]) -> None:
        """Append, but never fail: an entry that cannot be written is counted in ``lost``."""
        ...


class CentreLog:
    """Adapter to the store's writer; owned by the event loop."""

    def __init__(self, writer: StoreWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self.lost = 0
        self._listeners: list[Callable[[str, dict[str, Any]], None]] = []

    def listen(self, listener: Callable[[str, dict[str, Any]], None]) -> None:
        """Call with kind and body of each later entry, once it is durable."""
        self._listeners.append(listener)

    async def append(self, kind: str, body: dict[str, Any], *, t_us: int | None = None) -> int:
        """Append an entry; returns its index once it is durable and checkpointed.

        Raises:
            Rejected: the log cannot take it (disk full, queue full).
        """
        public, private = split(kind, body)
        when_us = self._clock.now_us() if t_us is None else t_us
        draft = Draft(kind, "", "", public, when_us, private=private)
        try:
            appended: list[Appended] = await asyncio.wrap_future(self._writer.submit([draft]))
        except EvidenceError as error:
            raise Rejected(
                "log_unavailable",
                f"the centre's log cannot be written ({type(error).__name__}); "
                "free space on the store's disk",
            ) from error
        for listener in self._listeners:
            listener(kind, body)
        return appended[0].index

    async def note(self, kind: str, body: dict[str, Any]) -> None:
        """Append, but never fail: an entry that cannot be written is counted in ``lost``."""
        try:
            await self.append(kind, body)
        except Rejected as error:
            self.lost += 1
            logger.error("%s could not be recorded in the centre's log: %s", kind, error.code)


async def catch_up(
    database: Database,
    reader: LogReader,
    next_index: Callable[[Connection], int],
    take: TakePage,
) -> bool:
    """Give tables the entries of the centre's log that they have not taken yet, page by page.

    ``next_index`` says where to begin, and must move with what ``take`` commits. A log
    that cannot be read is left for the next time: then the answer is no.
    """
    while True:
        first = await database.read(next_index)
        try:
            page = await asyncio.to_thread(reader.opened, first, _PAGE)
        except EvidenceError as error:
            logger.error("the centre's log cannot be read: %s", type(error).__name__)
            return False
        if not page:
            return True
        await database.write(_taking(take, first, page))


def _taking(take: TakePage, first: int, page: list[bytes]) -> Callable[[Writing], None]:
    return lambda writing: take(writing, first, page)
