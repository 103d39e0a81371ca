"""One's own jobs: listed, told of over the socket, found again; packages brought in pieces."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from command_centre.api.app import create_app
from command_centre.desk import received
from command_centre.desk.job_list import LISTED_MAX
from command_centre.errors import Rejected
from evidence_store.export import zip_package
from tests.command_centre.centre import Centre
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import PLAN, SOURCE, Audit
from tests.command_centre.test_audit import audit as audit
from tests.command_centre.web import DeskClient, serving
from tests.evidence_store.builder import export

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


async def mine(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await client.get("/api/jobs")).json()["jobs"])


async def test_ones_own_jobs_with_what_leads_to_their_results(audit: Audit) -> None:
    async with audit.client() as client, audit.client("manager") as manager:
        await audit.done(client, "/api/verifications", session=audit.session)
        made = await audit.done(client, "/api/exports", case=CASE, reason="移送")
        refused = await audit.done(manager, "/api/redactions", **_no_face_model(audit.session))
        exported, verified = await mine(client)
        assert (verified["kind"], verified["session"]) == ("verify", audit.session)
        assert (verified["state"], verified["progress"]) == ("done", 1000)
        assert verified["verdict"].startswith(("complete", "not_yet"))
        assert (verified["case"], exported["case"], exported["session"]) == (CASE, CASE, "")
        assert verified["case_name"] == exported["case_name"] != ""
        assert exported["export"] == made["result"]["export"]
        assert (verified["export"], verified["derived"], exported["derived"]) == ("", "", "")
        [failed] = await mine(manager)
        assert (failed["state"], failed["code"]) == ("failed", refused["error"]["code"])
        # a report is whoever's may verify, another's own work is not
        assert (await manager.get(f"/api/jobs/{verified['id']}")).status_code == 200
        async with audit.client("interviewer") as other:
            assert await mine(other) == []
            answer = await other.get(f"/api/jobs/{verified['id']}")
        assert answer.json()["code"] == "forbidden"


def _no_face_model(session: str) -> dict[str, Any]:
    faces = {**PLAN, "regions": [{**PLAN["regions"][0], "boxes": [], "faces": True}]}
    return {"session": session, "source": SOURCE, "reason": "x", "plan": faces}


async def test_the_list_is_bounded(centre: Centre) -> None:
    jobs = centre.context.jobs
    caller = await centre.context.logins.caller_of(centre.cookies["administrator"])
    assert caller is not None

    async def work(far: Any) -> dict[str, Any]:
        far(500)
        return {}

    for _ in range(LISTED_MAX + 3):
        await jobs.own(caller, "measure", "", work)
    async with centre.client("administrator") as client:
        assert len(await mine(client)) == LISTED_MAX


async def test_a_page_is_told_of_its_own_jobs_only(audit: Audit) -> None:
    centre = SimpleNamespace(app=create_app(audit.context), cookies=audit.cookies)
    hello = {"type": "hello", "protocol": 1, "case": "", "desk": "lists"}
    async with (
        serving(cast(Centre, centre)) as web,
        web.connect("/ws", "auditor") as first,
        web.connect("/ws", "manager") as second,
        audit.client() as client,
    ):
        own, other = DeskClient(first), DeskClient(second)
        for desk in (own, other):
            await desk.send(hello)
            await desk.until("welcome")
        job = await audit.done(client, "/api/verifications", session=audit.session)
        told: list[dict[str, Any]] = []
        async with asyncio.timeout(30):
            while not told or told[-1]["state"] == "running":
                told.append((await own.until("job"))["job"])
        assert {one["id"] for one in told} == {job["id"]}
        assert told[0]["state"] == "running"
        assert (told[-1]["state"], told[-1]["verdict"]) == ("done", job["result"]["verdict"])
        await other.send({"type": "ping", "id": "p"})
        async with asyncio.timeout(30):
            while (message := await other.receive())["type"] != "ok":
                assert message["type"] != "job"


# --- packages in pieces ---------------------------------------------------------------------------


async def begin(client: httpx.AsyncClient, length: int) -> str:
    answer = await client.post("/packages", headers={**TUS, "Upload-Length": str(length)})
    assert answer.status_code == 201, answer.text
    return httpx.URL(answer.headers["location"]).path


async def bring(
    client: httpx.AsyncClient, address: str, offset: int, data: bytes, **more: str
) -> httpx.Response:
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    headers = {**PIECE, "Upload-Offset": str(offset), "Upload-Checksum": f"sha256 {digest}"}
    return await client.patch(address, headers={**headers, **more}, content=data)


async def test_a_package_comes_in_pieces_and_goes_on_after_a_break(
    audit: Audit, tmp_path: Path
) -> None:
    folder = await asyncio.to_thread(export, audit.store, tmp_path / "out", audit.session)
    await asyncio.to_thread(zip_package, folder, tmp_path / "p.zip")
    data = (tmp_path / "p.zip").read_bytes()
    half = len(data) // 2
    async with audit.client() as client, audit.client("manager") as other:
        address = await begin(client, len(data))
        name = address.rpartition("/")[2]
        assert (await bring(client, address, 0, data[:half])).headers["upload-offset"] == str(half)
        early = await client.post("/api/checks", json={"first": name})
        assert early.json()["code"] == "unknown_package"  # it is not there yet
        # what was cut off is asked for, what comes twice or is spoiled is not taken
        again = await bring(client, address, 0, data[:half])
        assert (again.status_code, again.json()["offset"]) == (409, half)
        spoiled = await bring(
            client, address, half, data[half:], **{"Upload-Checksum": "sha256 " + "A" * 43 + "="}
        )
        assert spoiled.status_code == 460
        told = await client.head(address, headers=TUS)
        assert told.headers["upload-offset"] == str(half)
        assert (await other.head(address, headers=TUS)).status_code == 404  # another's
        assert (await other.delete(address, headers=TUS)).status_code == 404
        last = await bring(client, address, half, data[half:])
        assert last.headers["upload-offset"] == str(len(data))
        assert (await client.get(address)).json() == {
            "package": name,
            "offset": len(data),
            "size": len(data),
        }
        job = await audit.done(client, "/api/checks", first=name)
        assert job["result"]["reports"][0]["verdict"].startswith(("complete", "not_yet"))
        assert (await client.delete(address, headers=TUS)).status_code == 204
        assert not list((audit.store / "checks").iterdir())


async def test_what_is_not_a_piece_of_this_package_is_refused(audit: Audit) -> None:
    async with audit.client() as client:
        address = await begin(client, 10)
        assert (await bring(client, address, 0, b"x" * 11)).json()["code"] == "too_large"
        refused = [
            await client.post("/packages", headers=TUS),
            await client.post("/packages", headers={**TUS, "Upload-Length": "0"}),
            await client.post("/packages", headers={"Upload-Length": "3"}),
            await client.patch(address, headers={**TUS, "Upload-Offset": "0"}, content=b"x"),
            await client.patch(address, headers=PIECE, content=b"x"),
            await client.head("/packages/pk0", headers=TUS),
            await client.head("/packages/pk0.json", headers=TUS),
            await client.put(address, headers=TUS),
        ]
    assert [one.status_code for one in refused] == [400, 413, 412, 415, 400, 404, 404, 405]
    for role in ("interviewer", "administrator"):
        async with audit.client(role) as client:
            answer = await client.post("/packages", headers={**TUS, "Upload-Length": "3"})
        assert answer.json()["code"] == "forbidden"
    async with audit.client() as client:
        del client.headers["X-Duizhi"]
        answer = await client.post("/packages", headers={**TUS, "Upload-Length": "3"})
        assert answer.json()["code"] == "header_required"
        client.cookies.clear()
        assert (await client.get(address)).json()["code"] == "login_required"


async def test_as_many_come_at_once_as_may_and_old_ones_go(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "COMING_MAX", 2)
    async with audit.client() as client:
        first = await begin(client, 10)
        await bring(client, first, 0, b"x")
        await begin(client, 10)
        many = await client.post("/packages", headers={**TUS, "Upload-Length": "3"})
        assert many.json()["code"] == "too_many_uploads"
        huge = {**TUS, "Upload-Length": str(1 << 39)}
        assert (await client.post("/packages", headers=huge)).json()["code"] == "disk_full"
        for part in (audit.store / "checks").glob("*.part"):
            os.utime(part, (1, 1))
        await begin(client, 10)  # the others are a day old
        assert (await client.head(first, headers=TUS)).status_code == 404


async def test_two_connections_do_not_bring_the_same_package(audit: Audit) -> None:
    packages = audit.context.received
    package = (await packages.begin(10, "ac")).package
    answers = await asyncio.gather(
        *(packages.append(package, "ac", 0, b"12345") for _ in range(2)), return_exceptions=True
    )
    codes = sorted(getattr(one, "code", "") for one in answers if isinstance(one, Rejected))
    assert codes == ["upload_busy"]
    assert packages.coming(package, "ac").offset == 5
