"""The record of an inspection on site: findings, Word and PDF, and somebody who will not sign."""

from __future__ import annotations

import asyncio
import io
import time
from pathlib import Path
from typing import Any

import docx

from command_centre.desk.record_notes import marked
from command_centre.desk.recorder_port import append
from command_centre.record.typeset import page_texts
from evidence_store.verify import verify_path
from tests.command_centre.centre import Centre
from tests.command_centre.late_media import house
from tests.command_centre.record_room import RecordRoom, ink


async def mark(room: RecordRoom, text: str) -> None:
    """A mark of the session on site."""
    now_us = time.time_ns() // 1000
    body = {"text": text, "by": "a", "by_name": "吴某某"}
    receipt = await append(
        room.house.bus,
        key=f"marker:{now_us}",
        kind="marker",
        session=room.session,
        room="site",
        body=body,
        t_us=now_us,
    )
    await room.house.centre.follower.reached(receipt.index)


async def test_findings_become_a_record_that_stays_valid_without_a_signature(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live, "site")
        at = f"/api/sessions/{room.session}/record"
        await mark(room, "隔油池入口无警示标志")
        await mark(room, "表明身份、出示证件")  # says that a step was taken: no finding
        record = (await room.get(at)).json()
        assert record["form"] == "inspection"
        [finding] = record["lines"]
        assert (finding["kind"], finding["text"]) == ("f", "隔油池入口无警示标志")
        assert finding["t_us"] > 0
        assert finding["evidence"].startswith("录音录像 ")
        assert finding["evidence"] in {one["text"] for one in record["evidence"]}
        assert "现依法对你单位进行现场检查" in record["header"]["opening"]
        finding |= {"place": "隔油池东侧", "article": "安全生产法第三十五条"}
        header = record["header"] | {
            "name": "赵某",
            "interviewers": "吴某某、马某某（渭州市应急管理综合执法支队）",
            "number": "（渭）应急检记〔2026〕0231号",
            "handling": "责令限期整改",
        }
        saved = await room.done(f"{at}/text", {"base": 0, "header": header, "lines": [finding]})
        word = docx.Document(io.BytesIO((await room.get(f"{at}/word")).content))
        cells = [cell.text for cell in word.tables[0].rows[1].cells]
        assert cells[2:] == ["隔油池东侧", finding["evidence"], "安全生产法第三十五条"]
        review = await room.review()
        # nothing of the place was recorded: the moment that the finding names shows nothing
        [bare] = review["differences"]
        assert (bare["kind"], bare["about"], bare["critical"]) == ("unproved", "evidence", True)
        assert {one["key"]: one["state"] for one in review["steps"]}["identity"] == "found"
        make = {"version": saved["version"]}
        assert (await room.post(f"{at}/document", make)).json()["code"] == "differences_open"
        await room.justify("照片在另一台设备上，随卷附")
        assert (await room.post(f"{at}/document", make)).json()["code"] == "steps_open"
        document = await room.done(f"{at}/document", {**make, "steps_seen": True})
        assert "吴某某" in {one["name"] for one in document["places"]}
        path = f"/api/documents/{document['id']}"
        pdf = (await room.get(f"{path}/file")).content
        text = "".join("".join(page_texts(pdf)).split())
        for wanted in (
            *("现场检查记录", "应急检记〔2026〕0231号", "隔油池入口无警示标志", "隔油池东侧"),
            *("安全生产法第三十五条", "处理情况：责令限期整改", "被检查单位现场负责人：赵某"),
        ):
            assert wanted in text
        await room.show(document)
        refusal = {"signer": "p", "reason": "要等法务看过", "witness": "社区工作人员刘某"}
        await room.done(f"{path}/refuse", refusal)
        officers = {one["signer"] for one in document["places"]} - {"p"}
        assert len(officers) == 2
        for place in document["places"]:
            if place["signer"] != "p":
                await room.done(f"{path}/sign", {"ink": ink(place["place"], place["page"])})
        view = await room.done(f"{path}/finish")
        assert view["state"] == "refused"
        [entry] = await room.entries("document.made")
        assert entry["type"] == "inspection"
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings


async def heard(room: RecordRoom, text: str, after_us: int) -> None:
    """Somebody on site says a sentence so long after now."""
    at_us = time.time_ns() // 1000 + after_us
    body: dict[str, Any] = {
        "source": "bodycam-02",
        "id": f"site-{at_us}",
        "speaker": "unknown",
        "text": text,
    }
    body |= {"start_us": at_us, "end_us": at_us + 2_000_000, "words": []}
    receipt = await append(
        room.house.bus,
        key=str(body["id"]),
        kind="utterance",
        session=room.session,
        room="site",
        body=body,
        t_us=at_us,
    )
    await room.house.centre.follower.reached(receipt.index)


