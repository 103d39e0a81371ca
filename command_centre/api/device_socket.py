"""``/ws/devices/{source}/call``: the caller's voice, for the device that is called.

A device has a token instead of a login, and a browser sends no header with a WebSocket: the first
message carries it, ``{"type": "listen", "token": "..."}``. What follows are the frames of a live
view (PROTOCOL.md) of the line that stands, for as long as it is open; while the caller does not
speak there are none (desk/voice.py). Who listens is written down as with any view.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from command_centre.api.device_token import source_by
from command_centre.api.sockets import closed, from_here
from command_centre.desk import protocol
from command_centre.desk.board import Place
from command_centre.desk.context import CentreContext
from command_centre.desk.live import Viewer, ViewLog, Watching
from command_centre.desk.tasks import race
from command_centre.desk.views import VoiceLine
from command_centre.errors import Rejected
from config.words import VoiceState

logger = logging.getLogger(__name__)

_FIRST_S = 5.0
_LOOK_S = 1.0


class Listen(msgspec.Struct, frozen=True, tag_field="type", tag="listen"):
    """The first message, and the only one that is looked at."""

    token: str


_LISTEN: msgspec.json.Decoder[Listen] = msgspec.json.Decoder(Listen)


def route(context: CentreContext) -> WebSocketRoute:
    """The endpoint."""

    async def endpoint(socket: WebSocket) -> None:
        if not await from_here(socket):
            return
        await socket.accept()
        code, reason = 1000, "the call is over"
        try:
            place, line = await _line(context, socket)
            carrier = await context.board.place(line.source)
            if carrier is None:
                raise Rejected("unknown_source", "there is no such source")
            who = Watching(f"source:{place.source}", place.name)
            view = ViewLog(context.appender, context.clock, who, carrier)
            async with context.live.viewing(line.source) as viewer:
                sending = _send(context, socket, viewer, view)
                await race(sending, _until_over(context, line), _listen(socket))
        except Rejected as error:
            code, reason = protocol.CLOSE_FORBIDDEN, error.detail
        except WebSocketDisconnect:
            return
        except Exception:
            # WebSocket endpoint: one device's failure must reach the log and end its ear only
            logger.exception("a device's ear failed")
            code, reason = 1011, ""
        await closed(socket, code, reason)

    return WebSocketRoute("/ws/devices/{source}/call", endpoint)


async def _line(context: CentreContext, socket: WebSocket) -> tuple[Place, VoiceLine]:
    """The device whose token it is, and the line it has taken."""
    try:
        async with asyncio.timeout(_FIRST_S):
            said = _LISTEN.decode((await socket.receive_text()).encode())
    except (TimeoutError, msgspec.MsgspecError, UnicodeEncodeError, KeyError) as error:
        raise Rejected("token_required", "say first whose token it is") from error
    place = await source_by(context, socket.path_params["source"], said.token)
    line = await context.voice.asked(place)
    if line is None or line.state != VoiceState.OPEN:
        raise Rejected("line_not_open", "take the call first")
    return place, line


async def _send(context: CentreContext, socket: WebSocket, viewer: Viewer, view: ViewLog) -> None:
    try:
        async for message in context.live.frames(viewer):
            await socket.send_bytes(message)
            if viewer.session:
                view.watched(viewer.session)
    finally:
        view.ended()


async def _until_over(context: CentreContext, line: VoiceLine) -> None:
    """The line is over; a device that was sent away loses it as one that is away."""
    while (now := await context.voice.carried_by(line.source)) is not None and now.id == line.id:
        await asyncio.sleep(_LOOK_S)


async def _listen(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass  # nothing more is asked of a device here
