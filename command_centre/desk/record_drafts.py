"""Drafts: the text of a session made by itself when it closes, and the editable Word document.

Within seconds of the end of a session its text is saved as version 1 (unless an officer has saved
one before), filled into the agency's template, and told in the session's log
(``record.drafted``): which template, and the digest of the file. The file itself is not kept; it
is made again, byte for byte the same, whenever somebody wants it, and each different file is an
entry once.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, exists, func, select

from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.record_contents import Contents
from command_centre.desk.record_notes import marked
from command_centre.desk.record_review import RecordReview
from command_centre.desk.record_text import Text, save_text
from command_centre.desk.retention_ended import ended_sessions
from command_centre.desk.room_acts import notice_view
from command_centre.desk.rows import summary as session_summary
from command_centre.desk.session_log import append_to_session
from command_centre.desk.sessions import read_session
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from command_centre.record.errors import TemplateUnusable
from command_centre.record.word_document import fill, read_template
from command_centre.record.word_values import Beside, values_of
from config.bus import Bus
from config.clock import Clock
from config.settings import Settings

logger = logging.getLogger(__name__)

_LOOK_S = 1.0
#: The last sentences of a session are recognised within a second of its end, and follow its close.
_SETTLE_US = 4_000_000
#: A draft waits so long for an export that is running: its newest entries would not be cosigned.
_HELD_US = 35_000_000
#: Older sessions without a draft were closed by a version that made none; they are left alone.
_BACK_US = 24 * 3600 * 1_000_000
_TEMPLATES = "templates"


@dataclass(frozen=True)
class Draft:
    """A Word document."""

    name: str
    data: bytes
    sha256: str


class RecordDrafts:
    """One per centre; used on the event loop."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        follower: Follower,
        clock: Clock,
        settings: Settings,
        contents: Contents,
        review: RecordReview,
        idle: Callable[[], bool] = lambda: True,
    ) -> None:
        self._idle = idle
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._folder = settings.store_path / _TEMPLATES
        self._contents = contents
        self._review = review
        self._passed: set[str] = set()  # sessions in which nothing was said

    async def run(self) -> None:
        """Make the draft of every session that has closed, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> int:
        """Make the drafts that are due; returns how many were made."""
        now_us = self._clock.now_us()
        due = await self._database.read(lambda connection: _due(connection, now_us))
        made = 0
        for summary in due:
            late = (summary.closed_us or 0) < now_us - _HELD_US
            if summary.id in self._passed or not (late or self._idle()):
                continue
            try:
                made += await self._draft(summary)
            except Rejected as error:
                # the recorder or its log is away: tried again at the next look
                logger.warning("the draft of %s waits: %s", summary.id, error.code)
            except TemplateUnusable:
                logger.error("the draft of %s waits: its template cannot be used", summary.id)
                self._passed.add(summary.id)
        return made

    async def document(self, caller: Caller, session: str, *, times: bool) -> Draft:
        """The text as it stands, as a Word document.

        Raises:
            Rejected: ``unknown_session``, ``wrong_room``, ``template_unusable``, or the recorder's.
        """
        summary = await self._database.read(lambda connection: read_session(connection, session))
        if summary is None:
            raise Rejected("unknown_session", "there is no such session")
        caller.require_room(summary.room)
        try:
            return await self._made(summary, times=times, by=(caller.account_id, caller.name))
        except TemplateUnusable as error:
            raise Rejected("template_unusable", str(error)) from error

    async def _draft(self, summary: SessionSummary) -> int:
        text, content = await self._contents.latest(summary)
        if not content.lines:
            self._passed.add(summary.id)
            return 0
        if text.version == 0:
            await self._database.write(lambda writing: _save(writing, summary, text, self._clock))
        await self._made(summary, times=True, by=("", ""), closing=True)
        return 1

    async def _made(
        self, summary: SessionSummary, *, times: bool, by: tuple[str, str], closing: bool = False
    ) -> Draft:
        text, content = await self._contents.latest(summary)
        review = await self._review.of(summary)
        left = [one for one in review.steps if one.state == "open" and not one.optional]
        beside = await self._database.read(
            lambda connection: _beside(connection, summary, [one.name for one in left])
        )
        template = await asyncio.to_thread(read_template, content.form, self._folder)
        values = values_of(content, beside, times=times)
        data = await asyncio.to_thread(fill, template, values)
        sha256 = hashlib.sha256(data).hexdigest()
        known = await self._database.read(lambda connection: _told(connection, summary.id, sha256))
        if closing or not known:
            body = {
                "form": content.form,
                "version": text.version,
                "lines": len(content.lines),
                "template": template.name,
                "template_own": template.own,
                "template_version": template.version,
                "template_sha256": template.sha256,
                "sha256": sha256,
                "size": len(data),
                "steps_missing": [one.key for one in left],
                "by": by[0],
                "by_name": by[1],
            }
            await append_to_session(
                self._bus,
                self._follower,
                key=f"record.drafted:{summary.id}:{sha256}:{int(closing)}",
                kind="record.drafted",
                session=summary.id,
                room=summary.room,
                body=body,
                t_us=self._clock.now_us(),
            )
        return Draft(f"{content.form}-{summary.id}-{text.version}.docx", data, sha256)


def _due(connection: Connection, now_us: int) -> list[SessionSummary]:
    table, entry = schema.session, schema.log_entry
    drafted = exists().where(
        entry.c.session_id == table.c.id,
        entry.c.kind == "record.drafted",
        entry.c.t_us >= table.c.closed_us,
    )
    rows = connection.execute(
        select(table).where(
            table.c.closed_us > now_us - _BACK_US,
            table.c.closed_us < now_us - _SETTLE_US,
            ~drafted,
            table.c.id.not_in(ended_sessions()),
        )
    ).all()
    return [session_summary(row) for row in rows]


def drafted_us(connection: Connection, summary: SessionSummary) -> int | None:
    """When the draft of a closed session was made by itself."""
    table = schema.log_entry
    if summary.closed_us is None:
        return None
    return connection.execute(
        select(func.min(table.c.t_us)).where(
            table.c.session_id == summary.id,
            table.c.kind == "record.drafted",
            table.c.t_us >= summary.closed_us,
        )
    ).scalar()


def _save(writing: Writing, summary: SessionSummary, text: Text, clock: Clock) -> None:
    save_text(
        writing,
        summary,
        base=0,
        header=text.header,
        lines=text.lines,
        by=("", ""),
        now_us=clock.now_us(),
    )


def _told(connection: Connection, session: str, sha256: str) -> bool:
    table = schema.log_entry
    found = connection.execute(
        select(table.c.summary).where(
            table.c.session_id == session, table.c.kind == "record.drafted"
        )
    ).scalars()
    return any(msgspec.json.decode(one).get("sha256") == sha256 for one in found)


def _beside(connection: Connection, summary: SessionSummary, steps: list[str]) -> Beside:
    prompt, step, entry = schema.prompt, schema.prompt_step, schema.log_entry
    asked = connection.execute(
        select(prompt.c.text, step.c.t_us)
        .join(step, step.c.prompt_id == prompt.c.id)
        .where(prompt.c.session_id == summary.id, step.c.state == "issued")
        .order_by(step.c.t_us)
    ).all()
    shown = connection.execute(
        select(entry.c.summary)
        .where(entry.c.session_id == summary.id, entry.c.kind == "exhibit.shown")
        .order_by(entry.c.log_index)
    ).scalars()
    return Beside(
        notice=[one.zh for one in notice_view(connection, summary).lines],
        exhibits=[str(msgspec.json.decode(one).get("title", "")) for one in shown],
        prompts=[(row.t_us, row.text) for row in asked],
        markers=marked(connection, summary.id),
        open_steps=steps,
    )
