"""The clock port: wall time and monotonic time in microseconds. Tests bring their own."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks of one machine."""

    def now_us(self) -> int:
        """UTC wall time; may be stepped by time synchronisation."""
        ...

    def mono_us(self) -> int:
        """Monotonic time of this boot; never goes back."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        """UTC wall time; may be stepped by time synchronisation."""
        return time.time_ns() // 1000

    def mono_us(self) -> int:
        """Monotonic time of this boot; never goes back."""
        return time.monotonic_ns() // 1000
