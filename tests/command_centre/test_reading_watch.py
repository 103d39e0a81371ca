"""Readings come past the watch whoever recorded them; alarms follow in order and exactly once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from command_centre.desk.alarms import Condition
from config.bus import Unreachable
from config.words import AlarmKind, AlarmLevel
from tests.command_centre.centre import Centre, running_centre

WAIT_S = 30.0
T_US = 1_795_000_000_000_000


def _reading(centre: Centre, session: str, t_us: int = 0, **values: int) -> None:
    body = {"device": "gas-03", "values": values, "alarms": []}
    centre.recorder.append("reading", body, session=session, room="site", t_us=t_us)


async def _bodies(centre: Centre, kind: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(WAIT_S):
        while len(centre.recorder.bodies(kind)) < count:
            await asyncio.sleep(0.01)
    return centre.recorder.bodies(kind)


async def test_a_crossing_raises_and_a_return_clears(centre: Centre) -> None:
    session = await centre.open_room("site")
    _reading(centre, session, O2_vol=20_900)
    _reading(centre, session, T_US, O2_vol=18_500)
    [raised] = await _bodies(centre, "alarm.raised", 1)
    assert (raised["kind"], raised["about"], raised["level"]) == ("reading_low", "O2_vol", "danger")
    assert (raised["value"], raised["limit"], raised["since_us"]) == (18_500, 19_500, T_US)
    _reading(centre, session, T_US + 1, O2_vol=18_000)
    _reading(centre, session, T_US - 1, O2_vol=20_900)  # handed over late: changes nothing
    _reading(centre, session, T_US + 2, O2_vol=20_900)
    await _bodies(centre, "alarm.cleared", 1)
    assert len(centre.recorder.bodies("alarm.raised")) == 1


async def test_a_short_crossing_while_the_recorder_is_away_is_raised_and_ended(
    centre: Centre,
) -> None:
    session = await centre.open_room("site")
    centre.recorder.refuse["append"] = Unreachable("away")  # type: ignore[assignment]
    _reading(centre, session, O2_vol=18_500)
    _reading(centre, session, O2_vol=20_900)
    await centre.settle()
    await asyncio.sleep(0.1)
    assert centre.recorder.bodies("alarm.raised") == []
    del centre.recorder.refuse["append"]
    await _bodies(centre, "alarm.cleared", 1)
    assert len(centre.recorder.bodies("alarm.raised")) == 1


async def test_silence_is_told_with_the_last_value_and_ends_with_the_next(
    tmp_path: Path,
) -> None:
    async with running_centre(tmp_path, settings={"alarms": {"silence_seconds": 5.0}}) as centre:
        session = await centre.open_room("site")
        _reading(centre, session, 99, O2_vol=20_900, CO_ppm=1_000)
        await centre.settle()
        await asyncio.sleep(0.1)
        centre.clock.forward(6)
        [raised] = await _bodies(centre, "alarm.raised", 1)
        assert (raised["kind"], raised["about"], raised["value"]) == (
            "device_silent", "O2_vol", 20_900,
        )  # fmt: skip
        assert raised["since_us"] == 99
        _reading(centre, session, O2_vol=20_900)
        await _bodies(centre, "alarm.cleared", 1)


async def test_a_device_with_a_birth_may_be_silent(tmp_path: Path) -> None:
    async with running_centre(tmp_path, settings={"alarms": {"silence_seconds": 5.0}}) as centre:
        session = await centre.open_room("site")
        await centre.context.readings.declared("gas-03", True, 1)
        _reading(centre, session, O2_vol=20_900)
        await centre.settle()
        await asyncio.sleep(0.1)
        centre.clock.forward(60)
        await asyncio.sleep(1.2)
        assert centre.recorder.bodies("alarm.raised") == []
        await centre.context.readings.declared("gas-03", False, 2)
        await _bodies(centre, "alarm.raised", 1)


async def test_nobody_waits_for_readings_of_a_closed_room(tmp_path: Path) -> None:
    async with running_centre(tmp_path, settings={"alarms": {"silence_seconds": 5.0}}) as centre:
        session = await centre.open_room("site")
        _reading(centre, session, O2_vol=20_900)
        await centre.settle()
        await centre.context.sessions.close(session, "ac", "done")
        await asyncio.sleep(0.7)
        centre.clock.forward(60)
        await asyncio.sleep(1.2)
        assert centre.recorder.bodies("alarm.raised") == []


async def test_a_restart_goes_on_with_what_holds(tmp_path: Path) -> None:
    async with running_centre(tmp_path) as centre:
        session = await centre.open_room("site")
        _reading(centre, session, T_US, O2_vol=18_500)
        await _bodies(centre, "alarm.raised", 1)
        log = list(centre.recorder.entries)
    async with running_centre(tmp_path, keep=True, recorder_up=False) as centre:
        centre.recorder.entries[:] = log
        async with centre.recorder.serving():
            _reading(centre, session, T_US + 1, O2_vol=18_400)
            _reading(centre, session, T_US + 2, O2_vol=20_900)
            await _bodies(centre, "alarm.cleared", 1)
            assert len(centre.recorder.bodies("alarm.raised")) == 1


async def test_a_device_declared_dead_and_born_again(centre: Centre) -> None:
    await centre.open_room("site")
    await centre.context.readings.declared("gas-03", False, 5)
    await centre.context.readings.declared("gas-03", False, 6)
    [raised] = await _bodies(centre, "alarm.raised", 1)
    assert (raised["kind"], raised["since_us"]) == ("device_lost", 5)
    await centre.context.readings.declared("gas-03", True, 9)
    await _bodies(centre, "alarm.cleared", 1)
    await centre.context.readings.declared("nobody", False, 9)


async def test_what_cannot_be_read_is_shown_until_it_can(centre: Centre) -> None:
    session = await centre.open_room("site")
    for _ in range(3):
        await centre.context.readings.garbled("gas-03", 1)
    await _bodies(centre, "alarm.raised", 1)
    garbled = Condition("gas-03", AlarmKind.DEVICE_GARBLED, level=AlarmLevel.WARNING)
    async with asyncio.timeout(WAIT_S):
        while await centre.context.alarms.held("gas-03") != [garbled]:
            await asyncio.sleep(0.01)
    _reading(centre, session, O2_vol=20_900)
    await _bodies(centre, "alarm.cleared", 1)
    assert len(centre.recorder.bodies("alarm.raised")) == 1
