"""What was said in a session, as a record is made from it and checked against it.

A sentence reads as a person corrected it; the words the recogniser heard stay beside it. What
another model heard in the closed session (``second_pass.py``) is a third reading, never taken over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, select

from command_centre.db import schema
from command_centre.desk import rows
from command_centre.desk.later_readings import readings_of
from command_centre.desk.record_views import Microphone
from command_centre.desk.views import Corrected
from command_centre.record.differences import Said
from config.words import Speaker

KINDS = {Speaker.INTERVIEWER: "q", Speaker.INTERVIEWEE: "a"}


@dataclass(frozen=True)
class Sentence:
    """One final utterance; ``kind`` is q, a, or empty where nobody says who spoke."""

    id: str
    source: str
    kind: str
    spoken: str
    start_us: int
    end_us: int
    corrected: Corrected | None

    @property
    def text(self) -> str:
        """As it reads now."""
        return self.spoken if self.corrected is None else self.corrected.text

    @property
    def was_corrected(self) -> bool:
        """Does it read otherwise than it was recognised?"""
        return self.text != self.spoken

    def said(self, *, spoken: bool = False) -> Said:
        """For the comparison with a record: as it reads now, or as it was recognised."""
        text = self.spoken if spoken else self.text
        return Said(self.id, self.kind, text, self.start_us, self.end_us)


@dataclass(frozen=True)
class SecondHearing:
    """A sentence as another model heard it in the closed session."""

    id: str
    source: str
    kind: str
    text: str
    start_us: int
    end_us: int


def utterances_of(connection: Connection, session: str) -> Sequence[Row[object]]:
    """Final utterances of a session, in order of time."""
    table = schema.utterance
    return connection.execute(
        select(table)
        .where(table.c.session_id == session)
        .order_by(table.c.start_us, table.c.cursor)
    ).all()


def microphones_of(connection: Connection, session: str) -> list[Microphone]:
    """Which source heard what was said, from when on; one after the other names another source."""
    table = schema.utterance
    found = connection.execute(
        select(table.c.start_us, table.c.source_id)
        .where(table.c.session_id == session)
        .order_by(table.c.start_us, table.c.cursor)
    )
    changes: list[Microphone] = []
    for row in found:
        if not changes or changes[-1].source != row.source_id:
            changes.append(Microphone(from_us=row.start_us, source=row.source_id))
    return changes


def sentences_of(connection: Connection, session: str) -> list[Sentence]:
    """The same with their last corrections."""
    return [
        Sentence(
            id=one.id,
            source=one.source,
            kind=KINDS.get(Speaker(one.named or one.speaker), ""),
            spoken=one.text,
            start_us=one.start_us,
            end_us=one.end_us,
            corrected=one.corrected,
        )
        for one in rows.utterances(connection, utterances_of(connection, session))
    ]


def second_of(connection: Connection, session: str) -> list[SecondHearing]:
    """What another model heard, of those that have heard the whole session the last one asked."""
    finished = [one for one in readings_of(connection, session) if one.done_us is not None]
    if not finished:
        return []
    table = schema.second_reading
    found = connection.execute(
        select(table)
        .where(table.c.session_id == session, table.c.reading == finished[-1].id)
        .order_by(table.c.start_us)
    )
    return [
        SecondHearing(
            id=f"second-{row.log_index}",
            source=row.source_id,
            kind=KINDS.get(Speaker(row.speaker), "") if row.speaker else "",
            text=row.text,
            start_us=row.start_us,
            end_us=row.end_us,
        )
        for row in found
        if row.text.strip()
    ]
