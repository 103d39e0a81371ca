"""Disks that fail: they stand in for ``Disk``, the port of the writer."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence_store.durable import Disk

_CALLS = (
    "open_append",
    "create",
    "write",
    "sync",
    "sync_data",
    "close",
    "rename",
    "link",
    "truncate",
    "unlink",
    "make_directory",
    "remove_directory",
    "sync_directory",
)


class CountingDisk(Disk):
    """Counts calls and asks ``fault`` before each one; a fault raises OSError instead."""

    def __init__(self, fault: Callable[[int, str], int | None] = lambda number, name: None) -> None:
        self.calls = 0
        self.names: list[str] = []
        self.fault = fault

    def _guarded(self, name: str, *arguments: Any) -> Any:
        self.calls += 1
        self.names.append(name)
        code = self.fault(self.calls, name)
        if code is not None:
            if name == "close":  # the kernel closes it all the same
                os.close(arguments[0])
            raise OSError(code, os.strerror(code))
        return getattr(super(), name)(*arguments)


def _guard(name: str) -> Callable[..., Any]:
    def call(self: CountingDisk, *arguments: Any) -> Any:
        return self._guarded(name, *arguments)

    return call


for _name in _CALLS:
    setattr(CountingDisk, _name, _guard(_name))


class PowerCutDisk(CountingDisk):
    """Remembers what was flushed, so that a test can see the disk as after a power failure.

    From call ``cut_at`` on nothing succeeds. ``after_power_failure`` then writes the tree that
    a disk which kept nothing it was not told to flush would hold: file contents as of the last
    sync of the file, names as of the last sync of their directory.
    """

    def __init__(self, root: Path, cut_at: int) -> None:
        super().__init__(lambda number, name: errno.EIO if number >= cut_at else None)
        self.root = root
        self._open: dict[int, list[bytes | None]] = {}
        self._content: dict[Path, list[bytes | None]] = {}  # a cell follows its file's renames
        self._paths: dict[int, Path] = {}
        for path in root.rglob("*"):
            if path.is_file():
                self._content[path] = [path.read_bytes()]
        self._durable = dict(self._content)  # names that were flushed
        self._durable_directories = {root, *(path for path in root.rglob("*") if path.is_dir())}

    def create(self, path: Path) -> int:
        descriptor: int = self._guarded("create", path)
        self._content[path] = self._open[descriptor] = [None]
        self._paths[descriptor] = path
        return descriptor

    def open_append(self, path: Path) -> int:
        descriptor: int = self._guarded("open_append", path)
        self._open[descriptor] = self._content.setdefault(path, [path.read_bytes()])
        self._paths[descriptor] = path
        return descriptor

    def sync(self, descriptor: int) -> None:
        self._guarded("sync", descriptor)
        self._open[descriptor][0] = self._read(descriptor)

    def sync_data(self, descriptor: int) -> None:
        self._guarded("sync_data", descriptor)
        self._open[descriptor][0] = self._read(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self._guarded("rename", source, target)
        self._content[target] = self._content.pop(source)
        for descriptor, path in self._paths.items():
            if path == source:
                self._paths[descriptor] = target

    def unlink(self, path: Path) -> None:
        self._guarded("unlink", path)
        self._content.pop(path, None)

    def sync_directory(self, path: Path) -> None:
        self._guarded("sync_directory", path)
        for name in [item for item in self._durable if item.parent == path]:
            del self._durable[name]
        for name, cell in self._content.items():
            if name.parent == path:
                self._durable[name] = cell
        self._durable_directories |= {item for item in path.iterdir() if item.is_dir()}

    def after_power_failure(self, target: Path) -> None:
        for directory in sorted(self._durable_directories):
            if all(
                parent in self._durable_directories
                for parent in directory.parents
                if parent.is_relative_to(self.root)
            ):
                (target / directory.relative_to(self.root)).mkdir(parents=True, exist_ok=True)
        for path, cell in self._durable.items():
            place = target / path.relative_to(self.root)
            if place.parent.is_dir():
                place.write_bytes(cell[0] or b"")

    def _read(self, descriptor: int) -> bytes:
        return Path(f"/proc/self/fd/{descriptor}").read_bytes()
