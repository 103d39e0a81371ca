"""Templates of points as they are read: what each kind offers now, and the versions of one kind.

Reads no more than is asked for: of every kind the version in use, of one kind a page of its
versions. A version of the file that is no longer there (another file is named, or came with a newer
programme) gives way to the file's own of today. Nothing is written here (kept_templates.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.comparison.template_check import TemplateText
from command_centre.comparison.templates import OWN, Templates
from command_centre.comparison.views import Template, TemplatePoint
from command_centre.db import schema
from command_centre.desk.views import View
from command_centre.errors import Rejected

HISTORY_PAGE = 20
_versions, _use = schema.point_template_version, schema.point_template_use


class TemplateUse(View, frozen=True):
    """Once that a version was put to use."""

    by_name: str
    t_us: int
    wording: list[str]  # pointed out then and kept: POINT.FIELD.CATEGORY


class TemplateVersion(View, frozen=True):
    """One version of a template, in full."""

    version: str  # within its kind
    number: int  # of the agency's own, from 1; 0: it came with the programme
    shipped: bool
    name: str
    name_en: str
    points: list[TemplatePoint]
    by_name: str  # empty: it came with the programme
    t_us: int
    uses: list[TemplateUse]  # the newest first; of a kind among others the last one only

    @property
    def text(self) -> TemplateText:
        """What it says."""
        points = tuple(self.points)
        return TemplateText(name=self.name, name_en=self.name_en, points=points)


class KeptTemplate(View, frozen=True):
    """A kind of violation."""

    id: str
    shipped: bool  # the kind came with the programme
    in_use: TemplateVersion  # what is offered, or was until the kind was withdrawn
    withdrawn_us: int | None
    withdrawn_by: str


class TemplateHistory(View, frozen=True):
    """Versions of one kind, the newest first, the shipped one last."""

    versions: list[TemplateVersion]
    more: bool  # there are older ones


def kept(connection: Connection, shipped: Templates, kind: str = "") -> list[KeptTemplate]:
    """Every kind with the version in use, withdrawn ones too; those of the file first.

    With ``kind``: that one, if there is one.
    """
    own = _newest(connection, kind)
    came = {one.id: one for one in shipped.template if kind in ("", one.id)}
    last, used = _last_uses(connection, kind), _last_uses(connection, kind, named=True)
    rows = _rows(connection, [*(row.name for row in used.values()), *own.values()])
    found = []
    for one in (*came, *(name for name in own if name not in came)):
        gone = last[one] if one in last and not last[one].name else None
        now = _in_use(rows, own.get(one, ""), came.get(one), shipped.version, used.get(one))
        found.append(
            KeptTemplate(
                id=one,
                shipped=one in came,
                in_use=now,
                withdrawn_us=gone.t_us if gone is not None else None,
                withdrawn_by=gone.by_name if gone is not None else "",
            )
        )
    return found


def kept_kind(connection: Connection, shipped: Templates, kind: str) -> KeptTemplate:
    """One kind.

    Raises:
        Rejected: ``unknown_template``.
    """
    found = kept(connection, shipped, kind) if kind else []
    if not found:
        raise Rejected("unknown_template", "there is no such template")
    return found[0]


def history(
    connection: Connection, shipped: Templates, kind: str, *, before: int | None, limit: int
) -> TemplateHistory:
    """A page of a kind's versions: those with a number below ``before``.

    Raises:
        Rejected: ``unknown_template``.
    """
    kept_kind(connection, shipped, kind)
    wanted = select(_versions.c.name).where(_versions.c.kind == kind)
    if before is not None:
        wanted = wanted.where(_versions.c.number < before)
    wanted = wanted.order_by(_versions.c.number.desc()).limit(limit + 1)
    names = list(connection.execute(wanted).scalars())
    more, rows = len(names) > limit, _rows(connection, names[:limit])
    versions = [_own_version(rows[name], _uses(connection, name)) for name in names[:limit]]
    if not more and (came := shipped.find(kind)) is not None:
        uses = _uses(connection, f"{kind}/{shipped.version}")
        versions.append(_shipped_version(came, shipped.version, uses))
    return TemplateHistory(versions=versions, more=more)


def version_named(
    connection: Connection, shipped: Templates, kind: str, version: str
) -> TemplateVersion | None:
    """One version of a kind."""
    name, came = f"{kind}/{version}", shipped.find(kind)
    if row := _rows(connection, [name]).get(name):
        return _own_version(row, _uses(connection, name))
    if came is not None and version == shipped.version:
        return _shipped_version(came, version, _uses(connection, name))
    return None


def last_number(connection: Connection, kind: str) -> int:
    """Of the newest version of the agency's own; 0: there is none."""
    wanted = select(func.max(_versions.c.number)).where(_versions.c.kind == kind)
    return connection.execute(wanted).scalar() or 0


