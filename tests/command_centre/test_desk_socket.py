"""``/ws`` over a real connection: hello, prompts, resume, refusals, slow desks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.command_centre.centre import CASE, Centre, running_centre
from tests.command_centre.web import Web, serving


async def test_a_prompt_goes_from_the_wall_to_both_rooms_and_back(web: Web) -> None:
    centre = web.centre
    sessions = {room: await centre.open_room(room) for room in ("room1", "room2")}
    async with (
        web.desk("manager") as wall,
        web.desk("interviewer", "room", "room1") as first,
        web.desk("interviewer", "room", "room2") as second,
    ):
        sent = await wall.command(
            "prompt.send", text="核实危险作业由谁安排", point="p1", rooms=["room1", "room2"]
        )
        assert sent["type"] == "ok"
        assert [prompt["state"] for prompt in sent["prompts"]] == ["issued", "issued"]
        assert len({prompt["group"] for prompt in sent["prompts"]}) == 1
        for desk, room in ((first, "room1"), (second, "room2")):
            issued = await desk.prompt_in("issued")
            assert issued["room"] == room
            for step in ("prompt.delivered", "prompt.shown", "prompt.acknowledge"):
                assert (await desk.command(step, prompt=issued["id"]))["type"] == "ok"
        acknowledged = await wall.prompt_in("acknowledged")
        said_us = acknowledged["times"]["acknowledged_us"] + 1_000_000
        centre.recorder.say(
            sessions["room1"], "room1", "谁安排的", start_us=said_us, speaker="interviewer"
        )
        centre.recorder.say(sessions["room1"], "room1", "是李某", start_us=said_us + 1, id="answer")
        answered = await wall.prompt_in("answered")
    assert answered["room"] == "room1"
    assert answered["answer"] == {"utterance": "answer"}
    assert list(answered["times"]) == [
        "issued_us",
        "delivered_us",
        "shown_us",
        "acknowledged_us",
        "answered_us",
    ]
    steps = [kind for kind in centre.recorder.kinds() if kind.startswith("prompt.")]
    assert sorted(steps) == sorted(
        ["prompt.issued", "prompt.delivered", "prompt.shown", "prompt.acknowledged"] * 2
        + ["prompt.answered"]
    )


async def test_declining_needs_a_reason_and_is_shown_to_the_wall(web: Web) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as desk:
        await wall.command("prompt.send", text="问一下", rooms=["room1"])
        prompt = (await desk.prompt_in("issued"))["id"]
        await desk.command("prompt.delivered", prompt=prompt)
        await desk.command("prompt.shown", prompt=prompt)
        without = await desk.command("prompt.decline", prompt=prompt, reason=" ")
        assert (without["type"], without["code"]) == ("error", "bad_text")
        assert (await desk.command("prompt.decline", prompt=prompt, reason="稍后"))["type"] == "ok"
        declined = await wall.prompt_in("declined")
        late = await desk.command("prompt.acknowledge", prompt=prompt)
    assert declined["reason"] == "稍后"
    assert late["code"] == "illegal_step"
    assert "declined" in late["message"]


async def test_a_prompt_is_withdrawn_until_it_is_asked(web: Web) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as desk:
        offered = (await web.centre.context.questions.offered())[-1]
        sent = await wall.command(
            "prompt.send",
            text="当天是谁安排你去的",
            rooms=["room1"],
            question=offered.id,
            question_version=offered.version,
        )
        assert sent["prompts"][0]["question"] == offered.id
        first = (await desk.prompt_in("issued"))["id"]
        await desk.command("prompt.delivered", prompt=first)
        await desk.command("prompt.shown", prompt=first)
        refused = await desk.command("prompt.withdraw", prompt=first)
        assert refused["code"] == "forbidden"
        for _ in range(2):
            assert (await wall.command("prompt.withdraw", prompt=first))["type"] == "ok"
        back = await desk.prompt_in("withdrawn")
        assert (back["id"], back["withdrawn_by"] != "") == (first, True)
        late = await desk.command("prompt.acknowledge", prompt=first)
        assert late["code"] == "illegal_step"
        # what was asked stays asked
        await wall.command("prompt.send", text="几点开始的", rooms=["room1"])
        second = (await desk.prompt_in("issued"))["id"]
        for step in ("prompt.delivered", "prompt.shown", "prompt.acknowledge"):
            await desk.command(step, prompt=second)
        asked = await wall.command("prompt.withdraw", prompt=second)
        assert asked["code"] == "illegal_step"
        none = await wall.command("prompt.withdraw", prompt="none")
        assert none["code"] == "unknown_prompt"
        unknown = await wall.command(
            "prompt.send", text="问", rooms=["room1"], question=offered.id, question_version=99
        )
        assert unknown["code"] == "unknown_question"
    kinds = web.centre.recorder.kinds()
    assert kinds.count("prompt.withdrawn") == 1


async def test_a_prompt_stays_as_it_stood_when_its_session_was_sealed(web: Web) -> None:
    centre = web.centre
    session = await centre.open_room("room1")
    async with (
        web.desk("manager") as wall,
        web.desk("interviewer", "room", "room1") as desk,
        centre.client("manager") as manager,
    ):
        prompts = {}
        steps = ("prompt.delivered", "prompt.shown", "prompt.acknowledge")
        for state, text in enumerate(("几点开始", "谁在场", "谁安排", "谁签字")):
            sent = await wall.command("prompt.send", text=text, rooms=["room1"])
            prompts[text] = sent["prompts"][0]["id"]
            for step in steps[:state]:
                assert (await desk.command(step, prompt=prompts[text]))["type"] == "ok"
        first, shown, asked = prompts["几点开始"], prompts["谁安排"], prompts["谁签字"]
        centre.recorder.sealed.add(session)  # the seal is written; this side has not read it yet
        late = await desk.command("prompt.acknowledge", prompt=shown)
        assert late["code"] == "prompt_closed"
        closed = await manager.post(f"/api/sessions/{session}/close", json={"reason": "x"})
        sealed_us = closed.json()["closed_us"]
        told: dict[str, int] = {}
        while len(told) < len(prompts):
            message = (await wall.patient("prompt"))["prompt"]
            if "closed_us" in message:
                told[message["id"]] = message["closed_us"]
        assert told == dict.fromkeys(prompts.values(), sealed_us)
        for command, prompt in (
            ("prompt.delivered", first),
            ("prompt.acknowledge", shown),
            ("prompt.decline", shown),
        ):
            said = {"reason": "稍后"} if command == "prompt.decline" else {}
            refused = await desk.command(command, prompt=prompt, **said)
            assert refused["code"] == "prompt_closed", command
        assert (await wall.command("prompt.withdraw", prompt=first))["code"] == "prompt_closed"
        again = await desk.command("prompt.shown", prompt=shown)  # what was given stays
        assert again["prompts"][0]["times"]["shown_us"] > 0
        found = (await manager.get(f"/api/cases/{CASE}")).json()["prompts"]
        assert {one["id"]: one["state"] for one in found} == dict(
            zip(prompts.values(), ("issued", "delivered", "shown", "acknowledged"), strict=True)
        )
        # the last words of before are recognised afterwards: that is the answer
        speech = {"id": "u-late", "speaker": "interviewee", "text": "我签的"}
        asked_us = next(one for one in found if one["id"] == asked)["times"]["acknowledged_us"]
        when = {"start_us": asked_us + 1, "end_us": asked_us + 2}
        source = {"source": "room1-camera", "words": []}
        centre.recorder.append(
            "utterance", {**speech, **when, **source}, session=session, room="room1"
        )
        answered = await wall.prompt_in("answered")
        assert (answered["id"], answered["closed_us"]) == (asked, sealed_us)
    steps_taken = [kind for kind in centre.recorder.kinds() if kind.startswith("prompt.")]
    assert steps_taken.count("prompt.acknowledged") == 1
    assert not {"prompt.declined", "prompt.withdrawn"} & set(steps_taken)


async def test_steps_repeat_harmlessly_and_cannot_be_skipped(web: Web) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as desk:
        await wall.command("prompt.send", text="问一下", rooms=["room1"])
        prompt = (await desk.prompt_in("issued"))["id"]
        early = await desk.command("prompt.acknowledge", prompt=prompt)
        assert early["code"] == "illegal_step"
        assert "shown" in early["message"]
        assert "issued" in early["message"]
        for _ in range(2):
            assert (await desk.command("prompt.delivered", prompt=prompt))["type"] == "ok"
    assert web.centre.recorder.kinds().count("prompt.delivered") == 1


async def test_a_prompt_needs_an_open_session_in_every_room(web: Web) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall:
        refused = await wall.command("prompt.send", text="问", rooms=["room1", "room2"])
        unknown = await wall.command("prompt.send", text="问", rooms=["attic"])
        point = await wall.command("prompt.send", text="问", rooms=["room1"], point="p99")
        long = await wall.command("prompt.send", text="问" * 201, rooms=["room1"])
        nobody = await wall.command("prompt.send", text="问", rooms=[])
    assert [one["code"] for one in (refused, unknown, point, long, nobody)] == [
        "no_open_session",
        "unknown_room",
        "unknown_point",
        "bad_text",
        "bad_rooms",
    ]
    assert "prompt.issued" not in web.centre.recorder.kinds()


async def test_the_same_key_is_the_same_prompt(web: Web) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall:
        first = await wall.command("prompt.send", text="问", rooms=["room1"], key="k1")
        again = await wall.command("prompt.send", text="问", rooms=["room1"], key="k1")
    assert first["prompts"][0]["id"] == again["prompts"][0]["id"]
    assert web.centre.recorder.kinds().count("prompt.issued") == 1


async def test_a_marker_is_an_event_for_everyone(web: Web) -> None:
    await web.centre.open_room("room1")
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as desk:
        added = await desk.command("marker.add", room="room1", text="注意这里")
        other = await desk.command("marker.add", room="room2", text="x")
        seen = await wall.until("marker")
    assert added["type"] == "ok"
    assert other["code"] == "wrong_room"
    assert (seen["room"], seen["text"], seen["by_name"]) == ("room1", "注意这里", "The interviewer")


async def test_a_marker_is_taken_back_with_a_reason_and_stays(web: Web) -> None:
    session = await web.centre.open_room("room1")
    async with web.desk("manager") as wall, web.desk("interviewer", "room", "room1") as desk:
        await desk.command("marker.add", room="room1", text="点错了")
        marker = (await wall.until("marker"))["marker"]
        await wall.command("marker.add", room="room1", text="别人的")
        others = (await desk.until("marker"))["marker"]
        refused = [
            (await desk.command("marker.withdraw", marker=which, reason=why))["code"]
            for which, why in ((marker, " "), (marker, "长" * 101), (99_999, "误标"), (-1, "误标"))
        ]
        refused.append(
            (await desk.command("marker.withdraw", marker=others, reason="误标"))["code"]
        )
        hostile = "<img src=x onerror=alert(1)>"
        for _ in range(2):  # a repeat changes nothing
            taken = await desk.command("marker.withdraw", marker=marker, reason=hostile)
            assert taken["type"] == "ok"
        told = await wall.until("marker")
        assert (told["marker"], told["text"], told["reason"]) == (marker, "点错了", hostile)
        assert (told["withdrawn_by"], told["withdrawn_us"] > told["t_us"]) == (
            "The interviewer",
            True,
        )
        # a manager takes back anybody's; after the seal nobody does
        await web.centre.context.sessions.close(session, "test", "完")
        sealed = await wall.command("marker.withdraw", marker=others, reason="误标")
    assert refused == [*["bad_reason"] * 2, *["unknown_marker"] * 2, "not_yours"]
    assert sealed["code"] == "no_open_session"
    assert web.centre.recorder.kinds().count("marker.withdrawn") == 1
    async with web.centre.client("manager") as client:
        review = (await client.get(f"/api/cases/{CASE}/review?sessions={session}")).json()
    marks = {one["text"]: one for one in review["events"] if one["kind"] == "marker"}
    assert marks["点错了"]["withdrawn_why"] == hostile
    assert marks["别人的"]["withdrawn_us"] is None


async def test_a_room_desk_hears_nothing_of_other_rooms(web: Web) -> None:
    first, second = await web.centre.open_room("room1"), await web.centre.open_room("room2")
    async with web.desk("interviewer", "room", "room1") as desk, web.desk("manager") as wall:
        web.centre.recorder.say(second, "room2", "另一间", start_us=1)
        web.centre.recorder.say(first, "room1", "这一间", start_us=2)
        heard = await desk.until("utterance")
        everything = [(await wall.until("utterance"))["text"] for _ in range(2)]
    assert heard["text"] == "这一间"
    assert everything == ["另一间", "这一间"]


async def test_resuming_gives_every_event_after_the_cursor_once(web: Web) -> None:
    session = await web.centre.open_room("room1")
    async with web.desk("manager") as wall:
        web.centre.recorder.say(session, "room1", "一", start_us=1)
        cursor = (await wall.until("utterance"))["cursor"]
    for text in ("二", "三"):
        web.centre.recorder.say(session, "room1", text, start_us=2)
    await web.centre.settle()
    async with web.desk("manager", cursor=cursor) as wall:
        web.centre.recorder.say(session, "room1", "四", start_us=4)
        texts = [(await wall.until("utterance"))["text"] for _ in range(3)]
    assert wall.welcome["resumed"] is True
    assert texts == ["二", "三", "四"]


async def test_opening_a_case_is_recorded_and_coming_back_is_not(web: Web) -> None:
    async with web.desk("auditor", "audit") as desk:
        cursor = desk.welcome["cursor"]
    async with web.desk("auditor", "audit", cursor=cursor):
        pass
    accesses = [body for kind, body in web.centre.log.entries if kind == "access.case"]
    assert [(body["case"], body["desk"]) for body in accesses] == [(CASE, "audit")]


async def test_a_cursor_of_the_future_cannot_be_resumed(web: Web) -> None:
    async with web.desk("manager", cursor=10_000) as wall:
        assert wall.welcome["resumed"] is False
        assert wall.welcome["account"]["role"] == "manager"


async def test_unknown_and_malformed_messages_are_errors_of_the_message(web: Web) -> None:
    async with web.desk("manager") as wall:
        for text, own in (
            ('{"type":"dance","id":"7"}', "7"),
            ('{"type":"prompt.send","id":"8","rooms":3}', "8"),
            ("not json", None),
            ("[]", None),
            ("{}", None),
            (json.dumps({"type": "ping", "id": "x" * 20_000}), None),
        ):
            await wall.connection.send(text)
            error = await wall.until("error")
            assert error.get("id", None) == own or len(str(error.get("id"))) > 10_000
        await wall.connection.send(b"\xff\xfe")
        assert (await wall.until("error"))["code"] == "malformed_message"
        again = {"type": "hello", "protocol": 1, "case": CASE, "desk": "wall"}
        await wall.send(again)
        assert (await wall.until("error"))["code"] == "hello_repeated"
        assert (await wall.command("ping"))["type"] == "ok"


@pytest.mark.parametrize(
    ("role", "hello", "code"),
    [
        (None, None, 4401),
        ("manager", {"type": "ping", "id": "1"}, 4000),
        ("manager", {"protocol": 9}, 4000),
        ("manager", {"case": "none"}, 4404),
        ("manager", {"desk": "room", "room": "room1"}, 4403),
        ("manager", {"desk": "kitchen"}, 4403),
        ("administrator", {}, 4403),
        ("auditor", {"desk": "room", "room": "room1"}, 4403),
        ("interviewer", {"desk": "wall"}, 4403),
        ("interviewer", {"desk": "room"}, 4404),
        ("interviewer", {"desk": "room", "room": "attic"}, 4404),
    ],
)
async def test_a_desk_that_may_not_come_in_is_told_why(
    web: Web, role: str | None, hello: dict[str, object] | None, code: int
) -> None:
    async with web.connect("/ws", role) as connection:
        if hello is not None:
            full = {"type": "hello", "protocol": 1, "case": CASE, "desk": "wall", **hello}
            await connection.send(json.dumps(full))
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(5):
                await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert closed.value.rcvd.reason


async def test_a_page_of_another_origin_is_refused(web: Web) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with web.connect(
            "/ws", "manager", additional_headers={"Origin": "https://elsewhere.test"}
        ):
            pass
    assert refused.value.response.status_code == 403
    own = {"Origin": f"http://127.0.0.1:{web.port}"}
    async with web.connect("/ws", "manager", additional_headers=own) as connection:
        await connection.ping()


async def test_logging_out_ends_the_desk(web: Web) -> None:
    async with web.desk("manager") as wall:
        async with web.centre.client("manager") as client:
            assert (await client.post("/api/logout", json={})).status_code == 200
            assert (await client.get("/api/me")).status_code == 401
        assert await wall.close_code() == 4401


async def test_a_desk_that_does_not_read_is_disconnected_and_the_others_are_not(
    tmp_path: Path,
) -> None:
    settings = {"centre": {"client_queue_messages": 20}}
    async with running_centre(tmp_path, settings=settings) as centre, serving(centre) as web:
        session = await centre.open_room("room1")
        async with web.desk("manager") as lazy, web.desk("auditor") as wall:
            lazy.connection.transport.pause_reading()  # the socket's buffers fill, then the queue
            words = "很长的一句话" * 20_000
            async with asyncio.timeout(60):
                while centre.context.hub.disconnected_slow == 0:
                    centre.recorder.say(session, "room1", words, start_us=1)
                    await wall.until("utterance")
            assert (await wall.command("ping"))["type"] == "ok"
            lazy.connection.transport.resume_reading()
            assert await lazy.close_code() in (4008, None)
            cursor = lazy.events()[-1]["cursor"] if lazy.events() else lazy.welcome["cursor"]
        async with web.desk("manager", cursor=cursor) as again:
            assert again.welcome["resumed"] is True
            assert (await again.until("utterance"))["cursor"] > cursor


async def test_levels_partials_and_states_reach_the_desks(web: Web) -> None:
    from config.messages import AudioLevel, PartialText, ProcessNote, Protected, encode

    session = await web.centre.open_room("room1")
    recorder = web.centre.recorder
    async with web.desk("manager") as wall:
        recorder.status("room1-camera", session)
        assert (await wall.until("source"))["status"]["state"] == "recording"
        recorder.bus.publish(
            "level.room1-camera",
            encode(
                AudioLevel(
                    source="room1-camera", t_us=1, rms_dbfs=[-20.0, -30.5], peak_dbfs=[-9.0, -9.0]
                )
            ),
        )
        assert (await wall.until("level"))["rms"] == [-20.0, -30.5]
        recorder.bus.publish(
            "partial.room1-camera",
            encode(
                PartialText(
                    source="room1-camera",
                    session=session,
                    room="room1",
                    speaker="interviewee",
                    start_us=1,
                    end_us=2,
                    text="是李",
                )
            ),
        )
        assert (await wall.until("partial"))["text"] == "是李"
        protected = Protected(source="room1-camera", session=session, until_us=5, size=3)
        recorder.bus.publish("protected.room1-camera", encode(protected))
        assert (await wall.until("protected"))["until_us"] == 5
        recorder.bus.publish("level.room1-camera", b"rubbish")
        note = ProcessNote(name="recorder", code="degraded", detail="disk_full")
        recorder.bus.publish("process.recorder", encode(note))
        assert (await wall.until("system"))["code"] == "recorder_degraded"
    async with web.desk("auditor") as late:
        assert (await late.until("source"))["status"]["source"] == "room1-camera"


async def test_presence_is_told(web: Web) -> None:
    async with web.desk("manager") as wall:
        async with web.desk("interviewer", "room", "room1"):
            seen: list[dict[str, object]] = []
            while len(seen) != 2:
                seen = (await wall.until("presence"))["desks"]
            assert [(one["desk"], one["room"]) for one in seen] == [
                ("room", "room1"),
                ("wall", None),
            ]
        assert len((await wall.until("presence"))["desks"]) == 1


async def test_a_prompt_survives_a_lost_answer_of_the_recorder(web: Web) -> None:
    centre: Centre = web.centre
    await centre.open_room("room1")
    lost: list[bytes] = []
    handle = centre.recorder.handle

    async def loses_the_first_receipt(method: str, payload: bytes) -> bytes:
        reply = await handle(method, payload)
        if method == "append" and not lost:
            lost.append(reply)
            raise TimeoutError
        return reply

    centre.exchange.services["recorder"] = loses_the_first_receipt
    async with web.desk("manager") as wall:
        sent = await wall.command("prompt.send", text="问", rooms=["room1"])
    assert sent["type"] == "ok"
    assert len(lost) == 1
    assert centre.recorder.kinds().count("prompt.issued") == 1
