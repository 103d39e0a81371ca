"""The audit desk: sessions in detail, the log with proofs, recorded segments, verify and export."""

from __future__ import annotations

import asyncio

from starlette.responses import Response, StreamingResponse

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import (
    CaseEntries,
    EntryPage,
    EntryProof,
    ExportRequest,
    InclusionProof,
    JobStarted,
    TargetRequest,
)
from command_centre.desk import recorded
from command_centre.desk.audit import case_entries, list_entries, log_of, session_detail
from command_centre.desk.job_list import JobList, list_jobs
from command_centre.desk.job_target import find_target, some_sessions
from command_centre.desk.jobs import JobView, find_export
from command_centre.desk.permissions import Action
from command_centre.desk.verified_cases import VerifiedCases, verified_of
from command_centre.desk.views import LogView, SessionDetail
from command_centre.desk.zip_stream import zip_stream
from command_centre.errors import Rejected
from config.recorders import recorder_origin

_PAGE = 200
_MAX_PAGE = 1000
_MAX_KINDS = 200


async def _session(call: Call) -> SessionDetail:
    context = call.context
    summary = await context.sessions.find(call.path("session"))
    call.caller.require_room(summary.room)
    states = {
        source: status.state
        for source, status in context.board.statuses.items()
        if status.session == summary.id
    }
    _, log = await asyncio.gather(
        context.watching.session_opened(call.caller, summary.id),
        context.database.read(lambda connection: log_of(connection, summary.id)),
    )
    view = LogView(
        origin=recorder_origin(context.settings.recorder.log_origin, log),
        size=context.follower.size_of(log),
    )
    return await context.database.read(
        lambda connection: session_detail(connection, summary, states, view)
    )


async def _log(call: Call) -> EntryPage:
    summary = await call.context.sessions.find(call.path("session"))
    after = call.integer("after")
    limit = min(max(call.integer("limit", _PAGE) or _PAGE, 1), _MAX_PAGE)
    kind = call.query("kind")
    found, more = await call.context.database.read(
        lambda connection: list_entries(connection, summary.id, after=after, kind=kind, limit=limit)
    )
    return EntryPage(entries=found, next=found[-1].index if more else None)


async def _entries(call: Call) -> CaseEntries:
    case = call.path("case")
    kinds = [one for one in (call.query("kinds") or "").split("|") if one][:_MAX_KINDS]
    limit = min(max(call.integer("limit", _PAGE) or _PAGE, 1), _MAX_PAGE)
    before_us, before = call.integer("before_us"), call.integer("before")
    rooms = call.caller.rooms
    found, more = await call.context.database.read(
        lambda connection: case_entries(
            connection,
            case,
            kinds=kinds,
            rooms=rooms,
            before=None if before_us is None or before is None else (before_us, before),
            limit=limit,
        )
    )
    return CaseEntries(entries=found, more=more)


async def _entry(call: Call) -> EntryProof:
    text = call.path("index")
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise Rejected("unknown_entry", "an entry is named by its index")
    proof = await asyncio.to_thread(recorded.entry_proof, call.context.store, int(text))
    return EntryProof(
        entry=proof.entry.decode(),
        leaf_hash=proof.leaf_hash.hex(),
        proof=InclusionProof(
            size=proof.size, root=proof.root.hex(), path=[part.hex() for part in proof.path]
        ),
    )


async def _segment(call: Call) -> Response:
    session, source = call.path("session"), call.path("source")
    at_us = call.integer("at_us")
    if at_us is None:
        raise Rejected("malformed_request", "at_us is missing")
    summary = await call.context.sessions.find(session)
    call.caller.require_room(summary.room)

    found = await call.context.database.read(
        lambda connection: recorded.find_or_end(connection, session, source, at_us)
    )
    if found is None:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    await call.context.watching.played(call.caller, session, source, at_us)
    data = await asyncio.to_thread(recorded.read_segment, call.context.store, found)
    return Response(
        data,
        media_type=found.mime.partition(";")[0] or "application/octet-stream",
        headers={
            "X-Duizhi-Start-Us": str(found.start_us),
            "X-Duizhi-Duration-Us": str(found.duration_us),
            "X-Duizhi-Mime": found.mime,
            "X-Duizhi-Late": "1" if found.late else "0",
            "Cache-Control": "private, no-store",
        },
    )


async def _verify(call: Call) -> JobStarted:
    asked = call.body(TargetRequest)
    target = await call.context.database.read(
        lambda connection: find_target(connection, session=asked.session, case=asked.case)
    )
    return JobStarted(job=await call.context.jobs.verify(call.caller, target))


