"""``/ws``: one desk. Reads commands, sends what the hub queues, ends when either side does.

Three tasks: the reader stamps each message with the time of its arrival (a prompt's times are the
desk's, not those of the disk), the worker carries commands out one after the other, the sender
empties the desk's queue. PROTOCOL.md describes the messages.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from command_centre.api import desk_voice
from command_centre.api.routes_login import me
from command_centre.api.sockets import admitted, closed, end_of
from command_centre.desk import changes, protocol
from command_centre.desk.cases import require_case, rooms_of
from command_centre.desk.context import CentreContext
from command_centre.desk.hub import EVERY_CASE, Desk
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.tasks import race, wait_for
from command_centre.errors import Rejected
from config.words import PromptState, Role

logger = logging.getLogger(__name__)

_HELLO_S = 10.0
_WAITING_COMMANDS = 64  # full: the desk is not read until some are done

#: The desk of how the processes are: of no case, and told nothing of any.
RUNNING = "running"

#: The desk of whatever lists a page shows: of no case; told which of them have changed.
LISTS = "lists"

#: Desks of no case. They send no commands.
_NO_CASE = (RUNNING, LISTS)

#: Which desks a role may open.
DESKS: dict[Role, frozenset[str]] = {
    Role.MANAGER: frozenset({"wall", "audit", LISTS}),
    Role.INTERVIEWER: frozenset({"room", LISTS}),
    Role.AUDITOR: frozenset({"wall", "audit", LISTS}),
    Role.ADMINISTRATOR: frozenset({RUNNING, LISTS}),
}

_STEPS: dict[type, PromptState] = {
    protocol.PromptDelivered: PromptState.DELIVERED,
    protocol.PromptShown: PromptState.SHOWN,
    protocol.PromptAcknowledge: PromptState.ACKNOWLEDGED,
    protocol.PromptDecline: PromptState.DECLINED,
}


class _End(Exception):
    """The connection cannot go on; carries the close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass
class _Connection:
    context: CentreContext
    socket: WebSocket
    caller: Caller
    hello: protocol.Hello


def route(context: CentreContext) -> WebSocketRoute:
    """The endpoint."""

    async def endpoint(socket: WebSocket) -> None:
        caller = await admitted(context, socket)
        if caller is None:
            return
        code, reason = 1000, ""
        try:
            code = await _serve(context, socket, caller)
        except _End as end:
            code, reason = end.code, end.reason
        except WebSocketDisconnect:
            return
        except Exception:
            # WebSocket endpoint: one desk's failure must reach the log and end that desk only
            logger.exception("a desk's connection failed")
            code = 1011
        await closed(socket, code, reason)

    return WebSocketRoute("/ws", endpoint)


async def _serve(context: CentreContext, socket: WebSocket, caller: Caller) -> int:
    hello, caller = await _hello(context, socket, caller)
    if hello.desk in _NO_CASE:
        pass  # it shows nothing of a case
    elif hello.cursor is None:  # not one that only comes back after a broken connection
        said = {"case": hello.case, "desk": hello.desk, "by": caller.account_id}
        await context.log.note("access.case", {**said, "login": caller.login})
    connection = _Connection(context, socket, caller, hello)
    async with context.hub.connected(
        case=EVERY_CASE if hello.desk == LISTS else hello.case,
        kind=hello.desk,
        room=hello.room,
        name=caller.name,
        only_room=caller.role is Role.INTERVIEWER,
        reads=changes.reads(caller) if hello.desk == LISTS else None,
        takes=None if hello.unattended else caller.may_call,
        account=caller.account_id,
    ) as desk:
        commands: asyncio.Queue[tuple[bytes, int]] = asyncio.Queue(_WAITING_COMMANDS)
        with context.logins.connection(caller) as held:
            await race(
                _read(connection, commands),
                _work(connection, desk, commands),
                _send(connection, desk),
                desk.given_up(),
                wait_for(held.ended),
            )
        if desk.closing is None and held.ended.is_set():
            raise _End(*end_of(held))
        return desk.closing or 1000


