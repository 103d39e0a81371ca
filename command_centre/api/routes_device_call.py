"""A call from the centre to a device: what its page does, with the device's own token.

That it is called stands in what the device asks for anyway (``GET /api/devices/{source}``); the
caller's voice comes by ``/ws/devices/{source}/call`` (device_socket.py).
"""

from __future__ import annotations

from command_centre.api.device_shapes import CallAnswer, CallEnd, CallState, CallTalk, DeviceCall
from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.views import VoiceLine
from command_centre.desk.voice import UNANSWERED_S
from config.words import MICROSECONDS, VoiceState


def device_call(line: VoiceLine | None) -> DeviceCall | None:
    """A line as the device called is told of it; None when it is over."""
    if line is None or line.state == VoiceState.ENDED:
        return None
    ringing = line.state == VoiceState.CALLING
    return DeviceCall(
        id=line.id,
        by_name=line.by_name,
        state=line.state,
        called_us=line.called_us,
        opened_us=line.opened_us,
        talking_us=line.talking_us,
        replying_us=line.replying_us,
        unanswered_us=line.called_us + int(UNANSWERED_S * MICROSECONDS) if ringing else 0,
    )


async def _answer(call: Call) -> CallState:
    said = call.body(CallAnswer)
    line = await call.context.voice.answer_from(call.source, said.line, accept=said.accept)
    return CallState(call=device_call(line))


async def _talk(call: Call) -> CallState:
    said = call.body(CallTalk)
    line = await call.context.voice.reply(call.source, said.line, on=said.on)
    return CallState(call=device_call(line))


async def _end(call: Call) -> CallState:
    line = await call.context.voice.end_from(call.source, call.body(CallEnd).line)
    return CallState(call=device_call(line))


_RECORDER = ("recorder_unreachable", "recorder_refused", "recorder_slow", "disk_full")

ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/devices/{source}/call/answer",
        "Take a call from the centre, or do not",
        _answer,
        by_token=True,
        body=CallAnswer,
        reply=CallState,
        codes=("unknown_line", "line_over", "sound_withheld", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/devices/{source}/call/talk",
        "Begin or stop to speak to the caller",
        _talk,
        by_token=True,
        body=CallTalk,
        reply=CallState,
        codes=("unknown_line", "line_not_open", "line_over", "too_many_talks", *_RECORDER),
    ),
    Endpoint(
        "POST",
        "/api/devices/{source}/call/end",
        "Hang up",
        _end,
        by_token=True,
        body=CallEnd,
        reply=CallState,
        codes=("unknown_line", *_RECORDER),
    ),
)
