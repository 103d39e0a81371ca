"""Both indexes, with the same tests: SQLite, and a real PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from command_centre.search.index import (
    COUNTED,
    Document,
    Found,
    Index,
    IndexDamaged,
    IndexUnreachable,
    State,
    Wanted,
)
from command_centre.search.postgres_index import PostgresIndex
from command_centre.search.sqlite_index import SqliteIndex
from command_centre.search.words import parse_query
from tests.command_centre.postgres import postgres

T_US = 1_795_000_000_000_000
SECRET = "独一无二的秘密"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    made: Index
    if request.param == "sqlite":
        made = SqliteIndex(tmp_path / "search.sqlite")
    else:
        made = PostgresIndex(request.getfixturevalue("server"))
        made.clear(State())
    yield made
    made.close()


def said(ref: str, text: str, seconds: int = 0, **where: str) -> Document:
    t_us = T_US + seconds * 1_000_000
    made = Document("utterance", ref, "c1", "s1", "room1", "张某", t_us, text)
    return replace(made, **where)  # type: ignore[arg-type]


def put(index: Index, *documents: Document) -> None:
    state = index.state()
    assert index.apply(state, replace(state, change=state.change + 1), documents, [])


def refs(index: Index, query: str, **filters: object) -> list[str]:
    found = index.search(replace(Wanted(parse_query(query)), **filters))  # type: ignore[arg-type]
    return [ref for _, _, ref in found.hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("票", ["u3", "u1"]),
        ("0117号票", ["u1"]),
        ("O2", ["u1"]),
        ("o₂", ["u1"]),
        ("21%", ["u1"]),
        ("21人", []),
        ("gas", ["u2"]),
        ("gas detector", ["u2"]),
        ('"gas detector"', ["u2"]),
        ('"detector gas"', []),
        ("票 浓度", ["u1"]),
        ("没有票", ["u3"]),
        ("有票", ["u3"]),
        ("号浓", []),
        ("' OR 1=1 --", []),
        ('" * NEAR(', []),
        ("\\", []),
    ],
)
def test_what_is_found(index: Index, query: str, expected: list[str]) -> None:
    put(
        index,
        said("u1", "编号0117号票，O2 浓度 21%", 1),
        said("u2", "The gas detector said CO2", 2),
        said("u3", "没有票", 3),
    )
    if parse_query(query).phrases:
        assert refs(index, query) == expected


def test_recall_and_precision_are_one(index: Index) -> None:
    chance = random.Random(1)
    alphabet = "的我动火作业票证没有气体检测0123AB%"
    texts = ["".join(chance.choices(alphabet, k=chance.randint(1, 25))) for _ in range(400)]
    put(index, *(said(f"u{at}", text, at) for at, text in enumerate(texts)))
    chinese = [one for one in alphabet if one not in "0123AB%"]
    for length in (1, 2, 3, 4):
        for _ in range(60):
            query = "".join(chance.choices([*chinese, "0", "1", "%"], k=length))
            wanted = [f"u{at}" for at, text in reversed([*enumerate(texts)]) if query in text]
            assert refs(index, query, limit=1000) == wanted, query


def test_filters_let_through_what_they_name(index: Index) -> None:
    put(
        index,
        said("u1", "票", 1),
        said("u2", "票", 2, case="c2", room="room2", person="李某"),
        replace(said("p1", "票", 3), kind="prompt"),
        said("u4", "票", 4, room="it's a 'room' \\"),
    )
    assert refs(index, "票", cases=("c2",)) == ["u2"]
    assert refs(index, "票", cases=("c1", "c2")) == ["u4", "p1", "u2", "u1"]
    assert refs(index, "票", rooms=("room2",), cases=("c1",)) == []
    assert refs(index, "票", rooms=("it's a 'room' \\",)) == ["u4"]
    assert refs(index, "票", people=("张某",), kinds=("utterance",)) == ["u4", "u1"]
    assert refs(index, "票", kinds=("prompt",)) == ["p1"]
    assert refs(index, "票", from_us=T_US + 2_000_000, to_us=T_US + 4_000_000) == ["p1", "u2"]


def test_pages_are_stable_while_new_words_come(index: Index) -> None:
    put(index, *(said(f"u{n}", "票", n) for n in range(25)))
    wanted = Wanted(parse_query("票"), limit=10)
    first = index.search(wanted)
    put(index, said("late", "票", 100))
    second = index.search(replace(wanted, before=first.hits[-1][0]))
    third = index.search(replace(wanted, before=second.hits[-1][0]))
    pages = [ref for page in (first, second, third) for _, _, ref in page.hits]
    assert pages == [f"u{n}" for n in reversed(range(25))]
    assert [page.more for page in (first, second, third)] == [True, True, False]
    assert first.total == 25
    assert not first.total_is_least


def test_many_hits_are_more_than_a_number(index: Index) -> None:
    put(index, *(said(f"u{n}", "的票" if n % 4 else "的", n) for n in range(5000)))
    common, half = (index.search(Wanted(parse_query(one))) for one in ("的", "的票"))
    assert [ref for _, _, ref in common.hits] == [f"u{n}" for n in range(4999, 4979, -1)]
    for found in (common, half):
        assert found.total_is_least
        assert found.total >= COUNTED


def test_the_rare_are_found_behind_the_many(index: Index) -> None:
    put(index, said("rare", "乙炔瓶", -5), *(said(f"u{n}", "的票", n) for n in range(5000)))
    assert index.search(Wanted(parse_query("乙炔"))) == Found(
        hits=index.search(Wanted(parse_query("炔瓶"))).hits, total=1
    )
    assert refs(index, "乙炔", people=("张某",), cases=("c1",), rooms=("room1",)) == ["rare"]
    assert refs(index, "乙炔", people=("李某",)) == []


def test_words_that_change_or_go_are_not_found(index: Index) -> None:
    put(index, said("u1", "没有票"), said("u2", "有证"))
    put(index, said("u1", "有票"))
    assert refs(index, "没有") == []
    assert refs(index, "有票") == ["u1"]
    state = index.state()
    assert index.apply(state, replace(state, change=9), [], [("utterance", "u1")])
    assert refs(index, "票") == []
    assert refs(index, "证") == ["u2"]
    assert index.state().unclean == 1
    index.purge()
    assert index.state().unclean == 0


def test_putting_the_same_again_changes_nothing(index: Index) -> None:
    put(index, said("u1", "有票"))
    put(index, said("u1", "有票"))
    assert refs(index, "票") == ["u1"]
    assert index.state().unclean == 0


def test_many_of_one_instant_and_hostile_times(index: Index) -> None:
    put(index, *(said(f"u{n}", "票") for n in range(1500)))
    odd = (-(1 << 60), 0, 1 << 62)
    put(index, *(replace(said(f"t{t}", "证"), t_us=t) for t in odd))
    assert sorted(refs(index, "票", limit=2000)) == sorted(f"u{n}" for n in range(1500))
    assert refs(index, "证")[0] == f"t{1 << 62}"
    assert len(refs(index, "证")) == 3


def test_hostile_text_is_only_text(index: Index) -> None:
    texts = ["\x00票", "'; DROP TABLE document; --", "\\' 票 ''", "长" * 20_000, "a" * 5000]
    put(index, *(said(f"u{n}", text, n) for n, text in enumerate(texts)))
    assert refs(index, "票") == ["u2", "u0"]
    assert refs(index, "drop table") == ["u1"]
    assert refs(index, "长长") == ["u3"]


def test_only_one_of_two_writers_is_first(index: Index) -> None:
    state = index.state()
    assert index.apply(state, replace(state, change=1), [said("u1", "票")], [])
    assert not index.apply(state, replace(state, change=1), [said("u2", "票")], [])
    assert refs(index, "票") == ["u1"]
    index.clear(State(generation=7, scan="utterance"))
    assert index.state() == State(generation=7, scan="utterance")
    assert refs(index, "票") == []


def test_a_sqlite_file_keeps_no_trace_of_what_was_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    index = SqliteIndex(path)
    put(index, said("u1", SECRET), *(said(f"u{n}", "别的话", n) for n in range(2, 40)))
    for n in range(3):  # in segments of its own
        put(index, said(f"v{n}", "又一句", n))
    state = index.state()
    assert index.apply(state, replace(state, change=99), [], [("utterance", "u1")])
    index.purge()

    def on_disk() -> bytes:
        return b"".join(one.read_bytes() for one in tmp_path.iterdir())

    assert SECRET.encode() not in on_disk()
    assert "秘".encode() not in on_disk()
    assert "别".encode() in on_disk()
    assert path.stat().st_mode & 0o077 == 0
    index.close()


@pytest.mark.parametrize("damage", [b"no database, but long enough to be taken for one" * 200, b""])
def test_a_damaged_file_is_said_and_made_again(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "search.sqlite"
    index = SqliteIndex(path)
    put(index, said("u1", "票"))
    index.close()
    path.write_bytes(damage)
    index = SqliteIndex(path)
    if damage:
        with pytest.raises(IndexDamaged):
            index.state()
    else:
        assert index.state() == State()
    index.clear(State(generation=3))
    put(index, said("u1", "票"))
    assert refs(index, "票") == ["u1"]
    index.close()


def test_a_server_that_is_away_is_said(tmp_path: Path) -> None:
    index = PostgresIndex(f"postgresql://duizhi@/postgres?host={tmp_path}")
    for call in (index.state, lambda: index.search(Wanted(parse_query("票")))):
        ask: Callable[[], object] = call
        with pytest.raises(IndexUnreachable):
            ask()
    index.close()


def test_a_connection_that_broke_is_made_again(server: str) -> None:
    index = PostgresIndex(server)
    index.clear(State())
    put(index, said("u1", "票"))
    other = PostgresIndex(server)
    with other._using() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid != pg_backend_pid() AND backend_type = 'client backend'"
        )
    with pytest.raises(IndexUnreachable):
        index.search(Wanted(parse_query("票")))
    assert refs(index, "票") == ["u1"]
    other.close()
    index.close()
