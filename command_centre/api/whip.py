"""WHIP front end (RFC 9725): checks who publishes, then hands over to the recorder.

Media never passes here: it flows from the publisher to the recorder. The bearer token is checked
before a byte of the body is read, and on every method except the preflight. Nothing about a
connection is kept here: its address, ETag and ICE session are the recorder's, so PATCH and DELETE
go on working when this process was restarted meanwhile.

| request | answer |
|---|---|
| POST application/sdp | 201 with Location, ETag, Link; 307 to another Duizhi when this is full |
| PATCH application/trickle-ice-sdpfrag | 204 for candidates; 200 with ETag for an ICE restart |
| DELETE | 200, also when the connection has ended by itself |
| GET, HEAD | 204 |
| OPTIONS | 200; Link only with a valid token, as TURN passwords are not for everybody |
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from command_centre.api.endpoint import read_body
from command_centre.api.problems import from_rejected
from command_centre.desk.board import Place
from command_centre.desk.context import CentreContext
from command_centre.desk.device_reports import Pace
from command_centre.desk.publishers import Publishers
from command_centre.desk.recorder_port import ask
from command_centre.errors import Rejected
from config.messages import Done
from config.recorder_messages import WhipAnswer, WhipDelete, WhipOffer, WhipPatch, WhipPatched

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
_TIMEOUT_S = 10.0
_COUNTED = frozenset({"POST", "PATCH", "DELETE"})
_ELSEWHERE = frozenset({"too_many_sources", "disk_full"})  # another Duizhi may have room
_EXPOSED = "Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After"
_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": _EXPOSED}
_ENDPOINT = {"Allow": "OPTIONS, GET, HEAD, POST", "Accept-Post": SDP}
_RESOURCE = {"Allow": "OPTIONS, GET, HEAD, PATCH, DELETE", "Accept-Patch": FRAGMENT}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "600",
}


def routes(context: CentreContext) -> list[Route]:
    """The WHIP endpoint and the addresses of its connections."""
    front = _Front(context)
    methods = ["POST", "GET", "DELETE", "OPTIONS", "PATCH", "PUT"]
    return [
        Route("/whip/{source}", front.endpoint, methods=methods),
        Route("/whip/{source}/{resource}", front.resource, methods=methods),
    ]


_Handler = Callable[[Request, Place], Awaitable[Response]]


class _Front:
    def __init__(self, context: CentreContext) -> None:
        self._context = context
        limits = context.settings.whip
        self._pace = Pace(limits.requests_per_second, limits.requests_burst, keys=10_000)
        self._publishers = Publishers(
            context.database, context.board, context.sessions, context.clock
        )
        self._overflow = limits.overflow_url.rstrip("/")

    async def endpoint(self, request: Request) -> Response:
        """``/whip/SOURCE``."""
        return await self._answer(request, {"POST": self._offer}, _ENDPOINT)

    async def resource(self, request: Request) -> Response:
        """``/whip/SOURCE/RESOURCE``."""
        handlers: dict[str, _Handler] = {"PATCH": self._patch, "DELETE": self._delete}
        return await self._answer(request, handlers, _RESOURCE)

    async def _answer(
        self, request: Request, handlers: dict[str, _Handler], told: dict[str, str]
    ) -> Response:
        try:
            if request.method == "OPTIONS":
                response = await self._options(request, told)
            else:
                place = await self._publisher(request)
                response = await self._serve(request, handlers, place)
        except Rejected as error:
            response = from_rejected(error)
        if response.status_code in (405, 415):
            response.headers.update(told)
        response.headers.update(_CORS)
        return response

    async def _serve(
        self, request: Request, handlers: dict[str, _Handler], place: Place
    ) -> Response:
        if request.method in ("GET", "HEAD"):
            return Response(status_code=204)
        handler = handlers.get(request.method)
        if handler is None:
            raise Rejected(
                "method_not_allowed", "POST to the source; PATCH, DELETE the address it returned"
            )
        return await handler(request, place)

    async def _options(self, request: Request, told: dict[str, str]) -> Response:
        methods = {"Access-Control-Allow-Methods": told["Allow"]}
        response = Response(status_code=200, headers={**told, **methods, **_PREFLIGHT})
        if "authorization" in request.headers:  # never on a preflight: browsers send none there
            try:
                place = await self._publisher(request)
            except Rejected:
                return response
            self._add_links(response, place)
        return response

    # --- who --------------------------------------------------------------------------------

    async def _publisher(self, request: Request) -> Place:
        """The source whose token this is, when it is the one addressed."""
        now_us = self._context.clock.now_us()
        try:
            place = await self._owner(request)
        except Rejected:  # only refused requests count against an address: many devices share one
            host = request.client.host if request.client is not None else ""
            self._pace.take(f"address {host}", now_us)
            raise
        if request.method in _COUNTED:
            self._pace.take(place.source, now_us)
        return place

    async def _owner(self, request: Request) -> Place:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Rejected("token_required", "send Authorization: Bearer with the source's token")
        return await self._publishers.owner(request.path_params["source"], token.strip())

    # --- POST -------------------------------------------------------------------------------

    async def _offer(self, request: Request, place: Place) -> Response:
        sdp = await self._text(request, SDP, "malformed_sdp")
        if not sdp.startswith("v=0"):
            raise Rejected("malformed_sdp", 'an offer begins with "v=0"')
        session = await self._publishers.session_for(place)
        offer = WhipOffer(
            source=place.source,
            source_name=place.name,
            source_kind=place.kind,
            session=session.id,
            room=place.room,
            channels=place.channels,
            sdp=sdp,
        )
        bus = self._context.bus
        try:
            answer = await ask(bus, "whip_offer", offer, WhipAnswer, timeout_s=_TIMEOUT_S)
        except Rejected as error:
            if self._overflow and error.code in _ELSEWHERE:
                elsewhere = f"{self._overflow}/whip/{place.source}"
                return Response(status_code=307, headers={"Location": elsewhere})
            raise
        response = Response(
            answer.sdp,
            status_code=201,
            media_type=SDP,
            headers={
                "Location": f"{request.base_url}whip/{place.source}/{answer.resource}",
                "ETag": f'"{answer.etag}"',
                "Accept-Patch": FRAGMENT,
            },
        )
        self._add_links(response, place)
        return response

    def _add_links(self, response: Response, place: Place) -> None:
        now_us = self._context.clock.now_us()
        for server in self._context.ice_servers.of(place.source, now_us):
            response.headers.append("Link", server.link())

    # --- PATCH and DELETE ---------------------------------------------------------------------

    async def _patch(self, request: Request, place: Place) -> Response:
        patch = WhipPatch(
            source=place.source,
            resource=request.path_params["resource"],
            if_match=", ".join(request.headers.getlist("if-match")),
            fragment=await self._text(request, FRAGMENT, "malformed_fragment"),
        )
        bus = self._context.bus
        patched = await ask(bus, "whip_patch", patch, WhipPatched, timeout_s=_TIMEOUT_S)
        if not patched.etag:
            return Response(status_code=204)
        headers = {"ETag": f'"{patched.etag}"'}
        return Response(patched.fragment, media_type=FRAGMENT, headers=headers)

    async def _delete(self, request: Request, place: Place) -> Response:
        delete = WhipDelete(source=place.source, resource=request.path_params["resource"])
        await ask(self._context.bus, "whip_delete", delete, Done, timeout_s=_TIMEOUT_S)
        return Response(status_code=200)

    async def _text(self, request: Request, wanted: str, malformed: str) -> str:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != wanted:
            raise Rejected("unsupported_type", f"this is sent as {wanted}", supported=[wanted])
        raw = await read_body(request, self._context.settings.centre.max_sdp_bytes)
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise Rejected(malformed, "the body is not UTF-8 text") from error
