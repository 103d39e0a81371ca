"""``/ws/live/{source}``: one viewer of one source, binary frames (see PROTOCOL.md)."""

from __future__ import annotations

import logging

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from command_centre.api.sockets import admitted, closed, end_of
from command_centre.desk import protocol
from command_centre.desk.board import Place
from command_centre.desk.context import CentreContext
from command_centre.desk.live import Viewer, ViewLog, Wanted, parse_want
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.tasks import race, wait_for
from command_centre.errors import Rejected

logger = logging.getLogger(__name__)


def route(context: CentreContext) -> WebSocketRoute:
    """The endpoint."""

    async def endpoint(socket: WebSocket) -> None:
        caller = await admitted(context, socket)
        if caller is None:
            return
        code, reason = 1000, ""
        try:
            caller, place = await _place(context, caller, socket.path_params["source"])
            view = ViewLog(context.appender, context.clock, caller, place)
            with context.logins.connection(caller) as held:
                async with context.live.viewing(place.source) as viewer:
                    sending = _send(context, socket, viewer, view)
                    listening = _listen(socket, viewer, view)
                    await race(sending, listening, wait_for(held.ended))
            code, reason = end_of(held)
        except Rejected as error:
            unknown = error.code == "unknown_source"
            code = protocol.CLOSE_UNKNOWN_CASE if unknown else protocol.CLOSE_FORBIDDEN
            reason = error.detail
        except WebSocketDisconnect:
            return
        except Exception:
            # WebSocket endpoint: one viewer's failure must reach the log and end that viewer only
            logger.exception("a live view failed")
            code = 1011
        await closed(socket, code, reason)

    return WebSocketRoute("/ws/live/{source}", endpoint)


async def _place(context: CentreContext, caller: Caller, source: str) -> tuple[Caller, Place]:
    """The source, and the caller with the role they have in its case."""
    place = await context.board.place(source)
    inside = caller.in_case(place.case) if place is not None else None
    (inside or caller).require(Action.WATCH)
    if place is None or inside is None:
        raise Rejected("unknown_source", "there is no such source")
    inside.require_room(place.room)
    return inside, place


async def _send(context: CentreContext, socket: WebSocket, viewer: Viewer, view: ViewLog) -> None:
    try:
        async for message in context.live.frames(viewer):
            await socket.send_bytes(message)
            if viewer.session:
                view.watched(viewer.session)
            else:
                view.ended()
    finally:
        view.ended()


async def _listen(socket: WebSocket, viewer: Viewer, view: ViewLog) -> None:
    """Until the viewer goes; it may say which pictures it wants, the rest is not looked at."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        want = parse_want(message.get("text") or "")
        if want is None:
            continue
        viewer.wanted = want.pictures
        if want.pictures is Wanted.NONE:
            view.ended()
