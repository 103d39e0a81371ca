"""Questions picked for prompts: versions, withdrawing, wording that is pointed out, the log."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import NullPool, create_engine, select

from command_centre.comparison import book_projection
from command_centre.comparison.templates import read_templates
from command_centre.comparison.wording_check import check
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.db.migrate import upgrade
from config.kinds import KINDS
from tests.command_centre.centre import Centre

PATH = "/api/question-templates"
OWN = {
    "text_zh": "当天的气体检测是怎么做的？",
    "text_en": "How was gas tested?",
    "topic": "有限空间",
    "topic_en": "",
}


async def _kept(client: httpx.AsyncClient, question: str) -> dict[str, Any]:
    found = (await client.get(f"{PATH}/kept")).json()["questions"]
    return next(one for one in found if one["now"]["id"] == question)


async def test_the_shipped_ones_are_offered_to_everybody(centre: Centre) -> None:
    shipped = sum(len(one.points) for one in read_templates("shipped").template)
    for role in ("manager", "interviewer", "auditor", "administrator"):
        async with centre.client(role) as client:
            found = (await client.get(PATH)).json()["questions"]
            assert len(found) == shipped
            assert all(one["shipped"] and one["version"] == 1 and one["topic"] for one in found)


def test_the_shipped_ones_are_neutral() -> None:
    for template in read_templates("shipped").template:
        for point in template.points:
            assert check(point.question) == [], point.question


async def test_a_question_is_added_changed_withdrawn_and_restored(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        made = (await client.post(PATH, json=OWN)).json()
        name = made["now"]["id"]
        assert (made["now"]["version"], made["now"]["shipped"]) == (1, False)
        path = f"{PATH}/{name}"
        assert (await client.post(path, json=OWN)).json()["now"]["version"] == 1  # the same
        said = {**OWN, "text_zh": "检测用的什么仪器？"}
        changed = (await client.post(path, json=said)).json()
        assert [one["version"] for one in changed["versions"]] == [2, 1]
        assert changed["versions"][1]["text_zh"] == OWN["text_zh"]
        gone = (await client.post(f"{path}/withdraw", json={})).json()
        assert gone["withdrawn_us"]
        again = (await client.post(f"{path}/withdraw", json={})).json()
        assert again["withdrawn_us"] == gone["withdrawn_us"]
        offered = (await client.get(PATH)).json()["questions"]
        assert name not in [one["id"] for one in offered]
        back = (await client.post(f"{path}/restore", json={})).json()
        assert back["withdrawn_us"] is None
        assert back["now"]["version"] == 3
        assert back["now"]["text_zh"] == said["text_zh"]
    kinds = [kind for kind, _ in centre.log.entries if kind.startswith("question.")]
    assert kinds == ["question.set", "question.set", "question.withdrawn", "question.set"]
    assert {"text_zh", "text_en", "by_name"} <= set(KINDS["question.set"].private)


async def test_a_shipped_one_is_changed_and_withdrawn_alike(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        said = {**OWN, "topic": "动火作业"}
        changed = (await client.post(f"{PATH}/hot_work-1", json=said)).json()
        assert (changed["now"]["version"], changed["now"]["shipped"]) == (2, False)
        gone = (await client.post(f"{PATH}/hot_work-2/withdraw", json={})).json()
        assert gone["withdrawn_us"]
        found = {one["id"]: one for one in (await client.get(PATH)).json()["questions"]}
        assert found["hot_work-1"]["text_zh"] == OWN["text_zh"]
        assert "hot_work-2" not in found
        assert (await _kept(client, "hot_work-2"))["now"]["text_zh"]


async def test_leading_wording_is_kept_only_when_said(centre: Centre) -> None:
    leading = {**OWN, "text_zh": "监护人是不是早就走了？"}
    async with centre.client("administrator") as client:
        hints = (await client.post(f"{PATH}/wording", json={"text": leading["text_zh"]})).json()
        assert hints["hints"]
        refused = await client.post(PATH, json=leading)
        assert (refused.status_code, refused.json()["code"]) == (409, "leading_wording")
        [hint] = refused.json()["hints"]
        assert (hint["code"], hint["field"]) == ("text_zh.L", "text_zh")
        assert hint["hint"]["neutral"]
        assert not [kind for kind, _ in centre.log.entries if kind.startswith("question.")]
        for other in ([], ["text_zh.B"], ["text_en.L"]):  # these were not what was shown
            again = await client.post(PATH, json={**leading, "despite": other})
            assert again.json()["code"] == "leading_wording"
        kept = await client.post(PATH, json={**leading, "despite": ["text_zh.L", "text_zh.B"]})
        assert kept.status_code == 201
        made = kept.json()
        assert made["versions"][0]["wording"] == ["text_zh.L"]
        assert centre.log.entries[-1][1]["wording"] == ["text_zh.L"]
        path = f"{PATH}/{made['now']['id']}"
        same = await client.post(path, json=leading)
        assert (same.status_code, same.json()) == (200, made)  # the words that are offered already
        # nobody is said to have kept a hint that they were not shown
        await client.post(f"{path}/withdraw", json={})
        refused = await client.post(f"{path}/restore", json={})
        assert [one["code"] for one in refused.json()["hints"]] == ["text_zh.L"]
        back = await client.post(f"{path}/restore", json={"despite": ["text_zh.L"]})
        assert [one["wording"] for one in back.json()["versions"]] == [["text_zh.L"], ["text_zh.L"]]
        plain = await client.post(path, json={**leading, "despite": True})
        assert (plain.status_code, plain.json()["code"]) == (400, "malformed_request")


async def test_english_is_looked_at_as_well(centre: Centre) -> None:
    said = {**OWN, "text_en": "Why did you switch off the alarm again?"}
    async with centre.client("administrator") as client:
        refused = await client.post(PATH, json=said)
        codes = [one["code"] for one in refused.json()["hints"]]
        assert codes == ["text_en.B"]
        assert (await client.post(PATH, json={**said, "despite": codes})).status_code == 201
    assert centre.log.entries[-1][1]["wording"] == codes


@pytest.mark.parametrize(
    ("said", "kept"),
    [("as hinted", ["text_zh"]), ("", []), (["text_en.B"], ["text_en.B"]), (None, [])],
)
async def test_entries_of_every_version_are_read(
    centre: Centre, said: object, kept: list[str]
) -> None:
    body = {"question": "hot_work-1", "version": 2, "by_name": "吴", **OWN}
    body |= {} if said is None else {"wording": said}
    await centre.context.database.write(
        lambda writing: book_projection.take(writing, 900, 1, "question.set", body)
    )
    async with centre.client("administrator") as client:
        [version] = (await _kept(client, "hot_work-1"))["versions"]
    assert (version["version"], version["wording"]) == (2, kept)


async def test_what_cannot_be_is_refused(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        for body in ({**OWN, "text_zh": " "}, {**OWN, "text_zh": "问" * 201}):
            assert (await client.post(PATH, json=body)).json()["code"] == "bad_text"
        for act in ("", "/withdraw", "/restore"):
            answer = await client.post(f"{PATH}/nothing{act}", json=OWN if not act else {})
            assert answer.json()["code"] == "unknown_question", act
        hostile = {**OWN, "text_zh": "<script>alert(1)</script> 怎么安排的？"}
        assert (await client.post(PATH, json=hostile)).json()["now"]["text_zh"].startswith("<scr")


async def test_the_same_entries_give_the_same_rows(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        name = (await client.post(PATH, json=OWN)).json()["now"]["id"]
        await client.post(f"{PATH}/{name}", json={**OWN, "text_zh": "谁做的检测？"})
        await client.post(f"{PATH}/{name}/withdraw", json={})
        before = await _kept(client, name)
        mine = [(i, *one) for i, one in enumerate(centre.log.entries) if "question" in one[0]]
        database, t_us = centre.context.database, before["versions"][0]["t_us"]
        await database.write(lambda writing: writing.execute(schema.question.delete()).rowcount)
        for index, kind, body in mine:
            await database.write(
                lambda writing, index=index, kind=kind, body=body: book_projection.take(  # type: ignore[misc]
                    writing, index, t_us, kind, body
                )
            )
        after = await _kept(client, name)
    assert [one["text_zh"] for one in after["versions"]] == ["谁做的检测？", OWN["text_zh"]]
    assert after["withdrawn_us"]
    assert after["now"] == before["now"]


def test_rows_of_an_older_database_say_what_their_entries_do(tmp_path: Path) -> None:
    path = tmp_path / "centre.sqlite"
    upgrade(create_engine(f"sqlite:///{path}", poolclass=NullPool), to="0040")
    with closing(sqlite3.connect(path)) as older, older:
        for index, wording in enumerate(("as hinted", "")):
            older.execute(
                "INSERT INTO question (id, version, text_zh, t_us, log_index)"
                " VALUES ('q', ?, '是不是？', 1, ?)",
                (index, index),
            )
            older.execute(
                "INSERT INTO act (log_index, kind, t_us, case_id, session_id, by_account, summary)"
                " VALUES (?, 'question.set', 1, '', '', '', ?)",
                (index, json.dumps({"wording": wording})),
            )
    with Database(path) as database:
        table = schema.question
        kept = select(table.c.wording).order_by(table.c.version)
        found = database.read_now(lambda connection: connection.execute(kept).scalars().all())
    assert found == ['["text_zh"]', "[]"]