async def _hello(
    context: CentreContext, socket: WebSocket, caller: Caller
) -> tuple[protocol.Hello, Caller]:
    """What the desk asks for, and the caller with the role they have in that case."""
    try:
        async with asyncio.timeout(_HELLO_S):
            text = (await socket.receive_text()).encode()
        hello = protocol.decode_client(text)
    except (TimeoutError, KeyError) as error:  # KeyError: a binary frame
        raise _End(protocol.CLOSE_MALFORMED_HELLO, "say hello first") from error
    except Rejected as error:
        raise _End(protocol.CLOSE_MALFORMED_HELLO, error.detail) from error
    if not isinstance(hello, protocol.Hello):
        raise _End(protocol.CLOSE_MALFORMED_HELLO, "say hello first")
    if hello.protocol != protocol.VERSION:
        raise _End(protocol.CLOSE_MALFORMED_HELLO, f"this is protocol {protocol.VERSION}")
    if hello.desk in _NO_CASE:
        if caller.must_enrol or hello.desk not in DESKS[caller.role]:
            raise _End(protocol.CLOSE_FORBIDDEN, "your role does not open this desk")
        if hello.case:
            raise _End(protocol.CLOSE_UNKNOWN_CASE, "this desk is of no case")
        return hello, caller
    inside = caller.in_case(hello.case)
    if hello.desk not in DESKS[(inside or caller).role]:
        raise _End(protocol.CLOSE_FORBIDDEN, "your role does not open this desk")
    if inside is None:
        raise _End(protocol.CLOSE_UNKNOWN_CASE, "there is no such case")
    try:
        await context.database.read(lambda connection: require_case(connection, hello.case))
        if hello.desk == "room":
            await _check_room(context, inside, hello)
    except Rejected as error:
        known = error.code in ("unknown_case", "unknown_room")
        code = protocol.CLOSE_UNKNOWN_CASE if known else protocol.CLOSE_FORBIDDEN
        raise _End(code, error.detail) from error
    return hello, inside


async def _check_room(context: CentreContext, caller: Caller, hello: protocol.Hello) -> None:
    room = hello.room or ""
    rooms = await context.database.read(lambda connection: rooms_of(connection, hello.case))
    if room not in rooms:
        raise Rejected("unknown_room", "a room desk names a room of the case")
    caller.require_room(room)


async def _send(connection: _Connection, desk: Desk) -> None:
    context, socket, hello = connection.context, connection.socket, connection.hello
    # what a list is now is read with the list: there is nothing to resume
    cursor = None if hello.desk == LISTS else hello.cursor
    last, resumed = await context.hub.start(desk, cursor)
    first: list[protocol.ServerMessage] = [
        protocol.Welcome(
            protocol=protocol.VERSION,
            cursor=last,
            server_us=context.clock.now_us(),
            resumed=resumed,
            account=me(context, connection.caller),
        )
    ]
    for message in first:
        await socket.send_text(protocol.encode(message).decode())
    if hello.desk == LISTS:
        await _pass_on(socket, desk)
        return
    if resumed:
        async for text in context.hub.replay(desk):
            await socket.send_text(text.decode())
    now: list[protocol.ServerMessage] = [
        context.hub.presence(hello.case),
        *context.watch.problems(),
        *(
            message
            for message in context.board.messages_for(hello.case)
            if desk.wants(context.board.room_of(message.status.source))
        ),
    ]
    for message in now:
        await socket.send_text(protocol.encode(message).decode())
    await _pass_on(socket, desk)


async def _pass_on(socket: WebSocket, desk: Desk) -> None:
    async for text in desk.messages():
        await socket.send_text(text.decode())


async def _read(connection: _Connection, commands: asyncio.Queue[tuple[bytes, int]]) -> None:
    while True:
        message = await connection.socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        data = message.get("bytes") or (message.get("text") or "").encode()
        await commands.put((data, connection.context.clock.now_us()))


