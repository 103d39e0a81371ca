"""The notice of rights is signed for, or not: the real API, a real recorder, the real verifier."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.notice_signing import NoticeInk, NoticeSigning
from command_centre.desk.notices import shipped_notice
from command_centre.desk.permissions import Caller
from command_centre.desk.room_acts import GIVEN_BEFORE_US_MAX, NOTE_CHARACTERS_MAX
from command_centre.desk.sessions import read_session
from command_centre.errors import Rejected
from command_centre.record.check import check_record
from command_centre.record.strokes import POINTS_MAX, ink_sha256, ink_svg
from command_centre.record.typeset import page_texts
from config.words import Role
from evidence_store.verify import verify_path
from tests.command_centre.late_media import house
from tests.command_centre.record_room import RecordRoom, ink
from tests.command_centre.story import CASE
from tests.command_centre.test_acts import Person, check_fields, log_of

NAME = shipped_notice("interview").name
READ = {"language": "zh", "how": "aloud"}
ANSWERED = {"understood": True, "recusal": False}
OFFICER = ("wu-test", "wu", "吴某某")


def hand(person: str = "zhang", *, seed: int = 0, **other: Any) -> dict[str, Any]:
    """Handwriting as the tablet sends it."""
    drawn = ink("", 0, seed=seed)
    kept = {name: drawn[name] for name in ("strokes", "from_us", "to_us", "pointer")}
    return {"notice": NAME, "person": person, **kept, **other}


def refusal(why: str = "refused", reason: str = "本人说回去再看", **other: Any) -> dict[str, Any]:
    now_us = time.time_ns() // 1000
    said = {"notice": NAME, "why": why, "reason": reason, "said_us": now_us}
    return {**said, "person": "zhang", **other}


async def told(room: RecordRoom, **read: Any) -> str:
    """The notice is read and answered; its path."""
    path = f"/api/sessions/{room.session}/notice"
    await room.done(f"{path}/read", {**READ, **read})
    await room.done(f"{path}/answers", ANSWERED)
    return path


async def refused(room: RecordRoom, path: str, body: dict[str, Any]) -> str:
    answer = await room.post(path, body)
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["code"])


async def test_it_is_signed_once_and_proved(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        path = f"/api/sessions/{room.session}/notice"
        assert await refused(room, f"{path}/signature", hand()) == "notice_unread"
        assert (await room.get(f"{path}/file")).json()["code"] == "unknown_document"
        assert (await room.get(f"{path}/ink")).json()["code"] == "unknown_document"
        await room.done(f"{path}/read", READ)
        assert await refused(room, f"{path}/signature", hand()) == "notice_unread"
        await room.done(f"{path}/answers", ANSWERED)
        before_us = time.time_ns() // 1000
        drawn = hand()
        view = await room.done(f"{path}/signature", drawn)
        mark = view["signature"]
        assert (mark["state"], mark["t_us"], mark["by_name"]) == (
            "signed",
            drawn["to_us"],
            "吴某某",
        )
        assert mark["name"] == "张某"
        # the tablet tells it again, as it does after a loss: one entry, the same answer
        assert (await room.done(f"{path}/signature", drawn))["signature"] == mark
        assert await refused(room, f"{path}/signature", hand(seed=3)) == "notice_signed"
        assert await refused(room, f"{path}/unsigned", refusal()) == "notice_signed"
        pdf = (await room.get(f"{path}/file")).content
        assert hashlib.sha256(pdf).hexdigest() == mark["sha256"]
        text = "".join(page_texts(pdf))
        for words in ("张某", "权利义务告知书", "申请回避", "行政处罚法第四十三条", "吴某某"):
            assert words in text, words
        assert "withdrawal of an officer" not in text  # it was given in Chinese
        drawing = await room.get(f"{path}/ink")
        assert drawing.headers["content-type"].startswith("image/svg+xml")
        assert drawing.headers["cache-control"] == "private, no-store"
        assert drawing.text == ink_svg(drawn["strokes"])
        await _shown_where_it_belongs(room, before_us)
        await live.centre.sessions.close(room.session, "test", "done")
    [entry] = log_of(store, "recorder-1", "notice.signed")
    body = entry["body"]
    assert (entry["session"], entry["room"]) == (room.session, "room1")
    assert body["text_sha256"] == shipped_notice("interview").sha256
    assert body["ink_sha256"] == ink_sha256(drawn["strokes"])
    assert (body["notice"], body["language"], body["points"]) == (NAME, "zh", 62)
    assert body["strokes"] == drawn["strokes"]
    [hidden] = log_of(store, "recorder-1", "notice.signed", opened=False)
    assert not {"strokes", "name", "by_name"} & set(hidden["body"])
    check_fields(store)
    report = verify_path(store)
    assert report.exit_code == 0, report.findings
    checked = await asyncio.to_thread(check_record, pdf, store)
    assert (checked.good, checked.named_by) == (True, "notice.signed"), checked.failed
    assert [one.name for one in checked.signatures] == ["张某"]
    bent = await asyncio.to_thread(check_record, pdf.replace(b"/Title", b"/Titel", 1), store)
    assert not bent.good


async def test_their_own_words_are_whole_wherever_they_stand(tmp_path: Path) -> None:
    note = "我" + "要" * (NOTE_CHARACTERS_MAX - 2) + "终"
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        path = await told(room)
        await room.done(f"{path}/answers", {**ANSWERED, "note": note})
        assert (await room.get(path)).json()["note"] == note
        # as a list of entries has it that an earlier release wrote
        await live.centre.database.write(_cut_notes)
        await room.done(f"{path}/signature", hand())
        pdf = (await room.get(f"{path}/file")).content
        assert note in "".join("".join(page_texts(pdf)).split())


async def test_a_record_s_header_has_their_words_whole(tmp_path: Path) -> None:
    note = "我" + "要" * (NOTE_CHARACTERS_MAX - 2) + "终"
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        path = await told(room)
        await room.done(f"{path}/answers", {**ANSWERED, "note": note})
        await room.done(f"{path}/unsigned", refusal(reason="长" * 80))
        made = await room.make()
        assert made["id"], made
        record = (await room.get(f"/api/sessions/{room.session}/record")).json()
        assert f"（{note}）" in record["header"]["notice"]
        assert record["header"]["notice"].endswith("长）")


def _cut_notes(writing: Writing) -> None:
    table = schema.log_entry
    found = writing.execute(select(table).where(table.c.kind == "notice.answered")).all()
    for row in found:
        body = msgspec.json.decode(row.summary)
        cut = msgspec.json.encode({**body, "note": body["note"][:80]}).decode()
        writing.execute(
            table.update().where(table.c.log_index == row.log_index).values(summary=cut)
        )


async def _shown_where_it_belongs(room: RecordRoom, before_us: int) -> None:
    """On the case page, in the record's header, among the documents, in the review."""
    overview = (await room.get(f"/api/cases/{CASE}/overview")).json()
    [mine] = [one for one in overview["people"] if one["person"] == "zhang"]
    assert mine["notice_state"] == "signed"
    assert mine["notice_signed_us"] >= before_us - 3_000_000
    record = (await room.get(f"/api/sessions/{room.session}/record")).json()
    assert record["header"]["notice"].endswith("本人签收")
    documents = (await room.get(f"/api/cases/{CASE}/documents")).json()
    [notice] = documents["notices"]
    assert (notice["session"], notice["person_name"]) == (room.session, "张某")
    assert notice["title"] == "权利义务告知书"
    review = (await room.get(f"/api/cases/{CASE}/review?sessions={room.session}")).json()
    assert "notice.signed" in [one["kind"] for one in review["events"]]


