"""One click on the time of a sentence plays its sound, for a manager and an interviewer."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.browser.clicks import Clicks
from tests.e2e.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


async def plays(page: Page, clicks: Clicks) -> None:
    """The first sentence of room 1 sounds from its place, and ends by itself."""
    line = page.get_by_test_id("transcript-room1").locator('[data-final="true"]').first
    await expect(line).to_be_visible()
    await line.hover()
    sound = page.get_by_test_id("sentence-sound")
    places: list[float] = []

    async def moved() -> bool:
        if await sound.count() and not await sound.evaluate("one => one.paused"):
            places.append(float(await sound.evaluate("one => one.currentTime", timeout=1_000)))
        return len(places) > 1 and places[-1] > places[0] + 0.2

    async with clicks.journey("sentence"):
        await line.get_by_test_id("sentence-play").click()
        await until(moved, 30)
    await expect(sound).to_have_count(0, timeout=30_000)
    await expect(line.get_by_test_id("sentence-play")).to_have_attribute("aria-pressed", "false")
    await expect(line.get_by_role("alert")).to_have_count(0)


async def test_a_sentence_plays_and_stops(installation: Installation) -> None:
    store, case = installation.store, installation.store.case
    async with (
        installation.desk("lin") as desk,
        browser(width=1440, height=900) as wall,
        browser(width=1440, height=900) as tablet,
    ):
        await desk.post("/api/rooms/room1/session", {})

        async def heard() -> bool:
            found: list[dict[str, Any]] = (await desk.get(f"/api/cases/{case}/utterances"))[
                "utterances"
            ]
            return bool(found)

        async with installation.publishing("room1-camera", start_s=85.0):
            await until(heard, 120)
            for context, who, path in (
                (wall, "lin", f"/wall/{case}"),
                (tablet, "wu", "/room/room1"),
            ):
                page = await context.new_page()
                complaints = Errors(page, store.address)
                clicks = await Clicks.on(page)
                await sign_in(page, store.address, store.accounts[who])
                async with seen_when_failed(page):
                    await page.goto(store.address + path)
                    await plays(page, clicks)
                await page.close()
                # what was said a moment ago stands in a segment that is still open: asked again
                assert [one for one in complaints.found if "404" not in one] == []
