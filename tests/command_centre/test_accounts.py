"""Accounts as administrators keep them: what they may do, what is written down, who must stay."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from command_centre.comparison import book_projection
from config.kinds import KINDS
from tests.command_centre.centre import CASE, PASSWORD, Centre

PATH = "/api/accounts"
NEW = {"account": "zhao", "name": "赵某", "role": "interviewer"}
GOOD = "three blind mice 47"


async def _row(client: httpx.AsyncClient, account: str) -> dict[str, Any]:
    rows = (await client.get(PATH)).json()["accounts"]
    return next(one for one in rows if one["account"] == account)


async def _log_in(centre: Centre, account: str, password: str) -> httpx.Response:
    async with centre.client() as client:
        return await client.post("/api/login", json={"account": account, "password": password})


async def test_an_account_is_made_by_invitation(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        made = (await client.post(PATH, json=NEW)).json()["id"]
        row = await _row(client, "zhao")
        assert (row["has_password"], row["invited_until_us"], row["last_login_us"]) == (
            False,
            None,
            None,
        )
        assert (await _log_in(centre, "zhao", "")).json()["code"] == "wrong_password"
        first = (await client.post(f"{PATH}/{made}/invite", json={})).json()
        code = (await client.post(f"{PATH}/{made}/invite", json={})).json()["code"]
        assert (await _row(client, "zhao"))["invited_until_us"]
    async with centre.client() as person:
        over = await person.post("/api/invitation", json={"code": first["code"]})
        assert (over.status_code, over.json()["code"]) == (410, "invitation_over")
        whom = (await person.post("/api/invitation", json={"code": code})).json()
        assert (whom["account"], whom["name"]) == ("zhao", "赵某")
        said = {"code": code, "password": "1234567890"}
        weak = await person.post("/api/invitation/accept", json=said)
        assert (weak.json()["code"], weak.json()["why"]) == ("weak_password", "common")
        done = await person.post("/api/invitation/accept", json={**said, "password": GOOD})
        assert done.json() == {"account": "zhao"}
        twice = await person.post("/api/invitation/accept", json={**said, "password": GOOD})
        assert twice.json()["code"] == "invitation_over"
    assert (await _log_in(centre, "zhao", GOOD)).status_code == 200
    async with centre.client("administrator") as client:
        row = await _row(client, "zhao")
        assert (row["has_password"], row["invited_until_us"], row["logins"]) == (True, None, 1)
        assert row["last_login_us"]
    entries = str(centre.log.entries)
    assert code not in entries
    assert GOOD not in entries
    kinds = [kind for kind in centre.log.kinds() if kind.startswith("account.")]
    assert kinds[-4:] == [
        *("account.create", "account.invited", "account.invited"),
        "account.password",
    ]
    created = next(body for kind, body in centre.log.entries if body.get("account") == "zhao")
    assert created["by_name"] == "The administrator"


async def test_an_invitation_ends_with_time_and_with_the_account(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        made = (await client.post(PATH, json=NEW)).json()["id"]
        code = (await client.post(f"{PATH}/{made}/invite", json={})).json()["code"]
        await client.post(f"{PATH}/{made}/lock", json={})
        refused = await client.post(f"{PATH}/{made}/invite", json={})
        assert refused.json()["code"] == "account_disabled"
        over = await client.post("/api/invitation", json={"code": code})
        assert over.json()["code"] == "invitation_over"
        await client.post(f"{PATH}/{made}/unlock", json={})
        code = (await client.post(f"{PATH}/{made}/invite", json={})).json()["code"]
        centre.clock.forward(73 * 3600)
        late = await client.post("/api/invitation", json={"code": code})
        assert late.json()["code"] == "invitation_over"


async def test_a_locked_account_opens_nothing(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        row = await _row(client, "manager")
        path = f"{PATH}/{row['id']}"
        for _ in range(2):
            assert (await client.post(f"{path}/lock", json={})).status_code == 200
        async with centre.client("manager") as person:
            assert (await person.get("/api/me")).json()["code"] == "login_required"
        locked = await _log_in(centre, "manager", PASSWORD)
        assert (locked.status_code, locked.json()["code"]) == (423, "account_disabled")
        wrong = await _log_in(centre, "manager", "something else")
        assert wrong.json()["code"] == "wrong_password"  # says nothing to a stranger
        assert (await _row(client, "manager"))["disabled_us"]
        await client.post(f"{path}/unlock", json={})
        assert (await _log_in(centre, "manager", PASSWORD)).status_code == 200
        assert (await _row(client, "manager"))["disabled_us"] is None
    kinds = [kind for kind in centre.log.kinds() if kind.endswith("locked")]
    assert kinds == ["account.locked", "account.unlocked"]


async def test_wrong_passwords_are_forgiven_by_an_administrator(centre: Centre) -> None:
    for _ in range(5):
        await _log_in(centre, "auditor", "wrong wrong wrong")
    assert (await _log_in(centre, "auditor", PASSWORD)).json()["code"] == "account_locked"
    async with centre.client("administrator") as client:
        row = await _row(client, "auditor")
        assert row["locked_until_us"]
        await client.post(f"{PATH}/{row['id']}/unlock", json={})
        assert (await _row(client, "auditor"))["locked_until_us"] is None
    assert (await _log_in(centre, "auditor", PASSWORD)).status_code == 200


async def test_another_role_is_in_force_at_once(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        row = await _row(client, "manager")
        change = f"{PATH}/{row['id']}/change"
        said = {"name": "改了", "role": "interviewer", "rooms": ["room2"]}
        assert (await client.post(change, json=said)).status_code == 200
        async with centre.client("manager") as person:
            assert (await person.get("/api/me")).json()["role"] == "interviewer"
            refused = await person.post("/api/rooms/room1/session", json={})
            assert refused.json()["code"] == "wrong_room"
        await client.post(change, json=said)  # the same: nothing is written
        none = await client.post(change, json={**said, "rooms": ["cellar"]})
        assert none.json()["code"] == "unknown_room"
        king = await client.post(change, json={**said, "role": "king"})
        assert king.json()["code"] == "malformed_request"
    changes = [body for kind, body in centre.log.entries if kind == "account.changed"]
    assert [(one["role"], one["rooms"], one["name"]) for one in changes] == [
        ("interviewer", ["room2"], "改了")
    ]
    assert "name" in KINDS["account.changed"].private


async def test_nobody_takes_administering_from_themselves(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        own = await _row(client, "administrator")
        path = f"{PATH}/{own['id']}"
        assert own["mine"]
        said = {"name": own["name"], "role": "manager"}
        assert (await client.post(f"{path}/change", json=said)).json()["code"] == "own_account"
        assert (await client.post(f"{path}/lock", json={})).json()["code"] == "own_account"
        own_password = await client.post(f"{path}/password", json={"password": GOOD})
        assert own_password.json()["code"] == "own_account"
        assert (await client.post(f"{path}/logins/end", json={})).status_code == 200
        assert (await client.get("/api/me")).status_code == 200  # but for this login


async def test_two_administrators_cannot_remove_each_other(centre: Centre) -> None:
    second = {"account": "second", "name": "二号", "role": "administrator", "password": GOOD}
    async with centre.client("administrator") as one, centre.client() as two:
        other = (await one.post(PATH, json=second)).json()["id"]
        await two.post("/api/login", json={"account": "second", "password": GOOD})
        mine = (await _row(one, "administrator"))["id"]
        answers = await asyncio.gather(
            one.post(f"{PATH}/{other}/lock", json={}), two.post(f"{PATH}/{mine}/lock", json={})
        )
        codes = sorted(answer.status_code for answer in answers)
        assert codes[0] == 200
        assert codes[1] in (401, 409)  # locked out already, or the last one
        rows = (await (one if answers[0].status_code == 200 else two).get(PATH)).json()["accounts"]
        able = [
            row["account"]
            for row in rows
            if row["role"] == "administrator" and row["disabled_us"] is None
        ]
        assert len(able) == 1


async def test_a_password_is_set_for_somebody(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        row = await _row(client, "interviewer")
        path = f"{PATH}/{row['id']}"
        weak = await client.post(f"{path}/password", json={"password": "interviewer 1"})
        assert weak.json()["why"] == "name"
        assert (await client.post(f"{path}/password", json={"password": GOOD})).status_code == 200
        async with centre.client("interviewer") as person:
            assert (await person.get("/api/me")).json()["code"] == "login_required"
        assert (await _log_in(centre, "interviewer", GOOD)).status_code == 200
        assert (await client.post(f"{path}/logins/end", json={})).status_code == 200
        assert (await _row(client, "interviewer"))["logins"] == 0
    assert GOOD not in str(centre.log.entries)
    assert centre.log.kinds()[-1] == "login.ended"


async def test_an_account_that_cannot_be_written_down_is_not_made(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        centre.log.full = True
        refused = await client.post(PATH, json=NEW)
        assert refused.json()["code"] == "log_unavailable"
        centre.log.full = False
        assert "zhao" not in [one["account"] for one in (await client.get(PATH)).json()["accounts"]]
        assert (await client.post(PATH, json=NEW)).status_code == 201
        for body in ({**NEW, "account": " "}, {**NEW, "account": "b", "name": "长" * 81}):
            assert (await client.post(PATH, json=body)).json()["code"] == "bad_text"
        for act in ("change", "lock", "unlock", "password", "invite", "logins/end"):
            body = {"name": "x", "role": "manager", "password": GOOD}
            answer = await client.post(f"{PATH}/ac-none/{act}", json=body)
            assert answer.json()["code"] == "unknown_account", act


async def test_the_same_entries_give_the_same_rows(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        row = await _row(client, "auditor")
        said = {"name": "审核", "role": "auditor"}
        await client.post(f"{PATH}/{row['id']}/change", json=said)
        await client.post(f"{PATH}/{row['id']}/lock", json={})
        before = await _row(client, "auditor")
        t_us = before["disabled_us"]
        for index, (kind, body) in enumerate(centre.log.entries):
            if kind.startswith("account.") and body.get("id") == row["id"]:
                await centre.context.database.write(
                    lambda writing, index=index, kind=kind, body=body: book_projection.take(  # type: ignore[misc]
                        writing, index, t_us, kind, body
                    )
                )
        assert await _row(client, "auditor") == before
        assert (await client.get(f"/api/cases/{CASE}")).json()["code"] == "forbidden"
