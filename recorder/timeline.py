"""Places frames on the session timeline: from RTP timestamps, sender reports and arrival times.

Pure. One ``Timeline`` per connection. Rules:

1. The first frame of a track stands where it arrived (one-way delay is not known and not
   guessed). From then on only the RTP timestamp counts: arrival jitter never reaches the record.
2. Sound follows the picture: when sender reports of both tracks say they are apart, sound is moved
   at no more than ``SLEW_PER_MILLE`` of its own speed, never in a jump.
3. An RTP clock that jumps, or has fallen behind arrival for long, means that the publisher started
   anew: both tracks are anchored again at arrival, and the recording declares what is missing.
4. No anchor is set before ``floor_us``, the end of what was recorded already.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from recorder.media import RATES, EncodedFrame, Kind, SenderReport

JUMP_US = 2_000_000
BEHIND_US = 2_000_000
BEHIND_FOR_US = 2_000_000
SLEW_PER_MILLE = 5
SYNC_TOLERANCE_US = 15_000
_SYNC_SAMPLES = 5
_NONSENSE_US = 5_000_000


class Placement(NamedTuple):
    """Where a frame stands; ``anew`` when the timeline had to be anchored again for it."""

    start_us: int
    anew: bool


@dataclass(slots=True)
class _Track:
    rate: int
    rtp: int  # unwrapped RTP timestamp of the anchor
    at_us: int  # and where it stands
    last_rtp: int
    last_arrival_us: int
    shift_us: int = 0  # slewed so far
    behind_since_us: int | None = None
    sender_offset_us: int | None = None  # sender clock minus session timeline, by its report

    def place(self, rtp: int) -> int:
        return self.at_us + (rtp - self.rtp) * 1_000_000 // self.rate + self.shift_us


@dataclass(slots=True)
class Timeline:
    """The clocks of one connection."""

    _tracks: dict[Kind, _Track] = field(default_factory=dict)
    _errors_us: deque[int] = field(default_factory=lambda: deque(maxlen=_SYNC_SAMPLES))
    _shift_wanted_us: int = 0
    drift_us: int = 0  # how far arrival has moved against the timeline since the anchor

    def place(self, frame: EncodedFrame, floor_us: int) -> Placement | None:
        """Where the frame stands; None when it repeats or precedes one placed already."""
        track = self._tracks.get(frame.kind)
        if track is None:
            return Placement(self._anchor(frame, floor_us), False)
        rtp = frame.decode_rtp
        step_us = (rtp - track.last_rtp) * 1_000_000 // track.rate
        waited_us = frame.arrival_us - track.last_arrival_us
        if -JUMP_US < step_us <= 0:
            return None
        start_us = track.place(rtp)
        if (
            step_us <= -JUMP_US
            or step_us - waited_us > JUMP_US
            or self._fallen_behind(track, frame.arrival_us, start_us)
        ):
            self._tracks.clear()
            self._errors_us.clear()
            self._shift_wanted_us = 0
            return Placement(self._anchor(frame, floor_us), True)
        track.last_rtp = rtp
        track.last_arrival_us = frame.arrival_us
        if frame.kind == "audio":
            start_us += self._slew(track, step_us)
        else:
            self.drift_us += (frame.arrival_us - start_us - self.drift_us) // 64
        return Placement(start_us, False)

    def report(self, report: SenderReport) -> None:
        """Take a sender report into account."""
        track = self._tracks.get(report.kind)
        if track is None or report.ntp == 0:
            return
        behind = ((report.rtp - track.last_rtp + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        sender_us = report.ntp * 1_000_000 >> 32
        track.sender_offset_us = sender_us - track.place(track.last_rtp + behind)
        audio, video = self._tracks.get("audio"), self._tracks.get("video")
        if audio is None or video is None:
            return
        if audio.sender_offset_us is None or video.sender_offset_us is None:
            return
        error_us = audio.sender_offset_us - video.sender_offset_us
        if abs(error_us) > _NONSENSE_US:
            return
        self._errors_us.append(error_us)
        middle = sorted(self._errors_us)[len(self._errors_us) // 2]
        self._shift_wanted_us = middle if abs(middle) > SYNC_TOLERANCE_US else 0

    def _anchor(self, frame: EncodedFrame, floor_us: int) -> int:
        at_us = max(frame.arrival_us, floor_us)
        rate = RATES[frame.kind]
        rtp = frame.decode_rtp
        self._tracks[frame.kind] = _Track(rate, rtp, at_us, rtp, frame.arrival_us)
        return at_us

    def _fallen_behind(self, track: _Track, arrival_us: int, start_us: int) -> bool:
        if arrival_us - start_us < BEHIND_US:
            track.behind_since_us = None
            return False
        if track.behind_since_us is None:
            track.behind_since_us = arrival_us
        return arrival_us - track.behind_since_us > BEHIND_FOR_US

    def _slew(self, track: _Track, step_us: int) -> int:
        wanted = self._shift_wanted_us
        if not wanted:
            return 0
        most = max(1, step_us * SLEW_PER_MILLE // 1000)
        moved = max(-most, min(most, wanted))
        track.shift_us += moved
        self._shift_wanted_us = wanted - moved
        if track.sender_offset_us is not None:
            track.sender_offset_us -= moved
        self._errors_us = deque((e - moved for e in self._errors_us), maxlen=_SYNC_SAMPLES)
        return moved
