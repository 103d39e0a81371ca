"""A record of questioning: made, read back, signed or refused, and proved with its log."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import time
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from command_centre.cli import main as cli
from command_centre.db import schema
from command_centre.record.check import check_record
from command_centre.record.pades import signature_states
from evidence_store.export import export_package
from evidence_store.verify import verify_path
from tests.command_centre.late_media import house
from tests.command_centre.record_room import PASSWORD, RecordRoom, ink
from tests.evidence_store.builder import CASE


async def test_a_record_is_made_shown_signed_and_proved(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        document = await room.make(gender="男", id_number="610100198501010017")
        assert document["state"] == "made"
        people, rooms = schema.person, schema.room
        await live.centre.database.write(
            lambda writing: [
                writing.execute(people.update().values(name_en="Zhang Mou")),
                writing.execute(rooms.update().values(name_en="Interview room 1")),
            ]
        )
        [listed] = (await room.get(f"/api/cases/{CASE['id']}/documents")).json()["documents"]
        assert listed["room_name_en"] == "Interview room 1"
        assert listed["person_name_en"] == "Zhang Mou"
        await live.centre.database.write(
            lambda writing: writing.execute(people.update().values(name="张某（更名）"))
        )
        [renamed] = (await room.get(f"/api/cases/{CASE['id']}/documents")).json()["documents"]
        assert renamed["person_name_en"] == ""
        page = await room.get(f"/api/documents/{document['id']}/pages/1")
        assert page.status_code == 200
        assert page.content.startswith(b"\x89PNG")
        early = await room.post(f"/api/documents/{document['id']}/finish")
        assert early.json()["code"] == "record_incomplete"
        await room.show(document)
        await room.sign(document, "p", "o1", "o2")
        view = await room.done(f"/api/documents/{document['id']}/finish")
        assert view["state"] == "signed"
        assert view["signatures"] == len(document["places"])
        made = (await room.get(f"/api/documents/{document['id']}/file")).content
        signed = (await room.get(f"/api/documents/{document['id']}/file?signed=1")).content
        assert signed.startswith(made)
        await live.centre.sessions.close(room.session, "test", "done")
    states = await asyncio.to_thread(signature_states, signed)
    assert len(states) == view["signatures"]
    assert all(one.good for one in states)
    pdf = tmp_path / "signed.pdf"
    pdf.write_bytes(signed)
    told = await asyncio.to_thread(
        subprocess.run, ["pdfsig", str(pdf)], capture_output=True, text=True, timeout=60
    )
    assert told.stdout.count("Signature is Valid") == len(states)
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings
    package = tmp_path / "package"
    await asyncio.to_thread(
        lambda: export_package(
            store, package, sessions=[room.session], case=CASE, reason="移送", by="auditor"
        )
    )
    report = await asyncio.to_thread(verify_path, package)
    assert report.exit_code == 0, report.findings
    files = sorted(path.name for path in (package / "data" / "documents").rglob("*.pdf"))
    assert files == [f"{document['id']}-signed.pdf", f"{document['id']}.pdf"]
    ran = await asyncio.to_thread(
        subprocess.run,
        ["python3", "-I", "-S", "verify.py", "--json"],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert json.loads(ran.stdout)["exit_code"] == 0, ran.stdout + ran.stderr
    for evidence in (store, package):
        for data, kind in ((signed, "document.signed"), (made, "document.made")):
            found = await asyncio.to_thread(check_record, data, evidence)
            assert found.good, found.failed
            assert found.named_by == kind
    changed = await asyncio.to_thread(check_record, signed + b"\n%", package)
    assert "no entry of the log names this very file" in changed.failed
    assert (
        await asyncio.to_thread(cli, ["record", "check", str(pdf), "--package", str(package)]) == 0
    )
    assert (
        await asyncio.to_thread(
            cli, ["record", "check", "--session", room.session, "--package", str(package)]
        )
        == 0
    )
    other = tmp_path / "other.pdf"
    other.write_bytes(signed.replace(b"size=", b"size=1"))
    assert (
        await asyncio.to_thread(cli, ["record", "check", str(other), "--package", str(package)])
        == 1
    )


async def test_a_page_read_aloud_is_said_beside_its_signature(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        now_us = time.time_ns() // 1000
        shown = {"page": 1, "from_us": now_us - 9_000_000, "to_us": now_us}
        assert (await room.done(f"{at}/shown", shown))["read"] == []
        view = await room.done(f"{at}/shown", {**shown, "read_aloud": True})
        assert (view["shown"], view["read"]) == ([1], [1])
        for page in range(2, document["pages"] + 1):
            await room.done(f"{at}/shown", {**shown, "page": page})
        await room.sign(document, "p", "o1", "o2")
        await room.done(f"{at}/finish")
        signed = (await room.get(f"{at}/file?signed=1")).content
        said = [one.get("read_aloud", False) for one in await room.entries("page.shown")]
        assert said == [False, True] + [False] * (document["pages"] - 1)
    signatures = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    reasons = {one.field_name: str(one.sig_object["/Reason"]) for one in signatures}
    heard = {field for field, reason in reasons.items() if reason.endswith("已向其宣读")}
    assert heard == {field for field in reasons if field.startswith("p-") and field.endswith("-1")}
    assert heard
    assert (await asyncio.to_thread(verify_path, store)).exit_code == 0


async def test_a_refusal_is_noted_and_the_record_stays_valid(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        none = await room.post(f"{at}/refuse", {"signer": "p", "reason": "  "})
        assert none.json()["code"] == "bad_reason"
        refusal = {"signer": "p", "reason": "不认可第二句，要回去看材料", "witness": "刘某"}
        view = await room.done(f"{at}/refuse", refusal)
        assert [one["reason"] for one in view["refusals"]] == [refusal["reason"]]
        await room.sign(document, "o1", "o2")
        view = await room.done(f"{at}/finish")
        assert view["state"] == "refused"
        assert view["signatures"] == 3  # two officers, and the note by one of them
        signed = (await room.get(f"{at}/file?signed=1")).content
        again = await room.post(f"{at}/sign", {"ink": ink("o1", document["pages"])})
        assert again.json()["code"] == "record_finished"
    states = await asyncio.to_thread(signature_states, signed)
    assert {one.field for one in states} >= {"o1-note-p"}
    assert all(one.good for one in states)
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings


async def test_a_correction_makes_a_new_document_and_the_old_one_cannot_be_signed(
    tmp_path: Path,
) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        first = await room.make()
        text = f"/api/sessions/{room.session}/record/text"
        record = (await room.get(f"/api/sessions/{room.session}/record")).json()
        lines = record["lines"]
        lines[1]["mark"] = "是李某和王某"
        body = {"base": record["version"], "header": record["header"], "lines": lines}
        asked = await room.done(text, body)
        stale = await room.post(text, body)
        assert stale.json()["code"] == "record_changed"
        make = f"/api/sessions/{room.session}/record/document"
        unsettled = await room.post(make, {"version": asked["version"], "steps_seen": True})
        assert unsettled.json()["code"] == "bad_record"
        lines[1] = {**lines[1], "text": "李某和王某", "mark": ""}
        settled = await room.done(
            text, {"base": asked["version"], "header": record["header"], "lines": lines}
        )
        body = {"version": settled["version"], "steps_seen": True}
        early = await room.post(make, body)
        assert early.json()["code"] == "differences_open"  # 王某 was never said
        await room.justify()
        second = await room.done(make, body)
        old = await room.post(f"/api/documents/{first['id']}/sign", {"ink": ink("foot", 1)})
        assert old.json()["code"] == "record_replaced"
        record = (await room.get(f"/api/sessions/{room.session}/record")).json()
        assert [(one["id"], one["state"]) for one in record["documents"]] == [
            (second["id"], "made"),
            (first["id"], "replaced"),
        ]
        entries = await room.entries("document.made")
        assert entries[1]["requests"] == [
            {"line": 2, "asked": "是李某和王某", "was": record_line(entries[1])}
        ]


def record_line(body: dict[str, Any]) -> str:
    [request] = body["requests"]
    was: str = request["was"]
    assert was.startswith("李某嘛")
    return was


async def test_who_may_sign_what_and_when(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"

        async def refused(**body: Any) -> str:
            answer = await room.post(f"{at}/sign", body)
            assert answer.status_code >= 400
            code: str = answer.json()["code"]
            return code

        last = document["pages"]
        assert await refused(ink=ink("foot", 1)) == "page_not_shown"
        assert await refused(ink=ink("foot", 99)) == "unknown_place"
        assert await refused(ink={**ink("o1", last), "strokes": [[1, 1, 0, 500]]}) == "bad_strokes"
        assert await refused(ink={**ink("o1", last), "strokes": [[1, 1, 0]]}) == "bad_strokes"
        assert await refused(ink={**ink("o1", last), "strokes": [[-1, 1, 0, 0]]}) == "bad_strokes"
        wrong = {"account": "wu-test", "password": "not the password"}
        assert await refused(ink=ink("o1", last), **wrong) == "wrong_password"
        right = {"account": "wu-test", "password": PASSWORD}
        assert await refused(ink=ink("o2", last), **right) == "wrong_signer"
        await room.show(document)
        assert await refused(ink=ink("p", last), **right) == "wrong_signer"
        await live.centre.sessions.close(room.session, "test", "done")
        assert await refused(ink=ink("foot", 1)) == "not_on_camera"
        later = await room.post(f"{at}/shown", {"page": 1, "from_us": 1, "to_us": 2})
        assert later.json()["code"] == "not_on_camera"


async def test_private_parts_and_one_time_keys_are_nowhere(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        document = await room.make(id_number="610100198501010017")
        await room.show(document)
        await room.sign(document, "p", "o1", "o2")
        await room.done(f"/api/documents/{document['id']}/finish")
    entries = [
        line
        for path in (store / "recorder-1" / "log" / "tile" / "entries").rglob("*")
        if path.is_file()
        for line in (path.read_bytes(),)
    ]
    assert entries
    assert all(b"strokes" not in line and "张某".encode() not in line for line in entries)
    keys = sorted(path.name for path in (store / "keys" / "signing").rglob("*.pem"))
    assert len(keys) == 2  # the authority's and that of one officer
    assert "authority.pem" in keys
    assert all(
        path.stat().st_mode & 0o077 == 0
        for path in (store / "keys" / "signing").rglob("*")
        if path.is_file()
    )
    [officer] = [name for name in keys if name != "authority.pem"]
    assert b"ENCRYPTED" in (store / "keys" / "signing" / "people" / officer).read_bytes()
