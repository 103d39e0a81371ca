"""Cases with the last verdict of each: what an auditor begins with.

The verdict is that of the last verification of the case as a whole; those of single sessions stand
on the page of the case (``verification_list.py``). One that did not come to an end says so, with
why. What is wrong is counted by kind; the findings themselves stay in the report.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, and_, func, select

from command_centre.db import schema
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.views import View

WRONG_MAX = 5  # kinds of findings that are named


class WrongCount(View, frozen=True):
    """A kind of finding (``evidence_store.report``), and how many of it."""

    code: str
    n: int


class LastVerdict(View, frozen=True):
    """The last verification of a whole case that ended."""

    job: str
    state: str  # done | failed
    verdict: str  # of a report; empty: it failed
    error: str  # code; empty unless it failed
    by_name: str
    created_us: int
    finished_us: int | None
    wrong: list[WrongCount]  # the most first, ``WRONG_MAX`` at most
    findings: int  # of every kind


class VerifiedCase(View, frozen=True):
    """A case, and how it was found."""

    id: str
    number: str
    name: str
    name_en: str
    state: str  # config.words.CaseState
    sessions: int
    since: int  # sessions that opened or closed after the last verification began; without: all
    running: str  # job of a verification that runs now; empty: none
    progress: int  # of that, thousandths
    last: LastVerdict | None


class VerifiedCases(View, frozen=True):
    """Newest number first."""

    cases: list[VerifiedCase]


def verified_of(connection: Connection, caller: Caller) -> VerifiedCases:
    """Of the cases the caller audits."""
    there = {
        case: caller.in_case(case)
        for case in connection.execute(select(schema.case_file.c.id)).scalars()
    }
    return list_verified(
        connection, {case for case, one in there.items() if one and one.may(Action.AUDIT)}
    )


def list_verified(connection: Connection, cases: set[str]) -> VerifiedCases:
    """Of these cases."""
    ended = _newest(connection, cases, running=False)
    running = _newest(connection, cases, running=True)
    wrong = _wrong(connection, [row.id for row in ended.values()])
    sessions = _sessions(connection, cases)
    table = schema.case_file
    found = connection.execute(
        select(table).where(table.c.id.in_(cases)).order_by(table.c.opened.desc(), table.c.id)
    )
    return VerifiedCases(
        cases=[
            _case(row, ended.get(row.id), running.get(row.id), wrong, sessions.get(row.id, []))
            for row in found
        ]
    )


def _case(
    row: Row[Any],
    ended: Row[Any] | None,
    running: Row[Any] | None,
    wrong: dict[str, list[WrongCount]],
    changed: list[int],
) -> VerifiedCase:
    if running is not None and ended is not None and running.created_us < ended.created_us:
        running = None
    return VerifiedCase(
        id=row.id,
        number=row.number,
        name=row.name,
        name_en=row.name_en,
        state=row.state,
        sessions=len(changed),
        since=sum(1 for at_us in changed if ended is None or at_us > ended.created_us),
        running=running.id if running is not None else "",
        progress=running.progress if running is not None else 0,
        last=_verdict(ended, wrong.get(ended.id, [])) if ended is not None else None,
    )


def _verdict(row: Row[Any], wrong: list[WrongCount]) -> LastVerdict:
    error = msgspec.json.decode(row.error) if row.error else {}
    return LastVerdict(
        job=row.id,
        state=row.state,
        verdict=row.verdict,
        error=str(error.get("code", "")) if isinstance(error, dict) else "",
        by_name=row.name or "",
        created_us=row.created_us,
        finished_us=row.finished_us,
        wrong=wrong[:WRONG_MAX],
        findings=sum(one.n for one in wrong),
    )


def _newest(connection: Connection, cases: set[str], *, running: bool) -> dict[str, Row[Any]]:
    """The newest verification of each whole case that runs, or that ended."""
    job, account = schema.job, schema.account
    which = and_(
        job.c.kind == "verify",
        job.c.target_kind == "case",
        job.c.target.in_(cases),
        job.c.state == "running" if running else job.c.state != "running",
    )
    newest = (
        select(job.c.target, func.max(job.c.created_us).label("created_us"))
        .where(which)
        .group_by(job.c.target)
        .subquery()
    )
    verdict = func.coalesce(func.json_extract(func.nullif(job.c.result, ""), "$.verdict"), "")
    statement: Select[Any] = (
        select(
            *(job.c.id, job.c.target, job.c.state, job.c.progress, job.c.error),
            *(job.c.created_us, job.c.finished_us, verdict.label("verdict"), account.c.name),
        )
        .join(
            newest, and_(newest.c.target == job.c.target, newest.c.created_us == job.c.created_us)
        )
        .outerjoin(account, account.c.id == job.c.by_account)
        .where(which)
    )
    return {row.target: row for row in connection.execute(statement)}


def _wrong(connection: Connection, jobs: list[str]) -> dict[str, list[WrongCount]]:
    """The findings of reports by kind; counted where they lie, for a report may be large."""
    job = schema.job
    each = func.json_each(job.c.result, "$.findings").table_valued("value")
    code = func.json_extract(each.c.value, "$.code").label("code")
    count = func.count().label("n")
    rows = connection.execute(
        select(job.c.id, code, count)
        .select_from(job)
        .join(each, job.c.result != "")
        .where(job.c.id.in_(jobs), job.c.result != "")
        .group_by(job.c.id, code)
        .order_by(count.desc(), code)
    )
    found: dict[str, list[WrongCount]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(WrongCount(code=row.code, n=row.n))
    return found


def _sessions(connection: Connection, cases: set[str]) -> dict[str, list[int]]:
    """Of each session of a case, when it last opened or closed."""
    table = schema.session
    rows = connection.execute(
        select(table.c.case_id, func.coalesce(table.c.closed_us, table.c.opened_us)).where(
            table.c.case_id.in_(cases)
        )
    )
    found: dict[str, list[int]] = {}
    for case, at_us in rows:
        found.setdefault(case, []).append(at_us)
    return found
