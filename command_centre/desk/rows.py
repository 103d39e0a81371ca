"""Rows of the database as views: the one place where a table becomes a shape that desks see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.comparison.views import NO_DETAIL, Point, PointDetail, WordingNote
from command_centre.db import schema
from command_centre.desk.protocol import Position, ReadingEvent
from command_centre.desk.shown import display_edits, english_names
from command_centre.desk.views import (
    Alarm,
    Answer,
    Corrected,
    Pause,
    Prompt,
    PromptTimes,
    RepairView,
    SessionSummary,
    SourceView,
    Utterance,
    VoiceLine,
)
from command_centre.desk.views import Word as WordView
from config.words import PromptState, VoiceState

_WORDS: msgspec.json.Decoder[list[WordView]] = msgspec.json.Decoder(list[WordView])
_REPAIRS: msgspec.json.Decoder[list[RepairView]] = msgspec.json.Decoder(list[RepairView])


#: What a page of no case calls a case, a room and a source, to be selected where these are joined.
PLACE_NAMES = tuple(
    column.label(f"{table.name.removesuffix('_file')}_{column.name}")
    for table in (schema.case_file, schema.room, schema.source)
    for column in (table.c.name, table.c.name_en)
)


def place_names(row: Row[Any]) -> dict[str, str]:
    """``PLACE_NAMES`` of a row by their names; what is not there is empty."""
    return {label.name: row._mapping[label.name] or "" for label in PLACE_NAMES}


def summary(row: Row[Any]) -> SessionSummary:
    """A row of ``session``."""
    return SessionSummary(
        id=row.id,
        room=row.room_id,
        room_name=row.room_name,
        kind=row.kind,
        opened_us=row.opened_us,
        closed_us=row.closed_us,
        person_name=row.person_name,
        language=row.language,
        person=row.person_id,
        model=row.model,
        model_missing=row.model_missing,
    )


def source(row: Row[Any], *, revoked: bool = False) -> SourceView:
    """A row of ``source``."""
    return SourceView(
        id=row.id,
        name=row.name,
        name_en=row.name_en,
        kind=row.kind,
        room=row.room_id,
        channels=msgspec.json.decode(row.channels, type=list[str]),
        revoked=revoked,
    )


def reading(row: Row[Any], cursor: int) -> ReadingEvent:
    """A row of ``reading``, as the event that announced it."""
    return ReadingEvent(
        cursor=cursor,
        device=row.device,
        room=row.room_id,
        t_us=row.t_us,
        values=msgspec.json.decode(row.measured, type=dict[str, int]),
        alarms=msgspec.json.decode(row.alarms, type=list[str]),
        position=msgspec.json.decode(row.position, type=Position) if row.position else None,
    )


def pause(row: Row[Any]) -> Pause:
    """A row of ``pause``."""
    return Pause(
        id=row.id,
        room=row.room_id,
        session=row.session_id,
        tracks=msgspec.json.decode(row.tracks, type=list[str]),
        reason=row.reason,
        by_name=row.by_name,
        start_us=row.start_us,
        end_us=row.end_us,
        why=row.why,
        ended_by=row.ended_by,
    )


def voice_line(row: Row[Any]) -> VoiceLine:
    """A row of ``voice_line``."""
    state = VoiceState.CALLING if row.opened_us is None else VoiceState.OPEN
    return VoiceLine(
        id=row.id,
        room=row.room_id,
        session=row.session_id,
        source=row.source_id,
        by=row.by_account,
        by_name=row.by_name,
        state=state if row.ended_us is None else VoiceState.ENDED,
        called_us=row.called_us,
        answered_by=row.answered_by,
        answered_account=row.answered_account,
        opened_us=row.opened_us,
        talking_us=row.talking_us,
        replying_us=row.replying_us,
        ended_us=row.ended_us,
        why=row.why,
        ended_by=row.ended_by,
        to=row.to_source,
    )


def point(row: Row[Any]) -> Point:
    """A row of ``point``."""
    detail = msgspec.json.decode(row.detail, type=PointDetail)
    return Point(
        id=row.id,
        text=row.text,
        en=row.en,
        order=row.position,
        detail=NO_DETAIL if detail == NO_DETAIL else detail,
        template=row.template,
        utterance=row.utterance_id,
        retired_us=row.retired_us,
    )


def alarm(row: Row[Any]) -> Alarm:
    """A row of ``alarm``."""
    return Alarm(
        id=row.id,
        room=row.room_id,
        source=row.source_id,
        session=row.session_id,
        kind=row.kind,
        about=row.about,
        level=row.level,
        since_us=row.since_us,
        raised_us=row.raised_us,
        value=row.value,
        limit=row.limit_value,
        note=row.note,
        cleared_us=row.cleared_us,
        reason=row.reason,
        acknowledged_us=row.acknowledged_us,
        acknowledged_by=row.acknowledged_by,
    )


def corrected(row: Row[Any]) -> Corrected:
    """A row of ``correction``."""
    return Corrected(
        version=row.version, text=row.text, by_name=row.by_name, t_us=row.t_us, reason=row.reason
    )


def utterances(connection: Connection, found: Sequence[Row[Any]]) -> list[Utterance]:
    """Rows of ``utterance``, each with its last correction."""
    last: dict[str, Corrected] = {}
    table = schema.correction
    # in slices: SQLite has a limit on variables
    for start in range(0, len(found), 200):
        ids = [row.id for row in found[start : start + 200]]
        rows = connection.execute(
            select(table).where(table.c.utterance_id.in_(ids)).order_by(table.c.version)
        )
        last.update((row.utterance_id, corrected(row)) for row in rows)
    names = english_names(connection, ((row.case_id, row.text) for row in found))
    return [
        msgspec.structs.replace(
            utterance(row, names.get(row.case_id, ())), corrected=last.get(row.id)
        )
        for row in found
    ]


def utterance(row: Row[Any], names: Sequence[str] = ()) -> Utterance:
    """A row of ``utterance``, as spoken; ``names`` are English ones of its case."""
    words = _WORDS.decode(row.words)
    return Utterance(
        id=row.id,
        cursor=row.cursor,
        room=row.room_id,
        source=row.source_id,
        session=row.session_id,
        speaker=row.speaker,
        start_us=row.start_us,
        end_us=row.end_us,
        text=row.text,
        words=words,
        index=row.log_index,
        language=row.language,
        proposed=row.proposed,
        named=row.named,
        named_by=row.named_by,
        repairs=_REPAIRS.decode(row.repairs),
        display=display_edits(row.text, words, row.named or row.speaker, names),
    )


def prompts(connection: Connection, rows: Iterable[Row[Any]]) -> list[Prompt]:
    """Rows of ``prompt`` with their steps."""
    found = list(rows)
    step = schema.prompt_step
    times: dict[str, dict[str, int]] = {row.id: {} for row in found}
    # in slices: SQLite has a limit on variables
    for start in range(0, len(found), 200):
        ids = [row.id for row in found[start : start + 200]]
        for line in connection.execute(select(step).where(step.c.prompt_id.in_(ids))):
            times[line.prompt_id][f"{line.state}_us"] = line.t_us
    table = schema.session
    closed: dict[str, int] = {}
    sessions = sorted({row.session_id for row in found})
    for start in range(0, len(sessions), 200):
        some = table.c.id.in_(sessions[start : start + 200]), table.c.closed_us.is_not(None)
        closed |= {
            row.id: row.closed_us
            for row in connection.execute(select(table.c.id, table.c.closed_us).where(*some))
        }
    return [_prompt(row, times[row.id], closed.get(row.session_id)) for row in found]


def prompt(connection: Connection, prompt_id: str) -> Prompt | None:
    """One prompt."""
    table = schema.prompt
    found = prompts(connection, connection.execute(select(table).where(table.c.id == prompt_id)))
    return found[0] if found else None


def prompts_by_id(connection: Connection, ids: Sequence[str]) -> list[Prompt]:
    """These prompts, in this order."""
    found = [prompt(connection, prompt_id) for prompt_id in ids]
    return [one for one in found if one is not None]


def _prompt(row: Row[Any], times: dict[str, int], closed_us: int | None) -> Prompt:
    return Prompt(
        id=row.id,
        group=row.group_id,
        room=row.room_id,
        point=row.point_id,
        text=row.text,
        by_name=row.by_name,
        state=row.state,
        times=PromptTimes(**times),
        reason=row.reason if row.state == PromptState.DECLINED else None,
        answer=Answer(utterance=row.utterance_id) if row.utterance_id else None,
        difference=row.difference_id,
        wording=msgspec.json.decode(row.wording, type=WordingNote) if row.wording else None,
        question=row.question_id,
        question_version=row.question_version,
        withdrawn_by=row.withdrawn_by,
        session=row.session_id,
        closed_us=closed_us,
    )
