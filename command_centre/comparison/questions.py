"""Neutral questions that a case manager picks for a prompt: those shipped with the templates of
points, and the agency's own.

A question is never deleted. Changing it makes a version; earlier ones stay. One that is withdrawn
is offered no more and can be taken back. A shipped question (version 1) is changed and withdrawn
like any other: what is kept here stands before the file. Each act is an entry of the centre's log
first (``question.set``, ``question.withdrawn``).

Wording that may lead or threaten, in either language, is pointed out and kept only when the person
names the hints they were shown (``despite``); the entry and the version then name them too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.comparison.book import CaseBook
from command_centre.comparison.kept_wording import KeptWording
from command_centre.comparison.templates import Templates
from command_centre.comparison.views import Hint
from command_centre.comparison.wording_check import PlacedHint, agreed, check
from command_centre.comparison.wording_rules import Rules
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id

MAX_CHARACTERS = 200
MAX_TOPIC = 40
QUESTIONS_MAX = 500  # of the agency's own


class QuestionView(View, frozen=True):
    """A question as it is offered."""

    id: str
    version: int
    text_zh: str
    text_en: str
    topic: str
    topic_en: str
    shipped: bool  # as it came with the programme, unchanged


class QuestionVersion(View, frozen=True):
    """One version of a question."""

    version: int
    text_zh: str
    text_en: str
    topic: str
    topic_en: str
    by_name: str
    t_us: int
    wording: list[str]  # pointed out then and kept: FIELD.CATEGORY, of old entries FIELD alone


class KeptQuestion(View, frozen=True):
    """A question with what it was before."""

    now: QuestionView
    withdrawn_us: int | None
    versions: list[QuestionVersion]  # the newest first; none of a shipped one that is unchanged


class QuestionText(msgspec.Struct, frozen=True, kw_only=True):
    """What a question says."""

    text_zh: str
    text_en: str = ""
    topic: str = ""
    topic_en: str = ""


class Questions:
    """Used on the event loop; one per centre."""

    def __init__(
        self, database: Database, book: CaseBook, templates: Templates, wording: KeptWording
    ) -> None:
        self._database = database
        self._book = book
        self._wording = wording
        self._shipped = {one.id: one for one in _shipped(templates)}

    async def offered(self) -> list[QuestionView]:
        """What may be picked now, by topic."""
        return [one.now for one in await self.kept() if one.withdrawn_us is None]

    async def has_version(self, question: str, version: int) -> bool:
        """Whether there is or was such a wording; a withdrawn question still counts."""
        return any(
            one.now.id == question
            and version in (one.now.version, *(older.version for older in one.versions))
            for one in await self.kept()
        )

    async def kept(self) -> list[KeptQuestion]:
        """Every question there is, by topic."""
        return await self._database.read(lambda connection: _kept(connection, self._shipped))

    async def hints_for(self, text: str) -> list[Hint]:
        """What may lead or press in a wording."""
        return check(text.strip(), rules=await self._wording.rules())

    async def set(
        self, caller: Caller, question: str, said: QuestionText, *, despite: Collection[str]
    ) -> KeptQuestion:
        """Add a question (no id) or make its next version; the same again changes nothing.

        Raises:
            Rejected: ``bad_text``, ``unknown_question``, ``leading_wording`` with ``hints`` of
                which one is not in ``despite``, ``too_many_questions``, ``log_unavailable``.
        """
        said, rules = _checked(said), await self._wording.rules()
        name = question or short_id("qt")

        def ready(connection: Connection) -> dict[str, Any] | None:
            before = self._find(connection, question) if question else None
            if before is None and _own(connection) >= QUESTIONS_MAX:
                raise Rejected("too_many_questions", f"at most {QUESTIONS_MAX} of one's own")
            if before is not None and before.withdrawn_us is None and _text(before.now) == said:
                return None
            return {
                "question": name,
                "version": before.now.version + 1 if before else 1,
                "wording": agreed(_hints_in(said, rules), despite=despite),
                **msgspec.to_builtins(said),
            }

        await self._book.act("question.set", _by(caller), ready)
        return await self._require(name)

    async def withdraw(self, caller: Caller, question: str) -> KeptQuestion:
        """Offer a question no more; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_question``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            before = self._find(connection, question)
            if before.withdrawn_us is not None:
                return None
            return {
                "question": question,
                "version": before.now.version,
                **msgspec.to_builtins(_text(before.now)),
            }

        await self._book.act("question.withdrawn", _by(caller), ready)
        return await self._require(question)

    async def restore(
        self, caller: Caller, question: str, *, despite: Collection[str]
    ) -> KeptQuestion:
        """Offer a withdrawn question again, as its next version.

        Raises:
            Rejected: ``unknown_question``, ``leading_wording``, ``log_unavailable``.
        """
        before = await self._require(question)
        if before.withdrawn_us is None:
            return before
        return await self.set(caller, question, _text(before.now), despite=despite)

    async def _require(self, question: str) -> KeptQuestion:
        return await self._database.read(lambda connection: self._find(connection, question))

    def _find(self, connection: Connection, question: str) -> KeptQuestion:
        rows = _rows(connection, question)
        found = _one(rows) if rows else _unchanged(self._shipped.get(question))
        if found is None:
            raise Rejected("unknown_question", "there is no such question")
        return found


