"""The first-run assistant: facts of the store; a test recording opened, closed, given back."""

from __future__ import annotations

from tests.command_centre.centre import Centre

PATH = "/api/set-up"


async def test_how_far_an_installation_is(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        seen = (await client.get(PATH)).json()
    assert (seen["administrators"], seen["managers"], seen["interviewers"]) == (1, 1, 1)
    assert seen["rooms"] >= 2
    assert not seen["unit_named"]
    assert seen["test"] is None


async def test_a_test_is_recorded_in_a_free_room(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        taken = await client.post(f"{PATH}/test/room1", json={})
        assert (taken.status_code, taken.json()["code"]) == (409, "room_in_use")
        made = await client.post("/api/rooms", json={"name": "试录房"})
        room = next(one["id"] for one in made.json()["rooms"] if one["name"] == "试录房")
        begun = (await client.post(f"{PATH}/test/{room}", json={})).json()
        assert begun["whip_url"].endswith(f"/whip/{begun['source']}")
        assert begun["token"]
        seen = (await client.get(PATH)).json()["test"]
        assert (seen["session"], seen["state"]) == (begun["session"], "open")
        finished = await client.post(f"{PATH}/finish/{begun['session']}", json={})
        assert finished.status_code == 200
        assert finished.json()["test"]["closed_us"]
        rooms = (await client.get("/api/rooms")).json()["rooms"]
        assert next(one["case"] for one in rooms if one["id"] == room) == ""
        other = await centre.open_room("room1")
        refused = await client.post(f"{PATH}/finish/{other}", json={})
        assert refused.json()["code"] == "unknown_session"
    kinds = [kind for kind in centre.log.kinds() if kind in ("case.create", "room.assigned")]
    assert kinds[-3:] == ["case.create", "room.assigned", "room.assigned"]
    assert begun["token"] not in str(centre.log.entries)
