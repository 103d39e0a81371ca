"""The comparison over the desks' real socket: points, prompts, cells, differences, reviews."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from command_centre.comparison.desk import ComparisonDesk
from command_centre.comparison.store import spoken_in
from command_centre.comparison.views import Cell, Spoken, Statement
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.web import DeskClient, Web

WAIT_S = 60


async def until(desk: DeskClient, kind: str, **wanted: Any) -> dict[str, Any]:
    """The first event of a kind whose parts are as wanted (``finding__tier="red"``)."""
    looked = 0
    async with asyncio.timeout(WAIT_S):
        while True:
            for message in desk.seen[looked:]:
                found = message.get(kind) if message["type"] == kind else None
                if found and all(_part(found, path) == value for path, value in wanted.items()):
                    return found  # type: ignore[no-any-return]
            looked = len(desk.seen)
            await desk.patient(kind)


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
    # The room's desk hears that the point came up there, and nothing of what was understood.
    came_up = [one for one in own["spoken"] if one["point"] == "p1"]
    assert {(one["room"], one["session"]) for one in came_up} == set(sessions.items())
    for one in came_up:
        assert set(one) == {"room", "session", "point", "person", "slots"}
        assert "who_ordered" in one["slots"]
    for desk, room in ((first, "room1"), (second, "room2")):
        told = [one["spoken"] for one in desk.seen if one["type"] == "spoken"]
        assert {(one["room"], one["session"]) for one in told} == {(room, sessions[room])}
        assert "李某" not in str(told)


async def conflict(web: Web, wall: DeskClient) -> tuple[dict[str, str], dict[str, Any]]:
    """Two rooms say who arranged the work, each otherwise; returns sessions and the difference."""
    centre = web.centre
    sessions = {room: await centre.open_room(room) for room in ("room1", "room2")}
    said = {"room1": "是李某指派我去的", "room2": "没有人安排，我没有指派过张某"}
    for room, text in said.items():
        say(centre, sessions[room], room, "这次作业是谁安排你去的", after_s=5, asks=True)
        say(centre, sessions[room], room, text, after_s=9)
    return sessions, await until(wall, "difference", finding__kind="conflict")


async def test_a_difference_is_reviewed_prompted_and_undone(web: Web) -> None:
    centre = web.centre
    async with web.desk("manager") as wall, centre.client("manager") as client:
        _, found = await conflict(web, wall)
        name = found["finding"]["id"]
        path = f"/api/cases/{CASE}/differences/{name}"
        neutral = (await client.get(f"{path}/prompt")).json()
        assert neutral["rooms"] == ["room1", "room2"]
        assert neutral["text"] == "这次作业是怎么安排的？"
        assert not any(word in neutral["text"] for word in ("李某", "张某", "指派"))
        sent = await wall.command(
            "prompt.send", text=neutral["text"], point=neutral["point"], rooms=neutral["rooms"],
            difference=name, key="k1",
        )  # fmt: skip
        prompts = [one["id"] for one in sent["prompts"]]
        assert {one["difference"] for one in sent["prompts"]} == {name}
        prompted = await until(wall, "difference", state="prompted")
        assert sorted(prompted["reviews"][0]["prompts"]) == sorted(prompts)
        body = {"state": "clarified", "note": "<b>当事人</b>已说明"}
        reviewed = (await client.post(f"{path}/reviews", json=body)).json()
        assert reviewed["state"] == "clarified"
        await client.post(f"{path}/reviews", json={"state": "open", "note": "撤回"})
        again = (await client.get(f"/api/cases/{CASE}/differences")).json()["differences"][0]
        wrong = await client.post(f"{path}/reviews", json={"state": "liar"})
        unknown = await client.post(
            f"/api/cases/{CASE}/differences/none/reviews", json={"state": "open"}
        )
        astray = await wall.command("prompt.send", text="x", rooms=["room1"], difference="none")
    assert [one["state"] for one in again["reviews"]] == ["prompted", "clarified", "open"]
    assert again["reviews"][1]["note"] == "<b>当事人</b>已说明"
    assert all(one["by_name"] == "The manager" for one in again["reviews"])
    assert again["state"] == "open"
    assert (wrong.json()["code"], unknown.json()["code"]) == ("bad_review", "unknown_difference")
    assert astray["code"] == "unknown_difference"
    assert centre.log.kinds().count("difference.review") == 3


async def test_points_are_added_worded_otherwise_retired_and_taken_from_templates(
    web: Web,
) -> None:
    path = f"/api/cases/{CASE}/points"
    async with web.desk("interviewer", "room", "room1") as room:
        async with web.centre.client("manager") as client:
            added = (await client.post(path, json={"text": "核实票证"})).json()
            detail = {"slots": ["whether"], "question": "办了哪些手续？"}
            body = {"text": "核实手续", "detail": detail}
            changed = (await client.post(f"{path}/{added['id']}", json=body)).json()
            retired = (await client.post(f"{path}/{added['id']}/retire", json={})).json()
            twice = (await client.post(f"{path}/{added['id']}/retire", json={})).json()
            templates = (await client.get("/api/point-templates")).json()
            taking: dict[str, Any] = {"template": "hot_work", "points": [2, 6]}
            taken = (await client.post(f"{path}/template", json=taking)).json()["points"]
            bad = [
                (await client.post(f"{path}/template", json=one)).json()["code"]
                for one in (
                    {"template": "none", "points": [1]},
                    {"template": "fall", "points": [99]},
                    {"template": "fall", "points": []},
                )
            ]
            slots = await client.post(path, json={"text": "x", "detail": {"slots": ["who"]}})
            missing = await client.post(f"{path}/none", json={"text": "x"})
            case = (await client.get(f"/api/cases/{CASE}")).json()
        heard = [await room.patient("point") for _ in range(5)]
    assert changed["text"] == "核实手续"
    assert changed["detail"] == detail
    assert retired["retired_us"] > 0
    assert twice["retired_us"] == retired["retired_us"]
    assert len(templates["templates"]) == 10
    assert [one["template"].split("@")[0] for one in taken] == ["hot_work/2", "hot_work/6"]
    assert taken[0]["detail"]["slots"] == ["whether", "who_did", "when"]
    assert bad == ["unknown_template", "bad_template", "bad_template"]
    assert (slots.json()["code"], missing.json()["code"]) == ("bad_text", "unknown_point")
    assert [one["id"] for one in case["points"]] == ["p1", "p2", "p3", "p4", "p5"]
    assert [one["point"]["id"] for one in heard] == ["p3", "p3", "p3", "p4", "p5"]
    kinds = [kind for kind in web.centre.log.kinds() if kind.startswith("point.")]
    assert kinds == ["point.add"] * 3 + ["point.changed", "point.retired"] + ["point.add"] * 2


async def test_a_point_from_a_sentence_is_prefilled_with_the_question(centre: Centre) -> None:
    session = await centre.open_room("room1")
    say(centre, session, "room1", "请问下去之前做过哪些检测？", after_s=1, asks=True)
    centre.recorder.say(
        session, "room1", "没有测", start_us=centre.clock.now_us() + 5_000_000, id="said"
    )
    await centre.settle()
    path = f"/api/cases/{CASE}/points"
    async with centre.client("manager") as client:
        draft = (await client.get(f"{path}/draft", params={"utterance": "said"})).json()
        body = {"text": draft["text"], "detail": draft["detail"], "utterance": "said"}
        added = (await client.post(path, json=body)).json()
        none = await client.get(f"{path}/draft", params={"utterance": "none"})
        astray = await client.post(path, json={"text": "x", "utterance": "none"})
    assert draft["text"] == "核实下去之前做过哪些检测"
    assert draft["detail"] == {"question": "请问下去之前做过哪些检测？"}
    assert added["utterance"] == "said"
    assert none.json()["code"] == astray.json()["code"] == "unknown_utterance"


async def test_leading_wording_is_hinted_at_and_what_was_done_is_recorded(web: Web) -> None:
    centre = web.centre
    await centre.open_room("room1")
    async with web.desk("manager") as wall, centre.client("manager") as client:
        path = f"/api/cases/{CASE}/wording"
        leading = "是李某派你去的，对吧？"
        hints = (await client.post(path, json={"text": leading, "point": "p1"})).json()["hints"]
        none = (await client.post(path, json={"text": "这次作业是谁安排的？"})).json()["hints"]
        sent = await wall.command("prompt.send", text=leading, rooms=["room1"])
        better = await wall.command(
            "prompt.send", text="这次作业是谁安排的？", rooms=["room1"], wording_before=leading
        )
        plain = await wall.command("prompt.send", text="核实票证", rooms=["room1"])
    assert {hint["category"] for hint in hints} == {"Z", "L"}
    assert hints[0]["neutral"] == "这次作业是怎么安排的？"
    assert none == []
    assert sent["prompts"][0]["wording"] == {"categories": ["L", "Z"], "answer": "sent"}
    assert better["prompts"][0]["wording"]["answer"] == "reworded"
    assert "wording" not in plain["prompts"][0]
    bodies = centre.recorder.bodies("prompt.issued")
    assert bodies[1]["wording_before"] == leading
    assert "wording" not in bodies[2]


async def test_nobody_is_said_to_have_kept_a_hint_that_was_not_shown(web: Web) -> None:
    """A prompt can leave faster than its hint comes, and the wall shows the first one only."""
    leading, asked = "是李某派你去的，对吧？", "这次作业是谁安排的？"
    await web.centre.open_room("room1")

    async def note(text: str, shown: list[str], **before: str) -> Any:
        sent = await wall.command(
            "prompt.send", text=text, rooms=["room1"], hints_shown=shown, **before
        )
        return sent["prompts"][0].get("wording")

    async with web.desk("manager") as wall, web.centre.client("manager") as client:
        path = f"/api/cases/{CASE}/wording"
        hints = (await client.post(path, json={"text": leading})).json()["hints"]
        rules = {hint["category"]: hint["rule"] for hint in hints}
        both = ["L", "Z"]
        assert await note(leading, []) == {"categories": both, "answer": "unseen"}
        assert await note(leading, ["L.none"]) == {"categories": both, "answer": "unseen"}
        some = {"categories": both, "answer": "sent", "unseen": ["Z"]}
        assert await note(leading, [rules["L"]]) == some
        assert await note(leading, list(rules.values())) == {"categories": both, "answer": "sent"}
        followed = {"categories": ["L"], "answer": "reworded"}
        assert await note(asked, [rules["L"]], wording_before=leading) == followed
        assert await note(asked, [], wording_before=leading) is None
    assert ["wording_before" in one for one in web.centre.recorder.bodies("prompt.issued")] == [
        *(False, False, False, False, True, False),
    ]


async def test_names_that_clash_are_taken_and_shown(centre: Centre) -> None:
    path = f"/api/cases/{CASE}/lexicon"
    lexicon = {
        "people": [
            {"id": "张某", "aliases": ["老张", "班长"]},
            {"id": "李某", "aliases": ["班长", "<img src=x onerror=alert(1)>"]},
        ],
        "places": [{"id": "隔油池", "aliases": ["池子"]}],
        "documents": [
            {"id": "E4", "name": "动火作业票", "facts": [
                {"point": "p1", "slot": "how_many", "value": 2.5, "unit": "米"}]}
        ],
    }  # fmt: skip
    async with centre.client("manager") as client:
        kept = (await client.post(path, json=lexicon)).json()
        read = (await client.get(path)).json()
        twice = await client.post(path, json={"people": [{"id": "张某"}, {"id": "张某"}]})
        facts = [{"point": "p1", "slot": "when", "value": "gestern"}]
        document = {"documents": [{"id": "E", "name": "x", "facts": facts}]}
        bad = await client.post(path, json=document)
    async with centre.client("interviewer") as client:
        seen = await client.get(path)
        forbidden = await client.post(path, json=lexicon)
    assert kept["clashes"] == [["班长", ["张某", "李某"]]]
    assert {one["id"] for one in read["lexicon"]["people"]} == {"张某", "李某", "王某"}
    assert twice.json()["code"] == bad.json()["code"] == "bad_lexicon"
    assert seen.json()["lexicon"] == read["lexicon"]
    assert forbidden.status_code == 403
    assert "case.lexicon" in centre.log.kinds()


async def test_hostile_names_and_words_harm_nothing(web: Web) -> None:
    centre = web.centre
    hostile = "[a-z]*+(?P<x>{}\\"
    async with web.desk("manager") as wall, centre.client("manager") as client:
        people = [{"id": "张某", "aliases": [hostile, "((((", "😀"]}, {"id": "李某"}]
        await client.post(f"/api/cases/{CASE}/lexicon", json={"people": people})
        detail = {"slots": ["whether"], "verbs": [hostile, "*"], "items": ["<svg/onload=x>"]}
        await client.post(f"/api/cases/{CASE}/points", json={"text": hostile, "detail": detail})
        session = await centre.open_room("room2")
        for number, text in enumerate(
            (hostile * 30, "\u202e\u0000\ufeff", "是" * 5000, "<script>alert(1)</script>", "ａｂｃ")
        ):
            say(centre, session, "room2", text, after_s=number * 3, asks=number % 2 == 0)
        await conflict_in(web, wall, session)
        assert centre.context.comparison.restarts == 0


async def conflict_in(web: Web, wall: DeskClient, session: str) -> None:
    """After whatever was said, a plain conflict is still found."""
    centre = web.centre
    first = await centre.open_room("room1")
    for name, room, text in (
        (first, "room1", "是李某指派我去的"),
        (session, "room2", "没有人安排，我没有指派过张某"),
    ):
        say(centre, name, room, "这次作业是谁安排你去的", after_s=30, asks=True)
        say(centre, name, room, text, after_s=34)
    await until(wall, "difference", finding__kind="conflict", finding__point="p1")


async def test_a_process_that_is_killed_is_started_again_and_finds_the_same(web: Web) -> None:
    centre = web.centre
    async with web.desk("manager") as wall, centre.client("manager") as client:
        sessions, found = await conflict(web, wall)
        await settled(centre)
        before = (await client.get(f"/api/cases/{CASE}")).json()
        pid = centre.context.comparison.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        say(centre, sessions["room1"], "room1", "几点开始的", after_s=20, asks=True)
        say(centre, sessions["room1"], "room1", "九点开始的", after_s=24)
        await until(wall, "cell", point="p2", person="zhang")
        await settled(centre)
        after = (await client.get(f"/api/cases/{CASE}")).json()
    assert centre.context.comparison.restarts == 1
    assert after["differences"] == before["differences"]
    assert [one for one in after["cells"] if one["point"] == "p1"] == [
        one for one in before["cells"] if one["point"] == "p1"
    ]
    assert centre.log.kinds().count("difference.found") == 1
    assert found["finding"]["id"] == after["differences"][0]["finding"]["id"]


async def settled(centre: Centre) -> None:
    """Everything that is in the log has been read by the comparison."""
    await centre.settle()
    async with asyncio.timeout(WAIT_S):
        await centre.context.comparison.settled()


async def test_a_comparison_that_starts_again_finds_the_same_and_says_it_once(web: Web) -> None:
    centre, context = web.centre, web.centre.context
    async with web.desk("manager") as wall, centre.client("manager") as client:
        await conflict(web, wall)
        await settled(centre)
        before = (await client.get(f"/api/cases/{CASE}")).json()
        again = ComparisonDesk(context.database, context.book, context.follower, context.clock)
        running = asyncio.create_task(again.run())
        async with asyncio.timeout(WAIT_S):
            while again.pid is None:
                await asyncio.sleep(0.02)
            await again.settled()
        running.cancel()
        await asyncio.wait([running])
        after = (await client.get(f"/api/cases/{CASE}")).json()
    assert after["differences"] == before["differences"]
    assert after["cells"] == before["cells"]
    assert after["cursor"] == before["cursor"]
    assert centre.log.kinds().count("difference.found") == 1


async def until_gone(desk: DeskClient, name: str) -> None:
    """Wait until a difference is found no more."""
    async with asyncio.timeout(WAIT_S):
        while not any(
            one["difference"].get("gone_us")
            for one in desk.seen
            if one["type"] == "difference" and one["difference"]["finding"]["id"] == name
        ):
            await desk.patient("difference")


async def test_a_correction_and_a_destroyed_session_change_what_is_shown(web: Web) -> None:
    centre = web.centre
    async with web.desk("manager") as wall, centre.client("manager") as client:
        sessions, found = await conflict(web, wall)
        heard = found["finding"]["b"]["utterance"]
        room = found["finding"]["b"]["room"]
        wrong = "李某安排的" if room == "room2" else "没有人安排，我自己去的"
        centre.recorder.append(
            "utterance.corrected",
            {"utterance": heard, "version": 1, "source": f"{room}-camera", "by": "x",
             "text": wrong, "by_name": "林某某", "reason": "听错"},
            session=sessions[room], room=room,
        )  # fmt: skip
        await until_gone(wall, found["finding"]["id"])
        centre.recorder.append("retention.ended", {"proposal": "x"}, session=sessions["room1"])
        await settled(centre)
        case = (await client.get(f"/api/cases/{CASE}")).json()
    assert "difference.gone" in centre.log.kinds()
    assert sessions["room1"] not in str(case["cells"]) + str(case["differences"])
    assert "指派我去" not in str(case)


def test_what_came_up_is_told_of_the_rooms_and_running_sessions_of_a_desk_only() -> None:
    def statement(session: str, room: str, slot: str, start_us: int) -> Statement:
        return Statement(
            utterance=f"u{start_us}", session=session, room=room, slot=slot, value="李某",
            certainty="flat", text="是李某", start_us=start_us, end_us=start_us + 1, span=(0, 3),
        )  # fmt: skip

    cell = Cell(
        point="p1",
        person="zhang",
        statements=(
            statement("s1", "room1", "who_ordered", 5),
            statement("s2", "room1", "when", 8),
            statement("s2", "room1", "when", 7),
            statement("s3", "room2", "when", 9),
        ),
    )
    expected = Spoken(room="room1", session="s2", point="p1", person="zhang", slots={"when": 7})
    assert spoken_in([cell], ["room1"], ["s2", "s3"]) == [expected]
