"""The index in PostgreSQL: one table with a tsvector of our own tokens, a GIN index, psycopg 3.

Two plans, chosen by what is there and not by the planner's guess:

1. Read the latest ``_WINDOW`` rows that the filters allow, in order, and test each. A character
   that is common fills its page here.
2. Otherwise the hits are few among the latest; GIN finds all of them, and few are sorted.

Lexemes are written and asked for as literals, so PostgreSQL's parser and dictionaries never see a
text. The schema is ``duizhi_search``; several installations need a database each.
"""

from __future__ import annotations

import contextlib
import hashlib
import queue
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from typing import Any

import psycopg

from command_centre.search.index import (
    COUNTED,
    FORMAT,
    Document,
    Found,
    IndexDamaged,
    IndexUnreachable,
    Places,
    State,
    Wanted,
    id_range,
    scope_tokens,
    scope_wanted,
)
from command_centre.search.words import pairs, tokens

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS duizhi_search;
CREATE TABLE IF NOT EXISTS duizhi_search.state (
    format text NOT NULL, generation bigint NOT NULL, change bigint NOT NULL, scan text NOT NULL,
    scan_row bigint NOT NULL, done bigint NOT NULL, total bigint NOT NULL,
    unclean bigint NOT NULL);
CREATE TABLE IF NOT EXISTS duizhi_search.document (
    id bigint PRIMARY KEY, kind text NOT NULL, ref text NOT NULL, case_id text NOT NULL,
    room text NOT NULL, person text NOT NULL, mark bigint NOT NULL, words tsvector NOT NULL,
    UNIQUE (ref, kind));
