"""Accounts, logins and source tokens in the database. Hashes only; knows no HTTP."""

from __future__ import annotations

from typing import Any, NamedTuple

import argon2
from sqlalchemy import Connection, Row, select, update

from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.errors import Rejected, SeedError
from command_centre.ids import SLUG, short_id, token, token_sha256
from config.words import MICROSECONDS, Role

#: RFC 9106 second recommendation, lowered to one lane: a login costs about 50 ms and 46 MiB.
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)
MINIMUM_PASSWORD = 8


def create_account(
    database: Database,
    *,
    account: str,
    name: str,
    role: Role,
    password: str,
    now_us: int,
    rooms: tuple[str, ...] = (),
    all_cases: bool = True,
    certificate: str = "",
) -> str:
    """Create an account and return its id; for the command line and the demo.

    Raises:
        Rejected: the name is taken, or the password is too short.
    """
    password_hash = hash_password(password)
    return database.write_now(
        lambda writing: add_account(
            writing,
            account=account,
            name=name,
            role=role,
            password_hash=password_hash,
            now_us=now_us,
            rooms=rooms,
            all_cases=all_cases,
            certificate=certificate,
        )
    )


def hash_password(password: str) -> str:
    """argon2id of a password that is long enough.

    Raises:
        Rejected: it is too short.
    """
    if len(password) < MINIMUM_PASSWORD:
        raise Rejected("weak_password", f"a password has at least {MINIMUM_PASSWORD} characters")
    return HASHER.hash(password)


def password_matches(password_hash: str, password: str) -> bool:
    """Whether this is the password."""
    try:
        return HASHER.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def add_account(
    writing: Writing,
    *,
    account: str,
    name: str,
    role: Role,
    password_hash: str,
    now_us: int,
    rooms: tuple[str, ...] = (),
    all_cases: bool = True,
    certificate: str = "",
) -> str:
    """Insert an account; returns its id.

    Tests and seeds see every case; the API and the command line always say it.
    """
    if account_named(writing.connection, account) is not None:
        raise Rejected("account_exists", f"there is an account {account!r} already")
    new_id = short_id("ac")
    writing.execute(
        schema.account.insert().values(
            id=new_id,
            account=account,
            name=name,
            role=role,
            rooms=" ".join(rooms),
            password_hash=password_hash,
            created_us=now_us,
            all_cases=int(all_cases),
            certificate=certificate,
        )
    )
    return new_id


def add_member(
    writing: Writing, *, case: str, account_id: str, role: Role, now_us: int, by_name: str = ""
) -> None:
    """Make an account a member of a case; the centre records it when it starts."""
    writing.execute(
        schema.case_member.insert().values(
            case_id=case, account_id=account_id, role=role, since_us=now_us, by_name=by_name
        )
    )


def memberships(connection: Connection, account_id: str) -> dict[str, Role]:
    """The cases an account is a member of, with its role in each."""
    table = schema.case_member
    found = connection.execute(
        select(table.c.case_id, table.c.role).where(table.c.account_id == account_id)
    )
    return {row.case_id: Role(row.role) for row in found}


def account_named(connection: Connection, account: str) -> Row[Any] | None:
    """The account typed at login."""
    table = schema.account
    return connection.execute(select(table).where(table.c.account == account)).one_or_none()


class Arrival(NamedTuple):
    """How somebody came in."""

    address: str = ""
    agent: str = ""
    method: str = "password"


def add_login(
    writing: Writing, account_id: str, now_us: int, hours: float, arrival: Arrival | None = None
) -> tuple[str, str]:
    """Log an account in; returns (cookie, login id). Only the cookie's hash is stored."""
    cookie, login_id = token(), short_id("lo")
    writing.execute(
        schema.login.insert().values(
            token_sha256=token_sha256(cookie),
            id=login_id,
            account_id=account_id,
            created_us=now_us,
            expires_us=now_us + int(hours * 3600 * MICROSECONDS),
            **(arrival or Arrival())._asdict(),
        )
    )
    return cookie, login_id


def login_of(connection: Connection, cookie: str, now_us: int) -> Row[Any] | None:
    """The account and login id (``login_id``) of a valid cookie."""
    login, account = schema.login, schema.account
    return connection.execute(
        select(account, login.c.id.label("login_id"))
        .join(login, login.c.account_id == account.c.id)
        .where(
            login.c.token_sha256 == token_sha256(cookie),
            login.c.revoked_us.is_(None),
            login.c.expires_us > now_us,
            account.c.disabled_us.is_(None),
        )
    ).one_or_none()


def logins_ended(connection: Connection, logins: set[str], now_us: int) -> set[str]:
    """Which of these logins are no longer valid."""
    table = schema.login
    valid = connection.execute(
        select(table.c.id).where(
            table.c.id.in_(logins), table.c.revoked_us.is_(None), table.c.expires_us > now_us
        )
    )
    return logins - {row.id for row in valid}


def revoke_login(writing: Writing, login_id: str, now_us: int) -> None:
    """Log out."""
    table = schema.login
    writing.execute(update(table).where(table.c.id == login_id).values(revoked_us=now_us))


def create_source_token(database: Database, source: str, *, now_us: int) -> str:
    """A bearer token for a source, valid until revoked; shown once, only its hash is stored.

    Raises:
        SeedError: there is no such source.
    """
    return database.write_now(lambda writing: add_source_token(writing, source, now_us=now_us))


def add_source_token(
    writing: Writing,
    source: str,
    *,
    now_us: int,
    expires_us: int | None = None,
    created_by: str = "",
) -> str:
    """Insert a token; returns it."""
    table = schema.source
    found = (
        SLUG.fullmatch(source)
        and writing.execute(select(table.c.id).where(table.c.id == source)).scalar()
    )
    if not found:
        raise SeedError(f"there is no source {source!r}")
    value = token()
    writing.execute(
        schema.source_token.insert().values(
            sha256=token_sha256(value),
            source_id=source,
            created_us=now_us,
            expires_us=expires_us,
            created_by=created_by,
        )
    )
    return value


class TokenOwner(NamedTuple):
    """What a bearer token may publish."""

    source: str
    by_browser: bool  # made for a room desk's own camera and microphone


def source_of_token(connection: Connection, value: str, now_us: int) -> TokenOwner | None:
    """The source a bearer token belongs to, while it is valid."""
    table = schema.source_token
    row = connection.execute(
        select(table).where(table.c.sha256 == token_sha256(value), table.c.revoked_us.is_(None))
    ).one_or_none()
    if row is None or (row.expires_us is not None and row.expires_us <= now_us):
        return None
    # only a browser's token expires; a device keeps its own until it is revoked
    return TokenOwner(str(row.source_id), row.expires_us is not None)
