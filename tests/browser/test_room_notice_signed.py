"""The notice of rights is signed on the tablet: before the start by hand, or not and why.

After the start too, also while the centre cannot be told.

``DUIZHI_PICTURES=DIR`` keeps pictures of the states worth one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from config.demo import CLIPS
from tests.browser.browser import Errors, browser, photograph, seen_when_failed, sign_in
from tests.browser.test_accessibility import violations
from tests.browser.test_record import draw
from tests.browser.test_room_notice import _said as said
from tests.browser.test_room_notice import _session as session_of
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

PHONE, TABLET = (390, 844), (1280, 800)
KEPT_HERE = "() => JSON.stringify(localStorage).includes('strokes')"
HURT = "右手受伤，不能写字"


@contextlib.asynccontextmanager
async def tablet(installation: Installation, tmp_path: Path) -> AsyncIterator[Page]:
    """The tablet of room 1 with officers confirmed and the notice answered by its one tap."""
    store = installation.store
    voice = tmp_path / "voice.wav"
    await asyncio.to_thread(write_channel_wav, CLIPS / "room1.mp4", 1, voice, 91.5, 60.0)
    async with browser(microphone=voice, width=TABLET[0], height=TABLET[1]) as context:
        room = await context.new_page()
        async with seen_when_failed(room):
            await sign_in(room, store.address, store.accounts["wu"])
            await room.goto(f"{store.address}/room/room1")
            await room.get_by_test_id("check-screen-waive").click()
            await room.get_by_test_id("check-officers-tap").click()
            await room.get_by_test_id("check-notice-tap").click()
            yield room


async def started(room: Page) -> None:
    for point in ("picture", "sound", "space"):
        await expect(room.get_by_test_id(f"check-{point}")).to_have_attribute("data-state", "seen")
    await room.get_by_test_id("room-start").click()
    await expect(room.get_by_test_id("room-recording")).to_have_attribute("data-state", "ok")


async def held_to_wcag(page: Page, name: str) -> None:
    """The dialog as it stands: both languages, tablet and phone, nothing cut off sideways."""
    await photograph(page, name)
    for width, height in (TABLET, PHONE):
        await page.set_viewport_size({"width": width, "height": height})
        for language in ("en", "zh-CN"):
            await page.evaluate(
                "language => { localStorage.setItem('duizhi.locale', language);"
                " window.dispatchEvent(new StorageEvent('storage', { key: 'duizhi.locale',"
                " newValue: language })) }",
                language,
            )
            await expect(page.locator("html")).to_have_attribute("lang", language)
            assert await violations(page) == [], (name, width, language)
            wider = await page.evaluate(
                "() => document.documentElement.scrollWidth - window.innerWidth"
            )
            assert wider <= 0, (name, width, language)
    await page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})


async def test_it_is_signed_before_the_start(installation: Installation, tmp_path: Path) -> None:
    async with tablet(installation, tmp_path) as room:
        complaints = Errors(room, installation.store.address)
        point = room.get_by_test_id("check-notice")
        state = point.get_by_test_id("notice-state")
        await expect(state).to_have_attribute("data-state", "none")
        await expect(point).to_have_attribute("data-state", "confirmed")  # nothing asks for it
        await photograph(room, "notice-check")
        await room.get_by_test_id("check-notice-sign").click()
        sheet = room.get_by_test_id("notice-sign")
        await expect(sheet).to_contain_text("申请回避")
        await expect(sheet).to_contain_text("请张某在此签名")
        await held_to_wcag(room, "notice-sign")
        await expect(room.get_by_test_id("pad-confirm")).to_be_disabled()
        await draw(room)
        await photograph(room, "notice-drawn")
        await room.get_by_test_id("pad-confirm").click()
        await expect(sheet).to_have_count(0)
        await expect(state).to_have_attribute("data-state", "signed")
        await expect(room.get_by_test_id("check-notice-sign")).to_have_count(0)
        await started(room)
        found = await said(installation)

        async def signed() -> bool:
            found.update(await said(installation))
            return found["signature"] is not None

        await until(signed, 60)
        session = await session_of(installation)
        assert found["signature"]["state"] == "signed"
        assert found["signature"]["t_us"] < session["opened_us"]
        footer = room.get_by_test_id("room-notice").get_by_test_id("notice-state")
        await expect(footer).to_have_attribute("data-state", "signed")
        assert (
            await room.evaluate("() => JSON.stringify(localStorage).includes('strokes')") is False
        )
        await _shown_with_the_record(room)
        assert complaints.found == []


async def _shown_with_the_record(room: Page) -> None:
    await room.get_by_test_id("room-record").click()
    await room.get_by_test_id("record-notice").click()
    drawing = room.get_by_test_id("record-notice-ink")
    await expect(drawing).to_be_visible()
    await drawing.evaluate("img => img.decode()")  # fails where it is no picture
    assert await drawing.evaluate("img => img.naturalWidth > 0")
    await held_to_wcag(room, "notice-given")
    async with room.expect_download() as told:
        await room.get_by_test_id("record-notice-file").click()
    path = await (await told.value).path()
    assert path.read_bytes().startswith(b"%PDF")


async def test_not_signed_and_signed_later_while_the_centre_is_away(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.desk("admin") as desk:
        await desk.post("/api/settings/interview.sign_notice", {"value": True})
    async with tablet(installation, tmp_path) as room:
        await _asked_for(room)
        await room.get_by_test_id("check-notice-sign").click()
        await room.get_by_test_id("notice-sign-not").click()
        await room.get_by_test_id("notice-not-unable").click()
        await expect(room.get_by_test_id("notice-not-confirm")).to_be_disabled()
        await room.get_by_test_id("notice-not-reason").fill(HURT)
        await held_to_wcag(room, "notice-not")
        await room.get_by_test_id("notice-not-confirm").click()
        state = room.get_by_test_id("check-notice").get_by_test_id("notice-state")
        await expect(state).to_have_attribute("data-state", "unable")
        await expect(state).to_contain_text(HURT)
        await expect(room.get_by_test_id("check-notice")).to_have_attribute(
            "data-state", "confirmed"
        )
        await started(room)
        footer = room.get_by_test_id("room-notice").get_by_test_id("notice-state")
        await expect(footer).to_have_attribute("data-waiting", "no")
        await expect(footer).to_have_attribute("data-state", "unable")
        assert (await said(installation))["signature"]["reason"] == HURT
        await _refused_and_kept(room)
        await _signed_unheard(room)
        await expect(footer).to_have_attribute("data-waiting", "no")
        await expect(footer).to_have_attribute("data-state", "signed")
        assert (await said(installation))["signature"]["state"] == "signed"


async def _asked_for(room: Page) -> None:
    """The agency wants it signed: without, it starts with a reason only."""
    point = room.get_by_test_id("check-notice")
    await expect(point).to_have_attribute("data-state", "unmet")
    await expect(point).to_contain_text("本单位要求开始前签收")
    await photograph(room, "notice-wanted")
    await room.get_by_test_id("room-start").click()
    await expect(room.get_by_test_id("unmet")).to_contain_text("本单位要求开始前签收")
    await room.keyboard.press("Escape")
    await expect(room.get_by_test_id("unmet")).to_have_count(0)


async def _refused_and_kept(room: Page) -> None:
    """What the centre will not take stays on the tablet until somebody deletes it."""

    async def refuse(route: Route) -> None:
        await route.fulfill(status=409, json={"code": "notice_signed"})

    await room.route("**/notice/signature", refuse)
    await room.get_by_test_id("room-notice").click()
    await room.get_by_test_id("notice-sign-open").click()
    await draw(room)
    await room.get_by_test_id("pad-confirm").click()
    await expect(room.get_by_role("dialog")).to_contain_text("没有记入")
    await room.keyboard.press("Escape")
    band = room.get_by_test_id("notice-refused")
    await expect(band).to_contain_text("张某的签收没有记入")
    await expect(band).to_contain_text("留在本机")
    await held_to_wcag(room, "notice-refused")
    async with room.expect_download() as told:
        await room.get_by_test_id("notice-refused-save").click()
    path = await (await told.value).path()
    assert "张某" in (drawn := path.read_text(encoding="utf-8"))
    assert "<path" in drawn
    await room.get_by_test_id("notice-refused-dismiss").click()
    await photograph(room, "notice-refused-asked")
    await room.get_by_test_id("notice-refused-sure").click()
    await expect(band).to_have_count(0)
    assert await room.evaluate(KEPT_HERE) is False
    await room.unroute("**/notice/signature")


async def _signed_unheard(room: Page) -> None:
    """The centre cannot be told; the page is loaded again meanwhile, and nothing is lost."""

    async def away(route: Route) -> None:
        await route.abort()

    await room.route("**/notice/signature", away)
    await room.get_by_test_id("room-notice").click()
    await room.get_by_test_id("notice-sign-open").click()
    await draw(room)
    await room.get_by_test_id("pad-confirm").click()
    await expect(room.get_by_test_id("notice-sign")).to_have_count(0)
    footer = room.get_by_test_id("room-notice").get_by_test_id("notice-state")
    await expect(footer).to_have_attribute("data-waiting", "yes")
    await photograph(room, "notice-waiting")
    await _stop_says_so(room)
    assert await room.evaluate(KEPT_HERE) is True
    await room.reload()
    await expect(footer).to_have_attribute("data-waiting", "yes")
    await room.unroute("**/notice/signature")


async def _stop_says_so(room: Page) -> None:
    """What waits is said before the session is sealed; one goes back, and nothing was stopped."""
    await room.get_by_test_id("room-stop").hover()
    await room.mouse.down()
    waits = room.get_by_test_id("stop-waits-signature")
    await expect(waits).to_contain_text("签名待送达")
    await room.mouse.up()
    await held_to_wcag(room, "notice-stop")
    await room.get_by_test_id("stop-back").click()
    await expect(room.get_by_test_id("room-recording")).to_have_attribute("data-state", "ok")
