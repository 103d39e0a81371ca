"""What an auditor does at the desk: a session, its gaps, who vouches for it, proofs to take along.

On a real store with a recorder that is none; nothing here changes the case, and the pages offer
nothing that would.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from command_centre.local_authority import LocalAuthority
from command_centre.record.typeset import page_texts
from config.recorders import log_origins
from evidence_store.export import zip_package
from evidence_store.own_witness import log_keys
from evidence_store.verify import verify_path
from evidence_store.witness_directory import WitnessDirectory, trust_logs
from tests.browser.clicks import Clicks
from tests.browser.test_accessibility import violations
from tests.browser.test_export_dialog import audit_desk, opened, playing
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import Audit
from tests.command_centre.test_checks import _altered
from tests.command_centre.test_stamping import stamp
from tests.command_centre.test_witnessing import Serving, settings_for, vouchers
from tests.evidence_store.builder import export, make_store, open_writer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Nothing is wrong; whether the centre's own witness has seen the end by then is chance.
GOOD = re.compile("^(complete|complete_with_gaps|not_yet_witnessed)$")


@asynccontextmanager
async def vouched_desk(tmp_path: Path) -> AsyncIterator[tuple[Audit, str]]:
    """A desk over a log that two witnesses have cosigned and an authority has stamped."""
    store, session = await playing(tmp_path)
    await asyncio.to_thread(lambda: open_writer(store, "centre").close())
    authority = LocalAuthority(tmp_path / "authority")
    await asyncio.to_thread(authority.make)
    await stamp(store, authority)
    outside = WitnessDirectory(tmp_path / "outside", "witness.example/1")
    try:
        for one in log_keys(store, log_origins("duizhi.local/recorder-1", 1)):
            trust_logs(tmp_path / "outside", [one.text])
        serving = Serving(outside)
        notary = f"notary {outside.keys[0].text} {serving.url}"
        settings = settings_for(store, notary)
        with serving.running():
            async with vouchers(settings, []) as part:
                await part.settle()
    finally:
        outside.close()
    witness = {"outside": [notary], "timeout_seconds": 5.0}  # away by now: what it said counts
    async with audit_desk(tmp_path, (store, session), witness=witness) as running:
        yield running


async def verified(page: Page) -> None:
    """Press the button and wait for the sentence."""
    await page.get_by_test_id("audit-verify").click()
    await expect(page.get_by_test_id("audit-verdict")).to_have_attribute("data-verdict", GOOD)


async def test_who_saw_and_who_stamped_every_second(tmp_path: Path) -> None:
    desk, end = vouched_desk(tmp_path), "404"  # the player asks on until there is no more
    async with desk as (audit, address), opened(audit, address, besides=end) as page:
        await page.get_by_test_id("strip-room1-camera").click()
        for kind in ("cosigned", "stamped"):  # nothing is said before anybody has looked
            await expect(page.get_by_test_id(f"rung-{kind}")).to_have_attribute("data-tone", "open")
        await verified(page)
        await expect(page.get_by_test_id("audit-verdict")).to_contain_text("经 2 个见证方见证至")
        witnesses = page.get_by_test_id("voucher-cosigned")
        assert [await one.get_attribute("data-by") for one in await witnesses.all()] == [
            *("centre", "notary", "recorder-1")
        ]
        await expect(witnesses.first).to_contain_text("指挥中心")
        await expect(page.locator("[data-by=tsa]")).to_contain_text("序列号 0x")
        strip = page.get_by_test_id("strip-room1-camera")
        for kind in ("cosigned", "stamped"):
            await expect(strip.locator(f"[data-vouched={kind}]")).to_have_count(1)
            await expect(page.get_by_test_id(f"rung-{kind}")).to_have_attribute("data-tone", "yes")
        await expect(page.get_by_test_id("rung-cosigned")).to_contain_text("指挥中心")
        await expect(page.get_by_test_id("rung-cosigned")).to_contain_text("notary")
        await expect(page.get_by_test_id("rung-stamped")).to_contain_text("tsa")
        spoken = await strip.get_attribute("aria-valuetext")
        assert spoken is not None
        assert "2 个见证方已见证" in spoken
        assert "有时间戳" in spoken
        assert await violations(page) == []
        package = await asyncio.to_thread(export, audit.store, tmp_path / "out", audit.session)
        await asyncio.to_thread(zip_package, package, tmp_path / "p.zip")
        await page.goto(f"{address}/audit/package")
        await _drop(page, tmp_path / "p.zip")
        await page.get_by_test_id("check-go").click()
        result = page.get_by_test_id("check-result-1")
        await expect(result.locator("[data-by=notary]")).to_contain_text("覆盖至")
        await expect(result.locator("[data-by=tsa]")).to_contain_text("序列号 0x")


async def test_one_session_its_gaps_and_what_is_taken_along(tmp_path: Path) -> None:
    store, (session,) = await asyncio.to_thread(make_store, tmp_path / "store", gap=True)
    async with audit_desk(tmp_path, (store, session)) as (audit, address):
        async with opened(audit, address) as page:
            gaps = page.get_by_test_id("audit-gaps").locator("tr[data-kind]")
            await expect(gaps).to_have_count(1)
            await expect(gaps).to_contain_text("3 秒")
            await expect(gaps).to_contain_text("网络中断")
            await gaps.get_by_role("button").click()
            await expect(page.get_by_test_id("audit-proof")).to_contain_text("已申明的缺口")
            # one session alone
            await page.get_by_test_id("audit-target").click()
            await page.locator(".el-select-dropdown__item:visible").nth(1).click()
            await verified(page)
            async with audit.client() as client:
                told = (await client.get(f"/api/cases/{CASE}/verifications")).json()
            assert [one["target"] for one in told["verifications"]] == [session]
            async with page.expect_download() as started:
                await page.get_by_test_id("audit-report").click()
            await (await started.value).save_as(tmp_path / "report.pdf")
            text = "".join("".join(page_texts((tmp_path / "report.pdf").read_bytes())).split())
            assert "1处已申明缺口（3秒）" in text
            # the proofs of all its entries, which anybody can check
            files = page.get_by_test_id("audit-proof-files")
            await files.locator("summary").click()
            async with page.expect_download() as taken:
                await files.get_by_role("link").click()
            await (await taken.value).save_as(tmp_path / "proofs.zip")
        report = await asyncio.to_thread(verify_path, tmp_path / "proofs.zip")
        assert (report.verdict, report.findings) == ("complete", [])
        assert report.totals.entries > 5
        assert audit.centre_kinds()[-1] == "access.case"


async def test_a_package_to_its_exceptions_and_the_report(tmp_path: Path) -> None:
    async with audit_desk(tmp_path) as (audit, address), opened(audit, address) as page:
        package = await asyncio.to_thread(export, audit.store, tmp_path / "out", audit.session)
        await asyncio.to_thread(zip_package, package, tmp_path / "p.zip")
        path = tmp_path / "p.zip"
        path.write_bytes(_altered(path.read_bytes()))
        await page.goto(f"{address}/audit/package")
        clicks = await Clicks.on(page)
        async with clicks.journey("package"):
            await _drop(page, path)
            await page.get_by_test_id("check-go").click()
            result = page.get_by_test_id("check-result-1")
            await expect(result).to_have_attribute("data-verdict", "altered")
            await expect(result.get_by_role("list", name="核验发现").locator("li")).to_have_count(1)
            async with page.expect_download() as started:
                await page.get_by_test_id("check-report").click()
            await (await started.value).save_as(tmp_path / "report.pdf")
        text = "".join("".join(page_texts((tmp_path / "report.pdf").read_bytes())).split())
        assert "已更改" in text


#: What changes a case, on the auditor's own page.
CHANGING = ("audit-redact", "hold-case", "agree")


async def test_an_auditor_is_offered_nothing_that_changes_the_case(tmp_path: Path) -> None:
    async with audit_desk(tmp_path) as (audit, address), opened(audit, address) as page:
        await expect(page.get_by_test_id("retention")).to_contain_text("保存至")
        for name in CHANGING:
            await expect(page.get_by_test_id(name)).to_have_count(0)
        # one button, and that only takes the list along
        buttons = page.get_by_test_id("retention").get_by_role("button")
        await expect(buttons).to_have_attribute("data-testid", re.compile("^list-.+-export$"))
        await page.get_by_test_id("audit-export").click()
        await expect(page.get_by_test_id("export-reason")).to_be_visible()
        await expect(page.get_by_test_id("export-partial")).to_have_count(0)


async def test_a_hold_and_the_two_words_of_an_end(tmp_path: Path) -> None:
    async with audit_desk(tmp_path) as (audit, address):
        async with opened(audit, address, role="manager") as page:
            keep = page.get_by_test_id("retention")
            await page.get_by_test_id("hold-case").click()
            await page.get_by_test_id("retention-reason").fill("复议期间不得销毁")
            await page.get_by_test_id("retention-do").click()
            held = keep.locator("li.whole")
            await expect(held).to_contain_text("复议期间不得销毁")
            await held.get_by_role("button").click()
            await page.get_by_test_id("retention-reason").fill("复议已结束")
            await page.get_by_test_id("retention-do").click()
            await expect(held).to_have_count(0)
            body = {"proposal": "re-1", "session": audit.session, "case": CASE}
            over = {**body, "category": "ordinary", "until_us": 1, "by": "system"}
            await audit.context.log.append("retention.proposed", over)
            await page.reload()
            await page.get_by_test_id("agree").click()
            await page.get_by_test_id("retention-do").click()
            await expect(keep).to_contain_text("还需另一人")
            await expect(page.get_by_test_id("agree")).to_have_count(0)
        async with opened(audit, address, role="administrator", to="/admin/storage") as page:
            row = page.get_by_test_id("keeping-end")
            await expect(row).to_contain_text("已同意")
            await expect(page.get_by_test_id("keeping-agree")).to_be_enabled()
            assert await violations(page) == []
            await page.get_by_test_id("keeping-keep").click()
            await expect(page.get_by_test_id("keeping-do")).to_be_disabled()
            await page.get_by_test_id("keeping-reason").fill("上级检查需要")
            await page.get_by_test_id("keeping-do").click()
            await expect(row).to_have_count(0)
    assert [one for one in audit.centre_kinds() if one.startswith(("hold.", "retention."))] == [
        *("hold.placed", "hold.lifted"),
        *("retention.proposed", "retention.confirmed", "retention.refused"),
    ]


async def _drop(page: Page, path: Path) -> None:
    await page.get_by_test_id("check-first").locator("input").set_input_files(path)
    await expect(page.get_by_test_id("check-first")).to_have_attribute("data-ready", "true")


async def test_what_was_begun_and_left_is_found_again(tmp_path: Path) -> None:
    """A check, left while it runs and reloaded; an export, found from another page."""
    async with audit_desk(tmp_path) as (audit, address), opened(audit, address) as page:
        package = await asyncio.to_thread(export, audit.store, tmp_path / "out", audit.session)
        await asyncio.to_thread(zip_package, package, tmp_path / "p.zip")
        await page.goto(f"{address}/audit/package")
        await _drop(page, tmp_path / "p.zip")
        async with page.expect_response("**/api/checks"):
            await page.get_by_test_id("check-go").click()
        await expect(page).to_have_url(re.compile(r"\?job=jb-"))
        await page.goto(f"{address}/audit")
        jobs = page.get_by_test_id("jobs")
        await jobs.get_by_test_id("jobs-open").click()
        checked = jobs.get_by_test_id("job-check")
        await expect(checked).to_have_attribute("data-state", "done")
        assert await violations(page) == []
        await checked.get_by_role("link").click()
        result = page.get_by_test_id("check-result-1")
        await expect(result).to_have_attribute("data-verdict", GOOD)
        await page.reload()
        await expect(result).to_have_attribute("data-verdict", GOOD)
        # the centre tells of it: a page that was only opened shows how an export ends
        async with audit.client() as client:
            await audit.done(client, "/api/exports", case=CASE, reason="移送")
        await jobs.get_by_test_id("jobs-open").click()
        packed = jobs.get_by_test_id("job-export")
        await expect(packed).to_have_attribute("data-state", "done")
        async with page.expect_download() as started:
            await packed.get_by_role("link").first.click()
        assert (await started.value).suggested_filename.endswith(".zip")
        await page.keyboard.press("Escape")
        await expect(packed).to_have_count(0)


async def test_a_package_goes_on_after_a_break(tmp_path: Path) -> None:
    desk, lost = audit_desk(tmp_path), "ERR_FAILED"
    async with desk as (audit, address), opened(audit, address, besides=lost) as page:
        package = await asyncio.to_thread(export, audit.store, tmp_path / "out", audit.session)
        await asyncio.to_thread(zip_package, package, tmp_path / "p.zip")
        size = (tmp_path / "p.zip").stat().st_size
        with (tmp_path / "p.zip").open("ab") as file:  # so long that it comes in three pieces
            file.truncate(size + (9 << 20))
        pieces = 0

        async def one_piece(route: Route) -> None:
            nonlocal pieces
            pieces += (piece := route.request.method == "PATCH")
            if piece and pieces == 2:
                await route.abort()  # the connection breaks in the middle
            else:
                await route.continue_()

        await page.route("**/packages/*", one_piece)
        await page.goto(f"{address}/audit/package")
        await (
            page.get_by_test_id("check-first").locator("input").set_input_files(tmp_path / "p.zip")
        )
        await expect(page.get_by_test_id("check-first")).to_have_attribute("data-ready", "true")
        assert pieces == 4  # one of the three was sent again, none but that
        (kept,) = (audit.store / "checks").glob("*.zip")
        assert kept.read_bytes() == (tmp_path / "p.zip").read_bytes()


async def test_the_log_of_what_belongs_to_no_case(tmp_path: Path) -> None:
    async with audit_desk(tmp_path) as (audit, address):
        created = {
            "id": "ac-9",
            "account": "qian",
            "name": "钱某",
            "role": "auditor",
            "cases": "own",
        }
        await audit.context.log.append(
            "account.create", {**created, "by": "x", "by_name": "管理员"}
        )
        async with opened(audit, address, to="/audit") as page:
            await page.get_by_test_id("audit-centre").click()
            line = page.get_by_test_id("entry-account.create").filter(has_text="钱某")
            await expect(line).to_contain_text("法制审核")
            await line.get_by_role("button").click()
            panel = page.get_by_test_id("entry-panel")
            await expect(panel).to_have_attribute("data-proved", "true")
            assert await violations(page) == []
            async with page.expect_download() as started:
                await page.get_by_test_id("entry-download").click()
            await (await started.value).save_as(tmp_path / "proof.zip")
            report = await asyncio.to_thread(verify_path, tmp_path / "proof.zip")
            assert (report.verdict, report.totals.entries) == ("complete", 1)
        async with opened(audit, address, role="administrator", to="/admin/log") as page:
            await expect(
                page.get_by_test_id("entry-account.create").filter(has_text="钱某")
            ).to_be_visible()
            assert await violations(page) == []
