"""Search through the API: the index follows the database, and shows what the caller may see."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text

from command_centre.cli import main
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.context import database_path
from command_centre.desk.search import FILE, Search, open_index
from command_centre.desk.search_feed import SearchFeed
from command_centre.search.index import State, Wanted
from command_centre.search.words import parse_query
from config.settings import to_toml
from tests.command_centre.centre import CASE, Centre, running_centre
from tests.command_centre.postgres import postgres


async def conversation(centre: Centre) -> dict[str, str]:
    """Three sentences in two rooms and a prompt."""
    one, two = await centre.open_room("room1"), await centre.open_room("room2")
    start = centre.clock.us
    say = centre.recorder.say
    say(one, "room1", "动火票是谁签的", start_us=start, speaker="interviewer", id="u-asked")
    say(one, "room1", "编号0117号票，是我签的", start_us=start + 2_000_000, id="u-said")
    say(two, "room2", "没有票", start_us=start + 4_000_000, id="u-none")
    body = {"prompt": "p-1", "group": "g", "point": None, "by": "ac", "by_name": "林某某"}
    body |= {"target_room": "room1", "text": "请核实票的编号"}
    centre.recorder.append("prompt.issued", body, session=one, room="room1", t_us=start + 5_000_000)
    await centre.settle()
    await centre.context.search.feed.catch_up()
    return {"room1": one, "room2": two}


async def ask(centre: Centre, role: str, q: str, **filters: object) -> dict[str, Any]:
    async with centre.client(role) as client:
        params = {"q": q, **{name: str(value) for name, value in filters.items()}}
        answer: httpx.Response = await client.get("/api/search", params=params)
    found: dict[str, Any] = answer.json()
    return found


def named(page: dict[str, Any]) -> list[str]:
    return [hit["ref"] for hit in page["hits"]]


async def test_a_hit_says_where_who_when_and_what_is_beside_it(centre: Centre) -> None:
    sessions = await conversation(centre)
    page = await ask(centre, "manager", "0117号票")
    assert page["total"] == 1
    assert page["building"] is None
    (hit,) = page["hits"]
    assert (hit["case"], hit["session"], hit["room"]) == (CASE, sessions["room1"], "room1")
    assert (hit["person"], hit["speaker"]) == ("张某", "interviewee")
    assert hit["t_us"] == centre.clock.us + 2_000_000
    assert hit["room_name"]
    assert hit["room_name_en"] == "Interview room 1"
    assert hit["person_en"] == "Zhang"
    assert hit["case_name"]
    assert hit["case_number"]
    assert [piece for piece in hit["pieces"] if piece["hit"]] == [{"text": "0117号票", "hit": True}]
    assert "".join(piece["text"] for piece in hit["pieces"]) == "编号0117号票，是我签的"
    assert hit["previous"]["text"] == "动火票是谁签的"
    assert hit["next"] is None


async def test_words_prompts_and_questions_are_found_and_filtered(centre: Centre) -> None:
    await conversation(centre)
    every = await ask(centre, "auditor", "票")
    assert named(every) == ["p-1", "u-none", "u-said", "u-asked"]
    assert [hit["person"] for hit in every["hits"]] == ["林某某", "李某", "张某", "吴某某"]
    start = centre.clock.us
    for filters, expected in (
        ({"room": "room2"}, ["u-none"]),
        ({"person": "张某"}, ["u-said"]),
        ({"kind": "prompt"}, ["p-1"]),
        ({"case": CASE, "from_us": start + 1000, "to_us": start + 4_000_000}, ["u-said"]),
        ({"case": "another"}, []),
    ):
        assert named(await ask(centre, "manager", "票", **filters)) == expected, filters


async def test_pages_follow_each_other(centre: Centre) -> None:
    await conversation(centre)
    first = await ask(centre, "manager", "票", limit=3)
    rest = await ask(centre, "manager", "票", limit=3, before=first["hits"][-1]["id"])
    assert named(first) + named(rest) == ["p-1", "u-none", "u-said", "u-asked"]
    assert (first["more"], rest["more"]) == (True, False)


async def test_who_is_bound_to_a_room_finds_what_was_said_there(centre: Centre) -> None:
    await conversation(centre)
    account = schema.account
    bound = account.update().where(account.c.role == "interviewer").values(rooms="room2")
    await centre.context.database.write(lambda w: w.execute(bound))
    assert named(await ask(centre, "interviewer", "票")) == ["u-none"]
    assert named(await ask(centre, "interviewer", "票", room="room1")) == []
    assert named(await ask(centre, "interviewer", "票", room="room2")) == ["u-none"]


async def test_looking_is_an_entry_once_for_each_query(centre: Centre) -> None:
    await conversation(centre)
    for query in ("票", "票", "证"):
        await ask(centre, "manager", query)
    first = await ask(centre, "manager", "票", limit=1)
    await ask(centre, "manager", "票", limit=1, before=first["hits"][-1]["id"])
    await ask(centre, "auditor", "票", case=CASE)
    entries = [body for kind, body in centre.log.entries if kind == "access.search"]
    assert [(body["query"], body["case"]) for body in entries] == [
        ("票", ""),
        ("证", ""),
        ("票", CASE),
    ]
    assert all(body["by"] and body["login"] for body in entries)


async def test_what_cannot_be_looked_for_is_said(centre: Centre) -> None:
    for query in ("", " ，。", "票" * 201):
        assert (await ask(centre, "manager", query))["code"] == "bad_search"
    assert (await ask(centre, "manager", "票", before="x"))["code"] == "malformed_request"


async def test_words_that_leave_the_database_leave_the_index(centre: Centre) -> None:
    await conversation(centre)
    path = centre.context.database.path.with_name(FILE)
    table = schema.utterance
    await centre.context.database.write(
        lambda w: w.execute(table.delete().where(table.c.id == "u-said"))
    )
    # not even before the index has taken notice
    assert "u-said" not in named(await ask(centre, "manager", "票"))
    await centre.context.search.feed.catch_up()
    assert named(await ask(centre, "manager", "0117")) == []
    files = b"".join(one.read_bytes() for one in path.parent.glob(FILE + "*"))
    assert "编号0117".encode() not in files
    await centre.context.database.write(
        lambda w: w.execute(table.update().where(table.c.id == "u-none").values(text="有票"))
    )
    await centre.context.search.feed.catch_up()
    assert named(await ask(centre, "manager", "没有")) == []
    assert named(await ask(centre, "manager", "有票")) == ["u-none"]
    assert await centre.context.search.feed.waiting() == 0


async def test_the_last_correction_is_found_beside_the_spoken_words(centre: Centre) -> None:
    sessions = await conversation(centre)

    async def correct(version: int, words: str) -> None:
        row = {"utterance_id": "u-none", "version": version, "text": words, "by_name": "林某某"}
        row |= {"by_account": "ac", "t_us": 1, "log_index": version, "reason": ""}
        insert = schema.correction.insert().values(**row)
        await centre.context.database.write(lambda w: w.execute(insert))
        await centre.context.search.feed.catch_up()

    await correct(1, "没有瓢")
    await correct(2, "没有表")
    assert named(await ask(centre, "manager", "瓢")) == []
    (hit,) = (await ask(centre, "manager", "没有表"))["hits"]
    assert (hit["kind"], hit["ref"], hit["session"]) == ("correction", "u-none", sessions["room2"])
    assert (hit["person"], hit["speaker"]) == ("李某", "interviewee")
    assert named(await ask(centre, "manager", "没有票")) == ["u-none"]
    await correct(3, "没有票")  # taken back
    assert [hit["kind"] for hit in (await ask(centre, "manager", "没有"))["hits"]] == ["utterance"]


async def test_hostile_words_are_text(centre: Centre) -> None:
    session = await centre.open_room("room1")
    said = "<img src=x onerror=alert(1)> 票'\"; DROP TABLE utterance"
    centre.recorder.say(session, "room1", said, start_us=centre.clock.us)
    await centre.settle()
    await centre.context.search.feed.catch_up()
    page = await ask(centre, "manager", "onerror DROP 票")
    assert "".join(piece["text"] for piece in page["hits"][0]["pieces"]) == said


@pytest.mark.parametrize("harm", ["missing", "damaged", "foreign", "triggers"])
async def test_an_index_that_cannot_be_used_is_made_again(tmp_path: Path, harm: str) -> None:
    async with running_centre(tmp_path) as centre:
        await conversation(centre)
        path = centre.context.database.path
    file = path.with_name(FILE)
    if harm == "missing":
        file.unlink()
    elif harm == "damaged":
        file.write_bytes(b"rubbish that is long enough to be a page" * 1000)
    elif harm == "foreign":
        index = open_index("", path)
        index.clear(State(generation=5))
        index.close()
    with Database(path) as database:
        if harm == "triggers":
            database.write_now(lambda w: w.execute(text("DROP TRIGGER search_utterance_insert")))
            table = schema.utterance
            said = select(table).where(table.c.id == "u-said")
            row = database.read_now(lambda c: c.execute(said).one()._asdict())
            new = {**row, "id": "u-new", "text": "后来的票"}
            database.write_now(lambda w: w.execute(table.insert().values(**new)))
        search = Search(database, open_index("", path), None)  # type: ignore[arg-type]
        assert await search.feed.step()
        assert await search.feed.progress() == 0
        await search.feed.catch_up()
        assert await search.feed.progress() is None
        found = search.feed.index.search(Wanted(parse_query("票")))
        assert found.total == (5 if harm == "triggers" else 4)
        search.close()


async def test_an_index_behind_what_was_forgotten_is_made_again(tmp_path: Path) -> None:
    """Another index took changes that this one never saw."""
    async with running_centre(tmp_path) as centre:
        await conversation(centre)
        other = open_index("", tmp_path / "other" / "x")
        feed = SearchFeed(centre.context.database, other)
        await feed.catch_up()
        before = other.state()
        await conversation_again(centre)
        await centre.context.search.feed.catch_up()
        assert await feed.step()
        assert other.state().scan
        assert other.state().change > before.change
        await feed.catch_up()
        assert other.state().change == centre.context.search.feed.index.state().change
        other.close()


async def conversation_again(centre: Centre) -> None:
    session = await centre.open_room("site")
    centre.recorder.say(session, "site", "再说一句", start_us=centre.clock.us)
    await centre.settle()


async def test_the_centre_follows_by_itself(centre: Centre) -> None:
    session = await centre.open_room("room1")
    centre.recorder.say(session, "room1", "乙炔瓶", start_us=centre.clock.us, id="u-late")
    async with asyncio.timeout(60):
        while named(await ask(centre, "manager", "乙炔")) != ["u-late"]:
            await asyncio.sleep(0.05)


async def test_with_postgresql_everything_is_the_same(tmp_path: Path) -> None:
    with postgres() as url:
        async with running_centre(tmp_path, settings={"search": {"url": url}}) as centre:
            await conversation(centre)
            every = await ask(centre, "manager", "票")
            assert named(every) == ["p-1", "u-none", "u-said", "u-asked"]
            assert named(await ask(centre, "manager", "0117号票", person="张某")) == ["u-said"]
            assert not centre.context.database.path.with_name(FILE).exists()
    async with running_centre(tmp_path, settings={"search": {"url": url}}, keep=True) as centre:
        assert (await ask(centre, "manager", "票"))["code"] == "search_unavailable"


def test_the_command_line_makes_the_index_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fill() -> None:
        async with running_centre(tmp_path) as centre:
            await conversation(centre)

    asyncio.run(fill())
    store = tmp_path / "store"
    config = tmp_path / "site.toml"
    config.write_text(to_toml({"store": {"directory": str(store)}}), encoding="utf-8")

    def call(*words: str) -> int:
        return main([*words, "--config", str(config)])

    database_path(store).with_name(FILE).unlink()
    assert call("search", "status") == 1
    assert call("search", "rebuild") == 0
    assert call("search", "status") == 0
    assert "完整 complete" in capsys.readouterr().out
    assert main(["search", "status", "--config", str(config.with_name("none.toml"))]) == 2


async def test_records_and_notes_are_found_line_by_line(centre: Centre) -> None:
    sessions = await conversation(centre)
    one, path = sessions["room1"], f"/api/sessions/{sessions['room1']}/record"
    moment = centre.clock.us + 1_000_000
    lines: list[dict[str, Any]] = [
        {"kind": "q", "text": "你在哪里上班", "t_us": moment},
        {"kind": "a", "text": "在恒顺油库维修班", "t_us": moment + 1},
        {"kind": "n", "text": "（出示证据四）"},
    ]
    async with centre.client("interviewer") as client:
        header = (await client.get(path)).json()["header"]

        async def save(base: int, kept: list[dict[str, Any]]) -> None:
            body = {"base": base, "header": header, "lines": kept}
            answer = await client.post(f"{path}/text", json=body)
            assert answer.status_code == 200, answer.text
            await centre.context.search.feed.catch_up()

        await save(0, lines)
        (hit,) = (await ask(centre, "manager", "恒顺油库"))["hits"]
        assert (hit["kind"], hit["ref"]) == ("record_line", f"{one}.1")
        assert (hit["case"], hit["session"], hit["room"]) == (CASE, one, "room1")
        assert (hit["person"], hit["t_us"]) == ("The interviewer", moment + 1)
        assert named(await ask(centre, "manager", "证据四")) == [f"{one}.2"]
        # another version: what was changed is found as it is now, what is gone is not
        await save(1, [{**lines[0], "text": "你在哪个单位上班"}])
        assert named(await ask(centre, "manager", "恒顺油库")) == []
        assert named(await ask(centre, "manager", "哪个单位")) == [f"{one}.0"]
        assert named(await ask(centre, "manager", "哪里上班")) == []
        opened_us = (await centre.context.sessions.find(one)).opened_us
        note = {"session": one, "at_us": opened_us, "text": "这里提到了隔油池"}
        kept = (await client.post(f"/api/cases/{CASE}/notes", json=note)).json()["notes"]
        await centre.context.search.feed.catch_up()
        (hit,) = (await ask(centre, "auditor", "隔油池", kind="note"))["hits"]
        assert (hit["ref"], hit["room"], hit["session"]) == (kept[-1]["id"], "room1", one)
        await client.post(f"/api/cases/{CASE}/notes/{kept[-1]['id']}/withdraw")
        await centre.context.search.feed.catch_up()
        assert named(await ask(centre, "auditor", "隔油池")) == []


async def test_a_save_tells_the_index_of_the_lines_that_changed_only(centre: Centre) -> None:
    session = (await conversation(centre))["room1"]
    path = f"/api/sessions/{session}/record"
    lines = [{"kind": "a", "text": f"第{number}句"} for number in range(200)]
    feed = centre.context.search.feed
    async with centre.client("interviewer") as client:
        header = (await client.get(path)).json()["header"]
        await client.post(f"{path}/text", json={"base": 0, "header": header, "lines": lines})
        await feed.catch_up()
        count = schema.search_change
        before = await centre.context.database.read(
            lambda reading: reading.execute(select(func.max(count.c.id))).scalar()
        )
        lines[7]["text"] = "第七句改过"
        await client.post(f"{path}/text", json={"base": 1, "header": header, "lines": lines})
        waiting = await centre.context.database.read(
            lambda reading: (
                reading.execute(select(count.c.ref).where(count.c.id > (before or 0)).distinct())
                .scalars()
                .all()
            )
        )
    assert waiting == [f"{session}.7"]


async def test_records_of_others_are_not_found(centre: Centre) -> None:
    """The same rule as for words: rooms an account is bound to, cases it is a member of."""
    session = (await conversation(centre))["room2"]

    def put(writing: Any) -> None:
        line = {"id": f"{session}.0", "case_id": CASE, "session_id": session, "room_id": "room2"}
        writing.execute(schema.record_line.insert().values(**line, text="隔壁的笔录", t_us=1))
        note = {"id": "n-1", "case_id": CASE, "session_id": session, "source_id": "", "at_us": 1}
        values = {**note, "text": "隔壁的备注", "made_us": 1, "log_index": 1}
        writing.execute(schema.note.insert().values(**values))
        account = schema.account
        mine = account.c.account == "interviewer"
        writing.execute(account.update().where(mine).values(rooms="room1"))

    await centre.context.database.write(put)
    await centre.context.search.feed.catch_up()
    assert len(named(await ask(centre, "manager", "隔壁"))) == 2
    assert named(await ask(centre, "interviewer", "隔壁")) == []
    assert (await ask(centre, "interviewer", "隔壁"))["total"] == 0
    assert (await ask(centre, "administrator", "隔壁"))["code"] == "forbidden"
