"""The one way to read a media file of a store: clear bytes, whether it is sealed or not.

History, transcription, late matching, playback, export and playable copies all read through here.
Blocking: callers on an event loop run it in a thread. Integrity is not judged here but by the
digests in the log; this module only opens.

A sealed file opens with the machine's own key. Without it the error says so: that a file cannot be
opened never means that it was altered.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from evidence_store.draft import FILE_FOLDERS
from evidence_store.errors import SealedKeyMissing
from evidence_store.places import roots_of
from evidence_store.sealed_file import (
    HEADER_BYTES,
    Context,
    DataKey,
    is_sealed,
    key_id_of,
    open_blocks,
    open_range,
)
from evidence_store.session_key import key_file, load_machine_key, read_session_keys

_BLOCK_BYTES = 1 << 20
_KEPT = 64


class SealedMedia:
    """Reads the media of one store; may be used from several threads.

    Keys are kept in memory for the last sessions, and dropped when their key file changes or goes
    (end of retention). ``private`` is for those who open with another key than the machine's.
    """

    def __init__(self, store: Path, private: X25519PrivateKey | None = None) -> None:
        self._store = store
        self._private = private
        self._lock = threading.Lock()
        self._keys: OrderedDict[tuple[str, str, bytes], tuple[tuple[int, int], DataKey, str]] = (
            OrderedDict()
        )

    def read(self, log: str, path: str) -> bytes:
        """All clear bytes of a file; ``log`` names the log's directory, ``path`` is the entry's.

        Raises:
            OSError: it cannot be read.
            SealedError: it cannot be opened.
        """
        return b"".join(self.blocks(log, path))

    def blocks(self, log: str, path: str) -> Iterator[bytes]:
        """The clear bytes, block by block, in bounded memory.

        Raises:
            OSError, SealedError: as ``read``.
        """
        with self._open(log, path) as file:
            head = file.read(HEADER_BYTES)
            file.seek(0)
            if is_sealed(head):
                yield from open_blocks(*self._key(log, path, head), file)
                return
            while block := file.read(_BLOCK_BYTES):
                yield block

    def stretch(self, log: str, path: str, size: int, begin: int, end: int) -> Iterator[bytes]:
        """The clear bytes from ``begin`` to before ``end``; ``size`` is the entry's.

        Raises:
            OSError, SealedError: as ``read``.
        """
        with self._open(log, path) as file:
            head = file.read(HEADER_BYTES)
            file.seek(0)
            if is_sealed(head):
                key, context = self._key(log, path, head)
                yield from open_range(key, context, file, size, begin, end)
                return
            yield from _plain_range(file, begin, end)

    def _open(self, log: str, path: str) -> BinaryIO:
        """In the store's own directory, or in a mirror when it is not readable there."""
        *first, last = roots_of(self._store / log)
        for root in first:
            with contextlib.suppress(OSError):  # the next one has it too
                return (root / path).open("rb")
        return (last / path).open("rb")

    def _key(self, log: str, path: str, head: bytes) -> tuple[DataKey, Context]:
        session = _session_of(path)
        id = key_id_of(head)
        roots = roots_of(self._store / log)
        root = next((one for one in roots if key_file(one, session).exists()), roots[0])
        try:
            stat = os.stat(key_file(root, session))
        except FileNotFoundError as error:
            self._forget(log, session)
            raise SealedKeyMissing(f"the key of session {session} is not there") from error
        stamp = (stat.st_mtime_ns, stat.st_ino)
        with self._lock:
            kept = self._keys.get((log, session, id))
            if kept is None or kept[0] != stamp:
                keys = read_session_keys(root, session)
                key = keys.open(self._private or load_machine_key(self._store), id.hex())
                kept = self._keys[(log, session, id)] = (stamp, key, keys.origin)
                while len(self._keys) > _KEPT:
                    self._keys.popitem(last=False)
        return kept[1], Context(kept[2], session, path)

    def _forget(self, log: str, session: str) -> None:
        with self._lock:
            for one in [one for one in self._keys if one[:2] == (log, session)]:
                del self._keys[one]


def read_media(store: Path, name: str) -> bytes:
    """All clear bytes of a file by its name below the store (``recorder-1/media/...``).

    Raises:
        OSError, SealedError: it cannot be read or opened.
    """
    log, _, path = name.partition("/")
    return media_of(store).read(log, path)


def media_of(store: Path) -> SealedMedia:
    """The reader of a store, one for each store of this process."""
    with _lock:
        return _readers.setdefault(store, SealedMedia(store))


_readers: dict[Path, SealedMedia] = {}
_lock = threading.Lock()


def _session_of(path: str) -> str:
    """``media/<session>/<source>/...`` or ``documents/<session>/...``."""
    parts = path.split("/")
    if len(parts) < 3 or parts[0] not in FILE_FOLDERS:
        raise SealedKeyMissing(f"not the path of a session's file: {path!r}")
    return parts[1]


def _plain_range(file: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
    file.seek(max(0, begin))
    left = end - max(0, begin)
    while left > 0 and (block := file.read(min(left, _BLOCK_BYTES))):
        left -= len(block)
        yield block
