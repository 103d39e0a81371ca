"""Templates of points as the agency keeps them: its own versions beside those that came with the
programme, and kinds of violation of its own.

A version is never changed or deleted; another wording is the next version. The one put to use last
is offered to case managers from then on; points already in a case stay as they were taken. A kind
that was withdrawn is offered no more until one of its versions is put to use. Each act is an entry
of the centre's log first (``point_template.set``, ``.used``, ``.withdrawn``). Whoever puts a
version to use says what they have ``seen`` in use (empty: withdrawn), so that nobody replaces what
somebody else did meanwhile without knowing of it.

A version of the file that is no longer there (another file is named, or came with a newer
programme) gives way to the file's own of today. What may lead or press is pointed out and kept
only when the person names it (``despite``); the entry then names it too. The questions that are
picked for prompts (``questions``) are kept for themselves: another wording here does not change
them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.comparison.book import CaseBook
from command_centre.comparison.kept_wording import KeptWording
from command_centre.comparison.template_check import TemplateText, agreed, checked
from command_centre.comparison.templates import OWN, Templates
from command_centre.comparison.views import Template, TemplatePoint
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id

KINDS_MAX = 100  # of the agency's own, withdrawn ones included
VERSIONS_MAX = 100  # of the agency's own, of one kind


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
    uses: list[TemplateUse]  # the newest first


class KeptTemplate(View, frozen=True):
    """A kind of violation with every version of its points."""

    id: str
    shipped: bool  # the kind came with the programme
    in_use: str  # the version that is offered, or was until the kind was withdrawn
    withdrawn_us: int | None
    withdrawn_by: str
    versions: list[TemplateVersion]  # the newest first, the shipped one last


class OfferedTemplate(View, frozen=True):
    """What a case manager may take points from."""

    id: str
    version: str
    name: str
    name_en: str
    points: list[TemplatePoint]


class KeptTemplates:
    """Used on the event loop; one per centre."""

    def __init__(
        self, database: Database, book: CaseBook, shipped: Templates, wording: KeptWording
    ) -> None:
        self._database = database
        self._book = book
        self._wording = wording
        self._shipped = shipped

    async def offered(self) -> list[OfferedTemplate]:
        """The version in use of every kind that is not withdrawn."""
        found = await self.kept()
        return [_offered(one) for one in found if one.withdrawn_us is None]

    async def kept(self) -> list[KeptTemplate]:
        """Every kind with every version, withdrawn ones too; those of the file first."""
        return await self._database.read(lambda connection: _kept(connection, self._shipped))

    async def find(self, kind: str, version: str = "") -> OfferedTemplate:
        """What is offered of a kind; with ``version``: that, and nothing newer.

        Raises:
            Rejected: ``unknown_template``; ``template_changed``: another version is in use.
        """
        found = next((one for one in await self.offered() if one.id == kind), None)
        if found is None:
            raise Rejected("unknown_template", "there is no such template")
        if version and version != found.version:
            raise Rejected(
                "template_changed",
                f"version {found.version} is in use now; look at its points and take them again",
            )
        return found

    async def add(
        self, caller: Caller, said: TemplateText, *, despite: Collection[str]
    ) -> KeptTemplate:
        """Add a kind of the agency's own.

        Raises:
            Rejected: ``bad_template_text``, ``leading_wording``, ``template_exists``,
                ``too_many_templates``, ``log_unavailable``.
        """
        return await self._word(caller, "", said, seen="", despite=despite)

    async def set(
        self, caller: Caller, kind: str, said: TemplateText, *, seen: str, despite: Collection[str]
    ) -> KeptTemplate:
        """Make the next version and put it to use; the words in use again change nothing.

        Raises:
            Rejected: ``unknown_template``, ``bad_template_text``, ``template_changed``,
                ``leading_wording`` with ``hints`` where the person has not said ``despite``,
                ``template_exists``, ``too_many_templates``, ``log_unavailable``.
        """
        return await self._word(caller, kind, said, seen=seen, despite=despite)

    async def use(
        self, caller: Caller, kind: str, version: str, *, seen: str, despite: Collection[str]
    ) -> KeptTemplate:
        """Offer a version from now on, and a withdrawn kind again; the one offered: no change.

        Raises:
            Rejected: ``unknown_template``, ``template_changed``, ``leading_wording``,
                ``template_exists``, ``log_unavailable``.
        """
        rules = await self._wording.rules()

        def ready(connection: Connection) -> dict[str, Any] | None:
            every = _kept(connection, self._shipped)
            found = _require(every, kind)
            wanted = next((one for one in found.versions if one.version == version), None)
            if wanted is None:
                raise Rejected("unknown_template", "there is no such version of this template")
            if found.withdrawn_us is None and found.in_use == version:
                return None
            _refuse_unseen(found, seen)
            text = _text(wanted)
            _refuse_namesake(every, kind, text)
            wording = agreed(text.points, rules, despite=despite)
            return _body(kind, version, text) | {"wording": wording}

        await self._book.act("point_template.used", _by(caller), ready)
        return await self._one(kind)

    async def withdraw(self, caller: Caller, kind: str) -> KeptTemplate:
        """Offer a kind no more; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_template``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            found = _require(_kept(connection, self._shipped), kind)
            if found.withdrawn_us is not None:
                return None
            return {"kind": kind, "template": f"{kind}/{found.in_use}"}

        await self._book.act("point_template.withdrawn", _by(caller), ready)
        return await self._one(kind)

    async def _word(
        self, caller: Caller, kind: str, said: TemplateText, *, seen: str, despite: Collection[str]
    ) -> KeptTemplate:
        said, rules = checked(said), await self._wording.rules()
        name = kind or short_id("vk")

        def ready(connection: Connection) -> dict[str, Any] | None:
            every = _kept(connection, self._shipped)
            number = _next_number(every, kind, said)
            if number is None:
                return None
            if kind:
                _refuse_unseen(_require(every, kind), seen)
            _refuse_namesake(every, kind, said)
            wording = agreed(said.points, rules, despite=despite)
            return _body(name, f"{OWN}{number}", said) | {
                "number": number,
                "wording": wording,
                "title": said.name,
                "title_en": said.name_en,
                "points": msgspec.json.encode(said.points).decode(),
            }

        await self._book.act("point_template.set", _by(caller), ready)
        return await self._one(name)

    async def _one(self, kind: str) -> KeptTemplate:
        return _require(await self.kept(), kind)


