"""From the wall's badge to both recordings in two clicks, five seconds before both answers; the
neutral question to the rooms concerned; then a review that is an entry."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from evidence_store.reader import LogReader
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.browser.clicks import Clicks
from tests.browser.test_accessibility import violations
from tests.e2e.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

_PLAYING = "[...document.querySelectorAll('video')].map((one) => one.paused ? -1 : one.currentTime)"


async def _second_of(words: Locator) -> int:
    """The second of the day that some words name; -1 where they name none."""
    found = re.search(r"(\d+):(\d\d):(\d\d)", await words.text_content() or "")
    if found is None:
        return -1
    hours, minutes, seconds = (int(part) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


async def _until_shown(side: Locator, first: int, last: int) -> None:
    """Until a side's picture shows a second between these, both with."""

    async def shown() -> bool:
        return first <= await _second_of(side.locator(".when")) <= last

    await until(shown, 30)


async def _both_stand_five_seconds_before(page: Page) -> None:
    """Nothing plays yet; each picture is that of five seconds before its own answer."""
    for number in range(2):
        side = page.get_by_test_id("compare-side").nth(number)
        answer = await _second_of(side.locator(".line.main .t"))
        assert answer > 0
        await _until_shown(side, answer - 5 - 1, answer - 5 + 1)
        assert await side.locator("video").evaluate("one => one.paused && one.readyState >= 2")
        await expect(side.locator("[data-testid=moment-player]")).to_have_attribute(
            "data-state", "ready"
        )


async def _the_question_reaches_the_rooms(
    page: Page, tablets: dict[str, tuple[BrowserContext, str]], installation: Installation
) -> None:
    """The composer holds the neutral question to both rooms; sent, it stands on both tablets."""
    store = installation.store
    async with installation.desk("lin") as desk:
        name = page.url.rsplit("/", 1)[1]
        neutral = await desk.get(f"/api/cases/{store.case}/differences/{name}/prompt")
    assert sorted(neutral["rooms"]) == ["room1", "room2"]
    await expect(page.get_by_test_id("compare-words")).to_have_value(neutral["text"])
    assert not any(quoted in neutral["text"] for quoted in ("李某", "张某"))
    await expect(page.locator(".review .to button[aria-pressed=true]")).to_have_count(2)
    rooms: list[Page] = []
    for room, (context, account) in tablets.items():
        tablet = await context.new_page()
        await sign_in(tablet, store.address, store.accounts[account])
        await tablet.goto(f"{store.address}/room/{room}")
        await expect(tablet.get_by_test_id("room-stop")).to_be_visible()
        rooms.append(tablet)
    await page.get_by_test_id("compare-send").click()
    for tablet in rooms:
        await expect(tablet.get_by_test_id("room-prompt")).to_contain_text(neutral["text"])
    await expect(page.get_by_test_id("review-prompted")).to_be_checked()


async def _the_sound_leads(page: Page) -> None:
    """Both strips are drawn with both answers on them; a press and keys go to moments."""
    await page.get_by_test_id("compare-play").click()  # both stand still
    for number in range(2):
        side = page.get_by_test_id("compare-side").nth(number)
        bar, own = side.get_by_test_id("compare-strip-bar"), side.get_by_test_id("compare-to-own")
        # a minute that still runs is drawn once it is over
        await expect(bar).to_have_attribute("data-drawn", "true", timeout=90_000)
        await expect(side.get_by_test_id("compare-to-other")).to_be_visible()
        answer = await _second_of(own)
        await own.click()
        await _until_shown(side, answer, answer + 1)
        await bar.focus()
        for key, off in (("ArrowLeft", -1), ("PageUp", 4), ("Enter", 0)):
            await page.keyboard.press(key)
            await _until_shown(side, answer + off, answer + off + 1)
        box = await bar.bounding_box()
        mark = await side.get_by_test_id("compare-strip-own").bounding_box()
        assert box
        assert mark
        await bar.click(position={"x": mark["x"] - box["x"] - 40, "y": box["height"] / 2})
        await _until_shown(side, answer - 12, answer - 2)


async def test_a_difference_is_opened_played_and_reviewed(tmp_path: Path) -> None:
    async with running(tmp_path / "store") as installation:
        store = installation.store
        async with (
            installation.desk("lin") as desk,
            browser(width=1440, height=900) as context,
            installation.publishing("room1-camera", start_s=92.0),
            installation.publishing("room2-camera", start_s=129.0),
        ):
            for room in ("room1", "room2"):
                await desk.post(f"/api/rooms/{room}/session", {})
            page = await context.new_page()
            complaints = Errors(page, store.address)
            clicks = await Clicks.on(page)
            await sign_in(page, store.address, store.accounts["lin"])
            async with seen_when_failed(page):
                async with clicks.journey("wall"):
                    await page.get_by_test_id("list-cases").get_by_text("油库动火案").first.click()
                    await page.get_by_test_id("case-wall").click()
                    for room in ("room1", "room2"):
                        video = page.get_by_test_id(f"wall-video-{room}-camera")
                        await expect(video).to_be_visible()
                badge = page.get_by_test_id("badge-p1-zhang")
                await expect(badge).to_be_visible(timeout=90_000)
                async with clicks.journey("badge"):
                    await badge.click()
                    await expect(page.get_by_test_id("compare-quote")).to_have_count(2)
                    await expect(
                        page.locator("[data-testid=moment-player][data-state=ready]")
                    ).to_have_count(2, timeout=30_000)
                    await _both_stand_five_seconds_before(page)
                    await page.get_by_test_id("compare-play").click()

                    async def both_play() -> bool:
                        return bool(min(await page.evaluate(_PLAYING)) > 0)

                    await until(both_play, 30)
                await _the_sound_leads(page)
                assert await violations(page) == []
                async with browser() as first, browser() as second:
                    tablets = {"room1": (first, "wu"), "room2": (second, "sun")}
                    await _the_question_reaches_the_rooms(page, tablets, installation)
                await page.get_by_test_id("review-confirmed").check()
                await page.get_by_test_id("review-save").click()
                await expect(page.get_by_test_id("review-save")).to_have_count(0)
                await page.goto(f"{store.address}/wall/{store.case}")
                async with clicks.journey("question"):
                    await page.get_by_test_id("prompt-questions").click()
                    await page.get_by_test_id("question").first.click()
                    await page.get_by_test_id("prompt-send").click()
                    for room in ("room1", "room2"):
                        state = page.get_by_test_id(f"prompt-state-{room}")
                        await expect(state).to_be_visible()
            assert complaints.found == []
    reader = LogReader(store.directory / "centre" / "log")
    entries = [json.loads(data) for data in reader.entries(0, reader.checkpoint().size)]
    kinds = [entry["kind"] for entry in entries]
    assert "difference.found" in kinds
    assert any("review" in kind for kind in kinds)
