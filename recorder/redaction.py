"""What a redacted copy hides, and where at each moment. Pure: no media, no files.

Two things are hidden: regions of the picture (blurred past recognition) and stretches of sound
(silenced). A region is given by boxes at moments; between two of them it moves in a straight line,
before the first and after the last it stands. Boxes are thousandths of the picture, so they do
not depend on its size. A region may also be ``faces``: whatever the detector finds in its time.

A cut hides nothing; it may carry the room's temperature and humidity, as instruments stated them,
in a line below the picture.

A redacted copy is a derived work. It is made again by an encoder, so nobody can prove from it that
only these places changed; its entry in the log names the segments it was made from.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

REGIONS_MAX = 64
BOXES_MAX = 2000  # of one region
SPANS_MAX = 1000
READINGS_MAX = 1000
#: Shown so long after it was measured; then the line says that there is no reading.
READING_US_MAX = 600 * 1_000_000
LENGTH_US_MAX = 4 * 3600 * 1_000_000  # of one copy; longer ones are made in parts


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a region is at a moment, in thousandths of width and height."""

    at_us: int
    x: int
    y: int
    w: int
    h: int


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to be made unrecognisable, and why."""

    start_us: int
    end_us: int
    reason: str
    boxes: list[Box] = []
    faces: bool = False  # what the detector finds, beside the boxes


class Silence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of sound that is taken out, and why."""

    start_us: int
    end_us: int
    reason: str


class RoomReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an instrument of the room stated: an entry of the recorder's log."""

    entry: int  # its index
    t_us: int
    device: str
    temp_c: int | None = None  # thousandths of a degree
    rh_pct: int | None = None  # thousandths of a per cent


class RedactionPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that one copy hides."""

    start_us: int
    end_us: int
    regions: list[Region] = []
    silences: list[Silence] = []
    cut: bool = False  # hides nothing: a stretch of the recording, made playable
    readings: list[RoomReading] = []  # written below the picture of a cut, in order of time


class RedactionEpoch(msgspec.Struct, frozen=True):
    """The segments of one epoch, in order, and where its own time begins."""

    init: str  # paths as the entries state them
    segments: list[str]
    origin_us: int  # the moment of zero on the media's clock


class RedactionOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What to make."""

    store: str
    log: str  # directory of the recorder's log
    epochs: list[RedactionEpoch]
    plan: RedactionPlan
    out: str
    title: str
    label: str
    face_model: str = ""


class Redacted(msgspec.Struct, frozen=True, kw_only=True):
    """What was made."""

    sha256: str
    size: int
    pictures: int
    hidden_pictures: int
    tool: str


class RedactionLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line to the parent; exactly one field is set."""

    progress: int | None = None  # thousandths
    result: Redacted | None = None
    error: dict[str, str] | None = None  # code, detail


def plan_problem(plan: RedactionPlan) -> str:
    """What is wrong with a plan, in one sentence; empty when it can be carried out."""
    if not 0 < plan.end_us - plan.start_us <= LENGTH_US_MAX:
        return "a copy is between nothing and four hours long"
    if plan.cut and (plan.regions or plan.silences):
        return "a cut hides nothing"
    if plan.readings and not plan.cut:
        return "readings are written on a cut only"
    if len(plan.readings) > READINGS_MAX:
        return f"at most {READINGS_MAX} readings"
    if not plan.cut and not plan.regions and not plan.silences:
        return "the plan hides nothing"
    if len(plan.regions) > REGIONS_MAX or len(plan.silences) > SPANS_MAX:
        return f"at most {REGIONS_MAX} regions and {SPANS_MAX} stretches of sound"
    stated: list[Region | Silence] = [*plan.regions, *plan.silences]
    for item in stated:
        if item.end_us <= item.start_us:
            return "a stretch ends after it begins"
        if not item.reason.strip() or len(item.reason) > 500:
            return "every region and every stretch has a reason of at most 500 characters"
    for region in plan.regions:
        if not region.boxes and not region.faces:
            return "a region has boxes, or is made of faces"
        if len(region.boxes) > BOXES_MAX:
            return f"a region has at most {BOXES_MAX} boxes"
        if any(not _inside(box) for box in region.boxes):
            return "a box lies within the picture, in thousandths of it"
    return ""


def boxes_at(plan: RedactionPlan, at_us: int) -> list[tuple[int, int, int, int]]:
    """The boxes to hide at a moment, in thousandths: x, y, width, height."""
    return [
        _box_of(region.boxes, at_us)
        for region in plan.regions
        if region.boxes and region.start_us <= at_us < region.end_us
    ]


def reading_at(plan: RedactionPlan, at_us: int) -> RoomReading | None:
    """The last reading before a moment that is not too old."""
    known = [one for one in plan.readings if one.t_us <= at_us < one.t_us + READING_US_MAX]
    return max(known, key=lambda one: one.t_us, default=None)


def wants_faces(plan: RedactionPlan, at_us: int) -> bool:
    """Whether faces are to be looked for at a moment."""
    return any(region.faces and region.start_us <= at_us < region.end_us for region in plan.regions)


def silent_spans(plan: RedactionPlan, start_us: int, end_us: int) -> list[tuple[int, int]]:
    """The parts of a stretch that are silent, from its begin, in microseconds."""
    return [
        (max(one.start_us, start_us) - start_us, min(one.end_us, end_us) - start_us)
        for one in plan.silences
        if one.start_us < end_us and one.end_us > start_us
    ]


def _inside(box: Box) -> bool:
    return (
        min(box.x, box.y) >= 0
        and min(box.w, box.h) > 0
        and box.x + box.w <= 1000
        and box.y + box.h <= 1000
    )


def _box_of(boxes: Sequence[Box], at_us: int) -> tuple[int, int, int, int]:
    ordered = sorted(boxes, key=lambda box: box.at_us)
    before = [box for box in ordered if box.at_us <= at_us] or ordered[:1]
    after = [box for box in ordered if box.at_us > at_us] or ordered[-1:]
    one, other = before[-1], after[0]
    length = other.at_us - one.at_us
    part = min(1.0, max(0.0, (at_us - one.at_us) / length)) if length > 0 else 0.0
    mixed = [
        round(a + (b - a) * part)
        for a, b in zip(
            (one.x, one.y, one.w, one.h), (other.x, other.y, other.w, other.h), strict=True
        )
    ]
    return mixed[0], mixed[1], mixed[2], mixed[3]
