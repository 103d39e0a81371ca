"""Who works on a case, and with which role: listed, added, changed, removed.

Rules. A role in a case lies under the ceiling of the role in the agency (``CASE_ROLES``).
Administrators and managers of the case say who works on it; both may be undone by saying it again.
Each act is an entry of the centre's log first. Connections of whoever it concerns are made anew,
so what is taken away is gone at once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.accounts import memberships
from command_centre.db.database import Database
from command_centre.desk.cases import require_case
from command_centre.desk.logins import Logins
from command_centre.desk.member_projection import ALL, OWN
from command_centre.desk.permissions import CASE_ROLES, Action, Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from config.words import Role

MAX_REASON_CHARACTERS = 200


class MemberView(View, frozen=True):
    """Somebody who reaches a case."""

    id: str  # account id
    name: str
    role: str  # in this case
    agency_role: str
    member: bool  # False: sees all cases and is no member
    since_us: int | None
    by_name: str  # who said so
    rooms: list[str]  # bound to these; empty: every room
    mine: bool  # the caller


class Candidate(View, frozen=True):
    """An account that may be made a member."""

    id: str
    name: str
    account: str
    roles: list[str]  # it may have in a case


class MemberList(View, frozen=True):
    """Who reaches a case, and for those who may say so, who could be added."""

    members: list[MemberView]
    candidates: list[Candidate]
    may_manage: bool


class Members:
    """Used on the event loop."""

    def __init__(self, database: Database, book: CaseBook, logins: Logins) -> None:
        self._database = database
        self._book = book
        self._logins = logins

    async def of_case(self, caller: Caller, case: str) -> MemberList:
        """Everybody who reaches the case."""
        return await self._database.read(lambda connection: _list(connection, caller, case))

    async def put(self, caller: Caller, case: str, account_id: str, role: str) -> MemberList:
        """Make an account a member, or give a member another role; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_account``, ``bad_role``, ``unknown_case``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = _account(connection, account_id)
            if role not in CASE_ROLES[Role(row.role)]:
                may = ", ".join(sorted(CASE_ROLES[Role(row.role)])) or "none"
                raise Rejected("bad_role", f"in a case this account may have the roles: {may}")
            require_case(connection, case)
            if memberships(connection, account_id).get(case) == role:
                return None
            return {"case": case, "member": account_id, "role": role, "name": row.name}

        await self._book.act("case.member", _by(caller), ready)
        self._logins.access_changed(account_id)
        return await self.of_case(caller, case)

    async def founded(self, caller: Caller, case: str) -> None:
        """Who opens a case works on it, and so does who leads it."""
        await self.put(caller, case, caller.account_id, Role.MANAGER)
        await self.led(caller, case)

    async def led(self, caller: Caller, case: str) -> None:
        """Who leads a case works on it."""
        lead = await self._database.read(lambda connection: _lead(connection, case))
        if lead is not None:
            held = await self._database.read(lambda connection: memberships(connection, lead.id))
            if case not in held:
                await self.put(caller, case, lead.id, lead.role)

    async def remove(self, caller: Caller, case: str, account_id: str, reason: str) -> MemberList:
        """End a membership; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_account``, ``bad_text``, ``log_unavailable``.
        """
        reason = reason.strip()
        if len(reason) > MAX_REASON_CHARACTERS:
            raise Rejected("bad_text", f"a reason has at most {MAX_REASON_CHARACTERS} characters")

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = _account(connection, account_id)
            if case not in memberships(connection, account_id):
                return None
            return {"case": case, "member": account_id, "reason": reason, "name": row.name}

        await self._book.act("case.member_removed", _by(caller), ready)
        self._logins.access_changed(account_id)
        return await self.of_case(caller, case)

    async def set_reach(self, caller: Caller, account_id: str, *, all_cases: bool) -> None:
        """Let an account see every case, or only those it is a member of.

        Raises:
            Rejected: ``unknown_account``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            if bool(_account(connection, account_id).all_cases) == all_cases:
                return None
            return {"id": account_id, "cases": ALL if all_cases else OWN}

        await self._book.act("account.reach", _by(caller), ready)
        self._logins.access_changed(account_id)


def _account(connection: Connection, account_id: str) -> Row[Any]:
    table = schema.account
    row = connection.execute(select(table).where(table.c.id == account_id)).one_or_none()
    if row is None:
        raise Rejected("unknown_account", "there is no such account")
    return row


def _lead(connection: Connection, case: str) -> Row[Any] | None:
    """The account that leads a case, where it may have a part in one."""
    account = schema.account
    row = connection.execute(
        select(account).where(account.c.account == require_case(connection, case).lead)
    ).one_or_none()
    return row if row is not None and CASE_ROLES[Role(row.role)] else None


def reaches(connection: Connection, account: Row[Any], case: str) -> bool:
    """Whether an account reaches a case."""
    if account.all_cases or account.role == Role.ADMINISTRATOR:
        return True
    return case in memberships(connection, str(account.id))


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}


def _list(connection: Connection, caller: Caller, case: str) -> MemberList:
    require_case(connection, case)
    account, table = schema.account, schema.case_member
    joined = (table.c.account_id == account.c.id) & (table.c.case_id == case)
    columns = (table.c.role.label("here"), table.c.since_us, table.c.by_name)
    rows = connection.execute(
        select(account, *columns).outerjoin(table, joined).order_by(account.c.name, account.c.id)
    ).all()
    may = caller.may(Action.MANAGE_MEMBERS)
    members = [
        MemberView(
            id=row.id,
            name=row.name or row.account,
            role=row.here or row.role,
            agency_role=row.role,
            member=row.here is not None,
            since_us=row.since_us,
            by_name=row.by_name or "",
            rooms=row.rooms.split(),
            mine=row.id == caller.account_id,
        )
        for row in rows
        if row.role != Role.ADMINISTRATOR and (row.here is not None or row.all_cases)
    ]
    candidates = [
        Candidate(
            id=row.id,
            name=row.name or row.account,
            account=row.account,
            roles=[role for role in Role if role in CASE_ROLES[Role(row.role)]],
        )
        for row in rows
        if may and row.here is None and CASE_ROLES[Role(row.role)]
    ]
    return MemberList(members=members, candidates=candidates, may_manage=may)
