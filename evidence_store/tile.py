"""Tiles: the log as static files (C2SP tlog-tiles).

A hash tile at level L holds up to 256 hashes, each the root of 256**L leaves, one after the
other. An entry tile holds up to 256 entries, each behind its length in two bytes. A full tile
never changes; a partial tile is named by its width and is a prefix of every later one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from evidence_store.entry import ENTRY_BYTES_MAX
from evidence_store.errors import TileError
from evidence_store.merkle import HASH_BYTES, node_hash

TILE_WIDTH = 256
#: In place of a level: the tile of entries.
ENTRIES = "entries"


def tile_path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """Path of a tile below the log's directory, such as ``tile/0/x001/067.p/12``."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    partial = f".p/{width}" if width != TILE_WIDTH else ""
    return f"tile/{level}/{'/'.join(parts)}{partial}"


def hash_tile(hashes: Sequence[bytes]) -> bytes:
    """The bytes of a hash tile."""
    return b"".join(hashes)


def entry_tile(entries: Sequence[bytes]) -> bytes:
    """The bytes of an entry tile.

    Raises:
        TileError: an entry is too long for its length to be stored.
    """
    if any(len(entry) > ENTRY_BYTES_MAX for entry in entries):
        raise TileError(f"an entry has at most {ENTRY_BYTES_MAX} bytes")
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def parse_hash_tile(data: bytes, width: int) -> list[bytes]:
    """The hashes of a tile that must hold exactly ``width``.

    Raises:
        TileError: it holds another number, or a part of one.
    """
    if len(data) != width * HASH_BYTES:
        raise TileError(f"a tile of {width} hashes has {width * HASH_BYTES} bytes, not {len(data)}")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def parse_entry_tile(data: bytes, width: int) -> list[bytes]:
    """The entries of a tile that must hold exactly ``width``.

    Raises:
        TileError: it ends inside an entry or holds another number.
    """
    entries: list[bytes] = []
    offset = 0
    while offset < len(data):
        length = int.from_bytes(data[offset : offset + 2], "big")
        end = offset + 2 + length
        if offset + 2 > len(data) or end > len(data):
            raise TileError("the tile ends inside an entry")
        entries.append(data[offset + 2 : end])
        offset = end
    if len(entries) != width:
        raise TileError(f"the tile holds {len(entries)} entries, not {width}")
    return entries


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Root over a number of hashes that is a power of two.

    Raises:
        TileError: the number is not a power of two.
    """
    if not hashes or len(hashes) & (len(hashes) - 1):
        raise TileError(f"{len(hashes)} hashes are no perfect tree")
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]
