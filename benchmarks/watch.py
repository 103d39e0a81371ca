"""What watching live media costs: CPU seconds of the watcher per second of one stream.

Ours is the real watcher process on the real bus, with ``--streams`` sources of 720p30 H.264 at
2 Mbit/s: every fragment is received, each key frame is decoded and judged, levels and sound batches
come ten times a second. The peer is what one would start otherwise: ffmpeg's ``blackdetect`` and
``freezedetect`` on the same clip, which decode every picture (one thread, user and system time over
the clip's length). Neither records anything.

Run: .venv/bin/python -m benchmarks.watch [--streams 24] [--seconds 15]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks._media_load import make_clip
from command_centre.zmq_bus import ZmqBus
from config.clock import SystemClock
from config.messages import (
    ALARMS,
    AudioBatch,
    AudioLevel,
    AudioPacket,
    Done,
    LiveFragment,
    encode,
)
from config.settings import load
from recorder.ingest.clip import Clip
from recorder.media import EncodedFrame, TimedFrame
from recorder.mux.formats import video_format
from recorder.mux.fragmenter import Fragment, Fragmenter
from recorder.watcher import Watcher

_WARM_S = 4.0
_FRAGMENT_MS = 200
_NAMES = ("recorder-1", "watcher", "centre")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="duizhi bench watch")
    parser.add_argument("--streams", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--watch-in", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.watch_in:
        asyncio.run(_watch(options.watch_in))
        return 0
    with tempfile.TemporaryDirectory(prefix="duizhi-watch") as name:
        clip = Path(name) / "clip.mp4"
        make_clip(clip)
        print(json.dumps(asyncio.run(_compare(clip, Path(name) / "bus", options))))
    return 0


async def _compare(path: Path, bus: Path, options: argparse.Namespace) -> dict[str, object]:
    clip = Clip.read(path)
    peer = await asyncio.to_thread(_peer, path, clip.end_us / 1e6)
    ours, key_frames = await _ours(clip, bus, options.streams, options.seconds)
    return {
        "bench": "watch",
        "ours": round(ours, 5),
        "peer": round(peer, 5),
        "peer_name": "ffmpeg blackdetect,freezedetect (every picture)",
        "ratio": round(ours / peer, 3),
        "unit": "CPU seconds per stream-second",
        "streams": options.streams,
        "key_frames_per_stream_second": round(key_frames, 2),
    }


def _peer(clip: Path, seconds: float) -> float:
    before = os.times()
    filters = "blackdetect=d=2,freezedetect=d=2"
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-threads", "1", "-i", str(clip)]
    command += ["-filter_threads", "1", "-vf", filters, "-an", "-f", "null", "-"]
    subprocess.run(command, check=True)
    after = os.times()
    spent = after.children_user + after.children_system
    return (spent - before.children_user - before.children_system) / seconds


async def _watch(bus: Path) -> None:
    """The watcher process; tells at its end how many key frames it looked at."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with ZmqBus(bus, "watcher", _NAMES, load().bus.high_water) as line:
        watcher = Watcher(line, load().watch, SystemClock())
        async with watcher.running():
            await stop.wait()
    print(watcher.decoded, watcher.left_out, watcher.unreadable, flush=True)


async def _taken(_method: str, _payload: bytes) -> bytes:
    """The centre's end: it takes every report."""
    return encode(Done())


async def _ours(clip: Clip, folder: Path, streams: int, seconds: float) -> tuple[float, float]:
    """CPU seconds and key frames looked at, per stream-second."""
    async with ZmqBus(folder, "recorder-1", _NAMES, load().bus.high_water) as bus:
        with _watcher(folder) as process:
            async with bus.serve(ALARMS, _taken):
                await asyncio.sleep(_WARM_S)
                publishing = asyncio.create_task(_publish(bus, clip, streams))
                started = time.monotonic()
                await asyncio.sleep(_WARM_S)
                spent, elapsed = await _measured(process.pid, seconds)
                lived = time.monotonic() - started
                publishing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await publishing
            process.terminate()
            assert process.stdout is not None
            said = await asyncio.to_thread(process.stdout.readline)
    looked_at, left_out, unreadable = (int(word) for word in said.split())
    assert looked_at, "no key frame was looked at: nothing was measured"
    assert not unreadable, "key frames could not be decoded"
    if left_out:
        print(f"{left_out} key frames were left out", file=sys.stderr)
    return spent / elapsed / streams, looked_at / lived / streams


@contextlib.contextmanager
def _watcher(bus: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.watch", "--watch-in", str(bus)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


async def _measured(pid: int, seconds: float) -> tuple[float, float]:
    watched, started = psutil.Process(pid), time.monotonic()
    before = watched.cpu_times()
    await asyncio.sleep(seconds)
    after = watched.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return spent, time.monotonic() - started


def _fragments(clip: Clip) -> tuple[bytes, list[Fragment]]:
    """What the recorder would publish of the clip."""
    frames = [
        TimedFrame(EncodedFrame("video", "H264", one.data, 0, one.key, 0, 1, 1), one.at_us, 0)
        for one in clip.video
    ]
    muxer = Fragmenter(video_format(frames[0].frame), False, 0, _FRAGMENT_MS)
    fragments = [fragment for frame in frames for fragment in muxer.add(frame)]
    return muxer.init, fragments + muxer.close()


async def _publish(bus: ZmqBus, clip: Clip, streams: int) -> None:
    """Every stream in real time, for ever; streams begin apart from each other."""
    init, fragments = _fragments(clip)
    async with asyncio.TaskGroup() as tasks:
        for number in range(streams):
            tasks.create_task(_stream(bus, f"cam-{number}", init, fragments, number / streams))
            tasks.create_task(_sound(bus, f"cam-{number}"))


async def _stream(
    bus: ZmqBus, source: str, init: bytes, fragments: list[Fragment], begin_s: float
) -> None:
    await asyncio.sleep(begin_s)
    begun, number, offset_us = time.monotonic(), 0, 0
    length_us = fragments[-1].end_us
    while True:
        for one in fragments:
            at_us = offset_us + one.end_us
            await asyncio.sleep(max(0.0, begun + at_us / 1e6 - time.monotonic()))
            number += 1
            message = LiveFragment(
                source=source,
                session="s",
                epoch=1,
                number=number,
                mime="video/mp4",
                key=one.key,
                start_us=offset_us + one.start_us,
                duration_us=one.end_us - one.start_us,
                media_start_us=offset_us + one.start_us,
                init=init if number == 1 else None,
                data=one.data,
            )
            bus.publish(f"media.{source}", encode(message))
        offset_us += length_us


async def _sound(bus: ZmqBus, source: str) -> None:
    packets = [
        AudioPacket(start_us=n * 20_000, duration_us=20_000, data=b"x" * 80) for n in range(5)
    ]
    number = 0
    while True:
        await asyncio.sleep(0.1)
        number += 1
        batch = AudioBatch(
            source=source,
            session="s",
            room="r",
            epoch=1,
            number=number,
            channels=["unknown"],
            packets=packets,
        )
        bus.publish(f"audio.{source}", encode(batch))
        level = AudioLevel(
            source=source, t_us=number * 100_000, rms_dbfs=[-40.0, -50.0], peak_dbfs=[-30.0, -40.0]
        )
        bus.publish(f"level.{source}", encode(level))


if __name__ == "__main__":
    sys.exit(main())