async def _work(
    connection: _Connection, desk: Desk, commands: asyncio.Queue[tuple[bytes, int]]
) -> None:
    while True:
        text, t_us = await commands.get()
        try:
            message = protocol.decode_client(text)
        except Rejected as error:
            known = protocol.id_of(text)
            desk.put_reply(protocol.Error(code=error.code, message=error.detail, id=known))
            continue
        if isinstance(message, protocol.Hello):
            desk.put_reply(protocol.Error(code="hello_repeated", message="one hello a connection"))
            continue
        try:
            desk.put_reply(await _carry_out(connection, message, t_us))
        except Rejected as error:
            desk.put_reply(protocol.Error(code=error.code, message=error.detail, id=message.id))


async def _carry_out(connection: _Connection, command: protocol.Command, t_us: int) -> protocol.Ok:
    connection.caller.require(COMMAND_ACTIONS[type(command)])
    if connection.hello.desk in _NO_CASE and not isinstance(command, protocol.Ping):
        raise Rejected("forbidden", "this desk is of no case and takes no commands")
    return await _COMMANDS[type(command)](connection, command, t_us)


async def _ping(connection: _Connection, command: protocol.Command, _t_us: int) -> protocol.Ok:
    return protocol.Ok(id=command.id, server_us=connection.context.clock.now_us())


async def _prompt_send(
    connection: _Connection, command: protocol.Command, _t_us: int
) -> protocol.Ok:
    assert isinstance(command, protocol.PromptSend)
    prompts = await connection.context.prompts.send(
        connection.caller,
        case=connection.hello.case,
        text=command.text,
        rooms=command.rooms,
        point=command.point,
        key=command.key,
        difference=command.difference,
        wording_before=command.wording_before,
        hints_shown=command.hints_shown,
        question=(command.question, command.question_version) if command.question else None,
    )
    return protocol.Ok(id=command.id, prompts=prompts)


async def _prompt_step(
    connection: _Connection, command: protocol.Command, t_us: int
) -> protocol.Ok:
    assert isinstance(
        command,
        protocol.PromptDelivered
        | protocol.PromptShown
        | protocol.PromptAcknowledge
        | protocol.PromptDecline,
    )
    reason = command.reason if isinstance(command, protocol.PromptDecline) else ""
    prompt = await connection.context.prompts.step(
        connection.caller,
        command.prompt,
        _STEPS[type(command)],
        case=connection.hello.case,
        room=connection.hello.room,
        t_us=t_us,
        reason=reason,
    )
    return protocol.Ok(id=command.id, prompts=[prompt])


async def _prompt_withdraw(
    connection: _Connection, command: protocol.Command, t_us: int
) -> protocol.Ok:
    assert isinstance(command, protocol.PromptWithdraw)
    prompt = await connection.context.prompts.withdraw(
        connection.caller, command.prompt, case=connection.hello.case, t_us=t_us
    )
    return protocol.Ok(id=command.id, prompts=[prompt])


async def _marker_add(connection: _Connection, command: protocol.Command, t_us: int) -> protocol.Ok:
    assert isinstance(command, protocol.MarkerAdd)
    if connection.hello.desk == "room" and command.room != connection.hello.room:
        raise Rejected("wrong_room", "mark your own room")
    await connection.context.markers.add(
        connection.caller,
        connection.hello.case,
        command.room,
        command.text,
        at_us=command.at_us,
        key=command.key,
        now_us=t_us,
    )
    return protocol.Ok(id=command.id)


async def _marker_withdraw(
    connection: _Connection, command: protocol.Command, t_us: int
) -> protocol.Ok:
    assert isinstance(command, protocol.MarkerWithdraw)
    await connection.context.markers.withdraw(
        connection.caller,
        connection.hello.case,
        command.marker,
        command.reason,
        room=connection.hello.room if connection.hello.desk == "room" else None,
        now_us=t_us,
    )
    return protocol.Ok(id=command.id)


async def _alarm_acknowledge(
    connection: _Connection, command: protocol.Command, t_us: int
) -> protocol.Ok:
    assert isinstance(command, protocol.AlarmAcknowledge)
    await connection.context.alarms.acknowledge(
        connection.caller, command.alarm, case=connection.hello.case, t_us=t_us
    )
    return protocol.Ok(id=command.id)


