"""Where a late file stands, and which of its time is filed. Pure.

What is filed lies where the source has nothing: not received live, not paused on purpose, not
filed from another file already. The rest of a file is a duplicate, or none of the session's
business, and stays in the original only. Of a part that a device kept beside its live recording the
original is not kept where a pause lies in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from recorder.late_media import Sample

#: A part shorter than this is the seam of a gap, not a loss (evidence_store.accounting.JOINT_US).
MIN_PART_US = 100_000
#: What a device kept beside its live recording: less than this missing is the seam of two clocks,
#: and so long may connecting take (as web/src/media/parts.ts).
_SEAM_US = 500_000
_CONNECT_US = 5_000_000
#: Matches further than this from the middle of all are accidents.
_STRAY_US = 2_000_000
#: So many pictures must be the same before a place is believed.
MATCHES = 3

Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Placing:
    """Maps the file's clock to the session's timeline, through the points that are known.

    Between two points it is a straight line (both clocks drift), outside them it goes on in step.
    """

    method: str  # pictures | sound | clock
    points: tuple[tuple[int, int], ...]  # (file time, session time), in order of time
    matched: int = 0

    def at(self, file_us: int) -> int:
        """The session's time of a file time."""
        points = self.points
        index = bisect_right(points, (file_us, 1 << 62))
        if index == 0 or index == len(points):
            near = points[0] if index == 0 else points[-1]
            return near[1] + file_us - near[0]
        (from_us, at_us), (to_us, end_us) = points[index - 1], points[index]
        return at_us + (file_us - from_us) * (end_us - at_us) // max(1, to_us - from_us)


@dataclass(slots=True)
class Occupied:
    """What the log says of one source in one session."""

    live: Spans = field(default_factory=list)
    pauses: Spans = field(default_factory=list)
    filed: Spans = field(default_factory=list)


def place_by_pictures(video: Iterable[Sample], live: Iterable[tuple[bytes, int]]) -> Placing | None:
    """Find the pictures of a file among those received live.

    Pictures that occur twice on either side tell nothing. Their times must agree with each other,
    and go forward together.
    """
    here = _once((one.digest, one.at_us) for one in video if one.digest)
    there = _once(live)
    pairs = sorted((at_us, there[digest]) for digest, at_us in here.items() if digest in there)
    if len(pairs) < MATCHES:
        return None
    offsets = sorted(session_us - file_us for file_us, session_us in pairs)
    middle = offsets[len(offsets) // 2]
    good: list[tuple[int, int]] = []
    for file_us, session_us in pairs:
        near = abs(session_us - file_us - middle) <= _STRAY_US
        if near and (not good or session_us > good[-1][1]):
            good.append((file_us, session_us))
    if len(good) < MATCHES:
        return None
    return Placing("pictures", tuple(good), len(good))


def place_by_clock(start_us: int) -> Placing:
    """Only the device's clock says when it was."""
    return Placing("clock", ((0, start_us),))


def free_spans(start_us: int, end_us: int, occupied: Occupied) -> Spans:
    """Time between the bounds in which the source has nothing, in order."""
    free: Spans = []
    cursor = start_us
    taken = sorted([*occupied.live, *occupied.pauses, *occupied.filed])
    for begin, end in [*taken, (end_us, end_us)]:
        upto = min(begin, end_us)
        if upto - cursor > MIN_PART_US:
            free.append((cursor, upto))
        cursor = max(cursor, end)
    return free


def overlap_us(spans: Sequence[tuple[int, int]], start_us: int, end_us: int) -> int:
    """How much of a time the spans cover; they may overlap each other."""
    covered, cursor = 0, start_us
    for begin, end in sorted(spans):
        begin, end = max(begin, cursor), min(end, end_us)
        if end > begin:
            covered += end - begin
            cursor = end
    return covered


def wanted_spans(free: Spans, start_us: int, end_us: int) -> Spans:
    """The free time that a file from ``start_us`` to ``end_us`` can fill."""
    cut = [(max(begin, start_us), min(end, end_us)) for begin, end in free]
    return [(begin, end) for begin, end in cut if end - begin > MIN_PART_US]


def is_owed(wanted: Spans, live: Spans, first_us: int | None = None) -> bool:
    """Whether a device's own part fills more than seams and the moments it took to connect.

    ``first_us``: where the part begins when nothing was recorded just before it. Only such a part,
    and only where it begins, was connecting; in any other the same time is lost.
    """
    begun_us = min((begin for begin, _ in live), default=None)

    def connecting(begin: int, end: int) -> bool:
        begins = first_us is not None and begin - _SEAM_US < first_us < end
        return begins and end == begun_us and end - begin < _CONNECT_US

    return any(end - begin >= _SEAM_US and not connecting(begin, end) for begin, end in wanted)


def _once(pairs: Iterable[tuple[bytes, int]]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    twice: set[bytes] = set()
    for digest, at_us in pairs:
        if digest in found:
            twice.add(digest)
        found[digest] = at_us
    return {digest: at_us for digest, at_us in found.items() if digest not in twice}
