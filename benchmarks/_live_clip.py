"""A clip as a good camera sends it: 720p30, about 2 Mbit/s, Opus, and a clock in the picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from config.demo.clock_strip import draw_clock

WIDTH, HEIGHT, RATE, SECONDS = 1280, 720, 30, 10
_KEY_EVERY = 2 * RATE


def make_clock_clip(path: Path) -> Path:
    """Write the clip; it loops without a jump of its clock's meaning every ``SECONDS``."""
    noise = np.random.default_rng(7).integers(0, 40, (HEIGHT, WIDTH * 2, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=RATE)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.codec_context.gop_size = _KEY_EVERY
        picture.codec_context.max_b_frames = 0
        picture.bit_rate = 2_000_000
        picture.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "sc_threshold": "0",
            "maxrate": "2M",
            "bufsize": "1M",
        }
        sound = container.add_stream("libopus", rate=48_000)
        sound.codec_context.layout = "stereo"
        for index in range(SECONDS * RATE):
            left = index * 4
            frame = 90 + noise[:, left : left + WIDTH]
            draw_clock(frame, index * 1000 // RATE)
            shown = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            shown.pts, shown.time_base = index, Fraction(1, RATE)
            container.mux(picture.encode(shown))
        container.mux(picture.encode(None))
        for index in range(SECONDS * 50):
            at = np.arange(index * 960, (index + 1) * 960) / 48_000
            tone = (8_000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
            heard = av.AudioFrame.from_ndarray(
                np.stack([tone, tone], axis=1).reshape(1, -1), format="s16", layout="stereo"
            )
            heard.sample_rate, heard.pts = 48_000, index * 960
            heard.time_base = Fraction(1, 48_000)
            container.mux(sound.encode(heard))
        container.mux(sound.encode(None))
    return path
