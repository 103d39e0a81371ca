"""Phones and other devices: joining by a code, and what a source says of itself with its token.

A join code is the only thing here that needs neither login nor token: it is 128 random bits, good
once and for minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from starlette.requests import Request

from command_centre.api.device_shapes import (
    DeviceList,
    DeviceSession,
    DeviceState,
    HelpRequest,
    InviteRequest,
    JoinCode,
    JoinedDevice,
    JoinRequest,
    MarkRequest,
    ReadingRequest,
    Spans,
    Written,
)
from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.routes_device_call import call_over, device_call
from command_centre.api.shapes import Empty, RelayServer
from command_centre.certificate import machine_names
from command_centre.db.database import Writing
from command_centre.desk import rows
from command_centre.desk.alarms import Condition, holding
from command_centre.desk.board import Place
from command_centre.desk.cases import place_names
from command_centre.desk.device_reports import (
    MAX_TEXT_CHARACTERS,
    instant,
    reading_body,
    recorded_spans,
)
from command_centre.desk.devices import Joined, invite, join, list_devices, revoke
from command_centre.desk.permissions import Action
from command_centre.desk.provisioning import claim
from command_centre.desk.recorder_port import ask
from command_centre.desk.session_log import append_to_session
from command_centre.desk.views import Alarm, SessionSummary
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.messages import Done
from config.recorder_messages import EndSource
from config.words import MICROSECONDS, AlarmKind, AlarmLevel, CaseState, RoomKind, SourceState

_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_MAX_CODE = 100
_MAX_KEY = 64


async def _invite(call: Call) -> JoinCode:
    context, asked, by = call.context, call.body(InviteRequest), call.caller.account_id
    now_us = context.clock.now_us()
    expires_us = now_us + int(context.settings.centre.join_minutes * 60 * MICROSECONDS)
    case = call.path("case")
    made = await context.database.write(
        lambda writing: invite(
            writing,
            case,
            name=asked.name,
            name_en=asked.name_en,
            room=asked.room,
            by=by,
            now_us=now_us,
            expires_us=expires_us,
        )
    )
    await context.log.append("device.invite", {"case": case, "room": made.room, "by": by})
    base = await asyncio.to_thread(phone_address, call)
    return JoinCode(
        url=f"{base}/device#join={made.code}",
        name=made.name,
        name_en=made.name_en,
        room=made.room,
        expires_us=made.expires_us,
    )


def phone_address(call: Call) -> str:
    """Where a phone finds the centre: HTTPS, under a name that is not this machine's own.

    A page is given camera and microphone over HTTPS only.
    """
    url, site = call.request.base_url, call.context.settings.site
    if url.scheme == "https" and url.netloc.rpartition(":")[0] not in _LOCAL:
        return str(url).rstrip("/")
    host = site.host_name
    if host in _LOCAL:
        others = [name for name in machine_names(host)[5:] if not name.startswith(("127.", "::1"))]
        host = next((name for name in others if ":" not in name), host)
    return f"https://{host}:{call.context.settings.centre.https_port}"


async def _devices(call: Call) -> DeviceList:
    case, now_us = call.path("case"), call.context.clock.now_us()
    return DeviceList(
        devices=await call.context.database.read(
            lambda connection: list_devices(connection, case, now_us)
        )
    )


async def _join(call: Call) -> JoinedDevice:
    context, code = call.context, call.body(JoinRequest).code
    now_us = context.clock.now_us()
    context.join_pace.take(_address(call.request), now_us)
    if len(code) > _MAX_CODE:
        raise Rejected("join_unknown", "ask the case manager for a new code")
    made = await context.database.write(lambda writing: _taken(writing, code, now_us))
    await context.board.look_again()
    # the code is spent: the phone gets its token even when the log cannot be written (counted)
    await context.log.note(
        "device.join",
        {
            "case": made.case,
            "room": made.room,
            "source": made.source,
            "invited_by": made.invited_by,
            "address": _address(call.request),
        },
    )
    if (
        made.known
    ):  # an earlier device of this source is one no more; if there is none, nothing ends
        with contextlib.suppress(Rejected):
            await ask(context.bus, "end_source", EndSource(source=made.source), Done)
    return JoinedDevice(
        source=made.source,
        token=made.token,
        whip_url=f"{call.request.base_url}whip/{made.source}",
    )


def _taken(writing: Writing, code: str, now_us: int) -> Joined:
    """What a code gives: a source that is registered already, or a phone's own."""
    return claim(writing, code, now_us) or join(writing, code, now_us)


