"""What the administrator's pages of the running installation read from the database."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.desk.key_views import TokenView


def device_tokens(connection: Connection) -> list[TokenView]:
    """Tokens of devices; those of browsers, which expire by themselves, are left out."""
    token, source = schema.source_token, schema.source
    rows = connection.execute(
        select(
            source.c.id,
            source.c.name,
            source.c.name_en,
            func.count(token.c.sha256).label("made"),
            func.count(token.c.revoked_us).label("revoked"),
            func.max(token.c.created_us).label("last_us"),
        )
        .join(token, token.c.source_id == source.c.id)
        .where(token.c.expires_us.is_(None))
        .group_by(source.c.id, source.c.name, source.c.name_en)
        .order_by(source.c.name)
    )
    return [
        TokenView(
            source=row.id,
            name=row.name,
            name_en=row.name_en,
            valid=row.made - row.revoked,
            revoked=row.revoked,
            last_us=row.last_us,
        )
        for row in rows
    ]


def rooms_heard(connection: Connection) -> dict[str, list[str]]:
    """Names of rooms with an open session, by the language they are heard in.

    By the digest of the model where one was chosen.
    """
    session = schema.session
    found: dict[str, list[str]] = {}
    for row in connection.execute(
        select(session.c.room_name, session.c.language, session.c.model_sha256)
        .where(session.c.closed_us.is_(None))
        .order_by(session.c.room_name)
    ):
        found.setdefault(row.model_sha256 or row.language or "zh", []).append(row.room_name)
    return found
