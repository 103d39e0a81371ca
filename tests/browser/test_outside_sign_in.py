"""The agency's own sign-in with Chromium: the button, the provider's page, and back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from command_centre.desk.context import WEB_DIST
from command_centre.desk.oidc_provider import SECRET_VARIABLE
from tests.browser.browser import browser, seen_when_failed
from tests.command_centre.centre import running_centre
from tests.command_centre.oidc_server import SECRET, oidc_server
from tests.command_centre.web import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_somebody_comes_in_by_the_agency_s_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    async with (
        oidc_server() as provider,
        running_centre(tmp_path, web_dist=WEB_DIST, settings=provider.settings()) as centre,
        serving(centre) as web,
        browser(width=1440, height=900) as context,
    ):
        provider.now_s = lambda: centre.clock.us / 1_000_000
        page = await context.new_page()
        async with seen_when_failed(page):
            await page.goto(f"http://localhost:{web.port}/account")
            button = page.get_by_test_id("login-outside")
            await expect(button).to_contain_text("渭州市统一身份认证")
            await button.click()
            await page.locator("#enter").click()
            problem = page.get_by_test_id("login-problem")
            await expect(problem).to_contain_text("绑定")
            async with centre.client("administrator") as client:
                listed = (await client.get("/api/accounts")).json()["accounts"]
                known = next(one["id"] for one in listed if one["account"] == "auditor")
                tied = await client.post(
                    f"/api/accounts/{known}/outside", json={"subject": "u-1001"}
                )
                assert tied.status_code == 200
            await button.click()
            await page.locator("#enter").click()
            await page.wait_for_url(re.compile(rf"localhost:{web.port}/(cases|audit)"))
            await page.goto(f"http://localhost:{web.port}/account")
            await expect(page.get_by_test_id("logins")).to_contain_text("统一登录")
