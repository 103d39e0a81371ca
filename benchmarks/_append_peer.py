"""The peers of ``benchmarks.append --sources``, in a process of their own: SQLite, a bare flush.

Both are asked at the rate at which ours was. Where an insert is not done when the next is due, the
next has waited: its time counts from when it was due. A flush counts by itself, because it is there
to show the disk. Prints one line of JSON.

Run: .venv/bin/python -m benchmarks._append_peer FOLDER RATE SECONDS
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks._append_entry import prompt

_FLUSH_S = 5.0


def paced(
    act: Callable[[int], None], rate: float, seconds: float
) -> tuple[list[float], list[float]]:
    """Milliseconds of each act from when it was due, if it had to wait, and by itself."""
    taken: list[float] = []
    alone: list[float] = []
    begun = time.perf_counter()
    late = False
    for number in range(round(rate * seconds)):
        due = begun + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        started = time.perf_counter()
        asked = due if late else started
        act(number)
        ended = time.perf_counter()
        taken.append((ended - asked) * 1000)
        alone.append((ended - started) * 1000)
        late = ended > due + 1 / rate
    return taken, alone


def sqlite_wal_full(folder: Path, rate: float, seconds: float) -> tuple[list[float], list[float]]:
    """Each committed insert of the same payload, as ``paced``."""
    database = sqlite3.connect(folder / "peer.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, body TEXT NOT NULL)")

    def insert(number: int) -> None:
        public, private = prompt(number)
        body = json.dumps({**public, **private}, ensure_ascii=False)
        database.execute("INSERT INTO entry VALUES (?, ?)", (number, body))

    try:
        return paced(insert, rate, seconds)
    finally:
        database.close()


def bare_flush(folder: Path, rate: float, seconds: float) -> list[float]:
    """Milliseconds of each append of 4 KiB and ``fdatasync``."""
    descriptor = os.open(folder / "peer.raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    data = os.urandom(4096)

    def flush(_: int) -> None:
        os.write(descriptor, data)
        os.fdatasync(descriptor)

    try:
        return paced(flush, rate, seconds)[1]
    finally:
        os.close(descriptor)


def main() -> None:
    """Both, one after the other."""
    folder, rate, seconds = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    sqlite, alone = sqlite_wal_full(folder, rate, seconds)
    flush = bare_flush(folder, rate, min(seconds, _FLUSH_S))
    print(json.dumps({"sqlite": sqlite, "alone": alone, "flush": flush}))


if __name__ == "__main__":
    main()
