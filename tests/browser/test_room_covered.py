"""The tablet with something else open: a prompt is called shown only once it could be read.

The record, presenting, a dialog and a narrow page each cover the prompt in their own way, and the
tablet measures whether its words stand on the screen. Its own silence and a lost camera are said
red also while the centre is away.
"""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from config.demo import CLIPS
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in, speak, start_anyway
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

#: As long as a prompt that could be read would surely have been called shown by then.
_SURELY_S = 2.0
#: Looks at the middle of a strip: it is what stands topmost there.
_TOPMOST = """e => {
    const box = e.getBoundingClientRect()
    return e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))
}"""


async def test_a_prompt_that_is_covered_is_not_called_shown(installation: Installation) -> None:
    store = installation.store
    async with installation.desk("wu") as desk:
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]
    async with (
        installation.publishing("room1-camera", start_s=85.0),
        browser(width=1280, height=800) as tablet,
        browser() as desktop,
    ):
        room, wall = await tablet.new_page(), await desktop.new_page()
        complaints = Errors(room, store.address), Errors(wall, store.address)
        async with seen_when_failed(room, wall):
            await sign_in(room, store.address, store.accounts["wu"])
            await room.goto(f"{store.address}/room/room1")
            await expect(room.get_by_test_id("room-recording")).to_have_attribute(
                "data-state", "ok"
            )
            await sign_in(wall, store.address, store.accounts["lin"])
            await wall.goto(f"{store.address}/wall/{store.case}")
            await expect(wall.get_by_test_id("wall-room-room1")).to_contain_text("录制中")
            await _beside_the_record(room, wall)
            await _under_presenting(room, wall)
            await _under_a_dialog(room, wall)
            await _under_the_record_of_a_phone(room, wall)
        for one in complaints:
            assert one.found == []
    await _the_log_says_the_same(installation, session)


async def _ask(wall: Page, text: str) -> None:
    await wall.get_by_test_id("prompt-input").fill(text)
    await wall.get_by_test_id("prompt-send").click()


def _shown(wall: Page) -> Locator:
    return wall.get_by_test_id("prompt-receipt-room1").locator('[data-step="shown"]')


async def _asked(room: Page) -> None:
    await room.get_by_test_id("room-asked").click()
    await expect(room.get_by_test_id("room-prompt")).to_have_count(0)


async def _beside_the_record(room: Page, wall: Page) -> None:
    """The record takes the right column; a prompt arrives beside it and is read at once."""
    await room.get_by_test_id("room-record").click()
    record = room.get_by_test_id("record-panel")
    await expect(room.get_by_test_id("record-lines")).to_be_visible()
    # whoever has scrolled down to the outline sees it all the same
    await room.locator(".middle").evaluate("e => e.scrollTo({ top: e.scrollHeight })")
    await _ask(wall, "核实危险作业由谁安排")
    prompt = room.get_by_test_id("room-prompt")
    await expect(prompt).to_be_visible()
    await expect(_shown(wall)).to_have_attribute("data-state", "done")
    at, by = await prompt.bounding_box(), await record.bounding_box()
    assert at is not None
    assert by is not None
    assert at["x"] + at["width"] <= by["x"] + 1
    assert by["width"] >= 500
    assert await room.get_by_test_id("room-recording").locator("h2").evaluate(_TOPMOST)
    await _asked(room)
    await room.get_by_test_id("record-close").click()


async def _under_presenting(room: Page, wall: Page) -> None:
    await room.get_by_test_id("room-exhibit").click()
    await expect(room.get_by_test_id("present-close")).to_be_visible()
    await _is_not_shown_until_looked_at(room, wall, "核实动火作业票由谁签发")
    await expect(room.get_by_test_id("present-close")).to_have_count(0)
    await _asked(room)


async def _under_a_dialog(room: Page, wall: Page) -> None:
    await room.get_by_test_id("room-notice").click()
    await expect(room.get_by_test_id("notice")).to_be_visible()
    await _is_not_shown_until_looked_at(room, wall, "核实现场有几人作业")
    await expect(room.get_by_test_id("notice")).to_be_hidden()
    await _not_now(room, wall)


async def _not_now(room: Page, wall: Page) -> None:
    """Another reason is two taps in the room; the wall reads it in its own language."""
    await room.get_by_test_id("room-decline-why").click()
    await room.get_by_test_id("decline-refuses").click()
    await expect(room.get_by_test_id("room-prompt")).to_have_count(0)
    chip = wall.get_by_test_id("prompt-receipt-room1").locator('[data-step="declined"]')
    await expect(chip).to_contain_text("暂不问：对方拒绝回答")
    await speak(wall, "en")
    await expect(chip).to_contain_text("Refuses to answer")
    await speak(wall, "zh-CN")
    await expect(chip).to_contain_text("对方拒绝回答")


