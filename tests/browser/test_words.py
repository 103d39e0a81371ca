"""A manager teaches the case its words; an interviewer sees them."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


async def test_a_case_learns_its_words(installation: Installation) -> None:
    store = installation.store
    hostile = "<img src=x onerror=alert(1)>"
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["lin"])
        async with seen_when_failed(page):
            await page.goto(f"{store.address}/cases/{store.case}")
            await page.get_by_test_id("case-words").click()
            people = page.get_by_test_id("words-people").locator("li")
            await expect(people).not_to_have_count(0)
            aliases = people.nth(0).locator(".tags input").nth(0)
            await aliases.fill("小电焊")
            await aliases.press("Enter")
            second = people.nth(1).locator(".tags input").nth(0)
            await second.fill(f"小电焊，{hostile}")
            await second.press("Enter")
            terms = page.get_by_test_id("words-vocabulary").locator(".tags input").first
            await terms.fill("盲板抽堵")
            await page.get_by_test_id("words-save").click()
            await expect(page.get_by_test_id("words-saved")).to_be_visible()
            await expect(page.get_by_test_id("words-clashes")).to_contain_text("小电焊")
            await page.reload()
            await expect(people.nth(1)).to_contain_text(hostile)
            await expect(page.get_by_test_id("words-vocabulary")).to_contain_text("盲板抽堵")
            # what is refused is said, and stays on the page
            await (
                people.nth(0)
                .get_by_role("textbox")
                .first.fill(await people.nth(1).get_by_role("textbox").first.input_value())
            )
            await page.get_by_test_id("words-save").click()
            await expect(page.get_by_role("alert")).to_be_visible()
            await page.get_by_role("button", name="放弃改动").click()
            await expect(page.get_by_test_id("words-save")).to_be_disabled()
    async with browser(width=390, height=844) as context:
        page = await context.new_page()
        await sign_in(page, store.address, store.accounts["wu"])
        await page.goto(f"{store.address}/cases/{store.case}/words")
        await expect(page.get_by_test_id("words-people")).to_contain_text("小电焊")
        await expect(page.get_by_test_id("words-people").locator(".tags input")).to_have_count(0)
        await expect(page.get_by_test_id("words-vocabulary").locator(".tags input")).to_have_count(
            1
        )
    assert [one for one in complaints.found if "422" not in one and "400" not in one] == []
