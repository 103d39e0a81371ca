"""The first frames of a connection, held for a moment to tell how late the very first one was.

Pure. A track is anchored where its first frame arrived (``timeline.py``, 1). When the machine or
the network was held up, seconds of media come at once, and the first of it is late by all of them.
The frames behind it say so: none can have been made after it arrived. One ``Opening`` per
connection; nothing is dropped, and the order is kept.
"""

from __future__ import annotations

import itertools

from recorder.media import RATES, EncodedFrame, Kind
from recorder.timeline import JUMP_US

OPENING_US = 100_000  # between the first frame and the last one that is held
MOST_FRAMES = 1000  # ten seconds of picture and sound
#: The first frame may be late by so much without being placed anew: jitter.
TOLERANCE_US = 20_000


class Opening:
    """Holds frames until it is over; behind that every frame passes at once."""

    def __init__(self) -> None:
        self.over = False
        self._held: list[EncodedFrame] = []

    def add(self, frame: EncodedFrame) -> bool:
        """Take a frame; whether what is held can be placed now."""
        self._held.append(frame)
        waited_us = frame.arrival_us - self._held[0].arrival_us
        return waited_us >= OPENING_US or len(self._held) >= MOST_FRAMES

    def due(self, now_us: int) -> bool:
        """Whether something is held and nothing more is worth waiting for."""
        return bool(self._held) and now_us - self._held[0].arrival_us >= OPENING_US

    def release(self) -> tuple[list[EncodedFrame], dict[Kind, int]]:
        """What is held, and how late the first frame of each track came; over from here on."""
        held, self._held = self._held, []
        self.over = self.over or bool(held)
        return held, {kind: _late_us([f for f in held if f.kind == kind]) for kind in RATES}


def _late_us(frames: list[EncodedFrame]) -> int:
    """How much later than the fastest of these frames the first one came; 0 for next to nothing."""
    late_us = ahead_us = 0
    for before, frame in itertools.pairwise(frames):
        step_us = (frame.decode_rtp - before.decode_rtp) * 1_000_000 // RATES[frame.kind]
        gained_us = step_us - (frame.arrival_us - before.arrival_us)
        if abs(gained_us) > JUMP_US:
            break  # another clock from here on
        ahead_us += gained_us
        late_us = max(late_us, ahead_us)
    return late_us if late_us > TOLERANCE_US else 0
