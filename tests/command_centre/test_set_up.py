"""The first-run assistant: facts of the store; a test recording opened, closed, given back."""

from __future__ import annotations

import base64
import io
from typing import Any

import docx
import httpx

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


async def test_a_record_form_is_checked_replaced_and_put_back(centre: Centre) -> None:
    path, form = "/api/record-templates", "questioning"
    async with centre.client("administrator") as client:

        async def present() -> dict[str, Any]:
            forms = (await client.get(path)).json()["forms"]
            return next(one for one in forms if one["form"] == form)

        shipped = (await client.get(f"{path}/{form}/file")).content
        document = docx.Document(io.BytesIO(shipped))
        document.add_paragraph("{{ agency }} {{ nonsense }}")
        bad = await _asked(client, f"{path}/{form}/check", document)
        assert (bad["good"], bad["unknown"], bad["missing"]) == (False, ["nonsense"], [])
        refused = await client.post(f"{path}/{form}", json={"data": _base64(document)})
        assert (refused.status_code, refused.json()["code"]) == (409, "template_unusable")
        nonsense = {"data": base64.b64encode(b"no document").decode()}
        assert not (await client.post(f"{path}/{form}/check", json=nonsense)).json()["good"]
        assert not (await present())["own"]

        short = docx.Document()
        short.add_paragraph("{{ agency }}")
        short.core_properties.version = "本局一版"
        found = await _asked(client, f"{path}/{form}/check", short)
        assert (found["good"], found["unknown"], found["version"]) == (True, [], "本局一版")
        assert "lines" in found["missing"]
        assert (await client.post(f"{path}/{form}", json={"data": _base64(short)})).json()
        assert (await present())["own"]
        assert (await client.post(f"{path}/{form}/back", json={})).status_code == 200
        assert (await present())["own"] is False
        digest = found["sha256"]
        await client.post(f"{path}/{form}/back", json={"sha256": digest})
        assert (await present())["sha256"] == digest
        for body, code in (({"sha256": "0" * 64}, "unknown_template"), ({"sha256": "../x"},) * 2):
            answer = (await client.post(f"{path}/{form}/back", json=body)).json()
            assert answer["code"] in ("unknown_template", code)
        assert (await client.get(f"{path}/other/file")).status_code == 404
    used = [body for kind, body in centre.log.entries if kind == "template.used"]
    assert [one["shipped"] for one in used] == [False, True, False]
    assert all(one["by_name"] for one in used)
    async with centre.client("manager") as client:
        assert (await client.get(f"{path}/{form}/file")).status_code == 403


def _base64(document: Any) -> str:
    out = io.BytesIO()
    document.save(out)
    return base64.b64encode(out.getvalue()).decode()


async def _asked(client: httpx.AsyncClient, path: str, document: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.post(path, json={"data": _base64(document)})).json()
    return answer