async def test_findings_are_settled_against_what_was_said_on_site_up_to_the_signatures(
    tmp_path: Path,
) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live, "site")
        at = f"/api/sessions/{room.session}/record"
        await heard(room, "灭火器这边三具都压力不足", 0)
        await heard(room, "池口有警示标志", 5_000_000)
        await mark(room, "灭火器2具压力不足")
        await mark(room, "池口无警示标志")
        record = (await room.get(at)).json()
        header = record["header"] | {"name": "赵某", "interviewers": "吴某某、马某某"}
        by_hand = {**record["lines"][0], "text": "平台护栏缺失", "t_us": 0, "evidence": ""}
        lines = [*record["lines"], by_hand]

        async def saved() -> list[tuple[str, str, int]]:
            nonlocal record
            body = {"base": record["version"], "header": header, "lines": lines}
            record = await room.done(f"{at}/text", body)
            found = (await room.review())["differences"]
            return [(one["kind"], one["about"], one["line"]) for one in found]

        assert await saved() == [
            ("changed", "number", 0),
            ("changed", "negation", 1),
            ("unproved", "evidence", 2),
        ]
        number, negation, _ = (await room.review())["differences"]
        assert (number["said"], number["written"]) == ("三", "2")
        assert number["said_context"] == "灭火器这边三具都压力不足"
        assert number["utterances"]
        assert number["start_us"] > 0
        make = {"version": record["version"], "steps_seen": True}
        assert (await room.post(f"{at}/document", make)).json()["code"] == "differences_open"
        # the number is corrected in the record, the sentence by who listened, evidence is named
        lines[0]["text"] = "灭火器3具压力不足"
        [said] = negation["utterances"]
        correct = {"base": 0, "text": "池口没有警示标志", "reason": "听录音核对"}
        await room.done(f"/api/utterances/{said}/versions", correct)
        assert await saved() == [("unproved", "evidence", 2), ("changed", "negation", 1)]
        settled = (await room.review())["differences"][1]
        assert (settled["corrected"], settled["reason"]) == (True, "听录音核对")
        assert (await room.review())["open_critical"] == 1
        await room.justify("现场拍照，照片随卷")
        make = {"version": record["version"], "steps_seen": True}
        document = await room.done(f"{at}/document", make)
        [entry] = await room.entries("document.made")
        assert entry["differences"] == {"listed": 2, "justified": 2, "open": 0}
        await room.show(document)
        path = f"/api/documents/{document['id']}"
        for place in document["places"]:
            await room.done(f"{path}/sign", {"ink": ink(place["place"], place["page"])})
        assert (await room.done(f"{path}/finish"))["state"] == "signed"
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings


async def test_what_was_recorded_measured_or_filed_is_evidence(centre: Centre) -> None:
    session = await centre.open_room("site")
    second = 1_000_000
    opened = centre.clock.now_us()

    def said(kind: str, body: dict[str, Any], after_s: int) -> None:
        t_us = opened + after_s * second
        centre.recorder.append(kind, body, session=session, room="site", t_us=t_us)

    reading: dict[str, Any] = {"device": "gas-03", "values": {"O2_vol": 17_900}, "alarms": []}
    said("reading", reading, 100)
    for after_s, text in ((100, "池内氧含量17.9%"), (200, "平台护栏缺失")):
        said("marker", {"text": text, "by": "a", "by_name": "吴某"}, after_s)
    await centre.settle()
    async with centre.client("manager") as client:
        url = f"/api/sessions/{session}/record/review"
        found = (await client.get(url)).json()["differences"]
    assert [(one["about"], one["written_context"]) for one in found] == [
        ("evidence", "平台护栏缺失")
    ]


async def test_a_mark_without_words_says_so_in_a_record(centre: Centre) -> None:
    session = await centre.open_room("site")
    for t_us, words in ((5, ""), (6, "阀门没关")):
        body = {"text": words, "by": "a", "by_name": "吴某"}
        centre.recorder.append("marker", body, session=session, room="site", t_us=t_us)
    await centre.settle()
    found = await centre.context.database.read(lambda connection: marked(connection, session))
    assert found == [(5, "标记了这一刻，没有写字"), (6, "阀门没关")]
