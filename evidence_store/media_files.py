"""Putting media files in place for the writer: durable, and never over another file."""

from __future__ import annotations

from pathlib import Path

from evidence_store.draft import FileWrite
from evidence_store.durable import Disk, make_directories, store_error, write_temporary
from evidence_store.errors import FileConflict


def place_file(disk: Disk, root: Path, file: FileWrite) -> Path:
    """Write the file; returns the directory whose names must still be flushed.

    An existing file with the same bytes is accepted, so a job that failed can be tried again.

    Raises:
        FileConflict: a file of that name has other bytes.
        StoreError: the disk refused.
    """
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
