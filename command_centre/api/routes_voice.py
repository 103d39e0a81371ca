"""What the browser of somebody who speaks to a room needs to send their sound."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.shapes import Publication, RelayServer
from command_centre.desk.permissions import Action
from command_centre.desk.views import View
from config.words import MICROSECONDS


class VoiceRequest(View, frozen=True):
    """The caller's own line, which the other end has taken."""

    line: str


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


ENDPOINTS = (
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
