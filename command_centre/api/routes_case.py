"""Cases, points, text, sessions, and publishing from a browser."""

from __future__ import annotations

import asyncio

import msgspec

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import (
    CaseList,
    CloseRequest,
    Empty,
    LatestUtterances,
    Publication,
    RelayServer,
    UtterancePage,
)
from command_centre.comparison.store import spoken_in
from command_centre.db.accounts import add_source_token
from command_centre.desk.cases import (
    camera_of,
    list_cases,
    read_case,
    read_latest,
    read_utterances,
)
from command_centre.desk.permissions import Action
from command_centre.desk.person_hours import CaseHours, HoursView, read_case_hours, read_hours
from command_centre.desk.recording_list import RecordingList, list_recordings
from command_centre.desk.views import CaseView, SessionSummary
from command_centre.errors import Rejected
from config.words import MICROSECONDS

_PAGE = 200
_MAX_PAGE = 1000


async def _cases(call: Call) -> CaseList:
    recording, only = call.context.board.recording_rooms, call.caller.limited_to
    return CaseList(
        cases=await call.context.database.read(
            lambda connection: list_cases(connection, recording, only)
        )
    )


async def _case(call: Call) -> CaseView:
    case = call.path("case")
    view = await call.context.database.read(lambda connection: read_case(connection, case))
    rooms = call.caller.rooms
    may = sorted(action for action in Action if call.caller.may(action))
    view = msgspec.structs.replace(view, may=may)
    if not call.caller.may(Action.COMPARE):
        running = [one.id for one in view.sessions if one.closed_us is None]
        spoken = spoken_in(view.cells, rooms or [one.id for one in view.rooms], running)
        view = msgspec.structs.replace(view, cells=[], differences=[], spoken=spoken)
    if rooms:
        prompts = [prompt for prompt in view.prompts if prompt.room in rooms]
        events = [event for event in view.events if event["room"] in rooms]
        alarms = [alarm for alarm in view.alarms if alarm.room in rooms]
        lines = [line for line in view.lines if line.room in rooms]
        return msgspec.structs.replace(
            view, prompts=prompts, events=events, alarms=alarms, lines=lines
        )
    return view


async def _recordings(call: Call) -> RecordingList:
    case, rooms = call.path("case"), call.caller.rooms
    return await call.context.database.read(
        lambda connection: list_recordings(connection, case, rooms)
    )


async def _utterances(call: Call) -> UtterancePage:
    case, room = call.path("case"), call.query("room")
    before = call.integer("before_cursor")
    from_us, to_us = call.integer("from_us"), call.integer("to_us")
    limit = min(max(call.integer("limit", _PAGE) or _PAGE, 1), _MAX_PAGE)
    rooms = call.caller.rooms
    await call.context.watching.words_read(call.caller, case)
    found, more = await call.context.database.read(
        lambda connection: read_utterances(
            connection,
            case,
            room=room,
            before_cursor=before,
            limit=limit,
            rooms=rooms,
            from_us=from_us,
            to_us=to_us,
        )
    )
    return UtterancePage(utterances=found, more=more)


async def _latest(call: Call) -> LatestUtterances:
    case, room, rooms = call.path("case"), call.query("room"), call.caller.rooms
    limit = min(max(call.integer("limit", _PAGE) or _PAGE, 1), _MAX_PAGE)
    # the look is an entry of the log before the answer goes out; it need not be before the reading
    _, (cursor, found) = await asyncio.gather(
        call.context.watching.words_read(call.caller, case),
        call.context.database.read(
            lambda connection: read_latest(connection, case, room=room, rooms=rooms, limit=limit)
        ),
    )
    return LatestUtterances(
        cursor=cursor,
        rooms={
            name: UtterancePage(utterances=said, more=more) for name, (said, more) in found.items()
        },
    )


async def _open_session(call: Call) -> SessionSummary:
    room = call.path("room")
    call.caller.require_room(room)
    return await call.context.sessions.open(room, call.caller.account_id)


