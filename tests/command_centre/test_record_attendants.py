"""Interpreter, guardian, lawyer and witness as signers of a record, and who attests a refusal."""

from __future__ import annotations

import asyncio
import io
import subprocess
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from command_centre.db import schema
from command_centre.desk.recorder_port import append
from command_centre.record.attestation import attestation
from command_centre.record.content import (
    ATTENDING,
    EACH_PAGE,
    PAGE_SIGNERS_MAX,
    Line,
    RecordContent,
    Signer,
)
from command_centre.record.named import is_named, name_key, occurs_in
from command_centre.record.pades import signature_states
from command_centre.record.page_text import page_blocks
from command_centre.record.sheet import header_rows, sheet
from command_centre.record.typeset import Typeset, typeset
from evidence_store.verify import verify_path
from tests.command_centre.late_media import house
from tests.command_centre.record_room import PASSWORD, RecordRoom, ink
from tests.command_centre.test_record_pages import LONG, content

P = Signer(key="p", role="interviewee", name="张某")
O1 = Signer(key="o1", role="interviewer", name="吴某某", certificate="渭执A0021")
O2 = Signer(key="o2", role="clerk", name="马某某", certificate="渭执A0034")
BAI = Signer(key="a1", role="interpreter", name="白某", detail="某翻译公司")
QIN = Signer(key="a2", role="guardian", name="秦某", detail="父亲")
TIAN = Signer(key="a3", role="attesting_witness", name="田某")


def attended(*signers: Signer, form: str = "questioning", **header: str) -> RecordContent:
    """A record that these sign."""
    lines = [Line(kind="q", text="请讲。"), Line(kind="a", text=LONG)]
    made = content(*lines, **header)
    return msgspec.structs.replace(made, signers=list(signers), form=form)


@pytest.fixture(scope="module")
def made() -> Typeset:
    return typeset(attended(P, BAI, QIN, O1, O2, TIAN))


def test_who_signs_each_page_has_a_line_of_their_own_below_it(made: Typeset) -> None:
    pages = len(made.pages)
    assert pages >= 3
    keys = [(one.key, one.signer) for one in made.places if one.page == 1]
    assert keys == [("foot", "p"), ("foot-a1", "a1"), ("foot-a2", "a2")]
    for number, text in enumerate(made.texts, 1):
        flat = "".join(text.split())
        assert "被询问人签名：" in flat
        assert "翻译人员签名：" in flat
        assert "法定代理人签名：" in flat
        feet = [one.box for one in made.places if one.page == number and one.of_page]
        assert [box[1] for box in feet] == sorted((box[1] for box in feet), reverse=True)
        assert all(below[3] <= above[1] for above, below in pairwise(feet))
        assert min(box[1] for box in feet) == 82.0
    blocks = [one for one in made.places if not one.of_page]
    assert [one.key for one in blocks] == ["p", "a1", "a2", "o1", "o2", "a3"]
    assert all(one.page == pages for one in blocks)
    end = "".join(made.texts[-1].split())
    for printed in ("翻译人员：白某（某翻译公司）", "法定代理人：秦某（父亲）", "见证人：田某"):
        assert printed in end


def test_so_many_sign_that_the_places_go_on_over_the_page() -> None:
    most = range(1, PAGE_SIGNERS_MAX)
    many = [Signer(key=f"a{n}", role="interpreter", name=f"白{n}") for n in most]
    officers = [Signer(key=f"o{n}", role="interviewer", name=f"吴{n}") for n in range(1, 7)]
    found = typeset(attended(P, *many, *officers))
    blocks = [one for one in found.places if not one.of_page]
    assert len(blocks) == 14
    assert all(one.box[1] > 82.0 + 7 * 36 for one in blocks)  # above the lines of the page
    feet = [one for one in found.places if one.of_page]
    assert len(feet) == PAGE_SIGNERS_MAX * len(found.pages)


def test_the_page_as_text_has_them_too(made: Typeset) -> None:
    pages = page_blocks(attended(P, BAI, QIN, O1, O2, TIAN), made.texts)
    assert {one.kind for one in pages[-1]} > {"sign", "foot"}  # the text came out even
    labels = [one.label for one in pages[-1] if one.kind == "sign"]
    assert labels[1] == "翻译人员：白某（某翻译公司）"


