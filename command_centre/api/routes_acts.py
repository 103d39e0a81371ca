"""Acts on people and evidence: the notice, custody, copies, and the list of all acts."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.acts import LIMIT, ActList
from command_centre.desk.custody import CustodyView, PackageList
from command_centre.desk.permissions import Action
from command_centre.desk.room_acts import NoticeAnswered, NoticeRead, NoticeView
from command_centre.desk.room_checks import ChecksSaid, ChecksView
from command_centre.desk.views import SessionSummary, View


class OfferRequest(View, frozen=True):
    """Hand the evidence of a case to the account ``to``."""

    to: str
    note: str = ""


class SettleRequest(View, frozen=True):
    """Accept what was offered, or decline it."""

    accepted: bool
    note: str = ""


class CopyRequest(View, frozen=True):
    """A copy that was made: master or working, and what its medium is called."""

    type: str
    label: str
    note: str = ""


async def _own_session(call: Call) -> SessionSummary:
    summary = await call.context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    return summary


async def _notice(call: Call) -> NoticeView:
    return await call.context.room_acts.notice(await _own_session(call))


async def _room_notice(call: Call) -> NoticeView:
    return await call.context.room_acts.notice_of_room(call.caller, call.path("room"))


async def _checks(call: Call) -> ChecksView:
    said = call.body(ChecksSaid)
    return await call.context.room_checks.say(call.caller, await _own_session(call), said)


async def _notice_read(call: Call) -> NoticeView:
    said = call.body(NoticeRead)
    return await call.context.room_acts.notice_read(call.caller, await _own_session(call), said)


async def _notice_answered(call: Call) -> NoticeView:
    said = call.body(NoticeAnswered)
    return await call.context.room_acts.notice_answered(call.caller, await _own_session(call), said)


async def _custody(call: Call) -> CustodyView:
    return await call.context.custody.of_case(call.caller, call.path("case"))


async def _offer(call: Call) -> CustodyView:
    said = call.body(OfferRequest)
    return await call.context.custody.offer(call.caller, call.path("case"), said.to, said.note)


async def _settle(call: Call) -> CustodyView:
    said = call.body(SettleRequest)
    return await call.context.custody.settle(
        call.caller, call.path("custody"), said.accepted, said.note
    )


async def _packages(call: Call) -> PackageList:
    await call.context.acts.catch_up()
    return await call.context.custody.packages(call.path("case"))


async def _copied(call: Call) -> PackageList:
    said = call.body(CopyRequest)
    custody = call.context.custody
    await custody.copied(call.caller, call.path("export"), said.type, said.label, said.note)
    await call.context.acts.catch_up()
    return await custody.of_export(call.path("export"))


async def _acts(call: Call) -> ActList:
    kinds = [kind for kind in (call.query("kinds") or "").split(",") if kind]
    return await call.context.acts.of_case(
        call.path("case"),
        kinds=kinds,
        from_us=call.integer("from_us"),
        to_us=call.integer("to_us"),
        before=call.integer("before"),
        limit=min(max(call.integer("limit", LIMIT) or LIMIT, 1), LIMIT),
    )


_RECORDER = ("recorder_unreachable", "recorder_refused", "recorder_slow", "disk_full")
_IN_SESSION = ("unknown_session", "wrong_room")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/sessions/{session}/notice",
        "The notice of rights and duties, and whether it was read and answered",
        _notice,
        action=Action.READ_CASE,
        reply=NoticeView,
        codes=_IN_SESSION,
    ),
    Endpoint(
        "GET",
        "/api/rooms/{room}/notice",
        "The notice that the next session of a room begins with",
        _room_notice,
        action=Action.READ_CASE,
        reply=NoticeView,
        codes=("unknown_room", "wrong_room"),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/checks",
        "The check list with which the session was started",
        _checks,
        action=Action.ROOM_ACT,
        body=ChecksSaid,
        reply=ChecksView,
        codes=(*_IN_SESSION, "bad_checks", "bad_reason", "session_closed", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/notice/read",
        "The notice was read to the person",
        _notice_read,
        action=Action.ROOM_ACT,
        body=NoticeRead,
        reply=NoticeView,
        codes=(*_IN_SESSION, "bad_notice", "bad_notice_time", "session_closed", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/notice/answers",
        "The person answered the notice",
        _notice_answered,
        action=Action.ROOM_ACT,
        body=NoticeAnswered,
        reply=NoticeView,
        codes=(*_IN_SESSION, "bad_notice", "bad_text", "session_closed", *_RECORDER),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/custody",
        "Who keeps the evidence of a case",
        _custody,
        action=Action.READ_CUSTODY,
        reply=CustodyView,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/custody",
        "Offer the evidence of a case to its next keeper",
        _offer,
        action=Action.KEEP,
        body=OfferRequest,
        reply=CustodyView,
        codes=("unknown_case", "bad_keeper", "custody_open", "not_keeper", "bad_text"),
    ),
    Endpoint(
        "POST",
        "/api/custody/{custody}",
        "Accept or decline evidence that was offered",
        _settle,
        action=Action.KEEP,
        body=SettleRequest,
        reply=CustodyView,
        codes=("unknown_custody", "custody_settled", "not_keeper", "bad_text"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/packages",
        "Packages exported from a case, with the copies made of them",
        _packages,
        action=Action.AUDIT,
        reply=PackageList,
    ),
    Endpoint(
        "POST",
        "/api/exports/{export}/copies",
        "A copy of a package was made",
        _copied,
        action=Action.MAKE_COPIES,
        body=CopyRequest,
        reply=PackageList,
        codes=("unknown_export", "bad_copy", "bad_text"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/acts",
        "What was done to a case and its evidence, the newest first",
        _acts,
        action=Action.AUDIT,
        reply=ActList,
        query={
            "kinds": "only these, separated by commas",
            "from_us": "not before",
            "to_us": "before",
            "before": "only what stands before this index in the log, for the next page",
            "limit": "at most this many, 500 at most",
        },
    ),
)
