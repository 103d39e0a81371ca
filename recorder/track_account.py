"""The account of one track: its time is recorded, a gap or a pause, to the microsecond.

Pure. ``until_us - start_us == recorded_us + gap_us + pause_us`` always. An account begins with
the track's first frame, or where the track was first withheld. What is missing from the whole
recording comes from the ``Ledger``; what is missing from this track alone is found here, from the
frames of each segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.words import GapCause
from recorder.media import Kind, TimedFrame
from recorder.pause import JOINT_US, Pause, split_hole

LOSS_HOLE_US = 100_000  # a hole after lost packets, or beside a gap, is a gap from here on
PAUSE_HOLE_US = 1_000_000  # a publisher that sends less is no gap until here
PICTURE_US = 33_333  # how long the last picture of a run lasts when the one before does not say


@dataclass(slots=True, frozen=True)
class Gap:
    """Media is missing between two bounds; ``pause`` names the order when it was withheld."""

    start_us: int
    end_us: int
    cause: GapCause
    pause: str = ""

    @property
    def length_us(self) -> int:
        """How long it lasts."""
        return self.end_us - self.start_us


@dataclass(slots=True)
class TrackAccount:
    """Owned by a ``Ledger``, which copies it to plan and keeps the copy once it is in the log."""

    kind: Kind
    start_us: int
    until_us: int  # everything before is accounted for
    recorded_us: int = 0
    gap_us: int = 0
    pause_us: int = 0
    gaps: int = 0
    fresh: bool = True  # nothing recorded since the beginning or the last hole of the whole
    after: str = ""  # the pause that ended at until_us
    picture_us: int = PICTURE_US

    @property
    def balanced(self) -> bool:
        """The identity."""
        accounted = self.recorded_us + self.gap_us + self.pause_us
        return self.until_us - self.start_us == accounted

    def take(self, timed: TimedFrame, pauses: Sequence[Pause], cause: GapCause) -> list[Gap]:
        """The next frame is recorded; returns what is missing before it."""
        frame = timed.frame
        missing: list[Gap] = []
        if timed.start_us > self.until_us:
            sudden = frame.after_loss or self.fresh
            if frame.after_loss:
                cause = GapCause.NETWORK
            elif not self.fresh:
                cause = GapCause.PUBLISHER
            limit_us = LOSS_HOLE_US if sudden else PAUSE_HOLE_US
            missing = self.hole(timed.start_us, pauses, cause, limit_us)
        self._record(timed.start_us + self._length(timed))
        self.fresh, self.after = False, ""
        return missing

    def hole(
        self, end_us: int, pauses: Sequence[Pause], cause: GapCause, limit_us: int
    ) -> list[Gap]:
        """No frame of this track up to ``end_us``; what is no longer than the limit is none."""
        if end_us - self.until_us <= JOINT_US:
            self._record(end_us)
            return []
        found: list[Gap] = []
        for start_us, until_us, pause in split_hole(self.until_us, end_us, pauses, self.after):
            if pause is None and until_us - start_us <= limit_us:
                self._record(until_us)
                continue
            found.append(Gap(start_us, until_us, cause, pause.id if pause is not None else ""))
            self._miss(found[-1])
            self.gaps += 0 if pause is not None else 1
        return found

    def skip(self, whole: Gap) -> None:
        """The whole recording has this hole; it adjoins or overlaps what is accounted for."""
        if self.until_us > whole.start_us:  # a packet that reaches into the hole
            over_us = min(self.until_us, whole.end_us) - max(whole.start_us, self.start_us)
            over_us = max(0, over_us)
            self.recorded_us -= over_us
            self.until_us -= over_us
        if whole.end_us > self.until_us:
            self._miss(Gap(self.until_us, whole.end_us, whole.cause, whole.pause))
            self.gaps += 0 if whole.pause else 1
        self.fresh = True

    def _record(self, until_us: int) -> None:
        if until_us > self.until_us:
            self.recorded_us += until_us - self.until_us
            self.until_us = until_us

    def _miss(self, gap: Gap) -> None:
        if gap.pause:
            self.pause_us += gap.length_us
        else:
            self.gap_us += gap.length_us
        self.until_us, self.after = gap.end_us, gap.pause

    def _length(self, timed: TimedFrame) -> int:
        if self.kind == "audio":
            return timed.duration_us
        if 0 < timed.duration_us < LOSS_HOLE_US:
            self.picture_us = timed.duration_us
        return self.picture_us
