"""What is pointed out in wordings: words of the agency's own, rules that are switched off."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from command_centre.comparison import book_projection
from command_centre.comparison.kept_wording import NEUTRAL_MAX, OWN_MAX, WORDS_MAX
from command_centre.comparison.wording_check import check, shipped_rules
from command_centre.db import schema
from command_centre.db.database import Writing
from config.kinds import KINDS, split
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.web import Web

PATH = "/api/wording-rules"
ACTS = ("wording_rule.added", "wording_rule.off", "wording_rule.on")
OWN = {
    "category": "P",
    "words": "磨叽",
    "neutral": "请继续说明。",
    "neutral_en": "Please go on.",
}


async def _rules(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in (await client.get(PATH)).json()["rules"]}


async def _hints(client: httpx.AsyncClient, text: str) -> list[str]:
    answer = await client.post(f"/api/cases/{CASE}/wording", json={"text": text})
    return [one["rule"] for one in answer.json()["hints"]]


def _acts(centre: Centre) -> list[tuple[str, dict[str, Any]]]:
    return [one for one in centre.log.entries if one[0] in ACTS]


def test_every_shipped_rule_shows_words_it_finds() -> None:
    rules = shipped_rules()
    for rule in rules.shipped:
        assert rule.example, rule.id
        assert rule.id in [hint.rule for hint in check(rule.example)] or (
            rule.category in [hint.category for hint in check(rule.example)]
        ), rule.id
        alone = rules.changed([], {one.id for one in rules.shipped} - {rule.id})
        assert [hint.rule for hint in check(rule.example, rules=alone)] == [rule.id]


async def test_words_are_added_and_found_at_once(centre: Centre) -> None:
    asked = "别磨叽，快说经过。"
    async with centre.client("administrator") as admin, centre.client("manager") as client:
        assert await _hints(client, asked) == []
        answer = await admin.post(PATH, json=OWN | {"words": " 磨叽 "})
        made = answer.json()
        assert (answer.status_code, made["words"], made["shipped"]) == (201, "磨叽", False)
        assert made["by_name"]
        assert next(iter(await _rules(admin))) == made["id"]
        hint = await client.post(f"/api/cases/{CASE}/wording", json={"text": asked})
        [found] = hint.json()["hints"]
        assert (found["rule"], found["cue"], found["neutral"]) == (
            made["id"],
            "磨叽",
            OWN["neutral"],
        )
        # wherever wordings are looked at
        question = await admin.post("/api/question-templates", json={"text_zh": asked})
        assert question.json()["code"] == "leading_wording"
        hints = await admin.post("/api/question-templates/wording", json={"text": asked})
        assert [one["cue"] for one in hints.json()["hints"]] == ["磨叽"]
        point = {"text": "核实经过", "question": asked, "slots": ["when"]}
        template = await admin.post("/api/point-templates", json={"name": "新", "points": [point]})
        assert template.json()["hints"][0]["hint"]["cue"] == "磨叽"
        await admin.post(f"{PATH}/{made['id']}/off", json={})
        assert await _hints(client, asked) == []
        await admin.post(f"{PATH}/{made['id']}/on", json={})
        assert await _hints(client, asked) == [made["id"]]
        # they are words, no pattern, and of either case
        await admin.post(PATH, json=OWN | {"words": "Wh.t?", "neutral": "请说明。"})
        assert await _hints(client, "What is this") == []
        assert len(await _hints(client, "say wh.T? now")) == 1
    assert [kind for kind, _ in _acts(centre)] == [*ACTS, ACTS[0]]


async def test_a_prompt_is_looked_at_with_them(web: Web) -> None:
    centre = web.centre
    await centre.open_room("room1")
    async with centre.client("administrator") as admin:
        await admin.post(PATH, json=OWN)
    async with web.desk("manager", "wall") as wall:
        await wall.command("prompt.send", text="别磨叽。", rooms=["room1"])
    [issued] = centre.recorder.bodies("prompt.issued")
    assert issued["wording"] == {"categories": ["P"], "answer": "sent"}


async def test_a_shipped_rule_is_switched_off_and_on(centre: Centre) -> None:
    several = "什么时候、谁在场、用的什么工具？"
    async with centre.client("administrator") as admin, centre.client("manager") as client:
        for rule, text in (("L.was", "监护人是不是早就走了？"), ("B.several", several)):
            assert await _hints(client, text) == [rule]
            off = (await admin.post(f"{PATH}/{rule}/off", json={})).json()
            assert (off["shipped"], bool(off["off_us"]), bool(off["by_name"])) == (True, True, True)
            assert off["words"]
            assert await _hints(client, text) == []
            again = await admin.post(f"{PATH}/{rule}/off", json={})
            assert again.json() == off
            on = (await admin.post(f"{PATH}/{rule}/on", json={})).json()
            assert on["off_us"] is None
            assert await _hints(client, text) == [rule]
            assert (await admin.post(f"{PATH}/{rule}/on", json={})).json() == on
        assert len(await _rules(admin)) == len(shipped_rules().shipped)
    assert [kind for kind, _ in _acts(centre)] == [*ACTS[1:], *ACTS[1:]]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"category": "X"}, "one of T, I"),
        ({"words": "磨"}, "2 to 40 characters"),
        ({"words": "？！"}, "one of them a letter"),
        ({"words": "磨" * (WORDS_MAX + 1)}, "2 to 40 characters"),
        ({"words": "磨\n叽"}, "one line"),
        ({"neutral": " "}, "1 to 200 characters"),
        ({"neutral": "说" * (NEUTRAL_MAX + 1)}, "1 to 200 characters"),
        ({"neutral_en": "x" * (NEUTRAL_MAX + 1)}, "1 to 200 characters"),
        ({"neutral": "请不要磨叽。"}, "has the words in it"),
        ({"words": "Hurry", "neutral_en": "Do not hurry."}, "has the words in it"),
    ],
)
async def test_what_cannot_be_is_refused(centre: Centre, changed: Any, said: str) -> None:
    async with centre.client("administrator") as client:
        answer = await client.post(PATH, json=OWN | changed)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_wording_rule")
    assert said in answer.json()["detail"]
    assert not _acts(centre)


@pytest.mark.parametrize("words", ["宣读", "笔录记载", "承担法律责任", "你刚才说的", "“磨叽”"])
async def test_words_that_are_never_found_are_no_rule(centre: Centre, words: str) -> None:
    async with centre.client("administrator") as client:
        answer = await client.post(PATH, json=OWN | {"words": words})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_wording_rule")
        assert answer.json()["why"] == "never_found"
        assert not _acts(centre)
        # the rest of such a text is looked at; rules that are switched off stand in nobody's way
        assert (await client.post(PATH, json=OWN | {"words": "别想走"})).status_code == 201


async def test_twice_too_many_and_none(centre: Centre) -> None:
    table = schema.wording_rule
    async with centre.client("administrator") as client:
        made = (await client.post(PATH, json=OWN)).json()
        await client.post(f"{PATH}/{made['id']}/off", json={})
        twice = await client.post(PATH, json=OWN | {"category": "L"})
        assert (twice.status_code, twice.json()["code"]) == (409, "wording_rule_exists")
        for act in ("off", "on"):
            none = await client.post(f"{PATH}/L.none/{act}", json={})
            assert (none.status_code, none.json()["code"]) == (404, "unknown_wording_rule")

        def fill(writing: Writing) -> None:
            for n in range(OWN_MAX - 1):
                row = {"id": f"P.w-{n}", "words": f"词{n}", "neutral": "说明", "t_us": 1}
                writing.execute(table.insert().values(first_index=n, log_index=n, **row))

        await centre.context.database.write(fill)
        full = await client.post(PATH, json=OWN | {"words": "快点说"})
        assert (full.status_code, full.json()["code"]) == (409, "too_many_wording_rules")


async def test_words_are_private_and_the_same_entries_give_the_same_rows(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        made = (await client.post(PATH, json=OWN)).json()
        for rule in (made["id"], "L.tag", "T.leave"):
            await client.post(f"{PATH}/{rule}/off", json={})
        await client.post(f"{PATH}/L.tag/on", json={})
        before = (await client.get(PATH)).json()
        for kind, body in _acts(centre):
            public, private = split(kind, body)
            assert set(public) <= set(KINDS[kind].public)
            assert "磨叽" not in str(public)
            assert private
        written = zip(centre.log.entries, centre.log.times, strict=True)
        mine = [(i, t_us, *one) for i, (one, t_us) in enumerate(written) if one[0] in ACTS]

        def again(writing: Writing) -> None:
            writing.execute(schema.wording_rule.delete())
            for index, t_us, kind, body in mine * 2:
                book_projection.take(writing, index, t_us or 0, kind, body)
            for broken in ({"words": ""}, {"neutral": ""}, {"rule": "X.w-1"}):
                book_projection.take(writing, 999, 1, ACTS[0], {**mine[0][3], **broken})

        await centre.context.database.write(again)
        assert (await client.get(PATH)).json() == before
    assert len(mine) == 5
