"""Templates of points the agency words itself: versions, kinds, wording, what is taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from command_centre.comparison import book_projection
from command_centre.comparison.book import CaseBook
from command_centre.comparison.kept_templates import (
    KINDS_MAX,
    VERSIONS_MAX,
    KeptTemplates,
    text_sha256,
)
from command_centre.comparison.template_check import (
    NAME_MAX,
    POINTS_MAX,
    TEXT_MAX,
    TOPIC_MAX,
    WORD_MAX,
    WORDS_MAX,
    TemplateText,
    checked,
    hints_in,
)
from command_centre.comparison.templates import SHIPPED, read_templates
from command_centre.comparison.views import TemplatePoint
from command_centre.comparison.wording_check import shipped_rules
from command_centre.db import schema
from command_centre.db.database import Writing
from config.kinds import KINDS, split
from evidence_store.draft import Draft, prepare
from tests.command_centre.centre import CASE, Centre

PATH = "/api/point-templates"
CAME = "2026-11"  # the version that came with the programme
ACTS = ("point_template.set", "point_template.used", "point_template.withdrawn")
POINT: dict[str, Any] = {
    "text": "核实焊接作业由谁安排",
    "en": "verify who arranged the welding",
    "question": "这次焊接是怎么安排的？由谁安排？",
    "question_en": "How was the welding arranged, and by whom?",
    "topic": "arrange",
    "event": "安排",
    "slots": ["who_ordered", "to_whom"],
    "verbs": ["安排", "派"],
    "items": ["焊接"],
    "spoken": ["顺手焊一下"],
}
LEADING = {**POINT, "text": "核实监护人的位置", "question": "监护人是不是早就走了？"}


def _shipped(kind: str = "hot_work") -> dict[str, Any]:
    """The shipped template as a request."""
    found = read_templates("shipped").find(kind)
    assert found is not None
    said = msgspec.to_builtins(found)
    return {key: said[key] for key in ("name", "name_en", "points")}


def _reworded(**changed: Any) -> dict[str, Any]:
    """The shipped template for hot work with its first point in other words."""
    said = _shipped()
    return {**said, "points": [POINT, *said["points"][1:]], "seen": CAME} | changed


async def _kept(client: httpx.AsyncClient, kind: str = "hot_work") -> dict[str, Any]:
    found = (await client.get(f"{PATH}/kept")).json()["templates"]
    return next(dict(one) for one in found if one["id"] == kind)


async def _versions(client: httpx.AsyncClient, kind: str = "hot_work") -> list[dict[str, Any]]:
    answer = (await client.get(f"{PATH}/{kind}/versions")).json()
    assert not answer["more"]
    return list(answer["versions"])


async def _offered(client: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in (await client.get(PATH)).json()["templates"]}


def _acts(centre: Centre) -> list[tuple[str, dict[str, Any]]]:
    return [one for one in centre.log.entries if one[0] in ACTS]


def test_the_shipped_templates_could_be_kept_as_they_are() -> None:
    """Whoever rewords one begins with something that can be saved."""
    for template in read_templates("shipped").template:
        text = TemplateText(name=template.name, name_en=template.name_en, points=template.points)
        assert checked(text) == text
        assert hints_in(template.points, shipped_rules()) == []


async def test_a_template_is_reworded_and_taken_back(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        first = await _kept(client)
        assert first["shipped"]
        [came] = await _versions(client)
        assert first["in_use"] == came
        assert (came["version"], came["number"], came["shipped"], came["uses"]) == (
            CAME,
            0,
            True,
            [],
        )
        made = (await client.post(f"{PATH}/hot_work", json=_reworded())).json()
        mine = made["in_use"]
        assert mine["version"] == "own-1"
        assert (mine["number"], mine["shipped"], len(mine["uses"])) == (1, False, 1)
        assert mine["by_name"] == mine["uses"][0]["by_name"] != ""
        assert mine["points"][0] == POINT
        again = await client.post(f"{PATH}/hot_work", json=_reworded())
        assert again.json() == made  # the same words
        second = await client.post(
            f"{PATH}/hot_work", json=_reworded(name="动火与焊接", seen="own-1")
        )
        assert second.json()["in_use"]["version"] == "own-2"
        for version, seen in ((CAME, "own-2"), ("own-1", CAME)):
            use = {"version": version, "seen": seen}
            used = await client.post(f"{PATH}/hot_work/use", json=use)
            assert used.json()["in_use"]["version"] == version
        last = (await client.post(f"{PATH}/hot_work/use", json=use)).json()  # a repeat
        versions = await _versions(client)
        assert [one["version"] for one in versions] == ["own-2", "own-1", "2026-11"]
        assert [len(one["uses"]) for one in versions] == [1, 2, 1]
        assert last["in_use"] == versions[1] | {"uses": versions[1]["uses"][:1]}
        assert (await _kept(client, "fall"))["in_use"]["version"] == "2026-11"
    acts = _acts(centre)
    assert [kind for kind, _ in acts] == [*ACTS[:1] * 2, *ACTS[1:2] * 2]
    assert [body["template"] for _, body in acts] == [
        *("hot_work/own-1", "hot_work/own-2", "hot_work/2026-11", "hot_work/own-1")
    ]
    assert acts[0][1]["text_sha256"] == acts[3][1]["text_sha256"] != acts[2][1]["text_sha256"]


async def test_words_are_private_and_their_digest_is_not(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        await client.post(f"{PATH}/hot_work", json=_reworded())
        await client.post(f"{PATH}/hot_work/withdraw", json={})
    for kind, body in _acts(centre):
        public, private = split(kind, body)
        assert set(public) <= set(KINDS[kind].public)
        assert "动火" not in json.dumps(public, ensure_ascii=False)
        assert private
    said = _reworded()
    points = tuple(msgspec.convert(one, TemplatePoint) for one in said["points"])
    text = TemplateText(name=said["name"], name_en=said["name_en"], points=points)
    assert _acts(centre)[0][1]["text_sha256"] == text_sha256(text)


async def test_what_is_taken_is_the_version_in_use_and_stays(centre: Centre) -> None:
    taking = {"template": "hot_work", "points": [1]}
    path = f"/api/cases/{CASE}/points/template"
    async with centre.client("administrator") as admin, centre.client("manager") as client:
        before = (await client.post(path, json=taking)).json()["points"][0]
        await admin.post(f"{PATH}/hot_work", json=_reworded())
        offered = (await _offered(client))["hot_work"]
        assert (offered["version"], offered["points"][0]) == ("own-1", POINT)
        stale = await client.post(path, json=taking | {"version": "2026-11"})
        assert (stale.status_code, stale.json()["code"]) == (409, "template_changed")
        after = (await client.post(path, json=taking | {"version": "own-1"})).json()["points"][0]
        await admin.post(f"{PATH}/hot_work/use", json={"version": CAME, "seen": "own-1"})
        case = (await client.get(f"/api/cases/{CASE}")).json()
    assert (before["template"], after["template"]) == ("hot_work/1@2026-11", "hot_work/1@own-1")
    assert after["text"] == POINT["text"]
    assert after["detail"]["synonyms"] == POINT["spoken"]
    kept = {one["id"]: one["text"] for one in case["points"]}
    assert (kept[before["id"]], kept[after["id"]]) == ("核实这次动火由谁安排", POINT["text"])
    entries = [body for kind, body in centre.log.entries if kind == "point.add"]
    taken = [body["template"] for body in entries if body.get("template")]
    assert taken == ["hot_work/1@2026-11", "hot_work/1@own-1"]


async def test_a_kind_is_added_withdrawn_and_offered_again(centre: Centre) -> None:
    own = {"name": "粉尘爆炸", "name_en": "Dust explosion", "points": [POINT]}
    taking = {"points": [1]}
    path = f"/api/cases/{CASE}/points/template"
    async with centre.client("administrator") as admin, centre.client("manager") as client:
        answer = await admin.post(PATH, json=own)
        made = answer.json()
        assert (answer.status_code, made["in_use"]["version"], made["shipped"]) == (
            201,
            "own-1",
            False,
        )
        kind = made["id"]
        assert [*await _offered(client)][-1] == kind
        assert (await client.post(path, json=taking | {"template": kind})).status_code == 200
        gone = (await admin.post(f"{PATH}/{kind}/withdraw", json={})).json()
        assert gone["withdrawn_us"]
        assert gone["withdrawn_by"]
        assert (await admin.post(f"{PATH}/{kind}/withdraw", json={})).json() == gone
        await admin.post(f"{PATH}/hot_work/withdraw", json={})
        left = await _offered(client)
        assert len(left) == 9
        for one in (kind, "hot_work"):
            assert one not in left
            refused = await client.post(path, json=taking | {"template": one})
            assert refused.json()["code"] == "unknown_template"
        back = (await admin.post(f"{PATH}/{kind}/use", json={"version": "own-1"})).json()
        assert (back["withdrawn_us"], back["withdrawn_by"]) == (None, "")
        assert back["in_use"]["version"] == "own-1"
        await admin.post(f"{PATH}/hot_work", json=_shipped())  # the same words, offered again
        assert (await _offered(client))["hot_work"]["version"] == "own-1"
    assert [kind for kind, _ in _acts(centre)] == [
        *("point_template.set", "point_template.withdrawn", "point_template.withdrawn"),
        *("point_template.used", "point_template.set"),
    ]


async def test_nobody_replaces_what_they_have_not_seen(centre: Centre) -> None:
    """Two administrators look at one version; the second one is told what became of it."""
    own, use = f"{PATH}/hot_work", f"{PATH}/hot_work/use"
    second = _reworded(name="动火与焊接")
    async with centre.client("administrator") as client:
        await client.post(own, json=_reworded())
        late: tuple[tuple[str, dict[str, Any]], ...]
        late = ((own, second), (use, {"version": CAME, "seen": ""}), (own, _reworded(name="动火")))
        for path, body in late:
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "template_changed")
            assert answer.json()["now"] == "own-1"
        await client.post(f"{own}/withdraw", json={})
        late = ((own, second | {"seen": "own-1"}), (use, {"version": "own-1", "seen": "own-1"}))
        for path, body in late:
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "template_changed")
            assert answer.json()["now"] == ""  # withdrawn meanwhile, and it stays so
        assert (await _kept(client))["withdrawn_us"]
        assert len(_acts(centre)) == 2
        # whoever knows of it may do it all the same; a lost answer is no change by somebody else
        for _ in range(2):
            made = await client.post(own, json=second | {"seen": ""})
            assert (made.status_code, made.json()["in_use"]["version"]) == (200, "own-2")
    assert len(_acts(centre)) == 3


async def test_two_kinds_of_one_name_are_refused(centre: Centre) -> None:
    own = {"name": "高处坠落", "points": [POINT]}
    async with centre.client("administrator") as client:
        for path, body in ((PATH, own), (f"{PATH}/hot_work", _reworded(name=" 高处坠落 "))):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "template_exists"), path
        await client.post(f"{PATH}/fall/withdraw", json={})
        assert (await client.post(PATH, json=own)).status_code == 201
        back = await client.post(f"{PATH}/fall/use", json={"version": "2026-11"})
        assert back.json()["code"] == "template_exists"
    assert len(_acts(centre)) == 2


async def test_wording_that_may_lead_is_kept_only_when_said(centre: Centre) -> None:
    said = _reworded(points=[POINT, LEADING])
    async with centre.client("administrator") as client:
        for path in (PATH, f"{PATH}/hot_work"):
            refused = await client.post(path, json=said | {"name": "动火（新）"})
            assert (refused.status_code, refused.json()["code"]) == (409, "leading_wording")
            [hint] = refused.json()["hints"]
            assert (hint["point"], hint["field"]) == (2, "question")
            assert hint["hint"]["cue"] == "是不是早就"
        assert not _acts(centre)
        shown = [hint["code"]]
        assert shown == ["2.question.L"]
        for other in ([], ["2.question.B"], ["1.question.L"]):
            body = said | {"despite": other}
            assert (await client.post(f"{PATH}/hot_work", json=body)).status_code == 409
        kept = (await client.post(f"{PATH}/hot_work", json=said | {"despite": shown})).json()
        assert kept["in_use"]["uses"][0]["wording"] == ["2.question.L"]
        assert _acts(centre)[0][1]["wording"] == ["2.question.L"]
        # also when it is taken again
        await client.post(f"{PATH}/hot_work/use", json={"version": CAME, "seen": "own-1"})
        use = {"version": "own-1", "seen": CAME}
        again = await client.post(f"{PATH}/hot_work/use", json=use)
        assert again.json()["hints"] == [hint]
        await client.post(f"{PATH}/hot_work/use", json=use | {"despite": shown})
        assert len((await _versions(client))[0]["uses"]) == 2
    assert _acts(centre)[-1][1]["wording"] == ["2.question.L"]


async def test_a_hint_that_came_meanwhile_is_shown_before_it_is_kept(centre: Centre) -> None:
    rule = {"category": "P", "words": "监护人", "neutral": "请说明。"}
    said = _reworded(points=[LEADING], despite=["1.question.L"])
    async with centre.client("administrator") as client:
        await client.post("/api/wording-rules", json=rule)
        refused = await client.post(f"{PATH}/hot_work", json=said)
        assert (refused.status_code, refused.json()["code"]) == (409, "leading_wording")
        shown = [one["code"] for one in refused.json()["hints"]]
        assert shown == ["1.text.P", "1.question.P", "1.question.L"]
        assert not _acts(centre)
        kept = await client.post(f"{PATH}/hot_work", json=said | {"despite": shown})
        assert kept.json()["in_use"]["uses"][0]["wording"] == shown


@pytest.mark.parametrize(
    ("field", "words", "category"),
    [
        ("text", "核实他是不是早就走了", "L"),
        ("en", "verify that they surely left", "L"),
        ("question", "你就写没有办票，对吧？", "L"),
        ("question_en", "Why did you switch off the alarm again?", "B"),
    ],
)
def test_every_text_that_is_asked_is_looked_at(field: str, words: str, category: str) -> None:
    point = msgspec.convert({**POINT, field: words}, TemplatePoint)
    found = hints_in([msgspec.convert(POINT, TemplatePoint), point], shipped_rules())
    assert f"2.{field}.{category}" in [one.code for one in found]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "a name has 1 to 40"),
        ({"name": "名" * (NAME_MAX + 1)}, "a name has 1 to 40"),
        ({"name_en": "x" * (2 * NAME_MAX + 1)}, "in English at most 80"),
        ({"name": "动\n火"}, "a name is one line"),
        ({"points": []}, "1 to 25 points"),
        ({"points": [{**POINT, "text": str(n)} for n in range(POINTS_MAX + 1)]}, "1 to 25 points"),
        ({"points": [{**POINT, "text": " "}]}, "point 1: expected what is verified"),
        ({"points": [POINT, {**POINT, "text": "二", "question": ""}]}, "point 2: expected what"),
        ({"points": [{**POINT, "text": "核" * (TEXT_MAX + 1)}]}, "at most 200 characters"),
        ({"points": [{**POINT, "en": "x" * (TEXT_MAX + 1)}]}, "at most 200 characters"),
        ({"points": [{**POINT, "question_en": "x" * (TEXT_MAX + 1)}]}, "at most 200 characters"),
        ({"points": [{**POINT, "topic": "x" * (TOPIC_MAX + 1)}]}, "20 characters of topic"),
        ({"points": [{**POINT, "event": "事" * (TOPIC_MAX + 1)}]}, "20 characters of topic"),
        ({"points": [{**POINT, "slots": []}]}, "one or more of how_many"),
        ({"points": [{**POINT, "slots": ["who"]}]}, "one or more of how_many"),
        ({"points": [{**POINT, "verbs": [str(n) for n in range(WORDS_MAX + 1)]}]}, "at most 20"),
        ({"points": [{**POINT, "spoken": ["话" * (WORD_MAX + 1)]}]}, "20 words of 20"),
        ({"points": [{**POINT, "question": "谁\n安排？"}]}, "one line each"),
        ({"points": [{**POINT, "items": ["票\u2028据"]}]}, "one line each"),
        ({"points": [POINT, {**POINT, "text": POINT["text"] + " "}]}, "other words than point 1"),
    ],
)
async def test_what_cannot_be_is_refused(centre: Centre, changed: Any, said: str) -> None:
    async with centre.client("administrator") as client:
        answer = await client.post(f"{PATH}/hot_work", json=_reworded(**changed))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_template_text")
    assert said in answer.json()["detail"]
    assert not _acts(centre)


async def test_spaces_and_words_said_twice_fall_away(centre: Centre) -> None:
    untidy = {
        **POINT,
        "text": f" {POINT['text']} ",
        "slots": ["who_ordered", "to_whom", "who_ordered"],
        "verbs": [" 安排", "派", "", "安排"],
    }
    async with centre.client("administrator") as client:
        made = (await client.post(f"{PATH}/hot_work", json=_reworded(points=[untidy]))).json()
    assert made["in_use"]["points"] == [POINT]


async def test_as_much_as_there_can_be_is_taken_and_fits_into_an_entry(centre: Centre) -> None:
    """Quotation marks are what grows most where it is spelled."""
    quotes = chr(34) * (WORD_MAX - 2)
    words = [f"{n:02}{quotes}" for n in range(WORDS_MAX)]
    full = {
        **dict.fromkeys(("en", "question", "question_en"), '"' * TEXT_MAX),
        **dict.fromkeys(("topic", "event"), '"' * TOPIC_MAX),
        **dict.fromkeys(("verbs", "items", "spoken"), words),
        "slots": sorted({"who_ordered", "to_whom", "who_did", "when", "where", "how_many"})
        + ["with_what", "whether"],
    }
    points = [{**full, "text": f"{n:02}" + '"' * (TEXT_MAX - 2)} for n in range(POINTS_MAX)]
    body = {"name": "名" * NAME_MAX, "name_en": "é" * 2 * NAME_MAX, "points": points}
    async with centre.client("administrator") as client:
        answer = await client.post(PATH, json=body)
        assert answer.status_code == 201, answer.text
        four_bytes = [
            {key: json.loads(json.dumps(value).replace('\\"', "𠮷")) for key, value in one.items()}
            for one in points
        ]
        wide = await client.post(
            f"{PATH}/hot_work", json=body | {"name": "另一个", "points": four_bytes, "seen": CAME}
        )
        assert wide.status_code == 200, wide.text
    for kind, said in _acts(centre):
        public, private = split(kind, said)
        assert prepare(Draft(kind, "", "", public, 1, private=private), 1).sealed is not None


async def test_versions_and_kinds_have_an_end(centre: Centre) -> None:
    table = schema.point_template_version
    points = json.dumps([POINT])

    def fill(writing: Writing) -> None:
        row = {"kind": "hot_work", "number": VERSIONS_MAX, "name": "hot_work/own-100"}
        writing.execute(table.insert().values(title="x", points=points, t_us=1, **row))
        for n in range(KINDS_MAX):
            row = {"kind": f"vk-{n}", "number": 1, "name": f"vk-{n}/own-1"}
            writing.execute(table.insert().values(title=f"种{n}", points=points, t_us=1, **row))

    await centre.context.database.write(fill)
    async with centre.client("administrator") as client:
        for path in (f"{PATH}/hot_work", PATH):
            answer = await client.post(path, json=_reworded(name="新的"))
            assert (answer.status_code, answer.json()["code"]) == (409, "too_many_templates")
        last = _reworded(name="新的", seen="own-1")
        assert (await client.post(f"{PATH}/vk-7", json=last)).status_code == 200


async def test_a_history_is_read_page_by_page(centre: Centre) -> None:
    table, points = schema.point_template_version, json.dumps([POINT])

    def fill(writing: Writing) -> None:
        for number in range(1, 46):
            row = {"kind": "hot_work", "number": number, "name": f"hot_work/own-{number}"}
            writing.execute(table.insert().values(title="x", points=points, t_us=number, **row))

    await centre.context.database.write(fill)
    path, read = f"{PATH}/hot_work/versions", []
    async with centre.client("administrator") as client:
        page = (await client.get(path)).json()
        read.append([one["number"] for one in page["versions"]])
        while page["more"]:
            before = {"before": read[-1][-1], "limit": 20}
            page = (await client.get(path, params=before)).json()
            read.append([one["number"] for one in page["versions"]])
        assert (await client.get(path, params={"limit": 1000})).json()["more"] is False
        unknown = await client.get(f"{PATH}/none/versions")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_template")
    assert read == [[*range(45, 25, -1)], [*range(25, 5, -1)], [*range(5, 0, -1), 0]]
    assert [one["version"] for one in page["versions"]][-2:] == ["own-1", CAME]


async def test_no_more_is_read_than_is_asked_for(centre: Centre) -> None:
    """Of other kinds and versions neither the points nor what became of them."""
    table, use = schema.point_template_version, schema.point_template_use

    def fill(writing: Writing) -> None:
        for n, kind in enumerate(("hot_work", "fall", "vk-1")):
            for number in (1, 2):
                name = f"{kind}/own-{number}"
                points = json.dumps([POINT]) if number == 2 else "unreadable"
                row = {"kind": kind, "number": number, "name": name, "log_index": 10 * n + number}
                writing.execute(table.insert().values(title=kind, points=points, t_us=1, **row))
                if number == 2:
                    row = {"kind": kind, "name": name, "log_index": 10 * n + number}
                    writing.execute(use.insert().values(t_us=number, **row))
        writing.execute(use.insert().values(kind="fall", name="", t_us=3, log_index=99))
        first = {"wording": "unreadable", "name": "vk-1/own-2", "kind": "vk-1"}
        writing.execute(use.insert().values(t_us=1, log_index=5, **first))

    await centre.context.database.write(fill)
    async with centre.client("administrator") as client, centre.client("manager") as manager:
        kinds = {one["id"]: one for one in (await client.get(f"{PATH}/kept")).json()["templates"]}
        assert [kinds[one]["in_use"]["version"] for one in ("hot_work", "fall", "vk-1")] == [
            *("own-2", "own-2", "own-2")
        ]
        assert kinds["fall"]["withdrawn_us"] == 3
        assert len(kinds["vk-1"]["in_use"]["uses"]) == 1
        assert [*kinds][-1] == "vk-1"
        assert {"hot_work", "vk-1"} <= set(await _offered(manager))
        used = await client.post(f"{PATH}/vk-1/withdraw", json={})
        assert used.status_code == 200


async def test_what_there_is_not_is_named(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        for path, body in (
            (f"{PATH}/none", _reworded()),
            (f"{PATH}/none/use", {"version": "own-1"}),
            (f"{PATH}/none/withdraw", {}),
            (f"{PATH}/hot_work/use", {"version": "own-1"}),
        ):
            answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_template"), path


async def test_nothing_is_kept_when_the_log_cannot_be_written(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        before = await _kept(client)
        centre.log.full = True
        for path, body in (
            (f"{PATH}/hot_work", _reworded()),
            (f"{PATH}/hot_work/withdraw", {}),
        ):
            assert (await client.post(path, json=body)).json()["code"] == "log_unavailable"
        assert await _kept(client) == before


async def test_the_same_entries_give_the_same_rows(centre: Centre) -> None:
    own = {"name": "粉尘爆炸", "points": [POINT, LEADING], "despite": ["2.question.L"]}
    async with centre.client("administrator") as client:
        await client.post(f"{PATH}/hot_work", json=_reworded())
        await client.post(f"{PATH}/hot_work/use", json={"version": CAME, "seen": "own-1"})
        await client.post(PATH, json=own)
        await client.post(f"{PATH}/fall/withdraw", json={})
        before = (await client.get(f"{PATH}/kept")).json(), await _versions(client)
        written = zip(centre.log.entries, centre.log.times, strict=True)
        mine = [(i, t_us, *one) for i, (one, t_us) in enumerate(written) if one[0] in ACTS]

        def again(writing: Writing) -> None:
            writing.execute(schema.point_template_version.delete())
            writing.execute(schema.point_template_use.delete())
            for index, t_us, kind, body in mine * 2:
                book_projection.take(writing, index, t_us or 0, kind, body)
            for broken in ({"points": "[]"}, {"points": "x"}, {"title": ""}, {"number": "x"}):
                book_projection.take(writing, 999, 1, ACTS[0], {**mine[0][3], **broken})
            book_projection.take(writing, 999, 1, ACTS[1], {**mine[0][3], "template": ""})
            book_projection.take(writing, 999, 1, ACTS[2], {})

        await centre.context.database.write(again)
        assert ((await client.get(f"{PATH}/kept")).json(), await _versions(client)) == before
    assert len(mine) == 4


async def test_another_file_takes_the_place_of_a_version_that_is_gone(
    centre: Centre, tmp_path: Path
) -> None:
    """Versions of the agency's own stay in use; a kind that is left out of the file keeps them."""
    async with centre.client("administrator") as client:
        for kind, name in (("fall", "坠落"), ("training", "培训")):
            body = _shipped(kind) | {"name": name, "seen": CAME}
            assert (await client.post(f"{PATH}/{kind}", json=body)).status_code == 200
        await client.post(f"{PATH}/hot_work", json=_reworded())
        await client.post(f"{PATH}/hot_work/use", json={"version": CAME, "seen": "own-1"})
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace('version = "2026-11"', 'version = "2027-03"')
    path = tmp_path / "points.toml"
    path.write_text(text.replace('id = "training"', 'id = "teaching"'), encoding="utf-8")
    context = centre.context
    book: CaseBook = context.book
    later = KeptTemplates(context.database, book, read_templates(str(path)), context.wording)
    found = {one.id: one.version for one in await later.offered()}
    assert (found["hot_work"], found["fall"], found["training"], found["teaching"]) == (
        *("2027-03", "own-1", "own-1", "2027-03"),
    )
