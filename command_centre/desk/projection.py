"""What an entry of the recorder's log means for the database: one function per kind.

Pure with respect to time and bus: the same entries always give the same tables, which is why the
database can be thrown away and rebuilt. Every change that desks must hear of becomes a durable
event in the same transaction.

An entry whose body cannot be read, or a prompt step the machine forbids, is listed like any other
and otherwise left out, with the reason; the log keeps it, and one odd entry must not stop the desk.
Session, room or source unknown to the database (it was rebuilt from nothing) are created from what
the entry says of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import (
    entries,
    late_projection,
    projection_alarms,
    projection_markers,
    projection_pauses,
    projection_voice,
    protocol,
    record_projection,
    retention_projection,
    rows,
)
from command_centre.desk.entries import Entry, body
from command_centre.desk.prompts import FINAL, IllegalStep, advance
from command_centre.desk.shown import display_edits
from command_centre.desk.views import Corrected, RepairView, Utterance, Word
from command_centre.errors import ProjectionError
from config.words import PromptState, RoomKind, SessionKind

logger = logging.getLogger(__name__)

_SUMMARY_TEXT = 80  # characters of a text shown in a list of entries
_HIDDEN = frozenset(
    {
        *("words", "repairs", "rtp", "sender_reports", "people", "sources", "recordings"),
        *("strokes", "page_digests", "by_hand", "signatures"),
    }
)


def project(writing: Writing, entry: Entry) -> None:
    """Take one entry into the tables."""
    table = schema.log_entry
    writing.execute(
        table.insert().values(
            log_index=entry.seq,
            session_id=entry.session,
            kind=entry.kind,
            source_id=str(entry.body.get("source", "")),
            t_us=entry.t_us,
            summary=msgspec.json.encode(short_form(entry.body)).decode(),
        )
    )
    step = _STEPS.get(entry.kind)
    if step is None:
        return
    emitted = len(writing.events)
    try:
        with writing.connection.begin_nested():
            step(writing, entry)
    except (ProjectionError, IllegalStep, IntegrityError) as error:
        # kept in the log and in the list; its content is not usable, and nothing of it stays
        del writing.events[emitted:]
        logger.warning("entry %d (%s) left out: %s", entry.seq, entry.kind, type(error).__name__)


def short_form(values: dict[str, Any]) -> dict[str, Any]:
    """A body without its long parts."""
    short: dict[str, Any] = {}
    for name, value in values.items():
        if name in _HIDDEN:
            continue
        short[name] = value[:_SUMMARY_TEXT] if isinstance(value, str) else value
    return short


# --- sessions and media ---------------------------------------------------------------------------


def _session_open(writing: Writing, entry: Entry) -> None:
    opened = body(entry, entries.SessionOpen)
    _ensure_room(writing, entry, opened)
    person = next((one.name for one in opened.people if one.role == "interviewee"), "")
    writing.execute(
        schema.session.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=entry.session,
            case_id=opened.case,
            room_id=entry.room,
            room_name=opened.room_name,
            kind=opened.kind,
            person_name=person,
            opened_us=entry.t_us,
            opened_by=opened.opened_by,
        )
    )
    _announce_session(writing, entry.session)


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


def _session_close(writing: Writing, entry: Entry) -> None:
    closed = body(entry, entries.SessionClose)
    table = schema.session
    writing.execute(
        update(table)
        .where(table.c.id == entry.session)
        .values(closed_us=entry.t_us, closed_by=closed.closed_by, close_reason=closed.reason)
    )
    projection_alarms.end_with_session(writing, entry)
    projection_voice.end_with_session(writing, entry)
    _prompts_closed(writing, entry)
    _announce_session(writing, entry.session)


def _announce_session(writing: Writing, session: str) -> None:
    table = schema.session
    row = writing.execute(select(table).where(table.c.id == session)).one_or_none()
    if row is None:
        raise ProjectionError(f"session {session} was never opened")
    cursor = writing.next_cursor()
    event = protocol.SessionEvent(cursor=cursor, session=rows.summary(row))
    writing.emit(row.case_id, row.room_id, cursor, protocol.encode(event))


def _recording_open(writing: Writing, entry: Entry) -> None:
    opened = body(entry, entries.RecordingOpen)
    if entry.room:
        writing.execute(
            schema.source.insert()
            .prefix_with("OR IGNORE")
            .values(
                id=opened.source,
                room_id=entry.room,
                name=opened.name,
                kind=opened.source_kind,
                channels=msgspec.json.encode(opened.channels).decode(),
            )
        )
    writing.execute(
        schema.recording.insert()
        .prefix_with("OR IGNORE")
        .values(
            session_id=entry.session,
            source_id=opened.source,
            name=opened.name,
            kind=opened.source_kind,
            origin_us=opened.origin_us,
            start_us=opened.origin_us,
        )
    )


def _recording_close(writing: Writing, entry: Entry) -> None:
    closed = body(entry, entries.RecordingClose)
    table = schema.recording
    writing.execute(
        update(table)
        .where(table.c.session_id == entry.session, table.c.source_id == closed.source)
        .values(
            start_us=closed.start_us,
            end_us=closed.end_us,
            recorded_us=closed.recorded_us,
            gap_us=closed.gap_us,
            pause_us=closed.pause_us,
            segments=closed.segments,
        )
    )


def _media_init(writing: Writing, entry: Entry) -> None:
    init = body(entry, entries.MediaInit)
    writing.execute(
        schema.init_segment.insert()
        .prefix_with("OR REPLACE")
        .values(
            session_id=entry.session,
            source_id=init.source,
            epoch=init.epoch,
            path=init.path,
            sha256=init.sha256,
            mime=init.mime,
        )
    )


def _media_segment(writing: Writing, entry: Entry) -> None:
    segment = body(entry, entries.MediaSegment)
    writing.execute(
        schema.segment.insert()
        .prefix_with("OR REPLACE")
        .values(
            session_id=entry.session,
            source_id=segment.source,
            epoch=segment.epoch,
            number=segment.number,
            path=segment.path,
            sha256=segment.sha256,
            size_bytes=segment.size,
            start_us=segment.start_us,
            duration_us=segment.duration_us,
            log_index=entry.seq,
        )
    )
    table = schema.recording
    writing.execute(
        update(table)
        .where(table.c.session_id == entry.session, table.c.source_id == segment.source)
        .values(
            recorded_us=table.c.recorded_us + segment.duration_us,
            segments=table.c.segments + 1,
            bytes=table.c.bytes + segment.size,
            start_us=func.min(table.c.start_us, segment.start_us),
        )
    )


def _media_gap(writing: Writing, entry: Entry) -> None:
    gap = body(entry, entries.MediaGap)
    writing.execute(
        schema.gap.insert().values(
            log_index=entry.seq,
            session_id=entry.session,
            source_id=gap.source,
            start_us=gap.start_us,
            end_us=gap.end_us,
            cause=gap.cause,
            track=gap.track,
        )
    )
    table = schema.recording
    if gap.track == "all":
        writing.execute(
            update(table)
            .where(table.c.session_id == entry.session, table.c.source_id == gap.source)
            .values(gap_us=table.c.gap_us + (gap.end_us - gap.start_us))
        )
    cursor = writing.next_cursor()
    event = protocol.GapEvent(
        cursor=cursor,
        room=entry.room,
        source=gap.source,
        start_us=gap.start_us,
        end_us=gap.end_us,
        cause=gap.cause,
    )
    writing.emit(_case_of(writing, entry), entry.room, cursor, protocol.encode(event))


# --- words, prompts, marks ------------------------------------------------------------------------


def _utterance(writing: Writing, entry: Entry) -> None:
    said = body(entry, entries.UtteranceBody)
    table = schema.utterance
    if writing.execute(select(table.c.id).where(table.c.id == said.id)).scalar() is not None:
        return  # the transcriber repeated itself after a restart
    case = _case_of(writing, entry)
    cursor = writing.next_cursor()
    words = [Word(w=one.w, s_us=one.s_us, e_us=one.e_us, c_pm=one.c_pm) for one in said.words]
    view = Utterance(
        id=said.id,
        cursor=cursor,
        room=entry.room,
        source=said.source,
        session=entry.session,
        speaker=said.speaker,
        start_us=said.start_us,
        end_us=said.end_us,
        text=said.text,
        words=words,
        index=entry.seq,
        language=said.language,
        proposed=said.proposed,
        repairs=[
            RepairView(
                start=one.start,
                end=one.end,
                original=one.original,
                rule=one.rule,
                distance=one.distance,
            )
            for one in said.repairs
        ],
        display=display_edits(said.text, words, said.speaker),
    )
    writing.execute(
        table.insert().values(
            id=said.id,
            session_id=entry.session,
            case_id=case,
            room_id=entry.room,
            source_id=said.source,
            speaker=said.speaker,
            start_us=said.start_us,
            end_us=said.end_us,
            text=said.text,
            words=msgspec.json.encode(view.words).decode(),
            language=said.language,
            proposed=said.proposed,
            repairs=msgspec.json.encode(view.repairs).decode(),
            log_index=entry.seq,
            cursor=cursor,
        )
    )
    writing.emit(case, entry.room, cursor, protocol.encode(protocol.UtteranceEvent.of(view)))


def _language(writing: Writing, entry: Entry) -> None:
    switched = body(entry, entries.LanguageBody)
    table = schema.session
    writing.execute(
        update(table).where(table.c.id == entry.session).values(language=switched.language)
    )
    _announce_session(writing, entry.session)


def _speaker_named(writing: Writing, entry: Entry) -> None:
    said = body(entry, entries.SpeakerNamed)
    table = schema.utterance
    writing.execute(
        update(table)
        .where(table.c.id == said.utterance)
        .values(named=said.speaker, named_by=said.by_name)
    )
    cursor = writing.next_cursor()
    event = protocol.SpeakerEvent(
        cursor=cursor,
        room=entry.room,
        session=entry.session,
        utterance=said.utterance,
        speaker=said.speaker,
        by_name=said.by_name,
    )
    writing.emit(_case_of(writing, entry), entry.room, cursor, protocol.encode(event))


def _second_reading(writing: Writing, entry: Entry) -> None:
    said = body(entry, entries.SecondReading)
    writing.execute(
        schema.second_reading.insert()
        .prefix_with("OR IGNORE")
        .values(
            log_index=entry.seq,
            session_id=entry.session,
            source_id=said.source,
            speaker=said.speaker,
            start_us=said.start_us,
            end_us=said.end_us,
            text=said.text,
            model_sha256=said.model_sha256,
            done=entry.kind == "utterance.second_done",
        )
    )


def _utterance_corrected(writing: Writing, entry: Entry) -> None:
    said = body(entry, entries.UtteranceCorrected)
    table, known = schema.correction, schema.utterance
    if not writing.execute(select(known.c.id).where(known.c.id == said.utterance)).scalar():
        return  # its words are gone
    inserted = writing.execute(
        table.insert()
        .prefix_with("OR IGNORE")
        .values(
            utterance_id=said.utterance,
            version=said.version,
            text=said.text,
            reason=said.reason,
            by_account=said.by,
            by_name=said.by_name,
            t_us=entry.t_us,
            log_index=entry.seq,
        )
    )
    if inserted.rowcount:
        cursor = writing.next_cursor()
        event = protocol.CorrectionEvent(
            cursor=cursor,
            room=entry.room,
            session=entry.session,
            utterance=said.utterance,
            corrected=Corrected(
                version=said.version,
                text=said.text,
                by_name=said.by_name,
                t_us=entry.t_us,
                reason=said.reason,
            ),
        )
        writing.emit(_case_of(writing, entry), entry.room, cursor, protocol.encode(event))


def _prompt_issued(writing: Writing, entry: Entry) -> None:
    issued = body(entry, entries.PromptIssued)
    case = _case_of(writing, entry)
    inserted = writing.execute(
        schema.prompt.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=issued.prompt,
            group_id=issued.group or issued.prompt,
            case_id=case,
            session_id=entry.session,
            room_id=issued.target_room,
            point_id=issued.point,
            text=issued.text,
            by_account=issued.by,
            by_name=issued.by_name,
            difference_id=issued.difference,
            wording=msgspec.json.encode(issued.wording).decode() if issued.wording else "",
            question_id=issued.question,
            question_version=issued.question_version,
            state=PromptState.ISSUED,
            log_index=entry.seq,
        )
    )
    if inserted.rowcount:
        _step_taken(writing, entry, issued.prompt, PromptState.ISSUED)


def _prompt_step(writing: Writing, entry: Entry) -> None:
    step = body(entry, entries.PromptStep)
    state = PromptState(entry.kind.removeprefix("prompt."))
    table = schema.prompt
    current = writing.execute(select(table.c.state).where(table.c.id == step.prompt)).scalar()
    if current is None:
        raise ProjectionError(f"prompt {step.prompt} was never issued")
    if not advance(PromptState(current), state):
        return
    values: dict[str, str] = {"state": state}
    if state is PromptState.DECLINED:
        values["reason"] = step.reason
    if state is PromptState.ANSWERED:
        values["utterance_id"] = step.utterance
    if state is PromptState.WITHDRAWN:
        values["withdrawn_by"] = step.by_name
    writing.execute(update(table).where(table.c.id == step.prompt).values(**values))
    _step_taken(writing, entry, step.prompt, state)


def _prompts_closed(writing: Writing, entry: Entry) -> None:
    """What the desks know of its prompts changes with the end of a session: nobody asks them."""
    table = schema.prompt
    left = (table.c.session_id == entry.session, table.c.state.not_in(FINAL))
    for prompt in writing.execute(select(table.c.id).where(*left).order_by(table.c.id)).scalars():
        _announce_prompt(writing, entry, prompt)


def _step_taken(writing: Writing, entry: Entry, prompt: str, state: PromptState) -> None:
    writing.execute(
        schema.prompt_step.insert().values(
            prompt_id=prompt, state=state, t_us=entry.t_us, log_index=entry.seq
        )
    )
    _announce_prompt(writing, entry, prompt)


def _announce_prompt(writing: Writing, entry: Entry, prompt: str) -> None:
    view = rows.prompt(writing.connection, prompt)
    assert view is not None
    cursor = writing.next_cursor()
    event = protocol.PromptEvent(cursor=cursor, prompt=view)
    writing.emit(_case_of(writing, entry), view.room, cursor, protocol.encode(event))


def _reading(writing: Writing, entry: Entry) -> None:
    reading = body(entry, entries.Reading)
    case = _case_of(writing, entry)
    writing.execute(
        schema.reading.insert().values(
            log_index=entry.seq,
            case_id=case,
            session_id=entry.session,
            room_id=entry.room,
            device=reading.device,
            t_us=entry.t_us,
            measured=msgspec.json.encode(reading.values).decode(),
            alarms=msgspec.json.encode(reading.alarms).decode(),
            position=msgspec.json.encode(reading.position).decode() if reading.position else "",
        )
    )
    cursor = writing.next_cursor()
    event = protocol.ReadingEvent(
        cursor=cursor,
        device=reading.device,
        room=entry.room,
        t_us=entry.t_us,
        values=reading.values,
        alarms=reading.alarms,
        position=protocol.Position(**msgspec.structs.asdict(reading.position))
        if reading.position
        else None,
    )
    writing.emit(case, entry.room, cursor, protocol.encode(event))


def _view_join(writing: Writing, entry: Entry) -> None:
    joined = body(entry, entries.View)
    writing.execute(
        schema.view.insert().values(
            log_index=entry.seq,
            session_id=entry.session,
            source_id=joined.source,
            viewer=joined.viewer,
            viewer_name=joined.viewer_name,
            login_id=joined.login,
            view_id=joined.view,
            from_us=entry.t_us,
        )
    )


def _view_leave(writing: Writing, entry: Entry) -> None:
    left = body(entry, entries.View)
    table = schema.view
    writing.execute(
        update(table)
        .where(
            table.c.session_id == entry.session,
            table.c.source_id == left.source,
            table.c.login_id == left.login,
            table.c.view_id == left.view,
            table.c.to_us.is_(None),
        )
        .values(to_us=entry.t_us)
    )


def _case_of(writing: Writing, entry: Entry) -> str:
    """The case of the entry's session."""
    table = schema.session
    case = writing.execute(select(table.c.case_id).where(table.c.id == entry.session)).scalar()
    if case is None:
        raise ProjectionError(f"session {entry.session} was never opened")
    return str(case)


_STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    **late_projection.STEPS,
    **record_projection.STEPS,
    **retention_projection.STEPS,
    "session.open": _session_open,
    "session.close": _session_close,
    "recording.open": _recording_open,
    "recording.close": _recording_close,
    "media.init": _media_init,
    "media.segment": _media_segment,
    "media.gap": _media_gap,
    "utterance": _utterance,
    "transcription.language": _language,
    "utterance.speaker": _speaker_named,
    "utterance.corrected": _utterance_corrected,
    "utterance.second": _second_reading,
    "utterance.second_done": _second_reading,
    "prompt.issued": _prompt_issued,
    "prompt.delivered": _prompt_step,
    "prompt.shown": _prompt_step,
    "prompt.acknowledged": _prompt_step,
    "prompt.declined": _prompt_step,
    "prompt.withdrawn": _prompt_step,
    "prompt.answered": _prompt_step,
    "marker": projection_markers.marked,
    "marker.withdrawn": projection_markers.withdrawn,
    "reading": _reading,
    "media.pause": projection_pauses.withheld,
    "pause.begin": projection_pauses.begun,
    "pause.end": projection_pauses.ended,
    "voice.called": projection_voice.called,
    "voice.opened": projection_voice.opened,
    "voice.talk": projection_voice.talks,
    "voice.quiet": projection_voice.quiet,
    "voice.ended": projection_voice.ended,
    "alarm.raised": projection_alarms.raised,
    "alarm.cleared": projection_alarms.cleared,
    "alarm.acknowledged": projection_alarms.acknowledged,
    "view.join": _view_join,
    "view.leave": _view_leave,
}
