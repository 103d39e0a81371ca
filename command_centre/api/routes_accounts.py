"""Accounts, for administrators; and the page on which an invited person sets a password."""

from __future__ import annotations

import msgspec

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.routes_account import Secret, arrival
from command_centre.api.shapes import Empty
from command_centre.desk.accounts import AccountRow, Invitation, Invited
from command_centre.desk.permissions import Action
from command_centre.desk.views import View


class AccountList(View, frozen=True):
    """Every account."""

    accounts: list[AccountRow]


class AccountRequest(Secret, frozen=True):
    """An account to make; without a password it is invited."""

    account: str
    name: str
    role: str
    password: str = ""
    rooms: list[str] = msgspec.field(default_factory=list)
    all_cases: bool = False  # sees every case, not only those it is a member of
    certificate: str = ""  # number of the enforcement certificate


class AccountMade(View, frozen=True):
    """The id of a new account."""

    id: str


class AccountChange(View, frozen=True):
    """What an account is to be; a certificate number that is not given stays."""

    name: str
    role: str
    rooms: list[str] = msgspec.field(default_factory=list)
    certificate: str | None = None


class NewPassword(Secret, frozen=True):
    """A password for somebody else."""

    password: str


class InvitationCode(Secret, frozen=True):
    """The code of an invitation."""

    code: str


class Acceptance(Secret, frozen=True):
    """The code, and the password chosen."""

    code: str
    password: str


class Accepted(View, frozen=True):
    """The name to sign in with."""

    account: str


async def _accounts(call: Call) -> AccountList:
    return AccountList(accounts=await call.context.accounts.all(call.caller))


async def _make_account(call: Call) -> AccountMade:
    said = call.body(AccountRequest)
    made = await call.context.accounts.make(
        call.caller,
        account=said.account,
        name=said.name,
        role=said.role,
        password=said.password,
        rooms=tuple(said.rooms),
        all_cases=said.all_cases,
        certificate=said.certificate,
    )
    return AccountMade(id=made)


async def _change_account(call: Call) -> Empty:
    said = call.body(AccountChange)
    await call.context.accounts.change(
        call.caller,
        call.path("account"),
        name=said.name,
        role=said.role,
        rooms=tuple(said.rooms),
        certificate=said.certificate,
    )
    return Empty()


async def _lock_account(call: Call) -> Empty:
    await call.context.accounts.lock(call.caller, call.path("account"))
    return Empty()


async def _unlock_account(call: Call) -> Empty:
    await call.context.accounts.unlock(call.caller, call.path("account"))
    return Empty()


async def _set_password_of(call: Call) -> Empty:
    said = call.body(NewPassword)
    await call.context.accounts.set_password(call.caller, call.path("account"), said.password)
    return Empty()


async def _invite_account(call: Call) -> Invitation:
    return await call.context.accounts.invite(call.caller, call.path("account"))


async def _end_logins(call: Call) -> Empty:
    await call.context.accounts.end_logins(call.caller, call.path("account"))
    return Empty()


async def _invited(call: Call) -> Invited:
    _pace(call)
    row = await call.context.accounts.invited(call.body(InvitationCode).code)
    site = call.context.settings.site
    return Invited(
        account=row.account,
        name=row.name,
        unit_name=site.unit_name,
        unit_name_en=site.unit_name_en,
    )


async def _accept(call: Call) -> Accepted:
    _pace(call)
    said = call.body(Acceptance)
    return Accepted(account=await call.context.accounts.accept(said.code, said.password))


def _pace(call: Call) -> None:
    call.context.passkey_pace.take(arrival(call.request).address, call.context.clock.now_us())


def _of_one(path: str, summary: str, handler: object, *codes: str, **more: object) -> Endpoint:
    return Endpoint(
        "POST",
        f"/api/accounts/{{account}}/{path}",
        summary,
        handler,  # type: ignore[arg-type]
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        codes=("unknown_account", "log_unavailable", *codes),
        **{"body": Empty, "reply": Empty, **more},  # type: ignore[arg-type]
    )


_STAYS = ("own_account", "last_administrator")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/accounts",
        "All accounts",
        _accounts,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=AccountList,
    ),
    Endpoint(
        "POST",
        "/api/accounts",
        "Make an account",
        _make_account,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=AccountRequest,
        reply=AccountMade,
        status=201,
        codes=("account_exists", "weak_password", "bad_text", "unknown_room", "log_unavailable"),
    ),
    _of_one(
        "change",
        "Another name, role, rooms or certificate number",
        _change_account,
        *("bad_text", "malformed_request", "unknown_room", *_STAYS),
        body=AccountChange,
    ),
    _of_one("lock", "Nobody signs in with this account; its logins end", _lock_account, *_STAYS),
    _of_one("unlock", "Let the account sign in again", _unlock_account),
    _of_one(
        "password",
        "Set a password; the account's logins end",
        _set_password_of,
        *("weak_password", "own_account"),
        body=NewPassword,
    ),
    _of_one(
        "invite",
        "A code with which the person sets a password; shown this once",
        _invite_account,
        "account_disabled",
        reply=Invitation,
    ),
    _of_one("logins/end", "End everything the account has open", _end_logins),
    Endpoint(
        "POST",
        "/api/invitation",
        "Whom an invitation is for",
        _invited,
        body=InvitationCode,
        reply=Invited,
        codes=("invitation_over", "too_many_requests"),
    ),
    Endpoint(
        "POST",
        "/api/invitation/accept",
        "Set a password with an invitation",
        _accept,
        body=Acceptance,
        reply=Accepted,
        codes=("invitation_over", "weak_password", "too_many_requests", "log_unavailable"),
    ),
)
