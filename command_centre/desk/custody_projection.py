"""What entries of the centre's log mean for who keeps the evidence of a case; used by the book.

The same entries give the same rows, as they are written or read again: an offer that was settled
stays as it was settled first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from command_centre.db import schema
from command_centre.db.database import Writing

Body = dict[str, Any]
OFFERED, ACCEPTED, DECLINED = "offered", "accepted", "declined"


def _offered(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    """``custody.offered``: nothing has moved yet."""
    case = str(body["case"])
    writing.execute(schema.case_file.insert().prefix_with("OR IGNORE").values(id=case))
    writing.execute(
        schema.custody.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=str(body["custody"]),
            case_id=case,
            from_account=str(body["from"]),
            from_name=str(body.get("by_name", "")),
            to_account=str(body["to"]),
            to_name=str(body.get("to_name", "")),
            note=str(body.get("note", "")),
            state=OFFERED,
            offered_us=t_us,
        )
    )


def _accepted(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    """``custody.accepted``: from here on the other one keeps it."""
    _settle(writing, t_us, body, ACCEPTED)


def _declined(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    """``custody.declined``: it stays where it was."""
    _settle(writing, t_us, body, DECLINED)


def _settle(writing: Writing, t_us: int, body: Body, state: str) -> None:
    table = schema.custody
    waiting = (table.c.id == str(body["custody"]), table.c.state == OFFERED)
    writing.execute(update(table).where(*waiting).values(state=state, settled_us=t_us))


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "custody.offered": _offered,
    "custody.accepted": _accepted,
    "custody.declined": _declined,
}
