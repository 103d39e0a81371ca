"""A permit and a detector's file arrive in the middle of a case; both meet what somebody said."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import FilePayload, Page, expect

from command_centre.demo_desk import Desk
from evidence_store.reader import LogReader
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in, speak
from tests.browser.test_accessibility import violations
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

BAD = "时间,项目,数值,单位\n2026-05-12 09:01,氧气,20.9,%VOL\n2026-05-12 09:02,氧气,二十,%VOL\n"
GOOD = "时间,项目,数值,单位,来源\n2026-05-12 09:01,氧气,20.9,%VOL,四合一检测仪\n"


def _file(text: str) -> FilePayload:
    return {"name": "检测仪.csv", "mimeType": "text/csv", "buffer": text.encode()}


def quote_of(person: str) -> str:
    """What the permit says."""
    return f"作业负责人：{person}"


async def _states(page: Page, person: str) -> None:
    """Writes down what a permit says; a value that cannot be taken is said before it is kept."""
    await page.get_by_test_id("fact-add").click()
    await page.get_by_test_id("fact-document").select_option("by hand")
    await page.get_by_test_id("fact-name").fill("动火作业审批单")
    await page.get_by_test_id("fact-quote").fill(quote_of(person))
    await page.get_by_test_id("fact-point").select_option("p1")
    await expect(page.get_by_test_id("fact-slot")).to_have_value("who_ordered")
    entered = page.get_by_test_id("fact-entered")
    await entered.fill("孙悟空")
    await expect(page.get_by_test_id("fact-read")).to_contain_text("没有叫“孙悟空”的人")
    await expect(page.get_by_test_id("fact-keep")).to_be_disabled()
    await entered.fill(person)
    await expect(page.get_by_test_id("fact-read")).to_contain_text(f"理解为：{person}")
    assert await violations(page) == []
    await page.get_by_test_id("fact-keep").click()
    await expect(page.get_by_test_id("fact-kept")).to_be_visible()
    fact = page.get_by_test_id("fact").first
    await expect(fact).to_contain_text(quote_of(person))
    await expect(fact.get_by_test_id("fact-value")).to_have_text(person)


async def _loads(page: Page) -> None:
    """A file with a mistake says its line; the right one shows its range and is withdrawn."""
    logs = page.get_by_test_id("stored-log")
    before = await logs.count()
    await page.get_by_test_id("log-add").click()
    await page.get_by_test_id("log-file").set_input_files(_file(BAD))
    await page.get_by_test_id("log-take").click()
    await expect(page.get_by_test_id("log-problem")).to_have_text(
        "第 3 行：“二十”不是数字，应如 20.9"
    )
    assert await violations(page) == []
    await page.get_by_test_id("log-file").set_input_files(_file(GOOD))
    await page.get_by_test_id("log-take").click()
    await expect(logs).to_have_count(before + 1)
    mine = logs.filter(has_text="四合一检测仪")
    await expect(mine).to_contain_text("2026-05-12 09:01:00")
    await expect(mine).to_contain_text("UTC+08:00")
    await mine.get_by_test_id("log-withdraw").click()
    await page.get_by_test_id("withdraw-reason").fill("不是本案的仪器")
    await page.get_by_test_id("withdraw-confirm").click()
    await expect(logs).to_have_count(before)


async def test_a_permit_and_a_detector_file_arrive_in_the_middle(
    installation: Installation,
) -> None:
    store = installation.store
    async with (
        installation.desk("lin") as desk,
        browser(width=1440, height=900) as context,
        installation.publishing("room1-camera", start_s=92.0),
    ):
        await desk.post("/api/rooms/room1/session", {})
        people = (await desk.get(f"/api/cases/{store.case}"))["people"]
        # whoever it is, it is not whom the one questioned names (李某)
        person = next(one["name"] for one in people if one["name"][0] not in "张李")
        page = await context.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["lin"])
        async with seen_when_failed(page):
            await page.goto(f"{store.address}/cases/{store.case}?part=documents")
            await page.get_by_test_id("to-stated").click()
            await expect(page.get_by_test_id("stated-panel")).to_be_visible()
            await _states(page, person)
            await _loads(page)
            assert await violations(page) == []
            await speak(page, "en")
            await expect(page.get_by_test_id("stated-panel")).to_contain_text("What documents")
            await speak(page, "zh-CN")
            found = None
            while found is None:
                case = await desk.get(f"/api/cases/{store.case}")
                found = next(
                    (
                        one["finding"]
                        for one in case["differences"]
                        if one["finding"]["kind"] == "document"
                        and one["finding"]["b"]["text"] == quote_of(person)
                    ),
                    None,
                )
                await page.wait_for_timeout(500)
            await page.goto(f"{store.address}/cases/{store.case}/differences/{found['id']}")
            sides = page.get_by_test_id("compare-side")
            await expect(sides.nth(0).get_by_test_id("compare-quote")).not_to_be_empty()
            await expect(sides.nth(1)).to_contain_text(quote_of(person))
            await expect(sides.nth(1)).to_contain_text("动火作业审批单")
            await page.goto(f"{store.address}/cases/{store.case}/stated")
            await page.get_by_test_id("fact-withdraw").first.click()
            await page.get_by_test_id("withdraw-confirm").click()
            await expect(page.get_by_test_id("facts-withdrawn")).to_be_visible()
            while not await _gone(desk, store.case, found["id"]):
                await page.wait_for_timeout(500)
        # the refused value and the refused file are answers of 400
        assert [one for one in complaints.found if "400" not in one] == []
    reader = LogReader(store.directory / "centre" / "log")
    kinds = [json.loads(data)["kind"] for data in reader.entries(0, reader.checkpoint().size)]
    for kind in ("fact.stated", "fact.withdrawn", "case.device_log_withdrawn"):
        assert kinds.count(kind) == 1


async def _gone(desk: Desk, case: str, difference: str) -> bool:
    found = (await desk.get(f"/api/cases/{case}"))["differences"]
    return any(one["finding"]["id"] == difference and one.get("gone_us") for one in found)
