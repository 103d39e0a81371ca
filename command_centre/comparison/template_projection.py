"""What entries of the centre's log mean for templates of points the agency words itself; used by
the book.

The same entries give the same rows, as they are written or read again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from command_centre.comparison.views import TemplatePoint
from command_centre.db import schema
from command_centre.db.database import Writing

Body = dict[str, Any]


def _set(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``point_template.set``: a new version, offered from here on."""
    points = msgspec.json.decode(body["points"], type=tuple[TemplatePoint, ...])
    if not points or not body["title"] or not body["kind"]:
        raise ValueError("a template has a name and points")
    writing.execute(
        schema.point_template_version.insert()
        .prefix_with("OR IGNORE")
        .values(
            name=str(body["template"]),
            kind=str(body["kind"]),
            number=int(body["number"]),
            title=str(body["title"]),
            title_en=str(body.get("title_en", "")),
            points=msgspec.json.encode(points).decode(),
            by_name=str(body.get("by_name", "")),
            t_us=t_us,
            log_index=index,
        )
    )
    _used(writing, index, t_us, body)


def _used(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``point_template.used``: a version that is offered from here on."""
    if not body["template"]:
        raise ValueError("a use names a version")
    _use(writing, index, t_us, body, name=str(body["template"]))


def _withdrawn(writing: Writing, index: int, t_us: int, body: Body) -> None:
    """``point_template.withdrawn``: the kind is offered no more; its versions stay."""
    _use(writing, index, t_us, body, name="")


def _use(writing: Writing, index: int, t_us: int, body: Body, *, name: str) -> None:
    wording = [str(one) for one in body.get("wording", [])]
    writing.execute(
        schema.point_template_use.insert()
        .prefix_with("OR REPLACE")
        .values(
            log_index=index,
            kind=str(body["kind"]),
            name=name,
            wording=msgspec.json.encode(wording).decode(),
            by_name=str(body.get("by_name", "")),
            t_us=t_us,
        )
    )


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "point_template.set": _set,
    "point_template.used": _used,
    "point_template.withdrawn": _withdrawn,
}
