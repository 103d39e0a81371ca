"""A manager opens a case, fills it, closes it and takes it up again; lists and palette."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.e2e.installation import Installation, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

HOSTILE = "<img src=x onerror=alert(1)>案"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with running(tmp_path_factory.mktemp("cases") / "store") as started:
        yield started


async def _opens_a_case(page: Page, number: str) -> None:
    await page.get_by_test_id("case-create").click()
    await page.get_by_test_id("case-number").fill(f"（渭）应急立〔2026〕{number}号")
    await page.get_by_test_id("case-name").fill(HOSTILE)
    await page.get_by_test_id("case-save").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE)


async def _adds_a_person_and_a_task(page: Page) -> None:
    await page.get_by_test_id("person-add").click()
    await page.get_by_test_id("person-name").fill("何某")
    await page.get_by_test_id("person-save").click()
    await expect(page.get_by_test_id("people")).to_contain_text("何某")
    await page.get_by_test_id("task-add").click()
    await page.get_by_test_id("task-title").fill(HOSTILE)
    await page.get_by_test_id("task-title").press("Enter")
    tasks = page.get_by_test_id("tasks")
    await expect(tasks.locator("li")).to_have_count(1)
    await tasks.get_by_role("checkbox").click()
    await expect(tasks.locator("li.done")).to_have_count(1)


async def _closes_it_and_takes_it_up_again(page: Page) -> None:
    await page.get_by_test_id("case-more").click()
    await page.get_by_test_id("case-close").click()
    await page.get_by_test_id("state-confirm").click()
    state = page.get_by_test_id("case-state")
    await expect(state).to_contain_text("已结案")
    await page.get_by_test_id("case-more").click()
    await page.get_by_test_id("case-reopen").click()
    await expect(page.get_by_test_id("state-confirm")).to_be_disabled()  # it needs a reason
    await page.get_by_test_id("state-reason").fill("新的线索")
    await page.get_by_test_id("state-confirm").click()
    await expect(state).to_have_count(0)


async def _walks_the_parts_by_keys(page: Page) -> None:
    for key, part in (
        ("2", "points"),
        ("3", "people"),
        ("6", "documents"),
        ("7", "audit"),
        ("1", "overview"),
    ):
        await page.keyboard.press(key)
        await expect(page.get_by_test_id(f"part-{part}")).to_have_attribute("aria-current", "page")
    await page.goto(page.url.split("?")[0] + "?part=audit")
    await expect(page.get_by_test_id("list-acts")).to_contain_text("结案")


async def _finds_it_in_the_list(page: Page, address: str, number: str) -> None:
    await page.goto(f"{address}/cases")
    rows = page.get_by_test_id("list-cases").locator("tbody tr")
    await expect(rows.nth(1)).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type(number)
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(f"{address}/cases?q={number}")
    await page.get_by_test_id("view-save").click()
    await page.get_by_test_id("view-name").fill("九十九")
    await page.get_by_test_id("view-name").press("Enter")
    async with page.expect_download() as started:
        await page.get_by_test_id("list-cases-export").click()
    file = await (await started.value).path()
    table = await asyncio.to_thread(Path(file).read_text, encoding="utf-8")
    assert table.startswith("\ufeff")
    assert HOSTILE in table
    await page.goto(f"{address}/cases")
    await page.get_by_role("button", name="九十九", exact=True).click()
    await expect(rows).to_have_count(1)


async def _is_led_by_the_palette(page: Page, address: str) -> None:
    await page.keyboard.press("Control+k")
    await expect(page.get_by_test_id("palette")).to_be_visible()
    await page.get_by_test_id("palette-box").fill("油库")
    await expect(page.get_by_role("option")).to_contain_text(["油库动火案"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("油库动火案")
    assert page.url.startswith(f"{address}/cases/")


async def test_a_case_from_opening_to_closing(installation: Installation) -> None:
    store = installation.store
    async with browser(width=1440, height=900) as context:
        page = await context.new_page()
        errors = Errors(page, store.address)
        async with seen_when_failed(page):
            await sign_in(page, store.address, store.accounts["lin"])
            number = str(1000 + secrets.randbelow(9000))
            await _opens_a_case(page, number)
            await _adds_a_person_and_a_task(page)
            await _closes_it_and_takes_it_up_again(page)
            await _walks_the_parts_by_keys(page)
            await _finds_it_in_the_list(page, store.address, number)
            await _is_led_by_the_palette(page, store.address)
        assert errors.found == []


async def test_a_room_is_given_back_and_another_desk_sees_it_live(
    installation: Installation,
) -> None:
    """Two managers look at one case; the other one's page is told."""
    store = installation.store
    async with browser(width=1440, height=900) as context, browser() as others:
        page, other = await context.new_page(), await others.new_page()
        errors = Errors(page, store.address)
        async with seen_when_failed(page):
            rooms = f"{store.address}/cases/{store.case}?part=rooms"
            for one in (page, other):
                await sign_in(one, store.address, store.accounts["lin"])
                await one.goto(rooms)
                await expect(one.get_by_test_id("room-back-room2")).to_be_visible()
            await page.get_by_test_id("room-back-room2").click()
            await page.get_by_test_id("room-back-now").click()
            await expect(page.get_by_test_id("room-back-room2")).to_have_count(0)
            await expect(other.get_by_test_id("room-back-room2")).to_have_count(0, timeout=15_000)
            await page.get_by_test_id("room-add").click()
            await page.get_by_test_id("room-which").click()
            await page.get_by_role("listbox").get_by_role("option").first.click()
            await page.get_by_test_id("room-give").click()
            await expect(page.get_by_test_id("room-back-room2")).to_be_visible()
            await expect(other.get_by_test_id("room-back-room2")).to_be_visible(timeout=15_000)
        assert errors.found == []


async def test_an_interviewer_reads_and_keeps_tasks_only(installation: Installation) -> None:
    store = installation.store
    async with browser(width=390, height=844) as context:
        page = await context.new_page()
        async with seen_when_failed(page):
            await sign_in(page, store.address, store.accounts["wu"])
            await page.get_by_test_id("choose-room1").wait_for()
            await page.goto(f"{store.address}/cases")
            await page.get_by_test_id(f"case-{store.case}").wait_for()
            await expect(page.get_by_test_id("case-create")).to_have_count(0)
            await page.goto(f"{store.address}/cases/{store.case}")
            await expect(page.get_by_test_id("task-add")).to_be_visible()
            for hidden in ("case-more", "case-wall", "part-audit", "person-add"):
                await expect(page.get_by_test_id(hidden)).to_have_count(0)
            wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide
