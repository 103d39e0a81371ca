"""Accounts for every microsecond of a recording: recorded, or missing with a cause.

Pure. The identity it upholds by construction: what has been accounted for equals
``recorded_us + gap_us + pause_us``, with no overlap. A gap counts when its entry is in the log,
a segment when its file and entry are.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.words import GapCause

#: Holes shorter than this are rounding, not loss; the segment before is taken to fill them.
ROUNDING_US = 2_000


@dataclass(slots=True, frozen=True)
class Gap:
    """Media is missing between two bounds."""

    start_us: int
    end_us: int
    cause: GapCause

    @property
    def length_us(self) -> int:
        """How long it lasts."""
        return self.end_us - self.start_us


class Ledger:
    """The account of one recording."""

    def __init__(self, start_us: int) -> None:
        self.start_us = start_us
        self.end_us = start_us  # everything before is accounted for
        self.recorded_us = 0
        self.gap_us = 0
        self.pause_us = 0
        self.gaps = 0
        self.segments = 0
        self._known: list[Gap] = []

    def note(self, start_us: int, end_us: int, cause: GapCause) -> None:
        """Remember why media will be missing here; the first reason given for a time holds."""
        if end_us > start_us:
            self._known.append(Gap(start_us, end_us, cause))

    def gaps_until(self, until_us: int, otherwise: GapCause) -> list[Gap]:
        """The hole from the account's end to ``until_us`` by its causes; changes nothing."""
        position = self.end_us
        pieces: list[Gap] = []
        while position < until_us:
            cause, end_us = self._cause_at(position, until_us, otherwise)
            if pieces and pieces[-1].cause == cause:
                pieces[-1] = Gap(pieces[-1].start_us, end_us, cause)
            else:
                pieces.append(Gap(position, end_us, cause))
            position = end_us
        return pieces

    def declare(self, gaps: list[Gap]) -> None:
        """These gaps, adjoining the account's end, are in the log."""
        for gap in gaps:
            assert gap.start_us == self.end_us, "gaps must adjoin what is accounted for"
            self.end_us = gap.end_us
            self.gap_us += gap.length_us
            self.gaps += 1
        self._known = [gap for gap in self._known if gap.end_us > self.end_us]

    def record(self, start_us: int, end_us: int) -> None:
        """This segment, adjoining the account's end, is in the log."""
        assert start_us == self.end_us, "a segment must adjoin what is accounted for"
        self.recorded_us += end_us - start_us
        self.end_us = end_us
        self.segments += 1

    @property
    def balanced(self) -> bool:
        """The identity."""
        accounted = self.recorded_us + self.gap_us + self.pause_us
        return self.end_us - self.start_us == accounted

    def _cause_at(self, at_us: int, until_us: int, otherwise: GapCause) -> tuple[GapCause, int]:
        end_us = until_us
        for gap in self._known:
            if gap.start_us <= at_us < gap.end_us:
                return gap.cause, min(gap.end_us, until_us)
            if at_us < gap.start_us < end_us:
                end_us = gap.start_us
        return otherwise, end_us
