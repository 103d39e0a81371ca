"""The player page of a package, opened from its folder in real browsers: no server, no network."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import websockets
from playwright.async_api import Page, expect

from evidence_store.verify import verify_path
from tests.browser.browser import Errors, browser, seen_when_failed
from tests.e2e.installation import until
from tests.evidence_store.builder import SECOND, START_US, export, open_writer
from tests.evidence_store.real_media import PlayedSession, clips
from tests.interop.browsers import profile_lines

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "</script><img src=x onerror=\"document.title='taken'\"><script>alert(1)</script>"
STATE = "duizhiPlayer.state()"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rooms: H.264 with a gap and a second epoch, VP8 that begins later; hostile words."""
    top = tmp_path_factory.mktemp("player")
    mp4, webm = clips(top, 8)
    writer = open_writer(top / "store")
    room1 = PlayedSession(writer, "s1")
    room1.open()
    room1.begin("cam1", f"摄像机 {HOSTILE}")
    room1.stretch("cam1", mp4, 6)
    room1.note("prompt.issued", {"prompt": "p1", "text": HOSTILE, "by_name": HOSTILE})
    room1.utterance("cam1", 1, f"是李某安排我们进去的 {HOSTILE}")
    room1.gap("cam1", 2 * SECOND)
    room1.stretch("cam1", mp4, 6)
    room1.close_recording("cam1")
    room1.close()
    room2 = PlayedSession(writer, "s2", room="room2", t_us=START_US)
    room2.open()
    room2.begin("cam2", "摄像机 2")
    room2.gap("cam2", SECOND)
    room2.stretch("cam2", webm, 4)
    room2.stretch("cam2", webm, 8)
    room2.close_recording("cam2")
    room2.close()
    writer.close()
    case = {"id": "case-2026-014", "number": "渭应急案〔2026〕14号", "name": HOSTILE}
    made = export(top / "store", top / "package", "s1", "s2", case=case)
    assert verify_path(made).exit_code == 0
    return made


async def test_two_sources_play_in_step_from_the_folder(package: Path) -> None:
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        complaints = Errors(page, "file://")
        async with seen_when_failed(page):
            await page.goto((package / "data/player.html").as_uri())
            await _plays_in_step(page)
            await _jumps(page)
            await _speaks_both_languages(page)
            assert "taken" not in await page.title()
            assert await page.locator("img").count() == 0
            text = await page.locator(".script").first.inner_text()
            assert text.count(HOSTILE) == 3
        assert complaints.found == []


async def _plays_in_step(page: Page) -> None:
    await page.evaluate("duizhiPlayer.clock.jump(duizhiPlayer.clock.from + 1.5e6)")
    await page.keyboard.press("Space")
    moved = f"() => duizhiPlayer.clock.t > {START_US + 2 * SECOND}"
    await page.wait_for_function(moved, timeout=30_000)
    spreads: list[float] = []

    async def in_step() -> bool:
        """Ten looks in a row with both playing, no further apart than 100 ms."""
        state: dict[str, Any] = await page.evaluate(STATE)
        ahead = [one["ahead_s"] for one in state["sources"]]
        near = None not in ahead and not state["waiting"] and max(ahead) - min(ahead) < 0.1
        spreads.append(max(ahead) - min(ahead)) if near else spreads.clear()
        if state["t"] > START_US + 5 * SECOND:  # a slow machine gets another try
            await page.evaluate(f"duizhiPlayer.clock.jump({START_US + 1_500_000})")
        return len(spreads) >= 10

    await until(in_step, timeout_s=60)
    counts = (
        "() => [...document.querySelectorAll('video')]"
        ".map(v => v.getVideoPlaybackQuality().totalVideoFrames)"
    )
    before = await page.evaluate(counts)
    await page.wait_for_timeout(500)
    after = await page.evaluate(counts)
    assert all(now > then for now, then in zip(after, before, strict=True)), (before, after)


async def _jumps(page: Page) -> None:
    """A click on a sentence moves both; a gap is said; the second epoch has a file of its own."""
    await page.keyboard.press("Space")
    await page.locator(".script button").filter(has_text="是李某安排").click()
    assert await page.evaluate("duizhiPlayer.clock.t") == START_US + 5 * SECOND
    await until(lambda: _still_together(page), timeout_s=60)
    await page.evaluate(f"duizhiPlayer.clock.jump({START_US + 7 * SECOND})")
    await expect(page.locator('[data-source="cam1"] .cover')).to_contain_text("缺口")
    await page.evaluate(f"duizhiPlayer.clock.jump({START_US + 10 * SECOND})")
    await until(lambda: _still_together(page), timeout_s=60)
    names = await page.eval_on_selector_all("video", "all => all.map(v => v.src.split('/').pop())")
    assert names == ["e002-play.mp4", "e002-play.webm"]
    assert await page.evaluate("duizhiPlayer.clock.from") == START_US


async def _still_together(page: Page) -> bool:
    state = await page.evaluate(STATE)
    ahead = [one["ahead_s"] for one in state["sources"]]
    return None not in ahead and all(abs(one) < 0.05 for one in ahead)


async def _speaks_both_languages(page: Page) -> None:
    await expect(page.locator(".band").first).to_contain_text("不能证明")
    await page.locator("#language").click()
    await expect(page.locator(".band").first).to_contain_text("proves nothing")
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_firefox_plays_it_too(package: Path, tmp_path: Path) -> None:
    async with _firefox((package / "data/player.html").as_uri(), tmp_path) as evaluate:
        await until(lambda: evaluate("Boolean(window.duizhiPlayer)"), timeout_s=60)
        await evaluate(f"duizhiPlayer.clock.jump({START_US + 9 * SECOND})")
        await evaluate("duizhiPlayer.clock.playing = true")

        async def together() -> bool:
            state = json.loads(await evaluate(f"JSON.stringify({STATE})"))
            if not state["playing"]:
                await evaluate(f"duizhiPlayer.clock.jump({START_US + 9 * SECOND})")
                await evaluate("duizhiPlayer.clock.playing = true")
            ahead = [one["ahead_s"] for one in state["sources"]]
            moving = state["t"] > START_US + 9_500_000 and not state["waiting"]
            return moving and None not in ahead and max(ahead) - min(ahead) < 0.1

        await until(together, timeout_s=60)
        # Firefox begins a file at zero, whatever its own times are
        shifts = await evaluate(f"JSON.stringify({STATE}.sources.map(one => one.shift))")
        assert json.loads(shifts)[0] == pytest.approx(8, abs=0.1)


@asynccontextmanager
async def _firefox(url: str, scratch: Path) -> AsyncIterator[Any]:
    """Debian's Firefox without a window at ``url``, spoken to in WebDriver BiDi."""
    (scratch / "user.js").write_text(profile_lines())
    process = await asyncio.create_subprocess_exec(
        *("firefox-esr", "--headless", "--no-remote", "--profile", str(scratch)),
        *("--remote-debugging-port", "0"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "HOME": str(scratch), "MOZ_CRASHREPORTER_DISABLE": "1"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(60):
            address = await _bidi_address(process)
        async with websockets.connect(f"{address}/session", max_size=None) as socket:
            yield await _begun(socket, url)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(10):
                await process.communicate()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _bidi_address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := re.search(r"ws://\S+", line.decode(errors="replace")):
            return found[0].rstrip("/")
    raise AssertionError("Firefox ended")


async def _begun(socket: Any, url: str) -> Any:
    """A session; returns what evaluates an expression in its only tab."""
    number = 0

    async def call(method: str, **params: Any) -> Any:
        nonlocal number
        number += 1
        await socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            async with asyncio.timeout(60):
                answer = json.loads(await socket.recv())
            if answer.get("id") == number:
                return answer.get("result")

    await call("session.new", capabilities={})
    tree = await call("browsingContext.getTree")
    tab = tree["contexts"][0]["context"]
    await call("browsingContext.navigate", context=tab, url=url, wait="complete")

    async def evaluate(expression: str) -> Any:
        said = await call(
            "script.evaluate", expression=expression, target={"context": tab}, awaitPromise=True
        )
        return (said or {}).get("result", {}).get("value")

    return evaluate
