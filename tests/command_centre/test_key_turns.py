"""New keys by button with several recorders: one that is away finds the order when it is back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from command_centre.process_state import ProcessState, write_states
from config.bus import Refused
from config.messages import Done, RotateKey, decode, encode
from evidence_store.rotation_order import order_rotation
from recorder.key_order import KeyOrder
from tests.command_centre.centre import Centre, running_centre

TWO: dict[str, dict[str, Any]] = {"recorder": {"processes": 2}}


async def _rotate(centre: Centre, log: str, reason: str = "每年一次") -> Any:
    async with centre.client("administrator") as client:
        return await client.post(f"/api/running/keys/{log}/rotate", json={"reason": reason})


async def _rotations(centre: Centre) -> dict[str, tuple[str, bool]]:
    async with centre.client("administrator") as client:
        found = (await client.get("/api/running/keys")).json()["rotations"]
    return {one["log"]: (one["state"], one["away"]) for one in found}


async def test_an_order_waits_for_a_recorder_that_is_away(tmp_path: Path) -> None:
    asked: list[RotateKey] = []

    async def answers(method: str, payload: bytes) -> bytes:
        assert method == "rotate_key"
        asked.append(decode(payload, RotateKey))
        return encode(Done())

    async with running_centre(tmp_path, settings=TWO) as centre:
        centre.context.key_turns.restart = lambda: None
        centre.exchange.services["recorder-1"] = answers
        (tmp_path / "store" / "keys").mkdir(exist_ok=True)
        assert (await _rotate(centre, "recorder-1")).is_success
        assert [one.log for one in asked] == ["recorder-1"]
        assert (await _rotate(centre, "recorder-2")).is_success  # nobody is there
        assert await _rotations(centre) == {
            "centre": ("none", False),
            "recorder-1": ("none", False),
            "recorder-2": ("waiting", True),
        }
        again = await _rotate(centre, "recorder-2")
        assert (again.status_code, again.json()["code"]) == (409, "rotation_waiting")
        said = [body for kind, body in centre.log.entries if kind == "key.rotation"]
        assert [body["log"] for body in said] == ["recorder-1", "recorder-2"]
        # one that refuses is not away
        centre.exchange.services["recorder-1"] = _refuses
        refused = await _rotate(centre, "recorder-1")
        assert refused.json()["code"] == "sessions_open"
        assert (await _rotations(centre))["recorder-1"] == ("none", False)


async def _refuses(method: str, payload: bytes) -> bytes:
    raise Refused("sessions_open", "close the sessions that are still open first")


async def test_a_recorder_that_does_not_come_back_is_said_to_be_away(tmp_path: Path) -> None:
    board = tmp_path / "bus"
    settings = {**TWO, "bus": {"directory": str(board)}}
    async with running_centre(tmp_path, settings=settings) as centre:
        store = centre.context.store
        (store / "keys").mkdir(exist_ok=True)
        order_rotation(store, "recorder-2", "test")  # taken, and the process ended for it
        for state, away in (("starting", False), ("refused", True)):
            write_states(board, [ProcessState(name="recorder-2", state=state, pid=None, starts=2)])
            assert (await _rotations(centre))["recorder-2"] == ("waiting", away)


async def test_a_recorder_takes_up_what_was_left_for_it(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    ends = asyncio.Event()
    order = KeyOrder(tmp_path, "recorder-2", ends.set)
    order.take_up()
    assert not order.restarting
    order_rotation(tmp_path, "recorder-1", "of another", away=True)
    order.take_up()
    assert not order.restarting
    order_rotation(tmp_path, "recorder-2", "left", away=True)
    order.take_up()
    assert order.restarting
    await asyncio.wait_for(ends.wait(), 5)
    # what its start could not put away is not tried every second
    again = KeyOrder(tmp_path, "recorder-2", ends.set)
    again.take_up()
    assert not again.restarting
    # nobody would start it again
    alone = KeyOrder(tmp_path, "recorder-3", None)
    order_rotation(tmp_path, "recorder-3", "left", away=True)
    alone.take_up()
    assert not alone.restarting
