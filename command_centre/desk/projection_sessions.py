"""What the opening and closing of a session mean for the database: see ``projection``.

A case or a room that the database does not know is made from what the opening says of it. With a
session end its alarms, its voice line and what anybody may still do about its prompts.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import (
    entries,
    projection_alarms,
    projection_prompts,
    projection_voice,
    protocol,
    rows,
)
from command_centre.desk.entries import Entry, body
from command_centre.desk.session_people import ASKING, attended, joined, people_text
from command_centre.errors import ProjectionError
from config.words import RoomKind, SessionKind


def _opened(writing: Writing, entry: Entry) -> None:
    opened = body(entry, entries.SessionOpen)
    _ensure_room(writing, entry, opened)
    person = next((one for one in opened.people if one.role == "interviewee"), None)
    asking = next((one.name for one in opened.people if one.role in ASKING), "")
    writing.execute(
        schema.session.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=entry.session,
            case_id=opened.case,
            room_id=entry.room,
            room_name=opened.room_name,
            kind=opened.kind,
            person_name=person.name if person else "",
            person_id=person.id if person else "",
            people=people_text(opened.people),
            officer_name=asking,
            opened_us=entry.t_us,
            opened_by=opened.opened_by,
        )
    )
    _announce(writing, entry.session)


def _ensure_room(writing: Writing, entry: Entry, opened: entries.SessionOpen) -> None:
    case = schema.case_file
    writing.execute(
        case.insert()
        .prefix_with("OR IGNORE")
        .values(id=opened.case, number=opened.case_number, name=opened.case_number)
    )
    site = opened.kind == SessionKind.INSPECTION
    writing.execute(
        schema.room.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=entry.room,
            case_id=opened.case,
            name=opened.room_name,
            kind=RoomKind.SITE if site else RoomKind.INTERVIEW,
        )
    )


def _closed(writing: Writing, entry: Entry) -> None:
    closed = body(entry, entries.SessionClose)
    table = schema.session
    writing.execute(
        update(table)
        .where(table.c.id == entry.session)
        .values(closed_us=entry.t_us, closed_by=closed.closed_by, close_reason=closed.reason)
    )
    projection_alarms.end_with_session(writing, entry)
    projection_voice.end_with_session(writing, entry)
    projection_prompts.end_with_session(writing, entry)
    _announce(writing, entry.session)


def _officers(writing: Writing, entry: Entry) -> None:
    """Others ask from now on; whoever asked before stays one of those who were there."""
    now = body(entry, entries.OfficersBody).officers
    table = schema.session
    mine = table.c.id == entry.session
    row = writing.execute(select(table.c.people).where(mine)).one_or_none()
    if row is None:
        raise ProjectionError(f"session {entry.session} was never opened")
    writing.execute(update(table).where(mine).values(people=people_text(joined(row.people, now))))


def _attendants(writing: Writing, entry: Entry) -> None:
    """Others attend from now on; whoever attended before stays, unless named by mistake."""
    said = body(entry, entries.AttendantsBody)
    table = schema.session
    mine = table.c.id == entry.session
    row = writing.execute(select(table.c.people).where(mine)).one_or_none()
    if row is None:
        raise ProjectionError(f"session {entry.session} was never opened")
    if row.people:  # of a session that kept none, who sits in its room is taken
        people = attended(row.people, said.attendants, said.mistaken)
        writing.execute(update(table).where(mine).values(people=people_text(people)))


def _language(writing: Writing, entry: Entry) -> None:
    switched = body(entry, entries.LanguageBody)
    table = schema.session
    writing.execute(
        update(table)
        .where(table.c.id == entry.session)
        .values(
            language=switched.language,
            model=switched.model,
            model_sha256=switched.model_sha256 if switched.model else "",
            model_missing="",
        )
    )
    _announce(writing, entry.session)


def _model_missing(writing: Writing, entry: Entry) -> None:
    said = body(entry, entries.ModelMissing)
    table = schema.session
    chosen = (table.c.id == entry.session, table.c.model_sha256 == said.model_sha256)
    writing.execute(update(table).where(*chosen).values(model_missing=said.why))
    _announce(writing, entry.session)


def _model_back(writing: Writing, entry: Entry) -> None:
    said = body(entry, entries.ModelBack)
    table = schema.session
    chosen = (table.c.id == entry.session, table.c.model_sha256 == said.model_sha256)
    writing.execute(update(table).where(*chosen).values(model_missing=""))
    _announce(writing, entry.session)


def _vocabulary(writing: Writing, entry: Entry) -> None:
    """Its terms are in no log: whoever wrote the entry puts them to its version."""
    said = body(entry, entries.SessionVocabulary)
    table = schema.session
    older = (table.c.id == entry.session, table.c.vocabulary_version < said.version)
    writing.execute(update(table).where(*older).values(vocabulary_version=said.version))


def _announce(writing: Writing, session: str) -> None:
    table = schema.session
    row = writing.execute(select(table).where(table.c.id == session)).one_or_none()
    if row is None:
        raise ProjectionError(f"session {session} was never opened")
    cursor = writing.next_cursor()
    event = protocol.SessionEvent(cursor=cursor, session=rows.summary(row))
    writing.emit(row.case_id, row.room_id, cursor, protocol.encode(event))


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "session.open": _opened,
    "session.close": _closed,
    "officers.changed": _officers,
    "attendants.changed": _attendants,
    "transcription.language": _language,
    "transcription.model_missing": _model_missing,
    "transcription.model_back": _model_back,
    "transcription.vocabulary": _vocabulary,
}