def _next_number(every: list[KeptTemplate], kind: str, said: TemplateText) -> int | None:
    """The number of the version to be made; None: it says what is offered already."""
    if not kind:
        if sum(not one.shipped for one in every) >= KINDS_MAX:
            raise Rejected("too_many_templates", f"at most {KINDS_MAX} kinds of one's own")
        return 1
    found = _require(every, kind)
    if found.withdrawn_us is None and _text(_in_use(found)) == said:
        return None
    number = max(one.number for one in found.versions) + 1
    if number > VERSIONS_MAX:
        raise Rejected("too_many_templates", f"at most {VERSIONS_MAX} versions of one's own")
    return number


def _refuse_unseen(found: KeptTemplate, seen: str) -> None:
    """What is in use now is what the person looked at; ``now`` says it otherwise."""
    now = found.in_use if found.withdrawn_us is None else ""
    if seen != now:
        is_now = f"version {now} is in use" if now else "it is withdrawn"
        was = f"version {seen}" if seen else "a withdrawn kind"
        raise Rejected(
            "template_changed", f"{is_now} now, this was made from {was}; look at it first", now=now
        )


def _refuse_namesake(every: list[KeptTemplate], kind: str, said: TemplateText) -> None:
    """Two kinds of one name could not be told apart where points are taken."""
    others = (one for one in every if one.id != kind and one.withdrawn_us is None)
    if any(_in_use(one).name == said.name for one in others):
        raise Rejected("template_exists", "another kind of violation has this name")


