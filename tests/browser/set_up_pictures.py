"""Pictures of the set-up assistant in a fresh centre, from the first screen to a verified test.

Used by ``screenshots.py``. A person acts in Chinese; another page shows each step in English.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.browser import browser, sign_in
from tests.browser.test_admin import complete, fresh_centre, voice_file
from tests.e2e.installation import until

_SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


async def set_up_photographed(folder: Path, target: Path) -> None:
    """Walk the assistant to its end; makes ``set-up-STEP-LANGUAGE-SIZE-THEME.png`` in a folder."""
    voice = await asyncio.to_thread(voice_file, folder)
    async with (
        fresh_centre(folder / "store") as (address, admin),
        browser(microphone=voice) as acting,
        browser(locale="en") as reading,
    ):
        pages = {"zh": await acting.new_page(), "en": await reading.new_page()}
        for page in pages.values():
            await sign_in(page, address, admin)
            await page.goto(f"{address}/admin/set-up")
        zh = pages["zh"]
        await _photographed(pages, target, "begin")
        for role, name in (("manager", "林某某"), ("interviewer", "吴某某")):
            await zh.goto(f"{address}/admin/accounts?new=1")
            await zh.get_by_test_id("new-account-name").fill(name)
            await zh.get_by_test_id("new-account-account").fill(role)
            await zh.get_by_test_id("new-account-role").select_option(role)
            await zh.get_by_test_id("new-account-save").click()
            await zh.get_by_test_id("invitation-address").wait_for()
            if role == "manager":
                await _photographed({"zh": zh}, target, "invitation")
            await zh.get_by_test_id("new-account-done").click()
        await zh.goto(f"{address}/admin/rooms")
        await zh.get_by_test_id("room-new").click()
        await zh.get_by_test_id("room-name").fill("询问室 1")
        await zh.get_by_test_id("room-save").click()
        await zh.goto(f"{address}/admin/set-up")
        await _photographed(pages, target, "places")
        await zh.get_by_test_id("test-camera").click()
        state = zh.get_by_test_id("test-state")
        await expect(state).to_contain_text("正在录制")
        await _photographed(pages, target, "recording")
        finish = zh.get_by_test_id("test-finish")
        await expect(finish).to_be_enabled()
        await finish.click()
        verdict = zh.get_by_test_id("test-verdict")
        await expect(verdict).to_be_visible()

        await until(lambda: complete(zh), 90)
        await _photographed(pages, target, "verified")


async def _photographed(pages: dict[str, Page], target: Path, step: str) -> None:
    await asyncio.sleep(1)
    for language, page in pages.items():
        for size, (width, height) in _SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            for theme in ("light", "dark"):
                await page.evaluate("t => (document.documentElement.dataset.theme = t)", theme)
                await asyncio.sleep(0.3)
                path = target / f"set-up-{step}-{language}-{size}-{theme}.png"
                await page.screenshot(path=path, full_page=True)
