"""A voice line in real browsers: the room hears the manager, and only while they speak.

Both ends have fake microphones that play a synthesised voice; what arrives is measured in the
pages. The room declines, takes the next call, hears nothing until the manager speaks (not even of a
page that opens its microphone by itself: the centre holds the gate), and a lawyer's pause cuts the
line. Everything said is recorded, logged and not transcribed.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from config.demo import CLIPS
from evidence_store.verify import verify_path
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in, start_anyway
from tests.browser.loudness import BARS, HEARD, LOUDEST, QUIET, settles
from tests.browser.test_accessibility import violations
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import Installation, running

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

SOURCE = "call-room1"


async def test_the_room_hears_the_manager_who_speaks(tmp_path: Path) -> None:
    voices = [tmp_path / "room.wav", tmp_path / "manager.wav"]
    for voice in voices:
        await asyncio.to_thread(write_channel_wav, CLIPS / "room1.mp4", 1, voice, 91.5, 120.0)
    async with (
        running(tmp_path / "store") as installation,
        browser(microphone=voices[0], width=1280, height=800) as room_browser,
        browser(microphone=voices[1]) as wall_browser,
    ):
        store, people = installation.store, installation.store.accounts
        room, wall = await room_browser.new_page(), await wall_browser.new_page()
        complaints = Errors(room, store.address), Errors(wall, store.address)
        async with seen_when_failed(room, wall):
            await sign_in(room, store.address, people["wu"])
            await room.goto(f"{store.address}/room/room1")
            await start_anyway(room)
            await expect(room.get_by_test_id("room-recording")).to_have_attribute(
                "data-state", "ok"
            )
            await sign_in(wall, store.address, people["lin"])
            await wall.goto(f"{store.address}/wall/{store.case}")
            await _the_room_declines(room, wall)
            await _both_hear_each_other(room, wall)
            await _a_pause_cuts_the_line(room, wall)
            await _all_of_it_is_logged(installation)
        for one in complaints:
            assert one.found == []


async def _photograph(page: Page, name: str) -> None:
    """For whoever looks at the pages; kept only where asked for."""
    folder = os.environ.get("DUIZHI_PICTURES")
    if folder:
        await page.screenshot(path=Path(folder) / f"voice-{name}.png")


async def _call(room: Page, wall: Page) -> None:
    await wall.get_by_test_id("voice-call-room1").click()
    ringing = room.get_by_test_id("room-call")
    await expect(ringing).to_have_attribute("data-state", "calling")
    await expect(ringing).to_contain_text("指挥来电")
    # nothing is taken from the microphone before somebody has answered
    assert await wall.evaluate("window.opened ?? 0") == 0


async def _the_room_declines(room: Page, wall: Page) -> None:
    await wall.evaluate(
        "() => { window.opened = 0; const was = navigator.mediaDevices.getUserMedia"
        ".bind(navigator.mediaDevices); navigator.mediaDevices.getUserMedia = (wanted) => {"
        " window.opened += 1; return was(wanted).then((stream) => (window.own = stream)) } }"
    )
    await _call(room, wall)
    await _photograph(wall, "calling-wall")
    await _photograph(room, "calling-room")
    await room.get_by_test_id("room-call-decline").click()
    row = wall.get_by_test_id("voice-room1")
    await expect(row).to_have_attribute("data-state", "ended")
    await expect(row).to_contain_text("没有接听")
    await expect(room.get_by_test_id("room-call")).to_have_attribute("data-state", "ended")


async def _both_hear_each_other(room: Page, wall: Page) -> None:
    await _call(room, wall)
    await room.get_by_test_id("room-call-accept").click()
    sign = room.get_by_test_id("room-call")
    await expect(sign).to_contain_text("指挥通话中")
    talk = wall.get_by_test_id("voice-talk-room1")
    await expect(talk).to_be_enabled()
    ear = room.get_by_test_id("voice-sound")
    await wall.evaluate("for (const track of window.own.getAudioTracks()) track.enabled = true")
    meter = wall.get_by_test_id("voice-room1").locator(".meter")
    await settles(meter, lambda bars: bars >= 2, of=BARS)  # it is sent, and recorded
    silence = [float(await ear.evaluate(LOUDEST)) for _ in range(4)]
    assert max(silence) < QUIET
    await talk.click()
    await expect(sign).to_have_attribute("data-talking", "true")
    loud = await settles(ear, lambda loudest: loudest > HEARD)
    print(f"in the room: {max(silence):.4f} before, {loud:.3f} while the manager speaks")
    await _photograph(wall, "talking-wall")
    await _fits_a_phone(wall)
    await _photograph(room, "talking-room")
    # the way back is the one by which the wall always hears a room
    await wall.get_by_test_id("wall-sound-room1").click()
    video = wall.get_by_test_id("wall-video-room1-camera")
    back = await settles(video, lambda loudest: loudest > HEARD)
    print(f"at the wall: {back:.3f}")
    await talk.click()
    await expect(sign).to_have_attribute("data-talking", "false")
    await settles(ear, lambda loudest: 0 <= loudest < QUIET)


async def _fits_a_phone(wall: Page) -> None:
    """The call's row on a wall as narrow as a phone: whole, within reach, nothing wider than it."""
    assert not await violations(wall)
    before = wall.viewport_size
    assert before is not None
    await wall.set_viewport_size({"width": 390, "height": 844})
    row = wall.get_by_test_id("voice-room1")
    await row.scroll_into_view_if_needed()
    for button in ("voice-talk-room1", "voice-end-room1"):
        box = await wall.get_by_test_id(button).bounding_box()
        assert box is not None
        assert box["x"] >= 0, (button, box)
        assert box["x"] + box["width"] <= 390, (button, box)
        assert box["height"] >= 24, (button, box)
    assert await wall.evaluate("document.documentElement.scrollWidth") == 390
    words = row.locator("b")
    assert await words.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "words are cut"
    assert not await violations(wall)
    await _photograph(wall, "talking-phone")
    await wall.set_viewport_size(before)


