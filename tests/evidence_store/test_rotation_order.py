"""Orders to change a log's keys: carried out at the start, once, never in the way of the log."""

from __future__ import annotations

import errno
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evidence_store import key_rotation, rotation_order
from evidence_store import writer as store_writer
from evidence_store.errors import KeyFileError
from evidence_store.host_keys import HostKeys, open_host_keys
from evidence_store.key_rotation import Rotation
from evidence_store.own_witness import log_keys, policy_bytes
from evidence_store.places import use_mirrors
from evidence_store.resync import resync_store
from evidence_store.rotation_order import (
    INTERRUPTED,
    OrderState,
    carry_out,
    drop_order,
    held_order,
    hold_order,
    order_rotation,
    order_state,
    release_order,
    take_order,
)
from evidence_store.store_format import ensure_format
from evidence_store.verify import verify_path
from evidence_store.writer import StoreWriter
from tests.evidence_store.builder import SESSION, export, make_store, open_writer, write_session
from tests.evidence_store.faulty_disks import CountingDisk

ORIGIN = "duizhi.local/recorder-1"
SOFTWARE = {"software": "duizhi", "version": "1", "name": "recorder-1"}


def test_an_order_changes_the_keys_before_the_log_is_opened(tmp_path: Path) -> None:
    store = tmp_path / "store"
    make_store(store, host_keys=True)
    before = open_host_keys(store, "recorder-1").key_sha256
    assert not carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    order_rotation(store, "recorder-1", "每年一次")
    assert order_state(store, "recorder-1").waiting
    assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    after = open_host_keys(store, "recorder-1").key_sha256
    assert after != before
    state = order_state(store, "recorder-1")
    assert (state.waiting, state.failed) == (False, "")
    assert (store / "keys" / f"recorder-1.ended-{before[:16]}.pub.pem").exists()
    # what was recorded before verifies with the ended key still there, and the log goes on
    StoreWriter.open(
        store / "recorder-1",
        origin=ORIGIN,
        signer=open_host_keys(store, "recorder-1"),
        software=SOFTWARE,
        session_keys=True,
    ).close()
    report = verify_path(store)
    assert report.findings == []
    assert not carry_out(store, "recorder-1", ORIGIN, SOFTWARE)  # once


def test_mirrors_turn_with_the_log(tmp_path: Path) -> None:
    store, mirror = tmp_path / "store", tmp_path / "mirror" / "recorder-1"

    def opened() -> StoreWriter:
        return StoreWriter.open(
            store / "recorder-1",
            origin=ORIGIN,
            signer=open_host_keys(store, "recorder-1"),
            software=SOFTWARE,
            session_keys=True,
            mirrors=[mirror],
        )

    opened().close()
    order_rotation(store, "recorder-1", "test")
    assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE, mirrors=[mirror])
    writer = opened()
    try:
        assert [one["in_use"] for one in writer.directories] == [True, True]
    finally:
        writer.close()
    heads = [root / "log" / "checkpoint" for root in (store / "recorder-1", mirror)]
    assert heads[0].read_bytes() == heads[1].read_bytes()


def test_what_fails_is_said_and_the_log_opens_with_the_keys_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    make_store(store, host_keys=True)
    before = open_host_keys(store, "recorder-1").key_sha256

    def refuses(*_: object, **__: object) -> Rotation:
        raise KeyFileError("the device refuses")

    order_rotation(store, "recorder-1", "test")
    with monkeypatch.context() as patch:
        patch.setattr(rotation_order, "rotate_keys", refuses)
        assert not carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    state = order_state(store, "recorder-1")
    assert (state.waiting, state.failed) == (False, "KeyFileError")
    assert open_host_keys(store, "recorder-1").key_sha256 == before
    # a process that died in the middle is not tried again
    (store / "keys" / "recorder-1.rotating").write_text('{"reason": "x"}')
    assert not carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    assert order_state(store, "recorder-1").failed == INTERRUPTED
    # an order that cannot be read is no order
    (store / "keys" / "recorder-1.rotate").write_text("no json")
    assert not carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    assert order_state(store, "recorder-1").failed == "JSONDecodeError"
    order_rotation(store, "recorder-1", "again")
    assert order_state(store, "recorder-1").failed == ""
    assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE)


