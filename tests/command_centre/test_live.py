"""Live view: joining without hole or double, skipping to a key frame, ends, and who watched."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Any

import pytest

from command_centre.desk import live
from command_centre.desk.live import (
    EndHeader,
    FragmentHeader,
    InitHeader,
    Viewer,
    Wanted,
    frame,
    parse_frame,
)
from command_centre.errors import Rejected
from config.messages import LiveFragment
from tests.command_centre.centre import Centre
from tests.command_centre.web import Web

SOURCE = "room1-camera"


def fragment(number: int, *, key: bool = False, init: bool = False, **fields: Any) -> LiveFragment:
    """A fragment; its data is its number."""
    values: dict[str, Any] = {
        "source": SOURCE,
        "session": "s1",
        "epoch": 1,
        "number": number,
        "mime": 'video/mp4; codecs="avc1.42e01f,opus"',
        "key": key,
        "start_us": number * 200_000,
        "duration_us": 200_000,
        "media_start_us": number * 200_000,
        "init": b"INIT" if init else None,
        "data": str(number).encode(),
        **fields,
    }
    return LiveFragment(**values)


def sent(viewer: Viewer, *fragments: LiveFragment, init: bytes | None = b"INIT") -> list[Any]:
    """What a viewer is sent: ``init`` and numbers."""
    out: list[Any] = []
    for one in fragments:
        for message in viewer.frames(one, init):
            header, data = parse_frame(message)
            out.append("init" if isinstance(header, InitHeader) else int(data))
    return out


def test_a_viewer_begins_with_an_init_and_a_key_frame() -> None:
    viewer = Viewer(SOURCE, 10)
    got = sent(viewer, fragment(1), fragment(2, key=True), fragment(3), fragment(4, key=True))
    assert got == ["init", 2, 3, 4]


def test_a_new_epoch_and_a_new_session_bring_their_init() -> None:
    viewer = Viewer(SOURCE, 10)
    got = sent(
        viewer,
        fragment(1, key=True),
        fragment(2, key=True, epoch=2),
        fragment(1, key=True, session="s2"),
    )
    assert got == ["init", 1, "init", 2, "init", 1]


def test_sound_alone_begins_with_its_init() -> None:
    assert sent(Viewer(SOURCE, 10), fragment(1, init=True), fragment(2)) == ["init", 1, 2]


def test_without_its_init_an_epoch_is_not_sent() -> None:
    viewer = Viewer(SOURCE, 10)
    assert sent(viewer, fragment(1, key=True), init=None) == []
    assert sent(viewer, fragment(2, key=True)) == ["init", 2]


async def test_a_slow_viewer_is_skipped_to_the_next_key_frame() -> None:
    viewer = Viewer(SOURCE, 4)
    assert sent(viewer, fragment(0, key=True)) == ["init", 0]
    for number in range(1, 6):
        viewer.put(fragment(number))
    viewer.put(fragment(6, key=True))
    got = []
    for _ in range(2):
        one = await viewer.next_fragment()
        assert one is not None
        got += sent(viewer, one)
    assert got == [6]
    assert viewer.skipped == 5


def test_what_the_cache_has_is_not_sent_again() -> None:
    viewer = Viewer(SOURCE, 10)
    cache = [fragment(3, key=True), fragment(4), fragment(5)]
    queue = [fragment(4), fragment(5), fragment(6), fragment(1, key=True, session="s2")]
    assert sent(viewer, *cache, *queue) == ["init", 3, 4, 5, 6, "init", 1]


def test_a_fragment_lost_on_the_way_skips_to_the_next_key_frame() -> None:
    viewer = Viewer(SOURCE, 10)
    before, after = [fragment(1, key=True), fragment(2)], [fragment(4), fragment(5, key=True)]
    assert sent(viewer, *before, *after, fragment(6)) == ["init", 1, 2, 5, 6]
    assert viewer.skipped == 1


def test_a_restarted_recorder_counts_from_one_in_a_new_epoch() -> None:
    viewer = Viewer(SOURCE, 10)
    before, after = [fragment(8, key=True), fragment(9)], fragment(1, key=True, epoch=2)
    assert sent(viewer, *before, after, fragment(9)) == ["init", 8, 9, "init", 1]


def test_a_viewer_that_wants_less_gets_key_frames_or_nothing() -> None:
    viewer = Viewer(SOURCE, 10)
    assert sent(viewer, fragment(1, key=True), fragment(2)) == ["init", 1, 2]
    viewer.wanted = Wanted.KEYS
    assert sent(viewer, fragment(3), fragment(4, key=True), fragment(5)) == [4]
    viewer.wanted = Wanted.NONE
    assert sent(viewer, fragment(6, key=True), fragment(7)) == []
    viewer.wanted = Wanted.ALL
    # what comes next would need what was left out
    assert sent(viewer, fragment(8), fragment(9, key=True), fragment(10)) == [9, 10]


def test_frames_parse_back_and_rubbish_is_refused() -> None:
    headers: list[InitHeader | FragmentHeader | EndHeader] = [
        InitHeader(epoch=1, mime="video/mp4"),
        FragmentHeader(epoch=1, number=2, key=True, start_us=3, duration_us=4, media_start_us=5),
        EndHeader(),
    ]
    for header in headers:
        assert parse_frame(frame(header, b"data")) == (header, b"data")
    for rubbish in (b"", b"\0\0", b"\0\0\0\x05{}", b"\0\0\0\x02{}", b"\xff\xff\xff\xff{"):
        with pytest.raises(Rejected):
            parse_frame(rubbish)


async def _receive(connection: Any) -> tuple[Any, bytes]:
    async with asyncio.timeout(10):
        return parse_frame(await connection.recv())


async def test_a_viewer_over_the_wire(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("room1")
    begun = [fragment(n, key=n == 1, init=n == 1, session=session) for n in range(1, 4)]
    centre.recorder.cache[SOURCE] = begun
    async with web.connect(f"/ws/live/{SOURCE}", "manager") as connection:
        headers = [(await _receive(connection))[0] for _ in range(4)]
        assert [type(header) for header in headers] == [InitHeader] + [FragmentHeader] * 3
        centre.recorder.media(begun[2])  # arrives late, was in the cache
        centre.recorder.media(fragment(4, session=session))
        assert (await _receive(connection))[1] == b"4"
        centre.recorder.status(SOURCE, session, "offline")
        assert isinstance((await _receive(connection))[0], EndHeader)
        centre.recorder.media(fragment(1, key=True, init=True, session="s-next"))
        assert isinstance((await _receive(connection))[0], InitHeader)
        assert len(centre.context.live) == 1
    await _until(lambda: len(centre.context.live) == 0)
    await _until(lambda: len(centre.recorder.bodies("view.leave")) == 2)
    joined = centre.recorder.bodies("view.join")
    assert [body["viewer_name"] for body in joined] == ["The manager"] * 2
    assert len({body["view"] for body in joined}) == 2
    await centre.settle()
    async with centre.client("auditor") as client:
        views = (await client.get(f"/api/sessions/{session}")).json()["views"]
    assert len(views) == 1
    assert views[0]["to_us"] >= views[0]["from_us"]


async def test_who_wants_no_pictures_does_not_watch(web: Web) -> None:
    recorder = web.centre.recorder
    session = await web.centre.open_room("room1")
    recorder.cache[SOURCE] = [fragment(1, key=True, init=True, session=session)]
    async with web.connect(f"/ws/live/{SOURCE}", "manager") as connection:
        for _ in range(2):
            await _receive(connection)
        await connection.send("rubbish")
        await connection.send('{"type": "want", "pictures": "none"}')
        await _until(lambda: len(recorder.bodies("view.leave")) == 1)
        recorder.media(fragment(2, key=True, session=session))
        await connection.send('{"type": "want", "pictures": "keys"}')
        for number in itertools.count(3):  # until the centre has read what we want
            recorder.media(fragment(number, key=number % 2 == 1, session=session))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    message = await connection.recv()
                    assert isinstance(message, bytes)
                    assert int(parse_frame(message)[1]) % 2 == 1
                    break
            assert number < 60
        await _until(lambda: len(recorder.bodies("view.join")) == 2)


async def _until(holds: Any) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def test_what_was_published_while_joining_is_asked_for_again(web: Web) -> None:
    centre = web.centre
    centre.recorder.cache[SOURCE] = [fragment(1, key=True, init=True)]
    async with web.connect(f"/ws/live/{SOURCE}", "manager") as connection:
        await _receive(connection)
        assert (await _receive(connection))[1] == b"1"
        centre.recorder.cache[SOURCE] = [fragment(n, key=n == 1, init=n == 1) for n in range(1, 4)]
        centre.recorder.media(fragment(3))
        centre.recorder.media(fragment(4))
        assert [(await _receive(connection))[1] for _ in range(3)] == [b"2", b"3", b"4"]
        centre.recorder.media(fragment(6))  # lost later on: the next key frame
        centre.recorder.media(fragment(7, key=True))
        assert (await _receive(connection))[1] == b"7"


async def test_a_source_is_relayed_while_watched_and_no_longer(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_LINGER_S", 0.05)
    monkeypatch.setattr(live, "_LOOK_AGAIN_S", 0.05)
    relay = web.centre.context.live
    assert relay.relayed == []
    async with web.connect(f"/ws/live/{SOURCE}", "manager") as connection:
        await _until(lambda: relay.relayed == [SOURCE])
        web.centre.recorder.media(fragment(1, key=True, init=True, source=SOURCE + "-2"))
        await _until(lambda: len(relay) == 1)
        web.centre.recorder.media(fragment(1, key=True, init=True))
        assert isinstance((await _receive(connection))[0], InitHeader)
        async with web.connect(f"/ws/live/{SOURCE}", "auditor"):
            await _until(lambda: len(relay) == 2)
        await _until(lambda: len(relay) == 1)
        await _until(lambda: web.centre.recorder.watched == [SOURCE])
        assert relay.relayed == [SOURCE]
    await _until(lambda: relay.relayed == [])
    async with web.connect(f"/ws/live/{SOURCE}", "manager") as connection:
        await _until(lambda: len(relay) == 1)
        web.centre.recorder.media(fragment(2, key=True, init=True))
        assert isinstance((await _receive(connection))[0], InitHeader)


async def test_a_viewer_that_does_not_read_slows_nobody(web: Web) -> None:
    """It is left behind, is skipped to a key frame, and the other gets everything."""
    relay, recorder = web.centre.context.live, web.centre.recorder
    body = b"x" * 40_000
    path = f"/ws/live/{SOURCE}"
    async with web.connect(path, "auditor") as stuck, web.connect(path, "manager") as reader:
        await _until(lambda: len(relay) == 2)
        stuck.transport.pause_reading()
        for number in range(1, 801):
            key = number % 20 == 1
            recorder.media(fragment(number, key=key, init=number == 1, data=body))
            if number == 1:
                assert isinstance((await _receive(reader))[0], InitHeader)
            assert (await _receive(reader))[0].number == number
        stuck.transport.resume_reading()
        numbers: list[tuple[int, bool]] = []
        assert isinstance((await _receive(stuck))[0], InitHeader)
        while not numbers or numbers[-1][0] < 800:
            header = (await _receive(stuck))[0]
            numbers.append((header.number, header.key))
    jumps = [after for before, after in itertools.pairwise(numbers) if after[0] != before[0] + 1]
    assert jumps
    assert all(key for _, key in jumps)
    await _until(lambda: len(relay) == 0)
    assert relay.skipped >= 100


async def test_a_source_not_live_yet_is_waited_for(web: Web) -> None:
    async with web.connect(f"/ws/live/{SOURCE}", "auditor") as connection:
        await _until(lambda: len(web.centre.context.live) == 1)
        web.centre.recorder.media(fragment(1, key=True, init=True))
        assert isinstance((await _receive(connection))[0], InitHeader)


@pytest.mark.parametrize(
    ("role", "source", "code"),
    [(None, SOURCE, 4401), ("manager", "none", 4404), ("administrator", SOURCE, 4403)],
)
async def test_who_may_not_watch_is_told(
    web: Web, role: str | None, source: str, code: int
) -> None:
    async with web.connect(f"/ws/live/{source}", role) as connection:
        await connection.wait_closed()
    assert connection.close_code == code


async def test_a_viewer_is_ended_by_logging_out(web: Web) -> None:
    async with web.connect(f"/ws/live/{SOURCE}", "manager") as connection:
        await _until(lambda: len(web.centre.context.live) == 1)
        async with web.centre.client("manager") as client:
            await client.post("/api/logout", json={})
        async with asyncio.timeout(10):
            await connection.wait_closed()
    assert connection.close_code == 4401


async def test_rubbish_on_the_bus_stops_nothing(centre: Centre) -> None:
    centre.recorder.bus.publish(f"media.{SOURCE}", b"rubbish")
    async with centre.context.live.viewing(SOURCE) as viewer:
        centre.recorder.media(fragment(1, key=True, init=True))
        async with asyncio.timeout(5):
            assert (await viewer.next_fragment()) is not None
