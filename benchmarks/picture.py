"""How far the picture on the wall is behind the camera, camera to screen, in Chromium.

The demo's clips carry a clock that a program can read. A page in Chromium shows the wall while the
four sources publish; frames of room 1 are taken from the screen's video element and their clock is
compared with the publishers' timeline. Everything runs on this machine, decoder and browser too.
Prints one line of JSON.

Run: .venv/bin/python -m benchmarks.picture [FRAMES]
"""

from __future__ import annotations

import asyncio
import base64
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.async_api import Page

from benchmarks._options import counts
from command_centre.demo_publishers import publishers
from command_centre.demo_timeline import Timeline
from config.demo.clock_strip import WRAP_MS, read_clock
from tests.browser.browser import browser, sign_in
from tests.e2e.installation import Installation, running

WIDTH, HEIGHT = 640, 360
_WARM_UP_S = 15.0
_EVERY_S = 0.23
#: The frame on the screen as grey bytes, and the moment it was taken.
TAKE = """v => {
    const canvas = document.createElement('canvas')
    canvas.width = 640; canvas.height = 360
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    const now = performance.timeOrigin + performance.now()
    pen.drawImage(v, 0, 0, canvas.width, canvas.height)
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data
    let grey = ''
    for (let i = 1; i < pixels.length; i += 4) grey += String.fromCharCode(pixels[i])
    return { now, grey: btoa(grey) }
}"""


async def _measure(installation: Installation, count: int) -> list[float]:
    store = installation.store
    async with installation.desk("lin") as desk:
        for room in ("room1", "room2", "site"):
            await desk.post(f"/api/rooms/{room}/session", {})
    timeline = Timeline(time.time_ns() // 1000 + 5_000_000, 85.0)
    async with (
        publishers(store, timeline, store.directory / "logs"),
        browser() as context,
    ):
        page = await context.new_page()
        await sign_in(page, store.address, store.accounts["lin"])
        await page.goto(f"{store.address}/wall/{store.case}")
        await asyncio.sleep(_WARM_UP_S)
        return await _delays(page, timeline, count)


async def _delays(page: Page, timeline: Timeline, count: int) -> list[float]:
    video = page.get_by_test_id("wall-video-room1-camera")
    delays = []
    for _ in range(count):
        taken = await video.evaluate(TAKE)
        grey = np.frombuffer(base64.b64decode(taken["grey"]), np.uint8).reshape(HEIGHT, WIDTH)
        clock_ms = read_clock(grey)
        if clock_ms is not None:
            behind = timeline.story_ms(round(taken["now"] * 1000)) - clock_ms
            delays.append((behind + WRAP_MS // 2) % WRAP_MS - WRAP_MS // 2)
        await asyncio.sleep(_EVERY_S)
    return sorted(float(delay) for delay in delays)


async def _run(count: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder) / "store") as installation:
            return await _measure(installation, count)


def main() -> None:
    """Measure and print."""
    (count,) = counts(__doc__, pictures=120)
    delays = asyncio.run(_run(count))
    print(
        json.dumps(
            {
                "bench": "picture",
                "unit": "ms from camera to screen",
                "p50": round(statistics.median(delays)),
                "p95": round(delays[int(len(delays) * 0.95)]),
                "frames": len(delays),
            }
        )
    )


if __name__ == "__main__":
    main()
