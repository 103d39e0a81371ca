"""Places frames on the session timeline: from RTP timestamps, sender reports and arrival times.

Pure. One ``Timeline`` per connection. Rules:

1. The first frame of a track stands where it arrived (one-way delay is not known and not
   guessed), or earlier when the frames behind it show how late it came (``opening.py``). From then
   on only the RTP timestamp counts: arrival jitter never reaches the record.
2. Sound follows the picture: when sender reports of both tracks say they are apart, sound is moved
   at no more than ``SLEW_PER_MILLE`` of its own speed, never in a jump. Where that would take it
   behind its arrival (6) the picture is moved to the sound instead. Without sender reports sound
   follows its own arrival like the picture, see 5.
3. An RTP clock that jumps, or has fallen behind arrival for long, means that the publisher started
   anew: both tracks are anchored again at arrival, and the recording declares what is missing.
4. Nothing stands before ``floor_us``, the end of what was recorded already, or the opening of the
   session. What a late first frame (1) shows to have been made before it is no part of the record:
   its sound is left out, its pictures, which the next ones need, stand at the floor,
   ``LEAST_STEP_US`` apart. An arrival before the floor (6) moves the anchor behind it.
5. A publisher's clock that runs faster or slower than ours is followed: when the least lateness of
   half a minute has moved by more than ``FOLLOW_TOLERANCE_US``, the track is moved after it, at no
   more than ``FOLLOW_PER_MILLE`` of its own speed. So sources stay together for hours.
6. Nothing is made after it arrived: a frame that would stand more than ``AHEAD_US`` behind its
   arrival moves its track back at once, because a pause that begins then must find nothing behind
   its beginning. What stands already stays, so the frames of a burst are pushed together there,
   ``LEAST_STEP_US`` apart and for no more than ``crowded_us``.
   Only the floor (4) may push further. Sound and picture that reports tie together move together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from recorder.lateness import Lateness
from recorder.media import RATES, EncodedFrame, Kind, SenderReport

JUMP_US = 2_000_000
BEHIND_US = 2_000_000
BEHIND_FOR_US = 2_000_000
SLEW_PER_MILLE = 5
SYNC_TOLERANCE_US = 15_000
FOLLOW_PER_MILLE = 1
FOLLOW_TOLERANCE_US = 10_000
AHEAD_US = 70_000
LEAST_STEP_US = 1_000  # a WebM file counts milliseconds: two frames must not fall into one
ENDS_LATE_US = 199_000  # the verifier allows a frame to end 200 ms after its arrival
PICTURE_US = 69_000  # how long a picture may stand, of which only the next one tells
_SYNC_SAMPLES = 5
_DRIFT_AFTER_US = 60_000_000  # a drift measured over less is noise
_NTP_EPOCH_US = 2_208_988_800_000_000  # 1900 to 1970 (RFC 5905)
_NONSENSE_US = 5_000_000


def crowded_us(duration_us: int) -> int:
    """Frames of this length that are pushed together keep their step while the last is no later."""
    return ENDS_LATE_US - AHEAD_US - duration_us


class Placement(NamedTuple):
    """Where a frame stands; ``anew`` when the timeline had to be anchored again for it."""

    start_us: int
    anew: bool


@dataclass(slots=True, frozen=True)
class ClockReading:
    """What is known of a publisher's clocks."""

    reports: int = 0  # sender reports so far; without them its offset is unknown
    offset_us: int = 0  # its wall clock minus ours, one-way delay left in
    drift_ppb: int = 0  # how much slower it runs than ours, thousand-millionths; 0: not known yet
    drift_us: int = 0  # and what that comes to since it connected
    skew_us: int = 0  # sound against picture in the record: positive when sound is late


