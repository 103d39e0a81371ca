"""What was handed over afterwards: the list for the pages, and where a person may hand over."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.desk.late import LISTED, UploadView
from command_centre.desk.late_list import HandoverSource, handover_sources
from command_centre.desk.permissions import Action
from command_centre.desk.views import View

_OFFSET_MAX = 10_000_000
_QUERY = {"offset": f"so many uploads are left out first; a page holds {LISTED}"}


class Handover(View, frozen=True):
    """Where files can be handed over, and what became of the latest."""

    sources: list[HandoverSource]
    uploads: list[UploadView]
    more: bool


class UploadList(View, frozen=True):
    """A page of uploads, the newest first."""

    uploads: list[UploadView]
    more: bool


async def _handover(call: Call) -> Handover:
    rooms, only = call.caller.rooms, call.caller.limited_to
    sources = await call.context.database.read(
        lambda connection: handover_sources(connection, rooms)
    )
    uploads, more = await call.context.uploads.latest(None, rooms, only, offset=_offset(call))
    return Handover(
        sources=[one for one in sources if only is None or one.case in only],
        uploads=uploads,
        more=more,
    )


async def _uploads(call: Call) -> UploadList:
    uploads, more = await call.context.uploads.latest(
        call.path("case"), call.caller.rooms, offset=_offset(call)
    )
    return UploadList(uploads=uploads, more=more)


def _offset(call: Call) -> int:
    return min(max(call.integer("offset", 0) or 0, 0), _OFFSET_MAX)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/handover",
        "Sources whose files may be handed over, and the latest uploads",
        _handover,
        action=Action.HAND_OVER,
        reach=Reach.OWN_CASES,
        reply=Handover,
        query=_QUERY,
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/uploads",
        "What was handed over for a case, and what became of it",
        _uploads,
        action=Action.READ_CASE,
        reply=UploadList,
        query=_QUERY,
    ),
)
