"""The ticks of one session, looked at as they pass: one a second, pauses included.

Standard library only (part of the verifier inside a package). A tick says how many seconds before
it have none (``missed``): its recorder was away, held up, or its disk was full. What it does not
say is time that nobody watched over. Ticks without ``missed`` are of an older recorder and prove
nothing either way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence_store.entry import Entry

#: A tick may come this much later than the second it stands for.
TICK_SLACK_US = 2_500_000
_SECOND_US = 1_000_000
_MOST_KEPT = 20


@dataclass
class TickRun:
    """Fed in the order of the log; keeps the time last accounted for and what did not fit."""

    last: Entry | None = None  # the session's opening, then the last tick
    number: int = 0
    count: int = 0
    missed: int = 0  # seconds declared without a tick
    unwatched: list[tuple[int, int]] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)  # times of ticks that cannot be

    def opened(self, entry: Entry) -> None:
        """The session begins."""
        if self.last is None:
            self.last = entry

    def add(self, entry: Entry) -> None:
        """A tick."""
        number, missed = entry.body.get("n"), entry.body.get("missed")
        if type(number) is not int or type(missed) is not int or missed < 0:
            self.last = None
            return
        if (number <= self.number or self._since(entry) <= 0) and len(self.doubled) < _MOST_KEPT:
            self.doubled.append(entry.t_us)
        self.look(entry, missed)
        self.number = max(self.number, number)
        self.count += 1
        self.missed += missed
        self.last = entry

    def look(self, entry: Entry, missed: int) -> None:
        """Whether the time up to this entry is explained."""
        allowed_us = (missed + 1) * _SECOND_US + TICK_SLACK_US
        if self._since(entry) > allowed_us and len(self.unwatched) < _MOST_KEPT:
            assert self.last is not None
            self.unwatched.append((self.last.t_us, entry.t_us))

    def _since(self, entry: Entry) -> int:
        """Microseconds since the last one: by the monotonic clock, unless the machine restarted."""
        if self.last is None:
            return 1
        if self.last.boot == entry.boot:
            return entry.mono_us - self.last.mono_us
        return max(1, entry.t_us - self.last.t_us)
