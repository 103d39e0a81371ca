"""Templates of points as the agency keeps them: its own versions beside those that came with the
programme, and kinds of violation of its own.

A version is never changed or deleted; another wording is the next version. The one put to use last
is offered to case managers from then on; points already in a case stay as they were taken. A kind
that was withdrawn is offered no more until one of its versions is put to use. Each act is an entry
of the centre's log first (``point_template.set``, ``.used``, ``.withdrawn``). Whoever puts a
version to use says what they have ``seen`` in use (empty: withdrawn), so that nobody replaces what
somebody else did meanwhile without knowing of it.

How they are read stands in template_versions.py. What may lead or press is pointed out and kept
only when the person names it (``despite``); the entry then names it too. The questions that are
picked for prompts (``questions``) are kept for themselves: another wording here does not change
them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection

from command_centre.comparison.book import CaseBook
from command_centre.comparison.kept_wording import KeptWording
from command_centre.comparison.template_check import TemplateText, checked, hints_in
from command_centre.comparison.template_versions import (
    HISTORY_PAGE,
    KeptTemplate,
    TemplateHistory,
    history,
    kept,
    kept_kind,
    last_number,
    version_named,
)
from command_centre.comparison.templates import OWN, Templates
from command_centre.comparison.views import TemplatePoint
from command_centre.comparison.wording_check import agreed
from command_centre.db.database import Database
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id

KINDS_MAX = 100  # of the agency's own, withdrawn ones included
VERSIONS_MAX = 100  # of the agency's own, of one kind


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
        return [_offered(one) for one in await self.kept() if one.withdrawn_us is None]

    async def kept(self) -> list[KeptTemplate]:
        """Every kind with the version in use, withdrawn ones too; those of the file first."""
        return await self._database.read(lambda connection: kept(connection, self._shipped))

    async def history(
        self, kind: str, *, before: int | None = None, limit: int = HISTORY_PAGE
    ) -> TemplateHistory:
        """Versions of a kind, the newest first: those with a number below ``before``.

        Raises:
            Rejected: ``unknown_template``.
        """
        return await self._database.read(
            lambda connection: history(connection, self._shipped, kind, before=before, limit=limit)
        )

    async def find(self, kind: str, version: str = "") -> OfferedTemplate:
        """What is offered of a kind; with ``version``: that, and nothing newer.

        Raises:
            Rejected: ``unknown_template``; ``template_changed``: another version is in use.
        """
        found = await self._one(kind)
        if found.withdrawn_us is not None:
            raise Rejected("unknown_template", "there is no such template")
        now = found.in_use.version
        if version and version != now:
            raise Rejected(
                "template_changed",
                f"version {now} is in use now; look at its points and take them again",
            )
        return _offered(found)

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
            found = kept_kind(connection, self._shipped, kind)
            wanted = version_named(connection, self._shipped, kind, version)
            if wanted is None:
                raise Rejected("unknown_template", "there is no such version of this template")
            if found.withdrawn_us is None and found.in_use.version == version:
                return None
            _refuse_unseen(found, seen)
            text = wanted.text
            _refuse_namesake(kept(connection, self._shipped), kind, text)
            wording = agreed(hints_in(text.points, rules), despite=despite)
            return _body(kind, version, text) | {"wording": wording}

        await self._book.act("point_template.used", _by(caller), ready)
        return await self._one(kind)

    async def withdraw(self, caller: Caller, kind: str) -> KeptTemplate:
        """Offer a kind no more; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_template``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            found = kept_kind(connection, self._shipped, kind)
            if found.withdrawn_us is not None:
                return None
            return {"kind": kind, "template": f"{kind}/{found.in_use.version}"}

        await self._book.act("point_template.withdrawn", _by(caller), ready)
        return await self._one(kind)

    async def _word(
        self, caller: Caller, kind: str, said: TemplateText, *, seen: str, despite: Collection[str]
    ) -> KeptTemplate:
        said, rules = checked(said), await self._wording.rules()
        name = kind or short_id("vk")

        def ready(connection: Connection) -> dict[str, Any] | None:
            every = kept(connection, self._shipped)
            if kind:
                found = kept_kind(connection, self._shipped, kind)
                if found.withdrawn_us is None and found.in_use.text == said:
                    return None  # it says what is offered already
                number = _next_number(connection, kind)
                _refuse_unseen(found, seen)
            else:
                number = _first_number(every)
            _refuse_namesake(every, kind, said)
            wording = agreed(hints_in(said.points, rules), despite=despite)
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
        return await self._database.read(
            lambda connection: kept_kind(connection, self._shipped, kind)
        )


def _first_number(every: list[KeptTemplate]) -> int:
    """Of a kind that is added."""
    if sum(not one.shipped for one in every) >= KINDS_MAX:
        raise Rejected("too_many_templates", f"at most {KINDS_MAX} kinds of one's own")
    return 1


def _next_number(connection: Connection, kind: str) -> int:
    """Of the version to be made."""
    number = last_number(connection, kind) + 1
    if number > VERSIONS_MAX:
        raise Rejected("too_many_templates", f"at most {VERSIONS_MAX} versions of one's own")
    return number


def _refuse_unseen(found: KeptTemplate, seen: str) -> None:
    """What is in use now is what the person looked at; ``now`` says it otherwise."""
    now = found.in_use.version if found.withdrawn_us is None else ""
    if seen != now:
        is_now = f"version {now} is in use" if now else "it is withdrawn"
        was = f"version {seen}" if seen else "a withdrawn kind"
        raise Rejected(
            "template_changed", f"{is_now} now, this was made from {was}; look at it first", now=now
        )


def _refuse_namesake(every: list[KeptTemplate], kind: str, said: TemplateText) -> None:
    """Two kinds of one name could not be told apart where points are taken."""
    others = (one for one in every if one.id != kind and one.withdrawn_us is None)
    if any(one.in_use.name == said.name for one in others):
        raise Rejected("template_exists", "another kind of violation has this name")


def _offered(one: KeptTemplate) -> OfferedTemplate:
    now = one.in_use
    return OfferedTemplate(
        id=one.id, version=now.version, name=now.name, name_en=now.name_en, points=now.points
    )


def _body(kind: str, version: str, said: TemplateText) -> dict[str, Any]:
    return {"kind": kind, "template": f"{kind}/{version}", "text_sha256": text_sha256(said)}


def text_sha256(said: TemplateText) -> str:
    """Of both names and the points as JSON (as in the entry), each ended by a newline."""
    texts = (said.name, said.name_en, msgspec.json.encode(said.points).decode())
    return hashlib.sha256("".join(f"{one}\n" for one in texts).encode()).hexdigest()


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
