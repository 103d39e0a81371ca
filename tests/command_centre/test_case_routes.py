"""Cases, points, text, sessions and publishing over HTTP."""

from __future__ import annotations

from sqlalchemy import select, update

from command_centre.db import schema
from tests.command_centre.centre import CASE, Centre


async def test_a_case_has_everything_a_desk_needs(centre: Centre) -> None:
    async with centre.client("manager") as client:
        case = (await client.get(f"/api/cases/{CASE}")).json()
    assert [person["name"] for person in case["people"]] == ["张某", "李某", "王某"]
    assert [person["id"] for person in case["people"]] == ["zhang", "li", "wang"]
    assert [point["id"] for point in case["points"]] == ["p1", "p2"]
    assert [room["id"] for room in case["rooms"]] == ["room1", "room2", "site"]
    assert case["rooms"][0]["person"] == "zhang"
    assert case["rooms"][0]["officers"] == [
        {"id": "a0021", "name": "吴某某", "duty": "询问人", "certificate": "渭执A0021"},
        {"id": "a0034", "name": "马某某", "duty": "记录人", "certificate": "渭执A0034"},
    ]
    assert {source["id"]: source["channels"] for source in case["sources"]} == {
        "room1-camera": ["interviewer", "interviewee"],
        "room2-camera": ["interviewer", "interviewee"],
        "bodycam-02": ["unknown"],
        "drone-01": ["unknown"],
        "gas-03": [],
    }
    assert case["cursor"] == 0


async def test_opening_a_session_goes_through_the_log(centre: Centre) -> None:
    async with centre.client("interviewer") as client:
        opened = await client.post("/api/rooms/room1/session", json={})
        again = await client.post("/api/rooms/room1/session", json={})
        case = (await client.get(f"/api/cases/{CASE}")).json()
    assert opened.status_code == 200
    session = opened.json()
    assert session["person_name"] == "张某"
    assert again.status_code == 409
    assert again.json()["code"] == "session_open"
    assert case["rooms"][0]["session"]["id"] == session["id"]
    assert case["cursor"] > 0
    opening = centre.recorder.bodies("session.open")[0]
    assert [(one["name"], one["role"]) for one in opening["people"]] == [
        ("张某", "interviewee"),
        ("吴某某", "interviewer"),
        ("马某某", "clerk"),
    ]


async def test_closing_a_session_seals_it_and_is_idempotent(centre: Centre) -> None:
    session = await centre.open_room("room1")
    async with centre.client("interviewer") as client:
        first = await client.post(f"/api/sessions/{session}/close", json={"reason": "done"})
        second = await client.post(f"/api/sessions/{session}/close", json={"reason": "again"})
    assert first.json()["closed_us"] is not None
    assert second.json() == first.json()
    assert [body["reason"] for body in centre.recorder.bodies("session.close")] == ["done"]


async def test_publishing_gives_a_token_and_opens_the_session(centre: Centre) -> None:
    async with centre.client("interviewer") as client:
        publication = (await client.post("/api/rooms/room1/publish", json={})).json()
        offered = await client.post(
            publication["whip_url"],
            content="v=0\r\n",
            headers={
                "Authorization": f"Bearer {publication['token']}",
                "Content-Type": "application/sdp",
            },
        )
    assert publication["source"] == "room1-camera"
    assert publication["session"] == centre.recorder.offers[0].session
    assert offered.status_code == 201


async def test_a_point_is_added_at_the_end(centre: Centre) -> None:
    async with centre.client("manager") as client:
        added = await client.post(f"/api/cases/{CASE}/points", json={"text": " 核实票证 "})
        empty = await client.post(f"/api/cases/{CASE}/points", json={"text": "  "})
        case = (await client.get(f"/api/cases/{CASE}")).json()
    assert added.json() == {"id": "p3", "text": "核实票证", "en": "", "order": 3}
    assert empty.json()["code"] == "bad_text"
    assert case["points"][-1]["id"] == "p3"
    assert "point.add" in centre.log.kinds()


async def test_utterances_come_in_pages(centre: Centre) -> None:
    session = await centre.open_room("room1")
    for number in range(5):
        centre.recorder.say(session, "room1", f"第{number}句", start_us=1000 + number)
    await centre.settle()
    async with centre.client("manager") as client:
        url = f"/api/cases/{CASE}/utterances"
        last = (await client.get(url, params={"limit": 2})).json()
        before = last["utterances"][0]["cursor"]
        rest = (await client.get(url, params={"before_cursor": before, "room": "room1"})).json()
        other = (await client.get(url, params={"room": "room2"})).json()
        bad = await client.get(url, params={"limit": "many"})
    assert [one["text"] for one in last["utterances"]] == ["第3句", "第4句"]
    assert last["more"] is True
    assert [one["text"] for one in rest["utterances"]] == ["第0句", "第1句", "第2句"]
    assert rest["more"] is False
    assert other["utterances"] == []
    assert bad.json()["code"] == "malformed_request"


