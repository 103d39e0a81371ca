"""Accounts for every microsecond of a recording: recorded, missing with a cause, or withheld.

Pure. The identity it upholds by construction: what has been accounted for equals
``recorded_us + gap_us + pause_us``, with no overlap; for the recording as a whole and for each of
its tracks. A gap counts when its entry is in the log, a segment when its file and entry are:
``plan`` says what would have to be declared, ``commit`` follows once it is durable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from config.words import GapCause
from recorder.media import Kind, TimedFrame
from recorder.pause import PauseBook, split_hole
from recorder.track_account import LOSS_HOLE_US, PAUSE_HOLE_US, Gap, TrackAccount

__all__ = ["Gap", "Ledger", "Plan", "TrackAccount"]


@dataclass(slots=True)
class Plan:
    """What must stand in the log before the next segment, and the account after it."""

    gaps: list[Gap]  # of the whole recording
    track_gaps: list[tuple[Kind, Gap]] = field(default_factory=list)
    tracks: dict[Kind, TrackAccount] = field(default_factory=dict)
    end_us: int = 0
    recorded_us: int = 0


class Ledger:
    """The account of one recording."""

    def __init__(self, start_us: int, pauses: PauseBook | None = None) -> None:
        self.start_us = start_us
        self.end_us = start_us  # everything before is accounted for
        self.recorded_us = 0
        self.gap_us = 0
        self.pause_us = 0
        self.gaps = 0
        self.segments = 0
        self.tracks: dict[Kind, TrackAccount] = {}
        self._pauses = pauses or PauseBook()
        self._withheld: dict[Kind, int] = {}  # where a track began that was never recorded
        self._known: list[Gap] = []

    def note(self, start_us: int, end_us: int, cause: GapCause) -> None:
        """Remember why media will be missing here; the first reason given for a time holds."""
        if end_us > start_us:
            self._known.append(Gap(start_us, end_us, cause))

    def withheld(self, kind: Kind, at_us: int) -> None:
        """A frame of this track was not taken because of a pause: the track exists."""
        if kind not in self.tracks:
            self._withheld.setdefault(kind, max(at_us, self.start_us))

    @property
    def kinds(self) -> set[Kind]:
        """The tracks that this recording has, recorded or withheld."""
        return {*self.tracks, *self._withheld}

    def gaps_until(self, until_us: int, otherwise: GapCause) -> list[Gap]:
        """The hole from the account's end to ``until_us`` by its causes; changes nothing."""
        pieces: list[Gap] = []
        pauses = self._pauses.covering(self.kinds)
        for start_us, end_us, pause in split_hole(self.end_us, until_us, pauses):
            if pause is not None:
                pieces.append(Gap(start_us, end_us, GapCause.PUBLISHER, pause.id))
            else:
                pieces += self._by_cause(start_us, end_us, otherwise)
        return pieces

    def plan(
        self,
        start_us: int,
        end_us: int,
        frames: Mapping[Kind, Sequence[TimedFrame]],
        otherwise: GapCause,
    ) -> Plan:
        """The next segment with its frames; a hole before it has this cause unless known better."""
        plan = Plan(self.gaps_until(start_us, otherwise), end_us=end_us)
        plan.recorded_us = end_us - start_us
        self._copy_tracks(plan, otherwise)
        for kind, taken in frames.items():
            if taken and kind not in plan.tracks:
                first_us = max(self.start_us, self._withheld.get(kind, taken[0].start_us))
                plan.tracks[kind] = TrackAccount(kind, first_us, first_us)
            for timed in taken:
                found = plan.tracks[kind].take(timed, self._pauses.covering({kind}), otherwise)
                plan.track_gaps += [(kind, gap) for gap in found]
        return plan

    def plan_end(self, end_us: int, otherwise: GapCause) -> Plan:
        """The end of the recording: what is still to be declared, and the account after it."""
        plan = Plan(self.gaps_until(end_us, otherwise), end_us=max(end_us, self.end_us))
        self._copy_tracks(plan, otherwise)
        for kind, account in plan.tracks.items():
            found = account.hole(
                plan.end_us, self._pauses.covering({kind}), GapCause.PUBLISHER, PAUSE_HOLE_US
            )
            plan.track_gaps += [(kind, gap) for gap in found]
        return plan

    def commit(self, plan: Plan) -> None:
        """Everything of this plan, and its segment if it had one, is in the log."""
        self.declare(plan.gaps)
        if plan.recorded_us:
            self.record(plan.end_us - plan.recorded_us, plan.end_us)
        self.tracks = plan.tracks

    def declare(self, gaps: Iterable[Gap]) -> None:
        """These gaps, adjoining the account's end, are in the log."""
        for gap in gaps:
            assert gap.start_us == self.end_us, "gaps must adjoin what is accounted for"
            self.end_us = gap.end_us
            if gap.pause:
                self.pause_us += gap.length_us
            else:
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
        """The identity, of the whole and of each track."""
        accounted = self.recorded_us + self.gap_us + self.pause_us
        whole = self.end_us - self.start_us == accounted
        return whole and all(track.balanced for track in self.tracks.values())

    def _copy_tracks(self, plan: Plan, otherwise: GapCause) -> None:
        """The accounts of the tracks up to the end of the holes of the whole."""
        plan.tracks = {kind: copy(account) for kind, account in self.tracks.items()}
        for kind, at_us in self._withheld.items():
            if at_us < plan.end_us:
                plan.tracks.setdefault(kind, TrackAccount(kind, at_us, at_us))
        if not plan.gaps:
            return
        cause = plan.gaps[0].cause if not plan.gaps[0].pause else otherwise
        for kind, account in plan.tracks.items():
            pauses = self._pauses.covering({kind})
            found = account.hole(self.end_us, pauses, cause, LOSS_HOLE_US)
            plan.track_gaps += [(kind, gap) for gap in found]
            for gap in plan.gaps:
                account.skip(gap)

    def _by_cause(self, start_us: int, until_us: int, otherwise: GapCause) -> list[Gap]:
        pieces: list[Gap] = []
        position = start_us
        while position < until_us:
            cause, end_us = self._cause_at(position, until_us, otherwise)
            if pieces and pieces[-1].cause == cause:
                pieces[-1] = Gap(pieces[-1].start_us, end_us, cause)
            else:
                pieces.append(Gap(position, end_us, cause))
            position = end_us
        return pieces

    def _cause_at(self, at_us: int, until_us: int, otherwise: GapCause) -> tuple[GapCause, int]:
        end_us = until_us
        for gap in self._known:
            if gap.start_us <= at_us < gap.end_us:
                return gap.cause, min(gap.end_us, until_us)
            if at_us < gap.start_us < end_us:
                end_us = gap.start_us
        return otherwise, end_us
