"""The log of a whole case as one list: its sessions' entries, those of the recorders' logs that
hold them, and what the centre's log says of the case.

Lists only; what stands in the log and proves it is read by ``case_log_entry``. Every line has a
**place**: the log's name and the index in it (``recorder-1.437``, ``centre.12``).

A page is found by its keys alone (place and time), its lines are read afterwards: a list of
100,000 entries answers in a fraction of a second (``tests/command_centre/test_case_log.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from command_centre.db import schema
from command_centre.desk.case_of import NO_CASE
from command_centre.desk.cases import require_case
from command_centre.desk.views import View
from command_centre.errors import Rejected
from config.recorders import CENTRE_LOG, of_one_log, place, position

TEXT_MAX = 100
PAGE_MAX = 500
#: Where an entry says who did it, the first that is there.
_ACTORS = ("by", "viewer", "opened_by", "closed_by", "noted_by")
_NAMES = ("by_name", "viewer_name")
#: The "room" of what belongs to a log itself or to the case as a whole.
NO_ROOM = "none"


#: What machines write every second or so: nine entries in ten.
ROUTINE = ("tick", "media.segment", "late.segment", "reading", "clock")


@dataclass(frozen=True)
class Question:
    """What is asked of the list; empty: everything."""

    kinds: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()  # ids, or NO_ROOM
    people: tuple[str, ...] = ()  # names of who was questioned
    by: tuple[str, ...] = ()  # names of who did it
    logs: tuple[str, ...] = ()
    session: str = ""
    source: str = ""
    text: str = ""
    from_us: int | None = None
    to_us: int | None = None
    upwards: bool = False
    without: tuple[str, ...] = ()  # kinds that are not for whoever asks
    routine: bool = True  # False: without ROUTINE, unless it says that something is amiss


class LogLine(View, frozen=True):
    """An entry in the list."""

    place: str
    kind: str
    t_us: int
    session: str
    room: str
    source: str
    by_name: str
    summary: dict[str, Any]


class LogLines(View, frozen=True):
    """One page, and how many there are on all of them."""

    lines: list[LogLine]
    total: int


class LogFacets(View, frozen=True):
    """What one can ask for: kinds with how many there are, and who did something."""

    total: int
    kinds: dict[str, int]
    by: list[str]
    people: list[str]
    logs: list[str]
    first_us: int | None
    last_us: int | None


def spell(log: str, index: int) -> str:
    """The place of an entry as text."""
    return f"{log}.{index}"


def parse_place(text: str) -> tuple[str, int]:
    """Log and index.

    Raises:
        Rejected: ``unknown_entry``.
    """
    log, _, digits = text.rpartition(".")
    try:
        if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
            raise ValueError(text)
        index = int(digits)
        if log != CENTRE_LOG:
            position(log, index)
    except ValueError as error:
        raise Rejected("unknown_entry", "an entry is named LOG.INDEX") from error
    return log, index


# --- asking ---------------------------------------------------------------------------------------


def list_lines(
    connection: Connection, case: str, asked: Question, *, offset: int, limit: int
) -> LogLines:
    """One page of the list, the newest first unless asked otherwise.

    Raises:
        Rejected: ``unknown_case``.
    """
    _require(connection, case)
    keys = union_all(
        _of_logs(connection, case, asked), _of_centre(connection, case, asked)
    ).subquery()
    total = connection.execute(select(func.count()).select_from(keys)).scalar_one()
    order = (keys.c.t_us, keys.c.centre, keys.c.at)
    page = connection.execute(
        select(keys)
        .order_by(*(order if asked.upwards else (column.desc() for column in order)))
        .offset(offset)
        .limit(min(limit, PAGE_MAX))
    ).all()
    entries = [row.at for row in page if not row.centre]
    acts = [row.at for row in page if row.centre]
    read = {**_entry_lines(connection, entries), **_act_lines(connection, acts)}
    return LogLines(lines=[read[row.centre, row.at] for row in page], total=total)


def facets(connection: Connection, case: str, without: tuple[str, ...] = ()) -> LogFacets:
    """What there is to ask for in this case.

    Raises:
        Rejected: ``unknown_case``.
    """
    _require(connection, case)
    everything = Question(without=without)
    kinds: dict[str, int] = {}
    by: set[str] = set()
    first: list[int] = []
    last: list[int] = []
    names = account_names(connection)
    for table, where in (
        (schema.log_entry, _log_where(connection, case, everything)),
        (schema.act, _act_where(case)),
    ):
        where = and_(where, table.c.kind.not_in(without))
        for kind, count, low, high in connection.execute(
            select(table.c.kind, func.count(), func.min(table.c.t_us), func.max(table.c.t_us))
            .where(where)
            .group_by(table.c.kind)
        ):
            kinds[kind] = kinds.get(kind, 0) + count
            first.append(low)
            last.append(high)
        actor, named = _actor(table.c.summary), _named(table.c.summary)
        for value, name in connection.execute(
            select(actor, func.max(named)).where(where, actor != "").group_by(actor)
        ):
            if shown := names.get(value) or name:
                by.add(str(shown))
    people = connection.execute(
        select(schema.session.c.person_name).where(schema.session.c.case_id == case).distinct()
    ).scalars()
    return LogFacets(
        total=sum(kinds.values()),
        kinds=dict(sorted(kinds.items())),
        by=sorted(by),
        people=sorted(name for name in people if name),
        logs=[*_logs(connection, case), CENTRE_LOG],
        first_us=min(first, default=None),
        last_us=max(last, default=None),
    )


def holds(
    connection: Connection, case: str, log: str, index: int, without: tuple[str, ...] = ()
) -> LogLine:
    """The line of an entry that is in this case's list.

    Raises:
        Rejected: ``unknown_entry``: there is none, or it is another case's.
    """
    if log == CENTRE_LOG:
        table = schema.act
        where = and_(table.c.log_index == index, _act_where(case), table.c.kind.not_in(without))
        if connection.execute(select(table.c.log_index).where(where)).scalar() is not None:
            return _act_lines(connection, [index])[1, index]
    else:
        at = position(log, index)
        entry = schema.log_entry
        where = and_(entry.c.log_index == at, _log_where(connection, case, Question()))
        where = and_(where, entry.c.kind.not_in(without))
        if (
            connection.execute(select(schema.log_entry.c.log_index).where(where)).scalar()
            is not None
        ):
            return _entry_lines(connection, [at])[0, at]
    raise Rejected("unknown_entry", "there is no such entry")


def entries_of(connection: Connection, session: str) -> tuple[str, list[int]]:
    """The log of a session and the indexes of its entries there.

    Raises:
        Rejected: ``unknown_session``: nothing is recorded of it.
    """
    table = schema.log_entry
    found = connection.execute(
        select(table.c.log_index).where(table.c.session_id == session).order_by(table.c.log_index)
    ).scalars()
    places = [place(at) for at in found]
    if not places:
        raise Rejected("unknown_session", "nothing is recorded of this session yet")
    return places[0][0], [index for _, index in places]


# --- the two halves -------------------------------------------------------------------------------


def _of_logs(connection: Connection, case: str, asked: Question) -> Select[Any]:
    """Keys of the entries of the recorders' logs."""
    table = schema.log_entry
    return select(
        table.c.log_index.label("at"), literal(0).label("centre"), table.c.t_us.label("t_us")
    ).where(
        _log_where(connection, case, asked),
        *_common(connection, asked, table.c.kind, table.c.t_us, table.c.summary),
        *([table.c.source_id == asked.source] if asked.source else []),
    )


