"""A pause pressed while the centre is away: the tablet sends nothing of it, reloaded or not.

The centre is killed and its socket stays shut, while media goes on to the recorder. What counts is
the recorder's log: no segment holds anything from the press until recording was resumed, and an
entry says that the button was pressed then.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, WebSocketRoute, expect

from config.demo import CLIPS
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from tests.browser.browser import browser, photograph, seen_when_failed, sign_in, start_anyway
from tests.browser.phone import CUT
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

SOURCE = "room1-camera"
#: What was on its way when the button was pressed, on a machine with other work.
ON_ITS_WAY_US = 700_000


class Gate:
    """The desk's connection to the centre, to be shut."""

    def __init__(self) -> None:
        self._shut = False
        self._through: list[WebSocketRoute] = []

    async def on(self, context: BrowserContext) -> Gate:
        await context.route_web_socket("**/ws", self._pass)
        return self

    async def _pass(self, desk: WebSocketRoute) -> None:
        if self._shut:
            await desk.close()
            return
        desk.connect_to_server()
        self._through.append(desk)

    async def shut(self) -> None:
        self._shut = True
        for desk in self._through:
            await desk.close()
        self._through.clear()

    def open(self) -> None:
        self._shut = False


async def test_nothing_of_a_pause_is_sent_while_the_centre_is_away(
    installation: Installation, tmp_path: Path
) -> None:
    store = installation.store
    voice = tmp_path / "voice.wav"
    await asyncio.to_thread(write_channel_wav, CLIPS / "room1.mp4", 1, voice, 91.5, 120.0)
    async with browser(microphone=voice, width=1280, height=800) as tablet:
        gate = await Gate().on(tablet)
        await tablet.add_init_script(CUT)
        room = await tablet.new_page()
        async with seen_when_failed(room):
            await sign_in(room, store.address, store.accounts["wu"])
            await room.goto(f"{store.address}/room/room1")
            await start_anyway(room)
            await _is_recorded(room)
            told = await _held_over_a_reload(installation, gate, room)
            taken_back = await _taken_back(installation, gate, room)
            await asyncio.sleep(2)
        async with installation.desk("lin") as desk:
            [session] = [
                one["id"]
                for one in (await desk.get(f"/api/cases/{store.case}"))["sessions"]
                if one["room"] == "room1" and one["closed_us"] is None
            ]
            await desk.post(f"/api/sessions/{session}/close", {"reason": "test"})
            review = await desk.get(f"/api/cases/{store.case}/review?sessions={session}")
    report = await asyncio.to_thread(verify_path, store.directory)
    assert report.findings == []
    _nothing_was_recorded(installation, told, taken_back)
    _is_accounted_for(installation, review, told, taken_back)


async def _is_recorded(room: Page) -> None:
    band = room.get_by_test_id("room-recording")
    await expect(band).to_have_attribute("data-state", "ok", timeout=40_000)
    await expect(band).to_contain_text("已保护至", timeout=40_000)
    await asyncio.sleep(2)


async def _pressed_apart(room: Page, gate: Gate) -> int:
    """Presses while the centre cannot be reached; returns when, in µs."""
    await gate.shut()
    await expect(room.get_by_test_id("connection-lost")).to_be_visible()
    pressed_us = time.time_ns() // 1000
    await room.get_by_test_id("pause-room1").click()
    band = room.get_by_test_id("room-recording")
    await expect(band).to_contain_text("已按暂停，尚未告知中心")
    await expect(band).to_contain_text("本机已停止发送和保存")
    await expect(band).not_to_contain_text("其他设备")  # this room has none
    await expect(band).to_have_attribute("data-state", "differ")
    await expect(room.get_by_test_id("room-copy")).to_have_attribute("data-word", "held")
    return pressed_us


