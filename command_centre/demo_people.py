"""The people of a headless run: two interviewers at their desks, and the case manager.

They act over the same HTTP API and WebSocket as their browsers would.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from command_centre.demo_desk import Desk, DeskLine
from command_centre.demo_store import DemoStore
from command_centre.desk import protocol
from command_centre.desk.protocol import ServerMessage
from config.words import PromptState

PROMPT_TEXT = "核实危险作业由谁安排"
PROMPT_POINT = "p1"
#: How long an interviewer reads before saying "asked".
_READING_S = 1.5


@dataclass
class Interviewer:
    """Sits at a room desk: receives, shows and acknowledges every prompt for the room."""

    store: DemoStore
    account: str
    room: str
    _line: DeskLine | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Work until cancelled."""
        person = self.store.accounts[self.account]
        async with (
            Desk(self.store.address, person.account, person.password) as desk,
            desk.line(self.store.case, "room", self.room, self._on_message) as line,
        ):
            self._line = line
            await asyncio.Event().wait()

    def _on_message(self, message: ServerMessage, arrived_us: int) -> None:
        if not isinstance(message, protocol.PromptEvent) or message.prompt.room != self.room:
            return
        if message.prompt.state == PromptState.ISSUED:
            task = asyncio.create_task(self._take(message.prompt.id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _take(self, prompt: str) -> None:
        line = self._line
        assert line is not None
        await asyncio.gather(  # as a browser does: what is on the screen waits for no receipt
            line.command(lambda n: protocol.PromptDelivered(id=n, prompt=prompt)),
            line.command(lambda n: protocol.PromptShown(id=n, prompt=prompt)),
        )
        await asyncio.sleep(_READING_S)
        await line.command(lambda n: protocol.PromptAcknowledge(id=n, prompt=prompt))


async def ask_both(store: DemoStore) -> list[str]:
    """The case manager asks both rooms; returns the prompts' ids."""
    person = store.accounts["lin"]
    async with (
        Desk(store.address, person.account, person.password) as desk,
        desk.line(store.case, "wall", None, lambda _message, _us: None) as line,
    ):
        reply = await line.command(
            lambda n: protocol.PromptSend(
                id=n, text=PROMPT_TEXT, point=PROMPT_POINT, rooms=["room1", "room2"]
            )
        )
        return [prompt.id for prompt in reply.prompts or []]
