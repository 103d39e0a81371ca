"""Search over all cases: who may see what, what a hit looks like, and that looking is recorded.

The index gives places; what is shown is read from the database at that moment. A row that has gone
meanwhile is not shown, whatever the index says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, text

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.english_names import english_people, english_rooms
from command_centre.desk.permissions import Caller
from command_centre.desk.search_feed import SearchFeed, document_statement
from command_centre.desk.views import View
from command_centre.desk.watching import Watching
from command_centre.errors import Rejected
from command_centre.search.index import Index, SearchError, Wanted
from command_centre.search.sqlite_index import SqliteIndex
from command_centre.search.words import MAX_QUERY_CHARACTERS, Query, parse_query, spans

FILE = "search.sqlite"


class Piece(View, frozen=True):
    """A stretch of a hit's text."""

    text: str
    hit: bool


class Neighbour(View, frozen=True):
    """What was said in the same room just before or after."""

    speaker: str
    t_us: int
    text: str


class SearchHit(View, frozen=True):
    """Something said or written, where, by whom and when."""

    id: int  # its place in time; ``before`` of the next page
    kind: str  # one of search_feed.KINDS
    ref: str  # key of the row; of a line of a record SESSION.NUMBER
    case: str
    case_name: str
    case_name_en: str
    case_number: str
    session: str
    room: str
    room_name: str  # as it was then
    room_name_en: str
    person: str  # who said or wrote it; empty: not known
    person_en: str
    speaker: str  # config.words.Speaker; empty for what was written
    t_us: int
    end_us: int
    pieces: list[Piece]
    previous: Neighbour | None
    next: Neighbour | None


class SearchPage(View, frozen=True):
    """Hits, newest first."""

    hits: list[SearchHit]
    more: bool
    total: int
    total_is_least: bool  # "more than total"
    building: int | None  # percent; None: the index is complete


@dataclass(frozen=True)
class Request:
    """What somebody asks for; empty means any."""

    words: str
    case: str = ""
    room: str = ""
    person: str = ""
    kind: str = ""
    from_us: int | None = None
    to_us: int | None = None
    before: int | None = None
    limit: int = 20


def open_index(url: str, database: Path) -> Index:
    """The index of the settings; nothing is opened or connected to yet."""
    if not url:
        return SqliteIndex(database.with_name(FILE))
    from command_centre.search.postgres_index import PostgresIndex  # loads psycopg: only then

    return PostgresIndex(url)


class Search:
    """Answers on the event loop; the index and the database are asked in threads."""

    def __init__(self, database: Database, index: Index, watching: Watching) -> None:
        self._database = database
        self._index = index
        self._watching = watching
        self.feed = SearchFeed(database, index)

    async def run(self) -> None:
        """Keep the index up to date, until cancelled."""
        await self.feed.run()

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    async def find(self, caller: Caller, request: Request) -> SearchPage:
        """One page of hits. Raises Rejected."""
        query = parse_query(request.words)
        if not query.phrases or len(request.words) > MAX_QUERY_CHARACTERS:
            raise Rejected(
                "bad_search", f"write at least one word, at most {MAX_QUERY_CHARACTERS} characters"
            )
        wanted = _wanted(caller, request, query)
        if request.before is None:
            await self._watching.searched(caller, request.words, request.case)
        if wanted is None:
            return SearchPage(hits=[], more=False, total=0, total_is_least=False, building=None)
        try:
            building = await self.feed.progress()
            found = await asyncio.to_thread(self._index.search, wanted)
        except SearchError as error:
            raise Rejected("search_unavailable", str(error)) from error
        hits = await self._database.read(lambda connection: _hits(connection, found.hits, query))
        if caller.rooms:
            hits = [hit for hit in hits if hit.room in caller.rooms]
        if (only := caller.limited_to) is not None:
            hits = [hit for hit in hits if hit.case in only]
        return SearchPage(
            hits=hits,
            more=found.more,
            total=found.total,
            total_is_least=found.total_is_least,
            building=building,
        )


