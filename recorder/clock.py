"""One steady UTC clock for the whole life of the recorder.

UTC as read once at the start, carried on by the monotonic clock, so it never steps: a timeline of
evidence must not jump because time synchronisation set the system clock. What this cannot give:
when the system clock is corrected while the process runs, entries keep the offset of the start
until the next start. Every entry also carries the monotonic clock, so such an offset can be seen
and bounded afterwards.
"""

from __future__ import annotations

from config.clock import Clock


class SteadyClock:
    """UTC microseconds that only ever grow, at the rate of the monotonic clock."""

    def __init__(self, clock: Clock) -> None:
        self._mono_us = clock.mono_us
        self._offset_us = clock.now_us() - clock.mono_us()

    def now_us(self) -> int:
        """UTC now, steady."""
        return self._mono_us() + self._offset_us

    def mono_us(self) -> int:
        """The monotonic clock."""
        return self._mono_us()
