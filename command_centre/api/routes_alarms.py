"""The history of a case's alarms. Raising is for the parts that notice; taking notice is a command
of the desk (PROTOCOL.md)."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.shapes import AlarmPage
from command_centre.desk.alarms import alarm_history
from command_centre.desk.cases import require_case
from command_centre.desk.permissions import Action

_PAGE = 100
_MAX_PAGE = 500
_OFFSET_MAX = 10_000_000


async def _alarms(call: Call) -> AlarmPage:
    case, before_us = call.path("case"), call.integer("before_us")
    limit = min(max(call.integer("limit", _PAGE) or _PAGE, 1), _MAX_PAGE)
    offset = min(max(call.integer("offset", 0) or 0, 0), _OFFSET_MAX)
    rooms, database = call.caller.rooms, call.context.database
    await database.read(lambda connection: require_case(connection, case))
    found = await database.read(
        lambda connection: alarm_history(
            connection, case, rooms=rooms, before_us=before_us, offset=offset, limit=limit + 1
        )
    )
    return AlarmPage(alarms=found[:limit], more=len(found) > limit)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases/{case}/alarms",
        "Alarms of a case, the latest first",
        _alarms,
        action=Action.READ_CASE,
        reply=AlarmPage,
        query={
            "before_us": "only alarms raised before this time",
            "offset": "so many are left out first",
            "limit": "at most this many, 100 when not given, 500 at most",
        },
        codes=("unknown_case",),
    ),
)