def _of_centre(connection: Connection, case: str, asked: Question) -> Select[Any]:
    """Keys of what the centre's log says of the case."""
    table = schema.act
    said = _value(table.c.summary, "room")
    where: list[ColumnElement[bool]] = [_act_where(case)]
    if asked.logs and CENTRE_LOG not in asked.logs:
        where.append(false())
    if asked.session:
        where.append(table.c.session_id == asked.session)
    if asked.source:
        where.append(_value(table.c.summary, "source") == asked.source)
    if asked.rooms or asked.people:
        chosen: ColumnElement[bool] = table.c.session_id.in_(_sessions(connection, case, asked))
        if asked.rooms and not asked.people:
            chosen = or_(chosen, and_(table.c.session_id == "", said.in_(asked.rooms)))
            if NO_ROOM in asked.rooms:
                chosen = or_(chosen, and_(table.c.session_id == "", said == ""))
        where.append(chosen)
    return select(
        table.c.log_index.label("at"), literal(1).label("centre"), table.c.t_us.label("t_us")
    ).where(*where, *_common(connection, asked, table.c.kind, table.c.t_us, table.c.summary))


def _require(connection: Connection, case: str) -> None:
    if case != NO_CASE:
        require_case(connection, case)


def _act_where(case: str) -> ColumnElement[bool]:
    """Acts on a case; of none: accounts, settings, keys, and packages that somebody brought."""
    table = schema.act
    if case != NO_CASE:
        return table.c.case_id == case
    none = or_(table.c.case_id == "", table.c.case_id.startswith("package ", autoescape=True))
    return and_(none, table.c.session_id == "")


