"""Putting media files in place for the writer: durable, and never over another file."""

from __future__ import annotations

import errno
from pathlib import Path

from evidence_store.draft import FileLink, FileWrite
from evidence_store.durable import Disk, make_directories, store_error, write_temporary
from evidence_store.errors import FileConflict


def place_file(disk: Disk, root: Path, file: FileWrite | FileLink) -> Path:
    """Put the file in place; returns the directory whose names must still be flushed.

    An existing file with the same bytes is accepted, so a job that failed can be tried again.

    Raises:
        FileConflict: a file of that name has other bytes, or what was to be linked is not there.
        StoreError: the disk refused.
    """
    if isinstance(file, FileLink):
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
            if not path.samefile(file.source):
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
