"""The agency's own sign-in (OpenID Connect): to the provider, back from it, and who is whom.

Both steps are pages the browser is sent through, so they answer with redirects; what went wrong is
told to the sign-in page by its code, a ticket for the one-time code in the fragment, which no
server sees.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.routes_account import arrival
from command_centre.api.routes_login import set_login_cookie
from command_centre.api.shapes import Empty
from command_centre.desk.oidc import OutsideView
from command_centre.desk.permissions import Action
from command_centre.desk.views import View
from command_centre.errors import Rejected

_PATH = "/api/login/oidc"
_BACK = f"{_PATH}/back"
_COOKIE = "duizhi_oidc"
_COOKIE_S = 600
_PAGE = re.compile(r"/(?![/\\])[!-~]{0,500}")
_TEXT_MAX = 2048


class TieRequest(View, frozen=True):
    """Whom of the provider an account is."""

    subject: str

    def __repr__(self) -> str:
        return "TieRequest()"


def _back(call: Call) -> str:
    url = call.request.url
    return f"{url.scheme}://{url.netloc}{_BACK}"


async def _outside_begin(call: Call) -> Response:
    next_page = call.query("next") or ""
    if not _PAGE.fullmatch(next_page):
        next_page = "/cases"
    client = call.request.client
    try:
        now_us = call.context.clock.now_us()
        call.context.passkey_pace.take(client.host if client else "", now_us)
        start = await call.context.outside_logins.begin(_back(call), next_page)
    except Rejected as error:
        return _told(error)
    response = RedirectResponse(start.address, 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        _COOKIE,
        start.browser,
        max_age=_COOKIE_S,
        path=_PATH,
        httponly=True,
        samesite="lax",  # the provider sends the browser back from elsewhere
        secure=call.request.url.scheme == "https",
    )
    return response


async def _outside_back(call: Call) -> Response:
    said = {name: (call.query(name) or "")[:_TEXT_MAX] for name in ("state", "code", "iss")}
    browser = call.request.cookies.get(_COOKIE, "")
    try:
        entered = await call.context.outside_logins.finish(
            said["state"], said["code"], said["iss"], browser, arrival(call.request)
        )
    except Rejected as error:
        return _told(error)
    response = RedirectResponse(entered.next, 303, {"Cache-Control": "no-store"})
    set_login_cookie(call, response, entered.cookie)
    response.delete_cookie(_COOKIE, path=_PATH)
    return response


def _told(error: Rejected) -> Response:
    """Back to the sign-in page, which says it in words."""
    fragment = f"#{quote(str(error.extra['ticket']))}" if "ticket" in error.extra else ""
    response = RedirectResponse(
        f"/login?outside={error.code}{fragment}", 303, {"Cache-Control": "no-store"}
    )
    response.delete_cookie(_COOKIE, path=_PATH)
    return response


async def _outside_view(call: Call) -> OutsideView:
    return await call.context.outside_logins.view(_back(call))


async def _outside_check(call: Call) -> Empty:
    await call.context.outside_logins.check()
    return Empty()


async def _tie(call: Call) -> OutsideView:
    subject = call.body(TieRequest).subject
    await call.context.outside_logins.tie(call.caller, call.path("account"), subject)
    return await _outside_view(call)


async def _untie(call: Call) -> OutsideView:
    await call.context.outside_logins.untie(call.caller, call.path("account"))
    return await _outside_view(call)


ENDPOINTS = (
    Endpoint(
        "GET",
        f"{_PATH}/begin",
        "Send the browser to the agency's sign-in",
        _outside_begin,
        media_type="text/html",
        status=303,
        query={"next": "the page to come back to"},
    ),
    Endpoint(
        "GET",
        _BACK,
        "Back from the agency's sign-in",
        _outside_back,
        media_type="text/html",
        status=303,
        query={"state": "of this sign-in", "code": "of the provider", "iss": "its issuer"},
    ),
    Endpoint(
        "GET",
        "/api/outside",
        "The agency's sign-in: how it is set up, who is which account, who waits",
        _outside_view,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=OutsideView,
    ),
    Endpoint(
        "POST",
        "/api/outside/check",
        "Ask the provider for its discovery document and keys now",
        _outside_check,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=Empty,
        codes=("oidc_off", "oidc_unreachable"),
    ),
    Endpoint(
        "POST",
        "/api/accounts/{account}/outside",
        "This person of the agency's sign-in is this account",
        _tie,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=TieRequest,
        reply=OutsideView,
        codes=("oidc_off", "oidc_taken", "unknown_account", "bad_text", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/accounts/{account}/outside/remove",
        "Nobody of the agency's sign-in is this account",
        _untie,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=OutsideView,
        codes=("oidc_not_tied", "unknown_account", "log_unavailable"),
    ),
)
