"""Bytes of uploads on disk: ``<store>/uploads/<id>/data`` and how much of it is durable.

The rule it upholds: an offset that was told to a client is durable. Bytes are flushed before the
offset file is, and the offset file before the client hears of it; what lies behind the recorded
offset is cut off when the upload goes on. Blocking; the callers run it in a thread. It knows
neither HTTP nor what is in the files.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from command_centre.errors import Rejected

_FULL = (errno.ENOSPC, errno.EDQUOT)
_DIGITS = 20  # the offset file never changes its length


class UploadFiles:
    """The directory of all uploads; no state of its own."""

    def __init__(self, store: Path, keep_free_bytes: int) -> None:
        self.root = store / "uploads"
        self._keep_free = keep_free_bytes

    def folder(self, upload: str) -> Path:
        """Where an upload lies."""
        return self.root / upload

    def data(self, upload: str) -> Path:
        """Its bytes so far."""
        return self.root / upload / "data"

    def create(self, upload: str) -> None:
        """An empty upload, durable on return.

        Raises:
            Rejected: ``disk_full``.
        """
        folder = self.folder(upload)
        with _told_when_full():
            folder.mkdir(parents=True)
            (folder / "data").touch()
            Offset(folder / "offset").write(0)
            _sync_directory(folder)
            _sync_directory(self.root)
            _sync_directory(self.root.parent)

    def offset(self, upload: str) -> int:
        """How many bytes are durable."""
        return Offset(self.folder(upload) / "offset").read()

    def remove(self, upload: str) -> None:
        """Take an upload away; no error when it is gone already."""
        shutil.rmtree(self.folder(upload), ignore_errors=True)

    def check_room(self, wanted: int) -> None:
        """Refuse what would take the room recording needs.

        Raises:
            Rejected: ``disk_full``.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.root).free - self._keep_free
        if wanted > free:
            raise Rejected(
                "disk_full",
                f"{wanted} bytes are needed and {max(0, free)} are free beside what recording "
                "keeps; free some space, then go on",
            )

    def open(self, upload: str) -> Receiving:
        """Go on with an upload where it is durable.

        Raises:
            Rejected: ``unknown_upload``, ``disk_full``.
        """
        return Receiving(self, self.folder(upload))


class Offset:
    """A small file with the number of durable bytes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> int:
        """The number; an upload whose file is gone is none."""
        try:
            return int(self._path.read_bytes())
        except (OSError, ValueError) as error:
            raise Rejected("unknown_upload", "there is no such upload") from error

    def write(self, number: int) -> None:
        """Record it, durable on return. One block of fixed length: never half old, half new."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.pwrite(descriptor, b"%0*d" % (_DIGITS, number), 0)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)


class Receiving:
    """One upload that is being written. One owner at a time; ``close`` it."""

    def __init__(self, files: UploadFiles, folder: Path) -> None:
        self._files = files
        self._offset_file = Offset(folder / "offset")
        self.durable = self._offset_file.read()
        self.offset = self.durable
        with _told_when_full():
            self._descriptor = os.open(folder / "data", os.O_RDWR | os.O_CLOEXEC)
            os.ftruncate(self._descriptor, self.durable)

    def write(self, data: bytes) -> None:
        """Append; not durable yet.

        Raises:
            Rejected: ``disk_full``.
        """
        self._files.check_room(len(data))
        with _told_when_full():
            view = memoryview(data)
            while view:
                written = os.pwrite(self._descriptor, view, self.offset)
                view = view[written:]
                self.offset += written

    def commit(self) -> int:
        """Make what was written durable; returns the offset a client may be told."""
        if self.offset != self.durable:
            with _told_when_full():
                os.fdatasync(self._descriptor)
                # if we die here, the client is told the older offset and sends these bytes again
                self._offset_file.write(self.offset)
            self.durable = self.offset
        return self.durable

    def discard(self) -> None:
        """Forget what was written since the last commit."""
        os.ftruncate(self._descriptor, self.durable)
        self.offset = self.durable

    def close(self) -> None:
        """Give the file back; what was not committed is cut off at the next opening."""
        os.close(self._descriptor)


@contextlib.contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Rejected("unknown_upload", "there is no such upload") from error
    except OSError as error:
        if error.errno in _FULL:
            raise Rejected("disk_full", "the disk is full; free some space, then go on") from error
        raise Rejected("store_unreadable", f"the upload cannot be written: {error}") from error


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
