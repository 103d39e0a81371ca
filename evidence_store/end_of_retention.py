"""Destroying a session's data key and removing its media files, in this order.

Blocking; run it in a thread. It decides nothing: whoever calls has the entry that says who did
(``retention.ended``) durable in the log. Each step may be repeated after a crash.

1. Every copy of the key file is overwritten, flushed, removed, and its directory flushed: from
   here on nobody opens what is left of the media, nor any copy of it made without the key.
2. The media files and what recovery had set aside of the session are removed.
3. Its private payloads follow (payload_removal.py), because they lie in files the writer uses.

Overwriting cannot reach what a drive has remapped or a file system has copied on write, nor a
backup of the key file; a drive encrypted as a whole, and backups without ``keys/``, are the answer.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from evidence_store.durable import Disk
from evidence_store.errors import SealedError
from evidence_store.session_key import key_file, read_session_keys


def destroy_key(disk: Disk, roots: Sequence[Path], session: str) -> list[str]:
    """Destroy the data keys of a session in every storage directory; returns their ids.

    Raises:
        OSError: the disk refused; do it again.
    """
    ids: set[str] = set()
    for root in roots:
        path = key_file(root, session)
        if not path.exists():
            continue
        with contextlib.suppress(SealedError):  # overwritten already: it goes all the same
            ids |= {one.id for one in read_session_keys(root, session).keys}
        _overwrite(path)
        disk.unlink(path)
        disk.sync_directory(path.parent)
    return sorted(ids)


def remove_media(roots: Sequence[Path], session: str) -> tuple[int, int]:
    """Remove the media files of a session; returns how many there were and their bytes.

    Raises:
        OSError: the disk refused; do it again.
    """
    files = size = 0
    for root in roots:
        key_file(root, session)  # refuses what is no name of a session
        for folder in (root / "media" / session, root / "aside" / "media" / session):
            for path in folder.rglob("*") if folder.is_dir() else []:
                if path.is_file():
                    files, size = files + 1, size + path.stat().st_size
            if folder.is_dir():
                shutil.rmtree(folder)
                _sync(folder.parent)
    return files, size


def _overwrite(path: Path) -> None:
    """In place, not by renaming: the old bytes are what is to go."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        length = os.fstat(descriptor).st_size
        for fill in (os.urandom(length), bytes(length)):
            os.pwrite(descriptor, fill, 0)
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
