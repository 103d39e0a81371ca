"""What documents of a case state, and stored logs of instruments brought into it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.comparison.device_file import FILE_BYTES_MAX
from command_centre.comparison.device_logs import (
    DeviceLogList,
    DeviceLogRequest,
    DeviceLogView,
)
from command_centre.comparison.document_facts import (
    FactList,
    FactRequest,
    FactView,
    ReadRequest,
    Understood,
)
from command_centre.comparison.feed import CHINA
from command_centre.desk.permissions import Action
from command_centre.desk.views import View
from config.words import MICROSECONDS

_PRIVATE = {"Cache-Control": "private, no-store"}


class WithdrawRequest(View, frozen=True):
    """Why it counts no more."""

    reason: str = ""


def _today(call: Call) -> date:
    now = datetime.fromtimestamp(call.context.clock.now_us() // MICROSECONDS, UTC)
    return now.astimezone(CHINA).date()


async def _document_facts(call: Call) -> FactList:
    return await call.context.document_facts.of_case(call.caller, call.path("case"))


async def _read_fact_value(call: Call) -> Understood:
    asked, case = call.body(ReadRequest), call.path("case")
    return await call.context.document_facts.read(case, asked, _today(call))


async def _state_fact(call: Call) -> FactView:
    asked, case = call.body(FactRequest), call.path("case")
    return await call.context.document_facts.state(call.caller, case, asked, _today(call))


async def _withdraw_document_fact(call: Call) -> FactView:
    case, fact, reason = call.path("case"), call.path("fact"), call.body(WithdrawRequest).reason
    return await call.context.document_facts.withdraw(call.caller, case, fact, reason)


async def _device_logs(call: Call) -> DeviceLogList:
    return await call.context.device_logs.of_case(call.path("case"))


async def _take_device_log(call: Call) -> DeviceLogView:
    asked = call.body(DeviceLogRequest)
    return await call.context.device_logs.take(call.caller, call.path("case"), asked)


async def _device_log_rows(call: Call) -> Response:
    device = call.path("device")
    text = await call.context.device_logs.rows(call.path("case"), device)
    headers = {"Content-Disposition": f'attachment; filename="{device}.csv"', **_PRIVATE}
    return Response(text.encode(), media_type="text/csv", headers=headers)


async def _withdraw_device_log(call: Call) -> DeviceLogView:
    case, device = call.path("case"), call.path("device")
    reason = call.body(WithdrawRequest).reason
    return await call.context.device_logs.withdraw(call.caller, case, device, reason)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases/{case}/document-facts",
        "What documents of a case state, withdrawn too",
        _document_facts,
        action=Action.READ_CASE,
        reply=FactList,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/document-facts/read",
        "How a value would be kept, before it is",
        _read_fact_value,
        action=Action.ADD_POINT,
        open_case=True,
        body=ReadRequest,
        reply=Understood,
        codes=("unknown_case", "bad_fact"),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/document-facts",
        "Keep what a document states; it is compared at once",
        _state_fact,
        action=Action.ADD_POINT,
        open_case=True,
        body=FactRequest,
        reply=FactView,
        codes=(
            *("unknown_case", "unknown_point", "unknown_person", "unknown_document", "wrong_room"),
            *("bad_fact", "fact_read_otherwise", "fact_known", "too_many_facts"),
            "log_unavailable",
        ),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/document-facts/{fact}/withdraw",
        "Compare it no more; it stays on file",
        _withdraw_document_fact,
        action=Action.ADD_POINT,
        open_case=True,
        body=WithdrawRequest,
        reply=FactView,
        codes=("unknown_fact", "wrong_room", "log_unavailable"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/device-logs",
        "What instruments stored, with its range",
        _device_logs,
        action=Action.READ_CASE,
        reply=DeviceLogList,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/device-logs",
        "Read what an instrument stored from a file",
        _take_device_log,
        action=Action.ADD_POINT,
        open_case=True,
        body=DeviceLogRequest,
        body_bytes=FILE_BYTES_MAX * 4 // 3 + 4096,
        reply=DeviceLogView,
        codes=(
            *("unknown_case", "bad_device_log", "device_log_known", "too_many_device_logs"),
            "log_unavailable",
        ),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/device-logs/{device}/rows.csv",
        "What was kept of it, a line a value",
        _device_log_rows,
        action=Action.READ_CASE,
        media_type="text/csv",
        codes=("unknown_device_log",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/device-logs/{device}/withdraw",
        "Lay nothing beside it any more; it stays on file",
        _withdraw_device_log,
        action=Action.ADD_POINT,
        open_case=True,
        body=WithdrawRequest,
        reply=DeviceLogView,
        codes=("unknown_device_log", "log_unavailable"),
    ),
)
