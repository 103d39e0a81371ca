"""How far the live picture is behind: decodes what a viewer gets and reads the clock in it.

The publisher sends each frame at its time on the timeline, so the delay of a frame is the moment
its fragment arrived here minus the moment its time stood on the timeline. What a browser adds
(its buffer and the screen) is not in this figure.
"""

from __future__ import annotations

import asyncio
import io
import json
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed

from command_centre.demo_desk import Desk
from command_centre.demo_timeline import Timeline
from config.demo.clock_strip import nearest, read_clock

_HEADER = struct.Struct("!I")


@dataclass
class LiveProbe:
    """One viewer of one source; ``delays_ms`` grows while it watches."""

    source: str
    timeline: Timeline
    delays_ms: list[float] = field(default_factory=list)
    unreadable: int = 0
    fragments: int = 0

    async def run(self, desk: Desk) -> None:
        """Watch until cancelled; a stream that ends or is lost is joined again."""
        while True:
            try:
                async with desk.open_socket(f"/ws/live/{self.source}") as socket:
                    decoder = FragmentDecoder()
                    async for message in socket:
                        arrived_us = time.time_ns() // 1000
                        if isinstance(message, bytes):
                            await self._take(decoder, message, arrived_us)
            except (ConnectionClosed, OSError):
                pass  # the centre or the source went away; try again
            await asyncio.sleep(0.5)

    async def _take(self, decoder: FragmentDecoder, message: bytes, arrived_us: int) -> None:
        header, data = split(message)
        if header["kind"] == "init":
            decoder.begin(data)
            return
        if header["kind"] != "fragment":
            return
        self.fragments += 1
        try:
            pictures = await asyncio.to_thread(lambda: list(decoder.decode(data)))
        except av.FFmpegError:
            self.unreadable += 1
            return
        if self.fragments <= JOINING_FRAGMENTS:
            return  # what was cached for the join is late by design
        for picture in pictures:
            shown = read_clock(picture)
            if shown is None:
                self.unreadable += 1
                continue
            now_ms = self.timeline.story_ms(arrived_us) % CLIP_MS
            behind_ms = now_ms - nearest(shown, now_ms)
            if behind_ms < -CLIP_MS / 2:  # the clip has just begun anew
                behind_ms += CLIP_MS
            self.delays_ms.append(behind_ms)


#: Length of a room's clip, which begins anew when it ends.
CLIP_MS = 334_000
#: Fragments of the join (up to one key frame interval) that say nothing about delay.
JOINING_FRAGMENTS = 15


def split(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and bytes of one message of ``/ws/live``."""
    (length,) = _HEADER.unpack_from(message)
    header: dict[str, Any] = json.loads(message[4 : 4 + length])
    return header, message[4 + length :]


class FragmentDecoder:
    """Decodes the video of fragments, which one by one are no files."""

    def __init__(self) -> None:
        self._init = b""
        self._decoder: VideoCodecContext | None = None

    def begin(self, init: bytes) -> None:
        """A new epoch: what follows belongs to this init segment."""
        self._init = init
        self._decoder = None

    def decode(self, fragment: bytes) -> Iterator[NDArray[np.uint8]]:
        """Grey pictures of one fragment."""
        with av.open(io.BytesIO(self._init + fragment), "r", format="mp4") as container:
            if not container.streams.video:
                return  # a stretch of sound alone
            stream = container.streams.video[0]
            if self._decoder is None:
                decoder = av.CodecContext.create(stream.codec_context.name, "r")
                assert isinstance(decoder, VideoCodecContext)
                decoder.extradata = stream.codec_context.extradata
                decoder.thread_count = 1
                decoder.flags |= av.codec.context.Flags.low_delay
                self._decoder = decoder
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                for frame in self._decoder.decode(packet):
                    yield np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)
