"""What entries of the centre's log mean for the questions picked for prompts; used by the book.

The same entries give the same rows, as they are written or read again. Entries of versions before
hints had codes say only that there was one (``"as hinted"``), and looked at the Chinese text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import update

from command_centre.db import schema
from command_centre.db.database import Writing

Body = dict[str, Any]


def _set(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``question.set``: a version; whatever was withdrawn is offered again."""
    _insert(writing, index, t_us, body, withdrawn_us=None)


def _withdrawn(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``question.withdrawn``: the version named is the last one offered."""
    table, name = schema.question, str(body["question"])
    _insert(writing, index, t_us, body, withdrawn_us=t_us)
    mine = (table.c.id == name, table.c.version == int(body["version"]))
    writing.execute(update(table).where(*mine).values(withdrawn_us=t_us))


def _insert(writing: Writing, index: int, t_us: int, body: Body, **more: Any) -> None:
    said = {key: str(body.get(key, "")) for key in ("text_zh", "text_en", "topic", "topic_en")}
    if not said["text_zh"]:
        raise ValueError("a question says something")
    writing.execute(
        schema.question.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=str(body["question"]),
            version=int(body["version"]),
            by_name=str(body.get("by_name", "")),
            t_us=t_us,
            log_index=index,
            wording=msgspec.json.encode(_pointed_out(body.get("wording", []))).decode(),
            **said,
            **more,
        )
    )


def _pointed_out(wording: object) -> list[str]:
    """FIELD.CATEGORY, or a field alone where that is all that is known."""
    if isinstance(wording, list):
        return [str(one) for one in wording]
    return ["text_zh"] if wording else []


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "question.set": _set,
    "question.withdrawn": _withdrawn,
}
