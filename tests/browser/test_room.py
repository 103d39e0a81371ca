"""The tablet in a real browser: checked and started in four taps, cut off, sealed, with a receipt.

The room has a fake camera and a synthesised voice as microphone; recorder and centre are real, and
the centre is killed in the middle.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from config.demo import CLIPS
from evidence_store.receipt import parse_receipt
from evidence_store.verify import verify_path
from tests.browser.browser import (
    Errors,
    browser,
    photograph,
    seen_when_failed,
    sign_in,
    speak,
    start_anyway,
)
from tests.browser.clicks import Clicks
from tests.browser.phone import CUT
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
async def microphone(tmp_path: Path) -> Path:
    path = tmp_path / "voice.wav"
    await asyncio.to_thread(write_channel_wav, CLIPS / "room1.mp4", 1, path, 91.5, 90.0)
    return path


async def test_a_room_from_its_check_list_to_the_receipt(
    installation: Installation, microphone: Path
) -> None:
    store = installation.store
    async with (
        browser(microphone=microphone, width=1280, height=800) as tablet,
        browser(width=390, height=844) as phone,
    ):
        room = await tablet.new_page()
        complaints = Errors(room, store.address)
        clicks = await Clicks.on(room)
        async with seen_when_failed(room):
            await _starts_in_four_taps(installation, room, clicks)
            await _goes_on_without_the_centre(installation, room, clicks)
            session = await _is_sealed(installation, room)
            line = await _gives_a_receipt(room)
            # requests that failed while the centre was dead are what they should be
            assert [one for one in complaints.found if "exception" in one] == []
        stranger = await phone.new_page()
        await _a_stranger_checks(installation, stranger, line)
    await _nothing_is_lost(installation, session, line)


async def test_the_check_list_begins_on_the_first_screen_of_a_phone(
    installation: Installation, microphone: Path
) -> None:
    """Its first points stand above the acts, which take two rows in both languages, started too.
    What a lost network takes then is kept on it and handed over."""
    store = installation.store
    async with browser(microphone=microphone, width=390, height=844) as phone:
        await phone.add_init_script(CUT)
        room = await phone.new_page()
        async with seen_when_failed(room):
            await sign_in(room, store.address, store.accounts["wu"])
            await room.goto(f"{store.address}/room/room1")
            await expect(room.get_by_test_id("check-officers-tap")).to_be_visible()
            loaded = "performance.getEntriesByType('resource').map((one) => one.name).join()"
            assert "ElsewhereBands" not in await room.evaluate(loaded)
            await room.goto(f"{store.address}/room")
            await room.get_by_test_id("choose-room1").click()
            for tapped in (False, True):
                if tapped:
                    await room.get_by_test_id("check-officers-tap").click()
                    await expect(room.get_by_test_id("room-own-picture")).to_be_visible()
                    await room.evaluate("scrollTo(0, 0)")
                for language in ("zh-CN", "en"):
                    await speak(room, language)
                    await photograph(room, f"room-first-{language}-{tapped}")
                    await _begins_above_the_acts(room)
                    await _takes_two_rows(room)
            await start_anyway(room)
            await expect(room.get_by_test_id("notice-state")).to_be_visible()
            for language in ("zh-CN", "en"):
                await speak(room, language)
                await photograph(room, f"room-acts-{language}")
                await _takes_two_rows(room)
            await speak(room, "zh-CN")
            await _a_lost_network_takes_nothing(installation, room)


async def _a_lost_network_takes_nothing(installation: Installation, room: Page) -> None:
    copy, band = room.get_by_test_id("room-copy"), room.get_by_test_id("room-recording")
    await expect(copy).to_have_attribute("data-word", "ready")
    await expect(band).to_have_attribute("data-state", "ok")
    await room.context.set_offline(True)
    await room.evaluate("cutMedia()")
    await expect(copy).to_contain_text("网络中断，正在本机保存；恢复后自动补传")
    await expect(copy).to_contain_text(re.compile(r"本机存有.*秒，还可存约"))
    await expect(band).to_have_attribute("data-state", "differ")
    await photograph(room, "room-copy-keeping")
    await asyncio.sleep(3)  # of media that only the tablet has
    await room.context.set_offline(False)
    await expect(copy).to_have_attribute("data-word", "receipt")
    await expect(copy).to_contain_text(re.compile(r"已补传.*标明来自本机；断录仍如实列明"))
    await expect(band).to_have_attribute("data-state", "ok")
    await photograph(room, "room-copy-receipt")
    report = await asyncio.to_thread(verify_path, installation.store.directory)
    assert report.findings == []
    [late] = [one for one in report.late if one.source == "room1-camera"]
    gaps = [one for found in report.per_source for one in found.spans if one.state == "gap"]
    gap = max(gaps, key=lambda one: one.end_us - one.start_us)
    inside = [min(one.end_us, gap.end_us) - max(one.start_us, gap.start_us) for one in late.spans]
    assert sum(us for us in inside if us > 0) > 2_000_000


async def _takes_two_rows(room: Page) -> None:
    """Nothing of it is cut, and a row begins where no act stands beside another one."""
    acts = room.locator("footer.acts > :visible")
    boxes = [box for one in await acts.all() if (box := await one.bounding_box())]
    assert len({round(box["y"]) for box in boxes}) == 2, boxes
    cut = "found => found.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    assert await room.locator("footer.acts button").evaluate_all(cut) == []


async def _begins_above_the_acts(room: Page) -> None:
    second = room.get_by_test_id("checks").locator("li").nth(1)
    await expect(second).to_be_in_viewport(ratio=1)
    point, acts = await second.bounding_box(), await room.locator("footer.acts").bounding_box()
    assert point is not None
    assert acts is not None
    assert point["y"] + point["height"] <= acts["y"]


async def _starts_in_four_taps(installation: Installation, room: Page, clicks: Clicks) -> None:
    store = installation.store
    await sign_in(room, store.address, store.accounts["wu"])
    # where one signs in is where the tablet rests: the case and its room are one tap
    await expect(room.get_by_test_id("choose-room1")).to_be_visible()
    await expect(room.get_by_test_id("choose-room2")).to_have_count(0)  # bound to the first
    async with clicks.journey("start"):
        await room.get_by_test_id("choose-room1").click()
        await expect(room.get_by_test_id("check-person")).to_have_attribute("data-state", "seen")
        await expect(room.get_by_test_id("check-picture")).to_have_attribute("data-state", "unmet")
        await room.get_by_test_id("check-officers-tap").click()
        await room.get_by_test_id("check-notice-tap").click()
        for point in ("officers", "notice", "picture", "sound", "space"):
            await expect(room.get_by_test_id(f"check-{point}")).not_to_have_attribute(
                "data-state", "unmet"
            )
        await room.get_by_test_id("room-start").click()
        await expect(room.get_by_test_id("room-recording")).to_have_attribute("data-state", "ok")
    await expect(room).to_have_title(re.compile("● 录制中"))
    async with installation.desk("wu") as desk:
        found: dict[str, Any] = {}

        async def said() -> bool:
            detail = await desk.get(f"/api/cases/{store.case}")
            [found["id"]] = [one["id"] for one in detail["sessions"] if one["room"] == "room1"]
            review = await desk.get(f"/api/sessions/{found['id']}/record/review")
            notice = await desk.get(f"/api/sessions/{found['id']}/notice")
            return bool(review["checks"]) and notice["answered_us"] is not None

        await until(said, 60)
        checks = (await desk.get(f"/api/sessions/{found['id']}/record/review"))["checks"]
    assert checks["unmet"] == []
    assert len(checks["officers"]) == 2


async def _goes_on_without_the_centre(
    installation: Installation, room: Page, clicks: Clicks
) -> None:
    band = room.get_by_test_id("room-recording")
    starts = installation.kill("centre")
    await expect(band).to_have_attribute("data-state", "differ")
    await expect(room).to_have_title(re.compile("与中心断开"))
    await expect(room.get_by_test_id("room-publishing")).to_have_attribute("data-state", "live")
    # a marker is one tap, and is kept until somebody takes it
    async with clicks.journey("marker"):
        await room.get_by_test_id("room-mark").click()
    await room.get_by_test_id("quick-marker-text").fill("断开时的标记")
    await room.get_by_test_id("quick-marker-send").click()
    async with clicks.journey("caught up"):
        await installation.back("centre", starts)
        await expect(band).to_have_attribute("data-state", "ok")
        await expect(room.get_by_test_id("transcript-room1")).to_contain_text("断开时的标记")
    # one that is taken back within its seconds never was
    await room.get_by_test_id("room-mark").click()
    await room.get_by_test_id("quick-marker-undo").click()
    await expect(room.get_by_test_id("quick-marker")).to_have_count(0)


async def _is_sealed(installation: Installation, room: Page) -> str:
    stop = room.get_by_test_id("room-stop")
    await stop.hover()
    await room.mouse.down()
    await asyncio.sleep(1.4)
    await room.mouse.up()
    await room.get_by_test_id("stop-anyway").click()
    receipt = room.get_by_test_id("room-receipt")
    await expect(receipt).to_be_visible()
    await receipt.click()
    await expect(room.get_by_test_id("receipt")).to_be_visible()
    return room.url.rsplit("/", 1)[1]


async def _gives_a_receipt(room: Page) -> str:
    line = await room.get_by_test_id("receipt-line").text_content()
    assert line is not None
    await room.get_by_test_id("receipt-given").click()
    await expect(room.get_by_role("status")).to_contain_text("已记入存证日志")
    async with room.expect_download() as download:
        await room.get_by_test_id("receipt-pdf").click()
    path = await (await download.value).path()
    assert path.read_bytes().startswith(b"%PDF")
    return line


async def _a_stranger_checks(installation: Installation, page: Page, line: str) -> None:
    address = installation.store.address
    clicks = await Clicks.on(page)
    answer = page.get_by_test_id("receipt-answer")
    async with clicks.journey("receipt"):
        await page.goto(f"{address}/check#{line}")
        await expect(answer).to_have_attribute("data-answer", "yes")
    for name in ("张某", "吴某某", "动火"):
        await expect(page.locator("body")).not_to_contain_text(name)
    fields = line.split("~")
    fields[4] = str(int(fields[4]) + 1)
    await page.get_by_test_id("receipt-field").fill("~".join(fields))
    await page.get_by_test_id("receipt-check").click()
    await expect(answer).to_have_attribute("data-answer", "no")
    await page.get_by_test_id("receipt-field").fill("DZ1~<img src=x onerror=alert(1)>")
    await page.get_by_test_id("receipt-check").click()
    await expect(answer).to_have_attribute("data-answer", "bad")


async def _nothing_is_lost(installation: Installation, session: str, line: str) -> None:
    """The store verifies with the receipt, and the picture has no hole where the centre died."""
    report = await asyncio.to_thread(
        lambda: verify_path(installation.store.directory, receipts=[parse_receipt(line)])
    )
    assert report.findings == []
    assert [one.session for one in report.notices if one.code == "receipt"] == [session]
    [source] = [one for one in report.per_source if one.session == session]
    assert all(span.state == "proved" for span in source.spans if span.end_us < source.end_us)
