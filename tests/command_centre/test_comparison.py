"""The comparison over the desks' real socket: points, prompts, cells, differences, reviews."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.command_centre.centre import CASE, Centre
from tests.command_centre.web import DeskClient, Web

WAIT_S = 60


async def until(desk: DeskClient, kind: str, **wanted: Any) -> dict[str, Any]:
    """The next event of a kind whose parts are as wanted (``finding__tier="red"``)."""
    async with asyncio.timeout(WAIT_S):
        while True:
            message = await desk.patient(kind)
            found = message[kind]
            if all(_part(found, path) == value for path, value in wanted.items()):
                return found  # type: ignore[no-any-return]


def _part(value: Any, path: str) -> Any:
    for name in path.split("__"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


async def take_prompt(desk: DeskClient) -> dict[str, Any]:
    """Acknowledge the prompt that comes; returns it."""
    prompt = await desk.prompt_in("issued")
    for step in ("prompt.delivered", "prompt.shown", "prompt.acknowledge"):
        assert (await desk.command(step, prompt=prompt["id"]))["type"] == "ok"
    return prompt


def say(
    centre: Centre, session: str, room: str, text: str, *, after_s: float, asks: bool = False
) -> None:
    """A final utterance, so many seconds after now."""
    centre.recorder.say(
        session,
        room,
        text,
        start_us=centre.clock.now_us() + round(after_s * 1_000_000),
        speaker="interviewer" if asks else "interviewee",
    )


async def test_a_point_from_a_prompt_becomes_cells_and_a_difference_on_the_wall(web: Web) -> None:
    centre = web.centre
    sessions = {room: await centre.open_room(room) for room in ("room1", "room2")}
    async with (
        web.desk("manager") as wall,
        web.desk("interviewer", "room", "room1") as first,
        web.desk("interviewer", "room", "room2") as second,
    ):
        await wall.command("prompt.send", text="核实危险作业由谁安排", point="p1",
                           rooms=["room1", "room2"])  # fmt: skip
        for desk in (first, second):
            await take_prompt(desk)
        say(centre, sessions["room1"], "room1", "这次作业是谁安排的", after_s=5, asks=True)
        say(centre, sessions["room1"], "room1", "是李某指派我去的", after_s=9)
        cell = await until(wall, "cell", point="p1", person="zhang")
        assert cell["statements"][-1]["text"] == "是李某指派我去的"
        say(centre, sessions["room2"], "room2", "这次作业是谁安排的", after_s=5, asks=True)
        say(centre, sessions["room2"], "room2", "没有人安排，我没有指派过张某", after_s=9)
        found = await until(wall, "difference", finding__kind="conflict")
        async with centre.client("manager") as client:
            case = (await client.get(f"/api/cases/{CASE}")).json()
        async with centre.client("interviewer") as client:
            own = (await client.get(f"/api/cases/{CASE}")).json()
        await first.command("ping")
        await second.command("ping")
    finding = found["finding"]
    assert (finding["tier"], finding["point"], finding["slot"]) == ("red", "p1", "who_ordered")
    sides = {finding[side]["person"]: finding[side] for side in ("a", "b")}
    assert sides["zhang"]["text"] == "是李某指派我去的"
    assert "没有人安排" in sides["li"]["text"]
    assert {sides[one]["room"] for one in sides} == {"room1", "room2"}
    assert found["state"] == "open"
    [written] = [body for kind, body in centre.log.entries if kind == "difference.found"]
    assert written["difference"] == finding["id"]
    assert "指派" not in str(written)
    assert [one["finding"]["id"] for one in case["differences"]] == [finding["id"]]
    assert {one["person"] for one in case["cells"]} == {"zhang", "li"}
    assert own["cells"] == own["differences"] == []
    seen = {message["type"] for desk in (first, second) for message in desk.seen}
    assert not seen & {"cell", "difference"}
