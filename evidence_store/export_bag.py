"""The bag under construction: what is written is hashed on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from evidence_store.errors import (
    PackageError,
)

Progress = Callable[[float], None]


class Bag:
    """The package under construction: every file written is hashed on the way."""

    def __init__(self, directory: Path, total: int, progress: Progress | None) -> None:
        self.directory = directory
        self.digests: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.size_bytes = 0
        self._total = max(1, total)
        self._progress = progress

    def write(self, name: str, data: bytes) -> None:
        """Write a small file."""
        path = self._new(name)
        path.write_bytes(data)
        self._done(name, hashlib.sha256(data).hexdigest(), len(data))

    def join(self, name: str, blocks: Iterable[bytes]) -> None:
        """Write a file of any size."""
        state, size = hashlib.sha256(), 0
        with self._new(name).open("wb") as target:
            for block in blocks:
                target.write(block)
                state.update(block)
                size += len(block)
        self._done(name, state.hexdigest(), size)

    def _new(self, name: str) -> Path:
        path = self.directory / name
        if not path.resolve().is_relative_to(self.directory.resolve()):
            raise PackageError(f"an entry names a place outside the package: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _done(self, name: str, sha256: str, size: int) -> None:
        self.digests[name] = sha256
        self.sizes[name] = size
        self.size_bytes += size
        if self._progress:
            self._progress(min(1.0, self.size_bytes / self._total))
