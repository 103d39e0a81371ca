"""The storage directories of one writer: the store's own, and its mirrors on other disks.

``Volume`` is one directory: its disk, its lock, its log. Each volume is written by calls of its
own, never copied from another. ``Volumes`` makes every step on all of them at once and waits for
all: what a step promises is true on every directory that is still in use when it returns.

A directory that refuses a write or a flush while another one obeys is given up: none of its
descriptors is used again, and ``lost`` holds it until the writer has declared it. When no
directory obeys, the step raises, as it does with one directory.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from evidence_store.checkpoint import Checkpoint
from evidence_store.draft import FileLink, FileWrite
from evidence_store.durable import DirectoryLock, Disk, replace_file, store_error
from evidence_store.errors import (
    DiskFailed,
    DiskFull,
    DiskStalled,
    FileConflict,
    StoreDamaged,
    StoreError,
)
from evidence_store.log import Log
from evidence_store.media_files import place_file, unstage
from evidence_store.payload_files import Rewritten
from evidence_store.recovery import mark_clean
from evidence_store.session_key import SessionKeys, write_session_keys
from evidence_store.signer_port import LogSigner
from evidence_store.sm3_twin import Sm3Twin, open_twin
from evidence_store.survey import Survey, set_orphans_aside
from evidence_store.together import Together, write_together
from evidence_store.twin_check import TWIN_HEAD

logger = logging.getLogger(__name__)

T = TypeVar("T")
#: A disk that does not answer for this long is given up, when another one does.
STALL_S = 20.0

Files = Sequence[FileWrite | FileLink]
Payloads = Sequence[tuple[int, bytes]]  # index and line of each


class Volume:
    """One storage directory; its steps are called by one thread at a time."""

    def __init__(self, number: int, root: Path, disk: Disk, lock: DirectoryLock, log: Log) -> None:
        self.number = number  # 1 is the store's own directory
        self.root = root
        self.disk = disk
        self.log = log
        self._lock = lock
        self._together: Together | None = None  # as stored; None: one directory only

    def set_orphans_aside(self, named: Container[str]) -> list[str]:
        """Keep aside what no entry names."""
        try:
            return set_orphans_aside(self.disk, self.root, named)
        except OSError as error:
            raise store_error(error, f"cannot recover {self.root}") from error

    def place(self, jobs: Sequence[Files], deadline: float) -> list[StoreError | None]:
        """Put the files of jobs in place, flushed; stops behind the deadline, not before one job.

        Returns one outcome for each job that was looked at: why it cannot be, or None.
        """
        directories: set[Path] = set()
        outcomes: list[StoreError | None] = []
        for files in jobs:
            if None in outcomes and time.monotonic() > deadline:
                break
            try:
                for file in files:
                    mirror = self.number > 1
                    directories.add(place_file(self.disk, self.root, file, mirror=mirror))
            except (DiskFull, FileConflict) as error:
                outcomes.append(error)
            else:
                outcomes.append(None)
        try:
            for directory in sorted(directories):
                self.disk.sync_directory(directory)
        except OSError as error:
            raise store_error(error, "cannot flush a media directory") from error
        for file in (file for files in jobs[: len(outcomes)] for file in files):
            if isinstance(file, FileLink) and self.number > 1:
                unstage(self.disk, self.root, file)
        return outcomes

    def write_keys(self, keys: SessionKeys) -> None:
        """Make the wrapped keys of a session durable."""
        try:
            write_session_keys(self.disk, self.root, keys)
        except OSError as error:
            raise store_error(error, f"cannot write the key of session {keys.session}") from error

    def append(self, entries: list[bytes], payloads: Payloads) -> list[bytes]:
        """Make entries and their private payloads durable; returns the leaf hashes.

        Raises:
            DiskFull: no room; the log is as before.
            DiskFailed: the state of the log is not known.
        """
        try:
            return self.log.append(entries, payloads)
        except OSError as error:
            refused = store_error(error, "cannot append to the log")
            if isinstance(refused, DiskFull) and not self.log.usable:
                raise DiskFailed(f"{refused}, and it could not be cut back") from error
            raise refused from error

    def switch_payloads(self, new: Rewritten) -> bool:
        """Put a rewritten payload file in place; false when too much was appended since.

        Raises:
            DiskFull: no room; the file is as before.
            DiskFailed: it is not known which file is in place.
        """
        try:
            return self.log.switch_payloads(new)
        except OSError as error:
            refused = store_error(error, "cannot put payloads in place")
            if isinstance(refused, DiskFull) and not self.log.usable:
                raise DiskFailed(str(refused)) from error
            raise refused from error

    def write_tiles(self) -> bytes:
        """Write tiles; returns the root they lead to."""
        try:
            return self.log.write_tiles()
        except OSError as error:
            raise store_error(error, "cannot publish the checkpoint") from error

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Make the signed checkpoint durable."""
        try:
            self.log.write_checkpoint(checkpoint)
        except OSError as error:
            raise store_error(error, "cannot publish the checkpoint") from error

    def write_twin(self, head: bytes) -> None:
        """Make the signed head of the twin tree durable."""
        try:
            replace_file(self.disk, self.root / "log" / TWIN_HEAD, head)
        except OSError as error:
            raise store_error(error, "cannot publish the twin's checkpoint") from error

    def tidy(self) -> None:
        """Shorten the write-ahead log."""
        try:
            self.log.tidy()
        except OSError as error:
            raise store_error(error, "cannot shorten the write-ahead log") from error

    def mark_clean(self, size: int, survey: Survey) -> None:
        """Note that the writer stopped in order."""
        try:
            mark_clean(self.disk, self.root / "log", size, survey)
        except OSError as error:
            raise store_error(error, "cannot mark the log as closed") from error

    def write_together(self, own: str, members: frozenset[str]) -> None:
        """Note which directories hold everything from now on."""
        together = Together(own, members)
        try:
            write_together(self.disk, self.root, together)
        except OSError as error:
            raise store_error(error, "cannot note which directories are in use") from error
        self._together = together

    def know(self, together: Together) -> None:
        """What ``write_together`` had noted when the directory was opened."""
        self._together = together

    @property
    def noted_members(self) -> frozenset[str] | None:
        """The directories it has noted, durably."""
        known = self._together
        return known.members if known is not None and known.stored else None

    def close(self) -> None:
        """Give the directory back; nothing is written."""
        # Everything that matters was flushed before; a refused close changes nothing.
        with contextlib.suppress(OSError):
            self.log.close()
        self._lock.release()


