"""Two storage directories: written apart, equal at every checkpoint, one may fail."""

from __future__ import annotations

import errno
import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import (
    DiskFailed,
    DiskFull,
    FileConflict,
    StoreDamaged,
    StoreError,
)
from evidence_store.fsck import fsck_store
from evidence_store.reader import LogReader
from evidence_store.store_format import ensure_format
from evidence_store.wal import wal_files, wal_record
from evidence_store.writer import Draft, FileLink, FileWrite, StoreWriter
from tests.evidence_store.builder import open_writer, write_session
from tests.evidence_store.faulty_disks import CountingDisk

NAME = "recorder-1"


def tick(n: int) -> Draft:
    return Draft("tick", "", "", {"n": n}, 1_000_000 + n)


def media(n: int) -> Draft:
    return Draft("media.init", "", "", {}, 1, FileWrite(f"media/s1/c/i{n}.mp4", b"x" * 100))


def pair(top: Path, **options: Any) -> StoreWriter:
    """The writer of a store with a mirror."""
    ensure_format(top / "mirror")
    return open_writer(top / "store", mirrors=[top / "mirror" / NAME], **options)


def entries(store: Path) -> list[Entry]:
    return [parse_entry(data) for data in LogReader(store / NAME / "log").entries(0, 100_000)]


def of_kind(store: Path, kind: str) -> list[dict[str, Any]]:
    return [entry.body for entry in entries(store) if entry.kind == kind]


def files(store: Path) -> dict[str, bytes]:
    """What evidence lies in a directory: media, tiles, checkpoint, write-ahead log."""
    root = store / NAME
    found = [path for path in root.rglob("*") if path.is_file()]
    kept = [path for path in found if path.name not in ("lock", "together.json")]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in kept}


def check(store: Path, like: Path) -> None:
    """A directory verifies by itself (with the public keys of the store)."""
    keys = store / "keys"
    if not keys.exists():
        keys.mkdir()
        for path in (like / "keys").glob("*.pub.pem"):
            shutil.copy(path, keys)
    report = fsck_store(store)
    assert report.findings == []


def unclean(*stores: Path) -> None:
    for store in stores:
        (store / NAME / "log" / "wal" / "clean").unlink()


def test_both_directories_hold_the_same_bytes(tmp_path: Path) -> None:
    writer = pair(tmp_path)
    write_session(writer, "s1", gap=True)
    writer.submit([tick(n) for n in range(300)]).result(60)
    one, two = tmp_path / "store", tmp_path / "mirror"
    heads = [LogReader(top / NAME / "log").checkpoint() for top in (one, two)]
    assert heads[0] == heads[1]
    assert heads[0].size == writer.size
    writer.close()
    assert files(one) == files(two)
    assert of_kind(one, "disk.joined") == of_kind(one, "disk.failed") == []
    for top in (one, two):
        check(top, one)
    pair(tmp_path).close()  # and again, in order
    assert [entry.kind for entry in entries(two)][-1] == "process.start"


@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize("call", ["create", "write", "sync", "sync_data", "rename"])
def test_a_directory_that_fails_is_given_up_and_the_other_goes_on(
    tmp_path: Path, failing: int, call: str
) -> None:
    disks = [CountingDisk(), CountingDisk()]
    writer = pair(tmp_path, disk=disks[0], mirror_disks=[disks[1]])
    writer.submit([media(0), tick(0)]).result(30)
    disks[failing - 1].fault = lambda number, name: errno.EIO if name == call else None
    writer.submit([media(1), tick(1)]).result(30)
    disks[failing - 1].fault = lambda number, name: None  # well again: it must not be used
    writer.submit([tick(2)]).result(30)
    calls = disks[failing - 1].calls
    writer.submit([media(3), tick(3)]).result(30)
    assert disks[failing - 1].calls == calls
    writer.close()
    stores = [tmp_path / "store", tmp_path / "mirror"]
    good, bad = stores[2 - failing], stores[failing - 1]
    assert of_kind(good, "disk.failed") == [{"directory": failing, "why": "failed", "left": 1}]
    check(good, stores[0])
    pair(tmp_path).close()
    joined = of_kind(bad, "disk.joined")
    assert [(one["directory"], one["entries"] > 0) for one in joined] == [(failing, True)]
    for top in stores:
        check(top, stores[0])
    assert entries(good) == entries(bad)


def test_a_full_directory_is_given_up_unless_both_are(tmp_path: Path) -> None:
    disks = [CountingDisk(), CountingDisk()]
    writer = pair(tmp_path, disk=disks[0], mirror_disks=[disks[1]])
    for disk in disks:
        disk.fault = lambda number, name: errno.ENOSPC if name == "write" else None
    for draft in (media(1), tick(1)):
        with pytest.raises(DiskFull):
            writer.submit([draft]).result(30)
    disks[0].fault = lambda number, name: None
    writer.submit([media(1)]).result(30)
    writer.submit([tick(1)]).result(30)
    assert writer.failure is None
    writer.close()
    assert of_kind(tmp_path / "store", "disk.failed") == [
        {"directory": 2, "why": "full", "left": 1}
    ]
    check(tmp_path / "store", tmp_path / "store")


