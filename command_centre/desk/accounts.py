"""Accounts as administrators keep them: made, changed, locked, let in again. None is ever deleted.

1. Every act is an entry of the centre's log first, without any secret; then it takes effect, and
   what the account has open ends or is made anew.
2. Nobody takes the administrator's role from themselves or locks themselves out, and the last
   administrator who can sign in stays one.
3. A new password is set by the administrator, or by the person with an invitation: a code that is
   good once and for hours, shown once; only its digest is kept. Until it is used, an earlier
   password goes on working.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from command_centre.comparison.book import CaseBook
from command_centre.db import schema, sign_in
from command_centre.db.accounts import account_named, add_account, hash_password
from command_centre.db.database import Database, Writing
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.logins import Logins
from command_centre.desk.member_projection import ALL, OWN
from command_centre.desk.passwords import require_good
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import token_sha256
from config.clock import Clock
from config.words import MICROSECONDS, Role

MAX_NAME = 80
MAX_CERTIFICATE = 40
INVITATION_HOURS = 72
_CODE_BYTES = 16


class AccountRow(View, frozen=True):
    """An account as its administrators see it."""

    id: str
    account: str
    name: str
    role: str
    certificate: str  # number of the enforcement certificate; empty: none
    rooms: list[str]  # an interviewer is bound to these; empty: every room
    all_cases: bool
    created_us: int
    last_login_us: int | None
    logins: int  # where it is signed in now
    passkeys: int
    codes: bool
    has_password: bool
    invited_until_us: int | None  # an invitation waits for the person
    disabled_us: int | None  # locked by an administrator since then
    locked_until_us: int | None  # locked by wrong passwords
    mine: bool


class Invitation(View, frozen=True):
    """A code with which somebody sets a password; shown this once."""

    code: str
    expires_us: int

    def __repr__(self) -> str:
        return "Invitation()"


class Invited(View, frozen=True):
    """Whom an invitation is for."""

    account: str
    name: str
    unit_name: str
    unit_name_en: str


class Accounts:
    """Used on the event loop; one per centre."""

    def __init__(
        self, database: Database, book: CaseBook, log: CaseLog, clock: Clock, logins: Logins
    ) -> None:
        self._database = database
        self._book = book
        self._log = log
        self._clock = clock
        self._logins = logins
        self._turn = asyncio.Lock()

    async def all(self, caller: Caller) -> list[AccountRow]:
        """Every account, by the name typed at login."""
        now_us = self._clock.now_us()
        return await self._database.read(lambda connection: _list(connection, caller, now_us))

    async def make(
        self,
        caller: Caller,
        *,
        account: str,
        name: str,
        role: str,
        password: str,
        rooms: tuple[str, ...],
        all_cases: bool,
        certificate: str = "",
    ) -> str:
        """Make an account; without a password it waits for an invitation.

        Raises:
            Rejected: ``malformed_request``, ``bad_text``, ``account_exists``, ``weak_password``,
                ``unknown_room``, ``log_unavailable``.
        """
        account, name, known = account.strip(), name.strip(), _role(role)
        if not (1 <= len(account) <= MAX_NAME and 1 <= len(name) <= MAX_NAME):
            raise Rejected("bad_text", f"account and name have 1 to {MAX_NAME} characters")
        if not account.isprintable() or not name.isprintable():
            raise Rejected("bad_text", "account and name have printable characters only")
        certificate = _certificate(certificate)
        if password:
            require_good(password, account, name)
        hashed = await asyncio.to_thread(hash_password, password) if password else ""
        now_us = self._clock.now_us()
        async with self._turn:
            await self._database.read(lambda connection: _free(connection, account, rooms))
            made = await self._database.write(
                lambda writing: add_account(
                    writing,
                    account=account,
                    name=name,
                    role=known,
                    password_hash=hashed,
                    now_us=now_us,
                    rooms=rooms,
                    all_cases=all_cases,
                    certificate=certificate,
                )
            )
            body = {"id": made, "account": account, "name": name, "role": known}
            body["certificate"] = certificate
            body["cases"] = ALL if all_cases else OWN
            table = schema.account
            try:
                index = await self._log.append("account.create", body | _by(caller))
            except Rejected:  # what is not in the log must not be: nobody has it yet
                gone = table.delete().where(table.c.id == made)
                await self._database.write(lambda writing: writing.execute(gone).rowcount)
                raise
            noted = update(table).where(table.c.id == made).values(log_index=index)
            await self._database.write(lambda writing: writing.execute(noted).rowcount)
        return made

    async def change(
        self,
        caller: Caller,
        account_id: str,
        *,
        name: str,
        role: str,
        rooms: tuple[str, ...],
        certificate: str | None = None,
    ) -> None:
        """Another name, role, rooms or certificate; what the account has open is made anew.

        Raises:
            Rejected: ``unknown_account``, ``bad_text``, ``malformed_request``, ``unknown_room``,
                ``own_account``, ``last_administrator``, ``log_unavailable``.
        """
        name, known = name.strip(), _role(role)
        if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
            raise Rejected("bad_text", f"a name has 1 to {MAX_NAME} printable characters")

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = require_account(connection, account_id)
            if row.role == Role.ADMINISTRATOR and known is not Role.ADMINISTRATOR:
                _may_go(connection, caller, row)
            _known_rooms(connection, rooms)
            number = row.certificate if certificate is None else _certificate(certificate)
            now = (row.name, row.role, tuple(row.rooms.split()), row.certificate)
            if now == (name, known, rooms, number):
                return None
            said = {"id": account_id, "role": known, "rooms": list(rooms), "name": name}
            return {**said, "certificate": number}

        await self._book.act("account.changed", _by(caller), ready)
        self._logins.access_changed(account_id)

    async def lock(self, caller: Caller, account_id: str) -> None:
        """Nobody signs in with the account, and its logins end. A repeat changes nothing.

        Raises:
            Rejected: ``unknown_account``, ``own_account``, ``last_administrator``,
                ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = require_account(connection, account_id)
            if account_id == caller.account_id:
                raise Rejected("own_account", "another administrator may do this to you")
            if row.role == Role.ADMINISTRATOR:
                _may_go(connection, caller, row)
            return None if row.disabled_us is not None else {"id": account_id}

        await self._book.act("account.locked", _by(caller), ready)
        await self._void_invitations(account_id)
        await self._end_logins(caller, account_id)

    async def unlock(self, caller: Caller, account_id: str) -> None:
        """Let an account sign in again, whoever or whatever locked it."""

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = require_account(connection, account_id)
            held = row.disabled_us is not None or row.failed or row.locked_until_us
            return {"id": account_id} if held else None

        await self._book.act("account.unlocked", _by(caller), ready)

    async def set_password(self, caller: Caller, account_id: str, password: str) -> None:
        """Set a password; the account's logins end.

        Raises:
            Rejected: ``unknown_account``, ``own_account``, ``weak_password``, ``log_unavailable``.
        """
        if account_id == caller.account_id:
            raise Rejected("own_account", "your own password is set on your account page")
        row = await self._require(account_id)
        await self._keep_password(row, password, _by(caller))
        await self._end_logins(caller, account_id)

    async def invite(self, caller: Caller, account_id: str) -> Invitation:
        """A code with which the person sets a password; an earlier code is void.

        Raises:
            Rejected: ``unknown_account``, ``account_disabled``, ``log_unavailable``.
        """
        row = await self._require(account_id)
        if row.disabled_us is not None:
            raise Rejected("account_disabled", "unlock the account first")
        await self._log.append("account.invited", {"id": account_id, **_by(caller)})
        await self._void_invitations(account_id)
        code, now_us, table = secrets.token_urlsafe(_CODE_BYTES), self._clock.now_us(), _invitation
        expires_us = now_us + INVITATION_HOURS * 3600 * MICROSECONDS
        values = {
            "code_sha256": token_sha256(code),
            "account_id": account_id,
            "created_us": now_us,
            "expires_us": expires_us,
            "created_by": caller.account_id,
        }
        put = table.insert().values(**values)
        await self._database.write(lambda writing: writing.execute(put).rowcount)
        return Invitation(code=code, expires_us=expires_us)

    async def end_logins(self, caller: Caller, account_id: str) -> None:
        """End everything the account has open; of one's own, all but this login."""
        await self._require(account_id)
        await self._end_logins(caller, account_id)

    # --- by the person, with the code -------------------------------------------------------------

    async def invited(self, code: str) -> Row[Any]:
        """The account a code is for.

        Raises:
            Rejected: ``invitation_over``: unknown, used, replaced or too old, which is one answer.
        """
        now_us = self._clock.now_us()
        return await self._database.read(lambda connection: _invited(connection, code, now_us))

    async def accept(self, code: str, password: str) -> str:
        """Set the password; returns the name to sign in with. The code is spent.

        Raises:
            Rejected: ``invitation_over``, ``weak_password``, ``log_unavailable``.
        """
        async with self._turn:
            row = await self.invited(code)
            said = {"by": row.id, "by_name": row.name}
            await self._keep_password(row, password, said)
            now_us, table = self._clock.now_us(), _invitation
            mine = table.c.code_sha256 == token_sha256(code)
            spent = update(table).where(mine).values(used_us=now_us)
            await self._database.write(lambda writing: writing.execute(spent).rowcount)
        ended = await self._database.write(
            lambda writing: sign_in.end_logins(writing, row.id, now_us)
        )
        self._logins.end_connections(ended)
        return str(row.account)

    # --- inside -----------------------------------------------------------------------------------

    async def _require(self, account_id: str) -> Row[Any]:
        return await self._database.read(lambda connection: require_account(connection, account_id))

    async def _keep_password(self, row: Row[Any], password: str, by: dict[str, str]) -> None:
        require_good(password, row.account, row.name)
        hashed = await asyncio.to_thread(hash_password, password)
        await self._log.append("account.password", {"account": row.account, **by})
        table = schema.account
        values = {"password_hash": hashed, "failed": 0, "locked_until_us": 0}
        kept = update(table).where(table.c.id == row.id).values(**values)
        await self._database.write(lambda writing: writing.execute(kept).rowcount)

    async def _void_invitations(self, account_id: str) -> None:
        now_us, table = self._clock.now_us(), _invitation
        void = update(table).where(table.c.account_id == account_id, table.c.used_us.is_(None))
        statement = void.where(table.c.expires_us > now_us).values(expires_us=now_us)
        await self._database.write(lambda writing: writing.execute(statement).rowcount)

    async def _end_logins(self, caller: Caller, account_id: str) -> None:
        now_us = self._clock.now_us()

        def end(writing: Writing) -> list[str]:
            return sign_in.end_logins(writing, account_id, now_us, keep=caller.login)

        ended = await self._database.write(end)
        for one in ended:
            await self._log.note("login.ended", {"login": one, **_by(caller)})
        self._logins.end_connections(ended)


