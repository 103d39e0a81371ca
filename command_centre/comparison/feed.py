"""What is new in a case since it was last read, as orders in order of time. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.comparison.orders import (
    Asked,
    Corrected,
    OpenCase,
    Order,
    ReviseCase,
    Said,
    SaidWord,
)
from command_centre.comparison.read import case_document, people_by_id, read_device_logs
from command_centre.comparison.readings import ReadReadings, new_readings
from command_centre.db import schema
from config.words import MICROSECONDS, PromptState, Speaker

#: 昨天 is counted from the day where the interview takes place.
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Read:
    """How far a case has been read."""

    cursor: int = 0  # of the last utterance
    asked: frozenset[str] = field(default_factory=frozenset)  # prompts told
    corrections: int = -1  # log position of the last correction told
    readings: ReadReadings = field(default_factory=ReadReadings)


@dataclass(frozen=True)
class News:
    """Orders, and how far they reach."""

    orders: list[Order]
    read: Read
    more: bool


def open_case(connection: Connection, case: str) -> OpenCase | None:
    """The order that begins a case; None when there is no such case."""
    table = schema.case_file
    if connection.execute(select(table.c.id).where(table.c.id == case)).scalar() is None:
        return None
    people = {name: person for person, name in people_by_id(connection, case).items()}
    return OpenCase(
        case=case,
        document=case_document(connection, case),
        people=people,
        logs=read_device_logs(connection, case),
    )


def revise_case(connection: Connection, case: str) -> ReviseCase:
    """The order that tells of changed points, names, documents or stored logs."""
    return ReviseCase(
        case=case,
        document=case_document(connection, case),
        people={name: person for person, name in people_by_id(connection, case).items()},
        logs=read_device_logs(connection, case),
    )


def news(connection: Connection, case: str, read: Read, limit: int) -> News:
    """What was said, asked and measured after ``read``."""
    said = schema.utterance
    rows = connection.execute(
        select(said)
        .where(said.c.case_id == case, said.c.cursor > read.cursor)
        .order_by(said.c.cursor)
        .limit(limit)
    ).all()
    names = _people_of_sessions(connection, case)
    corrected = _texts(connection, [row.id for row in rows])
    timed: list[tuple[int, int, Order]] = [
        (row.end_us, row.log_index, _said(row, case, names, corrected.get(row.id))) for row in rows
    ]
    news_of = _corrections(connection, case, read)
    timed += [
        (row.t_us, row.log_index, Corrected(case=case, utterance=row.utterance_id, text=row.text))
        for row in news_of
        if row.utterance_id not in corrected
    ]
    more = len(rows) == limit
    until_us = rows[-1].end_us if more else None
    asked = [
        row for row in _acknowledged(connection, case)
        if row.id not in read.asked and (until_us is None or row.t_us <= until_us)
    ]  # fmt: skip
    timed += [(row.t_us, row.log_index, _asked(row, case)) for row in asked]
    timed.sort(key=lambda one: one[:2])
    measured = new_readings(connection, case, read.readings)
    return News(
        # Readings first: an answer is laid beside them at once. Their order changes nothing.
        orders=[*measured.orders, *(order for _, _, order in timed)],
        read=Read(
            cursor=rows[-1].cursor if rows else read.cursor,
            asked=read.asked | {row.id for row in asked},
            corrections=max((row.log_index for row in news_of), default=read.corrections),
            readings=measured.read,
        ),
        more=more or measured.more,
    )


def _people_of_sessions(connection: Connection, case: str) -> dict[str, str]:
    """Who is questioned in each session, by today's name; of sessions that did not keep their
    people by the name of then, else whoever sits in the room."""
    session, room = schema.session, schema.room
    by_id = people_by_id(connection, case)
    names = set(by_id.values())
    found = connection.execute(
        select(
            *(session.c.id, session.c.person_id, session.c.person_name, session.c.people),
            room.c.person_id.label("seated"),
        )
        .join(room, room.c.id == session.c.room_id)
        .where(session.c.case_id == case)
    )

    def name(row: Any) -> str:
        if row.person_id in by_id:
            return by_id[row.person_id]
        if row.person_name in names:
            return str(row.person_name)
        return "" if row.people else by_id.get(row.seated or "", "")

    return {row.id: name(row) for row in found}


def _texts(connection: Connection, utterances: Sequence[str]) -> dict[str, str]:
    """The latest corrected text of those utterances that were corrected."""
    table = schema.correction
    found: dict[str, str] = {}
    for start in range(0, len(utterances), 500):
        some = table.c.utterance_id.in_(utterances[start : start + 500])
        for row in connection.execute(select(table).where(some).order_by(table.c.version)):
            found[row.utterance_id] = row.text
    return found


def _corrections(connection: Connection, case: str, read: Read) -> list[Row[Any]]:
    """Corrections after ``read`` of utterances that were told before."""
    table, said = schema.correction, schema.utterance
    return list(
        connection.execute(
            select(table)
            .join(said, said.c.id == table.c.utterance_id)
            .where(
                said.c.case_id == case,
                said.c.cursor <= read.cursor,
                table.c.log_index > read.corrections,
            )
            .order_by(table.c.log_index)
        )
    )


def _said(row: Row[Any], case: str, names: Mapping[str, str], corrected: str | None) -> Said:
    if corrected is not None:
        return msgspec.structs.replace(
            _said(row, case, names, None), text=corrected, words=[], repairs=[]
        )
    words = msgspec.json.decode(row.words, type=list[dict[str, Any]])
    repairs = msgspec.json.decode(row.repairs, type=list[dict[str, Any]])
    day = datetime.fromtimestamp(row.start_us / MICROSECONDS, UTC).astimezone(CHINA).date()
    return Said(
        case=case,
        utterance=row.id,
        session=row.session_id,
        room=row.room_id,
        person=names.get(row.session_id, ""),
        speaker=row.named or row.proposed or row.speaker,
        certain=bool(row.named) or row.speaker != Speaker.UNKNOWN,
        text=row.text,
        start_us=row.start_us,
        end_us=row.end_us,
        day=day.isoformat(),
        language=row.language or "zh",
        words=[
            SaidWord(one["w"], one["s_us"], one["e_us"], one.get("c_pm", 1000)) for one in words
        ],
        repairs=[(one["from"], one["to"]) for one in repairs],
    )


def _acknowledged(connection: Connection, case: str) -> list[Row[Any]]:
    prompt, step = schema.prompt, schema.prompt_step
    return list(
        connection.execute(
            select(
                *(prompt.c.id, prompt.c.session_id, prompt.c.room_id, prompt.c.point_id),
                *(prompt.c.text, step.c.t_us, step.c.log_index),
            )
            .join(step, step.c.prompt_id == prompt.c.id)
            .where(
                prompt.c.case_id == case,
                prompt.c.point_id.is_not(None),
                step.c.state == PromptState.ACKNOWLEDGED,
            )
        )
    )


def _asked(row: Row[Any], case: str) -> Asked:
    return Asked(
        case=case,
        session=row.session_id,
        room=row.room_id,
        prompt=row.id,
        point=row.point_id,
        text=row.text,
        t_us=row.t_us,
    )
