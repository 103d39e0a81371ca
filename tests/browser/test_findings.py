"""The record of an inspection: findings that do not agree with the site, settled and signed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from command_centre.desk.recorder_port import append
from command_centre.recorder_router import RecorderRouter
from command_centre.zmq_bus import ZmqBus
from config.recorders import recorder_names
from evidence_store.verify import verify_path
from tests.browser.browser import Errors, Look, browser, nothing, seen_when_failed, sign_in
from tests.browser.test_accessibility import violations
from tests.browser.test_record import sign_everything
from tests.e2e.installation import Installation, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

_SOURCE = "bodycam-02"
#: What was said on site, and how long after what is written about it.
_SAID = (("灭火器这边三具都压力不足", -3), ("池口有警示标志，就是掉下来了", -2))
_MARKED = ("灭火器2具压力不足", "池口无警示标志")
_BY_HAND = "操作平台护栏缺失"


async def test_findings_are_settled_before_the_record_is_signed(
    installation: Installation,
) -> None:
    store = installation.store
    session = await opened(installation)
    async with browser(width=1280, height=800) as tablet:
        page = await tablet.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["lin"])
        async with seen_when_failed(page), installation.publishing(_SOURCE):
            await inspected(installation, session)
            await findings_settled(installation, page, session, nothing)
            await sign_everything("", page, nothing)
        assert complaints.found == []
    async with installation.desk("lin") as lin:
        [document] = (await lin.get(f"/api/sessions/{session}/record"))["documents"]
        assert document["state"] == "signed"
        await lin.post(f"/api/sessions/{session}/close", {"reason": "检查结束"})
    report = await asyncio.to_thread(verify_path, store.directory)
    assert report.exit_code == 0, report.findings


async def opened(installation: Installation) -> str:
    """A session on site."""
    async with installation.desk("lin") as lin:
        return str((await lin.post("/api/rooms/site/session", {}))["id"])


async def inspected(installation: Installation, session: str) -> None:
    """Somebody spoke on site and an officer marked; the record has a text."""
    async with installation.desk("lin") as lin:

        async def recorded() -> bool:
            found = (await lin.get(f"/api/sessions/{session}"))["recordings"]
            return any(one["recorded_us"] > 0 for one in found)

        await until(recorded)
        await _spoken_and_marked(installation, session)
        at = f"/api/sessions/{session}/record"
        await until(lambda: _marked(lin, at))
        record = await lin.get(at)
        header = {**record["header"], "name": "赵某", "interviewers": "吴某某、马某某"}
        by_hand = {**record["lines"][0], "text": _BY_HAND, "t_us": 0, "evidence": ""}
        body = {"base": 0, "header": header, "lines": [*record["lines"], by_hand]}
        await lin.post(f"{at}/text", body)


async def _marked(desk: Any, at: str) -> bool:
    return len((await desk.get(at))["lines"]) == len(_MARKED)


async def _spoken_and_marked(installation: Installation, session: str) -> None:
    settings = installation.store.settings
    recorders = recorder_names(settings.recorder.processes)
    now_us = time.time_ns() // 1000
    async with ZmqBus(settings.bus_path, "test", recorders, settings.bus.high_water) as line:
        bus = RecorderRouter(line, recorders)

        async def entry(kind: str, body: dict[str, Any], t_us: int) -> None:
            key = f"{kind}:test:{t_us}"
            await append(
                bus, key=key, kind=kind, session=session, room="site", body=body, t_us=t_us
            )

        for number, (text, after_s) in enumerate(_SAID):
            at_us = now_us + after_s * 1_000_000
            body: dict[str, Any] = {
                "source": _SOURCE,
                "id": f"site-{number}",
                "speaker": "unknown",
                "text": text,
            }
            body |= {"start_us": at_us, "end_us": at_us + 900_000, "words": []}
            await entry("utterance", body, at_us)
        for number, text in enumerate(_MARKED):
            await entry("marker", {"text": text, "by": "a", "by_name": "吴某某"}, now_us + number)


async def findings_settled(
    installation: Installation, page: Page, session: str, look: Look
) -> None:
    """From the record's page to its document: a number corrected, a denial explained, evidence."""
    store = installation.store
    await page.goto(f"{store.address}/cases/{store.case}/record/{session}")
    listed = page.get_by_test_id("review-differences").locator("li")
    await page.get_by_test_id("record-review").click()
    await expect(listed).to_have_count(3, timeout=30_000)
    number, denial, bare = (listed.nth(at) for at in range(3))
    await expect(number).to_contain_text("灭火器这边三具都压力不足")
    await expect(number).to_have_attribute("data-about", "number")
    await expect(denial).to_have_attribute("data-about", "negation")
    await expect(bare).to_have_attribute("data-kind", "unproved")
    await expect(bare).to_contain_text("第 3 个问题")
    for one in (number, denial):
        await expect(one.locator("a[href*='/moment?']")).to_be_visible()  # plays its moment
    await expect(page.get_by_test_id("record-make")).to_be_disabled()
    assert await violations(page) == []
    await look(page, "findings")

    await number.get_by_role("button", name="改文字").click()
    await page.get_by_test_id("record-lines").locator("textarea").first.fill("灭火器3具压力不足")
    await page.get_by_test_id("finding-pick").nth(2).select_option(index=1)
    await expect(page.get_by_test_id("finding-evidence").nth(2)).not_to_have_value("")
    await page.get_by_test_id("record-review").click()
    await expect(listed).to_have_count(1, timeout=30_000)
    await listed.first.get_by_test_id("review-justify").click()
    await page.get_by_test_id("reason-text").fill("标志已脱落在地，见照片")
    await page.get_by_test_id("reason-give").click()
    await expect(listed).to_have_count(0, timeout=30_000)
    await look(page, "findings-settled")
    await page.get_by_test_id("record-make").click()
    await expect(page.get_by_test_id("record-page")).to_be_visible(timeout=30_000)
