"""Settings that may be changed while the installation runs: which, and what each may be.

Chosen so that no value can stop a recording, open a door or change what is evidence: limits of
alarms, when pages warn, the map, how long logins and join codes last. Some more are changed there
and hold from a restart of the processes they name (``restarts``): what the unit is called, further
disks and witnesses, which protect more, and models. Everything else needs the site's file and a
restart. Whoever is asked for a value checks it here, and again with the others (``with_kept``): a
limit that must lie under another one does. What has to look at the machine for it (is there such a
disk) is checked by the centre (desk/setting_checks.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from config.map_ground import place_of
from config.settings import Settings

PAGE = "page"  # where a setting comes from: changed by an administrator while it ran

NUMBER, WHOLE, SWITCH = "number", "whole", "switch"
TEXT, NUMBERS, LINES = "text", "numbers", "lines"

#: Processes that must start again before a setting holds.
CENTRE, RECORDERS, TRANSCRIBER = "centre", "recorders", "transcriber"
LINE_CHARACTERS = 3000  # a witness's key of type 6 has some 1,800


class BadSetting(Exception):
    """A value that cannot be; ``reason`` is a word pages have a sentence for."""

    def __init__(self, reason: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.reason = reason
        self.more = more


@dataclass(frozen=True)
class Changeable:
    """What a setting may be. ``low`` and ``high`` are of numbers, ``most`` of texts and lists.

    ``least`` is of texts. ``line`` says what each of several lines is, ``restarts`` which processes
    must start again before it holds; none: it holds at once.
    """

    kind: str
    low: float = 0.0
    high: float = 0.0
    most: int = 0
    least: int = 0
    line: str = ""
    restarts: tuple[str, ...] = ()


def _percent(low: float = 0.0, high: float = 100.0) -> Changeable:
    return Changeable(NUMBER, low, high)


CHANGEABLE: dict[str, Changeable] = {
    "centre.login_hours": Changeable(NUMBER, 0.25, 72),
    "centre.login_attempts": Changeable(WHOLE, 3, 20),
    "centre.login_lock_minutes": Changeable(NUMBER, 1, 1440),
    "centre.join_minutes": Changeable(NUMBER, 1, 120),
    "alarms.o2_low_vol": _percent(0, 25),
    "alarms.o2_high_vol": _percent(0, 25),
    "alarms.lel_warning_pct": _percent(),
    "alarms.lel_danger_pct": _percent(),
    "alarms.co_warning_ppm": Changeable(NUMBER, 0, 1000),
    "alarms.co_danger_ppm": Changeable(NUMBER, 0, 1000),
    "alarms.h2s_warning_ppm": Changeable(NUMBER, 0, 200),
    "alarms.h2s_danger_ppm": Changeable(NUMBER, 0, 200),
    "alarms.room_temp_low_c": Changeable(NUMBER, -40, 60),
    "alarms.room_temp_high_c": Changeable(NUMBER, -40, 60),
    "alarms.battery_low_pct": _percent(),
    "alarms.silence_seconds": Changeable(NUMBER, 2, 3600),
    "interview.longest_minutes": Changeable(NUMBER, 0, 1440),
    "interview.warn_minutes": Changeable(NUMBER, 0, 240),
    "interview.hour_limits": Changeable(NUMBERS, 0.5, 72, 6),
    "interview.hour_warn_minutes": Changeable(NUMBERS, 1, 720, 4),
    "interview.apart_hours": Changeable(NUMBER, 0, 168),
    "interview.night_from_hour": Changeable(NUMBER, 0, 24),
    "interview.night_until_hour": Changeable(NUMBER, 0, 24),
    "interview.sign_notice": Changeable(SWITCH),
    "running.warn_full_days": Changeable(NUMBER, 1, 365),
    "running.warn_expiry_days": Changeable(NUMBER, 1, 365),
    "running.warn_clock_ms": Changeable(WHOLE, 10, 60_000),
    "map.max_zoom": Changeable(WHOLE, 0, 22),
    "map.attribution": Changeable(TEXT, most=200),
    "map.places": Changeable(LINES, most=200, line="place"),
    "comparison.wording_hints": Changeable(SWITCH),
    "site.unit_name": Changeable(TEXT, most=60, least=1, restarts=(CENTRE,)),
    "site.unit_name_en": Changeable(TEXT, most=120, restarts=(CENTRE,)),
    "store.mirrors": Changeable(LINES, most=3, line="mirror", restarts=(RECORDERS, CENTRE)),
    "witness.outside": Changeable(LINES, most=8, line="witness", restarts=(CENTRE,)),
    "transcription.model": Changeable(TEXT, most=500, least=1, restarts=(TRANSCRIBER,)),
    "transcription.model_en": Changeable(TEXT, most=500, restarts=(TRANSCRIBER,)),
}

#: Those that hold from a restart on.
RESTARTED = frozenset(name for name, one in CHANGEABLE.items() if one.restarts)

#: The first lies under the second.
_ORDER = (
    ("alarms.o2_low_vol", "alarms.o2_high_vol"),
    ("alarms.lel_warning_pct", "alarms.lel_danger_pct"),
    ("alarms.co_warning_ppm", "alarms.co_danger_ppm"),
    ("alarms.h2s_warning_ppm", "alarms.h2s_danger_ppm"),
    ("alarms.room_temp_low_c", "alarms.room_temp_high_c"),
)


def checked(name: str, value: Any) -> Any:
    """The value as it is kept.

    Raises:
        BadSetting: it is of another kind, out of its bounds, or too long.
    """
    about = CHANGEABLE[name]
    if about.kind in (NUMBER, WHOLE):
        return _number(name, about, value)
    if about.kind == SWITCH:
        if not isinstance(value, bool):
            raise BadSetting("switch", f"{name}: expected true or false")
        return value
    if about.kind == TEXT:
        return _line(name, about, value)
    if not isinstance(value, list):
        raise BadSetting("list", f"{name}: expected a list")
    if len(value) > about.most:
        raise BadSetting("many", f"{name}: expected at most {about.most}", most=about.most)
    if about.kind == NUMBERS:
        return sorted({_number(name, about, one) for one in value})
    if about.line == "place":
        return [_place(name, one) for one in value]
    return [_line(name, Changeable(TEXT, most=LINE_CHARACTERS, least=1), one) for one in value]


def with_kept(settings: Settings, kept: Mapping[str, Any]) -> Settings:
    """The settings with values changed while running in force; ``said`` says which.

    Raises:
        BadSetting: two values that do not go together.
    """
    sections: dict[str, dict[str, Any]] = {}
    for name, value in kept.items():
        section, key = name.split(".")
        sections.setdefault(section, {})[key] = value
    made: dict[str, Any] = {}
    for section, values in sections.items():
        before = getattr(settings, section)
        whole = msgspec.structs.asdict(before) | values
        made[section] = msgspec.convert(whole, type(before))
    found = msgspec.structs.replace(
        settings, **made, said=settings.said | dict.fromkeys(kept, PAGE)
    )
    for low, high in _ORDER:
        first, second = value_of(found, low), value_of(found, high)
        if not first < second and {low, high} & kept.keys():
            raise BadSetting(
                "order",
                f"{low} ({first:g}) must be below {high} ({second:g})",
                below=low,
                above=high,
                below_value=first,
                above_value=second,
            )
    return found


def value_of(settings: Settings, name: str) -> Any:
    """The value in force."""
    section, key = name.split(".")
    return getattr(getattr(settings, section), key)


def _number(name: str, about: Changeable, value: Any) -> float | int:
    whole = about.kind == WHOLE
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise BadSetting("whole" if whole else "number", f"{name}: expected a number")
    if not math.isfinite(value) or not about.low <= value <= about.high:
        raise BadSetting(
            "range",
            f"{name}: expected {about.low:g} to {about.high:g}, got {value:g}",
            low=about.low,
            high=about.high,
        )
    return value if whole else float(value)


def _line(name: str, about: Changeable, value: Any) -> str:
    if not isinstance(value, str) or not (value.isprintable() or not value):
        raise BadSetting("text", f"{name}: expected one line of text")
    if len(value) > about.most:
        raise BadSetting("long", f"{name}: expected at most {about.most} signs", most=about.most)
    if len(value.strip()) < about.least:
        raise BadSetting("empty", f"{name}: expected something to stand there")
    return value.strip()


def _place(name: str, value: Any) -> str:
    if not isinstance(value, str) or place_of(value) is None:
        raise BadSetting(
            "place",
            f'{name}: expected "ROOM LATITUDE LONGITUDE" in degrees, got {str(value)[:60]!r}',
            line=str(value)[:60],
        )
    return value.strip()