def _hints_in(said: QuestionText, rules: Rules) -> list[PlacedHint]:
    """What may lead or press whoever is asked, in either language."""
    return [
        PlacedHint(field=field, hint=hint)
        for field, text in (("text_zh", said.text_zh), ("text_en", said.text_en))
        for hint in check(text, rules=rules)
    ]


def _shipped(templates: Templates) -> Iterator[QuestionView]:
    for template in templates.template:
        for number, point in enumerate(template.points, 1):
            yield QuestionView(
                id=f"{template.id}-{number}",
                version=1,
                text_zh=point.question,
                text_en=point.question_en,
                topic=template.name,
                topic_en=template.name_en,
                shipped=True,
            )


def _checked(said: QuestionText) -> QuestionText:
    stripped = {key: value.strip() for key, value in msgspec.structs.asdict(said).items()}
    if not 1 <= len(stripped["text_zh"]) <= MAX_CHARACTERS:
        raise Rejected("bad_text", f"a question has 1 to {MAX_CHARACTERS} characters")
    if len(stripped["text_en"]) > MAX_CHARACTERS:
        raise Rejected("bad_text", f"its English has at most {MAX_CHARACTERS} characters")
    if max(len(stripped["topic"]), len(stripped["topic_en"])) > MAX_TOPIC:
        raise Rejected("bad_text", f"a topic has at most {MAX_TOPIC} characters")
    return QuestionText(**stripped)


def _rows(connection: Connection, question: str | None = None) -> list[Row[Any]]:
    table = schema.question
    wanted = select(table).order_by(table.c.id, table.c.version.desc())
    if question is not None:
        wanted = wanted.where(table.c.id == question)
    return list(connection.execute(wanted))


def _own(connection: Connection) -> int:
    return int(connection.execute(select(func.count(schema.question.c.id.distinct()))).scalar_one())


def _kept(connection: Connection, shipped: dict[str, QuestionView]) -> list[KeptQuestion]:
    by_id: dict[str, list[Row[Any]]] = {}
    for row in _rows(connection):
        by_id.setdefault(row.id, []).append(row)
    changed = {name: _one(rows) for name, rows in by_id.items()}
    own = [one for name, one in changed.items() if name not in shipped]
    rest = [changed.get(name) or _unchanged(one) for name, one in shipped.items()]
    return sorted(own, key=lambda one: one.now.topic) + [one for one in rest if one is not None]


def _one(rows: list[Row[Any]]) -> KeptQuestion:
    last = rows[0]
    return KeptQuestion(
        now=QuestionView(
            id=last.id,
            version=last.version,
            text_zh=last.text_zh,
            text_en=last.text_en,
            topic=last.topic,
            topic_en=last.topic_en,
            shipped=False,
        ),
        withdrawn_us=last.withdrawn_us,
        versions=[
            QuestionVersion(
                version=row.version,
                text_zh=row.text_zh,
                text_en=row.text_en,
                topic=row.topic,
                topic_en=row.topic_en,
                by_name=row.by_name,
                t_us=row.t_us,
                wording=msgspec.json.decode(row.wording, type=list[str]),
            )
            for row in rows
        ],
    )


def _unchanged(shipped: QuestionView | None) -> KeptQuestion | None:
    return None if shipped is None else KeptQuestion(now=shipped, withdrawn_us=None, versions=[])


def _text(question: QuestionView) -> QuestionText:
    return QuestionText(
        text_zh=question.text_zh,
        text_en=question.text_en,
        topic=question.topic,
        topic_en=question.topic_en,
    )


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
