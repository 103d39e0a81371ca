"""Rooms on the wall in a real browser: further cameras, a prompt for one room, marks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.browser import Errors, browser, photograph, seen_when_failed, sign_in
from tests.browser.test_accessibility import violations
from tests.e2e.installation import Installation, running, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

ROOM = "room:room1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Installation]:
    """One for all tests here, with an interview in rooms 1 and 2."""
    async with running(tmp_path_factory.mktemp("rooms") / "store") as started:
        async with started.desk("lin") as desk:
            for room in ("room1", "room2"):
                await desk.post(f"/api/rooms/{room}/session", {})
        yield started


async def _further(installation: Installation, kind: str, name: str) -> str:
    """One more source in room 1, with a token its publisher finds."""
    name = f"{name} {time.time_ns() % 1_000_000}"
    async with installation.desk("admin") as desk:
        made = await desk.post(
            "/api/sources",
            {
                "kind": kind,
                "room": "room1",
                "name": name,
                "name_en": kind.replace("_", " ").capitalize(),
            },
        )
        token = (await desk.post(f"/api/sources/{made['id']}/tokens", {}))["token"]
    file = installation.store.token_file(made["id"])
    file.touch(mode=0o600)
    file.write_text(token, encoding="utf-8")
    return str(made["id"])


async def _box(page: Page, test_id: str) -> dict[str, float]:
    element = page.get_by_test_id(test_id)
    await element.evaluate("e => Promise.all(e.getAnimations().map(one => one.finished))")
    box = await element.bounding_box()
    assert box is not None
    return dict(box)  # type: ignore[arg-type]


async def test_one_room_is_asked_with_a_kept_question(installation: Installation) -> None:
    """Filled in for its person; nothing goes out while something is missing; hinted at too."""
    store = installation.store
    async with installation.desk("admin") as desk:
        kept = await desk.post(
            "/api/question-templates",
            {"text_zh": "{person}当天在{岗位}做什么", "text_en": "What did {person} do at {post}"},
        )
    async with browser() as context:
        page = await context.new_page()
        complaints = Errors(page, store.address)
        async with seen_when_failed(page):
            await sign_in(page, store.address, store.accounts["lin"])
            await page.goto(f"{store.address}/wall/{store.case}")
            await page.get_by_test_id("prompt-only-room1").click()
            before = await _places(page)
            await page.get_by_test_id("prompt-questions-room1").click()
            await page.get_by_test_id("question-search").fill("当天在")
            await page.get_by_test_id("question").click()
            field, send = page.get_by_test_id("prompt-input-room1"), "prompt-send-room1"
            await expect(field).to_have_value("张某当天在{岗位}做什么")
            await expect(page.get_by_test_id("prompt-holes")).to_contain_text("岗位")
            await expect(page.get_by_test_id(send)).to_be_disabled()
            assert await _places(page) == before
            await photograph(page, "wall-one-room")
            await field.press("Enter")  # not by the key either
            assert not await _asked(installation, "room1")
            assert not await violations(page)
            # what is missing is selected, so that typing fills it in
            await page.get_by_test_id("prompt-hole").click()
            await page.keyboard.type("油库")
            await expect(field).to_have_value("张某当天在油库做什么")
            await expect(page.get_by_test_id("prompt-holes")).to_have_count(0)
            await page.get_by_test_id(send).click()
            await expect(page.get_by_test_id("prompt-receipt-room1")).to_contain_text(
                "张某当天在油库做什么"
            )
            [asked] = await _asked(installation, "room1")
            assert asked["text"] == "张某当天在油库做什么"
            assert asked["question"] == kept["now"]["id"]
            assert not await _asked(installation, "room2")
            await _hinted_in_one_room(page)
            await _all_rooms_wait_too(page)
        assert complaints.found == []


async def _asked(installation: Installation, room: str) -> list[dict[str, Any]]:
    async with installation.desk("lin") as desk:
        detail = await desk.get(f"/api/cases/{installation.store.case}")
    return [one for one in detail["prompts"] if one["room"] == room]


#: Where the tiles, the words in them and the bar below them stand.
_PLACES = """async () => {
    const moving = document.getAnimations().filter(
        (one) => one.effect.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(moving.map((one) => one.finished))
    const wanted = '.board, [data-tile], [data-testid^="transcript-"], .ask'
    return [...document.querySelectorAll(wanted)].map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect()
        const name = one.dataset.tile ?? one.dataset.testid ?? one.className
        return [name, ...[x, y, width, height].map(Math.round)]
    })
}"""


async def _places(page: Page) -> list[list[object]]:
    """To hold against what it is once a note has come: nothing jumps."""
    found = await page.evaluate(_PLACES)
    assert len(found) > 5
    return list(found)


async def _hinted_in_one_room(page: Page) -> None:
    await page.get_by_test_id("prompt-only-room1").click()
    before = await _places(page)
    await page.get_by_test_id("prompt-input-room1").fill("你不说实话就把你关起来")
    hint = page.get_by_test_id("wall-room-room1").get_by_test_id("wording-hint")
    await expect(hint).to_be_visible()
    assert await _places(page) == before
    await photograph(page, "wall-one-room-hint")
    await hint.get_by_test_id("wording-take").click()
    await expect(page.get_by_test_id("prompt-input-room1")).not_to_have_value(
        "你不说实话就把你关起来"
    )
    await page.get_by_test_id("prompt-input-room1").press("Escape")


async def _all_rooms_wait_too(page: Page) -> None:
    before = await _places(page)
    await page.get_by_test_id("prompt-input").fill("谁在{ 时间 }到的现场")
    await expect(page.get_by_test_id("prompt-send")).to_be_disabled()
    await expect(page.get_by_test_id("prompt-holes")).to_contain_text("时间")
    assert await _places(page) == before
    await photograph(page, "wall-all-rooms")
    await page.get_by_test_id("prompt-hole").click()
    await page.keyboard.type("几点")
    await expect(page.get_by_test_id("prompt-input")).to_have_value("谁在几点到的现场")
    await expect(page.get_by_test_id("prompt-send")).to_be_enabled()
    await page.get_by_test_id("prompt-input").fill("你不说实话就把你关起来")
    await expect(page.locator(".ask").get_by_test_id("wording-hint")).to_be_visible()
    assert await _places(page) == before
    await photograph(page, "wall-all-rooms-hint")
    await page.get_by_test_id("prompt-input").fill("")


async def test_a_mark_is_of_the_instant_at_which_it_was_begun(installation: Installation) -> None:
    store = installation.store
    async with browser() as context:
        page = await context.new_page()
        async with seen_when_failed(page):
            await sign_in(page, store.address, store.accounts["lin"])
            await page.goto(f"{store.address}/wall/{store.case}")
            await expect(page.get_by_test_id("prompt-to-room2")).to_be_enabled()
            before_us = time.time_ns() // 1000
            await page.keyboard.press("m")
            await expect(page.get_by_test_id("marker-text")).to_be_visible()
            opened_us = time.time_ns() // 1000
            title = await page.locator(".el-dialog__title:visible").inner_text()
            await page.wait_for_timeout(3_000)  # words take their time
            await page.get_by_test_id("marker-text").fill("人数需核对")
            await page.get_by_test_id("marker-add").click()
            await expect(page.get_by_test_id("marker-text")).to_be_hidden()
            marked = await _marked(installation)
            assert marked["text"] == "人数需核对"
            assert before_us - 1_000_000 <= marked["t_us"] <= opened_us + 500_000
            said = time.strftime("%H:%M:%S", time.localtime(marked["t_us"] / 1e6))
            assert said in title


async def _marked(installation: Installation) -> dict[str, Any]:
    async with installation.desk("lin") as desk:
        detail = await desk.get(f"/api/cases/{installation.store.case}")
    [marker] = [one for one in detail["events"] if one["type"] == "marker"]
    return dict(marker)


async def test_every_camera_of_a_room_has_a_place_and_keeps_it(installation: Installation) -> None:
    """A tile of its own with meter and sound; in the room's picture; and so after a reload."""
    store = installation.store
    side = await _further(installation, "room_camera", "侧面摄像机")
    worn = await _further(installation, "body_camera", "随身记录仪")
    third = await _further(installation, "room_camera", "门口摄像机")
    async with (
        browser() as context,
        installation.publishing("room1-camera"),
        installation.publishing(side, clip="room2"),
    ):
        page = await context.new_page()
        complaints = Errors(page, store.address)
        async with seen_when_failed(page):
            await sign_in(page, store.address, store.accounts["lin"])
            await page.goto(f"{store.address}/wall/{store.case}")
            for one in (side, worn, third):
                await expect(page.get_by_test_id(f"tile-device:{one}")).to_be_visible()
                await expect(page.get_by_test_id(f"wall-sound-{one}")).to_be_visible()
            for one in ("room1-camera", side):
                await _plays(page, one)
            meter = page.get_by_test_id(f"wall-device-{side}").get_by_role("meter")
            await until(lambda: meter.evaluate("e => Number(e.ariaValueNow) > 0"), timeout_s=60)
            await _into_the_picture(page, side, worn, third)
            await photograph(page, "wall-insets")
            await _heard_alone(page, side)
            assert not await violations(page)
            await page.wait_for_timeout(600)  # what was arranged last is kept a moment later
            await page.reload()
            await expect(page.get_by_test_id(f"inset-{side}")).to_be_visible()
            await _plays(page, side)
            await _out_of_sight_and_back(page, worn)
            await page.get_by_test_id(f"as-tile-{side}").click()
            await expect(page.get_by_test_id(f"tile-device:{side}")).to_be_visible()
            await expect(page.get_by_test_id(f"inset-{side}")).to_have_count(0)
        assert complaints.found == []


