"""A record of questioning on the room's tablet: edited, read back, signed by hand, logged."""

from __future__ import annotations

import asyncio
import math
import re
from pathlib import Path

import pytest
from playwright.async_api import Dialog, Locator, Page, expect

from command_centre.record.pades import signature_states
from evidence_store.verify import verify_path
from tests.browser.browser import (
    Errors,
    Look,
    browser,
    nothing,
    photograph,
    seen_when_failed,
    sign_in,
    speak,
)
from tests.browser.test_accessibility import violations
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]


async def test_a_record_is_read_back_and_signed_on_the_tablet(
    installation: Installation, tmp_path: Path
) -> None:
    store = installation.store
    async with installation.desk("wu") as desk:
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]
        given = await _given_and_reworded(installation, session)
    async with (
        installation.publishing("room1-camera", start_s=85.0),
        browser(width=1280, height=800) as tablet,
    ):
        page = await tablet.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["wu"])
        async with seen_when_failed(page):
            await _reads_the_notice_as_given(installation, page, given)
            await edit(installation, page, nothing)
            await sign_everything(store.accounts["wu"].password, page, nothing)
            signed = await _downloaded(page, tmp_path / "signed.pdf")
        assert complaints.found == []
    states = await asyncio.to_thread(signature_states, signed)
    assert states
    assert all(one.good for one in states)
    async with installation.desk("wu") as desk:
        await desk.post(f"/api/sessions/{session}/close", {"reason": "done"})
    report = await asyncio.to_thread(verify_path, store.directory)
    assert report.exit_code == 0, report.findings


#: What the notice of another day says besides.
REWORDED = {"zh": "你有权在改版之后多听这一句。", "en": "You have the right to one more sentence."}


async def _given_and_reworded(installation: Installation, session: str) -> dict[str, str]:
    """The notice is read, then reworded for later sessions; returns a sentence of it."""
    async with installation.desk("wu") as desk:
        path = f"/api/sessions/{session}/notice"
        read = await desk.post(f"{path}/read", {"language": "zh", "how": "aloud"})
    async with installation.desk("admin") as admin:
        words = {name: read[name] for name in ("title", "title_en")}
        last = {**read["lines"][-1], **REWORDED}
        body = {**words, "lines": [*read["lines"][:-1], last], "despite": True}
        kept = await admin.post("/api/notice-templates/interview", body)
        now = next(one for one in kept["versions"] if one["name"] == kept["in_use"])
        assert now["lines"][-1]["zh"] == REWORDED["zh"]
    return dict(read["lines"][-1])


async def _reads_the_notice_as_given(
    installation: Installation, page: Page, given: dict[str, str]
) -> None:
    """From the record: the words of that session, in either language, not those of today."""
    await page.goto(f"{installation.store.address}/room/room1")
    await page.get_by_test_id("room-record").click()
    shown = page.get_by_test_id("record-notice-dialog")
    for language, name, head in (("en", "en", "Read at"), ("zh-CN", "zh", "已告知")):
        await speak(page, language)
        await page.get_by_test_id("record-notice").click()
        await expect(shown).to_contain_text(head)
        await expect(shown).to_contain_text(given[name])
        await expect(shown).not_to_contain_text(REWORDED[name])
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(shown).to_be_hidden()
    await page.get_by_test_id("record-close").click()


async def test_what_the_person_wants_changed_and_will_not_sign(installation: Installation) -> None:
    """A change that is asked for makes another document; who refuses is named with the reason."""
    store = installation.store
    async with installation.desk("wu") as desk:
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]
    async with (
        installation.publishing("room1-camera", start_s=85.0),
        browser(width=1280, height=800) as tablet,
    ):
        page = await tablet.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["wu"])
        async with seen_when_failed(page):
            await edit(installation, page, nothing)
            await _asks_for_a_change(page)
            await _is_read_aloud(page)
            await _refuses(page)
        assert complaints.found == []
    async with installation.desk("wu") as desk:
        record = await desk.get(f"/api/sessions/{session}/record")
    made, replaced = record["documents"]
    assert replaced["state"] == "replaced"
    assert made["read"] == [1]
    assert [one["reason"] for one in made["refusals"]] == ["要先问过律师"]
    assert [one["witness"] for one in made["refusals"]] == ["钱某 13800000000"]


