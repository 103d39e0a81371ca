"""What was made of a case: packages and redacted copies, from finished jobs."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.cases import require_case

_LISTED = 200


def list_exports(connection: Connection, case: str) -> list[dict[str, Any]]:
    """Packages of a case, the newest first.

    Raises:
        Rejected: ``unknown_case``.
    """
    require_case(connection, case)
    table, job = schema.export, schema.job
    rows = connection.execute(
        select(table, job.c.result, schema.account.c.name)
        .join(job, job.c.id == table.c.job_id)
        .outerjoin(schema.account, schema.account.c.id == job.c.by_account)
        .where(table.c.case_id == case)
        .order_by(table.c.created_us.desc())
        .limit(_LISTED)
    ).all()
    return [
        {
            "id": row.id,
            "created_us": row.created_us,
            "by_name": row.name or "",
            "reason": row.reason,
            "size": row.size_bytes,
            "verdict": row.verdict,
            **_said(row.result, "sha256", "disclosure"),
        }
        for row in rows
    ]


def list_derived(connection: Connection, case: str) -> list[dict[str, Any]]:
    """Redacted copies of a case's sessions, the newest first."""
    job, session = schema.job, schema.session
    rows = connection.execute(
        select(job, schema.account.c.name)
        .join(session, session.c.id == job.c.target)
        .outerjoin(schema.account, schema.account.c.id == job.c.by_account)
        .where(session.c.case_id == case, job.c.kind == "derive", job.c.state == "done")
        .order_by(job.c.created_us.desc())
        .limit(_LISTED)
    ).all()
    found = []
    for row in rows:
        result = msgspec.json.decode(row.result)
        fields = ("reason", "sha256", "size", "session", "source", "start_us", "end_us")
        found.append(
            {
                "id": result["derived"],
                "created_us": row.created_us,
                "by_name": row.name or "",
                **{name: result[name] for name in fields},
            }
        )
    return found


def _said(result: str, *names: str) -> dict[str, str]:
    """Fields of a job's result; packages made before they were kept have none."""
    value = msgspec.json.decode(result) if result else {}
    return {name: str(value.get(name, "")) for name in names}
