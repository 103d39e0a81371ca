"""Search in a million utterances: ours beside a LIKE scan of the same sentences in the same run.

Sentences of a conversation are made from common and rare words with a fixed seed, with numbers
inside. The same documents go into the index in SQLite and in PostgreSQL (a fresh server on a socket
with its default settings); the peer is ``LIKE '%...%' ORDER BY time DESC LIMIT 21`` on a SQLite
table of the same rows. Each query asks for its first page and then for the page after it. Prints
one line of JSON; times are in ms.

Run: .venv/bin/python -m benchmarks.search [--utterances N] [--rounds 5] [--only sqlite|postgres]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from command_centre.search.index import Document, Index, State, Wanted
from command_centre.search.postgres_index import PostgresIndex
from command_centre.search.sqlite_index import SqliteIndex
from command_centre.search.words import parse_query
from tests.command_centre.postgres import postgres

_T_US = 1_700_000_000_000_000
_BATCH = 20_000


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


_COMMON = _words(
    "我 你 的 了 是 不 在 有 没有 当时 我们 他们 这个 那个 时候 就是 知道 不知道 看到 说"
)
_USUAL = _words(
    "动火 作业 票 签字 气体 检测 阀门 罐区 班长 车间 主任 安全员 值班 焊接 气割 现场 监护",
    "通知 培训 记录 早上 下午 停产 检修 泄漏 报警 灭火器 关闭 打开 安排 同意",
)
_RARE = _words("乙炔瓶 盲板抽堵 有限空间 受限空间 硫化氢 防爆工具 缺氧窒息 0117号票 O2 21% CO2 LEL")
_ENGLISH = _words("the gas detector was not working valve permit signed shift foreman")
QUERIES = {
    "1 character": ["的", "我", "票", "瓶", "窒"],
    "2 characters": ["没有", "动火", "签字", "乙炔", "硫化"],
    "4 characters": ["动火作业", "盲板抽堵", "缺氧窒息", "我不知道", "有限空间"],
    "with digits": ["0117号票", "O2", "21%"],
    "two words": ["动火 票", "硫化氢 的"],
    "English": ["gas", '"gas detector"', "permit", "LEL"],
}


def documents(count: int) -> Iterator[Document]:
    """A conversation in 40 rooms of 50 cases, two seconds between sentences."""
    chance = random.Random(5)
    for at in range(count):
        if chance.random() < 0.05:
            text = " ".join(chance.choices(_ENGLISH, k=chance.randint(3, 9)))
        else:
            words = chance.choices(_COMMON, k=chance.randint(2, 6))
            words += chance.choices(_USUAL, k=chance.randint(1, 4))
            if chance.random() < 0.01:
                words.append(chance.choice(_RARE))
            chance.shuffle(words)
            text = "".join(words)
        case = at * 50 // count
        room, person = chance.randrange(8), chance.randrange(3)
        yield Document(
            kind="utterance",
            ref=f"u{at:08d}",
            case=f"case-{case}",
            session=f"s{case}-{room}",
            room=f"room-{case % 5}-{room}",
            person=f"人{case}-{person}",
            t_us=_T_US + at * 2_000_000,
            text=text,
        )


def build(index: Index, count: int) -> float:
    """Put all documents in; seconds."""
    started = time.perf_counter()
    state = State(generation=1, scan="utterance")
    index.clear(state)
    batch: list[Document] = []
    for number, document in enumerate(documents(count), 1):
        batch.append(document)
        if len(batch) == _BATCH or number == count:
            after = replace(state, done=number, scan="utterance" if number < count else "")
            assert index.apply(state, after, batch, [])
            state, batch = after, []
    return time.perf_counter() - started


def filters(count: int) -> dict[str, dict[str, object]]:
    """No filter, and one of each kind."""
    middle = _T_US + count * 1_000_000
    return {
        "none": {},
        "case": {"cases": ("case-20",)},
        "room": {"rooms": ("room-3-2",)},
        "person": {"people": ("人20-1",)},
        "time": {"from_us": middle, "to_us": middle + 86_400_000_000},
    }


def measure(index: Index, count: int, rounds: int) -> dict[str, list[float]]:
    """ms of every page, by kind of query."""
    times: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for kind, queries in QUERIES.items():
            for query in queries:
                for which in filters(count).values():
                    wanted = replace(Wanted(parse_query(query)), **which)  # type: ignore[arg-type]
                    for _ in range(2):
                        started = time.perf_counter()
                        found = index.search(wanted)
                        if number:  # the first round fills the caches
                            spent = (time.perf_counter() - started) * 1000
                            times.setdefault(kind, []).append(spent)
                        if not found.more:
                            break
                        wanted = replace(wanted, before=found.hits[-1][0])
    return times


def peer(path: Path, count: int) -> list[float]:
    """ms of a LIKE scan of each query without a filter."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE utterance (t_us INTEGER PRIMARY KEY, text TEXT)")
        rows = ((one.t_us, one.text) for one in documents(count))
        connection.executemany("INSERT INTO utterance VALUES (?, ?)", rows)
        connection.commit()
        times: list[float] = []
        for query in [query for queries in QUERIES.values() for query in queries]:
            words = [query.strip('"')] if query.startswith('"') else query.split()
            where = " AND ".join("text LIKE ?" for _ in words)
            started = time.perf_counter()
            connection.execute(
                f"SELECT t_us, text FROM utterance WHERE {where} ORDER BY t_us DESC LIMIT 21",
                [f"%{word}%" for word in words],
            ).fetchall()
            connection.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM utterance WHERE {where} LIMIT 1001)",
                [f"%{word}%" for word in words],
            ).fetchall()
            times.append((time.perf_counter() - started) * 1000)
        return times


def p95(times: list[float]) -> float:
    """The 95th percentile, two digits."""
    return round(statistics.quantiles(times, n=20)[-1], 2)


def main() -> None:
    """One line of JSON."""
    parser = argparse.ArgumentParser(prog="duizhi bench search")
    parser.add_argument("--utterances", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server is stopped then too
    count = options.utterances
    result: dict[str, object] = {"bench": "search", "utterances": count, "rounds": options.rounds}
    with tempfile.TemporaryDirectory(prefix="duizhi-bench-") as top:
        scans = peer(Path(top) / "peer.sqlite", count)
        if options.only != "postgres":
            index: Index = SqliteIndex(Path(top) / "search.sqlite")
            result |= report("sqlite", index, count, options.rounds)
        if options.only != "sqlite":
            with postgres() as url:
                result |= report("postgres", PostgresIndex(url), count, options.rounds)
        first = next(one for one in ("sqlite_p95", "postgres_p95") if one in result)
        result |= {
            "ours": result[first],
            "peer": p95(scans),
            "peer_name": "SQLite LIKE scan, newest first, count up to 1001",
            "ratio": round(float(str(result[first])) / p95(scans), 3),
            "unit": "ms, p95 of a page",
        }
    print(json.dumps(result))


def report(name: str, index: Index, count: int, rounds: int) -> dict[str, object]:
    """Build, measure, and what came of it."""
    built = build(index, count)
    times = measure(index, count, rounds)
    index.close()
    every = [one for some in times.values() for one in some]
    return {
        f"{name}_build_s": round(built, 1),
        f"{name}_p50": round(statistics.median(every), 2),
        f"{name}_p95": p95(every),
        f"{name}_max": round(max(every), 2),
        **{f"{name}_p95 {kind}": p95(some) for kind, some in times.items()},
    }


if __name__ == "__main__":
    main()
