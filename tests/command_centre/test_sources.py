"""Sources that administrators register: codes, tokens, moving, withdrawing, cameras fetched."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from command_centre.comparison import book_projection
from command_centre.db import schema
from command_centre.desk.pulls import read_plan
from config.kinds import KINDS
from tests.command_centre.centre import Centre

PATH = "/api/sources"
NEW = {"kind": "body_camera", "room": "site", "name": "记录仪 9", "name_en": "Body camera 9"}


async def _row(client: httpx.AsyncClient, source: str) -> dict[str, Any]:
    rows = (await client.get(PATH)).json()["sources"]
    return next(one for one in rows if one["id"] == source)


async def _code(client: httpx.AsyncClient, source: str) -> str:
    made = (await client.post(f"{PATH}/{source}/code", json={})).json()
    assert made["whip_url"].endswith(f"/whip/{source}")
    return str(made["url"].partition("#join=")[2])


async def _state(centre: Centre, source: str, token: str) -> int:
    async with centre.client(Authorization=f"Bearer {token}") as device:
        return (await device.get(f"/api/devices/{source}")).status_code


@pytest.fixture
def site(centre: Centre) -> str:
    """A room to put sources in."""
    return "room1"


async def test_a_device_takes_a_source_by_its_code(centre: Centre, site: str) -> None:
    async with centre.client("administrator") as client, centre.client() as device:
        made = (await client.post(PATH, json={**NEW, "room": site})).json()["id"]
        row = await _row(client, made)
        assert (row["given"], row["withdrawn"], row["state"], row["seen_us"]) == (
            *(False, False),
            "offline",
            None,
        )
        code = await _code(client, made)
        assert (await _row(client, made))["code_until_us"]
        joined = (await device.post("/api/devices/join", json={"code": code})).json()
        assert joined["source"] == made
        assert joined["whip_url"].endswith(f"/whip/{made}")
        assert await _state(centre, made, joined["token"]) == 200
        twice = await device.post("/api/devices/join", json={"code": code})
        assert (twice.status_code, twice.json()["code"]) == (410, "join_used")
        row = await _row(client, made)
        assert (row["given"], row["code_until_us"]) == (True, None)
        # renewing: the device before is one no more
        again = await _code(client, made)
        second = (await device.post("/api/devices/join", json={"code": again})).json()
        assert await _state(centre, made, joined["token"]) == 401
        assert await _state(centre, made, second["token"]) == 200
        assert (await client.post(f"{PATH}/{made}/withdraw", json={})).status_code == 200
        assert await _state(centre, made, second["token"]) == 401
        row = await _row(client, made)
        assert (row["given"], row["withdrawn"]) == (False, True)
    entries = str(centre.log.entries)
    assert code not in entries
    assert joined["token"] not in entries
    kinds = [kind for kind in centre.log.kinds() if kind.startswith(("source.", "device."))]
    assert kinds[-6:] == [
        *("source.create", "source.invited", "device.join", "source.invited", "device.join"),
        "device.revoke",
    ]
    assert {"name", "by_name"} <= set(KINDS["source.create"].private)


async def test_a_code_is_over_with_time_and_with_the_next(centre: Centre, site: str) -> None:
    async with centre.client("administrator") as client, centre.client() as device:
        made = (await client.post(PATH, json={**NEW, "room": site})).json()["id"]
        first, second = await _code(client, made), await _code(client, made)
        over = await device.post("/api/devices/join", json={"code": first})
        assert over.json()["code"] == "join_expired"
        centre.clock.forward(11 * 60)
        late = await device.post("/api/devices/join", json={"code": second})
        assert (late.status_code, late.json()["code"]) == (410, "join_expired")
        third = await _code(client, made)
        await client.post(f"{PATH}/{made}/withdraw", json={})
        gone = await device.post("/api/devices/join", json={"code": third})
        assert gone.json()["code"] == "join_expired"


async def test_the_tablet_of_a_room_keeps_its_own_token(centre: Centre) -> None:
    """Giving the room's camera to a device does not stop the desk that publishes as it."""
    async with centre.client("interviewer") as desk:
        granted = (await desk.post("/api/rooms/room1/publish", json={})).json()
    async with centre.client("administrator") as client, centre.client() as device:
        code = await _code(client, granted["source"])
        assert (await device.post("/api/devices/join", json={"code": code})).status_code == 201
    assert await _state(centre, granted["source"], granted["token"]) == 200


