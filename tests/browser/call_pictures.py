"""Pictures of calls between a phone on site and the centre, from both ends.

Two managers stand at walls, one reads Chinese and one English, so each sees how a call looks that
the other has taken; the phone is shown in both languages.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, Page, expect

from command_centre.demo_store import DemoAccount
from config.demo import CLIPS
from config.words import Role
from tests.browser.browser import browser, sign_in
from tests.browser.phone import DevicePage, https_address, invited, phone
from tests.browser.pictures import PHONE_LOOKS, Look, photographed
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import Installation, running

_SIZES = {"1366": (1366, 768), "4k": (3840, 2160), "phone": (390, 844)}
#: A call rings for half a minute: so many pictures fit.
_ZH: tuple[Look, ...] = (
    ("zh", "1366", "dark"), ("zh", "4k", "dark"), ("zh", "phone", "dark"), ("zh", "1366", "light"),
)  # fmt: skip
_EN: tuple[Look, ...] = (
    ("en", "1366", "dark"), ("en", "4k", "dark"), ("en", "phone", "light"), ("en", "1366", "light"),
)  # fmt: skip
_OTHER = DemoAccount("zhou", "周某某", Role.MANAGER, "three blind mice 47")


@dataclass
class _Calls:
    """Both walls and the phone."""

    zh: Page
    en: Page
    phone: DevicePage
    target: Path
    source: str = ""

    async def walls(self, name: str, *, languages: str = "both") -> None:
        """What the managers see."""
        if languages != "en":
            await photographed(self.zh, self.target, f"call-{name}", _ZH, _SIZES)
        if languages != "zh":
            await photographed(self.en, self.target, f"call-{name}", _EN, _SIZES)

    async def device(self, name: str) -> None:
        """What is on the phone."""
        await photographed(self.phone.page, self.target, f"phone-{name}", PHONE_LOOKS)

    def band(self, wall: Page, state: str) -> Locator:
        """The line of this phone above a wall's pictures."""
        return wall.locator(f'[data-testid="caller-{self.source}"][data-state="{state}"]').first

    async def call_centre(self) -> None:
        """The phone calls, and rings at both walls."""
        await self.phone.page.get_by_test_id("device-call-centre").click()
        for wall in (self.zh, self.en):
            await expect(self.band(wall, "calling")).to_be_visible()


async def calls_photographed(folder: Path, target: Path) -> None:
    """Makes ``call-STATE-...png`` of the walls and ``phone-STATE-...png`` of the phone."""
    voice = folder / "voice.wav"
    await asyncio.to_thread(write_channel_wav, CLIPS / "room1.mp4", 1, voice, 91.5, 120.0)
    async with (
        running(folder / "store") as installation,
        browser(microphone=voice) as chinese,
        browser(microphone=voice, locale="en") as english,
        phone() as own,
        installation.publishing("room1-camera"),
        installation.publishing("room2-camera"),
    ):
        await _second_manager(installation)
        async with installation.desk("lin") as desk:
            for room in ("room1", "room2"):
                await desk.post(f"/api/rooms/{room}/session", {})
        fragment = await invited(installation)
        device = await DevicePage.opened(own, https_address(installation), fragment)
        await device.ready()
        store = installation.store
        pages = []
        for context, who in ((chinese, store.accounts["lin"]), (english, _OTHER)):
            page = await context.new_page()
            await sign_in(page, store.address, who)
            await page.goto(f"{store.address}/wall/{store.case}")
            pages.append(page)
        calls = _Calls(pages[0], pages[1], device, target)
        await _from_the_phone(calls)
        await _from_the_centre(calls)


async def _second_manager(installation: Installation) -> None:
    said: dict[str, Any] = {
        "account": _OTHER.account,
        "name": _OTHER.name,
        "role": str(_OTHER.role),
        "password": _OTHER.password,
        "all_cases": True,
    }
    async with installation.desk("admin") as admin:
        await admin.post("/api/accounts", said)


async def _from_the_phone(calls: _Calls) -> None:
    """Not recorded yet; nobody takes it; each manager takes one; one is declined."""
    await calls.device("not-recorded")
    await calls.phone.start()
    calls.source = await calls.phone.source()
    await calls.device("recording")
    for language in ("zh", "en"):
        await calls.call_centre()
        await calls.walls("rings", languages=language)
        if language == "zh":
            await calls.device("waiting")
            await calls.phone.page.get_by_test_id("device-call-cancel").click()
            await expect(calls.band(calls.en, "missed")).to_be_visible()
            await calls.device("withdrawn")
            await calls.walls("missed")
            for wall in (calls.zh, calls.en):
                await calls.band(wall, "missed").get_by_role("button").click()
    await _taken(calls, calls.en, calls.zh, "zh")
    await calls.call_centre()
    await _taken(calls, calls.zh, calls.en, "en")
    await calls.call_centre()
    await calls.zh.get_by_test_id(f"voice-refuse-band-{calls.source}").click()
    await expect(calls.band(calls.en, "told")).to_be_visible()
    await calls.device("declined")


async def _taken(calls: _Calls, taker: Page, other: Page, language: str) -> None:
    await taker.get_by_test_id(f"voice-take-band-{calls.source}").click()
    await expect(calls.band(other, "told")).to_be_visible()
    await calls.walls("taken-by-another", languages=language)
    tile = taker.get_by_test_id(f"wall-device-{calls.source}")
    talk = tile.get_by_test_id(f"voice-talk-{calls.source}")
    await expect(talk).to_be_enabled()
    if language == "zh":
        await calls.device("open")
        await calls.walls("open", languages="en")
        await calls.phone.page.get_by_test_id("device-call-talk").click()
        await talk.click()
        call = calls.phone.page.get_by_test_id("device-call")
        await expect(call).to_have_attribute("data-talking", "true")
        await calls.device("talking")
        await calls.walls("talking", languages="en")
    await tile.get_by_test_id(f"voice-end-{calls.source}").click()
    await expect(talk).to_have_count(0)
    await calls.device("over")


async def _from_the_centre(calls: _Calls) -> None:
    """Rings over the picture; not taken."""
    tile = calls.zh.get_by_test_id(f"wall-device-{calls.source}")
    await tile.get_by_test_id(f"voice-call-{calls.source}").click()
    call = calls.phone.page.get_by_test_id("device-call")
    await expect(call).to_have_attribute("data-state", "calling")
    await calls.device("rings")
    await calls.walls("calling", languages="zh")
    await calls.phone.page.get_by_test_id("device-call-decline").click()
    await expect(call).to_have_attribute("data-state", "ended")
    await calls.device("not-taken")
