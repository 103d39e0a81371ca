"""What documents state: entered in the middle of a case, compared at once, withdrawn again."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select, update

from command_centre.comparison import book_projection
from command_centre.comparison.document_facts import FACTS_MAX, NAME_MAX, QUOTE_MAX
from command_centre.comparison.read import case_document
from command_centre.db import schema
from command_centre.db.database import Database, Writing
from tests.command_centre.centre import CASE, Centre, seeded_database
from tests.command_centre.pictures import png
from tests.command_centre.test_comparison import say, settled, until
from tests.command_centre.web import Web

FACTS = f"/api/cases/{CASE}/document-facts"
PERMIT = {
    "kind": "named",
    "name": "动火作业审批单",
    "point": "p1",
    "slot": "who_ordered",
    "entered": "李某",
    "quote": "作业负责人：李某",
    "page": "第 1 页",
}


async def _read(client: httpx.AsyncClient, slot: str, entered: str) -> Any:
    return (await client.post(f"{FACTS}/read", json={"slot": slot, "entered": entered})).json()


async def _kept(client: httpx.AsyncClient, **other: Any) -> httpx.Response:
    """Read as the page does, then keep."""
    said = PERMIT | other
    understood = await _read(client, said["slot"], said["entered"])
    return await client.post(FACTS, json=said | {"understood": understood})


def taking(index: int, kind: str, body: dict[str, Any]) -> Callable[[Writing], None]:
    """An entry taken again, at a time of its own."""
    return lambda writing: book_projection.take(writing, index, 1_000 + index, kind, body)


async def test_a_fact_is_read_kept_shown_and_withdrawn(centre: Centre) -> None:
    async with centre.client("manager") as client:
        assert (await _read(client, "who_ordered", "李某"))["value"] == ["李某"]
        made = (await _kept(client, person="zhang")).json()
        assert (made["value"], made["person"], made["page"]) == (["李某"], "zhang", "第 1 页")
        again = await _kept(client, person="zhang")
        assert (again.status_code, again.json()["code"]) == (409, "fact_known")
        other = (await _kept(client, entered="王某")).json()
        assert other["document"] == made["document"] != ""  # a document of one name is one
        gone = await client.post(f"{FACTS}/{made['id']}/withdraw", json={"reason": "看错了"})
        assert gone.json()["withdrawn_us"]
        assert gone.json()["reason"] == "看错了"
        repeat = await client.post(f"{FACTS}/{made['id']}/withdraw", json={})
        assert repeat.json() == gone.json()
        assert (await _kept(client, person="zhang")).status_code == 200  # entered anew
    async with centre.client("interviewer") as client:
        seen = (await client.get(FACTS)).json()["facts"]
        assert [one["withdrawn_us"] is None for one in seen] == [True, True, False]
        assert seen[2]["by_name"]
        assert seen[2]["withdrawn_by"]
        refused = await client.post(FACTS, json=PERMIT | {"understood": {"value": ["李某"]}})
        assert refused.json()["code"] == "forbidden"
        forbidden = await client.post(f"{FACTS}/{other['id']}/withdraw", json={})
        assert forbidden.status_code == 403
    kinds = centre.log.kinds()
    assert (kinds.count("fact.stated"), kinds.count("fact.withdrawn")) == (3, 1)
    assert [body["by"] for kind, body in centre.log.entries if kind == "fact.stated"] != [""] * 3


@pytest.mark.parametrize(
    ("slot", "entered", "value", "unit"),
    [
        ("when", "2026-05-12 15:20", "2026-05-12T15:20", ""),
        ("when", "2026年5月12日15时20分", "2026-05-12T15:20", ""),
        ("when", "2026-05-12", "2026-05-12", ""),
        ("when", "2026-05-03 8:30-11:30", ["2026-05-03T08:30", "2026-05-03T11:30"], ""),
        ("how_many", "三人", 3, "人"),
        ("how_many", "2至3人", [2, 3], "人"),
        ("how_many", "1.5米", 1.5, "米"),
        ("how_many", "不少于20分钟", [20, None], "分钟"),
        ("how_many", "3人以上", [3, None], "人"),
        ("when", "12日8时至24:00", ["2026-05-12T08:00", "2026-05-13T00:00"], ""),
        ("who_did", "张某、李某", ["张某", "李某"], ""),
        ("whether", "没有", False, ""),
    ],
)
async def test_how_values_are_understood(
    centre: Centre, slot: str, entered: str, value: Any, unit: str
) -> None:
    async with centre.client("manager") as client:
        read = await _read(client, slot, entered)
        assert (read["value"], read["unit"]) == (value, unit)
        assert (await _kept(client, slot=slot, entered=entered)).status_code == 200
    facts = await centre.context.database.read(
        lambda connection: case_document(connection, CASE)["documents"][-1]["facts"]
    )
    assert facts[0]["value"] == value


async def test_a_place_without_a_name_in_the_case_is_said(centre: Centre) -> None:
    async with centre.client("manager") as client:
        read = await _read(client, "where", "罐区")
    assert (read["value"], read["unnamed"]) == (["罐区"], ["罐区"])


@pytest.mark.parametrize(
    ("other", "code", "field", "why"),
    [
        ({"slot": "colour"}, "bad_fact", "slot", "nothing"),
        ({"slot": "when", "entered": "九点"}, "bad_fact", "entered", "half_day"),
        ({"slot": "when", "entered": "2026-06-31"}, "bad_fact", "entered", "nothing"),
        ({"slot": "when", "entered": "8:30，9:30"}, "bad_fact", "entered", "several"),
        ({"slot": "how_many", "entered": "很多"}, "bad_fact", "entered", "nothing"),
        ({"slot": "how_many", "entered": "3个人，2台"}, "bad_fact", "entered", "several"),
        ({"slot": "whether", "entered": "也许"}, "bad_fact", "entered", "nothing"),
        ({"slot": "when", "entered": "9999-12-31 08:00-09:00"}, "bad_fact", "entered", "nothing"),
        ({"slot": "where", "entered": "，"}, "bad_fact", "entered", "nothing"),
        ({"entered": "，"}, "bad_fact", "entered", "nothing"),
        ({"entered": "不是李某"}, "bad_fact", "entered", "denied"),
        ({"entered": "赵六"}, "bad_fact", "entered", "nobody_known"),
        ({"entered": ""}, "bad_fact", "entered", "empty"),
        ({"entered": "李" * 200}, "bad_fact", "entered", "empty"),
        ({"quote": "  "}, "bad_fact", "quote", "length"),
        ({"quote": "字" * (QUOTE_MAX + 1)}, "bad_fact", "quote", "length"),
        ({"page": "页" * 41}, "bad_fact", "page", "length"),
        ({"name": ""}, "bad_fact", "name", "length"),
        ({"kind": "rumour"}, "bad_fact", "kind", "nothing"),
        ({"kind": "exhibit", "document": "ex-1"}, "unknown_document", None, None),
        ({"kind": "file", "document": "E99"}, "unknown_document", None, None),
        ({"point": "p99"}, "unknown_point", None, None),
        ({"person": "nobody"}, "unknown_person", None, None),
        ({"understood": {"value": ["张某"]}}, "fact_read_otherwise", None, None),
    ],
)
async def test_what_cannot_be_kept_is_refused_and_nothing_is_written(
    centre: Centre, other: dict[str, Any], code: str, field: str | None, why: str | None
) -> None:
    async with centre.client("manager") as client:
        body = {"understood": {"value": ["李某"]}} | PERMIT | other
        refused = (await client.post(FACTS, json=body)).json()
        assert (refused["code"], refused.get("field"), refused.get("why")) == (code, field, why)
        assert refused["detail"]
        assert (await client.get(FACTS)).json()["facts"] == []
    assert "fact.stated" not in centre.log.kinds()


async def test_what_no_calendar_has_is_refused_as_bad_input(centre: Centre) -> None:
    def last_day(writing: Writing) -> None:
        writing.execute(update(schema.case_file).values(incident_date="9999-12-31"))

    await centre.context.database.write(last_day)
    async with centre.client("manager") as client:
        refused = await _read(client, "when", "5月12日15:20")
    assert (refused["code"], refused["why"]) == ("bad_fact", "nothing")


async def test_an_exhibit_of_the_case_states_something(centre: Centre) -> None:
    async with centre.client("manager") as client:
        added = await client.post(
            f"/api/cases/{CASE}/exhibits",
            json={"title": "作业票", "data": base64.b64encode(png()).decode()},
        )
        exhibit = added.json()["id"]
        made = (await _kept(client, kind="exhibit", document=exhibit, name="permit")).json()
        assert (made["document"], made["kind"], made["name"]) == (exhibit, "exhibit", "作业票")


async def _records(centre: Centre, rooms: dict[str, str]) -> None:
    """A record of questioning of each room, as its entry leaves it."""

    def fill(writing: Writing) -> None:
        for number, (room, document) in enumerate(rooms.items(), 1):
            writing.execute(
                schema.record_document.insert().values(
                    id=document, session_id=f"s-{room}", case_id=CASE, room_id=room, version=1,
                    made_us=number, log_index=number,
                )
            )  # fmt: skip

    await centre.context.database.write(fill)


async def _bind(centre: Centre, role: str, room: str) -> None:
    bind = update(schema.account).where(schema.account.c.account == role).values(rooms=room)
    await centre.context.database.write(lambda writing: writing.connection.execute(bind))


@pytest.mark.parametrize(("room", "own"), [("room1", "BL-1"), ("room2", "BL-2"), ("room3", "")])
async def test_who_is_bound_to_rooms_reads_nothing_of_records_of_others(
    centre: Centre, room: str, own: str
) -> None:
    await _records(centre, {"room1": "BL-1", "room2": "BL-2"})
    async with centre.client("manager") as client:
        for document in ("BL-1", "BL-2"):
            gone = (await _kept(client, kind="record", document=document, entered="张某")).json()
            await client.post(f"{FACTS}/{gone['id']}/withdraw", json={})
            quote = f"{document}：是李某安排的"
            await _kept(client, kind="record", document=document, quote=quote)
        await _kept(client)
        everything = (await client.get(FACTS)).json()["facts"]
        assert len(everything) == 5
    await _bind(centre, "interviewer", room)
    async with centre.client("interviewer") as client:
        answer = await client.get(FACTS)
        seen = answer.json()["facts"]
    of_records = [one for one in seen if one["kind"] == "record"]
    assert [(one["document"], one["withdrawn_us"] is None) for one in of_records] == (
        [(own, True), (own, False)] if own else []
    )
    assert len(seen) == len(of_records) + 1  # what is of no record is everybody's who reads
    for document in {"BL-1", "BL-2"} - {own}:
        assert document not in answer.text


async def test_who_is_bound_to_rooms_keeps_and_withdraws_nothing_of_records_of_others(
    centre: Centre,
) -> None:
    await _records(centre, {"room1": "BL-1", "room2": "BL-2"})
    async with centre.client("manager") as client:
        other = (await _kept(client, kind="record", document="BL-2")).json()["id"]
        await _bind(centre, "manager", "room1")
        refused = [
            await _kept(client, kind="record", document="BL-2", entered="王某"),
            await client.post(f"{FACTS}/{other}/withdraw", json={}),
        ]
        assert [(one.status_code, one.json()["code"]) for one in refused] == (
            [(403, "wrong_room")] * 2
        )
        assert (await _kept(client, kind="record", document="BL-1")).status_code == 200
    kinds = centre.log.kinds()
    assert (kinds.count("fact.stated"), kinds.count("fact.withdrawn")) == (2, 0)


@pytest.mark.parametrize(
    "asked", ["Zhang, draft 1", "", "名" * (NAME_MAX + 1)], ids=["other", "empty", "long"]
)
async def test_a_document_has_its_own_name_whatever_it_is_called(
    centre: Centre, asked: str
) -> None:
    await _records(centre, {"room1": "BL-1"})
    async with centre.client("manager") as client:
        lexicon = {"documents": [{"id": "E4", "name": "动火作业票"}, {"id": "E5", "name": "台账"}]}
        put = await client.post(f"/api/cases/{CASE}/lexicon", json=lexicon)
        assert put.status_code == 200, put.text
        made = [
            (await _kept(client, kind=kind, document=document, name=asked)).json()
            for kind, document in (("record", "BL-1"), ("file", "E4"))
        ]
        assert [one["name"] for one in made] == ["BL-1", "动火作业票"]
        unnamed = (await client.get(FACTS)).json()["documents"]
        assert unnamed == [{"id": "E4", "name": "动火作业票"}, {"id": "E5", "name": "台账"}]
    stated = [body["name"] for kind, body in centre.log.entries if kind == "fact.stated"]
    assert stated == ["BL-1", "动火作业票"]


async def test_there_is_a_limit(centre: Centre) -> None:
    def fill(writing: Writing) -> None:
        for number in range(FACTS_MAX):
            writing.execute(
                schema.document_fact.insert().values(
                    case_id=CASE, id=f"f{number}", document="d", point_id="p1", value="[]",
                    stated_us=1, withdrawn_us=2, log_index=number,
                )
            )  # fmt: skip

    await centre.context.database.write(fill)
    async with centre.client("manager") as client:
        assert (await _kept(client)).json()["code"] == "too_many_facts"


async def test_somebody_a_document_is_about_keeps_being_it_under_another_name(
    centre: Centre,
) -> None:
    async with centre.client("manager") as client:
        made = (await _kept(client, entered="王某", person="li")).json()
        people = (await client.get(f"/api/cases/{CASE}")).json()["people"]
        wang = next(one["id"] for one in people if one["name"] == "王某")
        path = f"/api/cases/{CASE}/people/{wang}"
        assert (await client.post(f"{path}/remove", json={})).json()["code"] == "person_named"
        assert (await client.post(path, json={"name": "王守业"})).status_code == 200
        [fact] = (await client.get(FACTS)).json()["facts"]
        assert (fact["id"], fact["value"]) == (made["id"], ["王守业"])
        await client.post(f"{FACTS}/{made['id']}/withdraw", json={})
        assert (await client.post(f"{path}/remove", json={})).status_code == 200


async def test_a_place_and_a_tool_of_a_fact_are_called_what_the_case_calls_them_now(
    centre: Centre,
) -> None:
    async def call(client: httpx.AsyncClient, place: str, *others: str) -> None:
        places = [{"id": place, "aliases": list(others)}]
        equipment = [{"id": "检测仪", "en": ["gas detector"]}]
        lexicon = {"places": places, "equipment": equipment}
        assert (await client.post(f"/api/cases/{CASE}/lexicon", json=lexicon)).status_code == 200

    async def beside() -> list[Any]:
        """What the comparison is told, and what the page shows."""
        told = await centre.context.database.read(lambda c: case_document(c, CASE)["documents"])
        shown = (await client.get(FACTS)).json()["facts"]
        assert [one["facts"][0]["value"] for one in told] == [one["value"] for one in shown[::-1]]
        return [one["value"] for one in shown[::-1]]

    async with centre.client("manager") as client:
        await call(client, "2号罐")
        await _kept(client, slot="where", entered="2号罐、泵房")
        await _kept(client, slot="with_what", entered="gas detector")
        assert await beside() == [["2号罐", "泵房"], ["检测仪"]]
        await call(client, "二号储罐", "2号罐")
        assert await beside() == [["二号储罐", "泵房"], ["检测仪"]]
        await call(client, "二号储罐")  # the old name is no name of the case any more
        assert await beside() == [["2号罐", "泵房"], ["检测仪"]]


async def test_the_same_entries_give_the_same_rows(centre: Centre, tmp_path: Path) -> None:
    async with centre.client("manager") as client:
        made = (await _kept(client, entered="张某、李某")).json()
        await _kept(client, slot="how_many", entered="三人")
        await client.post(f"{FACTS}/{made['id']}/withdraw", json={"reason": "填错"})
    entries = [one for one in centre.log.entries if one[0].startswith("fact.")]
    seeded_database(tmp_path / "again.sqlite")
    table = schema.document_fact
    with Database(tmp_path / "again.sqlite") as again:
        for _ in range(2):  # taken twice it is the same
            for index, (kind, body) in enumerate(entries):
                again.write_now(taking(index, kind, body))
        rebuilt = again.read_now(lambda c: c.execute(select(table).order_by(table.c.id)).all())
    kept = await centre.context.database.read(
        lambda c: c.execute(select(table).order_by(table.c.id)).all()
    )
    of_the_log = ("stated_us", "withdrawn_us", "log_index")

    def plain(row: Any) -> dict[str, Any]:
        return {key: value for key, value in row._mapping.items() if key not in of_the_log}

    assert [plain(row) for row in rebuilt] == [plain(row) for row in kept]
    assert [row.withdrawn_us is None for row in rebuilt] == [
        row.withdrawn_us is None for row in kept
    ]
    assert msgspec.json.decode(rebuilt[0].people) in (["zhang", "li"], [])


async def test_testimony_beside_a_permit_that_comes_in_the_middle(web: Web) -> None:
    centre = web.centre
    async with web.desk("manager") as wall, centre.client("manager") as client:
        session = await centre.open_room("room1")
        say(centre, session, "room1", "这次作业是谁安排你去的", after_s=5, asks=True)
        say(centre, session, "room1", "是李某指派我去的", after_s=9)
        await until(wall, "cell", point="p1", person="zhang")
        await settled(centre)
        made = (await _kept(client, entered="王某", quote="作业负责人：王某")).json()
        found = (await until(wall, "difference", finding__kind="document"))["finding"]
        assert (found["tier"], found["point"], found["slot"]) == ("amber", "p1", "who_ordered")
        assert (found["a"]["person"], found["a"]["text"]) == ("zhang", "是李某指派我去的")
        assert (found["b"]["text"], found["b"]["value"]) == ("作业负责人：王某", "王某")
        assert found["b"]["reference"] == made["document"]
        await client.post(f"{FACTS}/{made['id']}/withdraw", json={})
        await settled(centre)
        case = (await client.get(f"/api/cases/{CASE}")).json()
    [document] = [one for one in case["differences"] if one["finding"]["kind"] == "document"]
    assert document["gone_us"]
    entries = [body for kind, body in centre.log.entries if kind.startswith("difference.")]
    assert len(entries) == 2
    assert "王某" not in str(entries)


async def test_a_statement_of_one_person_is_compared_with_theirs_only(web: Web) -> None:
    centre = web.centre
    async with web.desk("manager") as wall, centre.client("manager") as client:
        await _kept(client, entered="王某", person="li")
        session = await centre.open_room("room1")
        say(centre, session, "room1", "这次作业是谁安排你去的", after_s=5, asks=True)
        say(centre, session, "room1", "是李某指派我去的", after_s=9)
        await until(wall, "cell", point="p1", person="zhang")
        await settled(centre)
        case = (await client.get(f"/api/cases/{CASE}")).json()
    assert case["differences"] == []
