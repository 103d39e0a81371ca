"""Which case an entry of the recorder's log belongs to: see ``projection``."""

from __future__ import annotations

from sqlalchemy import select

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.entries import Entry
from command_centre.errors import ProjectionError


def case_of(writing: Writing, entry: Entry) -> str:
    """The case of the entry's session.

    Raises:
        ProjectionError: no such session was opened.
    """
    table = schema.session
    case = writing.execute(select(table.c.case_id).where(table.c.id == entry.session)).scalar()
    if case is None:
        raise ProjectionError(f"session {entry.session} was never opened")
    return str(case)
