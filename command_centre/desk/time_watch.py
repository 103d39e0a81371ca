"""Watches how long people have been questioned, and raises an alarm at every limit it reaches.

The agency's own rule is about one interview. Its further hours are about the person, over all
sessions that count together (``person_hours.py``), and are warned of before: each time at the
nearest of ``hour_warn_minutes``, and what was said earlier is then over. All of it are settings
(``[interview]``). Pauses count: the rules are about how long a person is kept, not about how much
was recorded. An interview that runs in the hours of the night raises one alarm a night, over with
the night. Nothing here stops anything. Every other alarm holds until its session ends, so a restart
raises none twice; it is acknowledged like any other.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.alarms import Alarms, Condition
from command_centre.desk.cases import camera_of
from command_centre.desk.person_hours import Held, counted, held_of, night_since_us
from command_centre.errors import Rejected
from config.clock import Clock
from config.settings import InterviewSettings, Settings
from config.words import MICROSECONDS, AlarmKind, AlarmLevel, SessionKind

logger = logging.getLogger(__name__)

LOOK_S = 2.0
AGENCY = "agency"
HOURS = "hours"
BEFORE = "before"
NIGHT = "night"
_MINUTE_US = 60 * MICROSECONDS


@dataclass(frozen=True)
class TimeLimit:
    """A time after which an alarm is raised, and how long before it is warned of."""

    about: str
    minutes: float
    level: AlarmLevel
    warn_minutes: tuple[float, ...] = ()  # the nearest first; each is shorter than the limit

    @property
    def after_us(self) -> int:
        """The same in microseconds."""
        return round(self.minutes * _MINUTE_US)

    @property
    def of_person(self) -> bool:
        """Whether sessions count together for it."""
        return self.about != AGENCY

    def before(self, minutes: float) -> str:
        """What an alarm that long before it is about."""
        return f"{BEFORE}_{self.about}_{_plain(minutes)}"


def time_limits(settings: InterviewSettings) -> list[TimeLimit]:
    """The limits in force, the shortest first."""
    warned = sorted({one for one in settings.hour_warn_minutes if one > 0})
    found = [
        TimeLimit(
            f"{HOURS}_{_plain(hours)}",
            hours * 60,
            AlarmLevel.DANGER,
            tuple(one for one in warned if one < hours * 60),
        )
        for hours in sorted(set(settings.hour_limits))
        if hours > 0
    ]
    if settings.longest_minutes > 0:
        found.insert(0, TimeLimit(AGENCY, settings.longest_minutes, AlarmLevel.WARNING))
    return found


def _plain(number: float) -> str:
    return f"{number:g}".replace(".", "_")


@dataclass(frozen=True)
class Mark:
    """What is to be said of a limit now: that it is reached, or near."""

    about: str
    level: AlarmLevel
    since_us: int  # when it came true
    due_us: int = 0  # when the limit will be reached; 0: it is


@dataclass(frozen=True)
class _Interview:
    """An open one, and how long its person has been questioned in all that counts."""

    session: str
    room: str
    opened_us: int
    person_us: int


class TimeWatch:
    """One per centre; used on the event loop."""

    def __init__(
        self, database: Database, alarms: Alarms, clock: Clock, settings: InterviewSettings
    ) -> None:
        self._database = database
        self._alarms = alarms
        self._clock = clock
        self._rule = settings
        self._limits = time_limits(settings)
        self._said: set[tuple[str, str]] = set()  # session and alarm that need no second look
        self._night: dict[str, bool] = {}  # session: what was last said of the night

    def use(self, settings: Settings) -> None:
        """Other limits from the next look on; an alarm that was raised stays."""
        self._rule = settings.interview
        self._limits = time_limits(settings.interview)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Raise what was reached since the last look, and warn of what is near."""
        now_us, apart_hours = self._clock.now_us(), self._rule.apart_hours
        open_now = await self._database.read(
            lambda connection: _interviews(connection, now_us, apart_hours)
        )
        sessions = {one.session for one in open_now}
        self._said = {one for one in self._said if one[0] in sessions}
        self._night = {one: said for one, said in self._night.items() if one in sessions}
        night_us = night_since_us(now_us, self._rule.night_from_hour, self._rule.night_until_hour)
        for interview in open_now:
            for limit in self._limits:
                await self._look_at(interview, limit, now_us)
            await self._look_at_night(interview, night_us)

    async def _look_at(self, of: _Interview, limit: TimeLimit, now_us: int) -> None:
        passed_us = of.person_us if limit.of_person else now_us - of.opened_us
        left_us = limit.after_us - passed_us
        near = [one for one in limit.warn_minutes if left_us <= one * _MINUTE_US]
        if left_us <= 0:
            await self._raise(of, limit, Mark(limit.about, limit.level, now_us + left_us), near)
        elif near:
            warned_us = now_us + left_us - round(near[0] * _MINUTE_US)
            mark = Mark(limit.before(near[0]), AlarmLevel.WARNING, warned_us, now_us + left_us)
            await self._raise(of, limit, mark, near[1:])

    async def _look_at_night(self, of: _Interview, night_us: int | None) -> None:
        """Say once that it is night, and once that it no longer is."""
        is_night = night_us is not None
        if self._night.get(of.session) == is_night:
            return
        source = await self._camera_of(of)
        if source is not None:
            condition = Condition(source, AlarmKind.TIME_LIMIT, NIGHT, AlarmLevel.WARNING)
            try:
                if night_us is None:
                    await self._alarms.clear(condition)
                else:
                    since_us = max(of.opened_us, night_us)
                    await self._alarms.raise_alarm(condition, since_us=since_us)
            except Rejected as error:
                logger.warning("an alarm could not be recorded: %s", error.code)
                return  # the next look tries
        self._night[of.session] = is_night

    async def _camera_of(self, of: _Interview) -> str | None:
        return await self._database.read(lambda connection: camera_of(connection, of.room))

    async def _raise(
        self, of: _Interview, limit: TimeLimit, mark: Mark, earlier: list[float]
    ) -> None:
        """Say it once; what was said before of the same limit is then over."""
        if (of.session, mark.about) in self._said:
            return
        source = await self._camera_of(of)
        if source is None:
            self._said.add((of.session, mark.about))  # a room without a camera shows no alarm
            return
        since_us = max(of.opened_us, mark.since_us)
        left_us = mark.due_us - since_us if mark.due_us else None
        try:
            await self._alarms.raise_alarm(
                Condition(source, AlarmKind.TIME_LIMIT, mark.about, mark.level),
                since_us=since_us,
                value=None if left_us is None else round(left_us * 1000 / _MINUTE_US),
                limit=round(limit.minutes * 1000),
            )
            for minutes in earlier:
                about = limit.before(minutes)
                await self._alarms.clear(
                    Condition(source, AlarmKind.TIME_LIMIT, about, AlarmLevel.WARNING)
                )
        except Rejected as error:
            logger.warning("an alarm could not be recorded: %s", error.code)  # the next look tries
            return
        self._said.add((of.session, mark.about))


def _interviews(connection: Connection, now_us: int, apart_hours: float) -> list[_Interview]:
    """Open interviews, and what counts together of their people."""
    table = schema.session
    found = connection.execute(
        select(table).where(table.c.closed_us.is_(None), table.c.kind == SessionKind.INTERVIEW)
    ).all()
    open_now = []
    for row in found:
        held = held_of(connection, row.case_id, row.person_id, row.person_name)
        if all(one.session != row.id for one in held):
            held = [Held(row.id, row.opened_us)]  # of nobody who is known: by itself
        total_us = counted(held, now_us, apart_hours).total_us
        open_now.append(_Interview(row.id, row.room_id, row.opened_us, total_us))
    return open_now
