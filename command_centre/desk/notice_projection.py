"""What entries of the centre's log mean for the notices an agency words itself; used by the book.

The same entries give the same rows, as they are written or read again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.notices import Line
from config.words import SessionKind

Body = dict[str, Any]


def _set(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``notice.set``: a new version, read from here on."""
    lines = msgspec.json.decode(body["lines"], type=tuple[Line, ...])
    if not lines or not body["title"]:
        raise ValueError("a notice says something")
    writing.execute(
        schema.notice_version.insert()
        .prefix_with("OR IGNORE")
        .values(
            name=str(body["notice"]),
            kind=SessionKind(body["kind"]),
            number=int(body["number"]),
            title=str(body["title"]),
            title_en=str(body["title_en"]),
            lines=msgspec.json.encode(lines).decode(),
            by_name=str(body.get("by_name", "")),
            t_us=t_us,
            log_index=index,
        )
    )
    _used(writing, index, t_us, body)


def _used(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``notice.used``: a version that is read from here on."""
    left_out = [str(one) for one in body.get("left_out", [])]
    writing.execute(
        schema.notice_use.insert()
        .prefix_with("OR REPLACE")
        .values(
            log_index=index,
            kind=SessionKind(body["kind"]),
            name=str(body["notice"]),
            left_out=msgspec.json.encode(left_out).decode(),
            by_name=str(body.get("by_name", "")),
            t_us=t_us,
        )
    )


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "notice.set": _set,
    "notice.used": _used,
}
