"""What entries of the centre's log mean for accounts; used by the book.

An account itself, its password and what else it signs in with are not in the log: they are secrets,
and the entry of its making is written beside the row. What the log says of an account that the
database does not know is passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from command_centre.db import schema
from command_centre.db.database import Writing
from config.words import Role

Body = dict[str, Any]


def _changed(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    rooms = " ".join(str(one) for one in body.get("rooms", []))
    said = {"certificate": str(body["certificate"])} if "certificate" in body else {}
    _set(writing, body, name=str(body["name"]), role=Role(body["role"]), rooms=rooms, **said)


def _locked(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    _set(writing, body, disabled_us=t_us)


def _unlocked(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    _set(writing, body, disabled_us=None, failed=0, locked_until_us=0)


def _set(writing: Writing, body: Body, **values: Any) -> None:
    table = schema.account
    writing.execute(update(table).where(table.c.id == str(body["id"])).values(**values))


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "account.changed": _changed,
    "account.locked": _locked,
    "account.unlocked": _unlocked,
}
