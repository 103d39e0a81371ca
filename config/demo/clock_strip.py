"""A clock that machines can read in the picture: 18 blocks along the bottom edge.

Layout, from the left, each block 1/40 of the width and 1/40 of the height:

    white | 15 data blocks, most significant first | parity | black

The data blocks hold the frame's time in centiseconds (0 to 327.67 s) as a Gray code, so that a
frame caught between two times cannot read as a third. The parity block makes the number of white
data and parity blocks even. The two outer blocks calibrate: what lies nearer to the first is
white. Times from 327.68 s on wrap to 0; a reader that knows roughly where it is adds the turns
(``nearest``).

Only numpy: the strip is read in tests and in the demo, which own no picture library.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

DATA_BLOCKS = 15
BLOCKS = DATA_BLOCKS + 3
WRAP_MS = (1 << DATA_BLOCKS) * 10
#: Blocks that would fit along the whole edges; a block is this fraction of width and height.
ACROSS, DOWN = 40, 60
WHITE, BLACK = 140, 16
#: Black and white must differ by this many grey levels, or there is no strip.
MINIMUM_CONTRAST = 50


def blocks_of(ms: int) -> list[bool]:
    """The 18 blocks that say this time; True is white."""
    value = (ms // 10) % (1 << DATA_BLOCKS)
    gray = value ^ (value >> 1)
    data = [bool(gray >> shift & 1) for shift in reversed(range(DATA_BLOCKS))]
    return [True, *data, sum(data) % 2 == 1, False]


def draw_clock(frame: NDArray[np.uint8], ms: int) -> None:
    """Write the time into the bottom edge of a picture (height, width[, colours]) in place."""
    height, width = frame.shape[:2]
    top = height - height // DOWN
    for index, white in enumerate(blocks_of(ms)):
        left = index * width // ACROSS
        right = (index + 1) * width // ACROSS
        frame[top:, left:right] = WHITE if white else BLACK


def read_clock(gray_frame: NDArray[np.uint8]) -> int | None:
    """The time in milliseconds (a multiple of 10, below ``WRAP_MS``), or None without a strip."""
    if gray_frame.ndim != 2 or gray_frame.shape[0] < DOWN or gray_frame.shape[1] < ACROSS * 4:
        return None
    levels = [_level(gray_frame, index) for index in range(BLOCKS)]
    white, black = levels[0], levels[-1]
    if white - black < MINIMUM_CONTRAST:
        return None
    threshold = (white + black) / 2
    bits = [level > threshold for level in levels[1:-1]]
    if sum(bits) % 2:
        return None
    value = 0
    for bit in bits[:DATA_BLOCKS]:
        value = value << 1 | (bit ^ (value & 1))
    return value * 10


def nearest(ms: int, expected_ms: int) -> int:
    """The time that reads as ``ms`` and lies nearest to the expected one."""
    turns = round((expected_ms - ms) / WRAP_MS)
    return ms + max(0, turns) * WRAP_MS


def _level(frame: NDArray[np.uint8], index: int) -> float:
    """Mean grey of the middle of a block; its edges are blurred by compression."""
    height, width = frame.shape
    block_w = width / ACROSS
    block_h = height / DOWN
    left = round((index + 0.3) * block_w)
    right = max(left + 1, round((index + 0.7) * block_w))
    top = round(height - 0.7 * block_h)
    bottom = max(top + 1, round(height - 0.2 * block_h))
    return float(frame[top:bottom, left:right].mean())
