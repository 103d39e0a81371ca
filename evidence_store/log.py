"""The log on disk: write-ahead log, tiles, checkpoint. One thread owns it.

Order, and what is true if the process dies after each step:

0. private payloads appended and fdatasync'ed to ``payloads/`` (payload_files.py). Orphans.
1. records appended and fdatasync'ed to ``wal/``. The entries are durable; nobody was told.
2. full tiles and the tiles above them, flushed. They repeat what the write-ahead log holds.
3. partial tiles, not flushed: they can be made again from the write-ahead log.
4. the checkpoint, signed, replaced and flushed. From here the entries are *protected*.
5. a write-ahead log that lies wholly in full tiles is replaced by a shorter one.

Recovery (recovery.py) is the normal path: it rebuilds this object from steps 1 to 4.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence_store.checkpoint import Checkpoint, sign_checkpoint
from evidence_store.cosignature import add_signature
from evidence_store.durable import Disk, make_directories, publish_unflushed, replace_file
from evidence_store.errors import StoreDamaged
from evidence_store.merkle import CompactRange, leaf_hash
from evidence_store.note import VerifierKey
from evidence_store.payload_files import PAYLOAD_DIRECTORY, PayloadAppender, Rewritten
from evidence_store.signer_port import LogSigner
from evidence_store.tile import (
    ENTRIES,
    TILE_WIDTH,
    entry_tile,
    hash_tile,
    perfect_root,
    tile_path,
)
from evidence_store.wal import WalAppender, begin_wal

CHECKPOINT_FILE = "checkpoint"
WAL_DIRECTORY = "wal"
#: A reader that has just read a checkpoint may still want its partial tiles.
_PARTIAL_TILES_KEPT = 4


@dataclass
class LogState:
    """A log as recovery found it."""

    first: int  # index of the first entry in the write-ahead log; a multiple of 256
    edge: CompactRange  # the tree up to ``first``
    levels: list[list[bytes]]  # levels[i]: hashes in the unfinished tile at level i + 1
    entries: list[bytes]  # from ``first`` on
    wal: WalAppender
    partials: dict[int | str, list[Path]]  # partial tiles by level, the widest last


class Log:
    """Appends to one log directory.

    Invariants: ``size`` counts durable entries; ``checkpoint.size <= size``; the unfinished
    tile begins at ``_base``, and ``_tail`` holds every entry from there on.
    """

    def __init__(
        self, directory: Path, origin: str, signer: LogSigner, disk: Disk, state: LogState
    ) -> None:
        self.origin = origin
        self.checkpoint: Checkpoint | None = None
        self._directory = directory
        self._signer = signer
        self._disk = disk
        self._wal = state.wal
        self._payloads = PayloadAppender(disk, directory / PAYLOAD_DIRECTORY)
        self._wal_first = self._base = state.first
        self._tree = state.edge
        self._levels = state.levels
        self._tail: list[bytes] = []
        self._tail_hashes: list[bytes] = []
        self._partials = state.partials
        for entry in state.entries:
            self._grow(entry)

    @property
    def size(self) -> int:
        """Number of durable entries."""
        return self._tree.size

    @property
    def usable(self) -> bool:
        """False once a failed write left the log's files in an unknown state."""
        return self._wal.usable and self._payloads.usable

    def append(
        self, entries: list[bytes], payloads: Sequence[tuple[int, bytes]] = ()
    ) -> list[bytes]:
        """Make payloads and entries durable (steps 0 and 1); returns the entries' leaf hashes.

        On OSError nothing was appended; when ``usable`` is then false, only recovery may go on.
        """
        if payloads:
            self._payloads.append(payloads)
        try:
            self._wal.write(entries)
        except OSError:
            if payloads:
                self._payloads.retract()
            raise
        self._wal.flush()
        return [self._grow(entry) for entry in entries]

    def switch_payloads(self, new: Rewritten) -> bool:
        """Put a rewritten payload file in place (payload_removal.py)."""
        return self._payloads.switch(new)

    def write_tiles(self) -> bytes:
        """Write tiles over everything appended (steps 2 and 3); returns their root.

        After an OSError, here or in ``write_checkpoint``, the entries are durable but
        unprotected, and only recovery may go on.
        """
        self._write_full_tiles()
        self._write_partial_tiles()
        return self._tree.root()

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Make a checkpoint over everything appended durable (step 4)."""
        replace_file(self._disk, self._directory / CHECKPOINT_FILE, checkpoint.note)
        self.checkpoint = checkpoint

    def sign(self, root: bytes) -> Checkpoint:
        """The checkpoint of ``size`` entries; the Ed25519 line first: VERIFY.txt checks it."""
        signer = self._signer
        checkpoint = sign_checkpoint(
            self.origin, self.size, root, signer.public_key_bytes, signer.sign
        )
        for one in signer.beside:
            key = VerifierKey(self.origin, one.kind, one.public_key_bytes)
            checkpoint = add_signature(checkpoint, key, one.sign, int(time.time()))
        return checkpoint

    def tidy(self) -> None:
        """Shorten the write-ahead log and remove old partial tiles (step 5)."""
        for partials in self._partials.values():
            while len(partials) > _PARTIAL_TILES_KEPT:
                self._remove_partial(partials.pop(0), partials[-1])
        if self._base > self._wal_first:
            old = self._wal
            path = begin_wal(self._disk, old.path.parent, self._base, self._tail)
            self._wal = WalAppender(self._disk, path, path.stat().st_size)
            self._wal_first = self._base
            old.close()
            self._disk.unlink(old.path)

    def close(self) -> None:
        """Close the write-ahead log and the payloads."""
        self._payloads.close()
        self._wal.close()

    def _remove_partial(self, path: Path, newest: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._disk.unlink(path)
        if path.parent != newest.parent:
            # The tile is full. Other partial tiles of it may still be there: try again later.
            with contextlib.suppress(OSError):
                self._disk.remove_directory(path.parent)

    def _grow(self, entry: bytes) -> bytes:
        leaf = leaf_hash(entry)
        self._tree.append(leaf)
        self._tail.append(entry)
        self._tail_hashes.append(leaf)
        return leaf

    def _write_full_tiles(self) -> None:
        changed: set[int] = set()
        while len(self._tail) >= TILE_WIDTH:
            index = self._base // TILE_WIDTH
            hashes = self._tail_hashes[:TILE_WIDTH]
            self._write_tile(tile_path(ENTRIES, index), entry_tile(self._tail[:TILE_WIDTH]))
            self._write_tile(tile_path(0, index), hash_tile(hashes))
            del self._tail[:TILE_WIDTH], self._tail_hashes[:TILE_WIDTH]
            self._base += TILE_WIDTH
            self._raise_hash(1, perfect_root(hashes), changed)
        for level in sorted(changed):
            hashes = self._levels[level - 1]
            if hashes:
                self._write_partial(level, hash_tile(hashes), len(hashes), flush=True)

    def _raise_hash(self, level: int, value: bytes, changed: set[int]) -> None:
        """Add a hash to the unfinished tile at ``level``; a full one adds to the level above."""
        if len(self._levels) < level:
            self._levels.append([])
        hashes = self._levels[level - 1]
        hashes.append(value)
        changed.add(level)
        if len(hashes) == TILE_WIDTH:
            index = (self._base >> (8 * level)) // TILE_WIDTH - 1
            self._write_tile(tile_path(level, index), hash_tile(hashes))
            self._levels[level - 1] = []
            self._raise_hash(level + 1, perfect_root(hashes), changed)

    def _write_partial_tiles(self) -> None:
        if self._tail:
            width = len(self._tail)
            self._write_partial(ENTRIES, entry_tile(self._tail), width, flush=False)
            self._write_partial(0, hash_tile(self._tail_hashes), width, flush=False)

    def _write_partial(self, level: int | str, data: bytes, width: int, *, flush: bool) -> None:
        height = 8 * level if isinstance(level, int) else 0
        index = (self._base >> height) // TILE_WIDTH
        path = self._directory / tile_path(level, index, width)
        make_directories(self._disk, path.parent)
        if flush:
            replace_file(self._disk, path, data)
        else:
            publish_unflushed(self._disk, path, data)
        partials = self._partials.setdefault(level, [])
        if path in partials:
            partials.remove(path)
        partials.append(path)

    def _write_tile(self, name: str, data: bytes) -> None:
        path = self._directory / name
        if path.exists():  # from a run that died before its checkpoint
            if path.read_bytes() != data:
                raise StoreDamaged(f"{name} exists with other bytes")
            return
        make_directories(self._disk, path.parent)
        replace_file(self._disk, path, data)
