"""Logging in by the agency's own sign-in (OpenID Connect): who of theirs is which account of ours.

What always holds:

1. A person of the provider is told by ``issuer`` and ``sub`` and by nothing else. Which account
   that is stands in ``outside_identity``: an administrator ties it, or, where the settings name a
   claim with the account's name, the first sign-in does. An account tied already is never taken
   over by another person.
2. A sign-in is bound to the browser it began in (a cookie beside ``state``), to one nonce and one
   PKCE verifier, is good once and for ten minutes. All of it is in memory.
3. The provider never raises a role, except by the table ``[oidc] roles``.
4. The provider counts as the first factor. As the second as well only where ``amr`` or ``acr`` has
   a value of ``[oidc] second_factor``; else the account's own factors are asked for.
5. Entries first: ``account.outside_tied``, ``account.outside_untied``, ``account.outside_role``.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from command_centre.db import outside
from command_centre.db.accounts import Arrival, account_named
from command_centre.db.database import Database
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.logins import Logins
from command_centre.desk.oidc_provider import Identity, Provider
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import token, token_sha256
from config.clock import Clock
from config.settings import OidcSettings
from config.words import MICROSECONDS, Role

_BEGUN_US = 600 * MICROSECONDS
_BEGUN_MAX = 2000  # sign-ins on their way; full: the oldest is forgotten
_WAITING_MAX = 50  # people nobody has tied yet; full: the oldest is forgotten
_NAME_CHARACTERS = 80


@dataclass(frozen=True)
class _Begun:
    """A sign-in that has been sent to the provider."""

    browser_sha256: bytes
    nonce: str
    verifier: str
    back: str
    next: str
    until_us: int


@dataclass(frozen=True)
class Start:
    """Where the browser goes, and what it keeps as a cookie until it is back."""

    address: str
    browser: str


@dataclass(frozen=True)
class Entered:
    """Somebody who is in."""

    cookie: str
    caller: Caller
    next: str


class TiedView(View, frozen=True):
    """Somebody of the agency's sign-in who is an account here."""

    account_id: str
    account: str
    account_name: str
    role: str
    subject: str
    name: str
    created_us: int
    used_us: int | None


class WaitingView(View, frozen=True):
    """Somebody who signed in and is no account here yet."""

    subject: str
    name: str
    username: str
    t_us: int


class OutsideView(View, frozen=True):
    """The agency's sign-in as an administrator sees it."""

    on: bool
    issuer: str
    client_id: str
    name: str
    name_en: str
    username_claim: str
    role_claim: str
    roles: list[str]
    second_factor: list[str]
    back: str  # what the provider must know as redirect address
    tied: list[TiedView]
    waiting: list[WaitingView]


