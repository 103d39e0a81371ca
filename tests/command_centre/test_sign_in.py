"""Signing in: one-time codes, recovery codes, passwords, logins, roles that need a second factor.

Passkeys are tested with a real browser's authenticator in tests/browser/test_sign_in.py; here only
what is refused.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from command_centre.desk import passkeys, second_factor
from command_centre.desk.account_secrets import AccountSecrets
from command_centre.desk.passkeys import Place, Tickets
from command_centre.desk.passwords import require_good
from command_centre.errors import Rejected
from config.kinds import KINDS
from tests.command_centre.centre import PASSWORD, Centre, running_centre
from tests.command_centre.web import DeskClient, serving

NEW = "a much better passphrase"


def _code(centre: Centre, secret: str, steps: int = 0) -> str:
    """The code an app shows now, or some steps later."""
    return pyotp.TOTP(secret).at(centre.clock.us // 1_000_000 + 30 * steps)


async def _set_up(centre: Centre, role: str = "manager") -> tuple[str, list[str]]:
    async with centre.client(role) as client:
        begun = await client.post("/api/account/codes/begin", json={"password": PASSWORD})
        secret = str(begun.json()["secret"])
        assert f"secret={secret}" in begun.json()["uri"]
        done = await client.post("/api/account/codes/confirm", json={"code": _code(centre, secret)})
        assert done.status_code == 200
        return secret, list(done.json()["codes"])


async def _login(centre: Centre, account: str, password: str = PASSWORD) -> httpx.Response:
    async with centre.client() as client:
        return await client.post("/api/login", json={"account": account, "password": password})


async def _second(centre: Centre, ticket: str, code: str) -> httpx.Response:
    async with centre.client() as client:
        return await client.post("/api/login/code", json={"ticket": ticket, "code": code})


async def test_a_code_is_asked_for_after_the_password(centre: Centre) -> None:
    secret, codes = await _set_up(centre)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    centre.clock.forward(60)
    asked = await _login(centre, "manager")
    assert (asked.status_code, asked.json()["code"]) == (401, "code_required")
    assert "set-cookie" not in asked.headers
    wrong = await _second(centre, asked.json()["ticket"], "000000")
    assert wrong.json()["code"] == "wrong_code"
    used = await _second(centre, asked.json()["ticket"], _code(centre, secret))
    assert used.json()["code"] == "ticket_over"
    done = await _second(centre, wrong.json()["ticket"], _code(centre, secret))
    assert done.json()["account"] == "manager"
    assert "duizhi_login" in done.headers["set-cookie"]
    said = next(body for kind, body in centre.log.entries[::-1] if kind == "login.ok")
    assert said["method"] == "code"


async def test_a_code_is_taken_once(centre: Centre) -> None:
    secret, _ = await _set_up(centre)
    centre.clock.forward(60)
    code = _code(centre, secret)
    first = await _second(centre, (await _login(centre, "manager")).json()["ticket"], code)
    assert first.status_code == 200
    again = await _second(centre, (await _login(centre, "manager")).json()["ticket"], code)
    assert again.json()["code"] == "wrong_code"


async def test_wrong_codes_lock_like_wrong_passwords(centre: Centre) -> None:
    await _set_up(centre)
    ticket = (await _login(centre, "manager")).json()["ticket"]
    codes = []
    for _ in range(5):
        answer = (await _second(centre, ticket, "123123")).json()
        codes.append(answer["code"])
        ticket = answer.get("ticket", ticket)
    assert codes[0] == "wrong_code"
    assert "account_locked" in codes
    assert (await _login(centre, "manager")).json()["code"] == "account_locked"


async def test_a_recovery_code_is_good_once(centre: Centre) -> None:
    _, codes = await _set_up(centre)
    typed = codes[0].lower().replace("-", " ")
    first = await _second(centre, (await _login(centre, "manager")).json()["ticket"], typed)
    assert first.status_code == 200
    again = await _second(centre, (await _login(centre, "manager")).json()["ticket"], typed)
    assert again.json()["code"] == "wrong_code"
    async with centre.client("manager") as client:
        assert (await client.get("/api/account")).json()["recovery_left"] == 7
        more = await client.post("/api/account/recovery", json={"password": PASSWORD})
        assert not set(more.json()["codes"]) & set(codes)
    void = await _second(centre, (await _login(centre, "manager")).json()["ticket"], codes[1])
    assert void.json()["code"] == "wrong_code"


async def test_nothing_changes_without_the_password(centre: Centre) -> None:
    wrong = {"password": "not the password"}
    async with centre.client("manager") as client:
        for path, more in (
            ("codes/begin", {}),
            ("codes/remove", {}),
            ("recovery", {}),
            ("password", {"new": NEW}),
        ):
            answer = await client.post(f"/api/account/{path}", json={**wrong, **more})
            assert answer.json()["code"] == "wrong_password", path
            await client.post("/api/account/codes/begin", json={"password": PASSWORD})
        unbegun = await client.post("/api/account/codes/confirm", json={"code": "123456"})
        assert unbegun.json()["code"] == "wrong_code"


async def test_secrets_are_sealed_and_stand_in_no_log(centre: Centre) -> None:
    secret, codes = await _set_up(centre)
    raw = centre.context.database.path.read_bytes()
    wal = centre.context.database.path.with_name("centre.sqlite-wal")
    raw += wal.read_bytes() if wal.exists() else b""
    logged = repr(centre.log.entries)
    for hidden in (secret, *codes, *(one.replace("-", "") for one in codes)):
        assert hidden.encode() not in raw
        assert hidden not in logged
    key = centre.context.store / "keys" / "accounts.key"
    assert key.stat().st_mode & 0o777 == 0o600
    kinds = [kind for kind in centre.log.kinds() if kind.startswith("account.code")]
    assert kinds == ["account.code_added"]


async def test_an_administrator_resets_a_lost_factor(centre: Centre) -> None:
    await _set_up(centre)
    async with centre.client("administrator") as client:
        accounts = (await client.get("/api/accounts")).json()["accounts"]
        account = next(one["id"] for one in accounts if one["account"] == "manager")
        done = await client.post(f"/api/accounts/{account}/factors/reset", json={})
        assert done.status_code == 200
        none = await client.post("/api/accounts/ac-none/factors/reset", json={})
        assert none.json()["code"] == "unknown_account"
    async with centre.client("manager") as client:
        assert (await client.get("/api/me")).status_code == 401
    assert (await _login(centre, "manager")).status_code == 200
    assert "account.factors_reset" in centre.log.kinds()


async def test_another_password_ends_the_other_logins(centre: Centre) -> None:
    other = (await _login(centre, "manager")).cookies["duizhi_login"]
    async with centre.client("manager") as client:
        change = {"password": PASSWORD, "new": NEW}
        changed = await client.post("/api/account/password", json=change)
        assert [one["current"] for one in changed.json()["logins"]] == [True]
    assert await centre.context.logins.caller_of(other) is None
    assert (await _login(centre, "manager")).json()["code"] == "wrong_password"
    assert (await _login(centre, "manager", NEW)).status_code == 200


async def test_where_one_is_signed_in(centre: Centre) -> None:
    other = (await _login(centre, "manager")).cookies["duizhi_login"]
    third = (await _login(centre, "manager")).cookies["duizhi_login"]
    async with centre.client("manager") as client:
        logins = (await client.get("/api/account")).json()["logins"]
        assert sum(one["current"] for one in logins) == 1
        assert len(logins) == 3
        newest = logins[0]
        assert newest["agent"].startswith("python-httpx")
        ended = await client.post(f"/api/account/logins/{newest['id']}/end", json={})
        assert ended.status_code == 200
        assert await centre.context.logins.caller_of(third) is None
        again = await client.post(f"/api/account/logins/{newest['id']}/end", json={})
        assert again.json()["code"] == "unknown_login"
        await client.post("/api/account/logins/others/end", json={})
        assert await centre.context.logins.caller_of(other) is None
        assert (await client.get("/api/me")).status_code == 200
    async with centre.client("auditor") as client:
        foreign = logins[1]["id"]
        not_mine = await client.post(f"/api/account/logins/{foreign}/end", json={})
        assert not_mine.json()["code"] == "unknown_login"


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Centre]:
    settings: dict[str, dict[str, Any]] = {"centre": {"second_factor": ["manager"]}}
    async with running_centre(tmp_path, settings=settings) as running:
        yield running


async def test_a_role_that_needs_a_second_factor_may_only_set_one_up(strict: Centre) -> None:
    async with strict.client("manager") as client:
        assert (await client.get("/api/me")).json()["must_enrol"]
        assert (await client.get("/api/cases")).json()["code"] == "factor_missing"
        assert (await client.get("/api/account")).json()["missing"]
    async with strict.client("auditor") as client:
        assert (await client.get("/api/cases")).status_code == 200
    await _set_up(strict)
    async with strict.client("manager") as client:
        assert (await client.get("/api/cases")).status_code == 200
    assert (await _login(strict, "manager")).json()["code"] == "code_required"


async def test_sockets_stay_shut_without_the_factor(strict: Centre) -> None:
    async with serving(strict) as web:
        for path in ("/ws", "/ws/live/room1-camera"):
            async with web.connect(path, "manager") as connection:
                assert await DeskClient(connection).close_code() == 4403


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "short"),
        ("x" * 300, "long"),
        ("password123", "common"),
        ("Woaini1314", "common"),
        ("manager-manager", "name"),
        ("aaaaaaaaaaaa", "repeated"),
        ("23456789ab"[:8] + "ab", ""),
        ("abcdefghijkl", "repeated"),
        ("correct horse battery", ""),
        ("渭州的雨下在五月的油库", ""),
    ],
)
def test_passwords(password: str, why: str) -> None:
    if not why:
        require_good(password, "manager")
        return
    with pytest.raises(Rejected) as refused:
        require_good(password, "manager")
    assert refused.value.extra["why"] == why


def test_a_sealed_secret_opens_for_its_account_only(tmp_path: Path) -> None:
    secrets = AccountSecrets(tmp_path)
    sealed = secrets.seal("ac-1", b"secret")
    assert AccountSecrets(tmp_path).open("ac-1", sealed) == b"secret"
    for account, data in (("ac-2", sealed), ("ac-1", sealed[:-1] + b"x"), ("ac-1", b"")):
        with pytest.raises(Rejected, match="secret_unreadable"):
            secrets.open(account, data)


@pytest.mark.parametrize(
    ("host", "origin", "problem"),
    [
        ("localhost", "http://localhost:8080", ""),
        ("10.0.0.7", "https://10.0.0.7:8443", "address"),
        ("::1", "https://[::1]:8443", "address"),
        ("centre.example", "https://centre.example", ""),
        ("centre.example", "http://centre.example", "https"),
        ("phish.example", "https://phish.example", "name"),
    ],
)
def test_where_a_passkey_can_be_used(host: str, origin: str, problem: str) -> None:
    assert Place(host, origin, frozenset({"centre.example"})).problem == problem


def test_a_ticket_is_good_once_for_two_minutes_and_for_one_account() -> None:
    tickets = Tickets()
    ticket, challenge = tickets.give("ac-1", "phone", 0)
    assert tickets.take(ticket, "ac-1", 1).challenge == challenge
    with pytest.raises(Rejected, match="ticket_over"):
        tickets.take(ticket, "ac-1", 1)
    other, _ = tickets.give("ac-1", "phone", 0)
    with pytest.raises(Rejected, match="ticket_over"):
        tickets.take(other, "ac-2", 1)
    late, _ = tickets.give("ac-1", "phone", 0)
    with pytest.raises(Rejected, match="ticket_over"):
        tickets.take(late, "ac-1", 121_000_000)


@pytest.mark.parametrize("credential", [{}, {"id": "x"}, {"id": 1, "response": []}, {"rawId": ""}])
def test_garbage_is_no_passkey(credential: dict[str, Any]) -> None:
    place = Place("localhost", "http://localhost", frozenset())
    with pytest.raises(Rejected, match="passkey_refused"):
        passkeys.registered(place, b"challenge", credential)
    with pytest.raises(Rejected, match="passkey_refused"):
        passkeys.used(place, b"challenge", credential, b"key", 0)


async def test_an_unknown_passkey_opens_nothing(centre: Centre) -> None:
    async with centre.client() as client:
        client.base_url = "http://localhost"
        begun = (await client.post("/api/login/passkey/begin", json={})).json()
        assert begun["options"]["userVerification"] == "required"
        said = {"ticket": begun["ticket"], "credential": {"id": "none"}}
        assert (await client.post("/api/login/passkey", json=said)).json()["code"] == (
            "passkey_refused"
        )
        assert (await client.post("/api/login/passkey", json=said)).json()["code"] == "ticket_over"
        client.base_url = "http://127.0.0.1"
        refused = (await client.post("/api/login/passkey/begin", json={})).json()
    assert (refused["code"], refused["why"]) == ("passkey_place", "address")


def test_no_kind_holds_a_secret() -> None:
    fields = {
        field
        for kind in ("account.code_added", "account.passkey_added", "account.recovery_made")
        for field in (*KINDS[kind].public, *KINDS[kind].private)
    }
    assert fields == {"id", "by", "by_name", "host", "name"}