async def _export(call: Call) -> JobStarted:
    asked = call.body(ExportRequest)
    if (
        asked.disclosed is not None
    ):  # what is withheld from whom is decided by the case, not by auditors
        call.caller.require(Action.MAKE_COPIES)
    target = await call.context.database.read(
        lambda connection: find_target(connection, session=asked.session, case=asked.case)
    )
    if asked.sessions:
        target = some_sessions(target, list(asked.sessions))
    jobs = call.context.jobs
    return JobStarted(job=await jobs.export(call.caller, target, asked.reason, asked.disclosed))


async def _verified_cases(call: Call) -> VerifiedCases:
    caller = call.caller
    return await call.context.database.read(lambda connection: verified_of(connection, caller))


async def _jobs(call: Call) -> JobList:
    context, caller = call.context, call.caller
    now_us = context.clock.now_us()
    found = await context.database.read(
        lambda connection: list_jobs(connection, caller.account_id, now_us)
    )
    return JobList(jobs=[one for one in found if not one.case or caller.in_case(one.case)])


async def _job(call: Call) -> JobView:
    view = await call.context.jobs.find(call.path("job"))
    if view.by != call.caller.account_id:
        call.caller.require(Action.VERIFY)
    return view


async def _package(call: Call) -> Response:
    context, export = call.context, call.path("export")
    row = await context.database.read(lambda connection: find_export(connection, export))
    await context.log.append(
        "access.case",
        {"case": row.case_id, "what": f"package {export}", "by": call.caller.account_id},
    )
    return StreamingResponse(
        zip_stream(context.store / row.directory, row.file_name.removesuffix(".zip")),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{row.file_name}"'},
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/sessions/{session}",
        "A session with its recordings and who watched it",
        _session,
        action=Action.AUDIT,
        reply=SessionDetail,
        codes=("unknown_session",),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/log",
        "What stands in the log of a session",
        _log,
        action=Action.AUDIT,
        reply=EntryPage,
        query={
            "after": "only entries after this index",
            "limit": "at most this many, 200 when not given, 1000 at most",
            "kind": "only entries of this kind",
        },
        codes=("unknown_session",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/entries",
        "What stands in the logs of all sessions of a case, the newest first",
        _entries,
        action=Action.AUDIT,
        reply=CaseEntries,
        query={
            "kinds": "only entries of these kinds, separated by |",
            "before_us": "with `before`: only entries before this time",
            "before": "and, of the same time, before this index",
            "limit": "at most this many, 200 when not given, 1000 at most",
        },
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/log/{index}",
        "An entry as stored, with its inclusion proof",
        _entry,
        action=Action.AUDIT,
        reply=EntryProof,
        codes=("unknown_entry", "store_unreadable"),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/sources/{source}/segment",
        "Init segment and the segment of a moment, playable; 204 behind the last",
        _segment,
        action=Action.PLAY,
        media_type="video/mp4",
        query={"at_us": "the moment, microseconds since the epoch"},
        codes=(
            "unknown_session",
            "wrong_room",
            "no_segment",
            "segment_altered",
            "segment_sealed",
            "store_unreadable",
        ),
    ),
    Endpoint(
        "GET",
        "/api/verified-cases",
        "The caller's cases with the last verdict of each as a whole, and what was wrong",
        _verified_cases,
        action=Action.AUDIT,
        reach=Reach.OWN_CASES,
        reply=VerifiedCases,
    ),
    Endpoint(
        "POST",
        "/api/verifications",
        "Verify a session or a case against the log",
        _verify,
        action=Action.VERIFY,
        reach=Reach.BODY,
        body=TargetRequest,
        reply=JobStarted,
        status=202,
        codes=("bad_target", "unknown_session", "unknown_case"),
    ),
    Endpoint(
        "POST",
        "/api/exports",
        "Make a package of a session or a case, and verify it",
        _export,
        action=Action.EXPORT,
        reach=Reach.BODY,
        body=ExportRequest,
        reply=JobStarted,
        status=202,
        codes=(
            "bad_target",
            "bad_reason",
            "bad_disclosure",
            "unknown_session",
            "unknown_case",
            "nothing_to_export",
        ),
    ),
    Endpoint(
        "GET",
        "/api/jobs",
        "One's own jobs that run, or ended in the last days",
        _jobs,
        action=Action.READ_SELF,
        reach=Reach.NO_CASE,
        reply=JobList,
    ),
    Endpoint(
        "GET",
        "/api/jobs/{job}",
        "How a job is doing; its result when it is done. One's own, or for whoever may verify",
        _job,
        action=Action.READ_SELF,
        reply=JobView,
        codes=("unknown_job",),
    ),
    Endpoint(
        "GET",
        "/api/exports/{export}/package.zip",
        "The package as one file",
        _package,
        action=Action.EXPORT,
        media_type="application/zip",
        codes=("unknown_export", "log_unavailable"),
    ),
)
