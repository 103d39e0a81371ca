"""The WHIP front end: a table of what is refused and how, and what reaches the recorder."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

import pytest

from command_centre.desk.ice_servers import IceServers
from config.bus import Refused
from config.recorder_messages import WhipPatched
from config.settings import SettingsError, load
from tests.command_centre.centre import Centre, running_centre
from tests.command_centre.fake_recorder import ANSWER

OFFER = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n"
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = "application/trickle-ice-sdpfrag"


async def bearer(centre: Centre, source: str = "bodycam-02") -> dict[str, str]:
    """Headers of a publisher with a valid token."""
    return {"Authorization": f"Bearer {await centre.source_token(source)}", **SDP}


async def test_an_offer_is_answered_with_an_absolute_location(centre: Centre) -> None:
    headers = await bearer(centre)
    async with centre.client() as client:
        answer = await client.post("/whip/bodycam-02", content=OFFER, headers=headers)
        location = answer.headers["location"]
        deleted = await client.delete(location, headers=headers)
    assert answer.status_code == 201
    assert answer.text == ANSWER
    assert answer.headers["content-type"] == "application/sdp"
    assert location == "http://centre.test/whip/bodycam-02/r1"
    assert answer.headers["etag"] == '"e1"'
    assert "Location" in answer.headers["access-control-expose-headers"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert deleted.status_code == 200
    assert [one.resource for one in centre.recorder.deleted] == ["r1"]
    offer = centre.recorder.offers[0]
    assert (offer.source, offer.room, offer.source_name) == ("bodycam-02", "site", "记录仪 02")
    assert offer.sdp == OFFER


async def test_publishing_opens_the_session_of_the_room_once(centre: Centre) -> None:
    async with centre.client() as client:
        for source in ("bodycam-02", "drone-01"):
            headers = await bearer(centre, source)
            await client.post(f"/whip/{source}", content=OFFER, headers=headers)
    opened = centre.recorder.bodies("session.open")
    assert len(opened) == 1
    assert opened[0]["opened_by"] == "source:bodycam-02"
    assert opened[0]["kind"] == "inspection"
    assert len({offer.session for offer in centre.recorder.offers}) == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"headers": {"Authorization": ""}}, 401, "token_required"),
        ({"headers": {"Authorization": "Basic eA=="}}, 401, "token_required"),
        ({"headers": {"Authorization": "Bearer wrong"}}, 401, "token_unknown"),
        ({"headers": {"Authorization": "Bearer \udcff"}}, 401, "token_unknown"),
        ({"path": "/whip/drone-01"}, 403, "token_of_other_source"),
        ({"path": "/whip/nothing"}, 403, "token_of_other_source"),
        ({"headers": {"Content-Type": "application/json"}}, 415, "unsupported_type"),
        ({"headers": {"Content-Type": ""}}, 415, "unsupported_type"),
        ({"content": b"v=0" + b"x" * 70_000}, 413, "too_large"),
        ({"content": b"hello"}, 400, "malformed_sdp"),
        ({"content": b""}, 400, "malformed_sdp"),
        ({"content": b"v=0\xff\xff"}, 400, "malformed_sdp"),
        ({"refuse": Refused("malformed_sdp", "no m-line")}, 400, "malformed_sdp"),
        ({"refuse": Refused("unsupported_codec", "send H264")}, 422, "unsupported_codec"),
        ({"refuse": Refused("source_busy", "live")}, 409, "source_busy"),
        ({"refuse": Refused("session_closed", "sealed")}, 409, "session_closed"),
        ({"refuse": Refused("too_many_sources", "64")}, 503, "too_many_sources"),
        ({"refuse": Refused("disk_full", "no room")}, 503, "disk_full"),
        ({"refuse": Refused("strange", "?")}, 502, "recorder_refused"),
        ({"down": True}, 503, "recorder_unreachable"),
    ],
)
async def test_what_is_refused_is_a_problem_that_says_why(
    centre: Centre, change: dict[str, Any], status: int, code: str
) -> None:
    token = await bearer(centre)
    headers = {**token, **change.get("headers", {})}
    raw = [
        (name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers.items()
    ]
    if "refuse" in change:
        centre.recorder.refuse["whip_offer"] = change["refuse"]
    if change.get("down"):
        del centre.exchange.services["recorder"]
    async with centre.client() as client:
        answer = await client.post(
            change.get("path", "/whip/bodycam-02"),
            content=change.get("content", OFFER),
            headers=raw,
        )
        if change.get("down"):
            centre.exchange.services["recorder"] = centre.recorder.handle
    problem = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["title"]
    assert problem["type"] == f"urn:duizhi:problem:{code}"
    assert ("retry-after" in answer.headers) == (status == 503)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_token_is_looked_at_before_the_body(centre: Centre) -> None:
    read = []

    async def body() -> Any:
        read.append(1)
        yield b"v=0"

    async with centre.client() as client:
        answer = await client.post(
            "/whip/bodycam-02", content=body(), headers={**SDP, "Authorization": "Bearer no"}
        )
    assert answer.status_code == 401
    assert read == []


async def test_preflight_needs_no_token_and_says_what_is_accepted(centre: Centre) -> None:
    async with centre.client() as client:
        endpoint = await client.options("/whip/bodycam-02")
        resource = await client.options("/whip/bodycam-02/r1")
    assert (endpoint.status_code, resource.status_code) == (200, 200)
    assert endpoint.headers["accept-post"] == "application/sdp"
    assert resource.headers["accept-patch"] == FRAGMENT
    for answer, methods in ((endpoint, {"POST"}), (resource, {"PATCH", "DELETE"})):
        allowed = set(answer.headers["access-control-allow-methods"].split(", "))
        assert allowed == {"OPTIONS", "GET", "HEAD"} | methods
        assert answer.headers["allow"] == answer.headers["access-control-allow-methods"]
        wanted = {"Authorization", "Content-Type", "If-Match"}
        assert wanted <= set(answer.headers["access-control-allow-headers"].split(", "))
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("name", ["Location", "ETag", "Link", "Accept-Post", "Accept-Patch"])
async def test_browsers_may_read_the_headers(centre: Centre, name: str) -> None:
    async with centre.client() as client:
        answer = await client.get("/whip/bodycam-02")
    assert name in answer.headers["access-control-expose-headers"].split(", ")


async def test_other_methods(centre: Centre) -> None:
    headers = await bearer(centre)
    async with centre.client() as client:
        for path in ("/whip/bodycam-02", "/whip/bodycam-02/r1"):
            looked = await client.get(path, headers=headers)
            assert (looked.status_code, looked.content) == (204, b"")
            assert (await client.head(path, headers=headers)).status_code == 204
        for method, path in (
            ("PATCH", "/whip/bodycam-02"),
            ("DELETE", "/whip/bodycam-02"),
            ("POST", "/whip/bodycam-02/r1"),
            ("PUT", "/whip/bodycam-02/r1"),
        ):
            refused = await client.request(method, path, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
            assert method not in refused.headers["allow"].split(", ")


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_every_method_needs_the_token(centre: Centre, method: str) -> None:
    async with centre.client() as client:
        refused = await client.request(method, "/whip/bodycam-02/r1", headers={})
        other = await bearer(centre, "drone-01")
        foreign = await client.request(method, "/whip/bodycam-02/r1", headers=other)
    assert (refused.status_code, foreign.status_code) == (401, 403)
    assert centre.recorder.deleted == []


async def test_candidates_are_answered_204_and_restarts_200(centre: Centre) -> None:
    headers = {**await bearer(centre), "Content-Type": FRAGMENT, "If-Match": '"e1"'}
    async with centre.client() as client:
        trickled = await client.patch("/whip/bodycam-02/r1", content="a=x:y", headers=headers)
        centre.recorder.patched = WhipPatched(etag="e2", fragment="a=ice-ufrag:abcd")
        headers["If-Match"] = '"*"'
        restarted = await client.patch("/whip/bodycam-02/r1", content="a=z:y", headers=headers)
    assert (trickled.status_code, trickled.content) == (204, b"")
    assert "etag" not in trickled.headers
    assert (restarted.status_code, restarted.text) == (200, "a=ice-ufrag:abcd")
    assert restarted.headers["etag"] == '"e2"'
    assert restarted.headers["content-type"] == FRAGMENT
    seen = [(one.resource, one.if_match, one.fragment) for one in centre.recorder.patches]
    assert seen == [("r1", '"e1"', "a=x:y"), ("r1", '"*"', "a=z:y")]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"headers": {"Content-Type": "application/sdp"}}, 415, "unsupported_type"),
        ({"content": b"\xff"}, 400, "malformed_fragment"),
        ({"content": b"a=" + b"x" * 70_000}, 413, "too_large"),
        ({"refuse": "malformed_fragment"}, 400, "malformed_fragment"),
        ({"refuse": "precondition_required"}, 428, "precondition_required"),
        ({"refuse": "precondition_failed"}, 412, "precondition_failed"),
        ({"refuse": "connection_unknown"}, 404, "connection_unknown"),
    ],
)
async def test_patches_that_are_refused(
    centre: Centre, change: dict[str, Any], status: int, code: str
) -> None:
    headers = {**await bearer(centre), "Content-Type": FRAGMENT, **change.get("headers", {})}
    if "refuse" in change:
        centre.recorder.refuse["whip_patch"] = Refused(change["refuse"], "why")
    async with centre.client() as client:
        answer = await client.patch(
            "/whip/bodycam-02/r1", content=change.get("content", b"a=x:y"), headers=headers
        )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("accept-patch" in answer.headers) == (status == 415)


async def test_a_missing_if_match_reaches_the_recorder_as_missing(centre: Centre) -> None:
    headers = {**await bearer(centre), "Content-Type": FRAGMENT}
    async with centre.client() as client:
        await client.patch("/whip/bodycam-02/r1", content="a=x:y", headers=headers)
    assert [one.if_match for one in centre.recorder.patches] == [""]


async def test_a_client_that_asks_too_often_has_to_wait(tmp_path: Path) -> None:
    limits = {"whip": {"requests_burst": 3, "requests_per_second": 0.5}}
    async with running_centre(tmp_path, settings=limits) as centre:
        headers = await bearer(centre)
        other = await bearer(centre, "drone-01")
        wrong = {**SDP, "Authorization": "Bearer wrong"}
        async with centre.client() as client:
            codes = [
                (await client.delete("/whip/bodycam-02/r1", headers=headers)).status_code
                for _ in range(3)
            ]
            refused = await client.post("/whip/bodycam-02", content=OFFER, headers=headers)
            looked = await client.get("/whip/bodycam-02", headers=headers)
            neighbour = await client.post("/whip/drone-01", content=OFFER, headers=other)
            centre.clock.forward(2.0)
            again = await client.post("/whip/bodycam-02", content=OFFER, headers=headers)
            guesses = [
                (await client.post("/whip/bodycam-02", content=OFFER, headers=wrong)).status_code
                for _ in range(4)
            ]
    assert codes == [200, 200, 200]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "2"
    assert (looked.status_code, neighbour.status_code, again.status_code) == (204, 201, 201)
    assert guesses == [401, 401, 401, 429]


async def test_stun_and_turn_servers_are_told_with_credentials_that_expire(tmp_path: Path) -> None:
    secret = tmp_path / "turn.secret"
    secret.write_text("north\n")
    whip: dict[str, Any] = {
        "stun_urls": ["stun:192.0.2.1:3478"],
        "turn_urls": ["turn:192.0.2.1:3478?transport=udp", "turns:relay.example:5349"],
        "turn_secret_file": str(secret),
        "turn_credential_hours": 2,
    }
    async with running_centre(tmp_path, settings={"whip": whip}) as centre:
        headers = await bearer(centre)
        async with centre.client() as client:
            answer = await client.post("/whip/bodycam-02", content=OFFER, headers=headers)
            asked = await client.options("/whip/bodycam-02", headers=headers)
            guessed = await client.options(
                "/whip/bodycam-02", headers={"Authorization": "Bearer wrong"}
            )
            preflight = await client.options("/whip/bodycam-02")
        async with centre.client("interviewer") as desk:
            grant = (await desk.post("/api/rooms/room1/publish", json={})).json()
        now_s = centre.clock.us // 1_000_000
    links = answer.headers.get_list("link")
    assert len(links) == 3
    assert links[0] == '<stun:192.0.2.1:3478>; rel="ice-server"'
    found = re.fullmatch(
        r'<turn:192\.0\.2\.1:3478\?transport=udp>; rel="ice-server"; '
        r'username="(\d+):bodycam-02"; credential="([^"]+)"; credential-type="password"',
        links[1],
    )
    assert found is not None
    assert int(found[1]) == now_s + 7200
    digest = hmac.digest(b"north", f"{found[1]}:bodycam-02".encode(), hashlib.sha1)
    assert base64.b64decode(found[2]) == digest
    assert len(asked.headers.get_list("link")) == 3
    assert "link" not in guessed.headers
    assert "link" not in preflight.headers
    assert [one["urls"] for one in grant["ice_servers"]] == [*whip["stun_urls"], *whip["turn_urls"]]
    assert grant["ice_servers"][1]["username"].endswith(":room1-camera")


@pytest.mark.parametrize(
    ("whip", "named"),
    [
        ({"stun_urls": ["http://x"]}, "http://x"),
        ({"turn_urls": ["turn:x"]}, "turn_secret_file"),
        ({"turn_urls": ["turn:x"], "turn_secret_file": "absent"}, "turn_secret_file"),
    ],
)
def test_mistakes_in_the_servers_are_named(whip: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        IceServers(load(overrides={"whip": whip}).whip)


@pytest.mark.parametrize(("code", "sent_on"), [("too_many_sources", True), ("source_busy", False)])
async def test_a_full_recorder_sends_publishers_elsewhere(
    tmp_path: Path, code: str, sent_on: bool
) -> None:
    settings = {"whip": {"overflow_url": "https://two.example:8443/"}}
    async with running_centre(tmp_path, settings=settings) as centre:
        headers = await bearer(centre)
        centre.recorder.refuse["whip_offer"] = Refused(code, "64")
        async with centre.client() as client:
            answer = await client.post("/whip/bodycam-02", content=OFFER, headers=headers)
    if sent_on:
        assert answer.status_code == 307
        assert answer.headers["location"] == "https://two.example:8443/whip/bodycam-02"
    else:
        assert answer.status_code == 409


async def test_a_browser_publishes_one_mixed_microphone(centre: Centre) -> None:
    async with centre.client("interviewer") as client:
        publication = (await client.post("/api/rooms/room1/publish", json={})).json()
        browser = {"Authorization": f"Bearer {publication['token']}", **SDP}
        await client.post(publication["whip_url"], content=OFFER, headers=browser)
    async with centre.client() as client:
        device = await bearer(centre, "room1-camera")
        await client.post("/whip/room1-camera", content=OFFER, headers=device)
    assert [offer.channels for offer in centre.recorder.offers] == [
        ["unknown"],
        ["interviewer", "interviewee"],
    ]


async def test_a_browser_token_expires(centre: Centre) -> None:
    async with centre.client("interviewer") as client:
        publication = (await client.post("/api/rooms/room1/publish", json={})).json()
        centre.clock.forward(13 * 3600)
        answer = await client.post(
            publication["whip_url"],
            content=OFFER,
            headers={"Authorization": f"Bearer {publication['token']}", **SDP},
        )
    assert answer.json()["code"] == "token_unknown"


async def test_a_fixed_camera_does_not_open_an_interview(centre: Centre) -> None:
    headers = await bearer(centre, "room1-camera")
    async with centre.client() as client:
        refused = await client.post("/whip/room1-camera", content=OFFER, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_open_session")
    assert int(refused.headers["retry-after"]) > 0
    assert centre.recorder.bodies("session.open") == []
    async with centre.client("interviewer") as desk:
        await desk.post("/api/rooms/room1/session", json={})
    async with centre.client() as client:
        accepted = await client.post("/whip/room1-camera", content=OFFER, headers=headers)
    assert accepted.status_code == 201
