"""The database: migrations, the one writer, snapshots, and what is said of unusable ones."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select, update

from command_centre.db import schema
from command_centre.db.accounts import (
    TokenOwner,
    create_account,
    create_source_token,
    password_matches,
    source_of_token,
)
from command_centre.db.database import Database, Writing, read_counter, write_counter
from command_centre.db.migrate import SCRIPTS, revisions
from command_centre.db.seed import seed_case, slug
from command_centre.errors import DatabaseError, DatabaseTooNew, Rejected, SeedError
from config.words import Role
from tests.command_centre.story import CASE, STORY


def test_the_migrations_make_the_schema(tmp_path: Path) -> None:
    with Database(tmp_path / "centre.sqlite") as database:
        found = database.read_now(
            lambda connection: compare_metadata(
                MigrationContext.configure(connection), schema.metadata
            )
        )
    assert found == []


def test_the_names_of_the_scripts_are_their_revisions_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    newest_first = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions() == tuple(reversed(newest_first))


#: They take longer to load than to use once.
SELDOM_USED = (
    *("aiomqtt", "alembic", "av", "docxtpl", "httpx", "numpy", "pdfminer", "psycopg", "pyhanko"),
    *("pypinyin", "webauthn"),
)
#: Other processes decode and recognise; the centre orders them.
NEVER_USED = ("av", "numpy", "vosk")


def test_the_centre_loads_neither_what_is_seldom_used_nor_the_reading_of_words_at_its_start(
    tmp_path: Path,
) -> None:
    path = tmp_path / "centre.sqlite"
    Database(path).close()
    script = (
        "import sys, pathlib, command_centre.web_server\n"
        "from command_centre.db.database import Database\n"
        f"Database(pathlib.Path({str(path)!r})).close()\n"
        f"print([m for m in ({SELDOM_USED + NEVER_USED!r} + "
        "('rjieba', 'transcription.comparison.zh')) "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_column_says_what_it_is() -> None:
    for table in schema.metadata.sorted_tables:
        assert table.comment, table.name
        for column in table.c:
            link = column.foreign_keys or column.primary_key or column.name.endswith("_id")
            assert column.comment or link, f"{table.name}.{column.name}"


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "centre.sqlite"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseTooNew, match="9999"):
        Database(path)


@pytest.mark.parametrize("what", ["rubbish", "directory"])
def test_what_is_no_database_is_refused(tmp_path: Path, what: str) -> None:
    path = tmp_path / "centre.sqlite"
    if what == "rubbish":
        path.write_bytes(b"this is not a database, but long enough to look like one" * 100)
    else:
        path.mkdir()
    with pytest.raises(DatabaseError, match=r"centre\.sqlite"):
        Database(path)


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "centre.sqlite"
    with Database(path) as database:
        seed_case(database, STORY)
    with Database(path) as database:
        count = select(func.count()).select_from(schema.point)
        assert database.read_now(lambda connection: connection.execute(count).scalar()) == 2


async def test_no_update_is_lost_among_many_writers(tmp_path: Path) -> None:
    def increment(writing: Writing) -> None:
        write_counter(writing.connection, "n", read_counter(writing.connection, "n") + 1)

    with Database(tmp_path / "centre.sqlite") as database:
        await asyncio.gather(*(database.write(increment) for _ in range(200)))
        assert await database.read(lambda connection: read_counter(connection, "n")) == 200


async def test_a_cancelled_write_has_ended_or_never_begun(tmp_path: Path) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(writing: Writing) -> None:
        begun.set()
        may_end.wait(10)
        write_counter(writing.connection, "slow", 1)

    with Database(tmp_path / "centre.sqlite") as database:
        running = asyncio.ensure_future(database.write(slow))
        waiting = asyncio.ensure_future(
            database.write(lambda writing: write_counter(writing.connection, "waiting", 1))
        )
        await asyncio.to_thread(begun.wait, 10)
        for task in (running, waiting):
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not running.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await database.read(lambda connection: read_counter(connection, "slow")) == 1
        assert await database.read(lambda connection: read_counter(connection, "waiting")) == 0


def test_two_processes_take_turns(tmp_path: Path) -> None:
    """The command line writes while the centre runs."""
    path = tmp_path / "centre.sqlite"
    with Database(path) as centre, Database(path) as command_line:
        for number in range(20):
            which = centre if number % 2 else command_line
            which.write_now(
                lambda w: write_counter(w.connection, "n", read_counter(w.connection, "n") + 1)
            )
        assert centre.read_now(lambda connection: read_counter(connection, "n")) == 20


def test_a_read_sees_one_snapshot(tmp_path: Path) -> None:
    with Database(tmp_path / "centre.sqlite") as database:

        def look_twice(connection: Any) -> tuple[int, int]:
            before = read_counter(connection, "n")
            database.write_now(lambda writing: write_counter(writing.connection, "n", 7))
            return before, read_counter(connection, "n")

        assert database.read_now(look_twice) == (0, 0)
        assert database.read_now(lambda connection: read_counter(connection, "n")) == 7


def test_the_pragmas_hold_on_every_connection(tmp_path: Path) -> None:
    with Database(tmp_path / "centre.sqlite") as database:
        for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            statement = f"PRAGMA {pragma}"
            assert database.read_now(partial(_scalar, statement=statement)) == value
            assert database.write_now(partial(_scalar_written, statement=statement)) == value


def test_tokens_and_passwords_are_not_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "centre.sqlite"
    with Database(path) as database:
        seed_case(database, STORY)
        token = create_source_token(database, "drone-01", now_us=5)
        create_account(
            database, account="a", name="b", role=Role.MANAGER, password="secret word", now_us=1
        )
        found = database.read_now(lambda connection: source_of_token(connection, token, 6))
        wrong = database.read_now(lambda connection: source_of_token(connection, "x", 6))
        with pytest.raises(SeedError, match="no source"):
            create_source_token(database, "none", now_us=5)
        with pytest.raises(Rejected, match="at least 8"):
            create_account(
                database, account="c", name="b", role=Role.MANAGER, password="short", now_us=1
            )
        database.write_now(
            lambda writing: writing.execute(update(schema.source_token).values(revoked_us=6))
        )
        revoked = database.read_now(lambda connection: source_of_token(connection, token, 7))
    assert (found, wrong, revoked) == (TokenOwner("drone-01", by_browser=False), None, None)
    raw = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert token.encode() not in raw
    assert b"secret word" not in raw


def test_a_hash_that_is_none_matches_nothing() -> None:
    assert password_matches("not a hash", "x") is False


def test_the_whole_demo_story_can_be_loaded_twice(tmp_path: Path) -> None:
    with Database(tmp_path / "centre.sqlite") as database:
        assert seed_case(database, STORY) == seed_case(database, STORY) == CASE


@pytest.mark.parametrize(
    "story",
    [
        {},
        {"format": "duizhi-demo-story/2"},
        {**STORY, "points": None},
        {**STORY, "case": {**STORY["case"], "number": 3}},
        {**STORY, "people": [{"id": "钱某", "room": None}]},
    ],
)
def test_a_case_file_that_cannot_be_loaded_leaves_nothing(
    tmp_path: Path, story: dict[str, Any]
) -> None:
    with Database(tmp_path / "centre.sqlite") as database:
        with pytest.raises(SeedError):
            seed_case(database, story)
        count = select(func.count()).select_from(schema.case_file)
        assert database.read_now(lambda connection: connection.execute(count).scalar()) == 0


def test_a_room_belongs_to_one_case_at_a_time(tmp_path: Path) -> None:
    other = {**STORY, "case": {**STORY["case"], "id": "case-2"}}
    with Database(tmp_path / "centre.sqlite") as database:
        seed_case(database, STORY)
        with pytest.raises(SeedError, match="room1"):
            seed_case(database, other)


def test_slugs() -> None:
    assert [slug(text) for text in ("Zhang Mou", "渭执A0021", "P1")] == ["zhang-mou", "a0021", "p1"]
    with pytest.raises(SeedError):
        slug("张某")


def _scalar(connection: Connection, statement: str) -> object:
    return connection.exec_driver_sql(statement).scalar()


def _scalar_written(writing: Writing, statement: str) -> object:
    return _scalar(writing.connection, statement)
