"""What a crash leaves behind: torn tails, damage, orphans, a disk that fails or is full."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from evidence_store.durable import store_error
from evidence_store.entry import parse_entry
from evidence_store.errors import DiskFailed, DiskFull, StoreDamaged, StoreError
from evidence_store.fsck import fsck_store
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from evidence_store.wal import read_wal, wal_files, wal_record
from evidence_store.writer import Draft, FileWrite
from tests.evidence_store.builder import SessionScript, open_writer, write_session
from tests.evidence_store.faulty_disks import CountingDisk, PowerCutDisk

LOG = Path("recorder-1/log")


def tick(n: int) -> Draft:
    return Draft("tick", "", "", {"n": n}, 1_000_000 + n)


def wal(store: Path) -> Path:
    return wal_files(store / LOG / "wal")[-1]


def unclean(store: Path) -> None:
    """As after a crash: the mark of an orderly stop is not there."""
    (store / LOG / "wal" / "clean").unlink()


def entries(store: Path) -> list[bytes]:
    return LogReader(store / LOG).entries(0, 100_000)


def opened(store: Path) -> list[bytes]:
    return LogReader(store / LOG).opened(0, 100_000)


def check_store(store: Path) -> None:
    """Everything in the store verifies, deeply."""
    report = fsck_store(store)
    assert report.findings == []
    assert report.exit_code == 0
    assert report.withheld == []  # no entry without its payload


@pytest.fixture
def small(quick_path: Path) -> Path:
    """A store with a few entries, stopped uncleanly."""
    store = quick_path / "store"
    writer = open_writer(store)
    writer.submit([tick(0), tick(1)]).result(30)
    writer.close()
    unclean(store)
    return store


def test_reading_a_whole_log_is_told_tile_by_tile(tmp_path: Path) -> None:
    """So that whoever watches the process does not take it for one that hangs."""
    writer = open_writer(tmp_path)
    writer.submit([tick(n) for n in range(600)]).result()
    writer.close()
    told: list[int] = []
    open_writer(tmp_path, reading=lambda: told.append(1)).close()
    assert told == []  # the mark of an orderly stop says it all
    unclean(tmp_path)
    open_writer(tmp_path, reading=lambda: told.append(1)).close()
    assert len(told) == 3
    check_store(tmp_path)


def test_an_unclean_stop_is_declared_even_when_nothing_was_lost(small: Path) -> None:
    before = entries(small)
    open_writer(small).close()
    after = [parse_entry(data) for data in entries(small)]
    assert entries(small)[:3] == before
    assert [entry.kind for entry in after[3:]] == ["recover", "process.start"]
    assert after[3].body == {
        "from_size": 3,
        "size": 3,
        "discarded_bytes": 0,
        "discarded_sha256": hashlib.sha256(b"").hexdigest(),
        "orphans": [],
        "orphans_total": 0,
    }
    check_store(small)


def test_a_torn_tail_is_cut_off_and_declared_at_every_offset(small: Path, quick_path: Path) -> None:
    record = wal_record(
        b'{"body":{},"boot":"00","kind":"tick","mono_us":1,"prev":2,"room":"","seq":3,'
        b'"session":"","t_us":1,"v":1}'
    )
    for cut in range(1, len(record)):
        store = quick_path / f"cut-{cut}"
        shutil.copytree(small, store)
        with wal(store).open("ab") as file:
            file.write(record[:cut])
        open_writer(store).close()
        recover = parse_entry(entries(store)[3])
        assert recover.kind == "recover"
        assert recover.body["discarded_bytes"] == cut
        assert recover.body["discarded_sha256"] == hashlib.sha256(record[:cut]).hexdigest()
        assert (store / "recorder-1/aside/torn-tail-after-3").read_bytes() == record[:cut]
        assert len(entries(store)) == 5
        assert read_wal(wal(store)).rest == b""
    check_store(store)


def test_a_whole_record_behind_the_checkpoint_is_kept(small: Path) -> None:
    data = (
        b'{"body":{"n":9},"boot":"00","kind":"tick","mono_us":1,"prev":2,"room":"","seq":3,'
        b'"session":"","t_us":1,"v":1}'
    )
    with wal(small).open("ab") as file:
        file.write(wal_record(data))
    writer = open_writer(small)
    result = writer.submit([tick(5)]).result(30)[0]
    writer.close()
    assert entries(small)[3] == data
    assert parse_entry(entries(small)[4]).body["from_size"] == 3
    assert parse_entry(entries(small)[4]).body["size"] == 4
    assert parse_entry(entries(small)[4]).prev == 3  # the chain goes on from it
    assert result.index == 6
    check_store(small)


def test_a_record_that_is_no_entry_is_damage(small: Path) -> None:
    for data in (b"not an entry", entries(small)[2]):  # the second claims another index
        store = small.with_name("copy")
        shutil.copytree(small, store)
        with wal(store).open("ab") as file:
            file.write(wal_record(data))
        with pytest.raises(StoreDamaged, match="entry 3"):
            open_writer(store)
        shutil.rmtree(store)


def test_damage_before_the_checkpoint_is_an_error_at_every_byte(small: Path) -> None:
    path = wal(small)
    good = path.read_bytes()
    for where in range(0, len(good), 5):
        bad = bytearray(good)
        bad[where] ^= 0x01
        path.write_bytes(bytes(bad))
        with pytest.raises(StoreDamaged):
            open_writer(small)
        assert path.read_bytes() == bytes(bad)  # nothing was repaired or cut
    path.write_bytes(good)
    open_writer(small).close()
    check_store(small)


def test_a_log_cut_short_of_its_checkpoint_is_an_error(small: Path) -> None:
    good = wal(small).read_bytes()
    wal(small).write_bytes(good[:-1])
    with pytest.raises(StoreDamaged, match="entry 2 is damaged or missing"):
        open_writer(small)


@pytest.mark.parametrize("name", ["checkpoint", "wal"])
def test_missing_parts_are_errors(small: Path, name: str) -> None:
    if name == "checkpoint":
        (small / LOG / name).write_bytes(b"")
    else:
        wal(small).unlink()
    with pytest.raises(StoreDamaged):
        open_writer(small)


def test_missing_upper_tiles_are_an_error(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    writer.submit([tick(n) for n in range(600)]).result(60)
    writer.close()
    shutil.rmtree(tmp_path / LOG / "tile" / "1")
    with pytest.raises(StoreDamaged, match="tile/1"):
        open_writer(tmp_path)


def test_an_exchanged_entry_with_a_good_check_does_not_lead_to_the_root(small: Path) -> None:
    content = read_wal(wal(small))
    changed = [item.replace(b'{"n":1}', b'{"n":2}') for item in content.entries]
    header = wal(small).read_bytes().split(b"\n")[0] + b"\n"
    wal(small).write_bytes(header + b"".join(wal_record(item) for item in changed))
    with pytest.raises(StoreDamaged, match="root"):
        open_writer(small)


def test_orphans_are_named_and_kept(small: Path) -> None:
    media = small / "recorder-1" / "media" / "s1" / "cam"
    media.mkdir(parents=True)
    (media / "e001-000009.m4s").write_bytes(b"last seconds")
    (media / ".tmp-e001-000010.m4s").write_bytes(b"half")
    open_writer(small).close()
    recover = parse_entry(entries(small)[3])
    names = ["media/s1/cam/.tmp-e001-000010.m4s", "media/s1/cam/e001-000009.m4s"]
    assert recover.body["orphans"] == names
    aside = small / "recorder-1" / "aside"
    assert [(aside / name).read_bytes() for name in names] == [b"half", b"last seconds"]
    assert not list(media.iterdir())
    unclean(small)
    (media / "e001-000009.m4s").write_bytes(b"again")
    open_writer(small).close()
    assert (aside / "media/s1/cam/e001-000009.m4s.1").read_bytes() == b"again"
    assert "aside" in {notice.code for notice in fsck_store(small).notices}


def test_named_files_stay_where_they_are(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    write_session(writer, "s1")
    writer.close()
    unclean(tmp_path)
    open_writer(tmp_path).close()
    assert parse_entry(entries(tmp_path)[-2]).body["orphans"] == []
    assert verify_path(tmp_path).verdict == "complete"


def test_a_damaged_mark_of_an_orderly_stop_only_costs_a_longer_start(tmp_path: Path) -> None:
    for text in ("", "[]", '{"size":1}', '{"size":1,"last":{"s":"x"}}'):
        open_writer(tmp_path).close()
        (tmp_path / LOG / "wal" / "clean").write_text(text)
    open_writer(tmp_path).close()
    check_store(tmp_path)


def test_after_a_torn_line_the_chain_goes_on_and_never_begins_anew(small: Path) -> None:
    """Once seen elsewhere: after a torn line a hash chain silently began at its genesis again."""
    for round_number in range(3):
        with wal(small).open("ab") as file:
            file.write(b"\x00\xf0half a record")
        writer = open_writer(small)
        writer.submit([tick(10 + round_number)]).result(30)
        writer.close()
        unclean(small)
    found = [parse_entry(data) for data in entries(small)]
    assert [entry.kind for entry in found].count("log.open") == 1
    assert [entry.kind for entry in found].count("recover") == 3
    assert [entry.seq for entry in found] == list(range(len(found)))
    assert [entry.prev for entry in found] == list(range(-1, len(found) - 1))
    check_store(small)


@pytest.mark.parametrize("keep", ["checkpoint", "tile", "both"])
def test_a_log_that_lost_its_records_is_never_begun_anew(tmp_path: Path, keep: str) -> None:
    writer = open_writer(tmp_path)
    writer.submit([tick(n) for n in range(300)]).result(60)
    writer.close()
    for path in (tmp_path / LOG / "wal").iterdir():
        path.unlink()
    if keep == "checkpoint":
        shutil.rmtree(tmp_path / LOG / "tile")
    if keep == "tile":
        (tmp_path / LOG / "checkpoint").unlink()
    with pytest.raises(StoreDamaged):
        open_writer(tmp_path)


# --- a disk that fails at the n-th call ----------------------------------------------------------


def _scenario(store: Path, disk: CountingDisk) -> list[bytes]:
    """Open, record, close on this disk; returns the entries that were acknowledged."""
    acknowledged: list[bytes] = []
    try:
        writer = open_writer(store, disk=disk)
    except StoreError:
        return acknowledged
    writer.on_appended(lambda first, size, entries: acknowledged.extend(entries))
    script = SessionScript(writer, "s1")
    try:
        script.open()
        script.open_recording("cam")
        for number in range(3):
            script.segment("cam")
            script.tick(number)
            script.utterance("cam", number, "是的")
    except StoreError:
        pass  # the recorder would stop here and say so
    writer.close()
    return acknowledged


def _total_calls(tmp_path: Path) -> int:
    store = tmp_path / "counted"
    open_writer(store).close()
    disk = CountingDisk()
    assert len(_scenario(store, disk)) == 12
    return disk.calls


def _prepared(tmp_path: Path, name: str) -> Path:
    store = tmp_path / name
    open_writer(store).close()
    return store


@pytest.mark.slow
def test_power_failure_at_every_call_loses_nothing_acknowledged(quick_path: Path) -> None:
    """Only what was flushed survives; acknowledged entries and their files must be in it."""
    total = _total_calls(quick_path)
    assert total > 80
    for number in range(1, total + 1):
        store = _prepared(quick_path, f"cut-{number}")
        survived = quick_path / f"after-{number}"
        shutil.copytree(store, survived)
        disk = PowerCutDisk(store, number)
        acknowledged = _scenario(store, disk)
        shutil.rmtree(survived / "recorder-1")
        disk.after_power_failure(survived)
        open_writer(survived).close()
        found = opened(survived)
        assert found[2 : 2 + len(acknowledged)] == acknowledged or set(acknowledged) <= set(found)
        check_store(survived)
        shutil.rmtree(store)
        shutil.rmtree(survived)


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_one_failing_call_loses_nothing_acknowledged(quick_path: Path, code: int) -> None:
    """Each call fails once; whatever the writer then does, a new one finds all in order."""
    total = _total_calls(quick_path)
    for number in range(1, total + 1):
        store = _prepared(quick_path, f"fail-{number}")
        disk = CountingDisk(lambda call, name, number=number: code if call == number else None)  # type: ignore[misc]
        acknowledged = _scenario(store, disk)
        writer = open_writer(store)
        writer.submit([tick(99)]).result(30)
        writer.close()
        assert set(acknowledged) <= set(opened(store))
        check_store(store)
        shutil.rmtree(store)


def test_a_failed_flush_stops_the_writer_for_good(tmp_path: Path) -> None:
    _prepared(tmp_path, "store")
    store = tmp_path / "store"
    armed: list[bool] = []
    disk = CountingDisk(
        lambda call, name: errno.EIO if armed and armed.pop() and name == "sync_data" else None
    )
    writer = open_writer(store, disk=disk)
    writer.submit([tick(0)]).result(30)
    disk.fault = lambda call, name: errno.EIO if name == "sync_data" else None
    doomed = writer.submit([tick(1)])
    with pytest.raises(DiskFailed):
        doomed.result(30)
    disk.fault = lambda call, name: None  # the disk is well again; the writer must not go on
    with pytest.raises(DiskFailed):
        writer.submit([tick(2)])
    assert isinstance(writer.failure, DiskFailed)
    calls = disk.calls
    time.sleep(0.05)
    assert disk.calls == calls
    writer.close()
    again = open_writer(store)
    assert parse_entry(again.submit([tick(3)]).result(30)[0].entry).body == {"n": 3}
    again.close()
    check_store(store)


def test_a_full_disk_fails_the_job_and_the_writer_goes_on(tmp_path: Path) -> None:
    store = _prepared(tmp_path, "store")
    disk = CountingDisk()
    writer = open_writer(store, disk=disk)
    size = writer.size
    disk.fault = lambda call, name: errno.ENOSPC if name == "write" else None
    segment = Draft("media.init", "", "", {}, 1, FileWrite("media/s1/c/i.mp4", b"x" * 100))
    for draft in (segment, tick(0)):
        with pytest.raises(DiskFull):
            writer.submit([draft]).result(30)
    assert (writer.size, writer.failure) == (size, None)
    disk.fault = lambda call, name: None  # room was made
    assert writer.submit([segment]).result(30)[0].index == size
    writer.close()
    open_writer(store).close()
    check_store(store)


def test_a_real_limit_on_file_sizes_counts_as_a_full_disk(tmp_path: Path) -> None:
    code = """
        import resource, sys
        from pathlib import Path
        from evidence_store.errors import DiskFull
        from evidence_store.writer import Draft, FileWrite
        from tests.evidence_store.builder import open_writer
        writer = open_writer(Path(sys.argv[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        big = FileWrite("media/s1/c/i.mp4", bytes(30_000))
        try:
            writer.submit([Draft("media.init", "s1", "r", {}, 1, big)]).result(30)
        except DiskFull:
            print("full", writer.failure)
        print(writer.submit([Draft("tick", "s1", "r", {}, 1)]).result(30)[0].index)
        writer.close()
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert run.stdout.split("\n")[:2] == ["full None", "1"]
    check_store(tmp_path)


def test_errors_of_the_disk_are_told_apart() -> None:
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        assert isinstance(store_error(OSError(code, "x"), "writing"), DiskFull)
    assert isinstance(store_error(OSError(errno.EIO, "x"), "writing"), DiskFailed)


# --- a process killed while it appends -----------------------------------------------------------

_APPENDER = """
    import sys
    from pathlib import Path
    from evidence_store.writer import Draft, FileWrite
    from tests.evidence_store.builder import open_writer
    writer = open_writer(Path(sys.argv[1]))
    n = writer.size
    while True:
        name = f"media/s1/cam/e001-{n:06d}.m4s"
        file = FileWrite(name, n.to_bytes(8, "big") * 500)
        body = {"source": "cam", "epoch": 1, "start_us": n * 1000, "duration_us": 1000}
        drafts = [Draft("media.segment", "s1", "r", body, n, file), Draft("tick", "s1", "r", {}, n)]
        result = writer.submit(drafts).result()
        sys.stdout.write(f"{result[-1].index} {result[0].leaf_hash.hex()}\\n")
        sys.stdout.flush()
        n = result[-1].index + 1
"""


def test_a_killed_writer_keeps_everything_it_acknowledged(tmp_path: Path) -> None:
    acknowledged: dict[int, str] = {}
    for round_number in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_APPENDER), str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert process.stdout is not None
        process.stdout.readline()  # it runs
        time.sleep(0.05 + 0.07 * round_number)
        process.send_signal(signal.SIGKILL)
        output, _ = process.communicate(timeout=30)
        for line in output.split("\n")[:-1]:
            index, leaf = line.split(" ")
            acknowledged[int(index) - 1] = leaf
    open_writer(tmp_path).close()
    reader = LogReader(tmp_path / LOG)
    leaves = reader.leaf_hashes(0, 1_000_000)
    assert acknowledged
    assert all(leaves[index].hex() == leaf for index, leaf in acknowledged.items())
    kinds = [parse_entry(data).kind for data in reader.entries(0, 1_000_000)]
    assert kinds.count("recover") == 4
    report = fsck_store(tmp_path)
    assert {finding.code for finding in report.findings} <= {"missing"}
    assert all(
        "init segment" in finding.detail or "opened" in finding.detail
        for finding in report.findings
    )