@dataclass(slots=True)
class _Track:
    rate: int
    rtp: int  # unwrapped RTP timestamp of the anchor
    at_us: int  # and where it stands
    last_rtp: int
    last_arrival_us: int
    last_us: int  # where the last frame stands
    from_us: int  # nothing stands before
    pushed_us: int = 0  # the anchor stands so much behind arrival, because of the floor
    shift_us: int = 0  # slewed so far
    follow_us: int = 0  # and still to be, after our clock
    late: Lateness = field(default_factory=Lateness)
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
    _first_late_us: dict[Kind, int] = field(default_factory=dict)
    _reports: int = 0
    _offsets_us: deque[int] = field(default_factory=lambda: deque(maxlen=_SYNC_SAMPLES))

    @property
    def drift_us(self) -> int:
        """How far arrival has moved against the publisher's clock since the anchor."""
        track = self._leading()
        return track.shift_us + track.late.deviation_us if track is not None else 0

    def reading(self) -> ClockReading:
        """What is known of the publisher's clocks."""
        track = self._leading()
        if track is None:
            return ClockReading()
        over_us = track.late.over_us
        drift_us = self.drift_us if over_us >= _DRIFT_AFTER_US else 0
        return ClockReading(
            reports=self._reports,
            offset_us=_middle(self._offsets_us),
            drift_ppb=drift_us * 1_000_000_000 // over_us if drift_us else 0,
            drift_us=drift_us,
            skew_us=self._skew_us(),
        )

    def _leading(self) -> _Track | None:
        """The track whose clock counts: the picture's, else the sound's."""
        return self._tracks.get("video") or self._tracks.get("audio")

    def _skew_us(self) -> int:
        audio, video = self._tracks.get("audio"), self._tracks.get("video")
        if audio is None or video is None:
            return 0
        if self._errors_us:
            return -_middle(self._errors_us)
        return video.late.deviation_us - audio.late.deviation_us

    def expect(self, first_late_us: Mapping[Kind, int]) -> None:
        """The first frame of each track, still to be placed, came so late (``Opening``)."""
        self._first_late_us = dict(first_late_us)

    def place(
        self, frame: EncodedFrame, floor_us: int, duration_us: int = PICTURE_US
    ) -> Placement | None:
        """Where the frame, so long, stands; None when it repeats or precedes one placed already."""
        track = self._tracks.get(frame.kind)
        if track is None:
            return self._anchor(frame, floor_us, anew=False)
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
            return self._anchor(frame, floor_us, anew=True)
        track.last_rtp = rtp
        track.last_arrival_us = frame.arrival_us
        if frame.kind == "audio":
            start_us += self._slew(track, step_us)
        start_us += self._follow(frame.kind, track, step_us)
        start_us -= self._bring_back(frame, track, start_us)
        if start_us < track.from_us:
            return self._before(frame, track)
        most_us = frame.arrival_us + AHEAD_US + track.pushed_us + crowded_us(duration_us)
        least_us = LEAST_STEP_US if track.last_us + LEAST_STEP_US <= most_us else 1
        start_us = track.last_us = max(start_us, track.last_us + least_us)
        if track.late.add(frame.arrival_us, frame.arrival_us - start_us):
            reported = frame.kind == "audio" and bool(self._errors_us)
            deviation_us = track.late.deviation_us
            far = abs(deviation_us) > FOLLOW_TOLERANCE_US and not reported
            track.follow_us = deviation_us if far else 0
        return Placement(start_us, False)

    def report(self, report: SenderReport) -> None:
        """Take a sender report into account."""
        track = self._tracks.get(report.kind)
        if track is None or report.ntp == 0:
            return
        behind = ((report.rtp - track.last_rtp + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        sender_us = report.ntp * 1_000_000 >> 32
        self._reports += 1
        self._offsets_us.append(sender_us - _NTP_EPOCH_US - report.arrival_us)
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
        middle = _middle(self._errors_us)
        self._shift_wanted_us = middle if abs(middle) > SYNC_TOLERANCE_US else 0

    def _anchor(self, frame: EncodedFrame, floor_us: int, *, anew: bool) -> Placement | None:
        arrival_us = frame.arrival_us
        pushed_us = max(0, floor_us - arrival_us)
        at_us = arrival_us - self._first_late_us.pop(frame.kind, 0) + pushed_us
        rate, rtp = RATES[frame.kind], frame.decode_rtp
        last_us = max(at_us, floor_us - LEAST_STEP_US)
        track = _Track(rate, rtp, at_us, rtp, arrival_us, last_us, floor_us, pushed_us=pushed_us)
        self._tracks[frame.kind] = track
        return self._before(frame, track) if at_us < floor_us else Placement(at_us, anew)

    def _before(self, frame: EncodedFrame, track: _Track) -> Placement | None:
        """What was made before the floor."""
        if frame.kind == "audio":
            return None
        track.last_us += LEAST_STEP_US
        return Placement(track.last_us, False)

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
        self._shift_wanted_us = wanted - moved
        picture = self._tracks.get("video")
        if picture is not None and moved - track.late.least_us > AHEAD_US + track.pushed_us:
            picture.at_us -= moved
            picture.late.rebased(-moved)
            self._apart("video", picture, -moved)
            return 0
        self._move("audio", track, moved)
        return moved

    def _follow(self, kind: Kind, track: _Track, step_us: int) -> int:
        """After our clock, which the publisher's runs away from."""
        wanted = track.follow_us
        if not wanted:
            return 0
        most = max(1, step_us * FOLLOW_PER_MILLE // 1000)
        moved = max(-most, min(most, wanted))
        track.follow_us = wanted - moved
        self._move(kind, track, moved)
        return moved

    def _bring_back(self, frame: EncodedFrame, track: _Track, start_us: int) -> int:
        """How far this frame stands too late; its track is moved back by that."""
        over_us = start_us - frame.arrival_us - AHEAD_US - track.pushed_us
        if over_us <= 0:
            return 0
        for each in self._tracks.values() if self._errors_us else (track,):
            each.at_us -= over_us
            each.late.anchored(-over_us)
            if each.sender_offset_us is not None:
                each.sender_offset_us += over_us
        return over_us

    def _move(self, kind: Kind, track: _Track, by_us: int) -> None:
        """Everything remembered about the track's place moves with it."""
        track.shift_us += by_us
        track.late.moved(by_us)
        self._apart(kind, track, by_us)

    def _apart(self, kind: Kind, track: _Track, by_us: int) -> None:
        """One track moved, so sound and picture are otherwise apart."""
        if track.sender_offset_us is not None:
            track.sender_offset_us -= by_us
        change_us = -by_us if kind == "audio" else by_us
        self._errors_us = deque((e + change_us for e in self._errors_us), maxlen=_SYNC_SAMPLES)


def _middle(values: deque[int]) -> int:
    return sorted(values)[len(values) // 2] if values else 0
