"""Cases with the last verdict of each: what an auditor begins with.

Of a case the last verification as a whole counts, and of each session the last one by itself if it
began later. The worst of them is shown, so that a good verdict of one session never hides a bad one
of the case or of another session. One that did not come to an end says so, with why. What is wrong
is counted by kind; the findings themselves stay in the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from command_centre.db import schema
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.views import View

WRONG_MAX = 5  # kinds of findings that are named
#: The worst first; what is none of them stands before all.
_WORST = (
    *("altered", "missing", "unreadable", "failed"),
    *("not_yet_witnessed", "complete_with_gaps", "complete"),
)


class WrongCount(View, frozen=True):
    """A kind of finding (``evidence_store.report``), and how many of it."""

    code: str
    n: int


class LastVerdict(View, frozen=True):
    """A verification that ended: of a whole case or of one session."""

    job: str
    session: str  # empty: of the whole case
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
    since: int  # sessions that opened or closed after they were last verified, or never were
    whole: bool  # the case was verified as a whole, however that ended
    singly: int  # sessions verified by themselves after that
    running: str  # job of a verification that runs now; empty: none
    progress: int  # of that, thousandths
    last: LastVerdict | None  # the worst that counts


@dataclass(frozen=True)
class _Read:
    """What is known of verifications and sessions, by case where nothing else is said."""

    ended: dict[str, Row[Any]]
    singly: dict[str, Row[Any]]  # by session
    running: dict[str, Row[Any]]
    wrong: dict[str, list[WrongCount]]  # by job
    sessions: dict[str, dict[str, int]]  # of each session, when it last opened or closed


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
    job, session = schema.job, schema.session
    whole = and_(job.c.target_kind == "case", job.c.target.in_(cases))
    of_cases = select(session.c.id).where(session.c.case_id.in_(cases))
    single = and_(job.c.target_kind == "session", job.c.target.in_(of_cases))
    ended = _newest(connection, whole, running=False)
    singly = _newest(connection, single, running=False)
    jobs = [row.id for row in (*ended.values(), *singly.values())]
    read = _Read(
        ended=ended,
        singly=singly,
        running=_newest(connection, whole, running=True),
        wrong=_wrong(connection, jobs),
        sessions=_sessions(connection, cases),
    )
    table = schema.case_file
    found = connection.execute(
        select(table).where(table.c.id.in_(cases)).order_by(table.c.opened.desc(), table.c.id)
    )
    return VerifiedCases(cases=[_case(row, read) for row in found])


def _case(row: Row[Any], read: _Read) -> VerifiedCase:
    ended, running = read.ended.get(row.id), read.running.get(row.id)
    if running is not None and ended is not None and running.created_us < ended.created_us:
        running = None
    whole_us = ended.created_us if ended is not None else 0
    changed = read.sessions.get(row.id, {})
    single = [
        one
        for session in changed
        if (one := read.singly.get(session)) is not None and one.created_us > whole_us
    ]
    looked_us = {one.target: one.created_us for one in single}
    counting = [one for one in (ended, *single) if one is not None]
    last = min(counting, key=lambda one: (_rank(one), -one.created_us), default=None)
    return VerifiedCase(
        id=row.id,
        number=row.number,
        name=row.name,
        name_en=row.name_en,
        state=row.state,
        sessions=len(changed),
        since=sum(1 for one, at_us in changed.items() if at_us > looked_us.get(one, whole_us)),
        whole=ended is not None,
        singly=len(single),
        running=running.id if running is not None else "",
        progress=running.progress if running is not None else 0,
        last=_verdict(last, read.wrong.get(last.id, [])) if last is not None else None,
    )


def _rank(row: Row[Any]) -> int:
    verdict = "failed" if row.state == "failed" else row.verdict
    return _WORST.index(verdict) if verdict in _WORST else -1


def _verdict(row: Row[Any], wrong: list[WrongCount]) -> LastVerdict:
    error = msgspec.json.decode(row.error) if row.error else {}
    return LastVerdict(
        job=row.id,
        session=row.target if row.target_kind == "session" else "",
        state=row.state,
        verdict=row.verdict,
        error=str(error.get("code", "")) if isinstance(error, dict) else "",
        by_name=row.name or "",
        created_us=row.created_us,
        finished_us=row.finished_us,
        wrong=wrong[:WRONG_MAX],
        findings=sum(one.n for one in wrong),
    )


def _newest(
    connection: Connection, about: ColumnElement[bool], *, running: bool
) -> dict[str, Row[Any]]:
    """The newest verification of each target that runs, or that ended."""
    job, account = schema.job, schema.account
    state = job.c.state == "running" if running else job.c.state != "running"
    which = and_(job.c.kind == "verify", about, state)
    newest = (
        select(job.c.target, func.max(job.c.created_us).label("created_us"))
        .where(which)
        .group_by(job.c.target)
        .subquery()
    )
    verdict = func.coalesce(func.json_extract(func.nullif(job.c.result, ""), "$.verdict"), "")
    statement: Select[Any] = (
        select(
            *(job.c.id, job.c.target, job.c.target_kind, job.c.state, job.c.progress, job.c.error),
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


def _sessions(connection: Connection, cases: set[str]) -> dict[str, dict[str, int]]:
    """Of each session of a case, when it last opened or closed."""
    table = schema.session
    at_us = func.coalesce(table.c.closed_us, table.c.opened_us)
    rows = connection.execute(
        select(table.c.case_id, table.c.id, at_us).where(table.c.case_id.in_(cases))
    )
    found: dict[str, dict[str, int]] = {}
    for case, session, changed_us in rows:
        found.setdefault(case, {})[session] = changed_us
    return found
