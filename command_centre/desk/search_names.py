"""Exhibits and documents found by what they are called, beside what was said (``search.py``).

Names are few and are looked through as they stand in the database, with the words and the rules of
the search (``search/words.py``): every phrase must occur in what a thing is called, was called
before, or in its number. What a record says is found by the search itself. Of each table the
``LOOKED_AT`` newest are looked through.

An exhibit is read by everybody of its case; a record, a signed notice and a file handed over by
whoever may act in its room; a package and a redacted copy by who audits the case, and what
documents state by who is bound to no room.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.db.tables.entries import NOTICE_SIGNED
from command_centre.desk.kept_notices import notice_named
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.search import Piece, SearchHit, SearchPage, pieces_of
from command_centre.desk.watching import Watching
from command_centre.errors import Rejected
from command_centre.search.words import MAX_QUERY_CHARACTERS, Query, parse_query, tokens

LOOKED_AT = 20_000
EXHIBIT, DOCUMENT = "exhibit", "document"
KINDS = (EXHIBIT, DOCUMENT)


@dataclass(frozen=True)
class NameRequest:
    """What somebody asks for; empty means any."""

    words: str
    case: str = ""
    kind: str = ""
    from_us: int | None = None
    to_us: int | None = None
    limit: int = 20


@dataclass(frozen=True)
class _Thing:
    """Something that is called something. ``ref`` says what it is: record:SESSION:VERSION,
    notice:DOCUMENT, package:ID, copy:ID, upload:ID, stated:DOCUMENT, or the id of an exhibit."""

    kind: str
    ref: str
    case: str
    title: str  # what is shown of it
    called: tuple[str, ...]  # what else it is found by
    t_us: int
    session: str = ""
    room: str = ""
    person: str = ""
    person_en: str = ""


class NameSearch:
    """Answers on the event loop."""

    def __init__(self, database: Database, watching: Watching) -> None:
        self._database = database
        self._watching = watching

    async def find(self, caller: Caller, asked: NameRequest) -> SearchPage:
        """The newest that fit. Raises Rejected."""
        query = parse_query(asked.words)
        if not query.phrases or len(asked.words) > MAX_QUERY_CHARACTERS:
            raise Rejected(
                "bad_search", f"write at least one word, at most {MAX_QUERY_CHARACTERS} characters"
            )
        if asked.kind and asked.kind not in KINDS:
            raise Rejected("bad_search", f"a kind is one of {', '.join(KINDS)}")
        await self._watching.searched(caller, asked.words, asked.case)
        return await self._database.read(
            lambda connection: _found(connection, caller, asked, query)
        )


def _found(connection: Connection, caller: Caller, asked: NameRequest, query: Query) -> SearchPage:
    cases = _cases(connection, caller, asked.case)
    fits = [
        one
        for one in _things(connection, caller, set(cases), asked)
        if (asked.from_us is None or one.t_us >= asked.from_us)
        and (asked.to_us is None or one.t_us < asked.to_us)
        and _is_called(one, query)
    ]
    fits.sort(key=lambda one: (one.t_us, one.ref), reverse=True)
    hits = [_hit(one, cases[one.case], query, at) for at, one in enumerate(fits[: asked.limit])]
    return SearchPage(
        hits=hits,
        more=len(fits) > len(hits),
        total=len(fits),
        total_is_least=False,
        building=None,
    )


def _cases(connection: Connection, caller: Caller, only: str) -> dict[str, Row[Any]]:
    """The cases in which the caller reads, by id."""
    table = schema.case_file
    limited = caller.limited_to
    return {
        row.id: row
        for row in connection.execute(select(table))
        if (not only or row.id == only)
        and (limited is None or row.id in limited)
        and _may(caller, row.id, Action.READ_TEXT)
    }


def _may(caller: Caller, case: str, action: Action) -> bool:
    there = caller.in_case(case)
    return there is not None and there.may(action)


def _things(
    connection: Connection, caller: Caller, cases: set[str], asked: NameRequest
) -> Iterator[_Thing]:
    if asked.kind != DOCUMENT:
        yield from _exhibits(connection, cases)
    if asked.kind != EXHIBIT:
        rooms = caller.rooms
        audited = {case for case in cases if _may(caller, case, Action.AUDIT)}
        yield from (one for one in _records(connection, cases) if not rooms or one.room in rooms)
        yield from (one for one in _notices(connection, cases) if not rooms or one.room in rooms)
        yield from (one for one in _uploads(connection, cases) if not rooms or one.room in rooms)
        yield from _packages(connection, audited)
        yield from _copies(connection, audited)
        if not rooms:
            yield from _stated(connection, cases)


def _rows(connection: Connection, statement: Select[Any], newest: Any) -> Sequence[Row[Any]]:
    return connection.execute(statement.order_by(newest.desc()).limit(LOOKED_AT)).all()


def _exhibits(connection: Connection, cases: set[str]) -> Iterator[_Thing]:
    table = schema.exhibit
    for row in _rows(connection, select(table).where(table.c.case_id.in_(cases)), table.c.added_us):
        former = msgspec.json.decode(row.former_titles, type=tuple[str, ...])
        numbered = (f"证据{row.number}", f"exhibit {row.number}")
        yield _Thing(EXHIBIT, row.id, row.case_id, row.title, (*former, *numbered), row.added_us)


def _records(connection: Connection, cases: set[str]) -> Iterator[_Thing]:
    """The newest version of each session's record."""
    table, session, person = schema.record_document, schema.session, schema.person
    asked = (
        select(table, session.c.person_name, session.c.room_name, person.c.name_en)
        .join(session, session.c.id == table.c.session_id)
        .outerjoin(person, _who_is_questioned())
        .where(table.c.case_id.in_(cases))
    )
    seen: set[str] = set()
    for row in _rows(connection, asked, table.c.made_us):
        if row.session_id in seen:
            continue
        seen.add(row.session_id)
        name = row.person_name or row.room_name
        yield _Thing(
            DOCUMENT,
            f"record:{row.session_id}:{row.version}",
            row.case_id,
            f"{name} 笔录",
            (f"{name}询问笔录", f"{row.name_en or name} record", row.room_name),
            row.made_us,
            session=row.session_id,
            room=row.room_id,
            person=row.person_name,
            person_en=row.name_en or "",
        )


