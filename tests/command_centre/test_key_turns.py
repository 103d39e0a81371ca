"""New keys by button with several recorders: one that is away finds the order when it is back.

Until it has, the order can be withdrawn; whoever moves it first has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from command_centre.desk.opening import announce
from command_centre.process_state import ProcessState, write_states
from config.bus import Refused
from config.messages import Done, decode, encode
from config.recorder_messages import RotateKey
from evidence_store.rotation_order import (
    hold_order,
    order_rotation,
    order_state,
    release_order,
    take_order,
)
from recorder.errors import BadRequest, StoreBusy
from recorder.key_order import KeyOrder
from tests.command_centre.centre import Centre, running_centre
from tests.command_centre.web import DeskClient, serving

TWO: dict[str, dict[str, Any]] = {"recorder": {"processes": 2}}


async def _post(centre: Centre, log: str, act: str, body: dict[str, str]) -> Any:
    async with centre.client("administrator") as client:
        return await client.post(f"/api/running/keys/{log}/{act}", json=body)


async def _rotate(centre: Centre, log: str, reason: str = "每年一次") -> Any:
    return await _post(centre, log, "rotate", {"reason": reason})


async def _withdraw(centre: Centre, log: str) -> Any:
    return await _post(centre, log, "withdraw", {})


async def _rotations(centre: Centre) -> dict[str, tuple[str, bool, bool]]:
    async with centre.client("administrator") as client:
        found = (await client.get("/api/running/keys")).json()["rotations"]
    return {one["log"]: (one["state"], one["away"], one["left"]) for one in found}


def _kinds(centre: Centre, log: str) -> list[str]:
    """What the centre's log says of the keys of a log."""
    said = [(kind, body) for kind, body in centre.log.entries if kind.startswith("key.")]
    return [kind for kind, body in said if body["log"] == log]


def _recorder(order: KeyOrder) -> Callable[[str, bytes], Awaitable[bytes]]:
    """A recorder without a session, as far as orders go."""

    async def answers(method: str, payload: bytes) -> bytes:
        assert method == "rotate_key"
        try:
            order.check(decode(payload, RotateKey).log)
            await order.take()
        except (BadRequest, StoreBusy) as error:
            raise Refused(error.code, str(error)) from error
        return encode(Done())

    return answers


async def test_an_order_waits_for_a_recorder_that_is_away(tmp_path: Path) -> None:
    async with running_centre(tmp_path, settings=TWO) as centre:
        centre.context.key_turns.restart = lambda: None
        order = KeyOrder(centre.context.store, "recorder-1", lambda: None)
        centre.exchange.services["recorder-1"] = _recorder(order)
        (tmp_path / "store" / "keys").mkdir(exist_ok=True)
        assert (await _rotate(centre, "recorder-1")).is_success
        assert order.restarting
        assert (await _rotate(centre, "recorder-2")).is_success  # nobody is there
        assert await _rotations(centre) == {
            "centre": ("none", False, False),
            "recorder-1": ("waiting", False, False),
            "recorder-2": ("waiting", True, True),
        }
        again = await _rotate(centre, "recorder-2")
        assert (again.status_code, again.json()["code"]) == (409, "rotation_waiting")
        said = [body["log"] for kind, body in centre.log.entries if kind == "key.rotation"]
        assert said == ["recorder-1", "recorder-2"]


async def test_one_that_refuses_is_not_away(tmp_path: Path) -> None:
    async with running_centre(tmp_path, settings=TWO) as centre:
        centre.context.key_turns.restart = lambda: None
        centre.exchange.services["recorder-1"] = _refuses
        refused = await _rotate(centre, "recorder-1")
        assert refused.json()["code"] == "sessions_open"
        assert (await _rotations(centre))["recorder-1"] == ("none", False, False)


