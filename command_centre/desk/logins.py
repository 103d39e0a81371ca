"""Login: password against argon2, attempts counted and locked, cookies that can be withdrawn;
one-time codes as the second step where the account has them.

An attempt is counted before the password is looked at, so that many at once do not get more tries
than one after the other. An account that does not exist behaves like one that does: same cost,
same counting, same answers.
"""

from __future__ import annotations

import asyncio
import functools
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select, update

from command_centre.db import schema, sign_in
from command_centre.db.accounts import (
    HASHER,
    Arrival,
    account_named,
    add_login,
    login_of,
    logins_ended,
    memberships,
    password_matches,
    revoke_login,
)
from command_centre.db.database import Database, Writing
from command_centre.desk import second_factor
from command_centre.desk.account_secrets import AccountSecrets
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.passkeys import Tickets
from command_centre.desk.permissions import Caller
from command_centre.errors import Rejected
from config.clock import Clock
from config.settings import Centre, Settings
from config.words import MICROSECONDS, Role

_HASHING = 2  # passwords looked at at the same time; each takes 46 MiB
_UNKNOWN_NAMES = 10_000


@dataclass
class _Tries:
    failed: int = 0
    locked_until_us: int = 0


class Held:
    """An open connection of a login; whoever serves it closes it when ``ended`` is set."""

    def __init__(self, caller: Caller) -> None:
        self.account_id = caller.account_id
        self.reach = (caller.all_cases, dict(caller.cases))
        self.ended = asyncio.Event()
        self.changed = False  # the login goes on; what the account may reach has changed


@functools.cache
def _decoy() -> str:
    """What the password for an unknown account is compared with, so that it takes as long."""
    return HASHER.hash("there is no such account")


