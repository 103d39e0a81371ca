"""Testimony beside what an instrument recorded at that minute (与检测仪记录不符).

A reading spoken of (quantity, number, unit) is laid beside the readings of the time it is about,
ten minutes either way, or the ten before for what was done "before". What is said of now (现在) is
laid beside the minutes around the sentence, 刚才 beside the ten before it. Beyond the instrument's
error it is amber, never red: calibration and clock of the instrument are for people to weigh.
Without a time to look at, the whole log of the incident's day is the range: seldom another.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from transcription.comparison.compare import difference_id
from transcription.comparison.model import Case, Difference, Kind, Number, Side, Slot, Tier, When
from transcription.comparison.parts import find_numbers
from transcription.comparison.threads import Heard

#: Half of the window around a moment (facts of the trade).
WINDOW_US = 10 * 60 * 1_000_000
#: Readings of one log that are kept.
READINGS_MAX = 20_000
_MINUTE_US = 60 * 1_000_000
_DAY_US = 24 * 60 * _MINUTE_US
#: A time wider than this is a stretch of time, not a moment said roughly.
_STRETCH_US = 60 * _MINUTE_US


@dataclass(frozen=True)
class Gas:
    """A quantity: how it is called, its unit, how far the instrument errs, what can be meant."""

    key: str
    names: re.Pattern[str]
    unit: str
    absolute: float
    relative: float = 0.0
    low: float = 0.0
    high: float = 100.0

    def error(self, value: float) -> float:
        return max(self.absolute, self.relative * value)


def _named(names: str) -> re.Pattern[str]:
    return re.compile(names, re.IGNORECASE)


GASES: tuple[Gas, ...] = (
    Gas("O2_vol", _named(r"氧(?!化|气瓶|气乙炔|割)|O2|\boxygen\b"), "%VOL", 0.7, 0, 5, 35),
    Gas("CO_ppm", _named(r"一氧化碳|\bCO\b(?!2)|carbon monoxide"), "ppm", 5, 0.1, 0, 5000),
    Gas("LEL_pct", _named(r"可燃气?|爆炸下限|LEL|combustible|methane|甲烷"), "%LEL", 5),
    Gas("H2S_ppm", _named(r"硫化氢|H2S|hydrogen sul(?:ph|f)ide"), "ppm", 2, 0.1, 0, 1000),
)
_BEFORE = re.compile(r"之前|以前|[下进动]\S{0,3}前|作业前|\bbefore\b", re.IGNORECASE)
_NOW = re.compile(r"现在|目前|眼下|此刻|这会儿|right now|at the moment|currently", re.IGNORECASE)
_JUST_NOW = re.compile(r"刚才|刚刚|方才|just now|a moment ago", re.IGNORECASE)
_SPOKEN = re.compile(
    r"读数|数值|显示|检测仪|测氧仪|四合一|表上|上面(?:就)?是|多少|reading|meter|gauge",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """Values of one moment by key (``O2_vol``, ``CO_ppm``, ``LEL_pct``, ``H2S_ppm``)."""

    at_us: int
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class DeviceLog:
    """What an instrument stored, in order of time. ``utc_offset_min`` is the place's clock."""

    device: str
    name: str
    readings: tuple[Reading, ...]
    points: tuple[str, ...] = ()  # ids it speaks to; empty: any about gas
    utc_offset_min: int = 480

    def between(self, start_us: int, end_us: int) -> Sequence[Reading]:
        """Readings from one instant to another, both included."""
        low = bisect_left(self.readings, start_us, key=lambda one: one.at_us)
        return self.readings[low : bisect_right(self.readings, end_us, key=lambda one: one.at_us)]