def _log_where(connection: Connection, case: str, asked: Question) -> ColumnElement[bool]:
    """Entries of the case's sessions, and those without a session in the logs that hold them."""
    table = schema.log_entry
    sessions = _sessions(connection, case, asked)
    where: ColumnElement[bool] = table.c.session_id.in_(sessions)
    if case == NO_CASE:
        where = table.c.session_id == ""
        if asked.people or asked.session or (asked.rooms and NO_ROOM not in asked.rooms):
            where = false()
    elif not asked.people and not asked.session and (not asked.rooms or NO_ROOM in asked.rooms):
        bounds = [of_one_log(position(log, 0)) for log in _logs(connection, case)]
        own = [table.c.log_index.between(low, high - 1) for low, high in bounds]
        where = or_(where, and_(table.c.session_id == "", or_(false(), *own)))
    if asked.logs:
        wanted = [of_one_log(position(log, 0)) for log in asked.logs if log != CENTRE_LOG]
        inside = [table.c.log_index.between(low, high - 1) for low, high in wanted]
        where = and_(where, or_(false(), *inside))
    return where


def _sessions(connection: Connection, case: str, asked: Question) -> list[str]:
    table = schema.session
    statement = select(table.c.id).where(table.c.case_id == case)
    if asked.session:
        statement = statement.where(table.c.id == asked.session)
    if asked.rooms:
        statement = statement.where(table.c.room_id.in_(asked.rooms))
    if asked.people:
        statement = statement.where(table.c.person_name.in_(asked.people))
    return list(connection.execute(statement).scalars())


def _logs(connection: Connection, case: str) -> list[str]:
    """The recorders' logs that hold sessions of the case; of none: all that have entries."""
    entry, session = schema.log_entry, schema.session
    if case == NO_CASE:
        found, at = [], connection.execute(select(func.min(entry.c.log_index))).scalar()
        while at is not None:
            found.append(place(at)[0])
            later = entry.c.log_index >= of_one_log(at)[1]
            at = connection.execute(select(func.min(entry.c.log_index)).where(later)).scalar()
        return found
    first = (
        select(func.min(entry.c.log_index))
        .join(session, session.c.id == entry.c.session_id)
        .where(session.c.case_id == case)
        .group_by(entry.c.session_id)
    )
    return sorted({place(at)[0] for at in connection.execute(first).scalars()})


