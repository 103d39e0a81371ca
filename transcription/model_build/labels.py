"""Frame labels: one output every 30 ms, two per phone.

Output ``2p`` is the first frame of phone ``p`` and ``2p+1`` every further one; phone 0 is
silence. Every phone gets at least one frame, however short it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

OUTPUT_MS = 30.0
_CENTRE_MS = 12.5  # middle of a 25 ms window


def frame_labels(
    phones: Sequence[tuple[float, str]], feature_frames: int, numbers: Mapping[str, int]
) -> npt.NDArray[np.int64]:
    """Labels of one sentence; ``numbers`` maps a phone to 1.. and lacks silence."""
    runs: list[tuple[float, int]] = [(0.0, 0)]
    for start_ms, name in phones:
        number = numbers[name] if name else 0
        if number or runs[-1][1]:
            runs.append((start_ms, number))
    count = (feature_frames + 2) // 3
    firsts: list[int] = []
    for start_ms, _ in runs:
        nearest = math.ceil((start_ms - _CENTRE_MS) / OUTPUT_MS)
        firsts.append(max(firsts[-1] + 1 if firsts else 0, nearest, 0))
    labels = np.full(count, -1, np.int64)
    for (_, number), first, end in zip(runs, firsts, [*firsts[1:], count], strict=True):
        if first < count:
            labels[first : min(end, count)] = 2 * number + 1
            labels[first] = 2 * number
    return labels
