"""Devices that push: real ffmpeg over RTMP and RTSP into the real store."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import socket
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import av
import pytest

from config import messages as m
from config import recorder_messages as rm
from config.bus import Refused
from recorder import pushes
from tests.recorder.clip_maker import make_clip
from tests.recorder.harness import Lab, running
from tests.recorder.test_end_to_end import check_account, file_of, marks, segments_of

WAIT_S = 45.0
KEY = "the-right_key"


async def _centre(method: str, payload: bytes) -> bytes:
    assert method == "admit_publisher"
    asked = m.decode(payload, rm.AdmitPublisher)
    if asked.key != KEY:
        raise Refused("token_unknown", "ask for another")
    admitted = rm.Admitted(
        source=asked.source,
        source_name="Drone",
        source_kind="drone",
        session="s-one",
        room="site",
        channels=["unknown"],
    )
    return m.encode(admitted)


@contextlib.asynccontextmanager
async def listening(store: Path) -> AsyncIterator[Lab]:
    """A recorder with both listeners, an open session and somebody who checks keys."""
    ports = {"rtmp_port": _free_port(), "rtsp_port": _free_port()}
    async with (
        running(store, push_bind="127.0.0.1", **ports) as lab,
        lab.bus.serve(m.CENTRE, _centre),
    ):
        await lab.open()
        yield lab
        await lab.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def address(lab: Lab, protocol: str, key: str = KEY) -> str:
    port = lab.service.pushes.ports[protocol]
    if protocol == "rtmp":
        return f"rtmp://127.0.0.1:{port}/push/cam/{key}"
    return f"rtsp://cam:{key}@127.0.0.1:{port}/cam"


@contextlib.asynccontextmanager
async def ffmpeg(clip: Path, url: str, *audio: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Debian's ffmpeg pushes a clip over and over."""
    flv = url.startswith("rtmp")
    out = ["-f", "flv"] if flv else ["-f", "rtsp", "-rtsp_transport", "tcp"]
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1"),
        *("-i", str(clip), "-c:v", "copy", *audio, *out, url),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def recorded(lab: Lab) -> int:
    return len(lab.heard.of("protected"))


def _epochs(lab: Lab, wanted: int) -> bool:
    return len(lab.entries("media.init")) == wanted


def check_pictures(lab: Lab) -> None:
    for body in segments_of(lab):
        with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
            assert sum(1 for _ in container.decode(video=0)) == body["frames"]


@pytest.mark.parametrize(
    ("protocol", "audio", "came_as"),
    [
        ("rtmp", ("-c:a", "aac"), "AAC"),
        ("rtsp", ("-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1"), "PCMA"),
        ("rtsp", ("-c:a", "copy"), ""),
    ],
)
async def test_records_what_is_pushed(
    tmp_path: Path, clip_path: Path, protocol: str, audio: tuple[str, ...], came_as: str
) -> None:
    async with listening(tmp_path) as lab, ffmpeg(clip_path, address(lab, protocol), *audio):
        await lab.heard.until(lambda: recorded(lab) >= 3, WAIT_S)
    check_pictures(lab)
    check_account(lab)
    init = lab.entries("media.init")[0]["body"]
    assert init["audio"].get("transcoded_from", "") == came_as
    assert (init["video"]["width"], init["video"]["height"]) == (320, 240)
    found = [marks(file_of(lab, body)) for body in segments_of(lab)[1:3]]
    for flashes, sounds in found:
        for flash in flashes[1:]:
            assert min(abs(flash - sound) for sound in sounds) < 0.12, found


async def test_b_frames_over_rtmp(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "b.mp4", audio=False, profile="high", b_frames=2)
    async with listening(tmp_path / "store") as lab, ffmpeg(clip, address(lab, "rtmp"), "-an"):
        await lab.heard.until(lambda: recorded(lab) >= 2, WAIT_S)
    check_account(lab)
    init = lab.entries("media.init")[0]["body"]
    files = [lab.root / body["path"] for body in segments_of(lab)]
    whole = (lab.root / init["path"]).read_bytes() + b"".join(f.read_bytes() for f in files)
    with av.open(io.BytesIO(whole), "r") as container:
        shown = [round((picture.time or 0) * 1e6) for picture in container.decode(video=0)]
    assert len(shown) == sum(body["frames"] for body in segments_of(lab))
    steps = [b - a for a, b in itertools.pairwise(shown)]
    assert [step for step in steps[:-3] if abs(step - 40_000) >= 3_000] == []


@pytest.mark.parametrize("protocol", ["rtmp", "rtsp"])
async def test_a_wrong_key_and_a_second_publisher_are_refused(
    tmp_path: Path, clip_path: Path, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushes, "WRONG_KEY_S", 0.1)
    async with listening(tmp_path) as lab:
        async with ffmpeg(clip_path, address(lab, protocol, "wrong"), "-an") as process:
            async with asyncio.timeout(WAIT_S):
                assert await process.wait() != 0
        assert lab.entries("recording.open") == []
        async with ffmpeg(clip_path, address(lab, protocol), "-an"):
            await lab.heard.until(lambda: recorded(lab) >= 1, WAIT_S)
            async with ffmpeg(clip_path, address(lab, protocol), "-an") as process:
                async with asyncio.timeout(WAIT_S):
                    assert await process.wait() != 0
            before = recorded(lab)
            await lab.heard.until(lambda: recorded(lab) > before, WAIT_S)
    assert len(lab.entries("media.init")) == 1


async def test_a_device_that_comes_back_goes_on_in_the_same_recording(
    tmp_path: Path, clip_path: Path
) -> None:
    async with listening(tmp_path) as lab:
        for connection in (1, 2):
            async with ffmpeg(clip_path, address(lab, "rtmp"), "-an"):
                await lab.heard.until(partial(_epochs, lab, connection), WAIT_S)
            await lab.heard.until(lambda: lab.heard.of("state")[-1].state == "offline", WAIT_S)
    check_account(lab)
    assert len(lab.entries("recording.open")) == 1
    assert "all" in [e["body"]["track"] for e in lab.entries("media.gap")]


async def test_rubbish_udp_and_too_many_connections_are_turned_away(
    tmp_path: Path, clip_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushes, "MAX_WAITING", 3)
    async with listening(tmp_path) as lab:
        for port, rubbish in zip(lab.service.pushes.ports.values(), _rubbish(), strict=True):
            for data in rubbish:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(data)
                async with asyncio.timeout(WAIT_S):
                    await reader.read()
                writer.close()
        port = lab.service.pushes.ports["rtmp"]
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        await asyncio.sleep(0.2)
        reader, extra = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(WAIT_S):
            assert await reader.read() == b""
        for _, writer in held:
            writer.close()
        extra.close()
        url = f"rtsp://cam:{KEY}@127.0.0.1:{lab.service.pushes.ports['rtsp']}/cam"
        await asyncio.sleep(0.3)
        process = await asyncio.create_subprocess_exec(
            *("ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-i", str(clip_path)),
            *("-c", "copy", "-f", "rtsp", "-rtsp_transport", "udp", url),
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(WAIT_S):
            _, said = await process.communicate()
        assert b"461" in said or b"Unsupported" in said


def _rubbish() -> Iterator[list[bytes]]:
    yield [
        b"GET / HTTP/1.1\r\n\r\n" * 100,
        b"\x06" + bytes(1536),
        b"\x03" + bytes(3072) + b"\xff" * 99,
    ]
    yield [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 20_000, b"ANNOUNCE rtsp://x/a/b RTSP/1.0\r\n\r\n"]
