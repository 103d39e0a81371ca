"""One SQLite database: one writer thread, a few readers, and events handed out after commit.

Rules it upholds:

1. Every write is one transaction in the one writer thread, begun with BEGIN IMMEDIATE; a deferred
   BEGIN loses updates or fails with "locked" under concurrency (pysqlite's default).
2. WAL and synchronous=FULL: when ``write`` returns, the transaction survives a power cut.
3. Reads have their own connections, and each ``read`` sees one snapshot.
4. Events emitted in a transaction reach the listener only after its commit, in cursor order:
   the writer thread hands them to the event loop itself, so no task can overtake another. What
   else a commit changed (``db.changes``) goes the same way to a listener of its own.

It does not know what the tables mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, create_engine, event, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from command_centre.db import changes, schema
from command_centre.db.changes import Change
from command_centre.db.migrate import upgrade
from command_centre.errors import DatabaseError

T = TypeVar("T")

_READERS = 3
_BUSY_TIMEOUT_MS = 5_000

CURSOR = "cursor"
FLOOR = "floor"


@dataclass(frozen=True)
class Event:
    """A durable event of a case: ``message`` is the WebSocket text, its cursor inside."""

    cursor: int
    case: str
    room: str  # empty: concerns the whole case
    message: bytes


class Writing:
    """One write transaction; lives in the writer thread, never outlives it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events: list[Event] = []

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run a statement in this transaction."""
        result = self.connection.execute(statement, parameters)
        assert isinstance(result, CursorResult)
        return result

    def next_cursor(self) -> int:
        """The next event cursor; rolled back with the transaction, so holes never matter."""
        cursor = read_counter(self.connection, CURSOR) + 1
        write_counter(self.connection, CURSOR, cursor)
        return cursor

    def emit(self, case: str, room: str, cursor: int, message: bytes) -> None:
        """Store a durable event; desks get it after the commit."""
        self.execute(
            schema.event.insert().values(
                cursor=cursor, case_id=case, room_id=room, message=message.decode()
            )
        )
        self.events.append(Event(cursor, case, room, message))


class Database:
    """Owner of the database file. Use ``async`` methods on the loop, ``*_now`` anywhere else."""

    def __init__(self, path: Path) -> None:
        """Open the file, applying missing migrations.

        Raises:
            DatabaseTooNew: a newer version has written it.
            DatabaseError: it cannot be opened or is not a database.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.touch(mode=0o600)  # it holds the passwords of cameras
            self._write_engine = _engine(path, "IMMEDIATE", 1)
            self._read_engine = _engine(path, "DEFERRED", _READERS)
            upgrade(self._write_engine)
            self._write_engine.dispose()  # from now on with triggers on the tables as they are
            event.listen(self._write_engine, "connect", _watched)
        except (DBAPIError, OSError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise DatabaseError(f"cannot use the database {path}: {cause}") from error
        self._writer = ThreadPoolExecutor(1, "centre-db-writer")
        self._readers = ThreadPoolExecutor(_READERS, "centre-db-reader")
        self._listener: tuple[asyncio.AbstractEventLoop, Callable[[list[Event]], None]] | None
        self._listener = None
        self._change_listener: (
            tuple[asyncio.AbstractEventLoop, Callable[[list[Change]], None]] | None
        ) = None

    def listen(self, listener: Callable[[list[Event]], None]) -> None:
        """Hand events of every later commit to ``listener`` on the running loop."""
        self._listener = (asyncio.get_running_loop(), listener)

    def listen_to_changes(self, listener: Callable[[list[Change]], None]) -> None:
        """Tell ``listener`` on the running loop which lists each later commit has changed."""
        self._change_listener = (asyncio.get_running_loop(), listener)

    @property
    def waiting(self) -> int:
        """Writes that wait for their turn."""
        return self._writer._work_queue.qsize()

    async def write(self, work: Callable[[Writing], T]) -> T:
        """Run ``work`` in one write transaction and wait for it to be durable.

        When the caller is cancelled the transaction has either ended or never begun by the time
        this returns.
        """
        submitted = self._submit(work)
        done = asyncio.wrap_future(submitted)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            if not submitted.cancel():
                await asyncio.wait([done])
            raise

    def write_now(self, work: Callable[[Writing], T]) -> T:
        """The same for callers without an event loop (command line, tests)."""
        return self._submit(work).result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one snapshot of the database."""
        return await asyncio.wrap_future(self._readers.submit(self._read, work))

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """The same for callers without an event loop."""
        return self._readers.submit(self._read, work).result()

    def close(self) -> None:
        """Finish what is queued and close the connections."""
        self._listener = None
        self._change_listener = None
        self._writer.shutdown()
        self._readers.shutdown()
        self._read_engine.dispose()
        self._write_engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _submit(self, work: Callable[[Writing], T]) -> Future[T]:
        return self._writer.submit(self._write, work)

    def _write(self, work: Callable[[Writing], T]) -> T:
        with self._write_engine.begin() as connection:
            writing = Writing(connection)
            result = work(writing)
            changed = changes.taken(connection)
        # Committed: if the process dies here, desks get the events when they resume.
        if writing.events and self._listener is not None:
            loop, listener = self._listener
            loop.call_soon_threadsafe(listener, writing.events)
        if changed and self._change_listener is not None:
            loop, told = self._change_listener
            loop.call_soon_threadsafe(told, changed)
        return result

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._read_engine.begin() as connection:
            return work(connection)


def read_counter(connection: Connection, name: str) -> int:
    """A counter's number, 0 when it was never set."""
    statement = select(schema.counter.c.number).where(schema.counter.c.name == name)
    return connection.execute(statement).scalar() or 0


def write_counter(connection: Connection, name: str, number: int) -> None:
    """Set a counter."""
    table = schema.counter
    changed = connection.execute(table.update().where(table.c.name == name).values(number=number))
    if changed.rowcount == 0:
        connection.execute(table.insert().values(name=name, number=number))


def _watched(connection: Any, _record: object) -> None:
    changes.install(connection.execute)


def _engine(path: Path, begin: str, connections: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # pysqlite must not begin by itself; rule 1
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # words that are deleted are overwritten
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")

    return engine
