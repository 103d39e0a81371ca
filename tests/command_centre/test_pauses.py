"""A privileged pause from a desk: who may, what every desk hears, what stays in the index."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from command_centre.desk.audit import session_detail
from command_centre.desk.cases import read_case
from command_centre.desk.pauses import read_pauses
from command_centre.desk.review import read_review
from command_centre.desk.views import LogView
from command_centre.errors import Rejected
from config.bus import Refused
from tests.command_centre.centre import CASE
from tests.command_centre.test_real_recorder import INTERVIEWER, MANAGER, installation
from tests.command_centre.web import DeskClient, Web

BOTH = ["audio", "video"]


async def pause_event(client: DeskClient) -> dict[str, Any]:
    """The next pause a desk hears of."""
    pause: dict[str, Any] = (await client.until("pause"))["pause"]
    return pause


async def test_one_tap_in_the_room_is_heard_everywhere_and_resumed_from_the_wall(web: Web) -> None:
    session = await web.centre.open_room("room1")
    async with (
        web.desk("manager") as wall,
        web.desk("interviewer", "room", "room1") as desk,
        web.desk("interviewer", "room", "room2") as other,
    ):
        answer = await desk.command("pause.begin", room="room1", tracks=BOTH, reason="lawyer")
        [begun] = answer["pauses"]
        assert (begun["session"], begun["tracks"], begun["reason"]) == (session, BOTH, "lawyer")
        assert await pause_event(wall) == begun
        view = await web.centre.context.database.read(lambda c: read_case(c, CASE))
        assert [pause.id for pause in view.pauses] == [begun["id"]]
        again = await wall.command("pause.begin", room="room1", tracks=["audio"], reason="rest")
        assert again["pauses"] == [begun]  # nothing changed
        ended = await wall.command("pause.end", room="room1", pause=begun["id"])
        assert ended["pauses"] == []
        over = await pause_event(desk)
        while "end_us" not in over:
            over = await pause_event(desk)
        assert (over["why"], over["ended_by"]) == ("resumed", "The manager")
        view = await web.centre.context.database.read(lambda c: read_case(c, CASE))
        assert [pause.why for pause in view.pauses] == ["resumed"]
        await other.command("ping")
        assert not [one for one in other.events() if one["type"] == "pause"]


async def test_a_repeat_with_the_same_key_is_the_same_pause(web: Web) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall:
        asked = {"room": "room1", "tracks": BOTH, "reason": "medical", "key": "k"}
        first = await wall.command("pause.begin", **asked)
        second = await wall.command("pause.begin", **asked)
        assert first["pauses"] == second["pauses"]
    assert web.centre.recorder.kinds().count("pause.begin") == 1


async def test_a_press_that_is_told_late_is_of_its_session_only(web: Web) -> None:
    session = await web.centre.open_room("room1")
    async with web.desk("interviewer", "room", "room1") as desk:
        asked = {"room": "room1", "tracks": BOTH, "reason": "lawyer", "key": "k"}
        other = await desk.command("pause.begin", **asked, session="s-before")
        assert other["code"] == "no_open_session"
        [begun] = (await desk.command("pause.begin", **asked, session=session))["pauses"]
        assert begun["session"] == session


async def test_what_a_device_withheld_by_itself_is_in_the_log_and_names_its_pause(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("room1")
    opened_us = (await centre.context.sessions.find(session)).opened_us
    press = {"room": "room1", "session": session, "tracks": BOTH, "reason": "lawyer", "key": "k"}
    times = {"at_us": opened_us + 5, "until_us": opened_us + 9}
    async with web.desk("interviewer", "room", "room1") as desk:
        [begun] = (await desk.command("pause.begin", **press))["pauses"]
        centre.clock.forward(60)
        for _ in range(2):  # a lost answer
            said = await desk.command("pause.held", **press, **times, source="room1-camera")
            assert said["type"] == "ok"
        elsewhere = {**press, "key": "k2"}  # before the session and ahead of now; a foreign source
        times = {"at_us": 1, "until_us": 9_000_000_000_000_000}
        await desk.command("pause.held", **elsewhere, **times, source="room2-camera")
        unknown = {**press, "session": "s-before", "key": "k3"}
        assert (await desk.command("pause.held", **unknown, **times))["code"] == "no_open_session"
    first, second = centre.recorder.bodies("device.held")
    assert first["pause"] == begun["id"]
    assert (first["source"], first["tracks"]) == ("room1-camera", BOTH)
    assert (first["start_us"], first["end_us"]) == (opened_us + 5, opened_us + 9)
    assert second["pause"] != begun["id"]  # taken back before it was told
    assert second["source"] == ""
    assert second["start_us"] == opened_us
    assert opened_us <= second["end_us"] < times["until_us"]


async def test_a_gap_says_that_a_pause_was_pressed_in_it(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("room1")
    at: dict[str, Any] = {"session": session, "room": "room1"}
    opened_us = (await centre.context.sessions.find(session)).opened_us
    centre.recorder.append(
        "recording.open",
        {
            "source": "room1-camera",
            "name": "全景",
            "source_kind": "room_camera",
            "origin_us": 10,
            "channels": ["unknown"],
        },
        **at,
    )
    receipt = None
    for start_us in (opened_us, opened_us + 100):  # one before the press, one of it
        hole = {"start_us": start_us, "end_us": start_us + 50, "track": "all"}
        receipt = centre.recorder.append(
            "media.gap", {"source": "room1-camera", **hole, "cause": "network"}, **at
        )
    centre.clock.forward(60)
    async with web.desk("interviewer", "room", "room1") as desk:
        press = {"tracks": BOTH, "reason": "medical", "key": "k", "source": "room1-camera"}
        times = {"at_us": opened_us + 100, "until_us": opened_us + 140}
        await desk.command("pause.held", room="room1", session=session, **press, **times)
    assert receipt is not None
    await centre.context.follower.reached(receipt.index)
    summary = await centre.context.sessions.find(session)
    read = centre.context.database.read
    detail = await read(lambda c: session_detail(c, summary, {}, LogView(origin="", size=0)))
    [recording] = detail.recordings
    assert [(gap.cause, gap.pressed) for gap in recording.gaps] == [
        ("network", ""),
        ("network", "medical"),
    ]  # the cause stays what the recorder says
    review = await read(lambda c: read_review(c, MANAGER, CASE, [session]))
    assert [span.pressed for span in review.lanes[0].spans] == ["", "medical"]
    [event] = [one for one in review.events if one.kind == "device.held"]
    assert (event.t_us, event.end_us) == (opened_us + 100, opened_us + 140)
    assert (event.text, event.source) == ("medical", "room1-camera")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"tracks": []}, "bad_pause"),
        ({"tracks": ["smell"]}, "bad_pause"),
        ({"tracks": ["audio", "audio"]}, "bad_pause"),
        ({"reason": "whim"}, "bad_pause"),
        ({"room": "room9"}, "unknown_room"),
        ({"room": "room2"}, "no_open_session"),
    ],
)
async def test_a_pause_that_cannot_be(web: Web, fields: dict[str, Any], code: str) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall:
        asked = {"room": "room1", "tracks": BOTH, "reason": "lawyer", **fields}
        assert (await wall.command("pause.begin", **asked))["code"] == code


async def test_a_room_pauses_itself_only(web: Web) -> None:
    await web.centre.open_room("room2")
    async with web.desk("interviewer", "room", "room1") as desk:
        asked = await desk.command("pause.begin", room="room2", tracks=BOTH, reason="lawyer")
        assert asked["code"] == "wrong_room"
        assert (await desk.command("pause.end", room="room2", pause="x"))["code"] == "wrong_room"


async def test_what_the_recorder_says_reaches_the_desk(web: Web) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall:
        assert (await wall.command("pause.end", room="room1", pause="x"))["code"] == "not_paused"
        web.centre.recorder.refuse["pause_room"] = Refused("store_busy", "its entry waits")
        asked = await wall.command("pause.begin", room="room1", tracks=BOTH, reason="lawyer")
        assert (asked["code"], asked["message"]) == ("store_busy", "its entry waits")


async def test_a_pause_of_the_real_recorder_is_in_the_index_and_ends_with_the_session(
    tmp_path: Path,
) -> None:
    async with installation(tmp_path / "store") as centre:
        session = await centre.sessions.open("room1", MANAGER.account_id)
        asked: dict[str, Any] = {
            "case": CASE, "room": "room1", "tracks": BOTH, "reason": "lawyer",
        }  # fmt: skip
        both = await asyncio.gather(
            centre.pauses.begin(MANAGER, **asked), centre.pauses.begin(INTERVIEWER, **asked)
        )
        assert both[0] == both[1]
        with pytest.raises(Rejected, match="pause_changed"):
            await centre.pauses.end(MANAGER, case=CASE, room="room1", pause="other")
        await centre.sessions.close(session.id, MANAGER.account_id, "done")
        [pause] = await centre.database.read(lambda c: read_pauses(c, session.id))
        assert pause.end_us is not None
        assert (pause.why, pause.reason) == ("closed", "lawyer")
        assert (await centre.database.read(lambda c: read_case(c, CASE))).pauses == []


async def test_what_was_withheld_is_listed_with_its_reason(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("room1")
    at: dict[str, Any] = {"session": session, "room": "room1"}
    centre.recorder.append(
        "recording.open",
        {
            "source": "room1-camera",
            "name": "全景",
            "source_kind": "room_camera",
            "origin_us": 10,
            "channels": ["unknown"],
        },
        **at,
    )
    async with web.desk("manager") as wall:
        asked = await wall.command("pause.begin", room="room1", tracks=BOTH, reason="medical")
        hole = {"source": "room1-camera", "start_us": 20, "end_us": 50, "track": "all"}
        receipt = centre.recorder.append(
            "media.pause", {**hole, "pause": asked["pauses"][0]["id"]}, **at
        )
        await centre.context.follower.reached(receipt.index)
    summary = await centre.context.sessions.find(session)
    detail = await centre.context.database.read(
        lambda c: session_detail(c, summary, {}, LogView(origin="", size=0))
    )
    [recording] = detail.recordings
    assert (recording.pause_us, recording.gaps) == (30, [])
    [withheld] = recording.withheld
    assert (withheld.start_us, withheld.end_us, withheld.track, withheld.reason) == (
        20, 50, "all", "medical",
    )  # fmt: skip
