"""Following the logs of several recorders at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.db.seed import seed_case
from command_centre.desk.cases import read_case
from command_centre.desk.follower import Follower, read_cursor
from command_centre.errors import Rejected
from command_centre.recorder_router import RecorderRouter
from config.recorders import position, recorder_names
from tests.command_centre.fake_recorder import FakeRecorder
from tests.command_centre.story import CASE, STORY
from tests.fakes.memory_bus import Exchange

LOGS = recorder_names(2)
T_US = 1_790_000_000_000_000


@pytest.fixture
def database(tmp_path: Path) -> Any:
    with Database(tmp_path / "centre.sqlite") as opened:
        seed_case(opened, STORY)
        yield opened


class Two:
    """Two recorders, and a follower of both."""

    def __init__(self, database: Database) -> None:
        self.exchange = Exchange()
        self.recorders = [FakeRecorder(self.exchange.bus(), log) for log in LOGS]
        self.foreign: list[dict[str, Any]] = []
        bus = RecorderRouter(self.exchange.bus(), LOGS)
        self.follower = Follower(bus, database, on_foreign_log=self._met, logs=LOGS)
        for number in range(2):
            self.start(number)

    async def _met(self, found: dict[str, Any]) -> None:
        self.foreign.append(found)

    def start(self, number: int) -> None:
        self.exchange.services[LOGS[number]] = self.recorders[number].handle

    def stop(self, number: int) -> None:
        del self.exchange.services[LOGS[number]]

    def open(self, number: int) -> None:
        """A session in the recorder's room."""
        self.recorders[number].append(
            "session.open",
            {
                "case": CASE,
                "case_number": "",
                "room_name": "",
                "kind": "interview",
                "people": [],
                "opened_by": "",
            },
            session=f"s{number}",
            room=f"room{number + 1}",
        )

    def prompt(self, number: int, prompt: str, t_us: int) -> int:
        """A prompt in the recorder's room; returns its position."""
        body = {
            "prompt": prompt,
            "text": prompt,
            "by": "a",
            "by_name": "a",
            "target_room": f"room{number + 1}",
        }
        receipt = self.recorders[number].append(
            "prompt.issued", body, session=f"s{number}", room=f"room{number + 1}", t_us=t_us
        )
        return position(LOGS[number], receipt.index)


@contextlib.asynccontextmanager
async def following(database: Database) -> AsyncIterator[Two]:
    two = Two(database)
    task = asyncio.create_task(two.follower.run())
    try:
        yield two
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_both_logs_are_projected_under_their_positions(database: Database) -> None:
    async with following(database) as two:
        for number in range(2):
            two.open(number)
        ends = [two.prompt(0, "a", T_US + 1), two.prompt(1, "b", T_US + 2)]
        ends.append(two.prompt(0, "c", T_US + 3))
        await two.follower.reached(*ends)
        assert two.follower.size == two.follower.next_index == 7
        assert [two.follower.size_of(log) for log in LOGS] == [4, 3]
        assert two.follower.size_of("recorder-9") == 0

        def stored(connection: Any) -> set[int]:
            return set(connection.execute(select(schema.prompt.c.log_index)).scalars())

        assert database.read_now(stored) == set(ends)
        # the latest prompts are the latest in time, whichever log they stand in
        case = database.read_now(lambda connection: read_case(connection, CASE))
        assert [prompt.id for prompt in case.prompts] == ["a", "b", "c"]


async def test_a_recorder_that_is_away_holds_up_nothing_of_the_other(database: Database) -> None:
    async with following(database) as two:
        two.stop(1)
        two.open(0)
        await two.follower.reached(two.prompt(0, "a", T_US))
        two.recorders[1].drop_log = True
        two.open(1)
        late = two.prompt(1, "b", T_US)
        with pytest.raises(Rejected, match="not caught up"):
            await two.follower.reached(late, timeout_s=0.05)
        two.start(1)
        await two.follower.heard_of(len(two.recorders[1].entries), LOGS[1])
        await two.follower.reached(late)


async def test_another_log_than_the_databases_begins_both_again(database: Database) -> None:
    async with following(database) as two:
        for number in range(2):
            two.open(number)
        await two.follower.reached(two.prompt(0, "a", T_US), two.prompt(1, "b", T_US))
    async with following(database) as other:
        for number in range(2):
            other.open(number)
        await other.follower.reached(other.prompt(0, "c", T_US), other.prompt(1, "d", T_US))
        assert other.foreign
        assert {found["log"] for found in other.foreign} <= set(LOGS)

        def prompts(connection: Any) -> set[str]:
            return set(connection.execute(select(schema.prompt.c.id)).scalars())

        assert database.read_now(prompts) == {"c", "d"}

        def next_indexes(connection: Any) -> list[int]:
            return [read_cursor(connection, log)[0] for log in LOGS]

        assert database.read_now(next_indexes) == [3, 3]
