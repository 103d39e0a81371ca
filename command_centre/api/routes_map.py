"""The map of a case: its ground, where devices are and were, tiles of the centre's own folder."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.desk import case_map, map_tiles
from command_centre.desk.permissions import Action
from command_centre.errors import Rejected


async def _map(call: Call) -> case_map.CaseMap:
    read = partial(
        case_map.read,
        case=call.path("case"),
        settings=call.context.settings.map,
        now_us=call.context.clock.now_us(),
        rooms=call.caller.rooms,
    )
    return await call.context.database.read(read)


async def _tile(call: Call) -> Response:
    place = (call.path("z"), call.path("x"), call.path("y"))
    found = await map_tiles.tile(call.context.settings.map, *place)
    if found is None:
        raise Rejected("unknown_tile", "there is no such tile")
    data, mime = found
    return Response(data, media_type=mime, headers={"Cache-Control": "private, max-age=86400"})


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases/{case}/map",
        "The map of a case: its ground, and where each device is and was in the last minutes",
        _map,
        action=Action.WATCH,
        reply=case_map.CaseMap,
        codes=("unknown_case",),
    ),
    Endpoint(
        "GET",
        "/api/map/tiles/{z}/{x}/{y}",
        "A tile of the map, when the centre has a folder of them",
        _tile,
        action=Action.WATCH,
        reach=Reach.NO_CASE,
        codes=("unknown_tile",),
    ),
)
