"""A record before it is signed: the draft made by itself, differences, required steps."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import docx

from command_centre.db.accounts import HASHER, add_account, add_login
from config.words import Role
from evidence_store.verify import verify_path
from tests.command_centre.late_media import House, house
from tests.command_centre.record_room import RecordRoom

WAIT_S = 60.0


async def drafted(live: House, room: RecordRoom, count: int = 1) -> list[dict[str, Any]]:
    """The entries of drafts, once there are so many."""
    async with asyncio.timeout(WAIT_S):
        while len(found := await room.entries("record.drafted")) < count:
            await live.centre.record_drafts.look()
            await asyncio.sleep(0.2)
    return found


async def test_a_draft_is_made_when_the_session_closes(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        at = f"/api/sessions/{room.session}/record"
        await live.centre.sessions.close(room.session, "test", "done")
        [entry] = await drafted(live, room)
        assert entry["template"] == "questioning.docx"
        assert entry["lines"] == 4
        assert "recusal" in entry["steps_missing"]
        record = (await room.get(at)).json()
        assert (record["version"], record["by_name"]) == (1, "")
        assert all(line["utterances"] and line["end_us"] for line in record["lines"])
        word = await room.get(f"{at}/word")
        assert word.status_code == 200
        found = docx.Document(io.BytesIO(word.content))
        cells = [cell.text for cell in found.tables[0].rows[1].cells]
        assert cells[0].startswith("答：李某嘛")
        assert len(cells[1]) == len("09:58:04")
        # the same file again is the same bytes and no new entry; another one is an entry
        assert (await room.get(f"{at}/word")).content == word.content
        assert len(await room.entries("record.drafted")) == 1
        other = await room.get(f"{at}/word?times=0")
        assert docx.Document(io.BytesIO(other.content)).tables == []
        assert len(await room.entries("record.drafted")) == 2
        assert await live.centre.record_drafts.look() == 0
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings


async def test_what_an_officer_saved_is_not_replaced_by_the_draft(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        at = f"/api/sessions/{room.session}/record"
        record = (await room.get(at)).json()
        lines = record["lines"][:1]
        body = {"base": 0, "header": {**record["header"], "name": "{{ 1/0 }}<b>"}, "lines": lines}
        await room.done(f"{at}/text", body)
        await room.get(f"{at}/word")
        await live.centre.sessions.close(room.session, "test", "done")
        entries = await drafted(live, room, 2)
        assert [one["version"] for one in entries] == [1, 1]
        assert len((await room.get(at)).json()["lines"]) == 1
        word = await room.get(f"{at}/word")
        text = "\n".join(one.text for one in docx.Document(io.BytesIO(word.content)).paragraphs)
        assert "被询问人：{{ 1/0 }}<b>" in text


async def test_a_template_that_cannot_be_filled_stops_nothing_else(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        (store / "templates").mkdir()
        own = store / "templates" / "questioning.docx"
        own.write_bytes(b"not a document")
        at = f"/api/sessions/{room.session}/record"
        refused = await room.get(f"{at}/word")
        assert refused.json()["code"] == "template_unusable"
        assert (await room.make())["state"] == "made"
        own.unlink()
        assert (await room.get(f"{at}/word")).status_code == 200


async def test_differences_are_corrected_or_justified_before_a_document(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        at = f"/api/sessions/{room.session}/record"
        record = (await room.get(at)).json()
        lines = record["lines"]
        lines[3]["text"] = "有，票都办了。"
        lines[1]["text"] = lines[1]["text"].replace("几个", "几名")
        saved = await room.done(
            f"{at}/text", {"base": 0, "header": record["header"], "lines": lines}
        )
        review = await room.review()
        assert review["open_critical"] >= 1
        first, last = review["differences"][0], review["differences"][-1]
        assert (first["about"], first["critical"], first["line"]) == ("negation", True, 3)
        assert first["start_us"] > 0
        assert (last["about"], last["critical"]) == ("words", False)
        make = {"version": saved["version"], "steps_seen": True}
        assert (await room.post(f"{at}/document", make)).json()["code"] == "differences_open"
        none = await room.post(f"{at}/justify", {"differences": [first["id"]], "reason": " "})
        assert none.json()["code"] == "bad_reason"
        gone = await room.post(f"{at}/justify", {"differences": ["0" * 16], "reason": "x"})
        assert gone.json()["code"] == "difference_gone"
        # one is corrected in the text, the others are justified
        lines[3]["text"] = "没有，什么票都没办。"
        body = {"base": saved["version"], "header": record["header"], "lines": lines}
        saved = await room.done(f"{at}/text", body)
        assert (await room.review())["open_critical"] == 0
        after = await room.justify("量词书写统一")
        assert after["open_other"] == 0
        assert after["differences"][-1]["reason"] == "量词书写统一"
        assert after["differences"][-1]["by_name"] == "吴某某"
        make = {"version": saved["version"]}
        assert (await room.post(f"{at}/document", make)).json()["code"] == "steps_open"
        document = await room.done(f"{at}/document", {**make, "steps_seen": True})
        assert document["state"] == "made"
        [entry] = await room.entries("document.made")
        assert entry["differences"] == {"listed": 1, "justified": 1, "open": 0}
        assert "recusal" in entry["steps_missing"]
        assert entry["template"] == "record.typ"
        [why] = await room.entries("record.justified")
        assert (why["critical"], why["others"], why["reason"]) == (0, 1, "量词书写统一")


async def test_english_words_block_a_document_as_chinese_ones_do(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        at = f"/api/sessions/{room.session}/record"
        await room.say("interviewer", "did you go down yourself", 19)
        await room.say(
            "interviewee", "I did not go down Zhang sent three men at half past nine", 20
        )
        record = (await room.get(at)).json()
        lines = record["lines"] + record["fresh"]
        assert [one["text"] for one in lines[-2:]] == [
            "Did you go down yourself?",
            "I did not go down Zhang sent three men at half past nine.",
        ]

        async def about(text: str) -> list[str]:
            nonlocal record
            lines[-1]["text"] = text
            body = {"base": record["version"], "header": record["header"], "lines": lines}
            record = await room.done(f"{at}/text", body)
            found = (await room.review())["differences"]
            return [one["about"] for one in found if one["critical"]]

        assert await about("I didn't go down. Zhang sent 3 men at 9:30.") == []
        wrong = "I did go down. Li sent five men at 9:15."
        assert await about(wrong) == ["number", "name", "negation", "time"]
        make = {"version": record["version"], "steps_seen": True}
        assert (await room.post(f"{at}/document", make)).json()["code"] == "differences_open"
        await room.justify("read back with the interpreter")
        assert (await room.done(f"{at}/document", make))["state"] == "made"


async def test_a_manager_reads_the_record_of_a_questioning_and_does_not_write_it(
    tmp_path: Path,
) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        await _as_manager(live)
        at = f"/api/sessions/{room.session}/record"
        record = (await room.get(at)).json()
        assert record["lines"]
        text = {"base": 0, "header": record["header"], "lines": []}
        saved = await room.post(f"{at}/text", text)
        step = await room.post(f"{at}/steps/cause", {"how": "said"})
        made = await room.post(f"{at}/document", {"version": 1})
        assert {one.json()["code"] for one in (saved, step, made)} == {"forbidden"}


async def _as_manager(live: House) -> None:
    def login(writing: Any) -> str:
        now_us = live.centre.clock.now_us()
        account = add_account(
            writing,
            account="lin-test",
            name="林某某",
            role=Role.MANAGER,
            password_hash=HASHER.hash("correct horse battery"),
            now_us=now_us,
        )
        return add_login(writing, account, now_us, 12)[0]

    cookie = await live.centre.database.write(login)
    live.client.cookies.clear()
    live.client.cookies.set("duizhi_login", cookie)


async def test_required_steps_are_heard_found_confirmed_or_left_out(tmp_path: Path) -> None:
    async with house(tmp_path / "store") as live:
        room = await RecordRoom.open(live)
        at = f"/api/sessions/{room.session}/record"

        async def states() -> dict[str, str]:
            return {one["key"]: one["state"] for one in (await room.review())["steps"]}

        assert set((await states()).values()) == {"open"}
        await room.say("interviewer", "我们是执法支队的执法人员，这是我们的证件，请你看一下", 10)
        await room.say("interviewer", "你身体怎么样，需要翻译吗", 11)
        await room.say("interviewee", "我说的是回避", 12)  # not an officer's words
        now = await states()
        assert (now["identity"], now["health"], now["recusal"]) == ("heard", "heard", "open")
        notice = f"/api/sessions/{room.session}/notice"
        await room.done(f"{notice}/read", {"language": "zh", "how": "aloud"})
        await room.done(f"{notice}/answers", {"understood": True, "recusal": False})
        now = await states()
        assert (now["recording"], now["recusal"], now["understood"]) == ("found",) * 3
        assert now["cause"] == "open"
        step = f"{at}/steps/cause"
        assert (await room.post(step, {"how": "left_out"})).json()["code"] == "bad_reason"
        assert (await room.post(f"{at}/steps/x", {"how": "said"})).json()["code"] == "unknown_step"
        await room.done(step, {"how": "left_out", "reason": "通知书中已写明"})
        assert (await states())["cause"] == "left_out"
        await room.done(step, {"how": "said"})
        review = await room.review()
        assert {one["key"]: one["state"] for one in review["steps"]}["cause"] == "said"
        assert review["open_steps"] == 0
        assert [one["how"] for one in await room.entries("record.step")] == ["left_out", "said"]
        header = (await room.get(at)).json()["header"]
        assert "听清楚了，不申请回避" in header["notice"]
