"""The words of a session go at the end of its retention; everything else stays, also in a crash."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from evidence_store.disclosure import parse_rule
from evidence_store.durable import Disk
from evidence_store.end_of_retention import destroy_key, remove_media
from evidence_store.errors import DiskFailed, StoreBusy, StoreError
from evidence_store.fsck import fsck_store
from evidence_store.payload_files import PAYLOAD_SPAN, Rewritten, line_index
from evidence_store.payload_removal import remove_payloads
from evidence_store.reader import LogReader
from evidence_store.report import Report
from evidence_store.verify import verify_path
from evidence_store.volume import Volumes
from evidence_store.writer import Draft, StoreWriter
from tests.evidence_store.builder import (
    CASE,
    SESSION,
    START_US,
    export,
    open_writer,
    write_session,
)
from tests.evidence_store.faulty_disks import CountingDisk
from tests.evidence_store.test_package import run_verify_py
from tests.evidence_store.test_retention import LATER_US, PEOPLE
from tests.evidence_store.test_two_disks import NAME, check, files, pair

OTHER = "s0"
SECRET = "只有这次说过的话"


def said(writer: StoreWriter, session: str, count: int, text: str = SECRET) -> None:
    drafts = [
        Draft("note", session, "room1", {"n": n}, START_US, private={"text": f"{text} {n}"})
        for n in range(count)
    ]
    for begin in range(0, count, 500):
        writer.submit(drafts[begin : begin + 500]).result(60)


def two_sessions(writer: StoreWriter, notes: int = 3) -> None:
    write_session(writer, OTHER)
    write_session(writer, SESSION)
    said(writer, SESSION, notes)
    said(writer, OTHER, 2, "别的话")


def end(writer: StoreWriter) -> None:
    body = {"case": CASE["id"], "category": "x", "until_us": LATER_US, "confirmed": PEOPLE}
    at_us = LATER_US + 10_000_000
    drafts = [
        Draft("retention.ended", SESSION, "room1", body, at_us),
        Draft("key.destroyed", SESSION, "room1", {"keys": []}, at_us),
    ]
    writer.submit(drafts).result(30)


def centre(store: Path) -> None:
    about = {"session": SESSION, "case": CASE["id"], "proposal": "re-1"}
    writer = open_writer(store, "centre")
    drafts = [
        Draft("retention.confirmed", "", "", {**about, "by": one["by"]}, LATER_US) for one in PEOPLE
    ]
    writer.submit(drafts).result(30)
    writer.close()


def lines(store: Path) -> dict[int, bytes]:
    return LogReader(store / NAME / "log").payloads(0, 1 << 30)


def words_on_disk(*tops: Path, text: str = SECRET) -> list[Path]:
    """Every file that holds the words, temporary ones too."""
    found = [path for top in tops for path in top.rglob("*") if path.is_file()]
    return [path for path in found if text.encode() in path.read_bytes()]


def told(report: Report) -> list[tuple[str, str]]:
    return [(one.session, one.detail) for one in report.notices if one.code == "payloads_destroyed"]


def test_words_and_salts_go_and_are_told_as_destroyed(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = open_writer(store)
    two_sessions(writer)
    root = store / NAME
    before = lines(store)
    end(writer)
    destroy_key(Disk(), [root], SESSION)
    remove_media([root], SESSION)
    assert remove_payloads(writer, [root], SESSION, 0) == 5  # people, an utterance, three notes
    assert remove_payloads(writer, [root], SESSION, 0) == 0
    said(writer, OTHER, 1, "后来的话")  # the writer goes on in the new file
    writer.close()
    centre(store)
    after = lines(store)
    assert {seq: line for seq, line in before.items() if seq in after} == dict(
        list(after.items())[:-1]
    )
    assert len(before) - len(after) == 4
    assert words_on_disk(store) == []
    for report in (verify_path(store), fsck_store(store)):
        assert (report.verdict, report.findings, report.withheld) == ("complete", [], [])
        assert [session for session, _ in told(report)] == [SESSION]
        assert told(report)[0][1].startswith("the private part of 5 entries was destroyed under")
    package = export(store, tmp_path / "package", SESSION)
    assert (verify_path(package).findings, len(told(verify_path(package)))) == ([], 1)
    assert run_verify_py(package).returncode == 0
    other = export(store, tmp_path / "other", OTHER)
    report = verify_path(other)
    assert (report.verdict, report.withheld, told(report)) == ("complete", [], [])
    assert words_on_disk(other, text="别的话")
    reopened = open_writer(store)
    said(reopened, OTHER, 1)
    reopened.close()
    assert verify_path(store).findings == []


def test_without_an_end_what_is_missing_stays_withheld(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = open_writer(store)
    two_sessions(writer)
    assert remove_payloads(writer, [store / NAME], SESSION, 0) == 5
    writer.close()
    report = verify_path(store)
    assert (report.findings, told(report)) == ([], [])
    assert sum(one.count for one in report.withheld if one.session == SESSION) == 5


def test_a_disclosure_copy_of_an_ended_session_lacks_no_payload(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = open_writer(store)
    two_sessions(writer)
    end(writer)
    remove_media([store / NAME], SESSION)
    remove_payloads(writer, [store / NAME], SESSION, 0)
    writer.close()
    centre(store)
    rule: dict[str, Any] = {"payloads": [{"kind": "utterance"}]}
    body = {"disclosure": "di-1", "case": CASE["id"], "sessions": [SESSION], "withhold": rule}
    writer = open_writer(store, "centre")
    writer.submit([Draft("disclose.made", "", "", body, LATER_US)]).result(30)
    writer.close()
    assert parse_rule(rule)
    package = export(store, tmp_path / "copy", SESSION, disclosure="di-1")
    assert verify_path(package).findings == []


class _Killed(Exception):
    """Stands for the process dying at this call."""


@pytest.mark.parametrize("call", ["replace", "switch"])
def test_a_crash_in_the_middle_and_a_second_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Several files: some were rewritten, a temporary one lies about."""
    store = tmp_path / "store"
    root = store / NAME
    writer = open_writer(store)
    two_sessions(writer, notes=PAYLOAD_SPAN + 100)
    end(writer)
    with monkeypatch.context() as patch:
        if call == "replace":

            def dies(self: Disk, source: Path, target: Path) -> None:
                raise _Killed

            patch.setattr(Disk, "rename", dies)
        else:

            def stops(self: Volumes, copies: object) -> bool:
                raise StoreBusy("killed here")

            patch.setattr(Volumes, "switch_payloads", stops)
        with pytest.raises(_Killed if call == "replace" else StoreError):
            remove_payloads(writer, [root], SESSION, 0)
    assert list(root.rglob(".tmp-*"))
    kept = tmp_path / "kept"  # what the disk holds at that moment
    shutil.copytree(store, kept)
    writer.close()
    again = open_writer(kept)
    assert lines(kept).keys() == lines(store).keys()  # nothing of anybody's is lost
    remove_payloads(again, [kept / NAME], SESSION, 0)
    remove_media([kept / NAME], SESSION)
    again.close()
    centre(kept)
    assert words_on_disk(kept) == []
    assert not list(kept.rglob(".tmp-*"))
    report = fsck_store(kept)
    assert (report.findings, report.withheld, len(told(report))) == ([], [], 1)
    assert len(lines(kept)) == 4  # people, an utterance and two notes of the other session


