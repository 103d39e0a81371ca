"""An HTTP endpoint as data: from one list come the routes, their checks and the OpenAPI document.

For every request, in this order: body limit, ``X-Duizhi`` header, login, role and case, whether
the case is open (``open_case``), body type.
Only then the handler runs. Where the source's bearer token stands for the login, it is looked at
first. An endpoint whose case is named in its body has its type looked at before its case.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from command_centre.api.device_token import source_of
from command_centre.api.reach import Reach, named_in, reached, require_open, things_in
from command_centre.desk.board import Place
from command_centre.desk.context import CentreContext
from command_centre.desk.permissions import Action, Caller
from command_centre.errors import Rejected

COOKIE = "duizhi_login"
CSRF_HEADER = "x-duizhi"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

B = TypeVar("B", bound=msgspec.Struct)


@dataclass(frozen=True)
class Call:
    """One request that has passed the checks."""

    context: CentreContext
    request: Request
    login: Caller | None  # in the role they have in the case; None only where no login is needed
    parsed: msgspec.Struct | None
    device: Place | None = None  # the source whose token was sent, where a token is the login

    @property
    def source(self) -> Place:
        """The source that is asking."""
        if self.device is None:
            raise Rejected("token_required", "send the source's bearer token")
        return self.device

    @property
    def caller(self) -> Caller:
        """Who is asking."""
        if self.login is None:
            raise Rejected("login_required", "log in first")
        return self.login

    def body(self, kind: type[B]) -> B:
        """The parsed body."""
        assert isinstance(self.parsed, kind)
        return self.parsed

    def path(self, name: str) -> str:
        """A part of the path."""
        return cast(str, self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """A query parameter."""
        return self.request.query_params.get(name)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """A query parameter that is a whole number."""
        text = self.query(name)
        if text is None:
            return default
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 18:
            raise Rejected("malformed_request", f"{name} must be a whole number")
        return int(text)


Handler = Callable[[Call], Awaitable[msgspec.Struct | Response]]


@dataclass(frozen=True)
class Endpoint:
    """A method at a path."""

    method: str
    path: str
    summary: str
    handler: Handler
    action: Action | None = None  # None: no login needed
    reach: Reach | None = None  # what it is about, where its path does not say it
    open_case: bool = False  # new work: refused (``case_closed``) once the case is closed
    by_token: bool = False  # the bearer token of the source in the path, instead of a login
    body: type[msgspec.Struct] | None = None
    reply: type[msgspec.Struct] | None = None  # None: not JSON, see media_type
    media_type: str = "application/json"
    status: int = 200
    body_bytes: int | None = None  # largest body, where it is not centre.max_body_bytes
    streams: bool = False  # the handler reads the body itself, as it comes
    query: dict[str, str] = field(default_factory=dict)  # name: description
    codes: tuple[str, ...] = ()  # problems beside those every endpoint may give

    def __post_init__(self) -> None:
        if self.action is not None and self.reach is None and not things_in(self.path):
            raise ValueError(
                f"{self.method} {self.path}: say by `reach` of which case it is (api/reach.py)"
            )

    def route(self, context: CentreContext) -> Route:
        """The Starlette route."""

        async def answer(request: Request) -> Response:
            result = await self.handler(await _checked(self, context, request))
            if isinstance(result, Response):
                return result
            return json_response(result, self.status)

        return Route(self.path, answer, methods=[self.method], name=f"{self.method} {self.path}")


def json_response(value: Any, status: int = 200) -> Response:
    """JSON that no cache keeps."""
    return Response(
        msgspec.json.encode(value),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def read_body(request: Request, limit: int) -> bytes:
    """The body, at most ``limit`` bytes; refused before more is read.

    Raises:
        Rejected: ``too_large``.
    """
    refusal = Rejected("too_large", f"the body may have {limit} bytes")
    declared = request.headers.get("content-length", "0")
    digits = declared.isascii() and declared.isdigit() and len(declared) <= 15
    if not digits or int(declared) > limit:
        raise refusal
    received = bytearray()
    async for part in request.stream():
        received += part
        if len(received) > limit:
            raise refusal
    return bytes(received)


async def _checked(endpoint: Endpoint, context: CentreContext, request: Request) -> Call:
    raw = b""
    device = await source_of(context, request) if endpoint.by_token else None
    if endpoint.method not in _SAFE:
        limit = endpoint.body_bytes or context.settings.centre.max_body_bytes
        raw = b"" if endpoint.streams else await read_body(request, limit)
        # a bearer token is never sent by a browser on its own, so it needs no such header
        if not endpoint.by_token and request.headers.get(CSRF_HEADER) != "1":
            raise Rejected("header_required", "send the header X-Duizhi: 1")
    caller = None
    if endpoint.action is not None:
        caller = await context.logins.caller_of(request.cookies.get(COOKIE))
        if caller is None:
            raise Rejected("login_required", "log in first")
        about = [(name, request.path_params[name]) for name in things_in(endpoint.path)]
        if endpoint.reach is Reach.BODY:
            caller.require(endpoint.action)
            about += named_in(_parse(raw, endpoint.body))
        caller = await reached(context, caller, endpoint.action, about)
        if endpoint.open_case:
            await require_open(context, about)
    return Call(context, request, caller, _parse(raw, endpoint.body), device)


def _parse(raw: bytes, kind: type[msgspec.Struct] | None) -> msgspec.Struct | None:
    if kind is None:
        return None
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Rejected("malformed_request", str(error)) from error
