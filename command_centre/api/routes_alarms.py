"""The history of a case's alarms, and those of all cases that wait. Raising is for the parts that
notice; taking notice is a command of the desk (PROTOCOL.md)."""

from __future__ import annotations

from functools import partial

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import AlarmPage, AlarmsWaiting
from command_centre.desk.alarms import alarm_history, waiting_alarms
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


async def _waiting(call: Call) -> AlarmsWaiting:
    caller = call.caller
    found = await call.context.database.read(
        partial(waiting_alarms, cases=caller.limited_to, rooms=caller.rooms)
    )
    return AlarmsWaiting(alarms=[one for one in found if caller.may_see(one.case, one.alarm.room)])


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/alarms",
        "Alarms nobody has acknowledged, of all the caller's open cases, the latest first",
        _waiting,
        action=Action.READ_CASE,
        reach=Reach.OWN_CASES,
        reply=AlarmsWaiting,
    ),
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
