"""Cases as desks see them, and the acts on them that are the centre's own (points).

Reads are one snapshot each, so the cursor returned with a case fits what is returned with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select

from command_centre.comparison import store
from command_centre.comparison.views import Point
from command_centre.db import schema
from command_centre.db.database import CURSOR, read_counter
from command_centre.desk import rows
from command_centre.desk.alarms import standing_alarms
from command_centre.desk.views import (
    Attendant,
    CaseSummary,
    CaseView,
    Officer,
    OpenSessionView,
    Pause,
    PersonView,
    Prompt,
    RoomView,
    SessionSummary,
    SourceView,
    Utterance,
    VoiceLine,
)
from command_centre.errors import Rejected
from config.words import PromptState, SourceKind

LATEST_PROMPTS = 100
LATEST_LINES = 100
_EVENTS = 300  # markers and gaps a desk is given when it opens


def require_case(connection: Connection, case: str) -> Row[Any]:
    """The row of a case, or ``unknown_case``."""
    table = schema.case_file
    row = connection.execute(select(table).where(table.c.id == case)).one_or_none()
    if row is None:
        raise Rejected("unknown_case", "there is no such case")
    return row


def list_cases(
    connection: Connection,
    rooms_recording: Callable[[str], int],
    only: frozenset[str] | None = None,
) -> list[CaseSummary]:
    """Every case, or ``only`` these; newest number first."""
    table = schema.case_file
    sessions = _session_times(connection)
    alarms = _counted(connection, schema.alarm, schema.alarm.c.acknowledged_us.is_(None))
    task = schema.task
    tasks = _counted(connection, task, task.c.done_us.is_(None), task.c.dropped_us.is_(None))
    people = _counted(connection, schema.person, schema.person.c.kind == "party")
    due = _first_due(connection)
    summaries = []
    for row in connection.execute(select(table).order_by(table.c.opened.desc(), table.c.id)):
        if only is not None and row.id not in only:
            continue
        open_sessions, last_us = sessions.get(row.id, (0, None))
        summaries.append(
            CaseSummary(
                id=row.id,
                number=row.number,
                name=row.name,
                name_en=row.name_en,
                status=row.status,
                enterprise=row.enterprise,
                kind=row.kind,
                state=row.state,
                lead_name=row.lead_name,
                incident_date=row.incident_date,
                opened=row.opened,
                rooms_recording=rooms_recording(row.id),
                open_sessions=open_sessions,
                alarms=alarms.get(row.id, 0),
                tasks=tasks.get(row.id, 0),
                task_due=due.get(row.id, ""),
                people=people.get(row.id, 0),
                last_event_us=_last_said(connection, row.id, last_us) if open_sessions else last_us,
            )
        )
    return summaries


def _session_times(connection: Connection) -> dict[str, tuple[int, int | None]]:
    """Of each case: how many sessions are open, and when one last opened or closed."""
    table = schema.session
    found = connection.execute(
        select(
            table.c.case_id,
            func.count() - func.count(table.c.closed_us),
            func.max(table.c.opened_us),
            func.max(table.c.closed_us),
        ).group_by(table.c.case_id)
    )
    return {
        case: (still_open, max(time for time in (opened_us, closed_us) if time is not None))
        for case, still_open, opened_us, closed_us in found
    }


def _counted(connection: Connection, table: Table, *which: ColumnElement[bool]) -> dict[str, int]:
    """How many rows of each case there are."""
    statement = select(table.c.case_id, func.count()).where(*which).group_by(table.c.case_id)
    return {row[0]: row[1] for row in connection.execute(statement)}


def _first_due(connection: Connection) -> dict[str, str]:
    table = schema.task
    statement = (
        select(table.c.case_id, func.min(table.c.due))
        .where(table.c.done_us.is_(None), table.c.dropped_us.is_(None), table.c.due != "")
        .group_by(table.c.case_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def _last_said(connection: Connection, case: str, last_us: int | None) -> int | None:
    """When something was last said in a case with an open session."""
    said = schema.utterance
    spoken = connection.execute(
        select(said.c.end_us).where(said.c.case_id == case).order_by(said.c.cursor.desc()).limit(1)
    ).scalar()
    return max((time for time in (last_us, spoken) if time is not None), default=None)


def read_case(connection: Connection, case: str) -> CaseView:
    """A case with everything a desk needs."""
    row = require_case(connection, case)
    return CaseView(
        id=row.id,
        number=row.number,
        name=row.name,
        name_en=row.name_en,
        cause=row.cause,
        enterprise=row.enterprise,
        incident_date=row.incident_date,
        opened=row.opened,
        state=row.state,
        people=_people(connection, case),
        points=_points(connection, case),
        rooms=_rooms(connection, case),
        sources=_sources(connection, case),
        sessions=_sessions(connection, case),
        prompts=_prompts(connection, case),
        events=_events(connection, case),
        alarms=standing_alarms(connection, case),
        pauses=standing_pauses(connection, case),
        lines=standing_lines(connection, case),
        cells=store.read_cells(connection, case),
        differences=store.read_differences(connection, case),
        cursor=read_counter(connection, CURSOR),
    )


def parties(connection: Connection, case: str) -> Sequence[Row[Any]]:
    """Those questioned in a case, in the order of its file."""
    table = schema.person
    return connection.execute(
        select(table)
        .where(table.c.case_id == case, table.c.kind == "party")
        .order_by(table.c.position)
    ).all()


def _people(connection: Connection, case: str) -> list[PersonView]:
    return [
        PersonView(
            id=row.id,
            name=row.name,
            name_en=row.name_en,
            post=row.post,
            post_en=row.post_en,
            role=row.role,
            room=row.room_id,
        )
        for row in parties(connection, case)
    ]


def _points(connection: Connection, case: str) -> list[Point]:
    table = schema.point
    found = connection.execute(
        select(table).where(table.c.case_id == case).order_by(table.c.position)
    )
    return [rows.point(row) for row in found]


def _rooms(connection: Connection, case: str) -> list[RoomView]:
    table, person = schema.room, schema.person
    officers: dict[str, list[Officer]] = {}
    for row in connection.execute(
        select(person)
        .where(person.c.case_id == case, person.c.kind == "officer", person.c.room_id.is_not(None))
        .order_by(person.c.position)
    ):
        officers.setdefault(row.room_id, []).append(
            Officer(id=row.id, name=row.name, duty=row.duty, certificate=row.certificate)
        )
    attendants = _attendants(connection, case)
    return [
        RoomView(
            id=row.id,
            name=row.name,
            name_en=row.name_en,
            kind=row.kind,
            person=row.person_id,
            officers=officers.get(row.id, []),
            session=_open_view(connection, row.id),
            attendants=attendants.get(row.id, []),
        )
        for row in connection.execute(
            select(table).where(table.c.case_id == case).order_by(table.c.position)
        )
    ]


def _attendants(connection: Connection, case: str) -> dict[str, list[Attendant]]:
    """Who attends beside the officers, by room."""
    table = schema.attendant
    found: dict[str, list[Attendant]] = {}
    for row in connection.execute(
        select(table)
        .where(table.c.case_id == case, table.c.room_id.is_not(None))
        .order_by(table.c.position)
    ):
        found.setdefault(row.room_id, []).append(
            Attendant(id=row.id, name=row.name, duty=row.duty, detail=row.detail)
        )
    return found


def _open_view(connection: Connection, room: str) -> OpenSessionView | None:
    row = open_session(connection, room)
    return OpenSessionView(id=row.id, opened_us=row.opened_us) if row else None


def open_session(connection: Connection, room: str) -> SessionSummary | None:
    """The session open in a room."""
    table = schema.session
    row = connection.execute(
        select(table)
        .where(table.c.room_id == room, table.c.closed_us.is_(None))
        .order_by(table.c.opened_us.desc())
        .limit(1)
    ).one_or_none()
    return rows.summary(row) if row else None


def _sources(connection: Connection, case: str) -> list[SourceView]:
    table, room, join = schema.source, schema.room, schema.device_join
    found = connection.execute(
        select(table, join.c.revoked_us)
        .join(room, room.c.id == table.c.room_id)
        .outerjoin(join, join.c.source_id == table.c.id)
        .where(room.c.case_id == case, table.c.kind != SourceKind.CALL)
        .order_by(table.c.position, table.c.id)
    )
    return [rows.source(row, revoked=row.revoked_us is not None) for row in found]


def _sessions(connection: Connection, case: str) -> list[SessionSummary]:
    table = schema.session
    found = connection.execute(
        select(table).where(table.c.case_id == case).order_by(table.c.opened_us)
    )
    return [rows.summary(row) for row in found]


def _prompts(connection: Connection, case: str) -> list[Prompt]:
    table, step = schema.prompt, schema.prompt_step
    issued = and_(step.c.prompt_id == table.c.id, step.c.state == PromptState.ISSUED)
    latest = connection.execute(
        select(table)
        .join(step, issued)
        .where(table.c.case_id == case)
        .order_by(step.c.t_us.desc(), table.c.log_index.desc())
        .limit(LATEST_PROMPTS)
    ).all()
    return rows.prompts(connection, reversed(latest))


def _events(connection: Connection, case: str) -> list[dict[str, Any]]:
    """What a desk that opens now has missed: markers and gaps, and where each device stands."""
    shown = _of_types(connection, case, ("marker", "gap"), _EVENTS)
    return [*shown, *_last_readings(connection, case)]


def _last_readings(connection: Connection, case: str) -> list[dict[str, Any]]:
    """The last reading of each device as on /ws; one that measures rarely is found as well."""
    table = schema.reading
    last = (
        select(table.c.device, func.max(table.c.t_us).label("t_us"))
        .where(table.c.case_id == case)
        .group_by(table.c.device)
        .subquery()
    )
    found = connection.execute(
        select(table)
        .join(last, and_(last.c.device == table.c.device, last.c.t_us == table.c.t_us))
        .where(table.c.case_id == case)
    )
    cursor = read_counter(connection, CURSOR)
    return [msgspec.to_builtins(rows.reading(row, cursor)) for row in found]


def _of_types(
    connection: Connection, case: str, types: tuple[str, ...], limit: int
) -> list[dict[str, Any]]:
    """The latest events of some types, oldest first. A message begins with its type."""
    event = schema.event
    rows = connection.execute(
        select(event.c.message)
        .where(
            event.c.case_id == case,
            or_(
                *(
                    event.c.message.startswith(f'{{"type":"{name}"', autoescape=True)
                    for name in types
                )
            ),
        )
        .order_by(event.c.cursor.desc())
        .limit(limit)
    ).scalars()
    messages = [msgspec.json.decode(row, type=dict[str, Any]) for row in rows]
    return messages[::-1]


def read_utterances(
    connection: Connection,
    case: str,
    *,
    room: str | None,
    before_cursor: int | None,
    limit: int,
    rooms: frozenset[str] = frozenset(),
    from_us: int | None = None,
    to_us: int | None = None,
) -> tuple[list[Utterance], bool]:
    """The latest utterances before a cursor, in order, and whether there are more before them."""
    require_case(connection, case)
    table = schema.utterance
    statement = select(table).where(table.c.case_id == case)
    if room is not None:
        statement = statement.where(table.c.room_id == room)
    if rooms:
        statement = statement.where(table.c.room_id.in_(rooms))
    if before_cursor is not None:
        statement = statement.where(table.c.cursor < before_cursor)
    if from_us is not None:
        statement = statement.where(table.c.start_us >= from_us)
    if to_us is not None:
        statement = statement.where(table.c.start_us < to_us)
    found = connection.execute(statement.order_by(table.c.cursor.desc()).limit(limit + 1)).all()
    return rows.utterances(connection, found[:limit][::-1]), len(found) > limit


def read_latest(
    connection: Connection, case: str, *, room: str | None, rooms: frozenset[str], limit: int
) -> tuple[int, dict[str, tuple[list[Utterance], bool]]]:
    """The latest utterances of each room of a case, or of one, and whether there are more; first
    the cursor of the last event they hold. No ``rooms``: of all."""
    require_case(connection, case)
    wanted = rooms_of(connection, case) if room is None else {room} & rooms_of(connection, case)
    return read_counter(connection, CURSOR), {
        one: read_utterances(connection, case, room=one, before_cursor=None, limit=limit)
        for one in sorted(wanted & rooms if rooms else wanted)
    }


def standing_pauses(connection: Connection, case: str) -> list[Pause]:
    """The pauses of the sessions open in a case, in force or ended, in order."""
    table, session = schema.pause, schema.session
    found = connection.execute(
        select(table)
        .join(session, session.c.id == table.c.session_id)
        .where(
            table.c.case_id == case,
            session.c.closed_us.is_(None),
        )
        .order_by(table.c.log_index)
    )
    return [rows.pause(row) for row in found]


def standing_lines(connection: Connection, case: str) -> list[VoiceLine]:
    """The voice lines of the sessions open in a case, standing or over, the latest last."""
    table, session = schema.voice_line, schema.session
    found = connection.execute(
        select(table)
        .join(session, session.c.id == table.c.session_id)
        .where(table.c.case_id == case, session.c.closed_us.is_(None))
        .order_by(table.c.log_index.desc())
        .limit(LATEST_LINES)
    ).all()
    return [rows.voice_line(row) for row in reversed(found)]


def case_number(connection: Connection, session: str) -> str:
    """The number of the case a session belongs to; empty when there is no such session."""
    case, table = schema.case_file, schema.session
    found = connection.execute(
        select(case.c.number).join(table, table.c.case_id == case.c.id).where(table.c.id == session)
    ).scalar()
    return str(found or "")


def rooms_of(connection: Connection, case: str) -> set[str]:
    """Ids of the rooms of a case."""
    table = schema.room
    return set(connection.execute(select(table.c.id).where(table.c.case_id == case)).scalars())


class PlaceNames(NamedTuple):
    """A source's name, and of what it is a part."""

    name: str
    name_en: str
    room_name: str
    room_name_en: str
    room_kind: str
    case_name: str
    case_name_en: str
    case_state: str  # config.words.CaseState; empty: of no case


def place_names(connection: Connection, source: str) -> PlaceNames:
    """The names of a source that exists."""
    table, room, case = schema.source, schema.room, schema.case_file
    row = connection.execute(
        select(
            *(table.c.name, table.c.name_en, room.c.name, room.c.name_en, room.c.kind),
            *(case.c.name, case.c.name_en, case.c.state),
        )
        .join(room, room.c.id == table.c.room_id)
        .outerjoin(case, case.c.id == room.c.case_id)
        .where(table.c.id == source)
    ).one()
    return PlaceNames(*(one or "" for one in row))


def camera_of(connection: Connection, room: str) -> str | None:
    """The camera a browser in the room publishes as."""
    table = schema.source
    return connection.execute(
        select(table.c.id)
        .where(table.c.room_id == room, table.c.kind == SourceKind.ROOM_CAMERA)
        .order_by(table.c.position)
        .limit(1)
    ).scalar()
