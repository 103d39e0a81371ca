"""What a job (verification, export, copy, clip) is about, and the reason that is given for it."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.desk.cases import require_case
from command_centre.errors import Rejected

MAX_REASON_CHARACTERS = 500


class Target(msgspec.Struct, frozen=True):
    """What a job is about."""

    kind: str  # session | case
    id: str
    case: str
    sessions: list[str]
    about: dict[str, Any]  # what the package says of the case
    segments: int  # segments of these sessions


def required(text: str, code: str, detail: str) -> str:
    """A reason without the blanks around it, or ``Rejected``."""
    text = text.strip()
    if not 1 <= len(text) <= MAX_REASON_CHARACTERS:
        raise Rejected(code, detail)
    return text


def find_target(connection: Connection, *, session: str | None, case: str | None) -> Target:
    """The sessions a job is about; exactly one of session and case is named.

    Raises:
        Rejected: neither or both, or there is no such thing.
    """
    if (session is None) == (case is None):
        raise Rejected("bad_target", 'name either "session" or "case"')
    table = schema.session
    if session is not None:
        row = connection.execute(select(table).where(table.c.id == session)).one_or_none()
        if row is None:
            raise Rejected("unknown_session", "there is no such session")
        said, sessions = about(connection, row.case_id), [session]
        return Target("session", session, row.case_id, sessions, said, _count(connection, sessions))
    assert case is not None
    said = about(connection, case)
    sessions = list(
        connection.execute(
            select(table.c.id).where(table.c.case_id == case).order_by(table.c.opened_us)
        ).scalars()
    )
    return Target("case", case, case, sessions, said, _count(connection, sessions))


def some_sessions(target: Target, sessions: list[str]) -> Target:
    """The target, with only these of its sessions.

    Raises:
        Rejected: one of them is not among them.
    """
    if not set(sessions) <= set(target.sessions):
        raise Rejected("unknown_session", "a session is not one of this case")
    kept = [name for name in target.sessions if name in sessions]
    return msgspec.structs.replace(target, sessions=kept)


def _count(connection: Connection, sessions: list[str]) -> int:
    table = schema.recording
    counted = select(func.sum(table.c.segments)).where(table.c.session_id.in_(sessions))
    return connection.execute(counted).scalar() or 0


def about(connection: Connection, case: str) -> dict[str, Any]:
    """What a package says of its case."""
    row = require_case(connection, case)
    return {
        "id": row.id,
        "number": row.number,
        "name": row.name,
        "name_en": row.name_en,
        "cause": row.cause,
        "enterprise": row.enterprise,
        "incident_date": row.incident_date,
        "opened": row.opened,
    }
