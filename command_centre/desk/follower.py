"""Follows the recorders' logs: every entry is projected exactly once, whatever the bus drops.

Each log is followed by itself, so that one recorder that is away holds up nothing of the others.
Procedure for each

1. Subscribe to ``log.*`` first, then read from the stored cursor to the end of the log.
2. A publication that starts at the next index is taken; an older one is cut or skipped; a newer one
   means that some were dropped, and the hole is read with ``recorder.read_log``.
3. Entries and the new cursor are committed in one transaction. If the process dies before the
   commit, the entries are read again; if after, they are not.

At start the entry before the cursor is compared with the stored hash. When it differs, or the log
is shorter than the cursor, the database belongs to another log: it is rebuilt from all logs, and
the caller is told so that the fact can be recorded. ``rebuild`` does the same on demand.

Everywhere in the centre an entry is named by its position among all logs (``config.recorders``).

It does not decide what an entry means (``desk.projection``).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from command_centre.db import schema
from command_centre.db.database import CURSOR, FLOOR, Database, Writing
from command_centre.db.database import read_counter as counter
from command_centre.db.database import write_counter as set_counter
from command_centre.desk.entries import Entry, read_entry
from command_centre.desk.projection import project
from command_centre.errors import ProjectionError, Rejected
from config.bus import Bus, BusError
from config.messages import RECORDER, LogAppended, MalformedMessage, decode, encode
from config.recorder_messages import LogPage, ReadLog
from config.recorders import place, recorder_name

logger = logging.getLogger(__name__)

PAGE = 500
_RETRY_S = 0.5
_ZERO = bytes(32)

#: Told the entries of each commit, after it.
Listener = Callable[[Sequence[Entry]], None]


class Follower:
    """Owner of ``log_cursor`` and of every projected table. One per database."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        *,
        on_foreign_log: Callable[[dict[str, Any]], Awaitable[None]],
        logs: Sequence[str] = (recorder_name(1),),
    ) -> None:
        self._bus = bus
        self._database = database
        self._on_foreign_log = on_foreign_log
        self._advanced = asyncio.Event()
        self._listeners: list[Listener] = []
        self._told: set[tuple[str, int]] = set()  # logs found foreign, and not cleared for yet
        self.rebuilds = 0  # times the projected tables were emptied
        self._logs = {log: LogFollower(self, bus, database, log) for log in logs}

    @property
    def next_index(self) -> int:
        """Entries projected so far, of all logs."""
        return sum(one.next_index for one in self._logs.values())

    @property
    def size(self) -> int:
        """Checkpointed entries of all logs, as last heard."""
        return sum(one.size for one in self._logs.values())

    @property
    def holes(self) -> int:
        """Publications that were dropped on the way, for the metrics."""
        return sum(one.holes for one in self._logs.values())

    def size_of(self, log: str) -> int:
        """Checkpointed size of one log, as last heard; 0 when it is not followed."""
        one = self._logs.get(log)
        return one.size if one else 0

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with the entries of each commit."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Follow all logs until cancelled. Begins from the stored cursors, also after a failure."""
        async with asyncio.TaskGroup() as tasks:
            for one in self._logs.values():
                tasks.create_task(one.run())

    async def catch_up(self) -> None:
        """Read every log from its cursor to its end, waiting for its recorder if need be."""
        await asyncio.gather(*(one.catch_up() for one in self._logs.values()))

    async def heard_of(self, size: int, log: str = recorder_name(1)) -> None:
        """A log has this size: read what was published but never arrived."""
        one = self._logs.get(log)
        if one is not None:
            await one.heard_of(size)

    async def reached(self, *positions: int, timeout_s: float = 10.0) -> None:
        """Wait until the entries at these positions are projected.

        Raises:
            Rejected: they were not within the time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not all(self._is_projected(position) for position in positions):
                    await self._advanced.wait()
        except TimeoutError as error:
            raise Rejected(
                "recorder_slow", "it is recorded, but the desk has not caught up yet"
            ) from error

    def next_commit(self) -> asyncio.Event:
        """Set by the next commit; take it before looking into the database."""
        return self._advanced

    def _is_projected(self, at: int) -> bool:
        log, index = place(at)
        one = self._logs.get(log)
        return one is None or index < one.next_index

    def committed(self, taken: Sequence[Entry]) -> None:
        """One of the logs moved on."""
        advanced, self._advanced = self._advanced, asyncio.Event()
        advanced.set()
        for listener in self._listeners:
            listener(taken)

    async def foreign(self, found: dict[str, Any]) -> None:
        """The database was made from another log than the one found: begin again with all.

        Told once, however often the emptying of the tables has to be tried.
        """
        logger.error("the database was made from another log; rebuilding it")
        finding = found["log"], found.get("expected_size", 0)
        if finding not in self._told:
            self._told.add(finding)
            await self._on_foreign_log(found)
        await self._database.write(clear)
        self._told.clear()
        self.rebuilds += 1
        for one in self._logs.values():
            one.begin_again()


class LogFollower:
    """Follows one log for its ``Follower``."""

    def __init__(self, owner: Follower, bus: Bus, database: Database, log: str) -> None:
        self._owner = owner
        self._bus = bus
        self._database = database
        self._lock = asyncio.Lock()
        self._checked = False  # the log has been compared with the database
        self.log = log
        self.next_index = 0  # first entry not projected yet
        self.size = 0  # checkpointed size of the log as last heard
        self.holes = 0

    async def run(self) -> None:
        """Follow until cancelled."""
        self._checked = False
        async with self._bus.subscribe(f"log.{self.log}") as messages:
            await self.catch_up()
            async for topic, payload in messages:
                try:
                    appended = decode(payload, LogAppended)
                except MalformedMessage:
                    logger.error("a publication on %s is not LogAppended", topic)
                    continue
                if appended.log == self.log:  # the topic is a prefix: recorder-1, recorder-10
                    await self._take(appended)

    async def catch_up(self) -> None:
        """Read from the cursor to the end of the log, waiting for the recorder if need be."""
        while not await self._try_catch_up():
            await asyncio.sleep(_RETRY_S)

    async def heard_of(self, size: int) -> None:
        """The log has this size.

        A log shorter than what was projected may be another one (its recorder got a new store);
        it is compared again. A size that is merely a little old costs one comparison.
        """
        self.size = max(self.size, size)
        if self._checked and size < self.next_index:
            self._checked = False
        if not self._checked or self.next_index < size:
            await self._try_catch_up()

    def begin_again(self) -> None:
        """The projected tables were emptied."""
        self.next_index = 0
        self._checked = False

    async def _try_catch_up(self) -> bool:
        """Read to the end; false when the recorder does not answer."""
        try:
            async with self._lock:
                await self._check_log()
                while True:
                    page = await self._read(self.next_index)
                    self.size = max(self.size, page.size)
                    if page.entries:
                        await self._commit(page.first_index, page.entries)
                    if not page.entries or self.next_index >= page.size:
                        return True
        except BusError as error:
            logger.warning("cannot read the log %s: %s", self.log, type(error).__name__)
            return False

    async def _take(self, appended: LogAppended) -> None:
        self.size = max(self.size, appended.size)
        if appended.first_index > self.next_index:
            self.holes += 1
            await self.catch_up()
        async with self._lock:
            known = self.next_index - appended.first_index
            if 0 <= known < len(appended.entries):
                await self._commit(self.next_index, appended.entries[known:])

    async def _check_log(self) -> None:
        """Once: is this the log the database was made from?"""
        if self._checked:
            return
        page = await self._read(0, 1)
        stored = await self._database.read(lambda connection: read_cursor(connection, self.log))
        self.next_index, last_sha256 = stored
        if self.next_index > page.size or not await self._same_entry(last_sha256):
            found = {"log": self.log, "expected_size": self.next_index, "size": page.size}
            await self._owner.foreign(found)
            self.size = page.size
        self._checked = True

    async def _same_entry(self, sha256: bytes) -> bool:
        if self.next_index == 0:
            return True
        page = await self._read(self.next_index - 1, 1)
        return bool(page.entries) and hashlib.sha256(page.entries[0]).digest() == sha256

    async def _read(self, first_index: int, limit: int = PAGE) -> LogPage:
        request = ReadLog(first_index=first_index, limit=limit, log=self.log)
        reply = await self._bus.request(RECORDER, "read_log", encode(request))
        return decode(reply, LogPage)

    async def _commit(self, first_index: int, raw: Sequence[bytes]) -> None:
        log, rebuilds = self.log, self._owner.rebuilds
        try:
            taken = await self._database.write(lambda writing: take(writing, log, first_index, raw))
        except ProjectionError:
            if rebuilds == self._owner.rebuilds:
                raise
            self.begin_again()  # another log's follower emptied the tables under our feet
            return
        self.next_index = first_index + len(raw)
        self._owner.committed(taken)


def take(writing: Writing, log: str, first_index: int, raw: Sequence[bytes]) -> list[Entry]:
    """Project entries and move the cursor, in the caller's transaction.

    Raises:
        ProjectionError: they do not follow the cursor, or are not entries.
    """
    next_index, _ = read_cursor(writing.connection, log)
    if first_index != next_index:
        raise ProjectionError(f"{log}: entry {next_index} comes next, not {first_index}")
    taken = [read_entry(entry, log, first_index + at) for at, entry in enumerate(raw)]
    for entry in taken:
        project(writing, entry)
    if raw:
        table = schema.log_cursor
        values = {
            "next_index": first_index + len(raw),
            "last_sha256": hashlib.sha256(raw[-1]).digest(),
        }
        changed = writing.execute(table.update().where(table.c.log == log).values(**values))
        if changed.rowcount == 0:
            writing.execute(table.insert().values(log=log, **values))
    return taken


def clear(writing: Writing) -> None:
    """Empty every projected table. Cursors given out so far stop being resumable."""
    for table in schema.PROJECTED:
        writing.execute(delete(table))
    writing.execute(delete(schema.log_cursor))
    set_counter(writing.connection, FLOOR, counter(writing.connection, CURSOR))


def rebuild(writing: Writing, log: str, raw: Sequence[bytes]) -> None:
    """Project a whole log again from its first entry."""
    clear(writing)
    take(writing, log, 0, raw)


def read_cursor(connection: Connection, log: str) -> tuple[int, bytes]:
    """The next index of a log to project and the SHA-256 of the entry before it."""
    table = schema.log_cursor
    row = connection.execute(select(table).where(table.c.log == log)).one_or_none()
    return (row.next_index, row.last_sha256) if row else (0, _ZERO)
