"""The last verification of a case and of each of its sessions: running, done or failed.

A page that was left finds its verification again here.
"""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, or_, select

from command_centre.db import schema
from command_centre.desk.cases import require_case
from command_centre.desk.views import View


class VerificationView(View, frozen=True):
    """The last verification of one target; ``verdict`` is empty until it is done."""

    job: str
    target_kind: str  # case | session
    target: str
    state: str
    progress: int  # thousandths
    verdict: str
    by_name: str
    created_us: int
    finished_us: int | None


class VerificationList(View, frozen=True):
    """The newest first."""

    verifications: list[VerificationView]


def list_verifications(connection: Connection, case: str) -> VerificationList:
    """The last one of each target of this case.

    Raises:
        Rejected: ``unknown_case``.
    """
    require_case(connection, case)
    job, session, account = schema.job, schema.session, schema.account
    own = select(session.c.id).where(session.c.case_id == case)
    of_case = and_(
        job.c.kind == "verify",
        or_(
            and_(job.c.target_kind == "case", job.c.target == case),
            and_(job.c.target_kind == "session", job.c.target.in_(own)),
        ),
    )
    newest = (
        select(job.c.target, func.max(job.c.created_us).label("created_us"))
        .where(of_case)
        .group_by(job.c.target)
        .subquery()
    )
    verdict = func.coalesce(func.json_extract(func.nullif(job.c.result, ""), "$.verdict"), "")
    rows = connection.execute(
        select(
            job.c.id,
            job.c.target_kind,
            job.c.target,
            job.c.state,
            job.c.progress,
            verdict.label("verdict"),
            account.c.name,
            job.c.created_us,
            job.c.finished_us,
        )
        .join(
            newest, and_(newest.c.target == job.c.target, newest.c.created_us == job.c.created_us)
        )
        .outerjoin(account, account.c.id == job.c.by_account)
        .where(of_case)
        .order_by(job.c.created_us.desc())
    )
    return VerificationList(
        verifications=[
            VerificationView(
                job=row.id,
                target_kind=row.target_kind,
                target=row.target,
                state=row.state,
                progress=row.progress,
                verdict=row.verdict,
                by_name=row.name or "",
                created_us=row.created_us,
                finished_us=row.finished_us,
            )
            for row in rows
        ]
    )
