"""A body camera's file handed over on the page in Chromium; the audit desk shows it apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from command_centre.demo_store import CLIPS
from config.demo import CLIPS as CLIP_FOLDER
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.e2e.installation import Installation, running
from tests.e2e.test_late import ROOM, SOURCE, live_with_an_outage

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


async def hand_over(page: Page, installation: Installation, files: list[Path]) -> None:
    """Choose the body camera and its files."""
    store = installation.store
    await page.goto(f"{store.address}/handover")
    await page.get_by_test_id("handover-source").click()
    await page.get_by_role("option", name="记录仪").first.click()
    await page.get_by_test_id("handover-file").set_input_files([str(one) for one in files])


async def test_a_file_is_handed_over_and_shown_apart(tmp_path: Path) -> None:
    wrong = tmp_path / "notes.mp4"
    wrong.write_bytes(b"this is not a film" * 5000)
    async with running(tmp_path / "store") as installation:
        store = installation.store
        async with installation.desk("lin") as desk:
            session = await live_with_an_outage(installation, desk)
        async with browser(width=1440, height=900) as opened:
            page = await opened.new_page()
            complaints = Errors(page, store.address)
            await sign_in(page, store.address, store.accounts["lin"])
            async with seen_when_failed(page):
                await expect_filed(page, installation, wrong)
                await page.goto(f"{store.address}/audit/{store.case}")
                strip = page.get_by_test_id(f"strip-{SOURCE}")
                late = strip.locator('[data-span="late"]')
                await expect(late.first).to_be_visible()
                await expect(page.get_by_test_id("late-files")).to_contain_text("补录")
                middle = await late.nth(await late.count() // 2).bounding_box()
                assert middle is not None
                await page.mouse.click(
                    middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2
                )
                await expect(page.get_by_test_id("late-note")).to_be_visible()
                video = page.get_by_test_id("audit-video")
                await expect(video).to_have_js_property("readyState", 4)
            assert complaints.found == []
    assert session
    assert ROOM


async def expect_filed(page: Page, installation: Installation, wrong: Path) -> None:
    """One file is filed, the other refused with a reason."""
    await expect(page.locator("body")).to_be_visible()
    await hand_over(page, installation, [CLIP_FOLDER / f"{CLIPS[SOURCE]}.mp4", wrong])
    await expect(page.locator('[data-state="filed"]')).to_have_count(1)
    refused = page.locator('[data-state="refused"]')
    await expect(refused).to_have_count(1)
    await expect(refused).to_contain_text("没有收")
    await refused.get_by_role("button").click()
    await expect(refused).to_have_count(0)
