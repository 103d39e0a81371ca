"""How much room is left, and whether recording may go on. Asked once a second."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

_RESUME_FACTOR = 1.1


def free_bytes(path: Path) -> int:
    """Free bytes for us on the file system of a path."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


class DiskWatch:
    """Stops recording below ``stop_bytes`` and lets it go on a little above, not at, it.

    What is kept back is for the log: entries, ticks and the closing of sessions still fit.
    """

    def __init__(
        self, path: Path, stop_bytes: int, measure: Callable[[Path], int] = free_bytes
    ) -> None:
        self._path = path
        self._stop_bytes = stop_bytes
        self._measure = measure
        self.free_bytes = measure(path)
        self.may_write = self.free_bytes >= stop_bytes

    def look(self) -> None:
        """Measure again."""
        self.free_bytes = self._measure(self._path)
        if self.free_bytes < self._stop_bytes:
            self.may_write = False
        elif self.free_bytes >= self._stop_bytes * _RESUME_FACTOR:
            self.may_write = True
