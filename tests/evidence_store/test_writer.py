"""The writer and the readers beside it: order, durability, refusals, recovery."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from evidence_store.checkpoint import verify_checkpoint
from evidence_store.entry import parse_entry
from evidence_store.errors import (
    CheckpointError,
    DiskFailed,
    DraftRejected,
    FileConflict,
    ProofError,
    QueueFull,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
    StoreFormatError,
    TileError,
)
from evidence_store.fsck import fsck_store
from evidence_store.merkle import EMPTY_ROOT, HashTree, verify_consistency, verify_inclusion
from evidence_store.reader import LogReader
from evidence_store.signer import Ed25519Signer
from evidence_store.store_format import check_store, ensure_format
from evidence_store.verify import verify_path
from evidence_store.wal import wal_files
from evidence_store.writer import Draft, FileWrite, StoreWriter
from tests.evidence_store.builder import CENTRE_ORIGIN, ORIGIN, SOFTWARE, open_writer, write_session


def tick(n: int, session: str = "s1") -> Draft:
    return Draft("tick", session, "room1", {"n": n}, 1_000_000 + n)


def log_dir(store: Path) -> Path:
    return store / "recorder-1" / "log"


def kinds(store: Path) -> list[str]:
    return [parse_entry(data).kind for data in LogReader(log_dir(store)).entries(0, 100_000)]


def test_what_is_acknowledged_is_readable_proved_and_in_order(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    first, second = writer.submit([tick(0), tick(1)]).result(30)
    assert (first.index, second.index, writer.size) == (1, 2, 3)
    reader = LogReader(log_dir(tmp_path))
    head = reader.checkpoint()
    key = Ed25519Signer.load(tmp_path / "keys" / "recorder-1.pem").public_key_bytes
    verify_checkpoint(head, key)
    assert (head.origin, head.size) == (ORIGIN, 3)
    assert reader.entries(1, 2) == [first.entry, second.entry]
    assert reader.leaf_hashes(1, 1) == [first.leaf_hash]
    verify_inclusion(2, 3, second.leaf_hash, reader.inclusion_proof(2, 3), head.root)
    entry = parse_entry(second.entry)
    assert (entry.seq, entry.prev, entry.kind, entry.body) == (2, 1, "tick", {"n": 1})
    assert second.t_us == entry.t_us == 1_000_001
    writer.close()


def test_the_first_entry_names_the_key_and_later_starts_are_logged(tmp_path: Path) -> None:
    open_writer(tmp_path).close()
    open_writer(tmp_path).close()
    assert kinds(tmp_path) == ["log.open", "process.start"]
    opening, start = (parse_entry(data) for data in LogReader(log_dir(tmp_path)).entries(0, 9))
    signer = Ed25519Signer.load(tmp_path / "keys" / "recorder-1.pem")
    assert opening.body == {**SOFTWARE, "key_sha256": signer.key_sha256, "origin": ORIGIN}
    assert start.body == SOFTWARE
    assert opening.boot != start.boot


def test_files_are_in_place_before_their_entry(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    seen: list[bool] = []
    path = tmp_path / "recorder-1" / "media" / "s1" / "cam" / "e001-init.mp4"
    writer.on_appended(lambda first, size, entries: seen.append(path.exists()))
    draft = Draft(
        "media.init",
        "s1",
        "room1",
        {"source": "cam"},
        1,
        FileWrite("media/s1/cam/e001-init.mp4", b"init"),
    )
    result = writer.submit([draft]).result(30)[0]
    writer.close()
    assert seen == [True]
    assert path.read_bytes() == b"init"
    body = parse_entry(result.entry).body
    assert body["sha256"] == hashlib.sha256(b"init").hexdigest()
    assert not list(path.parent.glob(".tmp-*"))


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)

    def draft(data: bytes) -> Draft:
        return Draft("media.init", "s1", "r", {}, 1, FileWrite("media/s1/c/i.mp4", data))

    writer.submit([draft(b"one")]).result(30)
    writer.submit([draft(b"one")]).result(30)  # the same bytes: a job tried again
    with pytest.raises(FileConflict):
        writer.submit([draft(b"two")]).result(30)
    assert (tmp_path / "recorder-1/media/s1/c/i.mp4").read_bytes() == b"one"
    assert writer.submit([tick(1)]).result(30)[0].index == 3  # the writer goes on
    writer.close()


def test_callbacks_run_after_the_checkpoint_in_the_writer_thread(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    calls: list[tuple[int, int, int, str]] = []

    def callback(first: int, size: int, entries: list[bytes]) -> None:
        assert LogReader(log_dir(tmp_path)).checkpoint().size == size
        calls.append((first, size, len(entries), threading.current_thread().name))

    def failing(first: int, size: int, entries: list[bytes]) -> None:
        raise RuntimeError("a listener's fault")

    writer.on_appended(failing)
    writer.on_appended(callback)
    writer.submit([tick(0), tick(1)]).result(30)
    writer.submit([tick(2)]).result(30)
    writer.close()
    assert calls == [(1, 3, 2, "store-recorder-1"), (3, 4, 1, "store-recorder-1")]


def test_many_threads_share_flushes_and_keep_their_own_order(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)

    def feed(session: str) -> None:
        futures = [writer.submit([tick(n, session)]) for n in range(60)]
        for future in futures:
            future.result(60)

    threads = [threading.Thread(target=feed, args=(f"s{i}",)) for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    entries = [parse_entry(data) for data in LogReader(log_dir(tmp_path)).entries(0, 1000)]
    assert [entry.seq for entry in entries] == list(range(301))
    for i in range(5):
        own = [entry for entry in entries if entry.session == f"s{i}"]
        assert [entry.body["n"] for entry in own] == list(range(60))
        assert [entry.prev for entry in own] == [-1, *(entry.seq for entry in own[:-1])]
    assert verify_path(tmp_path).verdict == "complete"


def test_a_large_log_has_the_same_tree_through_tiles(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    for begin in range(0, 700, 50):
        writer.submit([tick(n) for n in range(begin, begin + 50)]).result(60)
        if begin in (250, 500):
            writer.close()
            writer = open_writer(tmp_path)
    writer.close()
    reader = LogReader(log_dir(tmp_path))
    head = reader.checkpoint()
    assert head.size == 703
    leaves = reader.leaf_hashes(0, 1000)
    assert HashTree(leaves).root() == head.root
    for index in (0, 255, 256, 511, 512, 702):
        for size in (index + 1, 600 if index < 600 else 703, 703):
            root = HashTree(leaves[:size]).root()
            verify_inclusion(index, size, leaves[index], reader.inclusion_proof(index, size), root)
    for old in (0, 1, 255, 256, 257, 512, 702, 703):
        root = HashTree(leaves[:old]).root() if old else EMPTY_ROOT
        verify_consistency(old, 703, reader.consistency_proof(old, 703), root, head.root)
    assert fsck_store(tmp_path).findings == []
    assert reader.entries(254, 4) == reader.entries(0, 703)[254:258]
    assert reader.entries(700, 100) == reader.entries(0, 703)[700:]
    assert reader.entries(703, 5) == [] == reader.leaf_hashes(703, 5)
    with pytest.raises(ProofError):
        reader.inclusion_proof(0, 704)
    assert len(wal_files(log_dir(tmp_path) / "wal")) == 1
    open_writer(tmp_path).close()
    names = sorted(path.name for path in (log_dir(tmp_path) / "tile" / "entries").iterdir())
    assert names == ["000", "001", "002.p"]


def test_a_reader_beside_a_busy_writer_sees_only_whole_checkpoints(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    stop = threading.Event()
    failures: list[str] = []
    rounds = 0

    def read() -> None:
        nonlocal rounds
        reader = LogReader(log_dir(tmp_path))
        while not stop.is_set():
            head = reader.checkpoint()
            leaves = reader.leaf_hashes(0, head.size)[: head.size]
            entries = reader.entries(max(0, head.size - 20), 20)
            if HashTree(leaves).root() != head.root or not entries:
                failures.append(f"at {head.size}")
            rounds += 1

    thread = threading.Thread(target=read)
    thread.start()
    for n in range(4_000):
        writer.submit([tick(n)]).result(60)
        if n >= 400 and (rounds > 3 or not thread.is_alive()):
            break
    stop.set()
    thread.join()
    writer.close()
    assert failures == []
    assert rounds > 3


def test_an_empty_job_and_a_log_without_entries(tmp_path: Path) -> None:
    empty = LogReader(tmp_path / "none").checkpoint()
    assert (empty.size, empty.root) == (0, EMPTY_ROOT)
    writer = open_writer(tmp_path)
    assert writer.submit([]).result(30) == []
    writer.close()


def test_what_is_refused_at_once(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    with pytest.raises(DraftRejected):
        writer.submit([tick(0), Draft("tick", "s1", "r", {"x": 0.1}, 1)])
    assert writer.size == 1
    with pytest.raises(StoreBusy):
        open_writer(tmp_path)
    writer.close()
    writer.close()
    with pytest.raises(StoreClosed):
        writer.submit([tick(0)])
    open_writer(tmp_path).close()


def test_a_full_queue_refuses_and_loses_nothing(tmp_path: Path) -> None:
    writer = open_writer(tmp_path, queue_jobs=5)
    gate = threading.Event()
    writer.on_appended(lambda first, size, entries: (gate.wait(30), None)[1])
    accepted = [writer.submit([tick(0)])]
    accepted[0].result(30)  # now the writer thread waits in the callback
    accepted += [writer.submit([tick(n)]) for n in range(1, 6)]
    with pytest.raises(QueueFull):
        writer.submit([tick(9)])
    gate.set()
    assert [future.result(30)[0].index for future in accepted] == [1, 2, 3, 4, 5, 6]
    writer.close()


def test_an_unforeseen_fault_is_told_to_those_who_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = open_writer(tmp_path)

    def broken(_self: Ed25519Signer, _message: bytes) -> bytes:
        raise RuntimeError("the device is gone")

    monkeypatch.setattr(Ed25519Signer, "sign", broken)
    future = writer.submit([tick(0)])
    with pytest.raises(DiskFailed, match="the device is gone"):
        future.result(30)
    assert writer.failure is not None
    with pytest.raises(DiskFailed):
        writer.submit([tick(1)])
    writer.close()


def test_an_act_that_fails_leaves_nobody_waiting(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    go = threading.Event()

    def broken() -> None:
        raise RuntimeError("unforeseen")

    held = writer.between_groups(lambda _: go.wait(30))
    first = writer.between_groups(lambda _: broken())
    second = writer.between_groups(lambda _: None)
    go.set()
    assert held.result(30)
    with pytest.raises(RuntimeError, match="unforeseen"):
        first.result(30)
    with pytest.raises(DiskFailed, match="unforeseen"):
        second.result(30)
    writer.close()


def test_a_future_cannot_be_cancelled(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    future = writer.submit([tick(0)])
    assert not future.cancel()
    assert future.result(30)
    writer.close()


def test_formats_and_origins_are_checked(tmp_path: Path) -> None:
    open_writer(tmp_path).close()
    signer = Ed25519Signer.load(tmp_path / "keys" / "recorder-1.pem")
    with pytest.raises(StoreDamaged, match="belongs to"):
        StoreWriter.open(
            tmp_path / "recorder-1", origin=CENTRE_ORIGIN, signer=signer, software=SOFTWARE
        )
    other = Ed25519Signer.generate(tmp_path / "other.pem")
    with pytest.raises(StoreDamaged, match="no signature"):
        StoreWriter.open(tmp_path / "recorder-1", origin=ORIGIN, signer=other, software=SOFTWARE)
    (tmp_path / "FORMAT").write_text('{"format":"duizhi-store/2"}')
    with pytest.raises(StoreFormatError, match="duizhi-store/2"):
        open_writer(tmp_path)
    assert verify_path(tmp_path).exit_code == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format":1}', '{"format":"other/1"}', "\xff"])
def test_a_damaged_format_file_is_our_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "FORMAT").write_text(text)
    with pytest.raises(StoreFormatError):
        check_store(tmp_path)


def test_a_store_is_made_once(tmp_path: Path) -> None:
    with pytest.raises(StoreFormatError, match="no file FORMAT"):
        check_store(tmp_path)
    ensure_format(tmp_path / "a" / "b")
    ensure_format(tmp_path / "a" / "b")
    check_store(tmp_path / "a" / "b")


def test_fifty_openings_leak_nothing(tmp_path: Path) -> None:
    open_writer(tmp_path).close()

    def counts() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    before = counts()
    for _ in range(50):
        writer = open_writer(tmp_path)
        writer.submit([tick(0)]).result(30)
        writer.close()
    assert counts() == before
    assert verify_path(tmp_path).verdict == "complete"


def test_a_session_goes_on_over_a_restart(tmp_path: Path) -> None:
    writer = open_writer(tmp_path)
    script = write_session(writer, "s1", close=False)
    writer.close()
    script.writer = open_writer(tmp_path)
    script.segment("room1-camera")
    script.close_recording("room1-camera")
    script.close()
    script.writer.close()
    report = verify_path(tmp_path)
    assert (report.verdict, report.findings) == ("complete", [])


def test_a_reader_falls_back_to_the_write_ahead_log(tmp_path: Path) -> None:
    """As after a power failure: the newest partial tiles were never flushed."""
    writer = open_writer(tmp_path)
    writer.submit([tick(n) for n in range(300)]).result(60)
    writer.close()
    reader = LogReader(log_dir(tmp_path))
    whole = reader.entries(0, 400)
    leaves = reader.leaf_hashes(0, 400)
    for level in ("entries", "0"):
        for path in (log_dir(tmp_path) / "tile" / level / "001.p").iterdir():
            path.write_bytes(b"")
    assert reader.entries(0, 400) == whole
    assert reader.leaf_hashes(0, 400) == leaves
    wal_files(log_dir(tmp_path) / "wal")[-1].write_bytes(b"damaged")
    for read in (reader.entries, reader.leaf_hashes):
        with pytest.raises(TileError):
            read(0, 400)
    with pytest.raises(StoreDamaged):
        open_writer(tmp_path)


def test_a_checkpoint_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    with pytest.raises(StoreDamaged):
        LogReader(tmp_path).checkpoint()
    (tmp_path / "checkpoint").rmdir()
    (tmp_path / "checkpoint").write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError):
        LogReader(tmp_path).checkpoint()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskFailed):
        ensure_format(tmp_path / "file" / "store")
    signer = Ed25519Signer.generate(tmp_path / "key.pem")
    with pytest.raises(DiskFailed):
        StoreWriter.open(tmp_path / "file" / "r", origin=ORIGIN, signer=signer, software=SOFTWARE)
