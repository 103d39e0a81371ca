"""A case as its page shows it, besides what the wall needs: state, lead, rights, tasks."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.comparison.lexicon import CaseLexicon
from command_centre.db import schema
from command_centre.desk import rows
from command_centre.desk.cases import require_case
from command_centre.desk.room_acts import notice_view
from command_centre.desk.views import View
from config.words import Role


class TaskView(View, frozen=True):
    """A task of a case."""

    id: str
    title: str
    due: str
    assignee: str
    assignee_name: str
    made_us: int
    made_by: str
    done_us: int | None
    done_by: str


class Colleague(View, frozen=True):
    """Somebody who may lead a case or be given a task."""

    account: str
    name: str
    role: str


class ColleagueList(View, frozen=True):
    """In the order of their names."""

    colleagues: list[Colleague]


class PersonStanding(View, frozen=True):
    """What a person is called, and whether they know their rights, as of their last session."""

    person: str
    aliases: list[str]
    sessions: int
    notice_read_us: int | None = None
    notice_answered_us: int | None = None
    understood: bool | None = None
    recusal: bool | None = None
    notice_state: str = ""  # signed | refused | unable; empty: neither
    notice_signed_us: int | None = None  # when that was


class CaseOverview(View, frozen=True):
    """What a case page shows besides what the wall needs."""

    kind: str
    state: str
    state_reason: str
    closed_us: int | None
    status: str
    lead: str
    lead_name: str
    people: list[PersonStanding]
    tasks: list[TaskView]


def read_overview(connection: Connection, case: str) -> CaseOverview:
    """The overview of a case."""
    row = require_case(connection, case)
    return CaseOverview(
        kind=row.kind,
        state=row.state,
        state_reason=row.state_reason,
        closed_us=row.closed_us,
        status=row.status,
        lead=row.lead,
        lead_name=row.lead_name,
        people=_standings(connection, case),
        tasks=_tasks(connection, case),
    )


def _standings(connection: Connection, case: str) -> list[PersonStanding]:
    table, session, lexicon = schema.person, schema.session, schema.case_lexicon
    content = connection.execute(
        select(lexicon.c.content).where(lexicon.c.case_id == case)
    ).scalar()
    terms = msgspec.json.decode(content, type=CaseLexicon).people if content else ()
    aliases = {term.id: list(term.aliases) for term in terms}
    held: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(
        select(session).where(session.c.case_id == case).order_by(session.c.opened_us)
    ):
        held.setdefault(row.person_id or row.person_name, []).append(row)
    standings = []
    for person in connection.execute(
        select(table)
        .where(table.c.case_id == case, table.c.kind == "party")
        .order_by(table.c.position)
    ):
        sessions = sorted(
            [*held.get(person.id, []), *held.get(person.name, [])], key=lambda one: one.opened_us
        )
        notice = notice_view(connection, rows.summary(sessions[-1])) if sessions else None
        mark = notice.signature if notice else None
        standings.append(
            PersonStanding(
                person=person.id,
                aliases=aliases.get(person.name, []),
                sessions=len(sessions),
                notice_read_us=notice.read_us if notice else None,
                notice_answered_us=notice.answered_us if notice else None,
                understood=notice.understood if notice else None,
                recusal=notice.recusal if notice else None,
                notice_state=mark.state if mark else "",
                notice_signed_us=mark.t_us if mark else None,
            )
        )
    return standings


def _tasks(connection: Connection, case: str) -> list[TaskView]:
    """What is not done first, by the day it is due; what was done last first."""
    table = schema.task
    found = connection.execute(
        select(table)
        .where(table.c.case_id == case, table.c.dropped_us.is_(None))
        .order_by(table.c.done_us.is_not(None), table.c.done_us.desc(), table.c.due == "")
        .order_by(table.c.due, table.c.made_us, table.c.log_index)
    )
    return [
        TaskView(
            id=row.id,
            title=row.title,
            due=row.due,
            assignee=row.assignee,
            assignee_name=row.assignee_name,
            made_us=row.made_us,
            made_by=row.made_by,
            done_us=row.done_us,
            done_by=row.done_by,
        )
        for row in found
    ]


def read_colleagues(connection: Connection) -> ColleagueList:
    table = schema.account
    found = connection.execute(
        select(table)
        .where(table.c.role.in_((Role.MANAGER, Role.INTERVIEWER)))
        .order_by(table.c.name, table.c.account)
    )
    return ColleagueList(
        colleagues=[Colleague(account=row.account, name=row.name, role=row.role) for row in found]
    )