async def test_what_is_set_for_reading_stands_beside_the_words(centre: Centre) -> None:
    session = await centre.open_room("room1")
    centre.recorder.say(session, "room1", "zhang sent me and i went", start_us=1000)
    centre.recorder.say(session, "room1", "五月十二日剩四百五十升", start_us=2000)
    await centre.settle()
    async with centre.client("manager") as client:
        found = (await client.get(f"/api/cases/{CASE}/utterances")).json()["utterances"]
        body = (await client.get(f"/api/sessions/{session}/transcript/txt")).text
    assert [one["text"] for one in found] == ["zhang sent me and i went", "五月十二日剩四百五十升"]
    assert [[edit["text"] for edit in one["display"]] for one in found] == [
        ["Zhang", "I", "."],
        ["5月12日", "450", "。"],
    ]
    assert "Zhang sent me and I went." in body
    events = await centre.context.database.read(
        lambda connection: connection.execute(select(schema.event.c.message)).scalars().all()
    )
    assert any('"text":"Zhang"' in one for one in events)


async def test_the_latest_of_every_room_comes_at_once(centre: Centre) -> None:
    for room, sentences in (("room1", 3), ("room2", 2)):
        session = await centre.open_room(room)
        for number in range(sentences):
            centre.recorder.say(session, room, f"{room}第{number}句", start_us=1000 + number)
    await centre.settle()
    url = f"/api/cases/{CASE}/latest-utterances"
    async with centre.client("manager") as client:
        latest = (await client.get(url, params={"limit": 2})).json()
        only = (await client.get(url, params={"room": "room2"})).json()
        case = (await client.get(f"/api/cases/{CASE}")).json()
        alone = (await client.get(f"/api/cases/{CASE}/utterances?room=room1&limit=2")).json()
        unknown = await client.get("/api/cases/none/latest-utterances")
    rooms = latest["rooms"]
    assert latest["cursor"] == only["cursor"] == case["cursor"] > 0
    assert list(only["rooms"]) == ["room2"]
    said = {room: [one["text"] for one in page["utterances"]] for room, page in rooms.items()}
    assert said == {
        "room1": ["room1第1句", "room1第2句"],
        "room2": ["room2第0句", "room2第1句"],
        "site": [],
    }
    assert {room: page["more"] for room, page in rooms.items()} == {
        "room1": True,
        "room2": False,
        "site": False,
    }
    assert rooms["room1"] == alone
    assert unknown.status_code == 404


async def test_the_latest_of_every_room_leaves_out_rooms_of_others(centre: Centre) -> None:
    table = schema.account
    bind = update(table).where(table.c.account == "interviewer").values(rooms="room2")
    await centre.context.database.write(lambda writing: writing.connection.execute(bind))
    async with centre.client("interviewer") as client:
        found = (await client.get(f"/api/cases/{CASE}/latest-utterances")).json()
    assert list(found["rooms"]) == ["room2"]


async def test_the_list_of_cases_counts_what_is_recording(centre: Centre) -> None:
    session = await centre.open_room("room1")
    async with centre.client("manager") as client:
        assert (await client.get("/api/cases")).json()["cases"][0]["rooms_recording"] == 0
        await centre.context.board.place("room1-camera")
        centre.recorder.status("room1-camera", session)
        await centre.settle()
        case = (await client.get("/api/cases")).json()["cases"][0]
    assert case["open_sessions"] == 1
    assert case["last_event_us"] is not None


async def test_what_does_not_exist_is_said_so(centre: Centre) -> None:
    async with centre.client("manager") as client:
        assert (await client.get("/api/cases/none")).json()["code"] == "unknown_case"
        assert (await client.post("/api/rooms/none/session", json={})).json()[
            "code"
        ] == "unknown_room"
        assert (await client.post("/api/sessions/none/close", json={})).json()[
            "code"
        ] == "unknown_session"
        assert (await client.get("/api/none")).json()["code"] == "not_found"
        assert (await client.delete("/api/cases")).json()["code"] == "method_not_allowed"


async def test_a_desk_that_opens_late_sees_markers_gaps_and_the_last_readings(
    centre: Centre,
) -> None:
    session = await centre.open_room("room1")
    site = await centre.open_room("site")
    recorder = centre.recorder
    marker = {"text": "注意", "by": "ac", "by_name": "林某某"}
    recorder.append("marker", marker, session=session, room="room1")
    for value in (20_900, 20_800):
        body = {"device": "gas-03", "values": {"O2_vol": value}, "alarms": []}
        recorder.append("reading", body, session=site, room="site")
    await centre.settle()
    async with centre.client("manager") as client:
        events = (await client.get(f"/api/cases/{CASE}")).json()["events"]
    assert [event["type"] for event in events] == ["marker", "reading"]
    assert events[0]["text"] == "注意"
    assert events[1]["values"] == {"O2_vol": 20_800}
