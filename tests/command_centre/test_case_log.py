"""The log of a whole case: the list and its filters, entries with proofs, who looked at what."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from command_centre.db import schema
from command_centre.desk.case_log import ROUTINE, Question, list_lines
from evidence_store.merkle import leaf_hash, verify_inclusion
from tests.command_centre.centre import Centre
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import SOURCE, Audit
from tests.command_centre.test_audit import audit as audit
from tests.evidence_store.builder import SECOND, START_US

URL = f"/api/cases/{CASE}/log"


async def ask(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    answer = await client.get(URL, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_everything_of_a_case_in_one_list(audit: Audit) -> None:
    async with audit.client() as client:
        await audit.done(client, "/api/verifications", session=audit.session)
        whole = await ask(client, limit=500)
        facets = (await client.get(f"/api/cases/{CASE}/log-facets")).json()
        pages = [await ask(client, limit=7, offset=at) for at in range(0, whole["total"], 7)]
        upwards = await ask(client, limit=500, order="up")
    lines = whole["lines"]
    assert whole["total"] == len(lines) == facets["total"]
    assert {line["place"].partition(".")[0] for line in lines} == {"recorder-1", "centre"}
    assert {"session.open", "media.gap", "verify", "access.case"} <= {one["kind"] for one in lines}
    assert [line["t_us"] for line in lines] == sorted((one["t_us"] for one in lines), reverse=True)
    paged = [line["place"] for page in pages for line in page["lines"]]
    assert sorted(paged) == sorted(line["place"] for line in lines)
    assert len(set(paged)) == len(paged)
    assert [one["t_us"] for one in upwards["lines"]] == sorted(one["t_us"] for one in lines)
    assert facets["kinds"]["media.segment"] == 4
    assert facets["people"] == ["张某"]
    assert facets["logs"] == ["recorder-1", "centre"]


async def test_filters(audit: Audit) -> None:
    async with audit.client() as client:
        await audit.done(client, "/api/verifications", session=audit.session)
        who = (await client.get("/api/me")).json()["name"]
        facets = (await client.get(f"/api/cases/{CASE}/log-facets")).json()

        async def kinds(**params: Any) -> set[str]:
            return {line["kind"] for line in (await ask(client, limit=500, **params))["lines"]}

        assert await kinds(kinds="media.gap|verify") == {"media.gap", "verify"}
        assert "verify" in await kinds(by=who)
        assert "media.segment" not in await kinds(by=who)
        assert who in facets["by"]
        assert "media.segment" in await kinds(people="张某")
        assert await kinds(people="无此人") == set()
        assert "session.open" in await kinds(rooms="room1")
        assert "log.open" not in await kinds(rooms="room1")
        assert "session.open" not in await kinds(rooms="none")
        assert "log.open" in await kinds(rooms="none")
        assert "media.segment" not in await kinds(logs="centre")
        assert await kinds(source=SOURCE, kinds="media.gap|session.open") == {"media.gap"}
        assert await kinds(text="network") == {"media.gap"}
        assert await kinds(text="'%_\"") == set()
        assert await kinds(session="s-nowhere") == set()
        eventful = await kinds(without="routine")
        assert eventful == await kinds() - {*ROUTINE}
        assert {"session.open", "media.gap", "verify"} <= eventful
        assert await kinds(without="routine", kinds="media.segment|verify") == {"verify"}
        early = await kinds(from_us=START_US, to_us=START_US + SECOND)
        assert "session.open" in early
        assert "session.close" not in early
        wrong = await client.get(URL, params={"logs": "nothing"})
        long = await client.get(URL, params={"text": "x" * 101})
        many = await client.get(URL, params={"limit": 501})
        other = await client.get(URL, params={"without": "everything"})
    assert {one.json()["code"] for one in (wrong, long, many, other)} == {"malformed_request"}


async def test_an_entry_with_its_proof(audit: Audit, tmp_path: Path) -> None:
    async with audit.client() as client:
        lines = (await ask(client, limit=500))["lines"]
        opened = next(line for line in lines if line["kind"] == "session.open")
        centre = next(line for line in lines if line["place"].startswith("centre"))
        for line in (opened, centre):
            found = (await client.get(f"{URL}/{line['place']}")).json()
            leaf = leaf_hash(found["entry"].encode())
            assert leaf.hex() == found["leaf_hash"]
            path = [bytes.fromhex(one) for one in found["path"]]
            root = bytes.fromhex(found["root"])
            verify_inclusion(found["index"], found["size"], leaf, path, root)
            assert found["log"] in found["checkpoint"]
            assert found["line"] == line
        proved = (await client.get(f"{URL}/{opened['place']}")).json()
        answer = await client.get(f"{URL}/{opened['place']}/proof.zip")
        whole = await client.get(f"/api/sessions/{audit.session}/proofs.zip")
        refused = [
            await client.get(f"{URL}/{name}")
            for name in ("recorder-1.99999", "recorder-9.0", "centre.-1", "x.1", "recorder-1.0.0")
        ]
    assert proved["opened"]["people"][0]["name"] == "张某"
    assert "张某" not in proved["entry"]
    assert "张某" in proved["payload"]
    assert {one.json()["code"] for one in refused} == {"unknown_entry"}
    for answered, name in ((answer, "one.zip"), (whole, "whole.zip")):
        assert answered.headers["content-type"] == "application/zip"
        (tmp_path / name).write_bytes(answered.content)
        key = audit.store / "keys" / "recorder-1.pub.pem"
        command = [sys.executable, "-m", "command_centre.cli", "verify", "--key", str(key)]
        said = await asyncio.to_thread(
            subprocess.run,
            [*command, str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert said.returncode == 0, said.stdout + said.stderr
        assert "complete" in said.stdout
    assert audit.centre_kinds().count("access.case") == 3  # the list, and two downloads


async def test_another_cases_entry_is_none(audit: Audit) -> None:
    table = schema.session
    async with audit.client() as client:
        line = next(
            one for one in (await ask(client, limit=500))["lines"] if one["kind"] == "media.gap"
        )
        await audit.context.database.write(
            lambda writing: [
                writing.execute(schema.case_file.insert().values(id="other", number="o", name="o")),
                writing.execute(
                    table.update().where(table.c.id == audit.session).values(case_id="other")
                ),
            ]
        )
        answer = await client.get(f"{URL}/{line['place']}")
        proof = await client.get(f"{URL}/{line['place']}/proof.zip")
    assert answer.json()["code"] == proof.json()["code"] == "unknown_entry"


async def test_who_looked_at_what(audit: Audit) -> None:
    segment = f"/api/sessions/{audit.session}/sources/{SOURCE}/segment"
    async with audit.client() as client:
        who = (await client.get("/api/me")).json()["name"]
        await client.get(f"/api/sessions/{audit.session}")
        await client.get(segment, params={"at_us": START_US + 1})
        await audit.context.watching.sweep(everything=True)
        await ask(client)
        job = await audit.done(client, "/api/exports", case=CASE, reason="移送检察机关")
        await client.get(f"/api/exports/{job['result']['export']}/package.zip")
        access = (await client.get(f"/api/cases/{CASE}/access")).json()
    what = {look["what"] for look in access["looks"]}
    assert what == {"opened", "played", "taken", "exported"}
    played = next(look for look in access["looks"] if look["what"] == "played")
    assert (played["session"], played["source"]) == (audit.session, SOURCE)
    assert played["to_us"] is not None
    exported = next(look for look in access["looks"] if look["what"] == "exported")
    assert exported["note"] == "移送检察机关"
    (person,) = access["people"]
    assert person["name"] == who
    assert person["counts"] == {"opened": 2, "played": 1, "taken": 1, "exported": 1}
    assert {item["item"] for item in access["items"]} == {"session", "recording", "log", "package"}
    assert all(item["people"] == [who] for item in access["items"])


async def test_looks_come_page_by_page_none_is_left_out(audit: Audit) -> None:
    url = f"/api/cases/{CASE}/access"
    acts = [
        {
            "log_index": 1_000_000 + n,
            "kind": "access.search",
            "t_us": START_US + n,
            "case_id": CASE,
            "session_id": "",
            "by_account": "",
            "summary": msgspec.json.encode(
                {"case": CASE, "by_name": "沈某" if n % 2 else "", "query": f"词 {n}"}
            ).decode(),
        }
        for n in range(2100)
    ]
    await audit.context.database.write(lambda writing: writing.execute(schema.act.insert(), acts))
    async with audit.client() as client:

        async def page(**params: Any) -> dict[str, Any]:
            return dict((await client.get(url, params=params)).json())

        found: list[dict[str, Any]] = []
        while True:
            one = await page(limit=500, offset=len(found), whats="searched")
            found += one["looks"]
            if not one["looks"]:
                break
        assert one["total"] == len({look["place"] for look in found}) == 2100
        assert found[0]["from_us"] > found[-1]["from_us"]
        assert (await page(limit=1, whats="searched", order="up"))["looks"] == found[-1:]
        mine = await page(people="沈某", text="词 209", items="words")
        assert [look["note"] for look in mine["looks"]] == [
            f"词 {n}" for n in range(2099, 2090, -2)
        ] + ["词 209"]
        assert (await page(people="system"))["total"] >= 1050
        assert (await page(from_us=START_US, to_us=START_US + 10, whats="searched"))["total"] == 10
        by_person = await page(sort="person", order="up", whats="searched", limit=500)
        assert {look["by_name"] for look in by_person["looks"]} == {""}
        for wrong in ({"limit": 501}, {"sort": "colour"}, {"offset": -1}, {"text": "x" * 201}):
            assert (await page(**wrong))["code"] == "malformed_request"


async def test_a_verification_is_found_again(audit: Audit) -> None:
    url = f"/api/cases/{CASE}/verifications"
    async with audit.client() as client:
        assert (await client.get(url)).json() == {"verifications": []}
        await audit.done(client, "/api/verifications", session=audit.session)
        first = await audit.done(client, "/api/verifications", case=CASE)
        second = await audit.done(client, "/api/verifications", case=CASE)
        found = (await client.get(url)).json()["verifications"]
    assert [one["target_kind"] for one in found] == ["case", "session"]
    assert found[0]["job"] == second["id"] != first["id"]
    assert found[0]["verdict"] == "complete_with_gaps"
    assert found[0]["state"] == "done"


async def test_a_heartbeat_after_missing_ones_is_no_routine(centre: Centre) -> None:
    session = await centre.open_room("room1")
    rows = [
        {
            "log_index": 1_000_000 + missed,
            "session_id": session,
            "kind": "tick",
            "source_id": "",
            "t_us": START_US + missed,
            "summary": msgspec.json.encode({"n": 1 + missed, "missed": missed}).decode(),
        }
        for missed in (0, 40)
    ]
    await centre.context.database.write(
        lambda writing: writing.connection.execute(schema.log_entry.insert(), rows)
    )
    asked = Question(kinds=("tick",), routine=False)
    found = await centre.context.database.read(
        lambda connection: list_lines(connection, CASE, asked, offset=0, limit=100)
    )
    assert [line.summary["missed"] for line in found.lines] == [40]


@pytest.mark.slow
async def test_a_hundred_thousand_entries(centre: Centre) -> None:
    database = centre.context.database
    session = await centre.open_room("room1")
    summary = msgspec.json.encode({"source": "x", "start_us": 1, "note": "泵"}).decode()
    first = 1_000_000
    rows = [
        {
            "log_index": first + at,
            "session_id": session,
            "kind": "media.segment" if at % 100 else "utterance",
            "source_id": "x",
            "t_us": START_US + at,
            "summary": summary,
        }
        for at in range(100_000)
    ]
    await database.write(
        lambda writing: writing.connection.execute(schema.log_entry.insert(), rows)
    )
    begun = time.monotonic()
    page = await database.read(
        lambda connection: list_lines(connection, CASE, Question(), offset=90_000, limit=100)
    )
    asked = Question(kinds=("utterance",), text="泵")
    words = await database.read(
        lambda connection: list_lines(connection, CASE, asked, offset=0, limit=100)
    )
    took = time.monotonic() - begun
    print(f"two pages of 100,000 entries: {took:.2f} s")
    assert page.total > 100_000
    assert len(page.lines) == 100
    assert words.total == 1000


CENTRE_LOG_URL = "/api/centre-log"


async def test_what_belongs_to_no_case_has_a_log_of_its_own(audit: Audit) -> None:
    context = audit.context
    account = {"account": "ac-new", "role": "auditor", "by": "x", "name": "新来的", "by_name": "甲"}
    await context.log.append("account.create", account)
    await context.log.append("verify", {"target": "package pk1", "verdict": "altered", "by": "x"})
    await context.log.append(
        "access.search", {"case": "", "query": "水泵", "by": "x", "login": "l"}
    )
    found, facets = {}, {}
    for role in ("auditor", "administrator"):
        async with audit.client(role) as client:
            found[role] = (await client.get(CENTRE_LOG_URL, params={"limit": 500})).json()
            facets[role] = (await client.get(f"{CENTRE_LOG_URL}/facets")).json()
    kinds = {role: {one["kind"] for one in page["lines"]} for role, page in found.items()}
    assert {"account.create", "verify"} <= kinds["auditor"] & kinds["administrator"]
    assert not {"session.open", "media.segment", "export"} & kinds["auditor"]
    # what somebody looked for may be what somebody said
    assert "access.search" in kinds["auditor"]
    assert "access.search" not in kinds["administrator"]
    for role, page in found.items():
        assert page["total"] == len(page["lines"]) <= facets[role]["total"] + 1  # its own look
        assert set(facets[role]["logs"]) == {"recorder-1", "centre"}
    [search] = [one for one in found["auditor"]["lines"] if one["kind"] == "access.search"]
    lines = found["auditor"]["lines"]
    [created] = [one for one in lines if one["summary"].get("name") == "新来的"]
    async with audit.client("auditor") as client:
        of_case = {one["place"] for one in (await ask(client, limit=500))["lines"]}
        chosen = (await client.get(CENTRE_LOG_URL, params={"text": "新来的"})).json()
        nobody = (await client.get(CENTRE_LOG_URL, params={"people": "张某"})).json()
        proved = (await client.get(f"{CENTRE_LOG_URL}/{created['place']}")).json()
        archive = await client.get(f"{CENTRE_LOG_URL}/{created['place']}/proof.zip")
        foreign = await client.get(f"{CENTRE_LOG_URL}/{next(iter(of_case - _places(found)))}")
    assert [one["kind"] for one in chosen["lines"]] == ["account.create"]
    assert nobody["lines"] == []
    assert leaf_hash(proved["entry"].encode()).hex() == proved["leaf_hash"]
    assert archive.headers["content-type"] == "application/zip"
    assert foreign.json()["code"] == "unknown_entry"
    async with audit.client("administrator") as client:
        hidden = await client.get(f"{CENTRE_LOG_URL}/{search['place']}")
    assert hidden.json()["code"] == "unknown_entry"
    async with audit.client("manager") as client:
        assert (await client.get(CENTRE_LOG_URL)).json()["code"] == "forbidden"


def _places(found: dict[str, dict[str, Any]]) -> set[str]:
    return {one["place"] for page in found.values() for one in page["lines"]}
