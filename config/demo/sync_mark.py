"""The mark that shows whether sound and picture are together: a white square and a soft click.

Every ten seconds a white square stands in the picture for three frames, and at the moment the
first of them begins a 10 ms burst of 9.5 kHz sounds on every channel. The pitch lies above what
the recogniser hears (it works on 16 kHz sound), so the click never becomes a word.

Only numpy, for the same reason as in ``clock_strip``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PERIOD_S = 10
LIT_FRAMES = 3
CLICK_HZ = 9_500
CLICK_S = 0.010
CLICK_LEVEL = 0.06  # of full scale
#: The square: fractions of width and height (left, top, right, bottom).
SQUARE = (0.95, 0.93, 0.975, 0.975)
_LIT_LEVEL = 170
_HEARD_LEVEL = CLICK_LEVEL / 6


def is_marked(frame_number: int, frames_per_s: int) -> bool:
    """Whether this frame of a clip carries the square; never in the first seconds."""
    period = PERIOD_S * frames_per_s
    return frame_number >= period and frame_number % period < LIT_FRAMES


def draw_square(frame: NDArray[np.uint8]) -> None:
    """Put the white square into a picture in place."""
    height, width = frame.shape[:2]
    left, top, right, bottom = SQUARE
    frame[
        round(top * height) : round(bottom * height), round(left * width) : round(right * width)
    ] = 235


def is_lit(gray_frame: NDArray[np.uint8]) -> bool:
    """Whether the square stands in this decoded picture."""
    height, width = gray_frame.shape
    left, top, right, bottom = SQUARE
    inset_x, inset_y = (right - left) / 4, (bottom - top) / 4
    square = gray_frame[
        round((top + inset_y) * height) : round((bottom - inset_y) * height),
        round((left + inset_x) * width) : round((right - inset_x) * width),
    ]
    return float(square.mean()) > _LIT_LEVEL


def click(rate_hz: int) -> NDArray[np.float32]:
    """The burst, with soft ends."""
    count = round(CLICK_S * rate_hz)
    t = np.arange(count) / rate_hz
    burst = CLICK_LEVEL * np.hanning(count) * np.sin(2 * np.pi * CLICK_HZ * t)
    return burst.astype(np.float32)


def click_times_s(samples: NDArray[np.float32], rate_hz: int) -> list[float]:
    """When clicks begin in the samples of one channel, to a quarter of a millisecond."""
    step = rate_hz // 4000
    count = len(samples) // step
    turn = np.exp(-2j * np.pi * CLICK_HZ / rate_hz * np.arange(count * step))
    mixed = (samples[: count * step] * turn).reshape(count, step).sum(axis=1)
    window = np.hanning(round(CLICK_S * rate_hz / step))
    strength = np.abs(np.convolve(mixed, window)) / (step * window.sum())
    times: list[float] = []
    for edge in np.flatnonzero(np.diff((strength > _HEARD_LEVEL).astype(np.int8)) == 1):
        peak = edge + int(np.argmax(strength[edge : edge + len(window)]))
        begin = float((peak - len(window) + 1) * step / rate_hz)
        if not times or begin - times[-1] > 1:
            times.append(begin)
    return times
