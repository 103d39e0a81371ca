"""Putting media files in place for the writer: durable, and never over another file."""

from __future__ import annotations

import contextlib
import errno
import hashlib
from dataclasses import replace
from pathlib import Path

from evidence_store.draft import FileLink, FileWrite
from evidence_store.durable import (
    TEMPORARY_PREFIX,
    Disk,
    make_directories,
    store_error,
    write_all,
    write_temporary,
)
from evidence_store.errors import FileConflict

#: Where copies of large files wait in a mirror until they get their place.
STAGED = "staged"
_PIECE_BYTES = 1024 * 1024


def place_file(disk: Disk, root: Path, file: FileWrite | FileLink, *, mirror: bool = False) -> Path:
    """Put the file in place; returns the directory whose names must still be flushed.

    In a ``mirror`` a linked file lies on another disk: its staged copy is linked instead.

    An existing file with the same bytes is accepted, so a job that failed can be tried again.

    Raises:
        FileConflict: a file of that name has other bytes, or what was to be linked is not there.
        StoreError: the disk refused.
    """
    if isinstance(file, FileLink):
        if mirror:
            file = _staged(disk, root, file)
        return _link_file(disk, root, file)
    path = root / file.path
    try:
        if path.exists():
            if path.stat().st_size != len(file.data) or path.read_bytes() != file.data:
                raise FileConflict(f"{file.path} exists with other bytes")
            return path.parent
        make_directories(disk, path.parent)
        disk.rename(write_temporary(disk, path, file.data), path)
    except OSError as error:
        raise store_error(error, f"cannot write {file.path}") from error
    return path.parent


def _link_file(disk: Disk, root: Path, file: FileLink) -> Path:
    path = root / file.path
    try:
        size = file.source.stat().st_size
    except OSError as error:
        raise FileConflict(f"{file.source.name} cannot be read: {error.strerror}") from error
    said = file.sealed_size if file.sealed_sha256 else file.size
    if size != said:
        raise FileConflict(f"{file.source.name} has {size} bytes, {said} were said")
    try:
        if path.exists():
            if not path.samefile(file.source) and _digest(path) != _stored_digest(file):
                raise FileConflict(f"{file.path} exists with other bytes")
            return path.parent
        make_directories(disk, path.parent)
        disk.link(file.source, path)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK):
            # of this one file, not of the disk: the writer goes on
            raise FileConflict(f"{file.path} cannot be linked: {error.strerror}") from error
        raise store_error(error, f"cannot link {file.path}") from error
    return path.parent


def stage_link(disk: Disk, root: Path, file: FileLink) -> None:
    """Copy a linked file to a mirror, flushed, in a thread that nobody waits for.

    Raises:
        OSError: a disk refused.
    """
    staged = root / STAGED / _stored_digest(file)
    if staged.exists():
        return
    make_directories(disk, staged.parent)
    temporary = staged.with_name(TEMPORARY_PREFIX + staged.name)
    if temporary.exists():
        disk.unlink(temporary)
    descriptor = disk.create(temporary)
    try:
        with file.source.open("rb") as source:
            while piece := source.read(_PIECE_BYTES):
                write_all(disk, descriptor, piece)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    disk.rename(temporary, staged)
    disk.sync_directory(staged.parent)


def unstage(disk: Disk, root: Path, file: FileLink) -> None:
    """The staged copy has its place; what cannot be removed is removed another time."""
    staged = root / STAGED / _stored_digest(file)
    with contextlib.suppress(OSError):
        if staged.exists():
            disk.unlink(staged)


def _staged(disk: Disk, root: Path, file: FileLink) -> FileLink:
    staged = root / STAGED / _stored_digest(file)
    try:
        if not (root / file.path).exists():
            stage_link(disk, root, file)  # already there, but for a mirror that has just joined
            if _digest(staged) != _stored_digest(file):
                disk.unlink(staged)
                raise FileConflict(f"{file.source.name} is not what was said")
    except OSError as error:
        raise store_error(error, f"cannot copy {file.path}") from error
    return replace(file, source=staged if staged.exists() else file.source)


def _stored_digest(file: FileLink) -> str:
    return file.sealed_sha256 or file.sha256


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