def _in_use(
    rows: dict[str, Row[Any]],
    newest: str,
    came: Template | None,
    version: str,
    used: Row[Any] | None,
) -> TemplateVersion:
    """The version put to use last; else the file's, else the newest."""
    name, uses = (used.name, [used]) if used is not None else ("", [])
    if name in rows:
        return _own_version(rows[name], uses)
    if came is None:
        return _own_version(rows[newest], [])
    return _shipped_version(came, version, uses if name == f"{came.id}/{version}" else [])


def _own_version(row: Row[Any], uses: list[Row[Any]]) -> TemplateVersion:
    return TemplateVersion(
        version=row.name.rpartition("/")[2],
        number=row.number,
        shipped=False,
        name=row.title,
        name_en=row.title_en,
        points=msgspec.json.decode(row.points, type=list[TemplatePoint]),
        by_name=row.by_name,
        t_us=row.t_us,
        uses=list(map(_use_of, uses)),
    )


def _shipped_version(came: Template, version: str, uses: list[Row[Any]]) -> TemplateVersion:
    return TemplateVersion(
        version=version,
        number=0,
        shipped=True,
        name=came.name,
        name_en=came.name_en,
        points=list(came.points),
        by_name="",
        t_us=0,
        uses=list(map(_use_of, uses)),
    )


def _use_of(row: Row[Any]) -> TemplateUse:
    wording = msgspec.json.decode(row.wording, type=list[str])
    return TemplateUse(by_name=row.by_name, t_us=row.t_us, wording=wording)


def _newest(connection: Connection, kind: str) -> dict[str, str]:
    """Name of the newest version of the agency's own, by kind; kinds as they were added."""
    table = _versions
    wanted = select(table.c.kind, func.max(table.c.number).label("number")).group_by(table.c.kind)
    if kind:
        wanted = wanted.where(table.c.kind == kind)
    found = connection.execute(wanted.order_by(func.min(table.c.log_index), table.c.kind))
    return {row.kind: f"{row.kind}/{OWN}{row.number}" for row in found}


def _last_uses(connection: Connection, kind: str, *, named: bool = False) -> dict[str, Row[Any]]:
    """The last time that something was put to use, by kind, or withdrawn (not with ``named``)."""
    last = select(func.max(_use.c.log_index)).group_by(_use.c.kind)
    if kind:
        last = last.where(_use.c.kind == kind)
    if named:
        last = last.where(_use.c.name != "")
    rows = connection.execute(select(_use).where(_use.c.log_index.in_(last)))
    return {row.kind: row for row in rows}


def _uses(connection: Connection, name: str) -> list[Row[Any]]:
    """Every time that a version was put to use, the newest first."""
    kind = name.rpartition("/")[0]
    wanted = select(_use).where(_use.c.kind == kind, _use.c.name == name)
    return list(connection.execute(wanted.order_by(_use.c.log_index.desc())))


def _rows(connection: Connection, names: Iterable[str]) -> dict[str, Row[Any]]:
    """Versions of the agency's own in full; those that there are."""
    wanted = select(_versions).where(_versions.c.name.in_(list(names)))
    return {row.name: row for row in connection.execute(wanted)}
