"""Members of cases: who may say so, what is written down, what is gone at once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine

from command_centre.comparison import book_projection
from command_centre.db.accounts import memberships
from command_centre.db.database import Database
from command_centre.db.migrate import upgrade
from config.kinds import KINDS
from config.words import Role
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.two_cases import OTHER, two_cases
from tests.command_centre.web import DeskClient, serving


async def _id_of(centre: Centre, name: str) -> str:
    async with centre.client("administrator") as client:
        accounts = (await client.get("/api/accounts")).json()["accounts"]
    return str(next(one["id"] for one in accounts if one["account"] == name))


async def test_a_manager_adds_changes_and_removes(centre: Centre) -> None:
    await two_cases(centre)
    auditor = await _id_of(centre, "m-auditor")
    path = f"/api/cases/{OTHER}/members"
    async with centre.client("manager") as client:
        before = (await client.get(path)).json()
        assert before["may_manage"]
        assert auditor not in [one["id"] for one in before["members"]]
        candidate = next(one for one in before["candidates"] if one["id"] == auditor)
        assert candidate["roles"] == ["auditor"]
        put = await client.post(path, json={"member": auditor, "role": "auditor"})
        member = next(one for one in put.json()["members"] if one["id"] == auditor)
        assert (member["role"], member["member"]) == ("auditor", True)
        again = await client.post(path, json={"member": auditor, "role": "auditor"})
        assert again.status_code == 200
        refused = await client.post(path, json={"member": auditor, "role": "manager"})
        assert refused.json()["code"] == "bad_role"
        unknown = await client.post(path, json={"member": "ac-none", "role": "auditor"})
        assert unknown.json()["code"] == "unknown_account"
        gone = await client.post(f"{path}/{auditor}/remove", json={"reason": "调离"})
        assert auditor not in [one["id"] for one in gone.json()["members"]]
    acts = [(kind, body) for kind, body in centre.log.entries if kind.startswith("case.member")]
    assert [kind for kind, _ in acts] == ["case.member", "case.member_removed"]
    assert acts[-1][1]["reason"] == "调离"
    assert "reason" in KINDS["case.member_removed"].private


async def test_members_without_a_manager_may_only_read(centre: Centre) -> None:
    cookies = await two_cases(centre)
    path = f"/api/cases/{CASE}/members"
    for role in ("interviewer", "auditor"):
        async with centre.client() as client:
            client.cookies.set("duizhi_login", cookies[role])
            seen = (await client.get(path)).json()
            assert not seen["may_manage"]
            assert seen["candidates"] == []
            assert any(one["mine"] for one in seen["members"])
            put = await client.post(path, json={"member": "x", "role": "auditor"})
            assert put.json()["code"] == "forbidden"


async def test_an_administrator_says_who_works_but_reads_nothing(centre: Centre) -> None:
    await two_cases(centre)
    auditor = await _id_of(centre, "m-auditor")
    async with centre.client("administrator") as client:
        path = f"/api/cases/{OTHER}/members"
        put = await client.post(path, json={"member": auditor, "role": "auditor"})
        assert put.status_code == 200
        assert (await client.get(f"/api/cases/{OTHER}")).json()["code"] == "forbidden"
        own = await _id_of(centre, "administrator")
        refused = await client.post(path, json={"member": own, "role": "auditor"})
        assert refused.json()["code"] == "bad_role"


async def test_what_is_taken_away_is_gone_at_once(centre: Centre) -> None:
    cookies = await two_cases(centre)
    auditor = await _id_of(centre, "m-auditor")
    async with serving(centre) as web:
        cookie = {"Cookie": f"duizhi_login={cookies['auditor']}"}
        async with web.connect("/ws", None, additional_headers=cookie) as connection:
            desk = DeskClient(connection)
            await desk.send({"type": "hello", "protocol": 1, "case": CASE, "desk": "audit"})
            await desk.until("welcome")
            async with centre.client("manager") as client:
                await client.post(f"/api/cases/{CASE}/members/{auditor}/remove", json={})
            assert await desk.close_code() == 1012
        async with centre.client() as client:
            client.cookies.set("duizhi_login", cookies["auditor"])
            assert (await client.get(f"/api/cases/{CASE}")).json()["code"] == "unknown_case"
            assert (await client.get("/api/cases")).json()["cases"] == []


async def test_what_changed_beside_the_centre_ends_its_connections(centre: Centre) -> None:
    """As the command line does it: the row changes, nobody tells the running centre."""
    cookies = await two_cases(centre)
    caller = await centre.context.logins.caller_of(cookies["auditor"])
    assert caller is not None
    with centre.context.logins.connection(caller) as held:
        await centre.context.logins.close_ended()
        assert not held.ended.is_set()
        body = {"case": CASE, "member": caller.account_id}
        await centre.context.database.write(
            lambda writing: book_projection.take(writing, 500, 1, "case.member_removed", body)
        )
        await centre.context.logins.close_ended()
        assert held.ended.is_set()
        assert held.changed


async def test_seeing_all_cases_is_given_and_taken(centre: Centre) -> None:
    cookies = await two_cases(centre)
    auditor = await _id_of(centre, "m-auditor")
    async with centre.client() as client:
        client.cookies.set("duizhi_login", cookies["auditor"])
        for all_cases, seen in ((True, {CASE, OTHER}), (False, {CASE})):
            async with centre.client("administrator") as administrator:
                path = f"/api/accounts/{auditor}/reach"
                said = await administrator.post(path, json={"all_cases": all_cases})
                assert said.status_code == 200
            cases = (await client.get("/api/cases")).json()["cases"]
            assert {one["id"] for one in cases} == seen
    acts = [body["cases"] for kind, body in centre.log.entries if kind == "account.reach"]
    assert acts == ["all", "own"]


async def test_a_log_that_cannot_be_written_changes_nothing(centre: Centre) -> None:
    await two_cases(centre)
    auditor = await _id_of(centre, "m-auditor")
    centre.log.full = True
    async with centre.client("manager") as client:
        path = f"/api/cases/{OTHER}/members"
        put = await client.post(path, json={"member": auditor, "role": "auditor"})
        assert put.json()["code"] == "log_unavailable"
        listed = (await client.get(path)).json()["members"]
    assert auditor not in [one["id"] for one in listed]


async def test_evidence_is_offered_to_the_administrators_alone(centre: Centre) -> None:
    await two_cases(centre)
    async with centre.client("manager") as client:
        keepers = (await client.get(f"/api/cases/{OTHER}/custody")).json()["keepers"]
    names = {one["name"] for one in keepers}
    assert "administrator" in names
    assert not names & {"auditor", "all_auditor"}


async def test_the_same_entries_give_the_same_members(centre: Centre) -> None:
    steps = [
        ("case.member", {"case": CASE, "member": "ac-1", "role": "manager"}),
        ("case.member", {"case": CASE, "member": "ac-1", "role": "auditor"}),
        ("case.member", {"case": CASE, "member": "ac-2", "role": "interviewer"}),
        ("case.member_removed", {"case": CASE, "member": "ac-2"}),
        ("case.member", {"case": CASE, "member": "ac-3", "role": "administrator"}),
        ("case.member", {"case": CASE}),
        ("account.reach", {"id": "ac-none", "cases": "all"}),
    ]
    for _ in range(2):
        for index, (kind, body) in enumerate(steps, 700):
            await centre.context.database.write(
                lambda writing, index=index, kind=kind, body=body: book_projection.take(  # type: ignore[misc]
                    writing, index, 1, kind, body
                )
            )
        found = await centre.context.database.read(
            lambda connection: [memberships(connection, f"ac-{one}") for one in (1, 2, 3)]
        )
        assert found == [{CASE: Role.AUDITOR}, {}, {}]


def test_accounts_made_before_there_were_members_see_all_cases(tmp_path: Path) -> None:
    path = tmp_path / "centre.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    upgrade(engine, "0016")
    engine.dispose()
    with sqlite3.connect(path) as old:
        old.execute(
            "INSERT INTO account (id, account, name, role, password_hash, created_us)"
            " VALUES ('ac-old', 'lin', '林', 'manager', 'x', 1)"
        )
    with Database(path) as database:
        rows = database.read_now(
            lambda connection: connection.exec_driver_sql("SELECT all_cases FROM account").all()
        )
    assert [tuple(row) for row in rows] == [(1,)]


async def test_the_table_is_shown_as_it_is_checked(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        table = (await client.get("/api/permissions")).json()
    acts = {one["act"]: one for one in table["acts"]}
    assert acts["manage_members"]["roles"] == ["manager", "administrator"]
    assert "POST /api/cases/{case}/members" in acts["manage_members"]["opens"]
    assert acts["send_prompt"]["by_case"]
    assert "/ws prompt.send" in acts["send_prompt"]["opens"]
    assert not acts["administer"]["by_case"] or acts["administer"]["opens"]
    assert all(one["opens"] for one in table["acts"])
