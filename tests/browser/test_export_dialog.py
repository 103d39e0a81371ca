"""The audit desk's export dialog in Chromium: disclosure and redacted copies, on a real store."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.async_api import Page, expect

from command_centre.api.app import create_app
from evidence_store.verify import verify_path
from tests.browser.browser import Errors, browser, photograph, seen_when_failed
from tests.browser.test_accessibility import violations
from tests.command_centre.centre import Centre
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import Audit, auditing, played_store
from tests.command_centre.web import serving
from tests.evidence_store.real_media import clips

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@asynccontextmanager
async def audit_desk(
    tmp_path: Path, made: tuple[Path, str] | None = None, **settings_of: Any
) -> AsyncIterator[tuple[Audit, str]]:
    """A centre over a store with media that play, or over this one, and its address."""
    async with auditing(*(made or await playing(tmp_path)), **settings_of) as audit:
        centre = SimpleNamespace(app=create_app(audit.context), cookies=audit.cookies)
        async with serving(cast(Centre, centre)) as web:
            yield audit, f"http://127.0.0.1:{web.port}"


async def playing(tmp_path: Path) -> tuple[Path, str]:
    """A store with media that play, and its session."""
    mp4, _ = await asyncio.to_thread(clips, tmp_path, 4)
    return await asyncio.to_thread(played_store, tmp_path / "store", mp4)


@asynccontextmanager
async def opened(
    audit: Audit,
    address: str,
    locale: str = "zh-CN",
    width: int = 1440,
    height: int = 900,
    role: str = "auditor",
    to: str = f"/audit/{CASE}",
    besides: str = "outside of what a page says",
) -> AsyncIterator[Page]:
    """The audit page, as the auditor sees it or somebody else."""
    async with browser(locale=locale, width=width, height=height) as context:
        cookie = {"name": "duizhi_login", "value": audit.cookies[role], "url": address}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        page = await context.new_page()
        complaints = Errors(page, address)
        async with seen_when_failed(page):
            await page.goto(f"{address}{to}")
            if to.startswith(f"/audit/{CASE}"):
                await expect(page.get_by_test_id("audit-export")).to_be_visible()
            yield page
        assert [one for one in complaints.found if besides not in one] == []


async def choose_partial(page: Page) -> None:
    """Fill the dialog: one source is withheld for a second, with reason and names."""
    await page.get_by_test_id("audit-export").click()
    confirm = page.get_by_test_id("export-confirm")
    await expect(confirm).to_be_disabled()
    await page.get_by_test_id("export-reason").fill("向辩护人提供")
    await expect(confirm).to_be_enabled()
    await page.get_by_test_id("export-partial").click()
    await expect(confirm).to_be_disabled()
    await page.get_by_test_id("export-sources").locator("label").first.click()
    await page.get_by_test_id("export-timed").click()
    begin = await page.get_by_test_id("export-from").input_value()
    await page.get_by_test_id("export-to").fill(f"{begin[:-2]}{int(begin[-2:]) + 1:02}")
    await page.get_by_test_id("export-authorised").fill("审核人")
    await page.get_by_test_id("export-recipient").fill("辩护人")
    await expect(confirm).to_be_enabled()


async def test_a_disclosure_copy_from_the_dialog(tmp_path: Path) -> None:
    desk = audit_desk(tmp_path)
    async with desk as (audit, address), opened(audit, address, role="manager") as page:
        await choose_partial(page)
        await page.get_by_test_id("export-confirm").click()
        link = page.get_by_test_id("audit-download").first
        await expect(link).to_be_visible()
        made = page.get_by_test_id("made-export").first
        await expect(made).to_contain_text("提供副本")
        async with page.expect_download() as started:
            await link.click()
        path = tmp_path / "package.zip"
        await (await started.value).save_as(path)
        report = await asyncio.to_thread(verify_path, path)
        assert (report.exit_code, report.findings) == (0, [])
        assert [span.state for span in report.per_source[0].spans] == ["withheld", "proved"]


async def test_a_redacted_copy_from_the_dialog(tmp_path: Path) -> None:
    desk = audit_desk(tmp_path)
    async with desk as (audit, address), opened(audit, address, role="manager") as page:
        await page.get_by_test_id("audit-redact").click()
        frame = page.get_by_test_id("redact-frame")
        await expect(frame.locator("video")).to_have_js_property("readyState", 4)
        box = await frame.bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + 20, box["y"] + 20)
        await page.mouse.down()
        await page.mouse.move(box["x"] + 120, box["y"] + 90, steps=4)
        await page.mouse.up()
        await expect(page.get_by_test_id("redact-confirm")).to_be_disabled()
        await page.get_by_test_id("redact-reason").fill("未成年人面部")
        await page.get_by_test_id("redact-confirm").click()
        made = page.get_by_test_id("made-derived").first
        await expect(made).to_contain_text("未成年人面部")
        (copy,) = (audit.store / "derived").iterdir()
        async with audit.client() as client:
            listed = (await client.get(f"/api/cases/{CASE}/exports")).json()["derived"]
        assert [one["sha256"] for one in listed] == [hashlib.sha256(copy.read_bytes()).hexdigest()]


async def _tabbed_to(page: Page, test_id: str) -> None:
    """Go there as somebody without a pointer does."""
    for _ in range(200):
        if await page.evaluate("document.activeElement?.dataset.testid") == test_id:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{test_id} is not reached by the keyboard")


async def test_places_to_blur_are_marked_by_the_keyboard_alone(tmp_path: Path) -> None:
    desk = audit_desk(tmp_path)
    async with desk as (audit, address), opened(audit, address, role="manager") as page:
        await _tabbed_to(page, "audit-redact")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("redact-frame").locator("video")).to_be_visible()
        await _tabbed_to(page, "redact-add")
        await page.keyboard.press("Enter")
        box = page.get_by_test_id("redact-box-1")
        await expect(box).to_be_focused()
        assert await box.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        before = await box.bounding_box()
        for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowDown"):
            await page.keyboard.press(key)
        moved = await box.bounding_box()
        assert before is not None
        assert moved is not None
        assert (moved["x"] < before["x"], moved["y"] < before["y"]) == (True, True)
        assert moved["width"] > before["width"]
        assert moved["height"] > before["height"]
        await _tabbed_to(page, "redact-x-1")
        await page.keyboard.press("Control+a")
        await page.keyboard.type("12.5")
        await page.keyboard.press("Tab")
        await expect(box).to_have_attribute("aria-label", re.compile(r"左 12\.5 %，上 34 %"))
        assert not await violations(page)
        await photograph(page, "redact-places")
        await _tabbed_to(page, "redact-reason")
        await page.keyboard.type("未成年人面部")
        await page.keyboard.press("Enter")
        made = page.get_by_test_id("made-derived").first
        await expect(made).to_contain_text("未成年人面部")
        async with audit.client() as client:
            [listed] = (await client.get(f"/api/cases/{CASE}/exports")).json()["derived"]
        assert listed["reason"] == "未成年人面部"


async def test_a_place_too_many_is_taken_away_by_its_key(tmp_path: Path) -> None:
    desk = audit_desk(tmp_path)
    async with desk as (audit, address), opened(audit, address, role="manager") as page:
        await page.get_by_test_id("audit-redact").click()
        for _ in range(2):
            await page.get_by_test_id("redact-add").press("Enter")
        await expect(page.get_by_test_id("redact-box-2")).to_be_focused()
        await page.keyboard.press("Delete")
        await expect(page.get_by_test_id("redact-box-2")).to_have_count(0)
        await expect(page.get_by_test_id("redact-box-1")).to_be_focused()
        for _ in range(19):
            await page.get_by_test_id("redact-add").press("Enter")
        await expect(page.get_by_test_id("redact-add")).to_be_disabled()
        await expect(page.get_by_text("最多标 20 处")).to_be_visible()
