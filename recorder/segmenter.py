"""Groups fragments into segments: the unit that is hashed, flushed and logged.

Pure. A segment begins with a key frame and is closed at the first key frame after
``segment_us`` (the first of an epoch after one second at most); sound alone is cut by time;
without a key frame for three times as long it is closed anyway, because what is not closed is
not protected. Segments of an epoch touch: each ends where the next begins.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from recorder.media import Kind, TimedFrame
from recorder.mux.fragmenter import Fragment

#: A key frame this much early still closes: publishers' intervals are rounded.
TOLERANCE_US = 100_000
FORCE_FACTOR = 3
#: The first segment is cut sooner: until it is stored nothing of the source is protected.
FIRST_US = 1_000_000
#: Holes no longer than this are rounding, not loss: the segment begins where the last one ended.
ROUNDING_US = 2_000


@dataclass(slots=True)
class Segment:
    """A run of fragments on the session timeline."""

    start_us: int
    end_us: int
    fragments: list[Fragment] = field(default_factory=list)

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return b"".join(fragment.data for fragment in self.fragments)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return sum(len(fragment.data) for fragment in self.fragments)

    def frames(self, kind: Kind) -> list[TimedFrame]:
        """The frames of one track."""
        if kind == "video":
            return [frame for fragment in self.fragments for frame in fragment.video]
        return [frame for fragment in self.fragments for frame in fragment.audio]


def lead_us(fragment: Fragment) -> int:
    """Where a fragment begins for the purpose of cutting: its picture, or its sound."""
    return fragment.video[0].start_us if fragment.video else fragment.audio[0].start_us


class Segmenter:
    """Cuts the fragments of one epoch."""

    def __init__(self, segment_us: int, floor_us: int, reach_us: int = 0) -> None:
        self._segment_us = segment_us
        self._wanted_us = min(segment_us, FIRST_US)
        self._floor_us = floor_us  # where the segment before ended
        self._current: Segment | None = None
        #: Where the sound of the segments before ends: beyond the cut, often.
        self.reach_us = reach_us

    def add(self, fragment: Fragment) -> Segment | None:
        """Take a fragment; returns the segment it closes."""
        current = self._current
        if current is None:
            start_us = max(self._floor_us, fragment.start_us)
            if start_us - self._floor_us <= ROUNDING_US:
                start_us = self._floor_us
            self._current = Segment(start_us, start_us, [fragment])
            return None
        length_us = lead_us(fragment) - current.start_us
        # Sound that came before the first picture stays with it: a segment begins decodable.
        complete = not fragment.video or any(f.video for f in current.fragments)
        due = fragment.key and complete and length_us >= self._wanted_us - TOLERANCE_US
        if not due and length_us < FORCE_FACTOR * self._segment_us:
            current.fragments.append(fragment)
            return None
        current.end_us = max(lead_us(fragment), current.start_us)
        self.reach_us = max(self.reach_us, *(each.end_us for each in current.fragments))
        self._current = Segment(current.end_us, current.end_us, [fragment])
        self._wanted_us = self._segment_us
        return current

    def close(self, end_us: int | None = None) -> Segment | None:
        """The last segment; ends with its last frame unless told where.

        Its last frame may lie in the file before: sound that was cut with the picture, behind which
        only a picture or two came.
        """
        current, self._current = self._current, None
        if current is None:
            return None
        self.reach_us = max(self.reach_us, *(each.end_us for each in current.fragments))
        if end_us is None:
            end_us = self.reach_us
        current.end_us = max(end_us, current.start_us)
        return current
