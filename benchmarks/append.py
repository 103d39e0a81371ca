"""Appending to the log, beside the same payload into SQLite (WAL, synchronous FULL), in one run.

Both make every entry durable before the next one is given: ``fdatasync`` of the write-ahead log and
of a signed checkpoint here, one committed transaction there. Ours does more: a Merkle tree, tiles
and signatures for each group. Prints one line of JSON.

With ``--sources 24`` a real recorder process records that many WebRTC sources (720p, 2 Mbit/s;
``benchmarks.media``) while entries with a private part are handed to its writer, in its own
process, at ``--rate``; then SQLite, in a process of its own, gets the same at the same rate, and
then 4 KiB are appended and flushed, while recording goes on. Needs root (or user namespaces) and
Debian's iproute2 and ffmpeg.

Run: .venv/bin/python -m benchmarks.append [ENTRIES] [--sources 24] [--rate 200] [--seconds 20]
         [--directory DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
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


def beside(count: int) -> dict[str, object]:
    """Both, one after the other, twice, so that neither has only the cold disk."""
    us: list[float] = []
    them: list[float] = []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            us += ours(Path(one), count)
            them += peer(Path(other), count)
    middle_us, middle_them = statistics.median(us), statistics.median(them)
    return {
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


def while_recording(options: argparse.Namespace, given: list[str]) -> int:
    """In a namespace, as ``benchmarks.media``; 1 when a frame is missing in the recording."""
    from benchmarks import _append_load, media

    missing = [name for name in ("unshare", "ip", "ffmpeg") if shutil.which(name) is None]
    if missing:
        print(f"needs {', '.join(missing)} (Debian: iproute2 ffmpeg)", file=sys.stderr)
        return 2
    if media.INSIDE not in os.environ:
        return media.enter_namespace("benchmarks.append", given)
    result = _append_load.run(options)
    print(json.dumps(result, ensure_ascii=False))
    return 1 if result["lost_frames"] else 0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.append", description=__doc__)
    parser.add_argument("entries", type=int, nargs="?", default=1000)
    parser.add_argument("--sources", type=int, default=0, help="record so many meanwhile")
    parser.add_argument("--rate", type=float, default=200.0, help="entries a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--directory", help="where store and peers write (default: temporary)")
    given = sys.argv[1:]
    options = parser.parse_args(given)
    if options.sources:
        return while_recording(options, given)
    print(json.dumps(beside(options.entries)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
