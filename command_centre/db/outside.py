"""Who of the agency's sign-in is which account, in the database. Knows no tokens, no HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from config.words import Role


def account_tied(connection: Connection, issuer: str, subject: str) -> Row[Any] | None:
    """The account somebody of the agency's sign-in is."""
    tie, account = schema.outside_identity, schema.account
    return connection.execute(
        select(account)
        .join(tie, tie.c.account_id == account.c.id)
        .where(tie.c.issuer == issuer, tie.c.subject == subject)
    ).one_or_none()


def account_of_id(connection: Connection, account_id: str) -> Row[Any] | None:
    """An account by its id."""
    table = schema.account
    return connection.execute(select(table).where(table.c.id == account_id)).one_or_none()


def ties(connection: Connection, issuer: str) -> Sequence[Row[Any]]:
    """Everybody who is tied, with the account (``account``, ``account_name``, ``role``)."""
    tie, account = schema.outside_identity, schema.account
    return connection.execute(
        select(tie, account.c.account, account.c.name.label("account_name"), account.c.role)
        .join(account, account.c.id == tie.c.account_id)
        .where(tie.c.issuer == issuer)
        .order_by(account.c.account)
    ).all()


def tie_of(connection: Connection, issuer: str, account_id: str) -> Row[Any] | None:
    """Whom an account is tied to."""
    tie = schema.outside_identity
    return connection.execute(
        select(tie).where(tie.c.issuer == issuer, tie.c.account_id == account_id)
    ).one_or_none()


def untie(writing: Writing, issuer: str, account_id: str) -> None:
    """Nobody of the agency's sign-in is this account any more."""
    tie = schema.outside_identity
    writing.execute(tie.delete().where(tie.c.issuer == issuer, tie.c.account_id == account_id))


def tie(
    writing: Writing, *, issuer: str, subject: str, account_id: str, name: str, now_us: int
) -> None:
    """Somebody is this account from now on; one person for each account."""
    untie(writing, issuer, account_id)
    writing.execute(
        schema.outside_identity.insert().values(
            issuer=issuer, subject=subject, account_id=account_id, name=name, created_us=now_us
        )
    )


def used(writing: Writing, issuer: str, subject: str, now_us: int) -> None:
    """They have just signed in."""
    table = schema.outside_identity
    writing.execute(
        update(table)
        .where(table.c.issuer == issuer, table.c.subject == subject)
        .values(used_us=now_us)
    )


def set_role(writing: Writing, account_id: str, role: Role) -> None:
    """Another role for an account."""
    table = schema.account
    writing.execute(update(table).where(table.c.id == account_id).values(role=role))


def is_last_administrator(connection: Connection, account_id: str) -> bool:
    """Whether nobody else administers."""
    table = schema.account
    others = select(func.count()).where(
        table.c.role == Role.ADMINISTRATOR,
        table.c.disabled_us.is_(None),
        table.c.id != account_id,
    )
    return connection.execute(others).scalar_one() == 0
