"""Silent microphones of one source, from levels and from what arrives. Pure.

A channel is silent when its level stays under ``silent_dbfs`` for ``silent_us``; a room with a
working microphone is louder than that even when nobody speaks. A source whose sound stops arriving
although its picture goes on is silent on every channel.
"""

from __future__ import annotations

from collections.abc import Sequence


class SoundFaults:
    """The channels of one source. Times are of the session's timeline."""

    def __init__(self, silent_dbfs: float, silent_us: int) -> None:
        self._silent_dbfs = silent_dbfs
        self._silent_us = silent_us
        self._quiet_since: dict[int, int] = {}
        self._channels = 0
        self._newest_us = 0
        self._arrived_us = 0  # last sound, on the caller's monotonic clock
        self.judged = False  # enough was heard to say that nothing is wrong

    def arrived(self, mono_us: int) -> None:
        """Sound came in, whatever it is."""
        self._arrived_us = mono_us

    def level(self, t_us: int, rms_dbfs: Sequence[float]) -> None:
        """How loud the channels are."""
        self._channels = len(rms_dbfs)
        self._newest_us = max(self._newest_us, t_us)
        for channel, loudness in enumerate(rms_dbfs):
            if loudness >= self._silent_dbfs:
                self._quiet_since.pop(channel, None)
                self.judged = True
            else:
                self._quiet_since.setdefault(channel, t_us)

    def held(self, mono_us: int, now_us: int) -> dict[int, int]:
        """Silent channels and since when; -1 is all of them, because nothing arrives."""
        if self._arrived_us and mono_us - self._arrived_us >= self._silent_us:
            return {-1: now_us - (mono_us - self._arrived_us)}
        return {
            channel: since
            for channel, since in self._quiet_since.items()
            if channel < self._channels and self._newest_us - since >= self._silent_us
        }

    def start_over(self) -> None:
        """Sound was withheld, or the source came back: what was before says nothing."""
        self._quiet_since.clear()
        self._arrived_us = 0
        self.judged = False
