"""The notice of rights on the tablet: before the start and in a session, on the exhibit screen too.

The text can be read in both languages before anything is recorded; what was chosen there, the time
at which it was given and the person's own words are in the log once the session is open.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from config.demo import CLIPS
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

OWN_WORDS = "听清楚了，李工是我表哥"


async def test_the_notice_is_given_before_the_start(
    installation: Installation, tmp_path: Path
) -> None:
    store = installation.store
    voice = tmp_path / "voice.wav"
    await asyncio.to_thread(write_channel_wav, CLIPS / "room1.mp4", 1, voice, 91.5, 60.0)
    async with browser(microphone=voice, width=1280, height=800) as tablet:
        room, screen = await tablet.new_page(), await tablet.new_page()
        complaints = Errors(room, store.address), Errors(screen, store.address)
        async with seen_when_failed(room, screen):
            await sign_in(room, store.address, store.accounts["wu"])
            await screen.goto(f"{store.address}/exhibit/room1")
            await expect(screen.get_by_test_id("exhibit-screen")).to_have_attribute(
                "data-connected", "true"
            )
            await room.goto(f"{store.address}/room/room1")
            await _measured_by_a_card(room)
            await _shown_in_both_languages(room, screen)
            await _answered_otherwise(room)
            await room.get_by_test_id("check-officers-tap").click()
            for point in ("picture", "sound", "space"):
                await expect(room.get_by_test_id(f"check-{point}")).to_have_attribute(
                    "data-state", "seen"
                )
            await room.get_by_test_id("room-start").click()
            await expect(room.get_by_test_id("room-recording")).to_have_attribute(
                "data-state", "ok"
            )
            before = await _said(installation)
            assert (before["language"], before["how"]) == ("en", "interpreter")
            assert (before["recusal"], before["interpreter"]) == (True, True)
            assert before["note"] == OWN_WORDS
            session = await _session(installation)
            assert before["read_us"] < session["opened_us"]
            await _given_again_in_the_session(room)
            after = await _said(installation)
            assert (after["language"], after["how"]) == ("zh", "aloud")
            assert after["read_us"] > session["opened_us"]
        for one in complaints:
            assert one.found == []


async def _measured_by_a_card(room: Page) -> None:
    """Asked once on this device; a card that is 400 points wide makes the screen 274 mm."""
    await room.get_by_test_id("check-screen-open").click()
    slide = room.get_by_test_id("screen-card-slide").last
    await slide.fill("400")
    box = await room.get_by_test_id("screen-card").last.bounding_box()
    assert box is not None
    assert abs(box["width"] - 400) <= 1
    await room.get_by_test_id("screen-card-keep").last.click()
    await expect(room.get_by_test_id("check-screen")).to_have_count(0)
    assert await room.evaluate("() => localStorage.getItem('duizhi.screen-mm')") == "274"


async def _shown_in_both_languages(room: Page, screen: Page) -> None:
    await room.get_by_test_id("check-notice-open").click()
    text = room.get_by_test_id("notice-text")
    await expect(text).to_contain_text("申请回避")
    stands = screen.get_by_test_id("screen-notice")
    await room.get_by_test_id("notice-screen-zh").click()
    await expect(stands).to_contain_text("申请回避")
    await room.get_by_test_id("notice-screen-en").click()
    await expect(stands).to_have_attribute("data-language", "en")
    await expect(stands).to_contain_text("withdrawal of an officer")
    await expect(screen.locator("html")).to_have_attribute("lang", "en")
    await expect(room.locator("html")).to_have_attribute(
        "lang", "zh-CN"
    )  # the tablet keeps its own
    await room.get_by_test_id("notice-screen-en").click()
    await expect(stands).to_have_count(0)
    await expect(screen.locator("html")).to_have_attribute("lang", "zh-CN")
    await room.get_by_test_id("notice-language-en").click()
    await expect(text).to_contain_text("withdrawal of an officer")


async def _answered_otherwise(room: Page) -> None:
    await expect(room.get_by_test_id("notice-answer")).to_be_disabled()
    await room.get_by_test_id("notice-how-interpreter").click()
    await room.get_by_test_id("notice-read").click()
    for question, yes in (("understood", True), ("recusal", True), ("interpreter", True)):
        choices = room.get_by_test_id(f"notice-{question}").locator("label")
        await choices.nth(0 if yes else 1).click()
    await room.get_by_test_id("notice-note").fill(OWN_WORDS)
    await room.get_by_test_id("notice-answer").click()
    point = room.get_by_test_id("check-notice")
    await expect(point).to_have_attribute("data-state", "confirmed")
    await expect(point).to_contain_text("英语翻译告知")
    await expect(point).to_contain_text("申请回避")


async def _given_again_in_the_session(room: Page) -> None:
    await room.get_by_test_id("room-notice").click()
    await expect(room.get_by_test_id("notice-note")).to_have_value(OWN_WORDS)
    await room.get_by_test_id("notice-language-zh").click()
    await room.get_by_test_id("notice-how-aloud").click()
    await room.get_by_test_id("notice-read").click()
    await expect(room.get_by_test_id("notice")).to_contain_text("重新告知")
    await room.keyboard.press("Escape")


async def _session(installation: Installation) -> dict[str, Any]:
    async with installation.desk("wu") as desk:
        detail = await desk.get(f"/api/cases/{installation.store.case}")
    [found] = [one for one in detail["sessions"] if one["room"] == "room1"]
    return dict(found)


async def _said(installation: Installation) -> dict[str, Any]:
    """The notice as the log has it, once it was given and answered."""
    session = (await _session(installation))["id"]
    found: dict[str, Any] = {}
    async with installation.desk("wu") as desk:

        async def answered() -> bool:
            found.update(await desk.get(f"/api/sessions/{session}/notice"))
            return found["answered_us"] is not None

        await until(answered, 60)
    return found
