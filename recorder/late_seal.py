"""Seals late files as their session is sealed: in the worker process, in bounded memory.

A session that was opened without encryption gets its late files in clear, like all its others. The
sealed copy lies beside the parts, flushed and hashed, and gets its name among the media by a link
(evidence_store.draft.FileLink); the recorder never touches a key or the bytes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from evidence_store.errors import EvidenceError, SealedKeyMissing
from evidence_store.sealed_file import Context, DataKey, seal_blocks, sealed_size
from evidence_store.session_key import load_machine_key, read_session_keys
from recorder.late_media import LateMediaError


class LateSealed(LateMediaError):
    """The file has to wait: it cannot be sealed right now (``key_missing``, ``disk_full``)."""


@dataclass(frozen=True)
class SealedCopy:
    """A sealed file, flushed, on the file system of the store."""

    path: Path
    sha256: str
    size: int


class LateSealer:
    """Seals the files of one examination for its session."""

    def __init__(self, root: Path, session: str, folder: Path, keep_free_bytes: int) -> None:
        self._session = session
        self._folder = folder
        self._keep_free = keep_free_bytes
        self._made = 0
        self._origin = ""
        self._key: DataKey | None = None
        try:
            keys = read_session_keys(root, session)
            self._origin, self._key = keys.origin, keys.open(load_machine_key(root.parent))
        except SealedKeyMissing as error:
            if (root / "keys" / f"{session}.json").exists():
                raise LateSealed("key_missing", str(error)) from error
        except EvidenceError as error:
            raise LateSealed("key_missing", str(error)) from error

    def seal(self, path: str, source: Path, sha256: str, size: int) -> SealedCopy | None:
        """The sealed copy of ``source`` for its place among the media; None: stay in clear.

        Raises:
            LateSealed: there is no room beside what recording keeps.
        """
        if self._key is None:
            return None
        free = shutil.disk_usage(self._folder).free - self._keep_free
        if sealed_size(size) > free:
            detail = f"{sealed_size(size)} bytes are needed to seal the file, {max(0, free)} free"
            raise LateSealed("disk_full", detail)
        self._made += 1
        target = self._folder / f"sealed-{self._made:06d}"
        context = Context(self._origin, self._session, path)
        state, written = hashlib.sha256(), 0
        with source.open("rb") as clear, target.open("wb") as sealed:
            for block in seal_blocks(self._key, context, clear, bytes.fromhex(sha256)):
                sealed.write(block)
                state.update(block)
                written += len(block)
            sealed.flush()
            os.fsync(sealed.fileno())
        if written != sealed_size(size):
            raise LateMediaError("hash_differs", "the file changed while it was sealed")
        return SealedCopy(target, state.hexdigest(), written)
