"""Second factors and logins of accounts in the database. Knows no secrets in clear, no HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from command_centre.db import schema
from command_centre.db.database import Writing


def code_of(connection: Connection, account_id: str) -> Row[Any] | None:
    """The code generator of an account."""
    table = schema.code_generator
    return connection.execute(select(table).where(table.c.account_id == account_id)).one_or_none()


def set_code(writing: Writing, account_id: str, sealed: bytes, step: int, now_us: int) -> None:
    """A code generator was confirmed; it replaces an earlier one."""
    drop_code(writing, account_id)
    writing.execute(
        schema.code_generator.insert().values(
            account_id=account_id, sealed=sealed, last_step=step, created_us=now_us
        )
    )


def drop_code(writing: Writing, account_id: str) -> None:
    """No more codes, and no recovery codes."""
    for table in (schema.code_generator, schema.recovery_code):
        writing.execute(table.delete().where(table.c.account_id == account_id))


def take_step(writing: Writing, account_id: str, step: int) -> bool:
    """Take a code's step; False when it, or a later one, was taken meanwhile."""
    table = schema.code_generator
    changed = writing.execute(
        update(table)
        .where(table.c.account_id == account_id, table.c.last_step < step)
        .values(last_step=step)
    )
    return changed.rowcount == 1


def set_recovery(writing: Writing, account_id: str, digests: Iterable[bytes]) -> None:
    """New recovery codes; the earlier ones are void."""
    table = schema.recovery_code
    writing.execute(table.delete().where(table.c.account_id == account_id))
    for digest in digests:
        writing.execute(table.insert().values(sha256=digest, account_id=account_id))


def take_recovery(writing: Writing, account_id: str, digest: bytes) -> bool:
    """Use a recovery code; each is good once."""
    table = schema.recovery_code
    gone = writing.execute(
        table.delete().where(table.c.account_id == account_id, table.c.sha256 == digest)
    )
    return gone.rowcount == 1


def recovery_left(connection: Connection, account_id: str) -> int:
    """How many recovery codes are left."""
    table = schema.recovery_code
    return connection.execute(
        select(func.count()).where(table.c.account_id == account_id)
    ).scalar_one()


def passkeys_of(connection: Connection, account_id: str) -> Sequence[Row[Any]]:
    """The passkeys of an account, the oldest first."""
    table = schema.passkey
    return connection.execute(
        select(table).where(table.c.account_id == account_id).order_by(table.c.created_us)
    ).all()


def passkey_owner(connection: Connection, name: str) -> Row[Any] | None:
    """A passkey (``public_key``, ``uses``, ``host``) with the account it opens."""
    key, account = schema.passkey, schema.account
    return connection.execute(
        select(account, key.c.public_key, key.c.uses, key.c.host)
        .join(account, account.c.id == key.c.account_id)
        .where(key.c.id == name)
    ).one_or_none()


def has_factor(connection: Connection, account_id: str) -> bool:
    """Whether an account has a second factor of either kind."""
    if code_of(connection, account_id) is not None:
        return True
    return bool(passkeys_of(connection, account_id))


def came_with_factor(connection: Connection, login: str) -> bool:
    """Whether a login came in by a second factor of the agency's sign-in."""
    table = schema.login
    method = connection.execute(select(table.c.method).where(table.c.id == login)).scalar()
    return method == "oidc_factor"


def logins_of(connection: Connection, account_id: str, now_us: int) -> Sequence[Row[Any]]:
    """Where an account is signed in, the newest first."""
    table = schema.login
    return connection.execute(
        select(table)
        .where(
            table.c.account_id == account_id,
            table.c.revoked_us.is_(None),
            table.c.expires_us > now_us,
        )
        .order_by(table.c.created_us.desc())
    ).all()


def end_logins(
    writing: Writing, account_id: str, now_us: int, *, only: str = "", keep: str = ""
) -> list[str]:
    """End logins of an account: all, ``only`` one, or all but ``keep``; returns their ids."""
    table = schema.login
    ended = [
        row.id
        for row in logins_of(writing.connection, account_id, now_us)
        if row.id != keep and (not only or row.id == only)
    ]
    writing.execute(update(table).where(table.c.id.in_(ended)).values(revoked_us=now_us))
    return ended