_invitation = schema.invitation


def require_account(connection: Connection, account_id: str) -> Row[Any]:
    """The row of an account, or ``unknown_account``."""
    table = schema.account
    row = connection.execute(select(table).where(table.c.id == account_id)).one_or_none()
    if row is None:
        raise Rejected("unknown_account", "there is no such account")
    return row


def _role(role: str) -> Role:
    if role not in tuple(Role):
        raise Rejected("malformed_request", f"a role is one of {', '.join(Role)}")
    return Role(role)


def _certificate(number: str) -> str:
    """The number of an enforcement certificate, or none."""
    number = number.strip()
    if len(number) > MAX_CERTIFICATE or not number.isprintable():
        raise Rejected("bad_text", f"a certificate number has at most {MAX_CERTIFICATE} characters")
    return number


def _free(connection: Connection, account: str, rooms: tuple[str, ...]) -> None:
    if account_named(connection, account) is not None:
        raise Rejected("account_exists", f"there is an account {account!r} already")
    _known_rooms(connection, rooms)


def _known_rooms(connection: Connection, rooms: tuple[str, ...]) -> None:
    known = set(connection.execute(select(schema.room.c.id)).scalars())
    if not known.issuperset(rooms):
        raise Rejected("unknown_room", "there is no such room")


def _may_go(connection: Connection, caller: Caller, row: Row[Any]) -> None:
    """Refuse to take an administrator away who must stay."""
    if row.id == caller.account_id:
        raise Rejected("own_account", "another administrator may do this to you")
    table = schema.account
    others = select(func.count()).where(
        table.c.role == Role.ADMINISTRATOR, table.c.disabled_us.is_(None), table.c.id != row.id
    )
    if not connection.execute(others).scalar_one():
        raise Rejected("last_administrator", "somebody must be able to administer")