def test_an_order_is_moved_by_its_process_or_by_who_withdraws_it(tmp_path: Path) -> None:
    """Whichever comes first has it; the other one finds nothing."""
    store = tmp_path / "store"
    make_store(store, host_keys=True)
    by = {"by": "a1", "by_name": "管理员"}
    assert not take_order(store, "recorder-1")
    assert not hold_order(store, "recorder-1", by)
    # its process first
    order_rotation(store, "recorder-1", "test")
    assert order_state(store, "recorder-1") == OrderState(waiting=True, failed="", left=True)
    assert take_order(store, "recorder-1")
    assert not hold_order(store, "recorder-1", by)
    assert order_state(store, "recorder-1") == OrderState(waiting=True, failed="", left=False)
    assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    # who withdraws it first
    before = open_host_keys(store, "recorder-1").key_sha256
    order_rotation(store, "recorder-1", "test")
    assert hold_order(store, "recorder-1", by)
    assert not take_order(store, "recorder-1")
    assert not carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    assert held_order(store, "recorder-1") == {"reason": "test", **by}
    assert order_state(store, "recorder-1") == OrderState(waiting=False, failed="")
    drop_order(store, "recorder-1")
    assert held_order(store, "recorder-1") is None
    assert not carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    assert open_host_keys(store, "recorder-1").key_sha256 == before
    # one whose withdrawal could not be written down waits again, and is carried out
    order_rotation(store, "recorder-1", "test")
    assert hold_order(store, "recorder-1", by)
    release_order(store, "recorder-1")
    assert order_state(store, "recorder-1").left
    assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    assert open_host_keys(store, "recorder-1").key_sha256 != before


def test_many_hands_at_one_order_and_one_of_them_has_it(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    with ThreadPoolExecutor(8) as threads:
        for _ in range(50):
            order_rotation(tmp_path, "recorder-1", "test")
            takers = [lambda: take_order(tmp_path, "recorder-1")] * 4
            holders = [lambda: hold_order(tmp_path, "recorder-1", {"by": "a"})] * 4
            acts = [act for pair in zip(takers, holders, strict=True) for act in pair]
            got = [one.result() for one in [threads.submit(act) for act in acts]]
            assert got.count(True) == 1
            withdrawn = any(got[1::2])
            assert (held_order(tmp_path, "recorder-1") is not None) == withdrawn
            assert order_state(tmp_path, "recorder-1").waiting != withdrawn
            for path in (tmp_path / "keys").iterdir():
                path.unlink()


def test_an_order_that_cannot_be_signed_off_or_read(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "recorder-1.rotate").write_text("[]")  # no order at all
    assert hold_order(tmp_path, "recorder-1", {"by": "a"})
    assert held_order(tmp_path, "recorder-1") == {"by": "a"}
    drop_order(tmp_path, "recorder-1")
    order_rotation(tmp_path, "recorder-1", "test")
    (keys / ".recorder-1.rotate-held.new").mkdir()  # who withdraws it cannot be written
    with pytest.raises(KeyFileError):
        hold_order(tmp_path, "recorder-1", {"by": "a"})
    assert order_state(tmp_path, "recorder-1").left


def test_an_order_with_sm2_and_sm3(tmp_path: Path) -> None:
    store = tmp_path / "store"

    def opened() -> HostKeys:
        keys = open_host_keys(store, "recorder-1", gm=True)
        writer = StoreWriter.open(
            store / "recorder-1",
            origin=ORIGIN,
            signer=keys,
            software=SOFTWARE,
            session_keys=True,
        )
        write_session(writer, SESSION)
        writer.close()
        return keys

    ensure_format(store)
    before = opened().public_keys(ORIGIN)
    order_rotation(store, "recorder-1", "test")
    assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE, gm=True)
    after = open_host_keys(store, "recorder-1", gm=True).public_keys(ORIGIN)
    assert [one == other for one, other in zip(before, after, strict=True)] == [
        *(False, False),
        True,  # the SM2 key stays
    ]
    opened_again = open_writer(store, gm=True, session_keys=True)
    write_session(opened_again, "s00000000000000000001")
    opened_again.close()
    report = verify_path(store)
    assert report.findings == []
    assert (store / "recorder-1/log/checkpoint.sm3").exists()


class _Cut:
    """Disks that all fail from their n-th call on, counted together, as when the process dies."""

    def __init__(self, cut_at: int) -> None:
        self.names: list[str] = []
        self._cut_at = cut_at

    def disk(self) -> CountingDisk:
        def fault(number: int, name: str) -> int | None:
            self.names.append(name)
            return errno.EIO if len(self.names) >= self._cut_at else None

        return CountingDisk(fault)


