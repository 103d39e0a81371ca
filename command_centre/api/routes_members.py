"""Who works on a case, and which accounts see all cases."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.desk.members import MemberList
from command_centre.desk.permissions import Action
from command_centre.desk.views import View


class MemberRequest(View, frozen=True):
    """Give the account ``member`` this role in the case."""

    member: str
    role: str


class RemoveRequest(View, frozen=True):
    """Why somebody no longer works on a case; may be empty."""

    reason: str = ""


class ReachRequest(View, frozen=True):
    """Whether an account sees every case."""

    all_cases: bool


async def _members(call: Call) -> MemberList:
    return await call.context.members.of_case(call.caller, call.path("case"))


async def _put(call: Call) -> MemberList:
    said = call.body(MemberRequest)
    return await call.context.members.put(call.caller, call.path("case"), said.member, said.role)


async def _remove(call: Call) -> MemberList:
    reason = call.body(RemoveRequest).reason
    return await call.context.members.remove(
        call.caller, call.path("case"), call.path("member"), reason
    )


async def _set_reach(call: Call) -> Empty:
    said = call.body(ReachRequest)
    await call.context.members.set_reach(
        call.caller, call.path("account"), all_cases=said.all_cases
    )
    return Empty()


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/cases/{case}/members",
        "Who reaches a case, and with which role",
        _members,
        action=Action.READ_MEMBERS,
        reply=MemberList,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/members",
        "Let an account work on a case, or give a member another role",
        _put,
        action=Action.MANAGE_MEMBERS,
        body=MemberRequest,
        reply=MemberList,
        codes=("unknown_case", "unknown_account", "bad_role", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/members/{member}/remove",
        "An account works on a case no more",
        _remove,
        action=Action.MANAGE_MEMBERS,
        body=RemoveRequest,
        reply=MemberList,
        codes=("unknown_case", "unknown_account", "bad_text", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/accounts/{account}/reach",
        "Let an account see every case, or only those it is a member of",
        _set_reach,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=ReachRequest,
        reply=Empty,
        codes=("unknown_account", "log_unavailable"),
    ),
)
