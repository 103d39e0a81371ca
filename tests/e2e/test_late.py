"""A body camera with an outage: live by WHIP, the rest by a real tus client, the centre killed.

Real processes throughout: publisher, recorder, centre, tus-js-client from npm.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from command_centre.demo_desk import Desk
from command_centre.demo_store import CLIPS
from config.demo import CLIPS as CLIP_FOLDER
from evidence_store.verify import verify_path
from tests.e2e.installation import Installation, running, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
SOURCE = "bodycam-02"
ROOM = "site"


async def live_with_an_outage(installation: Installation, desk: Desk) -> str:
    """Publish two stretches of the clip with nothing between; returns the sealed session."""
    session = str((await desk.post(f"/api/rooms/{ROOM}/session", {}))["id"])

    async def recorded(least_us: int) -> bool:
        found = (await desk.get(f"/api/sessions/{session}"))["recordings"]
        total: int = sum(one["recorded_us"] for one in found)
        return total >= least_us

    async with installation.publishing(SOURCE, start_s=2.0):
        await until(lambda: recorded(4_000_000), timeout_s=60)
    await asyncio.sleep(4)
    before_us = sum(
        one["recorded_us"] for one in (await desk.get(f"/api/sessions/{session}"))["recordings"]
    )
    async with installation.publishing(SOURCE, start_s=18.0):
        await until(lambda: recorded(before_us + 4_000_000), timeout_s=60)
    await desk.post(f"/api/sessions/{session}/close", {"reason": "test"})
    return session


async def test_the_centre_is_killed_while_a_file_is_handed_over(tmp_path: Path) -> None:
    file = CLIP_FOLDER / f"{CLIPS[SOURCE]}.mp4"
    async with running(tmp_path / "store") as installation:
        store = installation.store
        async with installation.desk("lin") as desk:
            session = await live_with_an_outage(installation, desk)
            before = await desk.get(f"/api/sessions/{session}")
            (live,) = before["recordings"]
            assert live["gap_us"] > 2_000_000
            token = store.token_file(SOURCE).read_text().strip()
            order = {
                "packages": str(ROOT / "web/package.json"),
                "endpoint": f"{store.address}/uploads",
                "file": str(file),
                "chunk": 60_000,
                "memory": str(tmp_path / "tus.json"),
                "metadata": {"source": SOURCE, "filename": "R0002.MP4"},
                "headers": {"Authorization": f"Bearer {token}"},
            }
            said = await killed_in_the_middle(installation, order)
            assert "done" in said[-1], said[-1]
            upload = said[-1]["done"].rpartition("/")[2]

            async def ended() -> dict[str, Any] | None:
                listed = (await desk.get("/api/handover"))["uploads"]
                view: dict[str, Any] = next(one for one in listed if one["id"] == upload)
                return view if view["state"] in ("filed", "refused") else None

            await until(ended, timeout_s=90)
            view = await ended()
            assert view is not None
            assert (view["state"], view["code"]) == ("filed", ""), view
            assert view["result"]["match"] == "pictures"
            after = await desk.get(f"/api/sessions/{session}")
            (late,) = after["late"]
            assert after["recordings"] == before["recordings"], "the sealed account stays"
            gap = max(live["gaps"], key=lambda one: one["end_us"] - one["start_us"])
            inside = [
                one
                for one in late["spans"]
                if one["start_us"] < gap["end_us"] and one["end_us"] > gap["start_us"]
            ]
            filled = sum(one["end_us"] - one["start_us"] for one in inside)
            assert abs(filled - (gap["end_us"] - gap["start_us"])) < 200_000
            assert late["name"] == "R0002.MP4"
    report = await asyncio.to_thread(verify_path, store.directory)
    assert report.findings == []
    assert report.totals.late_files == 1


async def killed_in_the_middle(
    installation: Installation, order: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run the client; kill -9 the centre once a few pieces are there."""
    script = ROOT / "tests/command_centre/tus_client.mjs"
    process = await asyncio.create_subprocess_exec(
        "node", str(script), json.dumps(order), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said: list[dict[str, Any]] = []
    killed = 0
    async with asyncio.timeout(120):
        async for line in process.stdout:
            said.append(json.loads(line))
            accepted = said[-1].get("accepted", 0)
            if killed == 0 and accepted >= 120_000:
                killed = accepted
                installation.kill("centre")
        await process.wait()
    assert killed, said
    assert max(one.get("accepted", 0) for one in said) > killed
    return said
