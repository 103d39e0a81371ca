"""How the search index follows the database: triggers note what changed, a task takes it over.

1. A trigger writes the key of every row that is searched (``KINDS``) and is added, changed or
   deleted into ``search_change``, in the same transaction; whoever changes the rows needs to know
   nothing.
2. A step reads the next changes, looks the rows up as they are now, and gives them to the index
   with the new place in one transaction of the index. Dying at any point repeats a step.
3. An index that is new, damaged, of another database, or behind what was forgotten here reads all
   rows first, oldest first; it can be searched meanwhile and says how far it is.

Triggers are looked at whenever a feed is opened: a migration that copies a table loses them. When
one was missing, everything is read again.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    delete,
    func,
    literal,
    select,
    text,
)

from command_centre.db import schema
from command_centre.db.database import Database, Writing, read_counter, write_counter
from command_centre.search.index import Document, Index, IndexDamaged, SearchError, State
from config.words import Speaker

logger = logging.getLogger(__name__)

_STEP_ROWS = 500
_POLL_S = 0.5
_AWAY_S = 5.0
_GENERATION = "search_generation"
_FORGOTTEN = "search_forgotten"  # changes up to here are deleted

#: Tables that are searched, and what names a row of each; of corrections the last one counts.
KINDS = ("utterance", "prompt", "marker", "correction", "note", "record_line")
_KEYS = {
    "utterance": "id",
    "prompt": "id",
    "marker": "log_index",
    "correction": "utterance_id",
    "note": "id",
    "record_line": "id",
}
_SPOKEN = ("utterance", "correction")


class SearchFeed:
    """Follows one database into one index; blocking parts run in worker threads."""

    def __init__(self, database: Database, index: Index) -> None:
        self._database = database
        self.index = index
        self._opened = 0  # generation of the database, 0: not looked at yet
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                while await self.step():
                    await asyncio.sleep(0)
                await asyncio.sleep(_POLL_S)
            except SearchError as error:
                logger.warning("the search index does not follow: %s", type(error).__name__)
                await asyncio.sleep(_AWAY_S)

    async def catch_up(self) -> None:
        """Take everything there is. Raises SearchError."""
        while await self.step():
            pass

    async def open(self) -> None:
        """Make sure that changes of the database are noted."""
        if not self._opened:
            self._opened = await self._database.write(_open)

    async def waiting(self) -> int:
        """Changes that were noted and not taken yet."""
        change = schema.search_change
        count = select(func.count()).select_from(change)
        return await self._database.read(lambda c: c.execute(count).scalar() or 0)

    async def rebuild(self) -> None:
        """Forget the index; the next steps build it. Raises SearchError."""
        async with self._turn:
            await self._begin()

    async def progress(self) -> int | None:
        """Percent built; None: complete. Raises SearchError."""
        state = await asyncio.to_thread(self.index.state)
        if not self._opened or state.generation != self._opened:
            return 0
        return min(99, state.done * 100 // max(1, state.total)) if state.scan else None

    async def step(self) -> bool:
        """Take the next rows or changes; False when there is nothing left. Raises SearchError."""
        async with self._turn:
            await self.open()
            try:
                state = await asyncio.to_thread(self.index.state)
            except IndexDamaged as error:
                logger.warning("the search index is made again: %s", error)
                await self._begin()
                return True
            forgotten = await self._database.read(lambda c: read_counter(c, _FORGOTTEN))
            if state.generation != self._opened or state.change < forgotten:
                await self._begin()
                return True
            return await (self._scan(state) if state.scan else self._follow(state))

    async def _begin(self) -> None:
        await self.open()
        change, total = await self._database.read(_standing)
        after = State(self._opened, change, KINDS[0], -(1 << 62), 0, total)
        await asyncio.to_thread(self.index.clear, after)

    async def _scan(self, state: State) -> bool:
        found = await self._database.read(lambda c: _rows_after(c, state.scan, state.scan_row))
        documents = [document for _, document in found]
        after = replace(state, done=state.done + len(found))
        if found:
            after = replace(after, scan_row=found[-1][0])
        else:
            following = [*KINDS[KINDS.index(state.scan) + 1 :], ""][0]
            after = replace(after, scan=following, scan_row=-(1 << 62))
        await asyncio.to_thread(self.index.apply, state, after, documents, [])
        return True

    async def _follow(self, state: State) -> bool:
        last, put, gone = await self._database.read(lambda c: _changes(c, state.change))
        if last == state.change:
            if state.unclean:
                await asyncio.to_thread(self.index.purge)
            return False
        after = replace(state, change=last)
        if await asyncio.to_thread(self.index.apply, state, after, put, gone):
            await self._database.write(lambda writing: _forget(writing, last))
        return True


def _open(writing: Writing) -> int:
    """Make sure of the triggers; the generation of this database."""
    present = {
        row[0]
        for row in writing.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'search%'")
        )
    }
    wanted = {f"search_{table}_{act}": (table, act) for table in KINDS for act in _ROWS}
    for name in wanted.keys() - present:
        table, act = wanted[name]
        notes = "".join(
            f"INSERT INTO search_change (kind, ref) VALUES ('{table}', {row}.{_KEYS[table]});"
            for row in _ROWS[act]
        )
        writing.connection.exec_driver_sql(
            f"CREATE TRIGGER {name} AFTER {act.upper()} ON {table} BEGIN {notes} END"
        )
    generation = read_counter(writing.connection, _GENERATION)
    if not generation or wanted.keys() - present:
        generation = secrets.randbits(62) | 1
        write_counter(writing.connection, _GENERATION, generation)
    return generation


_ROWS = {"insert": ("new",), "update": ("old", "new"), "delete": ("old",)}


def _standing(connection: Connection) -> tuple[int, int]:
    """The last change there ever was, and how many rows there are to read."""
    change = schema.search_change
    last = connection.execute(select(func.max(change.c.id))).scalar() or 0
    counts = [
        connection.execute(select(func.count()).select_from(schema.metadata.tables[kind])).scalar()
        for kind in KINDS
    ]
    return max(last, read_counter(connection, _FORGOTTEN)), sum(one or 0 for one in counts)


def _statement(kind: str) -> Select[tuple[object, ...]]:
    table, session, said = schema.metadata.tables[kind], schema.session, schema.utterance
    place = said if kind in _SPOKEN else table
    statement = select(
        text(f"{kind}.rowid AS row"),
        table.c[_KEYS[kind]].label("ref"),
        place.c.case_id,
        place.c.session_id,
        (session.c.room_id if kind == "note" else place.c.room_id).label("room_id"),
        func.coalesce(_person(kind), "").label("person"),
        func.coalesce(_time(kind), session.c.opened_us, 0).label("t_us"),
        (said.c.end_us + 0 if kind in _SPOKEN else literal(0)).label("end_us"),
        (said.c.speaker + "" if kind in _SPOKEN else literal("")).label("speaker"),
        session.c.room_name,
        table.c.text,
    ).select_from(table)
    if kind == "correction":
        later = schema.correction.alias("later")
        last = select(func.max(later.c.version)).where(later.c.utterance_id == table.c.utterance_id)
        statement = statement.join(said, said.c.id == table.c.utterance_id).where(
            table.c.version == last.scalar_subquery(),
            table.c.text != said.c.text,  # taken back
        )
    if kind in ("marker", "note"):
        statement = statement.where(table.c.withdrawn_us.is_(None))
    return statement.join(session, session.c.id == place.c.session_id, isouter=True)


def _time(kind: str) -> ColumnElement[int]:
    if kind in _SPOKEN:
        return schema.utterance.c.start_us + 0
    if kind in ("marker", "record_line"):
        return schema.metadata.tables[kind].c.t_us + 0
    if kind == "note":
        return schema.note.c.at_us + 0
    step = schema.prompt_step.c
    issued = step.prompt_id == schema.prompt.c.id, step.state == "issued"
    return select(step.t_us).where(*issued).scalar_subquery()


def document_statement(kind: str, refs: Sequence[str]) -> Select[tuple[object, ...]]:
    """Rows of a kind by their keys, with who, where and when."""
    key = schema.metadata.tables[kind].c[_KEYS[kind]]
    asked: Sequence[object] = [int(one) for one in refs] if kind == "marker" else [*refs]
    return _statement(kind).where(key.in_(asked))


def _person(kind: str) -> ColumnElement[str]:
    """Who said or wrote it: the person questioned, their questioner, or who signed the note."""
    if kind not in _SPOKEN:
        return cast(ColumnElement[str], schema.metadata.tables[kind].c.by_name)
    said, asked = schema.utterance.c, schema.session.c.person_name
    return case((said.speaker == Speaker.INTERVIEWER, officer_name()), else_=asked)


def officer_name() -> ColumnElement[str]:
    """Who asked in an utterance's session, the first when two did; of a session that did not keep
    its people, who asks in its room now."""
    person, said, session = schema.person, schema.utterance.c, schema.session
    asked = (
        select(session.c.officer_name)
        .where(session.c.id == said.session_id)
        .correlate(schema.utterance)
        .scalar_subquery()
    )
    seated = (
        select(person.c.name)
        .where(
            person.c.case_id == said.case_id,
            person.c.room_id == said.room_id,
            person.c.kind == "officer",
        )
        .order_by(person.c.position)
        .limit(1)
        .correlate(schema.utterance)
        .scalar_subquery()
    )
    return func.coalesce(func.nullif(asked, ""), seated)


def _documents(
    connection: Connection, kind: str, statement: Select[tuple[object, ...]]
) -> list[tuple[int, Document]]:
    return [
        (
            row.row,
            Document(
                kind=kind,
                ref=str(row.ref),
                case=row.case_id,
                session=row.session_id,
                room=row.room_id,
                person=row.person,
                t_us=row.t_us,
                text=row.text,
            ),
        )
        for row in connection.execute(statement)
    ]


def _rows_after(connection: Connection, kind: str, row: int) -> list[tuple[int, Document]]:
    statement = _statement(kind).where(text(f"{kind}.rowid > :row")).params(row=row)
    statement = statement.order_by(text(f"{kind}.rowid")).limit(_STEP_ROWS)
    return _documents(connection, kind, statement)


def _changes(
    connection: Connection, after: int
) -> tuple[int, list[Document], list[tuple[str, str]]]:
    """The next changes: the last of them, rows that are there, rows that are not."""
    change = schema.search_change
    rows = connection.execute(
        select(change).where(change.c.id > after).order_by(change.c.id).limit(_STEP_ROWS)
    ).all()
    put: list[Document] = []
    gone: list[tuple[str, str]] = []
    for kind in KINDS:
        refs = {row.ref for row in rows if row.kind == kind}
        statement = document_statement(kind, sorted(refs))
        there = [one for _, one in _documents(connection, kind, statement)]
        put += there
        gone += [(kind, ref) for ref in sorted(refs - {one.ref for one in there})]
    return (rows[-1].id if rows else after), put, gone


def _forget(writing: Writing, last: int) -> None:
    change = schema.search_change
    writing.execute(delete(change).where(change.c.id <= last))
    write_counter(writing.connection, _FORGOTTEN, last)
