"""Pictures of the comparison in every tone: red, amber, grey, and what a language model suggests.

Two rooms answer five points through a centre without a recorder, so there are words and no media.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from command_centre.desk.context import WEB_DIST
from tests.browser.browser import browser
from tests.browser.pictures import photographed
from tests.command_centre.centre import CASE, Centre, running_centre
from tests.command_centre.model_server import differ, model_server
from tests.command_centre.test_comparison import say, take_prompt
from tests.command_centre.test_suggestions import UNREAD, differences, settled
from tests.command_centre.web import Web, serving

#: A point, and the answer of each room to it.
_ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "核实危险作业由谁安排",
        {"room1": "是李某指派我去的", "room2": "没有人安排，我没有指派过张某"},
    ),
    ("核实什么时候开始作业", {"room1": "早上九点开始的", "room2": "好像是下午两点多开始的吧"}),
    ("核实有没有办理作业票", {"room1": "没有办作业票", "room2": "办了作业票"}),
    ("核实作业前谁到过现场", UNREAD),
)


async def differences_photographed(folder: Path, target: Path) -> None:
    """Makes ``compare-TONE-LANGUAGE-SIZE-THEME.png``, and the wall with all of them."""
    with model_server() as server:
        server.writes = _of_the_unread
        model = {
            "url": server.url,
            "model": "qwen-test",
            "timeout_seconds": 10.0,
            "max_requests_per_minute": 600,
        }
        async with (
            running_centre(folder, web_dist=WEB_DIST, settings={"local_model": model}) as centre,
            serving(centre) as web,
            browser(width=1440, height=900) as context,
        ):
            address = f"http://127.0.0.1:{web.port}"
            cookie = {"name": "duizhi_login", "value": centre.cookies["manager"], "url": address}
            await context.add_cookies([cookie])  # type: ignore[list-item]
            page = await context.new_page()
            await _nothing_yet(page, address, target)
            await _both_answer(web)
            await _wall(page, address, target)
            await _each(page, address, target, centre)


def _of_the_unread(data: dict[str, Any]) -> str:
    """The model points at what the engine could not read, and at nothing else."""
    return differ(data) if data["a"]["answer"] in UNREAD.values() else '{"differ": false}'


async def _nothing_yet(page: Page, address: str, target: Path) -> None:
    await page.goto(f"{address}/cases/{CASE}/differences")
    await expect(page.get_by_role("main").or_(page.locator(".whole"))).to_be_visible()
    await photographed(page, target, "compare-none")


async def _both_answer(web: Web) -> None:
    """Each point is prompted in both rooms, and answered there."""
    centre = web.centre
    points = await _points(centre)
    sessions = {room: await centre.open_room(room) for room in ("room1", "room2")}
    async with (
        web.desk("manager") as wall,
        web.desk("interviewer", "room", "room1") as first,
        web.desk("interviewer", "room", "room2") as second,
    ):
        for text, said in _ASKED:
            await wall.command(
                "prompt.send", text=text, point=points[text], rooms=list(said), key=text
            )
            for desk in (first, second):
                await take_prompt(desk)
            for room, answer in said.items():
                say(centre, sessions[room], room, f"{text[2:]}", after_s=5, asks=True)
                say(centre, sessions[room], room, answer, after_s=9)
            await settled(centre)
            centre.clock.forward(30)


async def _points(centre: Centre) -> dict[str, str]:
    """The points asked about, those of the case and those added to it: text to id."""
    async with centre.client("manager") as client:
        known = (await client.get(f"/api/cases/{CASE}")).json()["points"]
        points = {str(one["text"]): str(one["id"]) for one in known}
        for text, _ in _ASKED:
            if text not in points:
                made = await client.post(f"/api/cases/{CASE}/points", json={"text": text})
                points[text] = str(made.json()["id"])
    return points


async def _wall(page: Page, address: str, target: Path) -> None:
    await page.goto(f"{address}/wall/{CASE}")
    await page.get_by_test_id("mode-matrix").click()
    await expect(page.get_by_test_id("badge-p1-zhang")).to_be_visible()
    await photographed(page, target, "compare-wall")


async def _each(page: Page, address: str, target: Path, centre: Centre) -> None:
    seen: set[str] = set()
    for one in await differences(centre):
        finding = one["finding"]
        tone = str(finding["tier"])
        if tone in seen:
            continue
        seen.add(tone)
        await page.goto(f"{address}/cases/{CASE}/differences/{finding['id']}")
        await expect(page.get_by_test_id("compare-title")).to_be_visible()
        await photographed(page, target, f"compare-{tone}")
    missing = {"red", "amber", "grey", "suggested"} - seen
    assert not missing, f"no difference of these tones: {missing}"
