"""Late files in the log: apart from the live account, provable, and never left out unseen."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence_store.draft import Draft, FileLink, FileWrite
from evidence_store.errors import DraftRejected, FileConflict
from evidence_store.export import export_package
from evidence_store.fsck import fsck_store
from evidence_store.report import Report
from evidence_store.verify import verify_path
from evidence_store.writer import StoreWriter
from tests.evidence_store.builder import (
    CASE,
    SECOND,
    SESSION,
    START_US,
    SessionScript,
    make_store,
    open_writer,
)
from tests.evidence_store.test_tampering import codes, lines_of, reseal, set_lines

SOURCE = "room1-camera"
FOLDER = f"media/{SESSION}/{SOURCE}/late-up-1"
GAP_US = START_US + 4 * SECOND  # builder: two segments of 2 s, then a gap of 3 s


def hand_over(
    writer: StoreWriter,
    place: Path,
    *,
    at_us: int = GAP_US,
    parts: int = 3,
    file: str = "up-1",
    files: int = 1,
    stated: int | None = None,
    init: bool = True,
) -> None:
    """File one late file of one-second parts the way the recorder does."""
    folder = f"media/{SESSION}/{SOURCE}/late-{file}"
    original = place / f"{file}.data"
    original.write_bytes(b"original " * 1000)
    script = SessionScript(writer, SESSION, t_us=START_US + 3600 * SECOND)
    body: dict[str, Any] = {"file": file, "source": SOURCE}
    link = FileLink(
        f"{folder}/original.mp4",
        original,
        hashlib.sha256(original.read_bytes()).hexdigest(),
        original.stat().st_size,
    )
    said = {
        "name": "0001.MP4",
        "by_name": "吴某某",
        "received_us": script.t_us,
        "start_us": at_us - SECOND,
        "end_us": at_us + 5 * SECOND,
    }
    drafts = [Draft("late.file", SESSION, "room1", {**body, **said}, script.t_us, link)]
    if init:
        path = f"{folder}/e001-init.mp4"
        head = FileWrite(path, b"late init")
        epoch = {**body, "epoch": 1, "mime": "video/mp4"}
        drafts.append(Draft("late.init", SESSION, "room1", epoch, script.t_us, head))
    for number in range(parts):
        segment = {
            **body,
            "epoch": 1,
            "number": number + 1,
            "start_us": at_us + number * SECOND,
            "duration_us": SECOND,
        }
        part = FileWrite(f"{folder}/e001-{number + 1:06d}.m4s", f"late {number}".encode() * 9)
        drafts.append(Draft("late.segment", SESSION, "room1", segment, script.t_us, part))
    filed = {**body, "segments": parts if stated is None else stated, "late_us": parts * SECOND}
    drafts.append(Draft("late.filed", SESSION, "room1", filed, script.t_us))
    index = {"session": SESSION, "file": file, "files": files}
    drafts.append(Draft("late.index", "", "", index, script.t_us))
    writer.submit(drafts).result(timeout=30)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A sealed session with a gap."""
    return make_store(tmp_path / "store", gap=True)[0]


@pytest.fixture
def filed(store: Path, tmp_path: Path) -> Path:
    """The same, days later with a late file that fills the gap."""
    writer = open_writer(store)
    hand_over(writer, tmp_path)
    writer.close()
    return store


def test_the_sealed_account_stays_and_late_time_is_listed_apart(
    store: Path, tmp_path: Path
) -> None:
    before = verify_path(store)
    writer = open_writer(store)
    hand_over(writer, tmp_path)
    writer.close()
    after = verify_path(store)
    assert after.findings == []
    assert after.verdict == before.verdict == "complete_with_gaps"
    assert after.per_source == before.per_source
    for name in ("recorded_us", "elapsed_us", "gap_us", "gaps", "pause_us", "segments"):
        assert getattr(after.totals, name) == getattr(before.totals, name)
    assert (after.totals.late_files, after.totals.late_us) == (1, 3 * SECOND)
    (late,) = after.late
    assert (late.name, late.by, late.state) == ("0001.MP4", "吴某某", "proved")
    assert [(span.start_us, span.end_us, span.state) for span in late.spans] == [
        (GAP_US, GAP_US + 3 * SECOND, "late")
    ]
    assert fsck_store(store).findings == []
    assert [one for one in fsck_store(store).notices if one.code == "orphan"] == []


def test_the_original_is_the_file_itself(filed: Path, tmp_path: Path) -> None:
    original = filed / "recorder-1" / FOLDER / "original.mp4"
    assert original.read_bytes() == b"original " * 1000
    assert original.samefile(tmp_path / "up-1.data")


def package_of(store: Path) -> Path:
    out = store.parent / "package"
    export_package(store, out, sessions=[SESSION], case=CASE, reason="移送", by="auditor")
    return out


def test_a_package_takes_late_files_along(filed: Path) -> None:
    package = package_of(filed)
    report = verify_path(package)
    assert report.findings == []
    assert report.totals.late_us == 3 * SECOND
    play = package / "data" / FOLDER / "e001-play.mp4"
    assert play.read_bytes() == b"late init" + b"".join(b"late %d" % n * 9 for n in range(3))
    assert (package / "data" / FOLDER / "original.mp4").exists()
    assert '"late_us": 3000000' in (package / "data/case.json").read_text()
    assert "补录" in (package / "VERIFY.txt").read_text()


