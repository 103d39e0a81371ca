"""The wall in real browsers: its layout, its map, and what happens reaching it while it is open."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from command_centre.demo_store import DETECTOR
from command_centre.ids import short_id
from command_centre.recorder_router import RecorderRouter
from command_centre.zmq_bus import ZmqBus
from config.messages import RECORDER, encode
from config.recorder_messages import Append
from config.recorders import recorder_names
from tests.browser.browser import PATIENCE_MS, Errors, browser, seen_when_failed, sign_in
from tests.browser.test_accessibility import violations
from tests.e2e.installation import Installation, running, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

ONE, TWO, MATRIX = "room:room1", "room:room2", "matrix"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Installation]:
    """One for all tests here, with an interview in room 1 and the site open."""
    async with running(tmp_path_factory.mktemp("wall") / "store") as started:
        async with started.desk("lin") as desk:
            for room in ("room1", "site"):
                await desk.post(f"/api/rooms/{room}/session", {})
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
        page = await context.new_page()
        complaints = Errors(page, store.address)
        async with seen_when_failed(page):
            await sign_in(page, store.address, store.accounts["lin"])
            await page.goto(f"{store.address}/wall/{store.case}")
            await expect(page.get_by_test_id(f"tile-{MATRIX}")).to_be_visible()
            video = page.get_by_test_id("wall-video-room1-camera")
            await until(lambda: video.evaluate("v => v.currentTime > 0.5"), timeout_s=60)
            loaded = "performance.getEntriesByType('resource').map((one) => one.name).join()"
            assert not re.search("ElsewhereBands", await page.evaluate(loaded))
            await video.evaluate("v => { v.mark = 'same' }")
            await _arranged(page)
            await _kept(page)
            await _lit_and_compared(page)
            await _exact_where_all_is_drawn_larger(page)
            await _three_points_on_a_laptop(page)
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


async def _exact_where_all_is_drawn_larger(page: Page) -> None:
    """A 4K wall is zoomed: the tile stays under the pointer, and lands where it is let go."""
    before = page.viewport_size
    assert before is not None
    await page.set_viewport_size({"width": 3840, "height": 2160})
    zoom = "document.querySelector('.wall').currentCSSZoom"
    await until(lambda: page.evaluate(f"{zoom} === 2"))
    one, two = await _box(page, ONE), await _box(page, TWO)
    start = (one["x"] + one["width"] / 2, one["y"] + 30)
    await page.mouse.move(*start)
    await page.mouse.down()
    for dx, dy in ((333, 77), (1011, 402)):
        await page.mouse.move(start[0] + dx, start[1] + dy, steps=3)
        held = await _box(page, ONE)
        assert held["x"] == pytest.approx(one["x"] + dx, abs=1)
        assert held["y"] == pytest.approx(one["y"] + dy, abs=1)
    await page.mouse.move(two["x"] + two["width"] / 2, two["y"] + 300, steps=3)
    await page.mouse.up()
    assert (await _box(page, ONE))["x"] == pytest.approx(two["x"], abs=1)
    assert (await _box(page, TWO))["x"] == pytest.approx(one["x"], abs=1)
    # by the corner: the edge is where the pointer is, to the nearest column
    one = await _box(page, TWO)
    right, bottom = one["x"] + one["width"], one["y"] + one["height"]
    column = await page.locator(".board").evaluate("e => e.getBoundingClientRect().width / 48")
    await _drag(page, (right - 20, bottom - 20), (right - 20 + 4 * column, bottom - 20))
    wide = await _box(page, TWO)
    assert wide["width"] == pytest.approx(one["width"] + 4 * column, abs=1)
    await page.get_by_test_id("layout-reset").click()
    await page.set_viewport_size(before)
    await until(lambda: page.evaluate(f"{zoom} === 1"))


async def _three_points_on_a_laptop(page: Page) -> None:
    """The matrix of a low screen shows three rows and more without scrolling."""
    before = page.viewport_size
    assert before is not None
    await page.set_viewport_size({"width": 1366, "height": 768})
    whole = """() => {
      const box = document.querySelector('.matrix .scroll').getBoundingClientRect()
      return [...document.querySelectorAll('.matrix tbody tr')].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect()
        return top >= box.top && bottom <= box.bottom + 1
      }).length >= 3
    }"""
    await until(lambda: page.evaluate(whole))
    await page.set_viewport_size(before)


async def _asked_and_asked_again(page: Page) -> None:
    """The room's desk is not there: queued, in words; the history finds it and asks again."""
    await page.get_by_test_id("prompt-input").fill("核实危险作业由谁安排")
    await page.get_by_test_id("prompt-send").click()
    state = page.get_by_test_id("prompt-state-room1")
    await expect(state).to_have_attribute("data-state", "queued")
    await expect(state).to_contain_text("离线，已排队")
    await page.get_by_test_id("prompt-history").click()
    await page.get_by_test_id("list-prompts-box").fill("没有这样的话")
    await expect(page.get_by_test_id("prompt-past")).to_have_count(0)
    await page.get_by_test_id("list-prompts-box").fill("谁安排")
    await page.get_by_test_id("prompt-again").click()
    await expect(page.get_by_test_id("prompt-input")).to_have_value("核实危险作业由谁安排")
    await page.get_by_test_id("list-prompts-box").wait_for(state="hidden")


