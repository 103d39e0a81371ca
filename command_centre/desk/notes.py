"""Notes tied to a moment of a recording: an entry of the centre's log first, then a row.

A note can be taken back by who wrote it, or by a manager; that is an entry, too. The words stay in
the log and in the list, marked as withdrawn: nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.words import Role

NOTES_MAX = 5000  # of one case, withdrawn ones included
_CHARACTERS = 1000


class NoteRequest(View, frozen=True):
    """A note to a moment of a session; ``source`` may be empty."""

    session: str
    at_us: int
    text: str
    source: str = ""


class NoteView(View, frozen=True):
    """A note. A withdrawn one keeps its words."""

    id: str
    session: str
    source: str
    at_us: int
    text: str
    made_us: int
    by_name: str
    own: bool  # written by who is asking
    withdrawn_us: int | None
    withdrawn_by: str


class NoteList(View, frozen=True):
    """In the order of their moments."""

    notes: list[NoteView]


class Notes:
    """Takes notes; used on the event loop. One per centre."""

    def __init__(self, database: Database, book: CaseBook) -> None:
        self._database = database
        self._book = book

    async def add(self, caller: Caller, case: str, asked: NoteRequest) -> NoteList:
        """Write a note.

        Raises:
            Rejected: ``bad_text``, ``unknown_session``, ``unknown_source``, ``bad_moment``,
                ``wrong_room``, ``too_many_notes``.
        """
        text = asked.text.strip()
        if not 1 <= len(text) <= _CHARACTERS:
            raise Rejected("bad_text", f"a note has 1 to {_CHARACTERS} characters")

        def ready(connection: Connection) -> dict[str, Any]:
            _require_moment(connection, caller, case, asked)
            table = schema.note
            count = select(func.count()).where(table.c.case_id == case)
            if connection.execute(count).scalar_one() >= NOTES_MAX:
                raise Rejected("too_many_notes", f"a case has at most {NOTES_MAX} notes")
            return {
                "case": case,
                "session": asked.session,
                "source": asked.source,
                "note": short_id("n"),
                "at_us": asked.at_us,
                "text": text,
            }

        await self._book.act("note.added", _by(caller), ready)
        return await self.of_sessions(caller, case, [asked.session])

    async def withdraw(self, caller: Caller, case: str, note: str) -> NoteList:
        """Take a note back; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_note``, ``not_yours``, ``wrong_room``.
        """
        session = ""

        def ready(connection: Connection) -> dict[str, Any] | None:
            nonlocal session
            table = schema.note
            row = connection.execute(
                select(table).where(table.c.case_id == case, table.c.id == note)
            ).one_or_none()
            if row is None:
                raise Rejected("unknown_note", "there is no such note in this case")
            session = row.session_id
            _require_session(connection, caller, case, session)
            if row.by_account != caller.account_id and caller.role is not Role.MANAGER:
                raise Rejected("not_yours", "a note is taken back by who wrote it, or a manager")
            if row.withdrawn_us is not None:
                return None
            return {"case": case, "session": session, "note": note}

        await self._book.act("note.withdrawn", _by(caller), ready)
        return await self.of_sessions(caller, case, [session])

    async def of_sessions(self, caller: Caller, case: str, sessions: Collection[str]) -> NoteList:
        """The notes of sessions of a case."""
        return await self._database.read(
            lambda connection: NoteList(notes=read_notes(connection, caller, case, sessions))
        )


def read_notes(
    connection: Connection, caller: Caller, case: str, sessions: Collection[str]
) -> list[NoteView]:
    """The notes of sessions of a case, withdrawn ones included."""
    table = schema.note
    found = connection.execute(
        select(table)
        .where(table.c.case_id == case, table.c.session_id.in_(sessions))
        .order_by(table.c.at_us, table.c.log_index)
    )
    return [
        NoteView(
            id=row.id,
            session=row.session_id,
            source=row.source_id,
            at_us=row.at_us,
            text=row.text,
            made_us=row.made_us,
            by_name=row.by_name,
            own=row.by_account == caller.account_id,
            withdrawn_us=row.withdrawn_us,
            withdrawn_by=row.withdrawn_by,
        )
        for row in found
    ]


def _require_session(connection: Connection, caller: Caller, case: str, session: str) -> Any:
    table = schema.session
    row = connection.execute(
        select(table).where(table.c.id == session, table.c.case_id == case)
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_session", "there is no such session")
    caller.require_room(row.room_id)
    return row


def _require_moment(connection: Connection, caller: Caller, case: str, asked: NoteRequest) -> None:
    row = _require_session(connection, caller, case, asked.session)
    if asked.at_us < row.opened_us or (row.closed_us is not None and asked.at_us > row.closed_us):
        raise Rejected("bad_moment", "the moment lies outside the session")
    if asked.source:
        table = schema.recording
        known = connection.execute(
            select(table.c.source_id).where(
                table.c.session_id == asked.session, table.c.source_id == asked.source
            )
        ).scalar()
        if known is None:
            raise Rejected("unknown_source", "this source recorded nothing in this session")


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