async def _a_pause_cuts_the_line(room: Page, wall: Page) -> None:
    screen = await room.context.new_page()
    await screen.goto(f"{room.url.split('/room/')[0]}/exhibit/room1")
    await expect(screen.get_by_test_id("screen-call")).to_be_visible()
    await _photograph(screen, "screen")
    await room.get_by_test_id("pause-room1").click()
    row = wall.get_by_test_id("voice-room1")
    await expect(row).to_contain_text("申明暂停录音")
    await expect(room.get_by_test_id("room-call")).to_have_attribute("data-state", "ended")
    await expect(screen.get_by_test_id("screen-call")).to_have_count(0)
    await expect(room.get_by_test_id("voice-sound")).to_have_count(0)
    button = wall.get_by_test_id("voice-call-room1")
    await expect(button).to_have_attribute("aria-disabled", "true")
    await screen.close()


async def _all_of_it_is_logged(installation: Installation) -> None:
    store = installation.store
    async with installation.desk("lin") as desk:
        detail = await desk.get(f"/api/cases/{store.case}")
        [session] = [one["id"] for one in detail["sessions"] if one["room"] == "room1"]
        said = await desk.get(f"/api/cases/{store.case}/utterances", room="room1")
        assert [one for one in said["utterances"] if one["source"] == SOURCE] == []
        await desk.post(f"/api/sessions/{session}/close", {"reason": "test"})
        found = await desk.get(f"/api/sessions/{session}")
        [call] = [one for one in found["recordings"] if one["source"] == SOURCE]
        assert call["recorded_us"] > 1_000_000
        lines: list[dict[str, Any]] = []
        for step in ("called", "opened", "talk", "quiet", "ended"):
            page = await desk.get(f"/api/sessions/{session}/log", kind=f"voice.{step}")
            lines += page["entries"]
    lines.sort(key=lambda one: int(one["index"]))
    assert [(one["kind"], one["summary"].get("why", "")) for one in lines] == [
        *(("voice.called", ""), ("voice.ended", "declined"), ("voice.called", "")),
        *(("voice.opened", ""), ("voice.talk", ""), ("voice.quiet", "")),
        ("voice.ended", "withheld"),
    ]
    report = await asyncio.to_thread(lambda: verify_path(store.directory))
    assert report.findings == []
