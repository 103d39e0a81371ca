"""What the end of a session's retention means for the database: its words and names go.

Rows that are nothing but words (utterances, prompts, markers, drafts of records and what documents
were typeset from) are deleted, private fields of other rows are blanked, the short forms in the
list of entries lose them, and so do the events that are kept for desks that come back. What the
log still says in public stays: times, sources, sizes, digests.

The same entries give the same tables when the database is made again from the logs: then the
private parts are gone already, or, from before this entry, are taken in and removed by it.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update

from command_centre.comparison.store import forget_session
from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import protocol, rows
from command_centre.desk.entries import Entry
from config.kinds import KINDS

_EVENT = schema.event.c.message


def _ended(writing: Writing, entry: Entry) -> None:
    table = schema.session
    session = writing.execute(select(table).where(table.c.id == entry.session)).one_or_none()
    _forget_entries(writing, entry.session)
    _forget_records(writing, entry.session)
    if session is None:
        return
    _forget_events(writing, session)
    forget_session(writing, session.case_id, entry.session)
    _forget_rows(writing, entry.session)
    told = writing.execute(select(table).where(table.c.id == entry.session)).one()
    cursor = writing.next_cursor()
    event = protocol.SessionEvent(cursor=cursor, session=rows.summary(told))
    writing.emit(told.case_id, told.room_id, cursor, protocol.encode(event))


def _forget_entries(writing: Writing, session: str) -> None:
    """Private fields in the short forms; of an unknown kind everything is private."""
    table = schema.log_entry
    mine = table.c.session_id == session
    for kind, known in KINDS.items():
        if known.private:
            paths = [f"$.{name}" for name in known.private]
            writing.execute(
                update(table)
                .where(mine, table.c.kind == kind)
                .values(summary=func.json_remove(table.c.summary, *paths))
            )
    unknown = table.c.kind.not_in(sorted(KINDS))
    writing.execute(update(table).where(mine, unknown).values(summary="{}"))


def _forget_records(writing: Writing, session: str) -> None:
    document, mark, draft = schema.record_document, schema.record_mark, schema.record_draft
    content, line = schema.record_content, schema.record_line
    mine = select(document.c.id).where(document.c.session_id == session)
    writing.execute(delete(draft).where(draft.c.session_id == session))
    writing.execute(delete(line).where(line.c.session_id == session))
    writing.execute(delete(content).where(content.c.document_id.in_(mine)))
    writing.execute(
        update(mark)
        .where(mark.c.document_id.in_(mine))
        .values(name="", by_name="", reason="", witness="", strokes="[]", fingerprint="")
    )
    writing.execute(update(document).where(document.c.session_id == session).values(by_name=""))


def _forget_events(writing: Writing, session: Row[tuple[object, ...]]) -> None:
    """Before the rows go: they tell which events are this session's."""
    prompt, marker, reading = schema.prompt, schema.marker, schema.reading
    event, name = schema.event, session.id

    def part(path: str) -> ColumnElement[object]:
        return func.json_extract(_EVENT, path)

    prompts = select(prompt.c.id).where(prompt.c.session_id == name)
    marked = select(marker.c.t_us).where(marker.c.session_id == name)
    measured = select(reading.c.t_us).where(reading.c.session_id == name)
    writing.execute(
        delete(event).where(
            event.c.case_id == session.case_id,
            event.c.room_id.in_((session.room_id, "")),
            or_(
                *(part(f"$.{of}") == name for of in ("session", "session.id")),
                *(part(f"$.{of}.session") == name for of in ("pause", "alarm", "line")),
                part("$.prompt.id").in_(prompts),
                and_(part("$.type") == "marker", part("$.t_us").in_(marked)),
                and_(part("$.type") == "reading", part("$.t_us").in_(measured)),
            ),
        )
    )


def _forget_rows(writing: Writing, session: str) -> None:
    prompt, step, source = schema.prompt, schema.prompt_step, schema.source
    mine = select(prompt.c.id).where(prompt.c.session_id == session)
    writing.execute(delete(step).where(step.c.prompt_id.in_(mine)))
    spoken, corrected = schema.utterance, schema.correction
    said = select(spoken.c.id).where(spoken.c.session_id == session)
    writing.execute(delete(corrected).where(corrected.c.utterance_id.in_(said)))
    for words in (prompt, schema.utterance, schema.second_reading, schema.marker):
        writing.execute(delete(words).where(words.c.session_id == session))
    own = schema.session
    writing.execute(update(own).where(own.c.id == session).values(vocabulary="[]"))
    blanks: dict[str, dict[str, object]] = {
        "reading": {"position": ""},
        "alarm": {"note": "", "acknowledged_by": ""},
        "second_pass": {"by_name": ""},
        "view": {"viewer_name": ""},
        "pause": {"reason": "", "by_name": "", "ended_by": ""},
        "voice_line": {"by_name": "", "answered_by": "", "ended_by": ""},
        "late_file": {"name": "", "by_name": ""},
    }
    for name, values in blanks.items():
        table = schema.metadata.tables[name]
        writing.execute(update(table).where(table.c.session_id == session).values(**values))
    table = schema.session
    blank = {"person_name": "", "close_reason": "", "people": "[]", "officer_name": ""}
    writing.execute(update(table).where(table.c.id == session).values(**blank))
    table = schema.recording
    named = select(source.c.name).where(source.c.id == table.c.source_id).scalar_subquery()
    writing.execute(
        update(table)
        .where(table.c.session_id == session)
        .values(name=func.coalesce(named, ""))  # as the device is called now, not in the entry
    )


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "retention.ended": _ended,
    "key.destroyed": _ended,
}
