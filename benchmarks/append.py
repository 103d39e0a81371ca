"""Appending to the log, beside the same payload into SQLite (WAL, synchronous FULL), in one run.

Both make every entry durable before the next one is given: ``fdatasync`` of the write-ahead log and
of a signed checkpoint here, one committed transaction there. Ours does more: a Merkle tree, tiles
and an Ed25519 signature for each group. Prints one line of JSON.

Run: .venv/bin/python -m benchmarks.append [ENTRIES]
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence_store.signer import Ed25519Signer
from evidence_store.writer import Draft, StoreWriter

BODY: dict[str, Any] = {
    "source": "room1-camera",
    "epoch": 1,
    "number": 17,
    "start_us": 1_795_352_964_492_989,
    "duration_us": 2_000_000,
    "frames": 30,
}


def _timed(act: Callable[[int], None], count: int) -> list[float]:
    taken = []
    for number in range(count):
        started = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)


def ours(folder: Path, count: int) -> list[float]:
    """Milliseconds of each append, sorted."""
    (folder / "keys").mkdir()
    writer = StoreWriter.open(
        folder / "log",
        origin="bench.example/log",
        signer=Ed25519Signer.generate(folder / "keys" / "bench.pem"),
        software={"software": "duizhi", "version": "bench", "name": "bench"},
        queue_jobs=100,
        checkpoint_ms=200,
    )

    def append(number: int) -> None:
        draft = Draft(
            kind="marker", session="", room="", body={**BODY, "number": number}, t_us=number
        )
        writer.submit([draft]).result()

    try:
        return _timed(append, count)
    finally:
        writer.close()


def peer(folder: Path, count: int) -> list[float]:
    """Milliseconds of each committed insert, sorted."""
    database = sqlite3.connect(folder / "peer.sqlite", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, body TEXT NOT NULL)")

    def insert(number: int) -> None:
        body = json.dumps({**BODY, "number": number})
        database.execute("INSERT INTO entry VALUES (?, ?)", (number, body))

    try:
        return _timed(insert, count)
    finally:
        database.close()


def main() -> None:
    """Both, one after the other, twice, so that neither has only the cold disk."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    us: list[float] = []
    them: list[float] = []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            us += ours(Path(one), count)
            them += peer(Path(other), count)
    middle_us, middle_them = statistics.median(us), statistics.median(them)
    result = {
        "bench": "append",
        "ours": round(middle_us, 3),
        "peer": round(middle_them, 3),
        "peer_name": f"SQLite {sqlite3.sqlite_version} WAL FULL",
        "ratio": round(middle_us / middle_them, 2),
        "unit": "ms per durable entry, median",
        "ours_p99": round(sorted(us)[int(len(us) * 0.99)], 3),
        "peer_p99": round(sorted(them)[int(len(them) * 0.99)], 3),
        "entries": len(us),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