def test_the_head_names_them_once() -> None:
    def field(found: RecordContent, label: str) -> str:
        return next(
            str(value) for row in header_rows(found) for name, value, _ in row if name == label
        )

    left_out = attended(P, BAI, QIN, O1, TIAN)
    assert field(left_out, "翻译或手语") == "白某（某翻译公司）"
    assert field(left_out, "监护人或合适成年人") == "秦某（父亲）"
    assert field(left_out, "在场人") == "见证人田某"
    longer = attended(
        P, BAI, QIN, O1, interpreter="白某某", guardian="秦某（父亲）", others="田某某"
    )
    assert field(longer, "翻译或手语") == "白某某、白某（某翻译公司）"  # somebody else's name
    assert field(longer, "监护人或合适成年人") == "秦某（父亲）"
    witnessed = attended(P, O1, TIAN, others="见证人田某、站长刘某")
    assert field(witnessed, "在场人") == "见证人田某、站长刘某"
    on_site = attended(P, BAI, O1, TIAN, form="inspection", others="站长刘某")
    assert field(on_site, "在场人") == "站长刘某、翻译人员白某（某翻译公司）、见证人田某"
    written = attended(P, BAI, O1, interpreter="白某，英语", others="站长刘某")
    assert field(written, "翻译或手语") == "白某，英语"
    assert field(written, "在场人") == "站长刘某"


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("吴某", "吴某某、马某某", False),
        ("某某", "吴某某、马某某", False),
        ("马某某", "吴某某、马某某（渭州市应急管理综合执法支队）", True),
        ("马某某", "检查人员：吴某某 马某某", True),
        ("田某", "见证人田某", True),
        ("田某", "田某　见证人", True),
        ("John Smith", "John Smith, interpreter", True),
        ("John", "Johnson, interpreter", False),
        ("", "吴某某", False),
        ("吴某某", "", False),
    ],
)
def test_a_name_is_compared_as_a_whole(name: str, text: str, named: bool) -> None:
    assert is_named(name, text) is named


@pytest.mark.parametrize(
    "text",
    [
        "市应急局吴某某、马某某",
        "监察员吴某某，马某某",
        "吴某某同志、马某某同志",
        "吴某某渭执A0021 马某某渭执A0034",
        "吴某某和马某某",
        "吴 某某　马 某某",
    ],
)
def test_an_officer_is_found_however_unit_post_and_number_stand_beside(text: str) -> None:
    known = ["吴某某", "马某某", "某某", "马某"]
    assert [one for one in known if occurs_in(one, text, known)] == ["吴某某", "马某某"]


@pytest.mark.parametrize(
    ("name", "text", "known", "found"),
    [
        ("吴某", "吴某某", ["吴某", "吴某某"], False),
        ("吴某", "吴某某、吴某", ["吴某", "吴某某"], True),
        ("吴某某", "吴某某某", [], True),  # better asked once more than left out
        ("John Smith", "John Smith and Ann Lee", ["Ann Lee"], True),
        ("Ann Lee", "JOHN SMITH and ＡNN LEE", [], True),
        ("John", "Johnson", [], False),
        ("John", "John Smith", ["John Smith"], False),
        ("", "吴某某", [], False),
        ("吴某某", "", [], False),
    ],
)
def test_only_a_longer_name_of_the_case_covers_another(
    name: str, text: str, known: list[str], found: bool
) -> None:
    assert occurs_in(name, text, known) is found


def test_spellings_of_one_name_have_one_key() -> None:
    assert name_key("吴 某某") == name_key("吴\u3000某某\u00a0") == name_key("吴某某")
    assert name_key("Ann Lee") == name_key("ＡNN　lee") != name_key("Ann Li")


def test_a_record_that_nobody_attended_is_as_before() -> None:
    """No further line, the same places; older content has no such fields at all."""
    plain = attended(P, O1)
    assert sheet(plain)["feet"] == []
    raw = msgspec.to_builtins(plain)
    for one in raw["signers"]:
        del one["detail"]
    older = msgspec.convert(raw, RecordContent)
    assert older == plain
    assert [one.key for one in typeset(plain).places if one.page == 1] == ["foot"]


def test_every_duty_has_its_words() -> None:
    assert set(EACH_PAGE) < set(ATTENDING)
    for role in ATTENDING:
        signer = Signer(key="a1", role=role, name="白某")
        assert sheet(attended(P, signer))["signers"][1]["label"] == ATTENDING[role]


