"""A phone as a body camera on the real system: a QR code, an outage, a page that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from config.demo import CLIPS
from tests.browser.browser import browser, seen_when_failed, sign_in
from tests.browser.clicks import Clicks
from tests.browser.loudness import HEARD, LOUDEST, QUIET, settles
from tests.browser.phone import PATIENCE_S, DevicePage, https_address, invited, phone
from tests.browser.test_accessibility import violations
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import Installation, running, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

OUTAGE_S = 3.0  # of media that only the phone has


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Installation]:
    async with running(tmp_path_factory.mktemp("device") / "store") as started:
        yield started


async def test_a_phone_joins_by_its_qr_code_and_is_seen_heard_and_helped(
    installation: Installation, tmp_path: Path
) -> None:
    store, voice = installation.store, tmp_path / "manager.wav"
    await asyncio.to_thread(write_channel_wav, CLIPS / "room1.mp4", 1, voice, 91.5, 120.0)
    async with browser(microphone=voice) as wall_browser, phone() as own:
        wall = await wall_browser.new_page()
        await sign_in(wall, store.address, store.accounts["lin"])
        await wall.goto(f"{store.address}/wall/{store.case}")
        fragment = await _qr_code(wall)
        device = await DevicePage.opened(own, https_address(installation), fragment)
        clicks = await Clicks.on(device.page)
        async with seen_when_failed(wall, device.page):
            await device.ready()
            await expect(wall.get_by_test_id("phone-joined")).to_be_visible()
            belongs = device.page.get_by_test_id("device-case")
            await expect(belongs).to_contain_text("油库动火案")
            assert "join" not in device.page.url  # spent, and out of the address bar
            await wall.keyboard.press("Escape")
            async with clicks.journey("phone"):
                await device.start()
            source = await device.source()
            await expect(device.page.get_by_test_id("device-recording")).to_contain_text(
                re.compile(r"录制中.*已保护至\s*\d\d:\d\d:\d\d", re.DOTALL)
            )
            await expect(device.page.get_by_test_id("device-battery")).to_contain_text("%")
            video = wall.get_by_test_id(f"wall-video-{source}")
            await until(lambda: video.evaluate("v => v.videoWidth >= 320"), PATIENCE_S)
            await expect(wall.get_by_test_id(f"carried-{source}")).to_contain_text("误差 8 米")
            await _the_centre_calls(wall, device, clicks, installation)
            await _the_phone_calls(wall, device, clicks, installation)
            await _nobody_is_at_the_wall(wall, device, installation)
            await _help_is_called_and_seen(wall, device, clicks)
            await _the_phone_is_sent_away(wall, device, installation)
        await device.page.close()  # one page a phone
        used = await DevicePage.opened(own, https_address(installation), fragment)
        await expect(used.page.get_by_test_id("device-outside")).to_contain_text(
            re.compile("已经用过|已被移出")
        )


async def _qr_code(wall: Page) -> str:
    """Make a code at the wall and read it from the screen, as a phone's camera does."""
    await wall.get_by_test_id("wall-add-phone").first.click()
    await wall.get_by_test_id("phone-make").click()
    code = wall.get_by_test_id("phone-qr")
    await code.wait_for()
    picture = cv2.imdecode(np.frombuffer(await code.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    large = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(large)
    assert read == await code.get_attribute("data-url")
    assert re.match(r"https://[^/]+/device#join=[\w-]{20,}$", read)
    return "#" + read.partition("#")[2]


async def _photograph(page: Page, name: str) -> None:
    """For whoever looks at the pages; kept only where asked for."""
    if folder := os.environ.get("DUIZHI_PICTURES"):
        await page.screenshot(path=Path(folder) / f"device-{name}.png")


async def _the_centre_calls(
    wall: Page, device: DevicePage, clicks: Clicks, installation: Installation
) -> None:
    """Declined; then taken, heard at both ends only while somebody presses to speak, hung up."""
    source = await device.source()
    phone_page = device.page
    call = phone_page.get_by_test_id("device-call")
    tile = wall.get_by_test_id(f"wall-device-{source}")
    row = tile.get_by_test_id(f"voice-{source}")
    presses = await Clicks.on(wall)
    async with presses.journey("call"):
        await tile.get_by_test_id(f"voice-call-{source}").click()
        await expect(call).to_have_attribute("data-state", "calling")
    await expect(call).to_contain_text("指挥来电")
    await _photograph(phone_page, "rings")
    await phone_page.get_by_test_id("device-call-decline").click()
    await expect(row).to_contain_text("没有接听")
    await wall.get_by_test_id("wall-call-list").first.click()
    listed = wall.get_by_test_id(f"call-list-{source}")
    await _photograph(wall, "call-list")
    await listed.get_by_test_id(f"voice-call-{source}").click()
    await expect(call).to_have_attribute("data-state", "calling")
    video = wall.get_by_test_id(f"wall-video-{source}")
    async with clicks.journey("called"):
        await phone_page.get_by_test_id("device-call-accept").click()
        await expect(call).to_contain_text("指挥通话中")
        assert await video.evaluate("v => v.muted")  # silent until somebody speaks
        await phone_page.get_by_test_id("device-call-talk").click()
        await expect(row).to_contain_text("您听得到")
        await settles(video, lambda loudest: loudest > HEARD)
    await _photograph(wall, "replying-wall")
    await _photograph(phone_page, "replying")
    ear = phone_page.get_by_test_id("voice-sound")
    assert await ear.evaluate(LOUDEST) < QUIET
    talk = tile.get_by_test_id(f"voice-talk-{source}")
    await expect(talk).to_be_enabled()
    await talk.click()
    await expect(call).to_have_attribute("data-talking", "true")
    await settles(ear, lambda loudest: loudest > HEARD)
    await phone_page.get_by_test_id("device-call-talk").click()
    await until(lambda: video.evaluate("v => v.muted"), PATIENCE_S)
    await phone_page.get_by_test_id("device-call-end").click()
    await expect(row).to_contain_text("挂断")
    await wall.get_by_test_id("wall-call-list").first.click()
    async with installation.desk("lin") as lin:
        case = await lin.get(f"/api/cases/{installation.store.case}")
        [session] = [one["session"]["id"] for one in case["rooms"] if one["id"] == "site"]
        said = await lin.get(f"/api/sessions/{session}/log", kind="voice.talk")
        spoken = [one for one in said["entries"] if one["summary"].get("to") == source]
        assert [one["summary"].get("side", "") for one in spoken] == ["called", ""]
        found = await lin.get(f"/api/sessions/{session}")
    names = [one["source"] for one in found["recordings"]]
    assert f"call-{source}" in names


async def _the_phone_calls(
    wall: Page, device: DevicePage, clicks: Clicks, installation: Installation
) -> None:
    """Declined at the wall; withdrawn on the phone; then taken, spoken on, hung up at the wall."""
    source, phone_page = await device.source(), device.page
    button = phone_page.get_by_test_id("device-call-centre")
    call = phone_page.get_by_test_id("device-call")
    caller = wall.locator(f'[data-testid="caller-{source}"][data-state="calling"]')
    missed = wall.locator(f'[data-testid="caller-{source}"][data-state="missed"]')
    async with clicks.journey("calls"):
        await button.click()
        await expect(caller).to_be_visible()
    await expect(call).to_contain_text("正在呼叫指挥中心")
    await expect(caller).to_contain_text(re.compile(r"手机 \d\d呼叫指挥中心"))
    await expect(wall).to_have_title(re.compile(r"^\(\d+\) 手机 \d\d呼叫指挥中心"))
    await _covers_no_picture(caller, wall.get_by_test_id(f"wall-video-{source}"))
    assert not await violations(wall)
    await _photograph(wall, "caller-wall")
    await _photograph(phone_page, "caller")
    await wall.get_by_test_id(f"voice-refuse-band-{source}").click()
    await expect(call).to_contain_text(re.compile("林.*没有接听"))
    await expect(wall).not_to_have_title(re.compile("呼叫指挥中心"))

    await button.press("Enter")  # by keyboard: called, and withdrawn
    await expect(caller).to_be_visible()
    await phone_page.get_by_test_id("device-call-cancel").press("Enter")
    await expect(call).to_contain_text("已取消呼叫")
    await expect(missed).to_contain_text("对方已取消")
    await missed.get_by_role("button").click()
    await expect(missed).to_have_count(0)

    await button.click()
    await wall.get_by_test_id("wall-call-list").first.click()
    listed = wall.get_by_test_id(f"call-list-{source}")
    await listed.get_by_test_id(f"voice-take-row-{source}").click()
    await expect(call).to_contain_text("正与指挥中心通话")
    video, ear = (
        wall.get_by_test_id(f"wall-video-{source}"),
        phone_page.get_by_test_id("voice-sound"),
    )
    tile = wall.get_by_test_id(f"wall-device-{source}")
    talk = tile.get_by_test_id(f"voice-talk-{source}")
    await expect(talk).to_be_enabled()
    assert await video.evaluate("v => v.muted")
    assert await ear.evaluate(LOUDEST) < QUIET
    for theme in ("light", "dark"):
        await phone_page.evaluate("t => (document.documentElement.dataset.theme = t)", theme)
        assert not await violations(phone_page), theme
        await _photograph(phone_page, f"call-{theme}")
    await phone_page.get_by_test_id("device-call-end").focus()
    await phone_page.keyboard.press("Tab")
    await phone_page.keyboard.press("Enter")  # speaks
    await expect(call).to_have_attribute("data-replying", "true")
    await settles(video, lambda loudest: loudest > HEARD)
    await phone_page.keyboard.press("Enter")  # and stops, without leaving the button
    await expect(call).to_have_attribute("data-replying", "false")
    await talk.click()
    await expect(call).to_have_attribute("data-talking", "true")
    await settles(ear, lambda loudest: loudest > HEARD)
    await talk.click()
    await expect(call).to_have_attribute("data-talking", "false")
    await tile.get_by_test_id(f"voice-end-{source}").click()
    await expect(call).to_contain_text(re.compile("与林.*的通话已结束"))
    await wall.get_by_test_id("wall-call-list").first.click()
    async with installation.desk("lin") as lin:
        case = await lin.get(f"/api/cases/{installation.store.case}")
        [session] = [one["session"]["id"] for one in case["rooms"] if one["id"] == "site"]
        said = await lin.get(f"/api/sessions/{session}/log", kind="voice.called")
    by = [one["summary"]["by"] for one in said["entries"]]
    assert by.count(f"source:{source}") == 3


async def _nobody_is_at_the_wall(
    page: Page, device: DevicePage, installation: Installation
) -> None:
    """The caller is told so at once; another page of the manager rings, and answers at the wall."""
    store, source, phone_page = installation.store, await device.source(), device.page
    call, alone = (phone_page.get_by_test_id(f"device-call{one}") for one in ("", "-alone"))
    wall = page.url
    await page.goto("about:blank")
    await phone_page.get_by_test_id("device-call-centre").click()
    await expect(alone).to_contain_text("现在没有能接听的人在线")
    await page.goto(f"{store.address}/cases/{store.case}?part=people")
    band = page.get_by_test_id(f"rings-{source}")
    await expect(band).to_contain_text("呼叫指挥中心")  # it rings on
    await expect(alone).to_contain_text("指挥墙前现在没有人")
    await expect(page).to_have_title(re.compile(r"^\(1\) 手机 \d\d呼叫指挥中心 · .*油库动火案"))
    assert not await violations(page)
    await _photograph(page, "rings-on-a-page")
    await phone_page.get_by_test_id("device-call-cancel").click()
    missed = page.get_by_test_id(f"rang-{source}")
    await expect(missed).to_contain_text("对方已取消")
    await missed.get_by_role("button").click()
    await expect(page.get_by_test_id("calls-band")).to_have_count(0)
    await expect(page).not_to_have_title(re.compile("呼叫指挥中心"))

    await phone_page.get_by_test_id("device-call-centre").click()
    await page.get_by_test_id(f"answer-{source}").click()
    await expect(call).to_contain_text("正与指挥中心通话")
    assert page.url == wall  # and a reload takes nothing again
    await expect(page.get_by_test_id("calls-band")).to_have_count(0)
    tile = page.get_by_test_id(f"wall-device-{source}")
    await tile.get_by_test_id(f"voice-end-{source}").click()
    await expect(call).to_contain_text(re.compile("与林.*的通话已结束"))


async def _covers_no_picture(band: Locator, picture: Locator) -> None:
    above, below = await band.bounding_box(), await picture.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]


async def _help_is_called_and_seen(wall: Page, device: DevicePage, clicks: Clicks) -> None:
    call, source = device.page.get_by_test_id("device-sos"), await device.source()
    await call.click()  # a short press does nothing
    address = wall.url
    await wall.goto(address.replace("/wall/", "/cases/"))  # the manager has left the wall
    waits = wall.get_by_test_id(f"waits-{source}")
    async with clicks.journey("help"):
        await device.hold("device-sos")
        await expect(call).to_have_attribute("data-state", "raised")
        await expect(waits).to_contain_text("求助")
    await expect(wall).to_have_title(re.compile("报警"))
    assert await violations(wall) == []
    await wall.get_by_test_id("alarms-aside").click()
    await expect(waits).to_have_count(0)
    await wall.get_by_test_id("alarms-chip").click()
    await wall.get_by_test_id(f"go-{source}").click()
    await expect(waits).to_have_count(0)
    await wall.get_by_test_id(f"alarm-acknowledge-{source}").click()
    await wall.goto(address)
    await expect(call).to_have_attribute("data-state", "seen")


async def _the_phone_is_sent_away(
    wall: Page, device: DevicePage, installation: Installation
) -> None:
    store = installation.store
    source = await device.source()
    await wall.goto(f"{store.address}/cases/{store.case}?part=rooms")
    button = wall.get_by_test_id(f"phone-revoke-{source}")
    await button.scroll_into_view_if_needed()
    await button.hover()
    await wall.mouse.down()
    await asyncio.sleep(1.3)
    await wall.mouse.up()
    await expect(wall.get_by_test_id(f"phone-{source}")).to_contain_text("已移出")
    await expect(device.page.get_by_test_id("device-outside")).to_contain_text("已被移出")


async def test_what_an_outage_took_is_handed_over(installation: Installation) -> None:
    async with phone() as own:
        fragment = await invited(installation)
        device = await DevicePage.opened(own, https_address(installation), fragment)
        async with seen_when_failed(device.page):
            await device.ready()
            await device.start()
            await device.cut()
            await device.stands("kept_here")
            await asyncio.sleep(OUTAGE_S)
            await device.page.get_by_test_id("device-mark").click()
            clicks = await Clicks.on(device.page)
            async with clicks.journey("owed"):
                await device.back()
                await device.stands("recording")
                await _is_filed(installation, await device.source())
                await until(lambda: _nothing_owed(device), PATIENCE_S)
            async with clicks.journey("stop"):
                await device.hold("device-stop")
                await device.stands("idle")
                await until(lambda: _nothing_owed(device), PATIENCE_S)
            await expect(device.page.get_by_test_id("device-start")).to_be_visible()


async def test_a_page_that_goes_away_in_an_outage_loses_nothing(
    installation: Installation,
) -> None:
    async with phone() as own:
        fragment = await invited(installation)
        device = await DevicePage.opened(own, https_address(installation), fragment)
        await device.ready()
        await device.start()
        source = await device.source()
        await device.cut()
        await device.stands("kept_here")
        await asyncio.sleep(OUTAGE_S)
        await device.page.close(run_before_unload=False)  # as if the browser had been killed
        await _the_inspection_ends(installation)
        await device.back()
        again = await DevicePage.opened(own, https_address(installation))
        async with seen_when_failed(again.page):
            await again.ready()
            await _is_filed(installation, source)
            await until(lambda: _nothing_owed(again), PATIENCE_S)


async def _the_inspection_ends(installation: Installation) -> None:
    """Sealed while the phone is away; what comes later is filed all the same."""
    async with installation.desk("lin") as lin:
        case = await lin.get(f"/api/cases/{installation.store.case}")
        site = next(one for one in case["rooms"] if one["id"] == "site")
        await lin.post(f"/api/sessions/{site['session']['id']}/close", {"reason": "检查结束"})


async def _is_filed(installation: Installation, source: str) -> None:
    """Until the part stands in the log as late, in the session it belongs to."""

    def filed() -> bool:
        with contextlib.closing(sqlite3.connect(installation.store.database_file)) as database:
            uploads = database.execute(
                "SELECT kind, state FROM upload WHERE source_id = ?", (source,)
            ).fetchall()
            segments = database.execute(
                "SELECT count(*) FROM late_segment JOIN late_file ON late_file.id = file_id"
                " WHERE late_file.source_id = ?",
                (source,),
            ).fetchone()
        return bool(uploads) and set(uploads) == {("local-part", "filed")} and segments[0] > 0

    await until(lambda: asyncio.to_thread(filed), PATIENCE_S)


async def _nothing_owed(device: DevicePage) -> bool:
    owed, _, refused = await device.counts()
    return owed == refused == 0