async def _plays(page: Page, source: str) -> None:
    video = page.get_by_test_id(f"wall-video-{source}")
    await until(lambda: video.evaluate("v => v.currentTime > 0.5"), timeout_s=90)


async def _into_the_picture(page: Page, side: str, worn: str, third: str) -> None:
    await page.get_by_test_id(f"as-inset-{side}").click()
    await page.get_by_test_id(f"as-inset-{worn}").click()
    await expect(page.get_by_test_id(f"tile-device:{side}")).to_have_count(0)
    # two are the most that a picture takes
    await expect(page.get_by_test_id(f"as-inset-{third}")).to_have_count(0)
    await page.get_by_test_id("layout-show").click()
    where = page.get_by_test_id(f"where-device:{third}")
    await expect(where.locator("option[value=inset]")).to_be_disabled()
    await page.get_by_test_id("layout-show").click()
    small, room = await _box(page, f"inset-{side}"), await _box(page, f"tile-{ROOM}")
    assert room["x"] < small["x"]
    assert small["x"] + small["width"] < room["x"] + room["width"]
    assert room["y"] < small["y"]
    assert small["y"] + small["height"] < room["y"] + room["height"]
    await _gives_way(page, side, worn)
    # the one that does not publish says so, in words
    await expect(page.get_by_test_id(f"inset-{worn}")).to_contain_text("离线")


