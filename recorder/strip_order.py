"""What the centre and the process that draws strips say to each other. Shapes only.

Apart from ``strip_worker`` so that the centre loads no codec for them.
"""

from __future__ import annotations

import msgspec

STEP_US = 50_000
"""Length of one value of loudness."""
NOTHING = 255
"""Value where no sound was recorded; loudness goes from 0 to ``LOUDEST``."""
LOUDEST = 250


class StripSegment(msgspec.Struct, frozen=True):
    """One segment, and the init segment it plays after; paths as in the log."""

    log: str
    init: str
    init_sha256: str
    path: str
    sha256: str
    start_us: int


class StripOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Loudness from ``start_us`` on, ``values`` of them; or, without any, a picture a segment."""

    store: str
    segments: list[StripSegment]
    start_us: int = 0
    values: int = 0


class StripLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer; bytes are base64."""

    loudness: bytes = b""
    pictures: dict[int, bytes] = {}  # JPEG by the start of its segment
