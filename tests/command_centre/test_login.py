"""Login: right and wrong passwords, the lock, cookies, the header against forged requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sqlalchemy import select

from command_centre.db import kept, schema
from command_centre.db.database import Writing
from tests.command_centre.centre import PASSWORD, Centre


async def test_the_right_password_gives_a_cookie(centre: Centre) -> None:
    async with centre.client() as client:
        answer = await client.post("/api/login", json={"account": "manager", "password": PASSWORD})
        me = await client.get("/api/me")
    assert answer.json()["role"] == "manager"
    assert me.json() == answer.json()
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie  # plain HTTP of this machine
    kind, body = centre.log.entries[-1]
    assert (kind, body["account"]) == ("login.ok", "manager")
    assert PASSWORD not in str(centre.log.entries)


async def test_wrong_passwords_lock_the_account_for_a_while(centre: Centre) -> None:
    async with centre.client() as client:

        async def attempt(password: str, account: str = "manager") -> tuple[int, dict[str, object]]:
            answer = await client.post(
                "/api/login", json={"account": account, "password": password}
            )
            return answer.status_code, answer.json()

        left = [(await attempt("wrong"))[1]["attempts_left"] for _ in range(4)]
        status, locked = await attempt("wrong")
        even_right = await attempt(PASSWORD)
        other = await attempt(PASSWORD, "auditor")
        centre.clock.forward(15 * 60 + 1)
        later = await attempt(PASSWORD)
        after = await attempt("wrong")
    assert left == [4, 3, 2, 1]
    assert (status, locked["code"]) == (423, "account_locked")
    assert even_right[0] == 423
    assert even_right[1]["until_us"] == locked["until_us"]
    assert other[0] == 200
    assert later[0] == 200
    assert after[1]["attempts_left"] == 4
    assert "login.locked" in centre.log.kinds()


async def test_an_unknown_account_answers_like_a_known_one(centre: Centre) -> None:
    async with centre.client() as client:
        answers = [
            await client.post("/api/login", json={"account": "nobody", "password": "x"})
            for _ in range(6)
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 423, 423]
    assert answers[0].json()["attempts_left"] == 4


async def test_many_at_once_get_no_more_tries_than_one_after_the_other(centre: Centre) -> None:
    async with centre.client() as client:
        answers = await asyncio.gather(
            *(
                client.post("/api/login", json={"account": "manager", "password": f"guess {n}"})
                for n in range(12)
            )
        )
    assert sorted(answer.status_code for answer in answers).count(401) == 4
    assert centre.log.kinds().count("login.failed") == 5


async def test_logging_out_withdraws_the_cookie(centre: Centre) -> None:
    async with centre.client("manager") as client:
        assert (await client.get("/api/me")).status_code == 200
        await client.post("/api/logout", json={})
    async with centre.client("manager") as stolen:
        answer = await stolen.get("/api/me")
    assert answer.status_code == 401
    assert answer.json()["code"] == "login_required"


async def test_a_login_runs_out(centre: Centre) -> None:
    async with centre.client("manager") as client:
        centre.clock.forward(12 * 3600 + 1)
        assert (await client.get("/api/me")).status_code == 401


async def test_a_form_of_another_site_is_refused(centre: Centre) -> None:
    async with centre.client("manager", **{"X-Duizhi": "0"}) as client:
        answer = await client.post("/api/logout", json={})
        assert (await client.get("/api/me")).status_code == 200
    assert answer.status_code == 403
    assert answer.json()["code"] == "header_required"


async def test_a_login_is_let_in_although_the_log_is_full_and_that_is_counted(
    centre: Centre,
) -> None:
    centre.log.full = True
    async with centre.client() as client:
        answer = await client.post("/api/login", json={"account": "manager", "password": PASSWORD})
        ready = await client.get("/readyz")
    assert answer.status_code == 200
    assert ready.json()["parts"]["log"]["ok"] is False


async def test_bodies_that_cannot_be_read(centre: Centre) -> None:
    async with centre.client() as client:
        for content in (b"", b"[]", b"{", b'{"account":1,"password":"x"}', b"\xff"):
            answer = await client.post("/api/login", content=content)
            assert answer.status_code == 400
            assert answer.json()["code"] == "malformed_request"
        long = await client.post("/api/login", json={"account": "manager", "password": "x" * 2000})
        assert long.json()["code"] == "malformed_request"
        huge = await client.post("/api/login", content=b"x" * 2_000_000)
        assert huge.status_code == 413

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 100_000

        streamed = await client.post("/api/login", content=endless())
        assert streamed.json()["code"] == "too_large"
        for length in (b"\xb2", b"-1", b"", b"9" * 5000):  # a digit that is no number, and others
            odd = await client.post(
                "/api/login", content=b"{}", headers={b"content-length": length}
            )
            assert odd.status_code == 413


async def test_the_administrator_makes_accounts_and_tokens(centre: Centre) -> None:
    async with centre.client("administrator") as client:
        asked = {
            "account": "zhou",
            "name": "周某",
            "role": "interviewer",
            "password": "long enough",
            "rooms": ["room1"],
            "all_cases": True,
        }
        made = await client.post("/api/accounts", json=asked)
        again = await client.post("/api/accounts", json=asked)
        weak = await client.post("/api/accounts", json={**asked, "account": "b", "password": "x"})
        role = await client.post("/api/accounts", json={**asked, "account": "c", "role": "king"})
        accounts = (await client.get("/api/accounts")).json()["accounts"]
        token = (await client.post("/api/sources/drone-01/tokens", json={})).json()
        missing = await client.post("/api/sources/none/tokens", json={})
    assert made.status_code == 201
    assert again.json()["code"] == "account_exists"
    assert weak.json()["code"] == "weak_password"
    assert role.json()["code"] == "malformed_request"
    assert missing.json()["code"] == "unknown_source"
    assert "zhou" in [account["account"] for account in accounts]
    assert token["whip_url"] == "http://centre.test/whip/drone-01"
    assert token["token"] not in str(centre.log.entries)
    assert ("account.create", "zhou") in [
        (kind, body.get("account")) for kind, body in centre.log.entries
    ]
    async with centre.client() as client:
        await client.post("/api/login", json={"account": "zhou", "password": "long enough"})
        mine = await client.post("/api/rooms/room1/session", json={})
        other = await client.post("/api/rooms/room2/session", json={})
    assert mine.status_code == 200
    assert other.json()["code"] == "wrong_room"


async def test_what_a_person_keeps_follows_the_account(centre: Centre) -> None:
    path = "/api/me/kept"
    async with centre.client("manager") as mine, centre.client("auditor") as another:
        assert (await mine.get(path)).json() == {"kept": {}}
        for text in ("first", "[]"):
            said = await mine.post(path, json={"name": "views.cases", "text": text})
            assert said.status_code == 200
        assert (await mine.get(path)).json() == {"kept": {"views.cases": "[]"}}
        assert (await another.get(path)).json() == {"kept": {}}
        bad = [("../x", "x"), ("", "x"), ("a" * 81, "x"), ("views.x", "x" * (kept.TEXT_MAX + 1))]
        for name, text in bad:
            refused = await mine.post(path, json={"name": name, "text": text})
            assert refused.json()["code"] == "bad_text"
        await mine.post(path, json={"name": "views.cases", "text": ""})
        assert (await mine.get(path)).json() == {"kept": {}}

    def fill(writing: Writing) -> dict[str, str]:
        account = writing.execute(select(schema.account.c.id).limit(1)).scalar_one()
        for number in range(kept.KEPT_MAX + 5):
            kept.keep(writing, account, f"wall.{number}", "x", number)
        return kept.kept_of(writing.connection, account)

    left = await centre.context.database.write(fill)
    assert len(left) == kept.KEPT_MAX
    assert "wall.4" not in left
