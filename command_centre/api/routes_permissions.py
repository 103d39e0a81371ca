"""The one table of permissions as people read it: acts x roles, with what each act opens.

Made from the lists that the server checks with, so it cannot say anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from command_centre.api.desk_socket import COMMAND_ACTIONS
from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.desk.permissions import CASE_ROLES, PERMISSIONS, Action
from command_centre.desk.views import View
from config.words import Role


class ActRow(View, frozen=True):
    """One act: who may do it, and through which routes and messages."""

    act: str
    roles: list[str]
    by_case: bool  # what it opens belongs to cases: members, or who sees all cases
    opens: list[str]  # "GET /api/cases/{case}", "/ws prompt.send"


class CaseRoleRow(View, frozen=True):
    """The roles an account may have in a case."""

    role: str  # in the agency
    in_case: list[str]


class PermissionTable(View, frozen=True):
    """Acts in the order of the table."""

    acts: list[ActRow]
    case_roles: list[CaseRoleRow]


def with_table(others: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """These endpoints, and the one that shows the table of all of them."""

    async def permissions(_call: Call) -> PermissionTable:
        return table

    own = Endpoint(
        "GET",
        "/api/permissions",
        "Who may do what: the one table, with the routes and messages of each act",
        permissions,
        action=Action.READ_SELF,
        reach=Reach.NO_CASE,
        reply=PermissionTable,
    )
    endpoints = (*others, own)
    table = _table(endpoints)
    return endpoints


def _table(endpoints: Sequence[Endpoint]) -> PermissionTable:
    opens: defaultdict[Action, list[str]] = defaultdict(list)
    by_case: set[Action] = set()
    for action, name, of_case in _guarded(endpoints):
        opens[action].append(name)
        if of_case:
            by_case.add(action)
    return PermissionTable(
        acts=[
            ActRow(
                act=action,
                roles=[role for role in Role if role in PERMISSIONS[action]],
                by_case=action in by_case,
                opens=opens[action],
            )
            for action in Action
        ],
        case_roles=[
            CaseRoleRow(role=role, in_case=[one for one in Role if one in CASE_ROLES[role]])
            for role in Role
        ],
    )


def _guarded(endpoints: Sequence[Endpoint]) -> Iterator[tuple[Action, str, bool]]:
    """Every route and message that needs a login: its act, its name, whether it is of a case."""
    for one in endpoints:
        if one.action is not None:
            yield one.action, f"{one.method} {one.path}", one.reach is not Reach.NO_CASE
    for command, action in COMMAND_ACTIONS.items():
        tag = msgspec.inspect.type_info(command).tag  # type: ignore[attr-defined]
        yield action, f"/ws {tag}", True
    yield Action.WATCH, "/ws/live/{source}", True
    yield Action.HAND_OVER, "/uploads, /uploads/{upload}", True
    yield Action.VERIFY, "/packages, /packages/{package}", False
