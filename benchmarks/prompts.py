"""How long a prompt takes from the manager's key to the room's screen, on loopback.

Starts an installation with the demo's four sources publishing, sends prompts one at a time to two
rooms, and lets two room desks take them as browsers do: "delivered" at once, "shown" after it.
Times are the manager's send to the moments the centre received each step. There is no peer: no
recording product known to us shows receipts of prompts. Prints one line of JSON.

Run: .venv/bin/python -m benchmarks.prompts [PROMPTS]
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks._options import counts
from command_centre.demo_desk import Desk, DeskLine
from command_centre.demo_publishers import publishers
from command_centre.demo_store import DemoStore, prepare_store
from command_centre.demo_timeline import Timeline
from command_centre.desk import protocol
from command_centre.desk.protocol import ServerMessage
from command_centre.supervisor import Supervisor
from config.words import PromptState

ROOMS = {"room1": "wu", "room2": "sun"}
_WARM_UP_S = 8.0
_PAUSE_S = 0.4


class RoomDesk:
    """Takes every prompt of a room the way a browser does, without waiting between steps."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.line: DeskLine | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    def on_message(self, message: ServerMessage, _arrived_us: int) -> None:
        """Answer a prompt that has just been issued."""
        if isinstance(message, protocol.PromptEvent) and message.prompt.state == PromptState.ISSUED:
            prompt = message.prompt.id
            line = self.line
            assert line is not None
            for make in (
                lambda n: protocol.PromptDelivered(id=n, prompt=prompt),
                lambda n: protocol.PromptShown(id=n, prompt=prompt),
            ):
                task = asyncio.ensure_future(line.command(make))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)


async def _measure(store: DemoStore, count: int) -> dict[str, list[float]]:
    manager = store.accounts["lin"]
    found: dict[str, list[float]] = {"delivered": [], "shown": []}
    async with (
        Desk(store.address, manager.account, manager.password) as desk,
        desk.line(store.case, "wall", None, lambda _message, _us: None) as wall,
    ):
        for _ in range(count):
            sent_us = time.time_ns() // 1000
            reply = await wall.command(
                lambda n: protocol.PromptSend(id=n, text="核实危险作业由谁安排", rooms=[*ROOMS])
            )
            await asyncio.sleep(_PAUSE_S)
            detail = await desk.get(f"/api/cases/{store.case}")
            latest = {one["id"]: one["times"] for one in detail["prompts"]}
            for prompt in reply.prompts or []:
                times = latest[prompt.id]
                for step, taken in found.items():
                    taken.append((times[f"{step}_us"] - sent_us) / 1000)
    return found


async def _run(count: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        store = await asyncio.to_thread(prepare_store, Path(folder) / "s", None, any_port=True)
        logs = store.directory / "logs"
        async with Supervisor(store.config_file, log_directory=logs) as supervisor:
            await supervisor.wait_ready()
            return await _with_desks(store, logs, count)


async def _with_desks(store: DemoStore, logs: Path, count: int) -> dict[str, list[float]]:
    manager = store.accounts["lin"]
    async with Desk(store.address, manager.account, manager.password) as desk:
        for room in (*ROOMS, "site"):
            await desk.post(f"/api/rooms/{room}/session", {})
    timeline = Timeline(time.time_ns() // 1000 + 4_000_000, 85.0)
    async with publishers(store, timeline, logs):
        await asyncio.sleep(_WARM_UP_S)
        first, second = (RoomDesk(room) for room in ROOMS)
        people = [store.accounts[account] for account in ROOMS.values()]
        async with (
            Desk(store.address, people[0].account, people[0].password) as one,
            Desk(store.address, people[1].account, people[1].password) as other,
            one.line(store.case, "room", first.room, first.on_message) as first.line,
            other.line(store.case, "room", second.room, second.on_message) as second.line,
        ):
            return await _measure(store, count)


def main() -> None:
    """Measure and print."""
    (count,) = counts(__doc__, prompts=40)
    found = asyncio.run(_run(count))
    result: dict[str, object] = {"bench": "prompts", "unit": "ms after the manager's send"}
    for step, times in found.items():
        ordered = sorted(times)
        result[f"{step}_p50"] = round(statistics.median(ordered), 1)
        result[f"{step}_p95"] = round(ordered[int(len(ordered) * 0.95)], 1)
    print(json.dumps({**result, "prompts": len(found["shown"])}))


if __name__ == "__main__":
    main()
