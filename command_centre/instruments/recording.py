"""Makes entries of what instruments say; a message is done when everything in it is durable.

``read`` decides at once and in the order of arrival what a message asks (pure, never raises);
``carry_out`` does it, and returns only when it is durable: the broker may then forget the message.
While the recorder is away it waits. A message that is delivered again gives the same entries (same
key, and with the instrument's own time also the same bytes), so nothing is recorded twice.

A reading belongs to the session open in the room of its source. Without one, or from before it
opened, it is no entry and is counted; limits are watched all the same. Sources nobody registered
are counted and left alone. Messages of one device keep their order. At most ``AT_ONCE`` entries are
on their way together: a chattering instrument waits at its broker and never crowds the recorder.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.reading_watch import ReadingWatch
from command_centre.desk.recorder_port import append
from command_centre.desk.tasks import Turns
from command_centre.errors import GarbledReading, Rejected
from command_centre.instruments import plain_json
from command_centre.instruments.acts import (
    Act,
    Declared,
    Garbled,
    Measured,
    Rebirth,
    SequenceGap,
)
from command_centre.instruments.nodes import NAMESPACE, Nodes
from config.bus import Bus
from config.clock import Clock
from config.words import MICROSECONDS

logger = logging.getLogger(__name__)

AT_ONCE = 20
_RETRY_S = 1.0
_MAX_AGE_US = 48 * 3600 * MICROSECONDS  # an instrument's time further from ours is not believed
_MAX_AHEAD_US = 10 * MICROSECONDS
_REBIRTH_US = 5 * MICROSECONDS  # a node is asked at most this often


class Commander(Protocol):
    """Sends commands to instruments."""

    async def ask_rebirth(self, group: str, node: str) -> None:
        """Ask a node to announce itself again; lost when the broker is away, then asked again."""
        ...


@dataclass
class Counts:
    """What became of messages, for the metrics."""

    readings: int = 0
    declared: int = 0
    gaps: int = 0
    garbled: int = 0
    outside: int = 0  # no session was open
    unknown: int = 0  # the device is no source
    refused: int = 0  # the recorder would not take it


@dataclass(frozen=True)
class _Place:
    room: str
    session: str  # empty: none is open
    opened_us: int


class Instruments:
    """One per centre."""

    def __init__(
        self, bus: Bus, database: Database, watch: ReadingWatch, clock: Clock, prefix: str
    ) -> None:
        self._bus = bus
        self._database = database
        self._watch = watch
        self._clock = clock
        self._prefix = prefix.rstrip("/") + "/" if prefix else ""
        self._nodes = Nodes()
        self._asked_us: dict[tuple[str, str], int] = {}
        self._turns = Turns()
        self._room = asyncio.Semaphore(AT_ONCE)
        self.counts = Counts()

    async def remember(self) -> None:
        """Devices that were alive when we last ran, so that a death while we were away counts."""
        for row in await self._database.read(certificates):
            if row.kind == "device.birth":
                said = msgspec.json.decode(row.summary, type=dict[str, Any])
                self._nodes.remember(said["group"], said["node"], row.source_id)
                await self._watch.declared(row.source_id, True, row.t_us)

    def read(self, topic: str, payload: bytes) -> list[Act]:
        """What a message asks; in the order of arrival."""
        if topic.startswith(f"{NAMESPACE}/"):
            return self._nodes.take(topic, payload)
        device = topic.removeprefix(self._prefix)
        if not self._prefix or device == topic or "/" in device:
            return []
        try:
            return [plain_json.decode(device, payload)]
        except GarbledReading as error:
            return [Garbled(device, str(error))]

    async def carry_out(self, acts: Sequence[Act], arrived_us: int, commander: Commander) -> None:
        """Do what a message asks; durable on return. ``arrived_us`` is of the first delivery."""
        for act in acts:
            match act:
                case Measured():
                    await self._measured(act, arrived_us)
                case Declared():
                    await self._declared(act, arrived_us)
                case SequenceGap():
                    await self._gap(act, arrived_us)
                case Garbled():
                    self.counts.garbled += 1
                    logger.warning("a message of %s cannot be read: %s", act.device, act.why)
                    await self._watch.garbled(act.device, arrived_us)
                case Rebirth():
                    await self._rebirth(act, commander)

    async def _measured(self, act: Measured, arrived_us: int) -> None:
        t_us = arrived_us
        if act.t_us is not None and -_MAX_AHEAD_US <= arrived_us - act.t_us <= _MAX_AGE_US:
            t_us = act.t_us
        place = await self._place(act.device)
        if place is None:
            return
        if not place.session or t_us < place.opened_us:
            self.counts.outside += 1
            self._watch.see(act.device, act.values, t_us)
            return
        body: dict[str, Any] = {
            "device": act.device,
            "values": act.values,
            "alarms": list(act.alarms),
        }
        if act.position is not None:
            body["position"] = {**act.position, "t_us": t_us}
        if await self._append("reading", place, body, t_us):
            self.counts.readings += 1

    async def _declared(self, act: Declared, arrived_us: int) -> None:
        place = await self._place(act.device)
        if place is None:
            return
        kind = "device.birth" if act.alive else "device.death"
        body = {"source": act.device, "by": act.by, "group": act.group, "node": act.node}
        if await self._append(kind, place, body, arrived_us):
            self.counts.declared += 1
        await self._watch.declared(act.device, act.alive, arrived_us)

    async def _gap(self, act: SequenceGap, arrived_us: int) -> None:
        for device in act.devices:
            place = await self._place(device)
            if place is None:
                continue
            body = {
                "source": device,
                "group": act.group,
                "node": act.node,
                "expected": act.expected,
                "got": act.got,
            }
            if await self._append("device.sequence_gap", place, body, arrived_us):
                self.counts.gaps += 1

    async def _rebirth(self, act: Rebirth, commander: Commander) -> None:
        now_us, node = self._clock.mono_us(), (act.group, act.node)
        if now_us - self._asked_us.get(node, -_REBIRTH_US) >= _REBIRTH_US:
            self._asked_us[node] = now_us
            await commander.ask_rebirth(act.group, act.node)

    async def _place(self, source: str) -> _Place | None:
        # turns: what is asked for next is sent before the next message of the device gets here
        async with self._turns.turn(source):
            found = await self._database.read(lambda connection: place_of(connection, source))
        if found is None:
            self.counts.unknown += 1
        return found

    async def _append(self, kind: str, place: _Place, body: dict[str, Any], t_us: int) -> bool:
        """Append until it is durable; false when the recorder will never take it."""
        digest = hashlib.sha256(
            msgspec.json.encode([kind, place.session, t_us, body], order="sorted")
        )
        key = f"instrument:{digest.hexdigest()[:40]}"
        async with self._room:
            while True:
                try:
                    await append(
                        self._bus,
                        key=key,
                        kind=kind,
                        session=place.session,
                        room=place.room,
                        body=body,
                        t_us=t_us,
                    )
                    return True
                except Rejected as error:
                    if error.code == "recorder_refused":
                        self.counts.refused += 1
                        logger.error("the recorder refused a %s: %s", kind, error.code)
                        return False
                    await asyncio.sleep(_RETRY_S)


def place_of(connection: Connection, source: str) -> _Place | None:
    """The room of a source and the session open there."""
    table, session = schema.source, schema.session
    room = connection.execute(select(table.c.room_id).where(table.c.id == source)).scalar()
    if room is None:
        return None
    opened = connection.execute(
        select(session.c.id, session.c.opened_us)
        .where(session.c.room_id == room, session.c.closed_us.is_(None))
        .order_by(session.c.opened_us.desc())
        .limit(1)
    ).one_or_none()
    return _Place(room, opened.id, opened.opened_us) if opened else _Place(room, "", 0)


def certificates(connection: Connection) -> Sequence[Row[Any]]:
    """The last birth or death of each device."""
    table = schema.log_entry
    latest = (
        select(func.max(table.c.log_index))
        .where(table.c.kind.in_(("device.birth", "device.death")))
        .group_by(table.c.source_id)
    )
    return connection.execute(
        select(table).where(
            table.c.log_index.in_(latest), table.c.kind.in_(("device.birth", "device.death"))
        )
    ).all()
