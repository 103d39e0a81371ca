"""The index as a SQLite file of its own (FTS5), beside the centre's database.

The file has its own lock, so the centre's writer never waits for it. Rows of the FTS table have
ids that grow with time: newest first is the table's own order backwards, nothing is sorted, and a
character that stands in half of all sentences costs as little as a rare one.

Words that are taken out leave no trace: secure_delete, FTS segments merged, write-ahead log cut.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from pathlib import Path

from command_centre.search.index import (
    COUNTED,
    FORMAT,
    Document,
    Found,
    IndexDamaged,
    Places,
    State,
    Wanted,
    id_range,
    scope_tokens,
    scope_wanted,
)
from command_centre.search.words import pairs, tokens

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (format, generation, change, scan, scan_row, done, total, unclean);
CREATE TABLE IF NOT EXISTS document (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, ref TEXT NOT NULL, case_id TEXT NOT NULL,
    session TEXT NOT NULL, room TEXT NOT NULL, person TEXT NOT NULL, t_us INTEGER NOT NULL,
    text TEXT NOT NULL, UNIQUE (ref, kind));
CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5 (
    single, pair, scope, content='', tokenize='ascii', columnsize=0);
"""
_COLUMNS = "kind, ref, case_id, session, room, person, t_us, text, id"
_BATCH = 500
_CLOSE_S = 30.0


class SqliteIndex:
    """See ``Index``. One writer at a time; each thread reads on a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is opened when it is first used."""
        self._path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._users = 0  # threads with a connection in their hands; none is closed under them
        self._epoch = 0  # the file was replaced this often

    def state(self) -> State:
        """See Index."""
        with self._using() as connection:
            return _state(connection)

    def apply(
        self, before: State, after: State, put: Sequence[Document], gone: Sequence[tuple[str, str]]
    ) -> bool:
        """See Index."""
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if _state(connection) != before:
                    connection.execute("ROLLBACK")
                    return False
                removed = _remove(connection, gone) if gone else 0
                fresh = [one for one in put if not _same(connection, one)]
                removed += _remove(connection, [(one.kind, one.ref) for one in fresh])
                _insert(connection, fresh)
                _write_state(connection, replace(after, unclean=1) if removed else after)
                connection.execute("COMMIT")
            except BaseException:  # also when cancelled: no transaction stays open; raised again
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            return True

    def purge(self) -> None:
        """See Index. Segments of the full text index are merged, the write-ahead log is cut."""
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO word(word) VALUES ('optimize')")
            _write_state(connection, replace(_state(connection), unclean=0))
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def clear(self, after: State) -> None:
        """See Index. The file is removed and made anew."""
        with self._lock:
            self._close_all()
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            _write_state(connection, after)
            connection.execute("COMMIT")

    def search(self, wanted: Wanted) -> Found:
        """See Index."""
        first, end = id_range(wanted)
        match = _match(wanted)
        with self._using() as connection:
            rows = connection.execute(
                "SELECT d.id, d.kind, d.ref FROM (SELECT rowid FROM word WHERE word MATCH ? "
                "AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?) w "
                "CROSS JOIN document d ON d.id = w.rowid",
                (match, first, end, wanted.limit + 1),
            ).fetchall()
            total = len(rows)
            if total > wanted.limit:
                total = connection.execute(
                    "SELECT count(*) FROM (SELECT rowid FROM word WHERE word MATCH ? "
                    "AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?)",
                    (match, first, end, COUNTED + 1),
                ).fetchone()[0]
        hits = tuple(sorted(((int(i), str(k), str(r)) for i, k, r in rows), reverse=True))
        return Found(
            hits=hits[: wanted.limit],
            more=len(hits) > wanted.limit,
            total=min(total, COUNTED),
            total_is_least=total > COUNTED,
        )

    def close(self) -> None:
        """See Index."""
        with self._lock:
            self._close_all()

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._users += 1
        try:
            yield self._connection()
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(f"the search index cannot be used: {error}") from error
        finally:
            with self._lock:
                self._users -= 1
                self._idle.notify_all()

    def _connection(self) -> sqlite3.Connection:
        with self._lock:
            if getattr(self._local, "epoch", -1) != self._epoch:
                self._local.connection = self._connect()
                self._local.epoch = self._epoch
            connection: sqlite3.Connection = self._local.connection
            return connection

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            self._path.touch(mode=0o600)  # it holds what people said
        connection = sqlite3.connect(
            self._path, timeout=10, isolation_level=None, check_same_thread=False
        )
        self._open.append(connection)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA cache_size=-32000")
        connection.executescript(_SCHEMA)
        return connection

    def _close_all(self) -> None:
        """Holding the lock: wait for those at work (SQLite crashes otherwise), then close."""
        if not self._idle.wait_for(lambda: self._users == 0, timeout=_CLOSE_S):
            return  # still at work; the connections go with the process
        for connection in self._open:
            connection.close()
        self._open.clear()
        self._epoch += 1


