"""Whether sound and picture of a recording are together: reads the clips' marks from the package.

Every ten seconds the clips show a white square and sound a click at the same instant
(``config.demo.sync_mark``). What lies between them in the recording is the error of the whole way:
publisher, network, muxer.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from config.demo.sync_mark import click_times_s, is_lit

_RATE_HZ = 48_000
#: A click further than this from any square belongs to a square that was not recorded.
_NEAR_S = 0.5


def sync_errors_ms(folder: Path) -> list[float]:
    """Sound behind picture, for each mark in the recording of one source (its media folder)."""
    errors: list[float] = []
    for init in sorted(folder.glob("e*-init.mp4")):
        epoch = init.name.partition("-")[0]
        segments = sorted(folder.glob(f"{epoch}-[0-9]*.m4s"))
        whole = b"".join(path.read_bytes() for path in [init, *segments])
        errors += _errors_ms(_squares_s(whole), _clicks_s(whole))
    return errors


def _errors_ms(squares: Sequence[float], clicks: Sequence[float]) -> list[float]:
    errors = []
    for click in clicks:
        nearest = min(squares, key=lambda square: abs(click - square), default=None)
        if nearest is not None and abs(click - nearest) < _NEAR_S:
            errors.append((click - nearest) * 1000)
    return errors


def _squares_s(recording: bytes) -> list[float]:
    """When squares appear; the first frame of each."""
    times: list[float] = []
    was_lit = True  # a square the recording begins in has no known beginning
    with av.open(io.BytesIO(recording), "r", format="mp4") as container:
        if not container.streams.video:
            return []
        for frame in container.decode(video=0):
            lit = is_lit(np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8))
            if lit and not was_lit and frame.time is not None:
                times.append(frame.time)
            was_lit = lit
    return times


def _clicks_s(recording: bytes) -> list[float]:
    """When clicks sound; a hole in the sound is silence of its length."""
    parts: list[tuple[int, NDArray[np.float32]]] = []
    with av.open(io.BytesIO(recording), "r", format="mp4") as container:
        if not container.streams.audio:
            return []
        for frame in container.decode(audio=0):
            if frame.pts is None or frame.time_base is None:
                continue
            plane = np.asarray(frame.to_ndarray(), dtype=np.float32)
            channel = plane[0] if frame.format.is_planar else plane[0, :: frame.layout.nb_channels]
            parts.append((round(Fraction(frame.pts) * frame.time_base * _RATE_HZ), channel))
    if not parts:
        return []
    first = parts[0][0]
    sound = np.zeros(max(at + len(part) for at, part in parts) - first, np.float32)
    for at, part in parts:
        sound[at - first : at - first + len(part)] = part
    return [first / _RATE_HZ + time for time in click_times_s(sound, _RATE_HZ)]
