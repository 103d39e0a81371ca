"""What entries of the centre's log mean for exhibits; used by the book.

The same entries give the same rows, as they are written or read again. An entry of a version that
did not say how large a picture is gives a row of no known size. Files are not looked at here; that
one was destroyed with its recording (``exhibit.destroyed``) changes no row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from command_centre.db import schema
from command_centre.db.database import Writing

Body = dict[str, Any]


def _added(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    """``exhibit.added``: under its number from here on."""
    origin = body.get("origin")
    writing.execute(schema.case_file.insert().prefix_with("OR IGNORE").values(id=str(body["case"])))
    writing.execute(
        schema.exhibit.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=str(body["exhibit"]),
            case_id=str(body["case"]),
            title=str(body["title"]),
            mime=str(body["mime"]),
            sha256=str(body["exhibit_sha256"]),
            size_bytes=int(body["exhibit_size"]),
            by_account=str(body.get("by", "")),
            added_us=t_us,
            number=int(body["number"]),
            kind=str(body.get("form", "")),
            pages=int(body.get("pages", 0)),
            width=int(body.get("width", 0)),
            height=int(body.get("height", 0)),
            origin=msgspec.json.encode(origin).decode() if origin else "",
        )
    )


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {"exhibit.added": _added}
