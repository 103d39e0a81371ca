"""A closed session heard again from its recording by a second model, beside the first."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from command_centre.demo_store import prepare_store
from command_centre.supervisor import Supervisor
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from tests.e2e.installation import Installation, until
from transcription.wer import rate

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.model]


async def test_a_closed_session_is_heard_again(tmp_path: Path) -> None:
    store = await asyncio.to_thread(prepare_store, tmp_path / "store", None, any_port=True)
    with store.config_file.open("a", encoding="utf-8") as file:
        file.write('\n[transcription]\nsecond_model = "shipped"\n')
    async with Supervisor(store.config_file, log_directory=store.directory / "logs") as supervisor:
        await supervisor.wait_ready()
        installation = Installation(store, supervisor)
        async with installation.desk("lin") as desk:
            session = (await desk.post("/api/rooms/room1/session", {}))["id"]
            path = f"/api/sessions/{session}/readings"
            assert (await desk.get(path))["readings"] == []
            async with installation.publishing("room1-camera", start_s=85.0):
                await asyncio.sleep(15)
            await desk.post(f"/api/sessions/{session}/close", {"reason": "test"})

            async def done() -> bool:
                return [one["state"] for one in (await desk.get(path))["readings"]] == ["done"]

            await until(done, timeout_s=90)
            [reading] = (await desk.get(path))["readings"]
            assert (reading["engine"], reading["by_name"]) == ("vosk", "")
            second = await desk.get(f"/api/sessions/{session}/second?reading={reading['id']}")
            again = second["lines"]
            page = await desk.get(f"/api/cases/{store.case}/utterances")
    live = "".join(one["text"] for one in page["utterances"])
    heard = "".join(one["text"] for one in again)
    assert len(live) > 10
    assert rate([(live, heard)]) < 0.3  # the same sound; cut in other places
    reader = LogReader(store.directory / "recorder-1" / "log")
    entries = [json.loads(data) for data in reader.entries(0, reader.checkpoint().size)]
    kinds = [entry["kind"] for entry in entries if entry["session"] == session]
    assert kinds.count("utterance.second") == len(again)
    assert kinds.count("utterance.second_asked") == kinds.count("utterance.second_done") == 1
    assert verify_path(store.directory).exit_code == 0