async def test_what_was_not_saved_is_not_lost(installation: Installation) -> None:
    """Leaving asks; what stays unsaved comes back by one press, here and on its page."""
    store = installation.store
    async with installation.desk("wu") as desk:
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]
    async with (
        installation.publishing("room1-camera", start_s=85.0),
        browser(width=1280, height=800) as tablet,
    ):
        page = await tablet.new_page()
        complaints = Errors(page, store.address)
        await sign_in(page, store.address, store.accounts["wu"])
        async with seen_when_failed(page):
            await page.goto(f"{store.address}/room/room1")
            await page.get_by_test_id("room-record").click()
            await _closes_and_takes_it_back(page)
            await page.goto(f"{store.address}/cases/{store.case}/record/{session}")
            await _leaves_and_takes_it_back(page)
            await page.goto(f"{store.address}/cases/{store.case}/record/{session}")
            await _another_saves_meanwhile(installation, page, session)
            await _signs_out_and_leaves_nothing(page)
        assert complaints.found == []
    async with installation.desk("wu") as desk:
        record = await desk.get(f"/api/sessions/{session}/record")
    assert (record["version"], record["lines"][0]["text"]) == (3, SECOND)


#: What is written into the first line, one after the other.
FIRST, SECOND, THIRD = "这个活儿是谁安排你去的？", "谁安排你去割管线的？", "那天是谁安排的？"


async def _closes_and_takes_it_back(page: Page) -> None:
    line = page.get_by_test_id("record-lines").locator("textarea").first
    ask, left = page.get_by_test_id("record-leave"), page.get_by_test_id("unsaved-record")
    await line.fill(FIRST)
    await _signs_out(page)
    await expect(ask).to_contain_text("退出登录就会清除")
    await photograph(page, "record-log-out")
    await page.get_by_test_id("record-leave-stay").click()
    await expect(ask).to_be_hidden()
    await expect(line).to_have_value(FIRST)
    await page.get_by_test_id("record-close").click()
    await expect(ask).to_contain_text("未保存的修改")
    await photograph(page, "record-leave")
    assert await violations(page) == []
    await page.get_by_test_id("record-leave-stay").click()
    await expect(line).to_have_value(FIRST)
    await page.get_by_test_id("record-close").click()
    await page.get_by_test_id("record-leave-keep").click()
    await expect(page.get_by_test_id("record-panel")).to_have_count(0)
    await expect(left).to_contain_text("张某的笔录有")
    await photograph(page, "record-left")
    assert await violations(page) == []
    await page.reload()  # not with the page either
    await left.get_by_test_id("unsaved-back").click()
    await expect(line).to_have_value(FIRST)
    await expect(left).to_have_count(0)
    await photograph(page, "record-back")
    await page.get_by_test_id("record-give-up").click()
    await expect(line).not_to_have_value(FIRST)
    await page.get_by_test_id("record-put-back").click()
    await expect(line).to_have_value(FIRST)


async def _leaves_and_takes_it_back(page: Page) -> None:
    """The page of its own: by its button, by the way back of the browser; then saved on leaving."""
    line = page.get_by_test_id("record-lines").locator("textarea").first
    await expect(line).to_have_value(FIRST)
    await line.fill(SECOND)
    await page.get_by_test_id("record-close").click()
    await page.get_by_test_id("record-leave-keep").click()
    left = page.get_by_test_id("unsaved-record")
    await expect(left).to_contain_text("张某的笔录有")
    await photograph(page, "case-unsaved")
    assert await violations(page) == []
    await left.get_by_test_id("unsaved-back").click()
    await expect(line).to_have_value(SECOND)
    await page.evaluate("history.back()")
    await page.get_by_test_id("record-leave-stay").click()
    await line.fill(THIRD)
    await page.get_by_test_id("record-close").click()
    await page.get_by_test_id("record-leave-save").click()
    await expect(page.get_by_test_id("timeline")).to_be_visible()
    await expect(left).to_have_count(0)


async def _another_saves_meanwhile(installation: Installation, page: Page, session: str) -> None:
    """Two texts of one record: neither goes, whatever is typed, until one is given up."""
    line = page.get_by_test_id("record-lines").locator("textarea").first
    newer, waits = page.get_by_test_id("record-newer"), page.get_by_test_id("record-unsaved")
    await expect(line).to_have_value(THIRD)
    await line.fill(SECOND)
    async with installation.desk("wu") as desk:
        record = await desk.get(f"/api/sessions/{session}/record")
        record["lines"][0]["text"] = FIRST
        body = {"base": 1, "header": record["header"], "lines": record["lines"]}
        await desk.post(f"/api/sessions/{session}/record/text", body)
    await expect(newer).to_contain_text("存了第 2 稿", timeout=10_000)
    await photograph(page, "record-newer")
    assert await violations(page) == []
    await _stays_in_sight_on_a_phone(page, newer)
    await newer.get_by_test_id("record-take-newer").click()
    await expect(line).to_have_value(FIRST)
    await expect(waits).to_contain_text("之后笔录已存了第 2 稿")
    await photograph(page, "record-older")
    assert await violations(page) == []
    await line.fill(THIRD)
    await page.reload()
    await expect(line).to_have_value(THIRD)
    await page.get_by_test_id("record-put-back").click()
    await expect(line).to_have_value(SECOND)
    aside = waits.and_(page.locator("[data-back=false]"))
    await expect(aside).to_contain_text("先放在一边")
    await photograph(page, "record-aside")
    assert await violations(page) == []
    await aside.get_by_test_id("record-give-up").click()
    await expect(aside).to_have_attribute("data-given", "true")
    await page.get_by_test_id("record-save").click()
    await expect(waits).to_have_count(0)


