"""Pictures of an order for new keys whose recorder is away, and of its withdrawal being asked.

A centre that expects two recorders and hears of none, as in ``test_key_turns.py``.
"""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from command_centre.desk.context import WEB_DIST
from tests.browser.browser import browser
from tests.browser.pictures import photographed
from tests.command_centre.centre import running_centre
from tests.command_centre.test_key_turns import TWO
from tests.command_centre.web import serving


async def keys_photographed(folder: Path, target: Path) -> None:
    """Makes ``keys-STATE-LANGUAGE-SIZE-THEME.png`` in a folder."""
    (folder / "store" / "keys").mkdir(parents=True)
    async with (
        running_centre(folder, web_dist=WEB_DIST, settings=TWO) as centre,
        serving(centre) as web,
        browser(width=1440, height=900) as context,
    ):
        centre.context.key_turns.restart = lambda: None
        address = f"http://127.0.0.1:{web.port}"
        cookie = {"name": "duizhi_login", "value": centre.cookies["administrator"], "url": address}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        page = await context.new_page()
        await page.goto(f"{address}/admin/keys")
        await page.get_by_test_id("rotate-ask-recorder-2").click()
        await page.get_by_test_id("rotate-reason").fill("每年一次")
        await page.get_by_test_id("rotate-now").click()
        await expect(page.get_by_test_id("rotate-away-recorder-2")).to_be_visible()
        await page.get_by_test_id("rotate-recorder-2").scroll_into_view_if_needed()
        await photographed(page, target, "keys-away")
        await page.get_by_test_id("withdraw-ask-recorder-2").click()
        await photographed(page, target, "keys-withdraw")
