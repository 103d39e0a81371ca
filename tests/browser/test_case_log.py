"""The auditor finds an entry of the case, sees it proved, takes the proof away and checks it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from evidence_store.verify import verify_path
from tests.browser.clicks import Clicks
from tests.browser.test_accessibility import violations
from tests.browser.test_export_dialog import audit_desk, opened
from tests.command_centre.story import CASE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_an_entry_is_found_proved_and_taken_away(tmp_path: Path) -> None:
    async with audit_desk(tmp_path) as (audit, address), opened(audit, address) as page:
        await page.get_by_test_id("audit-verify").click()
        verdict = page.get_by_test_id("audit-verdict")
        await expect(verdict).not_to_have_attribute("data-verdict", "")
        assert await violations(page) == []

        await page.get_by_test_id("audit-tab-log").click()
        await page.get_by_test_id("list-case-log-box").fill(audit.session)
        rows = page.get_by_test_id("list-case-log").locator("tbody tr")
        await expect(rows.first).to_be_visible()
        await page.get_by_test_id("list-case-log-box").fill("")
        segment = page.get_by_test_id("entry-media.segment").first
        await expect(segment).to_be_visible()
        await segment.get_by_role("button").click()
        panel = page.get_by_test_id("entry-panel")
        await expect(panel).to_have_attribute("data-proved", "true")
        await expect(page.get_by_test_id("entry-checks")).to_contain_text("检查点的签名有效")
        await expect(page.get_by_test_id("entry-steps").locator("li").nth(2)).to_be_visible()
        await expect(page.get_by_test_id("entry-raw")).to_contain_text('{"body":{')
        await page.get_by_test_id("entry-form-hex").click()
        await expect(page.get_by_test_id("entry-raw")).to_contain_text("000000  7b 22 62 6f 64 79")
        assert await violations(page) == []
        async with page.expect_download() as started:
            await page.get_by_test_id("entry-download").click()
        name = (await started.value).suggested_filename
        await (await started.value).save_as(tmp_path / name)
        await expect(page.get_by_test_id("entry-command")).to_have_text(f"duizhi verify {name}")
        report = await asyncio.to_thread(verify_path, tmp_path / name)
        assert (report.verdict, report.totals.entries, report.findings) == ("complete", 1, [])
        # the address leads to the same entry again
        await page.reload()
        await expect(panel).to_have_attribute("data-proved", "true")
        await page.get_by_test_id("entry-close").click()
        await expect(panel).to_have_count(0)

        clicks = await Clicks.on(page)
        looks = page.get_by_test_id("list-access-looks").get_by_role("link")
        async with clicks.journey("access"):
            await page.get_by_test_id("audit-tab-access").click()
            people = page.get_by_test_id("list-access-people")
            await expect(people).to_contain_text("下载 1")
            assert await violations(page) == []
            await page.get_by_test_id("access-looks").click()
            await expect(looks.first).to_be_visible()
        await looks.first.click()
        await expect(panel).to_have_attribute("data-proved", "true")


async def test_a_verification_that_was_left_is_found_again(tmp_path: Path) -> None:
    async with audit_desk(tmp_path) as (audit, address), opened(audit, address) as page:
        async with page.expect_response("**/api/verifications"):  # it has begun
            await page.get_by_test_id("audit-verify").click()
        await page.goto(f"{address}/audit/{CASE}/access")
        await expect(page.get_by_test_id("access")).to_be_visible()
        await page.goto(f"{address}/audit/{CASE}")
        verdict = page.get_by_test_id("audit-verdict")
        last = page.get_by_test_id("audit-last")
        await expect(last.or_(verdict.locator("em")).first).to_be_visible()
        if await last.count():  # it had ended before we were back
            await last.click()
        await expect(verdict).not_to_have_attribute("data-verdict", "")
