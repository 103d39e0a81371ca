"""What both WebSocket endpoints check first: where the page came from, and who it is."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from command_centre.api.endpoint import COOKIE
from command_centre.desk.context import CentreContext
from command_centre.desk.logins import Held
from command_centre.desk.permissions import Caller
from command_centre.desk.protocol import CLOSE_FORBIDDEN, CLOSE_LOGIN_REQUIRED

#: What the account may reach has changed: the page connects again and sees what is left.
CLOSE_ACCESS_CHANGED = 1012

_CLOSE_S = 2.0


async def admitted(context: CentreContext, socket: WebSocket) -> Caller | None:
    """Accept the connection of someone logged in; otherwise end it and return None.

    A page of another origin is refused before the handshake ends: browsers send our cookie with
    any WebSocket they open, and only the Origin header tells whose page it was.
    """
    if not await from_here(socket):
        return None
    caller = await context.logins.caller_of(socket.cookies.get(COOKIE))
    await socket.accept()
    if caller is None:
        await socket.close(CLOSE_LOGIN_REQUIRED, "log in first")
    elif caller.must_enrol:
        await socket.close(CLOSE_FORBIDDEN, "set up a second factor on your account page first")
        return None
    return caller


async def from_here(socket: WebSocket) -> bool:
    """Whether the page is our own; otherwise the handshake is answered with 403."""
    origin = socket.headers.get("origin")
    if origin is None or urlsplit(origin).netloc == socket.headers.get("host"):
        return True
    await socket.close()  # before accept
    return False


def end_of(held: Held) -> tuple[int, str]:
    """Why a connection of a login was ended."""
    if held.changed:
        return CLOSE_ACCESS_CHANGED, "the cases of this account have changed; connect again"
    return CLOSE_LOGIN_REQUIRED, "the login has ended"


async def closed(socket: WebSocket, code: int, reason: str) -> None:
    """Close from our side, if it is still open."""
    if socket.application_state is not WebSocketState.CONNECTED:
        return
    # a desk that does not read may not take the close frame either
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(_CLOSE_S):
            await socket.close(code, reason.encode()[:120].decode(errors="ignore"))
