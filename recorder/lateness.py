"""How late a track's frames arrive, measured so that jitter does not count.

Pure. The frames that came fastest say where the publisher's clock stands against ours: the least
lateness of half a minute is the network's own delay, and when it moves it is the clocks that drift
apart (or the route that changed, which cannot be told apart and is followed slowly all the same).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

WINDOW_US = 10_000_000
WINDOWS = 3


@dataclass(slots=True)
class Lateness:
    """Of one track since its anchor."""

    deviation_us: int = 0  # least lateness now, against the beginning
    over_us: int = 0  # the time between the two; 0 while nothing can be said
    _first: tuple[int, int] | None = None  # least lateness at the beginning, and when it was
    _since_us: int | None = None
    _least: tuple[int, int] = (0, 0)
    _minima: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=WINDOWS))

    def add(self, arrival_us: int, late_us: int) -> bool:
        """A frame came so late; true when ``deviation_us`` is new."""
        if self._since_us is not None and arrival_us - self._since_us < WINDOW_US:
            if late_us < self._least[0]:
                self._least = (late_us, arrival_us)
            return False
        began, self._since_us = self._since_us is None, arrival_us
        least, self._least = self._least, (late_us, arrival_us)
        if began:
            return False
        self._minima.append(least)
        if len(self._minima) < WINDOWS:
            return False
        now_us, at_us = min(self._minima)
        if self._first is None:
            self._first = (now_us, at_us)
        self.deviation_us = now_us - self._first[0]
        self.over_us = at_us - self._first[1]
        return True

    @property
    def least_us(self) -> int:
        """The least lateness of the last half minute, or of less when it began later."""
        return min([self._least, *self._minima])[0]

    def moved(self, by_us: int) -> None:
        """The timeline was moved towards arrival."""
        self.deviation_us -= by_us
        self._least = (self._least[0] - by_us, self._least[1])
        if self._minima:
            moved = [(late_us - by_us, at_us) for late_us, at_us in self._minima]
            self._minima = deque(moved, maxlen=WINDOWS)

    def anchored(self, by_us: int) -> None:
        """The timeline was put right at once; what that leaves is measured anew."""
        deviation_us = self.deviation_us
        self.moved(by_us)
        self.deviation_us = deviation_us

    def rebased(self, by_us: int) -> None:
        """The timeline was moved for another reason than lateness: nothing has drifted."""
        self.anchored(by_us)
        if self._first is not None:
            self._first = (self._first[0] - by_us, self._first[1])
