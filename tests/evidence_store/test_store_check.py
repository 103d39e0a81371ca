"""Verification and fsck of a store in place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store.fsck import fsck_store
from evidence_store.report import Report
from evidence_store.signer import Ed25519Signer
from evidence_store.verify import verify_path
from evidence_store.wal import wal_files
from evidence_store.writer import Draft
from tests.evidence_store.builder import (
    CENTRE_ORIGIN,
    SECOND,
    START_US,
    make_store,
    open_writer,
    write_session,
)

SESSION = "s00000000000000000000"
LOG = "recorder-1/log"
CAMERA = f"recorder-1/media/{SESSION}/room1-camera"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose log spans several tiles; copied, never changed."""
    store = tmp_path_factory.mktemp("made") / "store"
    make_store(store, sessions=2, centre=True, gap=True)
    writer = open_writer(store)
    for begin in range(0, 600, 100):
        drafts = [Draft("reading", "", "", {"n": begin + n}, START_US) for n in range(100)]
        writer.submit(drafts).result(60)
    writer.close()
    return store


@pytest.fixture
def store(made: Path, quick_path: Path) -> Path:
    """A copy to damage."""
    shutil.copytree(made, quick_path / "store")
    return quick_path / "store"


def found(report: Report) -> set[tuple[str, str]]:
    return {(finding.code, finding.path) for finding in report.findings}


