"""Receiving and recording H.264 720p at 2 Mbit/s, beside Debian's janus, in one run.

Ours is the real recorder process: SRTP, muxing, hashing, signing, flushing and logging included.
The peer is Janus' videoroom recording the same publishers to .mjr (raw RTP, nothing else). Both are
asked in the same way: CPU seconds (user and system, whole process) per second of one stream,
counted after a warm-up, alternating for ``--rounds``. Frames that were sent and are not in the
recording are counted; there must be none.

libnice ignores the loopback, so everything runs in a network namespace of its own with one address
on a veth pair; nothing leaves it. Prints one line of JSON. Needs root (or user namespaces) and
Debian's iproute2, ffmpeg and janus.

Run: .venv/bin/python -m benchmarks.media [--streams 24] [--seconds 10] [--rounds 3] [--processes 1]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import psutil

from benchmarks._media_janus import JanusServer
from benchmarks._media_load import Load, Publisher, Sent, adjust, make_clip, read_clip
from benchmarks._media_ours import OurServer

ADDRESS = "10.99.0.1"
WARM_S = 4.0
INSIDE = "DUIZHI_BENCH_NAMESPACE"
_SETTLE_S = 1.5  # for what is asked for again after the last frame


class Server(Protocol):
    """What is measured."""

    name: str

    @property
    def pids(self) -> list[int]:
        """The processes that are measured."""
        ...

    async def signal(self, number: int, offer: str) -> str:
        """Answer an offer."""
        ...

    async def finish(self) -> tuple[int, int]:
        """End; pictures and sound packets that were recorded."""
        ...


@dataclass(slots=True)
class Figures:
    """One run."""

    cpu_s: float  # per second of one stream
    user_s: float
    system_s: float
    us_per_packet: float
    mb_per_stream: float  # resident, beyond the idle process
    lost_frames: int
    asked_again: int
    load_late_ms: float  # by how much the load itself was late at worst
    mbit_per_stream: float


async def measure(server: Server, clip: Path, streams: int, seconds: float) -> Figures:
    """Publish ``streams`` times to a running server."""
    events, length_s = read_clip(clip)
    load = Load(events, length_s, [Publisher(number) for number in range(streams)])
    idle = _resident(server.pids)
    await load.connect(server.signal)
    running = asyncio.create_task(load.run())
    await asyncio.sleep(WARM_S)
    before, sent_before, at = _cpu(server.pids), load.sent, _monotonic()
    await asyncio.sleep(seconds)
    after, sent_after, end = _cpu(server.pids), load.sent, _monotonic()
    resident = _resident(server.pids)
    load.stop()
    late_s = await running
    await asyncio.sleep(_SETTLE_S)
    recorded = await server.finish()
    total = load.sent
    await load.close()
    sent = sent_after - sent_before
    stream_s = (end - at) * streams
    user, system = after[0] - before[0], after[1] - before[1]
    return Figures(
        cpu_s=round((user + system) / stream_s, 5),
        user_s=round(user / stream_s, 5),
        system_s=round(system / stream_s, 5),
        us_per_packet=round((user + system) * 1e6 / sent.packets, 2),
        mb_per_stream=round((resident - idle) / 1e6 / streams, 2),
        lost_frames=_lost(total, recorded),
        asked_again=total.again,
        load_late_ms=round(late_s * 1000, 1),
        mbit_per_stream=round(sent.octets * 8 / stream_s / 1e6, 3),
    )


def _lost(sent: Sent, recorded: tuple[int, int]) -> int:
    return sent.pictures - recorded[0] + sent.sounds - recorded[1]


def _cpu(pids: Sequence[int]) -> tuple[float, float]:
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(t.user for t in times), sum(t.system for t in times)


def _resident(pids: Sequence[int]) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


async def ours(clip: Path, folder: Path, options: argparse.Namespace) -> Figures:
    """The recorder."""
    async with OurServer(folder, options.processes) as server:
        return await measure(server, clip, options.streams, options.seconds)


async def peer(clip: Path, folder: Path, options: argparse.Namespace) -> Figures:
    """Janus."""
    async with JanusServer(folder, ADDRESS) as server:
        return await measure(server, clip, options.streams, options.seconds)


def run(options: argparse.Namespace) -> dict[str, object]:
    """All rounds; inside the namespace."""
    adjust(ADDRESS)
    us: list[Figures] = []
    them: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="duizhi-bench-") as scratch:
        clip = Path(scratch) / "clip.mkv"
        make_clip(clip)
        for number in range(options.rounds):
            for measured, act in ((us, ours), (them, peer)):
                if act is peer and options.no_peer:
                    continue
                folder = Path(scratch) / f"{act.__name__}{number}"
                folder.mkdir()
                figures = asyncio.run(act(clip, folder, options))
                measured.append(figures)
                shutil.rmtree(folder)
                print(act.__name__, json.dumps(asdict(figures)), file=sys.stderr)
    ratios = [round(a.cpu_s / b.cpu_s, 3) for a, b in zip(us, them, strict=False)]
    best = statistics.median
    return {
        "bench": "media",
        "ours": best(f.cpu_s for f in us),
        "peer": best(f.cpu_s for f in them) if them else None,
        "peer_name": JanusServer.name,
        "ratio": best(ratios) if ratios else None,
        "unit": "CPU seconds per stream-second, median of rounds",
        "ratios": ratios,
        "streams": options.streams,
        "processes": options.processes,
        "seconds": options.seconds,
        "mbit_per_stream": best(f.mbit_per_stream for f in us),
        "ours_us_per_packet": best(f.us_per_packet for f in us),
        "ours_lost_frames": sum(f.lost_frames for f in us),
        "peer_lost_frames": sum(f.lost_frames for f in them),
        "ours_mb_per_stream": best(f.mb_per_stream for f in us),
        "peer_mb_per_stream": best(f.mb_per_stream for f in them) if them else None,
    }


def enter_namespace(module: str, arguments: Sequence[str]) -> int:
    """Run again in a network namespace with one address on a veth pair."""
    script = (
        "ip link set lo up && ip link add bench0 type veth peer name bench1 && "
        f"ip addr add {ADDRESS}/24 dev bench0 && ip link set bench0 up && ip link set bench1 up && "
        'exec "$0" "$@"'
    )
    flags = ["--net"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--net"]
    command = ["unshare", *flags, "--", "sh", "-c", script]
    command += [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; exit status 1 when a frame of ours is missing."""
    parser = argparse.ArgumentParser(prog="benchmarks.media", description=__doc__)
    parser.add_argument("--streams", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--no-peer", action="store_true", help="ours only, for profiling")
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(given)
    needed = ["unshare", "ip", "ffmpeg"] + ([] if options.no_peer else ["janus"])
    missing = [name for name in needed if shutil.which(name) is None]
    if missing:
        print(f"needs {', '.join(missing)} (Debian: iproute2 ffmpeg janus)", file=sys.stderr)
        return 2
    if INSIDE not in os.environ:
        return enter_namespace("benchmarks.media", given)
    result = run(options)
    print(json.dumps(result))
    return 1 if result["ours_lost_frames"] else 0


if __name__ == "__main__":
    sys.exit(main())
