"""A record whose session is closed: officers sign later, a wrong name is noted, it is filed."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from command_centre.db import schema
from command_centre.db.accounts import HASHER, add_account
from command_centre.record.pades import signature_states
from config.words import Role
from evidence_store.verify import verify_path
from tests.command_centre.late_media import House, house
from tests.command_centre.record_room import PASSWORD, RecordRoom, ink

LAWYER = {"name": "陆某", "duty": "lawyer", "detail": ""}
WHY = "停电，未能当场签完"


async def attending(room: RecordRoom, *attendants: dict[str, str], mistaken: str = "") -> None:
    body = {"attendants": list(attendants), "mistaken": [mistaken] if mistaken else []}
    await room.done("/api/rooms/room1/attendants", body)


async def close(room: RecordRoom) -> None:
    await room.house.centre.sessions.close(room.session, "test", "done")


async def second_officer(live: House) -> None:
    """The clerk has an account too."""
    await live.centre.database.write(
        lambda writing: add_account(
            writing,
            account="ma-test",
            name="马某某",
            role=Role.INTERVIEWER,
            password_hash=HASHER.hash(PASSWORD),
            now_us=live.centre.clock.now_us(),
            rooms=("room1",),
        )
    )


def block(document: dict[str, Any], signer: str) -> dict[str, Any]:
    """The place at the end for one signer."""
    return next(one for one in document["places"] if one["place"] == signer)


async def sign_late(
    room: RecordRoom, document: dict[str, Any], signer: str, account: str = "wu-test", **more: str
) -> httpx.Response:
    place = block(document, signer)
    body = {"ink": ink(signer, place["page"]), "account": account, "password": PASSWORD, **more}
    return await room.post(f"/api/documents/{document['id']}/sign", body)


async def told(signed: bytes) -> str:
    """All words of a PDF in the order of its drawing, without spaces."""
    found = await asyncio.to_thread(
        subprocess.run, ["pdftotext", "-raw", "-", "-"], input=signed, capture_output=True
    )
    return "".join(found.stdout.decode().split())


async def test_officers_sign_later_with_a_reason_and_what_was_signed_stays(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        await second_officer(live)
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        by_hand = await room.sign(document, "p")
        await close(room)
        saved = await room.get(f"/api/sessions/{room.session}/record")
        again = await room.post(
            f"/api/sessions/{room.session}/record/document",
            {"version": saved.json()["version"], "steps_seen": True},
        )
        assert (again.json()["code"], again.status_code) == ("signed_by_person", 409)
        assert (await room.post(f"{at}/finish")).json()["code"] == "record_incomplete"

        for body, code in (
            ({"account": "wu-test", "reason": ""}, "bad_reason"),
            ({"account": "", "reason": WHY}, "wrong_password"),
            ({"account": "ma-test", "reason": WHY}, "wrong_signer"),
        ):
            refused = await sign_late(room, document, "o1", **body)
            assert refused.json()["code"] == code, refused.text
        person = {"ink": ink("p", block(document, "p")["page"]), "reason": WHY}
        assert (await room.post(f"{at}/sign", person)).json()["code"] == "not_on_camera"

        view = (await sign_late(room, document, "o1", reason=WHY)).json()
        assert (block(view, "o1")["late"], block(view, "o1")["late_reason"]) == (True, WHY)
        assert [one for one in view["places"] if one["signer"] == "p"] == [
            one for one in by_hand["places"] if one["signer"] == "p"
        ]
        twice = await sign_late(room, document, "o1", reason=WHY)
        assert (twice.json()["code"], twice.status_code) == ("place_signed", 409)
        assert (await sign_late(room, document, "o2", "ma-test", reason=WHY)).status_code == 200
        assert (await room.done(f"{at}/finish"))["state"] == "signed"

        [late, _] = await room.entries("page.signed_late")
        assert (late["signer"], late["certificate"], late["reason"]) == ("o1", "officer", WHY)
        [filed] = await room.entries("document.signed")
        assert [one["signer"] for one in filed["late"]] == ["o1", "o2"]
        made = (await room.get(f"{at}/file")).content
        signed = (await room.get(f"{at}/file?signed=1")).content
    assert signed.startswith(made)
    fields = [one["field"].split("-")[0] for one in filed["signatures"]]
    assert fields == sorted(fields, key=["p", "o1", "o2"].index)  # after the person's
    found = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    reasons = {one.field_name: str(one.sig_object["/Reason"]) for one in found}
    end = document["pages"]
    assert reasons[f"o1-o1-{end}"] == f"询问人确认末页，询问结束后补签，原因：{WHY}"
    assert f"询问结束后补签，原因：{WHY}" in await told(signed)
    assert all(one.good for one in await asyncio.to_thread(signature_states, signed))
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings


async def test_a_record_that_nobody_signed_is_filed_and_says_so(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        await second_officer(live)
        room = await RecordRoom.open(live)
        await close(room)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        gone = {"signer": "p", "reason": "已离开，未及核对", "unable": True}
        await room.done(f"{at}/refuse", gone)
        assert (await room.post(f"{at}/finish")).json()["code"] == "record_incomplete"
        await sign_late(room, document, "o1", reason=WHY)
        view = (await sign_late(room, document, "o2", "ma-test", reason=WHY)).json()
        assert view["attestation"] == "missing"  # nobody who signs later was there to see it
        await room.done(f"{at}/finish")
        signed = (await room.get(f"{at}/file?signed=1")).content
    words = await told(signed)
    assert "未能签名，原因：已离开，未及核对。未经见证。" in words
    assert "在场签名" not in words


@pytest.mark.parametrize("closed", [False, True])
async def test_after_a_restart_the_password_is_enough(tmp_path: Path, closed: bool) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        key = {"signer": "o1", "account": "wu-test", "password": PASSWORD}
        await room.show(document)
        early = await room.post(f"{at}/key", key)
        assert early.json()["code"] == "unknown_place"  # nothing is signed with it yet
        signed = await room.sign(document, "p", "o1", "o2")
        if closed:
            await close(room)
        live.centre.records.signing.forget(document["id"])  # as a process that starts has none
        gone = await room.post(f"{at}/finish")
        told = {name: gone.json()[name] for name in ("code", "signer", "name")}
        assert told == {"code": "signing_key_gone", "signer": "o1", "name": "吴某某"}
        wrong = await room.post(f"{at}/key", {**key, "password": "another"})
        assert wrong.json()["code"] == "wrong_password"
        opened = await room.done(f"{at}/key", key)
        assert opened["places"] == signed["places"]  # nothing is signed anew
        assert (await room.done(f"{at}/finish"))["state"] == "signed"
        assert len(await room.entries("page.signed")) == len(document["places"])


async def test_a_name_struck_too_late_is_corrected_by_a_note(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        await attending(room, LAWYER)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        note = {"signer": "a1", "reason": "点错了，他没有来"}
        early = await room.post(f"{at}/correct", note)
        assert (early.json()["code"], early.status_code) == ("session_open", 409)
        await room.show(document)
        await room.sign(document, "p", "o1", "o2")
        await attending(room, mistaken="陆某")
        await close(room)
        view = (await room.get(at)).json()
        assert (view["uncorrected"], view["corrections"]) == (["a1"], [])
        for signer, reason, code in (("a1", " ", "bad_reason"), ("o1", "点错了", "unknown_place")):
            refused = await room.post(f"{at}/correct", {"signer": signer, "reason": reason})
            assert refused.json()["code"] == code
        view = await room.done(f"{at}/correct", note)
        [noted] = view["corrections"]
        assert (noted["name"], noted["by_name"], noted["log_role"]) == ("陆某", "吴某某", "")
        assert view["uncorrected"] == []
        view = await room.done(f"{at}/finish")
        assert view["state"] == "signed"
        assert [one["name"] for one in view["places"] if one["signer"] == "a1"]  # as it was printed
        [filed] = await room.entries("document.signed")
        assert (filed["corrected"], filed["unable"]) == (["a1"], [])
        signed = (await room.get(f"{at}/file?signed=1")).content
    words = await told(signed)
    assert "更正：律师陆某不在场，笔录误列，原因：点错了，他没有来。（吴某某" in words
    assert words.index("律师：陆某") >= 0
    assert all(one.good for one in await asyncio.to_thread(signature_states, signed))
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings


async def test_a_name_noticed_after_the_end_is_corrected_and_leaves_the_session(
    tmp_path: Path,
) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        await attending(room, LAWYER)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        await room.sign(document, "p", "o1", "o2")
        await close(room)
        view = (await room.get(at)).json()
        assert view["uncorrected"] == []  # the log has the name too
        assert (await room.post(f"{at}/finish")).json()["code"] == "record_incomplete"
        await room.done(f"{at}/correct", {"signer": "a1", "reason": "同名，另一间的"})
        assert "陆某" not in await people(live, room)
        await room.done(f"{at}/finish")
        [entry] = await room.entries("signer.corrected")
        assert entry["reason"] == "同名，另一间的"
        [opened] = await room.entries("attendants.changed")
        assert [one["name"] for one in opened["attendants"]] == ["陆某"]  # as it was


async def people(live: House, room: RecordRoom) -> list[str]:
    table = schema.session
    text = await live.centre.database.read(
        lambda connection: connection.execute(
            table.select().with_only_columns(table.c.people).where(table.c.id == room.session)
        ).scalar_one()
    )
    return [one["name"] for one in json.loads(text)]


async def test_who_has_signed_was_there_and_another_capacity_is_noted(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        await attending(room, LAWYER)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        await room.sign(document, "p", "a1", "o1", "o2")
        other = await room.make()
        await room.show(other)
        await room.sign(other, "p", "a1", "o1", "o2")
        await attending(room, {**LAWYER, "duty": "guardian"})
        await close(room)
        at = f"/api/documents/{other['id']}"
        stopped = (await room.post(f"{at}/finish")).json()
        assert stopped["code"] == "signer_arrived"
        note = {"signer": "a1", "reason": "登记时选错身份"}
        [noted] = (await room.done(f"{at}/correct", note))["corrections"]
        assert noted["log_role"] == "guardian"
        await room.done(f"{at}/finish")
        signed = (await room.get(f"{at}/file?signed=1")).content
        assert "陆某" in await people(live, room)
    words = await told(signed)
    assert "更正：陆某是法定代理人，笔录误列为律师，原因：登记时选错身份。" in words
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings


async def test_a_name_that_signed_is_not_said_never_to_have_been_there(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        await attending(room, LAWYER)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        await room.sign(document, "p", "a1", "o1", "o2")
        await close(room)
        note = {"signer": "a1", "reason": "记错了"}
        refused = await room.post(f"{at}/correct", note)
        assert (refused.json()["code"], refused.status_code) == ("attendant_signed", 409)
