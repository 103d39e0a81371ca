"""What an account does with its own password, codes, passkeys and logins; another's reset.

Whoever changes how they sign in gives the password again, and wrong ones count like those of a
login. Every change is an entry of the centre's log first, without any secret; then it takes effect.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import select, update

from command_centre.db import schema, sign_in
from command_centre.db.accounts import Arrival, hash_password
from command_centre.db.database import Database, Writing
from command_centre.desk import passkeys, second_factor
from command_centre.desk.account_secrets import AccountSecrets
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.logins import Logins
from command_centre.desk.passkeys import Place, Tickets
from command_centre.desk.passwords import require_good
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from config.clock import Clock

PASSKEYS_MAX = 20
_NAME_CHARACTERS = 60


class PasskeyView(View, frozen=True):
    """A passkey of the caller."""

    id: str
    name: str
    host: str
    created_us: int
    used_us: int | None


class LoginView(View, frozen=True):
    """Where the caller is signed in."""

    id: str
    current: bool
    created_us: int
    expires_us: int
    address: str
    agent: str
    method: str


class AccountView(View, frozen=True):
    """How the caller signs in."""

    account: str
    name: str
    role: str
    passkeys: list[PasskeyView]
    passkey_problem: str  # why none can be used here: address, name, https; empty: they can
    codes: bool
    recovery_left: int
    required: bool  # the role must have a second factor
    missing: bool  # and this account has none yet
    logins: list[LoginView]


class CodeSecret(View, frozen=True):
    """What an app needs to make codes; shown until it is confirmed."""

    secret: str
    uri: str

    def __repr__(self) -> str:
        return "CodeSecret()"


class RecoveryCodes(View, frozen=True):
    """Recovery codes; shown this once."""

    codes: list[str]

    def __repr__(self) -> str:
        return "RecoveryCodes()"


class PasskeyStart(View, frozen=True):
    """What the browser needs, and the ticket to come back with."""

    ticket: str
    options: dict[str, Any]


class AccountKeys:
    """Used on the event loop; one per centre."""

    def __init__(
        self,
        database: Database,
        log: CaseLog,
        clock: Clock,
        logins: Logins,
        secrets: AccountSecrets,
        unit: str,
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._logins = logins
        self._secrets = secrets
        self._unit = unit
        self._tickets = Tickets()
        self._unconfirmed: dict[str, str] = {}  # account id: secret; one per account

    async def view(self, caller: Caller, place: Place) -> AccountView:
        """How the caller signs in."""
        now_us, own = self._clock.now_us(), caller.account_id
        keys = await self._database.read(lambda connection: sign_in.passkeys_of(connection, own))
        code = await self._database.read(lambda connection: sign_in.code_of(connection, own))
        left = await self._database.read(lambda connection: sign_in.recovery_left(connection, own))
        logins = await self._database.read(
            lambda connection: sign_in.logins_of(connection, own, now_us)
        )
        return AccountView(
            account=caller.account,
            name=caller.name,
            role=caller.role,
            passkeys=[
                PasskeyView(
                    id=row.id,
                    name=row.name,
                    host=row.host,
                    created_us=row.created_us,
                    used_us=row.used_us,
                )
                for row in keys
            ],
            passkey_problem=place.problem,
            codes=code is not None,
            recovery_left=left,
            required=self._logins.factor_required(caller.role),
            missing=caller.must_enrol,
            logins=[
                LoginView(
                    id=row.id,
                    current=row.id == caller.login,
                    created_us=row.created_us,
                    expires_us=row.expires_us,
                    address=row.address,
                    agent=row.agent,
                    method=row.method or "password",
                )
                for row in logins
            ],
        )

    # --- password and logins ----------------------------------------------------------------------

    async def set_password(self, caller: Caller, password: str, new: str, address: str) -> None:
        """Another password; every other login of the account ends."""
        await self._again(caller, password, address)
        require_good(new, caller.account, caller.name)
        if new == password:
            raise Rejected("weak_password", "choose another password: the same", why="same")
        hashed = await asyncio.to_thread(hash_password, new)
        await self._log.append("account.password", self._by(caller, account=caller.account))
        now_us, table = self._clock.now_us(), schema.account

        def change(writing: Writing) -> list[str]:
            writing.execute(
                update(table).where(table.c.id == caller.account_id).values(password_hash=hashed)
            )
            return sign_in.end_logins(writing, caller.account_id, now_us, keep=caller.login)

        self._logins.end_connections(await self._database.write(change))

    async def end_login(self, caller: Caller, login: str) -> None:
        """End one of the caller's own logins; ``others``: all but this one."""
        now_us, own = self._clock.now_us(), caller.account_id
        only, keep = ("", caller.login) if login == "others" else (login, "")
        ended = await self._database.write(
            lambda writing: sign_in.end_logins(writing, own, now_us, only=only, keep=keep)
        )
        if not ended and only:
            raise Rejected("unknown_login", "there is no such login, or it has ended")
        for one in ended:
            await self._log.note("login.ended", self._by(caller, login=one))
        self._logins.end_connections(ended)

    # --- one-time codes ---------------------------------------------------------------------------

    async def begin_codes(self, caller: Caller, password: str, address: str) -> CodeSecret:
        """A secret for the caller's app; it counts once a code from it was typed."""
        await self._again(caller, password, address)
        secret = second_factor.new_secret()
        self._unconfirmed[caller.account_id] = secret
        return CodeSecret(
            secret=secret, uri=second_factor.address_of(secret, caller.account, self._unit)
        )

    async def confirm_codes(self, caller: Caller, code: str) -> RecoveryCodes:
        """The app works: codes are asked for from the next login on."""
        secret, now_us = self._unconfirmed.get(caller.account_id), self._clock.now_us()
        if secret is None:
            raise Rejected("ticket_over", "this took too long; begin again")
        step = second_factor.step_of(secret, code, now_us, 0)
        if step is None:
            raise Rejected("wrong_code", "this code is wrong; is the clock of the phone right?")
        await self._log.append("account.code_added", self._by(caller, id=caller.account_id))
        sealed = self._secrets.seal(caller.account_id, secret.encode())
        made = second_factor.new_recovery_codes()
        digests = [second_factor.recovery_sha256(caller.account_id, one) for one in made]

        def change(writing: Writing) -> None:
            sign_in.set_code(writing, caller.account_id, sealed, step, now_us)
            sign_in.set_recovery(writing, caller.account_id, digests)

        await self._database.write(change)
        self._unconfirmed.pop(caller.account_id, None)
        return RecoveryCodes(codes=made)

    async def remove_codes(self, caller: Caller, password: str, address: str) -> None:
        """Codes are asked for no more."""
        await self._again(caller, password, address)
        await self._log.append("account.code_removed", self._by(caller, id=caller.account_id))
        await self._database.write(lambda writing: sign_in.drop_code(writing, caller.account_id))

    async def new_recovery(self, caller: Caller, password: str, address: str) -> RecoveryCodes:
        """New recovery codes; the earlier ones are void."""
        await self._again(caller, password, address)
        own = caller.account_id
        if await self._database.read(lambda connection: sign_in.code_of(connection, own)) is None:
            raise Rejected("no_codes", "set up one-time codes first")
        await self._log.append("account.recovery_made", self._by(caller, id=own))
        made = second_factor.new_recovery_codes()
        digests = [second_factor.recovery_sha256(own, one) for one in made]
        await self._database.write(lambda writing: sign_in.set_recovery(writing, own, digests))
        return RecoveryCodes(codes=made)

    # --- passkeys ---------------------------------------------------------------------------------

    async def begin_passkey(
        self, caller: Caller, place: Place, password: str, name: str, address: str
    ) -> PasskeyStart:
        """What the browser needs to make a key for the caller."""
        name = name.strip()
        if not 1 <= len(name) <= _NAME_CHARACTERS:
            raise Rejected("bad_text", f"a name has 1 to {_NAME_CHARACTERS} characters")
        passkeys.require_place(place)
        await self._again(caller, password, address)
        own = caller.account_id
        known = await self._database.read(lambda connection: sign_in.passkeys_of(connection, own))
        if len(known) >= PASSKEYS_MAX:
            raise Rejected("too_many_passkeys", f"an account has at most {PASSKEYS_MAX} passkeys")
        ticket, challenge = self._tickets.give(own, name, self._clock.now_us())
        ids = [row.id for row in known]
        options = passkeys.registration(place, challenge, own, caller.account, caller.name, ids)
        return PasskeyStart(ticket=ticket, options=options)

    async def add_passkey(
        self, caller: Caller, place: Place, ticket: str, credential: dict[str, Any]
    ) -> None:
        """Keep the key the browser made."""
        now_us = self._clock.now_us()
        given = self._tickets.take(ticket, caller.account_id, now_us)
        made = passkeys.registered(place, given.challenge, credential)
        table = schema.passkey
        taken = await self._database.read(
            lambda connection: sign_in.passkey_owner(connection, made.id)
        )
        if taken is not None:
            raise Rejected("passkey_refused", "this passkey is in use")
        body = self._by(caller, id=caller.account_id, host=place.host, name=given.name)
        await self._log.append("account.passkey_added", body)
        values = {
            "id": made.id,
            "account_id": caller.account_id,
            "name": given.name,
            "host": place.host,
            "public_key": made.public_key,
            "uses": made.uses,
            "created_us": now_us,
        }
        await self._database.write(
            lambda writing: writing.execute(table.insert().values(**values)).rowcount
        )

    async def remove_passkey(self, caller: Caller, name: str, password: str, address: str) -> None:
        """A key opens nothing any more."""
        await self._again(caller, password, address)
        table = schema.passkey
        mine = (table.c.id == name, table.c.account_id == caller.account_id)
        row = await self._database.read(
            lambda connection: connection.execute(select(table).where(*mine)).one_or_none()
        )
        if row is None:
            raise Rejected("unknown_passkey", "there is no such passkey")
        body = self._by(caller, id=caller.account_id, host=row.host, name=row.name)
        await self._log.append("account.passkey_removed", body)
        await self._database.write(
            lambda writing: writing.execute(table.delete().where(*mine)).rowcount
        )

    def begin_login(self, place: Place) -> PasskeyStart:
        """What the browser needs to use a key; says nothing about any account."""
        passkeys.require_place(place)
        ticket, challenge = self._tickets.give("", "", self._clock.now_us())
        return PasskeyStart(ticket=ticket, options=passkeys.login_options(place, challenge))

    async def log_in(
        self, place: Place, ticket: str, credential: dict[str, Any], arrival: Arrival
    ) -> tuple[str, Caller]:
        """A cookie for a key.

        Raises:
            Rejected: ``ticket_over``, ``passkey_place``, ``passkey_refused``, ``account_locked``.
        """
        passkeys.require_place(place)
        now_us = self._clock.now_us()
        given = self._tickets.take(ticket, "", now_us)
        name = passkeys.id_of(credential)
        row = await self._database.read(lambda connection: sign_in.passkey_owner(connection, name))
        if row is None or row.host != place.host:
            await self._log.note("login.failed", {"account": "", "address": arrival.address})
            raise Rejected("passkey_refused", "this passkey is not known here")
        try:
            uses = passkeys.used(place, given.challenge, credential, row.public_key, row.uses)
        except Rejected:
            said = {"account": row.account, "address": arrival.address}
            await self._log.note("login.failed", said)
            raise
        table = schema.passkey
        await self._database.write(
            lambda writing: (
                writing.execute(
                    update(table).where(table.c.id == name).values(uses=uses, used_us=now_us)
                ).rowcount
            )
        )
        return await self._logins.admit(row, arrival._replace(method="passkey"))

    # --- by an administrator ----------------------------------------------------------------------

    async def reset(self, caller: Caller, account_id: str) -> None:
        """Take every second factor of somebody who lost it; their logins end.

        Raises:
            Rejected: ``unknown_account``, ``log_unavailable``.
        """
        now_us, table = self._clock.now_us(), schema.account
        row = await self._database.read(
            lambda connection: connection.execute(
                select(table.c.id).where(table.c.id == account_id)
            ).one_or_none()
        )
        if row is None:
            raise Rejected("unknown_account", "there is no such account")
        await self._log.append("account.factors_reset", self._by(caller, id=account_id))

        def change(writing: Writing) -> list[str]:
            sign_in.drop_code(writing, account_id)
            keys = schema.passkey
            writing.execute(keys.delete().where(keys.c.account_id == account_id))
            return sign_in.end_logins(writing, account_id, now_us)

        self._logins.end_connections(await self._database.write(change))

    async def _again(self, caller: Caller, password: str, address: str) -> None:
        """The password once more, before anything about signing in changes."""
        await self._logins.confirm(caller.account, password, address)

    @staticmethod
    def _by(caller: Caller, **said: str) -> dict[str, Any]:
        return {**said, "by": caller.account_id, "by_name": caller.name}
