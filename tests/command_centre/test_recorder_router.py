"""Several recorders behind one name: where requests go, and what one that is away changes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from command_centre.recorder_router import REMEMBERED, RecorderRouter
from config.bus import Refused, Unreachable
from config.messages import RECORDER, Done, LiveFragment, decode, encode
from config.recorder_messages import (
    Append,
    CloseSession,
    FindSession,
    LiveCache,
    LiveCacheRequest,
    LogPage,
    OpenSession,
    ReadLog,
    Receipt,
    RecorderStatus,
    SessionFound,
    StatusRequest,
    WhipDelete,
)
from config.recorders import position
from tests.fakes.memory_bus import Exchange


class Recorder:
    """What the router needs of a recorder; remembers what reached it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sessions: set[str] = set()
        self.asked: list[str] = []
        self.degraded = ""
        self.fragments = 0

    async def handle(self, method: str, payload: bytes) -> bytes:
        self.asked.append(method)
        match method:
            case "find_session":
                known = decode(payload, FindSession).session in self.sessions
                return encode(SessionFound(known=known))
            case "status":
                return encode(
                    RecorderStatus(
                        log=self.name,
                        size=10,
                        sessions=sorted(self.sessions),
                        sources=[],
                        disk_free_bytes=len(self.name),
                        disk_hours_left=1.0,
                        degraded=self.degraded,
                    )
                )
            case "open_session":
                self.sessions.add(decode(payload, OpenSession).session)
                return encode(Done())
            case "close_session":
                if decode(payload, CloseSession).session not in self.sessions:
                    raise Refused("session_unknown", "not here")
                return encode(Done())
            case "append":
                return encode(Receipt(index=position(self.name, 3), leaf_hash=b"", t_us=0))
            case "read_log":
                return encode(LogPage(log=self.name, first_index=0, size=0, entries=[]))
            case "live_cache":
                return encode(LiveCache(fragments=[_FRAGMENT] * self.fragments))
            case "whip_delete":
                resource = decode(payload, WhipDelete).resource
                if resource == f"stale@{self.name}":
                    raise Refused("precondition_failed", "another ETag")
                if resource != f"mine@{self.name}":
                    raise Refused("connection_unknown", "not here")
                return encode(Done())
        raise Refused("bad_request", method)


_FRAGMENT = LiveFragment(
    source="cam",
    session="s",
    epoch=1,
    number=1,
    mime="",
    key=True,
    start_us=0,
    duration_us=1,
    media_start_us=0,
    init=None,
    data=b"",
)


class House:
    """An installation with some recorders."""

    def __init__(self, count: int) -> None:
        self.exchange = Exchange()
        self.recorders = [Recorder(f"recorder-{n}") for n in range(1, count + 1)]
        self.router = RecorderRouter(self.exchange.bus(), [one.name for one in self.recorders])

    def start(self, recorder: Recorder) -> None:
        self.exchange.services[recorder.name] = recorder.handle

    def stop(self, recorder: Recorder) -> None:
        del self.exchange.services[recorder.name]

    async def open(self, session: str) -> Recorder:
        request = OpenSession(
            session=session,
            case="c",
            case_number="",
            room="r",
            room_name="",
            kind="interview",
            people=[],
            opened_by="",
            t_us=0,
        )
        await self.router.request(RECORDER, "open_session", encode(request))
        [owner] = [one for one in self.recorders if session in one.sessions]
        return owner

    async def close(self, session: str) -> None:
        request = CloseSession(session=session, closed_by="", reason="")
        await self.router.request(RECORDER, "close_session", encode(request))


@contextlib.asynccontextmanager
async def house(count: int) -> AsyncIterator[House]:
    made = House(count)
    for recorder in made.recorders:
        made.start(recorder)
    yield made


async def test_sessions_are_spread_and_found_again() -> None:
    async with house(2) as made:
        owners = [await made.open(f"s{n}") for n in range(4)]
        assert {owner.name for owner in owners} == {"recorder-1", "recorder-2"}
        assert [len(one.sessions) for one in made.recorders] == [2, 2]
        for n, owner in enumerate(owners):
            await made.close(f"s{n}")
            assert owner.asked[-1] == "close_session"
        # a second process that has never heard of them finds them too
        other = RecorderRouter(made.exchange.bus(), [one.name for one in made.recorders])
        assert await other.owner("s1") == owners[1].name


