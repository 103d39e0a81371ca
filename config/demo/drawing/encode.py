"""Pictures and sound to one MP4 file: H.264 with a key frame every second, Opus at 48 kHz."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from config.demo.drawing.voices import RATE_HZ, Samples

FRAMES_PER_S = 15
SIZE = (640, 360)
OPUS_FRAME = RATE_HZ // 50


def write_clip(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    channels: list[Samples],
    *,
    quality: int,
    sound_bits_per_s: int,
) -> None:
    """Encode pictures (RGB, 15 a second) and one or two channels of sound."""
    sound = np.stack(channels)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = _video_stream(container, quality)
        audio = container.add_stream("libopus", rate=RATE_HZ)
        audio.layout = "stereo" if len(channels) == 2 else "mono"
        audio.bit_rate = sound_bits_per_s
        audio.options = {"application": "audio", "vbr": "on", "compression_level": "10"}
        heard = 0
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            frame.time_base = Fraction(1, FRAMES_PER_S)
            container.mux(video.encode(frame))
            heard = _encode_until(container, audio, sound, heard, (number + 1) / FRAMES_PER_S)
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _video_stream(container: av.container.OutputContainer, quality: int) -> VideoStream:
    video = container.add_stream("libx264", rate=FRAMES_PER_S)
    video.width, video.height = SIZE
    video.pix_fmt = "yuv420p"
    video.time_base = Fraction(1, FRAMES_PER_S)
    # One thread and fixed parameters: the same pictures give the same bytes.
    parameters = f"keyint={FRAMES_PER_S}:min-keyint={FRAMES_PER_S}:scenecut=0:bframes=0:threads=1"
    video.options = {
        "profile": "baseline",
        "preset": "slow",
        "crf": str(quality),
        "x264-params": parameters,
    }
    return video


def _encode_until(
    container: av.container.OutputContainer,
    audio: AudioStream,
    sound: NDArray[np.float32],
    heard: int,
    until_s: float,
) -> int:
    """Encode whole Opus frames up to this time; returns how many samples are done."""
    while heard + OPUS_FRAME <= min(sound.shape[1], round(until_s * RATE_HZ)):
        part = np.ascontiguousarray(sound[:, heard : heard + OPUS_FRAME].T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(part, format="flt", layout=audio.layout.name)
        frame.sample_rate = RATE_HZ
        frame.pts = heard
        frame.time_base = Fraction(1, RATE_HZ)
        container.mux(audio.encode(frame))
        heard += OPUS_FRAME
    return heard
