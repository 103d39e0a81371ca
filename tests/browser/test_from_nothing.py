"""A case from an empty centre to the signed record: nothing comes from a case file.

Real processes. Accounts and the room are made over HTTP, as an administrator does before; what
belongs to the case is done in the pages: opened, people, points, room, who sits in it, checked,
recorded, asked, signed, sealed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from command_centre.demo_desk import Desk
from command_centre.demo_store import DemoAccount
from command_centre.desk.recorder_port import append
from command_centre.recorder_router import RecorderRouter
from command_centre.zmq_bus import ZmqBus
from config.bus import Bus
from config.demo import CLIPS
from config.recorders import recorder_names
from config.settings import load
from config.words import Role
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from tests.browser.browser import Errors, browser, nothing, seen_when_failed, sign_in
from tests.browser.test_accessibility import violations
from tests.browser.test_admin import fresh_centre
from tests.browser.test_record import review, sign_everything
from tests.demo.clip_reader import write_channel_wav
from tests.e2e.installation import until

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.slow]

PASSWORD = "three blind mice 47"
LIN = DemoAccount("lin", "林某某", Role.MANAGER, PASSWORD)
WU = DemoAccount("wu", "吴某某", Role.INTERVIEWER, PASSWORD)
POINT = "核实危险作业由谁安排"
#: How the browser says that the centre refused.
REFUSED = "status of 409"
#: What the room hears after the prompt, as the transcriber would write it down.
ASKED, ANSWERED = "危险作业是谁安排的", "是李某安排我和几名工人去的"


@dataclass
class Centre:
    """A centre in which nobody has opened a case."""

    address: str
    store: Path
    room: str


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    store = tmp_path / "store"
    async with fresh_centre(store) as (address, admin):
        async with Desk(address, admin.account, admin.password) as desk:
            for one, certificate in ((LIN, ""), (WU, "渭执A0021")):
                said = {"account": one.account, "name": one.name, "role": one.role}
                said |= {"password": one.password, "certificate": certificate}
                await desk.post("/api/accounts", said)
            rooms = await desk.post("/api/rooms", {"name": "询问室 1", "name_en": "Room 1"})
            room = rooms["rooms"][0]["id"]
            camera = {"kind": "room_camera", "room": room, "name": "平板"}
            await desk.post("/api/sources", camera)
        yield Centre(address, store, room)


@pytest.fixture
async def microphone(tmp_path: Path) -> Path:
    path = tmp_path / "voice.wav"
    await asyncio.to_thread(write_channel_wav, CLIPS / "room1.mp4", 1, path, 91.5, 60.0)
    return path


async def test_a_case_begins_with_nothing_and_ends_signed(centre: Centre, microphone: Path) -> None:
    async with (
        browser(width=1440, height=900) as desk,
        browser(microphone=microphone, width=1280, height=800) as tablet,
    ):
        lead, room = await desk.new_page(), await tablet.new_page()
        complaints = Errors(lead, centre.address), Errors(room, centre.address)
        async with seen_when_failed(lead, room):
            await sign_in(lead, centre.address, LIN)
            case = await _opens_the_case(lead)
            await _adds_people_and_points(lead)
            await _gives_the_room_and_its_interviewer(lead, centre, case)
            await _seats_and_takes_back(lead, centre, case)
            session = await _starts_at_the_tablet(room, centre, case)
            await _asks_and_sees_the_cell(lead, room, centre, case, session)
            await _others_come_in_the_middle(lead, centre, case)
            await _is_signed(room)
            await _is_sealed(room)
            await _next_person_changes_no_record(lead, centre, case, session)
        asked, tablet_complaints = complaints
        assert [one for one in asked.found if REFUSED not in one] == []
        assert len(asked.found) == 1  # of taking off somebody who was heard
        assert tablet_complaints.found == []
    await _the_store_verifies(centre, session)


async def _opens_the_case(lead: Page) -> str:
    await lead.get_by_test_id("case-create").click()
    await lead.get_by_test_id("case-number").fill("（渭）应急立〔2026〕101号")
    await lead.get_by_test_id("case-name").fill("储罐清洗案")
    await lead.get_by_test_id("case-save").click()
    await expect(lead.get_by_role("heading", level=1)).to_contain_text("储罐清洗案")
    return lead.url.rsplit("/", 1)[1].split("?")[0]


async def _adds_people_and_points(lead: Page) -> None:
    for name in ("章某", "李某", "误加的"):
        await lead.get_by_test_id("person-add").click()
        await lead.get_by_test_id("person-name").fill(name)
        await lead.get_by_test_id("person-save").click()
        await expect(lead.get_by_test_id("people")).to_contain_text(name)
    for text in (POINT, "核实几点吃的饭"):
        await lead.get_by_test_id("point-add").click()
        await lead.get_by_test_id("point-text").fill(text)
        await lead.get_by_test_id("point-save").click()
        await expect(lead.get_by_test_id("points")).to_contain_text(text.removeprefix("核实"))
    await _puts_points_right(lead)
    await lead.get_by_test_id("part-people").click()
    await _puts_people_right(lead)


async def _puts_points_right(lead: Page) -> None:
    points = lead.get_by_test_id("points")
    await lead.get_by_test_id("point-edit-p2").click()
    await lead.get_by_test_id("point-text").fill("核实几点下的班")
    await lead.get_by_test_id("point-save").click()
    await expect(points).to_contain_text("几点下的班")
    await lead.get_by_test_id("point-edit-p2").click()
    await lead.get_by_test_id("point-retire").click()
    await expect(lead.get_by_test_id("point-edit-p2")).to_have_count(0)
    await lead.get_by_test_id("point-undo").click()
    await expect(lead.get_by_test_id("point-edit-p2")).to_be_visible()
    await lead.get_by_test_id("point-edit-p2").click()
    await lead.get_by_test_id("point-retire").click()
    await lead.get_by_test_id("points-retired").click()  # later it is found there again
    await expect(lead.locator("[data-testid=point-resume-p2]")).to_be_visible()


async def _puts_people_right(lead: Page) -> None:
    people = lead.get_by_test_id("people")
    wrong = people.locator("li", has_text="误加的")
    await wrong.get_by_label("更正误加的").click()
    await lead.get_by_test_id("person-remove").click()
    await expect(wrong).to_have_count(0)
    await lead.get_by_test_id("person-undo").click()
    await expect(wrong).to_have_count(1)
    await wrong.get_by_label("更正误加的").click()
    await lead.get_by_test_id("person-remove").click()
    await expect(wrong).to_have_count(0)
    await people.locator("li", has_text="章某").get_by_label("更正章某").click()
    await lead.get_by_test_id("person-edit-field-name").fill("张某")
    await lead.get_by_test_id("person-edit-field-aliases").fill("小张、老张")
    await lead.get_by_test_id("person-edit-field-name_en").fill("Zhang")
    await lead.get_by_test_id("person-change").click()
    await expect(people).to_contain_text("又称小张、老张")
    await expect(people).not_to_contain_text("章某")


async def _gives_the_room_and_its_interviewer(lead: Page, centre: Centre, case: str) -> None:
    await lead.get_by_test_id("member-add").click()
    await lead.get_by_test_id("member-who").click()
    await lead.get_by_role("option", name="吴某某").click()
    await lead.get_by_test_id("member-put").click()
    await expect(lead.get_by_test_id("members-panel")).to_contain_text("吴某某")
    await lead.get_by_test_id("part-rooms").click()
    await lead.get_by_test_id("room-add").click()
    await lead.get_by_test_id("room-which").click()
    await lead.get_by_role("listbox").get_by_role("option").first.click()
    await lead.get_by_test_id("room-give").click()
    await expect(lead.get_by_test_id(f"seat-person-{centre.room}")).to_be_visible()


async def _choose(lead: Page, name: str) -> None:
    await lead.get_by_test_id("seats").locator(".choice", has_text=name).click()
    await expect(lead.get_by_test_id("seats")).to_be_hidden()


async def _seats_and_takes_back(lead: Page, centre: Centre, case: str) -> None:
    """On the case page: seated, undone, seated again; the room given back comes back whole."""
    rooms, note = lead.get_by_test_id("rooms"), lead.get_by_test_id("seat-note")
    await lead.get_by_test_id(f"seat-person-{centre.room}").click()
    assert await violations(lead) == []
    await _choose(lead, "李某")
    await expect(note).to_contain_text("已安排李某在询问室 1接受询问")
    await lead.get_by_test_id("seat-undo").click()
    await expect(rooms).to_contain_text("未安排被询问人")
    await lead.get_by_test_id("part-people").click()
    person = lead.get_by_test_id("people").locator("li", has_text="张某")
    await person.get_by_role("button", name="安排房间").click()
    await _choose(lead, "询问室 1")
    await expect(person).to_contain_text("在询问室 1")
    await lead.get_by_test_id("part-rooms").click()
    await _names_the_officers(lead, centre)
    await expect(rooms).to_contain_text("执法人员吴某某、马某某")
    await lead.get_by_test_id(f"room-back-{centre.room}").click()
    await lead.get_by_test_id("room-back-now").click()
    await expect(lead.get_by_test_id(f"seat-person-{centre.room}")).to_have_count(0)
    await lead.get_by_test_id("room-undo").click()
    await expect(rooms).to_contain_text("被询问人张某")
    await expect(rooms).to_contain_text("执法人员吴某某、马某某")


async def _names_the_officers(lead: Page, centre: Centre) -> None:
    """One has an account with a number, the other is typed in."""
    await lead.get_by_test_id(f"seat-officers-{centre.room}").click()
    seats = lead.get_by_test_id("seats")
    await lead.get_by_test_id("officer-offer-吴某某").click()
    await expect(seats).to_contain_text("还缺 1 名")
    await lead.get_by_test_id("officer-name").fill("马某某")
    await expect(lead.get_by_test_id("officer-add")).to_be_disabled()  # a number belongs to it
    await lead.get_by_test_id("officer-certificate").fill("渭执A0034")
    await lead.get_by_test_id("officer-add").click()
    await expect(lead.get_by_test_id("officer-duty-1")).to_have_value("clerk")
    await expect(seats).not_to_contain_text("还缺")
    assert await violations(lead) == []
    await lead.get_by_test_id("officers-save").click()
    await expect(seats).to_be_hidden()


async def _starts_at_the_tablet(room: Page, centre: Centre, case: str) -> str:
    """The tablet hears at once who sits there; it seats another one, and the first one again."""
    await sign_in(room, centre.address, WU)
    await room.get_by_test_id(f"choose-{centre.room}").click()
    person = room.get_by_test_id("check-person")
    await expect(person).to_contain_text("张某，储罐清洗案")
    await room.get_by_test_id("check-person-pick").click()
    assert await violations(room) == []
    await _choose(room, "李某")
    await expect(person).to_contain_text("李某")
    await room.get_by_test_id("seat-undo").click()
    await expect(person).to_contain_text("张某")
    officers = room.get_by_test_id("check-officers")
    await expect(officers).to_contain_text("吴某某 渭执A0021、马某某 渭执A0034")
    await room.get_by_test_id("check-officers-tap").click()
    await room.get_by_test_id("check-notice-tap").click()
    for point in ("person", "officers", "notice", "picture", "sound", "space"):
        await expect(room.get_by_test_id(f"check-{point}")).not_to_have_attribute(
            "data-state", "unmet"
        )
    await room.get_by_test_id("room-start").click()
    await expect(room.get_by_test_id("room-recording")).to_have_attribute("data-state", "ok")
    return await _checked(centre, case)


async def _checked(centre: Centre, case: str) -> str:
    """The session, once its check list is in the log with nothing unmet."""
    async with Desk(centre.address, WU.account, WU.password) as desk:
        [session] = (await desk.get(f"/api/cases/{case}"))["sessions"]
        assert session["person_name"] == "张某"
        path = f"/api/sessions/{session['id']}/record/review"

        async def said() -> bool:
            return bool((await desk.get(path))["checks"])

        await until(said, 60)
        checks = (await desk.get(path))["checks"]
    assert checks["unmet"] == []
    assert [one["certificate"] for one in checks["officers"]] == ["渭执A0021", "渭执A0034"]
    return str(session["id"])


async def _asks_and_sees_the_cell(
    lead: Page, room: Page, centre: Centre, case: str, session: str
) -> None:
    await lead.goto(f"{centre.address}/wall/{case}")
    await lead.get_by_test_id("mode-matrix").click()
    await lead.get_by_test_id("point-p1").click()
    await lead.get_by_test_id("prompt-send").click()
    await expect(room.get_by_test_id("room-prompt")).to_contain_text(POINT)
    await room.get_by_test_id("room-asked").click()
    await expect(lead.get_by_test_id(f"prompt-receipt-{centre.room}")).to_contain_text("已问")
    settings = load(centre.store / "duizhi.toml")
    recorders = recorder_names(settings.recorder.processes)
    async with ZmqBus(settings.bus_path, "test", recorders, settings.bus.high_water) as line:
        bus = RecorderRouter(line, recorders)
        for number, (who, text) in enumerate((("interviewer", ASKED), ("interviewee", ANSWERED))):
            await _hear(bus, centre, session, number, who, text)
    cell = lead.locator(f"[data-cell^=p1-][data-room={centre.room}]")
    await expect(cell).to_contain_text("李某")
    await lead.goto(f"{centre.address}/cases/{case}")
    await expect(lead.get_by_test_id("points")).to_contain_text("张某说到")


async def _hear(bus: Bus, centre: Centre, session: str, number: int, who: str, text: str) -> None:
    at_us = time.time_ns() // 1000
    body: dict[str, Any] = {"source": "spoken", "id": f"u-test-{number}", "speaker": who}
    body |= {"start_us": at_us, "end_us": at_us + 1_000_000, "text": text, "words": []}
    await append(
        bus,
        key=str(body["id"]),
        kind="utterance",
        session=session,
        room=centre.room,
        body=body,
        t_us=at_us,
    )


async def _others_come_in_the_middle(lead: Page, centre: Centre, case: str) -> None:
    """Who is questioned stays; an officer may come, which is an entry of the session."""
    await lead.goto(f"{centre.address}/cases/{case}?part=rooms")
    await expect(lead.get_by_test_id(f"seat-person-{centre.room}")).to_be_disabled()
    await lead.get_by_test_id(f"seat-officers-{centre.room}").click()
    await expect(lead.get_by_test_id("seats")).to_contain_text("询问正在进行")
    await lead.get_by_test_id("officer-name").fill("高某某")
    await lead.get_by_test_id("officer-certificate").fill("渭执A0040")
    await lead.get_by_test_id("officer-add").click()
    await lead.get_by_test_id("officers-save").click()
    await expect(lead.get_by_test_id("rooms")).to_contain_text("吴某某、马某某、高某某")
    await lead.get_by_test_id("seat-undo").click()
    await expect(lead.get_by_test_id("rooms")).not_to_contain_text("高某某、")


async def _is_signed(room: Page) -> None:
    """By the person, and by every officer who was there; before the camera, so before the end."""
    await room.get_by_test_id("room-record").click()
    lines = room.get_by_test_id("record-lines").locator("textarea")
    await expect(lines.first).to_be_visible()
    heard = await lines.evaluate_all("all => all.map((one) => one.value)")
    asked = next(at for at, text in enumerate(heard) if text.startswith(ASKED))
    await lines.nth(asked).fill(ASKED + "？")
    await room.get_by_test_id("record-save").click()
    await review(room, nothing)
    await room.get_by_test_id("record-make").click()
    signers = room.locator(".signers")
    for name in ("张某", "吴某某", "马某某"):
        await expect(signers).to_contain_text(name)
    await sign_everything(PASSWORD, room, nothing)


async def _is_sealed(room: Page) -> None:
    await room.get_by_test_id("record-close").click()
    await room.get_by_test_id("room-stop").hover()
    await room.mouse.down()
    await asyncio.sleep(1.4)
    await room.mouse.up()
    anyway, receipt = room.get_by_test_id("stop-anyway"), room.get_by_test_id("room-receipt")
    await expect(anyway.or_(receipt)).to_be_visible()
    if await anyway.is_visible():  # steps that nobody took, or the centre did not say in time
        await anyway.click()
    await expect(receipt).to_be_visible()


async def _next_person_changes_no_record(
    lead: Page, centre: Centre, case: str, session: str
) -> None:
    await lead.goto(f"{centre.address}/cases/{case}?part=rooms")
    await lead.get_by_test_id(f"seat-person-{centre.room}").click()
    await _choose(lead, "李某")
    await lead.get_by_test_id("part-people").click()
    zhang = lead.get_by_test_id("people").locator("li", has_text="张某")
    await zhang.get_by_label("更正张某").click()
    await lead.get_by_test_id("person-remove").click()
    await expect(zhang).to_contain_text("已在本案接受过询问")
    async with Desk(centre.address, WU.account, WU.password) as desk:
        record = await desk.get(f"/api/sessions/{session}/record")
    assert record["header"]["name"] == "张某"


async def _the_store_verifies(centre: Centre, session: str) -> None:
    report = await asyncio.to_thread(verify_path, centre.store)
    assert report.exit_code == 0, report.findings
    reader = LogReader(centre.store / "recorder-1" / "log")
    size = reader.checkpoint().size
    entries = [json.loads(one) for one in await asyncio.to_thread(reader.opened, 0, size)]
    told = [one["body"] for one in entries if one["kind"] == "officers.changed"]
    names = [[officer["name"] for officer in one["officers"]] for one in told]
    assert names == [["吴某某", "马某某", "高某某"], ["吴某某", "马某某"]]
    signed = {one["body"].get("name") for one in entries if one["kind"] == "page.signed"}
    assert {"张某", "吴某某", "马某某", "高某某"} <= signed