def test_when_none_is_left_the_writer_stops(tmp_path: Path) -> None:
    disks = [CountingDisk(), CountingDisk()]
    writer = pair(tmp_path, disk=disks[0], mirror_disks=[disks[1]])
    for disk in disks:
        disk.fault = lambda number, name: errno.EIO if name == "sync_data" else None
        with pytest.raises(DiskFailed) if disk is disks[1] else _nothing():
            writer.submit([tick(1)]).result(30)
    with pytest.raises(StoreError):
        writer.submit([tick(2)])
    writer.close()
    pair(tmp_path).close()
    for top in (tmp_path / "store", tmp_path / "mirror"):
        check(top, tmp_path / "store")


def _nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()


def test_records_that_only_one_directory_got_are_kept_and_brought_over(tmp_path: Path) -> None:
    pair(tmp_path).close()
    one, two = tmp_path / "store", tmp_path / "mirror"
    unclean(one, two)
    size = len(entries(one))
    data = (
        b'{"body":{"n":9},"boot":"00","kind":"tick","mono_us":1,"prev":%d,"room":"","seq":%d,'
        b'"session":"","t_us":1,"v":1}' % (size - 1, size)
    )
    with wal_files(two / NAME / "log" / "wal")[-1].open("ab") as file:
        file.write(wal_record(data) + b"torn")
    pair(tmp_path).close()
    aside = {name: found for name, found in files(two).items() if name.startswith("aside/")}
    assert list(aside.values()) == [b"torn"]
    assert files(two) == {**files(one), **aside}
    assert entries(one) == entries(two)
    assert entries(one)[size].body == {"n": 9}
    assert of_kind(one, "disk.joined")[0]["directory"] == 1


def test_a_fork_is_an_error_that_names_the_place(tmp_path: Path) -> None:
    pair(tmp_path).close()
    one, two = tmp_path / "store", tmp_path / "mirror"
    shutil.copytree(one, tmp_path / "elsewhere")
    for top, n in ((one, 1), (tmp_path / "elsewhere", 2)):
        writer = open_writer(top)
        writer.submit([tick(n)]).result(30)
        writer.close()
    shutil.rmtree(two)
    (tmp_path / "elsewhere").rename(two)
    before = files(one), files(two)
    with pytest.raises(StoreDamaged, match="hold different logs from entry 1 on"):
        pair(tmp_path)
    assert (files(one), files(two)) == before


def test_a_log_is_never_begun_anew_beside_one_that_cannot_be_read(tmp_path: Path) -> None:
    """Neither beside a damaged first directory nor beside a mirror that is not mounted."""
    pair(tmp_path).close()
    one, two = tmp_path / "store", tmp_path / "mirror"
    shutil.rmtree(two)
    checkpoint = one / NAME / "log" / "checkpoint"
    good = checkpoint.read_bytes()
    checkpoint.write_bytes(b"no checkpoint")
    with pytest.raises(StoreDamaged, match="checkpoint"):
        pair(tmp_path)
    checkpoint.write_bytes(good)
    assert not (two / NAME / "log" / "checkpoint").exists()


def test_a_start_without_a_mirror_is_declared_and_must_be_sure(tmp_path: Path) -> None:
    pair(tmp_path).close()
    one, two = tmp_path / "store", tmp_path / "mirror"
    two.rename(tmp_path / "unplugged")
    two.mkdir()
    writer = open_writer(one, mirrors=[two / NAME])  # closed in order: it holds everything
    writer.close()
    assert of_kind(one, "disk.failed") == [{"directory": 2, "why": "absent", "left": 1}]
    assert list(two.iterdir()) == []
    unclean(one)
    open_writer(one, mirrors=[two / NAME]).close()  # it was alone: it holds everything
    two.rmdir()
    (tmp_path / "unplugged").rename(two)
    pair(tmp_path).close()
    assert files(one) == files(two)
    unclean(one, two)
    two.rename(tmp_path / "unplugged")
    two.mkdir()
    with pytest.raises(StoreDamaged, match=r"may hold entries .*\[store\] mirrors"):
        open_writer(one, mirrors=[two / NAME])
    open_writer(one).close()  # a person has decided


def test_a_large_file_is_copied_to_a_mirror_on_another_file_system(
    tmp_path: Path, quick_path: Path
) -> None:
    ensure_format(quick_path / "mirror")
    writer = open_writer(tmp_path / "store", mirrors=[quick_path / "mirror" / NAME])
    source = tmp_path / "upload"
    source.write_bytes(b"a card of a body camera" * 5000)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    link = FileLink("documents/s1/late.bin", source, digest, source.stat().st_size)
    for _ in range(2):  # a second time: the answer was lost
        writer.submit([Draft("document.file", "", "", {}, 1, link)]).result(30)
    wrong = FileLink("documents/s1/other.bin", source, "0" * 64, source.stat().st_size)
    with pytest.raises(FileConflict):
        writer.submit([Draft("document.file", "", "", {}, 1, wrong)]).result(30)
    writer.close()
    for top in (tmp_path / "store", quick_path / "mirror"):
        assert (top / NAME / link.path).read_bytes() == source.read_bytes()
    assert list((quick_path / "mirror" / NAME / "staged").iterdir()) == []
    assert (tmp_path / "store" / NAME / link.path).samefile(source)
