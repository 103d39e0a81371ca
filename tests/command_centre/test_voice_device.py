"""Voice lines to a device: its page rings by what it asks for, takes or declines with its token."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from command_centre.api.whip import SDP
from command_centre.desk.live import FragmentHeader, InitHeader, parse_frame
from command_centre.desk.voice import AWAY_S, UNANSWERED_S
from config.words import MICROSECONDS, SourceKind
from tests.command_centre.test_devices import join
from tests.command_centre.test_live import fragment
from tests.command_centre.test_voice import ended, kinds, line_event
from tests.command_centre.web import DeskClient, Web


class Phone:
    """A device's page: asks how it stands, and acts with its token."""

    def __init__(self, web: Web, source: str, headers: dict[str, str]) -> None:
        self.web, self.source, self.headers = web, source, headers
        self.client = web.centre.client(None, **headers)

    async def call(self) -> dict[str, Any] | None:
        """What it is told of a call."""
        answer = await self.client.get(f"/api/devices/{self.source}")
        call: dict[str, Any] | None = answer.json()["call"]
        return call

    async def does(self, step: str, **said: Any) -> httpx.Response:
        """A step of a call."""
        return await self.client.post(f"/api/devices/{self.source}/call/{step}", json=said)


async def phone_at(web: Web) -> Phone:
    """A phone that has joined; its page is open."""
    source, headers = await join(web.centre)
    phone = Phone(web, source, headers)
    await phone.call()
    return phone


async def called(wall: DeskClient, phone: Phone, **fields: Any) -> dict[str, Any]:
    answer = await wall.command("voice.call", room="site", to=phone.source, **fields)
    assert answer["type"] == "ok", answer
    return dict(answer["lines"][0])


async def opened(wall: DeskClient, phone: Phone) -> dict[str, Any]:
    line = await called(wall, phone)
    assert (await phone.does("answer", line=line["id"], accept=True)).status_code == 200
    return line


async def test_a_device_takes_a_call_and_both_ends_speak(web: Web) -> None:
    session = await web.centre.open_room("site")
    async with web.desk("manager") as wall:
        phone = await phone_at(web)
        line = await called(wall, phone, key="k")
        assert (line["to"], line["session"], line["source"]) == (
            *(phone.source, session),
            f"call-{phone.source}",
        )
        assert await called(wall, phone, key="k") == line  # a repeat after a lost answer
        ringing = await phone.call()
        assert ringing is not None
        assert (ringing["state"], ringing["id"]) == ("calling", line["id"])
        assert ringing["unanswered_us"] == line["called_us"] + UNANSWERED_S * MICROSECONDS
        where = {"room": "site", "line": line["id"]}
        early = await phone.does("talk", line=line["id"], on=True)
        assert (early.status_code, early.json()["code"]) == (409, "line_not_open")

        taken = (await phone.does("answer", line=line["id"], accept=True)).json()["call"]
        assert (taken["state"], "talking_us" in taken) == ("open", False)
        opened_line = await line_event(wall, lambda one: one["state"] == "open")
        assert opened_line["answered_by"] == "手机 01"
        talking = (await wall.command("voice.talk", **where, on=True))["lines"][0]
        assert (await phone.call() or {})["talking_us"] == talking["talking_us"]
        for _ in range(2):  # the second is nothing new
            reply = (await phone.does("talk", line=line["id"], on=True)).json()["call"]
        assert reply["replying_us"] > talking["talking_us"]
        assert "replying_us" in await line_event(wall, lambda one: "replying_us" in one)
        await phone.does("talk", line=line["id"], on=False)
        await wall.command("voice.talk", **where, on=False)
        over = (await phone.does("end", line=line["id"])).json()
        assert over["call"] is None
        last = await line_event(wall, ended)
        assert (last["why"], last["ended_by"], last["to"]) == ("hung_up", "手机 01", phone.source)
        again = await phone.does("talk", line=line["id"], on=True)
        assert again.json()["code"] == "line_over"
    steps = ["called", "opened", "talk", "talk", "quiet", "quiet", "ended"]
    assert kinds(web.centre) == [f"voice.{step}" for step in steps]
    bodies = [one for step in set(steps) for one in web.centre.recorder.bodies(f"voice.{step}")]
    assert {one["to"] for one in bodies} == {phone.source}
    spoken = web.centre.recorder.bodies("voice.talk")
    assert [one.get("side", "") for one in spoken] == ["", "called"]
    assert web.centre.recorder.ended == [line["source"]]


async def test_a_device_and_its_room_are_called_apart(web: Web) -> None:
    await web.centre.open_room("site")
    async with web.desk("manager") as wall:
        one, two = await phone_at(web), await phone_at(web)
        first = await called(wall, one)
        busy = await wall.command("voice.call", room="site", to=one.source)
        assert busy["code"] == "line_busy"
        second = await called(wall, two)
        assert first["id"] != second["id"]
        other = await two.does("answer", line=first["id"], accept=True)
        assert other.json()["code"] == "unknown_line"
        assert (await two.does("answer", line=second["id"], accept=False)).json()["call"] is None
        assert (await line_event(wall, ended))["why"] == "declined"
        assert await two.call() is None
        assert (await one.call() or {})["id"] == first["id"]


