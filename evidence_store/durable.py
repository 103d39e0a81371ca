"""Durable writes: the only module that touches the disk for writing.

Recipe for a new file: write it under a temporary name in the same directory, fsync it, rename
it, fsync the directory. For an append: write, fdatasync. After a failed flush the same
descriptor is never used again, because the kernel reports such an error once and then forgets
it; a retry would "succeed" without the data being there.

``Disk`` is the port: tests put a disk in its place that fails or dies at the n-th call.

BUG(drives): a drive that lies about flush defeats all of this; nothing here can notice.
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from evidence_store.errors import DiskFailed, DiskFull, StoreBusy, StoreError

#: Names that a crash may leave behind; never read as data.
TEMPORARY_PREFIX = ".tmp-"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Disk:
    """System calls on files, each a thin step that a test can make fail.

    Contract: when ``sync``, ``sync_data`` or ``sync_directory`` returns, what was written
    before survives a power failure. Every method raises OSError and nothing else.
    """

    def open_append(self, path: Path) -> int:
        """Open an existing file for appending."""
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def create(self, path: Path) -> int:
        """Create a file that must not exist."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def write(self, descriptor: int, data: bytes) -> int:
        """Write some of the data; returns how much."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Flush a file and its metadata."""
        os.fsync(descriptor)

    def sync_data(self, descriptor: int) -> None:
        """Flush a file's bytes and its length."""
        os.fdatasync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close a descriptor."""
        os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Rename, replacing the target."""
        os.rename(source, target)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name on the same file system; the target must not exist."""
        os.link(source, target, follow_symlinks=False)

    def truncate(self, descriptor: int, length: int) -> None:
        """Cut a file to a length."""
        os.ftruncate(descriptor, length)

    def unlink(self, path: Path) -> None:
        """Remove a name."""
        os.unlink(path)

    def make_directory(self, path: Path) -> None:
        """Create one directory."""
        os.mkdir(path)

    def remove_directory(self, path: Path) -> None:
        """Remove an empty directory."""
        os.rmdir(path)

    def sync_directory(self, path: Path) -> None:
        """Flush the names in a directory."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def store_error(error: OSError, doing: str) -> StoreError:
    """The store's own error for a refused system call."""
    reason = f"{doing}: {error.strerror or error}"
    return DiskFull(reason) if error.errno in _FULL else DiskFailed(reason)


def write_all(disk: Disk, descriptor: int, data: bytes) -> None:
    """Write every byte, however many calls it takes."""
    view = memoryview(data)
    while view:
        written = disk.write(descriptor, bytes(view))
        if written == 0:
            raise OSError(errno.EIO, "the disk accepted no bytes")
        view = view[written:]


def make_directories(disk: Disk, path: Path) -> None:
    """Create a directory and its parents; each new name is flushed."""
    missing: list[Path] = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for directory in reversed(missing):
        disk.make_directory(directory)
        disk.sync_directory(directory.parent)


def write_temporary(disk: Disk, path: Path, data: bytes, *, flush: bool = True) -> Path:
    """Write ``data`` under a temporary name beside ``path``; a failed try leaves nothing."""
    temporary = path.with_name(TEMPORARY_PREFIX + path.name)
    if temporary.exists():
        disk.unlink(temporary)
    descriptor = disk.create(temporary)
    try:
        try:
            write_all(disk, descriptor, data)
            if flush:
                disk.sync(descriptor)
        finally:
            disk.close(descriptor)
    except OSError:
        disk.unlink(temporary)
        raise
    return temporary


def replace_file(disk: Disk, path: Path, data: bytes) -> None:
    """Make ``path`` hold ``data``: at every moment it is the old file or the new one."""
    disk.rename(write_temporary(disk, path, data), path)
    disk.sync_directory(path.parent)


def publish_unflushed(disk: Disk, path: Path, data: bytes) -> None:
    """Like replace_file without any flush; only for what can be made again from the log."""
    disk.rename(write_temporary(disk, path, data, flush=False), path)


class DirectoryLock:
    """Exclusive ownership of a directory by one process, while this object is open."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            StoreBusy: another process has it.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._descriptor: int | None = descriptor
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise StoreBusy(f"another process writes to {path.parent}") from error

    def release(self) -> None:
        """Give it back; idempotent. The kernel does so too when the process dies."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
