"""What entries of the centre's log mean for what is pointed out in wordings; used by the book.

The same entries give the same rows, as they are written or read again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from command_centre.comparison.wording_rules import CATEGORIES
from command_centre.db import schema
from command_centre.db.database import Writing

Body = dict[str, Any]


def _added(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``wording_rule.added``: words of the agency's own, in force from here on."""
    said = {key: str(body[key]) for key in ("words", "neutral")}
    if not all(said.values()) or str(body["rule"]).partition(".")[0] not in CATEGORIES:
        raise ValueError("a rule has a category, words and a suggestion")
    _insert(writing, index, t_us, body, neutral_en=str(body.get("neutral_en", "")), **said)


def _off(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``wording_rule.off``: pointed out no more."""
    _switch(writing, index, t_us, body, off_us=t_us)


def _on(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``wording_rule.on``: pointed out again."""
    _switch(writing, index, t_us, body, off_us=None)


def _switch(writing: Writing, index: int, t_us: int, body: Body, *, off_us: int | None) -> None:
    table = schema.wording_rule
    _insert(writing, index, t_us, body)  # of the file: the first time that it is switched
    writing.execute(
        update(table)
        .where(table.c.id == str(body["rule"]), table.c.log_index <= index)
        .values(off_us=off_us, by_name=str(body.get("by_name", "")), t_us=t_us, log_index=index)
    )


def _insert(writing: Writing, index: int, t_us: int, body: Body, **said: str) -> None:
    writing.execute(
        schema.wording_rule.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=str(body["rule"]),
            by_name=str(body.get("by_name", "")),
            t_us=t_us,
            first_index=index,
            log_index=index,
            **said,
        )
    )


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "wording_rule.added": _added,
    "wording_rule.off": _off,
    "wording_rule.on": _on,
}
