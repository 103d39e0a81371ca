"""Packages and redacted copies: what was made, making a redacted copy, fetching it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from starlette.responses import FileResponse, Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import (
    DerivedView,
    DeriveRequest,
    ExportList,
    ExportView,
    JobStarted,
)
from command_centre.desk.case_of import case_of
from command_centre.desk.export_list import list_derived, list_exports
from command_centre.desk.job_target import find_target
from command_centre.desk.permissions import Action
from command_centre.errors import Rejected
from evidence_store.derived_account import DERIVED

_DERIVED = re.compile(r"dv-[a-z0-9]{1,32}")


async def _made(call: Call) -> ExportList:
    case = call.path("case")
    exports = await call.context.database.read(lambda connection: list_exports(connection, case))
    derived = await call.context.database.read(lambda connection: list_derived(connection, case))
    return ExportList(
        exports=[ExportView(**one) for one in exports],
        derived=[DerivedView(**one) for one in derived],
    )


async def _derive(call: Call) -> JobStarted:
    asked = call.body(DeriveRequest)
    target = await call.context.database.read(
        lambda connection: find_target(connection, session=asked.session, case=None)
    )
    jobs = call.context.jobs
    return JobStarted(
        job=await jobs.derive(call.caller, target, asked.source, asked.plan, asked.reason)
    )


async def _copy(call: Call) -> Response:
    context, derived = call.context, call.path("derived")
    path: Path = context.store / DERIVED / f"{derived}.mp4"
    if not _DERIVED.fullmatch(derived) or not await asyncio.to_thread(path.is_file):
        raise Rejected("unknown_export", "there is no such redacted copy")
    case = await context.database.read(lambda connection: case_of(connection, "derived", derived))
    said = {"case": case or "", "what": f"derived {derived}", "by": call.caller.account_id}
    await context.log.append("access.case", said)
    return FileResponse(path, media_type="video/mp4", filename=f"{derived}.mp4")


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases/{case}/exports",
        "Packages and redacted copies that were made of a case",
        _made,
        action=Action.EXPORT,
        reply=ExportList,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/redactions",
        "Make a redacted copy of a stretch of one source: a derived work",
        _derive,
        action=Action.MAKE_COPIES,
        reach=Reach.BODY,
        body=DeriveRequest,
        reply=JobStarted,
        status=202,
        codes=("bad_reason", "bad_plan", "unknown_session", "no_segment", "store_unreadable"),
    ),
    Endpoint(
        "GET",
        "/api/redactions/{derived}/copy.mp4",
        "A redacted copy as a file",
        _copy,
        action=Action.EXPORT,
        media_type="video/mp4",
        codes=("unknown_export", "log_unavailable"),
    ),
)
