"""The hub: whatever commits, disconnects and resumes happen when, each event arrives once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from command_centre.db.database import Database, Event, Writing
from command_centre.db.seed import seed_case
from command_centre.desk.hub import REPLAY_PAGE, Desk, Hub
from command_centre.desk.protocol import CLOSE_TOO_SLOW, ClockMessage, Ok
from tests.command_centre.story import CASE, STORY


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    with Database(tmp_path / "centre.sqlite") as opened:
        seed_case(opened, STORY)
        yield opened


def emit(number: int, room: str = "room1", case: str = CASE) -> Any:
    """A transaction that emits one event."""

    def work(writing: Writing) -> int:
        cursor = writing.next_cursor()
        message = msgspec.json.encode({"type": "test", "cursor": cursor, "number": number})
        writing.emit(case, room, cursor, message)
        return cursor

    return work


def connected(hub: Hub, **options: Any) -> Any:
    defaults: dict[str, Any] = {"case": CASE, "kind": "wall", "room": None, "name": "x"}
    return hub.connected(**{**defaults, **options})


async def numbers(hub: Hub, desk: Desk, cursor: int | None, wanted: int) -> list[int]:
    """What a desk is sent, until it has ``wanted`` events."""
    got: list[int] = []
    _, resumed = await hub.start(desk, cursor)
    if resumed:
        async for message in hub.replay(desk):
            got.append(msgspec.json.decode(message)["number"])
    if len(got) < wanted:
        async for message in desk.messages():
            decoded = msgspec.json.decode(message)
            if decoded["type"] == "test":
                got.append(decoded["number"])
            if len(got) >= wanted:
                break
    return got


async def test_events_committed_while_a_desk_resumes_arrive_once(database: Database) -> None:
    hub = Hub(database, 10_000)
    database.listen(hub.dispatch)
    total = REPLAY_PAGE + 60
    for number in range(REPLAY_PAGE + 20):
        await database.write(emit(number))

    async def go_on() -> None:
        for number in range(REPLAY_PAGE + 20, total):
            await database.write(emit(number))

    async with connected(hub) as desk, asyncio.TaskGroup() as tasks:
        tasks.create_task(go_on())
        async with asyncio.timeout(30):
            assert await numbers(hub, desk, 0, total) == list(range(total))


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stays=st.lists(st.integers(0, 6), min_size=1, max_size=8))
async def test_a_desk_that_comes_and_goes_gets_every_event_once(
    tmp_path_factory: pytest.TempPathFactory, stays: list[int]
) -> None:
    with Database(tmp_path_factory.mktemp("db") / "centre.sqlite") as database:
        seed_case(database, STORY)
        hub = Hub(database, 100)
        database.listen(hub.dispatch)
        cursor, got = 0, []
        for number, stay in enumerate(stays):
            await database.write(emit(number * 10))
            async with connected(hub) as desk:
                writing = asyncio.ensure_future(database.write(emit(number * 10 + 1)))
                async with asyncio.timeout(10):
                    seen = await numbers(hub, desk, cursor, stay % 3)
                await writing
                got += seen
                cursor = desk.sent_cursor
        async with connected(hub) as desk:
            async with asyncio.timeout(10):
                got += await numbers(hub, desk, cursor, len(stays) * 2 - len(got))
    wanted = [n * 10 + k for n in range(len(stays)) for k in (0, 1)]
    assert got == wanted


async def test_a_full_queue_of_events_gives_the_desk_up(database: Database) -> None:
    hub = Hub(database, 6)
    async with connected(hub) as desk:  # its own presence is queued
        hub.dispatch([Event(n, CASE, "room1", b"{}") for n in range(1, 6)])
        assert desk.closing is None
        hub.dispatch([Event(6, CASE, "room1", b"{}")])
        assert desk.closing == CLOSE_TOO_SLOW
        assert [message async for message in desk.messages()] == []
        await desk.given_up()
        hub.dispatch([Event(7, CASE, "room1", b"{}")])
    assert hub.disconnected_slow == 1
    assert len(hub) == 0


async def test_ephemeral_messages_are_dropped_long_before_events(database: Database) -> None:
    hub = Hub(database, 8)
    async with connected(hub) as desk:  # its own presence is queued
        for _ in range(10):
            hub.broadcast(CASE, "", ClockMessage(server_us=1))
        assert desk.dropped == 9
        hub.dispatch([Event(1, CASE, "", b"{}")])
        assert desk.closing is None


async def test_a_desk_that_asks_and_does_not_read_is_given_up(database: Database) -> None:
    hub = Hub(database, 4)
    async with connected(hub) as desk:
        for number in range(4):
            desk.put_reply(Ok(id=str(number)))
        assert desk.closing == CLOSE_TOO_SLOW


async def test_only_the_case_and_the_room_are_heard(database: Database) -> None:
    hub = Hub(database, 100)
    async with connected(hub, kind="room", room="room1", only_room=True) as desk:
        hub.dispatch(
            [
                Event(1, "other", "room1", b"other case"),
                Event(2, CASE, "room2", b"other room"),
                Event(3, CASE, "", b"whole case"),
                Event(4, CASE, "room1", b"own room"),
            ]
        )
        hub.broadcast("other", "", ClockMessage(server_us=1))
        heard = desk.messages()
        got = [await anext(heard) for _ in range(3)]
    assert b"presence" in got[0]
    assert got[1:] == [b"whole case", b"own room"]


async def test_events_reach_the_listener_in_cursor_order(database: Database) -> None:
    heard: list[int] = []
    database.listen(lambda events: heard.extend(event.cursor for event in events))
    await asyncio.gather(*(database.write(emit(number)) for number in range(60)))
    await asyncio.sleep(0)
    assert heard == sorted(heard)
    assert len(heard) == 60


async def test_a_failed_transaction_emits_nothing(database: Database) -> None:
    heard: list[Event] = []
    database.listen(heard.extend)

    def fails(writing: Writing) -> None:
        emit(1)(writing)
        raise KeyError("no")

    with pytest.raises(KeyError):
        await database.write(fails)
    await database.write(emit(2))
    await asyncio.sleep(0)
    assert [event.cursor for event in heard] == [1]
