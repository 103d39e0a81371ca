"""The agency's rooms: for its administrators, and for the cases that use them."""

from __future__ import annotations

from command_centre.api.endpoint import COOKIE, Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.rooms import NOBODY, RoomOffers, RoomRow, SeatedThere
from command_centre.desk.views import View


class RoomList(View, frozen=True):
    """Every room."""

    rooms: list[RoomRow]


class RoomRequest(View, frozen=True):
    """What a room is called, and, when it is made, its kind: interview or site."""

    name: str
    name_en: str = ""
    kind: str = "interview"


async def _rooms(call: Call) -> RoomList:
    return RoomList(rooms=await call.context.rooms.all())


async def _make_room(call: Call) -> RoomList:
    said = call.body(RoomRequest)
    await call.context.rooms.make(call.caller, said.name, said.name_en, said.kind)
    return await _rooms(call)


async def _name_room(call: Call) -> RoomList:
    said = call.body(RoomRequest)
    await call.context.rooms.name(call.caller, call.path("room"), said.name, said.name_en)
    return await _rooms(call)


async def _retire_room(call: Call) -> RoomList:
    await call.context.rooms.retire(call.caller, call.path("room"))
    return await _rooms(call)


async def _resume_room(call: Call) -> RoomList:
    await call.context.rooms.resume(call.caller, call.path("room"))
    return await _rooms(call)


async def _free_room(call: Call) -> RoomList:
    await call.context.rooms.assign(call.caller, call.path("room"), "")
    return await _rooms(call)


class GiveRequest(View, frozen=True):
    """Which room the case is to use; ``again``: who sat there until it was taken back."""

    room: str
    again: SeatedThere = NOBODY


async def _rooms_of_case(call: Call) -> RoomOffers:
    return await call.context.rooms.of_case(call.caller, await _whole(call), call.path("case"))


async def _give(call: Call) -> RoomOffers:
    said, case = call.body(GiveRequest), call.path("case")
    await call.context.rooms.assign(call.caller, said.room, case, of="", again=said.again)
    return await _rooms_of_case(call)


async def _take_back(call: Call) -> RoomOffers:
    case = call.path("case")
    await call.context.rooms.assign(call.caller, call.path("room"), "", of=case)
    return await _rooms_of_case(call)


async def _whole(call: Call) -> Caller:
    """The caller with the role they have in the agency: which other cases do they reach?"""
    found = await call.context.logins.caller_of(call.request.cookies.get(COOKIE))
    return found or call.caller


_NAME = ("bad_text", "room_exists", "log_unavailable")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases/{case}/rooms",
        "Rooms of a case; to who may give it some, also the others and whether they are free",
        _rooms_of_case,
        action=Action.READ_CASE,
        reply=RoomOffers,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/rooms",
        "Let a case use a room that is free",
        _give,
        action=Action.MANAGE_CASE,
        open_case=True,
        body=GiveRequest,
        reply=RoomOffers,
        codes=(
            *("unknown_case", "unknown_room", "room_in_use", "room_retired"),
            *("session_open", "log_unavailable"),
        ),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/rooms/{room}/free",
        "A case uses a room no more; what was recorded there stays with it",
        _take_back,
        action=Action.MANAGE_CASE,
        body=Empty,
        reply=RoomOffers,
        codes=("unknown_case", "unknown_room", "room_in_use", "session_open", "log_unavailable"),
    ),
    Endpoint(
        "GET",
        "/api/rooms",
        "Every room of the agency with its devices, and what it is doing",
        _rooms,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=RoomList,
    ),
    Endpoint(
        "POST",
        "/api/rooms",
        "Add a room",
        _make_room,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=RoomRequest,
        reply=RoomList,
        status=201,
        codes=("malformed_request", "too_many_rooms", *_NAME),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/name",
        "Call a room otherwise",
        _name_room,
        action=Action.ADMINISTER,
        body=RoomRequest,
        reply=RoomList,
        codes=("unknown_room", *_NAME),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/retire",
        "Take a room out of service",
        _retire_room,
        action=Action.ADMINISTER,
        body=Empty,
        reply=RoomList,
        codes=("unknown_room", "session_open", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/resume",
        "Take a room back into service",
        _resume_room,
        action=Action.ADMINISTER,
        body=Empty,
        reply=RoomList,
        codes=("unknown_room", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/rooms/{room}/free",
        "No case uses the room any more",
        _free_room,
        action=Action.ADMINISTER,
        body=Empty,
        reply=RoomList,
        codes=("unknown_room", "session_open", "log_unavailable"),
    ),
)
