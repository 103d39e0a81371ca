"""Who attends beside the officers: named, changed, taken off; entries first, rows after."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from command_centre.comparison import book_projection
from command_centre.db import schema
from command_centre.desk.attendants import ATTENDANTS_MAX, DETAIL_MAX
from command_centre.desk.record_header import first_header
from command_centre.desk.record_text import signers_of
from command_centre.desk.session_people import people_of
from command_centre.record.content import PAGE_SIGNERS_MAX, Header
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


async def test_a_witness_attends_an_inspection_and_signs_its_record(centre: Centre) -> None:
    assert "a duty on a site" in (await put(centre, "site", QIN))["detail"]
    officer = await put(centre, "site", {**TIAN, "name": "吴某某"})
    assert "officer of this case" in officer["detail"]
    assert (await put(centre, "site", TIAN))["attendants"] == [TIAN]
    session = await centre.open_room("site")
    assert (await put(centre, "site", TIAN, BAI))["attendants"] == [TIAN, BAI]
    summary = await centre.context.sessions.find(session)
    said = Header(name="赵某", interviewers="马某某")

    def read(connection: Any) -> list[tuple[str, str]]:
        return [(one.key, one.name) for one in signers_of(connection, summary, said)]

    assert await centre.context.database.read(read) == [
        ("p", "赵某"),
        ("a1", "白某"),
        ("o1", "马某某"),
        ("a2", "田某"),
    ]


@pytest.mark.parametrize("said", ["市应急局监察员吴某某和马某某", "吴某某渭执A0021、马某某同志"])
async def test_nobody_who_inspected_is_left_out_of_the_record(centre: Centre, said: str) -> None:
    session = await centre.open_room("site")
    summary = await centre.context.sessions.find(session)

    def read(connection: Any) -> list[str]:
        header = Header(name="赵某", interviewers=said)
        return [one.name for one in signers_of(connection, summary, header)]

    assert await centre.context.database.read(read) == ["赵某", "吴某某", "马某某"]


async def test_a_longer_name_of_the_case_is_not_an_officer_s(centre: Centre) -> None:
    await put(centre, "site", {**TIAN, "name": "吴某某某"})
    session = await centre.open_room("site")
    summary = await centre.context.sessions.find(session)
    said = Header(name="赵某", interviewers="吴某某某、马某某（某支队）")

    def read(connection: Any) -> list[str]:
        return [one.name for one in signers_of(connection, summary, said) if not one.attends]

    assert await centre.context.database.read(read) == ["赵某", "马某某"]


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
    async with centre.client("manager") as client:
        review = (await client.get(f"/api/cases/{CASE}/review?sessions={session}")).json()
    assert review["attending"] == {session: [BAI, LU]}


async def officers(centre: Centre, room: str, *named: tuple[str, str, str]) -> dict[str, Any]:
    """The answer to saying which officers are there."""
    body = {"officers": [{"name": n, "certificate": c, "duty": d} for n, c, d in named]}
    async with centre.client("manager") as client:
        said: dict[str, Any] = (await client.post(f"/api/rooms/{room}/officers", json=body)).json()
    return said


WU, MA = ("吴某某", "渭执A0021", "interviewer"), ("马某某", "渭执A0034", "clerk")


async def test_nobody_asks_and_attends_in_one_session_whoever_left(centre: Centre) -> None:
    """Otherwise an officer attests a refusal to sign as if they were a witness from outside."""
    await centre.open_room("room1")
    await officers(centre, "room1", WU)  # the clerk has left
    asked = await put(centre, "room1", {**TIAN, "name": "马某某"})
    assert asked["code"] == "bad_attendants"
    await put(centre, "room1", TIAN)
    here = await officers(centre, "room1", WU, (TIAN["name"], "渭执A0055", "clerk"))
    assert (here["code"], here["status"]) == ("attends_here", 409)
    await put(centre, "room1")  # the witness has left, and still is one of the session's
    left = await officers(centre, "room1", WU, (TIAN["name"], "渭执A0055", "clerk"))
    assert left["code"] == "attends_here"
    await put(centre, "room1", mistaken=[TIAN["name"]])
    said = await officers(centre, "room1", WU, (TIAN["name"], "渭执A0055", "clerk"))
    assert [one["name"] for one in said["officers"]] == ["吴某某", TIAN["name"]]


async def test_who_attends_is_not_questioned_there(centre: Centre) -> None:
    await put(centre, "room1", {**TIAN, "name": "王某"})
    async with centre.client("manager") as client:
        said = (await client.post("/api/rooms/room1/person", json={"person": "wang"})).json()
        assert said["code"] == "attends_here"
        there = (await client.post("/api/rooms/room2/person", json={"person": "wang"})).json()
    assert there["person"] == "wang"


async def test_no_session_opens_between_the_look_and_the_entry(centre: Centre) -> None:
    async with centre.context.sessions.turn("room1"):
        naming = asyncio.create_task(put(centre, "room1", BAI))
        await asyncio.sleep(0.05)
        assert entries(centre) == []
        changing = asyncio.create_task(officers(centre, "room1", WU))
        await asyncio.sleep(0.05)
        assert not [kind for kind, _ in centre.log.entries if kind == "room.officers"]
    assert (await naming)["attendants"] == [BAI]
    assert len((await changing)["officers"]) == 1


async def test_a_name_is_one_however_it_is_spaced(centre: Centre) -> None:
    twice = await put(centre, "room1", BAI, {**QIN, "name": "白 某"})
    asks = await put(centre, "room1", {**TIAN, "name": "吴 某某"})
    on_site = await put(centre, "site", {**TIAN, "name": "马\u3000某某"})
    assert {one["code"] for one in (twice, asks, on_site)} == {"bad_attendants"}
    await put(centre, "room1", TIAN)
    here = await officers(centre, "room1", WU, ("田 某", "渭执A0055", "clerk"))
    assert here["code"] == "attends_here"
    assert (await officers(centre, "room1", WU, ("吴某 某", "渭执A0055", "clerk")))["code"] == (
        "bad_officers"
    )


async def test_who_attends_on_site_is_no_officer_of_the_case(centre: Centre) -> None:
    asked = ("田 某", "渭执A0055", "clerk")
    await put(centre, "site", TIAN)
    assert (await officers(centre, "room1", WU, asked))["code"] == "attends_here"
    session = await centre.open_room("site")
    await put(centre, "site")  # has left, and signs the record of the inspection
    assert (await officers(centre, "room1", WU, asked))["code"] == "attends_here"
    await centre.context.sessions.close(session, "x", "")
    assert len((await officers(centre, "room1", WU, asked))["officers"]) == 2
    summary = await centre.context.sessions.find(session)

    def read(connection: Any) -> list[tuple[str, str]]:
        header = Header(name="赵某", interviewers="吴某某、田某")
        return [(one.name, one.role) for one in signers_of(connection, summary, header)]

    assert await centre.context.database.read(read) == [
        ("赵某", "interviewee"),
        ("吴某某", "interviewer"),
        ("田某", "attesting_witness"),
    ]


async def test_a_name_is_struck_only_from_the_log_of_an_open_session(centre: Centre) -> None:
    await put(centre, "room1", BAI)
    said = await put(centre, "room1", mistaken=["白某"])
    assert (said["code"], said["status"]) == ("no_open_session", 409)
    assert len(await in_room(centre, "room1")) == 1


async def test_who_attends_today_did_not_attend_a_session_that_says_nothing_of_it(
    centre: Centre,
) -> None:
    await put(centre, "room1", BAI)
    session = await centre.open_room("room1")
    table, database = schema.session, centre.context.database
    older = table.update().where(table.c.id == session).values(people="")
    await database.write(lambda w: w.execute(older).rowcount)
    assert ("白某", "interpreter") in await people_now(centre, session)
    await centre.context.sessions.close(session, "x", "")
    people = await people_now(centre, session)
    assert [role for _, role in people] == ["interviewee", "interviewer", "clerk"]
    async with centre.client("manager") as client:
        review = (await client.get(f"/api/cases/{CASE}/review?sessions={session}")).json()
    assert review["attending"] == {session: []}


async def test_a_list_that_somebody_else_changed_is_not_written_over(centre: Centre) -> None:
    read = (await put(centre, "room1", BAI))["attendants_version"]
    now = await put(centre, "room1", BAI, QIN, version=read)
    late = await put(centre, "room1", BAI, LU, version=read)
    assert (late["code"], late["status"]) == ("attendants_changed", 409)
    assert [one["name"] for one in await in_room(centre, "room1")] == ["白某", "秦某"]
    assert (await put(centre, "room1", BAI, QIN, version=read))["attendants"] == [BAI, QIN]
    assert (await put(centre, "room1", version=now["attendants_version"]))["attendants"] == []


async def test_who_left_is_offered_to_be_taken_off_as_a_mistake(centre: Centre) -> None:
    session = await centre.open_room("room1")
    await put(centre, "room1", BAI, QIN)
    assert (await put(centre, "room1", QIN))["former"] == [BAI]
    said = await put(centre, "room1", QIN, mistaken=["白某"])
    assert (said["former"], said["attendants"]) == ([], [QIN])
    assert ("白某", "interpreter") not in await people_now(centre, session)
    await centre.context.sessions.close(session, "x", "")
    assert (await put(centre, "room1"))["former"] == []


async def test_so_many_sign_each_page_of_a_session_who_left_included(centre: Centre) -> None:
    await centre.open_room("room1")
    guards = [{**QIN, "name": f"秦{n}"} for n in range(PAGE_SIGNERS_MAX)]
    await put(centre, "room1", *guards[:4])
    await put(centre, "room1", *guards[4:7], LU, TIAN)  # the person questioned is the eighth
    more = await put(centre, "room1", *guards[4:8])
    assert (more["code"], more["status"]) == ("page_signers_full", 409)
    assert "9 would sign each page" in more["detail"]
    await put(centre, "room1", *guards[4:7], mistaken=["秦0"])
    assert len((await put(centre, "room1", *guards[4:8]))["attendants"]) == 4


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


async def test_nobody_comes_back_to_attend_where_they_now_sit_as_an_officer(centre: Centre) -> None:
    await put(centre, "room1", {**TIAN, "name": "何某某"}, BAI)
    witness, interpreter = (one["id"] for one in await in_room(centre, "room1"))
    async with centre.client("manager") as client:
        await client.post(f"/api/cases/{CASE}/rooms/room1/free", json={})
        await officers(centre, "room2", ("何某某", "渭执A0099", "clerk"))
        detail = (await client.get(f"/api/cases/{CASE}")).json()
        [he] = [o["id"] for r in detail["rooms"] for o in r["officers"] if o["name"] == "何某某"]
        await officers(centre, "room2", WU)
        again = {"officers": [he], "attendants": [witness, interpreter]}
        await client.post(f"/api/cases/{CASE}/rooms", json={"room": "room1", "again": again})
    assert [one["name"] for one in await in_room(centre, "room1")] == ["白某"]


async def test_nobody_comes_back_to_attend_on_a_site_of_whose_case_they_are_an_officer(
    centre: Centre,
) -> None:
    await put(centre, "site", TIAN, BAI)
    before = [one["id"] for one in await in_room(centre, "site")]
    async with centre.client("manager") as client:
        await client.post(f"/api/cases/{CASE}/rooms/site/free", json={})
        await officers(centre, "room2", WU, ("田 某", "渭执A0099", "clerk"))
        again = {"room": "site", "again": {"attendants": before}}
        await client.post(f"/api/cases/{CASE}/rooms", json=again)
    assert [one["name"] for one in await in_room(centre, "site")] == ["白某"]


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
