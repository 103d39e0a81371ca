"""The recorder's side of the store: drafts out, receipts in, on the event loop.

Nothing here blocks: ``StoreWriter.submit`` queues, and its future is awaited. A full queue is
reported like any other failure of the store, because it means the same to a recording: stop and
say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, TypeVar

from config.kinds import split
from evidence_store.errors import DiskFull as StoreDiskFull
from evidence_store.errors import DraftRejected, StoreError
from evidence_store.payload_removal import remove_payloads
from evidence_store.volume import Volumes
from evidence_store.writer import Appended, DirectoryState, Draft, FileWrite
from recorder import errors
from recorder.clock import SteadyClock

__all__ = ["Appended", "Draft", "FileWrite", "Journal", "Writer", "as_recorder_error"]

T = TypeVar("T")


class Writer(Protocol):
    """What the recorder needs of ``evidence_store.writer.StoreWriter``."""

    def submit(self, drafts: Sequence[Draft]) -> Future[list[Appended]]:
        """Queue; the future resolves when files, entries and checkpoint are durable."""
        ...

    def on_appended(self, callback: Callable[[int, int, list[bytes]], None]) -> None:
        """Call back in the writer's thread after each checkpoint."""
        ...

    def between_groups(self, act: Callable[[Volumes], T]) -> Future[T]:
        """Run a short act in the writer's thread, between two groups."""
        ...

    @property
    def waiting(self) -> int:
        """Jobs that wait in the queue now."""
        ...

    @property
    def size(self) -> int:
        """Entries that a durable checkpoint covers."""
        ...

    @property
    def failure(self) -> StoreError | None:
        """Why the writer stopped for good, or None while it works."""
        ...

    @property
    def directories(self) -> Sequence[DirectoryState]:
        """The storage directories that are configured."""
        ...


class Journal:
    """Submits drafts for one log."""

    def __init__(self, writer: Writer, clock: SteadyClock) -> None:
        self._writer = writer
        self._clock = clock

    @property
    def size(self) -> int:
        """Entries that a durable checkpoint covers."""
        return self._writer.size

    @property
    def failure(self) -> StoreError | None:
        """Why the writer stopped for good, or None while it works."""
        return self._writer.failure

    def now_us(self) -> int:
        """The time an entry of now would get."""
        return self._clock.now_us()

    def draft(
        self,
        kind: str,
        session: str,
        room: str,
        body: dict[str, Any],
        *,
        file: FileWrite | None = None,
        private: dict[str, Any] | None = None,
    ) -> Draft:
        """An entry of now; what the table of kinds calls private becomes so."""
        body, listed = split(kind, body)
        private = {**(listed or {}), **(private or {})} or None
        return Draft(kind, session, room, body, self._clock.now_us(), file, private)

    def remove_payloads(self, roots: Sequence[Path], session: str, first_index: int) -> int:
        """Remove the private payloads of a session beside the log. Blocking.

        Raises:
            OSError: a disk refused.
            EvidenceError: the store did not do it. Both: do it again.
        """
        return remove_payloads(self._writer, roots, session, first_index)

    def submit(self, drafts: Sequence[Draft]) -> asyncio.Future[list[Appended]]:
        """Never raises: what the writer refuses at once is in the future too."""
        try:
            return asyncio.wrap_future(self._writer.submit(drafts))
        except StoreError as error:
            failed: asyncio.Future[list[Appended]] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed


def as_recorder_error(error: BaseException) -> errors.RecorderError:
    """What to tell a caller about a failure of the store."""
    if isinstance(error, StoreDiskFull):
        return errors.DiskFull("the disk is full; free some space, recording resumes by itself")
    if isinstance(error, DraftRejected):
        return errors.BadRequest(f"cannot become an entry: {error}")
    return errors.StoreBusy(f"the store did not take it: {error}")