async def _signs_out_and_leaves_nothing(page: Page) -> None:
    """Asked with the record closed too; who comes next in the tab finds none."""
    left = page.get_by_test_id("unsaved-record")
    await page.get_by_test_id("record-lines").locator("textarea").first.fill(THIRD)
    await page.get_by_test_id("record-close").click()
    await page.get_by_test_id("record-leave-keep").click()
    await expect(left).to_be_visible()
    said: list[str] = []

    async def answer(dialog: Dialog) -> None:
        said.append(dialog.message)
        await (dialog.dismiss() if len(said) == 1 else dialog.accept())

    page.on("dialog", answer)
    await _signs_out(page)
    await expect(left).to_be_visible()
    await _signs_out(page)
    await page.wait_for_url("**/login")
    assert said == ["1 份笔录有未保存的修改，退出登录就会清除。仍要退出吗？"] * 2
    assert "duizhi.record" not in await page.evaluate("Object.keys(sessionStorage).join()")


async def _signs_out(page: Page) -> None:
    way_out = page.get_by_role("menuitem", name="退出登录")
    await expect(way_out).to_be_hidden()  # a menu that still closes is not opened by a press
    await page.locator(".who").click()
    await way_out.click()


async def _stays_in_sight_on_a_phone(page: Page, newer: Locator) -> None:
    """Wherever one writes in the text, and beside that line, not over it."""
    wide = page.viewport_size
    await page.set_viewport_size({"width": 390, "height": 600})
    lines = page.get_by_test_id("record-lines").locator("textarea")
    for line in (lines.last, lines.first):
        await line.focus()
        await line.scroll_into_view_if_needed()
        await expect(newer).to_be_in_viewport(ratio=1)
        band, written = await newer.bounding_box(), await line.bounding_box()
        assert band
        assert written
        assert band["y"] + band["height"] <= written["y"]
    await photograph(page, "record-newer-phone")
    assert await violations(page) == []
    assert wide is not None
    await page.set_viewport_size(wide)


async def _asks_for_a_change(page: Page) -> None:
    """The line is marked in the text; the document that was read back cannot be signed any more."""
    await _read_to_the_end(page)
    await page.get_by_test_id("ask-change").click()
    await page.get_by_test_id("change-line-0").click()
    await page.get_by_test_id("change-what").fill("不是安排我，是叫我去看一下")
    await page.get_by_test_id("change-confirm").click()
    mark = page.get_by_test_id("record-lines").locator("li.marked")
    await expect(mark).to_contain_text("不是安排我，是叫我去看一下")
    # no other document before an officer has settled it
    await expect(page.get_by_test_id("record-review")).to_be_disabled()
    await page.get_by_test_id("record-lines").locator("textarea").first.fill("谁叫你去看一下的？")
    await mark.get_by_role("button", name="已处理").click()
    await expect(page.get_by_test_id("record-lines").locator("li.marked")).to_have_count(0)
    await review(page, nothing)
    await page.get_by_test_id("record-make").click()
    await expect(page.get_by_test_id("record-page")).to_be_visible()


async def _is_read_aloud(page: Page) -> None:
    """Who reads with difficulty has each page read to them, and need not scroll to its end."""
    await page.get_by_test_id("read-aloud").check()
    await expect(page.get_by_test_id("read-aloud-done")).to_be_enabled()
    await expect(page.locator(".pad")).to_have_class(re.compile("disabled"))
    await expect(page.locator(".task")).to_contain_text("已向我宣读")
    await page.get_by_test_id("read-aloud-done").click()
    await expect(page.get_by_test_id("read-aloud-done")).to_contain_text("已记入存证日志")
    await draw(page)
    signed = await page.locator(".signers").inner_text()
    await page.get_by_test_id("pad-confirm").click()
    await expect(page.locator(".signers")).not_to_have_text(signed, use_inner_text=True)


async def _refuses(page: Page) -> None:
    await page.get_by_test_id("refuse").click()
    await expect(page.get_by_test_id("refuse-confirm")).to_be_disabled()
    await page.get_by_test_id("refuse-reason").fill("要先问过律师")
    await page.get_by_test_id("refuse-witness").fill("钱某 13800000000")
    await page.get_by_test_id("refuse-confirm").click()
    await expect(page.locator(".refusals")).to_contain_text("要先问过律师")
    # the officers sign all the same; nobody is asked to sign as the person
    await expect(page.get_by_test_id("sign-password")).to_be_visible()
    await expect(page.get_by_test_id("ask-change")).to_have_count(0)


