"""What a visitor of the demo finds at the start: one story, really recorded, at every desk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import expect

from command_centre import demo_before, demo_fill, demo_papers
from command_centre.demo_before import Earlier
from command_centre.demo_ink import can_write, signature
from command_centre.record.strokes import check_strokes
from evidence_store.verify import verify_path
from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.demo.conftest import DemoRun
from tests.e2e.installation import Installation, running


@pytest.mark.parametrize("name", ["张某", "吴某某", "马某某"])
def test_the_handwriting_of_the_story_fits_the_pad(name: str) -> None:
    ink = signature(name, "foot", 1)
    check_strokes(ink["strokes"])
    assert 0 < ink["to_us"] - ink["from_us"] < 20_000_000
    assert signature(name, "foot", 2)["strokes"] != ink["strokes"]


def test_a_name_that_is_not_drawn_is_refused() -> None:
    with pytest.raises(KeyError):
        signature("钱某", "foot", 1)
    assert can_write("李某")
    assert not can_write("钱某")
    assert not can_write("")


#: Of each person: a page, and what of the story stands on it.
_PAGES: dict[str, Sequence[tuple[str, Sequence[str]]]] = {
    "lin": (
        ("/cases", ("油库动火案", "木器厂粉尘清扫案")),
        ("/cases/{case}", ("调取 5 月 12 日动火作业票存根",)),
        ("/cases/{case}?part=evidence", ("R0018.MP4", "光盘 2026-014-01", "现由管理员保管")),
        ("/audit/{case}", ("当事人已提出陈述申辩，结案前不得清除",)),
        ("/cases/{case}?part=documents", ("张某 第 1 稿", "案件审核，移送法制审核前备份")),
        ("/cases/{case}/exhibits", ("隔油池池口现场照片",)),
        ("/handover", ("R0018.MP4",)),
        ("/search?q=赔付", ("被询问人称单位内部已处理、已赔付，待核实",)),
    ),
    "wu": (
        ("/cases/{case}?part=documents", ("张某 第 1 稿",)),
        ("/cases/{case}/record/{session}", ("第 1 稿",)),
        ("/receipt/{session}", ("（渭）应急立〔2026〕014号",)),
    ),
    "shen": (
        ("/audit", ("油库动火案",)),
        ("/audit/{case}", ("案件审核，移送法制审核前备份",)),
        ("/audit/{case}/log", ("林某某",)),
        ("/audit/centre", ("完整",)),
        ("/audit/{case}/access", ("林某某",)),
    ),
    "admin": (
        ("/admin/accounts", ("吴某某",)),
        ("/admin/rooms", ("询问室 1",)),
        ("/admin/sources", ("记录仪 02",)),
    ),
}


@pytest.mark.e2e
@pytest.mark.model
@pytest.mark.browser
@pytest.mark.slow
async def test_every_desk_finds_what_happened_before(demo_run: DemoRun) -> None:
    assert "the earlier sessions are verified" in demo_run.done.stdout, demo_run.done.stdout
    said: list[str] = []
    async with running(demo_run.store) as installation:
        store = installation.store
        earlier = await demo_before.happen(store, said.append)
        assert earlier is not None
        assert said == []  # not a second time
        await demo_fill.fill(store)
        await demo_papers.file(store, earlier, said.append)
        await _holds_together(installation, earlier)
        for account in _PAGES:
            await _walked(installation, account, earlier)
    report = await asyncio.to_thread(verify_path, store.directory)
    assert report.exit_code == 0, report.findings
    assert report.totals.late_files == 1


async def _holds_together(installation: Installation, earlier: Earlier) -> None:
    case = f"/api/cases/{installation.store.case}"
    async with installation.desk("lin") as desk:
        questioning = await desk.get(f"/api/sessions/{earlier.questioning}")
        inspection = await desk.get(f"/api/sessions/{earlier.inspection}")
        [document] = (await desk.get(f"{case}/documents"))["documents"]
        record = await desk.get(f"/api/sessions/{earlier.questioning}/record")
        review = await desk.get(f"{case}/review?sessions={earlier.questioning}")
        alarms = await desk.get(f"{case}/alarms")
        custody = await desk.get(f"{case}/custody")
        packages = (await desk.get(f"{case}/packages"))["packages"]
    [camera] = questioning["recordings"]
    assert 30e6 < camera["recorded_us"] < 90e6
    [body_camera] = inspection["recordings"]
    assert body_camera["gap_us"] > 2_000_000
    [late] = inspection["late"]
    assert late["name"] == "R0018.MP4"
    assert document["state"] == "signed"
    assert document["signatures"] == len(document["places"])
    assert document["shown"] == [*range(1, document["pages"] + 1)]
    assert "处理过" in "".join(line["text"] for line in record["lines"])
    assert len(review["notes"]) == 2
    assert any(one.get("acknowledged_us") for one in alarms["alarms"])
    assert custody["keeper"] == installation.store.accounts["admin"].name
    assert [len(one["copies"]) for one in packages if one["reason"] != "演示导出"] == [1]


async def _walked(installation: Installation, account: str, earlier: Earlier) -> None:
    store = installation.store
    named: dict[str, Any] = {"case": store.case, "session": earlier.questioning}
    async with browser(width=1440, height=900) as opened:
        page = await opened.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts[account])
        async with seen_when_failed(page):
            for path, texts in _PAGES[account]:
                await page.goto(store.address + path.format(**named))
                for text in texts:
                    await expect(page.get_by_text(text).first, path).to_be_visible()
        assert complaints.found == []
