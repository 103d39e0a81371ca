"""The matrix of points and people: three people, two rooms, one of them in no room any more.

A centre without a recorder, so there are words and no media; what plays is looked at in
``test_compare.py``.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from command_centre.desk.context import WEB_DIST
from tests.browser.browser import Errors, browser, photograph, seen_when_failed, speak
from tests.browser.test_accessibility import violations
from tests.command_centre.centre import CASE, Centre, running_centre
from tests.command_centre.test_comparison import say, settled
from tests.command_centre.web import Web, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WEEK_S = 7 * 86_400
LEADING = "是李某派你去的，对吧？"
#: What each person says of each point; 王某 said it in room 1 before 张某 sat there.
SAID = {
    ("p1", "wang"): "是李某让我看着的",
    ("p1", "zhang"): "是李某指派我去的",
    ("p1", "li"): "没有人安排，我没有指派过张某",
    ("p2", "wang"): "上午八点开始的",
    ("p2", "zhang"): "早上九点开始的",
    ("p2", "li"): "下午两点开始的",
}
ASKED = {"p1": "这次作业是谁安排的", "p2": "什么时候开始作业"}
IN_ALL = [(point, person) for point in ASKED for person in ("zhang", "li", "wang")]
#: Whether the middle of an element is to be seen, and nothing lies over it.
_UNCOVERED = """one => {
  const box = one.getBoundingClientRect()
  const across = box.left + Math.min(box.width / 2, 24)
  const top = document.elementFromPoint(across, box.top + box.height / 2)
  return one === top || one.contains(top) || (top?.contains(one) ?? false)
}"""


@contextlib.asynccontextmanager
async def matrix(directory: Path) -> AsyncIterator[Web]:
    """A centre in which three people have spoken, and two of them sit in rooms."""
    async with running_centre(directory, web_dist=WEB_DIST) as centre, serving(centre) as web:
        await _seat(centre, "room1", "wang")
        earlier = await centre.open_room("room1")
        _both(centre, earlier, "room1", "wang", -WEEK_S)
        await settled(centre)
        await centre.context.sessions.close(earlier, "test", "done")
        await _seat(centre, "room1", "zhang")
        for room, person in (("room1", "zhang"), ("room2", "li")):
            _both(centre, await centre.open_room(room), room, person, 0)
        await settled(centre)
        yield web


def _both(centre: Centre, session: str, room: str, person: str, from_s: float) -> None:
    for number, (point, question) in enumerate(ASKED.items()):
        at_s = from_s + 30 * number
        say(centre, session, room, question, after_s=at_s + 5, asks=True)
        say(centre, session, room, SAID[point, person], after_s=at_s + 9)


async def _seat(centre: Centre, room: str, person: str) -> None:
    async with centre.client("manager") as client:
        answer = await client.post(f"/api/rooms/{room}/person", json={"person": person})
    assert answer.status_code == 200, answer.text


async def _page(context: BrowserContext, web: Web, role: str) -> Page:
    address = f"http://127.0.0.1:{web.port}"
    cookie = {"name": "duizhi_login", "value": web.centre.cookies[role], "url": address}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    return await context.new_page()


def _at(web: Web, path: str) -> str:
    return f"http://127.0.0.1:{web.port}{path.format(case=CASE)}"


WALL, POINTS = "/wall/{case}", "/cases/{case}?part=points"


async def _heads(page: Page) -> list[str]:
    """Who has a column, and where they are said to be."""
    heads = page.get_by_test_id("matrix").locator("th[data-column]")
    return [" ".join((await one.inner_text()).split()) for one in await heads.all()]


async def _seen(page: Page, cell: Locator) -> str:
    """Bring a cell into sight as somebody would, and read what stands there uncovered."""
    quote = cell.locator(".quote")
    await quote.focus()
    await expect(quote).to_be_in_viewport()
    assert await quote.evaluate(_UNCOVERED), await cell.inner_text()
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert await page.evaluate(wide), "the page itself scrolls sideways"
    return await cell.inner_text()


async def _every_cell_is_seen(page: Page) -> None:
    for point, person in IN_ALL:
        cell = page.locator(f"[data-cell={point}-{person}]")
        words = await _seen(page, cell)
        assert SAID[point, person].split("，")[0] in "".join(words.split()), (point, person)
        assert ":" in words, "no time"


async def test_every_cell_is_seen_on_the_wall_and_the_case_page(tmp_path: Path) -> None:
    async with matrix(tmp_path) as web, browser(width=1366, height=768) as context:
        page = await _page(context, web, "manager")
        complaints = Errors(page, _at(web, ""))
        async with seen_when_failed(page):
            await page.goto(_at(web, WALL))
            await expect(page.locator("[data-cell=p1-wang] .quote")).to_be_attached()
            heads = await _heads(page)
            assert heads[:2] == ["张某 询问室 1", "李某 询问室 2"]
            assert heads[2].startswith("王某 不在询问室 · 20")
            await _every_cell_is_seen(page)
            await _the_points_stay_in_sight(page)
            assert await page.get_by_test_id("badge-p1-wang").count() == 1
            await photograph(page, "matrix-wall")
            await page.get_by_test_id("mode-matrix").click()
            await _every_cell_is_seen(page)
            await photograph(page, "matrix-wide")
            assert await violations(page) == []

            await page.goto(_at(web, POINTS))
            await expect(page.locator("[data-cell=p1-wang] .quote")).to_be_attached()
            assert (await _heads(page))[:2] == heads[:2]
            await _every_cell_is_seen(page)
            await photograph(page, "matrix-case")
            assert await violations(page) == []
            await speak(page, "en")
            await expect(page.get_by_role("heading", name="Comparison")).to_be_visible()
            assert "Not in a room" in (await _heads(page))[2]
        assert complaints.found == []


async def _the_points_stay_in_sight(page: Page) -> None:
    """The columns scroll inside the panel, by keys too; the first one stays."""
    scroll = page.get_by_test_id("matrix-scroll")
    point = page.get_by_test_id("point-p1")
    await scroll.evaluate("one => { one.scrollLeft = 0 }")
    before = await point.bounding_box()
    assert await scroll.evaluate("one => one.scrollWidth > one.clientWidth"), "nothing to scroll"
    await scroll.focus()
    for _ in range(4):
        await page.keyboard.press("ArrowRight")
    await page.wait_for_function("one => one.scrollLeft > 20", arg=await scroll.element_handle())
    after = await point.bounding_box()
    assert before
    assert after
    assert abs(before["x"] - after["x"]) < 1
    assert await point.evaluate(_UNCOVERED)


async def test_a_cell_opens_its_moment_and_what_is_said_now_is_lit(tmp_path: Path) -> None:
    async with matrix(tmp_path) as web, browser(width=1600, height=900) as context:
        page = await _page(context, web, "manager")
        async with seen_when_failed(page):
            await page.goto(_at(web, WALL))
            await page.get_by_test_id("quote-p1-zhang").click()
            lit = page.get_by_test_id("transcript-room1").locator(".lit")
            await expect(lit).to_contain_text(SAID["p1", "zhang"])
            assert "/wall/" in page.url
            await page.get_by_test_id("quote-p1-wang").focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_test_id("moment-line")).to_contain_text(SAID["p1", "wang"])
            for role in ("manager", "auditor"):
                page = await _page(context, web, role)
                for point, person in IN_ALL:
                    await page.goto(_at(web, POINTS))
                    await page.get_by_test_id(f"quote-{point}-{person}").click()
                    await page.wait_for_url("**/moment?*")
                    line = page.get_by_test_id("moment-line")
                    await expect(line).to_contain_text(SAID[point, person])


async def test_who_has_a_column_is_chosen_and_kept(tmp_path: Path) -> None:
    async with matrix(tmp_path) as web, browser(width=1366, height=768) as context:
        page = await _page(context, web, "manager")
        async with seen_when_failed(page):
            await page.goto(_at(web, WALL))
            await expect(page.get_by_test_id("matrix-people")).to_have_text("3 人")
            await page.get_by_test_id("matrix-people").click()
            await page.get_by_test_id("matrix-show-li").uncheck()
            await expect(page.locator("[data-cell=p1-li]")).to_have_count(0)
            await expect(page.get_by_test_id("matrix-people")).to_have_text("显示 2/3 人")
            await page.get_by_test_id("matrix-show-zhang").uncheck()
            await expect(page.get_by_test_id("matrix-show-wang")).to_be_disabled()
            await photograph(page, "matrix-people")
            await page.goto(_at(web, POINTS))
            await expect(page.locator("[data-cell=p1-wang]")).to_be_visible()
            assert len(await _heads(page)) == 1
            await page.get_by_test_id("matrix-people").click()
            for person in ("li", "zhang"):
                await page.get_by_test_id(f"matrix-show-{person}").check()
            await page.reload()
            await expect(page.locator("[data-cell=p1-li]")).to_be_visible()
            assert len(await _heads(page)) == 3


async def test_a_case_without_rooms_keeps_its_matrix_and_who_reads_changes_nothing(
    tmp_path: Path,
) -> None:
    async with matrix(tmp_path) as web, browser(width=1366, height=768) as context:
        await _rooms_given_back(web)
        page = await _page(context, web, "auditor")
        async with seen_when_failed(page):
            for path in (POINTS, WALL):
                await page.goto(_at(web, path))
                await _every_cell_is_seen(page)
                assert all("不在询问室" in head for head in await _heads(page))
                await expect(page.get_by_test_id("matrix-add")).to_have_count(0)
                await expect(page.get_by_test_id("templates-open")).to_have_count(0)
                await photograph(page, f"matrix-back-{path[1:5]}")
            other = await _page(context, web, "interviewer")
            await other.goto(_at(web, "/cases/{case}?part=points"))
            await expect(other.get_by_test_id("part-people")).to_be_visible()
            await expect(other.get_by_test_id("part-points")).to_have_count(0)
            await expect(other.get_by_test_id("matrix")).to_have_count(0)


async def _rooms_given_back(web: Web) -> None:
    centre = web.centre
    async with centre.client("manager") as client:
        detail = (await client.get(f"/api/cases/{CASE}")).json()
        for room in detail["rooms"]:
            if room["session"]:
                await centre.context.sessions.close(room["session"]["id"], "test", "done")
        await centre.settle()
        for room in detail["rooms"]:
            answer = await client.post(f"/api/cases/{CASE}/rooms/{room['id']}/free", json={})
            assert answer.status_code == 200, answer.text


async def test_a_sentence_becomes_a_point_and_a_leading_one_is_kept_knowingly(
    tmp_path: Path,
) -> None:
    async with matrix(tmp_path) as web, browser(width=1600, height=900) as context:
        centre = web.centre
        async with centre.client("manager") as client:
            detail = (await client.get(f"/api/cases/{CASE}")).json()
        session = next(one["session"]["id"] for one in detail["rooms"] if one["id"] == "room2")
        say(centre, session, "room2", "当天谁在现场监护？", after_s=90, asks=True)
        say(centre, session, "room2", LEADING, after_s=99, asks=True)
        await settled(centre)
        page = await _page(context, web, "manager")
        async with seen_when_failed(page):
            await page.goto(_at(web, WALL))
            script = page.get_by_test_id("transcript-room2")
            await script.get_by_text("当天谁在现场监护？").click()
            await page.get_by_test_id("sentence-point").click()
            await expect(page.get_by_test_id("point-p3")).to_have_text("当天谁在现场监护")
            await expect(page.get_by_test_id("sentence-point")).to_be_hidden()

            await script.get_by_text(LEADING).click()
            await page.get_by_test_id("sentence-point").click()
            form = page.get_by_test_id("sentence-point-form")
            await expect(form.get_by_test_id("wording-hint").first).to_be_visible()
            await photograph(page, "sentence-point")
            assert await violations(page) == []
            await form.get_by_test_id("sentence-point-add").click()
            await expect(form.get_by_test_id("wording-keep")).to_be_visible()
            await expect(page.get_by_test_id("point-p4")).to_have_count(0)
            await form.get_by_test_id("wording-keep").click()
            await expect(page.get_by_test_id("point-p4")).to_have_text("是李某派你去的，对吧")
        added = [body for kind, body in centre.log.entries if kind == "point.add"][-2:]
    assert [one["utterance"] != "" for one in added] == [True, True]
    assert "wording" not in added[0]
    assert set(added[1]["wording"]) == {"text.L", "text.Z"}


async def test_a_leading_point_is_pointed_out_in_both_forms(tmp_path: Path) -> None:
    async with matrix(tmp_path) as web, browser(width=1366, height=768) as context:
        page = await _page(context, web, "manager")
        async with seen_when_failed(page):
            await page.goto(_at(web, WALL))
            await page.get_by_test_id("matrix-add").click()
            await page.get_by_test_id("matrix-point-text").fill(LEADING)
            matrix_panel = page.get_by_test_id("matrix")
            await expect(matrix_panel.get_by_test_id("wording-hint")).to_have_count(2)
            await photograph(page, "matrix-hint")
            await page.get_by_test_id("matrix-point-save").click()
            await expect(page.get_by_test_id("point-p3")).to_have_count(0)
            await matrix_panel.get_by_test_id("wording-take").first.click()
            await expect(matrix_panel.get_by_test_id("wording-hint")).to_have_count(0)
            neutral = await page.get_by_test_id("matrix-point-text").input_value()
            await page.get_by_test_id("matrix-point-save").click()
            await expect(page.get_by_test_id("point-p3")).to_be_visible()

            await page.goto(_at(web, "/cases/{case}"))
            await page.get_by_test_id("point-add").click()
            await page.get_by_test_id("point-text").fill(LEADING)
            form = page.get_by_test_id("point-form")
            await expect(form.get_by_test_id("wording-hint")).to_have_count(2)
            await photograph(page, "case-point-hint")
            await page.get_by_test_id("point-save").click()
            await form.get_by_test_id("wording-keep").click()
            await expect(form).to_have_count(0)
        bodies = [body for kind, body in web.centre.log.entries if kind == "point.add"][-2:]
    assert [body["text"] for body in bodies] == [neutral, LEADING]
    assert [len(body.get("wording", [])) for body in bodies] == [0, 2]
