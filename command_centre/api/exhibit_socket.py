"""``/ws/exhibit/{room}``: an exhibit screen, or a desk that presents or looks on (PROTOCOL.md)."""

from __future__ import annotations

import asyncio
import logging

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from command_centre.api.reach import reached
from command_centre.api.sockets import admitted, closed, end_of
from command_centre.desk import exhibit_wire as wire
from command_centre.desk import protocol
from command_centre.desk.context import CentreContext
from command_centre.desk.exhibit_stage import DESK, SCREEN, Watcher
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.tasks import race, wait_for
from command_centre.errors import Rejected

logger = logging.getLogger(__name__)

_HELLO_S = 10.0


def route(context: CentreContext) -> WebSocketRoute:
    """The endpoint."""

    async def endpoint(socket: WebSocket) -> None:
        caller = await admitted(context, socket)
        if caller is None:
            return
        code, reason = 1000, ""
        try:
            code, reason = await _serve(context, socket, caller)
        except Rejected as error:
            unknown = error.code == "unknown_room"
            code = protocol.CLOSE_UNKNOWN_CASE if unknown else protocol.CLOSE_FORBIDDEN
            reason = error.detail
        except WebSocketDisconnect:
            return
        except Exception:
            # WebSocket endpoint: one page's failure must reach the log and end that page only
            logger.exception("an exhibit page's connection failed")
            code = 1011
        await closed(socket, code, reason)

    return WebSocketRoute("/ws/exhibit/{room}", endpoint)


async def _serve(context: CentreContext, socket: WebSocket, caller: Caller) -> tuple[int, str]:
    room = str(socket.path_params["room"])
    caller = await reached(context, caller, Action.READ_CASE, [("room", room)])
    await context.stages.load(room)  # an unknown room is refused before anything is waited for
    role = await _role(socket)
    if role is None:
        return protocol.CLOSE_MALFORMED_HELLO, "say hello first"
    if role == SCREEN:
        caller.require(Action.ROOM_ACT)
    await context.stages.load(room)
    with (
        context.logins.connection(caller) as held,
        context.stages.watching(room, role) as watcher,
    ):
        if watcher is None:
            return protocol.CLOSE_FORBIDDEN, "too many pages are connected to this room"
        reading = _read(context, socket, caller, room, watcher)
        await race(reading, _send(socket, watcher), wait_for(held.ended))
        return end_of(held) if held.ended.is_set() else (1000, "")


async def _role(socket: WebSocket) -> str | None:
    try:
        async with asyncio.timeout(_HELLO_S):
            hello = wire.decode_incoming((await socket.receive_text()).encode())
    except (TimeoutError, KeyError, Rejected):  # KeyError: a binary frame
        return None
    return hello.role if isinstance(hello, wire.Hello) and hello.role in (SCREEN, DESK) else None


async def _send(socket: WebSocket, watcher: Watcher) -> None:
    async for text in watcher.messages():
        await socket.send_text(text.decode())


async def _read(
    context: CentreContext, socket: WebSocket, caller: Caller, room: str, watcher: Watcher
) -> None:
    """Until the page goes. What it may not say, or cannot be read, is not looked at."""
    may_turn = caller.may(Action.ROOM_ACT)
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        try:
            said = wire.decode_incoming((message.get("text") or "").encode())
        except Rejected:
            continue
        if isinstance(said, wire.Turn) and may_turn and watcher.role == DESK:
            context.stages.turn(caller, room, said, watcher)
        elif isinstance(said, wire.Notice) and may_turn and watcher.role == DESK:
            await context.stages.give_notice(room, said.language)
        elif isinstance(said, wire.Play) and may_turn and watcher.role == DESK:
            context.stages.play(caller, room, said)
        elif isinstance(said, wire.Shown | wire.Failed) and watcher.role == SCREEN:
            state = "shown" if isinstance(said, wire.Shown) else "failed"
            context.stages.reported(room, said.show, state)
