"""How one signs in: passkeys and one-time codes besides the password, and where one is."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.routes_login import logged_in
from command_centre.api.shapes import Empty
from command_centre.db.accounts import Arrival
from command_centre.desk.account_keys import (
    AccountView,
    CodeSecret,
    PasskeyStart,
    RecoveryCodes,
)
from command_centre.desk.passkeys import Place
from command_centre.desk.permissions import Action
from command_centre.desk.views import Me, View

_AGENT_CHARACTERS = 200


class Secret(View, frozen=True):
    """A body with a secret in it: no log ever shows it."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class PasswordChange(Secret, frozen=True):
    """The password now, and the new one."""

    password: str
    new: str


class PasswordAgain(Secret, frozen=True):
    """The password, before something about signing in changes."""

    password: str


class CodeRequest(Secret, frozen=True):
    """A one-time code from the app."""

    code: str


class CodeLogin(Secret, frozen=True):
    """The ticket a login was answered with, and a code or a recovery code."""

    ticket: str
    code: str


class PasskeyRequest(Secret, frozen=True):
    """The password, and what the key is to be called."""

    password: str
    name: str


class PasskeyAnswer(Secret, frozen=True):
    """What the browser made, as JSON of the WebAuthn API."""

    ticket: str
    credential: dict[str, Any]


def arrival(request: Request) -> Arrival:
    """How somebody came in."""
    agent = "".join(one for one in request.headers.get("user-agent", "") if one.isprintable())
    host = request.client.host if request.client else ""
    return Arrival(host, agent[:_AGENT_CHARACTERS])


def _address(call: Call) -> str:
    return arrival(call.request).address


def _place(call: Call) -> Place:
    url, site = call.request.url, call.context.settings.site
    return Place(url.hostname or "", f"{url.scheme}://{url.netloc}", frozenset({site.host_name}))


async def _view(call: Call) -> AccountView:
    return await call.context.account_keys.view(call.caller, _place(call))


async def _set_password(call: Call) -> AccountView:
    said = call.body(PasswordChange)
    await call.context.account_keys.set_password(
        call.caller, said.password, said.new, _address(call)
    )
    return await _view(call)


async def _begin_codes(call: Call) -> CodeSecret:
    password = call.body(PasswordAgain).password
    return await call.context.account_keys.begin_codes(call.caller, password, _address(call))


async def _confirm_codes(call: Call) -> RecoveryCodes:
    return await call.context.account_keys.confirm_codes(call.caller, call.body(CodeRequest).code)


async def _remove_codes(call: Call) -> Empty:
    password = call.body(PasswordAgain).password
    await call.context.account_keys.remove_codes(call.caller, password, _address(call))
    return Empty()


async def _recovery(call: Call) -> RecoveryCodes:
    password = call.body(PasswordAgain).password
    return await call.context.account_keys.new_recovery(call.caller, password, _address(call))


async def _begin_passkey(call: Call) -> PasskeyStart:
    said = call.body(PasskeyRequest)
    return await call.context.account_keys.begin_passkey(
        call.caller, _place(call), said.password, said.name, _address(call)
    )


async def _add_passkey(call: Call) -> AccountView:
    said = call.body(PasskeyAnswer)
    await call.context.account_keys.add_passkey(
        call.caller, _place(call), said.ticket, said.credential
    )
    return await _view(call)


async def _remove_passkey(call: Call) -> Empty:
    password = call.body(PasswordAgain).password
    await call.context.account_keys.remove_passkey(
        call.caller, call.path("passkey"), password, _address(call)
    )
    return Empty()


async def _end_login(call: Call) -> Empty:
    await call.context.account_keys.end_login(call.caller, call.path("login"))
    return Empty()


async def _reset(call: Call) -> Empty:
    await call.context.account_keys.reset(call.caller, call.path("account"))
    return Empty()


async def _code_login(call: Call) -> Response:
    said = call.body(CodeLogin)
    cookie, caller = await call.context.logins.log_in_by_code(
        said.ticket, said.code, arrival(call.request)
    )
    return logged_in(call, cookie, caller)


