"""tus at /uploads: what the protocol asks, what is refused, what survives, with a real client."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from command_centre.db import schema
from command_centre.db.accounts import add_source_token
from command_centre.desk.late import LISTED
from command_centre.desk.late_store import UploadFiles
from tests.command_centre.centre import CASE, Centre, running_centre
from tests.command_centre.two_cases import OTHER, two_cases
from tests.command_centre.web import Web

ROOT = Path(__file__).resolve().parents[2]
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
SOURCE = "bodycam-02"
FILE = bytes(range(256)) * 40  # 10,240 bytes


def metadata(**values: Any) -> str:
    """Upload-Metadata."""
    pairs = {"source": SOURCE, "filename": "a.mp4", **values}
    return ",".join(
        f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in pairs.items()
    )


async def bearer(centre: Centre, source: str = SOURCE) -> dict[str, str]:
    return {"Authorization": f"Bearer {await centre.source_token(source)}"}


async def announce(
    client: httpx.AsyncClient, headers: dict[str, str], length: int = len(FILE)
) -> str:
    """Create an upload; returns its address."""
    answer = await client.post(
        "/uploads",
        headers={**headers, **TUS, "Upload-Length": str(length), "Upload-Metadata": metadata()},
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def test_options_says_what_is_spoken(centre: Centre) -> None:
    async with centre.client() as client:
        answer = await client.options("/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,checksum,termination,expiration"
    assert answer.headers["tus-max-size"] == str(64 << 30)
    assert answer.headers["tus-checksum-algorithm"] == "sha256,sha1,md5"
    assert "Upload-Offset" in answer.headers["access-control-expose-headers"]


async def test_a_file_in_pieces(centre: Centre) -> None:
    headers = await bearer(centre)
    async with centre.client() as client:
        at = await announce(client, headers)
        assert at.startswith("http://centre.test/uploads/up-")
        for begin in range(0, len(FILE), 4096):
            head = await client.head(at, headers={**headers, **TUS})
            assert head.headers["upload-offset"] == str(begin)
            assert head.headers["upload-length"] == str(len(FILE))
            assert head.headers["cache-control"] == "no-store"
            assert head.headers["upload-expires"].endswith("GMT")
            piece = FILE[begin : begin + 4096]
            answer = await client.patch(
                at, content=piece, headers={**headers, **BYTES, "Upload-Offset": str(begin)}
            )
            assert answer.status_code == 204
            assert answer.headers["upload-offset"] == str(begin + len(piece))
        view = (await client.get(at, headers=headers)).json()
    assert view["offset"] == view["length"] == len(FILE)
    assert view["state"] != "receiving"
    assert view["expires_us"] is None
    assert (view["source"], view["room"], view["by_name"]) == (SOURCE, "site", "记录仪 02")


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"Tus-Resumable": ""}, 412, "tus_version"),
    ({"Tus-Resumable": "0.2.2"}, 412, "tus_version"),
    ({"Authorization": ""}, 401, "token_required"),
    ({"Authorization": "Bearer wrong"}, 401, "token_unknown"),
    ({"Upload-Length": ""}, 400, "upload_length"),
    ({"Upload-Length": "-1"}, 400, "upload_length"),
    ({"Upload-Length": "0"}, 400, "upload_length"),
    ({"Upload-Length": str(1 << 50)}, 400, "upload_length"),
    ({"Upload-Metadata": "source !!!"}, 400, "bad_metadata"),
    ({"Upload-Metadata": metadata() + ",source YQ=="}, 400, "bad_metadata"),
    ({"Upload-Metadata": metadata(kind="rubbish")}, 400, "bad_metadata"),
    ({"Upload-Metadata": metadata(start_us="soon")}, 400, "bad_metadata"),
    ({"Upload-Metadata": metadata(start_us="-5")}, 400, "bad_metadata"),
    ({"Upload-Metadata": metadata(sha256="12")}, 400, "bad_metadata"),
    ({"Upload-Metadata": metadata(previous_sha256="g" * 64)}, 400, "bad_metadata"),
    ({"Upload-Metadata": metadata(first="yes")}, 400, "bad_metadata"),
    ({"Upload-Metadata": "x " + "A" * 9000}, 400, "bad_metadata"),
    ({"Upload-Metadata": metadata(session="s-none")}, 404, "unknown_session"),
    ({"Upload-Metadata": metadata(source="drone-01")}, 403, "token_of_other_source"),
    ({"Upload-Length": str(60 << 30)}, 503, "disk_full"),
]


@pytest.mark.parametrize(("change", "status", "code"), REFUSED)
async def test_what_cannot_be_announced(
    centre: Centre, change: dict[str, str], status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage("/")._replace(free=50 << 30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: free)
    headers = {
        **await bearer(centre),
        **TUS,
        "Upload-Length": "10",
        "Upload-Metadata": metadata(),
        **change,
    }
    async with centre.client() as client:
        answer = await client.post("/uploads", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tus-resumable"] == "1.0.0"
    if code == "tus_version":
        assert answer.headers["tus-version"] == "1.0.0"
    assert not list((centre.context.store / "uploads").glob("*"))


async def test_people_with_a_role_hand_over_for_their_rooms(centre: Centre) -> None:
    said = {**TUS, "Upload-Length": "10", "Upload-Metadata": metadata()}
    expected = {"manager": 201, "interviewer": 201, "administrator": 201, "auditor": 403}
    for role, status in expected.items():
        async with centre.client(role) as client:
            answer = await client.post("/uploads", headers=said)
            assert answer.status_code == status, role
            client.headers.pop("X-Duizhi")
            plain = await client.post("/uploads", headers=said)
            assert plain.json()["code"] == "header_required"
    async with centre.client("manager") as client:
        nameless = await client.post("/uploads", headers={**said, "Upload-Metadata": "kind"})
        assert nameless.json()["code"] == "bad_metadata"
        listed = (await client.get("/api/handover")).json()
        of_case = (await client.get("/api/cases/case-2026-014/uploads")).json()
    assert len(listed["uploads"]) == 3
    assert len(of_case["uploads"]) == 3
    assert not of_case["more"]
    assert not listed["more"]
    assert SOURCE in [one["source"] for one in listed["sources"]]
    assert "gas" not in " ".join(one["kind"] for one in listed["sources"])


async def test_a_file_stays_with_the_case_of_its_session(centre: Centre) -> None:
    """The room has gone to another case since: whoever works there now reaches nothing of it."""
    cookies = await two_cases(centre)
    held = {"id": "s-before", "case_id": OTHER, "room_id": "room1", "kind": "interview"}
    await centre.context.database.write(
        lambda writing: writing.execute(
            schema.session.insert().values(**held, opened_us=1, closed_us=2)
        )
    )
    part = metadata(source="room1-camera", session="s-before", kind="local-part")
    said = {**TUS, "Upload-Length": "10", "Upload-Metadata": part}
    token = await bearer(centre, "room1-camera")
    async with centre.client() as client:
        made = await client.post("/uploads", headers={**said, **token})
        assert made.status_code == 201, made.text
        at = made.headers["location"]
        assert (await client.get(at, headers=token)).json()["session"] == "s-before"
    async with centre.client() as client:
        client.cookies.set("duizhi_login", cookies["interviewer"])
        refused = await client.post("/uploads", headers=said)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_session")
        assert (await client.get(at)).json()["code"] == "unknown_upload"
        now = metadata(source="room1-camera", kind="local-part")
        own = await client.post("/uploads", headers={**said, "Upload-Metadata": now})
        assert own.status_code == 201
    table = schema.upload
    cases = await centre.context.database.read(
        lambda connection: connection.execute(
            select(table.c.case_id).where(table.c.length_bytes == 10).order_by(table.c.created_us)
        ).scalars()
    )
    assert list(cases) == [OTHER, CASE]


async def test_what_is_not_theirs_is_not_told_apart_from_what_is_not_there(centre: Centre) -> None:
    """Neither another case's source nor a session held elsewhere is answered for an outsider."""
    cookies = await two_cases(centre)
    async with centre.client() as client:
        client.cookies.set("duizhi_login", cookies["interviewer"])
        answers = []
        for source in ("other-camera", "nowhere"):
            for session in ("", "sown", "sother", "s-none"):
                part = metadata(source=source, session=session)
                said = {**TUS, "Upload-Length": "10", "Upload-Metadata": part}
                answer = await client.post("/uploads", headers=said)
                answers.append((answer.status_code, answer.json()["code"]))
        assert set(answers) == {(404, "unknown_source")}
        for session in ("sother", "s-none"):  # of their own room, too
            part = metadata(source="room1-camera", session=session)
            said = {**TUS, "Upload-Length": "10", "Upload-Metadata": part}
            answer = await client.post("/uploads", headers=said)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_session")