async def _gives_way(page: Page, side: str, worn: str) -> None:
    """In a narrow picture nobody is hidden: fewer stand in it, and a press shows the others."""
    room, more = page.get_by_test_id("wall-room-room1"), page.get_by_test_id("insets-more-room1")
    both = [page.get_by_test_id(f"inset-{one}") for one in (side, worn)]
    was = page.viewport_size
    assert was is not None
    await page.set_viewport_size({"width": 390, "height": 844})
    await room.scroll_into_view_if_needed()
    await expect(more).to_be_visible()
    for one in both:
        await expect(one).to_be_hidden()
    await photograph(page, "wall-insets-away")
    await more.click()
    picture = await room.locator(".video").first.bounding_box()
    assert picture is not None
    for one in both:
        await expect(one).to_be_visible()
        box = await one.bounding_box()
        assert box is not None
        assert picture["x"] <= box["x"]
        assert box["x"] + box["width"] <= picture["x"] + picture["width"]
        assert picture["y"] <= box["y"]
        assert box["y"] + box["height"] <= picture["y"] + picture["height"]
    await photograph(page, "wall-insets-asked")
    await more.click()
    await expect(both[0]).to_be_hidden()
    await page.set_viewport_size(was)
    await expect(both[0]).to_be_visible()


async def _heard_alone(page: Page, side: str) -> None:
    await page.get_by_test_id(f"wall-sound-{side}").click()
    await expect(page.get_by_test_id(f"wall-sound-{side}")).to_have_attribute(
        "aria-pressed", "true"
    )
    await expect(page.get_by_test_id("wall-sound-room1")).to_have_attribute("aria-pressed", "false")
    unmuted = (
        "[...document.querySelectorAll('video')].filter(v => !v.muted).map(v => v.dataset.testid)"
    )
    await until(lambda: _is(page, unmuted, [f"wall-video-{side}"]))
    await page.keyboard.press("0")
    await until(lambda: _is(page, unmuted, []))


async def _is(page: Page, expression: str, value: object) -> bool:
    return bool(await page.evaluate(expression) == value)


async def _out_of_sight_and_back(page: Page, worn: str) -> None:
    await page.get_by_test_id("layout-show").click()
    where = page.get_by_test_id(f"where-device:{worn}")
    await expect(where).to_have_value("inset")
    await where.select_option("hidden")
    await expect(page.get_by_test_id(f"inset-{worn}")).to_have_count(0)
    await expect(page.get_by_test_id(f"tile-device:{worn}")).to_be_hidden()
    await where.select_option("tile")
    await expect(page.get_by_test_id(f"tile-device:{worn}")).to_be_visible()
    await page.keyboard.press("Escape")
