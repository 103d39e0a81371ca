"""What entries of the centre's log mean for exhibits; used by the book.

The same entries give the same rows, as they are written or read again. An entry of a version that
did not say how large a picture is gives a row of no known size. Files are not looked at here; that
one was destroyed with its recording (``exhibit.destroyed``) changes no row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import select, update

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


def _renamed(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    """``exhibit.renamed``: what it was called is kept, and what was shown keeps that name."""
    table, title = schema.exhibit, str(body["title"])
    row = writing.execute(
        select(table.c.title, table.c.former_titles).where(table.c.id == str(body["exhibit"]))
    ).one_or_none()
    if row is None or row.title == title:
        return
    former = msgspec.json.decode(row.former_titles, type=list[str])
    if row.title not in former:
        former.append(row.title)
    _change(writing, body, title=title, former_titles=msgspec.json.encode(former).decode())


def _withdrawn(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    """``exhibit.withdrawn``: it is shown no more. Its file and number stay."""
    _change(
        writing,
        body,
        withdrawn_us=t_us,
        withdrawn_by=str(body.get("by_name", "")),
        withdrawn_reason=str(body.get("reason", "")),
    )


def _restored(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    """``exhibit.restored``."""
    _change(writing, body, withdrawn_us=None, withdrawn_by="", withdrawn_reason="")


def _change(writing: Writing, body: Body, **values: Any) -> None:
    table = schema.exhibit
    writing.execute(update(table).where(table.c.id == str(body["exhibit"])).values(**values))


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "exhibit.added": _added,
    "exhibit.renamed": _renamed,
    "exhibit.withdrawn": _withdrawn,
    "exhibit.restored": _restored,
}
