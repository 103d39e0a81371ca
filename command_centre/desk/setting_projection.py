"""What entries of the centre's log mean for settings changed while running; used by the book.

The same entries give the same rows, as they are written or read again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import delete

from command_centre.db import schema
from command_centre.db.database import Writing

Body = dict[str, Any]


def _changed(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``setting.changed``: JSON of the value in force from here on."""
    value = str(body["after"])
    msgspec.json.decode(value)  # what is no JSON is left out
    writing.execute(
        schema.setting.insert()
        .prefix_with("OR REPLACE")
        .values(
            name=str(body["setting"]),
            value=value,
            by_name=str(body.get("by_name", "")),
            t_us=t_us,
            log_index=index,
        )
    )


def _restored(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    """``setting.restored``: what the file or the default says holds again."""
    table = schema.setting
    writing.execute(delete(table).where(table.c.name == str(body["setting"])))


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "setting.changed": _changed,
    "setting.restored": _restored,
}
