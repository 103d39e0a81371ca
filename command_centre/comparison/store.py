"""Cells and differences in the database, and the events that tell desks of them.

Owned by the writer thread. Rows here follow from the words and the engine; they may be emptied and
come back when the engine reads the words again. Reviews hang on a difference's id, which stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, or_, select, update

from command_centre.comparison.views import Cell, Difference, Finding, Review, Spoken
from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import protocol
from config.words import ReviewState

#: Events for those who see the whole case; no room desk has this room.
WHOLE_CASE_ONLY = "*"

_CELL: msgspec.json.Decoder[Cell] = msgspec.json.Decoder(Cell)
_FINDING: msgspec.json.Decoder[Finding] = msgspec.json.Decoder(Finding)


def read_cells(connection: Connection, case: str) -> list[Cell]:
    """Every cell of a case."""
    table = schema.cell
    found = select(table.c.content).where(table.c.case_id == case)
    ordered = found.order_by(table.c.point_id, table.c.person_id)
    return [_CELL.decode(content) for content in connection.execute(ordered).scalars()]


def read_differences(connection: Connection, case: str) -> list[Difference]:
    """Every difference of a case, the first found first."""
    table = schema.difference
    reviews = read_reviews(connection, case)
    found = connection.execute(
        select(table).where(table.c.case_id == case).order_by(table.c.found_us, table.c.id)
    )
    return [_difference(row, reviews.get(row.id, [])) for row in found]


def read_difference(connection: Connection, case: str, name: str) -> Difference | None:
    """One difference of a case."""
    row = _row(connection, case, name)
    if row is None:
        return None
    return _difference(row, read_reviews(connection, case, name).get(name, []))


def read_reviews(
    connection: Connection, case: str, name: str | None = None
) -> dict[str, list[Review]]:
    """Reviews by difference, in order."""
    table = schema.difference_review
    statement = select(table).where(table.c.case_id == case)
    if name is not None:
        statement = statement.where(table.c.difference_id == name)
    reviews: dict[str, list[Review]] = defaultdict(list)
    for row in connection.execute(statement.order_by(table.c.log_index)):
        reviews[row.difference_id].append(
            Review(
                state=row.state,
                by_name=row.by_name,
                t_us=row.t_us,
                note=row.note,
                prompts=tuple(msgspec.json.decode(row.prompts, type=list[str])),
                index=row.log_index,
            )
        )
    return reviews


def spoken_of(cell: Cell) -> dict[tuple[str, str], Spoken]:
    """What the desks of rooms may know of a cell: by room and session, when it came up there."""
    first: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for one in cell.statements:
        slots = first[one.room, one.session]
        slots[one.slot] = min(one.start_us, slots.get(one.slot, one.start_us))
    return {place: _spoken(place, cell, slots) for place, slots in first.items()}


def spoken_in(cells: Iterable[Cell], rooms: Iterable[str], sessions: Iterable[str]) -> list[Spoken]:
    """Which points came up in these sessions of these rooms."""
    mine, running = set(rooms), set(sessions)
    every = (one for cell in cells for one in spoken_of(cell).values())
    return [one for one in every if one.room in mine and one.session in running]


def write_cell(writing: Writing, case: str, cell: Cell) -> None:
    """Keep a cell as it stands now and tell the walls, and the rooms that it came up there."""
    table = schema.cell
    where = (table.c.case_id == case, table.c.point_id == cell.point)
    known = select(table.c.content).where(*where, table.c.person_id == cell.person)
    content = writing.connection.execute(known).scalar_one_or_none()
    _tell_rooms(writing, case, _CELL.decode(content) if content else None, cell)
    content = msgspec.json.encode(cell).decode()
    writing.execute(
        table.insert()
        .prefix_with("OR REPLACE")
        .values(case_id=case, point_id=cell.point, person_id=cell.person, content=content)
    )
    cursor = writing.next_cursor()
    event = protocol.CellEvent(cursor=cursor, cell=cell)
    writing.emit(case, WHOLE_CASE_ONLY, cursor, protocol.encode(event))


def _tell_rooms(writing: Writing, case: str, known: Cell | None, cell: Cell) -> None:
    before, now = spoken_of(known) if known else {}, spoken_of(cell)
    for place in sorted(before.keys() | now.keys()):
        one = now.get(place) or _spoken(place, cell, {})
        if one != before.get(place):
            cursor = writing.next_cursor()
            event = protocol.SpokenEvent(cursor=cursor, spoken=one)
            writing.emit(case, one.room, cursor, protocol.encode(event))


def _spoken(place: tuple[str, str], cell: Cell, slots: dict[str, int]) -> Spoken:
    room, session = place
    return Spoken(room=room, session=session, point=cell.point, person=cell.person, slots=slots)


def write_finding(
    writing: Writing, case: str, finding: Finding, *, engine: str, t_us: int, index: int | None
) -> None:
    """Keep a finding as it stands now and tell the walls."""
    table = schema.difference
    known = _row(writing.connection, case, finding.id)
    writing.execute(
        table.insert()
        .prefix_with("OR REPLACE")
        .values(
            case_id=case,
            id=finding.id,
            content=msgspec.json.encode(finding).decode(),
            engine=engine,
            found_us=known.found_us if known else t_us,
            gone_us=None,
            log_index=index,
        )
    )
    announce_difference(writing, case, finding.id)


def end_finding(writing: Writing, case: str, name: str, *, t_us: int, index: int | None) -> None:
    """A finding is found no more; its row and reviews stay."""
    table = schema.difference
    mine = (table.c.case_id == case, table.c.id == name)
    writing.execute(update(table).where(*mine).values(gone_us=t_us, log_index=index))
    announce_difference(writing, case, name)


def announce_difference(writing: Writing, case: str, name: str) -> None:
    """Tell the walls how a difference stands; nothing when the engine has not found it (yet)."""
    found = read_difference(writing.connection, case, name)
    if found is None:
        return
    cursor = writing.next_cursor()
    event = protocol.DifferenceEvent(cursor=cursor, difference=found)
    writing.emit(case, WHOLE_CASE_ONLY, cursor, protocol.encode(event))


def forget_session(writing: Writing, case: str, session: str) -> None:
    """Words of a session go: every cell and difference that quotes them, and what told of them.

    The engine reads what is left afterwards and says again what still stands.
    """
    for table in (schema.cell, schema.difference):
        quoting = table.c.content.contains(f'"{session}"', autoescape=True)
        writing.execute(delete(table).where(table.c.case_id == case, quoting))
    event = schema.event
    quoting = event.c.message.contains(f'"{session}"', autoescape=True)
    told = event.c.message.startswith('{"type":"spoken"')
    mine = (event.c.case_id == case, or_(event.c.room_id == WHOLE_CASE_ONLY, told))
    writing.execute(delete(event).where(*mine, quoting))


def _row(connection: Connection, case: str, name: str) -> Row[Any] | None:
    table = schema.difference
    statement = select(table).where(table.c.case_id == case, table.c.id == name)
    return connection.execute(statement).one_or_none()


def _difference(row: Row[Any], reviews: Sequence[Review]) -> Difference:
    return Difference(
        finding=_FINDING.decode(row.content),
        found_us=row.found_us,
        engine=row.engine,
        state=reviews[-1].state if reviews else ReviewState.OPEN,
        reviews=tuple(reviews),
        gone_us=row.gone_us,
        index=row.log_index,
    )
