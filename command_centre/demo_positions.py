"""Where the demo's devices are: invented ways about a pump pit that does not exist.

Metres east and north of the pit, walked at a steady pace and then begun anew; as integers of a
reading, WGS 84 in units of 1e-7 degrees.
"""

from __future__ import annotations

import math

_PIT = (34.5023, 108.9137)
_METRES_A_DEGREE = 111_320.0

#: Corners of a closed way, metres a second, and how exact the device says it is, in millimetres.
WAYS: dict[str, tuple[tuple[tuple[float, float], ...], float, int]] = {
    "bodycam-02": (
        ((-62, -8), (-30, -10), (-14, 4), (-4, 6), (-4, 12), (-20, 14), (-48, 10)),
        1.1,
        6_000,
    ),
    "drone-01": (((30, -45), (70, 0), (45, 50), (-30, 55), (-75, 15), (-40, -50)), 4.0, 2_500),
}
_AT_THE_PIT = (6.0, -3.0)


def position_at(device: str, elapsed_s: float) -> dict[str, int]:
    """Where a device is after this long; one without a way lies at the pit."""
    if device not in WAYS:
        return _position(*_AT_THE_PIT, 10_000)
    corners, speed, accuracy_mm = WAYS[device]
    left = (elapsed_s * speed) % sum(_legs(corners))
    for i, leg in enumerate(_legs(corners)):
        if left <= leg:
            (x, y), (to_x, to_y) = corners[i], corners[(i + 1) % len(corners)]
            return _position(x + (to_x - x) * left / leg, y + (to_y - y) * left / leg, accuracy_mm)
        left -= leg
    return _position(*corners[0], accuracy_mm)


def _legs(corners: tuple[tuple[float, float], ...]) -> list[float]:
    return [math.dist(corners[i], corners[(i + 1) % len(corners)]) for i in range(len(corners))]


def _position(east_m: float, north_m: float, accuracy_mm: int) -> dict[str, int]:
    lat, lon = _PIT
    east = _METRES_A_DEGREE * math.cos(math.radians(lat))
    return {
        "lat_e7": round((lat + north_m / _METRES_A_DEGREE) * 1e7),
        "lon_e7": round((lon + east_m / east) * 1e7),
        "accuracy_mm": accuracy_mm,
    }
