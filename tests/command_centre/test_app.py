"""The application as a whole: documents, problems, pages, headers, health, and no leaks."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from command_centre.api.app import ENDPOINTS
from command_centre.api.problems import PROBLEMS
from command_centre.desk.recorder_port import KNOWN
from config.bus import Refused
from config.messages import TRANSCRIBER, encode
from config.transcriber_messages import TranscriberStatus
from tests.command_centre.centre import CASE, Centre
from tests.command_centre.web import Web


def _refs(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [ref for item in value.values() for ref in _refs(item)]
    if isinstance(value, list):
        return [ref for item in value for ref in _refs(item)]
    return []


async def test_the_openapi_document_describes_every_endpoint(centre: Centre) -> None:
    async with centre.client() as client:
        document = (await client.get("/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    assert set(document["info"]) >= {"title", "version"}
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert described == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for path, methods in document["paths"].items():
        for operation in methods.values():
            declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path))
            for status, response in operation["responses"].items():
                assert re.fullmatch(r"[2-5]\d\d", status)
                assert response["description"]
    for ref in _refs(document):
        name = ref.removeprefix("#/components/schemas/")
        assert name in document["components"]["schemas"], ref


async def test_replies_have_the_members_the_document_promises(centre: Centre) -> None:
    async with centre.client("manager") as client:
        document = (await client.get("/openapi.json")).json()
        for path in ("/api/me", "/api/time", "/api/cases", f"/api/cases/{CASE}", "/api/system"):
            reply = (await client.get(path)).json()
            template = path.replace(CASE, "{case}")
            content = document["paths"][template]["get"]["responses"]["200"]["content"]
            name = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            schema = document["components"]["schemas"][name]
            assert set(schema["required"]) <= set(reply)
            assert set(reply) <= set(schema["properties"])


def test_every_code_has_a_status_and_a_title() -> None:
    for code, (status, title) in PROBLEMS.items():
        assert re.fullmatch(r"[a-z_]+", code)
        assert 400 <= status <= 503
        assert title
    assert set(PROBLEMS) >= KNOWN
    assert set(PROBLEMS) >= {code for endpoint in ENDPOINTS for code in endpoint.codes}


async def test_an_error_nobody_expected_is_a_problem_too(centre: Centre) -> None:
    del centre.context.board.statuses  # a fault of ours
    async with centre.client("auditor") as client:
        session = await centre.open_room("room1")
        answer = await client.get(f"/api/sessions/{session}")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"


async def test_pages_are_served_with_a_strict_policy(centre: Centre) -> None:
    dist = centre.context.web_dist
    async with centre.client() as client:
        missing = await client.get("/")
        assert missing.status_code == 503
        assert "make web" in missing.text
        (dist / "assets").mkdir(parents=True)
        (dist / "index.html").write_text("<!doctype html><title>x</title>")
        (dist / "assets" / "a-1.js").write_text("1")
        (dist.parent / "secret.txt").write_text("no")
        page = await client.get("/")
        own = await client.get(f"/wall/{CASE}")
        script = await client.get("/assets/a-1.js")
        gone = await client.get("/assets/a-2.js")
        outside = await client.get("/%2e%2e/secret.txt")
        api = await client.get("/api/none")
        whip = await client.get("/whip/")
    assert page.text == own.text == "<!doctype html><title>x</title>"
    assert "immutable" in script.headers["cache-control"]
    assert page.headers["cache-control"] == "no-cache"
    assert script.headers["content-type"].startswith("text/javascript")
    assert (gone.status_code, outside.status_code, api.status_code) == (404, 404, 404)
    assert whip.status_code == 404
    for answer in (missing, page, script, gone, api):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src 'self';" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"


async def test_health_readiness_and_metrics(centre: Centre) -> None:
    async def status(method: str, _payload: bytes) -> bytes:
        assert method == "status"
        return encode(
            TranscriberStatus(
                model="demo", model_demo=True, model_digest="00", tracks=2, behind_us=5
            )
        )

    async with centre.client() as client, centre.client("auditor") as auditor:
        assert (await client.get("/healthz")).json()["ok"] is True
        unready = await client.get("/readyz")
        assert unready.status_code == 503
        assert unready.json()["parts"]["transcriber"] == {"ok": False, "detail": "unreachable"}
        async with centre.exchange.bus().serve(TRANSCRIBER, status):
            ready = await client.get("/readyz")
            assert ready.status_code == 200, ready.text
            system = (await auditor.get("/api/system")).json()
        assert system["model"] == {"name": "demo", "demo": True, "digest": "00"}
        assert system["recorder"]["disk_hours_left"] == 100.0
        centre.recorder.degraded = "disk_full"
        assert (await client.get("/readyz")).json()["parts"]["recorder"]["detail"] == "disk_full"
        metrics = (await client.get("/metrics")).text
    assert "duizhi_recorder_up 1.0" in metrics
    assert 'duizhi_http_requests_total{method="GET",status="503"} 2.0' in metrics


async def test_a_recorder_that_goes_and_comes_is_told_to_the_desks(web: Web) -> None:
    async with web.desk("manager") as wall:
        service = web.centre.exchange.services.pop("recorder")
        await web.centre.context.watch.look()
        assert (await wall.until("system"))["code"] in (
            "recorder_unreachable",
            "transcriber_unreachable",
        )
        opened = await _open(web)
        assert (opened.status_code, opened.json()["code"]) == (503, "recorder_unreachable")
        web.centre.exchange.services["recorder"] = service
        await web.centre.context.watch.look()
        codes = [(await wall.until("system"))["code"]]
        while "recorder_back" not in codes:
            codes.append((await wall.until("system"))["code"])
    web.centre.recorder.refuse["open_session"] = Refused("disk_full", "free some space")
    full = await _open(web)
    assert (full.status_code, full.json()["code"]) == (503, "disk_full")
    assert full.headers["retry-after"]


async def _open(web: Web) -> Any:
    async with web.centre.client("manager") as client:
        return await client.post("/api/rooms/room2/session", json={})


@pytest.mark.slow
async def test_coming_and_going_fifty_times_leaks_nothing(web: Web) -> None:
    async def once() -> None:
        async with web.desk("manager") as wall, web.connect("/ws/live/room1-camera", "auditor"):
            await wall.command("ping")

    # connections and threads are opened when first needed: need them all once
    await asyncio.gather(*(web.centre.context.logins.caller_of("none") for _ in range(20)))
    for _ in range(5):
        await once()
    before = await _counts(web)
    for _ in range(50):
        await once()
    after = await _counts(web)
    assert after == before


async def _counts(web: Web) -> tuple[int, int, int, int, int]:
    """Threads, descriptors, tasks, desks and viewers once everything has settled."""
    for _ in range(200):
        await asyncio.sleep(0.01)
        if not len(web.centre.context.hub) and not len(web.centre.context.live):
            break
    await asyncio.sleep(0.2)
    gc.collect()
    return (
        threading.active_count(),
        len(os.listdir("/proc/self/fd")),
        len(asyncio.all_tasks()),
        len(web.centre.context.hub),
        len(web.centre.context.live),
    )


def test_the_policy_of_logs_holds() -> None:
    """No log line of the centre formats a name, a text or a token."""
    package = Path(__file__).parents[2] / "command_centre"
    for folder in ("api", "desk", "db"):
        for path in (package / folder).rglob("*.py"):
            for line in re.findall(r"logger\.\w+\((.*?)\)\n", path.read_text(), re.DOTALL):
                assert not re.search(r"\b(text|name_zh|password|token|reason|by_name)\b", line), (
                    path
                )
