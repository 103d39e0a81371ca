"""Limits of measured values: which conditions a reading raises and which it ends. Pure.

A limit has a level and a direction; a value beyond it raises the condition, and only a value back
by the hysteresis ends it, so that one that trembles at the limit is one alarm. The limits come from
the settings (``[alarms]``; the trade's values and their sources stand in config/README.md), the
hysteresis is about the error of such instruments and stands here. Values are thousandths of the
unit, as in readings. Limits apply by kind of device: a gas detector's own temperature is no
room's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.settings import AlarmSettings
from config.words import AlarmKind, AlarmLevel, SourceKind

_LOW, _HIGH = AlarmKind.READING_LOW, AlarmKind.READING_HIGH
_WARNING, _DANGER = AlarmLevel.WARNING, AlarmLevel.DANGER


@dataclass(frozen=True)
class Limit:
    """One limit of one quantity."""

    quantity: str
    kind: AlarmKind  # READING_LOW or READING_HIGH
    level: AlarmLevel
    limit: int  # thousandths
    hysteresis: int  # thousandths

    def crossed(self, value: int) -> bool:
        """The value is beyond the limit."""
        return value < self.limit if self.kind is _LOW else value > self.limit

    def over(self, value: int) -> bool:
        """The value is back, by the hysteresis."""
        if self.kind is _LOW:
            return value >= self.limit + self.hysteresis
        return value <= self.limit - self.hysteresis


def limits_for(kind: str, settings: AlarmSettings) -> Sequence[Limit]:
    """The limits of a device of this kind."""

    def limit(
        quantity: str, direction: AlarmKind, level: AlarmLevel, value: float, hysteresis: float
    ) -> Limit:
        return Limit(quantity, direction, level, round(value * 1000), round(hysteresis * 1000))

    battery = [limit("battery_pct", _LOW, _WARNING, settings.battery_low_pct, 5)]
    if kind == SourceKind.GAS_DETECTOR:
        return battery + [
            limit("O2_vol", _LOW, _DANGER, settings.o2_low_vol, 0.3),
            limit("O2_vol", _HIGH, _DANGER, settings.o2_high_vol, 0.3),
            limit("LEL_pct", _HIGH, _WARNING, settings.lel_warning_pct, 2),
            limit("LEL_pct", _HIGH, _DANGER, settings.lel_danger_pct, 2),
            limit("CO_ppm", _HIGH, _WARNING, settings.co_warning_ppm, 4),
            limit("CO_ppm", _HIGH, _DANGER, settings.co_danger_ppm, 4),
            limit("H2S_ppm", _HIGH, _WARNING, settings.h2s_warning_ppm, 1),
            limit("H2S_ppm", _HIGH, _DANGER, settings.h2s_danger_ppm, 1),
        ]
    if kind == SourceKind.ENVIRONMENT:
        return battery + [
            limit("temp_c", _LOW, _WARNING, settings.room_temp_low_c, 1),
            limit("temp_c", _HIGH, _WARNING, settings.room_temp_high_c, 1),
        ]
    return battery


@dataclass(frozen=True)
class Change:
    """A condition begins (``value`` crossed ``limit``) or ends."""

    limit: Limit
    begins: bool
    value: int


class Gauge:
    """The conditions of one device, from reading to reading."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        self._limits = limits
        self._held: set[Limit] = set()

    def hold(self, kind: AlarmKind, quantity: str, level: AlarmLevel) -> None:
        """Start from what held before we did."""
        self._held |= {
            one
            for one in self._limits
            if (one.kind, one.quantity, one.level) == (kind, quantity, level)
        }

    def use(self, limits: Sequence[Limit]) -> None:
        """Other limits: an alarm that holds is over when the next reading lies within them."""
        held, self._limits, self._held = self._held, limits, set()
        for one in held:
            self.hold(one.kind, one.quantity, one.level)

    def take(self, values: Mapping[str, int]) -> list[Change]:
        """What a reading changes; quantities it does not carry stay as they are."""
        changes = []
        for limit in self._limits:
            value = values.get(limit.quantity)
            if value is None:
                continue
            if limit in self._held and limit.over(value):
                self._held.discard(limit)
                changes.append(Change(limit, False, value))
            elif limit not in self._held and limit.crossed(value):
                self._held.add(limit)
                changes.append(Change(limit, True, value))
        return changes


#: Which value a silence is told with: the one that matters most to whoever is in there.
_TELLING = ("O2_vol", "LEL_pct", "H2S_ppm", "CO_ppm", "temp_c", "battery_pct")


def telling(values: Mapping[str, int]) -> str:
    """The quantity that best says how things stood; empty when nothing known was measured."""
    return next((name for name in _TELLING if name in values), "")
