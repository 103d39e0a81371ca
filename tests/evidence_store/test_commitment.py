"""Private payloads: committed to in the entry, kept beside the log, revealed with proof."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.canonical import canonical_bytes
from evidence_store.commitment import (
    PAYLOAD_BYTES_MAX,
    fits,
    open_entry,
    opened_bytes,
    parse_payload,
    payload_line,
    stated_commitment,
)
from evidence_store.entry import parse_entry
from evidence_store.errors import DiskFull, DraftRejected, EntryError
from evidence_store.fsck import fsck_store
from evidence_store.payload_files import PAYLOAD_SPAN, payload_path
from evidence_store.reader import LogReader
from evidence_store.report import Report
from evidence_store.verify import verify_path
from evidence_store.writer import Draft
from tests.evidence_store.builder import SESSION, export, make_store, open_writer, write_session
from tests.evidence_store.faulty_disks import CountingDisk
from tests.evidence_store.test_tampering import codes, reseal

LOG = Path("recorder-1/log")
SALT = bytes(range(16))


def draft(private: dict[str, Any] | None, body: dict[str, Any] | None = None) -> Draft:
    return Draft("note", "s1", "r1", {"n": 1} if body is None else body, 1_000_000, None, private)


def payload_file(store: Path, first: int = 0) -> Path:
    return payload_path(store / LOG / "payloads", first)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def unclean(store: Path) -> None:
    (store / LOG / "wal" / "clean").unlink()


# --- the format ------------------------------------------------------------------------------


def test_a_commitment_is_the_digest_of_salt_and_payload(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    result = writer.submit([draft({"text": "是李某"})]).result(30)[0]
    writer.close()
    entry = parse_entry(result.entry)
    [line] = lines(payload_file(tmp_path))
    salt = bytes.fromhex(line["salt"])
    assert (len(salt), line["seq"]) == (16, result.index)
    spelled = '{"text":"是李某"}'.encode()
    assert entry.body == {"n": 1, "c": hashlib.sha256(salt + spelled).hexdigest()}
    assert "李某".encode() not in result.entry


def test_the_same_payload_has_another_commitment_each_time(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    results = writer.submit([draft({"text": "是"}), draft({"text": "是"})]).result(30)
    writer.close()
    assert len({parse_entry(item.entry).body["c"] for item in results}) == 2


@given(st.dictionaries(st.text(max_size=5), st.text() | st.integers(-9, 9), max_size=3))
def test_a_payload_line_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    spelled = canonical_bytes(value)
    line = payload_line(7, SALT, spelled)
    payload = parse_payload(line)
    assert (payload.seq, payload.salt, payload.value) == (7, SALT, value)
    assert canonical_bytes(json.loads(line)) == line


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_other_bytes_are_our_error(data: bytes) -> None:
    with pytest.raises(EntryError):
        parse_payload(data)


@pytest.mark.parametrize(
    "line",
    [
        b'{"payload":{},"salt":"00","seq":1}',
        b'{"payload":{},"salt":"%s","seq":-1}' % (b"0" * 32),
        b'{"payload":[],"salt":"%s","seq":1}' % (b"0" * 32),
        b'{"extra":1,"payload":{},"salt":"%s","seq":1}' % (b"0" * 32),
        b'{"payload":{},"salt":"%s","seq":true}' % (b"0" * 32),
        b'{"payload":{"t":"%s"},"salt":"%s","seq":1}' % (b"x" * PAYLOAD_BYTES_MAX, b"0" * 32) * 2,
    ],
)
def test_a_line_that_is_no_payload_is_refused(line: bytes) -> None:
    with pytest.raises(EntryError):
        parse_payload(line)


@pytest.mark.parametrize(
    ("body", "private"),
    [
        ({"text": "a"}, {"text": "b"}),  # said twice
        ({"c": "x"}, {"text": "b"}),
        ({}, {"c": "x"}),
        ({}, {"withheld": 1}),
        ({"c": "0" * 64}, None),  # looks like a commitment
        ({"withheld": True}, None),
        ({}, {"x": 1.5}),
        ({}, {"x": "x" * PAYLOAD_BYTES_MAX}),
    ],
)
def test_a_draft_with_a_wrong_private_part_is_refused(
    tmp_path: Path, body: dict[str, Any], private: dict[str, Any] | None
) -> None:
    writer = open_writer(tmp_path)
    with pytest.raises(DraftRejected):
        writer.submit([draft(private, body)])
    writer.close()


# --- reading ---------------------------------------------------------------------------------


def test_readers_get_the_payload_back_and_the_log_keeps_its_bytes(tmp_path: Path) -> None:
    heard: list[bytes] = []
    writer = open_writer(tmp_path)
    writer.on_appended(lambda first, size, entries: heard.extend(entries))
    result = writer.submit([draft({"text": "对"}), draft(None)]).result(30)
    writer.close()
    reader = LogReader(tmp_path / LOG)
    first = result[0].index
    assert reader.entries(first, 2) == [item.entry for item in result]
    assert reader.opened(first, 2) == heard
    assert [parse_entry(data).body for data in heard] == [{"n": 1, "text": "对"}, {"n": 1}]


def test_an_entry_without_its_payload_says_that_it_is_withheld(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    result = writer.submit([draft({"text": "对"})]).result(30)[0]
    writer.close()
    payload_file(tmp_path).unlink()
    [data] = LogReader(tmp_path / LOG).opened(result.index, 1)
    body = parse_entry(data).body
    assert body == {**parse_entry(result.entry).body, "withheld": True}
    report = verify_path(tmp_path)
    assert report.exit_code == 0
    assert [(w.session, w.kind, w.count, w.entries) for w in report.withheld] == [
        ("s1", "note", 1, [result.index])
    ]


def test_a_payload_of_another_entry_opens_nothing(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    one, two = writer.submit([draft({"text": "a"}), draft({"text": "b"})]).result(30)
    writer.close()
    stored = LogReader(tmp_path / LOG).payloads(one.index, 2)
    moved = stored[two.index].replace(b'"seq":2', b'"seq":1')
    assert not fits(parse_entry(one.entry), parse_payload(moved))
    assert parse_entry(opened_bytes(one.entry, moved)).body["withheld"] is True
    assert parse_entry(opened_bytes(one.entry, b"rubbish")).body["withheld"] is True
    assert parse_entry(opened_bytes(one.entry, stored[one.index])).body["text"] == "a"


def test_payloads_of_many_entries_lie_in_several_files(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    for begin in range(0, PAYLOAD_SPAN + 200, 600):
        writer.submit([draft({"text": str(begin + n)}) for n in range(600)]).result(60)
    writer.close()
    assert payload_file(tmp_path, PAYLOAD_SPAN).exists()
    reader = LogReader(tmp_path / LOG)
    around = reader.opened(PAYLOAD_SPAN - 2, 4)
    texts = [parse_entry(data).body["text"] for data in around]
    assert texts == [str(PAYLOAD_SPAN - 3 + n) for n in range(4)]
    assert verify_path(tmp_path).withheld == []


# --- crashes ---------------------------------------------------------------------------------


def test_payloads_without_entries_are_dropped_before_their_index_is_used_again(
    tmp_path: Path,
) -> None:
    writer = open_writer(tmp_path)
    size = writer.submit([draft({"text": "kept"})]).result(30)[0].index + 1
    writer.close()
    unclean(tmp_path)
    kept = payload_file(tmp_path).read_bytes()
    for cut, more in ((None, b""), (-20, b""), (None, b'{"pay'), (0, b"\0" * 64), (0, b"\0\n" * 3)):
        orphan = payload_line(size, SALT, b'{"text":"never logged"}') + b"\n"
        payload_file(tmp_path).write_bytes(kept + orphan[:cut] + more)
        writer = open_writer(tmp_path)
        assert payload_file(tmp_path).read_bytes() == kept
        size = writer.submit([draft({"text": "new"})]).result(30)[0].index + 1
        writer.close()
        assert fsck_store(tmp_path).findings == []
        assert verify_path(tmp_path).withheld == []
        kept = payload_file(tmp_path).read_bytes()
        unclean(tmp_path)


def test_a_group_that_found_no_room_leaves_no_payload(tmp_path: Path) -> None:
    disk = CountingDisk()
    writer = open_writer(tmp_path, disk=disk)
    writer.submit([draft({"text": "before"})]).result(30)
    before = payload_file(tmp_path).read_bytes()
    writes: list[int] = []

    def second_write_fails(call: int, name: str) -> int | None:
        if name == "write":
            writes.append(call)
            return errno.ENOSPC if len(writes) == failing else None
        return None

    for nth in (1, 2):  # the payload itself; then the write-ahead log behind it
        writes.clear()
        failing = nth
        disk.fault = second_write_fails
        with pytest.raises(DiskFull):
            writer.submit([draft({"text": "lost"})]).result(30)
        assert payload_file(tmp_path).read_bytes() == before
        assert writer.failure is None
    disk.fault = lambda call, name: None
    writer.submit([draft({"text": "after"})]).result(30)
    writer.close()
    assert fsck_store(tmp_path).findings == []
    assert [line["payload"]["text"] for line in lines(payload_file(tmp_path))] == [
        "before",
        "after",
    ]


def test_one_flush_serves_the_payloads_of_a_group(tmp_path: Path) -> None:
    disk = CountingDisk()
    writer = open_writer(tmp_path, disk=disk)
    writer.submit([draft({"text": "first"})]).result(30)
    disk.names.clear()
    writer.submit([draft({"text": str(n)}) for n in range(50)]).result(30)
    assert disk.names.count("sync_data") == 2  # payloads, write-ahead log
    disk.names.clear()
    writer.submit([draft(None) for n in range(50)]).result(30)
    assert disk.names.count("sync_data") == 1  # nothing private, nothing more to flush
    writer.close()


# --- verification ----------------------------------------------------------------------------


def test_a_changed_payload_in_a_store_is_named(tmp_path: Path) -> None:
    store, _ = make_store(tmp_path / "store")
    path = payload_file(store)
    path.write_bytes(path.read_bytes().replace("张某".encode(), "王某".encode()))
    report = verify_path(store)
    [finding] = report.findings
    assert (finding.code, finding.session) == ("altered", SESSION)
    assert "does not fit" in finding.detail
    assert "payloads" in finding.path


def test_damage_in_a_store_s_payloads_is_named(tmp_path: Path) -> None:
    store, _ = make_store(tmp_path / "store")
    path = payload_file(store)
    good = path.read_bytes()
    for bad in (b"{" + good, good.replace(b'"seq":1}', b'"seq":x}')):
        path.write_bytes(bad)
        assert codes(verify_path(store)) == {"altered"}
    path.write_bytes(good + payload_line(2, SALT, b"{}") + b"\n")
    assert codes(verify_path(store)) == {"unlisted"}


def test_a_package_holds_the_payloads_of_its_entries_alone(package: Path, made: Path) -> None:
    shown = {line["seq"] for line in lines(package / "data/log/entries.jsonl")}
    held = [line["seq"] for line in lines(package / "data/log/payloads.jsonl")]
    assert held == sorted(held)
    assert set(held) <= shown
    assert len(held) < len(lines(payload_file(made / "store")))  # another session's are not there
    assert verify_path(package).exit_code == 0
    assert "是李某安排" in next((package / "data/transcript").glob("*.txt")).read_text("utf-8")


def withheld_package(tmp_path: Path, kinds: set[str]) -> tuple[Path, Report]:
    store, [session] = make_store(tmp_path / "store")
    out = export(store, tmp_path / "out", session, withhold=lambda entry: entry.kind in kinds)
    return out, verify_path(out)


def test_withheld_payloads_are_counted_and_are_no_fault(tmp_path: Path) -> None:
    out, report = withheld_package(tmp_path, {"utterance", "session.open"})
    assert (report.verdict, report.exit_code) == ("complete", 0)
    assert [(item.log, item.kind, item.count) for item in report.withheld] == [
        ("data/log", "session.open", 1),
        ("data/log", "utterance", 1),
    ]
    everything = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    for private in ("张某", "是李某安排"):
        assert private.encode() not in everything
    assert "未提供 withheld" in next((out / "data/transcript").glob("*.vtt")).read_text("utf-8")


def test_a_withheld_payload_is_revealed_later_with_proof(tmp_path: Path) -> None:
    out, _ = withheld_package(tmp_path, {"utterance"})
    reader = LogReader(tmp_path / "store" / LOG)
    entries = [parse_entry(data) for data in reader.entries(0, 1000)]
    [said] = [entry for entry in entries if entry.kind == "utterance"]
    line = reader.payloads(said.seq, 1)[said.seq]
    payload = parse_payload(line)
    assert fits(said, payload)
    assert open_entry(said, payload).body["text"].startswith("是李某")
    shown = [
        parse_entry(data) for data in (out / "data/log/entries.jsonl").read_bytes().splitlines()
    ]
    assert stated_commitment(said.body) in [stated_commitment(entry.body) for entry in shown]


def forged(package: Path, change: Any) -> set[str]:
    """What verification finds after a careful forger changed the payloads."""
    path = package / "data/log/payloads.jsonl"
    good = path.read_bytes()
    path.write_bytes(change(good))
    reseal(package)
    found = codes(verify_path(package))
    path.write_bytes(good)
    reseal(package)
    return found


def test_every_change_of_payloads_is_found(package: Path) -> None:
    first = (package / "data/log/payloads.jsonl").read_bytes().splitlines(keepends=True)[0]
    seq = json.loads(first)["seq"]
    salt = json.loads(first)["salt"].encode()
    other = salt[:-1] + (b"0" if salt[-1:] != b"0" else b"1")
    assert "altered" in forged(package, lambda d: d.replace("张某".encode(), "王某".encode()))
    assert "altered" in forged(package, lambda d: d.replace(salt, other))
    assert "altered" in forged(package, lambda d: d + b"not a line\n")
    assert "altered" in forged(package, lambda d: d[:-1])
    assert "altered" in forged(package, lambda d: d.replace(b',"salt"', b' ,"salt"', 1))
    assert "unlisted" in forged(package, lambda d: d + first)
    assert "unlisted" in forged(package, lambda d: d + first.replace(b":%d}" % seq, b":99999}"))
    assert "unlisted" in forged(package, lambda d: d + payload_line(0, SALT, b"{}") + b"\n")
    assert forged(package, lambda d: d) == set()


def test_leaving_payloads_out_cannot_pass_for_a_different_transcript(package: Path) -> None:
    (package / "data/log/payloads.jsonl").unlink()
    reseal(package)
    report = verify_path(package)
    # The transcript in the package still has the words: it says more than the entries do.
    assert {"altered"} == codes(report)
    assert sum(item.count for item in report.withheld) == 2


def test_several_logs_and_a_later_session_keep_their_payloads(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for name, session in (("recorder-1", "s1"), ("recorder-2", "s2")):
        writer = open_writer(store, name)
        write_session(writer, session)
        writer.close()
    out = export(store, tmp_path / "out", "s1", "s2")
    assert (out / "data/log/payloads.jsonl").exists()
    assert (out / "data/log-recorder-2/payloads.jsonl").exists()
    report = verify_path(out)
    assert (report.verdict, report.withheld) == ("complete", [])
    shutil.rmtree(store)