class Log(Protocol):
    """Readings of one instrument: stored ones (``DeviceLog``) or live ones (``live.py``)."""

    @property
    def device(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def points(self) -> tuple[str, ...]: ...
    @property
    def utc_offset_min(self) -> int: ...
    def between(self, start_us: int, end_us: int) -> Sequence[Reading]: ...


@dataclass(frozen=True)
class Claim:
    """A reading somebody spoke of."""

    gas: Gas
    value: Number
    span: tuple[int, int]


def claims(heard: Heard, asked: str) -> list[Claim]:
    """Readings in an answer: the gas named nearest before the number, or the one spoken of last.

    Without any gas named (上面就是二十一) a number counts as oxygen only when an instrument is
    spoken of and the value can be nothing else.
    """
    text = heard.turn.text
    out: list[Claim] = []
    for found in find_numbers(text, heard.language):
        number = found.value
        if not isinstance(number, Number) or number.unit not in ("", "%", "%VOL", "%LEL", "ppm"):
            continue
        gas = _gas(text, found.span, number, asked)
        if gas is not None:
            out.append(Claim(gas, number, found.span))
    return out


def _gas(text: str, span: tuple[int, int], number: Number, asked: str) -> Gas | None:
    before, after = text[: span[0]], text[span[1] : span[1] + 6]
    best: tuple[int, Gas] | None = None
    for gas in GASES:
        for match in gas.names.finditer(before):
            if best is None or match.end() > best[0]:
                best = (match.end(), gas)
    if best is not None and span[0] - best[0] <= 12:
        gas = best[1]
    elif _SPOKEN.search(before) and 15 <= number.low <= 25:
        gas = GASES[0]
        if re.match(r"\s*(?:个|人|分|点|号|岁|年|块|米)", after):
            return None
    else:
        return None
    return gas if gas.low <= number.low and number.high <= gas.high else None


@dataclass(frozen=True)
class Moment:
    """The time a testimony is about, in microseconds; ``before`` when it is what came before."""

    start_us: int
    end_us: int
    before: bool


def of_speaking(heard: Heard, asked: str) -> Moment | None:
    """The time looked at when a reading is said to be of now, or of just now."""
    said = f"{asked} {heard.turn.text}"
    if _JUST_NOW.search(said):
        return Moment(heard.turn.start_us - WINDOW_US, heard.turn.end_us, before=True)
    if _NOW.search(said):
        return Moment(heard.turn.start_us - _MINUTE_US, heard.turn.end_us + _MINUTE_US, False)
    return None


def moment_of(case: Case, when: When | None, text: str, utc_offset_min: int) -> Moment | None:
    """The window to look at, from a time stated, in the clock of the place."""
    day = (when.day if when and when.day else None) or case.incident
    if day is None:
        return None
    zone = timezone(timedelta(minutes=utc_offset_min))
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    zero = int(midnight.timestamp()) * 1_000_000
    if when is None:
        return Moment(zero, zero + _DAY_US, before=False)
    middle = zero + (when.low + when.high) // 2 * _MINUTE_US
    # A time said roughly (九点来钟) is its middle; half a day or a stretch is all of it.
    width = (when.high - when.low) * _MINUTE_US
    around = max(WINDOW_US, width // 2 if width > _STRETCH_US else 0)
    before = bool(_BEFORE.search(text))
    return Moment(middle - around, middle if before else middle + around, before)


def device_differences(
    heard: Heard,
    claimed: Iterable[Claim],
    asked: str,
    point: str,
    case: Case,
    when: When | Moment | None,
    logs: Iterable[Log],
) -> list[Difference]:
    """Each reading spoken of (``claims``) beside each log that has the quantity at that time."""
    out: list[Difference] = []
    text = f"{asked} {heard.turn.text}"
    for claim in claimed:
        for log in logs:
            if log.points and point not in log.points:
                continue
            moment = (
                when
                if isinstance(when, Moment)
                else moment_of(case, when, text, log.utc_offset_min)
            )
            if moment is None:
                continue
            values = _values(log, claim.gas.key, moment)
            if values and (found := _judge(heard, point, claim, log, values)) is not None:
                out.append(found)
    return out


def _values(log: Log, key: str, moment: Moment) -> list[tuple[int, float]]:
    return [
        (reading.at_us, value)
        for reading in log.between(moment.start_us, moment.end_us)
        for name, value in reading.values
        if name == key
    ]


def _judge(
    heard: Heard, point: str, claim: Claim, log: Log, values: list[tuple[int, float]]
) -> Difference | None:
    low, high = min(v for _, v in values), max(v for _, v in values)
    error = claim.gas.error(claim.value.low)
    if claim.value.low <= high + error and low - error <= claim.value.high:
        return None
    turn, (start, end) = heard.turn, claim.span
    said = Side(
        person=heard.person,
        room=heard.room,
        turn=turn.id,
        span=claim.span,
        text=turn.text[start:end],
        start_us=turn.start_us,
        end_us=turn.end_us,
        value=f"{claim.value.low:g} {claim.gas.unit}",
    )
    recorded = Side(
        person="",
        room="",
        turn="",
        span=(0, 0),
        text=log.name,
        start_us=values[0][0],
        end_us=values[-1][0],
        value=f"{low:g}{f'-{high:g}' if high > low else ''} {claim.gas.unit}",
        reference=log.device,
    )
    return Difference(
        id=difference_id(Kind.DEVICE, point, None, claim.gas.key, (heard.person, log.device)),
        kind=Kind.DEVICE,
        tier=Tier.AMBER,
        point=point,
        slot=Slot.HOW_MANY,
        rule=f"device.{claim.gas.key}",
        a=said,
        b=recorded,
    )
