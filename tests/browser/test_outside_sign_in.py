"""The agency's own sign-in with Chromium: the button, the provider's page, and back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from command_centre.desk.context import WEB_DIST
from command_centre.desk.oidc_provider import SECRET_VARIABLE
from tests.browser.browser import browser, seen_when_failed
from tests.command_centre.centre import Centre, running_centre
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


async def _asks_to_come_in(page: Page, address: str) -> None:
    """From the page to sign in on, through the provider's, to what this one says then."""
    await page.goto(f"{address}/login")
    await page.get_by_test_id("login-outside").click()
    await page.locator("#enter").click()


async def _administration(context: BrowserContext, centre: Centre, address: str) -> Page:
    cookie = {"name": "duizhi_login", "value": centre.cookies["administrator"], "url": address}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    page = await context.new_page()
    await page.goto(f"{address}/admin/outside")
    return page


async def _ties(page: Page) -> None:
    """Who waits is named; the account is chosen first, and one that is tied waits no more."""
    waiting = page.get_by_test_id("outside-waiting")
    await expect(waiting).to_contain_text("王统一")
    tie = waiting.get_by_test_id("outside-tie")
    await expect(tie).to_be_disabled()
    await waiting.get_by_test_id("outside-account").click()
    await page.get_by_role("option", name="The auditor (auditor)").click()
    await tie.click()
    tied = page.get_by_test_id("outside-tied")
    await expect(tied).to_contain_text("The auditor")
    await expect(tied).to_contain_text("还没有用过")
    await expect(tie).to_have_count(0)


async def _unties(page: Page) -> None:
    """Asked once more first; who keeps it, keeps it."""
    tied = page.get_by_test_id("outside-tied")
    await page.reload()
    await expect(tied).to_contain_text("最近登录")
    await tied.get_by_test_id("outside-untie").click()
    await tied.get_by_role("button", name="保留").click()
    await expect(tied).to_contain_text("The auditor")
    await tied.get_by_test_id("outside-untie").click()
    await tied.get_by_test_id("outside-untie-yes").click()
    await expect(tied).to_contain_text("还没有绑定任何账号")


async def test_an_account_is_tied_and_untied_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    async with (
        oidc_server() as provider,
        running_centre(tmp_path, web_dist=WEB_DIST, settings=provider.settings()) as centre,
        serving(centre) as web,
        browser(width=1440, height=900) as theirs,
        browser(width=1440, height=900) as ours,
    ):
        provider.now_s = lambda: centre.clock.us / 1_000_000
        address = f"http://localhost:{web.port}"
        person = await theirs.new_page()
        async with seen_when_failed(person):
            await _asks_to_come_in(person, address)
            await expect(person.get_by_test_id("login-problem")).to_contain_text("绑定")
            desk = await _administration(ours, centre, address)
            async with seen_when_failed(desk):
                await _ties(desk)
                await _asks_to_come_in(person, address)
                await person.wait_for_url(re.compile("/(cases|audit)"))
                await _unties(desk)
            await theirs.clear_cookies()
            await _asks_to_come_in(person, address)
            await expect(person.get_by_test_id("login-problem")).to_contain_text("绑定")
        kinds = [kind for kind, _ in centre.log.entries]
        assert kinds.count("account.outside_tied") == 1
        assert kinds.count("account.outside_untied") == 1
