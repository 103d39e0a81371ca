"""Makes Opus from other sound, in a thread of its own: browsers play G.711 from no container.

The only place where the recorder changes media, and only sound; ``media.init`` names the codec it
came in. One transcoder belongs to one track of one connection. The event loop only queues:

* the queue holds ``QUEUE_FRAMES`` packets (four seconds); a full queue drops the new packet, and
  the next frame that comes out carries ``after_loss``, so that the hole is declared;
* frames come back by ``call_soon_threadsafe``; after ``close`` none does.

Times: frames come with RTP times at 48 kHz (``Track`` scales the 8 kHz of G.711). Opus holds sound
back by ``LOOKAHEAD`` samples, which the times of what comes out make good.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import av

from recorder.ingest import g711
from recorder.media import AUDIO_RATE, OPUS, EncodedFrame

logger = logging.getLogger(__name__)

QUEUE_FRAMES = 200  # full: the new packet is dropped and the hole declared
LOOKAHEAD = 312  # samples at 48 kHz by which libopus delays (6.5 ms)
SCALE = AUDIO_RATE // g711.RATE
BITS_PER_S = 32_000
_SAMPLES = 160  # 20 ms at 8 kHz
_STEP = _SAMPLES * SCALE


class Encoder(Protocol):
    """What makes Opus from one codec; used from one thread."""

    def encode(self, frame: EncodedFrame) -> list[EncodedFrame]:
        """The Opus packets completed by this one. Raises FFmpegError or ValueError."""
        ...


class OpusTranscoder:
    """Owned by its connection; ``push`` and ``close`` on the event loop, the rest in its thread."""

    def __init__(
        self,
        deliver: Callable[[EncodedFrame], None],
        make_encoder: Callable[[], Encoder] | None = None,
    ) -> None:
        self._deliver = deliver
        self._make_encoder = make_encoder or G711Encoder
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[EncodedFrame | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._dropped = False
        self.dropped_frames = 0

    def push(self, frame: EncodedFrame) -> None:
        """Queue a packet."""
        if self._closed:
            return
        if self._queue.qsize() >= QUEUE_FRAMES:
            self.dropped_frames += 1
            self._dropped = True
            return
        if self._dropped:
            frame.after_loss, self._dropped = True, False
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="to-opus", daemon=True)
            self._thread.start()
        self._queue.put(frame)

    def close(self) -> None:
        """No more frames; the thread ends by itself."""
        self._closed = True
        self._queue.put(None)

    def _run(self) -> None:
        encoder = self._make_encoder()
        while (frame := self._queue.get()) is not None and not self._closed:
            try:
                made = encoder.encode(frame)
            except (av.FFmpegError, ValueError) as error:
                logger.warning("a packet cannot be made into Opus: %s", error)
                continue
            with contextlib.suppress(RuntimeError):  # the loop closed meanwhile
                for each in made:
                    self._loop.call_soon_threadsafe(self._hand_over, each)

    def _hand_over(self, frame: EncodedFrame) -> None:
        if not self._closed:
            self._deliver(frame)


@dataclass(slots=True)
class _Collected:
    """Samples that do not make an Opus packet yet."""

    samples: bytes = b""
    rtp: int = 0  # of the first of them
    packets: int = 0
    after_loss: bool = False


class G711Encoder:
    """G.711 packets of any length in, Opus packets of 20 ms out. Used from one thread."""

    def __init__(self) -> None:
        self._held = _Collected()
        context = av.CodecContext.create("libopus", "w")
        context.sample_rate = g711.RATE
        context.layout = "mono"
        context.format = av.AudioFormat("s16")
        context.bit_rate = BITS_PER_S
        context.options = {"application": "audio", "frame_duration": "20"}
        self._context = context
        self._pts = 0

    def encode(self, frame: EncodedFrame) -> list[EncodedFrame]:
        """The packets completed by this one; a hole in its RTP times drops what was begun."""
        held = self._held
        expected = held.rtp + len(held.samples) // 2 * SCALE
        if not held.samples or frame.rtp != expected:
            held = self._held = _Collected(rtp=frame.rtp)
        held.samples += g711.linear(frame.codec, frame.data)
        held.packets += frame.packets
        held.after_loss = held.after_loss or frame.after_loss
        made: list[EncodedFrame] = []
        while len(held.samples) >= 2 * _SAMPLES:
            for data in self._opus(held.samples[: 2 * _SAMPLES]):
                made.append(self._made(frame, data, held))
                held.packets, held.after_loss = 0, False
            held.samples = held.samples[2 * _SAMPLES :]
            held.rtp += _STEP
        return made

    def _opus(self, samples: bytes) -> list[bytes]:
        heard = av.AudioFrame(format="s16", layout="mono", samples=_SAMPLES)
        heard.planes[0].update(samples)
        heard.sample_rate = g711.RATE
        heard.pts = self._pts
        self._pts += _SAMPLES
        return [bytes(packet) for packet in self._context.encode(heard)]

    def _made(self, frame: EncodedFrame, data: bytes, held: _Collected) -> EncodedFrame:
        return EncodedFrame(
            "audio",
            OPUS,
            data,
            held.rtp - LOOKAHEAD,
            True,
            frame.arrival_us,
            frame.ssrc,
            held.packets,
            held.after_loss,
            made_from=frame.codec,
        )