async def test_what_cannot_be_called(web: Web) -> None:
    source, headers = await join(web.centre)
    async with web.desk("manager") as wall:
        answer = await wall.command("voice.call", room="site", to=source)
        assert answer["code"] == "no_open_session"
        await web.centre.open_room("site")
        assert (await wall.command("voice.call", room="site", to=source))["code"] == "device_away"
        phone = Phone(web, source, headers)
        await phone.call()
        web.centre.clock.forward(AWAY_S + 1)
        assert (await wall.command("voice.call", room="site", to=source))["code"] == "device_away"
        assert (await wall.command("voice.call", room="site", to="x"))["code"] == "unknown_source"
        other = await wall.command("voice.call", room="room1", to=source)
        assert other["code"] == "unknown_source"
        fixed = await wall.command("voice.call", room="room1", to="room1-camera")
        assert fixed["code"] == "cannot_answer"
    assert kinds(web.centre) == []


async def test_a_call_nobody_takes_ends_by_itself(web: Web) -> None:
    await web.centre.open_room("site")
    clock = web.centre.clock
    async with web.desk("manager") as wall:
        phone = await phone_at(web)
        await called(wall, phone)
        for _ in range(int(UNANSWERED_S / AWAY_S) + 1):  # its page goes on asking
            clock.forward(AWAY_S - 1)
            await phone.call()
        clock.forward(AWAY_S - 1)
        assert (await line_event(wall, ended))["why"] == "unanswered"
        assert await phone.call() is None


async def test_a_device_that_goes_away_loses_its_line(web: Web) -> None:
    await web.centre.open_room("site")
    async with web.desk("manager") as wall:
        phone = await phone_at(web)
        await opened(wall, phone)
        web.centre.clock.forward(AWAY_S + 1)
        over = await line_event(wall, ended)
    assert (over["why"], over.get("ended_by", "")) == ("away", "")
    [entry] = web.centre.recorder.bodies("voice.ended")
    assert (entry["why"], entry["to"]) == ("away", phone.source)


async def test_a_pause_of_sound_ends_it(web: Web) -> None:
    await web.centre.open_room("site")
    pause = {"room": "site", "tracks": ["audio"], "reason": "lawyer"}
    async with web.desk("manager") as wall:
        phone = await phone_at(web)
        await opened(wall, phone)
        begun = await wall.command("pause.begin", **pause)
        assert begun["type"] == "ok", begun
        assert (await line_event(wall, ended))["why"] == "withheld"
        answer = await wall.command("voice.call", room="site", to=phone.source)
        assert answer["code"] == "sound_withheld"


def _relayed(message: bytes) -> object:
    header, data = parse_frame(message)
    if isinstance(header, FragmentHeader):
        return int(data)
    return "init" if isinstance(header, InitHeader) else type(header)


async def test_the_device_hears_only_who_speaks(web: Web) -> None:
    """The gate is the centre's: what comes in while nobody speaks goes to nobody."""
    session = await web.centre.open_room("site")
    centre = web.centre
    async with web.desk("manager") as wall, centre.client("manager") as manager:
        phone = await phone_at(web)
        line = await called(wall, phone)
        path = f"/ws/devices/{phone.source}/call"
        token = phone.headers["Authorization"].removeprefix("Bearer ")
        listen = json.dumps({"type": "listen", "token": token})
        async with web.connect(path, None) as early:
            await early.send(listen)
            assert await DeskClient(early).close_code() == 4403  # not taken yet
        async with web.connect(path, None) as wrong:
            await wrong.send(json.dumps({"type": "listen", "token": "x"}))
            assert await DeskClient(wrong).close_code() == 4403
        await phone.does("answer", line=line["id"], accept=True)
        granted = await manager.post("/api/rooms/site/voice", json={"line": line["id"]})
        sent = {"Content-Type": SDP, "Authorization": f"Bearer {granted.json()['token']}"}
        whip = await manager.post(f"/whip/{line['source']}", content="v=0\r\n", headers=sent)
        assert whip.status_code == 201
        admitted = centre.recorder.offers[-1]
        assert (admitted.source_kind, admitted.room) == (SourceKind.CALL, "site")

        numbers = iter(range(1, 100))

        async def says(*, first: bool = False) -> int:
            made = fragment(
                next(numbers),
                init=first,
                source=line["source"],
                session=session,
                mime='audio/mp4; codecs="opus"',
                start_us=centre.clock.now_us(),
            )
            centre.recorder.media(made)
            return made.number

        where = {"room": "site", "line": line["id"]}
        async with web.connect(path, None) as ear:
            await ear.send(listen)
            while len(centre.context.live) == 0:  # its ear is attached
                await wall.command("ping")
            await says(first=True)
            await says()
            await wall.command("voice.talk", **where, on=True)
            heard = await says()
            assert [_relayed(await _next(ear)) for _ in range(2)] == ["init", heard]
            await wall.command("voice.talk", **where, on=False)
            await says()
            await wall.command("voice.talk", **where, on=True)
            heard = await says()
            assert _relayed(await _next(ear)) == heard
            await wall.command("voice.end", **where)
            code = await DeskClient(ear).close_code()
        assert code == 1000
    viewers = [one["viewer"] for one in centre.recorder.bodies("view.join")]
    assert viewers == [f"source:{phone.source}"]


async def _next(ear: Any) -> bytes:
    async with asyncio.timeout(30):
        return bytes(await ear.recv())


@pytest.mark.parametrize("step", ["answer", "talk", "end"])
async def test_steps_need_the_devices_own_token(web: Web, step: str) -> None:
    phone, other = await phone_at(web), await phone_at(web)
    said = {"line": "x", **({"accept": True} if step == "answer" else {})}
    said |= {"on": True} if step == "talk" else {}
    wrong = await phone.client.post(f"/api/devices/{other.source}/call/{step}", json=said)
    assert wrong.json()["code"] == "token_of_other_source"
    assert (await phone.does(step, **said)).json()["code"] == "unknown_line"
