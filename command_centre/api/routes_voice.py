"""What whoever speaks from the centre needs: which devices call, and how to send one's sound."""

from __future__ import annotations

from functools import partial

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Publication, RelayServer
from command_centre.desk.permissions import Action
from command_centre.desk.views import CallIn, View
from command_centre.desk.voice_lines import called_in
from config.words import MICROSECONDS

TOLD_S = 30.0  # what became of a call


class VoiceRequest(View, frozen=True):
    """The caller's own line, which the other end has taken."""

    line: str


class CallsView(View, frozen=True):
    """Calls that ring, and those of the last half minute that do no more."""

    calls: list[CallIn]


async def _speak_to_room(call: Call) -> Publication:
    context, line = call.context, call.body(VoiceRequest).line
    valid_us = int(context.settings.centre.login_hours * 3600 * MICROSECONDS)
    granted = await context.voice.pass_for(call.caller, call.path("room"), line, valid_us)
    return Publication(
        whip_url=f"{call.request.base_url}whip/{granted.source}",
        token=granted.token,
        expires_us=granted.expires_us,
        source=granted.source,
        session=granted.session,
        ice_servers=[
            RelayServer(urls=one.url, username=one.username, credential=one.credential)
            for one in context.ice_servers.of(granted.source, context.clock.now_us())
        ],
    )


async def _calls(call: Call) -> CallsView:
    context, caller = call.context, call.caller
    since_us = context.clock.now_us() - int(TOLD_S * MICROSECONDS)
    found = await context.database.read(partial(called_in, since_us=since_us))
    return CallsView(calls=[one for one in found if caller.may_call(one.case, one.line.room)])


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/calls",
        "Devices that call the centre and may be answered by the caller; and what became of calls",
        _calls,
        action=Action.CALL_ROOM,
        reach=Reach.OWN_CASES,
        reply=CallsView,
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/voice",
        "A token to publish one's voice by WHIP into one's own open line to a room",
        _speak_to_room,
        action=Action.CALL_ROOM,
        body=VoiceRequest,
        reply=Publication,
        codes=("unknown_room", "unknown_line", "not_your_line", "line_not_open", "line_over"),
    ),
)
