"""Calls from a device to the centre: who may, who takes them, how they end, what is logged."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from command_centre.db import schema
from command_centre.db.accounts import HASHER, add_account, add_login
from command_centre.db.database import Writing
from command_centre.desk.voice import AWAY_S, UNANSWERED_S
from config.words import MICROSECONDS, Role
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.test_voice import ended, kinds, line_event
from tests.command_centre.test_voice_device import Phone, phone_at
from tests.command_centre.web import DeskClient, Web

SECOND = "second manager"


async def second_manager(centre: Centre) -> None:
    """Another person who may speak to the devices of the case."""
    now_us = centre.clock.now_us()

    def added(writing: Writing) -> str:
        account = add_account(
            writing,
            account="second",
            name="Second",
            role=Role.MANAGER,
            password_hash=HASHER.hash("unused"),
            now_us=now_us,
        )
        return add_login(writing, account, now_us, 12)[0]

    centre.cookies = {**centre.cookies, SECOND: await centre.context.database.write(added)}


async def calls(phone: Phone, key: str = "k") -> httpx.Response:
    return await phone.client.post(f"/api/devices/{phone.source}/call", json={"key": key})


async def rings(phone: Phone, key: str = "k") -> str:
    """The id of the phone's call."""
    answer = await calls(phone, key)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["call"]["id"])


async def over(phone: Phone) -> dict[str, Any] | None:
    """What the phone is told of its call that has ended."""
    state = (await phone.client.get(f"/api/devices/{phone.source}")).json()
    assert state["call"] is None
    told: dict[str, Any] | None = state["call_over"]
    return told


async def takes(desk: DeskClient, line: str, *, accept: bool = True) -> dict[str, Any]:
    return await desk.command("voice.take", room="site", line=line, accept=accept)


async def test_one_takes_it_and_both_ends_speak(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("site")
    await second_manager(centre)
    async with (
        web.desk("manager") as wall,
        web.desk(SECOND) as other,
        centre.client("manager") as manager,
    ):
        phone = await phone_at(web)
        line = await rings(phone)
        assert await rings(phone) == line  # a repeat after a lost answer
        assert (await calls(phone, "other")).json()["code"] == "line_busy"
        rung = await line_event(wall)
        assert (rung["by"], rung["to"], rung["session"]) == (
            *(f"source:{phone.source}", phone.source, session),
        )
        assert rung["source"] == f"call-{phone.source}"
        told = await phone.call() or {}
        assert (told["state"], told["own"], told["by_name"]) == ("calling", True, "")
        assert told["unanswered_us"] == rung["called_us"] + UNANSWERED_S * MICROSECONDS
        own = await phone.does("answer", line=line, accept=True)  # nobody takes their own call
        assert own.json()["code"] == "unknown_line"
        where = {"room": "site", "line": line}
        early = await wall.command("voice.talk", **where, on=True)
        assert early["code"] == "not_your_line"

        [taken] = (await takes(wall, line))["lines"]
        assert taken["state"] == "open"
        assert (await takes(wall, line))["lines"] == [taken]
        seen = await line_event(other, lambda one: one["state"] == "open")
        assert seen["answered_by"] == taken["answered_by"] != ""
        for accept in (True, False):
            late = await takes(other, line, accept=accept)
            assert late["code"] == "line_taken"
        assert (await other.command("voice.talk", **where, on=True))["code"] == "not_your_line"
        told = await phone.call() or {}
        assert (told["state"], told["by_name"]) == ("open", taken["answered_by"])

        granted = await manager.post("/api/rooms/site/voice", json={"line": line})
        assert granted.json()["source"] == f"call-{phone.source}"
        talking = (await wall.command("voice.talk", **where, on=True))["lines"][0]
        assert (await phone.call() or {})["talking_us"] == talking["talking_us"]
        assert centre.context.voice.gate(rung["source"]) == talking["talking_us"]
        reply = (await phone.does("talk", line=line, on=True)).json()["call"]
        assert reply["replying_us"] > 0
        await phone.does("talk", line=line, on=False)
        await wall.command("voice.talk", **where, on=False)
        assert centre.context.voice.gate(rung["source"]) is None
        await wall.command("voice.end", **where)
        assert (await line_event(other, ended))["why"] == "hung_up"
    last = await over(phone)
    assert last is not None
    assert (last["why"], last["taken"], last["by_name"]) == ("hung_up", True, taken["answered_by"])
    steps = ["called", "opened", "talk", "talk", "quiet", "quiet", "ended"]
    assert kinds(centre) == [f"voice.{step}" for step in steps]
    [called] = centre.recorder.bodies("voice.called")
    assert (called["by"], called["by_name"]) == (f"source:{phone.source}", "手机 01")
    spoken = centre.recorder.bodies("voice.talk")
    assert [one.get("side", "") for one in spoken] == ["called", ""]  # the device called


async def test_it_is_declined_for_everybody(web: Web) -> None:
    await web.centre.open_room("site")
    await second_manager(web.centre)
    async with web.desk("manager") as wall, web.desk(SECOND) as other:
        phone = await phone_at(web)
        line = await rings(phone)
        await takes(wall, line, accept=False)
        assert (await line_event(other, ended))["why"] == "declined"
        assert (await takes(other, line))["code"] == "line_over"
        told = await over(phone)
        assert told is not None
        assert (told["why"], told["taken"], told["by_name"] != "") == ("declined", False, True)
        line = await rings(phone, "again")
        await other.command("voice.end", room="site", line=line)  # the same, said otherwise
        assert (await over(phone) or {})["why"] == "declined"
        web.centre.clock.forward(60)
        assert await over(phone) is None  # told long enough


async def test_it_is_withdrawn(web: Web) -> None:
    await web.centre.open_room("site")
    async with web.desk("manager") as wall:
        phone = await phone_at(web)
        line = await rings(phone)
        assert (await phone.does("end", line=line)).json()["call"] is None
        gone = await line_event(wall, ended)
        assert (gone["why"], gone["ended_by"]) == ("hung_up", "手机 01")
        assert (await takes(wall, line))["code"] == "line_over"
    assert (await over(phone) or {})["withdrawn"] is True
    assert kinds(web.centre) == ["voice.called", "voice.ended"]


async def test_a_call_nobody_takes_ends_by_itself(web: Web) -> None:
    await web.centre.open_room("site")
    async with web.desk("manager") as wall:
        phone = await phone_at(web)
        await rings(phone)
        for _ in range(int(UNANSWERED_S / AWAY_S) + 1):  # its page goes on asking
            web.centre.clock.forward(AWAY_S - 1)
            await phone.call()
        assert (await line_event(wall, ended))["why"] == "unanswered"
        assert (await over(phone) or {})["why"] == "unanswered"


async def test_a_device_that_goes_away_stops_ringing(web: Web) -> None:
    await web.centre.open_room("site")
    async with web.desk("manager") as wall:
        phone = await phone_at(web)
        await rings(phone)
        web.centre.clock.forward(AWAY_S + 1)
        assert (await line_event(wall, ended))["why"] == "away"


async def test_a_device_calls_only_so_often(web: Web) -> None:
    await web.centre.open_room("site")
    phone, other = await phone_at(web), await phone_at(web)
    for number in range(4):
        line = await rings(phone, str(number))
        await phone.does("end", line=line)
    refused = await calls(phone, "more")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) == 10
    await rings(other)  # each device for itself
    web.centre.clock.forward(10)
    await phone.call()
    await rings(phone, "later")


