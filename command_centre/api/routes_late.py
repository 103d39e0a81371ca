"""What was handed over afterwards: the list for the pages, and where a person may hand over."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.desk.late import UploadView
from command_centre.desk.late_list import HandoverSource, handover_sources
from command_centre.desk.permissions import Action
from command_centre.desk.views import View


class Handover(View, frozen=True):
    """Where files can be handed over, and what became of the latest."""

    sources: list[HandoverSource]
    uploads: list[UploadView]


class UploadList(View, frozen=True):
    """Uploads, the newest first."""

    uploads: list[UploadView]


async def _handover(call: Call) -> Handover:
    rooms, only = call.caller.rooms, call.caller.limited_to
    sources = await call.context.database.read(
        lambda connection: handover_sources(connection, rooms)
    )
    uploads = await call.context.uploads.latest(None, rooms, only)
    return Handover(
        sources=[one for one in sources if only is None or one.case in only], uploads=uploads
    )


async def _uploads(call: Call) -> UploadList:
    case = call.path("case")
    return UploadList(uploads=await call.context.uploads.latest(case, call.caller.rooms))


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/handover",
        "Sources whose files may be handed over, and the latest uploads",
        _handover,
        action=Action.HAND_OVER,
        reach=Reach.OWN_CASES,
        reply=Handover,
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/uploads",
        "What was handed over for a case, and what became of it",
        _uploads,
        action=Action.READ_CASE,
        reply=UploadList,
    ),
)
