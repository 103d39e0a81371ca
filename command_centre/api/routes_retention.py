"""Retention and legal holds: how long recordings are kept, and who may end that."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.desk.keeping import KeepingView, keeping
from command_centre.desk.permissions import Action
from command_centre.desk.retention_views import CaseRetention
from command_centre.desk.views import View


class CategoryRequest(View, frozen=True):
    """How long a case is kept, and why so."""

    category: str
    reason: str


class HoldRequest(View, frozen=True):
    """A legal hold on a case or a session, and why."""

    reason: str
    session: str | None = None
    case: str | None = None


class ReasonRequest(View, frozen=True):
    """Why."""

    reason: str


class HoldPlaced(View, frozen=True):
    """The hold's id."""

    hold: str


class Confirmed(View, frozen=True):
    """Whether that was the second person, and the media are gone."""

    ended: bool


async def _retention_of_case(call: Call) -> CaseRetention:
    return await call.context.retention.of_case(call.path("case"))


async def _keeping(call: Call) -> KeepingView:
    context = call.context
    return await keeping(context.database, context.retention, context.custody, call.caller)


async def _set_category(call: Call) -> Empty:
    asked = call.body(CategoryRequest)
    await call.context.retention.set_category(
        call.caller, call.path("case"), asked.category, asked.reason
    )
    return Empty()


async def _place_hold(call: Call) -> HoldPlaced:
    asked = call.body(HoldRequest)
    hold = await call.context.retention.place(call.caller, asked.case, asked.session, asked.reason)
    return HoldPlaced(hold=hold)


async def _lift_hold(call: Call) -> Empty:
    reason = call.body(ReasonRequest).reason
    await call.context.retention.lift(call.caller, call.path("hold"), reason)
    return Empty()


async def _confirm_end(call: Call) -> Confirmed:
    ended = await call.context.retention.confirm(call.caller, call.path("session"))
    return Confirmed(ended=ended)


async def _refuse_end(call: Call) -> Empty:
    reason = call.body(ReasonRequest).reason
    await call.context.retention.refuse(call.caller, call.path("session"), reason)
    return Empty()


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/keeping",
        "For administrators: ends of retention that wait, and evidence they keep or are offered",
        _keeping,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=KeepingView,
        codes=("store_unreadable",),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/retention",
        "How long a case's recordings are kept, holds and proposals",
        _retention_of_case,
        action=Action.AUDIT,
        reply=CaseRetention,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/retention",
        "Choose how long a case's recordings are kept",
        _set_category,
        action=Action.RETAIN,
        body=CategoryRequest,
        reply=Empty,
        codes=("unknown_case", "bad_category", "bad_reason", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/holds",
        "Place a legal hold: nothing it lies on is destroyed",
        _place_hold,
        action=Action.RETAIN,
        reach=Reach.BODY,
        body=HoldRequest,
        reply=HoldPlaced,
        codes=(
            "bad_target",
            "unknown_case",
            "unknown_session",
            "bad_reason",
            "retention_ended",
            "log_unavailable",
        ),
    ),
    Endpoint(
        "POST",
        "/api/holds/{hold}/lift",
        "Lift a legal hold",
        _lift_hold,
        action=Action.RETAIN,
        body=ReasonRequest,
        reply=Empty,
        codes=("unknown_hold", "bad_reason", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/retention/confirm",
        "Confirm that a session's retention ends; the second person's word destroys its key",
        _confirm_end,
        action=Action.END_RETENTION,
        reply=Confirmed,
        codes=(
            "not_proposed",
            "on_hold",
            "second_person",
            "manager_first",
            "retention_refused",
            "recorder_unreachable",
            "log_unavailable",
        ),
    ),
    Endpoint(
        "POST",
        "/api/sessions/{session}/retention/refuse",
        "Keep a session although its period is over",
        _refuse_end,
        action=Action.END_RETENTION,
        body=ReasonRequest,
        reply=Empty,
        codes=("not_proposed", "on_hold", "bad_reason", "log_unavailable"),
    ),
)
