"""Watches how long each interview has lasted, and raises an alarm at every limit it reaches.

The agency's own rule and further hours are settings (``[interview]``). Pauses count: the rules are
about how long a person is kept, not about how much was recorded. Nothing here stops anything. An
alarm holds until its session ends, so a restart raises none twice; it is acknowledged like any
other.
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
from command_centre.errors import Rejected
from config.clock import Clock
from config.settings import InterviewSettings, Settings
from config.words import MICROSECONDS, AlarmKind, AlarmLevel, SessionKind

logger = logging.getLogger(__name__)

LOOK_S = 2.0
AGENCY = "agency"
HOURS = "hours"
_MINUTE_US = 60 * MICROSECONDS


@dataclass(frozen=True)
class TimeLimit:
    """A time after which an alarm is raised."""

    about: str
    minutes: float
    level: AlarmLevel

    @property
    def after_us(self) -> int:
        """The same in microseconds."""
        return round(self.minutes * _MINUTE_US)


def time_limits(settings: InterviewSettings) -> list[TimeLimit]:
    """The limits in force, the shortest first."""
    found = [
        TimeLimit(f"{HOURS}_{hours:g}".replace(".", "_"), hours * 60, AlarmLevel.DANGER)
        for hours in sorted(set(settings.hour_limits))
        if hours > 0
    ]
    if settings.longest_minutes > 0:
        found.insert(0, TimeLimit(AGENCY, settings.longest_minutes, AlarmLevel.WARNING))
    return found


class TimeWatch:
    """One per centre; used on the event loop."""

    def __init__(
        self, database: Database, alarms: Alarms, clock: Clock, settings: InterviewSettings
    ) -> None:
        self._database = database
        self._alarms = alarms
        self._clock = clock
        self._limits = time_limits(settings)
        self._said: set[tuple[str, str]] = set()  # session and limit that need no second look

    def use(self, settings: Settings) -> None:
        """Other limits from the next look on; an alarm that was raised stays."""
        self._limits = time_limits(settings.interview)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Raise what was reached since the last look."""
        if not self._limits:
            return
        now_us = self._clock.now_us()
        open_now = await self._database.read(_interviews)
        sessions = {session for session, _, _ in open_now}
        self._said = {one for one in self._said if one[0] in sessions}
        for session, room, opened_us in open_now:
            for limit in self._limits:
                reached = now_us - opened_us >= limit.after_us
                if reached and (session, limit.about) not in self._said:
                    await self._raise(session, room, opened_us, limit)

    async def _raise(self, session: str, room: str, opened_us: int, limit: TimeLimit) -> None:
        source = await self._database.read(lambda connection: camera_of(connection, room))
        if source is None:
            self._said.add((session, limit.about))  # a room without a camera shows no alarm
            return
        try:
            await self._alarms.raise_alarm(
                Condition(source, AlarmKind.TIME_LIMIT, limit.about, limit.level),
                since_us=opened_us + limit.after_us,
                limit=round(limit.minutes * 1000),
            )
        except Rejected as error:
            logger.warning("an alarm could not be recorded: %s", error.code)  # the next look tries
            return
        self._said.add((session, limit.about))


def _interviews(connection: Connection) -> list[tuple[str, str, int]]:
    """Open interviews: session, room, when they were opened."""
    table = schema.session
    found = connection.execute(
        select(table.c.id, table.c.room_id, table.c.opened_us).where(
            table.c.closed_us.is_(None), table.c.kind == SessionKind.INTERVIEW
        )
    )
    return [(row.id, row.room_id, row.opened_us) for row in found]
