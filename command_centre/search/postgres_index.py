"""The index in PostgreSQL: one table with a tsvector of our own tokens, a GIN index, psycopg 3.

GIN knows no order, so asked for the latest twenty it would fetch every hit there is. So time is
cut into stretches, which are tokens as well, and a query goes back in steps:

1. Read the latest ``_WINDOW`` rows that a single case, room or person allows, and test each. What
   is common fills its page here; how much time they cover says how wide the next step is.
2. GIN finds the hits of the words within the stretches before these: as far back as twice what is
   lacking should reach, and ``_WIDER`` times as far as was seen at most. So the rarer a word, the
   further it is looked for, and no step has many more hits than are asked for.
3. Hits are counted the same way, up to ``COUNTED``.

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
from command_centre.search.stretches import stretch_tokens, stretches_before
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
#: Of the lexemes of a row, beside those of the port: an index of another format is made again.
_FORMAT = f"{FORMAT} stretches 1"
_WINDOW = 300
_WIDER = 8
_STEPS = 12  # at most; the last one goes to the beginning
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
        with self._using() as connection, connection.transaction():
            # rows in order come from an index, never from a sort of everything
            connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")
            ids, total, whole = _ids(connection, wanted)
            hits = connection.execute(
                f"SELECT id, kind, ref FROM {_TABLE} WHERE id = ANY(%s) ORDER BY id DESC",
                (ids[: wanted.limit],),
            ).fetchall()
        return Found(
            hits=tuple(hits),
            more=len(ids) > wanted.limit,
            total=min(total, COUNTED),
            total_is_least=total > COUNTED or not whole,
        )

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


def _ids(connection: psycopg.Connection[Any], wanted: Wanted) -> tuple[list[int], int, bool]:
    """The latest hits (one more than a page), how many were counted, whether these are all."""
    first, end = id_range(wanted)
    asked = _tsquery(wanted)
    where, values = _filters(wanted)
    row = connection.execute(
        "SELECT count(*), min(id), max(id), count(*) FILTER (WHERE fits), "
        "(array_agg(id ORDER BY id DESC) FILTER (WHERE fits))[1:%s] FROM ("
        f"SELECT id, words @@ %s::tsquery AS fits FROM {_TABLE} "
        f"WHERE id >= %s AND id < %s {where} ORDER BY id DESC LIMIT %s) w",
        (wanted.limit + 1, asked, first, end, *values, _WINDOW),
    ).fetchone()
    assert row is not None
    read, low, high, total, found = row
    ids: list[int] = found or []
    if read < _WINDOW:
        return ids, total, True
    oldest = connection.execute(
        f"SELECT min(id) FROM {_TABLE} WHERE id >= %s {where}", (first, *values)
    ).fetchone()
    first = max(first, oldest[0] if oldest else 0)
    # from here on by GIN: a plan that walks the rows in order would be taken for rare words too
    connection.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off")
    for step in range(_STEPS):
        if low <= first or (total > COUNTED and len(ids) > wanted.limit):
            break
        full = len(ids) > wanted.limit
        lacking = COUNTED + 1 - total if full else wanted.limit + 1 - len(ids)
        width = low - first if step == _STEPS - 1 else _width(high - low + 1, total, lacking)
        start, stretches = stretches_before(low, width)
        start = max(first, start)
        within = (f"{asked} & {_either(stretches)}", start, low)
        if full:
            total += _count(connection, within, lacking)
        else:
            more = _latest(connection, within)
            ids += more[:lacking]
            total += len(more)
        low = start
    return ids, total, low <= first


def _width(seen: int, total: int, lacking: int) -> int:
    """How far further back ``lacking`` hits may reach, when ``total`` lay in what was seen."""
    return seen * max(1, min(_WIDER, -(-2 * lacking // max(1, total))))


def _latest(connection: psycopg.Connection[Any], within: tuple[str, int, int]) -> list[int]:
    rows = connection.execute(
        f"SELECT id FROM {_TABLE} WHERE words @@ %s::tsquery AND id >= %s AND id < %s", within
    )
    return sorted((int(row[0]) for row in rows), reverse=True)


def _count(connection: psycopg.Connection[Any], within: tuple[str, int, int], most: int) -> int:
    row = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {_TABLE} WHERE words @@ %s::tsquery "
        "AND id >= %s AND id < %s LIMIT %s) hit",
        (*within, most),
    ).fetchone()
    return int(row[0]) if row else 0


def _state(connection: psycopg.Connection[Any]) -> State:
    row = connection.execute(
        "SELECT format, generation, change, scan, scan_row, done, total, unclean "
        "FROM duizhi_search.state"
    ).fetchone()
    if row is None:
        return State()
    if row[0] != _FORMAT:
        raise IndexDamaged(f"the search index has format {row[0]}, expected {_FORMAT}")
    return State(*row[1:])


def _write_state(connection: psycopg.Connection[Any], state: State) -> None:
    connection.execute("DELETE FROM duizhi_search.state")
    values = (_FORMAT, *astuple(state))
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
    own = [*scope_tokens(document), *stretch_tokens(document.id)]
    parts = [_quoted(one) for one in dict.fromkeys([*words, *own])]
    # at most 255 places of one lexeme are kept; a pair that often in one sentence is none
    parts += [f"{_quoted(one)}:{','.join(at[:255])}" for one, at in places.items()]
    return " ".join(parts)


def _quoted(lexeme: str) -> str:
    # a lexeme has at most 2046 bytes
    safe = lexeme.replace("\x00", "")[:500]
    return "'" + safe.replace("\\", "\\\\").replace("'", "''") + "'"


def _tsquery(wanted: Wanted) -> str:
    parts: list[str] = []
    for phrase in wanted.query.phrases:
        words = list(phrase) if len(phrase) == 1 else pairs([*phrase])
        parts.append("(" + " <-> ".join(_quoted(one) for one in words) + ")")
    parts += [_either(one) for one in scope_wanted(wanted)]
    return " & ".join(parts)


def _either(some: Sequence[str]) -> str:
    return "(" + " | ".join(_quoted(one) for one in some) + ")"


def _filters(wanted: Wanted) -> tuple[str, list[Any]]:
    """The one case, room or person asked for, whose rows lie in order; the query has them all."""
    columns = {"case_id": wanted.cases, "room": wanted.rooms, "person": wanted.people}
    single = {name: values[0] for name, values in columns.items() if len(values) == 1}
    return "".join(f"AND {name} = %s " for name in single), [*single.values()]