async def test_an_upload_goes_on_after_its_source_has_moved(centre: Centre) -> None:
    cookies = await two_cases(centre)
    part = metadata(source="room1-camera", session="sown", kind="local-part")
    said = {**TUS, "Upload-Length": "10", "Upload-Metadata": part}
    source, room = schema.source, schema.room
    async with centre.client() as client:
        client.cookies.set("duizhi_login", cookies["interviewer"])
        made = await client.post("/uploads", headers=said)
        assert made.status_code == 201, made.text
        at = made.headers["location"]
        moved = update(source).where(source.c.id == "room1-camera").values(room_id="room2")
        await centre.context.database.write(lambda writing: writing.execute(moved))
        assert (await client.get(at)).json()["session"] == "sown"
        given = update(room).where(room.c.id == "room1").values(case_id=OTHER)
        await centre.context.database.write(lambda writing: writing.execute(given))
        assert (await client.head(at, headers=TUS)).headers["upload-offset"] == "0"
    async with centre.client() as client:
        client.cookies.set("duizhi_login", cookies["bound"])
        assert (await client.get(at)).json()["code"] == "wrong_room"


async def test_the_token_of_a_desk_hands_over_until_it_ends(centre: Centre) -> None:
    """A tablet that was the room's camera; afterwards whoever is signed in hands over."""
    now_us = centre.clock.now_us()
    value = await centre.context.database.write(
        lambda writing: add_source_token(
            writing, "room1-camera", now_us=now_us, expires_us=now_us + 60_000_000
        )
    )
    part = metadata(source="room1-camera", kind="local-part", previous_sha256="0" * 64)
    said = {**TUS, "Upload-Length": "10", "Upload-Metadata": part}
    headers = {**said, "Authorization": f"Bearer {value}"}
    asked = "/api/devices/room1-camera/recorded?from_us=1&to_us=2"
    async with centre.client() as client:
        assert (await client.get(asked, headers=headers)).json()["spans"] == []
        assert (await client.post("/uploads", headers=headers)).status_code == 201
        centre.clock.forward(61)
        for answer in (
            await client.get(asked, headers=headers),
            await client.post("/uploads", headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (401, "token_unknown")
    async with centre.client("interviewer") as client:
        assert (await client.post("/uploads", headers=said)).status_code == 201


async def test_uploads_come_page_by_page_none_is_left_out(centre: Centre) -> None:
    table = schema.upload
    async with centre.client("manager") as client:
        said = {**TUS, "Upload-Length": "10", "Upload-Metadata": metadata()}
        assert (await client.post("/uploads", headers=said)).status_code == 201
        row = await centre.context.database.read(
            lambda connection: connection.execute(select(table)).mappings().one()
        )
        others = [{**row, "id": f"up-{n:03}", "state": "refused"} for n in range(LISTED + 4)]
        await centre.context.database.write(lambda writing: writing.execute(table.insert(), others))
        for url in ("/api/handover", "/api/cases/case-2026-014/uploads"):
            first = (await client.get(url)).json()
            rest = (await client.get(url, params={"offset": LISTED})).json()
            assert (len(first["uploads"]), first["more"]) == (LISTED, True)
            assert (len(rest["uploads"]), rest["more"]) == (5, False)
            ids = {one["id"] for one in (*first["uploads"], *rest["uploads"])}
            assert len(ids) == LISTED + 5


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        ({"Content-Type": "text/plain"}, b"x", 415, "unsupported_type"),
        ({"Upload-Offset": ""}, b"x", 400, "malformed_request"),
        ({"Upload-Offset": "7"}, b"x", 409, "upload_offset"),
        ({}, b"x" * (len(FILE) + 1), 413, "too_large"),
        ({"Upload-Checksum": "crc32 AAAA"}, b"x", 400, "checksum_unknown"),
        ({"Upload-Checksum": "sha256 ?"}, b"x", 400, "checksum_unknown"),
        ({"Upload-Checksum": "sha256 AAAA"}, b"x", 460, "upload_checksum"),
    ],
)
async def test_bytes_that_are_refused_change_nothing(
    centre: Centre, headers: dict[str, str], content: bytes, status: int, code: str
) -> None:
    own = await bearer(centre)
    async with centre.client() as client:
        at = await announce(client, own)
        answer = await client.patch(
            at, content=content, headers={**own, **BYTES, "Upload-Offset": "0", **headers}
        )
        head = await client.head(at, headers={**own, **TUS})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert head.headers["upload-offset"] == "0"


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
async def test_a_checksum_is_compared(centre: Centre, algorithm: str) -> None:
    own = await bearer(centre)
    value = base64.b64encode(hashlib.new(algorithm, FILE).digest()).decode()
    async with centre.client() as client:
        at = await announce(client, own)
        headers = {**own, **BYTES, "Upload-Offset": "0", "Upload-Checksum": f"{algorithm} {value}"}
        answer = await client.post(
            at, content=FILE, headers={**headers, "X-HTTP-Method-Override": "PATCH"}
        )
    assert answer.status_code == 204
    assert answer.headers["upload-offset"] == str(len(FILE))