class _Rotated:
    """A copy of a store, and of its mirror, whose keys were changed by an order that was cut."""

    def __init__(self, made: Path, folder: Path, cut_at: int, *, gm: bool, mirror: bool) -> None:
        shutil.copytree(made, folder)
        self.store, self.cut, self._gm = folder / "store", _Cut(cut_at), gm
        self._mirrors = [folder / "mirror" / "recorder-1"] if mirror else []
        use_mirrors(self.store, [one.parent for one in self._mirrors])
        before = open_host_keys(self.store, "recorder-1", gm=gm).key_sha256
        order_rotation(self.store, "recorder-1", "test")
        with pytest.MonkeyPatch.context() as patch:
            for module in (store_writer, key_rotation):
                patch.setattr(module, "Disk", self.cut.disk)
            carry_out(
                *(self.store, "recorder-1", ORIGIN, SOFTWARE),
                gm=gm,
                mirrors=self._mirrors,
            )
        self.turned = self._goes_on() != before

    def _goes_on(self) -> str:
        """Open the log as its process does, and record; returns the fingerprint of its key."""
        writer = StoreWriter.open(
            self.store / "recorder-1",
            origin=ORIGIN,
            signer=open_host_keys(self.store, "recorder-1", gm=self._gm),
            software=SOFTWARE,
            session_keys=True,
            mirrors=self._mirrors,
        )
        write_session(writer, "s00000000000000000001")
        assert all(one["in_use"] for one in writer.directories)
        writer.close()
        return open_host_keys(self.store, "recorder-1", gm=self._gm).key_sha256


@pytest.mark.parametrize(("gm", "mirror"), [(False, False), (True, False), (False, True)])
def test_a_process_that_dies_at_any_step_leaves_a_log_that_verifies(
    tmp_path: Path, gm: bool, mirror: bool
) -> None:
    made = tmp_path / "made"
    ensure_format(made / "store")
    mirrors = [made / "mirror" / "recorder-1"] if mirror else []
    writer = open_writer(made / "store", host_keys=True, gm=gm, session_keys=True, mirrors=mirrors)
    write_session(writer, SESSION)
    writer.close()
    whole = _Rotated(made, tmp_path / "whole", 1_000_000, gm=gm, mirror=mirror)
    assert whole.turned
    names = whole.cut.names
    # from where the entry is written on, at each call that makes something durable
    written = len(names) // 2
    steps = [
        number
        for number, name in enumerate(names, 1)
        if number > written and name in ("sync_data", "rename", "sync_directory")
    ]
    seen = set()
    for step in steps:
        one = _Rotated(made, tmp_path / f"{step}", step, gm=gm, mirror=mirror)
        report = verify_path(one.store)
        assert report.findings == [], step
        undone = "rotation_undone" in {notice.code for notice in report.notices}
        assert not (one.turned and undone)
        seen.add((one.turned, undone))
        shutil.rmtree(tmp_path / f"{step}")
    assert seen >= {(False, True), (True, False)}  # undone, or done: nothing between


def test_only_what_no_checkpoint_covered_is_undone(tmp_path: Path) -> None:
    """The ended key goes on behind a checkpoint that both signed: whoever stole it did that."""
    store = tmp_path / "store"
    make_store(store, host_keys=True)
    before = tmp_path / "keys"
    shutil.copytree(store / "keys", before)
    order_rotation(store, "recorder-1", "test")
    assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    shutil.rmtree(store / "keys")
    shutil.copytree(before, store / "keys")
    (store / "recorder-1/log/wal/clean").unlink()  # so that the opening says ``recover``
    open_writer(store, host_keys=True, session_keys=True).close()
    assert "key_mismatch" in {one.code for one in verify_path(store).findings}


def test_a_mirror_that_was_away_while_the_keys_changed_is_made_whole(tmp_path: Path) -> None:
    store, mirror = tmp_path / "store", tmp_path / "mirror"
    ensure_format(store)
    for _ in range(2):
        writer = open_writer(
            store, host_keys=True, session_keys=True, mirrors=[mirror / "recorder-1"]
        )
        writer.close()
        order_rotation(store, "recorder-1", "test")
        assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE)  # the store alone
    resync_store(store, mirror)
    writer = open_writer(store, host_keys=True, session_keys=True, mirrors=[mirror / "recorder-1"])
    assert [one["in_use"] for one in writer.directories] == [True, True]
    writer.close()
    assert verify_path(store).findings == []


def test_a_policy_that_still_names_the_ended_key_is_of_this_log(tmp_path: Path) -> None:
    """The centre writes the policy anew up to half a minute after a recorder changed its keys."""
    store, origins = tmp_path / "store", {"recorder-1": ORIGIN}
    make_store(store, host_keys=True)
    package = tmp_path / "package"
    (store / "policy").write_bytes(policy_bytes(log_keys(store, origins), {}, {}, 0))
    order_rotation(store, "recorder-1", "test")
    assert carry_out(store, "recorder-1", ORIGIN, SOFTWARE)
    assert verify_path(store).findings == []
    assert verify_path(export(store, package, SESSION)).findings == []
    other = tmp_path / "other"
    make_store(other, host_keys=True)
    (store / "policy").write_bytes(policy_bytes(log_keys(other, origins), {}, {}, 0))
    assert {one.code for one in verify_path(store).findings} == {"policy_mismatch"}
