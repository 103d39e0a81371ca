"""kill -9 of the transcriber for as long as the session lasts, and of the recorder behind it.

Every word is written all the same: from the recorded segments, once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evidence_store.verify import verify_path
from tests.e2e.installation import Installation, running, until
from tests.e2e.test_killed import _entries

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SOURCE = "room1-camera"
SPEAK_S = 10.0
#: The longest anybody is silent in what the clip says from there on.
SILENT_US = 6_000_000


@contextlib.asynccontextmanager
async def kept_down(installation: Installation, name: str) -> AsyncIterator[None]:
    """A process that is killed whenever it comes up."""

    async def kill() -> None:
        while True:
            with contextlib.suppress(AssertionError, ProcessLookupError):
                installation.kill(name)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(kill())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_closed_while_the_transcriber_was_down_and_the_recorder_started_anew(
    tmp_path: Path,
) -> None:
    async with running(tmp_path / "store") as installation, installation.desk("lin") as desk:
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]
        async with installation.publishing(SOURCE, start_s=85.0):
            await until(lambda: _entries(installation, "utterance"), timeout_s=60)
            async with kept_down(installation, "transcriber"):
                before = len(_entries(installation, "utterance"))
                await asyncio.sleep(SPEAK_S)
                assert len(_entries(installation, "utterance")) - before <= 1
                await desk.post(f"/api/sessions/{session}/close", {"reason": "test"})
                starts = installation.kill("recorder-1")
                await until(lambda: installation.supervisor.children["recorder-1"].starts > starts)
        await until(lambda: _reaches_the_end(installation), timeout_s=60)
        said = _said(installation)
    for earlier, later in pairwise(said):
        assert later["start_us"] - earlier["end_us"] < SILENT_US, "words are missing"
    assert len({one["id"] for one in said}) == len(said)
    for speaker in ("interviewer", "interviewee"):
        own = [one for one in said if one["speaker"] == speaker]
        assert own
        for earlier, later in pairwise(own):
            assert earlier["end_us"] <= later["start_us"], "no word is written twice"
    assert verify_path(installation.store.directory).exit_code == 0


def _said(installation: Installation) -> list[dict[str, Any]]:
    bodies = [entry["body"] for entry in _entries(installation, "utterance")]
    return sorted(bodies, key=lambda body: int(body["start_us"]))


def _reaches_the_end(installation: Installation) -> bool:
    """The last words of the recording are written."""
    closed = [e["body"] for e in _entries(installation, "recording.close")]
    said = _said(installation)
    return bool(closed and said) and closed[0]["end_us"] - said[-1]["end_us"] < SILENT_US
