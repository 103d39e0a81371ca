"""Room on the disks: what is promised to open sessions, and for how many hours it lasts.

``Reserve`` is an account. Opening a session books what it may write in its first hours (hours x
rate, both settings); the booking shrinks as these hours pass and ends with the session. A session
is refused when what is free, less what is kept for the log and less all bookings, does not hold
its own. The account lies in ``<store>/reserved/``, one file for each session whose length is what
is still booked, so all recorder processes of a store share it and a restart finds it again. With
``preallocate`` the file also takes the blocks (fallocate), so that no other program can have them.

``Forecast`` measures what is recorded now and says in hours when the fullest disk in use is full.
Nothing here deletes evidence; a full disk stops recording and says so.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.settings import Store
from recorder.disk_watch import free_bytes

logger = logging.getLogger(__name__)

_FOLDER = "reserved"
_SMOOTH_S = 30.0
_BACK = 1.1  # a level is left a little above where it was entered
_LOG_BYTES_PER_S = 1024  # entries of a session beside its media
LEVELS = ("ok", "low", "critical")


class Reserve:
    """Bookings of one recorder in the account of its store."""

    def __init__(
        self,
        store: Path,
        log: str,
        *,
        session_bytes: int,
        session_s: float,
        preallocate: bool = False,
        measure: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._store = store
        self._folder = store / _FOLDER
        self._log = log
        self.session_bytes = session_bytes
        self._session_s = session_s
        self._preallocate = preallocate
        self._measure = measure
        self._booked: dict[str, int] = {}

    @classmethod
    def of_settings(cls, root: Path, settings: Store) -> Reserve:
        """The bookings of the recorder whose directory is ``root``."""
        seconds = settings.session_hours * 3600
        return cls(
            root.parent,
            root.name,
            session_bytes=int(settings.session_bits_per_s / 8 * seconds),
            session_s=seconds,
            preallocate=settings.preallocate,
        )

    def keep_only(self, sessions: Sequence[str]) -> None:
        """After a start: bookings of sessions that are not open any more fall away."""
        wanted = {self._path(session): session for session in sessions}
        for path in self._folder.glob(f"{self._log}.*"):
            if path in wanted:
                self._booked[wanted[path]] = path.stat().st_size
            else:
                path.unlink(missing_ok=True)

    def left_bytes(self, stop_bytes: int) -> int:
        """What is free and promised to nobody, behind what is kept for the log."""
        return self._measure(self._store) - stop_bytes - self._promised()

    def book(self, session: str) -> None:
        """Book the first hours of a session.

        Raises:
            OSError: the disk cannot hold the booking.
        """
        self._write(session, self.session_bytes)

    def shrink(self, session: str, open_s: float) -> None:
        """Time passed, and what was booked for it was written or not needed."""
        share = max(0.0, 1.0 - open_s / self._session_s) if self._session_s else 0.0
        wanted = int(self.session_bytes * share)
        held = self._booked.get(session)
        if held is None or held - wanted < max(1, self.session_bytes // 100):
            return
        try:
            self._write(session, wanted)
        except OSError as error:  # a booking that stays too large only refuses new sessions
            logger.warning("the booking of session %s stays: %s", session, error.strerror)

    def release(self, session: str) -> None:
        """The session is over."""
        self._booked.pop(session, None)
        try:
            self._path(session).unlink(missing_ok=True)
        except OSError as error:
            logger.warning("the booking of session %s stays: %s", session, error.strerror)

    def _promised(self) -> int:
        """Bytes booked by all recorders that no file holds already."""
        total = 0
        try:
            for entry in os.scandir(self._folder):
                found = entry.stat(follow_symlinks=False)
                total += max(0, found.st_size - found.st_blocks * 512)
        except FileNotFoundError:
            return total
        return total

    def _path(self, session: str) -> Path:
        return self._folder / f"{self._log}.{session}"

    def _write(self, session: str, size: int) -> None:
        self._folder.mkdir(exist_ok=True)
        descriptor = os.open(self._path(session), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, size)
            if self._preallocate and size:
                try:
                    os.posix_fallocate(descriptor, 0, size)
                except OSError as error:
                    if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                        os.ftruncate(descriptor, 0)
                        raise
        finally:
            os.close(descriptor)
        self._booked[session] = size


@dataclass(frozen=True)
class Space:
    """How long what is recorded now can go on."""

    level: str  # of LEVELS
    hours: float
    bytes_per_s: int
    free_bytes: int


class Forecast:
    """Hours until the disk is full, and when that is too little."""

    def __init__(self, low_hours: float, critical_hours: float, idle_bytes_per_s: float) -> None:
        self._limits = (low_hours, critical_hours)
        self._idle = idle_bytes_per_s  # assumed while nothing is recorded
        self._rate = 0.0
        self._level = 0

    def look(self, free: int, stop: int, sessions: int, media_bits_per_s: int) -> Space:
        """Once a second."""
        now = media_bits_per_s / 8
        self._rate += (now - self._rate) / _SMOOTH_S if self._rate else now
        rate = max(self._rate, self._idle) if not media_bits_per_s else self._rate
        rate += sessions * _LOG_BYTES_PER_S
        hours = max(0, free - stop) / rate / 3600
        level = sum(hours < limit for limit in self._limits)
        leaving = sum(hours < limit * _BACK for limit in self._limits)
        self._level = level if level > self._level else min(self._level, leaving)
        return Space(LEVELS[self._level], round(hours, 2), int(rate), free)