async def test_where_nobody_can_be_called(web: Web) -> None:
    centre = web.centre
    phone = await phone_at(web)
    assert (await calls(phone)).json()["code"] == "no_open_session"
    session = await centre.open_room("site")
    async with web.desk("manager") as wall, centre.client("manager") as manager:
        for key in ("", "k" * 65):
            assert (await calls(phone, key)).json()["code"] == "malformed_request"
        pause = await wall.command("pause.begin", room="site", tracks=["audio"], reason="lawyer")
        assert (await calls(phone)).json()["code"] == "sound_withheld"
        await wall.command("pause.end", room="site", pause=pause["pauses"][0]["id"])
        away = await manager.post(f"/api/sessions/{session}/close", json={"reason": "x"})
        assert away.status_code == 200, away.text
        closed = await manager.post(f"/api/cases/{CASE}/state", json={"state": "closed"})
        assert closed.status_code == 200, closed.text
    assert (await calls(phone)).json()["code"] == "case_closed"
    state = (await phone.client.get(f"/api/devices/{phone.source}")).json()
    assert state["case_open"] is False
    assert kinds(centre) == []


async def test_what_nobody_carries_cannot_call(centre: Centre) -> None:
    await centre.open_room("room1")
    headers = {"Authorization": f"Bearer {await centre.source_token('room1-camera')}"}
    async with centre.client(None, **headers) as camera:
        refused = await camera.post("/api/devices/room1-camera/call", json={"key": "k"})
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_call")


async def test_a_place_of_no_case_calls_nobody(web: Web) -> None:
    """Its case was taken from it while the phone stayed; the page is told why."""
    centre = web.centre
    await centre.open_room("site")
    phone = await phone_at(web)
    table = schema.room
    await centre.context.database.write(
        lambda writing: writing.execute(
            table.update().where(table.c.id == "site").values(case_id=None)
        )
    )
    await centre.context.board.look_again()
    refused = await calls(phone)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_case")
    state = (await phone.client.get(f"/api/devices/{phone.source}")).json()
    assert (state["case_name"], state["case_open"]) == ("", False)
    assert kinds(centre) == []


async def at(phone: Phone) -> str:
    """Where the phone is told that its call may be taken."""
    told = await phone.call() or {}
    return str(told.get("at", ""))


@contextlib.asynccontextmanager
async def other_page(web: Web, person: str, **said: Any) -> AsyncIterator[DeskClient]:
    """A page of somebody that is no desk of a case."""
    cookie = {"Cookie": f"duizhi_login={web.centre.cookies[person]}"}
    async with web.connect("/ws", None, additional_headers=cookie) as connection:
        desk = DeskClient(connection)
        await desk.send({"type": "hello", "protocol": 1, "case": "", "desk": "lists", **said})
        await desk.until("welcome")
        yield desk


