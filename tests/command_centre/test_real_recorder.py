"""The contract with the real recorder: its service and its log behind the bus port, no fake."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from command_centre.api.app import create_app
from command_centre.db.accounts import add_source_token
from command_centre.desk.context import CentreContext, database_path
from command_centre.desk.opening import open_centre
from command_centre.desk.permissions import Caller
from config.clock import SystemClock
from config.settings import load
from config.words import PromptState, Role
from evidence_store.verify import verify_path
from recorder.service import RecorderService
from tests.command_centre.centre import seeded_database
from tests.command_centre.story import CASE
from tests.evidence_store.builder import open_writer
from tests.fakes.memory_bus import Exchange

MANAGER = Caller("ac-m", "lin", "林某某", Role.MANAGER, frozenset(), "lo-m")
INTERVIEWER = Caller("ac-i", "wu", "吴某某", Role.INTERVIEWER, frozenset(), "lo-i")


@contextlib.asynccontextmanager
async def installation(store: Path) -> AsyncIterator[CentreContext]:
    """A real recorder and a centre, each with its own bus of one exchange."""
    exchange, clock = Exchange(), SystemClock()
    overrides = {"store": {"directory": str(store), "minimum_free_bytes": 0, "stop_free_bytes": 0}}
    settings = load(overrides=overrides)
    writer = await asyncio.to_thread(open_writer, store, checkpoint_ms=20)
    seeded_database(database_path(store))
    try:
        async with (
            RecorderService(exchange.bus(), writer, settings, clock, store / "recorder-1"),
            open_centre(settings, exchange.bus(), clock) as context,
        ):
            yield context
    finally:
        await asyncio.to_thread(writer.close)


async def test_a_prompt_and_a_session_from_opening_to_sealing(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with installation(store) as centre:
        session = await centre.sessions.open("room1", MANAGER.account_id)
        assert session.person_name == "张某"
        (prompt,) = await centre.prompts.send(
            MANAGER, case=CASE, text="核实危险作业由谁安排", rooms=["room1"], point="p1"
        )
        now_us = centre.clock.now_us
        for step in (PromptState.DELIVERED, PromptState.SHOWN, PromptState.ACKNOWLEDGED):
            prompt = await centre.prompts.step(
                INTERVIEWER, prompt.id, step, case=CASE, room="room1", t_us=now_us()
            )
        assert prompt.state == "acknowledged"
        assert prompt.times.shown_us is not None
        assert prompt.times.issued_us is not None
        closed = await centre.sessions.close(session.id, MANAGER.account_id, "done")
        assert closed.closed_us is not None
        await centre.watch.look()
        assert centre.watch.recorder is not None
        assert centre.follower.next_index == centre.watch.recorder.size
        assert centre.watch.recorder.sessions == []
    report = await asyncio.to_thread(verify_path, store)
    assert report.findings == []


async def test_a_centre_that_was_away_catches_up(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with installation(store) as centre:
        session = await centre.sessions.open("room2", MANAGER.account_id)
        before = centre.follower.next_index
    async with installation(store) as again:
        async with asyncio.timeout(10):
            while again.follower.next_index < before:
                await again.follower.next_commit().wait()
        assert (await again.sessions.opened_in("room2")) == session
        await again.sessions.close(session.id, MANAGER.account_id, "done")


@pytest.mark.parametrize(
    ("sdp", "code"),
    [("v=0\r\nrubbish", "malformed_sdp"), ("v=0\r\n", "malformed_sdp")],
)
async def test_what_the_recorder_refuses_has_a_documented_code(
    tmp_path: Path, sdp: str, code: str
) -> None:
    async with installation(tmp_path / "store") as centre:
        now_us = centre.clock.now_us()
        token = await centre.database.write(
            lambda writing: add_source_token(writing, "drone-01", now_us=now_us)
        )
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=create_app(centre)), base_url="http://centre.test"
        ) as client:
            answer = await client.post(
                "/whip/drone-01",
                content=sdp,
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"},
            )
    assert answer.json()["code"] == code
