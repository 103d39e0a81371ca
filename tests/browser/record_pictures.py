"""Pictures of the record of questioning from its text to the last signature, and what refuses it.

A real installation stands behind; the steps are those of ``test_record.py``.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Page

from tests.browser.browser import browser, sign_in
from tests.browser.pictures import SIZES, TABLET_LOOKS, photographed
from tests.browser.test_findings import findings_settled, inspected, opened
from tests.browser.test_record import edit, sign_everything
from tests.e2e.installation import running

#: So long the room speaks before the record is made: the text then differs from what was said.
_SPEAK_S = 25.0


async def record_photographed(folder: Path, target: Path) -> None:
    """Makes ``record-STATE-LANGUAGE-SIZE-THEME.png`` in a folder."""

    async def look(page: Page, name: str) -> None:
        await photographed(page, target, f"record-{name}", TABLET_LOOKS)
        if name == "review":
            await page.get_by_test_id("review-differences").scroll_into_view_if_needed()
            await photographed(page, target, "record-differences", TABLET_LOOKS)
        if name == "sign-person":
            await page.get_by_test_id("view-large").click()
            await page.get_by_test_id("record-page-text").wait_for()
            await photographed(page, target, "record-large", TABLET_LOOKS)
            await page.get_by_test_id("view-page").click()
            await page.get_by_test_id("record-page").wait_for()
            await _dialogs(page, target)

    async with running(folder / "store") as installation:
        store = installation.store
        async with installation.desk("wu") as desk:
            await desk.post("/api/rooms/room1/session", {})
        async with (
            installation.publishing("room1-camera", start_s=85.0),
            browser(width=1280, height=800) as tablet,
        ):
            page = await tablet.new_page()
            await sign_in(page, store.address, store.accounts["wu"])
            await asyncio.sleep(_SPEAK_S)
            await edit(installation, page, look)
            await sign_everything(installation.store.accounts["wu"].password, page, look)


async def findings_photographed(folder: Path, target: Path) -> None:
    """Makes ``record-findings-…png`` and the settled list: an inspection before its document."""

    async def look(page: Page, name: str) -> None:
        was = page.viewport_size
        for one in TABLET_LOOKS:  # the list stands below the steps
            width, height = SIZES[one[1]]
            await page.set_viewport_size({"width": width, "height": height})
            await page.locator(".record > .body").evaluate("e => e.scrollTo(0, e.scrollHeight)")
            await photographed(page, target, f"record-{name}", (one,))
        if was:
            await page.set_viewport_size(was)

    async with running(folder / "store") as installation:
        store = installation.store
        session = await opened(installation)
        async with (
            installation.publishing("bodycam-02"),
            browser(width=1280, height=800) as tablet,
        ):
            page = await tablet.new_page()
            await sign_in(page, store.address, store.accounts["lin"])
            await inspected(installation, session)
            await findings_settled(installation, page, session, look)


async def _dialogs(page: Page, target: Path) -> None:
    for name in ("ask-change", "refuse"):
        await page.get_by_test_id(name).click()
        await photographed(page, target, f"record-{name}", TABLET_LOOKS)
        await page.keyboard.press("Escape")
