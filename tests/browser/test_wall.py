"""The wall's layout in a real browser: drag, resize, keys, spotlight, comparison, what is kept."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.browser import Errors, browser, seen_when_failed, sign_in
from tests.browser.test_accessibility import violations
from tests.e2e.installation import Installation, running, until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

ONE, TWO, MATRIX = "room:room1", "room:room2", "matrix"


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with running(tmp_path / "store") as started:
        yield started


async def _box(page: Page, tile: str) -> dict[str, float]:
    """Where a tile stands once it does not move any more."""
    element = page.get_by_test_id(f"tile-{tile}")
    await element.evaluate("e => Promise.all(e.getAnimations().map(one => one.finished))")
    box = await element.bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


async def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    await page.mouse.move(*end, steps=4)
    await page.mouse.up()


async def test_tiles_are_arranged_lit_and_compared(installation: Installation) -> None:
    store = installation.store
    async with browser() as context, installation.publishing("room1-camera"):
        async with installation.desk("lin") as desk:
            await desk.post("/api/rooms/room1/session", {})
        page = await context.new_page()
        complaints = Errors(page, store.address)
        async with seen_when_failed(page):
            await sign_in(page, store.address, store.accounts["lin"])
            await page.goto(f"{store.address}/wall/{store.case}")
            await expect(page.get_by_test_id(f"tile-{MATRIX}")).to_be_visible()
            video = page.get_by_test_id("wall-video-room1-camera")
            await until(lambda: video.evaluate("v => v.currentTime > 0.5"), timeout_s=60)
            await video.evaluate("v => { v.mark = 'same' }")
            await _arranged(page)
            await _kept(page)
            await _lit_and_compared(page)
            await _asked_and_asked_again(page)
            assert not await violations(page)
        assert complaints.found == []


async def _arranged(page: Page) -> None:
    one, two = await _box(page, ONE), await _box(page, TWO)
    head = (one["x"] + one["width"] / 2, one["y"] + 24)
    await _drag(page, head, (two["x"] + two["width"] / 2, two["y"] + 200))
    assert (await _box(page, ONE))["x"] == pytest.approx(two["x"], abs=2)
    assert (await _box(page, TWO))["x"] == pytest.approx(one["x"], abs=2)
    # the same by keys, back
    await page.get_by_test_id(f"grip-{ONE}").focus()
    await page.keyboard.press("ArrowLeft")
    assert (await _box(page, ONE))["x"] == pytest.approx(one["x"], abs=2)
    # wider by the corner: the neighbour at that edge makes room
    one, two = await _box(page, ONE), await _box(page, TWO)
    right, bottom = one["x"] + one["width"], one["y"] + one["height"]
    await _drag(page, (right - 14, bottom - 14), (right + 120, bottom - 14))
    wide, narrow = await _box(page, ONE), await _box(page, TWO)
    assert wide["width"] > one["width"] + 60
    assert narrow["x"] == pytest.approx(wide["x"] + wide["width"], abs=2)
    assert narrow["x"] + narrow["width"] == pytest.approx(two["x"] + two["width"], abs=2)
    await page.get_by_test_id(f"grip-{ONE}").focus()
    await page.keyboard.press("Shift+ArrowLeft")
    assert (await _box(page, ONE))["width"] < wide["width"] - 20
    # Escape puts back what is being dragged
    before = await _box(page, ONE)
    await page.mouse.move(before["x"] + before["width"] / 2, before["y"] + 24)
    await page.mouse.down()
    await page.mouse.move(before["x"] + 900, before["y"] + 300, steps=4)
    await page.keyboard.press("Escape")
    await page.mouse.up()
    assert await _box(page, ONE) == before
    # nothing of this made a picture start over
    mark = await page.get_by_test_id("wall-video-room1-camera").evaluate("v => v.mark")
    assert mark == "same"


async def _kept(page: Page) -> None:
    before = await _box(page, ONE)
    kept = "() => Object.keys(localStorage).some(key => key.startsWith('duizhi.kept.'))"
    await until(lambda: page.evaluate(kept))
    await page.wait_for_timeout(600)  # what was arranged last is kept a moment later
    await page.reload()
    await expect(page.get_by_test_id("layout-reset")).to_be_visible()
    assert (await _box(page, ONE))["width"] == pytest.approx(before["width"], abs=2)
    await page.get_by_test_id("layout-reset").click()
    await expect(page.get_by_test_id("layout-reset")).to_have_count(0)


async def _lit_and_compared(page: Page) -> None:
    await page.get_by_test_id(f"spotlight-{TWO}").click()
    assert (await _box(page, TWO))["width"] > 1200
    await page.keyboard.press("f")
    assert (await _box(page, TWO))["width"] < 800
    await page.keyboard.press("c")
    await expect(page.get_by_test_id("aligned")).to_be_visible()
    one, two = await _box(page, ONE), await _box(page, TWO)
    assert one["y"] == two["y"]
    assert one["width"] == pytest.approx(two["width"], abs=2)
    await page.get_by_test_id("compare-0").select_option(TWO)
    assert (await _box(page, TWO))["x"] < (await _box(page, ONE))["x"]
    await page.keyboard.press("c")
    await expect(page.get_by_test_id("aligned")).to_be_hidden()
    # keys choose whose sound is heard; never two
    await page.keyboard.press("1")
    await expect(page.get_by_test_id("wall-sound-room1")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("2")
    await expect(page.get_by_test_id("wall-sound-room1")).to_have_attribute("aria-pressed", "false")
    await expect(page.get_by_test_id("wall-sound-room2")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("0")
    await expect(page.locator("[data-testid^=wall-sound-][aria-pressed=true]")).to_have_count(0)
    await page.get_by_test_id("wall-screen").click()
    await expect(page.get_by_test_id("prompt-input")).to_have_count(0)
    await expect(page.get_by_test_id(f"tile-{ONE}")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("prompt-input")).to_be_visible()


async def _asked_and_asked_again(page: Page) -> None:
    """The room's desk is not there: queued, in words; the history finds it and asks again."""
    await page.get_by_test_id("prompt-input").fill("核实危险作业由谁安排")
    await page.get_by_test_id("prompt-send").click()
    state = page.get_by_test_id("prompt-state-room1")
    await expect(state).to_have_attribute("data-state", "queued")
    await expect(state).to_contain_text("离线，已排队")
    await page.get_by_test_id("prompt-history").click()
    await page.get_by_test_id("prompt-search").fill("没有这样的话")
    await expect(page.get_by_test_id("prompt-past")).to_have_count(0)
    await page.get_by_test_id("prompt-search").fill("谁安排")
    await page.get_by_test_id("prompt-again").click()
    await expect(page.get_by_test_id("prompt-input")).to_have_value("核实危险作业由谁安排")
    await page.get_by_test_id("prompt-search").wait_for(state="hidden")