async def test_who_will_not_or_cannot_sign(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        path = await told(room)
        for wrong in (
            {"why": "later"},
            {"reason": "  "},
            {"reason": "长" * 81},
            {"witness": "长" * 81},
        ):
            assert await refused(room, f"{path}/unsigned", refusal(**wrong)) == "bad_reason"
        said = refusal(witness="社区见证人")
        view = await room.done(f"{path}/unsigned", said)
        assert (view["signature"]["state"], view["signature"]["reason"]) == (
            "refused",
            said["reason"],
        )
        assert (await room.done(f"{path}/unsigned", said))["signature"] == view["signature"]
        view = await room.done(f"{path}/unsigned", refusal("unable", "右手受伤，不能写字"))
        assert view["signature"]["state"] == "unable"
        record = (await room.get(f"/api/sessions/{room.session}/record")).json()
        assert record["header"]["notice"].endswith("不能签名（右手受伤，不能写字）")
        assert (await room.get(f"/api/cases/{CASE}/documents")).json()["notices"] == []
        # whoever refused may still sign
        assert (await room.done(f"{path}/signature", hand()))["signature"]["state"] == "signed"
    entries = log_of(store, "recorder-1", "notice.unsigned")
    assert [one["body"]["why"] for one in entries] == ["refused", "unable"]
    for hidden in log_of(store, "recorder-1", "notice.unsigned", opened=False):
        assert not {"name", "reason", "witness"} & set(hidden["body"])
    check_fields(store)
    assert verify_path(store).exit_code == 0


async def test_what_is_no_signature_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        path = await told(room)
        now_us = time.time_ns() // 1000
        stroke = [5, 5, 5, 5] * (POINTS_MAX + 1)
        before_us = now_us - GIVEN_BEFORE_US_MAX - 3_600_000_000
        for wrong, code in (
            ({"strokes": []}, "bad_strokes"),
            ({"strokes": [[1, 2, 3]]}, "bad_strokes"),
            ({"strokes": [[10_001, 0, 0, 0]]}, "bad_strokes"),
            ({"strokes": [stroke]}, "bad_strokes"),
            ({"strokes": [[1_000, 1_000, 1_000, 500] * 60_000]}, "too_large"),
            ({"pointer": "eye"}, "bad_notice"),
            ({"from_us": now_us + 1, "to_us": now_us}, "bad_notice"),
            ({"from_us": before_us, "to_us": before_us}, "bad_notice_time"),
            ({"from_us": now_us, "to_us": now_us + 3_000_000_000}, "bad_notice_time"),
            ({"notice": "interview/1"}, "notice_other_version"),
            ({"person": "li"}, "notice_other_person"),
            ({"person": ""}, "notice_other_person"),
        ):
            assert await refused(room, f"{path}/signature", {**hand(), **wrong}) == code, wrong
        assert (await room.get(path)).json()["signature"] is None
        assert (
            await refused(room, f"{path}/unsigned", refusal(person="li")) == "notice_other_person"
        )
        await live.centre.sessions.close(room.session, "test", "done")
        assert await refused(room, f"{path}/signature", hand()) == "session_closed"
        assert await refused(room, f"{path}/unsigned", refusal()) == "session_closed"


async def test_two_tablets_at_once_give_one_entry(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        path = await told(room)
        answers = await asyncio.gather(
            *(room.post(f"{path}/signature", hand(seed=seed)) for seed in range(3))
        )
        assert sorted(one.status_code for one in answers) == [200, 409, 409]
    assert len(log_of(store, "recorder-1", "notice.signed")) == 1


async def test_who_is_told_that_it_is_signed_has_signed_it(tmp_path: Path) -> None:
    """A signature that this centre did not know of yet stands there: the other is not taken."""
    store, officer = tmp_path / "store", Caller(*OFFICER, Role.INTERVIEWER, frozenset(), "lo-i")
    async with house(store) as live:
        room = await RecordRoom.open(live)
        await told(room)
        centre = live.centre
        session = await centre.database.read(lambda found: read_session(found, room.session))
        assert session is not None
        parts = (centre.bus, centre.database, centre.follower, centre.clock, centre.settings)
        unaware = NoticeSigning(*parts, centre.records.signing)  # of whose turn it is
        inks = [msgspec.convert(hand(seed=seed), NoticeInk) for seed in range(2)]
        found = await asyncio.gather(
            centre.notice_signing.sign(officer, session, inks[0]),
            unaware.sign(officer, session, inks[1]),
            return_exceptions=True,
        )
        [refusal] = [one for one in found if isinstance(one, BaseException)]
        assert isinstance(refusal, Rejected), refusal
        assert refusal.code == "notice_signed"
        [view] = [one for one in found if not isinstance(one, BaseException)]
        assert view.signature is not None
        drawn = ink_sha256(inks[found.index(view)].strokes)
        assert view.signature.ink_sha256 == drawn
    assert len(log_of(store, "recorder-1", "notice.signed")) == 1


async def test_signed_before_the_start_and_told_late(tmp_path: Path) -> None:
    """As a tablet does that was cut off: the times are its own, the entry's is that of arrival."""
    store = tmp_path / "store"
    early_us = time.time_ns() // 1000 - 1_800_000_000
    async with house(store) as live:
        room = await RecordRoom.open(live)
        path = await told(room, given_us=early_us, language="en")
        drawn = hand(from_us=early_us + 1_000_000, to_us=early_us + 5_000_000)
        view = await room.done(f"{path}/signature", drawn)
        assert view["signature"]["t_us"] == early_us + 5_000_000
        pdf = (await room.get(f"{path}/file")).content
        text = " ".join("".join(page_texts(pdf)).split())
        assert "withdrawal of an officer" in text  # given in English: both stand there
        assert "申请回避" in text
    [entry] = log_of(store, "recorder-1", "notice.signed")
    assert entry["t_us"] - entry["body"]["to_us"] > 1_000_000_000


async def test_a_tablet_cut_off_for_hours_tells_what_was_before_the_start(tmp_path: Path) -> None:
    """Given ten minutes before the start, the centre away for two hours after it."""
    hour_us, now_us = 3_600_000_000, time.time_ns() // 1000
    opened_us = now_us - GIVEN_BEFORE_US_MAX
    given_us = opened_us - 600_000_000
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        await live.centre.database.write(
            lambda writing: writing.execute(schema.session.update().values(opened_us=opened_us))
        )
        path = f"/api/sessions/{room.session}/notice"
        too_early = {**READ, "given_us": opened_us - GIVEN_BEFORE_US_MAX - hour_us}
        assert await refused(room, f"{path}/read", too_early) == "bad_notice_time"
        view = await room.done(f"{path}/read", {**READ, "given_us": given_us})
        assert view["read_us"] == given_us
        await room.done(f"{path}/answers", ANSWERED)
        drawn = hand(from_us=given_us + 1_000_000, to_us=given_us + 5_000_000)
        assert (await room.done(f"{path}/signature", drawn))["signature"]["state"] == "signed"


async def test_read_in_other_words_it_is_not_signed(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        path = await told(room, notice="interview/1")
        await room.done(f"{path}/answers", {**ANSWERED, "recusal": True, "note": "先前的话"})
        await room.done(f"{path}/signature", hand(notice="interview/1"))
        view = await room.done(f"{path}/read", {**READ, "notice": NAME})
        assert (view["name"], view["signature"]) == (NAME, None)
        # what was answered to other words is no answer to these
        assert (view["answered_us"], view["recusal"], view["note"]) == (None, None, "")
        assert await refused(room, f"{path}/signature", hand(seed=1)) == "notice_unread"
        await room.done(f"{path}/answers", ANSWERED)
        view = await room.done(f"{path}/signature", hand(seed=1))
        assert view["signature"]["state"] == "signed"
        text = "".join("".join(page_texts((await room.get(f"{path}/file")).content)).split())
        assert "不申请回避" in text
        assert "先前的话" not in text


async def test_answers_stand_when_the_same_words_are_read_once_more(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        path = await told(room)
        before = (await room.get(path)).json()
        view = await room.done(f"{path}/read", {**READ, "language": "en"})
        assert view["language"] == "en"
        assert view["answered_us"] == before["answered_us"] is not None
        await room.done(f"{path}/read", {**READ, "notice": "interview/1"})
        view = await room.done(f"{path}/read", READ)
        assert view["answered_us"] is None  # other words were read in between


async def test_a_version_that_was_signed_stays_signed_whatever_was_read_since(
    tmp_path: Path,
) -> None:
    store, first = tmp_path / "store", hand(notice="interview/1")
    async with house(store) as live:
        room = await RecordRoom.open(live)
        path = await told(room, notice="interview/1")
        mark = (await room.done(f"{path}/signature", first))["signature"]
        await told(room, notice=NAME)
        await room.done(f"{path}/unsigned", refusal())
        view = await room.done(f"{path}/read", {**READ, "notice": "interview/1"})
        assert view["signature"] == mark
        record = (await room.get(f"/api/sessions/{room.session}/record")).json()
        assert "，尚未回答；" in record["header"]["notice"]
        assert record["header"]["notice"].endswith("本人签收")
        await room.done(f"{path}/answers", ANSWERED)
        again = hand(notice="interview/1", seed=4)
        assert await refused(room, f"{path}/signature", again) == "notice_signed"
        assert (await room.done(f"{path}/signature", first))["signature"] == mark
        # the copy and the handwriting are those of the version that is shown
        await told(room, notice=NAME)
        await room.done(f"{path}/signature", hand(seed=5))
        await room.done(f"{path}/read", {**READ, "notice": "interview/1"})
        pdf = (await room.get(f"{path}/file")).content
        assert hashlib.sha256(pdf).hexdigest() == mark["sha256"]
        assert (await room.get(f"{path}/ink")).text == ink_svg(first["strokes"])
        # each of both opens its own from the case's documents, and no other session's
        listed = (await room.get(f"/api/cases/{CASE}/documents")).json()["notices"]
        assert len(listed) == 2
        for one in listed:
            pdf = (await room.get(f"{path}/file?document={one['id']}")).content
            assert (len(pdf), one["id"] == mark["document"]) == (
                *(one["size"], hashlib.sha256(pdf).hexdigest() == mark["sha256"]),
            )
        other = await room.get(f"{path}/file?document=another")
        assert (other.status_code, other.json()["code"]) == (404, "unknown_document")
    assert len(log_of(store, "recorder-1", "notice.signed")) == 2
    assert verify_path(store).exit_code == 0


async def test_only_who_asks_has_it_signed_and_only_who_reads_records_sees_the_hand(
    tmp_path: Path,
) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        path = await told(room)
        await room.done(f"{path}/signature", hand())
        for role, reads in (
            (Role.MANAGER, True),
            (Role.AUDITOR, True),
            (Role.ADMINISTRATOR, False),
        ):
            person = await Person.of(live, f"one-{role}", role)
            for to, body in (("signature", hand(seed=2)), ("unsigned", refusal())):
                answer = await person.post(f"{path}/{to}", body)
                assert answer.status_code == 403, (role, to, answer.text)
            for to in ("file", "ink"):
                assert (await person.get(f"{path}/{to}")).status_code == (200 if reads else 403)


async def test_tablets_are_told_what_the_agency_wants(tmp_path: Path) -> None:
    for number, wanted in enumerate((False, True)):
        async with house(tmp_path / f"{number}", interview={"sign_notice": wanted}) as live:
            room = await RecordRoom.open(live)  # a recording is never held up
            found = (await room.get("/api/system")).json()
            assert found["interview"]["sign_notice"] is wanted


async def test_what_the_agency_wants_holds_at_once(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        admin = await Person.of(live, "one-administrator", Role.ADMINISTRATOR)
        changed = await admin.post("/api/settings/interview.sign_notice", {"value": True})
        assert changed.status_code == 200, changed.text
        found = (await admin.get("/api/system")).json()
        assert found["interview"]["sign_notice"] is True
