"""Files as a body camera makes them, and a live source that publishes the same pictures."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import httpx
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from command_centre.api.app import create_app
from command_centre.db.accounts import Arrival, add_source_token
from command_centre.desk.context import CentreContext, database_path
from command_centre.desk.opening import open_centre
from config.clock import SystemClock
from config.messages import RECORDER, Done, decode, encode
from config.recorder_messages import WhipAnswer, WhipDelete, WhipOffer
from config.settings import load
from evidence_store.sealer import Sealer
from recorder.ingest.clip import Clip
from recorder.ingest.webrtc_publisher import Publisher
from recorder.ingest.whip_client import Accepted
from recorder.service import RecorderService
from tests.command_centre.centre import PASSWORD, seeded_database
from tests.evidence_store.builder import ORIGIN, open_writer
from tests.fakes.memory_bus import Exchange, MemoryBus

RATE = 15
TUS = {"Tus-Resumable": "1.0.0"}
SOURCE = "bodycam-02"


def body_camera_file(
    path: Path,
    *,
    seconds: float,
    video: str | None = "libx264",
    audio: str | None = "libopus",
    b_frames: int = 0,
    key_every: int = RATE,
    seed: int = 7,
    heard_from_s: float = 0.0,
) -> Path:
    """A file in which no two pictures are alike, with a sound as uneven as speech.

    The sound is the same in every file; ``heard_from_s`` is where in it this file begins.
    """
    loudness = np.random.default_rng(99).uniform(20.0, 9000.0, 400)
    random = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        picture: VideoStream | None = None
        if video is not None:
            picture = cast(VideoStream, container.add_stream(video, rate=RATE))
            picture.width, picture.height, picture.pix_fmt = 160, 120, "yuv420p"
            picture.codec_context.gop_size = key_every
            picture.codec_context.max_b_frames = b_frames
            if video == "libx264":
                picture.options = {"preset": "ultrafast", "sc_threshold": "0"}
                picture.options |= {"tune": "zerolatency"} if b_frames == 0 else {}
            if video.startswith("libvpx"):
                picture.options = {"deadline": "realtime", "cpu-used": "8"}
        sound: AudioStream | None = None
        if audio is not None:
            sound = cast(AudioStream, container.add_stream(audio, rate=48_000))
            sound.codec_context.layout = "stereo"
        for index in range(int(seconds * RATE)):
            if picture is None:
                break
            blocks = random.integers(40, 220, (8, 10, 3), dtype=np.uint8)
            shown = np.repeat(np.repeat(blocks, 15, axis=0), 16, axis=1)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(picture.encode(frame))
        if picture is not None:
            container.mux(picture.encode(None))
        if sound is not None:
            size = 960 if audio == "libopus" else 1024
            for index in range(int(seconds * 48_000) // size):
                at = np.arange(index * size, (index + 1) * size) / 48_000 + heard_from_s
                loud = loudness[(at / 0.15).astype(int) % len(loudness)]
                wave = loud * np.sin(2 * np.pi * 440 * at)
                both = np.stack([wave, wave], axis=0).astype(np.float32) / 32768
                heard = av.AudioFrame.from_ndarray(both, format="fltp", layout="stereo")
                if audio == "libopus":
                    ready = np.stack([wave, wave], axis=1).astype(np.int16).reshape(1, -1)
                    heard = av.AudioFrame.from_ndarray(ready, format="s16", layout="stereo")
                heard.sample_rate, heard.pts = 48_000, index * size
                heard.time_base = Fraction(1, 48_000)
                container.mux(sound.encode(heard))
            container.mux(sound.encode(None))
    return path


class Signalling:
    """Carries offers over the bus, as the centre does."""

    def __init__(self, bus: MemoryBus, session: str, room: str, source: str) -> None:
        self._bus = bus
        self._session = session
        self._room = room
        self._source = source

    async def offer(self, sdp: str) -> Accepted:
        """See recorder.ingest.webrtc_publisher.Signalling."""
        request = WhipOffer(
            source=self._source,
            source_name="记录仪",
            source_kind="body_camera",
            session=self._session,
            room=self._room,
            channels=["unknown"],
            sdp=sdp,
        )
        reply = await self._bus.request(RECORDER, "whip_offer", encode(request), timeout_s=20)
        answer = decode(reply, WhipAnswer)
        return Accepted(answer.sdp, answer.resource)

    async def delete(self, resource: str) -> None:
        """See recorder.ingest.webrtc_publisher.Signalling."""
        request = WhipDelete(source=self._source, resource=resource)
        reply = await self._bus.request(RECORDER, "whip_delete", encode(request), timeout_s=20)
        decode(reply, Done)


@dataclass
class House:
    """A recorder and a centre, both real, in one process."""

    centre: CentreContext
    bus: MemoryBus
    store: Path
    client: httpx.AsyncClient

    @contextlib.asynccontextmanager
    async def publishing(
        self, clip: Clip, session: str, start_at_us: int, room: str = "site"
    ) -> AsyncIterator[None]:
        """A live source; the clip's zero stands at ``start_at_us``."""
        signalling = Signalling(self.bus, session, room, SOURCE)
        publisher = Publisher(clip, signalling, start_at_us=start_at_us)
        task = asyncio.create_task(publisher.run())
        try:
            yield
        finally:
            publisher.stop()
            async with asyncio.timeout(30):
                await task

    async def cookie(self, account: str) -> str:
        """Log somebody in; accounts of the seed are called after their role."""
        cookie, _ = await self.centre.logins.log_in(account, PASSWORD, Arrival("127.0.0.1"))
        return cookie

    async def token(self, source: str = SOURCE) -> dict[str, str]:
        """Headers of a source."""
        now_us = self.centre.clock.now_us()
        token = await self.centre.database.write(
            lambda writing: add_source_token(writing, source, now_us=now_us)
        )
        return {"Authorization": f"Bearer {token}"}

    async def hand_over(self, path: Path, **said: Any) -> str:
        """Upload a file whole; returns its address."""
        pairs = {"source": SOURCE, "filename": path.name, **said}
        metadata = ",".join(
            f"{key} {base64.b64encode(str(value).encode()).decode()}"
            for key, value in pairs.items()
        )
        headers = {**await self.token(), **TUS}
        data = await asyncio.to_thread(path.read_bytes)
        made = await self.client.post(
            "/uploads",
            headers={**headers, "Upload-Length": str(len(data)), "Upload-Metadata": metadata},
        )
        assert made.status_code == 201, made.text
        at = made.headers["location"]
        kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        sent = await self.client.patch(at, content=data, headers={**headers, **kind})
        assert sent.status_code == 204, sent.text
        return at

    async def ended(self, at: str, *states: str) -> dict[str, Any]:
        """Wait until an upload is filed or refused (or one of ``states``)."""
        headers = await self.token()
        wanted = states or ("filed", "refused")
        async with asyncio.timeout(90):
            while True:
                view: dict[str, Any] = (await self.client.get(at, headers=headers)).json()
                if view["state"] in wanted:
                    return view
                await asyncio.sleep(0.1)

    async def segments(self, session: str) -> list[tuple[int, int]]:
        """Live segments so far, from the database."""
        from sqlalchemy import select

        from command_centre.db import schema

        table = schema.segment
        rows = await self.centre.database.read(
            lambda connection: connection.execute(
                select(table).where(table.c.session_id == session).order_by(table.c.start_us)
            ).all()
        )
        return [(row.start_us, row.start_us + row.duration_us) for row in rows]

    async def recorded_until(self, session: str, until_us: int) -> None:
        """Wait until the live recording is protected up to a time."""
        async with asyncio.timeout(60):
            while not any(end >= until_us for _, end in await self.segments(session)):
                await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def house(
    store: Path,
    *,
    new: bool = True,
    encryption: str = "machine",
    retention: dict[str, Any] | None = None,
    session_keys: bool = False,
    interview: dict[str, Any] | None = None,
) -> AsyncIterator[House]:
    """Open both on a store."""
    exchange, clock = Exchange(), SystemClock()
    settings = load(
        overrides={
            "store": {"directory": str(store), "minimum_free_bytes": 0, "stop_free_bytes": 0},
            "recorder": {"segment_seconds": 1.0, "watchdog_seconds": 2.0},
            "retention": retention or {},
            "interview": interview or {},
        }
    )
    sealer = Sealer.of_store(store / "recorder-1", ORIGIN, encryption)
    keys: dict[str, Any] = {"host_keys": True, "session_keys": True} if session_keys else {}
    writer = await asyncio.to_thread(open_writer, store, checkpoint_ms=20, sealer=sealer, **keys)
    if new:
        seeded_database(database_path(store))
    try:
        async with (
            RecorderService(exchange.bus(), writer, settings, clock, store / "recorder-1"),
            open_centre(settings, exchange.bus(), clock) as context,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=create_app(context)),
                base_url="http://centre.test",
            ) as client,
        ):
            yield House(context, exchange.bus(), store, client)
    finally:
        await asyncio.to_thread(writer.close)


def now_us() -> int:
    """UTC."""
    return time.time_ns() // 1000