@pytest.mark.parametrize(
    ("signed", "form", "state"),
    [
        ({"o1"}, "questioning", "wanted"),
        (set(), "questioning", "wanted"),
        ({"o1", "a1"}, "questioning", "wanted"),  # an interpreter attests nothing
        ({"o1", "o2"}, "questioning", "officers"),
        ({"o1", "a3"}, "questioning", "witness"),
        ({"o1", "o2", "a3"}, "questioning", "witness"),
        ({"o1"}, "inspection", ""),
    ],
)
def test_a_refusal_is_attested_by_a_witness_or_two_officers(
    signed: set[str], form: str, state: str
) -> None:
    record = attended(P, BAI, O1, O2, TIAN, form=form)
    found = attestation(record, signed)
    assert found.state(record) == state
    assert found.enough(record) is (state != "wanted")


def test_nobody_attests_as_a_witness_who_asked_or_was_questioned() -> None:
    for name in ("吴某某", "张某", "吴 某某", "张\u3000某"):
        record = attended(P, O1, O2, msgspec.structs.replace(TIAN, name=name))
        assert attestation(record, {"o1", "a3"}).state(record) == "wanted"
    for name in (O1.name, "吴某 某"):
        record = attended(P, O1, msgspec.structs.replace(O2, name=name))
        assert attestation(record, {"o1", "o2"}).state(record) == "wanted"


def test_a_refusal_filed_with_nobody_to_attest_it_says_so() -> None:
    record = attended(P, O1, O2, TIAN)
    assert attestation(record, {"o1"}).text == ""
    assert attestation(record, {"o1"}).filed(record).text == "未经见证。"
    assert attestation(record, {"o1", "a3"}).filed(record).text == "见证人田某在场签名。"
    on_site = attended(P, O1, form="inspection")
    assert attestation(on_site, {"o1"}).filed(on_site).text == ""


async def attending(room: RecordRoom, *attendants: dict[str, str], mistaken: str = "") -> None:
    body = {"attendants": list(attendants), "mistaken": [mistaken] if mistaken else []}
    await room.done("/api/rooms/room1/attendants", body)


INTERPRETER = {"name": "白某", "duty": "interpreter", "detail": "某翻译公司"}
LAWYER = {"name": "陆某", "duty": "lawyer", "detail": ""}
WITNESS = {"name": "田某", "duty": "attesting_witness", "detail": ""}


async def _verified(store: Path, signed: bytes, pages: int) -> None:
    """What the interpreter signed and the lawyer did not stands in the PDF; all of it verifies."""
    found = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    reasons = {one.field_name: str(one.sig_object["/Reason"]) for one in found}
    assert reasons["a1-foot-a1-1"] == "翻译人员确认第1页"
    assert reasons[f"a1-a1-{pages}"] == "翻译人员确认末页"
    assert reasons["o1-note-a2"] == "注明律师未能签名"
    note = await asyncio.to_thread(_note_text, signed)
    assert "律师未能签名，原因：中途离开。" in note
    assert "刘某，未签名" in note, note[note.index("中途离开") :]
    assert all(one.good for one in await asyncio.to_thread(signature_states, signed))
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings


