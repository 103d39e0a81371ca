"""Reading tiles from a directory while their owner may be appending.

The owner replaces a partial tile by a wider one at any moment, and a wider tile begins with
the narrower: so a missing tile is looked for in every wider shape before it counts as missing.
After a crash the newest partial tile may be incomplete; the write-ahead log then has its
entries. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evidence_store.errors import StoreDamaged, TileError
from evidence_store.merkle import EMPTY_ROOT, leaf_hash, node_hash, split_point
from evidence_store.tile import (
    ENTRIES,
    TILE_WIDTH,
    parse_entry_tile,
    parse_hash_tile,
    perfect_root,
    tile_path,
)
from evidence_store.wal import read_wal, wal_files

_CACHED_TILES = 64


class TileFiles:
    """Tiles below one log directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def hashes(self, level: int, index: int, width: int) -> list[bytes]:
        """The first ``width`` hashes of a hash tile.

        Raises:
            TileError: no tile of at least that width is readable.
        """

        def rest() -> list[bytes]:
            if level == 0:
                return [leaf_hash(entry) for entry in self._from_wal(index, width)]
            raise TileError(f"{tile_path(level, index, width)} is missing or damaged")

        return self._read(level, index, width, parse_hash_tile, rest)

    def entries(self, index: int, width: int) -> list[bytes]:
        """The first ``width`` entries of an entry tile.

        Raises:
            TileError: no tile of at least that width is readable.
        """
        return self._read(
            ENTRIES, index, width, parse_entry_tile, lambda: self._from_wal(index, width)
        )

    def _read(
        self,
        level: int | str,
        index: int,
        width: int,
        parse: Callable[[bytes, int], list[bytes]],
        rest: Callable[[], list[bytes]],
    ) -> list[bytes]:
        for last_try in (False, False, True):
            for path, found in self._candidates(level, index, width):
                try:
                    return parse(path.read_bytes(), found)[:width]
                except (FileNotFoundError, TileError):
                    continue
            try:
                return rest()
            except TileError:
                # The owner may have replaced tile and write-ahead log between two looks. A
                # wider tile is in place before the narrower one is removed: look again.
                if last_try:
                    raise
        raise AssertionError("the last try returns or raises")

    def _candidates(self, level: int | str, index: int, width: int) -> list[tuple[Path, int]]:
        full = self._directory / tile_path(level, index)
        exact = self._directory / tile_path(level, index, width)
        found = [(exact, width)]
        if width < TILE_WIDTH:
            found.append((full, TILE_WIDTH))
            partials = full.with_name(full.name + ".p")
            names = [path for path in partials.glob("[0-9]*") if path.name.isdigit()]
            found += sorted(
                ((path, int(path.name)) for path in names if width < int(path.name) < TILE_WIDTH),
                key=lambda item: item[1],
            )
        return found

    def _from_wal(self, index: int, width: int) -> list[bytes]:
        begin = index * TILE_WIDTH
        for path in reversed(wal_files(self._directory / "wal")):
            try:
                content = read_wal(path)
            except (FileNotFoundError, StoreDamaged):
                continue
            if content.first <= begin and begin + width <= content.first + len(content.entries):
                return content.entries[begin - content.first :][:width]
        raise TileError(f"{tile_path(ENTRIES, index, width)} is missing or damaged")


class StoredTree:
    """Hashes of the tree of ``size`` leaves, read from tiles as they are needed."""

    def __init__(self, files: TileFiles, size: int) -> None:
        self.size = size
        self._files = files
        self._cache: dict[tuple[int, int], list[bytes]] = {}

    def subtree(self, begin: int, end: int) -> bytes:
        """Hash of the tree over the leaves ``[begin, end)``.

        Raises:
            TileError: a tile it needs is missing.
        """
        size = end - begin
        if size == 0:
            return EMPTY_ROOT
        if size & (size - 1) == 0 and begin % size == 0:
            return self.node(size.bit_length() - 1, begin // size)
        middle = begin + split_point(size)
        return node_hash(self.subtree(begin, middle), self.subtree(middle, end))

    def node(self, height: int, index: int) -> bytes:
        """Root of the ``index``-th perfect subtree of ``2**height`` leaves."""
        level, spare = divmod(height, 8)
        count = 1 << spare
        tile, offset = divmod(index * count, TILE_WIDTH)
        return perfect_root(self.tile(level, tile)[offset : offset + count])

    def tile(self, level: int, index: int) -> list[bytes]:
        """A hash tile as wide as this tree makes it."""
        key = (level, index)
        if key not in self._cache:
            if len(self._cache) >= _CACHED_TILES:
                self._cache.pop(next(iter(self._cache)))
            self._cache[key] = self._files.hashes(level, index, self.width(level, index))
        return self._cache[key]

    def width(self, level: int, index: int) -> int:
        """How many hashes a tile has in a tree of this size."""
        return min(TILE_WIDTH, (self.size >> (8 * level)) - index * TILE_WIDTH)

    def edge(self) -> list[bytes]:
        """The nodes of the right edge, the largest first (what CompactRange holds)."""
        nodes: list[bytes] = []
        begin = 0
        for height in reversed(range(self.size.bit_length())):
            if self.size >> height & 1:
                nodes.append(self.node(height, begin >> height))
                begin += 1 << height
        return nodes