async def _begin_login(call: Call) -> PasskeyStart:
    call.context.passkey_pace.take(_address(call), call.context.clock.now_us())
    return call.context.account_keys.begin_login(_place(call))


async def _passkey_login(call: Call) -> Response:
    said = call.body(PasskeyAnswer)
    cookie, caller = await call.context.account_keys.log_in(
        _place(call), said.ticket, said.credential, arrival(call.request)
    )
    return logged_in(call, cookie, caller)


_AGAIN = ("wrong_password", "account_locked", "log_unavailable")
_KEY = ("passkey_place", "passkey_refused", "ticket_over")


def _own(method: str, path: str, summary: str, handler: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method,
        path,
        summary,
        handler,
        action=Action.READ_SELF,
        reach=Reach.NO_CASE,
        **more,
    )


ENDPOINTS = (
    _own("GET", "/api/account", "How the caller signs in, and where", _view, reply=AccountView),
    _own(
        "POST",
        "/api/account/password",
        "Another password; every other login ends",
        _set_password,
        body=PasswordChange,
        reply=AccountView,
        codes=("weak_password", *_AGAIN),
    ),
    _own(
        "POST",
        "/api/account/codes/begin",
        "A secret for an app that makes one-time codes",
        _begin_codes,
        body=PasswordAgain,
        reply=CodeSecret,
        codes=_AGAIN,
    ),
    _own(
        "POST",
        "/api/account/codes/confirm",
        "A code from the app: codes are asked for from now on; recovery codes, shown this once",
        _confirm_codes,
        body=CodeRequest,
        reply=RecoveryCodes,
        codes=("wrong_code", "ticket_over", "log_unavailable"),
    ),
    _own(
        "POST",
        "/api/account/codes/remove",
        "Ask for codes no more",
        _remove_codes,
        body=PasswordAgain,
        reply=Empty,
        codes=_AGAIN,
    ),
    _own(
        "POST",
        "/api/account/recovery",
        "New recovery codes; the earlier ones are void",
        _recovery,
        body=PasswordAgain,
        reply=RecoveryCodes,
        codes=("no_codes", *_AGAIN),
    ),
    _own(
        "POST",
        "/api/account/passkeys/begin",
        "What the browser needs to make a passkey",
        _begin_passkey,
        body=PasskeyRequest,
        reply=PasskeyStart,
        codes=("passkey_place", "too_many_passkeys", "bad_text", *_AGAIN),
    ),
    _own(
        "POST",
        "/api/account/passkeys",
        "Keep the passkey the browser made",
        _add_passkey,
        body=PasskeyAnswer,
        reply=AccountView,
        codes=(*_KEY, "log_unavailable"),
    ),
    _own(
        "POST",
        "/api/account/passkeys/{passkey}/remove",
        "A passkey opens nothing any more",
        _remove_passkey,
        body=PasswordAgain,
        reply=Empty,
        codes=("unknown_passkey", *_AGAIN),
    ),
    _own(
        "POST",
        "/api/account/logins/{login}/end",
        "End one of the caller's logins; others: all but this one",
        _end_login,
        body=Empty,
        reply=Empty,
        codes=("unknown_login",),
    ),
    Endpoint(
        "POST",
        "/api/accounts/{account}/factors/reset",
        "Take every second factor of somebody who lost it; their logins end",
        _reset,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=Empty,
        codes=("unknown_account", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/login/code",
        "The second step of a login: a one-time code or a recovery code",
        _code_login,
        body=CodeLogin,
        reply=Me,
        codes=("wrong_code", "ticket_over", "account_locked", "secret_unreadable"),
    ),
    Endpoint(
        "POST",
        "/api/login/passkey/begin",
        "What the browser needs to use a passkey",
        _begin_login,
        body=Empty,
        reply=PasskeyStart,
        codes=("passkey_place", "too_many_requests"),
    ),
    Endpoint(
        "POST",
        "/api/login/passkey",
        "Log in with a passkey",
        _passkey_login,
        body=PasskeyAnswer,
        reply=Me,
        codes=(*_KEY, "account_locked"),
    ),
)