async def test_they_sign_in_their_own_right_and_nothing_is_filed_without_them(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        [opened] = await room.entries("session.open")
        assert {frozenset(one) for one in opened["people"]} == {
            frozenset({"name", "role", "certificate", "id"})  # as in versions before
        }
        await attending(room, INTERPRETER, LAWYER)  # while it runs
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        by_signer = {one["signer"]: one["role"] for one in document["places"]}
        assert by_signer == {
            "p": "interviewee",
            "a1": "interpreter",
            "a2": "lawyer",
            "o1": "interviewer",
            "o2": "clerk",
        }
        pages = range(1, document["pages"] + 1)
        interpreted = [one["page"] for one in document["places"] if one["place"] == "foot-a1"]
        assert interpreted == list(pages)
        await room.show(document)
        await room.sign(document, "p", "o1", "o2")
        early = (await room.post(f"{at}/finish")).json()
        assert early["code"] == "record_incomplete"
        assert {one["signer"] for one in early["missing"]} == {"a1", "a2"}
        assert (await room.review())["unsigned"] == document["pages"] + 2  # who stops it is asked
        key = {"account": room.officer, "password": PASSWORD}
        wrong = await room.post(f"{at}/sign", {"ink": ink("foot-a1", 1), **key})
        assert wrong.json()["code"] == "wrong_signer"
        await room.sign(document, "a1")
        strike = {"attendants": [LAWYER], "mistaken": ["白某"]}
        struck = (await room.post("/api/rooms/room1/attendants", strike)).json()
        assert (struck["code"], struck["status"]) == ("attendant_signed", 409)  # on camera
        for name in ("吴 某某", "张某"):
            inside = {"signer": "a2", "reason": "中途离开", "witness": name}
            assert (await room.post(f"{at}/refuse", inside)).json()["code"] == "bad_witness"
        left = {"signer": "a2", "reason": "中途离开", "unable": True, "witness": "刘某"}
        [noted] = (await room.done(f"{at}/refuse", left))["refusals"]
        assert noted["unable"]
        assert [one["unable"] for one in await room.entries("sign.refused")] == [True]
        assert (await room.review())["unsigned"] == 0
        await attending(room, INTERPRETER, LAWYER, WITNESS)  # comes when everybody has signed
        late = (await room.post(f"{at}/finish")).json()
        assert (late["code"], late["status"]) == ("signer_arrived", 409)
        await attending(room, INTERPRETER, LAWYER, mistaken="田某")
        await attending(room, INTERPRETER, {**LAWYER, "duty": "guardian"})
        changed = (await room.post(f"{at}/finish")).json()
        assert changed["code"] == "signer_arrived"  # in another capacity than it says
        await attending(room, INTERPRETER, LAWYER)
        view = await room.done(f"{at}/finish")
        [filed] = await room.entries("document.signed")
        assert (filed["refused"], filed["unable"]) == ([], ["a2"])
        assert view["state"] == "signed"  # who was questioned has signed
        assert view["attestation"] == ""
        signed = (await room.get(f"{at}/file?signed=1")).content
        roles = {one["signer"]: one["role"] for one in await room.entries("page.signed")}
        assert roles["a1"] == "interpreter"
        await live.centre.sessions.close(room.session, "test", "done")
        again = (await live.centre.sessions.open("room1", "test")).id
        opened = (await room.entries("session.open"))[-1]
        assert opened["roles"][-2:] == ["interpreter", "lawyer"]
        assert [one.get("detail") for one in opened["people"]][-2:] == ["某翻译公司", None]
        await live.centre.sessions.close(again, "test", "done")
    await _verified(store, signed, document["pages"])


async def test_one_officer_alone_cannot_file_a_refusal_a_witness_makes_it_whole(
    tmp_path: Path,
) -> None:
    async with house(tmp_path / "store") as live:
        people = schema.person
        gone = people.update().where(people.c.duty == "记录人").values(room_id=None)
        await live.centre.database.write(lambda writing: writing.execute(gone).rowcount)
        room = await RecordRoom.open(live)
        document = await room.make()
        refusal = {"signer": "p", "reason": "不认可第二句"}

        async def refused(document: dict[str, Any]) -> dict[str, Any]:
            await room.show(document)
            await room.done(f"/api/documents/{document['id']}/refuse", refusal)
            return await room.sign(document, "o1")

        view = await refused(document)
        assert view["attestation"] == "wanted"
        early = await room.post(f"/api/documents/{document['id']}/finish")
        assert early.json()["code"] == "refusal_unattested"
        await attending(room, WITNESS)
        second = await room.make()
        view = await refused(second)
        assert view["attestation"] == "wanted"  # seated, but not signed yet
        assert (await room.sign(second, "a1"))["attestation"] == "witness"
        view = await room.done(f"/api/documents/{second['id']}/finish")
        assert view["state"] == "refused"
        signed = (await room.get(f"/api/documents/{second['id']}/file?signed=1")).content
        assert "未经见证" not in await asyncio.to_thread(_note_text, signed)
        third = await room.make()
        await refused(third)
        left = {"signer": "a1", "reason": "已离开", "unable": True}
        await room.done(f"/api/documents/{third['id']}/refuse", left)
        await attending(room, WITNESS, LAWYER)  # after it was made
        await live.centre.sessions.close(room.session, "test", "done")
        closed = (await room.get(f"/api/documents/{third['id']}")).json()
        assert closed["attestation"] == "missing"  # nobody can sign for it any more
        assert (await room.done(f"/api/documents/{third['id']}/finish"))["state"] == "refused"
        alone = (await room.get(f"/api/documents/{third['id']}/file?signed=1")).content
    assert "见证人田某在场签名" in await asyncio.to_thread(_note_text, signed)
    assert "未经见证" in await asyncio.to_thread(_note_text, alone)


async def test_a_name_that_the_log_struck_is_not_filed_nor_one_that_left_unsigned_lost(
    tmp_path: Path,
) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        await attending(room, LAWYER)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        await room.sign(document, "p", "o1")
        await attending(room, mistaken="陆某")
        early = (await room.post(f"{at}/finish")).json()
        assert early["code"] == "signer_arrived"
        other = await room.make()
        on = f"/api/documents/{other['id']}"
        await room.show(other)
        await room.sign(other, "p", "o1")
        await live.centre.sessions.close(room.session, "test", "done")
        late = {"signer": "o2", "reason": "不肯签"}
        assert (await room.post(f"{on}/refuse", late)).json()["code"] == "not_on_camera"
        assert (await room.post(f"{on}/finish")).json()["code"] == "record_incomplete"
        await room.done(f"{on}/refuse", {**late, "reason": "先行离开", "unable": True})
        assert (await room.done(f"{on}/finish"))["state"] == "signed"
    report = await asyncio.to_thread(verify_path, tmp_path / "store")
    assert report.exit_code == 0, report.findings


async def test_what_was_done_on_camera_is_not_filed_as_unable(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        await room.sign(document, "o1", "o2")
        left = {"reason": "已离开", "unable": True}
        no = {"signer": "p", "reason": "这不是我说的"}
        await room.done(f"{at}/refuse", {"signer": "p", **left})  # they come back, and refuse
        await room.done(f"{at}/refuse", no)
        assert (await room.post(f"{at}/refuse", no)).json()["code"] == "signer_done"
        await live.centre.sessions.close(room.session, "test", "done")
        for signer in ("p", "o1"):
            late = await room.post(f"{at}/refuse", {"signer": signer, **left})
            assert (late.json()["code"], late.status_code) == ("signer_done", 409), signer
        assert len(await room.entries("sign.refused")) == 2
        assert (await room.done(f"{at}/finish"))["state"] == "refused"
        [filed] = await room.entries("document.signed")
        assert (filed["refused"], filed["unable"]) == (["p"], [])
    report = await asyncio.to_thread(verify_path, tmp_path / "store")
    assert report.exit_code == 0, report.findings


async def test_a_refusal_stays_one_whatever_an_earlier_log_says_after_it(tmp_path: Path) -> None:
    """Entries of before: a refusal, a note that they were unable, and a full signature with one."""
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        at = f"/api/documents/{document['id']}"
        await room.show(document)
        await room.sign(document, "o1", "o2")
        await room.done(f"{at}/refuse", {"signer": "p", "reason": "这不是我说的"})
        for signer, role in (("p", "interviewee"), ("o2", "clerk")):
            body = {"document": document["id"], "signer": signer, "role": role, "unable": True}
            receipt = await append(
                live.bus,
                key=f"later-{signer}",
                kind="sign.refused",
                session=room.session,
                room="room1",
                body={**body, "noted_by": "x", "name": "", "reason": "已离开", "witness": ""},
                t_us=time.time_ns() // 1000,
            )
            await live.centre.follower.reached(receipt.index)
        assert (await room.done(f"{at}/finish"))["state"] == "refused"
        [filed] = await room.entries("document.signed")
        assert (filed["refused"], filed["unable"]) == (["p"], [])
        await live.centre.sessions.close(room.session, "test", "done")


async def test_a_struck_name_is_not_filed_after_the_end_either(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        await attending(room, LAWYER)
        document = await room.make()
        await room.show(document)
        await room.sign(document, "p", "o1", "o2")
        await attending(room, mistaken="陆某")
        await live.centre.sessions.close(room.session, "test", "done")
        at = f"/api/documents/{document['id']}"
        left = {"signer": "a1", "reason": "已离开", "unable": True}
        await room.done(f"{at}/refuse", left)
        assert (await room.post(f"{at}/finish")).json()["code"] == "signer_arrived"


async def test_two_officers_attest_a_refusal(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        document = await room.make()
        await room.show(document)
        refusal = {"signer": "p", "reason": "不认可第二句"}
        await room.done(f"/api/documents/{document['id']}/refuse", refusal)
        assert (await room.sign(document, "o1"))["attestation"] == "wanted"
        assert (await room.sign(document, "o2"))["attestation"] == "officers"
        await room.done(f"/api/documents/{document['id']}/finish")
        signed = (await room.get(f"/api/documents/{document['id']}/file?signed=1")).content
    assert "执法人员吴某某、马某某在场签名" in await asyncio.to_thread(_note_text, signed)


def _note_text(signed: bytes) -> str:
    """The words of the note beside a refusal, as the signed PDF shows them."""
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=signed, capture_output=True)
    return "".join(told.stdout.decode().split())
