"""Limits with hysteresis: one that trembles is one alarm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_centre.desk.thresholds import Gauge, limits_for, telling
from config.settings import load
from config.words import AlarmKind, AlarmLevel, SourceKind

SETTINGS = load().alarms
GAS = limits_for(SourceKind.GAS_DETECTOR, SETTINGS)


def _said(gauge: Gauge, **values: int) -> list[tuple[str, str, str, bool]]:
    return [
        (one.limit.quantity, str(one.limit.kind), str(one.limit.level), one.begins)
        for one in gauge.take(values)
    ]


def test_oxygen_below_the_limit_and_back_by_the_hysteresis() -> None:
    gauge = Gauge(GAS)
    low = ("O2_vol", "reading_low", "danger")
    assert _said(gauge, O2_vol=19_500) == []
    assert _said(gauge, O2_vol=19_499) == [(*low, True)]
    assert _said(gauge, O2_vol=19_700) == []
    assert _said(gauge, O2_vol=19_400) == []
    assert _said(gauge, O2_vol=19_800) == [(*low, False)]
    assert _said(gauge, O2_vol=23_501) == [("O2_vol", "reading_high", "danger", True)]


def test_both_levels_of_a_gas() -> None:
    gauge = Gauge(GAS)
    assert _said(gauge, LEL_pct=11_000) == [("LEL_pct", "reading_high", "warning", True)]
    assert _said(gauge, LEL_pct=26_000) == [("LEL_pct", "reading_high", "danger", True)]
    assert _said(gauge, LEL_pct=0) == [
        ("LEL_pct", "reading_high", "warning", False),
        ("LEL_pct", "reading_high", "danger", False),
    ]


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("CO_ppm", 25_000, AlarmLevel.WARNING),
        ("CO_ppm", 161_000, AlarmLevel.DANGER),
        ("H2S_ppm", 7_000, AlarmLevel.WARNING),
        ("H2S_ppm", 21_000, AlarmLevel.DANGER),
    ],
)
def test_the_trades_limits(name: str, value: int, level: AlarmLevel) -> None:
    changes = Gauge(GAS).take({name: value})
    assert level in {one.limit.level for one in changes}


def test_limits_are_of_the_kind_of_device() -> None:
    assert Gauge(GAS).take({"temp_c": 60_000}) == []
    room = Gauge(limits_for(SourceKind.ENVIRONMENT, SETTINGS))
    assert [one.limit.kind for one in room.take({"temp_c": 36_000})] == [AlarmKind.READING_HIGH]
    phone = Gauge(limits_for(SourceKind.BODY_CAMERA, SETTINGS))
    assert phone.take({"O2_vol": 0}) == []
    assert [one.limit.quantity for one in phone.take({"battery_pct": 10_000})] == ["battery_pct"]


def test_what_held_before_is_not_raised_again() -> None:
    gauge = Gauge(GAS)
    gauge.hold(AlarmKind.READING_LOW, "O2_vol", AlarmLevel.DANGER)
    assert _said(gauge, O2_vol=18_000) == []
    assert _said(gauge, O2_vol=20_900) == [("O2_vol", "reading_low", "danger", False)]


@given(st.lists(st.integers(0, 30_000), max_size=60))
def test_beginnings_and_ends_take_turns(values: list[int]) -> None:
    gauge = Gauge(GAS)
    turns: dict[str, list[bool]] = {}
    for value in values:
        for change in gauge.take({"O2_vol": value}):
            turns.setdefault(str(change.limit.kind), []).append(change.begins)
    for begun in turns.values():
        assert begun == [place % 2 == 0 for place in range(len(begun))]


def test_a_silence_is_told_with_what_matters_most() -> None:
    assert telling({"battery_pct": 1, "O2_vol": 2}) == "O2_vol"
    assert telling({"unknown": 1}) == ""
