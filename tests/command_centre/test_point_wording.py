"""Wording of points: what leads is pointed out before a point stands, and kept knowingly only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_centre.comparison.book import Wording
from command_centre.comparison.point_wording import hints_in
from command_centre.comparison.views import PointDetail
from command_centre.comparison.wording_check import shipped_rules
from tests.command_centre.centre import CASE, Centre, running_centre

PATH = f"/api/cases/{CASE}/points"
LEADING = "是李某派你去的，对吧？"
CODES = ["text.Z", "text.L"]


async def test_a_leading_point_is_refused_until_it_is_kept_knowingly(centre: Centre) -> None:
    async with centre.client("manager") as client:
        refused = await client.post(PATH, json={"text": LEADING})
        case = (await client.get(f"/api/cases/{CASE}")).json()
        some = await client.post(PATH, json={"text": LEADING, "despite": CODES[:1]})
        kept = await client.post(PATH, json={"text": LEADING, "despite": CODES})
        plain = await client.post(PATH, json={"text": "核实票证", "despite": ["text.T"]})
    answer = refused.json()
    assert (refused.status_code, answer["code"]) == (409, "leading_wording")
    assert [one["code"] for one in answer["hints"]] == CODES
    assert all(one["hint"]["neutral"] for one in answer["hints"])
    assert [one["id"] for one in case["points"]] == ["p1", "p2"]
    assert some.json()["code"] == "leading_wording"
    assert (kept.status_code, plain.status_code) == (200, 200)
    assert kept.json()["text"] == LEADING
    written = [body for kind, body in centre.log.entries if kind == "point.add"][-2:]
    assert [body.get("wording") for body in written] == [CODES, None]


async def test_only_what_is_new_in_a_point_is_pointed_out(centre: Centre) -> None:
    async with centre.client("manager") as client:
        made = (await client.post(PATH, json={"text": LEADING, "despite": CODES})).json()
        path = f"{PATH}/{made['id']}"
        english = await client.post(path, json={"text": LEADING, "en": "verify who sent him"})
        asked = {"text": LEADING, "detail": {"question": "你就承认了吧，是不是？"}}
        question = await client.post(path, json=asked)
        reworded = await client.post(path, json={"text": "核实由谁安排"})
        worse = await client.post(path, json={"text": LEADING})
        despite = await client.post(path, json={"text": LEADING, "despite": CODES})
    assert english.status_code == 200
    assert question.json()["code"] == "leading_wording"
    assert {one["field"] for one in question.json()["hints"]} == {"question"}
    assert reworded.status_code == 200
    assert worse.json()["code"] == "leading_wording"
    assert despite.status_code == 200
    written = [body for kind, body in centre.log.entries if kind == "point.changed"]
    assert [body.get("wording") for body in written] == [None, None, CODES]


async def test_bad_text_is_said_before_a_hint(centre: Centre) -> None:
    async with centre.client("manager") as client:
        long = await client.post(PATH, json={"text": LEADING * 40})
        empty = await client.post(PATH, json={"text": " "})
    assert (long.json()["code"], empty.json()["code"]) == ("bad_text", "bad_text")


async def test_an_agency_without_hints_is_refused_nothing(tmp_path: Path) -> None:
    off: dict[str, dict[str, Any]] = {"comparison": {"wording_hints": False}}
    async with running_centre(tmp_path, settings=off) as centre, centre.client("manager") as client:
        made = await client.post(PATH, json={"text": LEADING})
    assert made.status_code == 200


def test_each_field_is_looked_at() -> None:
    leading = "You knew that, didn't you?"
    said = Wording(
        text="核实票证",
        en=leading,
        detail=PointDetail(question=LEADING, question_en=leading),
    )
    fields = [one.field for one in hints_in(said, shipped_rules())]
    assert fields[0] == "en"
    assert set(fields) == {"en", "question", "question_en"}
    assert hints_in(said, shipped_rules(), said) == []


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("Who arranged the work that day?", "Verify who arranged the work that day"),
        ("So, can you tell me when it started?", "Verify when it started"),
        ("Did you have a permit?", "Verify: did you have a permit"),
        ("Zhang went there at nine.", "Verify: Zhang went there at nine"),
        ("Please tell us what " + "happened then and " * 20, None),
    ],
)
async def test_an_english_sentence_makes_an_english_point(
    centre: Centre, asked: str, text: str | None
) -> None:
    session = await centre.open_room("room1")
    start_us = centre.clock.now_us() + 1_000_000
    centre.recorder.say(
        session, "room1", asked, start_us=start_us, speaker="interviewer", id="asked"
    )
    await centre.settle()
    async with centre.client("manager") as client:
        draft = (await client.get(f"{PATH}/draft", params={"utterance": "asked"})).json()
        body = {one: draft[one] for one in ("text", "en", "detail", "utterance")}
        made = (await client.post(PATH, json=body)).json()
    assert draft["text"] == draft["en"] == made["text"] == made["en"]
    assert "核实" not in draft["text"]
    if text is None:
        assert len(draft["text"]) <= 130
        assert draft["text"].split()[-1] in ("happened", "then", "and")
    else:
        assert draft["text"] == text
        assert draft["detail"]["question_en"] == asked.strip()


async def test_an_english_answer_takes_the_question_before_it(centre: Centre) -> None:
    session = await centre.open_room("room1")
    now_us = centre.clock.now_us()
    for at_s, id_, speaker, text in (
        (1, "asked", "interviewer", "Which tests were made before?"),
        (4, "said", "interviewee", "Nothing was tested."),
    ):
        start_us = now_us + at_s * 1_000_000
        centre.recorder.say(session, "room1", text, start_us=start_us, speaker=speaker, id=id_)
    await centre.settle()
    async with centre.client("manager") as client:
        draft = (await client.get(f"{PATH}/draft", params={"utterance": "said"})).json()
    assert draft["text"] == "Verify which tests were made before"
    assert draft["utterance"] == "said"


async def test_a_leading_question_makes_a_draft_with_hints_and_no_question(
    centre: Centre,
) -> None:
    session = await centre.open_room("room1")
    start_us = centre.clock.now_us() + 1_000_000
    centre.recorder.say(
        session, "room1", LEADING, start_us=start_us, speaker="interviewer", id="asked"
    )
    await centre.settle()
    async with centre.client("manager") as client:
        draft = (await client.get(f"{PATH}/draft", params={"utterance": "asked"})).json()
        refused = await client.post(PATH, json={"text": draft["text"], "utterance": "asked"})
    assert draft["hints"]
    assert "question" not in draft["detail"]
    assert refused.json()["code"] == "leading_wording"
