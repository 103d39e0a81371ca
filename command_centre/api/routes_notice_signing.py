"""The notice of rights of a session: signed for, or not, and its signed copy."""

from __future__ import annotations

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.notice_signing import NoticeInk, NoticeUnsigned
from command_centre.desk.permissions import Action
from command_centre.desk.room_acts import NoticeView
from command_centre.desk.views import SessionSummary
from command_centre.record.strokes import POINTS_MAX

_PRIVATE = {"Cache-Control": "private, no-store"}


async def _own_session(call: Call) -> SessionSummary:
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    return summary


async def _sign_notice(call: Call) -> NoticeView:
    said = call.body(NoticeInk)
    return await call.context.notice_signing.sign(call.caller, await _own_session(call), said)


async def _unsigned_notice(call: Call) -> NoticeView:
    said = call.body(NoticeUnsigned)
    return await call.context.notice_signing.unsigned(call.caller, await _own_session(call), said)


async def _notice_file(call: Call) -> Response:
    session = await _own_session(call)
    data, code = await call.context.notice_signing.file(session, call.query("document") or "")
    seen = {"document": code, "signed": True, "by": call.caller.account_id, "session": session.id}
    await call.context.log.note("access.document", seen)
    name = f"notice-{code}-signed.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **_PRIVATE}
    return Response(data, media_type="application/pdf", headers=headers)


async def _notice_ink(call: Call) -> Response:
    drawn = await call.context.notice_signing.ink(await _own_session(call))
    return Response(drawn, media_type="image/svg+xml", headers=_PRIVATE)


_RECORDER = ("recorder_unreachable", "recorder_refused", "recorder_slow", "store_busy", "disk_full")
_IN_SESSION = ("unknown_session", "wrong_room")
_OPEN = (
    *("bad_notice", "bad_notice_time", "notice_unread", "notice_signed", "notice_other_person"),
    *("notice_other_version", "session_closed"),
    *_RECORDER,
)
# a point has four numbers of at most seven characters, and their commas
_BODY_BYTES = POINTS_MAX * 4 * 8 + 4096

ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/sessions/{session}/notice/signature",
        "The person signed for the notice of rights by hand",
        _sign_notice,
        action=Action.KEEP_RECORD,
        body=NoticeInk,
        body_bytes=_BODY_BYTES,
        reply=NoticeView,
        codes=(
            *(*_IN_SESSION, *_OPEN, "bad_strokes", "store_unreadable"),
            *("fonts_missing", "record_failed"),
        ),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/notice/unsigned",
        "The person would not or could not sign for the notice of rights",
        _unsigned_notice,
        action=Action.KEEP_RECORD,
        body=NoticeUnsigned,
        reply=NoticeView,
        codes=(*_IN_SESSION, *_OPEN, "bad_reason"),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/notice/file",
        "The signed notice as PDF; its reading is an entry of the centre's log",
        _notice_file,
        action=Action.READ_RECORD,
        media_type="application/pdf",
        query={"document": "code of one of several; none: of the version that was read last"},
        codes=(
            *(*_IN_SESSION, "unknown_document", "store_unreadable"),
            *("segment_altered", "segment_sealed"),
        ),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/notice/ink",
        "The handwriting under the signed notice",
        _notice_ink,
        action=Action.READ_RECORD,
        media_type="image/svg+xml",
        codes=(*_IN_SESSION, "unknown_document"),
    ),
)
