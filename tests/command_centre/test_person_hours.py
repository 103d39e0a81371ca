"""The hours of a person over several sessions: what counts, when it is warned of, who is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from command_centre.db import schema
from command_centre.desk.person_hours import (
    HOUR_US,
    Counted,
    Held,
    counted,
    night_since_us,
    night_us,
)
from command_centre.desk.time_watch import TimeWatch, time_limits
from command_centre.record.content import CHINA
from config.settings import load
from config.words import AlarmLevel
from tests.command_centre.centre import CASE, Centre

MINUTE_US = HOUR_US // 60
IDS = {"张某": "zhang", "李某": "li"}
RULE = load().interview
T = 1_000 * HOUR_US  # where the sessions of a table begin


def _held(*spans: tuple[float, float | None]) -> list[Held]:
    return [
        Held(
            f"s{at}", T + round(opened * HOUR_US), None if end is None else T + round(end * HOUR_US)
        )
        for at, (opened, end) in enumerate(spans)
    ]


@pytest.mark.parametrize(
    ("spans", "now", "expected"),
    [
        # one session that runs, and one that is over
        ([(0, None)], 3, (3, 0, 1)),
        ([(0, 2)], 30, (2, 0, 1)),
        # several count together, the time between them does not
        ([(0, 2), (3, 5), (6, None)], 7, (5, 0, 3)),
        # across midnight and into the next morning, with less rest than twelve hours
        ([(0, 5), (16.99, None)], 20, (8.01, 0, 2)),
        # after twelve hours of rest the count begins anew
        ([(0, 5), (17, None)], 20, (3, 17, 1)),
        ([(0, 5), (17, 18), (19, None)], 20, (2, 17, 2)),
        # two rooms at once count once, and one within another
        ([(0, 4), (2, None)], 6, (6, 0, 2)),
        ([(0, 8), (2, 3), (7, None)], 9, (9, 0, 3)),
        # the clock of one session was set back: never less than nothing
        ([(5, 4), (6, None)], 7, (1, 5, 2)),
        ([], 7, (0, -1000, 0)),
    ],
)
def test_what_counts_together(
    spans: list[tuple[float, float | None]], now: float, expected: tuple[float, float, int]
) -> None:
    total, since, sessions = expected
    found = counted(_held(*spans), T + round(now * HOUR_US), 12.0)
    wanted = Counted(round(total * HOUR_US), T + round(since * HOUR_US), sessions)
    assert found == wanted
    assert counted(reversed(_held(*spans)), T + round(now * HOUR_US), 12.0) == wanted


def test_no_rest_counts_each_session_by_itself() -> None:
    assert counted(_held((0, 2), (2.5, None)), T + 3 * HOUR_US, 0.0).sessions == 1
    assert counted(_held((0, 2), (2, None)), T + 3 * HOUR_US, 0.0).total_us == 3 * HOUR_US


def _china(text: str) -> int:
    return round(datetime.fromisoformat(f"{text}+08:00").timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("opened", "closed", "hours", "minutes"),
    [
        ("2026-05-12T20:00", "2026-05-12T22:00", (22, 6), 0),
        ("2026-05-12T20:00", "2026-05-12T22:01", (22, 6), 1),
        ("2026-05-12T23:30", "2026-05-13T00:30", (22, 6), 60),
        ("2026-05-12T05:00", "2026-05-12T07:00", (22, 6), 60),
        ("2026-05-12T06:00", "2026-05-12T22:00", (22, 6), 0),
        ("2026-05-12T12:00", "2026-05-14T12:00", (22, 6), 960),
        ("2026-05-12T00:00", "2026-05-12T06:00", (0.5, 5), 270),
        ("2026-05-12T00:00", "2026-05-13T00:00", (22, 22), 0),
        ("2026-05-12T23:00", "2026-05-12T23:00", (22, 6), 0),
        ("2026-05-12T01:00", "2026-05-12T03:00", (0, 24), 120),
    ],
)
def test_hours_of_the_night(
    opened: str, closed: str, hours: tuple[float, float], minutes: int
) -> None:
    assert night_us(_china(opened), _china(closed), *hours) == minutes * MINUTE_US


@pytest.mark.parametrize(
    ("at", "hours", "since"),
    [
        ("2026-05-12T21:59", (22, 6), None),
        ("2026-05-12T22:00", (22, 6), "2026-05-12T22:00"),
        ("2026-05-13T05:59", (22, 6), "2026-05-12T22:00"),
        ("2026-05-13T06:00", (22, 6), None),
        ("2026-05-13T00:10", (0.5, 5), None),
        ("2026-05-13T04:59", (0.5, 5), "2026-05-13T00:30"),
        ("2026-05-13T23:00", (22, 22), None),
        ("2026-05-13T23:00", (0, 24), "2026-05-13T00:00"),
    ],
)
def test_when_the_night_of_a_moment_began(
    at: str, hours: tuple[float, float], since: str | None
) -> None:
    assert night_since_us(_china(at), *hours) == (None if since is None else _china(since))


def test_a_warning_is_shorter_than_its_limit() -> None:
    rule = msgspec.structs.replace(
        RULE, longest_minutes=0.0, hour_limits=[12.0, 0.5], hour_warn_minutes=[60.0, 15.0, 0.0]
    )
    assert [(one.about, one.warn_minutes) for one in time_limits(rule)] == [
        ("hours_0_5", (15.0,)),
        ("hours_12", (15.0, 60.0)),
    ]
    assert time_limits(rule)[1].before(15.0) == "before_hours_12_15"


@dataclass
class _At:
    us: int

    def now_us(self) -> int:
        return self.us

    def mono_us(self) -> int:
        return self.us


@dataclass
class _Day:
    """A day of questioning: sessions that are over, and a watch whose clock is moved by hand."""

    centre: Centre
    clock: _At = field(init=False)
    watch: TimeWatch = field(init=False)

    def __post_init__(self) -> None:
        self.clock = _At(self.centre.clock.us)
        rule = msgspec.structs.replace(
            RULE, longest_minutes=0.0, night_from_hour=0.0, night_until_hour=0.0
        )
        context = self.centre.context
        self.watch = TimeWatch(context.database, context.alarms, self.clock, rule)

    async def past(
        self, number: int, room: str, person: str, from_h: float, to_h: float, *, named: bool = True
    ) -> None:
        """A session that was held so many hours before now."""
        session, now_us = "s" + f"{number:020d}".replace("0", "a").replace("1", "b"), self.clock.us
        recorder = self.centre.recorder
        recorder.append(
            "session.open",
            {
                "case": CASE,
                "case_number": "1",
                "room_name": room,
                "kind": "interview",
                "people": [
                    {"id": IDS[person] if named else "", "name": person, "role": "interviewee"},
                ],
                "opened_by": "test",
            },
            session=session,
            room=room,
            t_us=now_us - round(from_h * HOUR_US),
        )
        recorder.append(
            "session.close",
            {"closed_by": "test", "reason": "", "start_us": 0, "end_us": 1, "recordings": []},
            session=session,
            room=room,
            t_us=now_us - round(to_h * HOUR_US),
        )
        await self.centre.settle()

    async def look(self, after_h: float) -> None:
        """Look when so many hours have passed since the day began here."""
        self.clock.us = self.centre.clock.us + round(after_h * HOUR_US)
        await self.watch.look()

    async def alarms(self) -> dict[str, Any]:
        """Alarms of the centre by what they are about."""
        table = schema.alarm
        found = await self.centre.context.database.read(
            lambda connection: connection.execute(
                select(table).where(table.c.kind == "time_limit").order_by(table.c.log_index)
            ).all()
        )
        assert len({row.about for row in found}) == len(found), "raised twice"
        return {row.about: row for row in found}


async def test_the_hours_of_several_sessions_are_warned_of_and_told(centre: Centre) -> None:
    day = _Day(centre)
    await day.past(1, "room2", "张某", 20, 14)  # six hours in another room, last night
    await day.past(2, "room1", "张某", 9, 5)  # four this morning
    await day.past(3, "room2", "李某", 9, 1)  # somebody else
    session = await centre.open_room("room1")  # 张某 again: ten hours before this one

    await day.look(0.9)
    assert await day.alarms() == {}
    await day.look(1.001)
    [sixty] = (await day.alarms()).values()
    assert (sixty.about, sixty.level) == ("before_hours_12_60", AlarmLevel.WARNING)
    assert (sixty.room_id, sixty.session_id) == ("room1", session)
    assert sixty.limit_value == 720_000
    assert abs(sixty.value - 60_000) <= 1

    await day.look(1.5)
    assert list(await day.alarms()) == ["before_hours_12_60"]
    await day.look(1.751)
    found = await day.alarms()
    assert found["before_hours_12_60"].cleared_us is not None  # a nearer one says it now
    fifteen = found["before_hours_12_15"]
    assert (fifteen.cleared_us, fifteen.level) == (None, AlarmLevel.WARNING)
    assert abs(fifteen.value - 15_000) <= 1

    await day.look(2.001)
    found = await day.alarms()
    assert list(found) == ["before_hours_12_60", "before_hours_12_15", "hours_12"]
    assert found["before_hours_12_15"].cleared_us is not None
    reached = found["hours_12"]
    assert (reached.level, reached.value, reached.cleared_us) == (AlarmLevel.DANGER, None, None)
    # it is an entry of the log of the session that runs; nothing was stopped
    bodies = centre.recorder.bodies("alarm.raised")
    assert [one["about"] for one in bodies if one["kind"] == "time_limit"] == list(found)
    async with centre.client("manager") as client:
        told = (await client.get(f"/api/cases/{CASE}")).json()
    assert session in [one["id"] for one in told["sessions"] if one["closed_us"] is None]
    assert {one["about"] for one in told["alarms"]} == set(found)


async def test_a_session_that_begins_over_the_limit_says_so_from_its_start(
    centre: Centre,
) -> None:
    day = _Day(centre)
    await day.past(1, "room1", "张某", 20, 7, named=False)  # thirteen hours; named by name alone
    await centre.open_room("room1")
    await day.look(0.01)
    [reached] = (await day.alarms()).values()
    assert reached.about == "hours_12"
    assert reached.since_us - centre.clock.us < MINUTE_US  # when this session began
    again = _Day(centre)
    again.clock.us = day.clock.us
    await again.watch.look()  # the centre began again: nothing is raised twice
    assert list(await day.alarms()) == ["hours_12"]


async def test_rest_and_other_people_begin_a_count_of_their_own(centre: Centre) -> None:
    day = _Day(centre)
    await day.past(1, "room1", "张某", 24, 12)  # twelve hours, then twelve hours of rest
    await day.past(2, "room1", "李某", 11, 1)
    await centre.open_room("room1")
    await day.look(10.9)
    assert await day.alarms() == {}
    await day.look(11.2)
    assert list(await day.alarms()) == ["before_hours_12_60"]


async def test_desks_are_told_what_counts(centre: Centre) -> None:
    day = _Day(centre)
    await day.past(1, "room2", "张某", 9, 5)
    await day.past(2, "room2", "李某", 40, 39)
    session = await centre.open_room("room1")
    centre.clock.forward(1800)
    async with centre.client("interviewer") as client:
        said = (await client.get(f"/api/sessions/{session}/hours")).json()
    assert abs(said["before_us"] - 4 * HOUR_US) < MINUTE_US
    assert said["sessions"] == 2
    assert said["since_us"] == day.clock.us - 9 * HOUR_US
    async with centre.client("manager") as client:
        whole = (await client.get(f"/api/cases/{CASE}/hours")).json()
    assert (whole["apart_hours"], whole["hour_limits"]) == (12.0, [12.0, 24.0])
    zhang, li = whole["people"]
    assert (zhang["person"], zhang["running"], zhang["at_rest"]) == ("zhang", True, False)
    assert abs(zhang["total_us"] - 4.5 * HOUR_US) < MINUTE_US
    assert (li["running"], li["at_rest"], li["total_us"]) == (False, True, HOUR_US)


async def test_the_case_manager_is_told_of_questioning_at_night(centre: Centre) -> None:
    day = _Day(centre)
    hour = datetime.fromtimestamp(centre.clock.us / 1_000_000, CHINA).hour
    rule = msgspec.structs.replace(
        RULE,
        longest_minutes=0.0,
        hour_limits=[],  # the night is told of without any other rule too
        night_from_hour=float((hour + 2) % 24),
        night_until_hour=float((hour + 4) % 24),
    )
    day.watch = TimeWatch(centre.context.database, centre.context.alarms, day.clock, rule)
    session = await centre.open_room("room1")
    await day.look(0.1)
    assert await day.alarms() == {}
    await day.look(2.1)
    await day.look(2.2)
    night = (await day.alarms())["night"]
    assert (night.level, night.session_id, night.cleared_us) == (
        AlarmLevel.WARNING,
        session,
        None,
    )
    async with centre.client("manager") as client:
        told = (await client.get(f"/api/cases/{CASE}")).json()["alarms"]
    assert [(one["kind"], one["about"], one["room"]) for one in told] == [
        ("time_limit", "night", "room1")
    ]
    again = TimeWatch(centre.context.database, centre.context.alarms, day.clock, rule)
    day.watch = again
    await day.look(2.3)  # the centre began again
    assert (await day.alarms())["night"].id == night.id
    await day.look(4.1)
    assert (await day.alarms())["night"].cleared_us is not None  # over with the night
