"""Looking back in a real browser: two sessions in step, a gap shown, pictures one by one, notes,
a link that brings back the moment, and a clip."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.async_api import BrowserContext, Page, expect

from command_centre.api.app import create_app
from tests.browser.browser import Errors, browser, seen_when_failed
from tests.command_centre.centre import Centre
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import Audit, auditing
from tests.command_centre.web import serving
from tests.evidence_store.builder import SECOND, START_US, open_writer
from tests.evidence_store.real_media import PlayedSession, clips

pytestmark = [pytest.mark.browser, pytest.mark.slow]

S1, S2 = "s00000000000000000001", "s00000000000000000002"
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"
CAMERA, OTHER = "room1-camera", "room2-camera"


def two_sessions(path: Path, directory: Path) -> None:
    """Room 1 with a gap of two seconds; room 2 begins a second later, in another codec."""
    mp4, webm = clips(directory, 8)
    writer = open_writer(path)
    room1 = PlayedSession(writer, S1)
    room1.open()
    room1.begin(CAMERA, "摄像机")
    room1.stretch(CAMERA, mp4, 6)
    for number, text in enumerate(("是李某安排我们进去的", HOSTILE)):
        at_us = START_US + (1 + number * 3) * SECOND
        said = {"source": CAMERA, "id": f"u{number}", "speaker": "interviewee"}
        times = {"start_us": at_us, "end_us": at_us + SECOND}
        room1.note("utterance", {**said, **times, "text": text, "words": []})
    room1.gap(CAMERA, 2 * SECOND)
    room1.stretch(CAMERA, mp4, 8)
    room1.close_recording(CAMERA)
    room1.close()
    room2 = PlayedSession(writer, S2, room="room2", t_us=START_US)
    room2.open()
    room2.begin(OTHER, "摄像机")
    room2.gap(OTHER, SECOND)
    room2.stretch(OTHER, webm, 8)
    room2.stretch(OTHER, webm, 6)
    room2.close_recording(OTHER)
    room2.close()
    writer.close()


@asynccontextmanager
async def reviewing(directory: Path) -> AsyncIterator[tuple[Audit, str]]:
    """A centre over the two sessions, and its address."""
    await asyncio.to_thread(two_sessions, directory / "store", directory)
    async with auditing(directory / "store", S1) as audit:
        served = SimpleNamespace(app=create_app(audit.context), cookies=audit.cookies)
        async with serving(cast(Centre, served)) as web:
            yield audit, f"http://127.0.0.1:{web.port}"


async def enter(context: BrowserContext, audit: Audit, address: str, role: str) -> None:
    """As somebody who has signed in."""
    cookie: dict[str, Any] = {"name": "duizhi_login", "value": audit.cookies[role]}
    await context.add_cookies([cast(Any, {**cookie, "url": address})])


async def at_us(page: Page) -> int:
    return int(await page.get_by_test_id("review-now").get_attribute("data-us") or 0)


async def test_two_sessions_are_looked_back_at(tmp_path: Path) -> None:
    async with (
        reviewing(tmp_path) as (audit, address),
        browser(width=1440, height=900) as context,
    ):
        await enter(context, audit, address, "manager")
        page = await context.new_page()
        complaints = Errors(page, address)
        async with seen_when_failed(page):
            begin = START_US + 2 * SECOND
            link = f"{address}/review/{CASE}?sessions={S1},{S2}&at={begin}&source={S1}/{CAMERA}"
            await page.goto(link)
            await expect(page.get_by_test_id("review-picture")).to_have_count(2)
            assert await at_us(page) == begin
            await _in_step(page)
            await _a_gap_is_shown(page)
            await _one_picture_at_a_time(page)
            await _strips_are_drawn(page)
            await _a_note(page)
            await _a_link(page, context)
            await _a_clip(page)
            assert "taken" not in await page.title()
        assert complaints.found == []
    kinds = audit.centre_kinds()
    for kind in ("access.session", "access.media", "note.added", "note.withdrawn", "derived.made"):
        assert kind in kinds


VIDEOS = "[...document.querySelectorAll('[data-testid=review-picture] video')]"


async def _in_step(page: Page) -> None:
    """Ten looks in a row with both running, no further apart than 100 ms; one is heard."""
    await page.keyboard.press("Space")
    look = f"{VIDEOS}.map(v => [v.currentTime, v.paused, v.muted])"
    near = 0
    apart: list[float] = []
    async with asyncio.timeout(60):
        while near < 10:
            if await at_us(page) > START_US + 5 * SECOND:
                await page.keyboard.press("j")
            found = await page.evaluate(look)
            running = not any(paused for _, paused, _ in found)
            gap = abs(found[0][0] - found[1][0])
            near = near + 1 if running and gap < 0.1 else 0
            apart.append(gap)
            assert sorted(muted for _, _, muted in found) == [False, True]
            await asyncio.sleep(0.1)
    print(f"apart at most {max(apart[-10:]) * 1000:.0f} ms over ten looks")
    await page.keyboard.press("Space")


async def _a_gap_is_shown(page: Page) -> None:
    await page.goto(
        page.url.partition("?")[0]
        + f"?sessions={S1},{S2}&at={START_US + 7 * SECOND}&source={S1}/{CAMERA}"
    )
    first = page.locator(f'[data-lane="{S1}/{CAMERA}"]')
    await expect(first.locator(".cover")).to_have_text("网络中断")
    await expect(page.get_by_test_id("review-hole")).to_have_count(2)
    await page.keyboard.press("Space")
    before = await at_us(page)
    await page.wait_for_function(
        f"Number(document.querySelector('[data-testid=review-now]').dataset.us)"
        f" > {START_US + 9 * SECOND}",
        timeout=60_000,
    )
    assert before < START_US + 8 * SECOND
    await expect(first.locator(".cover")).to_have_count(0)
    await page.keyboard.press("Space")


async def _one_picture_at_a_time(page: Page) -> None:
    await expect(page.get_by_test_id("review-play")).to_have_attribute("data-playing", "false")
    before = await at_us(page)
    seen = []
    for _ in range(3):
        await page.keyboard.press(".")
        await page.wait_for_function(
            f"Number(document.querySelector('[data-testid=review-now]').dataset.us) > {before}"
        )
        before = await at_us(page)
        seen.append(before)
    steps = [round((b - a) / 1000) for a, b in itertools.pairwise(seen)]
    assert all(20 <= step <= 50 for step in steps), steps  # the clip has 25 to 30 a second
    await page.keyboard.press(",")
    await page.wait_for_function(
        f"Math.abs(Number(document.querySelector('[data-testid=review-now]').dataset.us)"
        f" - {seen[1]}) < 1000"
    )


async def _strips_are_drawn(page: Page) -> None:
    inked = (
        "[...document.querySelectorAll('[data-testid=review-wave]')].filter(c =>"
        " c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)).length === 2"
    )
    await page.wait_for_function(inked, timeout=60_000)
    await page.wait_for_function(
        "document.querySelectorAll('.strip img').length >= 4", timeout=60_000
    )


async def _a_note(page: Page) -> None:
    await page.keyboard.press("m")
    await page.get_by_test_id("review-note-text").fill(HOSTILE)
    await page.get_by_test_id("review-note-save").click()
    note = page.locator('[data-testid="review-event"][data-kind="note"]')
    await expect(note).to_contain_text(HOSTILE)
    await page.get_by_test_id("review-withdraw").click()
    await page.get_by_test_id("review-withdraw-sure").click()
    await expect(note).to_contain_text("撤回")
    await page.get_by_test_id("review-tab-script").click()
    await page.get_by_test_id("review-word").first.click()
    assert await at_us(page) == START_US + SECOND


async def _a_link(page: Page, context: BrowserContext) -> None:
    await page.get_by_test_id("review-link").click()
    await page.wait_for_url(f"**at={START_US + SECOND}**")
    other = await context.new_page()
    await other.goto(page.url)
    await expect(other.get_by_test_id("review-now")).to_have_attribute(
        "data-us", str(START_US + SECOND)
    )
    await other.close()


async def _a_clip(page: Page) -> None:
    await page.keyboard.press("i")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowLeft")
    await page.get_by_test_id("review-frame-on").click()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("o")
    await page.get_by_test_id("review-clip").click()
    await page.get_by_test_id("clip-reason").fill("向检察机关移送片段")
    await page.get_by_test_id("clip-to").fill("检察院")
    await page.get_by_test_id("clip-make").click()
    made = page.get_by_test_id("clip-made")
    await expect(made).to_be_visible(timeout=60_000)
    assert (await made.get_attribute("data-verdict") or "").startswith("complete")
    async with page.expect_download() as download:
        await page.get_by_test_id("clip-package").click()
    assert (await download.value).suggested_filename.endswith(".zip")


async def test_an_auditor_looks_and_changes_nothing(tmp_path: Path) -> None:
    async with reviewing(tmp_path) as (audit, address), browser() as context:
        await enter(context, audit, address, "auditor")
        page = await context.new_page()
        await page.goto(f"{address}/review/{CASE}?sessions={S1}")
        await expect(page.get_by_test_id("review-picture")).to_have_count(1)
        await page.get_by_test_id("review-tab-events").click()
        await expect(page.get_by_test_id("review-note")).to_have_count(0)
        await page.keyboard.press("m")
        await expect(page.get_by_test_id("review-note-text")).to_have_count(0)
