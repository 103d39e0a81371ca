"""What an entry of the centre's log means for who works on a case, and who sees all of them.

The last entry about an account and a case says how it stands, so taking entries again changes
nothing. An account the database does not know (it was rebuilt) is passed over where it has none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.permissions import CASE_ROLES
from config.words import Role

Body = dict[str, Any]
ALL, OWN = "all", "own"


def _member(writing: Writing, index: int, t_us: int, body: Body) -> None:
    role = Role(body["role"])
    if role not in CASE_ROLES[Role.MANAGER]:
        raise ValueError(f"no role of a case: {role}")
    writing.execute(
        schema.case_member.insert()
        .prefix_with("OR REPLACE")
        .values(
            case_id=str(body["case"]),
            account_id=str(body["member"]),
            role=role,
            by_account=str(body.get("by", "")),
            by_name=str(body.get("by_name", "")),
            since_us=t_us,
            log_index=index,
        )
    )


def _removed(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    table = schema.case_member
    writing.execute(
        table.delete().where(
            table.c.case_id == str(body["case"]), table.c.account_id == str(body["member"])
        )
    )


def _reach(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    table = schema.account
    writing.execute(
        update(table)
        .where(table.c.id == str(body["id"]))
        .values(all_cases=int(body["cases"] == ALL))
    )


def unrecorded_members(connection: Connection) -> list[Body]:
    """Members that came with a case and stand in no log yet."""
    table, account = schema.case_member, schema.account
    rows = connection.execute(
        select(table, account.c.name)
        .outerjoin(account, account.c.id == table.c.account_id)
        .where(table.c.log_index.is_(None))
        .order_by(table.c.case_id, table.c.account_id)
    )
    return [
        {
            "case": row.case_id,
            "member": row.account_id,
            "role": row.role,
            "by": row.by_account,
            "name": row.name or "",
            "by_name": row.by_name,
        }
        for row in rows
    ]


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "case.member": _member,
    "case.member_removed": _removed,
    "account.reach": _reach,
}
