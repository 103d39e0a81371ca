"""A disk that fails at its n-th call, or behind which the power goes.

Built on ``PowerCutDisk`` of tests/evidence_store, which knows what was flushed. ``Machine`` numbers
the calls of all disks of one run together, so that one number is one moment.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

from evidence_store.durable import Disk
from tests.evidence_store.faulty_disks import PowerCutDisk

#: Faults of one call: reported and not done, reported although done, half done.
ERRORS = ("EIO", "ENOSPC", "EIO_done", "short")
#: A disk that never works again from this call on.
DEAD = "dead"
#: The end of the process, and what the disk then holds: all that was handed to the kernel; only
#: what was flushed; what was flushed and half of the rest, with zeros; every name, also unflushed,
#: of contents that were not.
CRASHES = ("killed", "lost", "torn", "names")
FAULTS = (*ERRORS, DEAD, *CRASHES)


class Machine:
    """Numbers calls, and says which of them is hit."""

    def __init__(self, fault: str = "", at: int = 0, disk: int = 0) -> None:
        self.fault, self.at, self.disk = fault, at, disk  # disk 0: any
        self.calls: list[tuple[int, str]] = []  # disk and name of each, in order
        self.down = False
        self._dead: set[int] = set()
        self._lock = threading.Lock()

    def judge(self, disk: int, name: str) -> str:
        """What happens to this call: "" for nothing."""
        with self._lock:
            if self.down or disk in self._dead:
                return "EIO"
            self.calls.append((disk, name))
            mine = [one for one, _ in self.calls if self.disk in (0, one)]
            if not self.fault or self.disk not in (0, disk) or len(mine) != self.at:
                return ""
            if self.fault in CRASHES:
                self.down = True
                return "EIO"
            if self.fault == DEAD:
                self._dead.add(disk)
                return "EIO"
            return self.fault


class CrashDisk(PowerCutDisk):
    """One disk of a machine."""

    def __init__(self, root: Path, machine: Machine, number: int) -> None:
        super().__init__(root, cut_at=1 << 60)
        self._machine, self._number = machine, number

    def _guarded(self, name: str, *arguments: Any) -> Any:
        verdict = self._machine.judge(self._number, name)
        call = getattr(Disk, name)
        if not verdict:
            return call(self, *arguments)
        if name == "close":  # the kernel closes it all the same
            os.close(arguments[0])
        elif verdict == "EIO_done":
            call(self, *arguments)
        elif verdict == "short" and name == "write":
            call(self, arguments[0], arguments[1][: len(arguments[1]) // 2])
        code = errno.ENOSPC if verdict in ("ENOSPC", "short") else errno.EIO
        raise OSError(code, os.strerror(code))

    def rename(self, source: Path, target: Path) -> None:
        try:
            super().rename(source, target)
        except OSError:
            if not source.exists() and target.exists() and source in self._content:
                self._content[target] = self._content.pop(source)  # reported, but done
            raise

    def link(self, source: Path, target: Path) -> None:
        self._guarded("link", source, target)
        self._content[target] = [source.read_bytes()]  # it was flushed by whoever made it

    def unlink(self, path: Path) -> None:
        try:
            super().unlink(path)
        except OSError:
            if not path.exists():
                self._content.pop(path, None)
            raise

    def survive(self, target: Path, fault: str) -> None:
        """Write what is left after the power came back."""
        if fault == "lost":
            self.after_power_failure(target)
            return
        for directory in [self.root, *(p for p in self.root.rglob("*") if p.is_dir())]:
            (target / directory.relative_to(self.root)).mkdir(parents=True, exist_ok=True)
        names = self._content if fault == "names" else self._durable
        for path, cell in names.items():
            flushed = cell[0] or b""
            place = target / path.relative_to(self.root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(flushed + (self._torn(path, flushed) if fault == "torn" else b""))

    def _torn(self, path: Path, flushed: bytes) -> bytes:
        """Half of what was appended and not flushed, the other half as zeros."""
        now = path.read_bytes() if path.is_file() else b""
        if not now.startswith(flushed):
            return b""
        rest = now[len(flushed) :]
        return rest[: len(rest) // 2] + bytes(len(rest) - len(rest) // 2)
