"""What utterances, and all that is said of them later, mean for the database.

The rules of ``projection.py`` hold here too. An utterance is taken once; who said it, corrections
and a second reading stand beside it and never change its words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import delete, func, not_, select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import entries, protocol
from command_centre.desk.entries import Entry, body, reading_id
from command_centre.desk.projection_case import case_of
from command_centre.desk.shown import display_edits, english_names
from command_centre.desk.views import Corrected, RepairView, Utterance, Word


def _utterance(writing: Writing, entry: Entry) -> None:
    said = body(entry, entries.UtteranceBody)
    table = schema.utterance
    if writing.execute(select(table.c.id).where(table.c.id == said.id)).scalar() is not None:
        return  # the transcriber repeated itself after a restart
    case = case_of(writing, entry)
    cursor = writing.next_cursor()
    names = english_names(writing.connection, [(case, said.text)]).get(case, ())
    words = _words(said.words)
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
        display=display_edits(said.text, words, said.speaker, names),
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


def _words(said: Sequence[entries.EntryWord]) -> list[Word]:
    return [Word(w=one.w, s_us=one.s_us, e_us=one.e_us, c_pm=one.c_pm) for one in said]


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
    writing.emit(case_of(writing, entry), entry.room, cursor, protocol.encode(event))


def _corrected(writing: Writing, entry: Entry) -> None:
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
        writing.emit(case_of(writing, entry), entry.room, cursor, protocol.encode(event))


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
            words=msgspec.json.encode(_words(said.words)).decode(),
            model_sha256=said.model_sha256,
            reading=reading_id(said.model_sha256),
        )
    )


def _second_pass(writing: Writing, entry: Entry) -> None:
    """Asked for, or finished; entries before this was asked for say the second only."""
    said = body(entry, entries.SecondPass)
    table, reading = schema.second_pass, reading_id(said.model_sha256)
    writing.execute(
        table.insert()
        .prefix_with("OR IGNORE")
        .values(
            session_id=entry.session,
            id=reading,
            model_sha256=said.model_sha256,
            engine=said.engine,
            model=said.model,
            language=said.language,
            asked_us=entry.t_us,
            by_account=said.by,
            by_name=said.by_name,
            log_index=entry.seq,
        )
    )
    if entry.kind == "utterance.second_done":
        # An earlier entry of the same model may have named no engine.
        named = {"engine": said.engine, "model": said.model} if said.engine else {}
        writing.execute(
            update(table)
            .where(table.c.session_id == entry.session, table.c.id == reading)
            .values(done_us=entry.t_us, sentences=said.sentences, **named)
        )
        _drop_earlier_tries(writing, entry, said)


def _drop_earlier_tries(writing: Writing, entry: Entry, said: entries.SecondPass) -> None:
    """A try that failed may have cut sentences where it could not read the recording.

    Only where the last try has written all of its own: before tries did so, it left out what an
    earlier one had written, and these are sentences of the reading.
    """
    sentence, listed = schema.second_reading, schema.log_entry
    of_reading = (
        sentence.c.session_id == entry.session,
        sentence.c.reading == reading_id(said.model_sha256),
    )
    in_try = select(listed.c.log_index).where(
        listed.c.session_id == entry.session,
        listed.c.kind == "utterance.second",
        listed.c.t_us >= said.from_us,
    )
    own = sentence.c.log_index.in_(in_try)
    written = writing.execute(select(func.count()).where(*of_reading, own)).scalar_one()
    if written == said.sentences:
        writing.execute(delete(sentence).where(*of_reading, not_(own)))


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "utterance": _utterance,
    "utterance.speaker": _speaker_named,
    "utterance.corrected": _corrected,
    "utterance.second": _second_reading,
    "utterance.second_asked": _second_pass,
    "utterance.second_done": _second_pass,
}
