"""Rooms of the agency: made, named, retired, lent to cases; old stores open with theirs."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine

from command_centre.comparison import book_projection
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.db.migrate import upgrade
from command_centre.db.seed import seed_case
from command_centre.desk.permissions import Caller
from command_centre.errors import Rejected
from config.kinds import KINDS
from config.words import Role
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.story import STORY
from tests.command_centre.two_cases import OTHER, ROOMS, two_cases

PATH = "/api/rooms"
ADMIN = Caller("ac-x", "x", "管理员", Role.ADMINISTRATOR, frozenset(), "lo-x")


async def _room(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
    rooms = (await client.get(PATH)).json()["rooms"]
    return next(one for one in rooms if one["name"] == name)


async def test_a_room_is_made_named_retired_and_resumed(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        body = {"name": " 询问室 9 ", "name_en": "Room 9", "kind": "interview"}
        assert (await client.post(PATH, json=body)).status_code == 201
        made = await _room(client, "询问室 9")
        assert (made["case"], made["sources"], made["session_us"]) == ("", [], None)
        assert (await client.post(PATH, json=body)).json()["code"] == "room_exists"
        path = f"{PATH}/{made['id']}"
        await client.post(f"{path}/name", json={"name": "谈话室"})
        assert (await _room(client, "谈话室"))["name_en"] == ""
        for _ in range(2):
            await client.post(f"{path}/retire", json={})
        assert (await _room(client, "谈话室"))["retired_us"]
        await client.post(f"{path}/resume", json={})
        assert (await _room(client, "谈话室"))["retired_us"] is None
    kinds = [kind for kind in centre.log.kinds() if kind.startswith("room.")]
    assert kinds == ["room.create", "room.changed", "room.retired", "room.resumed"]
    assert {"name", "by_name"} <= set(KINDS["room.create"].private)


async def test_a_case_is_given_a_room_and_another_does_not_get_it(centre: Centre) -> None:
    cookies = await two_cases(centre)
    room = await centre.context.rooms.make(ADMIN, "机动房", "", "interview")
    mine, other = f"/api/cases/{CASE}/rooms", f"/api/cases/{OTHER}/rooms"
    async with centre.client() as client:
        client.cookies.set("duizhi_login", cookies["manager"])
        offers = (await client.get(mine)).json()
        assert offers["may_manage"]
        states = {one["id"]: (one["state"], one["case_number"]) for one in offers["rooms"]}
        assert states[room] == ("free", "")
        assert states[ROOMS[OTHER]] == ("taken", "")  # whose it is does not concern this person
        assert states[ROOMS[CASE]][0] == "own"
        given = await client.post(mine, json={"room": room})
        state = {one["id"]: one["state"] for one in given.json()["rooms"]}
        assert state[room] == "own"
        taken = await client.post(mine, json={"room": ROOMS[OTHER]})
        assert (taken.status_code, taken.json()["code"]) == (409, "room_in_use")
        session = await centre.open_room(room)
        busy = await client.post(f"{mine}/{room}/free", json={})
        assert (busy.status_code, busy.json()["code"]) == (409, "session_open")
        await centre.context.sessions.close(session, "ac-x", "")
        freed = (await client.post(f"{mine}/{room}/free", json={})).json()
        assert {one["id"]: one["state"] for one in freed["rooms"]}[room] == "free"
        acts = [body for kind, body in centre.log.entries if kind == "room.assigned"]
        assert [(one["case"], one["from_case"]) for one in acts] == [(CASE, ""), ("", CASE)]
        assert all(one["by_name"] for one in acts)
    async with centre.client() as client:
        client.cookies.set("duizhi_login", cookies["all_manager"])
        numbers = [one["case_number"] for one in (await client.get(mine)).json()["rooms"]]
        assert "other 1" in numbers
        assert (await client.post(other, json={"room": room})).status_code == 200
        again = await client.post(mine, json={"room": room})
        assert again.json()["code"] == "room_in_use"
    async with centre.client() as client:
        client.cookies.set("duizhi_login", cookies["interviewer"])
        seen = (await client.get(mine)).json()
        assert not seen["may_manage"]
        assert {one["state"] for one in seen["rooms"]} == {"own"}
        assert (await client.post(mine, json={"room": room})).status_code == 403


async def test_a_room_without_a_case_records_nothing(centre: Centre) -> None:
    rooms = centre.context.rooms
    room = await rooms.make(ADMIN, "空房", "", "interview")
    async with centre.client("manager") as client:
        refused = await client.post(f"{PATH}/{room}/session", json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "room_free")
        await rooms.assign(ADMIN, room, CASE)
        detail = (await client.get(f"/api/cases/{CASE}")).json()
        assert room in [one["id"] for one in detail["rooms"]]
        assert (await client.post(f"{PATH}/{room}/session", json={})).status_code == 200
    with pytest.raises(Rejected, match="session_open"):
        await rooms.assign(ADMIN, room, "")
    with pytest.raises(Rejected, match="session_open"):
        await rooms.retire(ADMIN, room)


async def test_a_retired_room_opens_no_session(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        assert (await client.post(f"{PATH}/room1/retire", json={})).status_code == 200
    async with centre.client("manager") as client:
        refused = await client.post(f"{PATH}/room1/session", json={})
        assert refused.json()["code"] == "room_retired"


async def test_what_a_room_is_doing_is_seen_but_nothing_said_in_it(centre: Centre) -> None:
    await centre.open_room("room1")
    async with centre.client("administrator") as client:
        rooms = {one["id"]: one for one in (await client.get(PATH)).json()["rooms"]}
        assert rooms["room1"]["session_us"]
        assert rooms["room1"]["sessions"] == 1
        assert rooms["room1"]["sources"][0]["kind"] == "room_camera"
        assert (await client.get(f"/api/cases/{CASE}")).json()["code"] == "forbidden"


async def test_what_cannot_be_is_refused(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        for name in ("", "长" * 41):
            assert (await client.post(PATH, json={"name": name})).json()["code"] == "bad_text"
        odd = await client.post(PATH, json={"name": "x", "kind": "cellar"})
        assert odd.json()["code"] == "malformed_request"
        for act in ("name", "retire", "resume", "free"):
            answer = await client.post(f"{PATH}/none/{act}", json={"name": "y"})
            assert answer.json()["code"] == "unknown_room", act


async def test_the_same_entries_give_the_same_rows(centre: Centre) -> None:
    room = await centre.context.rooms.make(ADMIN, "重读", "", "site")
    await centre.context.rooms.assign(ADMIN, room, CASE)
    table, database = schema.room, centre.context.database
    await database.write(
        lambda writing: writing.execute(table.delete().where(table.c.id == room)).rowcount
    )
    for index, (kind, body) in enumerate(centre.log.entries):
        if body.get("room") == room:
            await database.write(
                lambda writing, index=index, kind=kind, body=body: book_projection.take(  # type: ignore[misc]
                    writing, index, 1, kind, body
                )
            )
    async with centre.client("administrator") as client:
        again = await _room(client, "重读")
    assert (again["id"], again["kind"], again["case"]) == (room, "site", CASE)


def test_a_store_made_before_keeps_its_rooms(tmp_path: Path) -> None:
    path = tmp_path / "centre.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    upgrade(engine, "0019")
    engine.dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO case_file (id) VALUES ('c')")
        connection.execute(
            "INSERT INTO room (id, case_id, kind, name) VALUES ('r', 'c', 'interview', '旧房')"
        )
        connection.execute("INSERT INTO source (id, room_id, kind) VALUES ('s', 'r', 'drone')")
    connection.close()
    with Database(path) as database:
        seed_case(database, STORY)
        database.write_now(
            lambda writing: (
                writing.execute(
                    schema.room.insert().values(id="free", kind="site", name="无案")
                ).rowcount
            )
        )
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT case_id FROM room WHERE id = 'r'").fetchone() == ("c",)
    connection.close()