async def _under_the_record_of_a_phone(room: Page, wall: Page) -> None:
    """What was typed is still there when the record comes back."""
    await room.get_by_test_id("room-record").click()
    line = room.get_by_test_id("record-lines").locator("textarea").first
    await expect(line).to_be_visible()
    await line.fill("这个活儿是谁安排你去的？")
    await room.set_viewport_size({"width": 390, "height": 844})
    await _is_not_shown_until_looked_at(room, wall, "核实几点开始作业")
    await _asked(room)
    await room.get_by_test_id("room-record").click()
    await expect(line).to_have_value("这个活儿是谁安排你去的？")
    await room.set_viewport_size({"width": 1280, "height": 800})


async def _is_not_shown_until_looked_at(room: Page, wall: Page, text: str) -> None:
    await _ask(wall, text)
    strip = room.get_by_test_id("room-prompt-strip")
    await expect(strip).to_contain_text("有 1 条核实提示待看")
    await expect(strip).not_to_contain_text(text)  # it may be the person questioned who reads
    assert await strip.evaluate(_TOPMOST)
    await asyncio.sleep(_SURELY_S)
    await expect(_shown(wall).and_(wall.locator('[data-state="done"]'))).to_have_count(0)
    await room.get_by_test_id("room-prompt-look").click()
    await expect(_shown(wall)).to_have_attribute("data-state", "done")
    await expect(room.get_by_test_id("room-prompt-text")).to_be_in_viewport()
    await expect(strip).to_have_count(0)


async def _the_log_says_the_same(installation: Installation, session: str) -> None:
    """Each prompt was delivered at once; each that was covered was shown only seconds later."""
    async with installation.desk("lin") as desk:
        detail = await desk.get(f"/api/cases/{installation.store.case}")
    found = [one for one in detail["prompts"] if one["session"] == session]
    assert [one["reason"] for one in found if one["state"] == "declined"] == ["refuses"]
    times = [one["times"] for one in found]
    waited = sorted((one["shown_us"] - one["delivered_us"]) / 1e6 for one in times)
    assert len(waited) == 4
    assert waited[0] < _SURELY_S
    assert all(one >= _SURELY_S for one in waited[1:]), waited


@pytest.fixture
async def words_then_silence(tmp_path: Path) -> Path:
    """Ten seconds of words and four minutes of nothing, as a microphone that was unplugged."""
    path = tmp_path / "voice.wav"
    await asyncio.to_thread(_write_words_then_silence, path)
    return path


def _write_words_then_silence(path: Path) -> None:
    write_channel_wav(CLIPS / "room1.mp4", 1, path, 91.5, 10.0)
    with wave.open(str(path)) as spoken:
        shape, words = spoken.getparams(), spoken.readframes(spoken.getnframes())
    with wave.open(str(path), "wb") as file:
        file.setparams(shape)
        file.writeframes(words)
        file.writeframes(bytes(240 * shape.framerate * shape.sampwidth * shape.nchannels))


async def test_silence_and_a_lost_camera_are_said_without_the_centre(
    installation: Installation, words_then_silence: Path
) -> None:
    store = installation.store
    async with browser(microphone=words_then_silence, width=1280, height=800) as tablet:
        room = await tablet.new_page()
        async with seen_when_failed(room):
            await sign_in(room, store.address, store.accounts["wu"])
            await room.goto(f"{store.address}/room/room1")
            await start_anyway(room)
            band = room.get_by_test_id("room-recording")
            await expect(band).to_have_attribute("data-state", "ok")
            # the microphone has said its words: red, and stays so when the centre goes
            await expect(band).to_contain_text("听不到声音")
            await _above_a_dialog(room)
            await _red_without_the_centre(installation, room, "听不到声音")
            await room.get_by_test_id("room-own-picture").evaluate(
                "v => v.srcObject.getVideoTracks()[0].stop()"
            )
            await expect(band).to_contain_text("摄像头没有信号")
            await _red_without_the_centre(installation, room, "摄像头没有信号")


async def _red_without_the_centre(installation: Installation, room: Page, words: str) -> None:
    band = room.get_by_test_id("room-recording")
    starts = installation.kill("centre")
    await expect(band).to_contain_text("与中心断开")
    await expect(band).to_contain_text(words)
    await expect(band).to_have_attribute("data-state", "act")
    await installation.back("centre", starts)
    await expect(band).not_to_contain_text("与中心断开")
    await expect(band).to_contain_text(words)
    await expect(band).to_have_attribute("data-state", "act")


async def _above_a_dialog(room: Page) -> None:
    """Its strip stands above the dialog, undimmed."""
    await room.get_by_test_id("room-notice").click()
    strip = room.get_by_test_id("room-strip")
    await expect(strip).to_contain_text("听不到声音")
    assert await strip.evaluate(_TOPMOST)
    await room.keyboard.press("Escape")
    await expect(strip).to_be_hidden()
