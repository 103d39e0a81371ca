"""Pictures of every way to sign in: passkeys, codes, the agency's own sign-in, an invitation.

A centre without a recorder stands behind; who signs in, and the device that holds the passkey, are
as in ``test_sign_in.py``.
"""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pyotp
from playwright.async_api import BrowserContext, Page, expect

from command_centre.desk.context import WEB_DIST
from command_centre.desk.oidc_provider import SECRET_VARIABLE
from tests.browser.browser import browser
from tests.browser.pictures import photographed
from tests.browser.test_sign_in import authenticator, login, name_passkey
from tests.command_centre.centre import PASSWORD, Centre, running_centre
from tests.command_centre.oidc_server import SECRET, oidc_server
from tests.command_centre.web import serving


async def sign_in_photographed(folder: Path, target: Path) -> None:
    """Walk each way in; makes ``sign-in-STATE-LANGUAGE-SIZE-THEME.png`` in a folder."""
    with mock.patch.dict(os.environ, {SECRET_VARIABLE: SECRET}):
        await _walked(folder, target)


async def _walked(folder: Path, target: Path) -> None:
    async with (
        oidc_server() as provider,
        running_centre(folder, web_dist=WEB_DIST, settings=provider.settings()) as centre,
        serving(centre) as web,
        browser(width=1440, height=900) as context,
    ):
        provider.now_s = lambda: centre.clock.us / 1_000_000
        address = f"http://localhost:{web.port}"
        page = await context.new_page()
        await authenticator(context, page)
        await _outside(page, address, target)
        await _refused(page, address, target)
        await _passkeys(page, address, target)
        await _codes(page, address, target, centre)
        await context.clear_cookies()
        await _invitation(page, address, target, centre)
        await _tying(context, page, address, target, centre)


async def _outside(page: Page, address: str, target: Path) -> None:
    await page.goto(f"{address}/login")
    button = page.get_by_test_id("login-outside")
    await expect(button).to_be_visible()
    await photographed(page, target, "sign-in-outside")
    await button.click()
    await page.locator("#enter").click()
    await expect(page.get_by_test_id("login-problem")).to_be_visible()
    await photographed(page, target, "sign-in-outside-unknown")


async def _refused(page: Page, address: str, target: Path) -> None:
    for _ in range(3):
        await login(page, address, "wrong password")
        await expect(page.get_by_test_id("login-problem")).to_be_visible()
    await photographed(page, target, "sign-in-refused")


async def _passkeys(page: Page, address: str, target: Path) -> None:
    await login(page, address)
    await page.wait_for_url("**/cases")
    await name_passkey(page, address)
    await photographed(page, target, "sign-in-passkey-add")
    await page.get_by_test_id("passkey-go").click()
    await expect(page.get_by_test_id("passkey")).to_have_count(1)
    await page.get_by_test_id("passkey-remove").click()
    await page.get_by_test_id("passkey-password").fill("wrong password")
    await page.get_by_test_id("passkey-go").click()
    await expect(page.get_by_test_id("passkeys").get_by_role("alert")).to_be_visible()
    await photographed(page, target, "sign-in-passkey-remove")


async def _codes(page: Page, address: str, target: Path, centre: Centre) -> None:
    await page.goto(f"{address}/account")
    await page.get_by_test_id("codes-begin").click()
    await page.get_by_test_id("codes-password").fill(PASSWORD)
    await page.get_by_test_id("codes-go").click()
    secret = await page.get_by_test_id("codes-secret").inner_text()
    await page.get_by_test_id("codes-code").fill("000000")
    await page.get_by_test_id("codes-confirm").click()
    await expect(page.get_by_test_id("codes-problem")).to_be_visible()
    await photographed(page, target, "sign-in-codes-scan")
    code = pyotp.TOTP(secret.strip()).at(centre.clock.us // 1_000_000)
    await page.get_by_test_id("codes-code").fill(code)
    await page.get_by_test_id("codes-confirm").click()
    await expect(page.get_by_test_id("recovery").locator("li")).to_have_count(8)
    await photographed(page, target, "sign-in-recovery")
    await page.get_by_test_id("recovery-kept").click()
    await page.get_by_test_id("codes-remove").click()
    await photographed(page, target, "sign-in-codes-remove")
    await page.context.clear_cookies()
    await login(page, address)
    await expect(page.get_by_test_id("login-code")).to_be_visible()
    await page.get_by_test_id("login-code").fill("111111")
    await page.get_by_test_id("login-submit").click()
    await expect(page.get_by_test_id("login-problem")).to_be_visible()
    await photographed(page, target, "sign-in-code")


async def _invitation(page: Page, address: str, target: Path, centre: Centre) -> None:
    said = {"name": "周某某", "account": "zhou", "role": "interviewer", "password": ""}
    async with centre.client("administrator") as client:
        made = (await client.post("/api/accounts", json=said)).json()
        invited = (await client.post(f"/api/accounts/{made['id']}/invite", json={})).json()
    await page.goto(f"{address}/invitation#code={invited['code']}")
    await page.get_by_test_id("invitation-password").fill("three blind mice 47")
    await page.get_by_test_id("invitation-again").fill("three blind mice")
    await photographed(page, target, "sign-in-invitation")
    await page.get_by_test_id("invitation-again").fill("three blind mice 47")
    await page.get_by_test_id("invitation-save").click()
    await expect(page.get_by_test_id("invitation-login")).to_be_visible()
    await photographed(page, target, "sign-in-invited")


async def _tying(
    context: BrowserContext, page: Page, address: str, target: Path, centre: Centre
) -> None:
    """The administrator ties who came by the agency's sign-in to an account, and unties."""
    cookie = {"name": "duizhi_login", "value": centre.cookies["administrator"], "url": address}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    await page.goto(f"{address}/admin/outside")
    await expect(page.get_by_test_id("outside-waiting")).to_be_visible()
    await photographed(page, target, "sign-in-outside-waiting")
    async with centre.client("administrator") as client:
        listed = (await client.get("/api/accounts")).json()["accounts"]
        known = next(one["id"] for one in listed if one["account"] == "auditor")
        await client.post(f"/api/accounts/{known}/outside", json={"subject": "u-1001"})
    await page.reload()
    await page.get_by_test_id("outside-untie").first.click()
    await photographed(page, target, "sign-in-outside-untie")
