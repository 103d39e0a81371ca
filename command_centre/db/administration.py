"""What the command line lists and changes; every function is one statement or one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, Update, select, update

from command_centre.db import schema
from command_centre.db.accounts import account_named, hash_password
from command_centre.db.database import Database, Writing
from command_centre.errors import Rejected


def accounts(connection: Connection) -> list[tuple[str, ...]]:
    """(account, name, role) in the order of account names."""
    table = schema.account
    statement = select(table.c.account, table.c.name, table.c.role).order_by(table.c.account)
    return [tuple(row) for row in connection.execute(statement)]


def sources(connection: Connection) -> list[tuple[str, ...]]:
    """(source, name, kind, room, case number) in the order of the wall."""
    source, room, case = schema.source, schema.room, schema.case_file
    statement = (
        select(source.c.id, source.c.name, source.c.kind, room.c.name, case.c.number)
        .join(room, source.c.room_id == room.c.id)
        .join(case, room.c.case_id == case.c.id)
        .order_by(case.c.number, room.c.position, source.c.position)
    )
    return [tuple(row) for row in connection.execute(statement)]


def set_password_of(database: Database, account: str, *, password: str, now_us: int) -> None:
    """Set a password, unlock the account, and end its logins.

    Raises:
        Rejected: there is no such account, or the password is too short.
    """
    password_hash = hash_password(password)

    def change(writing: Writing) -> None:
        row = account_named(writing.connection, account)
        if row is None:
            raise Rejected("not_found", f"there is no account {account}; see: duizhi user list")
        writing.execute(
            update(schema.account)
            .where(schema.account.c.id == row.id)
            .values(password_hash=password_hash, failed=0, locked_until_us=0)
        )
        writing.execute(
            update(schema.login)
            .where(schema.login.c.account_id == row.id, schema.login.c.revoked_us.is_(None))
            .values(revoked_us=now_us)
        )

    database.write_now(change)


def account_recorded(database: Database, account: str, index: int) -> None:
    """Its making is entry ``index`` of the centre's log; the centre need not record it again."""
    table = schema.account
    statement = update(table).where(table.c.account == account).values(log_index=index)
    database.write_now(lambda writing: _run(writing, statement))


def case_recorded(database: Database, case: str, index: int) -> None:
    """Its making is entry ``index`` of the centre's log; the centre need not record it again."""
    table = schema.case_file
    statement = update(table).where(table.c.id == case).values(log_index=index)
    database.write_now(lambda writing: _run(writing, statement))


def _run(writing: Writing, statement: Update) -> None:
    writing.execute(statement)