async def test_giving_up_and_expiry(tmp_path: Path) -> None:
    limits = {"uploads": {"expire_hours": 1.0, "max_open_per_source": 2}}
    async with running_centre(tmp_path, settings=limits) as centre:
        own, other = await bearer(centre), await bearer(centre, "drone-01")
        async with centre.client() as client:
            first = await announce(client, own)
            await announce(client, own)
            third = await client.post(
                "/uploads",
                headers={**own, **TUS, "Upload-Length": "9", "Upload-Metadata": metadata()},
            )
            assert (third.status_code, third.json()["code"]) == (429, "too_many_uploads")
            stranger = await client.delete(first, headers={**other, **TUS})
            assert (stranger.status_code, stranger.json()["code"]) == (404, "unknown_upload")
            gone = await client.delete(first, headers={**own, **TUS})
            assert gone.status_code == 204
            again = await client.head(first, headers={**own, **TUS})
            assert again.status_code == 404
            centre.clock.forward(3000)
            fresh = await announce(client, own)
            centre.clock.forward(3000)
            await centre.context.uploads.sweep()
            left = list((centre.context.store / "uploads").iterdir())
            assert [path.name for path in left] == [fresh.rpartition("/")[2]]
        assert [kind for kind, _ in centre.log.entries if kind == "upload.expired"]


