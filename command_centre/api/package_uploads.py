"""Packages to be checked, handed over in pieces: tus 1.0.0 at ``/packages``.

Core, creation, checksum, termination. For whoever may verify (cookie, and the header ``X-Duizhi:
1``), each for their own. POST announces the length, HEAD says how far it is, PATCH brings the next
piece (at most ``PIECE_BYTES_MAX``), which counts as a whole or not at all, DELETE forgets it, GET
says as JSON what is there. What the file is called is not asked. Errors are RFC 9457 problems.
"""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from command_centre.api.endpoint import COOKIE, CSRF_HEADER, json_response
from command_centre.api.problems import from_rejected
from command_centre.api.uploads import CHECKSUMS, VERSION, stated_checksum
from command_centre.desk.context import CentreContext
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.received import PACKAGE_BYTES_MAX, PIECE_BYTES_MAX, ComingView
from command_centre.errors import Rejected

_TYPE = "application/offset+octet-stream"
_METHODS = ["POST", "HEAD", "GET", "PATCH", "DELETE", "OPTIONS"]


def routes(context: CentreContext) -> list[Route]:
    """The creation address and the addresses of packages on their way."""

    async def endpoint(request: Request) -> Response:
        try:
            response = await _dispatch(context, request)
        except Rejected as error:
            response = from_rejected(error)
            if error.code == "tus_version":
                response.headers["Tus-Version"] = VERSION
        response.headers.update({"Tus-Resumable": VERSION, "Cache-Control": "no-store"})
        return response

    return [
        Route("/packages", endpoint, methods=_METHODS),
        Route("/packages/{package}", endpoint, methods=_METHODS),
    ]


async def _dispatch(context: CentreContext, request: Request) -> Response:
    if request.method == "OPTIONS":
        return _options()
    caller = await _caller(context, request)
    if request.method != "GET" and request.headers.get("tus-resumable") != VERSION:
        raise Rejected("tus_version", f"send the header Tus-Resumable: {VERSION}")
    received, package = context.received, request.path_params.get("package")
    if package is None:
        if request.method != "POST":
            raise Rejected("method_not_allowed", "POST here, then PATCH the address it returned")
        length = _number(request.headers.get("upload-length"), "upload_length", "Upload-Length")
        view = await received.begin(length, caller.account_id)
        return Response(
            status_code=201, headers={"Location": f"{request.base_url}packages/{view.package}"}
        )
    if request.method == "PATCH":
        return _told(await _patch(context, request, caller, package), 204)
    if request.method == "DELETE":
        await asyncio.to_thread(received.forget, package, caller.account_id)
        return Response(status_code=204)
    view = await asyncio.to_thread(received.coming, package, caller.account_id)
    if request.method == "GET":
        return json_response(view)
    if request.method == "HEAD":
        return _told(view, 200)
    raise Rejected("method_not_allowed", "HEAD, GET, PATCH or DELETE a package")


def _options() -> Response:
    return Response(
        status_code=204,
        headers={
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,checksum,termination",
            "Tus-Max-Size": str(PACKAGE_BYTES_MAX),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        },
    )


async def _caller(context: CentreContext, request: Request) -> Caller:
    caller = await context.logins.caller_of(request.cookies.get(COOKIE))
    if caller is None:
        raise Rejected("login_required", "log in first")
    changing = request.method not in ("GET", "HEAD")
    if changing and request.headers.get(CSRF_HEADER) != "1":
        raise Rejected("header_required", "send the header X-Duizhi: 1")
    caller.require(Action.VERIFY)
    return caller


async def _patch(
    context: CentreContext, request: Request, caller: Caller, package: str
) -> ComingView:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _TYPE:
        raise Rejected("unsupported_type", f"bytes are sent as {_TYPE}")
    offset = _number(request.headers.get("upload-offset"), "malformed_request", "Upload-Offset")
    checksum = stated_checksum(request.headers.get("upload-checksum"))
    data = await _body(request)
    if checksum is not None:
        await asyncio.to_thread(checksum.update, data)
        if not checksum.matches():
            raise Rejected("upload_checksum", "these bytes were discarded; send them again")
    return await context.received.append(package, caller.account_id, offset, data)


async def _body(request: Request) -> bytes:
    """One piece; a connection that breaks brings none."""
    data = bytearray()
    try:
        async for part in request.stream():
            data += part
            if len(data) > PIECE_BYTES_MAX:
                raise Rejected("too_large", f"a piece has at most {PIECE_BYTES_MAX} bytes")
    except ClientDisconnect as error:
        raise Rejected("malformed_request", "the connection broke; send the piece again") from error
    return bytes(data)


def _told(view: ComingView, status: int) -> Response:
    headers = {"Upload-Offset": str(view.offset), "Upload-Length": str(view.size)}
    return Response(status_code=status, headers=headers)


def _number(text: str | None, code: str, name: str) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 17:
        raise Rejected(code, f"say in {name} a whole number of bytes")
    return int(text)
