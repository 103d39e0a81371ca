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
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from evidence_store.draft import Draft, FileLink, FileWrite, Prepared, prepare
from evidence_store.durable import Disk
from evidence_store.errors import (
    DiskFailed,
    DiskFull,
    FileConflict,
    QueueFull,
    StoreClosed,
    StoreError,
)
from evidence_store.media_files import stage_link
from evidence_store.mirror import Lead
from evidence_store.opening import (
    Opened,
    failed_draft,
    joined_draft,
    open_directories,
    opening_drafts,
    take_back,
    why,
)
from evidence_store.sealer import Sealer, state_sm3
from evidence_store.session_keys import SessionKeys
from evidence_store.signer_port import LogSigner
from evidence_store.spelling import Spelling
from evidence_store.survey import Survey
from evidence_store.together import REJOIN_FILE
from evidence_store.volume import Volumes

__all__ = ["Appended", "AppendedCallback", "Draft", "FileLink", "FileWrite", "StoreWriter"]

logger = logging.getLogger(__name__)

T = TypeVar("T")
_GROUP_JOBS_MAX = 256
_RETRY_S = 30.0  # after a directory could not be taken back
_LOOK_S = 1.0  # between looks for a directory that was made whole again
_ACTS_MAX = 16

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


class DirectoryState(TypedDict):
    """A configured storage directory, for people."""

    number: int
    root: Path
    in_use: bool
    why: str  # why it is not, a word of ``disk.failed``; empty while it is in use


@dataclass
class _Done:
    """Entries that are protected, in order, and the same as readers get them."""

    results: list[Appended] = field(default_factory=list)
    opened: list[bytes] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)  # which of them callers handed in


@dataclass
class _Job:
    drafts: list[Prepared]
    finished: bool = False  # its files are sealed
    future: Future[list[Appended]] = field(default_factory=Future)