def test_two_directories_lose_them_and_stay_alike(tmp_path: Path) -> None:
    writer = pair(tmp_path)
    two_sessions(writer)
    one, two = tmp_path / "store", tmp_path / "mirror"
    end(writer)
    roots = [one / NAME, two / NAME]
    remove_media(roots, SESSION)
    assert remove_payloads(writer, roots, SESSION, 0) == 5
    said(writer, OTHER, 1, "后来的话")
    writer.close()
    assert files(one) == files(two)
    assert words_on_disk(one, two) == []
    pair(tmp_path).close()
    centre(one)
    check(one, one)


def test_a_directory_the_writer_gave_up_loses_them_too(tmp_path: Path) -> None:
    disks = [CountingDisk(), CountingDisk()]
    writer = pair(tmp_path, disk=disks[0], mirror_disks=[disks[1]])
    two_sessions(writer)
    disks[1].fault = lambda number, name: errno.EIO if name == "sync_data" else None
    said(writer, OTHER, 1, "后来的话")
    end(writer)
    one, two = tmp_path / "store", tmp_path / "mirror"
    deadline = time.monotonic() + 60
    while True:  # its lock is given back in a thread of its own
        try:
            assert remove_payloads(writer, [one / NAME, two / NAME], SESSION, 0) == 5
            break
        except StoreBusy:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert words_on_disk(one, two) == []
    writer.close()


