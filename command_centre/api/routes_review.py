"""Looking back: sessions on one clock, strips of what was recorded, notes, and clips."""

from __future__ import annotations

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import JobStarted, Still, StillList
from command_centre.desk.clips import ClipRequest
from command_centre.desk.job_target import find_target
from command_centre.desk.notes import NoteList, NoteRequest
from command_centre.desk.permissions import Action
from command_centre.desk.review import ReviewView, read_review
from command_centre.desk.strips import TILE_US
from command_centre.errors import Rejected
from recorder.strip_order import STEP_US

_MOMENT_MAX = 1 << 53


async def _look_back(call: Call) -> ReviewView:
    context, case = call.context, call.path("case")
    asked = [name for name in (call.query("sessions") or "").split(",") if name]
    found = await context.database.read(
        lambda connection: read_review(connection, call.caller, case, asked)
    )
    for session in found.sessions:
        await context.watching.session_opened(call.caller, session.id)
    return found


async def _loudness(call: Call) -> Response:
    session, source = await _recording(call)
    from_us, to_us = _moment(call, "from_us"), _moment(call, "to_us")
    data = await call.context.strips.loudness(session, source, from_us, to_us)
    return Response(
        data,
        media_type="application/octet-stream",
        headers={
            "X-Duizhi-Start-Us": str(from_us // TILE_US * TILE_US),
            "X-Duizhi-Step-Us": str(STEP_US),
            "Cache-Control": "private, no-store",
        },
    )


async def _stills(call: Call) -> StillList:
    session, source = await _recording(call)
    text = call.query("at_us") or ""
    if not all(one.isascii() and one.isdigit() and len(one) <= 16 for one in text.split(",")):
        raise Rejected("malformed_request", "at_us is whole numbers with commas between them")
    moments = [int(one) for one in text.split(",")]
    found = await call.context.strips.pictures(session, source, moments)
    return StillList(stills=[Still(t_us=t_us, jpeg=data) for t_us, data in found])


async def _note_moment(call: Call) -> NoteList:
    return await call.context.notes.add(call.caller, call.path("case"), call.body(NoteRequest))


async def _note_withdrawn(call: Call) -> NoteList:
    return await call.context.notes.withdraw(call.caller, call.path("case"), call.path("note"))


async def _make_clip(call: Call) -> JobStarted:
    asked = call.body(ClipRequest)
    target = await call.context.database.read(
        lambda connection: find_target(connection, session=asked.session, case=None)
    )
    summary = await call.context.sessions.find(asked.session)
    call.caller.require_room(summary.room)
    return JobStarted(job=await call.context.jobs.clip(call.caller, target, asked))


async def _recording(call: Call) -> tuple[str, str]:
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    return summary.id, call.path("source")


def _moment(call: Call, name: str) -> int:
    found = call.integer(name)
    if found is None or not 0 <= found < _MOMENT_MAX:
        raise Rejected("malformed_request", f"{name} is missing, or no moment")
    return found


_RECORDING = ("unknown_session", "wrong_room", "bad_moment", "strips_busy")
_NOTE = ("unknown_case", "unknown_session", "wrong_room", "log_unavailable")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases/{case}/review",
        "Sessions of a case on one clock: recordings, gaps, events, notes",
        _look_back,
        action=Action.PLAY,
        reply=ReviewView,
        query={"sessions": "ids with commas between them; the latest one when not given"},
        codes=("unknown_case", "unknown_session", "too_many_sessions"),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/sources/{source}/loudness",
        "Peaks of the sound, 0 to 250, 255 where there is none; whole minutes",
        _loudness,
        action=Action.PLAY,
        media_type="application/octet-stream",
        query={
            "from_us": "from the minute this moment lies in",
            "to_us": "to the minute before this moment ends; ten minutes at most",
        },
        codes=_RECORDING,
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/sources/{source}/stills",
        "Small pictures of moments",
        _stills,
        action=Action.PLAY,
        reply=StillList,
        query={"at_us": "moments with commas between them, 24 at most"},
        codes=_RECORDING,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/notes",
        "Write a note to a moment of a session",
        _note_moment,
        action=Action.KEEP_NOTES,
        body=NoteRequest,
        reply=NoteList,
        codes=("bad_text", "bad_moment", "unknown_source", "too_many_notes", *_NOTE),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/notes/{note}/withdraw",
        "Take a note back; its words stay, marked as withdrawn",
        _note_withdrawn,
        action=Action.KEEP_NOTES,
        reply=NoteList,
        codes=("unknown_note", "not_yours", *_NOTE),
    ),
    Endpoint(
        "POST",
        "/api/clips",
        "Make a clip: original segments with proofs, and a playable cut",
        _make_clip,
        action=Action.MAKE_COPIES,
        reach=Reach.BODY,
        body=ClipRequest,
        reply=JobStarted,
        status=202,
        codes=(
            *("bad_clip", "no_readings", "bad_reason", "bad_disclosure", "no_segment"),
            *("unknown_session", "wrong_room", "store_unreadable"),
        ),
    ),
)
