"""Packages that somebody brings to be checked: kept for a day, never part of any case.

They lie in ``<store>/checks`` and are removed when asked, after a day, and when a new one needs
their place. Nothing of them is unpacked. A package that does not fit beside what recording keeps
free is refused before its first byte is written.

One may also come in pieces (``begin``, ``append``): what is there is durable, and whoever began it
goes on where it was, after a broken connection or another start of the centre. It is ``<id>.part``
with ``<id>.json`` beside it, and a package once every byte has come.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.clock import Clock

#: Packages kept at the same time; the oldest makes room.
KEPT_MAX = 6
#: Bytes of one piece; it is held in memory until its checksum is known.
PIECE_BYTES_MAX = 16 << 20
#: Packages that are on their way at the same time.
COMING_MAX = 12
#: Bytes of one package.
PACKAGE_BYTES_MAX = 1 << 40
_KEPT_US = 86_400_000_000
_FULL = (errno.ENOSPC, errno.EDQUOT)


class ReceivedView(View, frozen=True):
    """A package that arrived."""

    package: str
    size: int
    sha256: str  # of the file as it came


class Coming(msgspec.Struct, frozen=True):
    """A package on its way: how long it is, who brings it."""

    length: int
    by: str  # account id


class ComingView(View, frozen=True):
    """How far a package has come; all of it: it can be checked."""

    package: str
    offset: int
    size: int


class RemovedView(View, frozen=True):
    """A package that is forgotten."""

    package: str


class Received:
    """The folder of received packages."""

    def __init__(self, store: Path, clock: Clock, keep_free_bytes: int) -> None:
        self._root = store / "checks"
        self._clock = clock
        self._keep_free = keep_free_bytes
        self._taking: set[str] = set()  # packages that a piece is being added to

    def path(self, package: str) -> Path:
        """Where a package lies.

        Raises:
            Rejected: ``unknown_package``.
        """
        found = self._root / f"{package}.zip"
        if not package.isalnum() or not found.is_file():
            raise _unknown()
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

    async def begin(self, length: int, by: str) -> ComingView:
        """A package of this length will come in pieces.

        Raises:
            Rejected: ``too_large``, ``disk_full``, ``too_many_uploads``.
        """
        if not 0 < length <= PACKAGE_BYTES_MAX:
            raise Rejected("too_large", f"a package has 1 to {PACKAGE_BYTES_MAX} bytes")
        await asyncio.to_thread(self._make_room, length)
        return await asyncio.to_thread(self._begin, Coming(length, by))

    def coming(self, package: str, by: str) -> ComingView:
        """How far a package is; only for whoever brings it.

        Raises:
            Rejected: ``unknown_package``.
        """
        said = self._said(package, by)
        whole, part = self._root / f"{package}.zip", self._root / f"{package}.part"
        try:
            offset = (whole if whole.is_file() else part).stat().st_size
        except FileNotFoundError as error:
            raise _unknown() from error
        return ComingView(package=package, offset=offset, size=said.length)

    async def append(self, package: str, by: str, offset: int, data: bytes) -> ComingView:
        """The next piece; it is durable when this returns.

        Raises:
            Rejected: ``unknown_package``, ``upload_busy``, ``upload_offset``, ``too_large``,
                ``disk_full``.
        """
        if package in self._taking:
            raise Rejected("upload_busy", "another connection brings this package")
        self._taking.add(package)
        try:
            now = await asyncio.to_thread(self.coming, package, by)
            if offset != now.offset:
                raise Rejected("upload_offset", f"it goes on at {now.offset}", offset=now.offset)
            if offset + len(data) > now.size:
                raise Rejected("too_large", f"the package was announced with {now.size} bytes")
            await asyncio.to_thread(self._append, package, now.size, data)
            return await asyncio.to_thread(self.coming, package, by)
        finally:
            self._taking.discard(package)

    def forget(self, package: str, by: str) -> None:
        """Take away what was begun; a package that is there is removed as well.

        Raises:
            Rejected: ``unknown_package``.
        """
        self.coming(package, by)
        self._unlink(package)

    def remove(self, package: str) -> None:
        """Take a package away.

        Raises:
            Rejected: ``unknown_package``.
        """
        self.path(package)
        self._unlink(package)

    def _said(self, package: str, by: str) -> Coming:
        try:
            if not package.isalnum():
                raise _unknown()
            said = msgspec.json.decode((self._root / f"{package}.json").read_bytes(), type=Coming)
        except (OSError, msgspec.MsgspecError) as error:
            raise _unknown() from error
        if said.by != by:
            raise _unknown()
        return said

    def _begin(self, coming: Coming) -> ComingView:
        if len(list(self._root.glob("*.part"))) >= COMING_MAX:
            raise Rejected("too_many_uploads", f"{COMING_MAX} packages are on their way already")
        package = short_id("pk").replace("-", "")
        (self._root / f"{package}.json").write_bytes(msgspec.json.encode(coming))
        (self._root / f"{package}.part").touch(exist_ok=False)
        return ComingView(package=package, offset=0, size=coming.length)

    def _append(self, package: str, length: int, data: bytes) -> None:
        part = self._root / f"{package}.part"
        before = part.stat().st_size
        try:
            with part.open("r+b") as file:
                file.seek(before)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            os.truncate(part, before)
            if error.errno in _FULL:
                raise Rejected("disk_full", "the disk is full; free some space") from error
            raise
        if before + len(data) == length:
            part.rename(self._root / f"{package}.zip")

    def _unlink(self, package: str) -> None:
        for ending in ("zip", "part", "json"):
            (self._root / f"{package}.{ending}").unlink(missing_ok=True)

    def _make_room(self, wanted: int) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        kept = sorted(self._root.glob("*.zip"), key=lambda one: one.stat().st_mtime)
        late = self._clock.now_us() - _KEPT_US
        for old in kept:
            if old.stat().st_mtime * 1e6 < late or len(kept) >= KEPT_MAX:
                self._unlink(old.stem)
                kept = kept[1:]
        for part in self._root.glob("*.part"):
            if part.stat().st_mtime * 1e6 < late and part.stem not in self._taking:
                self._unlink(part.stem)  # begun, and nobody went on for a day
        free = shutil.disk_usage(self._root).free - self._keep_free
        if wanted > free:
            raise Rejected(
                "disk_full",
                f"{wanted} bytes are needed and {max(0, free)} are free beside what recording "
                "keeps; free some space, then go on",
            )


def _unknown() -> Rejected:
    return Rejected("unknown_package", "there is no such package; hand it over again")