async def _held_over_a_reload(
    installation: Installation, gate: Gate, room: Page
) -> tuple[int, int]:
    """Pressed with the centre killed, reloaded, told late, resumed: from when to when, in µs."""
    starts = installation.kill("centre")
    pressed_us = await _pressed_apart(room, gate)
    await expect(room.get_by_test_id("room-publishing")).to_have_attribute("data-state", "live")
    await photograph(room, "pause-apart-held")
    await installation.back("centre", starts)
    await asyncio.sleep(5)  # longer than the recorder's watchdog, so that the source is free
    await room.reload()
    await expect(room.get_by_test_id("resume-room1")).to_be_visible()
    band = room.get_by_test_id("room-recording")
    await expect(band).to_contain_text("已按暂停，尚未告知中心")
    gate.open()
    await expect(band).to_have_attribute("data-state", "pause", timeout=40_000)
    await expect(band).to_contain_text("律师暂停")
    await until(lambda: _entries(installation, "device.held"), 20)
    await room.get_by_test_id("room-start").click()  # as after every reload
    publishing = room.get_by_test_id("room-publishing")
    await expect(publishing).to_have_attribute("data-state", "live", timeout=40_000)
    await asyncio.sleep(2)  # sent again, and withheld by the recorder
    resumed_us = time.time_ns() // 1000
    await room.get_by_test_id("resume-room1").click()
    await _is_recorded(room)
    return pressed_us, resumed_us


async def _taken_back(installation: Installation, gate: Gate, room: Page) -> tuple[int, int]:
    """Pressed, the connection made anew, and resumed before the centre was told."""
    pressed_us = await _pressed_apart(room, gate)
    await room.evaluate("cutMedia()")  # and connected anew meanwhile, with nothing to send
    publishing = room.get_by_test_id("room-publishing")
    await expect(publishing).not_to_have_attribute("data-state", "live")
    await expect(publishing).to_have_attribute("data-state", "live", timeout=40_000)
    await asyncio.sleep(3)
    resumed_us = time.time_ns() // 1000
    await room.get_by_test_id("resume-room1").click()
    await expect(room.get_by_test_id("pause-room1")).to_be_visible()
    await asyncio.sleep(3)  # of media, with the centre still away
    gate.open()
    await until(lambda: len(_entries(installation, "device.held")) == 2, 40)
    await _is_recorded(room)
    return pressed_us, resumed_us


def _entries(installation: Installation, kind: str) -> list[dict[str, Any]]:
    reader = LogReader(installation.store.directory / "recorder-1" / "log")
    found = (json.loads(one) for one in reader.opened(0, 100_000))
    return [one for one in found if one["kind"] == kind]


def _spans(installation: Installation) -> list[tuple[int, int]]:
    bodies = [one["body"] for one in _entries(installation, "media.segment")]
    return [(one["start_us"], one["start_us"] + one["duration_us"]) for one in bodies]


def _nothing_was_recorded(installation: Installation, *held: tuple[int, int]) -> None:
    spans = _spans(installation)
    for pressed_us, resumed_us in held:
        inside = [one for one in spans if one[1] > pressed_us and one[0] < resumed_us]
        late_us = max((min(end, resumed_us) - pressed_us for _, end in inside), default=0)
        print(f"recorded after the press: {late_us / 1000:.0f} ms")
        assert late_us < ON_ITS_WAY_US
        assert [one for one in spans if one[0] > resumed_us]  # recording went on


def _is_accounted_for(
    installation: Installation, review: Any, told: tuple[int, int], taken_back: tuple[int, int]
) -> None:
    """What was pressed when stands in the log, and the gaps say so where they are looked at."""
    first, second = [one["body"] for one in _entries(installation, "device.held")]
    [begun] = [one["body"] for one in _entries(installation, "pause.begin")]
    assert (first["pause"], first["source"]) == (begun["pause"], SOURCE)
    assert first["start_us"] == pytest.approx(told[0], abs=1_000_000)
    assert first["end_us"] == pytest.approx(begun["start_us"], abs=1_000_000)
    assert (second["start_us"], second["end_us"]) == pytest.approx(taken_back, abs=1_000_000)
    assert second["pause"] != begun["pause"]
    [lane] = review["lanes"]
    pressed = [one for one in lane["spans"] if one.get("pressed")]
    assert {(one["state"], one["pressed"]) for one in pressed} == {("gap", "lawyer")}
    assert any(one["start_us"] < told[0] + ON_ITS_WAY_US for one in pressed)
    assert [one["kind"] for one in review["events"] if one["kind"] == "device.held"] == [
        "device.held"
    ] * 2