@pytest.mark.parametrize("name", ["original.mp4", "e001-init.mp4", "e001-000002.m4s"])
@pytest.mark.parametrize("how", ["altered", "missing"])
def test_a_late_file_that_was_changed_is_found(filed: Path, name: str, how: str) -> None:
    package = package_of(filed)
    path = package / "data" / FOLDER / name
    if how == "altered":
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    else:
        path.unlink()
    reseal(package)
    report = verify_path(package)
    found = [one for one in report.findings if one.path == f"data/{FOLDER}/{name}"]
    assert [one.code for one in found] == [how]
    states = {span.state for span in report.late[0].spans} | {report.late[0].state}
    assert how in states


def drop(package: Path, choose: Callable[[bytes], bool]) -> None:
    set_lines(package, [line for line in lines_of(package) if not choose(line)])


def late_kind(kind: str) -> Callable[[bytes], bool]:
    return lambda line: f'"kind":"{kind}"'.encode() in line


@pytest.mark.parametrize("kind", ["late.file", "late.init", "late.segment", "late.filed"])
def test_a_late_entry_that_was_left_out_is_found(filed: Path, kind: str) -> None:
    package = package_of(filed)
    drop(package, late_kind(kind))
    reseal(package)
    assert "missing" in codes(verify_path(package))


def test_a_whole_late_file_that_was_left_out_is_found(filed: Path) -> None:
    """The tail of the session's chain: only the entry of the log itself tells."""
    package = package_of(filed)
    drop(package, lambda line: b'"kind":"late.' in line and b"late.index" not in line)
    shutil.rmtree(package / "data" / FOLDER)
    reseal(package)
    report = verify_path(package)
    assert any("late files" in one.detail for one in report.findings)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"at_us": GAP_US - 2 * SECOND}, "received live"),
    ({"stated": 4}, "states 4 late segments"),
    ({"stated": 2}, "states 2 late segments"),
    ({"init": False}, "init segment"),
]


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_books_that_do_not_agree_are_found(
    store: Path, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    writer = open_writer(store)
    hand_over(writer, tmp_path, **change)
    writer.close()
    report = verify_path(store)
    assert report.exit_code == 1
    assert any(words in one.detail for one in report.findings), report.findings


def test_two_late_files_may_not_claim_the_same_time(filed: Path, tmp_path: Path) -> None:
    writer = open_writer(filed)
    hand_over(writer, tmp_path, file="up-2", files=2)
    writer.close()
    assert any("same time" in one.detail for one in verify_path(filed).findings)


def test_late_media_may_not_lie_in_a_pause(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = open_writer(store)
    script = SessionScript(writer, SESSION)
    script.open()
    script.open_recording(SOURCE)
    script.segment(SOURCE)
    script.gap(SOURCE, 3 * SECOND, pause=True)
    script.close_recording(SOURCE)
    script.close()
    hand_over(writer, tmp_path, at_us=START_US + 2 * SECOND)
    writer.close()
    report = verify_path(store)
    assert any("pause" in one.detail for one in report.findings)


@pytest.mark.parametrize("fault", ["gone", "size", "taken"])
def test_a_link_that_cannot_be_made_fails_its_job_alone(
    store: Path, tmp_path: Path, fault: str
) -> None:
    source = tmp_path / "data"
    source.write_bytes(b"12345")
    digest = hashlib.sha256(b"12345").hexdigest()
    size = 6 if fault == "size" else 5
    link = FileLink(f"{FOLDER}/original.mp4", source, digest, size)
    if fault == "gone":
        source.unlink()
    if fault == "taken":
        place = store / "recorder-1" / FOLDER / "original.mp4"
        place.parent.mkdir(parents=True)
        place.write_bytes(b"other")
    writer = open_writer(store)
    draft = Draft("late.file", SESSION, "room1", {"file": "up-1", "source": SOURCE}, 1, link)
    if fault == "taken":  # set aside as an orphan only after an unclean stop; here it is in the way
        assert place.exists()
    with pytest.raises(FileConflict):
        writer.submit([draft]).result(timeout=30)
    assert writer.failure is None
    writer.submit([Draft("tick", SESSION, "room1", {"n": 9}, 1)]).result(timeout=30)
    writer.close()


def test_a_link_comes_with_its_digest(store: Path, tmp_path: Path) -> None:
    writer = open_writer(store)
    link = FileLink(f"{FOLDER}/original.mp4", tmp_path / "x", "no digest", 5)
    with pytest.raises(DraftRejected):
        writer.submit([Draft("late.file", SESSION, "room1", {}, 1, link)])
    writer.close()


def test_a_link_made_twice_is_one_file(store: Path, tmp_path: Path) -> None:
    source = tmp_path / "data"
    source.write_bytes(b"12345")
    link = FileLink(f"{FOLDER}/original.mp4", source, hashlib.sha256(b"12345").hexdigest(), 5)
    writer = open_writer(store)
    for _ in range(2):
        draft = Draft("late.file", SESSION, "room1", {"file": "up-1", "source": SOURCE}, 1, link)
        writer.submit([draft]).result(timeout=30)
    writer.close()
    assert codes(_verified(store)) == set()


def _verified(store: Path) -> Report:
    return verify_path(store)