def _who_is_questioned() -> ColumnElement[bool]:
    """Of a session; the case of its record is the session's."""
    session, person = schema.session, schema.person
    return and_(person.c.case_id == session.c.case_id, person.c.id == session.c.person_id)


def _notices(connection: Connection, cases: set[str]) -> Iterator[_Thing]:
    """Notices of rights that were signed for, by whom and by the title of their version."""
    entry, session, person = schema.log_entry, schema.session, schema.person
    asked = (
        select(entry.c.summary, entry.c.log_index, session, person.c.name_en)
        .join(session, session.c.id == entry.c.session_id)
        .outerjoin(person, _who_is_questioned())
        .where(session.c.case_id.in_(cases), entry.c.kind == NOTICE_SIGNED)
    )
    titles: dict[str, tuple[str, str]] = {}
    for row in _rows(connection, asked, entry.c.log_index):
        body = msgspec.json.decode(row.summary)
        version = str(body.get("notice", ""))
        if version not in titles:
            known = notice_named(connection, version)
            titles[version] = (known.title, known.title_en) if known else ("", "")
        title, title_en = titles[version]
        name, name_en = row.person_name or row.room_name, row.name_en or row.person_name
        yield _Thing(
            DOCUMENT,
            f"notice:{body.get('document', '')}",
            row.case_id,
            f"{name} {title or '告知书'}",
            (f"{name}告知书", f"{name_en} {title_en}", f"{name_en} notice", row.room_name),
            int(body.get("to_us", 0)),
            session=row.id,
            room=row.room_id,
            person=row.person_name,
            person_en=row.name_en or "",
        )


def _uploads(connection: Connection, cases: set[str]) -> Iterator[_Thing]:
    table = schema.upload
    for row in _rows(
        connection, select(table).where(table.c.case_id.in_(cases)), table.c.created_us
    ):
        yield _Thing(
            *(DOCUMENT, f"upload:{row.id}", row.case_id, row.filename, (), row.created_us),
            session=row.session_id,
            room=row.room_id,
        )


def _packages(connection: Connection, cases: set[str]) -> Iterator[_Thing]:
    table = schema.export
    for row in _rows(
        connection, select(table).where(table.c.case_id.in_(cases)), table.c.created_us
    ):
        called = ("案卷包", "package", row.file_name)
        yield _Thing(DOCUMENT, f"package:{row.id}", row.case_id, row.reason, called, row.created_us)


def _copies(connection: Connection, cases: set[str]) -> Iterator[_Thing]:
    """Redacted copies, by what they were made for and whose session they are of."""
    job, session = schema.job, schema.session
    asked = (
        select(job.c.result, job.c.created_us, session.c.case_id, session.c.person_name)
        .join(session, session.c.id == job.c.target)
        .where(session.c.case_id.in_(cases), job.c.kind == "derive", job.c.state == "done")
    )
    for row in _rows(connection, asked, job.c.created_us):
        made = msgspec.json.decode(row.result)
        called = ("遮挡副本", f"{row.person_name}遮挡副本", "redacted copy", row.person_name)
        ref, title = f"copy:{made['derived']}", str(made.get("reason", ""))
        yield _Thing(DOCUMENT, ref, row.case_id, title, called, row.created_us)


def _stated(connection: Connection, cases: set[str]) -> Iterator[_Thing]:
    """Documents of a case file and those named by hand, once each; others stand above."""
    table = schema.document_fact
    asked = select(table).where(
        table.c.case_id.in_(cases),
        table.c.kind.in_(("file", "named")),
        table.c.withdrawn_us.is_(None),
    )
    seen: set[tuple[str, str]] = set()
    for row in _rows(connection, asked, table.c.stated_us):
        if (row.case_id, row.document) not in seen:
            seen.add((row.case_id, row.document))
            ref = f"stated:{row.document}"
            yield _Thing(DOCUMENT, ref, row.case_id, row.name, (), row.stated_us)


def _is_called(one: _Thing, query: Query) -> bool:
    """Every phrase occurs in one of its names."""
    names = [[token.text for token in tokens(name)] for name in (one.title, *one.called)]
    return all(any(_holds(name, phrase) for name in names) for phrase in query.phrases)


def _holds(words: list[str], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(tuple(words[at : at + size]) == phrase for at in range(len(words) - size + 1))


def _hit(one: _Thing, case: Row[Any], query: Query, at: int) -> SearchHit:
    return SearchHit(
        id=at,
        kind=one.kind,
        ref=one.ref,
        case=one.case,
        case_name=case.name,
        case_name_en=case.name_en,
        case_number=case.number,
        session=one.session,
        room=one.room,
        room_name="",
        room_name_en="",
        person=one.person,
        person_en=one.person_en,
        speaker="",
        t_us=one.t_us,
        end_us=one.t_us,
        pieces=pieces_of(one.title, query) or [Piece(text=one.title, hit=False)],
        previous=None,
        next=None,
    )
