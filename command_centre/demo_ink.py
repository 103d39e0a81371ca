"""Handwriting of the story's people: a few strokes for each sign, as a pen on the pad leaves them.

A drawing for the demonstration only; no hand of anybody.
"""

from __future__ import annotations

import math
import time
from itertools import pairwise
from typing import Any

#: Strokes of each sign in a square of 100, y downwards.
_SIGNS: dict[str, list[list[tuple[int, int]]]] = {
    "张": [
        [(10, 15), (40, 15), (40, 38), (12, 38)],
        [(12, 38), (12, 60), (42, 60), (40, 90), (28, 84)],
        [(80, 12), (56, 40)],
        [(48, 50), (94, 48)],
        [(62, 20), (62, 88), (76, 76)],
        [(66, 50), (92, 86)],
    ],
    "李": [
        [(12, 22), (88, 20)],
        [(50, 6), (50, 50)],
        [(48, 24), (14, 50)],
        [(52, 24), (88, 48)],
        [(26, 56), (72, 56), (50, 70)],
        [(50, 70), (52, 96), (38, 90)],
        [(8, 76), (92, 74)],
    ],
    "某": [
        [(12, 18), (88, 16)],
        [(34, 6), (34, 48)],
        [(66, 6), (66, 48)],
        [(34, 32), (66, 32)],
        [(34, 48), (66, 48)],
        [(8, 60), (92, 58)],
        [(50, 48), (50, 98)],
        [(48, 62), (14, 92)],
        [(52, 62), (88, 92)],
    ],
    "吴": [
        [(30, 8), (30, 34)],
        [(30, 8), (70, 8), (70, 34)],
        [(30, 34), (70, 34)],
        [(20, 50), (80, 48)],
        [(10, 68), (90, 66)],
        [(50, 48), (46, 68), (14, 96)],
        [(52, 66), (88, 96)],
    ],
    "马": [
        [(22, 14), (70, 14), (64, 48)],
        [(30, 14), (26, 50), (84, 50), (78, 92), (62, 86)],
        [(8, 70), (66, 70)],
    ],
}
_SIZE = 1_700  # of a sign, in units of the pad
_TOP = 400
_STEP = 120.0  # between two points of a stroke
_POINT_MS, _LIFT_MS = 9, 90


def can_write(name: str) -> bool:
    """Whether every sign of a name is drawn here."""
    return bool(name) and all(sign in _SIGNS for sign in name)


def signature(name: str, place: str, page: int) -> dict[str, Any]:
    """A name written at a place of a document, as a desk sends it; it ends now.

    Raises:
        KeyError: the name has a sign that is not drawn here.
    """
    left = (10_000 - _SIZE * len(name)) // 2
    strokes: list[list[int]] = []
    at_ms = 0
    for position, sign in enumerate(name):
        for corners in _SIGNS[sign]:
            way = [
                (left + (position + x / 100) * _SIZE, _TOP + y / 100 * _SIZE) for x, y in corners
            ]
            stroke, at_ms = _drawn(way, at_ms, wave=page + position)
            strokes.append(stroke)
    now_us = time.time_ns() // 1000
    return {
        "place": place,
        "page": page,
        "strokes": strokes,
        "from_us": now_us - at_ms * 1000,
        "to_us": now_us,
        "pointer": "pen",
    }


def _drawn(way: list[tuple[float, float]], at_ms: int, *, wave: int) -> tuple[list[int], int]:
    """Points along a way, and when the pen has been lifted after it."""
    stroke: list[int] = []
    for number, ((x1, y1), (x2, y2)) in enumerate(pairwise(way)):
        sway = 18 if (wave + number) % 2 else -12
        count = max(2, round(math.dist((x1, y1), (x2, y2)) / _STEP))
        for step in range(count + 1):
            share = step / count
            bend = sway * math.sin(math.pi * share)
            x, y = x1 + (x2 - x1) * share + bend, y1 + (y2 - y1) * share - bend
            pressure = 450 + round(300 * math.sin(math.pi * (0.2 + 0.7 * share)))
            stroke += [round(x), round(y), at_ms, pressure]
            at_ms += _POINT_MS
    return stroke, at_ms + _LIFT_MS
