"""The live view: what a viewer costs beside stock WHEP, and how late the picture is on screen.

One source, 720p30 at 2 Mbit/s with sound, sent to a whole installation. Then:

* **cost**: viewers over the wall's WebSocket feed, in fragments of single pictures; CPU seconds of
  the whole centre process per viewer-second. The peer is stock aiortc serving as many WHEP viewers
  of the same clip, nothing encoded again. ``viewers`` of ours and ``peer-viewers`` of the peer
  run one after the other, ``rounds`` times. Every viewer must have got every picture.
* **delay**: camera to screen in Chromium: the clock in the picture, read from the wall's video
  element, against the publisher's.

Prints one line of JSON. Needs Debian's chromium, unless ``--frames 0``.

Run: .venv/bin/python -m benchmarks.live [--viewers 24] [--peer-viewers 8] [--rounds 2]
     [--frames 80]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
from playwright.async_api import Page

from benchmarks._live_clip import RATE, SECONDS, make_clock_clip
from benchmarks.picture import HEIGHT, TAKE, WIDTH
from config.demo.clock_strip import read_clock
from tests.browser.browser import browser, sign_in
from tests.e2e.installation import Installation, running, until

SOURCE, ROOM = "room1-camera", "room1"
WARM_S, MEASURE_S = 4.0, 10.0
_BROWSER_WARM_S = 12.0
_EVERY_S = 0.23
_STARTS_IN_S = 4.0


@contextlib.asynccontextmanager
async def _process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


async def _measured(pid: int, viewers: int) -> float:
    """CPU seconds of a process per second of one viewer."""
    await asyncio.sleep(WARM_S)
    before, at = _cpu_s(pid), time.monotonic()
    await asyncio.sleep(MEASURE_S)
    return (_cpu_s(pid) - before) / (time.monotonic() - at) / viewers


async def _ours(installation: Installation, viewers: int) -> float:
    """The whole centre process: feed, log follower and everything else it does."""
    centre = installation.supervisor.children["centre"].pid
    assert centre is not None
    address = installation.store.address.replace("http", "ws", 1)
    async with installation.desk("lin") as desk:
        arguments = ("benchmarks._live_viewers", f"{address}/ws/live/{SOURCE}", desk.cookie)
        async with _process(*arguments, str(viewers)) as process:
            cost = await _measured(centre, viewers)
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"\n")
            least = int(await process.stdout.readline())
    if least < MEASURE_S * RATE:
        raise RuntimeError(f"a viewer got {least} pictures in more than {MEASURE_S:g} s")
    return cost


async def _peer(clip: Path, viewers: int) -> float:
    """Stock aiortc: one peer connection and sender a viewer."""
    module = "benchmarks._live_whep"
    async with (
        _process(module, "serve", str(clip), str(viewers)) as server,
        _process(module, "watch", str(viewers)) as watcher,
    ):
        for _ in range(viewers):  # offers go one way, answers the other
            await _carry(server, watcher)
            await _carry(watcher, server)
        cost = await _measured(server.pid, viewers)
        assert watcher.stdin is not None
        assert watcher.stdout is not None
        watcher.stdin.close()
        least = int(json.loads(await watcher.stdout.readline())[1])
    if least < MEASURE_S * RATE * 0.98:
        raise RuntimeError(f"a WHEP viewer got {least} pictures in more than {MEASURE_S:g} s")
    return cost


async def _carry(sender: asyncio.subprocess.Process, receiver: asyncio.subprocess.Process) -> None:
    assert sender.stdout is not None
    assert receiver.stdin is not None
    async with asyncio.timeout(30):
        receiver.stdin.write(await sender.stdout.readline())
        await receiver.stdin.drain()


async def _delays(page: Page, start_us: int, count: int) -> list[float]:
    video = page.get_by_test_id(f"wall-video-{SOURCE}")
    delays: list[float] = []
    for _ in range(count):
        taken = await video.evaluate(TAKE)
        grey = np.frombuffer(base64.b64decode(taken["grey"]), np.uint8).reshape(HEIGHT, WIDTH)
        clock_ms = read_clock(grey)
        if clock_ms is not None:
            behind = taken["now"] - start_us / 1000 - clock_ms
            delays.append(math.remainder(behind, SECONDS * 1000))
        await asyncio.sleep(_EVERY_S)
    return sorted(delays)


async def _glass(installation: Installation, start_us: int, count: int) -> list[float]:
    store = installation.store
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        await sign_in(page, store.address, store.accounts["lin"])
        await page.goto(f"{store.address}/wall/{store.case}")
        await asyncio.sleep(_BROWSER_WARM_S)
        return await _delays(page, start_us, count)


@contextlib.asynccontextmanager
async def _published(installation: Installation, clip: Path) -> AsyncIterator[int]:
    """The clip, published; the wall time at which it stands at 0."""
    async with installation.desk("lin") as desk:
        await desk.post(f"/api/rooms/{ROOM}/session", {})
    start_us = time.time_ns() // 1000 + round(_STARTS_IN_S * 1e6)
    store = installation.store
    arguments = (
        *("recorder.ingest.webrtc_publisher", "--clip", str(clip)),
        *("--url", f"{store.address}/whip/{SOURCE}"),
        *("--token-file", str(store.token_file(SOURCE)), "--start-at-us", str(start_us)),
    )
    media = store.directory / "recorder-1" / "media"
    async with _process(*arguments):
        await until(lambda: list(media.glob(f"*/{SOURCE}/*.m4s")))
        yield start_us


async def _run(options: argparse.Namespace) -> dict[str, object]:
    ours: list[float] = []
    peer: list[float] = []
    delays: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        clip = await asyncio.to_thread(make_clock_clip, Path(folder) / "clock.mp4")
        async with (
            running(Path(folder) / "store") as installation,
            _published(installation, clip) as start_us,
        ):
            if options.frames:
                delays = await _glass(installation, start_us, options.frames)
            for _ in range(options.rounds):
                ours.append(await _ours(installation, options.viewers))
        for _ in range(options.rounds):
            peer.append(await _peer(clip, options.peer_viewers))
    mine, theirs = (statistics.median(costs) if costs else math.nan for costs in (ours, peer))
    result: dict[str, object] = {
        "bench": "live",
        "ours": round(mine, 5),
        "peer": round(theirs, 5),
        "peer_name": "WHEP through stock aiortc, nothing encoded again",
        "ratio": round(mine / theirs, 3),
        "unit": "CPU seconds per viewer-second, 720p30 2 Mbit/s",
        "viewers_per_core": round(1 / mine),
        "peer_viewers_per_core": round(1 / theirs),
        "viewers": options.viewers,
        "peer_viewers": options.peer_viewers,
    }
    if delays:
        result["glass_ms"] = {
            "p50": round(statistics.median(delays)),
            "p95": round(delays[int(len(delays) * 0.95)]),
            "frames": len(delays),
        }
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.live", description="Cost and delay of the wall."
    )
    parser.add_argument("--viewers", type=int, default=24)
    parser.add_argument("--peer-viewers", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--frames", type=int, default=80, help="0: no browser")
    print(json.dumps(asyncio.run(_run(parser.parse_args()))))


if __name__ == "__main__":
    main()
