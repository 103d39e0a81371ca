"""Names, ranges and units of what instruments measure, and how their numbers become thousandths."""

from __future__ import annotations

import math
from typing import Any

from command_centre.errors import GarbledReading

#: Lowest and highest value believed, in the unit of the name.
RANGES: dict[str, tuple[float, float]] = {
    "O2_vol": (0, 100),
    "LEL_pct": (0, 100),
    "CO_ppm": (0, 20_000),
    "H2S_ppm": (0, 5_000),
    "temp_c": (-90, 200),
    "rh_pct": (0, 100),
    "battery_pct": (0, 100),
}
#: What makers call them, in lower case.
_OTHER_NAMES = {
    "o2": "O2_vol",
    "oxygen": "O2_vol",
    "lel": "LEL_pct",
    "ex": "LEL_pct",
    "co": "CO_ppm",
    "h2s": "H2S_ppm",
    "temperature": "temp_c",
    "temp": "temp_c",
    "humidity": "rh_pct",
    "rh": "rh_pct",
    "battery": "battery_pct",
} | {name.lower(): name for name in RANGES}

MAX_ALARMS = 16
MAX_ALARM_CHARACTERS = 40
_MAX_ACCURACY_M = 100_000


def quantity(name: str) -> str | None:
    """Our name of a quantity; None when we do not know it. ``Gas/O2`` is ``O2``."""
    return _OTHER_NAMES.get(name.rsplit("/", 1)[-1].strip().lower())


def thousandths(name: str, value: object) -> int:
    """A measured number in thousandths.

    Raises:
        GarbledReading: not a number, or not one such a thing can have.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise GarbledReading(f"{name} is not a number")
    lowest, highest = RANGES[name]
    if not lowest <= value <= highest:
        raise GarbledReading(f"{name} is {lowest:g} to {highest:g}")
    return round(value * 1000)


def position(found: dict[str, Any]) -> dict[str, int]:
    """A position in the integers of an entry: 1e-7 degrees (WGS 84), millimetres.

    Raises:
        GarbledReading: no position on Earth.
    """
    lat, lon, accuracy = found.get("lat"), found.get("lon"), found.get("accuracy_m", 0)
    for name, value, limit in (("lat", lat, 90), ("lon", lon, 180), ("accuracy_m", accuracy, None)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise GarbledReading(f"{name} of a position is not a number")
        if not math.isfinite(value) or (limit is not None and abs(value) > limit):
            raise GarbledReading(f"{name} of a position is out of range")
    assert isinstance(lat, int | float)
    assert isinstance(lon, int | float)
    if not 0 <= accuracy <= _MAX_ACCURACY_M:
        raise GarbledReading("accuracy_m of a position is out of range")
    return {
        "lat_e7": round(lat * 1e7),
        "lon_e7": round(lon * 1e7),
        "accuracy_mm": round(accuracy * 1000),
    }


def flags(found: object) -> tuple[str, ...]:
    """An instrument's own alarms.

    Raises:
        GarbledReading: not a short list of short words.
    """
    if not isinstance(found, list) or len(found) > MAX_ALARMS:
        raise GarbledReading(f"alarms are a list of at most {MAX_ALARMS} words")
    for word in found:
        if not isinstance(word, str) or not 1 <= len(word) <= MAX_ALARM_CHARACTERS:
            raise GarbledReading(f"an alarm is a word of at most {MAX_ALARM_CHARACTERS} characters")
    return tuple(found)