async def _revoke(call: Call) -> Empty:
    context, source, by = call.context, call.path("source"), call.caller.account_id
    now_us = context.clock.now_us()
    case = await context.database.write(lambda writing: revoke(writing, source, now_us))
    await context.log.note("device.revoke", {"case": case, "source": source, "by": by})
    # Its token is void already, so it cannot come back. Away or not live, there is nothing to end.
    with contextlib.suppress(Rejected):
        await ask(context.bus, "end_source", EndSource(source=source), Done)
    return Empty()


# --- with the source's token ----------------------------------------------------------------------


async def _state(call: Call) -> DeviceState:
    context, place = call.context, call.source
    names = await context.database.read(lambda connection: place_names(connection, place.source))
    session = await context.sessions.opened_in(place.room)
    alarm = await context.database.read(lambda connection: holding(connection, _sos(place)))
    line = await context.voice.asked(place)
    status = context.board.state_of(place.source)
    now_us = context.clock.now_us()
    return DeviceState(
        source=place.source,
        name=names.name,
        name_en=names.name_en,
        room_name=names.room_name,
        room_name_en=names.room_name_en,
        case_name=names.case_name,
        case_name_en=names.case_name_en,
        session=DeviceSession(id=session.id, opened_us=session.opened_us) if session else None,
        state=status.state if status else SourceState.OFFLINE,
        since_us=status.since_us if status else 0,
        protected_until_us=status.protected_until_us if status else 0,
        case_open=names.case_state == CaseState.OPEN,
        sos=rows.alarm(alarm) if alarm is not None else None,
        call=device_call(line, context.hub.at_hand(place.case, place.room)),
        call_over=call_over(line, now_us),
        whip_url=f"{call.request.base_url}whip/{place.source}",
        ice_servers=[
            RelayServer(urls=one.url, username=one.username, credential=one.credential)
            for one in context.ice_servers.of(place.source, now_us)
        ],
        now_us=now_us,
    )


async def _recorded(call: Call) -> Spans:
    place = call.source
    from_us, to_us = call.integer("from_us", 0) or 0, call.integer("to_us", 0) or 0
    spans = await call.context.database.read(
        lambda connection: recorded_spans(connection, place.source, from_us, to_us)
    )
    status = call.context.board.state_of(place.source)
    return Spans(spans=spans, protected_until_us=status.protected_until_us if status else 0)


async def _reading(call: Call) -> Written:
    context, place, said = call.context, call.source, call.body(ReadingRequest)
    now_us = context.clock.now_us()
    context.reading_pace.take(place.source, now_us)
    body = reading_body(place.source, said.values, said.position, now_us)
    t_us = instant(said.t_us, now_us)
    session = await context.sessions.opened_in(place.room)
    if session is None:
        raise Rejected("no_open_session", "nothing is being recorded here; send it again later")
    return await _append(call, session, short_id("rd"), "reading", body, t_us)


async def _mark(call: Call) -> Written:
    context, place, said = call.context, call.source, call.body(MarkRequest)
    now_us = context.clock.now_us()
    context.reading_pace.take(place.source, now_us)
    text = said.text.strip()
    if len(text) > MAX_TEXT_CHARACTERS:
        raise Rejected("bad_text", f"a marker has at most {MAX_TEXT_CHARACTERS} characters")
    body = {"text": text, "by": f"source:{place.source}", "by_name": place.name}
    t_us = instant(said.t_us, now_us)
    session = await _session(call, place)
    return await _append(call, session, _key(place, said.key), "marker", body, t_us)


async def _help(call: Call) -> Alarm:
    """A call for help: an alarm at every desk of the case, from the room alone if need be."""
    context, place, said = call.context, call.source, call.body(HelpRequest)
    now_us = context.clock.now_us()
    pressed_us = instant(said.t_us, now_us)
    return await context.alarms.raise_alarm(_sos(place), since_us=pressed_us)


