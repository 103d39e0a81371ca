"""Search over all cases."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.desk.permissions import Action
from command_centre.desk.search import Request, SearchPage
from command_centre.desk.search_names import NameRequest

_PAGE = 20
_MAX_PAGE = 100


async def _search(call: Call) -> SearchPage:
    limit = min(max(call.integer("limit", _PAGE) or _PAGE, 1), _MAX_PAGE)
    request = Request(
        words=call.query("q") or "",
        case=call.query("case") or "",
        room=call.query("room") or "",
        person=call.query("person") or "",
        kind=call.query("kind") or "",
        from_us=call.integer("from_us"),
        to_us=call.integer("to_us"),
        before=call.integer("before"),
        limit=limit,
    )
    return await call.context.search.find(call.caller, request)


async def _names(call: Call) -> SearchPage:
    limit = min(max(call.integer("limit", _PAGE) or _PAGE, 1), _MAX_PAGE)
    asked = NameRequest(
        words=call.query("q") or "",
        case=call.query("case") or "",
        kind=call.query("kind") or "",
        from_us=call.integer("from_us"),
        to_us=call.integer("to_us"),
        limit=limit,
    )
    return await call.context.name_search.find(call.caller, asked)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/search/names",
        "Exhibits and documents by what they are called, in all cases, newest first",
        _names,
        action=Action.READ_TEXT,
        reach=Reach.OWN_CASES,
        reply=SearchPage,
        query={
            "q": "words that must all occur in a name; quotes make one phrase of several",
            "case": "only this case",
            "kind": "only exhibit or document",
            "from_us": "not earlier than this",
            "to_us": "earlier than this",
            "limit": "at most this many, 20 when not given, 100 at most",
        },
        codes=("bad_search",),
    ),
    Endpoint(
        "GET",
        "/api/search",
        "Where something was said or written, in all cases, newest first",
        _search,
        action=Action.READ_TEXT,
        reach=Reach.OWN_CASES,
        reply=SearchPage,
        query={
            "q": "words that must all occur; quotes make one phrase of several",
            "case": "only this case",
            "room": "only this room",
            "person": "only what the person of this name said or wrote",
            "kind": "only utterance, prompt, marker, correction, note or record_line",
            "from_us": "not earlier than this, to the millisecond",
            "to_us": "earlier than this",
            "before": "id of the last hit of the page before; the totals then count from there",
            "limit": "at most this many, 20 when not given, 100 at most",
        },
        codes=("bad_search", "search_unavailable"),
    ),
)
