"""Two recorder processes: rooms are spread over them, and one crash touches only its own rooms."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from command_centre.cli import main
from command_centre.demo_desk import Desk
from command_centre.desk import protocol
from config.recorders import place, recorder_names
from evidence_store.fsck import fsck_store
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from tests.e2e.installation import Installation, Seen, running, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOMS = ("room1", "room2")


def _log_of(store: Path, session: str) -> str:
    """The log that holds a session, looked up in the files."""
    for name in recorder_names(2):
        reader = LogReader(store / name / "log")
        entries = [json.loads(entry) for entry in reader.opened(0, reader.checkpoint().size)]
        if any(entry["session"] == session for entry in entries):
            return name
    raise AssertionError(f"no log holds {session}")


async def _answers(admin: Desk, log: str) -> bool:
    parts = (await admin.get("/api/running/health"))["health"]["parts"]
    return [one["state"] for one in parts if one["name"] == log] == ["ok"]


async def _keys_change_once_it_answers(installation: Installation, log: str) -> None:
    """The order finds the recorder held up: it says so, waits, and is taken up."""
    child = installation.supervisor.children[log]
    assert child.pid is not None
    starts = child.starts
    async with installation.desk("admin") as admin:

        async def state() -> tuple[str, bool]:
            found = (await admin.get("/api/running/keys"))["rotations"]
            return next((one["state"], one["away"]) for one in found if one["log"] == log)

        # withdrawn before it answers: what it was told meanwhile finds no order
        os.kill(child.pid, signal.SIGSTOP)
        try:
            await admin.post(f"/api/running/keys/{log}/rotate", {"reason": "test"})
            assert await state() == ("waiting", True)
            await admin.post(f"/api/running/keys/{log}/withdraw", {})
            assert await state() == ("none", False)
        finally:
            os.kill(child.pid, signal.SIGCONT)
        await until(lambda: _answers(admin, log))
        await asyncio.sleep(2)  # longer than it takes to see an order and to end
        assert child.starts == starts
        os.kill(child.pid, signal.SIGSTOP)
        try:
            await admin.post(f"/api/running/keys/{log}/rotate", {"reason": "test"})
            assert await state() == ("waiting", True)
        finally:
            os.kill(child.pid, signal.SIGCONT)
        await installation.back(log, starts)
        assert await state() == ("none", False)
    ended = list((installation.store.directory / "keys").glob(f"{log}.ended-*.pub.pem"))
    assert len(ended) == 1


async def test_killing_one_recorder_leaves_the_other_without_a_gap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path / "store", recorders=2) as installation:
        store, seen = installation.store, Seen()

        def protected_us(source: str) -> int:
            messages = seen.of(protocol.ProtectedMessage)
            return max((m.until_us for m in messages if m.source == source), default=0)

        async def going(source: str) -> None:
            before_us = protected_us(source)
            await until(lambda: protected_us(source) > before_us + 3_000_000, timeout_s=60)

        async with (
            installation.desk("lin") as desk,
            desk.line(store.case, "wall", None, seen),
        ):
            sessions = {
                room: (await desk.post(f"/api/rooms/{room}/session", {}))["id"] for room in ROOMS
            }
            logs = {room: _log_of(store.directory, sessions[room]) for room in ROOMS}
            assert sorted(logs.values()) == ["recorder-1", "recorder-2"]
            hit = next(room for room in ROOMS if logs[room] == "recorder-2")
            spared = next(room for room in ROOMS if logs[room] == "recorder-1")
            async with (
                installation.publishing("room1-camera"),
                installation.publishing("room2-camera"),
            ):
                for room in ROOMS:
                    await going(f"{room}-camera")
                starts = installation.kill("recorder-2")
                await going(f"{spared}-camera")
                await installation.back("recorder-2", starts)
                await going(f"{hit}-camera")
                # words of both rooms are written into the logs of their recorders
                await until(
                    lambda: {m.room for m in seen.of(protocol.UtteranceEvent)} == set(ROOMS),
                    timeout_s=90,
                )
                await asyncio.gather(
                    *(
                        desk.post(f"/api/sessions/{s}/close", {"reason": "test"})
                        for s in sessions.values()
                    )
                )
            found = {room: await desk.get(f"/api/sessions/{sessions[room]}") for room in ROOMS}
        for room, log in logs.items():
            [recording] = found[room]["recordings"]
            causes = {gap["cause"] for gap in recording["gaps"]}
            assert ("recorder" in causes) == (room == hit), (room, causes)
            assert found[room]["log"]["origin"].endswith(log)
        for message in seen.of(protocol.UtteranceEvent):
            assert place(message.index)[0] == logs[message.room]
        await _keys_change_once_it_answers(installation, "recorder-2")

    found_wrong = verify_path(store.directory)
    assert found_wrong.exit_code == 0, found_wrong.findings
    assert fsck_store(store.directory).exit_code == 0
    package = tmp_path / "package"
    config = str(store.config_file)
    export = ["export", "--case", store.case, "--out", str(package), "--config", config]
    assert await asyncio.to_thread(main, export) == 0
    capsys.readouterr()
    assert main(["verify", str(package), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [log["origin"] for log in report["further_logs"]] == ["duizhi.local/recorder-2"]
    assert report["totals"]["recordings"] == 2