class StoreWriter:
    """Owner of one storage directory (``<store>/recorder-1``); made by ``open``.

    ``submit``, ``on_appended`` and ``close`` may be called from any thread. Everything below
    the line "the writer thread" belongs to that thread.
    """

    def __init__(
        self,
        root: Path,
        opened: Opened,
        queue_jobs: int,
        checkpoint_ms: int,
        sealer: Sealer | None = None,
        session_keys: SessionKeys | None = None,
    ) -> None:
        self._root = root
        self._queue_jobs = queue_jobs
        self._collect_s = checkpoint_ms / 1000
        self._boot = os.urandom(8).hex()
        self._callbacks: tuple[AppendedCallback, ...] = ()
        # Owned by the writer thread.
        self._volumes = opened.volumes
        self._sealer = sealer
        self._last_of_session = opened.survey.last_of_session
        self._session_keys = session_keys
        self._left_orphans = False  # a job failed after its file was in place
        self._places: list[tuple[int, tuple[Path, Disk]]] = []  # all configured directories
        self._signer: tuple[str, LogSigner] | None = None
        self._reasons: dict[int, str] = {}  # why a directory is not in use
        self._looked = 0.0  # when directories that may come back were looked at
        # Guarded by _wake.
        self._wake = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._acts: deque[Callable[[], None]] = deque()
        self._closing = False
        # Written by the writer thread, read by all.
        self._failure: StoreError | None = None
        self.directories: tuple[DirectoryState, ...] = ()
        self._size = opened.recovery.from_size
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
        mirrors: Sequence[Path] = (),
        mirror_disks: Sequence[Disk] = (),
        reading: Callable[[], None] = lambda: None,
    ) -> StoreWriter:
        """Recover the directory, start the writer, and log that it was opened.

        ``checkpoint_ms`` bounds how long jobs are collected into one group. With a ``sealer``
        new sessions are encrypted at rest. With ``session_keys`` every session gets a key of its
        own and is sealed with it. ``mirrors`` are the same directory on
        other disks: everything is written to each. ``reading`` is called again and again while
        the whole log is read, which follows a stop that was none in order.

        Raises:
            StoreError: the directory is busy, damaged, of a newer format, or the disk refuses.
        """
        disks = [disk or Disk(), *(mirror_disks or [Disk() for _ in mirrors])]
        opened = open_directories(
            [root, *mirrors], disks, origin, signer, chains=session_keys, reading=reading
        )
        volumes = opened.volumes
        volumes.open_twin(origin, signer, opened.survey.twin)
        if sealer is not None:
            sealer.use(lambda: volumes.root, volumes.write_keys)
        open_chains = opened.survey.open_chains or {}
        keys = SessionKeys(origin, signer, open_chains) if session_keys else None
        writer = cls(root, opened, queue_jobs, checkpoint_ms, sealer, keys)
        writer._places = list(enumerate(zip([root, *mirrors], disks, strict=True), 1))
        writer._signer = (origin, signer)
        writer._tell_directories()
        writer._thread.start()
        try:
            opening = opening_drafts(opened, origin, signer, software, session_keys)
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
        links = [draft.file for draft in job.drafts if isinstance(draft.file, FileLink)]
        if links and len(self._places) > 1:
            self._stage(job, links)
            return job.future
        self._enqueue(job)
        return job.future

    def _stage(self, job: _Job, links: list[FileLink]) -> None:
        """Copy large files to the mirrors first, in a thread of their own: nothing waits for it."""

        def copy() -> None:
            for number, (root, disk) in self._places[1:]:
                if any(one["number"] == number and one["in_use"] for one in self.directories):
                    with contextlib.suppress(OSError):  # the writer meets it again, and tells
                        for link in links:
                            stage_link(disk, root, link)
            try:
                self._enqueue(job)
            except StoreError as error:
                job.future.set_exception(error)

        threading.Thread(target=copy, name=f"stage-{self._root.name}", daemon=True).start()

    def _enqueue(self, job: _Job) -> None:
        with self._wake:
            if self._failure:
                raise self._failure
            if self._closing:
                raise StoreClosed("the writer is closed")
            if len(self._jobs) >= self._queue_jobs:
                raise QueueFull(f"{len(self._jobs)} jobs wait already")
            self._jobs.append(job)
            self._wake.notify()

    @property
    def waiting(self) -> int:
        """Jobs that wait in the queue now."""
        return len(self._jobs)

    def on_appended(self, callback: AppendedCallback) -> None:
        """Call back in the writer thread after each checkpoint; it must be quick."""
        self._callbacks = (*self._callbacks, callback)

    def between_groups(self, act: Callable[[Volumes], T]) -> Future[T]:
        """Run a short act on the directories in the writer thread, between two groups.

        Raises:
            QueueFull: too many acts wait.
            StoreError: the writer was closed or has stopped.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        with self._wake:
            if self._failure or self._closing:
                raise self._failure or StoreClosed("the writer is closed")
            if len(self._acts) >= _ACTS_MAX:
                raise QueueFull("too many acts wait already")
            self._acts.append(lambda: self._act(act, future))
            self._wake.notify()
        return future

    def close(self) -> None:
        """Commit what waits, stop the thread and give the directory back. Idempotent."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    # --- the writer thread -----------------------------------------------------------------

    def _run(self) -> None:
        group: list[_Job] = []
        try:
            while (group := self._next_group()) or not self._closing:
                self._do_acts()
                if group:
                    self._commit(group)
                self._look_for_directories()
            self._do_acts()
            if self._failure is None:
                self._declare_losses(_Done())
            if self._failure is None and not self._left_orphans:
                chains = self._session_keys.chains() if self._session_keys else None
                twin = self._volumes.twin
                edge = twin.nodes if twin else None
                survey = Survey(self._last_of_session, set(), chains, edge)
                self._volumes.mark_clean(self._size, survey)
        except StoreError as error:
            self._stop(error, group)
        except Exception as error:  # the top of a worker thread: waiting callers must be told
            logger.exception("the writer of %s stopped", self._root.name)
            self._stop(DiskFailed(f"the writer stopped: {error!r}"), group)
        finally:
            self._volumes.close()

    def _next_group(self) -> list[_Job]:
        """Whatever waits now; empty once the writer is closed, or to look for directories."""
        away = len(self._places) > len(self._volumes.healthy) and self._failure is None
        with self._wake:
            while not self._jobs and not self._acts and not self._closing:
                if not self._wake.wait(_LOOK_S if away else None) and away:
                    break
            group: list[_Job] = []
            while self._jobs and len(group) < _GROUP_JOBS_MAX:
                group.append(self._jobs.popleft())
            return group

    def _do_acts(self) -> None:
        """What was asked by ``between_groups``."""
        for _ in range(_ACTS_MAX):  # one at a time: when one fails, _stop finds the rest
            with self._wake:
                if not self._acts:
                    return
                act = self._acts.popleft()
            act()

    def _act(self, act: Callable[[Volumes], T], future: Future[T]) -> None:
        if self._failure:
            future.set_exception(self._failure)
            return
        try:
            result = act(self._volumes)
            done = _Done()
            self._declare_losses(done)
            if done.results:
                self._notify([], done)
        except DiskFull as error:  # the act is not done, the writer goes on
            future.set_exception(error)
        except StoreError as error:
            future.set_exception(error)
            self._stop(error, [])
        except Exception as error:  # whoever waits must be told; the top of the thread stops
            future.set_exception(error)
            raise
        else:
            future.set_result(result)

    def _commit(self, group: list[_Job]) -> None:
        if self._failure:
            for job in group:
                job.future.set_exception(self._failure)
            return
        try:
            ready = self._place_files(group)
            done = self._append(ready) if ready else _Done()
            acknowledged = bool(done.results)
            self._declare_losses(done)
        except StoreError as error:
            self._stop(error, group)
            return
        if not done.results:
            return
        self._notify(ready if acknowledged else [], done)
        try:
            self._volumes.tidy()
        except StoreError as error:
            self._stop(error, [])

    def _place_files(self, group: list[_Job]) -> list[_Job]:
        """Step 1. Jobs whose files found no room are failed; the rest goes on."""
        group = [job for job in group if self._finish(job)]
        files = [[draft.file for draft in job.drafts if draft.file] for job in group]
        if not any(files):
            return group
        outcomes = self._volumes.place(files, time.monotonic() + self._collect_s)
        ready: list[_Job] = []
        for job, error in zip(group, outcomes, strict=False):
            if error is None:
                ready.append(job)
            else:
                self._left_orphans = True
                job.future.set_exception(error)
        self._put_back(group[len(outcomes) :])
        return ready

    def _finish(self, job: _Job) -> bool:
        """Seal its files, once; false when it was failed."""
        twin, sealer = self._volumes.twin, self._sealer
        if job.finished or (sealer is None and twin is None):
            return True
        if twin is not None:
            job.drafts = [state_sm3(draft) for draft in job.drafts]
        try:
            if sealer is not None:
                job.drafts = [sealer.finish(draft) for draft in job.drafts]
        except (DiskFull, FileConflict) as error:
            job.future.set_exception(error)
            return False
        job.finished = True
        return True

    def _put_back(self, jobs: list[_Job]) -> None:
        with self._wake:
            self._jobs.extendleft(reversed(jobs))

    def _append(self, ready: list[_Job]) -> _Done:
        """Steps 2 and 3; returns nothing when the disk was full and the jobs were failed."""
        first = self._volumes.log.size
        spelling = Spelling(first, self._boot, self._last_of_session)
        for job in ready:
            for draft in job.drafts:
                spelling.add(draft, self._session_keys)
        try:
            leaves = self._volumes.append(spelling.entries, spelling.payloads)
        except DiskFull as full:
            self._left_orphans = True
            for job in ready:
                job.future.set_exception(full)
            if self._session_keys:
                self._session_keys.discard()
            return _Done()
        self._last_of_session.update(spelling.last)
        if self._session_keys:
            self._session_keys.commit()
        self._size = self._volumes.publish().size
        results = [
            Appended(index, leaf, t_us, entry)
            for index, (leaf, t_us, entry) in enumerate(
                zip(leaves, spelling.times, spelling.entries, strict=True), first
            )
        ]
        return _Done(results, spelling.opened, spelling.asked)

    def _declare_losses(self, done: _Done) -> None:
        """Before anything is acknowledged that is not on every directory: say which is missing."""
        self._volumes.write_together()
        while self._volumes.lost:
            losses, self._volumes.lost = self._volumes.lost, []
            self._volumes.write_together()
            self._reasons.update({loss.number: why(loss.error) for loss in losses})
            self._tell_directories()
            left = len(self._volumes.healthy)
            drafts = [prepare(failed_draft(loss, left), _mono_us()) for loss in losses]
            declared = self._append([_Job(drafts)])
            if not declared.results:  # no room for it: with the next group
                self._volumes.lost = [*losses, *self._volumes.lost]
                return
            done.results += declared.results
            done.opened += declared.opened

    def _look_for_directories(self) -> None:
        """Take a directory back that was made whole again (resync.py)."""
        away = len(self._places) > len(self._volumes.healthy) and self._failure is None
        if not away or time.monotonic() < self._looked + _LOOK_S:
            return
        self._looked = time.monotonic()
        used = {volume.number for volume in self._volumes.healthy}
        for number, (root, disk) in self._places:
            if number not in used and (root / REJOIN_FILE).exists():
                self._take_back(number, root, disk)

    def _take_back(self, number: int, root: Path, disk: Disk) -> None:
        assert self._signer is not None
        lead = Lead(self._volumes.root, self._volumes.log.size)
        try:
            volume, together, gathered = take_back(number, root, disk, self._signer, lead)
        except StoreError as error:
            logger.error("storage directory %d cannot be taken back: %s", number, error)
            self._looked += _RETRY_S
            return
        self._volumes.add(volume, together)
        self._reasons.pop(number, None)
        joined = prepare(joined_draft(replace(gathered, number=number)), _mono_us())
        try:
            done = self._append([_Job([joined])])
            self._declare_losses(done)
        except StoreError as error:
            self._stop(error, [])
            return
        self._tell_directories()
        if done.results:
            self._notify([], done)

    def _tell_directories(self) -> None:
        used = {volume.number for volume in self._volumes.healthy}
        self.directories = tuple(
            DirectoryState(
                number=number,
                root=root,
                in_use=number in used,
                why="" if number in used else self._reasons.get(number, "failed"),
            )
            for number, (root, _) in self._places
        )

    def _notify(self, ready: list[_Job], done: _Done) -> None:
        """Step 4; among and behind the results of the jobs there are entries of our own."""
        results = done.results
        offset = 0
        for job in ready:
            mine = done.asked[offset : offset + len(job.drafts)]
            job.future.set_result([results[place] for place in mine])
            offset += len(job.drafts)
        for callback in self._callbacks:
            try:
                callback(results[0].index, self._size, done.opened)
            except Exception:
                # Worker thread: a listener's fault must not stop the recording of evidence.
                logger.exception("a listener of %s failed", self._root.name)

    def _stop(self, error: StoreError, group: list[_Job]) -> None:
        """Fail everything that waits; nothing is accepted from now on."""
        logger.error("the writer of %s has stopped: %s", self._root.name, error)
        with self._wake:
            self._failure = error
            waiting = [*group, *self._jobs]
            acts = list(self._acts)
            self._jobs.clear()
            self._acts.clear()
        for act in acts:
            act()  # the failure is set: it only tells whoever waits
        for job in waiting:
            if not job.future.done():
                job.future.set_exception(error)


def _mono_us() -> int:
    return time.monotonic_ns() // 1000
