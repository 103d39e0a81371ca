"""The words of one session out of the database, with the names of who spoke them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk import rows
from command_centre.desk.later_readings import LIVE, find_reading, lines_of
from command_centre.desk.record_said import utterances_of
from command_centre.desk.transcript_files import Transcript
from command_centre.desk.views import SessionSummary
from config.words import Speaker


def read_transcript(
    connection: Connection, summary: SessionSummary, reading: str = LIVE
) -> Transcript:
    """Everything a transcript file needs, of the live words or of a later reading.

    Raises:
        Rejected: ``unknown_reading``, ``reading_unfinished``.
    """
    later = None if reading == LIVE else find_reading(connection, summary.id, reading)
    session, case = schema.session, schema.case_file
    row = connection.execute(
        select(case.c.id, case.c.number)
        .join(session, session.c.case_id == case.c.id)
        .where(session.c.id == summary.id)
    ).one()
    return Transcript(
        case=row.id,
        case_number=row.number,
        room_name=summary.room_name,
        session=summary.id,
        opened_us=summary.opened_us,
        names={
            Speaker.INTERVIEWER: "询问人",
            Speaker.INTERVIEWEE: summary.person_name or "被询问人",
        },
        utterances=rows.utterances(connection, utterances_of(connection, summary.id))
        if later is None
        else lines_of(connection, summary, later.id),
        reading=later,
    )
