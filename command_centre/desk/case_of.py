"""Of which case something is: the one place that knows it for everything a route can name.

An outsider of a case must not learn from an answer whether something exists. So routes ask here
before they look at anything, and what is unknown and what is another's give the same refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, Table, select

from command_centre.db import schema
from command_centre.errors import Rejected

#: An entry of the log that belongs to no session: anybody who may read the log may read it.
NO_CASE = ""

#: Things that belong to one room: an account bound to other rooms is refused them.
ROOM_COLUMNS: dict[str, Column[Any]] = {
    "session": schema.session.c.room_id,
    "room": schema.room.c.id,
    "source": schema.source.c.room_id,
    "utterance": schema.utterance.c.room_id,
    "document": schema.record_document.c.room_id,
}

_Find = Callable[[Connection, str], str | None]


def case_of(connection: Connection, thing: str, name: str) -> str | None:
    """The case of a thing; None: there is no such thing. ``thing`` is a key of ``THINGS``."""
    return THINGS[thing](connection, name)


def room_of(connection: Connection, thing: str, name: str) -> str | None:
    """The room of a thing; None: it belongs to none."""
    column = ROOM_COLUMNS.get(thing)
    if column is None:
        return None
    found = connection.execute(select(column).where(column.table.c.id == name)).scalar()
    return None if found is None else str(found)


def unknown(thing: str) -> Rejected:
    """The refusal for a thing that does not exist, or does not exist for the caller."""
    code, detail = REFUSALS[thing]
    return Rejected(code, detail)


def _column(table: Table, column: Column[Any]) -> _Find:
    def find(connection: Connection, name: str) -> str | None:
        found = connection.execute(select(column).where(table.c.id == name)).scalar()
        return None if found is None else str(found)

    return find


def _of_source(connection: Connection, name: str) -> str | None:
    source, room = schema.source, schema.room
    found = connection.execute(
        select(room.c.case_id)
        .join(source, source.c.room_id == room.c.id)
        .where(source.c.id == name)
    ).scalar()
    return None if found is None else str(found)


def _of_job(connection: Connection, name: str) -> str | None:
    table = schema.job
    row = connection.execute(select(table).where(table.c.id == name)).one_or_none()
    if row is None:
        return None
    if row.target_kind in ("package", "store", "model"):
        return NO_CASE  # somebody brought it, or it is the installation's own
    if row.target_kind == "case":
        return str(row.target)
    return case_of(connection, "session", row.target)


def _of_derived(connection: Connection, name: str) -> str | None:
    """A redacted copy is known by its entry, or by the job that made it."""
    table = schema.job
    made = select(table.c.target).where(
        table.c.kind == "derive",
        table.c.result.contains(f'"derived":"{name}"', autoescape=True),
    )
    session = connection.execute(made).scalar()
    if session is not None:
        return case_of(connection, "session", session)
    act = schema.act
    said = select(act.c.case_id).where(
        act.c.kind == "derived.made",
        act.c.summary.contains(f'"derived":"{name}"', autoescape=True),
    )
    found = connection.execute(said).scalar()
    return None if found is None else str(found)


def _of_entry(connection: Connection, name: str) -> str | None:
    if not name.isascii() or not name.isdigit() or len(name) > 16:
        return None
    table = schema.log_entry
    session = connection.execute(
        select(table.c.session_id).where(table.c.log_index == int(name))
    ).scalar()
    if session is None:
        return None
    return case_of(connection, "session", session) if session else NO_CASE


_case = schema.case_file
_session, _room, _said = schema.session, schema.room, schema.utterance

THINGS: dict[str, _Find] = {
    "case": _column(_case, _case.c.id),
    "session": _column(_session, _session.c.case_id),
    "room": _column(_room, _room.c.case_id),
    "source": _of_source,
    "utterance": _column(_said, _said.c.case_id),
    "document": _column(schema.record_document, schema.record_document.c.case_id),
    "exhibit": _column(schema.exhibit, schema.exhibit.c.case_id),
    "export": _column(schema.export, schema.export.c.case_id),
    "custody": _column(schema.custody, schema.custody.c.case_id),
    "job": _of_job,
    "derived": _of_derived,
    "index": _of_entry,
}

#: The same words as where the thing itself is looked for.
REFUSALS: dict[str, tuple[str, str]] = {
    "case": ("unknown_case", "there is no such case"),
    "session": ("unknown_session", "there is no such session"),
    "room": ("unknown_room", "there is no such room"),
    "source": ("unknown_source", "there is no such source"),
    "utterance": ("unknown_utterance", "there is no such sentence"),
    "document": ("unknown_document", "there is no such document"),
    "exhibit": ("unknown_exhibit", "there is no such exhibit"),
    "export": ("unknown_export", "there is no such package"),
    "custody": ("unknown_custody", "there is no such handing over"),
    "job": ("unknown_job", "there is no such job"),
    "derived": ("unknown_export", "there is no such redacted copy"),
    "index": ("unknown_entry", "there is no such entry"),
    "hold": ("unknown_hold", "there is no such hold"),
}