async def _close_session(call: Call) -> SessionSummary:
    session = call.path("session")
    summary = await call.context.sessions.find(session)
    call.caller.require_room(summary.room)
    reason = call.body(CloseRequest).reason[:200]
    return await call.context.sessions.close(session, call.caller.account_id, reason)


async def _hours(call: Call) -> HoursView:
    session, now_us = call.path("session"), call.context.clock.now_us()
    summary = await call.context.sessions.find(session)
    call.caller.require_room(summary.room)
    rule = call.context.settings.interview
    return await call.context.database.read(
        lambda connection: read_hours(connection, session, now_us, rule)
    )


async def _case_hours(call: Call) -> CaseHours:
    case, now_us = call.path("case"), call.context.clock.now_us()
    rule = call.context.settings.interview
    return await call.context.database.read(
        lambda connection: read_case_hours(connection, case, now_us, rule)
    )


async def _publish(call: Call) -> Publication:
    context, room, caller = call.context, call.path("room"), call.caller
    caller.require_room(room)
    source = await context.database.read(lambda connection: camera_of(connection, room))
    if source is None:
        raise Rejected("no_camera", "this room has no camera to publish as")
    session = await context.sessions.ensure(room, caller.account_id)
    now_us = context.clock.now_us()
    expires_us = now_us + int(context.settings.centre.login_hours * 3600 * MICROSECONDS)
    token = await context.database.write(
        lambda writing: add_source_token(
            writing, source, now_us=now_us, expires_us=expires_us, created_by=caller.account_id
        )
    )
    return Publication(
        whip_url=f"{call.request.base_url}whip/{source}",
        token=token,
        expires_us=expires_us,
        source=source,
        session=session.id,
        ice_servers=[
            RelayServer(urls=one.url, username=one.username, credential=one.credential)
            for one in context.ice_servers.of(source, now_us)
        ],
    )


_RECORDER = ("recorder_unreachable", "recorder_refused", "recorder_slow", "disk_full")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases",
        "The caller's cases",
        _cases,
        action=Action.READ_CASE,
        reach=Reach.OWN_CASES,
        reply=CaseList,
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}",
        "A case, with the cursor from which to follow its events",
        _case,
        action=Action.READ_CASE,
        reply=CaseView,
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/recordings",
        "Every recording of a case: what it is of, how long, how large, and how it stands",
        _recordings,
        action=Action.READ_CASE,
        reply=RecordingList,
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/hours",
        "How long each person of a case has been questioned, in all that counts together",
        _case_hours,
        action=Action.READ_CASE,
        reply=CaseHours,
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/utterances",
        "Final text, the latest first page",
        _utterances,
        action=Action.READ_TEXT,
        reply=UtterancePage,
        query={
            "room": "only this room",
            "before_cursor": "only utterances before this cursor",
            "from_us": "only those that began then or later",
            "to_us": "only those that began before",
            "limit": "at most this many, 200 when not given, 1000 at most",
        },
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/latest-utterances",
        "Final text, the latest page of every room of the case",
        _latest,
        action=Action.READ_TEXT,
        reply=LatestUtterances,
        query={
            "room": "only this room",
            "limit": "at most this many of a room, 200 when not given, 1000 at most",
        },
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/session",
        "Open a session in a room",
        _open_session,
        action=Action.RUN_SESSION,
        body=Empty,
        reply=SessionSummary,
        codes=(
            *("unknown_room", "wrong_room", "room_free", "room_retired", "session_open"),
            *_RECORDER,
        ),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/close",
        "Close and seal a session",
        _close_session,
        action=Action.RUN_SESSION,
        body=CloseRequest,
        reply=SessionSummary,
        codes=("unknown_session", "wrong_room", *_RECORDER),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/hours",
        "How long its person has been questioned, in all sessions that count together",
        _hours,
        action=Action.READ_CASE,
        reply=HoursView,
        codes=("unknown_session", "wrong_room"),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/publish",
        "A token for the browser to publish the room's camera; opens the session when needed",
        _publish,
        action=Action.PUBLISH,
        body=Empty,
        reply=Publication,
        codes=(
            *("unknown_room", "wrong_room", "room_free", "room_retired", "no_camera"),
            *_RECORDER,
        ),
    ),
)
