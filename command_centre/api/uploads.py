"""Resumable uploads: tus 1.0.0 (core, creation, checksum, termination, expiration) at ``/uploads``.

Who may: a source with its bearer token (as for WHIP), for itself only, or a person logged in as
manager, interviewer or administrator (cookie, and the header ``X-Duizhi: 1``). An offset is told
only after the bytes before it are durable. Metadata (Upload-Metadata, values in base64)::

    source           the source whose recording this is; may be left out with a bearer token
    session          its session; left out: found by the time it covers
    start_us         first instant by the device's clock, microseconds since the epoch
    clock_offset_us  device's clock minus the centre's, as the device measured it; default 0
    filename         shown to people
    kind             file (default) | local-part (a device kept it while it had no connection)
    sha256           of the whole file, hex; compared when it has arrived
    previous_sha256  of the part that the device finished before this one, hex; goes into the log
    first            1: the device recorded nothing just before this part (it was connecting)

A file belongs to the case of the session it names, wherever its room has gone since.

``GET /uploads/<id>`` says as JSON what became of it. Errors are RFC 9457 problems.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from command_centre.api.endpoint import COOKIE, CSRF_HEADER, json_response
from command_centre.api.problems import from_rejected
from command_centre.db.accounts import source_of_token
from command_centre.desk.board import Place
from command_centre.desk.case_of import case_of, room_of
from command_centre.desk.context import CentreContext
from command_centre.desk.late import (
    KINDS,
    MAX_FILENAME,
    Announcement,
    Giver,
    UploadState,
    UploadView,
)
from command_centre.desk.late_store import Receiving
from command_centre.desk.permissions import Action, Caller
from command_centre.errors import Rejected
from config.words import MICROSECONDS

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,termination,expiration"
CHECKSUMS = ("sha256", "sha1", "md5")
_TYPE = "application/offset+octet-stream"
_METADATA_BYTES = 8192
_FLUSH_BYTES = 4 << 20  # a connection that breaks loses at most this much
_WRITE_BYTES = 1 << 20
_SILENT_S = 60.0  # a sender that says nothing for this long is let go
_HEX = re.compile(r"[0-9a-f]{64}")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, Tus-Resumable, Tus-Version, Tus-Extension, "
    "Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Metadata, "
    "Upload-Expires",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "OPTIONS, POST, HEAD, GET, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Tus-Resumable, Upload-Length, "
    "Upload-Metadata, Upload-Offset, Upload-Checksum, X-HTTP-Method-Override",
    "Access-Control-Max-Age": "600",
}


def routes(context: CentreContext) -> list[Route]:
    """The creation address and the addresses of uploads."""

    async def endpoint(request: Request) -> Response:
        return await _answer(context, request)

    methods = ["POST", "HEAD", "GET", "PATCH", "DELETE", "OPTIONS"]
    return [
        Route("/uploads", endpoint, methods=methods),
        Route("/uploads/{upload}", endpoint, methods=methods),
    ]


async def _answer(context: CentreContext, request: Request) -> Response:
    # A client behind a proxy that knows no PATCH says it this way (tus, X-HTTP-Method-Override).
    method = request.headers.get("x-http-method-override", request.method).upper()
    try:
        response = await _dispatch(context, request, method)
    except Rejected as error:
        response = from_rejected(error)
        if error.code == "tus_version":
            response.headers["Tus-Version"] = VERSION
    response.headers.update({"Tus-Resumable": VERSION, "Cache-Control": "no-store", **_CORS})
    return response


async def _dispatch(context: CentreContext, request: Request, method: str) -> Response:
    if method == "OPTIONS":
        return _options(context)
    if method != "GET" and request.headers.get("tus-resumable") != VERSION:
        raise Rejected("tus_version", f"send the header Tus-Resumable: {VERSION}")
    upload = request.path_params.get("upload")
    if upload is None:
        if method == "POST":
            return await _create(context, request)
        raise Rejected("method_not_allowed", "POST here, then PATCH the address it returned")
    giver = await _giver(context, request, changing=method in ("PATCH", "DELETE"))
    view = await giver.find(context, upload)
    if method == "GET":
        return json_response(view)
    if method == "HEAD":
        await context.uploads.release(upload)
        return _head(await context.uploads.find(upload))
    if method == "PATCH":
        return await _patch(context, request, view)
    if method == "DELETE":
        await context.uploads.remove(upload)
        return Response(status_code=204)
    raise Rejected("method_not_allowed", "HEAD, GET, PATCH or DELETE an upload")


def _options(context: CentreContext) -> Response:
    return Response(
        status_code=204,
        headers={
            **_PREFLIGHT,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(context.settings.uploads.max_file_bytes),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        },
    )


# --- who ------------------------------------------------------------------------------------------


class _Giver:
    """Who is at the other end: the source itself, or a person."""

    def __init__(self, giver: Giver, source: str | None, caller: Caller | None) -> None:
        self.giver = giver
        self.source = source  # None: a person
        self.caller = caller  # None: the source itself

    async def check(self, context: CentreContext, source: str, session: str) -> Place:
        """The place of the source in that session, when this giver may hand over for it.

        Raises:
            Rejected: ``unknown_session`` only to whoever may hand over for the source as it is now.
        """
        if self.source is not None and source != self.source:
            raise Rejected("token_of_other_source", "a source hands over its own files only")
        now = await context.board.place(source)
        then = await _place_then(context, now, session)
        if then is not None and self._admitted(then.case, then.room):
            return then
        if now is None or not session or not self._admitted(now.case, now.room):
            raise Rejected("unknown_source", "there is no such source")
        raise Rejected("unknown_session", "no such session was held in the source's room")

    def _admitted(self, case: str, room: str) -> bool:
        """False: what belongs to this case does not exist for this giver.

        Raises:
            Rejected: ``forbidden``, ``wrong_room`` within a case of theirs.
        """
        if self.caller is None:
            return True
        inside = self.caller.in_case(case)
        (inside or self.caller).require(Action.HAND_OVER)
        if inside is not None:
            inside.require_room(room)
        return inside is not None

    async def find(self, context: CentreContext, upload: str) -> UploadView:
        """An upload that this giver may see; any other does not exist.

        Where it belongs was settled when it was made: its source may be elsewhere by now.
        """
        view = await context.uploads.find(upload)
        own = self.source is None or view.source == self.source
        if not own or not self._admitted(await context.uploads.case_of(upload), view.room):
            raise Rejected("unknown_upload", "there is no such upload")
        return view


async def _place_then(context: CentreContext, now: Place | None, session: str) -> Place | None:
    """Where the source is, in the case of the session: a room may have gone to another case since.

    None: no such session was held in its room.
    """
    if now is None or not session:
        return now
    case, room = await context.database.read(
        lambda reading: (case_of(reading, "session", session), room_of(reading, "session", session))
    )
    return replace(now, case=case or now.case) if room == now.room else None


async def _giver(context: CentreContext, request: Request, *, changing: bool) -> _Giver:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        now_us = context.clock.now_us()
        owner = await context.database.read(
            lambda connection: source_of_token(connection, token.strip(), now_us)
        )
        if owner is None:
            raise Rejected("token_unknown", "ask the administrator for a new token")
        place = await context.board.place(owner.source)
        name = place.name if place is not None else owner.source
        return _Giver(Giver("", name), owner.source, None)
    caller = await context.logins.caller_of(request.cookies.get(COOKIE))
    if caller is None:
        raise Rejected("token_required", "send the source's bearer token, or log in")
    if changing and request.headers.get(CSRF_HEADER) != "1":
        raise Rejected("header_required", "send the header X-Duizhi: 1")
    caller.require(Action.HAND_OVER)
    return _Giver(Giver(caller.account_id, caller.name), None, caller)


# --- creation -------------------------------------------------------------------------------------


async def _create(context: CentreContext, request: Request) -> Response:
    giver = await _giver(context, request, changing=True)
    metadata = parse_metadata(request.headers.get("upload-metadata", ""))
    source = metadata.get("source") or giver.source or ""
    if not source:
        raise Rejected("bad_metadata", "name the source in Upload-Metadata")
    place = await giver.check(context, source, metadata.get("session", ""))
    said = announcement(metadata, request.headers.get("upload-length", ""))
    view = await context.uploads.create(place, giver.giver, said)
    return Response(
        status_code=201,
        headers={"Location": f"{request.base_url}uploads/{view.id}", **_expires(view)},
    )


def parse_metadata(header: str) -> dict[str, str]:
    """Upload-Metadata: ``key base64, key base64``; a key alone has an empty value.

    Raises:
        Rejected: ``bad_metadata``.
    """
    if len(header) > _METADATA_BYTES:
        raise Rejected("bad_metadata", f"Upload-Metadata has at most {_METADATA_BYTES} characters")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        if key in found:
            raise Rejected("bad_metadata", f"{key} is given twice")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise Rejected("bad_metadata", f"{key} is not UTF-8 text in base64") from error
    return found


def announcement(metadata: dict[str, str], length: str) -> Announcement:
    """What the client says of the file.

    Raises:
        Rejected: ``upload_length``, ``bad_metadata``.
    """
    if not _is_number(length):
        raise Rejected("upload_length", "say in Upload-Length how many bytes the file has")
    kind = metadata.get("kind") or KINDS[0]
    if kind not in KINDS:
        raise Rejected("bad_metadata", f"kind is one of {', '.join(KINDS)}")
    start_us = _integer(metadata, "start_us")
    if start_us is not None and start_us <= 0:
        raise Rejected("bad_metadata", "start_us is a number of microseconds since the epoch")
    return Announcement(
        length=int(length),
        kind=kind,
        filename=_file_name(metadata.get("filename", "")),
        session=metadata.get("session", ""),
        start_us=start_us,
        clock_offset_us=_integer(metadata, "clock_offset_us") or 0,
        sha256=_digest(metadata, "sha256"),
        previous_sha256=_digest(metadata, "previous_sha256"),
        first=_flag(metadata, "first"),
    )


def _flag(metadata: dict[str, str], key: str) -> bool:
    value = metadata.get(key, "")
    if value not in ("", "0", "1"):
        raise Rejected("bad_metadata", f"{key} is 1 or 0")
    return value == "1"


def _digest(metadata: dict[str, str], key: str) -> str:
    value = metadata.get(key, "").lower()
    if value and not _HEX.fullmatch(value):
        raise Rejected("bad_metadata", f"{key} has 64 hexadecimal digits")
    return value


def _integer(metadata: dict[str, str], key: str) -> int | None:
    text = metadata.get(key, "")
    if not text:
        return None
    if not _is_number(text.removeprefix("-")):
        raise Rejected("bad_metadata", f"{key} is a whole number of microseconds")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 17


def _file_name(text: str) -> str:
    """The name alone, in characters that can be shown."""
    name = re.split(r"[/\\]", text)[-1]
    return "".join(one for one in name if one.isprintable()).strip()[:MAX_FILENAME]


# --- bytes ----------------------------------------------------------------------------------------


def _head(view: UploadView) -> Response:
    headers = {"Upload-Offset": str(view.offset), "Upload-Length": str(view.length)}
    return Response(status_code=200, headers={**headers, **_expires(view)})


def _expires(view: UploadView) -> dict[str, str]:
    if view.expires_us is None:
        return {}
    at = datetime.fromtimestamp(view.expires_us // MICROSECONDS, UTC)
    return {"Upload-Expires": format_datetime(at, usegmt=True)}


async def _patch(context: CentreContext, request: Request, view: UploadView) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _TYPE:
        raise Rejected("unsupported_type", f"bytes are sent as {_TYPE}")
    said = request.headers.get("upload-offset", "")
    if not _is_number(said):
        raise Rejected("malformed_request", "Upload-Offset says where the bytes belong")
    checksum = stated_checksum(request.headers.get("upload-checksum"))
    async with context.uploads.writing(view.id) as turn:
        view = await context.uploads.find(view.id)
        if view.state != UploadState.RECEIVING:
            raise Rejected("upload_complete", "all bytes of this file have arrived")
        if int(said) != view.offset:
            raise Rejected(
                "upload_offset", f"the upload goes on at {view.offset}", offset=view.offset
            )
        length = request.headers.get("content-length", "0")
        if not _is_number(length) or view.offset + int(length) > view.length:
            raise Rejected("too_large", f"the file was announced with {view.length} bytes")
        receiving = await context.uploads.open(view.id)
        try:
            await _receive(request, receiving, view.length, checksum, turn.let_go)
        finally:
            await asyncio.to_thread(receiving.close)
        await context.uploads.change(view.id)
        if receiving.durable == view.length:
            await context.uploads.complete(view.id)
    view = await context.uploads.find(view.id)
    headers = {"Upload-Offset": str(receiving.durable), **_expires(view)}
    return Response(status_code=204, headers=headers)


async def _receive(
    request: Request,
    receiving: Receiving,
    length: int,
    checksum: StatedChecksum | None,
    let_go: asyncio.Event,
) -> None:
    """Write the body as it comes. Without a checksum, what came before a break is kept."""
    complete = await _copy(request, receiving, length, checksum, let_go)
    if checksum is None or (complete and checksum.matches()):
        await asyncio.to_thread(receiving.commit)
    else:
        await asyncio.to_thread(receiving.discard)
        if complete:
            raise Rejected("upload_checksum", "these bytes were discarded; send them again")
    if not complete and let_go.is_set():
        raise Rejected("upload_busy", "a newer connection goes on with this upload")


async def _copy(
    request: Request,
    receiving: Receiving,
    length: int,
    checksum: StatedChecksum | None,
    let_go: asyncio.Event,
) -> bool:
    """Body to file; False when it broke off, or a newer connection wants to go on."""
    leaving = asyncio.create_task(let_go.wait())
    body = request.stream().__aiter__()
    waiting = bytearray()
    try:
        while True:
            part = await _next(body, leaving)
            ended = not part or leaving.done()
            waiting += part
            if receiving.offset + len(waiting) > length:
                raise Rejected("too_large", f"the file was announced with {length} bytes")
            if waiting and (ended or len(waiting) >= _WRITE_BYTES):
                await asyncio.to_thread(_take, receiving, bytes(waiting), checksum)
                waiting.clear()
            if ended:
                return not leaving.done()
    except (ClientDisconnect, TimeoutError):
        await asyncio.to_thread(_take, receiving, bytes(waiting), checksum)
        return False
    finally:
        leaving.cancel()


async def _next(body: AsyncIterator[bytes], leaving: asyncio.Task[Any]) -> bytes:
    """The next part of the body; empty at its end, or when this connection must let go."""
    part = asyncio.ensure_future(_filled(body))
    try:
        async with asyncio.timeout(_SILENT_S):
            await asyncio.wait({part, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not part.done():
            part.cancel()
            await asyncio.wait({part})
    return b"" if part.cancelled() else part.result()


async def _filled(body: AsyncIterator[bytes]) -> bytes:
    """The next part that holds anything; empty at the end."""
    async for part in body:
        if part:
            return part
    return b""


def _take(receiving: Receiving, data: bytes, checksum: StatedChecksum | None) -> None:
    """In a thread."""
    receiving.write(data)
    if checksum is not None:
        checksum.update(data)
    elif receiving.offset - receiving.durable >= _FLUSH_BYTES:
        receiving.commit()


class StatedChecksum:
    """The digest a client states of one PATCH."""

    def __init__(self, algorithm: str, expected: bytes) -> None:
        self._state = hashlib.new(algorithm, usedforsecurity=False)
        self._expected = expected

    def update(self, data: bytes) -> None:
        """More bytes."""
        self._state.update(data)

    def matches(self) -> bool:
        """Whether all bytes together are those the client meant."""
        return self._state.digest() == self._expected


def stated_checksum(header: str | None) -> StatedChecksum | None:
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in CHECKSUMS:
        raise Rejected("checksum_unknown", f"checksums are made with {', '.join(CHECKSUMS)}")
    try:
        return StatedChecksum(algorithm, base64.b64decode(value.strip(), validate=True))
    except (binascii.Error, ValueError) as error:
        raise Rejected("checksum_unknown", "the checksum is sent in base64") from error
