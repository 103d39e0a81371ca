"""Small clips for the tests, made with PyAV: a moving picture and a stereo tone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

RATE = 25
SIZE = (320, 240)


def make_clip(
    path: Path,
    *,
    seconds: float = 4.0,
    video: str | None = "libx264",
    audio: bool = True,
    size: tuple[int, int] = SIZE,
    profile: str = "baseline",
    key_every: int = RATE,
    b_frames: int = 0,
    open_gop: bool = False,
) -> Path:
    """Write a clip; the picture flashes white and the tone sounds in the first 100 ms of each s.

    ``open_gop``: pictures decoded after a key frame are shown before it.
    """
    with av.open(str(path), "w") as container:
        picture: VideoStream | None = None
        sound: AudioStream | None = None
        if video is not None:
            picture = cast(VideoStream, container.add_stream(video, rate=RATE))
            picture.width, picture.height = size
            picture.pix_fmt = "yuv420p"
            picture.codec_context.gop_size = key_every
            picture.codec_context.max_b_frames = b_frames
            if video.startswith("libvpx"):
                picture.options = {"keyint_min": str(key_every)}  # none but those
            if video == "libx264":
                picture.options = {
                    "preset": "ultrafast" if profile == "baseline" else "veryfast",
                    "tune": "zerolatency",
                    "sc_threshold": "0",
                }
                if b_frames:
                    del picture.options["tune"]
                    picture.options |= {"x264-params": f"b-adapt=0:open-gop={int(open_gop)}"}
                picture.codec_context.profile = profile.capitalize()
        if audio:
            sound = container.add_stream("libopus", rate=48_000)
            sound.codec_context.layout = "stereo"
        for index in range(int(seconds * RATE)):
            if picture is not None:
                frame = av.VideoFrame.from_ndarray(_picture(index, size), format="rgb24")
                frame.pts, frame.time_base = index, Fraction(1, RATE)
                container.mux(picture.encode(frame))
        if picture is not None:
            container.mux(picture.encode(None))
        if sound is not None:
            for index in range(int(seconds * 50)):
                heard = av.AudioFrame.from_ndarray(_sound(index), format="s16", layout="stereo")
                heard.sample_rate, heard.pts = 48_000, index * 960
                heard.time_base = Fraction(1, 48_000)
                container.mux(sound.encode(heard))
            container.mux(sound.encode(None))
    return path


def _picture(index: int, size: tuple[int, int]) -> np.ndarray:
    picture = np.full((size[1], size[0], 3), 40, dtype=np.uint8)
    if index % RATE < RATE // 10:
        picture[:] = 250
    left = index * 3 % (size[0] - 16)
    picture[20:36, left : left + 16] = (200, 40, 40)
    return picture


def _sound(index: int) -> np.ndarray:
    at = np.arange(index * 960, (index + 1) * 960) / 48_000
    loud = np.where(at % 1.0 < 0.1, 12_000.0, 0.0)
    left = loud * np.sin(2 * np.pi * 440 * at)
    right = loud * np.sin(2 * np.pi * 880 * at)
    return np.stack([left, right], axis=1).astype(np.int16).reshape(1, -1)
