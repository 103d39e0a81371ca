"""Sixteen pictures on the wall: what is shown, what is dropped, how long the page stands still.

Sixteen sources (the demo's four, twelve phones) publish over real WebRTC; Chromium shows all of
them on one wall, decoding in software. The page is told that the machine has other numbers of
cores, so that it takes other budgets of moving pictures (``budgetOf`` in ``costs.ts``). Everything
runs on this machine: publishers, recorder, speech recognition, centre, browser. For each budget:
pictures shown and dropped per moving tile and second, pictures a second of the slow ones, long
tasks of the page's main thread (50 ms and more), and the browser's CPU. Prints one line of JSON.

Run: .venv/bin/python -m benchmarks.wall [--tiles 16] [--seconds 12] [--budgets 4,8,16]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil
from playwright.async_api import Page

from command_centre.demo_store import CLIPS
from tests.browser.browser import browser, sign_in
from tests.e2e.installation import Installation, running, until

_SIZE = (1920, 1080)
_ACROSS = 4
_PATIENCE_S = 90.0
#: Long tasks since the page began, and how long they took, ms.
_LISTEN = """() => { window.long = []; new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.long.push(one.duration)
}).observe({ entryTypes: ['longtask'] }) }"""
_COUNT = """() => [...document.querySelectorAll('.tile video')].map((video) => {
    const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality()
    const { cost } = video.closest('[data-cost]').dataset
    return { id: video.dataset.testid, cost, total: totalVideoFrames, dropped: droppedVideoFrames }
})"""


async def _joined(installation: Installation, count: int) -> list[str]:
    """So many phones of the case, each with its token where a publisher looks for it."""
    store, found = installation.store, []
    async with (
        installation.desk("lin") as lin,
        httpx.AsyncClient(base_url=store.address, headers={"X-Duizhi": "1"}) as phone,
    ):
        for _ in range(count):
            path = f"/api/cases/{store.case}/devices/join-codes"
            made = await lin.post(path, {})
            code = parse_qs(urlsplit(made["url"]).fragment)["join"][0]
            answer = await phone.post("/api/devices/join", json={"code": code})
            joined = answer.raise_for_status().json()
            store.token_file(joined["source"]).write_text(joined["token"])
            found.append(joined["source"])
    return found


def _grid(rooms: list[str], devices: list[str]) -> str:
    """A layout kept for the account: pictures only, all on one screen."""
    ids = [*(f"room:{one}" for one in rooms), *(f"device:{one}" for one in devices)]
    down = -(-len(ids) // _ACROSS)
    w, h = 48 // _ACROSS, 24 // down
    own = [
        {"id": name, "x": i % _ACROSS * w, "y": i // _ACROSS * h, "w": w, "h": h}
        for i, name in enumerate(ids)
    ]
    hidden = ["matrix", "map", "site:site"]
    return json.dumps({"mode": "overview", "own": {"overview": own}, "hidden": hidden})


async def _measured(installation: Installation, budget: int, seconds: float) -> dict[str, Any]:
    store = installation.store
    width, height = _SIZE
    before = {one.pid for one in psutil.process_iter()}
    async with browser(width=width, height=height) as context:
        cores = f"Object.defineProperty(navigator, 'hardwareConcurrency', {{value: {budget / 8}}})"
        await context.add_init_script(cores)
        await context.add_init_script(f"({_LISTEN})()")
        page = await context.new_page()
        await sign_in(page, store.address, store.accounts["lin"])
        await page.goto(f"{store.address}/wall/{store.case}?screen=tv")
        await until(lambda: _moves(page, budget), _PATIENCE_S)
        chromium = [one for one in psutil.process_iter(["name"]) if one.pid not in before]
        chromium = [one for one in chromium if "chrom" in (one.info["name"] or "")]
        await asyncio.sleep(4)
        first, busy = await page.evaluate(_COUNT), _cpu_s(chromium)
        await page.evaluate("() => { window.long.length = 0 }")
        await asyncio.sleep(seconds)
        last, busy = await page.evaluate(_COUNT), _cpu_s(chromium) - busy
        long = await page.evaluate("() => window.long")
    return _said(first, last, long, seconds, budget) | {"browser_cores": round(busy / seconds, 2)}


async def _moves(page: Page, budget: int) -> bool:
    """As many pictures move as may, and all of them show something."""
    now = await page.evaluate(_COUNT)
    moving = [one for one in now if one["cost"] == "full"]
    return len(moving) == min(budget, len(now)) and all(one["total"] for one in now)


def _cpu_s(processes: list[psutil.Process]) -> float:
    total = 0.0
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
    return total


def _said(
    first: list[dict[str, Any]],
    last: list[dict[str, Any]],
    long: list[float],
    seconds: float,
    budget: int,
) -> dict[str, Any]:
    began = {one["id"]: one for one in first}
    per_s: dict[str, list[float]] = {"full": [], "slow": [], "off": []}
    dropped = 0
    for one in last:
        lost = one["dropped"] - began[one["id"]]["dropped"]
        taken = one["total"] - began[one["id"]]["total"]
        per_s[one["cost"]].append((taken - lost) / seconds)
        dropped += lost
    moving = per_s["full"] or [0.0]
    return {
        "budget": budget,
        "moving": len(per_s["full"]),
        "slow": len(per_s["slow"]),
        "shown_per_s": round(statistics.median(moving), 1),
        "shown_per_s_worst": round(min(moving), 1),
        "slow_per_s": round(statistics.median(per_s["slow"]), 2) if per_s["slow"] else None,
        "dropped_per_s": round(dropped / seconds, 1),
        "long_tasks_per_s": round(len(long) / seconds, 2),
        "longest_task_ms": round(max(long, default=0.0)),
        "standing_still": round(sum(long) / 1000 / seconds, 3),
    }


async def _run(options: argparse.Namespace) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder) / "store") as installation:
            store = installation.store
            phones = await _joined(installation, options.tiles - len(CLIPS))
            async with installation.desk("lin") as desk:
                for room in ("room1", "room2", "site"):
                    await desk.post(f"/api/rooms/{room}/session", {})
                devices = [one for one in CLIPS if not one.startswith("room")] + phones
                text = _grid(["room1", "room2"], devices)
                await desk.post("/api/me/kept", {"name": f"wall.{store.case}", "text": text})
            async with contextlib.AsyncExitStack() as stack:
                for number, source in enumerate([*CLIPS, *phones]):
                    clip = None if source in CLIPS else ("bodycam", "drone")[number % 2]
                    await stack.enter_async_context(
                        installation.publishing(source, clip=clip, start_s=80.0)
                    )
                await asyncio.sleep(10)
                return [
                    await _measured(installation, int(budget), options.seconds)
                    for budget in options.budgets.split(",")
                ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="duizhi bench wall")
    parser.add_argument("--tiles", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--budgets", default="4,8,16")
    found = asyncio.run(_run(parser.parse_args()))
    print(json.dumps({"bench": "wall", "unit": "pictures a second", "budgets": found}))


if __name__ == "__main__":
    main()
