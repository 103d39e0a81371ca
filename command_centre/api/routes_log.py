"""The log of a case, and of what is of none: lists, entries with proofs, who looked at what."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.responses import Response, StreamingResponse

from command_centre.api.endpoint import Call, Endpoint, Handler
from command_centre.api.reach import Reach
from command_centre.desk import case_log_entry
from command_centre.desk.case_access import ORDERS, CaseAccess, LookQuestion, case_access
from command_centre.desk.case_log import (
    PAGE_MAX,
    TEXT_MAX,
    LogFacets,
    LogLines,
    Question,
    entries_of,
    facets,
    holds,
    list_lines,
    parse_place,
)
from command_centre.desk.case_log_entry import ProvedEntry
from command_centre.desk.case_of import NO_CASE, case_of
from command_centre.desk.permissions import Action
from command_centre.desk.prompt_list import ORDERS as PROMPT_ORDERS
from command_centre.desk.prompt_list import STATES, PromptList, PromptQuestion, list_prompts
from command_centre.desk.verification_list import VerificationList, list_verifications
from command_centre.errors import Rejected
from config.recorders import CENTRE_LOG, recorder_number
from config.words import Role

_PAGE = 100
_OFFSET_MAX = 10_000_000


async def _case_log(call: Call) -> LogLines:
    return await _list(call, call.path("case"))


async def _centre_log(call: Call) -> LogLines:
    return await _list(call, NO_CASE)


async def _list(call: Call, case: str) -> LogLines:
    context = call.context
    asked = _question(call)
    offset, limit = _page(call)
    await context.watching.log_read(call.caller, case)
    await context.acts.catch_up()
    return await context.database.read(
        lambda connection: list_lines(connection, case, asked, offset=offset, limit=limit)
    )


def _page(call: Call) -> tuple[int, int]:
    """How many are left out first, and how many are wanted."""
    offset, limit = call.integer("offset", 0) or 0, call.integer("limit", _PAGE) or _PAGE
    if not 0 <= offset <= _OFFSET_MAX:
        raise Rejected("malformed_request", f"offset must be from 0 to {_OFFSET_MAX}")
    if not 1 <= limit <= PAGE_MAX:
        raise Rejected("malformed_request", f"limit must be from 1 to {PAGE_MAX}")
    return offset, limit


def _text(call: Call, name: str = "text") -> str:
    text = (call.query(name) or "").strip()
    if len(text) > TEXT_MAX:
        raise Rejected("malformed_request", f"{name} may have {TEXT_MAX} characters")
    return text


def _question(call: Call) -> Question:
    text = _text(call)
    logs = _several(call, "logs")
    for log in logs:
        _require_log(log)
    return Question(
        kinds=_several(call, "kinds"),
        rooms=_several(call, "rooms"),
        people=_several(call, "people"),
        by=_several(call, "by"),
        logs=logs,
        session=call.query("session") or "",
        source=call.query("source") or "",
        text=text,
        from_us=call.integer("from_us"),
        to_us=call.integer("to_us"),
        upwards=call.query("order") == "up",
        without=_hidden(call),
        routine=_with_routine(call),
    )


def _hidden(call: Call) -> tuple[str, ...]:
    """Kinds that are not for the caller: what somebody looked for may be what somebody said."""
    return ("access.search",) if call.caller.role is Role.ADMINISTRATOR else ()


def _with_routine(call: Call) -> bool:
    without = call.query("without") or ""
    if without not in ("", "routine"):
        raise Rejected("malformed_request", "without must be routine, or not be given")
    return not without


def _several(call: Call, name: str) -> tuple[str, ...]:
    return tuple(part for part in (call.query(name) or "").split("|") if part)[:200]


def _require_log(log: str) -> None:
    if log == CENTRE_LOG:
        return
    try:
        recorder_number(log)
    except ValueError as error:
        raise Rejected("malformed_request", str(error)) from error


async def _log_facets(call: Call) -> LogFacets:
    return await _facets(call, call.path("case"))


async def _centre_facets(call: Call) -> LogFacets:
    return await _facets(call, NO_CASE)


async def _facets(call: Call, case: str) -> LogFacets:
    await call.context.acts.catch_up()
    without = _hidden(call)
    return await call.context.database.read(lambda connection: facets(connection, case, without))


async def _case_entry(call: Call) -> ProvedEntry:
    return await _proved(call, call.path("case"))


async def _centre_entry(call: Call) -> ProvedEntry:
    return await _proved(call, NO_CASE)


async def _proved(call: Call, case: str) -> ProvedEntry:
    context = call.context
    log, index = parse_place(call.path("entry"))
    await context.acts.catch_up()
    without = _hidden(call)
    line = await context.database.read(
        lambda connection: holds(connection, case, log, index, without)
    )
    if line.session:
        await context.watching.session_opened(call.caller, line.session)
    return await asyncio.to_thread(case_log_entry.prove, context.store, line, log, index)


async def _entry_proof(call: Call) -> Response:
    return await _proof_of(call, call.path("case"))


async def _centre_proof(call: Call) -> Response:
    return await _proof_of(call, NO_CASE)


async def _proof_of(call: Call, case: str) -> Response:
    context = call.context
    log, index = parse_place(call.path("entry"))
    await context.acts.catch_up()
    without = _hidden(call)
    await context.database.read(lambda connection: holds(connection, case, log, index, without))
    return await _archive(call, case, log, [index], case_log_entry.archive_name(log, index), "")


async def _session_proofs(call: Call) -> Response:
    context, session = call.context, call.path("session")
    summary = await context.sessions.find(session)
    call.caller.require_room(summary.room)
    log, indexes = await context.database.read(lambda connection: entries_of(connection, session))
    case = await context.database.read(lambda connection: case_of(connection, "session", session))
    return await _archive(call, case or "", log, indexes, f"proofs-{session}", session)


async def _archive(
    call: Call, case: str, log: str, indexes: list[int], top: str, session: str
) -> Response:
    context = call.context
    file = await asyncio.to_thread(
        lambda: case_log_entry.proofs_file(context.store, log, indexes, top=top, session=session)
    )
    body = {"case": case, "what": f"proof {top}", "by": call.caller.account_id}
    await context.log.append("access.case", body)
    return StreamingResponse(
        case_log_entry.blocks(file),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{top}.zip"',
            "Cache-Control": "private, no-store",
        },
    )


async def _case_access(call: Call) -> CaseAccess:
    context, case = call.context, call.path("case")
    offset, limit = _page(call)
    order = call.query("sort") or "time"
    if order not in ORDERS:
        raise Rejected("malformed_request", f"sort must be one of {', '.join(ORDERS)}")
    asked = LookQuestion(
        whats=_several(call, "whats"),
        items=_several(call, "items"),
        people=_several(call, "people"),
        text=_text(call),
        from_us=call.integer("from_us"),
        to_us=call.integer("to_us"),
        order=order,
        upwards=call.query("order") == "up",
    )
    await context.acts.catch_up()
    return await context.database.read(
        lambda connection: case_access(connection, case, asked, offset=offset, limit=limit)
    )


async def _case_prompts(call: Call) -> PromptList:
    case, rooms = call.path("case"), call.caller.rooms
    offset, limit = _page(call)
    order = call.query("sort") or "time"
    if order not in PROMPT_ORDERS:
        raise Rejected("malformed_request", f"sort must be one of {', '.join(PROMPT_ORDERS)}")
    states = _several(call, "states")
    if not set(states) <= {*STATES}:
        raise Rejected("malformed_request", f"states are of {', '.join(STATES)}, separated by |")
    asked = PromptQuestion(
        senders=_several(call, "senders"),
        states=states,
        whom=_text(call, "whom"),
        text=_text(call),
        from_us=call.integer("from_us"),
        to_us=call.integer("to_us"),
        order=order,
        upwards=call.query("order") == "up",
    )
    return await call.context.database.read(
        lambda connection: list_prompts(
            connection, case, asked, rooms=rooms, offset=offset, limit=limit
        )
    )


async def _case_verifications(call: Call) -> VerificationList:
    case = call.path("case")
    return await call.context.database.read(lambda connection: list_verifications(connection, case))


_ASKED = {
    "offset": "so many are left out first",
    "limit": f"at most this many, {_PAGE} when not given, {PAGE_MAX} at most",
    "order": "up: the oldest first",
    "kinds": "only of these kinds, separated by |",
    "rooms": "only of these rooms; none: of no room",
    "people": "only of sessions with these people",
    "by": "only what these did, by name",
    "logs": "only of these logs",
    "without": "routine: without readings, segments, clock comparisons and heartbeats on time",
    "session": "only of this session",
    "source": "only of this source",
    "text": "only where some value holds this text",
    "from_us": "not before",
    "to_us": "before",
}


def _of_centre(
    path: str, summary: str, handler: Handler, reply: type[msgspec.Struct] | None, *codes: str
) -> Endpoint:
    """A part of the log of what belongs to no case."""
    return Endpoint(
        "GET",
        f"/api/centre-log{path}",
        summary,
        handler,
        action=Action.READ_CENTRE_LOG,
        reach=Reach.NO_CASE,
        reply=reply,
        query=_ASKED if not path else {},
        media_type="application/json" if reply else "application/zip",
        codes=codes,
    )


_ENTRY = ("unknown_entry", "store_unreadable")

ENDPOINTS = (
    _of_centre(
        "",
        "The log of what belongs to no case: accounts, settings, keys, checks of packages",
        _centre_log,
        LogLines,
    ),
    _of_centre("/facets", "What that log can be asked for", _centre_facets, LogFacets),
    _of_centre("/{entry}", "An entry of it, with its proof", _centre_entry, ProvedEntry, *_ENTRY),
    _of_centre(
        "/{entry}/proof.zip",
        "The proof of an entry of it to take along",
        _centre_proof,
        None,
        *_ENTRY,
        "log_unavailable",
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/log",
        "The log of a whole case: its sessions, their logs, and the centre's entries about it",
        _case_log,
        action=Action.AUDIT,
        reply=LogLines,
        query=_ASKED,
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/log-facets",
        "What the log of a case can be asked for",
        _log_facets,
        action=Action.AUDIT,
        reply=LogFacets,
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/log/{entry}",
        "An entry (LOG.INDEX) as stored, with its proof and the signed head",
        _case_entry,
        action=Action.AUDIT,
        reply=ProvedEntry,
        codes=("unknown_case", "unknown_entry", "store_unreadable"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/log/{entry}/proof.zip",
        "The proof of an entry to take along, for `duizhi verify`",
        _entry_proof,
        action=Action.AUDIT,
        media_type="application/zip",
        codes=("unknown_case", "unknown_entry", "store_unreadable", "log_unavailable"),
    ),
    Endpoint(
        "GET",
        "/api/sessions/{session}/proofs.zip",
        "The proofs of all entries of a session to take along",
        _session_proofs,
        action=Action.AUDIT,
        media_type="application/zip",
        codes=("unknown_session", "unknown_entry", "store_unreadable", "log_unavailable"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/access",
        "Who watched, opened, took away and exported what of a case: sums, and a page of looks",
        _case_access,
        action=Action.AUDIT,
        reply=CaseAccess,
        query={
            "offset": "so many looks are left out first",
            "limit": f"at most this many looks, {_PAGE} when not given, {PAGE_MAX} at most",
            "sort": "time when not given, or what, person, note, length",
            "order": "up: the other way round",
            "whats": "only looks of these kinds, separated by |",
            "items": "only looks at these kinds of things",
            "people": "only what these looked at, by name; system: by nobody",
            "text": "only where note or name hold this text",
            "from_us": "not before",
            "to_us": "before",
        },
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/prompts",
        "Who sent which prompt of a case to whom, and what became of it: a page of all there are",
        _case_prompts,
        action=Action.AUDIT,
        reply=PromptList,
        query={
            "offset": "so many prompts are left out first",
            "limit": f"at most this many prompts, {_PAGE} when not given, {PAGE_MAX} at most",
            "sort": f"{', '.join(PROMPT_ORDERS)}; time when not given",
            "order": "up: the other way round",
            "senders": "only what these sent, by name, separated by |",
            "states": f"only those of which this became: {', '.join(STATES)}",
            "whom": "only where the name of the room or the person holds this text",
            "text": "only where words or names hold this text",
            "from_us": "not sent before",
            "to_us": "sent before",
        },
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/verifications",
        "The last verification of a case and of each of its sessions",
        _case_verifications,
        action=Action.AUDIT,
        reply=VerificationList,
        codes=("unknown_case",),
    ),
)