CREATE INDEX IF NOT EXISTS document_case ON duizhi_search.document (case_id, id);
CREATE INDEX IF NOT EXISTS document_room ON duizhi_search.document (room, id);
CREATE INDEX IF NOT EXISTS document_person ON duizhi_search.document (person, id);
"""
#: Made when everything is in: thirty times faster than row by row.
_WORDS_INDEX = (
    "CREATE INDEX document_words ON duizhi_search.document USING gin (words) "
    "WITH (fastupdate = off)"
)
_TABLE = "duizhi_search.document"
_WINDOW = 3_000
_CONNECTIONS = 4
_CONNECT_S = 5
_LOCK = 0x6475697A  # of CREATE IF NOT EXISTS, which two at once cannot do


class PostgresIndex:
    """See ``Index``. A few connections, opened when needed and taken in turn."""

    def __init__(self, url: str) -> None:
        """Name the database; it is connected to when it is first used."""
        self._url = url
        self._free: queue.LifoQueue[psycopg.Connection[Any] | None] = queue.LifoQueue()
        for _ in range(_CONNECTIONS):
            self._free.put(None)

    def state(self) -> State:
        """See Index."""
        with self._using() as connection:
            return _state(connection)

    def apply(
        self, before: State, after: State, put: Sequence[Document], gone: Sequence[tuple[str, str]]
    ) -> bool:
        """See Index."""
        with self._using() as connection:
            with connection.transaction():
                connection.execute("LOCK TABLE duizhi_search.state IN EXCLUSIVE MODE")
                if _state(connection) != before:
                    return False
                fresh = _changed(connection, put)
                removed = _remove(connection, [*gone, *((one.kind, one.ref) for one in fresh)])
                _insert(connection, fresh)
                _write_state(connection, replace(after, unclean=1) if removed else after)
                if before.scan and not after.scan:
                    connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
                    connection.execute(_WORDS_INDEX)
            if before.scan and not after.scan:
                connection.execute(f"ANALYZE {_TABLE}")
        return True

    def purge(self) -> None:
        """See Index. Dead rows still hold the words on the disk."""
        with self._using() as connection:
            connection.execute(f"VACUUM {_TABLE}")
            with connection.transaction():
                connection.execute("LOCK TABLE duizhi_search.state IN EXCLUSIVE MODE")
                _write_state(connection, replace(_state(connection), unclean=0))

    def clear(self, after: State) -> None:
        """See Index."""
        with self._using(check=False) as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            connection.execute("DROP SCHEMA IF EXISTS duizhi_search CASCADE")
            connection.execute(_SCHEMA)
            if not after.scan:
                connection.execute(_WORDS_INDEX)
            _write_state(connection, after)

    def search(self, wanted: Wanted) -> Found:
        """See Index."""
        first, end = id_range(wanted)
        where, values = _filters(wanted)
        asked = _tsquery(wanted, scope=False)
        with self._using() as connection, connection.transaction():
            # the order of ids must come from an index, never from a sort of everything
            connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")
            row = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE fits), "
                "(array_agg(id ORDER BY id DESC) FILTER (WHERE fits))[1:%s] FROM ("
                f"SELECT id, words @@ %s::tsquery AS fits FROM {_TABLE} "
                f"WHERE id >= %s AND id < %s {where} ORDER BY id DESC LIMIT %s) w",
                (wanted.limit + 1, asked, first, end, *values, _WINDOW),
            ).fetchone()
            assert row is not None
            read, total, ids = row
            whole = read < _WINDOW
            if not whole and total <= wanted.limit:
                return _all_hits(connection, wanted, (first, end))
            hits = connection.execute(
                f"SELECT id, kind, ref FROM {_TABLE} WHERE id = ANY(%s) ORDER BY id DESC",
                ((ids or [])[: wanted.limit],),
            ).fetchall()
        return Found(tuple(hits), total > wanted.limit, total, total_is_least=not whole)

    def close(self) -> None:
        """See Index."""
        with contextlib.suppress(queue.Empty):
            while True:
                connection = self._free.get_nowait()
                if connection is not None:
                    connection.close()

    @contextlib.contextmanager
    def _using(self, *, check: bool = True) -> Iterator[psycopg.Connection[Any]]:
        connection = self._free.get()
        try:
            if connection is None or connection.closed:
                connection = self._connect(check=check)
            yield connection
        except psycopg.OperationalError as error:
            if connection is not None:
                connection.close()
            raise IndexUnreachable("the search index's PostgreSQL does not answer") from error
        except psycopg.Error as error:
            if connection is not None:
                connection.close()
            raise IndexDamaged(f"the search index cannot be used: {error}") from error
        finally:
            self._free.put(connection if connection and not connection.closed else None)

    def _connect(self, *, check: bool) -> psycopg.Connection[Any]:
        # never prepared: a plan for any query is a bad plan for most
        connection = psycopg.connect(
            self._url, autocommit=True, connect_timeout=_CONNECT_S, prepare_threshold=None
        )
        if check:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                connection.execute(_SCHEMA)
        return connection


def _all_hits(
    connection: psycopg.Connection[Any], wanted: Wanted, bounds: tuple[int, int]
) -> Found:
    rows = connection.execute(
        f"WITH hit AS MATERIALIZED (SELECT id, kind, ref FROM {_TABLE} WHERE "
        "words @@ %s::tsquery AND id >= %s AND id < %s) "
        "SELECT id, kind, ref FROM hit ORDER BY id DESC LIMIT %s",
        (_tsquery(wanted, scope=True), *bounds, COUNTED + 1),
    ).fetchall()
    return Found(
        hits=tuple(rows[: wanted.limit]),
        more=len(rows) > wanted.limit,
        total=min(len(rows), COUNTED),
        total_is_least=len(rows) > COUNTED,
    )


def _state(connection: psycopg.Connection[Any]) -> State:
    row = connection.execute(
        "SELECT format, generation, change, scan, scan_row, done, total, unclean "
        "FROM duizhi_search.state"
    ).fetchone()
    if row is None:
        return State()
    if row[0] != FORMAT:
        raise IndexDamaged(f"the search index has format {row[0]}, expected {FORMAT}")
    return State(*row[1:])


def _write_state(connection: psycopg.Connection[Any], state: State) -> None:
    connection.execute("DELETE FROM duizhi_search.state")
    values = (FORMAT, *astuple(state))
    marks = ", ".join(["%s"] * len(values))
    connection.execute(f"INSERT INTO duizhi_search.state VALUES ({marks})", values)


def _changed(connection: psycopg.Connection[Any], put: Sequence[Document]) -> list[Document]:
    rows = connection.execute(
        f"SELECT kind, ref, mark FROM {_TABLE} WHERE ref = ANY(%s)", ([one.ref for one in put],)
    )
    present = {(kind, ref): mark for kind, ref, mark in rows}
    return [one for one in put if present.get((one.kind, one.ref)) != _mark(one)]


def _mark(document: Document) -> int:
    """Tells a document from an earlier one of the same name."""
    parts = "\0".join(str(part) for part in astuple(replace(document, id=0)))
    digest = hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _remove(connection: psycopg.Connection[Any], names: Sequence[tuple[str, str]]) -> int:
    if not names:
        return 0
    return connection.execute(
        f"DELETE FROM {_TABLE} d USING unnest(%s::text[], %s::text[]) AS n(kind, ref) "
        "WHERE d.ref = n.ref AND d.kind = n.kind",
        ([kind for kind, _ in names], [ref for _, ref in names]),
    ).rowcount


def _insert(connection: psycopg.Connection[Any], put: Sequence[Document]) -> None:
    def taken(ids: Sequence[int]) -> list[int]:
        found = connection.execute(f"SELECT id FROM {_TABLE} WHERE id = ANY(%s)", ([*ids],))
        return [int(row[0]) for row in found]

    placed = Places(taken).give(put)
    if not placed:
        return
    statement = f"COPY {_TABLE} (id, kind, ref, case_id, room, person, mark, words) FROM STDIN"
    with connection.cursor().copy(statement) as copy:
        for one in placed:
            copy.write_row(
                (one.id, one.kind, one.ref, one.case, one.room, one.person, _mark(one))
                + (_tsvector(one),)
            )


def _tsvector(document: Document) -> str:
    """Tokens and filters without places, pairs with theirs."""
    words = [token.text for token in tokens(document.text)]
    places: dict[str, list[str]] = {}
    for at, one in enumerate(pairs(words), 1):
        places.setdefault(one, []).append(str(at))
    parts = [_quoted(one) for one in dict.fromkeys([*words, *scope_tokens(document)])]
    # at most 255 places of one lexeme are kept; a pair that often in one sentence is none
    parts += [f"{_quoted(one)}:{','.join(at[:255])}" for one, at in places.items()]
    return " ".join(parts)


def _quoted(lexeme: str) -> str:
    # a lexeme has at most 2046 bytes
    safe = lexeme.replace("\x00", "")[:500]
    return "'" + safe.replace("\\", "\\\\").replace("'", "''") + "'"


def _tsquery(wanted: Wanted, *, scope: bool) -> str:
    parts: list[str] = []
    for phrase in wanted.query.phrases:
        words = list(phrase) if len(phrase) == 1 else pairs([*phrase])
        parts.append("(" + " <-> ".join(_quoted(one) for one in words) + ")")
    for either in scope_wanted(wanted) if scope else ():
        parts.append("(" + " | ".join(_quoted(one) for one in either) + ")")
    return " & ".join(parts)


def _filters(wanted: Wanted) -> tuple[str, list[Any]]:
    columns = {
        "case_id": wanted.cases,
        "room": wanted.rooms,
        "person": wanted.people,
        "kind": wanted.kinds,
    }
    where, values = "", list[Any]()
    for name, allowed in columns.items():
        if len(allowed) == 1:
            where += f"AND {name} = %s "
            values.append(allowed[0])
        elif allowed:
            where += f"AND {name} = ANY(%s) "
            values.append([*allowed])
    return where, values