def test_what_was_not_committed_is_cut_off(tmp_path: Path) -> None:
    files = UploadFiles(tmp_path, 0)
    files.create("up-1")
    first = files.open("up-1")
    first.write(b"one")
    first.commit()
    first.write(b"lost")
    first.close()  # as a crash leaves it
    second = files.open("up-1")
    assert second.offset == files.offset("up-1") == 3
    second.write(b"two")
    second.commit()
    second.close()
    assert files.data("up-1").read_bytes() == b"onetwo"


async def tus_client(web: Web, tmp_path: Path, path: Path, **order: Any) -> list[dict[str, Any]]:
    """Run the real client; returns what it said."""
    own = await bearer(web.centre)
    full = {
        "packages": str(ROOT / "web/package.json"),
        "endpoint": f"http://127.0.0.1:{web.port}/uploads",
        "file": str(path),
        "chunk": 300_000,
        "memory": str(tmp_path / "tus-memory.json"),
        "metadata": {"source": SOURCE, "filename": path.name},
        "headers": own,
        **order,
    }
    script = ROOT / "tests/command_centre/tus_client.mjs"
    process = await asyncio.create_subprocess_exec(
        "node", str(script), json.dumps(full), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    return [json.loads(line) for line in output.splitlines()]


async def test_a_real_client_that_dies_goes_on_where_it_was(web: Web, tmp_path: Path) -> None:
    path = tmp_path / "body.mp4"
    path.write_bytes(FILE * 200)
    first = await tus_client(web, tmp_path, path, stop_at=900_000)
    assert first[-1] == {"stopped": 900_000}
    second = await tus_client(web, tmp_path, path)
    assert second[0] == {"resumes": True}
    assert "done" in second[-1]
    assert min(line["accepted"] for line in second if "accepted" in line) > 900_000
    upload = second[-1]["done"].rpartition("/")[2]
    assert web.centre.context.uploads.files.data(upload).read_bytes() == path.read_bytes()


async def test_a_broken_connection_keeps_what_came(web: Web) -> None:
    own = await bearer(web.centre)
    base = f"http://127.0.0.1:{web.port}"
    data = FILE * 500
    async with httpx.AsyncClient(base_url=base) as client:
        at = await announce(client, own, len(data))
        path = at.removeprefix(base)
        headers = {**own, **BYTES}
        file = web.centre.context.uploads.files.data(path.rpartition("/")[2])
        _, broken = await asyncio.open_connection("127.0.0.1", web.port)
        broken.write(_patch_head(path, headers, 0, len(data)) + data[:2_000_000])
        await _until(lambda: file.stat().st_size >= 1 << 20)
        broken.close()  # gone in the middle
        begin = await _offset(client, path, own)
        assert 1 << 20 <= begin <= 2_000_000
        _, silent = await asyncio.open_connection("127.0.0.1", web.port)
        silent.write(_patch_head(path, headers, begin, len(data)) + data[begin : begin + 1_500_000])
        await _until(lambda: file.stat().st_size > begin)
        # still open and silent, as after a change of networks: a newer one takes over
        offset = await _offset(client, path, own)
        assert offset > begin
        answer = await client.patch(
            path, content=data[offset:], headers={**headers, "Upload-Offset": str(offset)}
        )
        silent.close()
    assert answer.headers["upload-offset"] == str(len(data))
    assert file.read_bytes() == data


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


def _patch_head(path: str, headers: dict[str, str], offset: int, length: int) -> bytes:
    """The head of a PATCH with all that is left."""
    lines = {"Host": "x", "Content-Length": length - offset, "Upload-Offset": offset, **headers}
    fields = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"PATCH {path} HTTP/1.1\r\n{fields}\r\n".encode()


async def _offset(client: httpx.AsyncClient, path: str, own: dict[str, str]) -> int:
    """The offset; asking makes a connection that still writes let go."""
    head = await client.head(path, headers={**own, **TUS})
    assert head.status_code == 200
    return int(head.headers["upload-offset"])
