"""Where a recogniser's clock lies on the session timeline.

The recogniser counts only audio it was fed. Each time the two clocks part (a hole that was not
filled with silence), an anchor is added; between anchors both run at the same rate. Pure: it
decides, the track acts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from transcription.recogniser import SAMPLE_RATE

#: Differences up to this are jitter of the timeline, not holes.
TOLERANCE_US = 60_000
#: A hole up to this is filled with silence, so that a word is not torn from its utterance.
LONGEST_FILL_US = 2_000_000

_KEPT_ANCHORS = 64


def to_samples(duration_us: int) -> int:
    """Samples in a duration, rounded."""
    return round(duration_us * SAMPLE_RATE / 1_000_000)


def to_us(samples: int) -> int:
    """Duration of samples, rounded."""
    return round(samples * 1_000_000 / SAMPLE_RATE)


@dataclass(frozen=True)
class Step:
    """What to do before feeding a piece: drop its first samples, or feed silence, or cut."""

    drop: int = 0  # samples of the piece that were already heard
    silence: int = 0  # samples of silence to feed first
    cut: bool = False  # end the utterance: the hole is too long to fill


class Timeline:
    """Maps fed samples to session time; grows with every piece."""

    def __init__(self) -> None:
        self._anchors: list[tuple[int, int]] = []  # (samples fed, session time there)
        self._fed = 0

    @property
    def fed(self) -> int:
        """Samples fed so far."""
        return self._fed

    @property
    def position_us(self) -> int | None:
        """Session time up to which audio was fed; None before the first piece."""
        if not self._anchors:
            return None
        fed, at_us = self._anchors[-1]
        return at_us + to_us(self._fed - fed)

    def plan(self, start_us: int, samples: int) -> Step:
        """How a piece of ``samples`` that starts at ``start_us`` joins what was fed."""
        position = self.position_us
        if position is None:
            return Step()
        hole_us = start_us - position
        if hole_us > LONGEST_FILL_US:
            return Step(cut=True)
        if hole_us > TOLERANCE_US:
            return Step(silence=to_samples(hole_us))
        if hole_us < -TOLERANCE_US:
            return Step(drop=min(samples, to_samples(-hole_us)))
        return Step()

    def anchor(self, start_us: int) -> None:
        """From here on the session time of the next sample is ``start_us``."""
        position = self.position_us
        if position is not None and abs(start_us - position) <= TOLERANCE_US:
            return
        self._anchors.append((self._fed, start_us))
        del self._anchors[:-_KEPT_ANCHORS]

    def advance(self, samples: int) -> None:
        """That many samples were fed."""
        self._fed += samples

    def start_us(self, recogniser_us: int) -> int:
        """Session time at which something on the recogniser's clock begins."""
        fed = to_samples(recogniser_us)
        return self._map(recogniser_us, bisect_right(self._anchors, fed, key=_fed))

    def end_us(self, recogniser_us: int) -> int:
        """Session time at which something ends: at a hole, before it."""
        fed = to_samples(recogniser_us)
        return self._map(recogniser_us, bisect_left(self._anchors, fed, key=_fed))

    def _map(self, recogniser_us: int, after: int) -> int:
        if not self._anchors:
            return recogniser_us
        index = max(0, after - 1)
        base, at_us = self._anchors[index]
        return at_us + recogniser_us - to_us(base)


def _fed(anchor: tuple[int, int]) -> int:
    return anchor[0]
