"""From a word to the moment it was said: the search page, by keyboard, and the recorded picture."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.browser import Errors, Look, browser, nothing, seen_when_failed, sign_in
from tests.e2e.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


async def said(installation: Installation) -> dict[str, Any]:
    """A room that has recorded and understood something; one of its sentences."""
    case = installation.store.case
    async with installation.desk("lin") as desk:
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]
        found: list[dict[str, Any]] = []

        async def heard() -> bool:
            found[:] = (await desk.get(f"/api/cases/{case}/utterances"))["utterances"]
            return any(one["speaker"] == "interviewee" for one in found)

        async with installation.publishing("room1-camera", start_s=85.0):
            await until(heard, 120)
            await asyncio.sleep(4)
        await desk.post(f"/api/sessions/{session}/close", {"reason": "done"})
    return next(one for one in found if one["speaker"] == "interviewee")


async def walk(installation: Installation, page: Page, line: dict[str, Any], look: Look) -> None:
    """From the list of cases to the moment, without a mouse until it plays."""
    await page.goto(f"{installation.store.address}/cases")
    await expect(page.get_by_test_id("search-open")).to_be_visible()
    await look(page, "cases")
    await page.get_by_test_id("search-open").press("Enter")
    box = page.get_by_test_id("search-box")
    await expect(box).to_be_focused()
    await look(page, "empty")
    await box.fill("没有人说过的字龘")
    await box.press("Enter")
    await expect(page.get_by_test_id("search-hit")).to_have_count(0)
    await asyncio.sleep(1)
    await look(page, "none")
    word = line["text"].replace(" ", "")[:2]
    await box.fill(word)
    await box.press("Enter")
    # the draft of the record says the same, a little later
    await page.get_by_test_id("search-kind").select_option("utterance")
    await page.wait_for_url(re.compile("kind=utterance"))
    hits = page.get_by_test_id("search-hit")
    await expect(hits.first).to_be_visible()
    await expect(hits.first.locator("mark").first).to_have_text(word)
    await look(page, "hits")
    await box.press("ArrowDown")
    await expect(hits.first).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(box).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("/moment\\?"))
    player = page.get_by_test_id("moment-player")
    await expect(player).to_have_attribute("data-state", "ready", timeout=30_000)
    await expect(page.locator(".lit").first).to_be_visible()
    await look(page, "moment")
    await page.get_by_test_id("moment-play").click()
    await expect(player).to_have_attribute("data-state", "playing")
    playing = "video => video.currentTime"
    video = page.get_by_test_id("moment-video")
    before = await video.evaluate(playing)

    async def moved() -> bool:
        return bool(await video.evaluate(playing) > before + 0.5)

    await until(moved)


async def written_down(installation: Installation, session: str) -> str:
    """A record that is longer than a screen; a line near its end, by words nobody has said."""
    words = "磷化氢报警值"
    lines = [{"kind": "q" if n % 2 == 0 else "a", "text": f"第{n}行"} for n in range(40)]
    lines[35]["text"] = f"他说{words}没有人设过"
    path = f"/api/sessions/{session}/record"
    async with installation.desk("wu") as desk:

        async def drafted() -> bool:  # by itself, when the session closed: saved after that
            return bool((await desk.get(path))["drafted_us"])

        await until(drafted)
        record = await desk.get(path)
        body = {"base": record["version"], "header": record["header"], "lines": lines}
        await desk.post(f"{path}/text", body)
    async with installation.desk("lin") as desk:

        async def found() -> bool:
            return bool((await desk.get("/api/search", q=words))["hits"])

        await until(found)
    return words


async def to_the_line(installation: Installation, page: Page, words: str) -> None:
    """A hit of a record opens the record at its line, marked and in view."""
    await page.goto(f"{installation.store.address}/search?q={words}")
    hit = page.get_by_test_id("search-hit")
    await expect(hit).to_have_count(1)
    await expect(hit).to_contain_text("笔录")
    await hit.click()
    await page.wait_for_url(re.compile("/record/"))
    line = page.get_by_test_id("record-lines").locator("li[aria-current=true]")
    await expect(line.locator("textarea").first).to_have_value(re.compile(words))
    await expect(line).to_be_in_viewport()
    first = page.get_by_test_id("record-lines").locator("li").first
    await expect(first).not_to_be_in_viewport()


async def test_a_word_leads_to_the_picture_of_its_moment(installation: Installation) -> None:
    line = await said(installation)
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        complaints = Errors(page, installation.store.address)
        await sign_in(page, installation.store.address, installation.store.accounts["lin"])
        async with seen_when_failed(page):
            await walk(installation, page, line, nothing)
            words = await written_down(installation, line["session"])
            await to_the_line(installation, page, words)
        assert complaints.found == []
