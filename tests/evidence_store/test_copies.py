"""Two copies side by side, and a copy beside the store it came from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evidence_store.copies import (
    BEGINS_OURS,
    NAMED_MAX,
    NOT_OURS,
    ONLY_FIRST,
    PARTED,
    SAME,
    SECOND_LONGER,
    UNKNOWN_LOG,
    UNREADABLE,
    LogPair,
    compare_copies,
    logs_at_home,
)
from evidence_store.errors import PackageError
from evidence_store.export import zip_package
from tests.evidence_store.builder import SESSION, export, make_store, open_writer, write_session


def _go_on(store: Path) -> None:
    writer = open_writer(store)
    write_session(writer, "s00000000000000000009")
    writer.close()


def _of_recorder(logs: list[LogPair]) -> LogPair:
    return next(one for one in logs if one.origin.endswith("recorder-1"))


def _media(package: Path) -> Path:
    return next(one for one in sorted(package.rglob("*.m4s")))


def test_a_package_and_its_zip_are_the_same(package: Path, tmp_path: Path) -> None:
    archive = tmp_path / "copy.zip"
    zip_package(package, archive)
    progress: list[float] = []
    found = compare_copies(package, archive, progress.append)
    assert found.identical
    assert found.media_same > 0
    assert found.same == sum(1 for one in package.rglob("*") if one.is_file())
    assert {one.state for one in found.logs} == {SAME}
    assert progress[-1] == 1.0
    assert progress == sorted(progress)


def test_every_kind_of_difference_is_named(package: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(package, other)
    changed = _media(other)
    changed.write_bytes(changed.read_bytes()[:-1] + b"!")
    gone = next(one for one in sorted(other.rglob("*.m4s")) if one != changed)
    gone.unlink()
    (other / "data" / "added.txt").write_text("?", "utf-8")
    found = compare_copies(package, other)
    assert not found.identical
    assert found.different == [changed.relative_to(other).as_posix()]
    assert found.only_first == [gone.relative_to(other).as_posix()]
    assert found.only_second == ["data/added.txt"]
    assert (found.different_count, found.only_first_count, found.only_second_count) == (1, 1, 1)


def test_a_later_export_has_the_longer_log(tmp_path: Path) -> None:
    store, _ = make_store(tmp_path / "store")
    early = export(store, tmp_path / "early", SESSION)
    _go_on(store)
    late = export(store, tmp_path / "late", SESSION)
    (log,) = compare_copies(early, late).logs
    assert log.state == SECOND_LONGER
    assert log.parted_at is None
    assert log.second_size > log.first_size


def test_logs_that_part_name_the_first_entry(package: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(package, other)
    leaves = other / "data/log/leaf-hashes"
    raw = bytearray(leaves.read_bytes())
    raw[5 * 32] ^= 1
    raw[9 * 32] ^= 1
    leaves.write_bytes(raw)
    log = _of_recorder(compare_copies(package, other).logs)
    assert (log.state, log.parted_at) == (PARTED, 5)
    leaves.unlink()
    log = _of_recorder(compare_copies(package, other).logs)
    assert log.state == UNREADABLE
    shutil.rmtree(other / "data/log")
    log = _of_recorder(compare_copies(package, other).logs)
    assert (log.state, log.second_size) == (ONLY_FIRST, 0)


def test_a_package_beside_its_own_and_another_store(tmp_path: Path) -> None:
    store, _ = make_store(tmp_path / "store")
    package = export(store, tmp_path / "package", SESSION)
    mine = [store / "recorder-1" / "log"]
    (found,) = logs_at_home(package, mine)
    assert (found.state, found.size) == (BEGINS_OURS, found.our_size)
    _go_on(store)
    (found,) = logs_at_home(package, mine)
    assert found.state == BEGINS_OURS
    assert found.our_size > found.size
    (found,) = logs_at_home(package, [])
    assert found.state == UNKNOWN_LOG
    stranger, _ = make_store(tmp_path / "stranger", segments=6)
    (found,) = logs_at_home(package, [stranger / "recorder-1" / "log"])
    assert found.state == NOT_OURS


def test_no_package_is_an_error(package: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.zip"
    plain.write_bytes(b"not a zip")
    with pytest.raises(PackageError):
        compare_copies(package, plain)
    with pytest.raises(PackageError):
        compare_copies(plain, package)
    with pytest.raises(PackageError):
        logs_at_home(plain, [])


def test_long_lists_are_bounded_and_counted(package: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(package, other)
    for number in range(NAMED_MAX + 10):
        (other / "data" / f"x{number:04}").write_bytes(b"")
    found = compare_copies(package, other)
    assert found.only_second_count == NAMED_MAX + 10
    assert len(found.only_second) == NAMED_MAX