class Logins:
    """Who is logged in; one per centre."""

    def __init__(
        self,
        database: Database,
        log: CaseLog,
        clock: Clock,
        settings: Centre,
        secrets: AccountSecrets,
    ) -> None:
        self._secrets = secrets
        self._tickets = Tickets()  # of logins that wait for a code
        self._database = database
        self._log = log
        self._clock = clock
        self._settings = settings
        self._hashing = asyncio.Semaphore(_HASHING)
        self._connections: dict[str, set[Held]] = {}
        self._unknown: OrderedDict[str, _Tries] = OrderedDict()
        self._decoy = _decoy()

    def use(self, settings: Settings) -> None:
        """Other rules for tries and for logins from now on."""
        self._settings = settings.centre

    async def log_in(self, account: str, password: str, arrival: Arrival) -> tuple[str, Caller]:
        """A cookie for the right password, where it is enough.

        Raises:
            Rejected: ``wrong_password`` with ``attempts_left``, ``account_locked`` with
                ``until_us``; ``code_required`` with the ``ticket`` for ``log_in_by_code``;
                ``passkey_required``: the role needs a second factor, and a passkey is this one's.
        """
        row = await self._checked(account, password, arrival.address)
        return await self.admit_after_factor(row, arrival)

    async def admit_after_factor(self, row: Row[Any], arrival: Arrival) -> tuple[str, Caller]:
        """A cookie for somebody whose first factor was right, where that is enough.

        Raises:
            Rejected: ``code_required``, ``passkey_required``, ``account_locked``.
        """
        if await self._database.read(lambda connection: sign_in.code_of(connection, row.id)):
            now_us = self._clock.now_us()
            ticket, _ = self._tickets.give("", row.account, now_us, arrival.method)
            raise Rejected("code_required", "the one-time code is needed as well", ticket=ticket)
        if self.factor_required(row.role) and await self._database.read(
            lambda connection: sign_in.has_factor(connection, row.id)
        ):
            raise Rejected("passkey_required", "log in with your passkey")
        return await self.admit(row, arrival)

    async def log_in_by_code(self, ticket: str, code: str, arrival: Arrival) -> tuple[str, Caller]:
        """A cookie for the code, after the password. Wrong codes count like wrong passwords.

        Raises:
            Rejected: ``ticket_over``, ``wrong_code`` with the next ``ticket``,
                ``account_locked``, ``secret_unreadable``.
        """
        now_us = self._clock.now_us()
        taken = self._tickets.take(ticket, "", now_us)
        account = taken.name
        row = await self._database.read(lambda connection: account_named(connection, account))
        if row is None:
            raise Rejected("ticket_over", "this took too long; begin again")
        left = await self._database.write(lambda writing: self._count(writing, row.id, now_us))
        said: dict[str, object] = {"account": account[:80], "address": arrival.address}
        if left < 0:
            await self._log.note("login.locked", said)
            raise _locked(-left)
        method = await self._taken(row.id, code, now_us)
        if not method:
            await self._log.note("login.failed", said)
            if left == 0:
                await self._log.note("login.locked", said)
                raise _locked(now_us + self._lock_us)
            again, _ = self._tickets.give("", account, now_us, taken.came)
            raise Rejected("wrong_code", "this code is wrong", attempts_left=left, ticket=again)
        if taken.came == "oidc":  # the first factor was the agency's sign-in, not the password
            method = f"oidc_{method}"
        return await self.admit(row, arrival._replace(method=method))

    async def _taken(self, account_id: str, code: str, now_us: int) -> str:
        """Take a one-time code or a recovery code; how it came in, empty: wrong."""
        kept = await self._database.read(lambda connection: sign_in.code_of(connection, account_id))
        if kept is None:
            return ""
        secret = self._secrets.open(account_id, kept.sealed).decode()
        step = second_factor.step_of(secret, code, now_us, kept.last_step)
        if step is not None:
            taken = await self._database.write(
                lambda writing: sign_in.take_step(writing, account_id, step)
            )
            return "code" if taken else ""
        digest = second_factor.recovery_sha256(account_id, code)
        used = await self._database.write(
            lambda writing: sign_in.take_recovery(writing, account_id, digest)
        )
        return "recovery" if used else ""

    async def admit(self, row: Row[Any], arrival: Arrival) -> tuple[str, Caller]:
        """A cookie for somebody who has shown who they are.

        Raises:
            Rejected: ``account_disabled``: an administrator has locked it.
        """
        now_us = self._clock.now_us()
        if row.disabled_us is not None:
            raise _disabled()
        cookie, login = await self._database.write(
            lambda writing: self._admit(writing, row.id, now_us, arrival)
        )
        said = {
            "account": row.account[:80],
            "address": arrival.address,
            "login": login,
            "method": arrival.method,
        }
        await self._log.note("login.ok", said)
        return cookie, await self._caller(row, login)

    def factor_required(self, role: str) -> bool:
        """Whether accounts of this role need a second factor."""
        return role in self._settings.second_factor

    async def confirm(self, account: str, password: str, address: str) -> Caller:
        """Who this is, without a login of its own: the password is asked for before an act.

        Wrong passwords count like those of a login, and raise the same.
        """
        row = await self._checked(account, password, address)
        table = schema.account
        forget = update(table).where(table.c.id == row.id).values(failed=0, locked_until_us=0)
        await self._database.write(lambda writing: writing.execute(forget).rowcount)
        return await self._caller(row, "")

    async def _caller(self, row: Row[Any], login: str) -> Caller:
        return await self._database.read(lambda connection: self._read(connection, row, login))

    def _read(self, connection: Connection, row: Row[Any], login: str) -> Caller:
        caller = read_caller(connection, row, login)
        if (
            self.factor_required(row.role)
            and not sign_in.has_factor(connection, row.id)
            and not sign_in.came_with_factor(connection, login)
        ):
            return replace(caller, must_enrol=True)
        return caller

    def _of_cookie(self, connection: Connection, cookie: str, now_us: int) -> Caller | None:
        row = login_of(connection, cookie, now_us)
        return self._read(connection, row, row.login_id) if row else None

    async def _checked(self, account: str, password: str, address: str) -> Row[Any]:
        """The account, when this is its password; each try is counted before it is looked at."""
        now_us = self._clock.now_us()
        row = await self._database.read(lambda connection: account_named(connection, account))
        said: dict[str, object] = {"account": account[:80], "address": address}
        left = (
            self._count_unknown(account, now_us)
            if row is None
            else await self._database.write(lambda writing: self._count(writing, row.id, now_us))
        )
        if left < 0:
            await self._log.note("login.locked", said)
            raise _locked(-left)
        async with self._hashing:
            password_hash = self._decoy if row is None else str(row.password_hash)
            right = await asyncio.to_thread(password_matches, password_hash, password)
        if row is None or not right:
            await self._log.note("login.failed", said)
            if left == 0:
                until_us = now_us + self._lock_us
                await self._log.note("login.locked", said)
                raise _locked(until_us)
            raise Rejected("wrong_password", "account or password is wrong", attempts_left=left)
        if row.disabled_us is not None:  # said only to whoever knows the password
            await self._log.note("login.failed", said)
            raise _disabled()
        return row

    async def caller_of(self, cookie: str | None) -> Caller | None:
        """Who a cookie belongs to, while it is valid."""
        if not cookie:
            return None
        now_us = self._clock.now_us()
        return await self._database.read(
            lambda connection: self._of_cookie(connection, cookie, now_us)
        )

    async def log_out(self, caller: Caller) -> None:
        """Withdraw the cookie and end its connections."""
        now_us = self._clock.now_us()
        await self._database.write(lambda writing: revoke_login(writing, caller.login, now_us))
        self._end(caller.login)

    @contextmanager
    def connection(self, caller: Caller) -> Iterator[Held]:
        """A connection that belongs to a login; it must be closed when the login ends."""
        held = Held(caller)
        connections = self._connections.setdefault(caller.login, set())
        connections.add(held)
        try:
            yield held
        finally:
            connections.discard(held)
            if not connections:
                self._connections.pop(caller.login, None)

    def access_changed(self, account_id: str) -> None:
        """What an account may reach has changed: its open connections are made anew."""
        for connections in list(self._connections.values()):
            for held in connections:
                if held.account_id == account_id:
                    held.changed = True
                    held.ended.set()

    async def close_ended(self) -> None:
        """End the connections of logins that have run out."""
        connected = set(self._connections)
        if connected:
            now_us = self._clock.now_us()
            for login in await self._database.read(
                lambda connection: logins_ended(connection, connected, now_us)
            ):
                self._end(login)
        await self._close_changed()

    async def _close_changed(self) -> None:
        """What the command line changed beside a running centre is noticed here."""
        held = [one for connections in self._connections.values() for one in connections]
        known = {one.account_id for one in held}
        if not known:
            return
        now = await self._database.read(lambda connection: _reaches(connection, known))
        for one in held:
            if now.get(one.account_id) != one.reach:
                one.changed = True
                one.ended.set()

    def end_connections(self, logins: Iterable[str]) -> None:
        """End the connections of logins that were withdrawn."""
        for login in logins:
            self._end(login)

    def _end(self, login: str) -> None:
        for held in self._connections.get(login, ()):
            held.changed = False
            held.ended.set()

    @property
    def _lock_us(self) -> int:
        return int(self._settings.login_lock_minutes * 60 * MICROSECONDS)

    def _count(self, writing: Writing, account_id: str, now_us: int) -> int:
        """Attempts left after this one; minus the end of the lock when it is locked."""
        table = schema.account
        row = writing.execute(table.select().where(table.c.id == account_id)).one()
        tries = _Tries(row.failed, row.locked_until_us)
        left = self._try(tries, now_us)
        writing.execute(
            update(table)
            .where(table.c.id == account_id)
            .values(failed=tries.failed, locked_until_us=tries.locked_until_us)
        )
        return left

    def _count_unknown(self, account: str, now_us: int) -> int:
        tries = self._unknown.setdefault(account[:80], _Tries())
        self._unknown.move_to_end(account[:80])
        if len(self._unknown) > _UNKNOWN_NAMES:
            self._unknown.popitem(last=False)
        return self._try(tries, now_us)

    def _try(self, tries: _Tries, now_us: int) -> int:
        if tries.locked_until_us > now_us:
            return -tries.locked_until_us
        if tries.locked_until_us:
            tries.failed, tries.locked_until_us = 0, 0
        tries.failed += 1
        left = self._settings.login_attempts - tries.failed
        if left <= 0:
            tries.locked_until_us = now_us + self._lock_us
        return max(left, 0)

    def _admit(
        self, writing: Writing, account_id: str, now_us: int, arrival: Arrival
    ) -> tuple[str, str]:
        table = schema.account
        writing.execute(
            update(table).where(table.c.id == account_id).values(failed=0, locked_until_us=0)
        )
        return add_login(writing, account_id, now_us, self._settings.login_hours, arrival)


def _disabled() -> Rejected:
    return Rejected("account_disabled", "the account is locked; ask the administrator")


def _locked(until_us: int) -> Rejected:
    return Rejected(
        "account_locked", "too many wrong passwords; try again later", until_us=until_us
    )


def _reaches(connection: Connection, accounts: set[str]) -> dict[str, tuple[bool, dict[str, Role]]]:
    table = schema.account
    rows = connection.execute(
        select(table.c.id, table.c.all_cases).where(table.c.id.in_(accounts))
    ).all()
    return {row.id: (bool(row.all_cases), memberships(connection, row.id)) for row in rows}


def read_caller(connection: Connection, row: Row[Any], login: str) -> Caller:
    """The person of a row of ``account``, with their cases."""
    return Caller(
        account_id=row.id,
        account=row.account,
        name=row.name,
        role=Role(row.role),
        rooms=frozenset(row.rooms.split()),
        login=login,
        all_cases=bool(row.all_cases),
        cases=memberships(connection, row.id),
    )
