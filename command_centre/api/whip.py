"""WHIP front end (RFC 9725): checks who publishes, then hands the offer to the recorder.

Media never passes here: it flows from the publisher to the recorder. The bearer token is checked
before a byte of the body is read, and on every method except the preflight. Trickle ICE and ICE
restarts are not offered (PATCH is 405, which the RFC allows); the recorder's answer carries all its
candidates.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from command_centre.api.endpoint import read_body
from command_centre.api.problems import from_rejected
from command_centre.db.accounts import source_of_token
from command_centre.desk.board import Place
from command_centre.desk.context import CentreContext
from command_centre.desk.recorder_port import ask
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from config.messages import Done, WhipAnswer, WhipDelete, WhipOffer
from config.words import SourceKind, Speaker

SDP = "application/sdp"
_ALLOW = "OPTIONS, GET, POST, DELETE"
_TIMEOUT_S = 10.0
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link",
}
_PREFLIGHT = {
    **_CORS,
    "Access-Control-Allow-Methods": _ALLOW,
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "600",
    "Accept-Post": SDP,
    "Allow": _ALLOW,
}


def routes(context: CentreContext) -> list[Route]:
    """The WHIP endpoint and the addresses of its connections."""

    async def endpoint(request: Request) -> Response:
        return await _answer(context, request)

    methods = ["POST", "GET", "DELETE", "OPTIONS", "PATCH"]
    return [
        Route("/whip/{source}", endpoint, methods=methods),
        Route("/whip/{source}/{resource}", endpoint, methods=methods),
    ]


async def _answer(context: CentreContext, request: Request) -> Response:
    if request.method == "OPTIONS":
        return Response(status_code=200, headers=_PREFLIGHT)
    try:
        response = await _authorised(context, request)
    except Rejected as error:
        response = from_rejected(error)
    response.headers.update(_CORS)
    return response


async def _authorised(context: CentreContext, request: Request) -> Response:
    place = await _publisher(context, request)
    resource = request.path_params.get("resource")
    if request.method in ("GET", "HEAD"):
        return Response(status_code=204)
    if request.method == "POST" and resource is None:
        return await _offer(context, request, place)
    if request.method == "DELETE" and resource is not None:
        await ask(
            context.bus,
            "whip_delete",
            WhipDelete(source=place.source, resource=resource),
            Done,
            timeout_s=_TIMEOUT_S,
        )
        return Response(status_code=200)
    refused = from_rejected(
        Rejected("method_not_allowed", "trickle ICE and ICE restarts are not offered here")
        if request.method == "PATCH"
        else Rejected("method_not_allowed", "POST to the source, DELETE the address it returned")
    )
    refused.headers["Allow"] = _ALLOW
    return refused


async def _publisher(context: CentreContext, request: Request) -> Place:
    """The source whose token this is, when it is the one addressed."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Rejected("token_required", "send Authorization: Bearer with the source's token")
    now_us = context.clock.now_us()
    owner = await context.database.read(
        lambda connection: source_of_token(connection, token.strip(), now_us)
    )
    if owner is None:
        raise Rejected("token_unknown", "ask the administrator for a new token")
    if owner.source != request.path_params["source"]:
        raise Rejected("token_of_other_source", "publish to the address given with the token")
    place = await context.board.place(owner.source)
    if place is None:
        raise Rejected("unknown_source", "there is no such source")
    if owner.by_browser:  # a desk's one microphone hears everybody, whatever the room's camera has
        return replace(place, channels=[Speaker.UNKNOWN.value])
    return place


async def _session_for(context: CentreContext, place: Place) -> SessionSummary:
    """The room's open session. On site a source opens one; an interview is opened by a person.

    A fixed camera asks again and again. If that opened interviews, sealing one would start the
    next, and people would be recorded who were told that the recording has ended.
    """
    if place.kind != SourceKind.ROOM_CAMERA:
        return await context.sessions.ensure(place.room, f"source:{place.source}")
    session = await context.sessions.opened_in(place.room)
    if session is None:
        raise Rejected("no_open_session", "open the interview at the room desk, then publish again")
    return session


async def _offer(context: CentreContext, request: Request, place: Place) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != SDP:
        raise Rejected("unsupported_type", f"the offer is sent as {SDP}", supported=[SDP])
    raw = await read_body(request, context.settings.centre.max_sdp_bytes)
    try:
        sdp = raw.decode()
    except UnicodeDecodeError as error:
        raise Rejected("malformed_sdp", "the offer is not UTF-8 text") from error
    if not sdp.startswith("v=0"):
        raise Rejected("malformed_sdp", 'an offer begins with "v=0"')
    session = await _session_for(context, place)
    offer = WhipOffer(
        source=place.source,
        source_name=place.name,
        source_kind=place.kind,
        session=session.id,
        room=place.room,
        channels=place.channels,
        sdp=sdp,
    )
    answer = await ask(context.bus, "whip_offer", offer, WhipAnswer, timeout_s=_TIMEOUT_S)
    return Response(
        answer.sdp,
        status_code=201,
        media_type=SDP,
        headers={
            "Location": f"{request.base_url}whip/{place.source}/{answer.resource}",
            "ETag": '"' + answer.etag.strip('"') + '"',
        },
    )