async def test_a_source_that_stops_is_an_alarm_until_it_is_back(
    installation: Installation,
) -> None:
    store, source = installation.store, "room1-camera"
    async with browser() as context:
        wall = await context.new_page()
        await sign_in(wall, store.address, store.accounts["lin"])
        await wall.goto(f"{store.address}/wall/{store.case}")
        video = wall.get_by_test_id(f"wall-video-{source}")
        strip = wall.get_by_test_id(f"alarm-strip-{source}")
        band = wall.get_by_test_id(f"alarm-{source}")
        lost = wall.locator('[data-kind="source_lost"][data-over="false"]')
        async with seen_when_failed(wall):
            async with installation.publishing(source):
                await until(lambda: video.evaluate("v => v.currentTime > 0.5"), timeout_s=90)
                await expect(strip).to_have_count(0)
                await _acknowledge_all(wall)
            await expect(lost).to_be_visible()  # the publisher has stopped
            await expect(band).to_contain_text("信号中断")
            await expect(band).to_contain_text(re.compile(r"\d\d:\d\d:\d\d 起"))
            await expect(strip).to_contain_text("信号中断")
            await wall.get_by_test_id(f"alarm-acknowledge-{source}").click()
            await expect(band).to_have_count(0)
            await expect(strip).to_contain_text(re.compile(r"林某某 \d\d:\d\d:\d\d 确认"))
            await wall.get_by_test_id("alarm-open").click()
            past = wall.get_by_test_id("alarm-history").locator('[data-kind="source_lost"]').first
            await expect(past).to_contain_text("仍在报警")
            async with installation.publishing(source):
                await expect(past).to_contain_text("已恢复", timeout=90_000)  # it is back
                await wall.keyboard.press("Escape")
                await expect(strip).to_have_count(0)
                await until(lambda: video.evaluate("v => v.currentTime > 0.5"), timeout_s=60)


async def test_devices_stand_on_the_map_and_lead_to_their_pictures(
    installation: Installation,
) -> None:
    store = installation.store
    async with browser() as context:
        await _report(installation, "bodycam-02", place=(345_000_000, 1_089_000_000))
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
            await _report(installation, "bodycam-02", place=(345_004_000, 1_089_004_000))
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


async def _report(installation: Installation, device: str, *, place: tuple[int, int]) -> None:
    """A device says where it is now."""
    now_us = time.time_ns() // 1000
    at = {"lat_e7": place[0], "lon_e7": place[1], "accuracy_mm": 8_000, "t_us": now_us}
    token = installation.store.token_file(device).read_text().strip()
    async with httpx.AsyncClient(base_url=installation.store.address) as client:
        answer = await client.post(
            f"/api/devices/{device}/readings",
            json={"values": {}, "position": at},
            headers={"Authorization": f"Bearer {token}"},
        )
    assert answer.is_success, answer.text


async def test_what_happens_reaches_an_open_wall(installation: Installation) -> None:
    """Prompts to a real room that goes deaf, goes away, comes back; an alarm; rooms; a role."""
    store = installation.store
    await _anew(installation, "room1")
    async with browser(width=1280, height=800) as tablet, browser() as wall_browser:
        room, wall = await tablet.new_page(), await wall_browser.new_page()
        complaints = Errors(wall, store.address)
        async with seen_when_failed(room, wall):
            await sign_in(room, store.address, store.accounts["wu"])
            await room.goto(f"{store.address}/room/room1")
            await sign_in(wall, store.address, store.accounts["lin"])
            await wall.goto(f"{store.address}/wall/{store.case}")
            await wall.evaluate("window.mark = 'same'")
            await _withdrawn(room, wall)
            await _late(room, wall)
            await _queued(room, wall, f"{store.address}/room/room1")
            await _made_from_a_question(wall)
            await _alarm_is_seen_and_acknowledged(installation, wall)
            await _room_given_and_taken_back(installation, wall)
            await _role_followed(installation, wall)
            assert await wall.evaluate("window.mark") == "same"  # never loaded again
        assert complaints.found == []