async def edit(installation: Installation, page: Page, look: Look) -> None:
    """Open the record, write a line and make the document."""
    await page.goto(f"{installation.store.address}/room/room1")
    await expect(page.get_by_test_id("room-recording")).to_be_visible()
    await asyncio.sleep(0)
    await page.get_by_test_id("room-record").click()
    panel = page.get_by_test_id("record-panel")
    await expect(panel).to_contain_text("录制中" if await _chinese(page) else "Recording")
    lines = page.get_by_test_id("record-lines").locator("textarea")
    await expect(lines.first).to_be_visible()
    await lines.first.fill("这个活儿是谁安排你去的？")
    await look(page, "edit")
    await page.get_by_test_id("record-save").click()
    await review(page, look)
    await page.get_by_test_id("record-make").click()
    await expect(page.get_by_test_id("record-page")).to_be_visible()


async def review(page: Page, look: Look) -> None:
    """Settle what the list has: a step is confirmed, grave differences get a reason each."""
    await page.get_by_test_id("record-review").click()
    await expect(page.get_by_test_id("review-panel")).to_be_visible(timeout=30_000)
    await look(page, "review")
    step = page.locator("[data-step=health]")
    if await step.get_attribute("class") == "open":
        await step.locator("button").first.click()
        await expect(step).to_have_class("said", timeout=30_000)
    grave = page.locator("[data-testid=review-differences] .critical")
    left = await grave.count()
    while left:
        await grave.first.get_by_test_id("review-justify").click()
        await page.get_by_test_id("reason-text").fill("与录音核对过，按原意写")
        await page.get_by_test_id("reason-give").click()
        left -= 1
        await expect(grave).to_have_count(left, timeout=30_000)


async def sign_everything(password: str, page: Page, look: Look) -> None:
    """Every place: pages are read to the end, the interviewer signs with the password."""
    confirm = page.get_by_test_id("pad-confirm")
    finish = page.get_by_test_id("record-finish")
    looked: set[str] = set()
    for _ in range(20):
        await expect(confirm.or_(finish)).to_be_visible(timeout=30_000)
        if await finish.is_visible():
            break
        officer = await page.get_by_test_id("sign-password").count() > 0
        if officer and await page.get_by_test_id("sign-account").input_value():
            await page.get_by_test_id("sign-password").fill(password)
        await _read_to_the_end(page)
        await draw(page)
        kind = "officer" if officer else "person"
        if kind not in looked:
            looked.add(kind)
            await look(page, f"sign-{kind}")
        signed = await page.locator(".signers").inner_text()
        await confirm.click()
        await expect(page.locator(".signers")).not_to_have_text(
            signed, use_inner_text=True, timeout=30_000
        )
    await look(page, "all-signed")
    await finish.click()
    await expect(finish).to_have_count(0)
    await look(page, "finished")


async def draw(page: Page) -> None:
    """Write on the pad with the mouse: two strokes, one of them taken back and drawn again."""
    pad = page.get_by_test_id("signature-pad")
    await pad.scroll_into_view_if_needed()
    box = await pad.bounding_box()
    assert box is not None
    for stroke in range(2):
        x, y = box["x"] + box["width"] * (0.15 + stroke * 0.4), box["y"] + box["height"] * 0.5
        await page.mouse.move(x, y)
        await page.mouse.down()
        for step in range(1, 24):
            up = math.sin(step / 3 + stroke) * box["height"] * 0.3
            await page.mouse.move(x + step * box["width"] * 0.012, y - up)
        await page.mouse.up()
        if stroke == 0:
            await page.get_by_test_id("pad-undo").click()
            await page.mouse.move(x, y)
            await page.mouse.down()
            await page.mouse.move(x + box["width"] * 0.2, y + 10, steps=12)
            await page.mouse.move(x + box["width"] * 0.1, y - 20, steps=12)
            await page.mouse.up()


async def _read_to_the_end(page: Page) -> None:
    await page.wait_for_function(
        "() => { const i = document.querySelector('[data-testid=record-page]');"
        " return i && i.complete && i.naturalWidth > 0 }"
    )
    await page.locator(".scroll").evaluate("e => e.scrollTo({ top: e.scrollHeight })")


async def _chinese(page: Page) -> bool:
    return str(await page.evaluate("() => document.documentElement.lang")).startswith("zh")


async def _downloaded(page: Page, path: Path) -> bytes:
    async with page.expect_download() as waiting:
        await page.locator('.task a[href$="signed=1"]').click()
    await (await waiting.value).save_as(path)
    return await asyncio.to_thread(path.read_bytes)