async def test_an_order_is_withdrawn_while_the_recorder_is_away(tmp_path: Path) -> None:
    async with running_centre(tmp_path, settings=TWO) as centre:
        centre.context.key_turns.restart = lambda: None
        store = centre.context.store
        nothing = await _withdraw(centre, "recorder-2")
        assert (nothing.status_code, nothing.json()["code"]) == (409, "no_rotation")
        assert (await _withdraw(centre, "none")).json()["code"] == "unknown_log"
        await _rotate(centre, "recorder-2")
        withdrawn = await _withdraw(centre, "recorder-2")
        assert withdrawn.is_success
        found = {one["log"]: one for one in withdrawn.json()["rotations"]}
        assert (found["recorder-2"]["state"], found["recorder-2"]["left"]) == ("none", False)
        assert _kinds(centre, "recorder-2") == ["key.rotation", "key.rotation_withdrawn"]
        kind, body = centre.log.entries[-1]
        assert (kind, set(body)) == ("key.rotation_withdrawn", {"log", "by", "by_name"})
        assert (await _withdraw(centre, "recorder-2")).json()["code"] == "no_rotation"
        # the recorder comes back: by itself, and by what it was told while it was held up
        order = KeyOrder(store, "recorder-2", lambda: None)
        order.take_up()
        with pytest.raises(BadRequest):
            await order.take()
        assert not order.restarting
        assert list((store / "keys").glob("recorder-2.rot*")) == []
        # it can be ordered again
        centre.exchange.services["recorder-2"] = _recorder(order)
        assert (await _rotate(centre, "recorder-2")).is_success
        assert order.restarting


async def test_an_order_that_was_taken_is_not_withdrawn(tmp_path: Path) -> None:
    async with running_centre(tmp_path, settings=TWO) as centre:
        centre.context.key_turns.restart = lambda: None
        await _rotate(centre, "recorder-2")
        order = KeyOrder(centre.context.store, "recorder-2", lambda: None)
        order.take_up()
        late = await _withdraw(centre, "recorder-2")
        assert (late.status_code, late.json()["code"]) == (409, "rotation_taken")
        assert order_state(centre.context.store, "recorder-2").waiting
        assert _kinds(centre, "recorder-2") == ["key.rotation"]


async def test_recorder_and_administrator_at_the_same_time(tmp_path: Path) -> None:
    """Whichever comes first wins, and both ends say the same."""
    ends = set()
    async with running_centre(tmp_path, settings=TWO) as centre:
        centre.context.key_turns.restart = lambda: None
        store = centre.context.store
        for step in range(40):
            await _rotate(centre, "recorder-2")
            before = len(centre.log.entries)
            taking = asyncio.to_thread(take_order, store, "recorder-2")
            withdrawing = _withdraw(centre, "recorder-2")
            if step == 0:  # both ways are seen, whatever the machine does
                taken, answer = await taking, await withdrawing
            elif step == 1:
                answer, taken = await withdrawing, await taking
            else:
                taken, answer = await asyncio.gather(taking, withdrawing)
            said = [kind for kind, _ in centre.log.entries[before:] if kind.startswith("key.")]
            assert answer.is_success != taken
            assert said == ([] if taken else ["key.rotation_withdrawn"])
            assert order_state(store, "recorder-2").waiting == taken
            ends.add(taken)
            for path in (store / "keys").glob("recorder-2.rot*"):
                path.unlink()
    assert ends == {True, False}


async def test_a_withdrawal_that_cannot_be_written_down_is_none(tmp_path: Path) -> None:
    async with running_centre(tmp_path, settings=TWO) as centre:
        centre.context.key_turns.restart = lambda: None
        await _rotate(centre, "recorder-2")
        centre.log.full = True
        assert (await _withdraw(centre, "recorder-2")).json()["code"] == "log_unavailable"
        centre.log.full = False
        assert (await _rotations(centre))["recorder-2"] == ("waiting", True, True)
        assert (await _withdraw(centre, "recorder-2")).is_success