async def _anew(installation: Installation, room: str) -> None:
    """Another session in a room: none of its prompts are those of an earlier test."""
    async with installation.desk("lin") as desk:
        detail = await desk.get(f"/api/cases/{installation.store.case}")
        for one in detail["rooms"]:
            if one["id"] == room and one["session"]:
                await desk.post(f"/api/sessions/{one['session']['id']}/close", {"reason": "test"})
        await desk.post(f"/api/rooms/{room}/session", {})


async def _send(wall: Page, text: str) -> None:
    await wall.get_by_test_id("prompt-input").fill(text)
    await wall.get_by_test_id("prompt-send").click()
    await expect(wall.get_by_test_id("prompt-states")).to_contain_text(text)


async def _stands(wall: Page, word: str, said: str, colour: str) -> None:
    """The room's chip: which state, in words, and in the colour of that token."""
    state = wall.get_by_test_id("prompt-state-room1")
    await expect(state).to_have_attribute("data-state", word)
    await expect(state).to_contain_text(said)
    of_token = (
        "(_, name) => { const p = document.createElement('p'); p.style.color = `var(--${name})`;"
        " document.querySelector('.wall').append(p); const c = getComputedStyle(p).color;"
        " p.remove(); return c }"
    )
    shown = await state.evaluate("e => getComputedStyle(e).color")
    assert shown == await state.evaluate(of_token, colour), f"{word} is not {colour}"


async def _withdrawn(room: Page, wall: Page) -> None:
    await _send(wall, "当天几点到的现场")
    await _stands(wall, "shown", "已显示", "ink")
    await wall.get_by_test_id("prompt-withdraw-room1").first.click()
    await _stands(wall, "withdrawn", "已撤回", "text-2")
    # it stood there, so the room says that it is gone; it cannot be asked any more
    await expect(room.get_by_test_id("room-withdrawn")).to_contain_text("当天几点到的现场")
    await expect(room.get_by_test_id("room-asked")).to_have_count(0)
    await room.get_by_test_id("room-withdrawn-read").click()
    await expect(room.get_by_test_id("room-withdrawn")).to_have_count(0)
    # undo: the same words once more; what was asked cannot be taken back
    await wall.get_by_test_id("prompt-undo-room1").first.click()
    await _stands(wall, "shown", "已显示", "ink")
    await room.get_by_test_id("room-asked").click()
    await _stands(wall, "asked", "已问", "ok")
    await expect(wall.get_by_test_id("prompt-withdraw-room1")).to_have_count(0)


async def _late(room: Page, wall: Page) -> None:
    """The room is connected and its page does not draw: red after three seconds."""
    await room.evaluate(
        "() => { window.kept = requestAnimationFrame; window.requestAnimationFrame = () => 0 }"
    )
    await _send(wall, "谁在现场监护")
    await _stands(wall, "late", "3 秒未显示", "act")
    await room.evaluate("() => { window.requestAnimationFrame = window.kept }")


async def _queued(room: Page, wall: Page, address: str) -> None:
    """The room is away: queued, and there as soon as it is back."""
    await room.goto("about:blank")
    await _send(wall, "作业票是谁签发的")
    await _stands(wall, "queued", "离线，已排队", "differ")
    await room.goto(address)
    await expect(room.get_by_test_id("room-prompt")).to_contain_text("作业票是谁签发的")
    await _stands(wall, "shown", "已显示", "ink")


async def _made_from_a_question(wall: Page) -> None:
    await wall.keyboard.press("q")
    await expect(wall.get_by_test_id("question").first).to_be_visible()
    first = await wall.get_by_test_id("question").nth(1).locator("b").inner_text()
    assert not await violations(wall)
    await wall.get_by_test_id("question-search").focus()
    await wall.keyboard.press("ArrowDown")
    await wall.keyboard.press("Enter")
    await expect(wall.get_by_test_id("prompt-input")).to_have_value(first)
    await wall.get_by_test_id("prompt-input").fill("")


