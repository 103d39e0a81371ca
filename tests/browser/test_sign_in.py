"""Signing in with Chromium: a virtual authenticator as the passkey, codes as an app makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import BrowserContext, Page, expect

from command_centre.desk.context import WEB_DIST
from tests.browser.browser import browser, seen_when_failed
from tests.command_centre.centre import PASSWORD, Centre, running_centre
from tests.command_centre.web import serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@asynccontextmanager
async def _centre(directory: Path, host: str) -> AsyncIterator[tuple[Centre, BrowserContext, str]]:
    async with (
        running_centre(directory, web_dist=WEB_DIST) as centre,
        serving(centre) as web,
        browser(width=1440, height=900) as context,
    ):
        yield centre, context, f"http://{host}:{web.port}"


async def login(page: Page, address: str, password: str = PASSWORD) -> None:
    await page.goto(f"{address}/login")
    await page.get_by_test_id("login-account").fill("manager")
    await page.get_by_test_id("login-password").fill(password)
    await page.get_by_test_id("login-submit").click()


async def authenticator(context: BrowserContext, page: Page) -> None:
    """A device with a user who is verified, as a phone with a fingerprint."""
    control = await context.new_cdp_session(page)
    await control.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await control.send("WebAuthn.addVirtualAuthenticator", {"options": options})


async def name_passkey(page: Page, address: str) -> None:
    """All that a new passkey is asked for before the device is."""
    await page.goto(f"{address}/account")
    await page.get_by_test_id("passkey-add").click()
    await page.get_by_test_id("passkey-name").fill("办公室电脑")
    await page.get_by_test_id("passkey-password").fill(PASSWORD)


async def test_a_passkey_is_added_used_and_removed(tmp_path: Path) -> None:
    async with _centre(tmp_path, "localhost") as (centre, context, address):
        page = await context.new_page()
        await authenticator(context, page)
        async with seen_when_failed(page):
            await login(page, address)
            await page.wait_for_url("**/cases")
            await name_passkey(page, address)
            await page.get_by_test_id("passkey-go").click()
            await expect(page.get_by_test_id("passkey")).to_have_count(1)
            await context.clear_cookies()
            await page.goto(f"{address}/login")
            await page.get_by_test_id("login-passkey").click()
            await page.wait_for_url("**/cases")
            said = [body for kind, body in centre.log.entries if kind == "login.ok"]
            assert said[-1]["method"] == "passkey"
            await page.goto(f"{address}/account")
            await page.get_by_test_id("passkey-remove").click()
            await page.get_by_test_id("passkey-password").fill("wrong password")
            await page.get_by_test_id("passkey-go").click()
            await expect(page.get_by_test_id("passkeys").get_by_role("alert")).to_be_visible()
            await page.get_by_test_id("passkey-password").fill(PASSWORD)
            await page.get_by_test_id("passkey-go").click()
            await expect(page.get_by_test_id("passkey")).to_have_count(0)
            await context.clear_cookies()
            await page.goto(f"{address}/login")
            await page.get_by_test_id("login-passkey").click()
            await expect(page.get_by_test_id("login-problem")).to_be_visible()
        kinds = [kind for kind in centre.log.kinds() if kind.startswith("account.passkey")]
        assert kinds == ["account.passkey_added", "account.passkey_removed"]


async def test_an_address_without_a_name_says_so(tmp_path: Path) -> None:
    async with _centre(tmp_path, "127.0.0.1") as (_, context, address):
        page = await context.new_page()
        async with seen_when_failed(page):
            await page.goto(f"{address}/login")
            await page.get_by_test_id("login-passkey").click()
            await expect(page.get_by_test_id("login-problem")).to_contain_text("数字地址")
            await login(page, address)
            await page.wait_for_url("**/cases")
            await page.goto(f"{address}/account")
            await expect(page.get_by_test_id("passkey-place")).to_contain_text("数字地址")
            await expect(page.get_by_test_id("passkey-add")).to_have_count(0)


async def test_codes_are_set_up_and_asked_for(tmp_path: Path) -> None:
    async with _centre(tmp_path, "127.0.0.1") as (centre, context, address):
        page = await context.new_page()
        async with seen_when_failed(page):
            await login(page, address)
            await page.wait_for_url("**/cases")
            await page.goto(f"{address}/account")
            await page.get_by_test_id("codes-begin").click()
            await page.get_by_test_id("codes-password").fill(PASSWORD)
            await page.get_by_test_id("codes-go").click()
            secret = await page.get_by_test_id("codes-secret").inner_text()
            totp = pyotp.TOTP(secret.strip())
            await page.get_by_test_id("codes-code").fill("000000")
            await page.get_by_test_id("codes-confirm").click()
            await expect(page.get_by_test_id("codes-problem")).to_be_visible()
            await page.get_by_test_id("codes-code").fill(totp.at(centre.clock.us // 1_000_000))
            await page.get_by_test_id("codes-confirm").click()
            await expect(page.get_by_test_id("recovery").locator("li")).to_have_count(8)
            recovery = await page.get_by_test_id("recovery").locator("li").first.inner_text()
            await page.get_by_test_id("recovery-kept").click()
            for code, right in (("111111", False), (recovery, True)):
                await context.clear_cookies()
                await login(page, address)
                await page.get_by_test_id("login-code").fill(code)
                await page.get_by_test_id("login-submit").click()
                if right:
                    await page.wait_for_url("**/cases")
                else:
                    await expect(page.get_by_test_id("login-problem")).to_be_visible()
            centre.clock.forward(60)
            await context.clear_cookies()
            await login(page, address)
            await page.get_by_test_id("login-code").fill(totp.at(centre.clock.us // 1_000_000))
            await page.get_by_test_id("login-submit").click()
            await page.wait_for_url("**/cases")