async def test_a_withdrawal_that_was_cut_off_is_ended_at_the_start(tmp_path: Path) -> None:
    by = {"by": "a1", "by_name": "管理员"}
    async with running_centre(tmp_path, settings=TWO) as centre:
        store = centre.context.store
        for log in ("recorder-1", "recorder-2"):
            order_rotation(store, log, "test")
        assert hold_order(store, "recorder-1", by)
        assert hold_order(store, "recorder-2", {})  # died before it knew whose it is
        await announce(centre.context)
        assert (await _rotations(centre))["recorder-1"] == ("none", False, False)
        assert (await _rotations(centre))["recorder-2"] == ("waiting", True, True)
        assert [body for kind, body in centre.log.entries if kind == "key.rotation_withdrawn"] == [
            {"log": "recorder-1", **by}
        ]
        release_order(store, "recorder-1")  # there is nothing left to release
        assert not order_state(store, "recorder-1").waiting


async def test_who_looks_at_the_keys_is_told_of_both_acts(tmp_path: Path) -> None:
    async with running_centre(tmp_path, settings=TWO) as centre, serving(centre) as web:
        centre.context.key_turns.restart = lambda: None
        cookie = {"Cookie": f"duizhi_login={centre.cookies['administrator']}"}
        async with web.connect("/ws", None, additional_headers=cookie) as connection:
            desk = DeskClient(connection)
            await desk.send({"type": "hello", "protocol": 1, "case": "", "desk": "lists"})
            await desk.until("welcome")
            for act in (_rotate, _withdraw):
                assert (await act(centre, "recorder-2")).is_success
                while "settings" not in (await desk.until("changed"))["areas"]:
                    pass


async def _refuses(method: str, payload: bytes) -> bytes:
    raise Refused("sessions_open", "close the sessions that are still open first")


async def test_a_recorder_that_does_not_come_back_is_said_to_be_away(tmp_path: Path) -> None:
    board = tmp_path / "bus"
    settings = {**TWO, "bus": {"directory": str(board)}}
    async with running_centre(tmp_path, settings=settings) as centre:
        store = centre.context.store
        (store / "keys").mkdir(exist_ok=True)
        order_rotation(store, "recorder-2", "test")
        assert take_order(store, "recorder-2")  # and the process ended for it
        for state, away in (("starting", False), ("refused", True)):
            write_states(board, [ProcessState(name="recorder-2", state=state, pid=None, starts=2)])
            assert (await _rotations(centre))["recorder-2"] == ("waiting", away, False)


async def test_a_recorder_takes_up_what_was_left_for_it(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    ends = asyncio.Event()
    order = KeyOrder(tmp_path, "recorder-2", ends.set)
    order.take_up()
    assert not order.restarting
    order_rotation(tmp_path, "recorder-1", "of another")
    order.take_up()
    assert not order.restarting
    order_rotation(tmp_path, "recorder-2", "left")
    order.take_up()
    assert order.restarting
    await order.take()  # told of it a moment later: it ends once
    await asyncio.wait_for(ends.wait(), 5)
    # what its start could not put away is not tried every second
    again = KeyOrder(tmp_path, "recorder-2", ends.set)
    again.take_up()
    assert not again.restarting
    # nobody would start it again
    alone = KeyOrder(tmp_path, "recorder-3", None)
    order_rotation(tmp_path, "recorder-3", "left")
    alone.take_up()
    assert not alone.restarting
    assert order_state(tmp_path, "recorder-3").left


async def test_an_order_that_cannot_be_moved_keeps_no_recorder_from_recording(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    order = KeyOrder(tmp_path, "recorder-1", lambda: None)
    order_rotation(tmp_path, "recorder-1", "test")
    (tmp_path / "keys" / "recorder-1.rotate-taken").mkdir()
    with pytest.raises(StoreBusy):
        await order.take()
    for _ in range(3):
        order.take_up()
    assert not order.restarting
    assert len(caplog.records) == 1  # said once, not every second
