"""Who sits in a room: seated, taken out, officers named and changed; entries first, rows after."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from command_centre.comparison import book_projection
from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.cases import read_case
from command_centre.desk.record_text import signers_of
from command_centre.desk.seats import OFFICERS_MAX
from command_centre.desk.session_people import people_of
from command_centre.record.content import Header
from config.kinds import KINDS
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.two_cases import OTHER, two_cases

WU = {"name": "吴某某", "certificate": "渭执A0021", "duty": "interviewer"}
MA = {"name": "马某某", "certificate": "渭执A0034", "duty": "clerk"}
SUN = {"name": "孙某某", "certificate": "渭执A0017", "duty": "interviewer"}
NEW = {"name": "何某某", "certificate": "渭执A0099", "duty": "clerk"}


class Desk:
    """One role at the routes of seats."""

    def __init__(self, centre: Centre, role: str = "manager") -> None:
        self.centre, self.role = centre, role

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        async with self.centre.client(self.role) as client:
            answer = await client.post(path, json=body)
        return answer.status_code, answer.json()

    async def seat(self, room: str, person: str) -> dict[str, Any]:
        status, said = await self.post(f"/api/rooms/{room}/person", {"person": person})
        assert status in (200, said.get("status")), said
        return said

    async def officers(self, room: str, *officers: dict[str, str]) -> dict[str, Any]:
        _, said = await self.post(f"/api/rooms/{room}/officers", {"officers": list(officers)})
        return said

    async def room(self, room: str) -> dict[str, Any]:
        async with self.centre.client("manager") as client:
            detail = (await client.get(f"/api/cases/{CASE}")).json()
        return next(dict(one) for one in detail["rooms"] if one["id"] == room)

    def entries(self, *kinds: str) -> list[dict[str, Any]]:
        return [body for kind, body in self.centre.log.entries if kind in kinds]


async def test_somebody_is_seated_moves_and_is_taken_out(centre: Centre) -> None:
    desk = Desk(centre)
    said = await desk.seat("room1", "wang")
    assert said["person"] == "wang"
    where = {one["id"]: one["room"] for one in said["people"]}
    assert where == {"zhang": "", "li": "room2", "wang": "room1"}
    said = await desk.seat("room1", "li")  # comes over: nobody sits in two rooms
    assert {one["id"]: one["room"] for one in said["people"]}["li"] == "room1"
    assert (await desk.room("room2"))["person"] is None
    assert (await desk.seat("room1", "li"))["person"] == "li"
    assert (await desk.seat("room1", ""))["person"] == ""
    assert (await desk.seat("room1", ""))["person"] == ""
    [wang, li] = desk.entries("room.seated")  # a repeat wrote nothing
    assert (wang["from_person"], wang["name"]) == ("zhang", "王某")
    assert (li["from_person"], li["from_room"], li["by_name"]) == ("wang", "room2", "The manager")
    [vacated] = desk.entries("room.vacated")
    assert vacated["from_person"] == "li"
    assert {"name", "by_name"} == set(KINDS["room.seated"].private)


async def test_what_cannot_sit_is_refused(centre: Centre) -> None:
    desk, before = Desk(centre), len(centre.log.entries)
    assert (await desk.seat("room1", "nobody"))["code"] == "unknown_person"
    assert (await desk.seat("site", "wang"))["code"] == "room_site"
    [officer] = [one for one in (await desk.room("room1"))["officers"] if one["name"] == "吴某某"]
    assert (await desk.seat("room2", officer["id"]))["code"] == "unknown_person"
    session = await centre.open_room("room1")
    for person in ("wang", ""):
        assert (await desk.seat("room1", person))["code"] == "person_kept"
    assert (await desk.seat("room2", "zhang"))["code"] == "person_elsewhere"
    assert len(centre.log.entries) == before
    await centre.context.sessions.close(session, "x", "")
    assert (await desk.seat("room2", "zhang"))["person"] == "zhang"
    async with centre.client("administrator") as client:
        await client.post("/api/rooms/room1/free", json={})
    assert (await desk.seat("room1", "wang"))["code"] == "room_free"


async def test_a_person_of_another_case_is_nobody_here(centre: Centre) -> None:
    await two_cases(centre)
    values = {"case_id": OTHER, "id": "foreign", "kind": "party", "name": "别案某"}
    await centre.context.database.write(
        lambda writing: writing.execute(schema.person.insert().values(**values)).rowcount
    )
    assert (await Desk(centre).seat("room1", "foreign"))["code"] == "unknown_person"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": " "}, "a name has"),
        ({"name": "长" * 41}, "a name has"),
        ({"certificate": ""}, "a certificate has"),
        ({"certificate": "1" * 41}, "a certificate has"),
        ({"duty": "guard"}, "a duty is one of"),
        ({"name": "吴某某"}, "twice"),
        ({"certificate": "渭执A0021"}, "twice"),
    ],
)
async def test_officers_are_named_with_their_certificates(
    centre: Centre, change: dict[str, str], word: str
) -> None:
    said = await Desk(centre).officers("room1", WU, {**NEW, **change})
    assert said["code"] == "bad_officers"
    assert word in said["detail"]


async def test_officers_come_and_go_and_are_known_again(centre: Centre) -> None:
    desk = Desk(centre)
    said = await desk.officers("room1", WU, NEW)
    assert said["officers"] == [WU, NEW]
    offers = {one["name"]: one["room"] for one in said["offers"]}
    assert (offers["马某某"], offers["何某某"]) == ("", "room1")
    assert "The interviewer" in offers  # an account that is no officer of the case yet
    assert "The auditor" not in offers
    assert (await desk.officers("room1", WU, NEW))["officers"] == [WU, NEW]
    assert len(desk.entries("room.officers")) == 1
    before = (await desk.room("room1"))["officers"]
    await desk.officers("room1")
    assert (await desk.room("room1"))["officers"] == []
    await desk.officers("room1", WU, NEW)
    assert (await desk.room("room1"))["officers"] == before  # the same people, not new ones
    many = [{**NEW, "name": f"何{n}", "certificate": f"c{n}"} for n in range(OFFICERS_MAX + 1)]
    assert (await desk.officers("room1", *many))["code"] == "bad_officers"
    assert (await desk.officers("site", WU, MA))["code"] == "room_site"
    # one alone is how it is until the second one comes; the check list says what is missing
    assert (await desk.officers("room1", WU))["officers"] == [WU]


async def test_an_officer_is_in_one_room_at_a_time(centre: Centre) -> None:
    desk = Desk(centre)
    session = await centre.open_room("room2")
    assert (await desk.officers("room1", WU, SUN))["code"] == "officer_elsewhere"
    await centre.context.sessions.close(session, "x", "")
    assert (await desk.officers("room1", WU, SUN))["officers"] == [WU, SUN]
    assert (await desk.room("room2"))["officers"] == []


async def test_accounts_offer_their_certificate(centre: Centre) -> None:
    table, database = schema.account, centre.context.database
    mine = update(table).where(table.c.account == "interviewer")
    await database.write(lambda w: w.execute(mine.values(certificate="渭执A0055")).rowcount)
    async with centre.client("interviewer") as client:
        found = (await client.get("/api/rooms/room1/seats")).json()["offers"]
    offered = {one["name"]: one["certificate"] for one in found}
    assert offered["The interviewer"] == "渭执A0055"
    locked = update(table).where(table.c.account == "interviewer").values(disabled_us=1)
    await database.write(lambda w: w.execute(locked).rowcount)
    async with centre.client("manager") as client:
        found = (await client.get("/api/rooms/room1/seats")).json()["offers"]
    assert "The interviewer" not in {one["name"] for one in found}


async def test_who_asks_may_change_while_a_session_runs(centre: Centre) -> None:
    """An entry of the session too; who asked before stays one of those who sign."""
    desk = Desk(centre, "interviewer")
    session = await centre.open_room("room1")
    await desk.officers("room1", WU, NEW)
    [told] = centre.recorder.bodies("officers.changed")
    assert [one["name"] for one in told["officers"]] == ["吴某某", "何某某"]
    assert told["by_name"] == "The interviewer"
    await desk.officers("room1", WU, NEW)  # a repeat: neither log has it twice
    assert len(centre.recorder.bodies("officers.changed")) == 1
    assert set(KINDS["officers.changed"].private) == {"officers", "by_name"}
    summary = await centre.context.sessions.find(session)

    def signers(connection: Any) -> list[tuple[str, str, str]]:
        header = _header(summary.person_name)
        return [(one.key, one.name, one.role) for one in signers_of(connection, summary, header)]

    assert await centre.context.database.read(signers) == [
        ("p", "张某", "interviewee"),
        ("o1", "吴某某", "interviewer"),
        ("o2", "马某某", "clerk"),
        ("o3", "何某某", "clerk"),
    ]


async def test_who_was_there_stays_when_others_sit_down(centre: Centre) -> None:
    desk = Desk(centre)
    session = await centre.open_room("room1")
    await centre.context.sessions.close(session, "x", "")
    await desk.seat("room1", "wang")
    await desk.officers("room1", SUN, NEW)
    async with centre.client("administrator") as client:
        await client.post("/api/rooms/room1/free", json={})
    summary = await centre.context.sessions.find(session)
    people = await centre.context.database.read(lambda c: people_of(c, summary))
    assert [(one.name, one.role, one.id) for one in people] == [
        ("张某", "interviewee", "zhang"),
        ("吴某某", "interviewer", "a0021"),
        ("马某某", "clerk", "a0034"),
    ]
    assert summary.person == "zhang"


async def test_a_room_taken_back_by_mistake_comes_back_with_its_people(centre: Centre) -> None:
    desk = Desk(centre)
    before = await desk.room("room1")
    rooms = f"/api/cases/{CASE}/rooms"
    await desk.post(f"{rooms}/room1/free", {})
    async with centre.client("manager") as client:
        detail = (await client.get(f"/api/cases/{CASE}")).json()
    assert {one["id"]: one["room"] for one in detail["people"]}["zhang"] is None
    again = {"person": before["person"], "officers": [one["id"] for one in before["officers"]]}
    await desk.post(rooms, {"room": "room1", "again": again})
    assert await desk.room("room1") == before
    # who sits elsewhere by then stays there
    await desk.post(f"{rooms}/room1/free", {})
    await desk.seat("room2", "zhang")
    await desk.post(rooms, {"room": "room1", "again": {**again, "officers": ["zhang", "nobody"]}})
    room = await desk.room("room1")
    assert (room["person"], room["officers"]) == (None, [])
    # and without a word of it nobody sits there
    await desk.post(f"{rooms}/room2/free", {})
    await desk.post(rooms, {"room": "room2"})
    assert (await desk.room("room2"))["person"] is None


async def test_the_same_entries_give_the_same_seats(centre: Centre) -> None:
    desk = Desk(centre)
    before = await _rows(centre)
    await desk.seat("room1", "wang")
    await desk.officers("room1", WU, NEW)
    await desk.seat("room2", "zhang")
    await desk.officers("room2", NEW, SUN)
    await desk.post(f"/api/cases/{CASE}/rooms/room1/free", {})
    again = {"person": "wang", "officers": ["a0021"]}
    await desk.post(f"/api/cases/{CASE}/rooms", {"room": "room1", "again": again})
    await desk.seat("room2", "")
    after = await _rows(centre)
    acts = [one for one in centre.log.entries if one[0].startswith("room.")]
    await centre.context.database.write(lambda writing: _put_back(writing, before))
    for _ in range(2):  # once more changes nothing: entries say how it is, not what is other
        for index, (kind, body) in enumerate(acts):
            await centre.context.database.write(
                lambda writing, index=index, kind=kind, body=body: book_projection.take(  # type: ignore[misc]
                    writing, index, 1, kind, body
                )
            )
        assert _seats(await _rows(centre)) == _seats(after)


async def test_a_case_view_says_where_everybody_is(centre: Centre) -> None:
    await Desk(centre).seat("room1", "wang")
    view = await centre.context.database.read(lambda c: read_case(c, CASE))
    assert {one.id: one.room for one in view.people} == {
        "zhang": None,
        "li": "room2",
        "wang": "room1",
    }


def _header(name: str) -> Any:
    return Header(name=name)


async def _rows(centre: Centre) -> dict[str, list[dict[str, Any]]]:
    def read(connection: Any) -> dict[str, list[dict[str, Any]]]:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in (schema.room, schema.person)
        }

    return await centre.context.database.read(read)


def _put_back(writing: Writing, rows: dict[str, list[dict[str, Any]]]) -> None:
    known = {row["id"] for row in rows["person"]}
    writing.execute(schema.person.delete().where(schema.person.c.id.not_in(known)))
    for table in (schema.room, schema.person):
        for row in rows[table.name]:
            writing.execute(update(table).where(table.c.id == row["id"]).values(**row))


def _seats(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "rooms": {row["id"]: (row["case_id"], row["person_id"]) for row in rows["room"]},
        "people": {row["id"]: (row["name"], row["duty"], row["room_id"]) for row in rows["person"]},
    }
