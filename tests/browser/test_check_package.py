"""An auditor is handed two discs: both are verified and laid side by side; there is a report."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from command_centre.record.typeset import page_texts
from evidence_store.export import zip_package
from tests.browser.test_export_dialog import audit_desk, opened
from tests.command_centre.test_checks import _altered
from tests.evidence_store.builder import export

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Nothing is wrong; whether the centre's own witness was named before the export is chance.
SOUND = re.compile("^(complete|not_yet_witnessed)$")


async def _drop(page: Page, box: str, path: Path) -> None:
    await page.get_by_test_id(box).locator("input").set_input_files(path)
    await expect(page.get_by_test_id(box)).to_have_attribute("data-ready", "true")


async def test_two_copies_are_verified_compared_and_reported(tmp_path: Path) -> None:
    async with audit_desk(tmp_path) as (audit, address), opened(audit, address) as page:
        package = await asyncio.to_thread(export, audit.store, tmp_path / "out", audit.session)
        good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
        await asyncio.to_thread(zip_package, package, good)
        bad.write_bytes(_altered(good.read_bytes()))

        await page.goto(f"{address}/audit")
        await page.get_by_test_id("audit-package").click()
        await expect(page.get_by_test_id("check-go")).to_be_disabled()
        await _drop(page, "check-first", good)
        await page.get_by_test_id("check-go").click()
        alone = page.get_by_test_id("check-result-1")
        await expect(alone).to_have_attribute("data-verdict", SOUND)
        await expect(alone).to_contain_text("出自本机")
        await expect(page.get_by_test_id("check-copies")).to_have_count(0)

        await page.get_by_test_id("check-again").click()
        await _drop(page, "check-first", good)
        await _drop(page, "check-second", bad)
        await page.get_by_test_id("check-go").click()
        other = page.get_by_test_id("check-result-2")
        await expect(other).to_have_attribute("data-verdict", "altered")
        copies = page.get_by_test_id("check-copies")
        await expect(copies).to_have_attribute("data-identical", "false")
        await expect(copies).to_contain_text("1 个内容不同")
        async with page.expect_download() as started:
            await page.get_by_test_id("check-report").click()
        await (await started.value).save_as(tmp_path / "report.pdf")
        text = "".join("".join(page_texts((tmp_path / "report.pdf").read_bytes())).split())
        assert "第二份" in text
        assert "已更改" in text


async def test_what_is_no_package_is_said_in_words(tmp_path: Path) -> None:
    plain = tmp_path / "holiday.zip"
    plain.write_bytes(b"not a zip")
    async with audit_desk(tmp_path) as (audit, address), opened(audit, address) as page:
        await page.goto(f"{address}/audit/package")
        await _drop(page, "check-first", plain)
        await page.get_by_test_id("check-go").click()
        result = page.get_by_test_id("check-result-1")
        await expect(result).to_have_attribute("data-verdict", "unreadable")
        await expect(result).to_contain_text("读不出来")
