"""An exhibit from the manager's page to the room's screen, in real browsers."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from command_centre.demo_desk import Desk
from command_centre.demo_store import DemoStore
from evidence_store.reader import LogReader
from tests.browser.browser import Errors, browser, photograph, seen_when_failed, sign_in
from tests.browser.test_accessibility import violations
from tests.command_centre.pictures import pdf
from tests.e2e.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


def _logged(installation: Installation, kind: str) -> list[dict[str, Any]]:
    reader = LogReader(installation.store.settings.store_path / "recorder-1" / "log")
    entries = [json.loads(data) for data in reader.opened(0, 100_000)]
    return [one["body"] for one in entries if one["kind"] == kind]


async def test_a_page_is_shown_turned_pointed_at_and_taken_away(tmp_path: Path) -> None:
    file = tmp_path / "动火作业票台账.pdf"
    await asyncio.to_thread(file.write_bytes, pdf(3))
    async with (
        running(tmp_path / "store") as installation,
        browser() as manager_browser,
        browser(width=1280, height=800) as room_browser,
        installation.desk("lin") as desk,
    ):
        store, people = installation.store, installation.store.accounts
        for room in ("room1", "room2"):
            await desk.post(f"/api/rooms/{room}/session", {})
        present = await manager_browser.new_page()
        tablet, screen = await room_browser.new_page(), await room_browser.new_page()
        complaints = [Errors(page, store.address) for page in (present, tablet, screen)]
        async with seen_when_failed(present, tablet, screen):
            await sign_in(tablet, store.address, people["wu"])
            await tablet.goto(f"{store.address}/room/room1")
            await screen.goto(f"{store.address}/exhibit/room1")
            await expect(screen.get_by_test_id("exhibit-screen")).to_have_attribute(
                "data-connected", "true"
            )
            await sign_in(present, store.address, people["lin"])
            await present.goto(f"{store.address}/cases/{store.case}/exhibits")
            await present.get_by_test_id("exhibit-file").set_input_files(file)
            await expect(present.get_by_test_id("present-page")).to_have_text("1 / 3")
            await _shown(present, screen)
            await _mirrored(present, screen)
            await _paged(present, screen, tablet)
            await _taken_away(present, screen, tablet)
        for one in complaints:
            assert one.found == []
        await until(lambda: _is_logged(installation), timeout_s=30)
        views = _logged(installation, "exhibit.view")
        samples = [sample for one in views for sample in one["samples"]]
        assert max(sample[3] for sample in samples) >= 150
        assert any(sample[4] >= 0 for sample in samples)  # the pointer
        assert any(len(sample) == 10 for sample in samples)  # the frame
        shown = _logged(installation, "exhibit.shown")
        assert [one["page"] for one in shown if one["show"] in _shows(installation)] == [1, 2]


def _shows(installation: Installation) -> set[str]:
    """Showings that a screen said it has drawn."""
    screens = _logged(installation, "exhibit.screen")
    return {one["show"] for one in screens if one["state"] == "shown"}


async def _is_logged(installation: Installation) -> bool:
    return len(_shows(installation)) >= 2 and len(_logged(installation, "exhibit.removed")) >= 1


async def _shown(present: Page, screen: Page) -> None:
    # the screens are connected and both rooms are in session: both are chosen
    await expect(present.get_by_test_id("show-exhibit")).to_be_enabled()
    await present.get_by_test_id("stage-room2").locator("input").uncheck()
    pressed = time.monotonic()
    await present.get_by_test_id("show-exhibit").click()
    sheet = screen.get_by_test_id("screen-sheet")
    await expect(sheet).to_have_attribute("data-loaded", "true")
    print(f"pressed to drawn on the screen: {(time.monotonic() - pressed) * 1000:.0f} ms")
    await expect(screen.locator("h1")).to_contain_text("动火作业票台账")
    await expect(present.get_by_test_id("stage-room1")).to_have_attribute("data-state", "shown")
    await expect(present.get_by_test_id("stage-room1")).to_contain_text("已显示")
    await photograph(present, "exhibits-present-shown")
    await photograph(screen, "exhibits-screen-shown")


async def _mirrored(present: Page, screen: Page) -> None:
    for _ in range(3):
        await present.get_by_test_id("zoom-in").click()
    theirs = screen.get_by_test_id("screen-sheet")
    await expect(theirs).to_have_attribute("data-zoom", "195")
    await present.get_by_test_id("tool-frame").click()
    box = await present.get_by_test_id("sheet").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await present.mouse.move(x - 60, y - 40)
    await present.mouse.down()
    await present.mouse.move(x + 60, y + 40, steps=5)
    await present.mouse.up()
    await expect(screen.get_by_test_id("sheet-frame")).to_be_visible()
    await present.get_by_test_id("tool-point").click()
    await present.mouse.move(x + 20, y + 10, steps=5)
    await expect(screen.get_by_test_id("sheet-pointer")).to_be_visible()

    async def same_place() -> bool:
        places = [
            await page.get_by_test_id("sheet-pointer").evaluate("p => [p.style.left, p.style.top]")
            for page in (present, screen)
        ]
        return bool(places[0] == places[1])

    await until(same_place, timeout_s=10)  # of the sheet; where the pointer came to rest
    await photograph(screen, "exhibits-screen-zoomed")
    await photograph(present, "exhibits-present-zoomed")


async def _paged(present: Page, screen: Page, tablet: Page) -> None:
    await present.get_by_test_id("page-after").click()
    theirs = screen.get_by_test_id("screen-sheet")
    await expect(theirs.locator("img")).to_have_attribute("src", re.compile(r"/pages/2$"))
    await expect(theirs).to_have_attribute("data-zoom", "100")
    await expect(tablet.get_by_test_id("room-exhibit-strip")).to_contain_text("动火作业票台账")
    await expect(tablet.get_by_test_id("room-exhibit-state")).to_contain_text("已显示")
    await photograph(tablet, "exhibits-tablet-strip")


async def _taken_away(present: Page, screen: Page, tablet: Page) -> None:
    await tablet.get_by_test_id("room-exhibit").click()
    await expect(tablet.get_by_test_id("sheet")).to_have_attribute("data-loaded", "true")
    await photograph(tablet, "exhibits-tablet-present")
    await tablet.get_by_test_id("take-away-room1").click()
    await expect(screen.get_by_test_id("screen-sheet")).to_have_count(0)
    await expect(present.get_by_test_id("stage-room1")).to_have_attribute("data-state", "none")
    await photograph(screen, "exhibits-screen-idle")
    await tablet.get_by_test_id("present-close").click()


async def test_moments_clips_and_maps_are_kept_and_a_clip_plays_in_step(tmp_path: Path) -> None:
    async with (
        running(tmp_path / "store") as installation,
        browser() as manager_browser,
        browser(width=1280, height=800) as room_browser,
        installation.desk("lin") as desk,
    ):
        store, people = installation.store, installation.store.accounts
        rooms = ("room1", "room2", "site")
        opened = [await desk.post(f"/api/rooms/{one}/session", {}) for one in rooms]
        page, screen = await manager_browser.new_page(), await room_browser.new_page()
        complaints = [Errors(one, store.address) for one in (page, screen)]
        async with seen_when_failed(page, screen):
            t_us = await _recorded(installation, desk, opened[0]["id"])
            await _located(installation)
            await sign_in(page, store.address, people["lin"])
            await _kept_where_a_moment_plays(page, store, opened[0]["id"], t_us)
            await _kept_from_the_review(page, store, opened[0]["id"], t_us)
            await page.goto(f"{store.address}/cases/{store.case}/exhibits")
            await page.get_by_test_id("exhibit-map").click()
            await expect(page.get_by_test_id("sheet")).to_have_attribute("data-loaded", "true")
            await expect(page.get_by_test_id("sheet")).to_contain_text("记录仪 02")
            await sign_in(screen, store.address, people["sun"])
            await screen.goto(f"{store.address}/exhibit/room2")
            await _played_in_step(page, screen)
        for one in complaints:
            assert one.found == []
        plays = _logged(installation, "exhibit.play")
        assert [one["playing"] for one in plays] == [True, False, False]
        assert [one["at_ms"] == 0 for one in plays] == [True, False, True]
        assert {one["show"] for one in plays} == {
            _logged(installation, "exhibit.shown")[-1]["show"]
        }


async def _recorded(installation: Installation, desk: Desk, session: str) -> int:
    """Records room 1 for a while; returns a moment well inside."""
    async with installation.publishing("room1-camera"):

        async def long_enough() -> bool:
            found = (await desk.get(f"/api/sessions/{session}"))["recordings"]
            return any(one["segments"] >= 9 for one in found)

        await until(long_enough, timeout_s=90)
    [found] = (await desk.get(f"/api/sessions/{session}"))["recordings"]
    return int(found["start_us"]) + 6_000_000


async def _located(installation: Installation) -> None:
    """A body camera says where it is; without that there is no map."""
    place = {"lat_e7": 345_000_000, "lon_e7": 1_089_000_000, "accuracy_mm": 8_000}
    token = installation.store.token_file("bodycam-02").read_text().strip()
    async with httpx.AsyncClient(base_url=installation.store.address) as client:
        answer = await client.post(
            "/api/devices/bodycam-02/readings",
            json={"values": {}, "position": {**place, "t_us": time.time_ns() // 1000}},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert answer.is_success, answer.text


async def _kept_where_a_moment_plays(page: Page, store: DemoStore, session: str, t_us: int) -> None:
    where = f"session={session}&room=room1&t={t_us}"
    await page.goto(f"{store.address}/cases/{store.case}/moment?{where}")
    await expect(page.get_by_test_id("keep-moment")).to_be_enabled()
    await page.get_by_test_id("keep-moment").click()
    await expect(page.get_by_role("link", name="已留取为证据1")).to_be_visible()
    await page.get_by_test_id("keep-clip").click()
    length = page.get_by_test_id("keep-clip-length")
    await expect(length).to_contain_text("长 15.0")
    for _ in range(46):  # one second more than a minute
        await page.get_by_test_id("keep-clip-to-more").click()
    await expect(length).to_contain_text("片段为 0.5 至 60")
    await expect(page.get_by_test_id("keep-clip-make")).to_be_disabled()
    for _ in range(54):
        await page.get_by_test_id("keep-clip-to-less").click()
    await expect(length).to_contain_text("长 7.0")
    assert not await violations(page)
    await photograph(page, "exhibits-keep-clip")
    await page.get_by_test_id("keep-clip-title").fill("张某的说法")
    await page.get_by_test_id("keep-clip-make").click()
    await expect(page.get_by_test_id("keep-clip-kept")).to_have_text("已留取为证据2")


async def _kept_from_the_review(page: Page, store: DemoStore, session: str, t_us: int) -> None:
    await page.goto(f"{store.address}/review/{store.case}?sessions={session}&at={t_us}")
    await page.get_by_test_id("keep-moment").click()
    await expect(page.get_by_role("link", name="已留取为证据3")).to_be_visible()
    await page.get_by_test_id("review-cut-from").click()
    for _ in range(3):
        await page.get_by_test_id("review-frame-on").click()
    await page.keyboard.press("ArrowRight")
    await page.get_by_test_id("review-cut-to").click()
    await photograph(page, "exhibits-review-keeps")
    await page.get_by_test_id("keep-clip").click()
    # the stretch that is marked, not one around the moment
    await expect(page.get_by_test_id("keep-clip-length")).to_contain_text(re.compile(r"长 5\.\d"))
    await page.keyboard.press("Escape")


async def _played_in_step(page: Page, screen: Page) -> None:
    await page.get_by_test_id("exhibit-2").click()
    await expect(page.get_by_test_id("sheet")).to_have_attribute("data-loaded", "true")
    for other in ("room1", "site"):
        await page.get_by_test_id(f"stage-{other}").locator("input").uncheck()
    await page.get_by_test_id("show-exhibit").click()
    await expect(page.get_by_test_id("stage-room2")).to_have_attribute("data-state", "shown")
    theirs, mine = screen.get_by_test_id("clip-video"), page.get_by_test_id("clip-video")
    assert await theirs.evaluate("v => v.paused && v.currentTime === 0")
    await page.get_by_test_id("clip-run").click()
    await until(lambda: theirs.evaluate("v => !v.paused && v.currentTime > 1.5"), timeout_s=30)
    here, there = [await one.evaluate("v => v.currentTime") for one in (mine, theirs)]
    assert abs(here - there) < 0.5  # two questions one after the other are part of it
    assert await mine.evaluate("v => v.muted")  # heard in the room only
    assert not await theirs.evaluate("v => v.muted")
    await page.get_by_test_id("clip-run").click()
    await until(lambda: theirs.evaluate("v => v.paused"), timeout_s=10)
    await until(lambda: _same(mine, theirs), timeout_s=10)
    assert not await violations(page)
    await photograph(page, "exhibits-clip-present")
    await photograph(screen, "exhibits-clip-screen")
    # back to the beginning by keys; a page that comes later stands there too
    await page.get_by_test_id("clip-place").focus()
    await page.keyboard.press("Home")
    await until(lambda: theirs.evaluate("v => v.currentTime < 0.05"), timeout_s=10)
    await screen.reload()
    await until(lambda: theirs.evaluate("v => v.paused && v.currentTime < 0.05"), timeout_s=30)


async def _same(mine: Locator, theirs: Locator) -> bool:
    here, there = [await one.evaluate("v => v.currentTime") for one in (mine, theirs)]
    return bool(abs(here - there) < 0.05)
