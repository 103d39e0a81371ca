"""Reading a log while another process appends to it.

A reader takes no lock. It reads the checkpoint, which is replaced in one step, and then only
what that checkpoint covers; tiles only ever grow. It verifies nothing by itself (verify.py
does); bytes that are not what their format says are an error.
"""

from __future__ import annotations

from pathlib import Path

from evidence_store.checkpoint import Checkpoint, parse_checkpoint
from evidence_store.commitment import opened_bytes
from evidence_store.errors import ProofError, StoreDamaged
from evidence_store.merkle import EMPTY_ROOT, consistency_path, inclusion_path
from evidence_store.payload_files import PAYLOAD_DIRECTORY, read_payload_lines
from evidence_store.places import fullest, roots_of
from evidence_store.tile import TILE_WIDTH
from evidence_store.tile_files import StoredTree, TileFiles

_CHECKPOINT_FILE = "checkpoint"


class LogReader:
    """Reads one log directory (``<store>/recorder-1/log``). Safe in any thread or process."""

    def __init__(self, log_dir: Path) -> None:
        self._roots = roots_of(log_dir.parent) if log_dir.name == "log" else ()
        self._directory = log_dir
        self._files = TileFiles(log_dir)

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint; a log that never had one is of size 0.

        With mirrors (places.py) it is that of the directory that holds most, and what follows is
        read there.

        Raises:
            CheckpointError: the file is not a checkpoint.
            StoreDamaged: it cannot be read.
        """
        if len(self._roots) > 1 and (found := fullest(self._roots) / "log") != self._directory:
            self._directory, self._files = found, TileFiles(found)
        try:
            return parse_checkpoint((self._directory / _CHECKPOINT_FILE).read_bytes())
        except FileNotFoundError:
            return Checkpoint("", 0, EMPTY_ROOT, b"")
        except OSError as error:
            raise StoreDamaged(f"cannot read the checkpoint: {error.strerror}") from error

    def entries(self, first: int, limit: int) -> list[bytes]:
        """At most ``limit`` entries from index ``first`` on, as stored.

        Raises:
            TileError: an entry that the checkpoint covers cannot be read.
        """
        size = self.checkpoint().size
        found: list[bytes] = []
        begin, end = max(first, 0), min(size, first + limit)
        while begin < end:
            index, offset = divmod(begin, TILE_WIDTH)
            width = min(TILE_WIDTH, size - index * TILE_WIDTH)
            part = self._files.entries(index, width)[offset : offset + end - begin]
            found += part
            begin += len(part)
        return found

    def payloads(self, first: int, limit: int) -> dict[int, bytes]:
        """Lines of the payloads of at most ``limit`` entries from ``first`` on, by index."""
        return read_payload_lines(self._directory / PAYLOAD_DIRECTORY, first, first + limit)

    def opened(self, first: int, limit: int) -> list[bytes]:
        """Like ``entries``, with private payloads put back where they are at hand.

        What is read is for people; only ``entries`` gives the bytes that were hashed.

        Raises:
            TileError: an entry that the checkpoint covers cannot be read.
            EntryError: an entry is damaged.
        """
        begin = max(first, 0)
        entries = self.entries(begin, first + limit - begin)
        if not any(b'"c":"' in entry for entry in entries):
            return entries
        lines = self.payloads(begin, len(entries))
        return [opened_bytes(entry, lines.get(i)) for i, entry in enumerate(entries, begin)]

    def leaf_hashes(self, first: int, limit: int) -> list[bytes]:
        """At most ``limit`` leaf hashes from index ``first`` on.

        Raises:
            TileError: a hash that the checkpoint covers cannot be read.
        """
        size = self.checkpoint().size
        tree = StoredTree(self._files, size)
        found: list[bytes] = []
        begin, end = max(first, 0), min(size, first + limit)
        while begin < end:
            index, offset = divmod(begin, TILE_WIDTH)
            part = tree.tile(0, index)[offset : offset + end - begin]
            found += part
            begin += len(part)
        return found

    def root(self, size: int) -> bytes:
        """Root of the tree of the first ``size`` entries.

        Raises:
            ProofError: the log is not that large.
            TileError: a tile is missing.
        """
        return self._tree(size).subtree(0, size)

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The proof that entry ``index`` is in the tree of ``size`` entries.

        Raises:
            ProofError: there is no such entry, or the log is not that large.
            TileError: a tile is missing.
        """
        return inclusion_path(index, size, self._tree(size).subtree)

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of ``old`` entries begins the tree of ``new``.

        Raises:
            ProofError: the sizes are wrong, or the log is not that large.
            TileError: a tile is missing.
        """
        return consistency_path(old, new, self._tree(new).subtree)

    def _tree(self, size: int) -> StoredTree:
        if size > self.checkpoint().size:
            raise ProofError(f"the log has fewer than {size} entries")
        return StoredTree(self._files, size)
