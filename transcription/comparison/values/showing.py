"""Values in the short form of the annotation guideline: "05-03 09:00", "4", "NONE", "NOT 李伟"."""

from __future__ import annotations

from math import inf

from transcription.comparison.model import Number, Thing, Value, When, Whether, Who

_HOUR = 60
_DAY = 24 * 60
#: Parts of the day as ``times_zh`` and ``times_en`` give them.
_PARTS = {
    (0, 12 * 60): "上午",
    (12 * 60, 18 * 60 + 30): "下午",
    (17 * 60 + 30, _DAY): "晚上",
    (0, 6 * 60): "凌晨",
    (11 * 60, 14 * 60): "中午",
}


def show(value: Value | None) -> str:
    """``value`` in few characters; "" for none. For people and tests, never parsed again."""
    match value:
        case Who():
            return _who(value)
        case When():
            return _when(value)
        case Number():
            return _number(value)
        case Thing():
            return _names(value.names) or _names(value.denied, "NOT ")
        case Whether():
            return "yes" if value.yes else "no"
        case None:
            return ""


def _names(names: frozenset[str], before: str = "") -> str:
    return before + "、".join(sorted(names)) if names else ""


def _who(value: Who) -> str:
    if value.nobody:
        return "NONE"
    shown = _names(value.people)
    if shown and value.others:
        shown += f"+{value.others}" if value.others > 0 else "+"
    return shown or _names(value.denied, "NOT ") or (str(value.others) if value.others > 0 else "")


def _when(value: When) -> str:
    day = f"{value.day:%m-%d}" if value.day else ""
    if value.low <= 0 and value.high >= _DAY:
        return day or "?"
    return f"{day} {_of_day(value.low, value.high)}".strip()


def _of_day(low: int, high: int) -> str:
    if (low, high) in _PARTS:
        return _PARTS[low, high]
    if low <= 0:
        return f"<{_clock(high)}"
    if high >= _DAY and low % 5 == 0 and high - low > 2 * _HOUR:
        return f">{_clock(low)}"
    if low % _HOUR == 0 and high == low + _HOUR - 1:
        return f"{low // _HOUR % 24:02d}:xx"
    if high - low in (20, 30, 60):
        return _clock((low + high) // 2)
    return f"{_clock(low)}-{_clock(high)}"


def _clock(minutes: int) -> str:
    return f"{minutes // _HOUR % 24:02d}:{minutes % _HOUR:02d}"


def _number(value: Number) -> str:
    unit = "" if value.unit in ("人", "") else value.unit
    if value.high == inf:
        return f">={_figure(value.low)}{unit}"
    if value.low == value.high:
        return f"{_figure(value.low)}{unit}"
    if value.low <= 0:
        return f"<={_figure(value.high)}{unit}"
    return f"{_figure(value.low)}-{_figure(value.high)}{unit}"


def _figure(number: float) -> str:
    return f"{number:.0f}" if number == int(number) else f"{number:g}"
