"""One click on the time of a sentence plays its sound, for a manager and an interviewer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.e2e.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with running(tmp_path / "store") as started:
        yield started


async def plays(page: Page) -> None:
    """The first sentence of room 1 sounds from its place, and ends by itself."""
    line = page.get_by_test_id("transcript-room1").locator('[data-final="true"]').first
    await expect(line).to_be_visible(timeout=60_000)
    await line.hover()
    sound = page.get_by_test_id("sentence-sound")
    await line.get_by_test_id("sentence-play").click()
    places: list[float] = []

    async def moved() -> bool:
        if await sound.count() and not await sound.evaluate("one => one.paused"):
            places.append(float(await sound.evaluate("one => one.currentTime", timeout=1_000)))
        return len(places) > 1 and places[-1] > places[0] + 0.2

    await until(moved, 30)
    await expect(sound).to_have_count(0, timeout=30_000)
    await expect(line.get_by_test_id("sentence-play")).to_have_attribute("aria-pressed", "false")
    await expect(line.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(("who", "path"), [("lin", "/wall/{case}"), ("wu", "/room/room1")])
async def test_a_sentence_plays_and_stops(installation: Installation, who: str, path: str) -> None:
    case = installation.store.case
    async with installation.desk("lin") as desk, browser(width=1440, height=900) as context:
        await desk.post("/api/rooms/room1/session", {})

        async def heard() -> bool:
            found: list[dict[str, Any]] = (await desk.get(f"/api/cases/{case}/utterances"))[
                "utterances"
            ]
            return bool(found)

        address = installation.store.address
        page = await context.new_page()
        complaints = Errors(page, address)
        await sign_in(page, address, installation.store.accounts[who])
        async with installation.publishing("room1-camera", start_s=85.0), seen_when_failed(page):
            await until(heard, 120)
            await page.goto(address + path.format(case=case))
            await plays(page)
        # what was said a moment ago stands in a segment that is still open: it is asked for again
        waiting = [one for one in complaints.found if "404" in one]
        assert [one for one in complaints.found if one not in waiting] == []
