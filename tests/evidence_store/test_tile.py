"""Tiles: their names, their bytes, and a log large enough for two levels of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tiles import tile_path as other_tile_path

from evidence_store.checkpoint import verify_checkpoint
from evidence_store.draft import Draft, prepare
from evidence_store.durable import Disk
from evidence_store.errors import TileError
from evidence_store.log import Log
from evidence_store.merkle import HashTree, leaf_hash, verify_consistency, verify_inclusion
from evidence_store.reader import LogReader
from evidence_store.recovery import open_log
from evidence_store.signer import Ed25519Signer
from evidence_store.tile import (
    ENTRIES,
    entry_tile,
    hash_tile,
    parse_entry_tile,
    parse_hash_tile,
    perfect_root,
    tile_path,
)


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 0, 3, "tile/0/000.p/3"),
        (1, 999, 256, "tile/1/999"),
        (ENTRIES, 1234067, 256, "tile/entries/x001/x234/067"),
        (2, 1000, 255, "tile/2/x001/000.p/255"),
    ],
)
def test_paths_of_the_specification(level: int | str, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path


@given(st.integers(0, 3), st.integers(0, 10**10), st.integers(1, 256))
def test_paths_agree_with_an_independent_implementation(level: int, index: int, width: int) -> None:
    theirs = other_tile_path(level, index, 0 if width == 256 else width)
    assert tile_path(level, index, width) == "/".join(theirs)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entry_tiles_are_read_back(entries: list[bytes]) -> None:
    data = entry_tile(entries)
    assert parse_entry_tile(data, len(entries)) == entries
    with pytest.raises(TileError):
        parse_entry_tile(data, len(entries) + 1)
    for cut in {1, len(data) // 2, len(data) - 1} - {0}:
        if 0 < cut < len(data):
            with pytest.raises(TileError):
                parse_entry_tile(data[:cut], len(entries))


@given(st.binary(max_size=80), st.integers(0, 4))
def test_other_bytes_are_our_error(data: bytes, width: int) -> None:
    try:
        entries = parse_entry_tile(data, width)
    except TileError:
        entries = []
    else:
        assert entry_tile(entries) == data
    if len(data) == 32 * width:
        assert hash_tile(parse_hash_tile(data, width)) == data
    else:
        with pytest.raises(TileError):
            parse_hash_tile(data, width)


def test_limits() -> None:
    with pytest.raises(TileError):
        entry_tile([bytes(65_536)])
    for hashes in ([], [b"a"] * 3):
        with pytest.raises(TileError):
            perfect_root(hashes)
    leaves = [leaf_hash(b"%d" % n) for n in range(8)]
    assert perfect_root(leaves) == HashTree(leaves).root()


class UnflushedDisk(Disk):
    """Does not flush: this test is about tiles, not about power failures."""

    def sync(self, descriptor: int) -> None:
        return

    def sync_data(self, descriptor: int) -> None:
        return

    def sync_directory(self, path: Path) -> None:
        return


def _entries(first: int, count: int) -> list[bytes]:
    prepared = prepare(Draft("tick", "", "", {}, 1), 1)
    return [prepared.entry_bytes(seq, seq - 1, "00") for seq in range(first, first + count)]


def test_a_log_of_three_levels_is_what_others_read(quick_path: Path) -> None:
    signer = Ed25519Signer.generate(quick_path / "key.pem")
    directory = quick_path / "root" / "log"
    entries: list[bytes] = []

    def reopen() -> Log:
        log, recovery = open_log(directory, "duizhi.local/large", signer, UnflushedDisk())
        assert recovery.size == len(entries)
        return log

    log = reopen()
    for count in (65_000, 535, 1, 300, 5):  # across 65,536, where level 1 is full
        more = _entries(len(entries), count)
        assert log.append(more) == [leaf_hash(item) for item in more]
        entries += more
        log.write_checkpoint(log.sign(log.write_tiles()))
        log.tidy()
        log.close()
        log = reopen()
    log.write_checkpoint(log.sign(log.write_tiles()))
    log.close()

    size = len(entries)
    leaves = [leaf_hash(item) for item in entries]
    tree = HashTree(leaves)
    reader = LogReader(directory)
    head = reader.checkpoint()
    verify_checkpoint(head, signer.public_key_bytes)
    assert (head.size, head.root) == (size, tree.root())
    assert sorted(path.name for path in (directory / "tile").iterdir()) == [
        "0",
        "1",
        "2",
        "entries",
    ]
    theirs = TilesReader(LocalBackend(directory))
    assert theirs.get_checkpoint().size == size
    assert theirs.calculate_root_hash() == head.root
    for index in (0, 65_535, 65_536, size - 1):
        path = reader.inclusion_proof(index, size)
        verify_inclusion(index, size, leaves[index], path, head.root)
        assert theirs.get_inclusion_proof(index, size).node_hashes == path
        assert theirs.get_entry(index) == entries[index]
    for old in (1, 65_000, 65_536, size - 1):
        path = reader.consistency_proof(old, size)
        verify_consistency(old, size, path, HashTree(leaves[:old]).root(), head.root)
