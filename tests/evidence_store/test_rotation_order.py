"""Orders to change a log's keys: carried out at the start, once, never in the way of the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence_store import rotation_order
from evidence_store.errors import KeyFileError
from evidence_store.host_keys import open_host_keys
from evidence_store.key_rotation import Rotation
from evidence_store.rotation_order import INTERRUPTED, carry_out, order_rotation, order_state
from evidence_store.verify import verify_path
from evidence_store.writer import StoreWriter
from tests.evidence_store.builder import make_store

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
