"""Both indexes find exactly what is there, page by page, over years of talk and with any filter."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from command_centre.search.index import COUNTED, Document, Index, State, Wanted
from command_centre.search.postgres_index import PostgresIndex
from command_centre.search.sqlite_index import SqliteIndex
from command_centre.search.words import parse_query
from tests.command_centre.postgres import postgres

T_US = 1_795_000_000_000_000
DAY_US = 86_400_000_000
#: How many in a thousand sentences have each; 铁 is in the oldest only.
_SHARES = {"的": 900, "票": 300, "焊": 60, "阀": 15, "闸": 4, "氨": 1}


@pytest.fixture(scope="module")
def talk() -> list[Document]:
    """8,000 sentences in bursts over three years, oldest first."""
    chance = random.Random(11)
    made: list[Document] = []
    t_us = T_US
    for number in range(8_000):
        t_us += chance.choice([1_000, 1_000_000, 2_000_000, 5_000_000])
        if chance.random() < 0.01:
            t_us += int(chance.random() * 28 * DAY_US)
        text = "".join(one for one, of in _SHARES.items() if chance.randrange(1_000) < of)
        text += "铁" if number < 1_500 else "铜"
        case, room = f"c{number // 400}", f"r{chance.randrange(3)}"
        kind = "marker" if chance.random() < 0.003 else "utterance"
        person = f"p{number // 400}-{chance.randrange(2)}"
        made.append(Document(kind, f"u{number}", case, f"s{case}", room, person, t_us, text))
    return made


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def index(
    request: pytest.FixtureRequest, talk: list[Document], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Index]:
    if request.param == "sqlite":
        made: Index = SqliteIndex(tmp_path_factory.mktemp("index") / "search.sqlite")
        yield _filled(made, talk)
        made.close()
        return
    with postgres() as url:
        made = PostgresIndex(url)
        yield _filled(made, talk)
        made.close()


def _filled(index: Index, talk: list[Document]) -> Index:
    begun = State(generation=1, scan="utterance")
    index.clear(begun)
    assert index.apply(begun, replace(begun, scan=""), talk, [])
    return index


_FILTERS: list[dict[str, object]] = [
    {},
    {"cases": ("c3",)},
    {"cases": ("c1", "c17")},
    {"rooms": ("r1",)},
    {"rooms": ("r0", "r2"), "cases": ("c2", "c3", "c4")},
    {"people": ("p5-1",)},
    {"kinds": ("marker",)},
    {"kinds": ("utterance",), "rooms": ("r2",)},
    {"from_us": T_US + 40 * DAY_US, "to_us": T_US + 400 * DAY_US},
    {"to_us": T_US + 3 * DAY_US},
    {"from_us": T_US + 3000 * DAY_US},
]


@pytest.mark.parametrize("which", range(len(_FILTERS)))
@pytest.mark.parametrize("query", [*_SHARES, "铁", "阀铜", "票 闸", "闸 氨", "钛"])
def test_pages_hold_what_is_there(
    index: Index, talk: list[Document], query: str, which: int
) -> None:
    wanted = replace(Wanted(parse_query(query)), **_FILTERS[which])  # type: ignore[arg-type]
    there = [one.ref for one in reversed(talk) if _fits(one, query, wanted)]
    seen: list[str] = []
    for _ in range(4):
        found = index.search(wanted)
        left = len(there) - len(seen)
        assert found.more == (left > wanted.limit)
        assert found.total_is_least == (left > COUNTED)
        assert found.total == min(left, COUNTED)
        seen += [ref for _, _, ref in found.hits]
        assert seen == there[: len(seen)]
        if not found.more:
            assert seen == there
            break
        wanted = replace(wanted, before=found.hits[-1][0])


def _fits(one: Document, query: str, wanted: Wanted) -> bool:
    return (
        all(word in one.text for word in query.split())
        and one.case in (wanted.cases or (one.case,))
        and one.room in (wanted.rooms or (one.room,))
        and one.person in (wanted.people or (one.person,))
        and one.kind in (wanted.kinds or (one.kind,))
        and (wanted.from_us is None or one.t_us // 1000 >= wanted.from_us // 1000)
        and (wanted.to_us is None or one.t_us // 1000 < wanted.to_us // 1000)
    )
