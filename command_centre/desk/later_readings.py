"""What other models heard in closed sessions, as rows: every reading stands beside the live one.

A reading is known by its session and the digest of the model: the recorded sound of a
closed session does not change, so the same model hears the same, and is heard once. Nothing here
changes an utterance or a correction; these belong to what was heard live.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, select

from command_centre.db import schema
from command_centre.desk.corrections import spoken_row
from command_centre.desk.hearing_rows import KIND
from command_centre.desk.shown import display_edits
from command_centre.desk.views import SessionSummary, Utterance, View, Word
from command_centre.errors import Rejected
from config.transcriber_messages import LanguageSwitch
from transcription.second_order import ANY_LANGUAGE

#: What stands for the live words where a reading is asked for.
LIVE = "live"
#: What a session is in until it says otherwise.
DEFAULT_LANGUAGE = "zh"
_WORDS = msgspec.json.Decoder(list[Word])


class LaterReading(View, frozen=True):
    """A hearing of a closed session by another model.

    ``state``: waiting, running, done, failed (tried again by itself), stopped (failed too often;
    tried again when somebody asks), missing (its model is not installed any more).
    """

    id: str
    engine: str  # transcription.model_kinds.Kind; empty: the entries do not say it
    model: str  # its name; empty: the same
    model_sha256: str
    language: str
    asked_us: int
    by_name: str  # who asked; empty: the settings
    done_us: int | None
    sentences: int
    state: str = ""
    part: bool = False  # the session was in other languages too, and only ``language`` is heard


class SentenceReading(View, frozen=True):
    """What another model heard while a sentence was spoken, by the same microphone."""

    id: str
    model: str
    state: str
    text: str


def readings_of(connection: Connection, session: str) -> list[LaterReading]:
    """All readings of a session, the oldest first; ``state`` is done or empty."""
    table = schema.second_pass
    found = connection.execute(
        select(table).where(table.c.session_id == session).order_by(table.c.log_index)
    ).all()
    several = len(languages_of(connection, session)) > 1 if found else False
    return [_reading(row, several) for row in found]


def switches_of(connection: Connection, session: str) -> list[LanguageSwitch]:
    """When a session changed its language, in order of time."""
    entry = schema.log_entry
    found = connection.execute(
        select(entry.c.summary)
        .where(entry.c.session_id == session, entry.c.kind == KIND)
        .order_by(entry.c.log_index)
    ).scalars()
    known = {}  # of two at the same moment the later entry counts
    for summary in found:
        said = msgspec.json.decode(summary)
        known[int(said["from_us"])] = str(said["language"])
    return [LanguageSwitch(from_us=at, language=known[at]) for at in sorted(known)]


def languages_of(connection: Connection, session: str) -> list[str]:
    """In which languages a session was heard live, in order of time."""
    table = schema.session
    opened_us = connection.execute(
        select(table.c.opened_us).where(table.c.id == session)
    ).scalar_one()
    switches = switches_of(connection, session)
    first = [] if switches and switches[0].from_us <= opened_us else [DEFAULT_LANGUAGE]
    return list(dict.fromkeys([*first, *(one.language for one in switches)]))


def _reading(row: Row[tuple[object, ...]], several: bool) -> LaterReading:
    return LaterReading(
        id=row.id,
        engine=row.engine,
        model=row.model,
        model_sha256=row.model_sha256,
        language=row.language,
        asked_us=row.asked_us,
        by_name=row.by_name,
        done_us=row.done_us,
        sentences=row.sentences,
        state="" if row.done_us is None else "done",
        # Before entries named the engine, all was heard in one language.
        part=several and row.engine != "" and row.language != ANY_LANGUAGE,
    )


def find_reading(connection: Connection, session: str, reading: str) -> LaterReading:
    """A finished reading.

    Raises:
        Rejected: ``unknown_reading``, ``reading_unfinished``.
    """
    found = next((one for one in readings_of(connection, session) if one.id == reading), None)
    if found is None:
        raise Rejected("unknown_reading", "there is no such reading of this session")
    if found.done_us is None:
        raise Rejected("reading_unfinished", "the session is still being heard by this model")
    return found


def lines_of(connection: Connection, session: SessionSummary, reading: str) -> list[Utterance]:
    """The sentences of a reading so far, in order of time, in the shape of live ones.

    Without corrections, which belong to the live ones.
    """
    return [_line(row, session) for row in _rows(connection, session.id, reading)]


def _line(row: Row[tuple[object, ...]], session: SessionSummary) -> Utterance:
    words = _WORDS.decode(row.words)
    return Utterance(
        id=f"second-{row.log_index}",
        cursor=0,
        room=session.room,
        source=row.source_id,
        session=session.id,
        speaker=row.speaker,
        start_us=row.start_us,
        end_us=row.end_us,
        text=row.text,
        words=words,
        index=row.log_index,
        display=display_edits(row.text, words, row.speaker),
    )


def beside(connection: Connection, utterance: str) -> list[SentenceReading]:
    """What each later reading has at a live sentence.

    Raises:
        Rejected: ``unknown_utterance``.
    """
    live = spoken_row(connection, utterance)
    table = schema.second_reading
    same = (
        table.c.source_id == live.source_id,
        table.c.speaker == live.speaker,
        table.c.start_us < live.end_us,
        table.c.end_us > live.start_us,
    )
    return [
        SentenceReading(
            id=one.id,
            model=one.model,
            state=one.state or "waiting",
            text=" ".join(row.text for row in _rows(connection, live.session_id, one.id, *same)),
        )
        for one in readings_of(connection, live.session_id)
    ]


def _rows(
    connection: Connection, session: str, reading: str, *further: ColumnElement[bool]
) -> Sequence[Row[tuple[object, ...]]]:
    table = schema.second_reading
    return connection.execute(
        select(table)
        .where(table.c.session_id == session, table.c.reading == reading, *further)
        .order_by(table.c.start_us, table.c.log_index)
    ).all()
