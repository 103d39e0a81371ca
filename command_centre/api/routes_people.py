"""The parties of a case: added, put right, taken off."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.shapes import Empty
from command_centre.desk.case_overview import CaseOverview
from command_centre.desk.people_acts import PersonChange, PersonRequest
from command_centre.desk.permissions import Action


async def _add(call: Call) -> CaseOverview:
    asked = call.body(PersonRequest)
    return await call.context.people.add(call.caller, call.path("case"), asked)


async def _change(call: Call) -> CaseOverview:
    asked, case, person = call.body(PersonChange), call.path("case"), call.path("person")
    return await call.context.people.change(call.caller, case, person, asked)


async def _take_off(call: Call) -> CaseOverview:
    case, person = call.path("case"), call.path("person")
    return await call.context.people.remove(call.caller, case, person)


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/cases/{case}/people",
        "Add a party to a case",
        _add,
        action=Action.MANAGE_CASE,
        open_case=True,
        body=PersonRequest,
        reply=CaseOverview,
        codes=("unknown_case", "bad_case", "bad_text", "person_known", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/people/{person}",
        "Put right what a party is called and is; what they said stays theirs",
        _change,
        action=Action.MANAGE_CASE,
        open_case=True,
        body=PersonChange,
        reply=CaseOverview,
        codes=("unknown_person", "bad_text", "bad_lexicon", "person_known", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/people/{person}/remove",
        "Take a party off a case on whom nothing depends",
        _take_off,
        action=Action.MANAGE_CASE,
        open_case=True,
        body=Empty,
        reply=CaseOverview,
        codes=(
            *("unknown_person", "person_seated", "person_heard"),
            *("person_named", "log_unavailable"),
        ),
    ),
)