def test_what_is_appended_meanwhile_is_kept(tmp_path: Path) -> None:
    store = tmp_path / "store"
    writer = open_writer(store)
    two_sessions(writer, notes=400)
    stop = threading.Event()
    written: list[int] = []

    def append() -> None:
        while not stop.is_set():
            draft = Draft("note", OTHER, "room1", {}, START_US, private={"text": "x" * 200})
            written.append(writer.submit([draft]).result(30)[0].index)

    thread = threading.Thread(target=append)
    thread.start()
    try:
        for _ in range(20):
            said(writer, SESSION, 5)
            assert remove_payloads(writer, [store / NAME], SESSION, 0) >= 5
    finally:
        stop.set()
        thread.join(60)
    writer.close()
    assert set(written) <= lines(store).keys()
    assert words_on_disk(store) == []
    report = verify_path(store)
    assert report.findings == []
    assert {one.session for one in report.withheld} == {SESSION}


def test_more_than_can_be_carried_over_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence_store.payload_files.CARRY_MAX", 10)
    writer = open_writer(tmp_path)
    two_sessions(writer)
    path = next((tmp_path / NAME / "log/payloads").glob("*.jsonl"))
    temporary = path.with_name(".tmp-" + path.name)
    temporary.write_bytes(b"")
    new = {tmp_path / NAME: Rewritten(path, temporary, path.stat().st_size - 11)}
    before = path.read_bytes()
    assert writer.between_groups(lambda volumes: volumes.switch_payloads(new)).result(30) is False
    assert path.read_bytes() == before
    writer.close()


def test_a_switch_that_may_be_lost_stops_the_writer(tmp_path: Path) -> None:
    disk = CountingDisk()
    store = tmp_path / "store"
    writer = open_writer(store, disk=disk)
    two_sessions(writer)
    disk.fault = lambda number, name: errno.ENOSPC if name == "sync_directory" else None
    with pytest.raises(DiskFailed):
        remove_payloads(writer, [store / NAME], SESSION, 0)
    deadline = time.monotonic() + 30  # the writer's thread notes it after it has answered
    while writer.failure is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert isinstance(writer.failure, DiskFailed)
    with pytest.raises(StoreError):
        writer.between_groups(lambda volumes: None)
    writer.close()
    open_writer(store).close()
    assert verify_path(store).findings == []


def test_a_line_of_another_index_is_never_taken(tmp_path: Path) -> None:
    """Damage in the file stays where it is: verification names it."""
    store = tmp_path / "store"
    writer = open_writer(store)
    two_sessions(writer)
    path = next((store / NAME / "log/payloads").glob("*.jsonl"))
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.write(b"\x00")
    remove_payloads(writer, [store / NAME], SESSION, 0)
    writer.close()
    kept = path.read_bytes()
    assert kept[:1] == b"\x00"
    assert [line_index(line) for line in kept.split(b"\n")[:1]] == [
        line_index(line) for line in data.split(b"\n")[:1]
    ]
    assert os.path.getsize(path) < len(data)
