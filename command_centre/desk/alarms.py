"""Alarms as acts: one way to raise, clear and acknowledge, for every part that notices something.

At most one alarm of a ``Condition`` holds at a time: raising it again while it holds gives the
alarm that is there, clearing what does not hold does nothing. So a part that starts over simply
says again what it sees. Each act is an entry of the recorder's log first; the row and the event to
the desks follow from it (``projection_alarms``). When the recorder does not answer, the act is
refused and the caller tries again later: a second try is the same entry.

An alarm stands in the session that is open in the source's room, or, when none is, in the room
alone (``session`` empty).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, or_, select, true

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import rows
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.session_log import append_to_session
from command_centre.desk.tasks import Turns
from command_centre.desk.views import Alarm, AlarmIn
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock
from config.words import AlarmKind, AlarmLevel, CaseState

MAX_NOTE_CHARACTERS = 200
#: Alarms a desk is given when it opens: those that hold or wait to be acknowledged.
STANDING = 200
#: Alarms of all of somebody's cases together that a page of no case is told.
WAITING = 1_000

OVER = "over"
SOURCE_GONE = "source_gone"

T = TypeVar("T")


@dataclass(frozen=True)
class Condition:
    """What is wrong with what; the identity of an alarm while it holds."""

    source: str
    kind: AlarmKind
    about: str = ""  # measured quantity, when the kind alone does not say it
    level: AlarmLevel = AlarmLevel.WARNING


@dataclass(frozen=True)
class _Draft:
    """An ``alarm.raised`` on its way: the same on every try."""

    alarm: str
    session: str
    room: str
    body: dict[str, Any]
    t_us: int


class Alarms:
    """Raises, clears and acknowledges. One per centre."""

    def __init__(self, bus: Bus, database: Database, follower: Follower, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._turns = Turns()
        self._drafts: dict[Condition, _Draft] = {}

    async def raise_alarm(
        self,
        condition: Condition,
        *,
        since_us: int | None = None,
        value: int | None = None,
        limit: int | None = None,
        note: str = "",
    ) -> Alarm:
        """Raise an alarm, or find the one that holds already; durable on return.

        ``since_us``: when what it says began; ``value`` and ``limit`` in thousandths of the unit.

        Raises:
            Rejected: ``unknown_source``, or the recorder refused or does not answer (try again).
        """
        async with self._turns.turn(condition):
            held = await self._read(holding, condition)
            if held is not None:
                self._drafts.pop(condition, None)
                return rows.alarm(held)
            room, session = await self._read(place_of, condition.source)
            draft = self._drafts.get(condition)
            if draft is None or draft.session != session:
                now_us = self._clock.now_us()
                body = _body(condition, min(since_us or now_us, now_us), value, limit, note)
                draft = _Draft(body["alarm"], session, room, body, now_us)
                self._drafts[condition] = draft
            await self._append(draft.alarm, "raised", draft.session, draft.room, draft.body,
                               draft.t_us)  # fmt: skip
            del self._drafts[condition]
            return await self._current(draft.alarm)

    async def clear(self, condition: Condition, *, reason: str = OVER) -> Alarm | None:
        """Say that it is over; None when no such alarm holds. Durable on return.

        Raises:
            Rejected: the recorder refused or does not answer (try again).
        """
        async with self._turns.turn(condition):
            self._drafts.pop(condition, None)
            held = await self._read(holding, condition)
            if held is None:
                return None
            body = {"alarm": held.id, "source": held.source_id, "kind": held.kind, "reason": reason}
            session = await self._read(still_open, held.session_id)
            await self._append(
                held.id, "cleared", session, held.room_id, body, self._clock.now_us()
            )
            return await self._current(held.id)

    async def session_of(self, source: str) -> str:
        """The session that is open in the source's room; empty when none is.

        Raises:
            Rejected: ``unknown_source``.
        """
        _, session = await self._read(place_of, source)
        return session

    async def acknowledge(self, caller: Caller, alarm: str, *, case: str, t_us: int) -> Alarm:
        """A person took notice; a repeat returns the alarm as it is.

        Raises:
            Rejected: ``unknown_alarm``, or the recorder refused or does not answer.
        """
        async with self._turns.turn(alarm):
            row = await self._read(find, alarm)
            if row is None or row.case_id != case:
                raise Rejected("unknown_alarm", "there is no such alarm in this case")
            if row.acknowledged_us is not None:
                return rows.alarm(row)
            body = {
                "alarm": row.id,
                "source": row.source_id,
                "kind": row.kind,
                "by": caller.account_id,
                "by_name": caller.name,
            }
            session = await self._read(still_open, row.session_id)
            await self._append(row.id, "acknowledged", session, row.room_id, body, t_us)
            return await self._current(row.id)

    async def held(self, source: str) -> list[Condition]:
        """What holds of a source right now."""
        found = await self._read(held_of, source)
        return [
            Condition(row.source_id, AlarmKind(row.kind), row.about, AlarmLevel(row.level))
            for row in found
        ]

    async def _append(
        self, alarm: str, act: str, session: str, room: str, body: dict[str, Any], t_us: int
    ) -> None:
        await append_to_session(
            self._bus,
            self._follower,
            key=f"alarm:{alarm}:{act}",
            kind=f"alarm.{act}",
            session=session,
            room=room,
            body=body,
            t_us=t_us,
        )

    async def _current(self, alarm: str) -> Alarm:
        row = await self._read(find, alarm)
        if row is None:
            raise Rejected("unknown_alarm", "the alarm was recorded but cannot be shown")
        return rows.alarm(row)

    async def _read(self, look: Callable[[Connection, Any], T], about: Any) -> T:
        return await self._database.read(lambda connection: look(connection, about))


def _body(
    condition: Condition, since_us: int, value: int | None, limit: int | None, note: str
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "alarm": short_id("al"),
        "source": condition.source,
        "kind": str(condition.kind),
        "level": str(condition.level),
        "since_us": since_us,
    }
    optional = {
        "about": condition.about or None,
        "value": value,
        "limit": limit,
        "note": note[:MAX_NOTE_CHARACTERS] or None,
    }
    return body | {name: given for name, given in optional.items() if given is not None}


def holding(connection: Connection, condition: Condition) -> Row[Any] | None:
    """The alarm of a condition that is not over."""
    table = schema.alarm
    return connection.execute(
        select(table)
        .where(
            table.c.source_id == condition.source,
            table.c.kind == condition.kind,
            table.c.about == condition.about,
            table.c.level == condition.level,
            table.c.cleared_us.is_(None),
        )
        .order_by(table.c.log_index)
        .limit(1)
    ).one_or_none()


def held_of(connection: Connection, source: str) -> list[Row[Any]]:
    """Every alarm of a source that is not over."""
    table = schema.alarm
    statement = select(table).where(table.c.source_id == source, table.c.cleared_us.is_(None))
    return list(connection.execute(statement.order_by(table.c.log_index)))


def find(connection: Connection, alarm: str) -> Row[Any] | None:
    """An alarm by its id."""
    table = schema.alarm
    return connection.execute(select(table).where(table.c.id == alarm)).one_or_none()


def place_of(connection: Connection, source: str) -> tuple[str, str]:
    """The room of a source and the session open there, empty when none is."""
    table, session = schema.source, schema.session
    room = connection.execute(select(table.c.room_id).where(table.c.id == source)).scalar()
    if room is None:
        raise Rejected("unknown_source", "there is no such source")
    opened = connection.execute(
        select(session.c.id)
        .where(session.c.room_id == room, session.c.closed_us.is_(None))
        .order_by(session.c.opened_us.desc())
        .limit(1)
    ).scalar()
    return room, opened or ""


def still_open(connection: Connection, session: str) -> str:
    """The session, or nothing when it is sealed: nothing is added to a sealed session."""
    table = schema.session
    statement = select(table.c.id).where(table.c.id == session, table.c.closed_us.is_(None))
    return connection.execute(statement).scalar() or ""


def standing_alarms(connection: Connection, case: str) -> list[Alarm]:
    """Alarms of a case that hold or wait to be acknowledged, the latest last."""
    table = schema.alarm
    found = connection.execute(
        select(table)
        .where(
            table.c.case_id == case,
            or_(table.c.cleared_us.is_(None), table.c.acknowledged_us.is_(None)),
        )
        .order_by(table.c.log_index.desc())
        .limit(STANDING)
    ).all()
    return [rows.alarm(row) for row in reversed(found)]


def waiting_alarms(
    connection: Connection, cases: frozenset[str] | None, rooms: frozenset[str]
) -> list[AlarmIn]:
    """Alarms of open cases that nobody has acknowledged, ``WAITING`` at most.

    Of these cases (None: every case) and rooms (none: every room); what holds before what is over,
    the latest first.
    """
    table, case, room, source = schema.alarm, schema.case_file, schema.room, schema.source
    found = connection.execute(
        select(
            table,
            *rows.PLACE_NAMES,
            source.c.kind.label("source_kind"),
        )
        .join(case, case.c.id == table.c.case_id)
        .outerjoin(room, room.c.id == table.c.room_id)
        .outerjoin(source, source.c.id == table.c.source_id)
        .where(table.c.acknowledged_us.is_(None), case.c.state == CaseState.OPEN)
        .where(true() if cases is None else table.c.case_id.in_(cases))
        .where(table.c.room_id.in_(rooms) if rooms else true())
        .order_by(
            table.c.cleared_us.is_not(None), table.c.raised_us.desc(), table.c.log_index.desc()
        )
        .limit(WAITING)
    )
    return [
        AlarmIn(
            case=row.case_id,
            **rows.place_names(row),
            source_kind=row.source_kind or "",
            alarm=rows.alarm(row),
        )
        for row in found
    ]


def alarm_history(
    connection: Connection,
    case: str,
    *,
    rooms: frozenset[str],
    before_us: int | None,
    offset: int,
    limit: int,
) -> list[Alarm]:
    """Alarms of a case, the latest first, raised before a time; of these rooms only, if any."""
    table = schema.alarm
    statement = select(table).where(table.c.case_id == case)
    if rooms:
        statement = statement.where(table.c.room_id.in_(rooms))
    if before_us is not None:
        statement = statement.where(table.c.raised_us < before_us)
    ordered = statement.order_by(table.c.raised_us.desc(), table.c.log_index.desc())
    page = ordered.offset(offset).limit(limit)
    return [rows.alarm(row) for row in connection.execute(page)]