def _state(connection: sqlite3.Connection) -> State:
    row = connection.execute("SELECT * FROM state").fetchone()
    if row is None:
        return State()
    if row[0] != FORMAT:
        raise sqlite3.DatabaseError(f"format {row[0]}, expected {FORMAT}")
    return State(*row[1:])


def _write_state(connection: sqlite3.Connection, state: State) -> None:
    connection.execute("DELETE FROM state")
    values = (FORMAT, *astuple(state))
    connection.execute(f"INSERT INTO state VALUES ({','.join('?' * len(values))})", values)


def _columns(document: Document) -> tuple[str, str, str]:
    words = [token.text for token in tokens(document.text)]
    scope = " ".join(_plain(one) for one in scope_tokens(document))
    return " ".join(dict.fromkeys(words)), " ".join(pairs(words)), scope


def _plain(scope: str) -> str:
    """A filter as one token: the tokenizer takes ASCII letters and digits only."""
    return "x" + scope.encode().hex()


def _same(connection: sqlite3.Connection, document: Document) -> bool:
    row = _row(connection, document.kind, document.ref)
    return row is not None and replace(row, id=0) == document


def _row(connection: sqlite3.Connection, kind: str, ref: str) -> Document | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM document WHERE ref = ? AND kind = ?", (ref, kind)
    ).fetchone()
    return None if row is None else Document(*row)


def _remove(connection: sqlite3.Connection, names: Sequence[tuple[str, str]]) -> int:
    removed = 0
    for kind, ref in names:
        old = _row(connection, kind, ref)
        if old is None:
            continue
        connection.execute(
            "INSERT INTO word(word, rowid, single, pair, scope) VALUES ('delete', ?, ?, ?, ?)",
            (old.id, *_columns(old)),
        )
        connection.execute("DELETE FROM document WHERE id = ?", (old.id,))
        removed += 1
    return removed


def _insert(connection: sqlite3.Connection, put: Sequence[Document]) -> None:
    def taken(ids: Sequence[int]) -> list[int]:
        found: list[int] = []
        for at in range(0, len(ids), _BATCH):
            some = ids[at : at + _BATCH]
            marks = ",".join("?" * len(some))
            rows = connection.execute(f"SELECT id FROM document WHERE id IN ({marks})", some)
            found += [int(row[0]) for row in rows]
        return found

    placed = sorted(Places(taken).give(put), key=lambda one: one.id)
    connection.executemany(
        f"INSERT INTO document ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [astuple(one) for one in placed],
    )
    # in the order of ids: another order makes a segment for each row
    connection.executemany(
        "INSERT INTO word(rowid, single, pair, scope) VALUES (?, ?, ?, ?)",
        [(one.id, *_columns(one)) for one in placed],
    )


def _match(wanted: Wanted) -> str:
    parts: list[str] = []
    for phrase in wanted.query.phrases:
        column, words = ("single", list(phrase)) if len(phrase) == 1 else ("pair", pairs([*phrase]))
        parts.append(f'{column}: "{" ".join(words)}"')
    for either in scope_wanted(wanted):
        parts.append("(" + " OR ".join(f'scope: "{_plain(one)}"' for one in either) + ")")
    return " AND ".join(parts)
