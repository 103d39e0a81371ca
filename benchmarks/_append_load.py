"""``benchmarks.append --sources``: appending while a real recorder records that many sources."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks._append_recorder import FOLDER, STEPS
from benchmarks._media_load import Load, Publisher, adjust, make_clip, read_clip
from benchmarks._media_ours import OurServer
from benchmarks.media import ADDRESS

WARM_S = 4.0
_SETTLE_S = 1.5  # for what is asked for again after the last frame


def run(options: argparse.Namespace) -> dict[str, object]:
    """Ours, then the peers, while recording goes on; inside the namespace."""
    adjust(ADDRESS)
    average = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="duizhi-bench-", dir=options.directory) as scratch:
        folder = Path(scratch)
        make_clip(folder / "clip.mkv")
        os.environ[FOLDER] = scratch
        result = asyncio.run(_measure(folder, options))
    result["load_average_before"] = round(average[0], 1)
    return result


async def _measure(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    events, length_s = read_clip(folder / "clip.mkv")
    load = Load(events, length_s, [Publisher(number) for number in range(options.sources)])
    async with OurServer(folder, 1, module="benchmarks._append_recorder") as server:
        await load.connect(server.signal)
        running = asyncio.create_task(load.run())
        await asyncio.sleep(WARM_S)
        ours = await _ours(folder, options)
        peers = await _peers(folder, options)
        load.stop()
        late_s = await running
        await asyncio.sleep(_SETTLE_S)
        pictures, sounds = await server.finish()
        sent = load.sent
        await load.close()
    result = _figures(ours, peers)
    result |= {
        "sources": options.sources,
        "rate": options.rate,
        "directory": options.directory or tempfile.gettempdir(),
        "lost_frames": sent.pictures - pictures + sent.sounds - sounds,
        "load_late_ms": round(late_s * 1000, 1),
    }
    return result


async def _ours(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    order = {"rate": options.rate, "seconds": options.seconds, "session": "s-0"}
    (folder / "go.part").write_text(json.dumps(order))
    (folder / "go.part").rename(folder / "go")
    async with asyncio.timeout(options.seconds + 60):
        while not (folder / "appended").exists():
            await asyncio.sleep(0.2)
    found: dict[str, Any] = json.loads((folder / "appended").read_text())
    if found["failed"]:
        raise RuntimeError(f"{len(found['failed'])} entries failed: {found['failed'][0]}")
    return found


async def _peers(folder: Path, options: argparse.Namespace) -> dict[str, list[float]]:
    given = [str(folder), str(options.rate), str(options.seconds)]
    command = [sys.executable, "-m", "benchmarks._append_peer", *given]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(options.seconds + 60):
        output, _ = await process.communicate()
    found: dict[str, list[float]] = json.loads(output)
    return found


def at(values: list[float], part: float) -> float:
    """The value below which a part of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def _four(name: str, values: list[float]) -> dict[str, object]:
    parts = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {f"{name}_{key}": round(at(values, part), 2) for key, part in parts.items()}


def _figures(ours: dict[str, Any], peers: dict[str, list[float]]) -> dict[str, object]:
    taken, sqlite, flush = ours["ms"], peers["sqlite"], peers["flush"]
    groups = ours["groups"]
    plain = [group for group in groups if "media files" not in group]
    filed = [group for group in groups if "media files" in group]
    return {
        "bench": "append",
        "ours": round(at(taken, 0.5), 2),
        "peer": round(at(sqlite, 0.5), 2),
        "peer_name": f"SQLite {sqlite3.sqlite_version} WAL FULL",
        "ratio": round(at(taken, 0.5) / at(sqlite, 0.5), 2),
        "ratio_p99": round(at(taken, 0.99) / at(sqlite, 0.99), 2),
        "unit": "ms from submit to protected, inside the recorder process",
        **_four("ours", taken),
        **_four("peer", sqlite),
        **_four("peer_commit", peers["alone"]),
        **_four("fdatasync_4k", flush),
        "entries": len(taken),
        "entries_per_s": round(len(taken) / ours["seconds"], 1),
        "groups_plain": _steps(plain),
        "groups_with_files": _steps(filed),
    }


def _steps(groups: list[dict[str, float]]) -> dict[str, object]:
    """Milliseconds of a mean group by step: in all, and on a core (the rest is waiting)."""
    if not groups:
        return {"groups": 0}

    def mean(name: str) -> float:
        return statistics.fmean(group.get(name, 0.0) for group in groups)

    names = ["commit", *(name for _, _, name in STEPS), "flush"]
    commits = [group["commit"] * 1000 for group in groups]
    return {
        "groups": len(groups),
        "jobs": round(mean("jobs"), 2),
        "flushes": round(mean("flushes"), 1),
        "commit_p50": round(at(commits, 0.5), 2),
        "commit_p99": round(at(commits, 0.99), 2),
        "steps": {
            name: [round(mean(one) * 1000, 3) for one in (name, f"{name} cpu")] for name in names
        },
    }
