"""The agency's own sign-in, against a provider on a real port, and what attackers try."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from command_centre.desk.oidc_provider import SECRET_VARIABLE
from config.oidc_address import is_safe_url
from config.settings import SettingsError, load
from tests.command_centre.centre import Centre, running_centre
from tests.command_centre.oidc_server import CLIENT, SECRET, OidcServer, oidc_server
from tests.command_centre.test_sign_in import _code, _set_up


@dataclass
class Agency:
    """A centre and the provider it trusts."""

    centre: Centre
    provider: OidcServer

    async def begin(self, client: httpx.AsyncClient, query: str = "") -> dict[str, str]:
        """Press the button; what the provider is asked."""
        answer = await client.get(f"/api/login/oidc/begin{query}")
        assert answer.status_code == 303
        parts = urlsplit(answer.headers["location"])
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.provider.issuer}/authorize"
        return {name: values[0] for name, values in parse_qs(parts.query).items()}

    async def back(self, client: httpx.AsyncClient, asked: dict[str, str]) -> str:
        """Sign in at the provider and come back; where the browser ends."""
        return await self.come(client, self.provider.answer(asked))

    async def come(self, client: httpx.AsyncClient, address: str) -> str:
        """Come back with an address."""
        answer = await client.get(address)
        assert answer.status_code == 303
        return str(answer.headers["location"])

    async def sign_in(self, query: str = "") -> tuple[str, str]:
        """The whole way in a fresh browser: where it ends, and as whom."""
        async with self.centre.client() as client:
            place = await self.back(client, await self.begin(client, query))
            me = await client.get("/api/me")
            return place, me.json().get("account", "") if me.status_code == 200 else ""

    async def tie(self, account: str, subject: str = "u-1001") -> httpx.Response:
        """As an administrator does."""
        async with self.centre.client("administrator") as client:
            listed = (await client.get("/api/accounts")).json()["accounts"]
            known = next(one["id"] for one in listed if one["account"] == account)
            return await client.post(f"/api/accounts/{known}/outside", json={"subject": subject})


@contextlib.asynccontextmanager
async def _agency(directory: Path, **settings: Any) -> AsyncIterator[Agency]:
    sections = {name: settings.pop(name) for name in ("centre",) if name in settings}
    async with (
        oidc_server() as provider,
        running_centre(directory, settings={**provider.settings(**settings), **sections}) as centre,
    ):
        provider.now_s = lambda: centre.clock.us / 1_000_000
        yield Agency(centre, provider)


@pytest.fixture(autouse=True)
def _client_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)


@pytest.fixture
async def agency(tmp_path: Path) -> AsyncIterator[Agency]:
    async with _agency(tmp_path) as made:
        yield made


async def test_without_settings_there_is_none(centre: Centre) -> None:
    async with centre.client() as client:
        assert (await client.get("/api/time")).json()["outside"] == ""
        for path in ("begin", "back?state=x&code=y"):
            answer = await client.get(f"/api/login/oidc/{path}")
            assert answer.headers["location"] == "/login?outside=oidc_off"
    async with centre.client("administrator") as client:
        assert (await client.get("/api/outside")).json()["on"] is False
        assert (await client.post("/api/outside/check")).json()["code"] == "oidc_off"


async def test_somebody_waits_is_tied_and_comes_in(agency: Agency) -> None:
    async with agency.centre.client() as client:
        assert (await client.get("/api/time")).json()["outside"] == "渭州市统一身份认证"
    assert await agency.sign_in() == ("/login?outside=oidc_not_tied", "")
    async with agency.centre.client("administrator") as client:
        seen = (await client.get("/api/outside")).json()
        assert [(one["subject"], one["name"]) for one in seen["waiting"]] == [("u-1001", "王统一")]
        assert seen["back"] == "http://centre.test/api/login/oidc/back"
    tied = (await agency.tie("manager")).json()
    assert tied["waiting"] == []
    assert [(one["account"], one["name"]) for one in tied["tied"]] == [("manager", "王统一")]
    assert await agency.sign_in("?next=/cases/x") == ("/cases/x", "manager")
    entries = dict(agency.centre.log.entries)
    assert entries["login.ok"]["method"] == "oidc"
    assert entries["account.outside_tied"]["subject"] == "u-1001"
    assert (await agency.tie("auditor")).json()["code"] == "oidc_taken"


async def test_untied_is_out(agency: Agency) -> None:
    known = (await agency.tie("manager")).json()["tied"][0]["account_id"]
    async with agency.centre.client("administrator") as client:
        left = await client.post(f"/api/accounts/{known}/outside/remove", json={})
        assert left.json()["tied"] == []
        again = await client.post(f"/api/accounts/{known}/outside/remove", json={})
        assert again.json()["code"] == "oidc_not_tied"
    assert await agency.sign_in() == ("/login?outside=oidc_not_tied", "")


async def test_one_comes_back_to_pages_of_ours_only(agency: Agency) -> None:
    await agency.tie("manager")
    for page in ("//evil.test", "https://evil.test", "/\\evil.test", "x"):
        assert await agency.sign_in(f"?next={page}") == ("/cases", "manager")


# --- what attackers try -------------------------------------------------------------------------


#: What a token of an attacker, or of a broken provider, may say instead.
FORGED: tuple[dict[str, Any], ...] = (
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "another-client"},
    {"aud": [CLIENT, "another-client"]},  # without azp
    {"aud": [CLIENT, "another-client"], "azp": "another-client"},
    {"azp": "another-client"},
    {"iss": "https://another.test"},
    {"iss": None},
    {"exp": 1_000_000_000},
    {"iat": 4_000_000_000},
    {"nbf": 4_000_000_000},
    {"exp": "soon"},
    {"sub": ""},
    {"sub": ["u-1001"]},
    {"sub": "x" * 256},
)


async def test_a_token_that_says_something_else(agency: Agency) -> None:
    await agency.tie("manager")
    for forged in FORGED:
        agency.provider.forged = forged
        assert await agency.sign_in() == ("/login?outside=oidc_refused", ""), forged
        assert agency.centre.log.kinds()[-1] == "login.failed"
    agency.provider.forged = {}
    assert await agency.sign_in() == ("/cases", "manager")


async def test_a_token_signed_by_nobody_or_by_somebody_else(agency: Agency) -> None:
    await agency.tie("manager")
    for algorithm in ("none", "HS256"):
        agency.provider.algorithm = algorithm
        assert await agency.sign_in() == ("/login?outside=oidc_refused", "")
    agency.provider.algorithm = "RS256"
    agency.provider.signing = RSAKey.generate_key(2048, {"kid": "key-1"})
    assert await agency.sign_in() == ("/login?outside=oidc_refused", "")


async def test_new_keys_of_the_provider_are_asked_for(agency: Agency) -> None:
    await agency.tie("manager")
    assert (await agency.sign_in())[1] == "manager"
    agency.provider.key = RSAKey.generate_key(2048, {"kid": "key-2"})
    agency.centre.clock.forward(60)
    agency.provider.signing = None
    key = agency.provider.key
    assert key.as_dict(private=False)["kid"] == "key-2"
    assert (await agency.sign_in())[1] == ""  # its header names key-1, which is gone
    agency.centre.clock.forward(3700)
    agency.provider.key = RSAKey.generate_key(2048, {"kid": "key-1"})
    assert (await agency.sign_in())[1] == "manager"


async def test_state_is_good_once_and_in_its_browser(agency: Agency) -> None:
    await agency.tie("manager")
    async with agency.centre.client() as mine, agency.centre.client() as another:
        asked = await agency.begin(mine)
        address = agency.provider.answer(asked)
        assert await agency.come(another, address) == "/login?outside=oidc_over"
        assert await agency.come(mine, address) == "/login?outside=oidc_over"  # it was used up
        asked = await agency.begin(mine)
        address = agency.provider.answer(asked)
        assert await agency.come(mine, address.replace("state=", "state=x")) == (
            "/login?outside=oidc_over"
        )
        asked = await agency.begin(mine)
        address = agency.provider.answer(asked)
        assert await agency.come(mine, address) == "/cases"
        assert await agency.come(mine, address) == "/login?outside=oidc_over"  # replayed
        asked = await agency.begin(mine)
        agency.centre.clock.forward(601)
        assert await agency.back(mine, asked) == "/login?outside=oidc_over"


async def test_a_code_of_another_sign_in(agency: Agency) -> None:
    """A stolen code brought into a sign-in of one's own fails at PKCE; a used one is used up."""
    await agency.tie("manager")
    async with agency.centre.client() as mine, agency.centre.client() as victim:
        stolen = parse_qs(urlsplit(agency.provider.answer(await agency.begin(victim))).query)
        own = await agency.begin(mine)
        said = f"/api/login/oidc/back?state={own['state']}&code={stolen['code'][0]}"
        assert await agency.come(mine, said) == "/login?outside=oidc_refused"
        assert agency.provider.refused == 1
        own = await agency.begin(mine)
        address = f"{agency.provider.answer(own)}&x=1".replace("iss=http", "iss=https")
        assert await agency.come(mine, address) == "/login?outside=oidc_refused"  # RFC 9207
        own = await agency.begin(mine)
        said = f"/api/login/oidc/back?state={own['state']}&error=access_denied"
        assert await agency.come(mine, said) == "/login?outside=oidc_refused"


