"""Tells the recorder which cameras to fetch: those of the rooms in which a session is open.

A pulled source never opens a session; a person does, or another source of the site. The plan is
complete each time, so that a recorder that was restarted has it again after ``REPEAT_S``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.follower import Follower
from command_centre.desk.recorder_port import ask
from command_centre.errors import Rejected
from config.bus import Bus
from config.messages import Done
from config.recorder_messages import PullPlan, PullSource

logger = logging.getLogger(__name__)

LOOK_S = 1.0
REPEAT_S = 5.0


class Pulls:
    """One per centre."""

    def __init__(self, bus: Bus, database: Database, follower: Follower) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower

    async def run(self) -> None:
        """Keep the recorder's plan up to date until cancelled."""
        sent: PullPlan | None = None
        since_s = 0.0
        while True:
            advanced = self._follower.next_commit()  # taken before looking
            plan = await self._database.read(read_plan)
            if plan != sent or (plan.sources and since_s >= REPEAT_S):
                sent, since_s = (plan if await self._send(plan) else None), 0.0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await advanced.wait()
            since_s += LOOK_S

    async def _send(self, plan: PullPlan) -> bool:
        try:
            await ask(self._bus, "pull_plan", plan, Done)
        except Rejected as error:
            logger.info("cameras cannot be fetched now: %s", error.code)
            return False
        return True


def read_plan(connection: Connection) -> PullPlan:
    """Every camera to fetch now."""
    pull, source, session = schema.pull, schema.source, schema.session
    rows = connection.execute(
        select(pull, source, session.c.id.label("session"))
        .join(source, source.c.id == pull.c.source_id)
        .join(session, session.c.room_id == source.c.room_id)
        .where(session.c.closed_us.is_(None), pull.c.ended_us.is_(None))
        .order_by(source.c.id, session.c.opened_us)
    )
    found = {
        row.id: PullSource(
            source=row.id,
            source_name=row.name,
            source_kind=row.kind,
            session=row.session,
            room=row.room_id,
            channels=msgspec.json.decode(row.channels, type=list[str]),
            url=row.url,
            user=row.user_name,
            password=row.password,
        )
        for row in rows
    }
    return PullPlan(sources=list(found.values()))
