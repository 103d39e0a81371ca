"""The facts of the administration's home: what is recorded, alarms, storage left, keys that end.

Counted with each sample of the health (every 2 s while somebody looks). Rooms and alarms are two
counts in the database; disks and keys, which change slowly and cost more, are looked at again after
``SLOW_S``. No name, no text, no case.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, or_, select

from command_centre.db import schema
from command_centre.desk.health_views import FactsView
from command_centre.desk.key_list import list_keys
from command_centre.desk.storage_views import StorageView
from config.words import SourceState

if TYPE_CHECKING:  # the context holds the desk of health, which holds this
    from command_centre.desk.context import CentreContext

SLOW_S = 30.0
_PACE_DAYS = 30


@dataclass
class RunningFacts:
    """One per centre; used on the event loop."""

    _slow_at_s: float = float("-inf")
    _storage: StorageView | None = None
    _keys_ending: int = 0

    async def look(self, context: CentreContext, now_us: int) -> FactsView:
        """Count now."""
        await self._look_slowly(context, now_us)
        rooms, opened, alarms, sources = await context.database.read(_counts)
        recording = {
            sources[name]
            for name, status in context.board.statuses.items()
            if name in sources and status.state == SourceState.RECORDING
        }
        storage = self._storage
        assert storage is not None
        fullest = min(storage.disks, key=lambda one: one.free_bytes - one.kept_bytes, default=None)
        pace = next((one for one in storage.paces if one.days == _PACE_DAYS), None)
        return FactsView(
            rooms=rooms,
            rooms_open=len(opened),
            rooms_recording=len(recording & opened),
            alarms=alarms,
            free_bytes=fullest.free_bytes if fullest else 0,
            storage=fullest.level if fullest else "critical",
            room_hours_left_us=storage.room_hours_left_us,
            full_us=pace.full_us if pace and pace.enough else None,
            storage_warn=bool(pace and pace.warn),
            keys_ending=self._keys_ending,
        )

    async def _look_slowly(self, context: CentreContext, now_us: int) -> None:
        now_s = time.monotonic()
        if self._storage is not None and now_s - self._slow_at_s < SLOW_S:
            return
        self._slow_at_s = now_s
        self._storage = await context.storage.view(await context.retention.counts())
        keys = await asyncio.to_thread(list_keys, context.settings, now_us)
        ending = [one for one in keys if one.state == "ends_soon"]
        self._keys_ending = len(ending) + sum(
            one.state == "ended" and one.until_us is not None for one in keys
        )


def _counts(connection: Connection) -> tuple[int, set[str], int, dict[str, str]]:
    """Rooms in service, rooms with an open session, alarms, and the room of each source."""
    room, session, alarm, source = schema.room, schema.session, schema.alarm, schema.source
    rooms = connection.execute(
        select(func.count()).select_from(room).where(room.c.retired_us.is_(None))
    ).scalar_one()
    opened = connection.execute(
        select(session.c.room_id).where(session.c.closed_us.is_(None)).distinct()
    ).scalars()
    alarms = connection.execute(
        select(func.count())
        .select_from(alarm)
        .where(or_(alarm.c.cleared_us.is_(None), alarm.c.acknowledged_us.is_(None)))
    ).scalar_one()
    places = connection.execute(select(source.c.id, source.c.room_id))
    return rooms, set(opened), alarms, {row.id: row.room_id for row in places}
