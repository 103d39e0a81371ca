"""What the command line lists and changes; every function is one statement or one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Update, func, select, update

from command_centre.db import schema
from command_centre.db.accounts import account_named, hash_password
from command_centre.db.database import Database, Writing
from command_centre.db.seed import slug
from command_centre.errors import Rejected, SeedError
from recorder.ingest.rtsp_wire import Address, read_address


def accounts(connection: Connection) -> list[tuple[str, ...]]:
    """(account, name, role) in the order of account names."""
    table = schema.account
    statement = select(table.c.account, table.c.name, table.c.role).order_by(table.c.account)
    return [tuple(row) for row in connection.execute(statement)]


def sources(connection: Connection) -> list[tuple[str, ...]]:
    """(source, name, kind, room, case number, address) in the order of the wall."""
    source, room, case, pull = schema.source, schema.room, schema.case_file, schema.pull
    address, number = func.coalesce(pull.c.url, ""), func.coalesce(case.c.number, "")
    fetched = (pull.c.source_id == source.c.id) & pull.c.ended_us.is_(None)
    statement = (
        select(source.c.id, source.c.name, source.c.kind, room.c.name, number, address)
        .join(room, source.c.room_id == room.c.id)
        .outerjoin(case, room.c.case_id == case.c.id)
        .outerjoin(pull, fetched)
        .order_by(case.c.number, room.c.position, source.c.position)
    )
    return [tuple(row) for row in connection.execute(statement)]


def add_source(database: Database, values: dict[str, Any]) -> None:
    """Make a source; it stands last in its room.

    Raises:
        SeedError: the id cannot be used.
        Rejected: the source exists already, or there is no such room.
    """
    source, room = schema.source, schema.room
    if slug(values["id"]) != values["id"]:
        raise SeedError("expected an id of lower-case letters, digits and hyphens, at most 40")

    def change(writing: Writing) -> None:
        known = select(source.c.id).where(source.c.id == values["id"])
        if writing.execute(known).scalar() is not None:
            raise Rejected("conflict", f"there is a source {values['id']} already")
        place = select(room.c.id).where(room.c.id == values["room_id"])
        if writing.execute(place).scalar() is None:
            raise Rejected("not_found", f"there is no room {values['room_id']}")
        last = writing.execute(select(func.max(source.c.position))).scalar() or 0
        writing.execute(source.insert().values(**values, position=last + 1))

    database.write_now(change)


def set_pull(database: Database, source: str, address: Address, now_us: int) -> None:
    """Fetch a source from this address from now on.

    Raises:
        Rejected: there is no such source.
    """
    table = schema.pull

    def change(writing: Writing) -> None:
        known = select(schema.source.c.id).where(schema.source.c.id == source)
        if writing.execute(known).scalar() is None:
            raise Rejected("not_found", f"there is no source {source}; see: duizhi device list")
        writing.execute(table.delete().where(table.c.source_id == source))
        writing.execute(
            table.insert().values(
                source_id=source,
                url=address.url,
                user_name=address.user,
                password=address.password,
                since_us=now_us,
            )
        )

    database.write_now(change)


def end_pull(database: Database, source: str, now_us: int) -> None:
    """Fetch a source no more; its address is kept, so that it can be taken up again.

    Raises:
        Rejected: ``not_found``: it is not fetched; ``pull_in_use``: a session is open there.
    """
    table = schema.pull
    fetched = (table.c.source_id == source, table.c.ended_us.is_(None))

    def change(writing: Writing) -> None:
        require_idle_pull(writing.connection, source)
        writing.execute(update(table).where(*fetched).values(ended_us=now_us))

    database.write_now(change)


def take_up_pull(database: Database, source: str, now_us: int) -> None:
    """Fetch a source again from where it was fetched last; a repeat changes nothing."""
    table = schema.pull
    ended = (table.c.source_id == source, table.c.ended_us.is_not(None))
    statement = update(table).where(*ended).values(ended_us=None, since_us=now_us)
    database.write_now(lambda writing: _run(writing, statement))


def require_idle_pull(connection: Connection, source: str) -> None:
    """What must hold before a source is fetched no more.

    Raises:
        Rejected: as ``end_pull``.
    """
    if pull_of(connection, source) is None:
        raise Rejected("not_found", f"{source} is not pulled; see: duizhi device list")
    table, session = schema.source, schema.session
    recorded = (
        select(session.c.id)
        .join(table, table.c.room_id == session.c.room_id)
        .where(table.c.id == source, session.c.closed_us.is_(None))
    )
    if connection.execute(recorded).first() is not None:
        raise Rejected("pull_in_use", "a session that this camera records is open; close it first")


def pull_of(connection: Connection, source: str, *, ended: bool = False) -> Address | None:
    """Where a source is fetched from; ``ended``: where it was, and is not any more."""
    table = schema.pull
    state = table.c.ended_us.is_not(None) if ended else table.c.ended_us.is_(None)
    row = connection.execute(select(table).where(table.c.source_id == source, state)).one_or_none()
    if row is None:
        return None
    return replace(read_address(row.url), user=row.user_name, password=row.password)


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


def require_account(database: Database, account: str) -> Row[Any]:
    """The row of an account.

    Raises:
        Rejected: there is no such account.
    """
    row = database.read_now(lambda connection: account_named(connection, account))
    if row is None:
        raise Rejected("not_found", f"there is no account {account}; see: duizhi user list")
    return row


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
