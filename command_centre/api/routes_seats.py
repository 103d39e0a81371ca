"""Who sits in a room: the person who is questioned, the officers, and who else attends."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.desk.attendants import AttendantsRequest
from command_centre.desk.permissions import Action
from command_centre.desk.seats import OfficersRequest, PersonSeat, Seats


async def _seats(call: Call) -> Seats:
    return await call.context.seats.of_room(call.path("room"))


async def _seat(call: Call) -> Seats:
    person = call.body(PersonSeat).person
    return await call.context.seats.seat(call.caller, call.path("room"), person)


async def _officers(call: Call) -> Seats:
    officers = call.body(OfficersRequest).officers
    return await call.context.seats.set_officers(call.caller, call.path("room"), officers)


async def _attendants(call: Call) -> Seats:
    asked = call.body(AttendantsRequest)
    return await call.context.attendants.name(call.caller, call.path("room"), asked)


_ROOM = ("unknown_room", "room_free", "room_site")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/rooms/{room}/seats",
        "Who sits in a room of a case, and who may",
        _seats,
        action=Action.SEAT,
        reply=Seats,
        codes=("unknown_room", "room_free"),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/person",
        "Say who is questioned in a room, or that nobody is",
        _seat,
        action=Action.SEAT,
        body=PersonSeat,
        reply=Seats,
        codes=(
            *(*_ROOM, "unknown_person", "person_kept"),
            *("person_elsewhere", "attends_here", "log_unavailable"),
        ),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/officers",
        "Say which officers are in a room; of an open session that is an entry of its own",
        _officers,
        action=Action.SEAT,
        body=OfficersRequest,
        reply=Seats,
        codes=(
            *(*_ROOM, "bad_officers", "officer_elsewhere", "attends_here"),
            *("session_closed", "log_unavailable"),
        ),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/attendants",
        "Say who else attends in a room: interpreter, guardian, lawyer, witness",
        _attendants,
        action=Action.SEAT,
        body=AttendantsRequest,
        reply=Seats,
        codes=(
            *("unknown_room", "room_free", "bad_attendants", "attendant_elsewhere"),
            *("attendants_changed", "page_signers_full"),
            *("no_open_session", "attendant_signed"),
            *("session_closed", "log_unavailable"),
        ),
    ),
)