class OutsideLogins:
    """One per centre; used on the event loop."""

    def __init__(
        self,
        database: Database,
        log: CaseLog,
        clock: Clock,
        logins: Logins,
        settings: OidcSettings,
        provider: Provider | None = None,
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._logins = logins
        self.settings = settings
        self._provider = provider or Provider(settings, lambda: clock.now_us() / MICROSECONDS)
        self._begun: OrderedDict[str, _Begun] = OrderedDict()
        self._waiting: OrderedDict[str, WaitingView] = OrderedDict()

    @property
    def on(self) -> bool:
        """Whether there is one."""
        return bool(self.settings.issuer)

    async def begin(self, back: str, next_page: str) -> Start:
        """Send somebody to the provider.

        Raises:
            Rejected: ``oidc_off``, ``oidc_unreachable``.
        """
        self._require_on()
        state, browser, nonce, verifier = token(), token(), token(), token()
        address = await self._provider.address(state, nonce, verifier, back)
        until_us = self._clock.now_us() + _BEGUN_US
        self._begun[state] = _Begun(
            token_sha256(browser), nonce, verifier, back, next_page, until_us
        )
        if len(self._begun) > _BEGUN_MAX:
            self._begun.popitem(last=False)
        return Start(address, browser)

    async def finish(
        self, state: str, code: str, issuer: str, browser: str, arrival: Arrival
    ) -> Entered:
        """They are back with a code.

        Raises:
            Rejected: ``oidc_over``, ``oidc_refused``, ``oidc_unreachable``, ``oidc_not_tied``,
                ``oidc_no_role``, and those of ``Logins.admit_after_factor``.
        """
        self._require_on()
        begun = self._taken(state, browser)
        if not code or issuer not in ("", self.settings.issuer):  # RFC 9207
            await self._failed(arrival)
            raise Rejected("oidc_refused", "the agency's sign-in did not let them in")
        try:
            who = await self._provider.identity(code, begun.nonce, begun.verifier, begun.back)
            row = await self._account_of(who)
            row = await self._with_role(row, who)
        except Rejected as error:
            if error.code != "oidc_unreachable":
                await self._failed(arrival)
            raise
        now_us, subject = self._clock.now_us(), who.subject
        await self._database.write(
            lambda writing: outside.used(writing, self.settings.issuer, subject, now_us)
        )
        strong = bool((who.values("amr") | who.values("acr")) & {*self.settings.second_factor})
        came = arrival._replace(method="oidc_factor" if strong else "oidc")
        admit: Callable[[Row[Any], Arrival], Any] = (
            self._logins.admit if strong else self._logins.admit_after_factor
        )
        cookie, caller = await admit(row, came)
        return Entered(cookie, caller, begun.next)

    async def end_address(self, back: str) -> str:
        """Where a browser goes after logging out here; empty: nowhere."""
        if not (self.on and self.settings.logout):
            return ""
        return await self._provider.end_address(back)

    def _taken(self, state: str, browser: str) -> _Begun:
        """The sign-in a state belongs to; each is good once, in the browser it began in."""
        begun = self._begun.pop(state, None)
        if (
            begun is None
            or begun.until_us < self._clock.now_us()
            or not hmac.compare_digest(begun.browser_sha256, token_sha256(browser))
        ):
            raise Rejected("oidc_over", "this sign-in is over or began in another browser")
        return begun

    async def _account_of(self, who: Identity) -> Row[Any]:
        issuer, subject = self.settings.issuer, who.subject
        row = await self._database.read(
            lambda connection: outside.account_tied(connection, issuer, subject)
        )
        if row is not None:
            self._waiting.pop(subject, None)
            return row
        named = await self._named(who)
        if named is not None:
            await self._tie(named.id, who.subject, _name_of(who), how="claim")
            return named
        self._waiting[subject] = WaitingView(
            subject=subject,
            name=_name_of(who),
            username=self._username(who)[:_NAME_CHARACTERS],
            t_us=self._clock.now_us(),
        )
        self._waiting.move_to_end(subject)
        if len(self._waiting) > _WAITING_MAX:
            self._waiting.popitem(last=False)
        raise Rejected("oidc_not_tied", "no account is tied to this person; an administrator does")

    def _username(self, who: Identity) -> str:
        return who.text(self.settings.username_claim or "preferred_username").strip()

    async def _named(self, who: Identity) -> Row[Any] | None:
        """The account a verified claim names, unless it is somebody else's already."""
        claim, name = self.settings.username_claim, self._username(who)
        if not claim or not name:
            return None
        if claim == "email" and who.claims.get("email_verified") is not True:
            return None
        row = await self._database.read(lambda connection: account_named(connection, name))
        if row is None:
            return None
        taken = await self._database.read(
            lambda connection: outside.tie_of(connection, self.settings.issuer, row.id)
        )
        return None if taken is not None else row

    async def _with_role(self, row: Row[Any], who: Identity) -> Row[Any]:
        """The account with the role of the table, where there is one."""
        if not self.settings.roles:
            return row
        values = who.values(self.settings.role_claim)
        lines = [line.rpartition(" ") for line in self.settings.roles]
        role = next((Role(role) for value, _, role in lines if value in values), None)
        if role is None:
            raise Rejected("oidc_no_role", "the agency's sign-in gives no role here")
        if role == row.role:
            return row
        if await self._database.read(
            lambda connection: (
                row.role == Role.ADMINISTRATOR and outside.is_last_administrator(connection, row.id)
            )
        ):
            return row  # nobody would be left to put it right
        body = {"id": row.id, "role": str(role), "before": row.role}
        await self._log.append("account.outside_role", body)
        await self._database.write(lambda writing: outside.set_role(writing, row.id, role))
        self._logins.access_changed(row.id)
        again = await self._database.read(
            lambda connection: outside.account_of_id(connection, row.id)
        )
        assert again is not None
        return again

    async def _failed(self, arrival: Arrival) -> None:
        await self._log.note("login.failed", {"account": "", "address": arrival.address})

    def _require_on(self) -> None:
        if not self.on:
            raise Rejected("oidc_off", "there is no sign-in of the agency here")

    # --- by an administrator ----------------------------------------------------------------------

    async def view(self, back: str) -> OutsideView:
        """How it is set up, who is tied, who waits."""
        issuer = self.settings.issuer
        rows = await self._database.read(lambda connection: outside.ties(connection, issuer))
        return OutsideView(
            on=self.on,
            issuer=issuer,
            client_id=self.settings.client_id,
            name=self.settings.name,
            name_en=self.settings.name_en,
            username_claim=self.settings.username_claim,
            role_claim=self.settings.role_claim,
            roles=self.settings.roles,
            second_factor=self.settings.second_factor,
            back=back,
            tied=[
                TiedView(
                    account_id=row.account_id,
                    account=row.account,
                    account_name=row.account_name,
                    role=row.role,
                    subject=row.subject,
                    name=row.name,
                    created_us=row.created_us,
                    used_us=row.used_us,
                )
                for row in rows
            ],
            waiting=[*reversed(self._waiting.values())],
        )

    async def check(self) -> None:
        """Whether the provider answers as it should; ``oidc_off``, ``oidc_unreachable``."""
        self._require_on()
        await self._provider.check()

    async def tie(self, caller: Caller, account_id: str, subject: str) -> None:
        """This person is this account from now on.

        Raises:
            Rejected: ``oidc_off``, ``unknown_account``, ``oidc_taken``, ``bad_text``.
        """
        self._require_on()
        subject = subject.strip()
        if not 1 <= len(subject) <= 255:
            raise Rejected("bad_text", "a subject has 1 to 255 characters")
        await self._require_account(account_id)
        row = await self._database.read(
            lambda connection: outside.account_tied(connection, self.settings.issuer, subject)
        )
        if row is not None and row.id != account_id:
            raise Rejected("oidc_taken", "this person is tied to another account")
        waiting = self._waiting.get(subject)
        await self._tie(account_id, subject, waiting.name if waiting else "", by=caller)
        self._waiting.pop(subject, None)

    async def untie(self, caller: Caller, account_id: str) -> None:
        """Nobody of the agency's sign-in is this account.

        Raises:
            Rejected: ``unknown_account``, ``oidc_not_tied``.
        """
        await self._require_account(account_id)
        issuer = self.settings.issuer
        row = await self._database.read(
            lambda connection: outside.tie_of(connection, issuer, account_id)
        )
        if row is None:
            raise Rejected("oidc_not_tied", "nobody is tied to this account")
        body = {"id": account_id, "subject": row.subject}
        said = {**body, "by": caller.account_id, "by_name": caller.name}
        await self._log.append("account.outside_untied", said)
        await self._database.write(lambda writing: outside.untie(writing, issuer, account_id))

    async def _require_account(self, account_id: str) -> None:
        if not await self._database.read(
            lambda connection: outside.account_of_id(connection, account_id) is not None
        ):
            raise Rejected("unknown_account", "there is no such account")

    async def _tie(
        self,
        account_id: str,
        subject: str,
        name: str,
        *,
        how: str = "administrator",
        by: Caller | None = None,
    ) -> None:
        now_us, issuer = self._clock.now_us(), self.settings.issuer
        said = {"by": by.account_id, "by_name": by.name} if by else {"by": "", "by_name": ""}
        body = {"id": account_id, "how": how, "subject": subject, **said}
        await self._log.append("account.outside_tied", body)
        await self._database.write(
            lambda writing: outside.tie(
                writing,
                issuer=issuer,
                subject=subject,
                account_id=account_id,
                name=name,
                now_us=now_us,
            )
        )


def _name_of(who: Identity) -> str:
    return (who.text("name") or who.text("preferred_username")).strip()[:_NAME_CHARACTERS]
