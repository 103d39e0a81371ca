"""Packages that somebody brings: taken in, verified, laid beside each other and this store."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import CheckRequest, JobStarted
from command_centre.desk.audit_report import LANGUAGES, report_of_job
from command_centre.desk.permissions import Action
from command_centre.desk.received import ReceivedView, RemovedView
from command_centre.errors import Rejected


async def _take_package(call: Call) -> ReceivedView:
    declared = call.request.headers.get("content-length", "")
    if not declared.isascii() or not declared.isdigit() or len(declared) > 15:
        raise Rejected("malformed_request", "expected the header Content-Length, in bytes")
    return await call.context.received.take(call.request.stream(), int(declared))


async def _forget_package(call: Call) -> RemovedView:
    package = call.path("package")
    await asyncio.to_thread(call.context.received.remove, package)
    return RemovedView(package=package)


async def _check_packages(call: Call) -> JobStarted:
    asked = call.body(CheckRequest)
    if asked.second == asked.first:
        raise Rejected("bad_target", "a package is not laid beside itself; hand over the other one")
    names = [asked.first] if asked.second is None else [asked.first, asked.second]
    found = [(call.context.received.path(name), f"package {name}") for name in names]
    return JobStarted(job=await call.context.jobs.check(call.caller, found))


async def _verification_report(call: Call) -> Response:
    context = call.context
    language = call.query("lang") or "zh"
    if language not in LANGUAGES:
        raise Rejected("malformed_request", f"lang must be one of {', '.join(LANGUAGES)}")
    pdf = await report_of_job(
        context.database, context.settings, call.path("job"), call.caller, language
    )
    return Response(
        pdf,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="verification-{call.path("job")}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/packages",
        "Take in a package (a zip archive) to be checked",
        _take_package,
        action=Action.VERIFY,
        reach=Reach.NO_CASE,
        streams=True,
        reply=ReceivedView,
        status=201,
        codes=("too_large", "disk_full"),
    ),
    Endpoint(
        "DELETE",
        "/api/packages/{package}",
        "Forget a package that was taken in",
        _forget_package,
        action=Action.VERIFY,
        reach=Reach.NO_CASE,
        reply=RemovedView,
        codes=("unknown_package",),
    ),
    Endpoint(
        "POST",
        "/api/checks",
        "Verify one received package, or lay two side by side",
        _check_packages,
        action=Action.VERIFY,
        reach=Reach.NO_CASE,
        body=CheckRequest,
        reply=JobStarted,
        status=202,
        codes=("unknown_package", "bad_target"),
    ),
    Endpoint(
        "GET",
        "/api/jobs/{job}/report.pdf",
        "The report of a finished verification, as PDF",
        _verification_report,
        action=Action.VERIFY,
        media_type="application/pdf",
        query={"lang": "zh (default) or en"},
        codes=("unknown_job", "job_unfinished", "record_failed", "fonts_missing"),
    ),
)
