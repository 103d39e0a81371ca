"""Exhibits: the library of a case, what is shown in its rooms, and what was shown."""

from __future__ import annotations

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.shapes import Empty
from command_centre.desk.exhibit_showings import ShowingList
from command_centre.desk.exhibits import EXHIBIT_BYTES_MAX, ExhibitList, ExhibitView
from command_centre.desk.permissions import Action
from command_centre.desk.room_acts import ShownView, ShowRequest
from command_centre.desk.views import SessionSummary, View
from command_centre.errors import Rejected


class ExhibitRequest(View, frozen=True):
    """A file to keep as an exhibit; ``data`` in base64."""

    title: str
    data: bytes

    def __repr__(self) -> str:
        return "ExhibitRequest()"


class MomentRequest(View, frozen=True):
    """The picture of a recording at a moment, to keep as an exhibit."""

    title: str
    session: str
    source: str
    t_us: int


class ExhibitClipRequest(View, frozen=True):
    """A stretch of a recording, of a minute at most, to keep as an exhibit."""

    title: str
    session: str
    source: str
    from_us: int
    to_us: int


class MapRequest(View, frozen=True):
    """Where the devices are now, to keep as an exhibit."""

    title: str


class RenameRequest(View, frozen=True):
    """What an exhibit is called from now on."""

    title: str


class WithdrawRequest(View, frozen=True):
    """Why an exhibit is withdrawn."""

    reason: str


async def _own_session(call: Call) -> SessionSummary:
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    return summary


async def _exhibits(call: Call) -> ExhibitList:
    return await call.context.exhibits.of_case(call.path("case"))


async def _add_exhibit(call: Call) -> ExhibitView:
    said = call.body(ExhibitRequest)
    return await call.context.exhibits.add(call.caller, call.path("case"), said.title, said.data)


async def _add_moment(call: Call) -> ExhibitView:
    said, context = call.body(MomentRequest), call.context
    call.caller.require(Action.PLAY)
    summary = await context.sessions.find(said.session)
    call.caller.require_room(summary.room)
    return await context.exhibits.add_moment(
        call.caller, call.path("case"), said.session, said.source, said.t_us, said.title
    )


async def _add_clip(call: Call) -> ExhibitView:
    said, context = call.body(ExhibitClipRequest), call.context
    call.caller.require(Action.PLAY)
    summary = await context.sessions.find(said.session)
    call.caller.require_room(summary.room)
    span = (said.from_us, said.to_us)
    return await context.exhibits.add_clip(
        call.caller, call.path("case"), said.session, said.source, span, said.title
    )


async def _add_map(call: Call) -> ExhibitView:
    said = call.body(MapRequest)
    return await call.context.exhibits.add_map(call.caller, call.path("case"), said.title)


async def _rename_exhibit(call: Call) -> ExhibitView:
    title = call.body(RenameRequest).title
    return await call.context.exhibit_acts.rename(call.caller, call.path("exhibit"), title)


async def _withdraw_exhibit(call: Call) -> ExhibitView:
    reason = call.body(WithdrawRequest).reason
    return await call.context.exhibit_acts.withdraw(call.caller, call.path("exhibit"), reason)


async def _restore_exhibit(call: Call) -> ExhibitView:
    return await call.context.exhibit_acts.restore(call.caller, call.path("exhibit"))


async def _exhibit_file(call: Call) -> Response:
    data, mime, _ = await call.context.exhibits.file(call.path("exhibit"))
    pdf = mime == "application/pdf"  # its viewer stands in a frame of our own page
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
        "Content-Security-Policy": "frame-ancestors 'self'" if pdf else "sandbox",
        "X-Frame-Options": "SAMEORIGIN" if pdf else "DENY",
    }
    return Response(data, media_type=mime, headers=headers)


async def _exhibit_page(call: Call) -> Response:
    text = call.path("page")
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise Rejected("unknown_page", "a page is named by its number")
    data = await call.context.exhibits.page(call.path("exhibit"), int(text))
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "sandbox"}
    return Response(data, media_type="image/png", headers=headers)


async def _exhibit_shown(call: Call) -> ShownView:
    return await call.context.room_acts.shown((await _own_session(call)).id)


async def _exhibit_show(call: Call) -> ShownView:
    session, page = await _own_session(call), call.body(ShowRequest).page
    context = call.context
    exhibit = await context.exhibits.find(call.path("exhibit"))
    if exhibit.ended:
        raise Rejected("exhibit_ended", "it was destroyed with the recording it was taken from")
    if exhibit.withdrawn_us is not None:
        raise Rejected("exhibit_withdrawn", "it was withdrawn; restore it to show it")
    if not 1 <= page <= max(exhibit.pages, 1):
        raise Rejected("unknown_page", f"it has the pages 1 to {exhibit.pages}")
    context.stages.prepare(session.room, exhibit, page)
    sha256 = await context.exhibits.picture_sha256(exhibit, page)
    return await context.room_acts.show(call.caller, session, exhibit, page, sha256)