def _own_room(connection: _Connection, room: str) -> None:
    if connection.hello.desk == "room" and room != connection.hello.room:
        raise Rejected("wrong_room", "this desk is another room's")


async def _pause_begin(
    connection: _Connection, command: protocol.Command, _t_us: int
) -> protocol.Ok:
    assert isinstance(command, protocol.PauseBegin)
    _own_room(connection, command.room)
    pauses = await connection.context.pauses.begin(
        connection.caller,
        case=connection.hello.case,
        room=command.room,
        tracks=command.tracks,
        reason=command.reason,
        key=command.key,
        session=command.session,
    )
    return protocol.Ok(id=command.id, pauses=pauses)


async def _pause_held(connection: _Connection, command: protocol.Command, t_us: int) -> protocol.Ok:
    assert isinstance(command, protocol.PauseHeld)
    _own_room(connection, command.room)
    case = connection.hello.case
    await connection.context.pauses.held(connection.caller, case=case, said=command, now_us=t_us)
    return protocol.Ok(id=command.id)


async def _pause_end(connection: _Connection, command: protocol.Command, _t_us: int) -> protocol.Ok:
    assert isinstance(command, protocol.PauseEnd)
    _own_room(connection, command.room)
    pauses = await connection.context.pauses.end(
        connection.caller, case=connection.hello.case, room=command.room, pause=command.pause
    )
    return protocol.Ok(id=command.id, pauses=pauses)


async def _voice(connection: _Connection, command: protocol.Command, _t_us: int) -> protocol.Ok:
    assert isinstance(command, desk_voice.VoiceCommand)
    _own_room(connection, command.room)
    context, case = connection.context, connection.hello.case
    return await desk_voice.carry_out(context, connection.caller, case, command)


_Carry = Callable[[_Connection, protocol.Command, int], Awaitable[protocol.Ok]]
_COMMANDS: dict[type, _Carry] = {
    protocol.Ping: _ping,
    protocol.PromptSend: _prompt_send,
    protocol.PromptDelivered: _prompt_step,
    protocol.PromptShown: _prompt_step,
    protocol.PromptAcknowledge: _prompt_step,
    protocol.PromptDecline: _prompt_step,
    protocol.PromptWithdraw: _prompt_withdraw,
    protocol.MarkerAdd: _marker_add,
    protocol.MarkerWithdraw: _marker_withdraw,
    protocol.AlarmAcknowledge: _alarm_acknowledge,
    protocol.PauseBegin: _pause_begin,
    protocol.PauseHeld: _pause_held,
    protocol.PauseEnd: _pause_end,
    protocol.VoiceCall: _voice,
    protocol.VoiceAnswer: _voice,
    protocol.VoiceTake: _voice,
    protocol.VoiceTalk: _voice,
    protocol.VoiceHangUp: _voice,
}

#: What a role needs for each command.
COMMAND_ACTIONS: dict[type, Action] = {
    protocol.Ping: Action.READ_CASE,
    protocol.PromptSend: Action.SEND_PROMPT,
    protocol.PromptDelivered: Action.TAKE_PROMPT,
    protocol.PromptShown: Action.TAKE_PROMPT,
    protocol.PromptAcknowledge: Action.TAKE_PROMPT,
    protocol.PromptDecline: Action.TAKE_PROMPT,
    protocol.PromptWithdraw: Action.SEND_PROMPT,
    protocol.MarkerAdd: Action.ADD_MARKER,
    protocol.MarkerWithdraw: Action.ADD_MARKER,
    protocol.AlarmAcknowledge: Action.ACKNOWLEDGE_ALARM,
    protocol.PauseBegin: Action.PAUSE,
    protocol.PauseHeld: Action.PAUSE,
    protocol.PauseEnd: Action.PAUSE,
    protocol.VoiceCall: Action.CALL_ROOM,
    protocol.VoiceAnswer: Action.ANSWER_CALL,
    protocol.VoiceTake: Action.CALL_ROOM,
    protocol.VoiceTalk: Action.CALL_ROOM,
    protocol.VoiceHangUp: Action.END_CALL,
}
