"""Opening a log: find what is durable, cut a torn tail off, refuse damage.

Rules, in the order they are checked:

1. The checkpoint, when there is one, is signed with this log's key and names its origin.
2. The tree up to the write-ahead log comes from tiles; appending the records must lead to the
   checkpoint's root at the checkpoint's size. Fewer good records than that is damage.
3. Records after the checkpoint were never acknowledged. Good ones are kept. From the first bad
   one on, everything is a torn tail: copied aside and cut off *before* the first append, and
   declared by a ``recover`` entry with its length and SHA-256.
4. Nothing else is ever repaired. A missing or contradicting file is an error that names it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_store.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from evidence_store.durable import Disk, make_directories, replace_file
from evidence_store.entry import parse_entry
from evidence_store.errors import EntryError, FormatError, StoreDamaged, TileError
from evidence_store.log import CHECKPOINT_FILE, WAL_DIRECTORY, Log, LogState
from evidence_store.merkle import CompactRange, leaf_hash
from evidence_store.payload_files import PAYLOAD_DIRECTORY, drop_orphans
from evidence_store.session_keys import OpenChain
from evidence_store.signer_port import LogSigner
from evidence_store.survey import Survey
from evidence_store.tile import ENTRIES, TILE_WIDTH, tile_path
from evidence_store.tile_files import StoredTree, TileFiles
from evidence_store.wal import (
    WalAppender,
    WalContent,
    begin_wal,
    read_wal,
    wal_files,
    wal_record,
)

_CLEAN_FILE = "clean"


@dataclass(frozen=True)
class Recovery:
    """What opening the log found."""

    fresh: bool  # the log has no entry yet
    clean: bool  # the last writer closed it in order
    from_size: int  # size of the checkpoint found
    size: int  # entries after recovery
    discarded: bytes = b""  # the torn tail that was cut off
    survey: Survey | None = None  # what the log's entries name; known after a clean close


@dataclass(frozen=True)
class LogFacts:
    """What lies in a log directory, before anything is changed there."""

    checkpoint: Checkpoint | None
    durable: int  # good records, also behind the checkpoint
    closed_at: int = -1  # its size when it was closed in order

    @property
    def acknowledged(self) -> int:
        """Entries that a checkpoint covers."""
        return self.checkpoint.size if self.checkpoint else 0


def examine_log(directory: Path, origin: str, signer: LogSigner) -> LogFacts:
    """Look at a log without changing anything.

    It may lag behind another one, so its checkpoint may carry an ended key's line.

    Raises:
        StoreDamaged: its checkpoint or its write-ahead log cannot be what this log wrote.
        OSError: the disk refused.
    """
    checkpoint = _read_checkpoint(directory, origin, signer, beside=True)
    files = wal_files(directory / WAL_DIRECTORY)
    if not files:
        if checkpoint is not None or (directory / "tile").exists():
            raise StoreDamaged(f"{directory / WAL_DIRECTORY} holds no write-ahead log")
        return LogFacts(None, 0)
    content = read_wal(files[-1])
    closed_at, _ = _read_clean_mark(directory / WAL_DIRECTORY)
    return LogFacts(checkpoint, content.first + len(content.entries), closed_at)


def examine_checkpoint(directory: Path, origin: str, signer: LogSigner) -> int:
    """How many entries the checkpoint of a log covers, whatever else is wrong there.

    Raises:
        StoreDamaged: it cannot be what this log wrote.
        OSError: the disk refused.
    """
    checkpoint = _read_checkpoint(directory, origin, signer, beside=True)
    return checkpoint.size if checkpoint else 0


def open_log(
    directory: Path,
    origin: str,
    signer: LogSigner,
    disk: Disk,
    agreed: Callable[[int], bytes | None] | None = None,
) -> tuple[Log, Recovery]:
    """Open or begin the log in ``directory``; on return it is ready for the first append.

    ``agreed`` is for a directory beside another one: the entry at an index there, or None. Records
    behind the checkpoint that differ from it were acknowledged nowhere and count as torn tail.

    Raises:
        StoreDamaged: what lies there contradicts itself.
        OSError: the disk refused.
    """
    wal_directory = directory / WAL_DIRECTORY
    make_directories(disk, wal_directory)
    checkpoint = _read_checkpoint(directory, origin, signer, beside=agreed is not None)
    files = wal_files(wal_directory)
    if not files:
        if checkpoint is not None or (directory / "tile").exists():
            raise StoreDamaged(f"{wal_directory} holds no write-ahead log")
        files = [begin_wal(disk, wal_directory, 0, [])]
    content = read_wal(files[-1])
    edge = _check_against_checkpoint(directory, content, checkpoint)
    if agreed is not None:
        content = _as_agreed(content, checkpoint.size if checkpoint else 0, agreed)
    for stale in files[:-1]:  # a newer file repeats what is still needed of it
        disk.unlink(stale)
    levels = _unfinished_tiles(directory, content.first)
    partials = _flushed_partials(directory, content.first, len(levels))
    wal = WalAppender(disk, files[-1], content.good_bytes)
    try:
        if content.rest:
            _cut_tail(disk, directory, content, wal)
        _remove_unflushed_tiles(disk, directory, content.first)
        size = content.first + len(content.entries)
        drop_orphans(disk, directory / PAYLOAD_DIRECTORY, size)
        closed_at, survey = _take_clean_mark(disk, wal_directory)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to report
            wal.close()
        raise
    state = LogState(content.first, edge, levels, content.entries, wal, partials)
    log = Log(directory, origin, signer, disk, state)
    log.checkpoint = checkpoint
    from_size = checkpoint.size if checkpoint else 0
    clean = closed_at == from_size == log.size and not content.rest
    return log, Recovery(
        fresh=log.size == 0,
        clean=clean,
        from_size=from_size,
        size=log.size,
        discarded=content.rest,
        survey=survey if clean else None,
    )


def mark_clean(disk: Disk, directory: Path, size: int, survey: Survey) -> None:
    """Note that the writer stopped in order with this many entries."""
    value: dict[str, Any] = {"size": size, "last": survey.last_of_session}
    if survey.open_chains is not None:
        value["chains"] = {
            name: [one.chain.hex(), one.entries, one.declared, one.closed]
            for name, one in survey.open_chains.items()
        }
    if survey.twin is not None:
        value["sm3"] = [node.hex() for node in survey.twin]
    replace_file(disk, directory / WAL_DIRECTORY / _CLEAN_FILE, json.dumps(value).encode())


def _take_clean_mark(disk: Disk, wal_directory: Path) -> tuple[int, Survey | None]:
    """The size of the log when it was closed in order (-1: it was not); the mark is removed."""
    size, survey = _read_clean_mark(wal_directory)
    path = wal_directory / _CLEAN_FILE
    if path.exists():
        disk.unlink(path)
        disk.sync_directory(wal_directory)
    return size, survey


def _read_clean_mark(wal_directory: Path) -> tuple[int, Survey | None]:
    try:
        mark = json.loads((wal_directory / _CLEAN_FILE).read_bytes())
        size = int(mark["size"])
        last = {str(name): int(index) for name, index in mark["last"].items()}
        twin = [bytes.fromhex(node) for node in mark["sm3"]] if "sm3" in mark else None
        return size, Survey(last, set(), _chains_of(mark), twin)
    except FileNotFoundError:
        return -1, None
    except (ValueError, KeyError, TypeError, AttributeError):
        return -1, None  # a damaged mark only costs a longer recovery


def _chains_of(mark: dict[str, Any]) -> dict[str, OpenChain] | None:
    """The open sessions; None when whoever closed the log did not keep their chains."""
    if "chains" not in mark:
        return None
    return {
        str(name): OpenChain(bytes.fromhex(chain), int(entries), bool(declared), bool(closed))
        for name, (chain, entries, declared, closed) in mark["chains"].items()
    }


def _read_checkpoint(
    directory: Path, origin: str, signer: LogSigner, *, beside: bool
) -> Checkpoint | None:
    path = directory / CHECKPOINT_FILE
    try:
        checkpoint = parse_checkpoint(path.read_bytes())
        if checkpoint.origin != origin:
            raise StoreDamaged(f"{path} belongs to {checkpoint.origin}, not to {origin}")
        before = [key for key in signer.ended if beside and _signed(checkpoint, key)]
        if not before:
            verify_checkpoint(checkpoint, signer.public_key_bytes)
    except FileNotFoundError:
        return None
    except FormatError as error:
        raise StoreDamaged(f"{path}: {error}") from error
    return checkpoint


def _signed(checkpoint: Checkpoint, key: bytes) -> bool:
    try:
        verify_checkpoint(checkpoint, key)
    except FormatError:
        return False
    return True


def _check_against_checkpoint(
    directory: Path, content: WalContent, checkpoint: Checkpoint | None
) -> CompactRange:
    """Rule 2; returns the tree up to the first record."""
    try:
        nodes = StoredTree(TileFiles(directory), content.first).edge()
    except TileError as error:
        raise StoreDamaged(f"{directory}: {error}") from error
    edge = CompactRange(content.first, nodes)
    size = checkpoint.size if checkpoint else 0
    kept = content.first + len(content.entries)
    if size < content.first:
        raise StoreDamaged(f"{directory}: the checkpoint covers {size} entries, tiles hold more")
    if kept < size:
        raise StoreDamaged(
            f"{directory}: entry {kept} is damaged or missing, and the checkpoint covers {size}"
        )
    for index, entry in enumerate(content.entries, content.first):
        _check_entry(entry, index)
    if checkpoint and _root_at(edge, content, size) != checkpoint.root:
        raise StoreDamaged(f"{directory}: the entries do not lead to the checkpoint's root")
    return edge


def _root_at(edge: CompactRange, content: WalContent, size: int) -> bytes:
    tree = edge.copy()
    for entry in content.entries[: size - content.first]:
        tree.append(leaf_hash(entry))
    return tree.root()


def _check_entry(data: bytes, index: int) -> None:
    try:
        found = parse_entry(data).seq
    except EntryError as error:
        raise StoreDamaged(f"entry {index} of the write-ahead log: {error}") from error
    if found != index:
        raise StoreDamaged(f"entry {index} of the write-ahead log calls itself {found}")


def _as_agreed(
    content: WalContent, acknowledged: int, agreed: Callable[[int], bytes | None]
) -> WalContent:
    """The records up to the first unacknowledged one that differs; what follows is torn tail."""
    for position, entry in enumerate(content.entries):
        index = content.first + position
        if index >= acknowledged and agreed(index) != entry:
            kept, cut = content.entries[:position], content.entries[position:]
            differing = b"".join(wal_record(entry) for entry in cut)
            return WalContent(
                content.first, kept, content.good_bytes - len(differing), differing + content.rest
            )
    return content


def _cut_tail(disk: Disk, directory: Path, content: WalContent, wal: WalAppender) -> None:
    aside = directory.parent / "aside"
    make_directories(disk, aside)
    end = content.first + len(content.entries)
    replace_file(disk, aside / f"torn-tail-after-{end}", content.rest)
    wal.cut()


def _unfinished_tiles(directory: Path, first: int) -> list[list[bytes]]:
    tree = StoredTree(TileFiles(directory), first)
    levels: list[list[bytes]] = []
    level = 1
    while first >> (8 * level):
        index, width = divmod(first >> (8 * level), TILE_WIDTH)
        levels.append(list(tree.tile(level, index)) if width else [])
        level += 1
    return levels


def _remove_unflushed_tiles(disk: Disk, directory: Path, first: int) -> None:
    """Partial tiles of entries and leaf hashes were never flushed; the write-ahead log has all
    they should hold, and the next checkpoint makes them again."""
    edge = first // TILE_WIDTH
    for level in (ENTRIES, 0):
        for index in range(max(0, edge - 1), edge + 1):
            full = directory / tile_path(level, index)
            partials = full.with_name(full.name + ".p")
            for path in partials.glob("*"):
                disk.unlink(path)
            if partials.is_dir():
                disk.remove_directory(partials)


def _flushed_partials(directory: Path, first: int, levels: int) -> dict[int | str, list[Path]]:
    """Partial tiles above the leaves, at the right edge, the widest last."""
    found: dict[int | str, list[Path]] = {}
    for level in range(1, levels + 1):
        full = directory / tile_path(level, (first >> (8 * level)) // TILE_WIDTH)
        partials = full.with_name(full.name + ".p")
        widths = sorted(int(path.name) for path in partials.glob("[0-9]*"))
        found[level] = [partials / str(width) for width in widths]
    return found
