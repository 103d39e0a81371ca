"""The record of a session as a desk opens it: text, what was said since, documents, evidence.

Reads only; the parts are made in record_text.py, record_notes.py and record_views.py.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.english_names import english_people, english_rooms
from command_centre.desk.record_drafts import drafted_us
from command_centre.desk.record_header import form_of
from command_centre.desk.record_notes import evidence_of
from command_centre.desk.record_said import microphones_of
from command_centre.desk.record_text import fresh_lines, latest_text
from command_centre.desk.record_views import RecordView, documents_of
from command_centre.desk.views import SessionSummary


def record_view(connection: Connection, summary: SessionSummary, now_us: int) -> RecordView:
    """The record of a session: its text as it stands, and what was made of it."""
    text = latest_text(connection, summary, now_us)
    table = schema.session
    found = connection.execute(select(table.c.case_id).where(table.c.id == summary.id)).scalar()
    case = str(found or "")
    rooms = english_rooms(connection, [summary.room])
    people = english_people(connection, [case], [summary.person_name])
    return RecordView(
        session=summary.id,
        case=case,
        room=summary.room,
        room_name=summary.room_name,
        room_name_en=rooms.get((summary.room, summary.room_name), ""),
        person_name=summary.person_name,
        person_name_en=people.get((case, summary.person_name), ""),
        form=form_of(summary.kind),
        open=summary.closed_us is None,
        version=text.version,
        by_name=text.by_name,
        saved_us=text.t_us,
        drafted_us=drafted_us(connection, summary),
        header=text.header,
        lines=text.lines,
        evidence=evidence_of(connection, summary.id, case),
        fresh=fresh_lines(connection, summary.id, text.until_us),
        microphones=microphones_of(connection, summary.id),
        documents=documents_of(connection, session=summary.id),
    )
