"""A record is read back as large text, heard line by line, and signed, on the room's tablet."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.browser import (
    Errors,
    browser,
    nothing,
    photograph,
    seen_when_failed,
    sign_in,
    speak,
)
from tests.browser.test_accessibility import violations
from tests.browser.test_record import draw, edit
from tests.e2e.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

#: 18 points of type, in points of CSS.
LARGE_PX = 24.0
#: The least size and the least height of a line, by its size, among the words of a page.
_TYPE = """e => {
  const made = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), sizes = [], heights = []
  while (made.nextNode()) if (made.currentNode.data.trim()) {
    const style = getComputedStyle(made.currentNode.parentElement)
    sizes.push(parseFloat(style.fontSize))
    heights.push(parseFloat(style.lineHeight) / parseFloat(style.fontSize))
  }
  return [Math.min(...sizes), Math.min(...heights)]
}"""


async def test_a_record_is_read_large_heard_and_signed(installation: Installation) -> None:
    store, case = installation.store, installation.store.case
    async with installation.desk("wu") as desk:
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]

    async def heard() -> bool:
        async with installation.desk("wu") as desk:
            found: dict[str, Any] = await desk.get(f"/api/cases/{case}/utterances")
        return len(found["utterances"]) > 2

    async with (
        installation.publishing("room1-camera", start_s=85.0),
        browser(width=1024, height=768) as tablet,
    ):
        page = await tablet.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["wu"])
        async with seen_when_failed(page):
            await until(heard, 120)
            await edit(installation, page, nothing)
            await _text_plays_in_its_place(page)
            await _reads_and_signs(page)
            await _sees_what_is_signed(page)
        # what was said a moment ago stands in a segment that is still open: asked again
        assert [one for one in complaints.found if "404" not in one] == []
        assert len(tablet.pages) == 1, "a sentence opens no page"
    async with installation.desk("wu") as desk:
        [made] = (await desk.get(f"/api/sessions/{session}/record"))["documents"]
    assert made["shown"] == list(range(1, made["pages"] + 1))
    assert all(one["signed_us"] for one in made["places"] if one["signer"] == "p")


async def _text_plays_in_its_place(page: Page) -> None:
    """In the text and in the review: the sound, here; the moment's page is the other button."""
    await page.locator(".steps button").first.click()
    line = (
        page.get_by_test_id("record-lines")
        .locator("li")
        .filter(has=page.get_by_test_id("sentence-play"))
    )
    await _sounds(page, line.first)
    await expect(line.first.get_by_test_id("line-moment")).to_have_attribute("target", "_blank")
    await photograph(page, "record-text")
    assert await violations(page) == []
    await page.get_by_test_id("record-review-step").click()
    found = page.get_by_test_id("review-panel")
    await expect(found.get_by_test_id("sentence-play").first).to_be_visible(timeout=30_000)
    await photograph(page, "record-review")
    await page.locator(".steps button").nth(2).click()
    await expect(page.get_by_test_id("record-page")).to_be_visible()


async def _reads_and_signs(page: Page) -> None:
    """Every page: large, to its end by the keyboard, and signed; a line of the first is played."""
    text = page.get_by_test_id("record-page-text")
    await page.get_by_test_id("view-large").focus()
    await page.keyboard.press("Enter")
    await expect(text).to_contain_text("以下无正文")
    size, height = await text.evaluate(_TYPE)
    assert size >= LARGE_PX
    assert height >= 1.2
    for language in ("en", "zh-CN"):
        await speak(page, language)
        await expect(page.get_by_test_id("view-large")).to_be_visible()
        assert await violations(page) == []
    await _sounds(page, text)
    await photograph(page, "record-large")
    confirm = page.get_by_test_id("pad-confirm")
    while await page.locator(".signers .now").count() and not await _officers(page):
        await expect(text).to_be_visible()
        await page.get_by_test_id("view-large").focus()
        await page.keyboard.press("Tab")
        await expect(page.locator(".scroll")).to_be_focused()
        await page.keyboard.press("End")
        await expect(page.locator(".pad")).not_to_have_class("pad disabled", timeout=10_000)
        await draw(page)
        signed = await page.locator(".signers").inner_text()
        await confirm.click()
        await expect(page.locator(".signers")).not_to_have_text(
            signed, use_inner_text=True, timeout=30_000
        )


async def _officers(page: Page) -> bool:
    return await page.get_by_test_id("sign-password").count() > 0


async def _sees_what_is_signed(page: Page) -> None:
    """The first page again: who signed it, in words and, over its picture, in the own hand."""
    back = page.locator(".pages button").first
    while await back.is_enabled():
        await back.click()
    await expect(page.get_by_test_id("signed-here")).to_contain_text("张某")
    await page.get_by_test_id("view-page").click()
    drawn = page.get_by_test_id("record-ink")
    await expect(drawn).to_be_visible()
    drawn_all = "all => all.every(i => i.complete && i.naturalWidth)"
    await until(lambda: page.locator(".paper img").evaluate_all(drawn_all))
    below = await page.get_by_test_id("record-page").bounding_box()
    assert await drawn.bounding_box() == below
    await page.locator(".scroll").evaluate("e => e.scrollTo({ top: e.scrollHeight })")
    await photograph(page, "record-signed-page")
    assert await violations(page) == []


async def _sounds(page: Page, among: Locator) -> None:
    """Its first line sounds and stops when it is pressed again."""
    play, sound = among.get_by_test_id("sentence-play").first, page.get_by_test_id("sentence-sound")
    places: list[float] = []

    async def moved() -> bool:
        if await sound.count() and not await sound.evaluate("one => one.paused"):
            places.append(float(await sound.evaluate("one => one.currentTime", timeout=1_000)))
        return len(places) > 1 and places[-1] > places[0] + 0.2

    await play.click()
    await until(moved, 30)
    if await play.get_attribute("aria-pressed") == "true":
        await play.click()
    await expect(sound).to_have_count(0, timeout=30_000)
    await expect(among.get_by_role("alert")).to_have_count(0)