def _wanted(caller: Caller, request: Request, query: Query) -> Wanted | None:
    """The query with its filters and with what the caller may see; None: nothing of it."""
    rooms = (request.room,) if request.room else tuple(sorted(caller.rooms))
    if caller.rooms and not set(rooms) <= caller.rooms:
        return None
    only = caller.limited_to
    cases = (request.case,) if request.case else tuple(sorted(only or ()))
    if only is not None and not (cases and set(cases) <= only):
        return None
    return Wanted(
        query,
        cases=cases,
        rooms=rooms,
        people=(request.person,) if request.person else (),
        kinds=(request.kind,) if request.kind else (),
        from_us=request.from_us,
        to_us=request.to_us,
        before=request.before,
        limit=request.limit,
    )


def _hits(
    connection: Connection, places: Sequence[tuple[int, str, str]], query: Query
) -> list[SearchHit]:
    found: dict[tuple[str, str], SearchHit] = {}
    for kind in dict.fromkeys(kind for _, kind, _ in places):
        ids = {ref: place for place, of, ref in places if of == kind}
        for row in connection.execute(document_statement(kind, list(ids))):
            hit = _hit(row, kind, ids[str(row.ref)], query)
            found[kind, hit.ref] = hit
    _name(connection, found)
    ordered = [found[kind, ref] for _, kind, ref in places if (kind, ref) in found]
    # the text may have changed since the index took it
    return [hit for hit in ordered if any(piece.hit for piece in hit.pieces)]


def _hit(row: Row[Any], kind: str, place: int, query: Query) -> SearchHit:
    return SearchHit(
        id=place,
        kind=kind,
        ref=str(row.ref),
        case=row.case_id,
        case_name="",
        case_name_en="",
        case_number="",
        session=row.session_id,
        room=row.room_id,
        room_name=row.room_name or "",
        room_name_en="",
        person=row.person,
        person_en="",
        speaker=row.speaker,
        t_us=row.t_us,
        end_us=row.end_us or row.t_us,
        pieces=pieces_of(row.text, query),
        previous=None,
        next=None,
    )


def pieces_of(text: str, query: Query) -> list[Piece]:
    """A text cut where the phrases stand in it."""
    pieces: list[Piece] = []
    last = 0
    for start, end in spans(text, query):
        pieces += [Piece(text=text[last:start], hit=False), Piece(text=text[start:end], hit=True)]
        last = end
    pieces.append(Piece(text=text[last:], hit=False))
    return [piece for piece in pieces if piece.text]


_BESIDE = """
SELECT speaker, start_us, text FROM utterance INDEXED BY ix_utterance_room_id_start_us
WHERE room_id = :room AND session_id = :session AND start_us {sign} :t AND id != :ref
ORDER BY start_us {order} LIMIT 1
"""
_BEFORE = text(_BESIDE.format(sign="<", order="DESC"))
_AFTER = text(_BESIDE.format(sign=">", order="ASC"))


def _name(connection: Connection, hits: dict[tuple[str, str], SearchHit]) -> None:
    """Put the cases' names, the English ones and the neighbours beside the hits."""
    table = schema.case_file
    asked = select(table.c.id, table.c.name, table.c.name_en, table.c.number)
    wanted = {hit.case for hit in hits.values()}
    cases = {row.id: row for row in connection.execute(asked.where(table.c.id.in_(wanted)))}
    rooms = english_rooms(connection, {hit.room for hit in hits.values()})
    people = english_people(connection, wanted, {hit.person for hit in hits.values()})
    for key, hit in hits.items():
        case = cases.get(hit.case)
        where = {"room": hit.room, "session": hit.session, "t": hit.t_us, "ref": hit.ref}
        hits[key] = msgspec.structs.replace(
            hit,
            case_name=case.name if case else "",
            case_name_en=case.name_en if case else "",
            case_number=case.number if case else "",
            room_name_en=rooms.get((hit.room, hit.room_name), ""),
            person_en=people.get((hit.case, hit.person), ""),
            previous=_neighbour(connection, _BEFORE, where),
            next=_neighbour(connection, _AFTER, where),
        )


def _neighbour(connection: Connection, statement: Any, where: dict[str, Any]) -> Neighbour | None:
    row = connection.execute(statement, where).one_or_none()
    if row is None:
        return None
    return Neighbour(speaker=row.speaker, t_us=row.start_us, text=row.text)
