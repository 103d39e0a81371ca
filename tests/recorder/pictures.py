"""Pictures as cameras give them, made from the demo clips, and really coded as live fragments."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from config.demo import CLIPS

Grey = NDArray[np.uint8]
RATE = 10


@functools.cache
def views(clip: str, count: int, *, every_s: int = 2) -> tuple[Grey, ...]:
    """Luma of key frames of a demo clip, one every so many seconds."""
    found: list[Grey] = []
    with av.open(str(CLIPS / f"{clip}.mp4")) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        for number, frame in enumerate(container.decode(stream)):
            if number % every_s == 0:
                found.append(np.asarray(frame.to_ndarray(format="gray"), np.uint8))
            if len(found) == count:
                break
    return tuple(found)


def noisy(picture: Grey, seed: int, sigma: float = 2.0) -> Grey:
    """With the noise of a sensor."""
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def black(picture: Grey, seed: int) -> Grey:
    """The light is off or the lens cap is on."""
    return noisy(np.full_like(picture, 10), seed, 3.0)


def covered(picture: Grey, seed: int) -> Grey:
    """A hand or a cloth before the lens: a soft grey with a gradient, and noise."""
    across = np.linspace(60, 130, picture.shape[1])[None, :]
    down = np.linspace(-15, 15, picture.shape[0])[:, None]
    return noisy((across + down).astype(np.uint8), seed)


def moved(picture: Grey, seed: int, share: float = 0.12) -> Grey:
    """The camera was turned: everything stands elsewhere, and new things come in at one side."""
    shift = int(picture.shape[1] * share)
    return noisy(np.roll(np.roll(picture, shift, axis=1), shift // 3, axis=0), seed)


def coded(
    pictures: Iterable[Grey], codec: str = "libx264", **options: str
) -> Iterator[tuple[bytes, bytes]]:
    """Each picture as a key frame of a live fragment: its init segment and its bytes."""
    webm = codec != "libx264"
    for picture in pictures:
        out = io.BytesIO()
        flags = {} if webm else {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
        with av.open(out, "w", format="webm" if webm else "mp4", options=flags) as container:
            stream = cast(VideoStream, container.add_stream(codec, rate=RATE))
            stream.height, stream.width = picture.shape
            stream.pix_fmt = "yuv420p"
            given: dict[str, Any] = {"crf": "26", "preset": "veryfast"} if not webm else {}
            stream.options = given | options
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = 0, Fraction(1, RATE)
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        raw = out.getvalue()
        cut = raw.index(b"\x1f\x43\xb6\x75") if webm else raw.index(b"moof") - 4
        yield raw[:cut], raw[cut:]


def clip_path(clip: str) -> Path:
    """Where a demo clip lies."""
    return CLIPS / f"{clip}.mp4"
