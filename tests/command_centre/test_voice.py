"""Voice lines between the wall and rooms: who may, what everybody hears of, how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from command_centre.api.whip import SDP
from command_centre.desk.cases import read_case
from command_centre.desk.voice import LOST_S, UNANSWERED_S
from command_centre.desk.voice_lines import source_of
from config.bus import Refused
from config.words import SourceKind
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.web import DeskClient, Web

SOURCE = "call-room1"


async def line_event(
    client: DeskClient, wanted: Callable[[dict[str, Any]], bool] = lambda _: True
) -> dict[str, Any]:
    """The next line a desk hears of that is as wanted."""
    while True:
        line: dict[str, Any] = (await client.until("voice"))["line"]
        if wanted(line):
            return line


def ended(line: dict[str, Any]) -> bool:
    return str(line["state"]) == "ended"


async def called(wall: DeskClient, **fields: Any) -> dict[str, Any]:
    answer = await wall.command("voice.call", **{"room": "room1", **fields})
    [line] = answer["lines"]
    return dict(line)


async def opened(wall: DeskClient, desk: DeskClient) -> dict[str, Any]:
    line = await called(wall)
    answer = await desk.command("voice.answer", room="room1", line=line["id"], accept=True)
    return dict(answer["lines"][0])


def kinds(centre: Centre) -> list[str]:
    return [one for one in centre.recorder.kinds() if one.startswith("voice.")]


async def test_a_call_is_taken_spoken_on_and_hung_up(web: Web) -> None:
    session = await web.centre.open_room("room1")
    async with (
        web.desk("manager") as wall,
        web.desk("interviewer", "room", "room1") as desk,
        web.desk("interviewer", "room", "room2") as other,
    ):
        line = await called(wall, key="k")
        assert (line["state"], line["session"], line["source"]) == ("calling", session, SOURCE)
        assert await line_event(desk) == line  # the room rings
        assert await called(wall, key="k") == line  # a repeat after a lost answer
        assert (await wall.command("voice.call", room="room1"))["code"] == "line_busy"
        where = {"room": "room1", "line": line["id"]}
        assert (await wall.command("voice.talk", **where, on=True))["code"] == "line_not_open"

        answer = await desk.command("voice.answer", **where, accept=True)
        assert answer["lines"][0]["state"] == "open"
        assert (await line_event(wall, lambda one: one["state"] == "open"))["answered_by"]
        talking = await wall.command("voice.talk", **where, on=True)
        assert talking["lines"][0]["talking_us"] > 0
        await wall.command("voice.talk", **where, on=True)  # nothing new
        assert "talking_us" in await line_event(desk, lambda one: "talking_us" in one)
        await wall.command("voice.talk", **where, on=False)
        over = (await desk.command("voice.end", **where))["lines"][0]
        assert (over["state"], over["why"]) == ("ended", "hung_up")
        assert (await line_event(wall, ended))["ended_by"] == over["ended_by"]
        await wall.command("voice.end", **where)  # a repeat changes nothing
        assert (await wall.command("voice.talk", **where, on=True))["code"] == "line_over"
        await other.command("ping")
        assert not [one for one in other.events() if one["type"] == "voice"]
    assert kinds(web.centre) == [
        *("voice.called", "voice.opened", "voice.talk", "voice.quiet", "voice.ended"),
    ]
    [quiet] = web.centre.recorder.bodies("voice.quiet")
    assert quiet["from_us"] == talking["lines"][0]["talking_us"]
    assert web.centre.recorder.ended == [SOURCE]  # the recorder hangs up as well
    view = await web.centre.context.database.read(lambda c: read_case(c, CASE))
    assert [one.why for one in view.lines] == ["hung_up"]
    assert SOURCE not in [one.id for one in view.sources]  # it is no device


async def test_a_room_declines_and_nobody_publishes(web: Web) -> None:
    await web.centre.open_room("room1")
    async with (
        web.desk("manager") as wall,
        web.desk("interviewer", "room", "room1") as desk,
        web.centre.client("manager") as client,
    ):
        line = await called(wall)
        asked = await client.post("/api/rooms/room1/voice", json={"line": line["id"]})
        assert asked.json()["code"] == "line_not_open"
        where = {"room": "room1", "line": line["id"]}
        answer = await desk.command("voice.answer", **where, accept=False)
        assert answer["lines"][0]["why"] == "declined"
        assert (await desk.command("voice.answer", **where, accept=True))["code"] == "line_over"
    assert kinds(web.centre) == ["voice.called", "voice.ended"]


async def test_the_callers_sound_is_admitted_while_the_line_stands(web: Web) -> None:
    await web.centre.open_room("room1")
    async with (
        web.desk("manager") as wall,
        web.desk("interviewer", "room", "room1") as desk,
        web.centre.client("manager") as client,
        web.centre.client("auditor") as auditor,
    ):
        line = await opened(wall, desk)
        asked = {"line": line["id"]}
        assert (await auditor.post("/api/rooms/room1/voice", json=asked)).status_code == 403
        granted = (await client.post("/api/rooms/room1/voice", json=asked)).json()
        assert granted["source"] == SOURCE
        sent = {"Content-Type": SDP, "Authorization": f"Bearer {granted['token']}"}
        first = await client.post(f"/whip/{SOURCE}", content="v=0\r\n", headers=sent)
        assert first.status_code == 201
        [admitted] = web.centre.recorder.offers
        assert (admitted.source_kind, admitted.room) == (SourceKind.CALL, "room1")
        device = await web.centre.source_token(SOURCE)
        await wall.command("voice.end", room="room1", line=line["id"])
        again = await client.post(f"/whip/{SOURCE}", content="v=0\r\n", headers=sent)
        assert again.json()["code"] == "token_unknown"
        lasting = {**sent, "Authorization": f"Bearer {device}"}
        late = await client.post(f"/whip/{SOURCE}", content="v=0\r\n", headers=lasting)
        assert late.status_code in (401, 409)


async def test_a_line_ends_by_itself(web: Web) -> None:
    session = await web.centre.open_room("room1")
    centre = web.centre
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as desk:
        await called(wall)
        centre.clock.forward(UNANSWERED_S + 1)
        assert (await line_event(wall, ended))["why"] == "unanswered"

        await opened(wall, desk)
        centre.clock.forward(LOST_S - 5)
        centre.recorder.status(SOURCE, session)
        while centre.context.board.state_of(SOURCE) is None:
            await wall.command("ping")
        centre.clock.forward(LOST_S + 1)  # the sound is still there
        await wall.command("ping")
        centre.recorder.status(SOURCE, session, "offline")
        while centre.context.board.statuses[SOURCE].state != "offline":
            await wall.command("ping")
        centre.clock.forward(LOST_S + 1)
        assert (await line_event(desk, ended))["why"] == "lost"


async def test_withheld_sound_ends_a_line_and_allows_none(web: Web) -> None:
    await web.centre.open_room("room1")
    pause = {"room": "room1", "tracks": ["audio", "video"], "reason": "lawyer"}
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as desk:
        await opened(wall, desk)
        await desk.command("pause.begin", **pause)
        over = await line_event(wall, ended)
        assert (over["why"], over.get("ended_by", "")) == ("withheld", "")
        assert (await wall.command("voice.call", room="room1"))["code"] == "sound_withheld"


async def test_a_line_ends_with_its_session(web: Web) -> None:
    session = await web.centre.open_room("room1")
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as desk:
        await opened(wall, desk)
        web.centre.recorder.refuse["append"] = Refused("disk_full", "no room")
        await web.centre.context.sessions.close(session, "test", "done")
        assert (await line_event(wall, ended))["why"] == "closed"  # without an entry of its own
    assert "voice.ended" not in kinds(web.centre)


REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("manager", "voice.call", {"room": "room9"}, "unknown_room"),
    ("manager", "voice.call", {"room": "room2"}, "no_open_session"),
    ("manager", "voice.talk", {"line": "x", "on": True}, "unknown_line"),
    ("manager", "voice.end", {"line": "x"}, "unknown_line"),
    ("manager", "voice.answer", {"line": "x", "accept": True}, "forbidden"),
    ("interviewer", "voice.call", {}, "forbidden"),
    ("interviewer", "voice.talk", {"line": "x", "on": True}, "forbidden"),
    ("interviewer", "voice.end", {"line": "x", "room": "room2"}, "wrong_room"),
    ("auditor", "voice.call", {}, "forbidden"),
    ("auditor", "voice.end", {"line": "x"}, "forbidden"),
]


async def test_what_cannot_be(web: Web) -> None:
    await web.centre.open_room("room1")
    async with (
        web.desk("manager") as manager,
        web.desk("interviewer", "room", "room1") as interviewer,
        web.desk("auditor") as auditor,
    ):
        desks = {"manager": manager, "interviewer": interviewer, "auditor": auditor}
        for role, type, fields, code in REFUSED:
            answer = await desks[role].command(type, **{"room": "room1", **fields})
            assert answer["code"] == code, (role, type)


def test_the_source_of_a_room_is_a_valid_name() -> None:
    assert source_of("room1") == SOURCE
    long = [source_of("r" * 39 + one) for one in "ab"]
    assert long[0] != long[1]
    assert all(len(one) <= 40 for one in long)