@dataclass(frozen=True)
class Loss:
    """A directory that was given up."""

    number: int
    error: StoreError


class _Hand:
    """The thread that works on one of several directories."""

    def __init__(self, name: str) -> None:
        self._work: SimpleQueue[tuple[Future[object], Callable[[], object]] | None] = SimpleQueue()
        # A daemon: a disk that never answers must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, act: Callable[[], object]) -> Future[object]:
        """Begin an act; acts are done in order."""
        future: Future[object] = Future()
        self._work.put((future, act))
        return future

    def end(self) -> None:
        """Stop after what was asked so far."""
        self._work.put(None)

    def join(self, timeout_s: float) -> None:
        """Wait for the end."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while item := self._work.get():
            future, act = item
            try:
                future.set_result(act())
            except Exception as error:  # noqa: BLE001  handed to the one who waits
                future.set_exception(error)


class Volumes:
    """All directories of a writer; owned by the writer's thread."""

    def __init__(self, volumes: Sequence[Volume], *, stall_s: float = STALL_S) -> None:
        self.healthy = list(volumes)
        self.lost: list[Loss] = []  # given up, not yet declared
        self.twin: Sm3Twin | None = None
        self._stall_s = stall_s
        self._names: dict[int, str] = {}  # of directories, by number; empty when there is one
        self._hands: dict[Volume, _Hand] = {}
        if len(volumes) > 1:
            for volume in volumes:
                self._hands[volume] = _Hand(f"store-{volume.root.name}-{volume.number}")

    @property
    def log(self) -> Log:
        """The log of the first directory in use."""
        return self.healthy[0].log

    @property
    def root(self) -> Path:
        """The first directory in use."""
        return self.healthy[0].root

    def add(self, volume: Volume, together: Together) -> None:
        """Use a directory (again) that holds everything."""
        self.healthy = sorted([*self.healthy, volume], key=lambda one: one.number)
        for one in self.healthy:
            if one not in self._hands:
                self._hands[one] = _Hand(f"store-{one.root.name}-{one.number}")
        self._names[volume.number] = together.own
        volume.know(together)

    def know(self, together: dict[int, Together]) -> None:
        """The names of the directories, and what each had noted."""
        self._names = {number: one.own for number, one in together.items()}
        for volume in self.healthy:
            volume.know(together[volume.number])

    def open_twin(self, origin: str, signer: LogSigner, nodes: Sequence[bytes] | None) -> None:
        """Grow the twin tree, when the keys have one for it.

        Raises:
            StoreError: it cannot be, or the signed head does not fit; all is closed then.
        """
        try:
            self.twin = open_twin(self.root / "log", self.log.size, origin, signer, nodes)
        except OSError as error:
            self.close()
            raise store_error(error, f"cannot recover {self.root}") from error
        except StoreError:
            self.close()
            raise

    def write_together(self) -> None:
        """Note on each directory in use that these, and no others, hold everything."""
        if not self._names:
            return
        members = frozenset(self._names[volume.number] for volume in self.healthy)
        if any(volume.noted_members != members for volume in self.healthy):
            self._each(lambda one: one.write_together(self._names[one.number], members))

    def set_orphans_aside(self, named: Container[str]) -> list[str]:
        """Keep aside what no entry names, on all; returns the names, sorted."""
        found = self._each(lambda volume: volume.set_orphans_aside(named))
        return sorted({name for _, names in found for name in names})

    def place(self, jobs: Sequence[Files], deadline: float) -> list[StoreError | None]:
        """``Volume.place`` on all; a job succeeds when it does everywhere."""
        placed = dict(self._each(lambda volume: volume.place(jobs, deadline)))
        merged: list[StoreError | None] = []
        for number in range(min(len(outcomes) for outcomes in placed.values())):
            full = [v for v in self.healthy if isinstance(placed[v][number], DiskFull)]
            if len(full) < len(self.healthy):
                for volume in full:
                    self._give_up(volume, placed[volume][number])
            errors = [placed[volume][number] for volume in self.healthy]
            merged.append(next((error for error in errors if error is not None), None))
        return merged

    def write_keys(self, keys: SessionKeys) -> None:
        """The wrapped keys of a session, durable on all."""
        self._each(lambda volume: volume.write_keys(keys))

    def append(self, entries: list[bytes], payloads: Payloads = ()) -> list[bytes]:
        """Durable on all; returns the leaf hashes.

        Raises:
            DiskFull: no directory has room; every log is as before.
            StoreError: no directory is left.
        """
        leaves = self._each(lambda volume: volume.append(entries, payloads))[0][1]
        if self.twin is not None:
            self.twin.append(entries)
        return leaves

    def switch_payloads(self, copies: Mapping[Path, Rewritten]) -> bool:
        """``Volume.switch_payloads`` where there is a copy; whether it was done everywhere."""

        def switch(volume: Volume) -> bool:
            new = copies.get(volume.root)
            return new is None or volume.switch_payloads(new)

        return all(done for _, done in self._each(switch))

    def publish(self) -> Checkpoint:
        """Tiles on all, their roots compared, one signature, the checkpoint on all.

        Raises:
            StoreDamaged: the directories lead to different roots.
            StoreError: no directory is left.
        """
        roots = self._each(lambda volume: volume.write_tiles())
        if any(root != roots[0][1] for _, root in roots):
            raise StoreDamaged(
                f"the storage directories disagree at {self.log.size} entries; nothing was signed"
            )
        checkpoint = self.log.sign(roots[0][1])
        if self.twin is not None:  # before the checkpoint: it then covers as much at any time
            head = self.twin.head()
            self._each(lambda volume: volume.write_twin(head))
        self._each(lambda volume: volume.write_checkpoint(checkpoint))
        return checkpoint

    def tidy(self) -> None:
        """Shorten the write-ahead logs."""
        self._each(lambda volume: volume.tidy())

    def mark_clean(self, size: int, survey: Survey) -> None:
        """Note on all that the writer stopped in order."""
        self._each(lambda volume: volume.mark_clean(size, survey))

    def close(self) -> None:
        """Give all directories back."""
        for volume in self.healthy:
            self._close(volume)
        for volume, hand in self._hands.items():
            hand.join(self._stall_s if volume in self.healthy else 1.0)

    def _each(self, step: Callable[[Volume], T]) -> list[tuple[Volume, T]]:
        """The step on every directory; the results of those that obeyed, in order."""
        if len(self.healthy) == 1:
            return [(self.healthy[0], step(self.healthy[0]))]
        futures = {
            volume: self._hands[volume].do(lambda volume=volume: step(volume))  # type: ignore[misc]
            for volume in self.healthy
        }
        self._wait(list(futures.values()))
        done: list[tuple[Volume, T]] = []
        refused: list[tuple[Volume, StoreError]] = []
        for volume, future in futures.items():
            if not future.done():
                refused.append((volume, DiskStalled(f"no answer for {self._stall_s:g} s")))
            elif (error := future.exception()) is None:
                done.append((volume, future.result()))  # type: ignore[arg-type]
            elif isinstance(error, StoreError):
                refused.append((volume, error))
            else:
                raise error
        self._settle(done, refused)
        return done

    def _wait(self, futures: list[Future[object]]) -> None:
        if wait(futures, timeout=self._stall_s).not_done and not any(
            future.done() and future.exception() is None for future in futures
        ):
            wait(futures)  # nobody obeyed: there is nothing to go on with

    def _settle(
        self, done: list[tuple[Volume, T]], refused: list[tuple[Volume, StoreError]]
    ) -> None:
        """Give up who refused while another obeyed; when nobody obeyed, raise."""
        if done:
            for volume, error in refused:
                self._give_up(volume, error)
            return
        full = [(volume, error) for volume, error in refused if isinstance(error, DiskFull)]
        if full:  # whoever is only full may go on when there is room again
            for volume, error in refused:
                if not isinstance(error, DiskFull):
                    self._give_up(volume, error)
        raise (full or refused)[0][1]

    def _give_up(self, volume: Volume, error: StoreError | None) -> None:
        assert error is not None
        logger.error("storage directory %d is not used any more: %s", volume.number, error)
        self.healthy.remove(volume)
        self.lost.append(Loss(volume.number, error))
        self._close(volume)

    def _close(self, volume: Volume) -> None:
        """In the thread of the directory, behind a call that may hang."""
        hand = self._hands.get(volume)
        if hand is None:
            volume.close()
            return
        hand.do(volume.close)
        hand.end()