async def test_the_caller_is_told_at_once_that_nobody_is_at_the_wall(web: Web) -> None:
    await web.centre.open_room("site")
    async with contextlib.AsyncExitStack() as others:
        # these may look, and may not take it
        await others.enter_async_context(web.desk("auditor"))
        await others.enter_async_context(web.desk("interviewer", "room", "room1"))
        await others.enter_async_context(other_page(web, "auditor"))
        phone = await phone_at(web)
        rung = (await calls(phone)).json()["call"]
        assert (rung["state"], rung["at"]) == ("calling", "nobody")
        async with other_page(web, "manager"):
            assert await at(phone) == "page"
            async with web.desk("manager") as wall:
                assert await at(phone) == "wall"
                await takes(wall, rung["id"])
                assert (await phone.call() or {}).get("at", "") == ""  # somebody has it


async def test_a_screen_nobody_sits_at_is_nobody_at_the_wall(web: Web) -> None:
    await web.centre.open_room("site")
    async with (
        web.desk("manager", unattended=True) as screen,
        other_page(web, "manager", unattended=True),
    ):
        phone = await phone_at(web)
        rung = (await calls(phone)).json()["call"]
        assert (rung["state"], rung["at"]) == ("calling", "nobody")
        assert (await line_event(screen))["id"] == rung["id"]  # it shows it all the same
        async with web.desk("manager"):
            assert await at(phone) == "wall"
        # as the page does where somebody sits down: the same connection, introduced anew
        async with web.desk("manager", cursor=screen.welcome["cursor"]):
            assert await at(phone) == "wall"
        assert await at(phone) == "nobody"


async def test_pages_that_are_no_wall_are_told_that_it_rings(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("site")
    async with (
        other_page(web, "manager") as page,
        centre.client("manager") as manager,
        centre.client("auditor") as auditor,
    ):

        async def listed() -> list[dict[str, Any]]:
            while "calls" not in (await page.until("changed"))["areas"]:
                pass
            found: list[dict[str, Any]] = (await manager.get("/api/calls")).json()["calls"]
            return found

        assert (await manager.get("/api/calls")).json() == {"calls": []}
        phone = await phone_at(web)
        line = await rings(phone)
        [rung] = await listed()
        assert (rung["case"], rung["line"]["id"], rung["line"]["state"]) == (CASE, line, "calling")
        assert (rung["line"]["session"], rung["case_name"] != "") == (session, True)
        assert (rung["source_name"], rung["source_name_en"]) == ("手机 01", "Phone 01")
        assert (await auditor.get("/api/calls")).status_code == 403
        await phone.does("end", line=line)
        [gone] = await listed()
        assert (gone["line"]["state"], gone["line"]["why"]) == ("ended", "hung_up")
        centre.clock.forward(60)
        assert (await manager.get("/api/calls")).json() == {"calls": []}
        # a call of the centre to the device rings at nobody's page
        async with web.desk("manager") as wall:
            await phone.call()
            made = await wall.command("voice.call", room="site", to=phone.source)
            assert made["type"] == "ok", made
            assert (await manager.get("/api/calls")).json() == {"calls": []}


@pytest.mark.parametrize("role", ["auditor", "interviewer"])
async def test_only_who_may_speak_takes_it(web: Web, role: str) -> None:
    await web.centre.open_room("site")
    desk, room = ("room", "room1") if role == "interviewer" else ("wall", None)
    async with web.desk(role, desk, room) as other:
        phone = await phone_at(web)
        line = await rings(phone)
        assert (await takes(other, line))["code"] in ("forbidden", "not_your_room")
    assert kinds(web.centre) == ["voice.called"]


async def test_another_devices_token_and_a_call_of_the_centre(web: Web) -> None:
    await web.centre.open_room("site")
    async with web.desk("manager") as wall:
        phone, other = await phone_at(web), await phone_at(web)
        wrong = await phone.client.post(f"/api/devices/{other.source}/call", json={"key": "k"})
        assert wrong.json()["code"] == "token_of_other_source"
        line = await rings(phone)
        assert (await other.does("end", line=line)).json()["code"] == "unknown_line"
        mine = await wall.command("voice.call", room="site", to=other.source)
        refused = await takes(wall, mine["lines"][0]["id"])
        assert refused["code"] == "unknown_line"
        busy = await wall.command("voice.call", room="site", to=phone.source)
        assert busy["code"] == "line_busy"


async def test_two_who_press_at_once_are_one_who_takes_it(web: Web) -> None:
    await web.centre.open_room("site")
    await second_manager(web.centre)
    async with web.desk("manager") as wall, web.desk(SECOND) as other:
        phone = await phone_at(web)
        line = await rings(phone)
        answers = await asyncio.gather(takes(wall, line), takes(other, line))
    assert sorted(one.get("code", "") for one in answers) == ["", "line_taken"]
    assert len(web.centre.recorder.bodies("voice.opened")) == 1
