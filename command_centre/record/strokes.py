"""Handwriting as integers: one list a stroke, x, y, t, pressure in turn for each point.

x goes from 0 to 10,000 over the width of the pad, y from 0 to 2,500 over its height (it is four
times as wide as high), t counts milliseconds from the first touch of the pad, pressure goes from 0
to 1,000 (500 where the device knows none). This is biometric: it goes into the private part of an
entry, is in no log message, and leaves the store only with the document.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise

from command_centre.errors import Rejected

WIDTH, HEIGHT = 10_000, 2_500
#: A signature of ten seconds at 120 points a second, thinned; an entry holds no more.
POINTS_MAX = 1_500
STROKES_MAX = 200
#: Less than this is a touch by mistake.
_INK_MIN = 600
_T_MAX_MS = 600_000
_LIMITS = (WIDTH, HEIGHT, _T_MAX_MS, 1_000)


def check_strokes(strokes: list[list[int]]) -> None:
    """Raise ``bad_strokes`` unless this is a signature that can be recorded."""
    if not 0 < len(strokes) <= STROKES_MAX:
        raise Rejected("bad_strokes", f"a signature has 1 to {STROKES_MAX} strokes")
    if sum(len(stroke) for stroke in strokes) > 4 * POINTS_MAX:
        raise Rejected("bad_strokes", f"a signature has at most {POINTS_MAX} points; sign again")
    for stroke in strokes:
        if not stroke or len(stroke) % 4:
            raise Rejected("bad_strokes", "each point has x, y, t and pressure")
        for index, value in enumerate(stroke):
            if not 0 <= value <= _LIMITS[index % 4]:
                raise Rejected("bad_strokes", "a point lies outside the pad")
    if ink(strokes) < _INK_MIN:
        raise Rejected("bad_strokes", "that is too little to be a signature")


def points(stroke: list[int]) -> list[list[int]]:
    """The places of a stroke, without times and pressure."""
    return [[stroke[at], stroke[at + 1]] for at in range(0, len(stroke) - 3, 4)]


def ink(strokes: list[list[int]]) -> int:
    """Length of all strokes together, in units of the pad."""
    length = 0.0
    for stroke in strokes:
        way = points(stroke)
        for (x1, y1), (x2, y2) in pairwise(way):
            length += ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    return int(length)


def ink_sha256(strokes: list[list[int]]) -> str:
    """Digest of a handwriting: of its strokes as JSON without spaces."""
    return hashlib.sha256(json.dumps(strokes, separators=(",", ":")).encode()).hexdigest()


def ink_svg(strokes: list[list[int]]) -> str:
    """The handwriting as a picture, dark blue on nothing; numbers only, no text."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="#12306b">'
        f"{ink_drawn(strokes)}</svg>"
    )


def ink_drawn(strokes: list[list[int]]) -> str:
    """The handwriting as a part of a picture, in units of the pad."""
    drawn = []
    for stroke in strokes:
        way = points(stroke)
        if len(way) == 1:
            drawn.append(f'<circle cx="{way[0][0]}" cy="{way[0][1]}" r="40"/>')
        else:
            line = " ".join(f"{x},{y}" for x, y in way)
            drawn.append(f'<polyline points="{line}" fill="none"/>')
    return (
        '<g stroke="#12306b" stroke-width="70" stroke-linecap="round" stroke-linejoin="round">'
        f"{''.join(drawn)}</g>"
    )
