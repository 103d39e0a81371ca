"""Watches readings: limits crossed, devices that fall silent, are declared dead, or cannot be read.

Whoever records a reading (MQTT, a phone's post, the demo) needs to know nothing of alarms: every
``reading`` entry comes past here once it is projected. Readings of a room without an open session
are no entries; whoever takes them hands them to ``see``.

Alarms are asked for one after the other for each device, in the order of what was seen, and again
until the recorder answers. The queue of what is still to be asked is bounded by the conditions a
device can have: a later wish for the same condition replaces the earlier one only when nothing was
asked yet, so a short crossing during an outage of the recorder is still raised and ended.
At start the alarms that hold and the last readings of open sessions are read from the database, so
a restart neither raises twice nor forgets that a device is silent.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.alarms import Alarms, Condition
from command_centre.desk.entries import Entry, Reading, body
from command_centre.desk.follower import Follower
from command_centre.desk.thresholds import Gauge, limits_for, telling
from command_centre.errors import ProjectionError, Rejected
from config.clock import Clock
from config.settings import AlarmSettings, Settings
from config.words import MICROSECONDS, AlarmKind, AlarmLevel, SourceKind

logger = logging.getLogger(__name__)

_LOOK_S = 0.5  # how often silence is looked for
_RETRY_S = 1.0
#: Wishes waiting for one device. Full: the oldest are dropped and counted; the recorder is away for
#: minutes by then, and what holds is asked for again by the next reading.
_WISHES = 64
#: Readings waiting to be looked at; looking takes microseconds. Full: the oldest is counted and not
#: looked at, it stands in the log all the same.
_SEEN = 10_000
_INSTRUMENTS = frozenset({SourceKind.GAS_DETECTOR, SourceKind.ENVIRONMENT})


@dataclass
class _Device:
    """What is known of one device. Owned by the watch, on the event loop."""

    source: str
    kind: str
    room: str
    gauge: Gauge
    last_us: int = 0
    last_mono_us: int = 0
    values: dict[str, int] = field(default_factory=dict)
    silent: str | None = None  # quantity the silence was told with, None while it speaks
    dead: bool = False
    is_garbled: bool = False  # its latest payload could not be read
    wishes: deque[_Wish] = field(default_factory=lambda: deque(maxlen=_WISHES))
    wake: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class _Wish:
    """An alarm to raise or to clear."""

    condition: Condition
    raises: bool
    since_us: int = 0
    value: int | None = None
    limit: int | None = None


class ReadingWatch:
    """One per centre; told of readings by the follower and by whoever takes them."""

    def __init__(
        self,
        database: Database,
        follower: Follower,
        alarms: Alarms,
        clock: Clock,
        settings: AlarmSettings,
    ) -> None:
        self._database = database
        self._alarms = alarms
        self._clock = clock
        self._settings = settings
        self._devices: dict[str, _Device] = {}
        self._seen: asyncio.Queue[tuple[str, dict[str, int], int]] = asyncio.Queue(_SEEN)
        self.unwatched = 0  # readings that came faster than they could be looked at
        self._tasks: asyncio.TaskGroup | None = None
        self._rooms_closed: set[str] = set()
        self._born: set[str] = set()  # alive until declared dead, silent or not
        follower.listen(self._heard)

    def use(self, settings: Settings) -> None:
        """Other limits from the next reading on; what holds is kept until a reading says not."""
        self._settings = settings.alarms
        for device in self._devices.values():
            device.gauge.use(limits_for(device.kind, self._settings))

    def _heard(self, entries: Sequence[Entry]) -> None:
        """After each commit."""
        for entry in entries:
            if entry.kind == "session.close":
                self._rooms_closed.add(entry.room)
            if entry.kind != "reading":
                continue
            try:
                reading = body(entry, Reading)
            except ProjectionError:
                continue  # the projection has said so
            self.see(reading.device, reading.values, entry.t_us)

    def see(self, source: str, values: dict[str, int], t_us: int) -> None:
        """A device measured; values in thousandths."""
        if self._seen.full():
            self._seen.get_nowait()
            self.unwatched += 1
        self._seen.put_nowait((source, values, t_us))

    async def declared(self, source: str, alive: bool, t_us: int) -> None:
        """A birth or death certificate. A device that has one need not speak to be alive."""
        if alive:
            self._born.add(source)
        else:
            self._born.discard(source)
        device = await self._device(source)
        if device is None or device.dead is not alive:
            return
        device.dead = not alive
        if alive:
            device.last_mono_us = self._clock.mono_us()
        else:
            self._end_silence(device)
        condition = Condition(source, AlarmKind.DEVICE_LOST, level=AlarmLevel.DANGER)
        self._wish(device, _Wish(condition, not alive, since_us=t_us))

    async def garbled(self, source: str, t_us: int) -> None:
        """A payload of this device could not be read."""
        device = await self._device(source)
        if device is None:
            return
        if not device.is_garbled:
            device.is_garbled = True
            condition = Condition(source, AlarmKind.DEVICE_GARBLED)
            self._wish(device, _Wish(condition, True, since_us=t_us))

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                for row in await self._database.read(last_readings):
                    device = await self._device(row.device)
                    if device is not None:
                        device.values = msgspec.json.decode(row.measured, type=dict[str, int])
                        device.last_us = row.t_us
                tasks.create_task(self._take())
                tasks.create_task(self._look_for_silence())
        finally:
            self._tasks = None
            self._devices.clear()  # a run that starts again reads anew what holds

    async def _take(self) -> None:
        while True:
            source, values, t_us = await self._seen.get()
            device = await self._device(source)
            if device is None:
                continue
            device.last_mono_us = self._clock.mono_us()
            self._end_silence(device)
            if t_us < device.last_us:
                continue  # handed over late: how things stood before, not how they stand
            device.last_us, device.values = t_us, {**device.values, **values}
            if device.is_garbled:
                device.is_garbled = False
                self._wish(device, _Wish(Condition(source, AlarmKind.DEVICE_GARBLED), False))
            for change in device.gauge.take(values):
                limit = change.limit
                condition = Condition(source, limit.kind, limit.quantity, limit.level)
                wish = _Wish(condition, change.begins, t_us, change.value, limit.limit)
                self._wish(device, wish)

    def _end_silence(self, device: _Device) -> None:
        if device.silent is not None:
            condition = Condition(device.source, AlarmKind.DEVICE_SILENT, device.silent)
            device.silent = None
            self._wish(device, _Wish(condition, False))

    async def _look_for_silence(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            limit_us = int(self._settings.silence_seconds * MICROSECONDS)
            closed, self._rooms_closed = self._rooms_closed, set()
            for device in self._devices.values():
                if device.room in closed:
                    device.last_mono_us = 0  # nobody waits for its readings any more
                    self._end_silence(device)
                quiet_us = self._clock.mono_us() - device.last_mono_us
                waited_for = device.last_mono_us and device.kind in _INSTRUMENTS
                waited_for = waited_for and device.source not in self._born
                if waited_for and not device.dead and device.silent is None and quiet_us > limit_us:
                    self._tell_silence(device)

    def _tell_silence(self, device: _Device) -> None:
        device.silent = telling(device.values)
        condition = Condition(device.source, AlarmKind.DEVICE_SILENT, device.silent)
        value = device.values.get(device.silent)
        self._wish(device, _Wish(condition, True, since_us=device.last_us, value=value))

    def _wish(self, device: _Device, wish: _Wish) -> None:
        device.wishes.append(wish)
        device.wake.set()

    async def _device(self, source: str) -> _Device | None:
        """The device, with what held of it before we started; None when it is no source."""
        device = self._devices.get(source)
        if device is None:
            found = await self._database.read(lambda connection: place(connection, source))
            if found is None or self._tasks is None:
                return None
            kind, room = found
            held = await self._alarms.held(source)
            if source in self._devices:
                return self._devices[source]
            gauge = Gauge(limits_for(kind, self._settings))
            device = _Device(source, kind, room, gauge)
            device.last_mono_us = self._clock.mono_us()
            for condition in held:
                gauge.hold(condition.kind, condition.about, condition.level)
                if condition.kind is AlarmKind.DEVICE_SILENT:
                    device.silent = condition.about
                device.dead |= condition.kind is AlarmKind.DEVICE_LOST
                device.is_garbled |= condition.kind is AlarmKind.DEVICE_GARBLED
            self._devices[source] = device
            self._tasks.create_task(self._carry_out(device))
        return device

    async def _carry_out(self, device: _Device) -> None:
        """Ask for the device's alarms in their order, each until it is done."""
        while True:
            await device.wake.wait()
            device.wake.clear()
            while device.wishes:
                wish = device.wishes[0]
                if not await self._asked(wish):
                    await asyncio.sleep(_RETRY_S)
                elif device.wishes and device.wishes[0] is wish:
                    device.wishes.popleft()

    async def _asked(self, wish: _Wish) -> bool:
        try:
            if wish.raises:
                await self._alarms.raise_alarm(
                    wish.condition, since_us=wish.since_us, value=wish.value, limit=wish.limit
                )
            else:
                await self._alarms.clear(wish.condition)
        except Rejected as error:
            logger.warning("an alarm could not be recorded: %s", error.code)
            return error.code == "unknown_source"
        return True


def place(connection: Connection, source: str) -> tuple[str, str] | None:
    """Kind and room of a source."""
    table = schema.source
    row = connection.execute(
        select(table.c.kind, table.c.room_id).where(table.c.id == source)
    ).one_or_none()
    return (row.kind, row.room_id) if row else None


def last_readings(connection: Connection) -> Sequence[Row[Any]]:
    """The last reading of each device in sessions that are open."""
    reading, session = schema.reading, schema.session
    latest = (
        select(func.max(reading.c.log_index))
        .join(session, session.c.id == reading.c.session_id)
        .where(session.c.closed_us.is_(None))
        .group_by(reading.c.device)
    )
    return connection.execute(select(reading).where(reading.c.log_index.in_(latest))).all()
