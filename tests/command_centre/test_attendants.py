"""Who attends beside the officers: named, changed, taken off; entries first, rows after."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from command_centre.comparison import book_projection
from command_centre.db import schema
from command_centre.desk.attendants import ATTENDANTS_MAX, DETAIL_MAX
from command_centre.desk.record_header import first_header
from command_centre.desk.record_text import signers_of
from command_centre.desk.session_people import people_of
from command_centre.record.content import Header
from config.kinds import KINDS
from tests.command_centre.centre import CASE, Centre

BAI = {"name": "白某", "duty": "interpreter", "detail": "某翻译公司"}
QIN = {"name": "秦某", "duty": "guardian", "detail": "父亲"}
LU = {"name": "陆某", "duty": "lawyer", "detail": "某律师事务所"}
TIAN = {"name": "田某", "duty": "attesting_witness", "detail": ""}


async def put(
    centre: Centre, room: str, *attendants: dict[str, str], role: str = "manager", **more: Any
) -> dict[str, Any]:
    """The answer to saying who attends."""
    body = {"attendants": list(attendants), **more}
    async with centre.client(role) as client:
        said: dict[str, Any] = (
            await client.post(f"/api/rooms/{room}/attendants", json=body)
        ).json()
    return said


async def in_room(centre: Centre, room: str) -> list[dict[str, Any]]:
    """Who attends there, as the case page is told."""
    async with centre.client("manager") as client:
        detail = (await client.get(f"/api/cases/{CASE}")).json()
    [found] = [one for one in detail["rooms"] if one["id"] == room]
    return list(found["attendants"])


def entries(centre: Centre) -> list[dict[str, Any]]:
    return [body for kind, body in centre.log.entries if kind == "room.attendants"]


async def test_attendants_are_named_and_a_repeat_writes_nothing(centre: Centre) -> None:
    said = await put(centre, "room1", BAI, QIN)
    assert said["attendants"] == [BAI, QIN]
    assert (await put(centre, "room1", BAI, QIN))["attendants"] == [BAI, QIN]
    [entry] = entries(centre)
    assert entry["roles"] == ["interpreter", "guardian"]
    assert entry["by_name"] == "The manager"
    assert set(KINDS["room.attendants"].private) == {"attendants", "by_name"}
    before = await in_room(centre, "room1")
    await put(centre, "room1")
    assert await in_room(centre, "room1") == []
    await put(centre, "room1", BAI, QIN)
    assert await in_room(centre, "room1") == before  # the same people, not new ones
    changed = {**BAI, "detail": "另一家公司"}
    assert (await put(centre, "room1", changed, role="interviewer"))["attendants"] == [changed]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": " "}, "a name has"),
        ({"name": "长" * 41}, "a name has"),
        ({"name": "换\n行"}, "a name has"),
        ({"detail": "长" * (DETAIL_MAX + 1)}, "unit or relation"),
        ({"duty": "officer"}, "a duty is one of interpreter, guardian"),
        ({"name": "白某"}, "twice"),
        ({"name": "张某"}, "sits in this room already"),
        ({"name": "吴某某"}, "sits in this room already"),
    ],
)
async def test_what_cannot_attend_is_refused(
    centre: Centre, change: dict[str, str], word: str
) -> None:
    said = await put(centre, "room1", BAI, {**QIN, **change})
    assert said["code"] == "bad_attendants"
    assert word in said["detail"]
    assert entries(centre) == []


async def test_rooms_take_so_many_and_only_their_own(centre: Centre) -> None:
    many = [{**LU, "name": f"陆{n}"} for n in range(ATTENDANTS_MAX + 1)]
    assert (await put(centre, "room1", *many))["code"] == "bad_attendants"
    assert len((await put(centre, "room1", *many[1:]))["attendants"]) == ATTENDANTS_MAX
    assert (await put(centre, "site", BAI))["code"] == "room_site"
    assert (await put(centre, "nowhere", BAI))["code"] == "unknown_room"
    there_and_not = await put(centre, "room1", BAI, mistaken=["白某"])
    assert there_and_not["code"] == "bad_attendants"


async def test_an_attendant_is_in_one_room_at_a_time(centre: Centre) -> None:
    await put(centre, "room2", BAI)
    session = await centre.open_room("room2")
    assert (await put(centre, "room1", BAI))["code"] == "attendant_elsewhere"
    await centre.context.sessions.close(session, "x", "")
    assert (await put(centre, "room1", BAI))["attendants"] == [BAI]
    assert await in_room(centre, "room2") == []


async def test_a_session_names_who_attends_from_its_opening(centre: Centre) -> None:
    await put(centre, "room1", BAI, TIAN)
    session = await centre.open_room("room1")
    summary = await centre.context.sessions.find(session)

    def read(connection: Any) -> tuple[list[tuple[str, str]], Header]:
        signers = signers_of(connection, summary, Header())
        return [(one.key, one.role) for one in signers], first_header(connection, summary, 1)

    signers, header = await centre.context.database.read(read)
    assert signers == [
        ("p", "interviewee"),
        ("a1", "interpreter"),
        ("o1", "interviewer"),
        ("o2", "clerk"),
        ("a2", "attesting_witness"),
    ]
    assert header.interpreter == "白某（某翻译公司）"
    assert header.others == "见证人田某"
    assert header.guardian == ""


async def test_who_left_stays_and_who_never_was_there_does_not(centre: Centre) -> None:
    await put(centre, "room1", BAI)
    session = await centre.open_room("room1")
    await put(centre, "room1", BAI, QIN, LU, role="interviewer")
    await put(centre, "room1", BAI, QIN, LU)  # a repeat: neither log has it twice
    [told] = centre.recorder.bodies("attendants.changed")
    assert [one["name"] for one in told["attendants"]] == ["白某", "秦某", "陆某"]
    assert told["roles"] == ["interpreter", "guardian", "lawyer"]
    assert told["by_name"] == "The interviewer"
    assert set(KINDS["attendants.changed"].private) == {"attendants", "mistaken", "by_name"}
    await put(centre, "room1", LU, mistaken=["秦某", "无人"])  # 白某 left, 秦某 never was there
    told = centre.recorder.bodies("attendants.changed")[-1]
    assert told["mistaken"] == ["秦某"]  # only whom the session's log had named
    people = await people_now(centre, session)
    assert people[-2:] == [("白某", "interpreter"), ("陆某", "lawyer")]
    await centre.context.sessions.close(session, "x", "")
    await put(centre, "room1", TIAN)
    assert await people_now(centre, session) == people


async def people_now(centre: Centre, session: str) -> list[tuple[str, str]]:
    summary = await centre.context.sessions.find(session)
    found = await centre.context.database.read(lambda c: people_of(c, summary))
    return [(one.name, one.role) for one in found]


async def test_a_room_taken_back_empties_and_comes_back_with_them(centre: Centre) -> None:
    await put(centre, "room1", BAI, LU)
    before = await in_room(centre, "room1")
    async with centre.client("manager") as client:
        await client.post(f"/api/cases/{CASE}/rooms/room1/free", json={})
        again = {"attendants": [*(one["id"] for one in before), "nobody"]}
        await client.post(f"/api/cases/{CASE}/rooms", json={"room": "room1", "again": again})
    assert await in_room(centre, "room1") == before


async def test_the_same_entries_give_the_same_attendants(centre: Centre) -> None:
    await put(centre, "room1", BAI, QIN)
    await put(centre, "room2", QIN, TIAN)
    await put(centre, "room1", LU)
    async with centre.client("manager") as client:
        await client.post(f"/api/cases/{CASE}/rooms/room2/free", json={})
    table, database = schema.attendant, centre.context.database

    def rows(connection: Any) -> dict[str, tuple[str, str, str | None]]:
        found = connection.execute(select(table))
        return {row.id: (row.name, row.duty, row.room_id) for row in found}

    after = await database.read(rows)
    assert {name: room for name, _, room in after.values()} == {
        "白某": None,
        "秦某": None,
        "田某": None,
        "陆某": "room1",
    }
    acts = [one for one in centre.log.entries if one[0].startswith("room.")]
    place = schema.room.update().where(schema.room.c.id == "room2").values(case_id=CASE)
    await database.write(lambda w: (w.execute(place), w.execute(table.delete())))
    for _ in range(2):
        await database.write(lambda w: w.execute(place).rowcount)
        for index, (kind, body) in enumerate(acts):
            await database.write(
                lambda writing, index=index, kind=kind, body=body: book_projection.take(  # type: ignore[misc]
                    writing, index, 1, kind, body
                )
            )
        assert await database.read(rows) == after
