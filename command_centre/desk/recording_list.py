"""Every recording of a case as one list: what it is of, how long, how large, and how it stands.

One line is one source in one session. The present name of a source is given in English where it is
still called as it was then (``english_names.py`` says the same of rooms and people).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.db import schema
from command_centre.desk.cases import require_case
from command_centre.desk.english_names import english_people, english_rooms, english_sources
from command_centre.desk.views import View


class RecordingLine(View, frozen=True):
    """One recording."""

    session: str
    room: str
    room_name: str
    room_name_en: str
    person_name: str
    person_name_en: str
    source: str
    name: str
    name_en: str
    kind: str
    start_us: int
    end_us: int | None  # null while it goes on
    recorded_us: int
    gap_us: int
    bytes: int
    state: str  # open | sealed | ended: its media are gone by decision


class RecordingList(View, frozen=True):
    """The newest first."""

    recordings: list[RecordingLine]


def list_recordings(connection: Connection, case: str, rooms: frozenset[str]) -> RecordingList:
    """All recordings of a case, of these rooms only if any are named.

    Raises:
        Rejected: ``unknown_case``.
    """
    require_case(connection, case)
    recording, session = schema.recording, schema.session
    asked = (
        select(
            recording,
            session.c.case_id,
            session.c.room_id,
            session.c.room_name,
            session.c.person_name,
            session.c.closed_us,
        )
        .join(session, session.c.id == recording.c.session_id)
        .where(session.c.case_id == case)
        .order_by(recording.c.start_us.desc(), recording.c.source_id)
    )
    if rooms:
        asked = asked.where(session.c.room_id.in_(rooms))
    rows = connection.execute(asked).all()
    return RecordingList(recordings=_lines(connection, case, rows))


def _lines(connection: Connection, case: str, rows: Iterable[Row[Any]]) -> list[RecordingLine]:
    rows = list(rows)
    rooms = english_rooms(connection, (row.room_id for row in rows))
    people = english_people(connection, [case], (row.person_name for row in rows))
    sources = english_sources(connection, (row.source_id for row in rows))
    ended = _ended(connection, case)
    return [
        RecordingLine(
            session=row.session_id,
            room=row.room_id,
            room_name=row.room_name,
            room_name_en=rooms.get((row.room_id, row.room_name), ""),
            person_name=row.person_name,
            person_name_en=people.get((case, row.person_name), ""),
            source=row.source_id,
            name=row.name,
            name_en=sources.get((row.source_id, row.name), ""),
            kind=row.kind,
            start_us=row.start_us,
            end_us=row.end_us,
            recorded_us=row.recorded_us,
            gap_us=row.gap_us,
            bytes=row.bytes,
            state="open"
            if row.closed_us is None
            else "ended"
            if row.session_id in ended
            else "sealed",
        )
        for row in rows
    ]


def _ended(connection: Connection, case: str) -> set[str]:
    """Sessions of the case whose media were ended by decision."""
    entry, session = schema.log_entry, schema.session
    found = connection.execute(
        select(entry.c.session_id)
        .join(session, session.c.id == entry.c.session_id)
        .where(session.c.case_id == case, entry.c.kind == "retention.ended")
    )
    return set(found.scalars())
