"""The bus adapter, with real sockets in a temporary folder."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from command_centre.zmq_bus import MAX_SOCKET_PATH_BYTES, ZmqBus
from config.bus import BusError, Refused, Unreachable


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bus") as name:
        yield Path(name) / "b"


@pytest.fixture
async def pair(folder: Path) -> AsyncIterator[tuple[ZmqBus, ZmqBus]]:
    async with ZmqBus(folder, "a", ["b"], 100) as a, ZmqBus(folder, "b", ["a"], 100) as b:
        yield a, b


async def _first_message(bus: ZmqBus, publisher: ZmqBus, topic: str) -> tuple[str, bytes]:
    """Publish until the subscription is known to the publisher (ZeroMQ joins in the background)."""
    async with bus.subscribe(topic) as messages, asyncio.timeout(5):
        receive = asyncio.ensure_future(anext(messages))
        while not receive.done():
            publisher.publish(topic, b"hello")
            await asyncio.sleep(0.01)
        return receive.result()


async def test_a_message_reaches_another_process_and_ones_own(
    pair: tuple[ZmqBus, ZmqBus],
) -> None:
    a, b = pair
    assert await _first_message(b, a, "state.room1") == ("state.room1", b"hello")
    assert await _first_message(a, a, "state.room1") == ("state.room1", b"hello")


async def test_only_the_asked_topics_arrive_and_in_order(pair: tuple[ZmqBus, ZmqBus]) -> None:
    a, b = pair
    async with b.subscribe("media.x") as messages, asyncio.timeout(5):
        receive = asyncio.ensure_future(anext(messages))
        while not receive.done():
            a.publish("media.x", b"start")
            await asyncio.sleep(0.01)
        for n in range(50):
            a.publish("audio.x", b"no")
            a.publish("media.x", b"%d" % n)
        seen = []
        async for topic, payload in messages:
            assert topic == "media.x"
            if payload != b"start":
                seen.append(int(payload))
            if seen and seen[-1] == 49:
                break
        assert seen == list(range(50))


async def test_a_request_is_answered_refused_or_fails_inside(pair: tuple[ZmqBus, ZmqBus]) -> None:
    a, b = pair

    async def handler(method: str, payload: bytes) -> bytes:
        if method == "no":
            raise Refused("busy", "come back later")
        if method == "bug":
            raise ValueError("secret")
        return method.encode() + payload

    async with a.serve("recorder", handler):
        assert await b.request("recorder", "echo", b"!") == b"echo!"
        with pytest.raises(Refused) as refused:
            await b.request("recorder", "no", b"")
        assert (refused.value.code, refused.value.detail) == ("busy", "come back later")
        with pytest.raises(Refused) as internal:
            await b.request("recorder", "bug", b"")
        assert internal.value.code == "internal"
        assert "secret" not in str(internal.value)


async def test_slow_requests_do_not_hold_up_quick_ones(pair: tuple[ZmqBus, ZmqBus]) -> None:
    a, b = pair
    gate = asyncio.Event()

    async def handler(method: str, payload: bytes) -> bytes:
        if method == "slow":
            await gate.wait()
        return method.encode()

    async with a.serve("s", handler), asyncio.TaskGroup() as tasks:
        slow = tasks.create_task(b.request("s", "slow", b""))
        assert await b.request("s", "quick", b"") == b"quick"
        assert not slow.done()
        gate.set()


async def test_nobody_there_is_unreachable_and_is_not_carried_out_later(
    pair: tuple[ZmqBus, ZmqBus],
) -> None:
    a, b = pair
    with pytest.raises(Unreachable):
        await b.request("late", "x", b"", timeout_s=0.2)
    calls: list[str] = []

    async def handler(method: str, payload: bytes) -> bytes:
        calls.append(method)
        return b""

    async with a.serve("late", handler):
        await b.request("late", "y", b"")
        await asyncio.sleep(0.2)
    assert calls == ["y"]


async def test_a_service_that_restarts_is_found_again(folder: Path) -> None:
    async def handler(method: str, payload: bytes) -> bytes:
        return payload

    async with ZmqBus(folder, "client", ["server"], 100) as client:
        for round_number in range(2):
            async with (
                ZmqBus(folder, "server", ["client"], 100) as server,
                server.serve("service", handler),
            ):
                assert await _insist(client, b"%d" % round_number) == b"%d" % round_number
                assert await _first_message(client, server, f"t{round_number}")


async def _insist(client: ZmqBus, payload: bytes) -> bytes:
    """As callers do: a request on a connection that just broke fails at once and is sent again."""
    for _ in range(5):
        with contextlib.suppress(Unreachable):
            return await client.request("service", "m", payload, timeout_s=2)
    raise AssertionError("the restarted service was not found")


async def test_a_server_that_dies_while_asked_is_noticed_at_once(folder: Path) -> None:
    asked = asyncio.Event()

    async def handler(method: str, payload: bytes) -> bytes:
        asked.set()
        await asyncio.sleep(60)
        return b""

    async with ZmqBus(folder, "client", ["server"], 100) as client:
        async with (
            ZmqBus(folder, "server", ["client"], 100) as server,
            server.serve("service", handler),
        ):
            request = asyncio.ensure_future(client.request("service", "m", b"", timeout_s=60))
            await asked.wait()
        async with asyncio.timeout(5):
            with pytest.raises(Unreachable, match="went away"):
                await request


async def test_publishing_never_blocks_when_a_subscriber_does_not_read(
    pair: tuple[ZmqBus, ZmqBus],
) -> None:
    a, b = pair
    before = psutil.Process().memory_info().rss
    async with b.subscribe("flood"):
        await asyncio.sleep(0.1)
        payload = bytes(10_000)
        started = time.monotonic()
        for _ in range(20_000):  # 200 MB into queues of 100 messages
            a.publish("flood", payload)
        assert time.monotonic() - started < 30  # it would be for ever if it blocked
    assert psutil.Process().memory_info().rss - before < 100_000_000


async def test_a_socket_path_that_is_too_long_is_a_clear_error(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * MAX_SOCKET_PATH_BYTES)
    with pytest.raises(BusError, match="too long"):
        await ZmqBus(deep, "a", [], 10).__aenter__()


async def test_the_folder_is_private(folder: Path) -> None:
    async with ZmqBus(folder, "a", [], 10):
        mode = await asyncio.to_thread(lambda: folder.stat().st_mode)
        assert mode & 0o777 == 0o700


async def test_fifty_lives_leave_nothing_open(folder: Path) -> None:
    async def handler(method: str, payload: bytes) -> bytes:
        return payload

    async def life() -> None:
        async with ZmqBus(folder, "a", [], 10) as bus, bus.serve("s", handler):
            assert await bus.request("s", "m", b"x") == b"x"

    await life()
    before = (psutil.Process().num_fds(), threading.active_count(), len(asyncio.all_tasks()))
    for _ in range(50):
        await life()
    after = (psutil.Process().num_fds(), threading.active_count(), len(asyncio.all_tasks()))
    assert after[0] <= before[0] + 2
    assert after[1:] == before[1:]
