"""Bringing one storage directory up from another: what is missing there, proved before and after.

``Lead`` is the directory that holds most; it is only read. ``bring_up`` writes into the other one
as the writer itself would: files, flushed, each with the digest its entry names; then the entries.
Nothing that lies there is changed; a directory that is no prefix of the lead is an error.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from evidence_store.checkpoint import Checkpoint
from evidence_store.draft import FILE_FOLDERS
from evidence_store.durable import (
    TEMPORARY_PREFIX,
    Disk,
    make_directories,
    replace_file,
    store_error,
    write_all,
)
from evidence_store.end_of_retention import destroy_key, remove_media
from evidence_store.entry import parse_entry
from evidence_store.errors import DiskBehind, FormatError, StoreDamaged, TileError
from evidence_store.payload_files import PAYLOAD_DIRECTORY, read_payload_lines
from evidence_store.tile import TILE_WIDTH
from evidence_store.tile_files import StoredTree, TileFiles
from evidence_store.volume import Volume

logger = logging.getLogger(__name__)

#: More than this is not brought up while recording waits: ``duizhi store resync`` does it.
ENTRIES_AT_START = 20_000
BYTES_AT_START = 256 * 1024 * 1024
_NAMING = tuple(f'"path":"{folder}/'.encode() for folder in FILE_FOLDERS)
_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Gathered:
    """What a directory was given."""

    number: int
    from_size: int
    entries: int
    files: int
    bytes: int
    lacking: int  # files that are not whole in the lead either: verification names them


class LeadLacks(StoreDamaged):
    """A file is missing or altered in the directory that leads."""


class Lead:
    """The log in the directory that holds most, up to ``size``."""

    def __init__(self, root: Path, size: int) -> None:
        self.root = root
        self.size = size
        self._files = TileFiles(root / "log")
        self._tile: tuple[int, list[bytes]] = (-1, [])

    def entry(self, index: int) -> bytes | None:
        """The entry at an index; None behind the end.

        Raises:
            StoreDamaged: it cannot be read.
        """
        if not 0 <= index < self.size:
            return None
        tile, offset = divmod(index, TILE_WIDTH)
        if self._tile[0] != tile:
            width = min(TILE_WIDTH, self.size - tile * TILE_WIDTH)
            try:
                self._tile = (tile, self._files.entries(tile, width))
            except TileError as error:
                raise StoreDamaged(f"{self.root}: {error}") from error
        return self._tile[1][offset]

    def check_prefix(self, checkpoint: Checkpoint | None, other: Path) -> None:
        """Check that what ``other`` acknowledged is the beginning of this log.

        Raises:
            StoreDamaged: it is not: the log was forked.
        """
        if checkpoint is None or checkpoint.size == 0:
            return
        size = checkpoint.size
        if size <= self.size:
            try:
                root = StoredTree(self._files, self.size).subtree(0, size)
            except TileError as error:
                raise StoreDamaged(f"{self.root}: {error}") from error
            if root == checkpoint.root:
                return
        raise StoreDamaged(
            f"{other} and {self.root} hold different logs from entry "
            f"{self._first_difference(other, size)} on; neither was changed"
        )

    def _first_difference(self, other: Path, size: int) -> int:
        files = TileFiles(other / "log")
        for begin in range(0, min(size, self.size), TILE_WIDTH):
            width = min(TILE_WIDTH, size - begin, self.size - begin)
            try:
                theirs = files.hashes(0, begin // TILE_WIDTH, width)
                ours = self._files.hashes(0, begin // TILE_WIDTH, width)
            except TileError:
                return begin
            for offset, (one, two) in enumerate(zip(ours, theirs, strict=True)):
                if one != two:
                    return begin + offset
        return min(size, self.size)


@dataclass(frozen=True)
class NamedFile:
    """A file that an entry names."""

    path: str
    size: int
    digests: frozenset[str]  # of the bytes as stored, or as they were before they were sealed


def named_file(entry: bytes) -> NamedFile | None:
    """The file an entry names, if any.

    Raises:
        StoreDamaged: the bytes are no entry.
    """
    if not any(folder in entry for folder in _NAMING):
        return None
    try:
        body: dict[str, Any] = parse_entry(entry).body
    except FormatError as error:
        raise StoreDamaged(f"an entry cannot be read: {error}") from error
    path, digest = body.get("path"), body.get("sha256")
    if not isinstance(path, str) or not isinstance(digest, str):
        return None
    if path.partition("/")[0] not in FILE_FOLDERS or ".." in path:
        return None
    digests = {digest, body.get("sealed_sha256")}
    size = body.get("sealed_size", body.get("size", 0))
    return NamedFile(path, int(size), frozenset(one for one in digests if isinstance(one, str)))


def bring_up(
    lead: Lead,
    volume: Volume,
    *,
    entries_max: int = ENTRIES_AT_START,
    bytes_max: int = BYTES_AT_START,
) -> Gathered | None:
    """Give a directory what it lacks of the lead; None when it lacks nothing.

    Raises:
        DiskBehind: more is missing than may be copied now; nothing was written.
        StoreError: it cannot be written, or the lead does not hold what its entries name.
    """
    start = volume.log.size
    count = lead.size - start
    if count <= 0:
        return None
    total = 0
    if count <= entries_max:
        missing = (file for _, file in _missing(lead, start) if file is not None)
        total = sum(file.size for file in missing if not (volume.root / file.path).exists())
    if count > entries_max or total > bytes_max:
        raise DiskBehind(f"{count} entries are missing in {volume.root}; run: duizhi store resync")
    files = lacking = 0
    batch: list[bytes] = []
    try:
        _copy_keys(lead, volume)
        for entry, file in _missing(lead, start):
            if file is not None:
                try:
                    files += copy_file(volume.disk, lead.root, volume.root, file)
                except LeadLacks as error:
                    logger.warning("%s", error)
                    lacking += 1
            if b'"kind":"key.destroyed"' in entry:
                _destroy(volume, entry)
            batch.append(entry)
            if len(batch) == TILE_WIDTH:
                _append(lead, volume, batch)
                batch = []
        _append(lead, volume, batch)
    except OSError as error:
        raise store_error(error, f"cannot bring {volume.root} up") from error
    return Gathered(volume.number, start, count, files, total, lacking)


def _append(lead: Lead, volume: Volume, batch: list[bytes]) -> None:
    """Entries, with the private payloads that are still beside them."""
    if batch:
        first = volume.log.size
        directory = lead.root / "log" / PAYLOAD_DIRECTORY
        lines = read_payload_lines(directory, first, first + len(batch))
        volume.log.append(batch, sorted(lines.items()))


def _destroy(volume: Volume, entry: bytes) -> None:
    """A retention ended while the directory was away: what it still holds goes too."""
    session = parse_entry(entry).session
    destroy_key(volume.disk, [volume.root], session)
    remove_media([volume.root], session)


def _copy_keys(lead: Lead, volume: Volume) -> None:
    """Wrapped keys of sessions: those of the lead are the newer ones."""
    for path in sorted((lead.root / "keys").glob("*.json")):
        target, data = volume.root / "keys" / path.name, path.read_bytes()
        if not target.exists() or target.read_bytes() != data:
            make_directories(volume.disk, target.parent)
            replace_file(volume.disk, target, data)


def copy_public_keys(disk: Disk, source: Path, target: Path) -> None:
    """Keys, certificates and policy, so that a mirror can be verified by itself.

    Private keys stay where they are.

    Raises:
        OSError: a disk refused.
    """
    _copy_files(disk, source, target, ("keys/*.pub.pem", "keys/*.certificate", "keys/*.vkey"))
    _copy_files(disk, source, target, ("policy", "policies/*"))


def copy_vouchers(disk: Disk, source: Path, target: Path) -> None:
    """What witnesses and time stamp authorities said of a log; it lies beside it.

    Raises:
        OSError: a disk refused.
    """
    _copy_files(disk, source, target, ("witnessed/*", "stamps/*"))


def _copy_files(disk: Disk, source: Path, target: Path, patterns: Sequence[str]) -> None:
    for path in sorted(path for pattern in patterns for path in source.glob(pattern)):
        copy = target / path.relative_to(source)
        if path.is_file() and not (copy.exists() and copy.read_bytes() == path.read_bytes()):
            make_directories(disk, copy.parent)
            replace_file(disk, copy, path.read_bytes())


def _missing(lead: Lead, start: int) -> Iterator[tuple[bytes, NamedFile | None]]:
    for index in range(start, lead.size):
        entry = lead.entry(index)
        assert entry is not None
        yield entry, named_file(entry)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise LeadLacks(f"{path} is missing") from error


def copy_file(disk: Disk, source_root: Path, root: Path, file: NamedFile) -> bool:
    """Copy one file durably, reading its digest on the way; false when it is there already.

    Raises:
        LeadLacks: the source is not what its entry says.
        StoreDamaged: what is there already is not what its entry says.
        OSError: a disk refused.
    """
    target = root / file.path
    if target.exists():
        with target.open("rb") as present:
            if hashlib.file_digest(present, "sha256").hexdigest() not in file.digests:
                raise StoreDamaged(f"{target} is not what its entry says")
        return False
    make_directories(disk, target.parent)
    temporary = target.with_name(TEMPORARY_PREFIX + target.name)
    if temporary.exists():
        disk.unlink(temporary)
    digest = hashlib.sha256()
    descriptor = disk.create(temporary)
    try:
        try:
            with _opened(source_root / file.path) as source:
                while piece := source.read(_PIECE_BYTES):
                    digest.update(piece)
                    write_all(disk, descriptor, piece)
            disk.sync(descriptor)
        finally:
            disk.close(descriptor)
        if digest.hexdigest() not in file.digests:
            raise LeadLacks(f"{source_root / file.path} is not what its entry says")
    except BaseException:
        disk.unlink(temporary)
        raise
    disk.rename(temporary, target)
    disk.sync_directory(target.parent)
    return True
