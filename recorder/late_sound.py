"""Places a late file by its sound: the loudness of what came live and of the file, laid together.

A phone records locally with another encoder than it sends with, so no picture is the same; the
microphone is. Loudness every 10 ms is compared where file and live recording overlap by the
device's clock, shifted by up to ``REACH_US``. A place is believed when it fits well and no other
place fits nearly as well: silence and a regular beat tell nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from recorder.late_media import LateMediaError, open_media
from recorder.late_plan import Placing
from recorder.late_session import PastSession, live_containers

BIN_US = 10_000
REACH_US = 3_000_000
#: So much of file and live recording must overlap.
_LEAST_BINS = 200
#: More than this is not needed, and decoding costs.
_MOST_BINS = 12_000
_FITS = 0.7
_APART = 0.1
_NEIGHBOUR_BINS = 20

Loudness = NDArray[np.float64]


def place_by_sound(
    path: Path, root: Path, past: PastSession, source: str, clock_us: int, length_us: int
) -> Placing | None:
    """The place that the sound tells, or None when it tells nothing."""
    reach = REACH_US // BIN_US
    length = min(length_us // BIN_US + 1, _MOST_BINS)
    end_us = clock_us + length * BIN_US + REACH_US
    live = np.zeros(length + 2 * reach)
    begin_us = clock_us - REACH_US
    for _, container, origin_us in live_containers(root, past, source, begin_us, end_us):
        with container:
            _add_loudness(live, container, origin_us - begin_us)
    own = np.zeros(length)
    try:
        with path.open("rb") as file, open_media(file) as container:
            first = container.start_time or 0
            _add_loudness(own, container, -first)
    except LateMediaError:
        return None
    shift = best_shift(own, live)
    if shift is None:
        return None
    return Placing("sound", ((0, begin_us + shift * BIN_US),), 0)


def best_shift(own: Loudness, live: Loudness) -> int | None:
    """How far into ``live`` the file begins, in bins; None when that is not clear."""
    heard, known = live > 0, own > 0
    a, b = np.log10(own + 1e-9), np.log10(live + 1e-9)
    fits = np.full(len(live) - len(own) + 1, -1.0)
    for shift in range(len(fits)):
        both = known & heard[shift : shift + len(own)]
        if int(both.sum()) < _LEAST_BINS:
            continue
        x, y = a[both], b[shift : shift + len(own)][both]
        x, y = x - x.mean(), y - y.mean()
        scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
        fits[shift] = float((x * y).sum()) / scale if scale > 1e-9 else -1.0
    best = int(fits.argmax())
    others = np.concatenate(
        [fits[: max(0, best - _NEIGHBOUR_BINS)], fits[best + _NEIGHBOUR_BINS + 1 :]]
    )
    next_best = float(others.max()) if len(others) else -1.0
    return best if fits[best] >= _FITS and fits[best] - next_best >= _APART else None


def _add_loudness(bins: Loudness, container: Any, offset_us: int) -> None:
    """Add the power of a container's sound; a time before the bins or after them is left out."""
    if not container.streams.audio:
        return
    try:
        for frame in container.decode(container.streams.audio[0]):
            if frame.pts is None or frame.time_base is None:
                continue
            at_us = float(frame.pts * frame.time_base) * 1e6 + offset_us
            if at_us > len(bins) * BIN_US:
                return
            power = _power(frame)
            times = at_us + np.arange(len(power)) * 1e6 / frame.sample_rate
            where = (times // BIN_US).astype(int)
            inside = (where >= 0) & (where < len(bins))
            np.add.at(bins, where[inside], power[inside] + 1e-12)
    except av.FFmpegError:
        return  # what was heard so far counts


def _power(frame: Any) -> Loudness:
    """Power of each sample, of all channels together."""
    data = frame.to_ndarray().astype(np.float64)
    if data.shape[0] == 1 and frame.layout.nb_channels > 1:  # packed
        data = data.reshape(-1, frame.layout.nb_channels).T
    if not frame.format.name.startswith(("flt", "dbl")):
        data = data / 32768.0
    return np.asarray((data * data).mean(axis=0), dtype=np.float64)
