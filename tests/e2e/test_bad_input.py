"""Bad input against a real installation: each gets a clear error, and nothing recorded is lost."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_centre.demo_store import DemoStore, prepare_store
from command_centre.supervisor import Supervisor, SupervisorError
from config.settings import load, to_toml
from evidence_store.verify import verify_path
from tests.e2e.installation import Installation, running, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SOURCE = "room1-camera"
_HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
_TRANSPORT = (
    "c=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=ice-ufrag:abcd\r\n"
    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
)
H265 = _HEAD + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" + _TRANSPORT + "a=rtpmap:96 H265/90000\r\n"


async def _offer(
    store: DemoStore, body: bytes, *, token: str | None, kind: str = "application/sdp"
) -> httpx.Response:
    headers = {"Content-Type": kind}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.post(f"{store.address}/whip/{SOURCE}", content=body, headers=headers)


def _is_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["detail"]
    return problem


async def _refused_offers(store: DemoStore, token: str) -> None:
    good = b"v=0\r\n"
    _is_problem(await _offer(store, good, token=None), 401, "token_required")
    _is_problem(await _offer(store, good, token="wrong"), 401, "token_unknown")
    other = store.token_file("drone-01").read_text().strip()
    _is_problem(await _offer(store, good, token=other), 403, "token_of_other_source")
    _is_problem(await _offer(store, good, token=token, kind="text/plain"), 415, "unsupported_type")
    _is_problem(await _offer(store, b"hello", token=token), 400, "malformed_sdp")
    _is_problem(await _offer(store, b"v=0\r\nnot sdp at all", token=token), 400, "malformed_sdp")
    _is_problem(await _offer(store, b"v=0\xff\xfe", token=token), 400, "malformed_sdp")
    large = b"v=0\r\n" + b"a=x\r\n" * 20_000
    _is_problem(await _offer(store, large, token=token), 413, "too_large")
    problem = _is_problem(await _offer(store, H265.encode(), token=token), 422, "unsupported_codec")
    assert "H264" in problem["detail"].replace(".", "").upper()
    assert "VP8" in problem["detail"]


async def _unknown_messages(installation: Installation) -> None:
    """A message nobody knows is an error of that message; the connection stays."""
    async with installation.desk("lin") as desk, desk.open_socket("/ws") as line:
        hello = {"type": "hello", "protocol": 1, "case": installation.store.case, "desk": "wall"}
        await line.send(json.dumps(hello))
        for text in ('{"type":"fly","id":"1"}', '{"type":"prompt.send","id":"2"}', "no json"):
            await line.send(text)
        await line.send('{"type":"ping","id":"3"}')
        errors = []
        async with asyncio.timeout(10):
            async for raw in line:
                message = json.loads(raw)
                if message["type"] == "error":
                    errors.append(message)
                if message["type"] == "ok":
                    assert message["id"] == "3"
                    break
        assert len(errors) == 3
        assert all(error["code"] and error["message"] for error in errors)


async def test_bad_input_is_refused_and_the_recording_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path / "store") as installation:
        store = installation.store
        token = store.token_file(SOURCE).read_text().strip()
        async with installation.desk("lin") as desk:
            session = (await desk.post("/api/rooms/room1/session", {}))["id"]
            await _refused_offers(store, token)
            await _unknown_messages(installation)
            async with installation.publishing(SOURCE):

                async def recorded_us() -> int:
                    found = (await desk.get(f"/api/sessions/{session}"))["recordings"]
                    return int(found[0]["recorded_us"]) if found else 0

                await until(recorded_us)
                await _busy_source(installation)
                _is_problem(await _offer(store, b"hello", token=token), 400, "malformed_sdp")
                before = await recorded_us()

                async def goes_on() -> bool:
                    return await recorded_us() > before + 3_000_000

                await until(goes_on)
                end = (await desk.get(f"/api/sessions/{session}"))["recordings"][0]
                assert end["gaps"] == []
            await desk.post(f"/api/sessions/{session}/close", {"reason": "test"})
    assert verify_path(store.directory).exit_code == 0


async def _busy_source(installation: Installation) -> None:
    """A second publisher on a busy source is told so; the first goes on."""
    log = installation.store.directory / "logs" / f"publisher-{SOURCE}.log"
    async with installation.publishing(SOURCE) as second:

        def was_told() -> bool:
            return second.returncode is None and "409" in log.read_text()

        await until(was_told)


def _change(store: DemoStore, values: dict[str, dict[str, Any]]) -> None:
    settings = load(store.config_file)
    site: dict[str, dict[str, Any]] = {
        "store": {"directory": str(store.directory)},
        "centre": {
            "bind": "127.0.0.1",
            "https_port": settings.centre.https_port,
            "http_port": settings.centre.http_port,
        },
    }
    for section, items in values.items():
        site.setdefault(section, {}).update(items)
    store.config_file.write_text(to_toml(site))


async def _refusal(store: DemoStore) -> str:
    async with Supervisor(store.config_file, log_directory=store.directory / "logs") as supervisor:
        with pytest.raises(SupervisorError) as error:
            await supervisor.wait_ready()
    return str(error.value)


async def test_what_keeps_a_process_from_running_is_said_in_one_sentence(tmp_path: Path) -> None:
    store = await asyncio.to_thread(prepare_store, tmp_path / "store", None, any_port=True)

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        _change(store, {"centre": {"http_port": port}})
        said = await _refusal(store)
        assert str(port) in said
        assert "http_port" in said

    broken = tmp_path / "no-model"
    broken.mkdir()
    _change(store, {"transcription": {"model": str(broken)}})
    assert "Vosk" in await _refusal(store)

    (store.directory / "FORMAT").write_text('{"format":"duizhi-store/9"}')
    _change(store, {})
    assert "duizhi-store/9" in await _refusal(store)


async def test_a_full_disk_refuses_new_sessions_and_says_so(tmp_path: Path) -> None:
    store = await asyncio.to_thread(prepare_store, tmp_path / "store", None, any_port=True)
    _change(store, {"store": {"minimum_free_bytes": 1 << 60}})
    async with Supervisor(store.config_file, log_directory=store.directory / "logs") as supervisor:
        await supervisor.wait_ready()
        async with httpx.AsyncClient(
            base_url=store.address, headers={"X-Duizhi": "1"}, trust_env=False
        ) as client:
            person = store.accounts["lin"]
            known = {"account": person.account, "password": person.password}
            assert (await client.post("/api/login", json=known)).status_code == 200
            response = await client.post("/api/rooms/room1/session", json={})
            _is_problem(response, 503, "disk_full")
            assert int(response.headers["Retry-After"]) > 0