async def _help_over(call: Call) -> Empty:
    """Whoever called for help is safe; the alarm stands until a manager has acknowledged it."""
    await call.context.alarms.clear(_sos(call.source))
    return Empty()


def _sos(place: Place) -> Condition:
    return Condition(place.source, AlarmKind.SOS, level=AlarmLevel.DANGER)


async def _session(call: Call, place: Place) -> SessionSummary:
    """The open session; on site a device opens one, an interview is opened by a person."""
    by = f"source:{place.source}"
    kind = await call.context.database.read(
        lambda connection: place_names(connection, place.source).room_kind
    )
    if kind == RoomKind.SITE:
        return await call.context.sessions.ensure(place.room, by)
    session = await call.context.sessions.opened_in(place.room)
    if session is None:
        raise Rejected("no_open_session", "nothing is being recorded here; send it again later")
    return session


async def _append(
    call: Call, session: SessionSummary, key: str, kind: str, body: dict[str, Any], t_us: int
) -> Written:
    context = call.context
    receipt = await append_to_session(
        context.bus,
        context.follower,
        key=key,
        kind=kind,
        session=session.id,
        room=session.room,
        body=body,
        t_us=t_us,
    )
    return Written(index=receipt.index, t_us=t_us)


def _key(place: Place, key: str) -> str:
    if not 1 <= len(key) <= _MAX_KEY or not key.isascii() or not key.isprintable():
        raise Rejected("malformed_request", f"key is 1 to {_MAX_KEY} printable ASCII characters")
    return f"{place.source}/{key}"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


_RECORDER = ("recorder_unreachable", "recorder_refused", "recorder_slow", "disk_full")

ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/cases/{case}/devices/join-codes",
        "A one-time code with which a phone joins the case as a body camera; shown this once",
        _invite,
        action=Action.MANAGE_DEVICES,
        open_case=True,
        body=InviteRequest,
        reply=JoinCode,
        status=201,
        codes=(
            "unknown_case",
            "unknown_room",
            "no_site",
            "bad_text",
            "too_many_devices",
            "log_unavailable",
        ),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/devices",
        "Phones of the case, and codes nobody has used yet",
        _devices,
        action=Action.READ_CASE,
        reply=DeviceList,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/devices/{source}/revoke",
        "Send a phone away: its token is void, what it recorded stays",
        _revoke,
        action=Action.MANAGE_DEVICES,
        body=Empty,
        reply=Empty,
        codes=("unknown_source",),
    ),
    Endpoint(
        "POST",
        "/api/devices/join",
        "Exchange a code for a source of one's own and its token",
        _join,
        body=JoinRequest,
        reply=JoinedDevice,
        status=201,
        codes=(
            "join_unknown",
            "join_used",
            "join_expired",
            "too_many_requests",
        ),
    ),
    Endpoint(
        "GET",
        "/api/devices/{source}",
        "What the centre knows of the device that asks",
        _state,
        by_token=True,
        reply=DeviceState,
    ),
    Endpoint(
        "GET",
        "/api/devices/{source}/recorded",
        "Which stretches of the device's recording are durable and logged",
        _recorded,
        by_token=True,
        reply=Spans,
        query={"from_us": "from here", "to_us": "to here, two hours later at most"},
        codes=("malformed_request",),
    ),
    Endpoint(
        "POST",
        "/api/devices/{source}/readings",
        "Report battery, position, temperature, humidity; twice a second at most",
        _reading,
        by_token=True,
        body=ReadingRequest,
        reply=Written,
        status=201,
        codes=("bad_reading", "too_many_requests", "no_open_session", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/devices/{source}/markers",
        "Mark an instant",
        _mark,
        by_token=True,
        body=MarkRequest,
        reply=Written,
        status=201,
        codes=("bad_text", "bad_reading", "too_many_requests", "no_open_session", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/devices/{source}/sos",
        "Call for help: an alarm at every desk of the case; while one stands it is that one",
        _help,
        by_token=True,
        body=HelpRequest,
        reply=Alarm,
        status=201,
        codes=("bad_reading", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/devices/{source}/sos/over",
        "No more help is needed",
        _help_over,
        by_token=True,
        body=Empty,
        reply=Empty,
        codes=_RECORDER,
    ),
)
