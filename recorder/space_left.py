"""Room on the disks of one recorder: measured, booked for sessions, and for how long it lasts.

Puts ``DiskWatch``, ``Reserve`` and ``Forecast`` over the directories that the writer has in use.
Recording goes on while one of them has room; a forecast is for the one that is full first.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from config.settings import Settings
from recorder.disk_watch import DiskWatch, free_bytes
from recorder.errors import DiskFull
from recorder.journal import Writer
from recorder.space import Forecast, Reserve, Space

_KINDS = {"ok": "space.ok", "low": "space.low", "critical": "space.critical"}


class SpaceLeft:
    """One per recorder; used on the event loop, except where a method says otherwise."""

    def __init__(
        self, root: Path, writer: Writer, settings: Settings, disk: DiskWatch | None = None
    ) -> None:
        self._root = root
        self._writer = writer
        self._store = settings.store
        self._disk = disk or DiskWatch(root, self._store.stop_free_bytes, self._most_free)
        self._reserve = Reserve.of_settings(root, self._store)
        self._forecast = Forecast(
            self._store.low_hours,
            self._store.critical_hours,
            settings.recorder.receive_bits_per_s / 8,
        )
        found = self._forecast.look(self._least_free(), self._store.stop_free_bytes, 0, 0)
        #: As last looked at. The first second says when it is not ok.
        self.space: Space = replace(found, level="ok")

    @property
    def may_write(self) -> bool:
        """Whether media may be written at present."""
        return self._disk.may_write

    @property
    def free_bytes(self) -> int:
        """Free on the directory that has most, as last measured."""
        return self._disk.free_bytes

    def measure(self) -> None:
        """Measure again."""
        self._disk.look()

    # --- what is promised to sessions -----------------------------------------------------

    def keep_only(self, sessions: Sequence[str]) -> None:
        """After a start: bookings of sessions that are not open any more fall away."""
        self._reserve.keep_only(sessions)

    def require_minimum(self) -> None:
        """Measure, and see whether a session may be opened at all.

        Raises:
            DiskFull: less is free than a session needs.
        """
        self.measure()
        if self.free_bytes < self._store.minimum_free_bytes:
            raise DiskFull(
                f"{self.free_bytes} bytes are free, a session needs "
                f"{self._store.minimum_free_bytes}; free some space"
            )

    def book(self, session: str) -> None:
        """Book the room of a session's first hours. Blocks: for a thread.

        Raises:
            DiskFull: there is not enough.
        """
        left = self._reserve.left_bytes(self._store.stop_free_bytes)
        need = self._reserve.session_bytes
        try:
            if left < need:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._reserve.book(session)
        except OSError as error:
            raise DiskFull(
                f"a session needs room for {self._store.session_hours:g} h ({need} bytes); "
                f"{max(0, left)} bytes are free and not promised to open sessions; free some space"
            ) from error

    def release(self, session: str) -> None:
        """A session is over, or was not opened after all."""
        self._reserve.release(session)

    # --- for how long it lasts ------------------------------------------------------------

    def look(
        self, open_s: Mapping[str, float], bits_per_s: int
    ) -> tuple[str, dict[str, int]] | None:
        """Once a second: bookings shrink, and the forecast is made anew.

        ``open_s`` says for how many seconds each open session has been open, ``bits_per_s`` what
        is recorded in all. Gives kind and body of an entry when the level changed.
        """
        for session, seconds in open_s.items():
            self._reserve.shrink(session, seconds)
        before, stop = self.space.level, self._store.stop_free_bytes
        self.space = self._forecast.look(self._least_free(), stop, len(open_s), bits_per_s)
        if self.space.level == before:
            return None
        return _KINDS[self.space.level], {
            "free_bytes": self.space.free_bytes,
            "bytes_per_s": self.space.bytes_per_s,
            "minutes": int(self.space.hours * 60),
        }

    def _most_free(self, _root: Path) -> int:
        return max(self._free(), default=0)

    def _least_free(self) -> int:
        return min(self._free(), default=0)

    def _free(self) -> list[int]:
        """Of each directory in use."""
        in_use = [one["root"] for one in self._writer.directories if one["in_use"]]
        found = []
        for root in in_use or [self._root]:
            with contextlib.suppress(OSError):  # the writer finds out what is wrong with it
                found.append(free_bytes(root))
        return found