async def _exhibit_remove(call: Call) -> ShownView:
    return await call.context.room_acts.remove(call.caller, await _own_session(call))


async def _showings(call: Call) -> ShowingList:
    return await call.context.showings.of_session((await _own_session(call)).id)


_RECORDER = ("recorder_unreachable", "recorder_refused", "recorder_slow", "disk_full")
_IN_SESSION = ("unknown_session", "wrong_room")
_CHANGE = ("unknown_exhibit", "not_yours", "log_unavailable")
_ADD = ("unknown_case", "bad_text", "bad_exhibit", "log_unavailable")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases/{case}/exhibits",
        "Exhibits of a case",
        _exhibits,
        action=Action.READ_CASE,
        reply=ExhibitList,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/exhibits",
        "Keep a picture or PDF file as an exhibit",
        _add_exhibit,
        action=Action.ADD_EXHIBIT,
        open_case=True,
        body=ExhibitRequest,
        body_bytes=EXHIBIT_BYTES_MAX * 4 // 3 + 4096,
        reply=ExhibitView,
        codes=_ADD,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/exhibits/moment",
        "Keep the picture of a recording at a moment as an exhibit",
        _add_moment,
        action=Action.ADD_EXHIBIT,
        open_case=True,
        body=MomentRequest,
        reply=ExhibitView,
        codes=(
            *(*_ADD, *_IN_SESSION, "no_segment", "no_picture"),
            *("segment_altered", "segment_sealed", "store_unreadable"),
        ),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/exhibits/clip",
        "Keep a stretch of a recording, of a minute at most, as an exhibit",
        _add_clip,
        action=Action.ADD_EXHIBIT,
        open_case=True,
        body=ExhibitClipRequest,
        reply=ExhibitView,
        codes=(
            *(*_ADD, *_IN_SESSION, "bad_exhibit_clip", "no_segment", "no_picture"),
            *("segment_altered", "segment_sealed", "store_unreadable"),
        ),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/exhibits/map",
        "Keep where the devices are now as an exhibit",
        _add_map,
        action=Action.ADD_EXHIBIT,
        open_case=True,
        body=MapRequest,
        reply=ExhibitView,
        codes=(*_ADD, "no_positions"),
    ),
    Endpoint(
        "POST",
        "/api/exhibits/{exhibit}/rename",
        "Call an exhibit otherwise; what was shown keeps the name it had",
        _rename_exhibit,
        action=Action.ADD_EXHIBIT,
        open_case=True,
        body=RenameRequest,
        reply=ExhibitView,
        codes=(*_CHANGE, "bad_text"),
    ),
    Endpoint(
        "POST",
        "/api/exhibits/{exhibit}/withdraw",
        "Withdraw an exhibit, with a reason: it is shown no more",
        _withdraw_exhibit,
        action=Action.ADD_EXHIBIT,
        open_case=True,
        body=WithdrawRequest,
        reply=ExhibitView,
        codes=(*_CHANGE, "bad_reason", "exhibit_on_screen"),
    ),
    Endpoint(
        "POST",
        "/api/exhibits/{exhibit}/restore",
        "Restore an exhibit that was withdrawn",
        _restore_exhibit,
        action=Action.ADD_EXHIBIT,
        open_case=True,
        body=Empty,
        reply=ExhibitView,
        codes=_CHANGE,
    ),
    Endpoint(
        "GET",
        "/api/exhibits/{exhibit}/file",
        "The file of an exhibit",
        _exhibit_file,
        action=Action.READ_CASE,
        media_type="application/octet-stream",
        codes=("unknown_exhibit", "exhibit_altered"),
    ),
    Endpoint(
        "GET",
        "/api/exhibits/{exhibit}/pages/{page}",
        "A page of a document as a picture",
        _exhibit_page,
        action=Action.READ_CASE,
        media_type="image/png",
        codes=("unknown_exhibit", "unknown_page", "exhibit_altered", "bad_exhibit"),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/shown",
        "The exhibit that is shown in the room",
        _exhibit_shown,
        action=Action.READ_CASE,
        reply=ShownView,
        codes=_IN_SESSION,
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/shown/{exhibit}",
        "Show an exhibit in the room",
        _exhibit_show,
        action=Action.ROOM_ACT,
        body=ShowRequest,
        reply=ShownView,
        codes=(
            *(*_IN_SESSION, "unknown_exhibit", "unknown_page", "exhibit_altered", "bad_exhibit"),
            *("exhibit_ended", "exhibit_withdrawn", "session_closed", *_RECORDER),
        ),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/shown",
        "Take away what is shown",
        _exhibit_remove,
        action=Action.ROOM_ACT,
        body=Empty,
        reply=ShownView,
        codes=(*_IN_SESSION, "session_closed", *_RECORDER),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/showings",
        "What was shown in a session, when, and what the screens were turned to",
        _showings,
        action=Action.READ_CASE,
        reply=ShowingList,
        codes=(*_IN_SESSION, "store_unreadable"),
    ),
)