async def test_devices_stand_on_the_map_and_lead_to_their_pictures(
    installation: Installation,
) -> None:
    store = installation.store
    async with browser() as context, installation.desk("lin") as desk:
        await desk.post("/api/rooms/site/session", {})
        token = store.token_file("bodycam-02").read_text().strip()
        await _report(store.address, token, 345_000_000, 1_089_000_000)
        page = await context.new_page()
        complaints = Errors(page, store.address)
        async with seen_when_failed(page):
            await sign_in(page, store.address, store.accounts["lin"])
            await page.goto(f"{store.address}/wall/{store.case}")
            spot = page.get_by_test_id("map-bodycam-02")
            await expect(spot).to_have_attribute("title", re.compile("误差约 8 米"))
            await expect(spot).to_contain_text("±8 米")
            before = await spot.bounding_box()
            await page.get_by_test_id("map-ground").hover()
            await _report(store.address, token, 345_004_000, 1_089_004_000)
            moved = (
                "before => { const b = document.querySelector('[data-testid=map-bodycam-02]')"
                ".getBoundingClientRect(); return b.x !== before.x || b.y !== before.y }"
            )
            await until(lambda: page.evaluate(moved, before), timeout_s=30)
            await expect(page.locator(".track")).to_have_count(1)
            await spot.click()
            await expect(page.get_by_test_id("wall-device-bodycam-02")).to_have_class(
                re.compile("focused")
            )
            assert not await violations(page)
        assert complaints.found == []


async def _report(address: str, token: str, lat_e7: int, lon_e7: int) -> None:
    now_us = time.time_ns() // 1000
    place = {"lat_e7": lat_e7, "lon_e7": lon_e7, "accuracy_mm": 8_000, "t_us": now_us}
    async with httpx.AsyncClient(base_url=address) as client:
        answer = await client.post(
            "/api/devices/bodycam-02/readings",
            json={"values": {}, "position": place},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert answer.is_success, answer.text
