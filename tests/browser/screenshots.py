"""Pictures of every page, both languages, desktop and phone: ``make screenshots``.

Starts an installation with the demo's four sources, asks a question, and photographs what people
see. Look at what it made; nothing here judges it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from command_centre.demo_detector import feed_readings
from command_centre.demo_store import CLIPS, DETECTOR, read_story
from tests.browser.browser import browser, sign_in
from tests.e2e.installation import Installation, running

SIZES = {"desktop": (1920, 1080), "phone": (390, 844)}
LANGUAGES = {"zh": "zh-CN", "en": "en"}
PROMPT = "核实危险作业由谁安排"
#: What the demo's rooms have said by then: both answers about who arranged the work.
SPEAK_S = 58.0


async def main(target: Path) -> None:
    """Make all pictures in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder) / "store") as installation:
            await _session(installation, target)


async def _session(installation: Installation, target: Path) -> None:
    store = installation.store
    sessions = {}
    async with installation.desk("lin") as desk:
        for room in ("room1", "room2", "site"):
            sessions[room] = (await desk.post(f"/api/rooms/{room}/session", {}))["id"]
        async with contextlib.AsyncExitStack() as stack:
            for source in CLIPS:
                await stack.enter_async_context(installation.publishing(source, start_s=80.0))
            readings = asyncio.create_task(
                feed_readings(
                    store.settings,
                    read_story(),
                    device=DETECTOR,
                    room="site",
                    session=sessions["site"],
                )
            )
            async with browser(width=1280, height=800) as tablet:
                page = await tablet.new_page()
                await sign_in(page, store.address, store.accounts["wu"])
                await page.goto(f"{store.address}/room/room1")
                await asyncio.sleep(SPEAK_S)
                await _ask(installation)
                await asyncio.sleep(1.5)
                await page.screenshot(path=target / "room-zh-tablet.png")
                await _all(installation, target, "live", ["wall", "cases", "case", "room", "words"])
                await page.get_by_test_id("room-asked").click()
                await asyncio.sleep(1)
                await page.screenshot(path=target / "room-asked-zh-tablet.png")
            readings.cancel()
        for session in sessions.values():
            await desk.post(f"/api/sessions/{session}/close", {"reason": "演示结束"})
    await _all(installation, target, "after", ["login", "audit"])


async def _ask(installation: Installation) -> None:
    store = installation.store
    async with browser() as wall_browser:
        page = await wall_browser.new_page()
        await sign_in(page, store.address, store.accounts["lin"])
        await page.goto(f"{store.address}/wall/{store.case}")
        await page.get_by_test_id("prompt-input").fill(PROMPT)
        await page.get_by_test_id("prompt-send").click()
        await asyncio.sleep(1)


async def _all(installation: Installation, target: Path, _when: str, pages: list[str]) -> None:
    for language, locale in LANGUAGES.items():
        for size, (width, height) in SIZES.items():
            async with browser(locale=locale, width=width, height=height) as context:
                for name in pages:
                    await _one(
                        installation, context, name, target / f"{name}-{language}-{size}.png"
                    )


async def _one(installation: Installation, context: BrowserContext, name: str, path: Path) -> None:
    store = installation.store
    page = await context.new_page()
    if name == "login":
        await context.clear_cookies()
        await page.goto(f"{store.address}/login")
    else:
        account = {"audit": "shen", "room": "wu"}.get(name, "lin")
        await context.clear_cookies()
        await sign_in(page, store.address, store.accounts[account])
        where = {
            "wall": f"wall/{store.case}",
            "cases": "cases",
            "case": f"cases/{store.case}",
            "words": f"cases/{store.case}/words",
            "room": "room/room1",
            "audit": f"audit/{store.case}",
        }[name]
        await page.goto(f"{store.address}/{where}")
    await _settled(page, name)
    await page.screenshot(path=path)
    await page.close()


async def _settled(page: Page, name: str) -> None:
    if name == "audit":
        await page.get_by_test_id("audit-verify").click()
        verdict = page.get_by_test_id("audit-verdict")
        await expect(verdict).not_to_have_attribute("data-verdict", "", timeout=60_000)
        await expect(verdict).to_have_attribute("data-running", "false", timeout=60_000)
    await asyncio.sleep(4 if name == "wall" else 1.5)


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "test-results/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(folder))
