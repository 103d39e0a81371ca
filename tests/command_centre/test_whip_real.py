"""WHIP over HTTP against the real recorder: RFC 9725, and a centre that goes away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from command_centre.api.app import create_app
from command_centre.db.accounts import add_source_token
from command_centre.desk.context import CentreContext, database_path
from command_centre.desk.opening import open_centre
from config.clock import SystemClock
from config.settings import Settings, load
from recorder.ingest.sdp_fragment import write_fragment
from recorder.service import RecorderService
from tests.command_centre.centre import seeded_database
from tests.evidence_store.builder import open_writer
from tests.fakes.memory_bus import Exchange
from tests.recorder.test_sdp import AUDIO, VIDEO, sdp

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
TRICKLE = "a=mid:0\r\na=candidate:1 1 udp 1 192.0.2.9 4000 typ host\r\n"
RESTART = write_fragment("0", "newu", "anewpasswordanewpassword", [])


@contextlib.asynccontextmanager
async def recording(store: Path) -> AsyncIterator[tuple[Settings, Exchange]]:
    """A real recorder on a store with the seeded database; centres may come and go."""
    exchange = Exchange()
    overrides = {"store": {"directory": str(store), "minimum_free_bytes": 0, "stop_free_bytes": 0}}
    settings = load(overrides=overrides)
    writer = await asyncio.to_thread(open_writer, store, checkpoint_ms=20)
    seeded_database(database_path(store))
    try:
        root = store / "recorder-1"
        async with RecorderService(exchange.bus(), writer, settings, SystemClock(), root):
            yield settings, exchange
    finally:
        await asyncio.to_thread(writer.close)


@contextlib.asynccontextmanager
async def centre(settings: Settings, exchange: Exchange) -> AsyncIterator[CentreContext]:
    """A centre, until it stops."""
    async with open_centre(settings, exchange.bus(), SystemClock()) as context:
        yield context


def client_of(context: CentreContext, token: str) -> httpx.AsyncClient:
    """A publisher of bodycam-02."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(context)),
        base_url="http://centre.test",
        headers={"Authorization": f"Bearer {token}"},
    )


async def token_of(context: CentreContext, source: str = "bodycam-02") -> str:
    now_us = context.clock.now_us()
    return await context.database.write(
        lambda writing: add_source_token(writing, source, now_us=now_us)
    )


async def test_patch_and_delete_outlive_the_centre(tmp_path: Path) -> None:
    async with recording(tmp_path / "store") as (settings, exchange):
        async with centre(settings, exchange) as context:
            token = await token_of(context)
            async with client_of(context, token) as client:
                answer = await client.post(
                    "/whip/bodycam-02", content=sdp(AUDIO, VIDEO), headers=SDP
                )
            assert answer.status_code == 201
            location, etag = answer.headers["location"], answer.headers["etag"]
        async with centre(settings, exchange) as again, client_of(again, token) as client:
            trickled = await client.patch(
                location, content=TRICKLE, headers={**FRAGMENT, "If-Match": etag}
            )
            restarted = await client.patch(
                location, content=RESTART, headers={**FRAGMENT, "If-Match": "*"}
            )
            deleted = await client.delete(location, headers={"If-Match": '"whatever"'})
            twice = await client.delete(location)
    assert (trickled.status_code, trickled.content) == (204, b"")
    assert "etag" not in trickled.headers
    assert restarted.status_code == 200
    assert restarted.headers["etag"] not in ("", etag)
    assert "a=ice-ufrag:" in restarted.text
    assert (deleted.status_code, twice.status_code) == (200, 200)


async def test_the_contract_of_patch(tmp_path: Path) -> None:
    async with (
        recording(tmp_path / "store") as (settings, exchange),
        centre(settings, exchange) as context,
        client_of(context, await token_of(context)) as client,
    ):
        answer = await client.post("/whip/bodycam-02", content=sdp(AUDIO, VIDEO), headers=SDP)
        location, etag = answer.headers["location"], answer.headers["etag"]

        async def patch(body: str, **headers: str) -> httpx.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.patch(location, content=body, headers={**FRAGMENT, **named})

        assert etag.startswith('"')  # strong
        assert "?" not in location
        assert (await patch(TRICKLE)).status_code == 428
        assert (await patch(TRICKLE, If_Match='"stale"')).status_code == 412
        assert (await patch("hello", If_Match=etag)).status_code == 400
        assert (await patch(TRICKLE, If_Match=etag, Content_Type="text/plain")).status_code == 415
        assert (await patch(RESTART, If_Match='"*"')).status_code == 200
        assert (await patch(TRICKLE, If_Match=etag)).status_code == 412
        gone = await client.patch(f"{location}x", content=TRICKLE, headers=FRAGMENT)
        assert (gone.status_code, gone.json()["code"]) == (404, "connection_unknown")
        assert (await client.delete(f"{location}x")).status_code == 404


@pytest.mark.parametrize(
    ("offer", "status"),
    [
        (sdp(AUDIO), 201),
        (sdp(VIDEO), 201),
        (sdp(AUDIO, AUDIO), 422),
        (sdp(AUDIO, VIDEO).replace("a=mid:1\r\n", ""), 400),
        (sdp([line.replace("opus", "speex") for line in AUDIO]), 422),
    ],
)
async def test_half_an_offer_is_not_accepted(tmp_path: Path, offer: str, status: int) -> None:
    async with (
        recording(tmp_path / "store") as (settings, exchange),
        centre(settings, exchange) as context,
        client_of(context, await token_of(context)) as client,
    ):
        answer = await client.post("/whip/bodycam-02", content=offer, headers=SDP)
    assert answer.status_code == status
    if status != 201:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