def flip(path: Path, where: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(bytes(data))


def test_a_store_is_complete(store: Path) -> None:
    progress: list[float] = []
    report = verify_path(store, progress=progress.append)
    assert (report.verdict, report.findings, report.notices) == ("complete_with_gaps", [], [])
    assert report.log is not None
    assert (report.log.origin, report.log.size) == ("duizhi.local/recorder-1", 634)
    assert report.totals.entries == 634 + 5
    assert len(report.per_source) == 2
    assert progress[-1] == 1.0
    deep = fsck_store(store)
    assert deep.findings == []
    assert {notice.code for notice in deep.notices} == {"key_plain"}


def test_verifying_beside_a_writer(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    script = write_session(writer, "s1", close=False)
    report = verify_path(tmp_path)
    assert (report.verdict, report.findings) == ("complete", [])
    assert report.notices[0].code == "session_open"
    assert fsck_store(tmp_path).findings == []
    script.segment("room1-camera")
    writer.close()


def test_a_changed_segment_is_named_to_the_second(store: Path) -> None:
    flip(store / CAMERA / "e001-000002.m4s")
    (finding,) = verify_path(store).findings
    assert (finding.code, finding.session, finding.source) == ("altered", SESSION, "room1-camera")
    assert finding.path == f"{CAMERA}/e001-000002.m4s"
    assert (finding.start_us, finding.end_us) == (START_US + 2 * SECOND, START_US + 4 * SECOND)


def test_only_the_media_of_chosen_sessions_are_read(store: Path) -> None:
    flip(store / CAMERA / "e001-000002.m4s")
    other = verify_path(store, sessions=["s00000000000000000001"])
    assert (other.findings, len(other.per_source)) == ([], 1)
    assert verify_path(store, sessions=[SESSION]).verdict == "altered"
    alter_entry(store)
    assert verify_path(store, sessions=["s00000000000000000001"]).verdict == "altered"


def remove_segment(store: Path) -> None:
    (store / CAMERA / "e001-000002.m4s").unlink()


def link_segment(store: Path) -> None:
    path = store / CAMERA / "e001-000002.m4s"
    path.rename(store / "elsewhere")
    path.symlink_to(store / "elsewhere")


def alter_entry(store: Path) -> None:
    path = store / LOG / "tile/entries/000"
    path.write_bytes(path.read_bytes().replace(b'"model":"demo"', b'"model":"dem0"', 1))


def alter_entry_and_hash(store: Path) -> None:
    from evidence_store.merkle import leaf_hash
    from evidence_store.tile import hash_tile, parse_entry_tile

    alter_entry(store)
    entries = parse_entry_tile((store / LOG / "tile/entries/000").read_bytes(), 256)
    (store / LOG / "tile/0/000").write_bytes(hash_tile([leaf_hash(item) for item in entries]))


def garble_entry(store: Path) -> None:
    flip(store / LOG / "tile/entries/000", 20)


def swap_entries(store: Path) -> None:
    from evidence_store.tile import entry_tile, parse_entry_tile

    path = store / LOG / "tile/entries/001"
    entries = parse_entry_tile(path.read_bytes(), 256)
    entries[3], entries[4] = entries[4], entries[3]
    path.write_bytes(entry_tile(entries))


def alter_hash(store: Path) -> None:
    flip(store / LOG / "tile/0/000")


def remove_entries(store: Path) -> None:
    (store / LOG / "tile/entries/001").unlink()


def remove_hashes(store: Path) -> None:
    (store / LOG / "tile/0/001").unlink()


def shorten_entries(store: Path) -> None:
    path = store / LOG / "tile/entries/001"
    path.write_bytes(path.read_bytes()[:-1])


def alter_signature(store: Path) -> None:
    path = store / LOG / "checkpoint"
    text = path.read_text()
    path.write_text(text[:-10] + ("A" if text[-10] != "A" else "B") + text[-9:])


def remove_checkpoint(store: Path) -> None:
    (store / LOG / "checkpoint").unlink()


def remove_key(store: Path) -> None:
    (store / "keys/recorder-1.pub.pem").unlink()


def exchange_key(store: Path) -> None:
    Ed25519Signer.generate(store / "other.pem")
    shutil.copy(store / "other.pub.pem", store / "keys/recorder-1.pub.pem")


def roll_back(store: Path) -> None:
    """The last tile and the write-ahead log are lost; the checkpoint still covers them."""
    shutil.rmtree(store / LOG / "tile/entries/002.p")
    shutil.rmtree(store / LOG / "wal")


def alter_centre(store: Path) -> None:
    for path in (store / "centre/log/tile/entries/000.p").iterdir():
        path.write_bytes(path.read_bytes().replace(b"auditor", b"burglar"))


@pytest.mark.parametrize(
    ("damage", "code", "path"),
    [
        (remove_segment, "missing", f"{CAMERA}/e001-000002.m4s"),
        (link_segment, "missing", f"{CAMERA}/e001-000002.m4s"),
        (alter_entry, "altered", f"{LOG}/tile/entries/000"),
        (alter_entry_and_hash, "altered", f"{LOG}/checkpoint"),
        (garble_entry, "altered", f"{LOG}/tile/entries/000"),
        (swap_entries, "altered", f"{LOG}/tile/entries/001"),
        (alter_hash, "altered", f"{LOG}/checkpoint"),
        (remove_entries, "log_truncated", f"{LOG}/tile/entries/001"),
        (remove_hashes, "missing", f"{LOG}/tile/0/001"),
        (shorten_entries, "log_truncated", f"{LOG}/tile/entries/001"),
        (alter_signature, "signature_wrong", f"{LOG}/checkpoint"),
        (remove_checkpoint, "missing", f"{LOG}/checkpoint"),
        (remove_key, "missing", "keys/recorder-1.pub.pem"),
        (exchange_key, "signature_wrong", f"{LOG}/checkpoint"),
        (roll_back, "log_truncated", f"{LOG}/tile/entries/002.p/122"),
        (alter_centre, "altered", "centre/log/tile/entries/000"),
    ],
    ids=lambda item: getattr(item, "__name__", None),
)
def test_damage_is_named(store: Path, damage: Callable[[Path], None], code: str, path: str) -> None:
    damage(store)
    report = verify_path(store)
    assert report.exit_code == 1
    assert (code, path) in found(report)
    assert found(report) <= found(fsck_store(store))


def test_an_altered_entry_is_named_with_its_time(store: Path) -> None:
    alter_entry(store)
    (finding,) = verify_path(store).findings
    assert (finding.session, finding.source) == (SESSION, "room1-camera")
    assert finding.start_us == START_US + 3 * SECOND
    assert "utterance" in finding.detail


def test_an_expected_key(store: Path, tmp_path: Path) -> None:
    own = (store / "keys/recorder-1.pub.pem").read_bytes()
    assert verify_path(store, keys=[own]).exit_code == 0
    report = verify_path(store, keys=[(store / "keys/centre.pub.pem").read_bytes()])
    assert ("key_mismatch", f"{LOG}/checkpoint") in found(report)


def test_what_is_no_store(tmp_path: Path, store: Path) -> None:
    assert fsck_store(tmp_path).exit_code == 2
    shutil.rmtree(store / "recorder-1")
    shutil.rmtree(store / "centre")
    report = fsck_store(store)
    assert (report.verdict, report.exit_code) == ("unreadable", 2)
    (store / "FORMAT").write_text('{"format":"duizhi-store/7"}')
    assert "newer one" in verify_path(store).findings[0].detail


def test_fsck_checks_upper_tiles(store: Path) -> None:
    flip(store / LOG / "tile/1/000.p/2")
    assert found(fsck_store(store)) == {("altered", f"{LOG}/tile/1/000.p/2")}
    shutil.rmtree(store / LOG / "tile/1")
    assert found(fsck_store(store)) == {("missing", f"{LOG}/tile/1/000.p/2")}


def test_fsck_checks_the_write_ahead_log(store: Path) -> None:
    path = wal_files(store / LOG / "wal")[-1]
    good = path.read_bytes()
    name = f"{LOG}/wal/{path.name}"
    for bad in (good[:-1], b"x" + good[1:], good[:40] + b"\x00" + good[41:]):
        path.write_bytes(bad)
        assert found(fsck_store(store)) == {("altered", name)}
    path.write_bytes(good + b"torn")
    report = fsck_store(store)
    assert report.findings == []
    assert [notice.code for notice in report.notices] == ["torn_tail", "key_plain", "key_plain"]
    path.unlink()
    assert found(fsck_store(store)) == {("missing", f"{LOG}/wal")}


def test_fsck_compares_the_write_ahead_log_with_the_tiles(store: Path) -> None:
    from evidence_store.wal import read_wal, wal_record

    path = wal_files(store / LOG / "wal")[-1]
    entries = read_wal(path).entries
    header = path.read_bytes().split(b"\n")[0] + b"\n"
    entries[2] = entries[2].replace(b'"n":', b'"m":')
    path.write_bytes(header + b"".join(wal_record(item) for item in entries))
    (finding,) = fsck_store(store).findings
    assert finding.detail == "the write-ahead log and the tiles hold different entries"


def test_fsck_names_what_lies_about(store: Path) -> None:
    (store / CAMERA / "e009-000001.m4s").write_bytes(b"x")
    (store / CAMERA / ".tmp-e009-000002.m4s").write_bytes(b"x")
    (store / "recorder-1/aside").mkdir()
    (store / "recorder-1/aside/torn-tail-after-3").write_bytes(b"x")
    (store / "keys/recorder-1.pem").chmod(0o644)
    report = fsck_store(store)
    assert report.findings == []
    codes = sorted(notice.code for notice in report.notices)
    assert codes == ["aside", "half_written", "key_plain", "orphan", "private_key"]


def test_fsck_checks_that_keys_belong_together(store: Path) -> None:
    shutil.copy(store / "keys/recorder-1.pem", store / "keys/centre.pem")
    assert ("altered", "keys/centre.pub.pem") in found(fsck_store(store))
    (store / "keys/centre.pub.pem").unlink()
    assert ("missing", "keys/centre.pub.pem") in found(fsck_store(store))


def test_the_centre_has_its_own_origin(store: Path) -> None:
    text = (store / "centre/log/checkpoint").read_text()
    assert text.startswith(CENTRE_ORIGIN + "\n")
