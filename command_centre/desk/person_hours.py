"""How long a person of a case has been questioned, over all sessions that count together.

A limit of hours belongs to the person, not to a session: whoever is questioned in one room, then in
another, before midnight and after it, has been questioned once for all of that. Sessions count
together while the rest between one and the next is shorter than ``interview.apart_hours``; after a
longer rest the count begins anew. What counts is the time sessions were open, pauses and all, and
moments of two sessions at once count once. The time between two sessions does not count: nobody
here knows whether the person was kept.

No law sets hours or a rest for an administrative interview (config/README.md): both are the
agency's own. This module counts; it stops nothing and raises nothing (``time_watch.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, and_, or_, select

from command_centre.db import schema
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.record.content import CHINA
from config.settings import InterviewSettings
from config.words import MICROSECONDS, SessionKind

HOUR_US = 3600 * MICROSECONDS
_DAY_HOURS = 24


@dataclass(frozen=True)
class Held:
    """One interview of a person; ``closed_us`` None: it runs."""

    session: str
    opened_us: int
    closed_us: int | None = None


@dataclass(frozen=True)
class Counted:
    """What counts together up to now."""

    total_us: int
    since_us: int  # when the first of these sessions opened
    sessions: int


class HoursView(View, frozen=True):
    """How long the person of a session has been questioned, in all that counts together."""

    at_us: int  # when this was counted
    before_us: int  # in sessions before this one
    since_us: int  # when the first that counts opened
    sessions: int  # how many count, this one too
    night_us: int  # of this session: how much lay in the hours in which nobody is to be questioned


class PersonHours(View, frozen=True):
    """How long a person of a case has been questioned, in all that counts together."""

    person: str
    total_us: int
    since_us: int
    sessions: int
    running: bool
    at_rest: bool  # rested long enough: the next session begins a new count


class CaseHours(View, frozen=True):
    """Of everybody of a case who was questioned."""

    at_us: int
    apart_hours: float
    hour_limits: list[float]
    people: list[PersonHours]


def counted(held: Iterable[Held], now_us: int, apart_hours: float) -> Counted:
    """What counts together with the last of these sessions.

    ``apart_hours`` 0: only sessions that touch or overlap.
    """
    total_us = since_us = reached_us = sessions = 0
    for one in sorted(held, key=lambda each: each.opened_us):
        until_us = max(
            one.opened_us, min(now_us, now_us if one.closed_us is None else one.closed_us)
        )
        rest_us = one.opened_us - reached_us
        if not sessions or (rest_us > 0 and rest_us >= apart_hours * HOUR_US):
            total_us, since_us, sessions, reached_us = 0, one.opened_us, 0, one.opened_us
        total_us += max(0, until_us - max(one.opened_us, reached_us))
        reached_us = max(reached_us, until_us)
        sessions += 1
    return Counted(total_us, since_us, sessions)


def night_us(from_us: int, to_us: int, from_hour: float, until_hour: float) -> int:
    """How much of a span lies between two hours of the day in China; equal hours: none.

    From 22 until 6 is over midnight, from 0 until 6 is not.
    """
    if from_hour == until_hour or to_us <= from_us:
        return 0
    length_us = _night_length_us(from_hour, until_hour)
    begins_us = _midnight_us(from_us) - _DAY_HOURS * HOUR_US + round(from_hour * HOUR_US)
    found = 0
    while begins_us < to_us:
        found += max(0, min(to_us, begins_us + length_us) - max(from_us, begins_us))
        begins_us += _DAY_HOURS * HOUR_US
    return found


def night_since_us(at_us: int, from_hour: float, until_hour: float) -> int | None:
    """When the night began in which this moment lies; None: it lies in none."""
    if from_hour == until_hour:
        return None
    begins_us = _midnight_us(at_us) + round(from_hour * HOUR_US)
    if begins_us > at_us:
        begins_us -= _DAY_HOURS * HOUR_US
    return begins_us if at_us - begins_us < _night_length_us(from_hour, until_hour) else None


def _night_length_us(from_hour: float, until_hour: float) -> int:
    hours = until_hour - from_hour
    return round((hours if hours > 0 else hours % _DAY_HOURS) * HOUR_US)


def _midnight_us(at_us: int) -> int:
    """When the day of a moment began in China."""
    at = datetime.fromtimestamp(at_us / MICROSECONDS, UTC).astimezone(CHINA)
    return round(at.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * MICROSECONDS)


def held_of(connection: Connection, case: str, person: str, name: str) -> list[Held]:
    """Every interview of a person of a case, the first first.

    A session that named nobody by id counts for whoever has its name. Nobody named: none.
    """
    table = schema.session
    named = and_(table.c.person_id == "", table.c.person_name == name, table.c.person_name != "")
    found = connection.execute(
        select(table.c.id, table.c.opened_us, table.c.closed_us)
        .where(table.c.case_id == case, table.c.kind == SessionKind.INTERVIEW)
        .where(or_(and_(table.c.person_id == person, table.c.person_id != ""), named))
        .order_by(table.c.opened_us)
    )
    return [Held(row.id, row.opened_us, row.closed_us) for row in found]


def read_hours(
    connection: Connection, session: str, now_us: int, rule: InterviewSettings
) -> HoursView:
    """What a session's desk shows.

    Raises:
        Rejected: ``unknown_session``.
    """
    table = schema.session
    row = connection.execute(select(table).where(table.c.id == session)).one_or_none()
    if row is None:
        raise Rejected("unknown_session", "there is no such session")
    until_us = now_us if row.closed_us is None else row.closed_us
    own = Held(row.id, row.opened_us, row.closed_us)
    held = [
        one
        for one in held_of(connection, row.case_id, row.person_id, row.person_name)
        if one.opened_us <= row.opened_us and one.session != session
    ]
    found = counted([*held, own], until_us, rule.apart_hours)
    return HoursView(
        at_us=until_us,
        before_us=max(0, found.total_us - (until_us - row.opened_us)),
        since_us=found.since_us,
        sessions=found.sessions,
        night_us=night_us(row.opened_us, until_us, rule.night_from_hour, rule.night_until_hour),
    )


def read_case_hours(
    connection: Connection, case: str, now_us: int, rule: InterviewSettings
) -> CaseHours:
    """What the case manager is shown of each person."""
    table = schema.person
    people = connection.execute(
        select(table)
        .where(table.c.case_id == case, table.c.kind == "party")
        .order_by(table.c.position)
    ).all()
    found = []
    for person in people:
        held = held_of(connection, case, person.id, person.name)
        if not held:
            continue
        total = counted(held, now_us, rule.apart_hours)
        running = any(one.closed_us is None for one in held)
        ended_us = now_us if running else max(one.closed_us or 0 for one in held)
        found.append(
            PersonHours(
                person=person.id,
                total_us=total.total_us,
                since_us=total.since_us,
                sessions=total.sessions,
                running=running,
                at_rest=not running and now_us - ended_us >= rule.apart_hours * HOUR_US,
            )
        )
    return CaseHours(
        at_us=now_us,
        apart_hours=rule.apart_hours,
        hour_limits=rule.hour_limits,
        people=found,
    )