async def test_the_provider_is_away_or_is_another(agency: Agency) -> None:
    agency.provider.issuer_said = "https://another.test"
    for _ in range(2):
        async with agency.centre.client() as client:
            answer = await client.get("/api/login/oidc/begin")
            assert answer.headers["location"] == "/login?outside=oidc_unreachable"
        agency.provider.issuer_said, agency.provider.down = "", True
    async with agency.centre.client("administrator") as client:
        assert (await client.post("/api/outside/check")).json()["code"] == "oidc_unreachable"
        agency.provider.down = False
        assert (await client.post("/api/outside/check")).status_code == 200


async def test_a_wrong_secret_of_the_client(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agency.tie("manager")
    monkeypatch.setenv(SECRET_VARIABLE, "wrong")
    assert await agency.sign_in() == ("/login?outside=oidc_refused", "")


# --- names, roles, second factors ---------------------------------------------------------------


async def test_the_first_sign_in_ties_by_a_claim(tmp_path: Path) -> None:
    async with _agency(tmp_path, username_claim="preferred_username") as agency:
        agency.provider.claims = {"sub": "u-1", "preferred_username": "auditor"}
        assert await agency.sign_in() == ("/cases", "auditor")
        agency.provider.claims = {"sub": "u-2", "preferred_username": "auditor"}
        assert await agency.sign_in() == ("/login?outside=oidc_not_tied", "")  # somebody else's
        agency.provider.claims = {"sub": "u-1", "preferred_username": "manager"}
        assert await agency.sign_in() == ("/cases", "auditor")  # sub counts, not the name


async def test_an_address_counts_when_it_is_verified(tmp_path: Path) -> None:
    async with _agency(tmp_path, username_claim="email") as agency:
        agency.provider.claims = {"sub": "u-1", "email": "auditor"}
        assert (await agency.sign_in())[1] == ""
        agency.provider.claims |= {"email_verified": True}
        assert (await agency.sign_in())[1] == "auditor"


async def test_a_claim_changes_no_role(agency: Agency) -> None:
    await agency.tie("interviewer")
    agency.provider.claims |= {"role": "administrator", "roles": ["administrator"]}
    assert (await agency.sign_in())[1] == "interviewer"
    assert "account.outside_role" not in agency.centre.log.kinds()


async def test_roles_of_the_table(tmp_path: Path) -> None:
    table = ["执法 科长 manager", "auditors auditor"]
    async with _agency(tmp_path, role_claim="groups", roles=table) as agency:
        await agency.tie("interviewer")
        assert await agency.sign_in() == ("/login?outside=oidc_no_role", "")
        agency.provider.claims["groups"] = ["staff", "执法 科长"]
        assert (await agency.sign_in())[1] == "interviewer"
        entry = dict(agency.centre.log.entries)["account.outside_role"]
        assert (entry["before"], entry["role"]) == ("interviewer", "manager")
        agency.provider.claims["groups"] = "auditors"
        async with agency.centre.client() as client:
            await agency.back(client, await agency.begin(client))
            assert (await client.get("/api/me")).json()["role"] == "auditor"
        await agency.tie("administrator", "u-9")
        agency.provider.claims["sub"] = "u-9"
        async with agency.centre.client() as client:
            await agency.back(client, await agency.begin(client))
            assert (await client.get("/api/me")).json()["role"] == "administrator"  # the last one


async def test_the_account_s_own_code_is_asked_for(tmp_path: Path) -> None:
    required = {"second_factor": ["manager"]}
    async with _agency(tmp_path, second_factor=["mfa"], centre=required) as agency:
        await agency.tie("manager")
        async with agency.centre.client() as client:
            await agency.back(client, await agency.begin(client))
            assert (await client.get("/api/me")).json()["must_enrol"] is True
        agency.provider.claims["amr"] = ["pwd", "mfa"]
        async with agency.centre.client() as client:
            await agency.back(client, await agency.begin(client))
            assert "must_enrol" not in (await client.get("/api/me")).json()
            assert (await client.get("/api/cases")).status_code == 200
        agency.provider.claims["amr"] = ["pwd"]
        secret, _ = await _set_up(agency.centre)
        async with agency.centre.client() as client:
            place = await agency.back(client, await agency.begin(client))
            page, _, ticket = place.partition("#")
            assert page == "/login?outside=code_required"
            said = {"ticket": ticket, "code": _code(agency.centre, secret, 1)}
            assert (await client.post("/api/login/code", json=said)).status_code == 200
        entered = [body for kind, body in agency.centre.log.entries if kind == "login.ok"]
        assert entered[-1]["method"] == "oidc_code"
        agency.provider.claims |= {"amr": None, "acr": "mfa"}
        assert await agency.sign_in() == ("/cases", "manager")


async def test_logging_out_goes_on_to_the_provider(tmp_path: Path) -> None:
    async with (
        _agency(tmp_path, logout=True) as agency,
        agency.centre.client("manager") as client,
    ):
        left = (await client.post("/api/logout")).json()["next"]
        began = f"{agency.provider.issuer}/end?client_id=duizhi&post_logout_redirect"
    assert left.startswith(began)


async def test_no_log_line_holds_a_name_or_a_secret(
    agency: Agency, caplog: pytest.LogCaptureFixture
) -> None:
    await agency.tie("manager")
    await agency.sign_in()
    agency.provider.forged = {"nonce": "another"}
    await agency.sign_in()
    assert "refused" in caplog.text
    for secret in (SECRET, "王统一", "u-1001"):
        assert secret not in caplog.text


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.weizhou.example", True),
        ("https://id.weizhou.example:8443/realms/a", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost/x", True),
        ("http://[::1]:80/", True),
        ("http://10.0.0.5", False),
        ("http://127.0.0.1.evil.test", False),
        ("https://user@host", False),
        ("https://host#x", False),
        ("https://", False),
        ("https://host:notaport", False),
        ("file:///etc/passwd", False),
        ("https://bad host", False),
        ("", False),
    ],
)
def test_addresses(url: str, safe: bool) -> None:
    assert is_safe_url(url) is safe


@pytest.mark.parametrize(
    "section",
    [
        {"issuer": "http://id.example"},
        {"issuer": "https://id.example"},
        {"issuer": "https://id.example", "client_id": "x", "scopes": "profile"},
        {"issuer": "https://id.example", "client_id": "x", "role_claim": "groups"},
        {
            "issuer": "https://id.example",
            "client_id": "x",
            "role_claim": "groups",
            "roles": ["boss king"],
        },
        {"issuer": "https://id.example", "client_id": "x", "timeout_seconds": 0.1},
    ],
)
def test_settings_that_cannot_be_used(section: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"\[oidc\]"):
        load(overrides={"oidc": section})
