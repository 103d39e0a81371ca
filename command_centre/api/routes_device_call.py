"""Calls between the centre and a device: what its page does, with the device's own token.

The device calls the centre, or takes its call. That it is called, and what became of its own call,
stands in what it asks for anyway (``GET /api/devices/{source}``); the voice of the centre comes by
``/ws/devices/{source}/call`` (device_socket.py).
"""

from __future__ import annotations

from command_centre.api.device_shapes import (
    CallAnswer,
    CallCentre,
    CallEnd,
    CallState,
    CallTalk,
    DeviceCall,
    DeviceCallOver,
)
from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.hub import AtHand
from command_centre.desk.views import VoiceLine
from command_centre.desk.voice import UNANSWERED_S
from command_centre.errors import Rejected
from config.words import MICROSECONDS, VoiceEnd, VoiceState

_TOLD_S = 15.0
_MAX_KEY = 64


def device_call(line: VoiceLine | None, at: AtHand | None = None) -> DeviceCall | None:
    """A line as its device is told of it; None when it is over. ``at``: where it may be taken."""
    if line is None or line.state == VoiceState.ENDED:
        return None
    ringing = line.state == VoiceState.CALLING
    return DeviceCall(
        id=line.id,
        by_name=line.answered_by if line.from_device else line.by_name,
        state=line.state,
        called_us=line.called_us,
        opened_us=line.opened_us,
        talking_us=line.talking_us,
        replying_us=line.replying_us,
        unanswered_us=line.called_us + int(UNANSWERED_S * MICROSECONDS) if ringing else 0,
        own=line.from_device,
        at=at if at and ringing and line.from_device else "",
    )


def call_over(line: VoiceLine | None, now_us: int) -> DeviceCallOver | None:
    """How the device's own last call ended, for as long as that is told."""
    if line is None or line.ended_us is None or not line.from_device:
        return None
    if now_us - line.ended_us > _TOLD_S * MICROSECONDS:
        return None
    taken = line.opened_us is not None
    declined = line.why == VoiceEnd.DECLINED
    return DeviceCallOver(
        id=line.id,
        why=line.why,
        ended_us=line.ended_us,
        taken=taken,
        by_name=line.answered_by if taken else line.ended_by if declined else "",
        withdrawn=not taken and line.why == VoiceEnd.HUNG_UP,
    )


async def _call(call: Call) -> CallState:
    key = call.body(CallCentre).key
    if not 1 <= len(key) <= _MAX_KEY:
        raise Rejected("malformed_request", f"key is 1 to {_MAX_KEY} characters")
    place = call.source
    line = await call.context.voice.call_from(place, key)
    return CallState(call=device_call(line, call.context.hub.at_hand(place.case, place.room)))


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
        "/api/devices/{source}/call",
        "Call the centre: it rings at the desks of the case until somebody takes it",
        _call,
        by_token=True,
        body=CallCentre,
        reply=CallState,
        status=201,
        codes=(
            *("cannot_call", "no_case", "case_closed", "no_open_session", "line_busy"),
            *("sound_withheld", "too_many_requests", *_RECORDER),
        ),
    ),
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