def _common(
    connection: Connection,
    asked: Question,
    kind: ColumnElement[str],
    t_us: ColumnElement[int],
    summary: ColumnElement[str],
) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [kind.not_in(asked.without)] if asked.without else []
    if not asked.routine:  # a heartbeat that says what was missed before it is none
        missed = and_(kind == "tick", func.json_extract(summary, "$.missed") > 0)
        where.append(or_(kind.not_in(ROUTINE), missed))
    if asked.kinds:
        where.append(kind.in_(asked.kinds))
    if asked.from_us is not None:
        where.append(t_us >= asked.from_us)
    if asked.to_us is not None:
        where.append(t_us < asked.to_us)
    if asked.by:
        table = schema.account
        known = connection.execute(
            select(table.c.id, table.c.account).where(table.c.name.in_(asked.by))
        ).all()
        actors = [value for row in known for value in row]
        where.append(or_(_actor(summary).in_(actors), _named(summary).in_(asked.by)))
    if asked.text:
        where.append(_says(summary, asked.text))
    return where


def _says(summary: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Some value in the summary holds the text; names of fields do not count."""
    values = func.json_tree(summary).table_valued("atom")
    said = (
        select(literal(1)).select_from(values).where(values.c.atom.contains(text, autoescape=True))
    )
    return said.exists()


def _value(summary: ColumnElement[str], name: str) -> ColumnElement[str]:
    return func.coalesce(func.json_extract(summary, f"$.{name}"), "")


def _first(summary: ColumnElement[str], names: tuple[str, ...]) -> ColumnElement[str]:
    found = [func.nullif(func.json_extract(summary, f"$.{name}"), "") for name in names]
    return func.coalesce(*found, "")


def _actor(summary: ColumnElement[str]) -> ColumnElement[str]:
    return _first(summary, _ACTORS)


def _named(summary: ColumnElement[str]) -> ColumnElement[str]:
    return _first(summary, _NAMES)


# --- the lines ------------------------------------------------------------------------------------


def account_names(connection: Connection) -> dict[str, str]:
    """Names by id and by account: entries name who did it by either."""
    table = schema.account
    names: dict[str, str] = {}
    for row in connection.execute(select(table.c.id, table.c.account, table.c.name)):
        names[row.id] = names[row.account] = row.name
    return names


def _with_rooms(connection: Connection, table: Table, wanted: list[int]) -> Sequence[Row[Any]]:
    """Rows of entries or acts, each with the room of its session."""
    session = schema.session
    return connection.execute(
        select(table, session.c.room_id)
        .outerjoin(session, session.c.id == table.c.session_id)
        .where(table.c.log_index.in_(wanted))
    ).all()


def _entry_lines(connection: Connection, wanted: list[int]) -> dict[tuple[int, int], LogLine]:
    names = account_names(connection)
    lines = {}
    for row in _with_rooms(connection, schema.log_entry, wanted):
        summary = msgspec.json.decode(row.summary)
        lines[0, row.log_index] = LogLine(
            place=spell(*place(row.log_index)),
            kind=row.kind,
            t_us=row.t_us,
            session=row.session_id,
            room=row.room_id or "",
            source=row.source_id,
            by_name=who_did(summary, names),
            summary=summary,
        )
    return lines


def _act_lines(connection: Connection, wanted: list[int]) -> dict[tuple[int, int], LogLine]:
    names = account_names(connection)
    lines = {}
    for row in _with_rooms(connection, schema.act, wanted):
        summary = msgspec.json.decode(row.summary)
        lines[1, row.log_index] = LogLine(
            place=spell(CENTRE_LOG, row.log_index),
            kind=row.kind,
            t_us=row.t_us,
            session=row.session_id,
            room=row.room_id or str(summary.get("room", "")),
            source=str(summary.get("source", "")),
            by_name=who_did(summary, names),
            summary=summary,
        )
    return lines


def who_did(summary: dict[str, Any], names: dict[str, str]) -> str:
    """Who did it: the name the account has, else the one the entry says."""
    for field in _ACTORS:
        if name := names.get(str(summary.get(field, ""))):
            return name
    return next((str(summary[field]) for field in _NAMES if summary.get(field)), "")