async def test_a_source_is_named_and_moved(centre: Centre, site: str) -> None:
    async with centre.client("administrator") as client:
        made = (await client.post(PATH, json={**NEW, "room": site})).json()["id"]
        twin = await client.post(PATH, json={**NEW, "room": site})
        assert twin.json()["code"] == "source_exists"
        change = f"{PATH}/{made}/change"
        moved = {"room": "room2", "name": "换名"}
        assert (await client.post(change, json=moved)).status_code == 200
        row = await _row(client, made)
        assert (row["room"], row["name"], row["name_en"]) == ("room2", "换名", "")
        place = await centre.context.board.place(made)
        assert place is not None
        assert place.room == "room2"
        await centre.open_room("room2")
        back = await client.post(change, json={"room": "room1", "name": "换名"})
        assert back.json()["code"] == "session_open"


async def test_a_camera_is_fetched_and_its_password_never_shown(centre: Centre, site: str) -> None:
    async with centre.client("administrator") as client:
        made = (await client.post(PATH, json={**NEW, "room": site})).json()["id"]
        pull = f"{PATH}/{made}/pull"
        said = {"address": "rtsp://192.0.2.7/stream1", "user": "op", "password": "camera-secret"}
        assert (await client.post(pull, json=said)).status_code == 200
        listed = await client.get(PATH)
        assert (await _row(client, made))["pulled"]
        assert "camera-secret" not in listed.text + str(centre.log.entries)
        for address in ("http://192.0.2.7/", "rtsp://a:b@192.0.2.7/", "rtsp://"):
            refused = await client.post(pull, json={**said, "address": address})
            assert refused.json()["code"] == "bad_address", address
            assert "camera-secret" not in refused.text
        assert (await client.post(f"{pull}/again", json={})).json()["code"] == "not_found"
        assert (await client.post(f"{pull}/end", json={})).status_code == 200
        assert (await client.post(f"{pull}/end", json={})).json()["code"] == "not_found"
        row = await _row(client, made)
        assert (row["pulled"], row["pull_kept"]) == (False, True)
        assert (await centre.context.database.read(read_plan)).sources == []
    acts = [body["pulled"] for kind, body in centre.log.entries if kind == "source.pull"]
    assert acts == ["yes", "no"]


async def test_a_camera_is_fetched_again_and_never_let_go_during_a_session(centre: Centre) -> None:
    pull = f"{PATH}/room1-camera/pull"
    said = {"address": "rtsp://192.0.2.7/stream1", "user": "op", "password": "camera-secret"}
    async with centre.client("administrator") as client:
        assert (await client.post(pull, json=said)).status_code == 200
        assert (await client.post(f"{pull}/end", json={})).status_code == 200
        again = await client.post(f"{pull}/again", json={})
        assert again.status_code == 200
        row = await _row(client, "room1-camera")
        assert (row["pulled"], row["pull_kept"]) == (True, False)
        await centre.open_room("room1")
        [fetched] = (await centre.context.database.read(read_plan)).sources
        assert (fetched.user, fetched.password) == ("op", "camera-secret")
        before = centre.log.kinds()
        assert (await client.post(f"{pull}/end", json={})).json()["code"] == "pull_in_use"
        assert centre.log.kinds() == before
        assert (await centre.context.database.read(read_plan)).sources == [fetched]


async def test_what_cannot_be_is_refused(centre: Centre, site: str) -> None:
    async with centre.client("administrator") as client:
        for body, code in (
            ({**NEW, "room": "cellar"}, "unknown_room"),
            ({**NEW, "kind": "toaster"}, "malformed_request"),
            ({**NEW, "name": " "}, "bad_text"),
        ):
            assert (await client.post(PATH, json=body)).json()["code"] == code
        for act in ("change", "code", "withdraw", "pull"):
            body = {"room": site, "name": "x", "address": "rtsp://192.0.2.1/"}
            answer = await client.post(f"{PATH}/none/{act}", json=body)
            assert answer.json()["code"] == "unknown_source", act
    assert "source.pull" not in centre.log.kinds()


async def test_the_same_entries_give_the_same_rows(centre: Centre, site: str) -> None:
    async with centre.client("administrator") as client:
        made = (await client.post(PATH, json={**NEW, "room": site})).json()["id"]
        await client.post(f"{PATH}/{made}/change", json={"room": "room2", "name": "后来"})
    table, database = schema.source, centre.context.database
    wanted = select(table).where(table.c.id == made)
    before = await database.read(lambda connection: connection.execute(wanted).one())
    gone = table.delete().where(table.c.id == made)
    await database.write(lambda writing: writing.execute(gone).rowcount)
    for index, (kind, body) in enumerate(centre.log.entries):
        if body.get("source") == made:
            await database.write(
                lambda writing, index=index, kind=kind, body=body: book_projection.take(  # type: ignore[misc]
                    writing, index, 1, kind, body
                )
            )
    after = await database.read(lambda connection: connection.execute(wanted).one())
    assert (after.room_id, after.name, after.kind, after.channels) == (
        *(before.room_id, before.name),
        *(before.kind, before.channels),
    )
