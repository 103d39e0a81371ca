"""Reads the demo's clips for tests: pictures, sound per channel, a channel as a WAV file."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av import AudioFrame, VideoFrame
from numpy.typing import NDArray

RATE_HZ = 48_000


def gray_frames(clip: Path) -> Iterator[tuple[float, bool, NDArray[np.uint8]]]:
    """(time in seconds, is key frame, grey picture) of every frame."""
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="gray").astype(np.uint8, copy=False)
            yield _seconds(frame), frame.key_frame, picture


def channels(clip: Path) -> NDArray[np.float32]:
    """All sound, one row a channel, at 48 kHz from the clip's second 0."""
    parts = []
    with av.open(str(clip)) as container:
        for frame in container.decode(audio=0):
            start = round(_seconds(frame) * RATE_HZ)
            plane = frame.to_ndarray()
            if frame.format.is_planar is False:
                plane = plane.reshape(-1, frame.layout.nb_channels).T
            parts.append(plane[:, max(0, -start) :])
    return np.concatenate(parts, axis=1).astype(np.float32)


def write_channel_wav(
    clip: Path, channel: int, path: Path, start_s: float = 0.0, length_s: float | None = None
) -> None:
    """One channel of a clip as a 48 kHz mono WAV file: the fake microphone of a browser test."""
    sound = channels(clip)[channel]
    first = round(start_s * RATE_HZ)
    last = None if length_s is None else first + round(length_s * RATE_HZ)
    whole = np.clip(sound[first:last] * 32767, -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(whole.tobytes())


def _seconds(frame: VideoFrame | AudioFrame) -> float:
    assert frame.pts is not None
    assert frame.time_base is not None
    return float(frame.pts * frame.time_base)