def _require(every: list[KeptTemplate], kind: str) -> KeptTemplate:
    found = next((one for one in every if one.id == kind), None)
    if found is None:
        raise Rejected("unknown_template", "there is no such template")
    return found


def _kept(connection: Connection, shipped: Templates) -> list[KeptTemplate]:
    own, uses = _own(connection), _uses(connection)
    came = {one.id: one for one in shipped.template}
    return [
        _one_kind(kind, own.get(kind, []), uses.get(kind, []), came.get(kind), shipped.version)
        for kind in (*came, *(kind for kind in own if kind not in came))
    ]


def _one_kind(
    kind: str,
    own: list[Row[Any]],
    uses: list[Row[Any]],
    came: Template | None,
    shipped_version: str,
) -> KeptTemplate:
    versions = [_own_version(row, uses) for row in own]
    if came is not None:
        versions.append(_shipped_version(came, shipped_version, uses))
    known = {f"{kind}/{one.version}": one.version for one in versions}
    last = next((row.name for row in uses if row.name), "")
    # none was put to use, or one of a file that is no longer there: that of today's file
    rest = versions[-1] if came is not None else versions[0]
    gone = uses[0] if uses and not uses[0].name else None
    return KeptTemplate(
        id=kind,
        shipped=came is not None,
        in_use=known.get(last, rest.version),
        withdrawn_us=gone.t_us if gone is not None else None,
        withdrawn_by=gone.by_name if gone is not None else "",
        versions=versions,
    )


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
        uses=_uses_of(row.name, uses),
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
        uses=_uses_of(f"{came.id}/{version}", uses),
    )


def _uses_of(name: str, uses: list[Row[Any]]) -> list[TemplateUse]:
    return [
        TemplateUse(
            by_name=row.by_name,
            t_us=row.t_us,
            wording=msgspec.json.decode(row.wording, type=list[str]),
        )
        for row in uses
        if row.name == name
    ]


def _own(connection: Connection) -> dict[str, list[Row[Any]]]:
    """The agency's own versions by kind, the newest first; kinds as they were added."""
    table, found = schema.point_template_version, dict[str, list[Row[Any]]]()
    for row in connection.execute(select(table).order_by(table.c.log_index)):
        found.setdefault(row.kind, []).insert(0, row)
    return found


def _uses(connection: Connection) -> dict[str, list[Row[Any]]]:
    """What was put to use or withdrawn, by kind, the newest first."""
    table, found = schema.point_template_use, dict[str, list[Row[Any]]]()
    for row in connection.execute(select(table).order_by(table.c.log_index.desc())):
        found.setdefault(row.kind, []).append(row)
    return found


def _in_use(kept: KeptTemplate) -> TemplateVersion:
    return next(one for one in kept.versions if one.version == kept.in_use)


def _offered(kept: KeptTemplate) -> OfferedTemplate:
    now = _in_use(kept)
    return OfferedTemplate(
        id=kept.id, version=now.version, name=now.name, name_en=now.name_en, points=now.points
    )


def _text(version: TemplateVersion) -> TemplateText:
    points = tuple(version.points)
    return TemplateText(name=version.name, name_en=version.name_en, points=points)


def _body(kind: str, version: str, said: TemplateText) -> dict[str, Any]:
    return {"kind": kind, "template": f"{kind}/{version}", "text_sha256": text_sha256(said)}


def text_sha256(said: TemplateText) -> str:
    """Of both names and the points as JSON (as in the entry), each ended by a newline."""
    texts = (said.name, said.name_en, msgspec.json.encode(said.points).decode())
    return hashlib.sha256("".join(f"{one}\n" for one in texts).encode()).hexdigest()


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