async def test_asked_again_a_session_is_opened_where_it_is() -> None:
    async with house(3) as made:
        owner = await made.open("s1")
        assert await made.open("s1") is owner


async def test_a_full_disk_is_avoided() -> None:
    async with house(2) as made:
        made.recorders[0].degraded = "disk_full"
        assert [(await made.open(f"s{n}")).name for n in range(3)] == ["recorder-2"] * 3


async def test_one_that_is_away_is_noticed_only_by_its_sessions() -> None:
    async with house(2) as made:
        first, second = await made.open("s1"), await made.open("s2")
        made.stop(second)
        await made.close("s1")
        assert (await made.open("s3")) is first, "new rooms go where somebody answers"
        with pytest.raises(Unreachable):
            await made.close("s2")
        status = decode(
            await made.router.request(RECORDER, "status", encode(StatusRequest())), RecorderStatus
        )
        assert status.sessions == ["s1", "s3"]
        # nobody who answers knows it: that is not the same as "there is no such session"
        with pytest.raises(Unreachable):
            await RecorderRouter(made.exchange.bus(), made.router.recorders).owner("s2")
        made.stop(first)
        for method, request in (("status", StatusRequest()), ("live_cache", _cache())):
            with pytest.raises(Unreachable):
                await made.router.request(RECORDER, method, encode(request))
        with pytest.raises(Unreachable):
            await made.open("s4")


async def test_an_unknown_session_is_refused_when_all_answer() -> None:
    async with house(2) as made:
        with pytest.raises(Refused, match="session_unknown"):
            await made.close("nobody")


async def test_logs_are_read_by_name() -> None:
    async with house(2) as made:
        for name in ("recorder-1", "recorder-2"):
            request = encode(ReadLog(first_index=0, limit=1, log=name))
            page = decode(await made.router.request(RECORDER, "read_log", request), LogPage)
            assert page.log == name
        for wrong in ("recorder-3", "centre"):
            request = encode(ReadLog(first_index=0, limit=1, log=wrong))
            with pytest.raises(Refused, match="malformed_message"):
                await made.router.request(RECORDER, "read_log", request)


async def test_what_is_live_is_found_wherever_it_is() -> None:
    async with house(2) as made:
        made.recorders[1].fragments = 2
        reply = await made.router.request(RECORDER, "live_cache", encode(_cache()))
        assert len(decode(reply, LiveCache).fragments) == 2


async def test_a_connection_is_ended_by_whoever_has_it() -> None:
    async with house(2) as made:

        async def end(resource: str) -> None:
            request = encode(WhipDelete(source="cam", resource=resource))
            await made.router.request(RECORDER, "whip_delete", request)

        await end("mine@recorder-2")
        with pytest.raises(Refused, match="precondition_failed"):
            await end("stale@recorder-2")
        with pytest.raises(Refused, match="connection_unknown"):
            await end("nobody's")
        made.stop(made.recorders[1])
        with pytest.raises(Unreachable):
            await end("mine@recorder-2")


async def test_an_entry_of_no_session_is_appended_once() -> None:
    async with house(2) as made:
        request = encode(Append(key="k", kind="note", session="", room="", body=b"{}", t_us=0))
        await made.router.request(RECORDER, "append", request)
        assert sum(one.asked.count("append") for one in made.recorders) == 1
        made.stop(made.recorders[0])
        reply = await made.router.request(RECORDER, "append", request)
        assert decode(reply, Receipt).index == position("recorder-2", 3)


async def test_with_one_recorder_everything_passes_through() -> None:
    async with house(1) as made:
        await made.router.request(RECORDER, "live_cache", encode(_cache()))
        with pytest.raises(Refused):
            await made.router.request(RECORDER, "dance", b"\xc1")
        assert made.recorders[0].asked == ["live_cache", "dance"]


async def test_nonsense_is_refused_and_the_memory_is_bounded() -> None:
    async with house(2) as made:
        with pytest.raises(Refused, match="malformed_message"):
            await made.router.request(RECORDER, "append", b"\xc1")
        for n in range(REMEMBERED + 5):
            made.router._remember(f"s{n}", "recorder-1")
        assert len(made.router._owners) == REMEMBERED
    with pytest.raises(ValueError, match="at least one"):
        RecorderRouter(Exchange().bus(), [])


def _cache() -> LiveCacheRequest:
    return LiveCacheRequest(source="cam")
