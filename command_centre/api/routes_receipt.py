"""The receipt of a sealed session, and the public question whether one is genuine."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.permissions import Action
from command_centre.desk.receipts import (
    LANGUAGES,
    ReceiptAnswer,
    ReceiptCheck,
    ReceiptGiven,
    ReceiptView,
)
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected


async def _session(call: Call) -> SessionSummary:
    return await call.context.sessions.find(call.path("session"))


async def _receipt(call: Call) -> ReceiptView:
    view = await call.context.receipts.of(await _session(call))
    return msgspec.structs.replace(view, may_give=call.caller.may(Action.ROOM_ACT))


async def _given(call: Call) -> ReceiptView:
    how = call.body(ReceiptGiven).how
    view = await call.context.receipts.given(call.caller, await _session(call), how)
    return msgspec.structs.replace(view, may_give=True)


async def _pdf(call: Call) -> Response:
    language = call.query("lang") or "zh"
    if language not in LANGUAGES:
        raise Rejected("malformed_request", f"lang must be one of {', '.join(LANGUAGES)}")
    pdf = await call.context.receipts.pdf(await _session(call), language)
    headers = {
        "Content-Disposition": 'attachment; filename="receipt.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


async def _check(call: Call) -> ReceiptAnswer:
    client = call.request.client
    address = client.host if client else ""
    call.context.receipt_pace.take(address, call.context.clock.now_us())
    return await call.context.receipts.check(call.body(ReceiptCheck).receipt)


_SEALED = ("unknown_session", "wrong_room", "not_sealed", "store_unreadable")
_RECORDER = ("recorder_unreachable", "recorder_refused", "recorder_slow", "disk_full")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/sessions/{session}/receipt",
        "The receipt of a sealed session",
        _receipt,
        action=Action.READ_RECORD,
        reply=ReceiptView,
        codes=_SEALED,
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/receipt",
        "The receipt was given to the person who was questioned",
        _given,
        action=Action.ROOM_ACT,
        body=ReceiptGiven,
        reply=ReceiptView,
        codes=(*_SEALED, "bad_copy", *_RECORDER),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/receipt.pdf",
        "The receipt, to be printed",
        _pdf,
        action=Action.READ_RECORD,
        media_type="application/pdf",
        query={"lang": "zh (default) or en"},
        codes=(*_SEALED, "record_failed", "fonts_missing"),
    ),
    Endpoint(
        "POST",
        "/api/receipts/check",
        "Whether a receipt is one of a session sealed here; for everybody",
        _check,
        body=ReceiptCheck,
        reply=ReceiptAnswer,
        codes=("bad_receipt", "too_many_requests", "store_unreadable"),
    ),
)
