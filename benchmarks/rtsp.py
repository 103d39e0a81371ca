"""Pulling and recording RTSP cameras (H.264 720p30 at 2 Mbit/s, TCP), beside ``ffmpeg -c copy``.

Ours is the real recorder process: muxing, hashing, signing, flushing and logging included. The
peer is one ffmpeg a camera, copying into fragmented MP4 and doing nothing else. Both are asked in
the same way: CPU seconds (user and system) per second of one stream, counted after a warm-up, so
that nobody's start counts; they alternate for ``--rounds``. The cameras are
``tests.recorder.rtsp_camera`` in a process of their own, which is not counted. Frames of ours are
compared with what 30 a second make; none may be missing.

Run: .venv/bin/python -m benchmarks.rtsp [--cameras 8] [--seconds 10] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks._media_load import make_clip
from benchmarks._media_ours import OurServer

WARM_S = 5.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="duizhi bench rtsp")
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="duizhi-rtsp") as name:
        folder = Path(name)
        clip = folder / "clip.mp4"
        make_clip(clip)
        print(json.dumps(asyncio.run(_compare(clip, folder, options)), ensure_ascii=False))
    return 0


async def _compare(clip: Path, folder: Path, options: argparse.Namespace) -> dict[str, object]:
    ours: list[float] = []
    peer: list[float] = []
    memory: list[float] = []
    missing = 0
    for number in range(options.rounds):
        with _cameras(clip) as url:
            place = folder / str(number)
            place.mkdir()
            cpu, mb, gone = await _ours(url, place, options.cameras, options.seconds)
            ours.append(cpu)
            memory.append(mb)
            missing += gone
            peer.append(await _peer(url, place, options.cameras, options.seconds))
    return {
        "bench": "rtsp",
        "ours": round(statistics.median(ours), 5),
        "peer": round(statistics.median(peer), 5),
        "peer_name": "ffmpeg -c copy",
        "ratio": round(statistics.median(a / b for a, b in zip(ours, peer, strict=True)), 3),
        "unit": "CPU seconds per stream-second",
        "cameras": options.cameras,
        "rounds_ours": [round(value, 5) for value in ours],
        "rounds_peer": [round(value, 5) for value in peer],
        "missing_frames": missing,
        "mb_per_stream": round(statistics.median(memory), 2),
    }


@contextlib.contextmanager
def _cameras(clip: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.recorder.rtsp_camera", str(clip)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"rtsp://127.0.0.1:{int(process.stdout.readline())}/stream"
        finally:
            process.kill()


async def _ours(url: str, folder: Path, cameras: int, seconds: float) -> tuple[float, float, int]:
    """CPU and memory of a stream, and pictures that are missing."""
    async with OurServer(folder, 1) as server:
        idle = _resident(server.pids)
        await server.pull(url, cameras)
        started = time.monotonic()
        cpu = await _measured(lambda: server.pids, cameras, seconds)
        megabytes = (_resident(server.pids) - idle) / 1e6 / cameras
        elapsed = time.monotonic() - started
        pictures, _ = await server.finish()
    expected = int((elapsed - 1.0) * 30) * cameras  # a second to connect and to start
    return cpu, megabytes, max(0, expected - pictures)


async def _peer(url: str, folder: Path, cameras: int, seconds: float) -> float:
    processes = [_ffmpeg(url, folder / f"{number}.mp4") for number in range(cameras)]
    try:
        return await _measured(lambda: [p.pid for p in processes], cameras, seconds)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            await asyncio.to_thread(process.wait, 30)


def _ffmpeg(url: str, out: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", url]
        + ["-c", "copy", "-f", "mp4", "-movflags"]
        + ["frag_keyframe+empty_moov+default_base_moof", str(out)]
    )


async def _measured(pids: Callable[[], list[int]], streams: int, seconds: float) -> float:
    await asyncio.sleep(WARM_S)
    before, at = _cpu(pids()), time.monotonic()
    await asyncio.sleep(seconds)
    return (_cpu(pids()) - before) / (time.monotonic() - at) / streams


def _cpu(pids: Sequence[int]) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(t.user + t.system for t in times)


def _resident(pids: Sequence[int]) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


if __name__ == "__main__":
    sys.exit(main())
