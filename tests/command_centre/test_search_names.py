"""Exhibits and documents found by name: what they are called, and who finds them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.db.tables.entries import NOTICE_SIGNED
from command_centre.desk.permissions import Caller
from command_centre.desk.search_names import NameRequest
from command_centre.errors import Rejected
from config.words import Role
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.pictures import png
from tests.command_centre.test_exhibits import added

NAMES = "/api/search/names"


async def _found(client: httpx.AsyncClient, words: str, **more: Any) -> list[dict[str, Any]]:
    answer = await client.get(NAMES, params={"q": words, **more})
    assert answer.status_code == 200, answer.text
    hits: list[dict[str, Any]] = answer.json()["hits"]
    return hits


def _titles(hits: list[dict[str, Any]]) -> list[str]:
    return ["".join(piece["text"] for piece in hit["pieces"]) for hit in hits]


async def _documents(centre: Centre, session: str) -> None:
    """A record in two versions, a package, a file and a statement of a document."""
    times = iter(range(1_000, 9_000))

    def put(writing: Writing) -> None:
        def row(table: Any, **values: Any) -> None:
            writing.execute(table.insert().values(**values))

        for version in (1, 2):
            row(
                schema.record_document,
                id=f"D{version}",
                session_id=session,
                case_id=CASE,
                room_id="room1",
                version=version,
                made_us=next(times),
                log_index=version,
            )
        row(
            schema.job,
            id="jb-1",
            kind="export",
            target_kind="case",
            target=CASE,
            state="done",
            created_us=next(times),
        )
        row(
            schema.export,
            id="ex-1",
            job_id="jb-1",
            case_id=CASE,
            reason="移送公安",
            file_name="2026-014.zip",
            created_us=next(times),
        )
        row(
            schema.upload,
            id="up-1",
            source_id="cam-02",
            room_id="site",
            case_id=CASE,
            session_id="",
            filename="执法记录仪0512.MP4",
            state="filed",
            created_us=next(times),
            changed_us=1,
        )
        row(
            schema.job,
            id="jb-2",
            kind="derive",
            target_kind="session",
            target=session,
            state="done",
            result='{"derived":"dv-1","reason":"保护未成年人"}',
            created_us=next(times),
        )
        row(
            schema.log_entry,
            log_index=900_001,
            session_id=session,
            kind="notice.signed",
            source_id="",
            t_us=next(times),
            summary=f'{{"document":"nt-1","notice":"interview/2","to_us":{next(times)}}}',
        )
        for fact in ("f1", "f2"):
            row(
                schema.document_fact,
                case_id=CASE,
                id=fact,
                kind="named",
                document="d-1",
                log_index=1,
                name="安全培训台账",
                point_id="p1",
                stated_us=next(times),
            )

    await centre.context.database.write(put)


async def test_exhibits_are_found_by_name_former_name_and_number(centre: Centre) -> None:
    async with centre.client("manager") as client:
        one = await added(client, "动火作业票复印件", png())
        await added(client, "现场照片", png(50, 60))
        [hit] = await _found(client, "作业票")
        assert (hit["kind"], hit["ref"], hit["case"]) == ("exhibit", one["id"], CASE)
        assert hit["pieces"] == [
            {"text": "动火", "hit": False},
            {"text": "作业票", "hit": True},
            {"text": "复印件", "hit": False},
        ]
        assert _titles(await _found(client, "证据2")) == ["现场照片"]
        assert _titles(await _found(client, "exhibit 2")) == ["现场照片"]
        await client.post(f"/api/exhibits/{one['id']}/rename", json={"title": "票证"})
        assert _titles(await _found(client, "复印件")) == ["票证"]
        assert await _found(client, "没有这个") == []
        assert await _found(client, "作业票 照片") == []  # no thing has both
        answer = await client.get(NAMES, params={"q": "照片", "limit": "1", "kind": "exhibit"})
        assert (answer.json()["total"], answer.json()["more"]) == (1, False)


async def test_documents_are_found_by_whose_and_what_they_are(centre: Centre) -> None:
    session = await centre.open_room("room1")
    await _documents(centre, session)
    async with centre.client("auditor") as client:
        [record] = await _found(client, "张某 笔录")
        assert record["ref"] == f"record:{session}:2"  # the newest version, once
        assert (record["person"], record["person_en"]) == ("张某", "Zhang")
        assert [hit["ref"] for hit in await _found(client, "zhang RECORD")] == [record["ref"]]
        assert [hit["ref"] for hit in await _found(client, "移送公安")] == ["package:ex-1"]
        assert [hit["ref"] for hit in await _found(client, "0512.mp4")] == ["upload:up-1"]
        assert [hit["ref"] for hit in await _found(client, "台账")] == ["stated:d-1"]
        [notice] = await _found(client, "张某 权利")
        assert (notice["ref"], notice["session"], notice["person_en"]) == (
            "notice:nt-1",
            session,
            "Zhang",
        )
        for words in ("张某告知书", "zhang notice", "notice of rights"):
            assert [hit["ref"] for hit in await _found(client, words)] == ["notice:nt-1"], words
        for words in ("未成年人", "遮挡副本", "redacted copy"):
            assert [hit["ref"] for hit in await _found(client, words)] == ["copy:dv-1"], words
        assert await _found(client, "台账", kind="exhibit") == []
        assert len(await _found(client, "台账", kind="document", case=CASE)) == 1
        assert await _found(client, "台账", case="case-nowhere") == []
        assert await _found(client, "移送", from_us="9000") == []
        assert await _found(client, "移送", to_us="1000") == []


async def test_only_what_somebody_reads_is_found(centre: Centre) -> None:
    session = await centre.open_room("room1")
    await _documents(centre, session)
    find = centre.context.name_search.find

    async def refs(caller: Caller, words: str) -> list[str]:
        return [hit.ref for hit in (await find(caller, NameRequest(words))).hits]

    whole = Caller(
        "a", "wu", "吴", Role.INTERVIEWER, frozenset(), "lo", cases={CASE: Role.INTERVIEWER}
    )
    bound = Caller(
        "a",
        "wu",
        "吴",
        Role.INTERVIEWER,
        frozenset({"room2"}),
        "lo",
        cases={CASE: Role.INTERVIEWER},
    )
    outsider = Caller("a", "x", "某", Role.MANAGER, frozenset(), "lo")
    assert await refs(whole, "移送") == []  # packages are of who audits
    assert await refs(whole, "遮挡") == []  # and so are redacted copies
    assert await refs(whole, "张某") == ["notice:nt-1", f"record:{session}:2"]
    assert await refs(whole, "台账") == ["stated:d-1"]
    for words in ("张某", "台账", "0512", "移送", "遮挡", "告知书"):
        assert await refs(bound, words) == []  # the record is of another room
        assert await refs(outsider, words) == []


@pytest.mark.parametrize("asked", [NameRequest(""), NameRequest("，。"), NameRequest("长" * 201)])
async def test_a_question_without_words_is_refused(centre: Centre, asked: NameRequest) -> None:
    caller = Caller("a", "lin", "林", Role.MANAGER, frozenset(), "lo", all_cases=True)
    with pytest.raises(Rejected, match="bad_search"):
        await centre.context.name_search.find(caller, asked)
    with pytest.raises(Rejected, match="bad_search"):
        await centre.context.name_search.find(caller, NameRequest("票", kind="utterance"))


async def test_signed_notices_are_found_without_reading_every_entry(centre: Centre) -> None:
    session, entry = schema.session, schema.log_entry
    asked = (
        select(entry.c.summary, session.c.id)
        .join(session, session.c.id == entry.c.session_id)
        .where(session.c.case_id.in_({CASE}), entry.c.kind == NOTICE_SIGNED)
        .order_by(entry.c.log_index.desc())
        .limit(20)
    ).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    plan = await centre.context.database.read(
        lambda connection: connection.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    )
    assert any("ix_log_entry_notice_signed" in row.detail for row in plan), plan
