"""The writer of one storage directory: files, entries, checkpoint, in that order.

One thread owns the directory. Jobs wait in a bounded queue; whatever waits when the thread
comes round is committed together (group commit), so one flush serves many rooms. There is no
artificial delay: a lone job is committed at once.

For each group, and what is true if the process dies after each step:

1. Media files sealed (sealer.py), written, flushed and renamed into place. No entry names
   them yet: they are orphans, named by the next ``recover`` entry and kept aside.
2. Private payloads appended beside the log and flushed, once for the group; then entries
   appended to the write-ahead log and flushed. Durable, but nobody was told.
3. Tiles and a signed checkpoint written and flushed. The entries are protected.
4. Futures resolved, callbacks called.

A full queue refuses (QueueFull): the caller stops recording and says so. A full disk fails the
jobs it hit and leaves nothing of them in the log. A failed flush stops the writer for good: all
waiting and later jobs fail, and only a new writer, through recovery, may go on.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence_store.draft import Draft, FileLink, FileWrite, Prepared, prepare
from evidence_store.durable import DirectoryLock, Disk, make_directories, store_error
from evidence_store.errors import (
    DiskFailed,
    DiskFull,
    EvidenceError,
    FileConflict,
    QueueFull,
    StoreClosed,
    StoreError,
)
from evidence_store.log import Log
from evidence_store.media_files import place_file
from evidence_store.recovery import Recovery, mark_clean, open_log
from evidence_store.sealer import Sealer
from evidence_store.session_keys import SessionKeys
from evidence_store.signer_port import LogSigner
from evidence_store.spelling import Spelling
from evidence_store.store_format import check_store
from evidence_store.survey import Survey, set_orphans_aside, survey_log

__all__ = ["Appended", "AppendedCallback", "Draft", "FileLink", "FileWrite", "StoreWriter"]

logger = logging.getLogger(__name__)

_GROUP_JOBS_MAX = 256
_RECOVER_ORPHANS_MAX = 200

#: ``callback(first_index, size, entries)``; ``size`` is the checkpointed size of the log, entries
#: are opened: private payloads stand in their bodies (commitment.py).
AppendedCallback = Callable[[int, int, list[bytes]], None]


@dataclass(frozen=True)
class Appended:
    """Where an entry stands; durable and covered by a checkpoint."""

    index: int
    leaf_hash: bytes
    t_us: int
    entry: bytes


@dataclass
class _Job:
    drafts: list[Prepared]
    future: Future[list[Appended]] = field(default_factory=Future)


class StoreWriter:
    """Owner of one storage directory (``<store>/recorder-1``); made by ``open``.

    ``submit``, ``on_appended`` and ``close`` may be called from any thread. Everything below
    the line "the writer thread" belongs to that thread.
    """

    def __init__(
        self,
        root: Path,
        log: Log,
        last_of_session: dict[str, int],
        disk: Disk,
        lock: DirectoryLock,
        queue_jobs: int,
        checkpoint_ms: int,
        sealer: Sealer | None = None,
        session_keys: SessionKeys | None = None,
    ) -> None:
        self._root = root
        self._disk = disk
        self._lock = lock
        self._queue_jobs = queue_jobs
        self._collect_s = checkpoint_ms / 1000
        self._boot = os.urandom(8).hex()
        self._callbacks: tuple[AppendedCallback, ...] = ()
        # Owned by the writer thread.
        self._log = log
        self._sealer = sealer
        self._last_of_session = last_of_session
        self._session_keys = session_keys
        self._left_orphans = False  # a job failed after its file was in place
        # Guarded by _wake.
        self._wake = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._closing = False
        # Written by the writer thread, read by all.
        self._failure: StoreError | None = None
        self._size = log.checkpoint.size if log.checkpoint else 0
        self._thread = threading.Thread(target=self._run, name=f"store-{root.name}", daemon=True)

    @classmethod
    def open(
        cls,
        root: Path,
        *,
        origin: str,
        signer: LogSigner,
        software: Mapping[str, Any],
        queue_jobs: int = 2000,
        checkpoint_ms: int = 200,
        disk: Disk | None = None,
        sealer: Sealer | None = None,
        session_keys: bool = False,
    ) -> StoreWriter:
        """Recover the directory, start the writer, and log that it was opened.

        ``checkpoint_ms`` bounds how long jobs are collected into one group. With a ``sealer``
        new sessions are encrypted at rest. With ``session_keys`` every session gets a key of its
        own and is sealed with it.

        Raises:
            StoreError: the directory is busy, damaged, of a newer format, or the disk refuses.
        """
        disk = disk or Disk()
        if (root.parent / "FORMAT").exists():
            check_store(root.parent)
        try:
            make_directories(disk, root)
            lock = DirectoryLock(root / "lock")
        except OSError as error:
            raise store_error(error, f"cannot open {root}") from error
        try:
            log, recovery, survey, orphans = _recover(disk, root, origin, signer, session_keys)
        except EvidenceError:
            lock.release()
            raise
        chains = survey.open_chains or {}
        keys = SessionKeys(origin, signer, chains) if session_keys else None
        last = survey.last_of_session
        writer = cls(root, log, last, disk, lock, queue_jobs, checkpoint_ms, sealer, keys)
        writer._thread.start()
        try:
            opening = _opening(recovery, orphans, origin, signer, software, session_keys)
            writer.submit(opening).result()
        except StoreError:
            writer.close()
            raise
        return writer

    @property
    def size(self) -> int:
        """Number of entries that a durable checkpoint covers."""
        return self._size

    @property
    def failure(self) -> StoreError | None:
        """Why the writer stopped for good, or None while it works."""
        return self._failure

    def submit(self, drafts: Sequence[Draft]) -> Future[list[Appended]]:
        """Queue drafts that become entries together and in order.

        The future resolves once files, entries and a checkpoint over them are durable. It fails
        with a StoreError. Then none of the drafts is in the log, unless ``failure`` is set:
        after that only recovery can tell.

        Raises:
            QueueFull: too many jobs wait.
            DraftRejected: a draft can never become an entry.
            StoreClosed: the writer was closed.
            StoreError: the writer has stopped, with the reason it stopped for.
        """
        mono_us = time.monotonic_ns() // 1000
        job = _Job([prepare(draft, mono_us) for draft in drafts])
        # Not cancellable: it may be durable already by the time its caller gives up.
        job.future.set_running_or_notify_cancel()
        if not job.drafts:
            job.future.set_result([])
            return job.future
        with self._wake:
            if self._failure:
                raise self._failure
            if self._closing:
                raise StoreClosed("the writer is closed")
            if len(self._jobs) >= self._queue_jobs:
                raise QueueFull(f"{len(self._jobs)} jobs wait already")
            self._jobs.append(job)
            self._wake.notify()
        return job.future

    def on_appended(self, callback: AppendedCallback) -> None:
        """Call back in the writer thread after each checkpoint; it must be quick."""
        self._callbacks = (*self._callbacks, callback)

    def close(self) -> None:
        """Commit what waits, stop the thread and give the directory back. Idempotent."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    # --- the writer thread -----------------------------------------------------------------

    def _run(self) -> None:
        try:
            while group := self._next_group():
                self._commit(group)
            if self._failure is None and not self._left_orphans:
                chains = self._session_keys.chains() if self._session_keys else None
                survey = Survey(self._last_of_session, set(), chains)
                mark_clean(self._disk, self._root / "log", self._size, survey)
        except OSError as error:
            self._stop(store_error(error, "cannot mark the log as closed"), [])
        except Exception as error:  # the top of a worker thread: waiting callers must be told
            logger.exception("the writer of %s stopped", self._root.name)
            self._stop(DiskFailed(f"the writer stopped: {error!r}"), [])
        finally:
            # Everything that matters was flushed before; a refused close changes nothing.
            with contextlib.suppress(OSError):
                self._log.close()
            self._lock.release()

    def _next_group(self) -> list[_Job]:
        """Whatever waits now; empty once the writer is closed or has stopped."""
        with self._wake:
            while not self._jobs and not self._closing:
                self._wake.wait()
            group: list[_Job] = []
            while self._jobs and len(group) < _GROUP_JOBS_MAX:
                group.append(self._jobs.popleft())
            return group

    def _commit(self, group: list[_Job]) -> None:
        if self._failure:
            for job in group:
                job.future.set_exception(self._failure)
            return
        try:
            ready = self._place_files(group)
            if not ready:
                return
            spelling = Spelling(self._log.size, self._boot, self._last_of_session)
            results = self._append(ready, spelling)
        except StoreError as error:
            self._stop(error, group)
            return
        if not results:
            return
        self._notify(ready, results, spelling)
        try:
            self._log.tidy()
        except OSError as error:
            self._stop(store_error(error, "cannot shorten the write-ahead log"), [])

    def _place_files(self, group: list[_Job]) -> list[_Job]:
        """Step 1. Jobs whose files found no room are failed; the rest goes on."""
        directories: set[Path] = set()
        ready: list[_Job] = []
        deadline = time.monotonic() + self._collect_s
        for position, job in enumerate(group):
            if ready and time.monotonic() > deadline:
                self._put_back(group[position:])
                break
            try:
                if self._sealer:
                    job.drafts = [self._sealer.finish(draft) for draft in job.drafts]
                for draft in job.drafts:
                    if draft.file:
                        directories.add(place_file(self._disk, self._root, draft.file))
            except (DiskFull, FileConflict) as error:
                self._left_orphans = True
                job.future.set_exception(error)
            else:
                ready.append(job)
        try:
            for directory in sorted(directories):
                self._disk.sync_directory(directory)
        except OSError as error:
            raise store_error(error, "cannot flush a media directory") from error
        return ready

    def _put_back(self, jobs: list[_Job]) -> None:
        with self._wake:
            self._jobs.extendleft(reversed(jobs))

    def _append(self, ready: list[_Job], spelling: Spelling) -> list[Appended]:
        """Steps 2 and 3; returns nothing when the disk was full and the jobs were failed."""
        for job in ready:
            for draft in job.drafts:
                spelling.add(draft, self._session_keys)
        first = self._log.size
        try:
            leaves = self._log.append(spelling.entries, spelling.payloads)
        except OSError as error:
            full = store_error(error, "cannot append to the log")
            if not self._log.usable or not isinstance(full, DiskFull):
                raise full from error
            self._left_orphans = True
            for job in ready:
                job.future.set_exception(full)
            if self._session_keys:
                self._session_keys.discard()
            return []
        self._last_of_session.update(spelling.last)
        if self._session_keys:
            self._session_keys.commit()
        try:
            self._size = self._log.publish().size
        except OSError as error:
            raise store_error(error, "cannot publish the checkpoint") from error
        return [
            Appended(index, leaf, t_us, entry)
            for index, (leaf, t_us, entry) in enumerate(
                zip(leaves, spelling.times, spelling.entries, strict=True), first
            )
        ]

    def _notify(self, ready: list[_Job], results: list[Appended], spelling: Spelling) -> None:
        """Step 4."""
        offset = 0
        for job in ready:
            mine = spelling.asked[offset : offset + len(job.drafts)]
            job.future.set_result([results[place] for place in mine])
            offset += len(job.drafts)
        for callback in self._callbacks:
            try:
                callback(results[0].index, self._size, spelling.opened)
            except Exception:
                # Worker thread: a listener's fault must not stop the recording of evidence.
                logger.exception("a listener of %s failed", self._root.name)

    def _stop(self, error: StoreError, group: list[_Job]) -> None:
        """Fail everything that waits; nothing is accepted from now on."""
        logger.error("the writer of %s has stopped: %s", self._root.name, error)
        with self._wake:
            self._failure = error
            waiting = [*group, *self._jobs]
            self._jobs.clear()
        for job in waiting:
            if not job.future.done():
                job.future.set_exception(error)


