"""Publishers of other kinds, the clip reader, and WHIP over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import ssl
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from config import recorder_messages as rm
from recorder.ingest import webrtc_publisher
from recorder.ingest.clip import Clip, ClipError, ClipPacket
from recorder.ingest.h264 import nal_units
from recorder.ingest.webrtc_publisher import Publisher
from recorder.ingest.whip_client import SignallingError, WhipClient
from tests.recorder.clip_maker import make_clip
from tests.recorder.harness import Lab, running
from tests.recorder.test_end_to_end import check_account, file_of, segments_of


class Pictures(MediaStreamTrack):
    """A camera that aiortc encodes; the size doubles after a while."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._index = 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0.04)
        self._index += 1
        size = 1 if self._index < 60 else 2
        picture = np.full((120 * size, 160 * size, 3), self._index % 255, dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = self._index * 3600, Fraction(1, 90_000)
        return frame


@contextlib.asynccontextmanager
async def camera(lab: Lab, mime: str) -> AsyncIterator[None]:
    """aiortc's own encoder, in one codec."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = peer.addTransceiver(Pictures(), direction="sendonly")
    codecs = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([c for c in codecs if c.mimeType == mime])
    await peer.setLocalDescription(await peer.createOffer())
    answer = await lab.signalling().offer(peer.localDescription.sdp)
    assert "rtcp-mux-only" in answer.sdp
    await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
    try:
        yield
    finally:
        await peer.close()


@pytest.mark.parametrize("mime", ["video/VP8", "video/H264"])
async def test_an_encoder_that_answers_key_frame_requests(tmp_path: Path, mime: str) -> None:
    async with running(tmp_path, key_frame_seconds=1.0) as lab:
        await lab.open()
        async with camera(lab, mime):
            await lab.heard.until(lambda: len(lab.entries("media.init")) >= 2, 30)
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) > before)
        await lab.heard.until(lambda: lab.heard.of("state")[-1].state == "offline")
        await lab.close()
        inits = [entry["body"] for entry in lab.entries("media.init")]
        kind = "webm" if mime == "video/VP8" else "mp4"
        assert [i["video"]["width"] for i in inits][:2] == [160, 320]
        assert all(i["mime"].startswith(f"video/{kind}") for i in inits)
        for body in segments_of(lab):
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                assert sum(1 for _ in container.decode(video=0)) == body["frames"]
        check_account(lab)


async def test_a_publisher_finds_the_restarted_recorder_by_itself(
    tmp_path: Path, clip: Clip
) -> None:
    async with running(tmp_path) as first:
        await first.open()
        signalling = first.signalling()
        publisher = Publisher(clip, signalling)
        task = asyncio.create_task(publisher.run())
        await first.heard.until(lambda: len(first.heard.of("protected")) >= 1)
    await asyncio.sleep(0.5)
    async with running(tmp_path) as second:
        begun = asyncio.get_running_loop().time()
        signalling._lab = second
        await second.heard.until(lambda: second.heard.of("protected"), 10)
        assert asyncio.get_running_loop().time() - begun < 7
        publisher.stop()
        await task
        await second.close()
        assert "recorder" in {entry["body"]["cause"] for entry in second.entries("media.gap")}
        check_account(second)


def test_a_clip_is_annex_b_with_parameter_sets_before_each_key_frame(clip: Clip) -> None:
    keys = [packet for packet in clip.video if packet.key]
    assert [packet.at_us for packet in keys] == [0, 1_000_000, 2_000_000, 3_000_000]
    for packet in keys:
        kinds = [unit[0] & 0x1F for unit in nal_units(packet.data)]
        assert kinds.index(7) < kinds.index(8) < kinds.index(5)
    assert clip.end_us == 4_000_000
    assert len(clip.audio) == 200


def test_a_clip_goes_on_for_ever_without_going_back(clip: Clip) -> None:
    for kind, step_us in (("video", 40_000), ("audio", 20_000)):
        packets = clip.packets_from(kind, 0)  # type: ignore[arg-type]
        times = [next(packets).at_us for _ in range(1000)]
        steps = [after - before for before, after in itertools.pairwise(times)]
        assert all(step_us <= step < 2 * step_us for step in steps)


def test_a_clip_can_be_entered_anywhere() -> None:
    video = [ClipPacket(i * 40_000, b"v", i % 25 == 0) for i in range(100)]
    audio = [ClipPacket(i * 20_000, b"\xfc", True) for i in range(200)]
    clip = Clip(video, audio, 1_500_000)
    assert clip.loop_from_us == 2_000_000
    late = clip.packets_from("video", 1_010_000)
    first = next(late)
    assert (first.at_us, first.key) == (2_000_000, True)
    far = clip.packets_from("audio", 1_000_000_007)
    assert next(far).at_us == 1_000_020_000
    looped = clip.packets_from("video", 3_980_000)
    assert [(p.at_us, p.key) for p in (next(looped), next(looped))] == [
        (4_000_000, True),
        (4_040_000, False),
    ]


def test_clips_that_cannot_be_published_say_why(tmp_path: Path) -> None:
    for content, match in ((b"", "cannot read"), (b"junk" * 100, "cannot read")):
        path = tmp_path / "bad.mp4"
        path.write_bytes(content)
        with pytest.raises(ClipError, match=match):
            Clip.read(path)
    with pytest.raises(ClipError, match=r"H\.264"):
        Clip.read(make_clip(tmp_path / "v.webm", video="libvpx", seconds=0.2, audio=False))
    with pytest.raises(ClipError, match="neither"):
        Clip([], [], 0)
    with pytest.raises(ClipError, match="key frame"):
        Clip([ClipPacket(0, b"", False)], [], 0)
    with pytest.raises(SystemExit):
        webrtc_publisher.main(["--clip", "x"])
    assert webrtc_publisher.main(["--clip", "none", "--url", "http://x", "--token", "t"]) == 2


class TinyServer:
    """Answers each request with the next of some replies; keeps what was asked."""

    def __init__(self, *replies: bytes) -> None:
        self.replies = list(replies)
        self.asked: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [
            line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        self.asked.append(head + body)
        writer.write(self.replies.pop(0))
        await writer.drain()
        writer.close()
        await writer.wait_closed()


async def test_whip_over_http() -> None:
    served = TinyServer(
        b"HTTP/1.1 201 Created\r\nLocation: /whip/cam/abc\r\nContent-Length: 3\r\n"
        b"Connection: close\r\n\r\nsdp",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    context = ssl.create_default_context()
    client = WhipClient(f"http://127.0.0.1:{port}/whip/cam", "secret", context)
    async with server:
        accepted = await client.offer("v=0")
        assert accepted.sdp == "sdp"
        assert accepted.resource == f"http://127.0.0.1:{port}/whip/cam/abc"
        await client.delete(accepted.resource)
        with pytest.raises(SignallingError, match="503") as refused:
            await client.offer("v=0")
        assert refused.value.retry_s == 7
    await client.delete("")
    await client.delete(accepted.resource)
    with pytest.raises(SignallingError, match="cannot reach"):
        await client.offer("v=0")
    offer, deletion, _ = served.asked
    assert offer.startswith(b"POST /whip/cam ")
    assert b"authorization: bearer secret" in offer.lower()
    assert offer.endswith(b"v=0")
    assert deletion.startswith(b"DELETE /whip/cam/abc ")


async def test_live_cache_is_empty_for_a_source_that_is_not_live(tmp_path: Path) -> None:
    async with running(tmp_path) as lab:
        cache = await lab.ask("live_cache", rm.LiveCacheRequest(source="none"), rm.LiveCache)
        assert cache.fragments == []
