"""What the centre and the process that examines a late file say to each other. Shapes only.

Apart from ``late_worker`` so that the centre loads no demuxer for them.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Candidate(msgspec.Struct, frozen=True):
    """A session the file may belong to."""

    session: str
    root: str  # directory of its recorder's log and media
    first_index: int  # of its opening in that log
    opened_us: int
    closed_us: int | None


class LateOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What to examine."""

    upload: str
    file: str
    folder: str  # where parts and manifest go; made anew
    source: str
    room: str
    name: str
    kind: str
    sha256_said: str
    previous_sha256: str = ""  # of the part the device finished before this one; empty: not said
    first: bool = False  # a device's own part: it recorded nothing just before
    start_us: int | None  # by the device's clock
    clock_offset_us: int
    by: str
    by_name: str
    received_us: int
    now_us: int
    segment_us: int
    candidates: list[Candidate]
    keep_free_bytes: int = 0  # of the disk, for recording


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. ``state``: ready (file it), filed (already), waiting, refused."""

    state: str
    code: str = ""
    detail: str = ""
    sha256: str = ""
    session: str = ""
    found: dict[str, Any] = {}


class LateLine(msgspec.Struct, frozen=True):
    """One line to the parent."""

    progress: int | None = None  # thousandths
    outcome: Outcome | None = None