def _invited(connection: Connection, code: str, now_us: int) -> Row[Any]:
    account, table = schema.account, _invitation
    row = connection.execute(
        select(account)
        .join(table, table.c.account_id == account.c.id)
        .where(
            table.c.code_sha256 == token_sha256(code[:100]),
            table.c.used_us.is_(None),
            table.c.expires_us > now_us,
            account.c.disabled_us.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise Rejected("invitation_over", "ask the administrator for a new invitation")
    return row


def _list(connection: Connection, caller: Caller, now_us: int) -> list[AccountRow]:
    account, login, passkey, code = (
        schema.account,
        schema.login,
        schema.passkey,
        schema.code_generator,
    )
    last = _of_each(
        connection, select(login.c.account_id, func.max(login.c.created_us)), login.c.account_id
    )
    valid = select(login.c.account_id, func.count()).where(
        login.c.revoked_us.is_(None), login.c.expires_us > now_us
    )
    signed_in = _of_each(connection, valid, login.c.account_id)
    keys = _of_each(connection, select(passkey.c.account_id, func.count()), passkey.c.account_id)
    coded = set(connection.execute(select(code.c.account_id)).scalars())
    waiting = _of_each(
        connection,
        select(_invitation.c.account_id, func.max(_invitation.c.expires_us)).where(
            _invitation.c.used_us.is_(None), _invitation.c.expires_us > now_us
        ),
        _invitation.c.account_id,
    )
    return [
        AccountRow(
            id=row.id,
            account=row.account,
            name=row.name,
            role=row.role,
            certificate=row.certificate,
            rooms=row.rooms.split(),
            all_cases=bool(row.all_cases),
            created_us=row.created_us,
            last_login_us=last.get(row.id),
            logins=signed_in.get(row.id, 0),
            passkeys=keys.get(row.id, 0),
            codes=row.id in coded,
            has_password=bool(row.password_hash),
            invited_until_us=waiting.get(row.id),
            disabled_us=row.disabled_us,
            locked_until_us=row.locked_until_us if row.locked_until_us > now_us else None,
            mine=row.id == caller.account_id,
        )
        for row in connection.execute(select(account).order_by(account.c.account))
    ]


def _of_each(connection: Connection, statement: Any, by: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(statement.group_by(by))}


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
