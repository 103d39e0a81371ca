"""Lists of a case, each walked: evidence, custody, copies, members, the timeline, points."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.browser import Errors, browser, seen_when_failed, sign_in, speak
from tests.browser.test_accessibility import violations
from tests.e2e.installation import Installation, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

SOURCE = "room1-camera"
RECORDED_S = 6.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """One sealed session, one exported package."""
    async with running(tmp_path_factory.mktemp("lists") / "store") as started:
        store = started.store
        async with started.desk("lin") as desk:
            session = (await desk.post("/api/rooms/room1/session", {}))["id"]
            async with started.publishing(SOURCE, start_s=85.0):
                await asyncio.sleep(RECORDED_S)
            await desk.post(f"/api/sessions/{session}/close", {"reason": "done"})
            job = await desk.post("/api/exports", {"case": store.case, "reason": "移送"})
            async with asyncio.timeout(60):
                while (await desk.get(f"/api/jobs/{job['job']}"))["state"] != "done":
                    await asyncio.sleep(0.3)
        yield started


async def _at(page: Page, installation: Installation, account: str, path: str) -> None:
    store = installation.store
    await sign_in(page, store.address, store.accounts[account])
    await page.goto(f"{store.address}{path.format(case=store.case)}")


async def _exported(page: Page, name: str) -> str:
    """What the export of a list holds."""
    async with page.expect_download() as started:
        await page.get_by_test_id(f"list-{name}-export").click()
    file = await (await started.value).path()
    said = page.get_by_test_id(f"list-{name}-said")
    await expect(said).to_contain_text("已导出")
    await expect(said).to_be_visible()
    return await asyncio.to_thread(Path(file).read_text, encoding="utf-8")


async def test_evidence_leads_to_its_review_and_its_verification(
    installation: Installation,
) -> None:
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        errors = Errors(page, installation.store.address)
        async with seen_when_failed(page):
            await _at(page, installation, "lin", "/cases/{case}?part=evidence")
            row = page.get_by_test_id("evidence-recording")
            await expect(row).to_have_count(1)
            await expect(row).to_contain_text("已封存")
            await expect(row).to_contain_text(re.compile(r"\d MB"))
            await expect(row).to_contain_text("未单独核验")
            assert await violations(page) == []
            table = await _exported(page, "evidence")
            assert "录音录像" in table
            assert "已封存" in table
            await row.get_by_test_id("evidence-review").click()
            await expect(page.get_by_test_id("review-now")).to_be_visible()
            assert SOURCE in page.url
            await page.go_back()
            await row.get_by_test_id("evidence-verify").click()
            await expect(page.get_by_test_id("audit-target")).to_contain_text("张某")
            await page.get_by_test_id("audit-verify").click()
            verdict = page.get_by_test_id("audit-verdict")
            await expect(verdict).not_to_have_attribute("data-verdict", "", timeout=60_000)
            await page.go_back()
            await expect(row).to_contain_text("完整")
        assert errors.found == []


async def test_an_export_that_fails_is_seen(installation: Installation) -> None:
    async with browser(width=390, height=844) as context:
        page = await context.new_page()
        async with seen_when_failed(page):
            await _at(page, installation, "shen", "/audit/{case}/access?view=looks")
            await expect(page.get_by_test_id("list-access-looks").locator("tbody")).to_be_visible()
            await page.route("**/access?**", lambda route: route.abort())
            await page.get_by_test_id("list-access-looks-export").click()
            said = page.get_by_test_id("list-access-looks-said")
            await expect(said).to_have_attribute("data-tone", "failed")
            await expect(said).to_contain_text("没有导出")
            await expect(said).to_be_in_viewport()


async def _choose(page: Page, box: Locator, name: str | None = None) -> None:
    await box.click()
    options = page.get_by_role("option", name=name) if name else page.get_by_role("option")
    await options.first.click()


async def test_evidence_is_handed_to_a_keeper_who_takes_it(installation: Installation) -> None:
    async with browser(width=1440, height=900) as context, browser() as others:
        page, keeper = await context.new_page(), await others.new_page()
        errors = Errors(page, installation.store.address)
        async with seen_when_failed(page):
            await _at(page, installation, "lin", "/cases/{case}?part=evidence")
            panel = page.get_by_test_id("custody-panel")
            await expect(panel).to_contain_text("还没有移交过")
            await _choose(page, page.get_by_test_id("custody-to"))
            await page.get_by_test_id("custody-note").fill("硬盘一块，封签 0042")
            await page.get_by_test_id("custody-offer").click()
            step = page.get_by_test_id("custody-step")
            await expect(step).to_have_attribute("data-state", "offered")
            await expect(step).to_contain_text("封签 0042")
            await _at(keeper, installation, "admin", "/admin/storage")
            await keeper.get_by_test_id("keeping-accept").click()
            await expect(step).to_have_attribute("data-state", "accepted", timeout=15_000)
            await expect(panel).to_contain_text("保管")
            assert "封签 0042" in await _exported(page, "custody")
        assert errors.found == []


async def test_a_copy_of_a_package_is_noted(installation: Installation) -> None:
    async with browser(width=390, height=844) as context:
        page = await context.new_page()
        async with seen_when_failed(page):
            await _at(page, installation, "lin", "/cases/{case}?part=evidence")
            row = page.get_by_test_id("package")
            await expect(row).to_contain_text("移送")
            await row.get_by_test_id("copy-add").click()
            await row.get_by_text("副本", exact=True).click()
            await row.get_by_test_id("copy-label").fill("光盘 1/2")
            await row.get_by_test_id("copy-put").click()
            await expect(row).to_contain_text("副本，光盘 1/2")
            await expect(row.get_by_test_id("copy-add")).to_be_visible()
            assert await violations(page) == []


async def test_members_are_removed_brought_back_and_added(installation: Installation) -> None:
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        errors = Errors(page, installation.store.address)
        async with seen_when_failed(page):
            await _at(page, installation, "lin", "/cases/{case}?part=people")
            sun = page.get_by_test_id("member").filter(has_text="孙某某")
            await sun.get_by_test_id("member-remove").click()
            await expect(sun).to_contain_text("立即看不到本案")
            await sun.get_by_test_id("member-remove-now").click()
            await expect(sun).to_have_count(0)
            await page.get_by_test_id("member-undo").click()
            await expect(sun).to_have_count(1)
            await sun.get_by_test_id("member-remove").click()
            await sun.get_by_test_id("member-remove-now").click()
            await expect(sun).to_have_count(0)
            await page.get_by_test_id("member-add").click()
            await _choose(page, page.get_by_test_id("member-who"), "孙某某")
            await page.get_by_test_id("member-put").click()
            await expect(sun).to_contain_text("询问人")
            assert "孙某某" in await _exported(page, "members")
        assert errors.found == []


async def test_the_timeline_leads_to_record_and_review(installation: Installation) -> None:
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        errors = Errors(page, installation.store.address)
        async with seen_when_failed(page):
            await _at(page, installation, "lin", "/cases/{case}")
            timeline = page.get_by_test_id("timeline")
            await timeline.get_by_test_id("session-record").first.click()
            await page.wait_for_url("**/record/**")
            await expect(page.get_by_test_id("record-panel")).to_be_visible()
            await page.go_back()
            await timeline.get_by_test_id("timeline-review").click()
            await expect(page.get_by_test_id("review-now")).to_be_visible()
            await page.go_back()
            evidence = page.get_by_test_id("evidence")
            await evidence.get_by_role("link", name="录音录像").first.click()
            await expect(page.get_by_test_id("review-now")).to_be_visible()
        assert errors.found == []


async def test_looking_back_is_in_sight_on_a_phone(installation: Installation) -> None:
    """In either language, without scrolling sideways."""
    async with browser(width=390, height=844) as context:
        page = await context.new_page()
        async with seen_when_failed(page):
            await _at(page, installation, "lin", "/cases/{case}")
            for language in ("zh-CN", "en"):
                await speak(page, language)
                link = page.get_by_test_id("timeline-review")
                await expect(link).to_contain_text("Review" if language == "en" else "回放")
                await link.scroll_into_view_if_needed()
                await expect(link).to_be_in_viewport(ratio=1)
                assert await link.evaluate("e => e.scrollWidth <= e.clientWidth")


async def test_points_are_taken_from_a_template(installation: Installation) -> None:
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        errors = Errors(page, installation.store.address)
        async with seen_when_failed(page):
            await _at(page, installation, "lin", "/wall/{case}")
            await page.get_by_test_id("mode-matrix").click()
            points = page.locator('button[data-testid^="point-"]')
            await expect(points.first).to_be_visible()
            before = await points.count()
            await page.get_by_test_id("templates-open").click()
            taken = page.locator('input[data-testid^="template-"]:enabled').first
            words = await taken.locator("xpath=..").locator("b").inner_text()
            await taken.check()
            await page.get_by_test_id("template-take").click()
            await expect(points).to_have_count(before + 1)
            await expect(page.get_by_text(words).first).to_be_visible()
        assert errors.found == []
