"""The WHIP front end: a table of what is refused and how, and what reaches the recorder."""

from __future__ import annotations

from typing import Any

import pytest

from config.bus import Refused
from tests.command_centre.centre import Centre
from tests.command_centre.fake_recorder import ANSWER

OFFER = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n"
SDP = {"Content-Type": "application/sdp"}


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
        answer = await client.options("/whip/bodycam-02")
    assert answer.status_code == 200
    assert answer.headers["accept-post"] == "application/sdp"
    assert "Authorization" in answer.headers["access-control-allow-headers"]


async def test_other_methods(centre: Centre) -> None:
    headers = await bearer(centre)
    async with centre.client() as client:
        looked = await client.get("/whip/bodycam-02", headers=headers)
        patched = await client.patch("/whip/bodycam-02/r1", content=b"", headers=headers)
        misplaced = await client.delete("/whip/bodycam-02", headers=headers)
    assert looked.status_code == 204
    assert (patched.status_code, misplaced.status_code) == (405, 405)
    assert "DELETE" in patched.headers["allow"]


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
