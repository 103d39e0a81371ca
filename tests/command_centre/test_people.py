"""People of a case put right and taken off; points retired and asked again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from command_centre.comparison import book_projection
from command_centre.comparison.feed import _people_of_sessions
from command_centre.comparison.lexicon import (
    CaseLexicon,
    DocumentFact,
    LexiconDocument,
    LexiconTerm,
    with_person,
)
from command_centre.comparison.read import kept_lexicon
from command_centre.db import schema
from config.kinds import KINDS
from tests.command_centre.centre import CASE, Centre

PEOPLE = f"/api/cases/{CASE}/people"
ZHANG = {"name": "张某", "name_en": "Zhang", "post": "气割工", "role": "涉案人员"}


async def _post(centre: Centre, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    async with centre.client("manager") as client:
        answer = await client.post(path, json=body or {})
    return dict(answer.json())


async def _get(centre: Centre, path: str) -> dict[str, Any]:
    async with centre.client("manager") as client:
        return dict((await client.get(path)).json())


async def _person(centre: Centre, person: str) -> dict[str, Any]:
    people = (await _get(centre, f"/api/cases/{CASE}"))["people"]
    return next(dict(one) for one in people if one["id"] == person)


async def _standing(centre: Centre, person: str) -> dict[str, Any]:
    people = (await _get(centre, f"/api/cases/{CASE}/overview"))["people"]
    return next(dict(one) for one in people if one["person"] == person)


def _kinds(centre: Centre) -> list[str]:
    return [kind for kind, _ in centre.log.entries if kind.startswith("person.")]


async def test_a_person_is_put_right_and_stays_the_same_person(centre: Centre) -> None:
    heard: list[str] = []
    centre.context.book.listen(heard.append)
    session = await centre.open_room("room1")
    changed = {**ZHANG, "name": " 章某 ", "name_en": "Zhang M", "aliases": ["小章", "小章", " "]}
    await _post(centre, f"{PEOPLE}/zhang", changed)
    assert (await _person(centre, "zhang"))["name"] == "章某"
    standing = await _standing(centre, "zhang")
    assert (standing["aliases"], standing["sessions"]) == (["小章"], 1)
    # the session keeps the name of its time and is theirs all the same
    summary = await centre.context.sessions.find(session)
    assert (summary.person_name, summary.person) == ("张某", "zhang")
    names = await centre.context.database.read(lambda c: _people_of_sessions(c, CASE))
    assert names[session] == "章某"
    lexicon = await centre.context.database.read(lambda c: kept_lexicon(c, CASE))
    assert lexicon.people[0] == LexiconTerm(id="章某", aliases=("小章",), en=("Zhang M",))
    assert heard == [CASE]
    await _post(centre, f"{PEOPLE}/zhang", {**changed, "aliases": None})
    await _post(centre, f"{PEOPLE}/zhang", changed)
    assert _kinds(centre) == ["person.changed"]  # a repeat, and aliases not given, write nothing
    assert "aliases" in KINDS["person.changed"].private


@pytest.mark.parametrize(
    ("person", "change", "code"),
    [
        ("nobody", {}, "unknown_person"),
        ("a0021", {}, "unknown_person"),  # an officer
        ("zhang", {"name": " "}, "bad_text"),
        ("zhang", {"post": "长" * 81}, "bad_text"),
        ("zhang", {"name": "李某"}, "person_known"),
        ("zhang", {"name": "李" * 61}, "bad_lexicon"),
        ("zhang", {"aliases": [f"a{n}" for n in range(60)]}, "bad_lexicon"),
    ],
)
async def test_what_a_person_cannot_be(
    centre: Centre, person: str, change: dict[str, Any], code: str
) -> None:
    said = await _post(centre, f"{PEOPLE}/{person}", {**ZHANG, **change})
    assert said["code"] == code
    assert _kinds(centre) == []


async def test_somebody_on_whom_nothing_depends_is_taken_off(centre: Centre) -> None:
    gone = await _post(centre, f"{PEOPLE}/wang/remove")
    assert [one["person"] for one in gone["people"]] == ["zhang", "li"]
    assert (await _post(centre, f"{PEOPLE}/wang/remove"))["code"] == "unknown_person"
    # adding them again undoes it
    again = await _post(centre, PEOPLE, {"name": "王某", "post": "安全员"})
    assert len(again["people"]) == 3
    assert _kinds(centre) == ["person.removed", "person.add"]


async def test_who_is_needed_stays_and_the_refusal_says_why(centre: Centre) -> None:
    assert (await _post(centre, f"{PEOPLE}/zhang/remove"))["code"] == "person_seated"
    session = await centre.open_room("room1")
    await centre.context.sessions.close(session, "x", "")
    await _post(centre, "/api/rooms/room1/person", {"person": ""})
    assert (await _post(centre, f"{PEOPLE}/zhang/remove"))["code"] == "person_heard"
    fact = DocumentFact(point="p1", slot="when", value="2026-05-12", person="王某")
    document = LexiconDocument(id="d", name="考勤表", facts=(fact,))
    lexicon = await centre.context.database.read(lambda c: kept_lexicon(c, CASE))
    kept = msgspec.structs.replace(lexicon, documents=(document,))
    table = schema.case_lexicon
    content = msgspec.json.encode(kept).decode()
    await centre.context.database.write(
        lambda w: w.execute(table.update().values(content=content)).rowcount
    )
    assert (await _post(centre, f"{PEOPLE}/wang/remove"))["code"] == "person_named"
    assert _kinds(centre) == []


async def test_the_same_entries_give_the_same_people(centre: Centre) -> None:
    await _post(centre, f"{PEOPLE}/zhang", {**ZHANG, "name": "章某", "aliases": ["小章"]})
    await _post(centre, f"{PEOPLE}/wang/remove")
    before = await _get(centre, f"/api/cases/{CASE}/overview")
    for index, (kind, body) in enumerate(centre.log.entries):
        if kind.startswith("person."):
            await centre.context.database.write(
                lambda writing, index=index, kind=kind, body=body: book_projection.take(  # type: ignore[misc]
                    writing, index, 1, kind, body
                )
            )
    assert await _get(centre, f"/api/cases/{CASE}/overview") == before


def test_a_new_name_goes_through_the_lexicon() -> None:
    fact = DocumentFact(point="p1", slot="when", value="x", person="张某")
    other = msgspec.structs.replace(fact, person="李某")
    lexicon = CaseLexicon(
        people=(LexiconTerm(id="张某", en=("Zhang", "Mr Zhang")), LexiconTerm(id="李某")),
        documents=(LexiconDocument(id="d", name="表", facts=(fact, other)),),
    )
    term = LexiconTerm(id="章某", aliases=("小章",), en=("Zhang M",))
    found = with_person(lexicon, "张某", term, "Zhang")
    put = LexiconTerm(id="章某", aliases=("小章",), en=("Zhang M", "Mr Zhang"))
    assert found.people == (put, LexiconTerm(id="李某"))
    assert [one.person for one in found.documents[0].facts] == ["章某", "李某"]
    assert with_person(CaseLexicon(), "张某", term).people == (term,)
    bare = msgspec.structs.replace(term, aliases=())
    assert with_person(CaseLexicon(), "张某", bare) == CaseLexicon()


async def test_a_retired_point_is_asked_again(centre: Centre) -> None:
    path = f"/api/cases/{CASE}/points/p1"
    assert (await _post(centre, f"{path}/retire", {"reason": "问清了"}))["retired_us"]
    for _ in range(2):
        assert "retired_us" not in await _post(centre, f"{path}/resume")
    kinds = [kind for kind, _ in centre.log.entries if kind.startswith("point.")]
    assert kinds[-2:] == ["point.retired", "point.resumed"]
    unknown = await _post(centre, f"/api/cases/{CASE}/points/p9/resume")
    assert unknown["code"] == "unknown_point"