async def _alarm_is_seen_and_acknowledged(installation: Installation, wall: Page) -> None:
    """Too little oxygen: on top of the page, one press, and the log says who."""
    await _acknowledge_all(wall)
    session = await _oxygen(installation, 18.5)
    alarm = wall.get_by_test_id("alarm-gas-03")
    await expect(alarm).to_have_attribute("data-kind", "reading_low")
    await expect(alarm).to_contain_text("低于 19.5 %")
    await expect(wall).to_have_title(re.compile(r"^\(1\)"))
    box = await alarm.bounding_box()
    assert box is not None
    assert (box["width"], box["y"] < 120, box["height"] >= 48) == (1920, True, True), box
    assert not await violations(wall)
    instrument = wall.get_by_test_id("gas-gas-03")
    await wall.get_by_test_id("alarm-acknowledge-gas-03").click()
    await expect(alarm).to_have_count(0)
    await expect(wall).to_have_title(re.compile(r"^[^(]"))
    # it still holds, so its place stays red, and says who took notice
    await expect(instrument).to_have_class(re.compile("alarm danger"))
    await expect(instrument).to_contain_text(re.compile(r"林某某 \d\d:\d\d:\d\d 确认"))
    await wall.get_by_test_id("alarm-open").click()
    past = wall.get_by_test_id("alarm-history")
    await expect(past).to_contain_text(re.compile(r"林某某 \d\d:\d\d:\d\d 确认"))
    await wall.keyboard.press("Escape")
    async with installation.desk("lin") as desk:
        said = await desk.get(f"/api/sessions/{session}/log", kind="alarm.acknowledged")
    entry = said["entries"][-1]
    assert entry["summary"]["source"] == "gas-03", entry
    await _oxygen(installation, 20.9)
    await expect(instrument).not_to_have_class(re.compile("alarm"))


async def _acknowledge_all(wall: Page) -> None:
    """What earlier tests left: publishers that ended before their session are missed."""
    waiting = wall.locator('[data-testid^="alarm-acknowledge-"]')
    while left := await waiting.count():
        await waiting.first.click()
        await expect(waiting).not_to_have_count(left)
    await expect(wall).to_have_title(re.compile(r"^[^(]"))


async def _oxygen(installation: Installation, vol_percent: float) -> str:
    """The site's detector measures this now; returns the session it is recorded in."""
    settings, now_us = installation.store.settings, time.time_ns() // 1000
    async with installation.desk("lin") as desk:
        detail = await desk.get(f"/api/cases/{installation.store.case}")
    [session] = [one["session"]["id"] for one in detail["rooms"] if one["id"] == "site"]
    values = {"O2_vol": round(vol_percent * 1000)}
    message = Append(
        key=short_id("reading"),
        kind="reading",
        session=session,
        room="site",
        body=json.dumps({"device": DETECTOR, "values": values, "alarms": []}).encode(),
        t_us=now_us,
    )
    recorders = recorder_names(settings.recorder.processes)
    async with ZmqBus(settings.bus_path, "test", recorders, settings.bus.high_water) as line:
        bus = RecorderRouter(line, recorders)
        await bus.request(RECORDER, "append", encode(message), timeout_s=PATIENCE_MS / 1000)
    return str(session)


async def _room_given_and_taken_back(installation: Installation, wall: Page) -> None:
    case, name = installation.store.case, f"询问室 {time.time_ns() % 1_000_000}"
    async with installation.desk("admin") as desk:
        made = await desk.post("/api/rooms", {"name": name, "kind": "interview"})
    [room] = [one["id"] for one in made["rooms"] if one["name"] == name]
    tile = wall.get_by_test_id(f"tile-room:{room}")
    async with installation.desk("lin") as desk:
        await desk.post(f"/api/cases/{case}/rooms", {"room": room})
        await expect(tile).to_be_visible()
        await expect(wall.get_by_test_id(f"prompt-to-{room}")).to_be_disabled()
        # what happens in it arrives like that of any other room
        opened = await desk.post(f"/api/rooms/{room}/session", {})
        await expect(wall.get_by_test_id(f"prompt-to-{room}")).to_be_enabled()
        await desk.post(f"/api/sessions/{opened['id']}/close", {"reason": "test"})
        await expect(wall.get_by_test_id(f"prompt-to-{room}")).to_be_disabled()
        await desk.post(f"/api/cases/{case}/rooms/{room}/free", {})
        await expect(tile).to_have_count(0)


async def _role_followed(installation: Installation, wall: Page) -> None:
    """Who only audits a case from now on is offered nothing else, on the page that is open."""
    case = installation.store.case
    async with installation.desk("lin") as desk:
        members = (await desk.get(f"/api/cases/{case}/members"))["members"]
        [mine] = [one["id"] for one in members if one["mine"]]
        await desk.post(f"/api/cases/{case}/members", {"member": mine, "role": "auditor"})
    await expect(wall.get_by_test_id("prompt-input")).to_have_count(0)
    await expect(wall.get_by_test_id(f"tile-{ONE}")).to_be_visible()
    async with installation.desk("admin") as desk:
        await desk.post(f"/api/cases/{case}/members", {"member": mine, "role": "manager"})
    await expect(wall.get_by_test_id("prompt-input")).to_be_visible()
