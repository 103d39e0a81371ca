"""Packages that somebody brings to be checked: kept for a day, never part of any case.

They lie in ``<store>/checks`` and are removed when asked, after a day, and when a new one needs
their place. Nothing of them is unpacked. A package that does not fit beside what recording keeps
free is refused before its first byte is written.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.clock import Clock

#: Packages kept at the same time; the oldest makes room.
KEPT_MAX = 6
#: Bytes of one package.
PACKAGE_BYTES_MAX = 1 << 40
_KEPT_US = 86_400_000_000
_FULL = (errno.ENOSPC, errno.EDQUOT)


class ReceivedView(View, frozen=True):
    """A package that arrived."""

    package: str
    size: int
    sha256: str  # of the file as it came


class RemovedView(View, frozen=True):
    """A package that is forgotten."""

    package: str


class Received:
    """The folder of received packages."""

    def __init__(self, store: Path, clock: Clock, keep_free_bytes: int) -> None:
        self._root = store / "checks"
        self._clock = clock
        self._keep_free = keep_free_bytes

    def path(self, package: str) -> Path:
        """Where a package lies.

        Raises:
            Rejected: ``unknown_package``.
        """
        found = self._root / f"{package}.zip"
        if not package.isalnum() or not found.is_file():
            raise Rejected("unknown_package", "there is no such package; hand it over again")
        return found

    async def take(self, parts: AsyncIterator[bytes], declared: int) -> ReceivedView:
        """Take a package in; what was begun and not finished is removed.

        Raises:
            Rejected: ``too_large``, ``disk_full``, ``malformed_request`` (not as long as declared).
        """
        if not 0 < declared <= PACKAGE_BYTES_MAX:
            raise Rejected("too_large", f"a package has 1 to {PACKAGE_BYTES_MAX} bytes")
        await asyncio.to_thread(self._make_room, declared)
        package = short_id("pk").replace("-", "")
        part, done = self._root / f"{package}.part", False
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("xb") as file:
                async for data in parts:
                    size += len(data)
                    if size > declared:
                        raise Rejected("malformed_request", "more came than was declared")
                    digest.update(data)
                    await asyncio.to_thread(file.write, data)
            if size != declared:
                raise Rejected("malformed_request", f"{declared} bytes were declared, {size} came")
            part.rename(self._root / f"{package}.zip")
            done = True
        except OSError as error:
            if error.errno in _FULL:
                raise Rejected("disk_full", "the disk is full; free some space") from error
            raise
        finally:
            if not done:
                part.unlink(missing_ok=True)
        return ReceivedView(package=package, size=size, sha256=digest.hexdigest())

    def remove(self, package: str) -> None:
        """Take a package away.

        Raises:
            Rejected: ``unknown_package``.
        """
        self.path(package).unlink(missing_ok=True)

    def _make_room(self, wanted: int) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        kept = sorted(self._root.glob("*.zip"), key=lambda one: one.stat().st_mtime)
        late = self._clock.now_us() - _KEPT_US
        for old in kept:
            if old.stat().st_mtime * 1e6 < late or len(kept) >= KEPT_MAX:
                old.unlink(missing_ok=True)
                kept = kept[1:]
        free = shutil.disk_usage(self._root).free - self._keep_free
        if wanted > free:
            raise Rejected(
                "disk_full",
                f"{wanted} bytes are needed and {max(0, free)} are free beside what recording "
                "keeps; free some space, then go on",
            )