def _recover(
    disk: Disk, root: Path, origin: str, signer: LogSigner, session_keys: bool
) -> tuple[Log, Recovery, Survey, list[str]]:
    """Open the log; after an unclean stop also find orphans and the last of each session."""
    try:
        log, recovery = open_log(root / "log", origin, signer, disk)
        known = recovery.survey if recovery.clean else None
        if known and not (session_keys and known.open_chains is None):
            return log, recovery, known, []
        try:
            survey = survey_log(root / "log", recovery.size, origin)
            # A stop in order leaves no orphans; then only the sessions' chains were not known.
            orphans = [] if recovery.clean else set_orphans_aside(disk, root, survey.paths)
        except (OSError, EvidenceError):
            log.close()
            raise
    except OSError as error:
        raise store_error(error, f"cannot recover {root}") from error
    return log, recovery, survey, orphans


def _opening(
    recovery: Recovery,
    orphans: list[str],
    origin: str,
    signer: LogSigner,
    software: Mapping[str, Any],
    session_keys: bool,
) -> list[Draft]:
    """The entries that every opening of the log begins with."""
    t_us = time.time_ns() // 1000
    if recovery.fresh:
        body = {**software, "key_sha256": signer.key_sha256, "origin": origin}
        drafts = [Draft("log.open", "", "", body, t_us)]
    else:
        drafts = [Draft("process.start", "", "", dict(software), t_us)]
    if not recovery.clean and (orphans or recovery.discarded or not recovery.fresh):
        body = {
            "from_size": recovery.from_size,
            "size": recovery.size,
            "discarded_bytes": len(recovery.discarded),
            "discarded_sha256": hashlib.sha256(recovery.discarded).hexdigest(),
            "orphans": orphans[:_RECOVER_ORPHANS_MAX],
            "orphans_total": len(orphans),
        }
        recover = Draft("recover", "", "", body, t_us)
        drafts = [drafts[0], recover] if recovery.fresh else [recover, drafts[0]]
    statement = signer.statement(origin)
    if statement is not None:
        body = {**statement, "session_keys": session_keys}
        drafts.append(Draft("key.host", "", "", body, t_us))
    return drafts
