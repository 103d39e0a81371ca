"""A directory that was left behind: brought up beside a running writer, and taken back."""

from __future__ import annotations

import errno
import time
from pathlib import Path

import pytest

from evidence_store.errors import StoreBusy, StoreDamaged
from evidence_store.places import checkpoint_size, fullest
from evidence_store.resync import resync_store
from evidence_store.writer import Draft, StoreWriter
from tests.evidence_store.faulty_disks import CountingDisk
from tests.evidence_store.test_two_disks import (
    NAME,
    check,
    entries,
    files,
    media,
    of_kind,
    pair,
    tick,
)

WAIT_S = 60


def joined(writer: StoreWriter, store: Path) -> None:
    """Wait until the running writer took its directory back."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        writer.submit([tick(0)]).result(WAIT_S)
        if of_kind(store, "disk.joined"):
            return
        time.sleep(0.05)
    raise AssertionError("the directory is taken back")


@pytest.mark.parametrize("failing", [1, 2])
def test_a_running_writer_takes_a_directory_back(tmp_path: Path, failing: int) -> None:
    stores = [tmp_path / "store", tmp_path / "mirror"]
    disks = [CountingDisk(), CountingDisk()]
    writer = pair(tmp_path, disk=disks[0], mirror_disks=[disks[1]])
    writer.submit([media(0)]).result(WAIT_S)
    disks[failing - 1].fault = lambda number, name: errno.EIO if name == "sync" else None
    writer.submit([media(1), tick(1)]).result(WAIT_S)
    disks[failing - 1].fault = lambda number, name: None  # another disk was put in
    writer.submit([tick(n) for n in range(700)]).result(WAIT_S)
    good, bad = stores[2 - failing], stores[failing - 1]
    assert fullest([top / NAME for top in stores]) == good / NAME
    assert [one["in_use"] for one in writer.directories] == [failing != 1, failing != 2]
    given = resync_store(good, bad)[NAME]
    assert given.entries > 700
    joined(writer, good)
    assert [one["in_use"] for one in writer.directories] == [True, True]
    writer.submit([media(2), tick(2)]).result(WAIT_S)
    writer.close()
    assert entries(stores[0]) == entries(stores[1])
    assert of_kind(bad, "disk.joined")[0]["directory"] == failing
    for store in stores:
        check(store, stores[0])
    pair(tmp_path).close()  # in order: nothing to declare
    assert len(of_kind(good, "disk.joined")) == 1


def test_a_new_disk_is_filled(tmp_path: Path) -> None:
    writer = pair(tmp_path)
    writer.submit([media(n) for n in range(5)] + [tick(n) for n in range(600)]).result(WAIT_S)
    private = Draft("marker", "", "", {"n": 1}, 1, private={"text": "话"})
    writer.submit([private]).result(WAIT_S)
    writer.close()
    one, two = tmp_path / "store", tmp_path / "new"
    resync_store(one, two)
    assert checkpoint_size(two / NAME) == checkpoint_size(one / NAME) > 600
    mine = {name: data for name, data in files(one).items() if name != "log/wal/clean"}
    theirs = {name: data for name, data in files(two).items() if name != "rejoin"}
    assert mine.keys() - theirs.keys() <= {
        n for n in mine if n.startswith("log/tile") and ".p/" in n
    }
    assert all(mine[name] == data for name, data in theirs.items() if "/tile/" not in name)
    check(two, one)
    resync_store(one, two)  # nothing more to do


def test_what_must_not_be_resynced(tmp_path: Path) -> None:
    writer = pair(tmp_path)
    one, two = tmp_path / "store", tmp_path / "mirror"
    with pytest.raises(StoreBusy):
        resync_store(one, two)
    writer.close()
    (two / NAME / "log" / "checkpoint").write_bytes(b"no checkpoint")
    with pytest.raises(StoreDamaged):
        resync_store(one, two)
    assert checkpoint_size(tmp_path / "nowhere") == -1
