"""Sessions whose retention has ended, as statements: their words are gone and nobody adds any."""

from __future__ import annotations

from sqlalchemy import Connection, Select, select

from command_centre.db import schema
from command_centre.db.tables.entries import RETENTION_ENDED

KIND = "retention.ended"


def ended_sessions() -> Select[tuple[str]]:
    """Ids of all of them."""
    table = schema.log_entry
    return select(table.c.session_id).where(table.c.kind == RETENTION_ENDED)


def has_ended(connection: Connection, session: str) -> bool:
    """Whether this one is among them."""
    found = ended_sessions().where(schema.log_entry.c.session_id == session)
    return connection.execute(found).first() is not None
