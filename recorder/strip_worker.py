"""Draws strips of what was recorded: loudness, and small pictures (``python -m`` this module).

The parent writes one ``StripOrder`` as a line on standard input and reads one ``StripLine``. The
process may be killed at any moment; it writes nothing, and touches neither the recorder's files nor
its log. A segment whose bytes are not those of the log is not drawn.
"""

from __future__ import annotations

import hashlib
import io
import resource
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import msgspec
import numpy as np
from numpy.typing import NDArray

from evidence_store.errors import EvidenceError
from evidence_store.sealed_media import SealedMedia, media_of
from recorder.strip_order import LOUDEST, NOTHING, STEP_US, StripLine, StripOrder, StripSegment

STILL_HEIGHT = 72
_MEMORY_BYTES = 2 << 30
_JPEG_QUALITY = 5  # quantiser of mjpeg, 2 is best


def main() -> int:
    """Carry out the order on standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=StripOrder)
    line = (
        StripLine(loudness=loudness(order).tobytes())
        if order.values
        else StripLine(pictures=pictures(order))
    )
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    return 0


def loudness(order: StripOrder) -> NDArray[np.uint8]:
    """The peak of every step, loudest channel; ``NOTHING`` where no sound was recorded."""
    media = media_of(Path(order.store))
    peaks = np.full(order.values, -1.0, np.float32)
    for run in _runs(order.segments):
        data = _sound_bytes(media, run)
        if data:
            _add_run(peaks, data, run[0].start_us - order.start_us)
    scaled = np.clip(np.round(peaks * LOUDEST), 0, LOUDEST).astype(np.uint8)
    scaled[peaks < 0] = NOTHING
    return scaled


def pictures(order: StripOrder) -> dict[int, bytes]:
    """The key frame each segment begins with, small."""
    media = media_of(Path(order.store))
    found: dict[int, bytes] = {}
    for segment in order.segments:
        init = _read(media, segment.log, segment.init, segment.init_sha256)
        data = _read(media, segment.log, segment.path, segment.sha256)
        picture = _picture(init + data) if init and data else None
        if picture:
            found[segment.start_us] = picture
    return found


def _runs(segments: list[StripSegment]) -> Iterator[list[StripSegment]]:
    """Segments of one init that follow each other."""
    run: list[StripSegment] = []
    for segment in segments:
        if run and (segment.init, segment.log) != (run[-1].init, run[-1].log):
            yield run
            run = []
        run.append(segment)
    if run:
        yield run


def _sound_bytes(media: SealedMedia, run: list[StripSegment]) -> bytes:
    first = run[0]
    parts = [_read(media, first.log, first.init, first.init_sha256)]
    if not parts[0]:
        return b""
    parts += [_read(media, one.log, one.path, one.sha256) for one in run]
    return b"".join(parts) if any(parts[1:]) else b""


def _read(media: SealedMedia, log: str, path: str, sha256: str) -> bytes:
    """The bytes the log speaks of; none when they are gone, locked or others."""
    try:
        data = media.read(log, path)
    except (EvidenceError, OSError):
        return b""
    return data if hashlib.sha256(data).hexdigest() == sha256 else b""


def _add_run(peaks: NDArray[np.float32], data: bytes, begin_us: int) -> None:
    try:
        with av.open(cast(Any, io.BytesIO(data)), "r") as container:
            zero_us = container.start_time or 0
            for frame in container.decode(*container.streams.audio[:1]):
                if frame.pts is None or frame.time_base is None:
                    continue
                at_us = begin_us + round(frame.pts * frame.time_base * 1_000_000) - zero_us
                _add(peaks, cast(av.AudioFrame, frame), at_us)
    except (av.FFmpegError, ValueError):
        return  # what was drawn so far stays; the rest shows as nothing


def _add(peaks: NDArray[np.float32], frame: av.AudioFrame, at_us: int) -> None:
    samples = np.asarray(frame.to_ndarray())
    loud = np.abs(samples.astype(np.float32)).max(axis=0)
    if samples.dtype.kind == "i":
        loud /= float(np.iinfo(str(samples.dtype)).max)
    if not frame.format.is_planar:
        channels = max(1, frame.layout.nb_channels)
        loud = loud[: len(loud) // channels * channels].reshape(-1, channels).max(axis=1)
    for first in range(0, len(loud), max(1, frame.sample_rate // 100)):
        step = (at_us + first * 1_000_000 // frame.sample_rate) // STEP_US
        if 0 <= step < len(peaks):
            part = loud[first : first + frame.sample_rate // 100]
            peaks[step] = max(peaks[step], float(part.max()))


def _picture(data: bytes) -> bytes | None:
    try:
        with av.open(cast(Any, io.BytesIO(data)), "r") as container:
            for frame in container.decode(*container.streams.video[:1]):
                if isinstance(frame, av.VideoFrame):
                    return _jpeg(frame)
    except (av.FFmpegError, ValueError):
        return None
    return None


def _jpeg(frame: av.VideoFrame) -> bytes:
    width = max(2, round(frame.width * STILL_HEIGHT / max(1, frame.height)) & ~1)
    small = frame.reformat(width, STILL_HEIGHT, "yuvj420p")
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, STILL_HEIGHT, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.qmin = encoder.qmax = _JPEG_QUALITY
    small.pts, small.time_base = 0, encoder.time_base
    packets = [*encoder.encode(small), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


if __name__ == "__main__":
    sys.exit(main())
