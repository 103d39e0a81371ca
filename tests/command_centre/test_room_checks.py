"""The check list before a start, and the time limits of an interview; a real recorder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from command_centre.desk.alarms import alarm_history
from command_centre.desk.permissions import Caller
from command_centre.desk.time_watch import TimeWatch, time_limits
from config.settings import InterviewSettings, load
from config.words import AlarmKind, AlarmLevel, Role
from tests.command_centre.late_media import House, house
from tests.command_centre.record_room import RecordRoom
from tests.command_centre.story import CASE

WHOLE = {
    "person": "seen",
    "officers": "confirmed",
    "notice": "confirmed",
    "picture": "seen",
    "sound": "seen",
    "space": "seen",
}


async def test_the_list_is_an_entry_with_the_officers_of_the_case(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        path = f"/api/sessions/{room.session}/checks"
        review = (await room.get(f"/api/sessions/{room.session}/record/review")).json()
        assert review["checks"] is None
        said = await room.done(path, {"points": WHOLE, "hours_left": 40})
        assert said["unmet"] == []
        assert len(said["officers"]) == 2
        assert all(one["certificate"] for one in said["officers"])
        # a second list changes nothing
        again = await room.done(path, {"points": {**WHOLE, "sound": "unmet"}, "reason": "晚了"})
        assert again == said
        [entry] = await room.entries("room.checks")
        assert entry["points"] == WHOLE
        assert entry["hours_left"] == 40
        assert [one["name"] for one in entry["officers"]] == [o["name"] for o in said["officers"]]
        review = (await room.get(f"/api/sessions/{room.session}/record/review")).json()
        assert review["checks"] == said


async def test_what_is_unmet_needs_a_reason(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        path = f"/api/sessions/{room.session}/checks"
        unmet = {**WHOLE, "officers": "unmet", "space": "unmet"}
        bad: list[tuple[dict[str, Any], str]] = [
            ({"points": unmet}, "bad_reason"),
            ({"points": unmet, "reason": "  "}, "bad_reason"),
            ({"points": unmet, "reason": "长" * 81}, "bad_reason"),
            ({"points": {"officers": "confirmed"}}, "bad_checks"),
            ({"points": {**WHOLE, "sound": "perhaps"}}, "bad_checks"),
            ({"points": {**WHOLE, "more": "seen"}}, "bad_checks"),
            ({"points": []}, "malformed_request"),
        ]
        for body, code in bad:
            answer = await room.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (400, code), body
        said = await room.done(path, {"points": unmet, "reason": "<b>情况紧急</b>"})
        assert said["unmet"] == ["officers", "space"]
        assert said["reason"] == "<b>情况紧急</b>"
        await room.done(f"/api/sessions/{room.session}/close", {"reason": "完"})
        # a sealed session takes no list any more; a repeat of what was said is no new one
        assert (await room.done(path, {"points": WHOLE}))["unmet"] == ["officers", "space"]


async def test_a_limit_that_is_reached_is_an_alarm_until_the_end(tmp_path: Path) -> None:
    rule = {"longest_minutes": 0.001, "warn_minutes": 0.0, "hour_limits": [0.00005, 24.0]}
    async with house(tmp_path / "store", interview=rule) as live:
        room = await RecordRoom.open(live)

        async def alarms() -> list[Any]:
            found = await live.centre.database.read(
                lambda c: alarm_history(
                    c, CASE, rooms=frozenset(), before_us=None, offset=0, limit=9
                )
            )
            return [one for one in found if one.kind == AlarmKind.TIME_LIMIT]

        async with asyncio.timeout(30):
            while len(await alarms()) < 2:
                await asyncio.sleep(0.1)
        await live.centre.time_watch.look()  # raises nothing twice
        raised = {one.about: one for one in await alarms()}
        assert set(raised) == {"agency", "hours_5e-05"}
        assert raised["agency"].level == AlarmLevel.WARNING
        assert raised["agency"].limit == 1
        assert len(await room.entries("alarm.raised")) == 2
        await _twelve_and_twenty_four_hours(live, room, alarms)
        await room.done(f"/api/sessions/{room.session}/close", {"reason": "完"})
        assert {one.reason for one in await alarms()} == {"session_closed"}


def _rule(longest: float, hours: list[float]) -> InterviewSettings:
    return msgspec.structs.replace(
        load().interview,
        longest_minutes=longest,
        hour_limits=hours,
        hour_warn_minutes=[],
        night_from_hour=0.0,
        night_until_hour=0.0,
    )


@dataclass
class _Moved:
    """The machine's clock, some hours on."""

    hours: float = 0.0

    def now_us(self) -> int:
        return time.time_ns() // 1000 + round(self.hours * 3_600_000_000)

    def mono_us(self) -> int:
        return time.monotonic_ns() // 1000


async def _twelve_and_twenty_four_hours(
    live: House, room: RecordRoom, alarms: Callable[[], Awaitable[list[Any]]]
) -> None:
    """Each limit is an alarm when its hour comes, not before; a manager takes notice, once."""
    centre, clock = live.centre, _Moved()
    watch = TimeWatch(centre.database, centre.alarms, clock, _rule(0.0, [12.0, 24.0]))
    manager = Caller("ac-m", "lin", "林某某", Role.MANAGER, frozenset(), "lo-m")
    for hours, about in ((12, "hours_12"), (24, "hours_24")):
        clock.hours = hours - 0.1
        await watch.look()
        assert about not in {one.about for one in await alarms()}
        clock.hours = hours
        await watch.look()
        [raised] = [one for one in await alarms() if one.about == about]
        assert (raised.level, raised.limit) == (AlarmLevel.DANGER, hours * 60_000)
        assert raised.acknowledged_us is None
        for _ in range(2):
            seen = await centre.alarms.acknowledge(
                manager, raised.id, case=CASE, t_us=clock.now_us()
            )
            assert seen.acknowledged_us is not None
        await watch.look()  # taking notice neither ends it nor raises it again
        [held] = [one for one in await alarms() if one.about == about]
        assert (held.cleared_us, held.acknowledged_by) == (None, "林某某")
    taken = await room.entries("alarm.acknowledged")
    assert [(one["kind"], one["by_name"]) for one in taken] == [
        (AlarmKind.TIME_LIMIT, "林某某")
    ] * 2


@pytest.mark.parametrize(
    ("longest", "hours", "expected"),
    [
        (120.0, [24.0, 12.0, 12.0], [("agency", 120.0), ("hours_12", 720.0), ("hours_24", 1440.0)]),
        (0.0, [1.5, 0.0, -3.0], [("hours_1_5", 90.0)]),
        (0.0, [], []),
    ],
)
def test_limits_are_settings(
    longest: float, hours: list[float], expected: list[tuple[str, float]]
) -> None:
    limits = time_limits(_rule(longest, hours))
    assert [(one.about, one.minutes) for one in limits] == expected
