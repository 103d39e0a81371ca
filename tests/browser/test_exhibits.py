"""An exhibit from the manager's page to the room's screen, in real browsers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from evidence_store.reader import LogReader
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.command_centre.pictures import pdf
from tests.e2e.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


def _logged(installation: Installation, kind: str) -> list[dict[str, Any]]:
    reader = LogReader(installation.store.settings.store_path / "recorder-1" / "log")
    entries = [json.loads(data) for data in reader.opened(0, 100_000)]
    return [one["body"] for one in entries if one["kind"] == kind]


async def _photograph(page: Page, name: str) -> None:
    """For whoever looks at the pages; kept only where asked for."""
    folder = os.environ.get("DUIZHI_PICTURES")
    if folder:
        await page.screenshot(path=Path(folder) / f"exhibits-{name}.png")


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
    await _photograph(present, "present-shown")
    await _photograph(screen, "screen-shown")


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
    # the pointer stands over the same place of the sheet on both
    places = [
        await page.get_by_test_id("sheet-pointer").evaluate("p => [p.style.left, p.style.top]")
        for page in (present, screen)
    ]
    assert places[0] == places[1]
    await _photograph(screen, "screen-zoomed")
    await _photograph(present, "present-zoomed")


async def _paged(present: Page, screen: Page, tablet: Page) -> None:
    await present.get_by_test_id("page-after").click()
    theirs = screen.get_by_test_id("screen-sheet")
    await expect(theirs.locator("img")).to_have_attribute("src", re.compile(r"/pages/2$"))
    await expect(theirs).to_have_attribute("data-zoom", "100")
    await expect(tablet.get_by_test_id("room-exhibit-strip")).to_contain_text("动火作业票台账")
    await expect(tablet.get_by_test_id("room-exhibit-state")).to_contain_text("已显示")
    await _photograph(tablet, "tablet-strip")


async def _taken_away(present: Page, screen: Page, tablet: Page) -> None:
    await tablet.get_by_test_id("room-exhibit").click()
    await expect(tablet.get_by_test_id("sheet")).to_have_attribute("data-loaded", "true")
    await _photograph(tablet, "tablet-present")
    await tablet.get_by_test_id("take-away-room1").click()
    await expect(screen.get_by_test_id("screen-sheet")).to_have_count(0)
    await expect(present.get_by_test_id("stage-room1")).to_have_attribute("data-state", "none")
    await _photograph(screen, "screen-idle")
    await tablet.get_by_test_id("present-close").click()
