"""``duizhi export --withhold`` and ``duizhi redact``: the command itself, on real stores."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from command_centre.cli import main
from command_centre.desk.centre_log import CentreLog
from command_centre.desk.context import database_path
from command_centre.desk.opening import open_centre, open_log
from command_centre.log_note import note_service
from command_centre.withhold_words import rule_of
from command_centre.zmq_bus import ZmqBus
from config.clock import SystemClock
from config.messages import CENTRE
from config.settings import load
from evidence_store.errors import PackageError
from evidence_store.reader import LogReader
from tests.command_centre.centre import TickingClock, seeded_database
from tests.command_centre.fake_recorder import FakeRecorder
from tests.command_centre.test_audit import PLAN, SOURCE, played_store
from tests.evidence_store.builder import SECOND, START_US
from tests.evidence_store.real_media import clips
from tests.fakes.memory_bus import Exchange

SESSION = "s00000000000000000000"
FIRST_SECOND = f"media:source={SOURCE},start={START_US},end={START_US + SECOND}"
#: Nothing altered, nothing missing; the centre's own witness is not there to cosign the last entry.
WHOLE = {"complete", "not_yet_witnessed"}
NAMED = ["--authorised-by", "审核人", "--to", "辩护人", "--reason", "向辩护人提供"]


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings and a closed store whose media play; commands run in it."""
    (tmp_path / "duizhi.toml").write_text('[store]\ndirectory = "store"\n')
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "store"
    await asyncio.to_thread(lambda: played_store(store, clips(tmp_path, 4)[0]))
    exchange = Exchange()
    recorder = FakeRecorder(exchange.bus())
    recorder.entries = LogReader(store / "recorder-1" / "log").opened(0, 10_000)
    seeded_database(database_path(store))
    settings = load(overrides={"store": {"directory": str(store)}})
    async with recorder.serving(), open_centre(settings, exchange.bus(), TickingClock()) as centre:
        await centre.follower.reached(len(recorder.entries) - 1)
    return tmp_path


async def run(*arguments: str) -> int:
    """The command, in a thread: it brings an event loop of its own."""
    return await asyncio.to_thread(main, list(arguments))


def centre_entries(site: Path, *kinds: str) -> list[dict[str, Any]]:
    """Bodies in the centre's log."""
    entries = map(json.loads, LogReader(site / "store/centre/log").opened(0, 1000))
    return [entry["body"] for entry in entries if entry["kind"] in kinds]


def both_verifiers(package: Path) -> list[dict[str, Any]]:
    """What ``duizhi verify`` and the package's own ``verify.py`` report."""
    commands = (
        [sys.executable, "-m", "command_centre.cli", "verify", str(package), "--json"],
        [sys.executable, "-I", str(package / "verify.py"), str(package), "--json"],
    )
    found = []
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        found.append(json.loads(done.stdout))
    return found


async def test_a_disclosure_copy_from_the_command_line(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    about = ["export", "--session", SESSION, "--out", "copy", "--withhold", FIRST_SECOND]
    assert await run(*about, "payloads:kind=utterance", *NAMED) == 0
    said = json.loads(capsys.readouterr().out)
    decided, export = centre_entries(site, "disclose.made", "export")
    scope = {"source": SOURCE, "start_us": START_US, "end_us": START_US + SECOND}
    assert decided["withhold"] == {"media": [scope], "payloads": [{"kind": "utterance"}]}
    assert (decided["authorised_by"], decided["to"]) == ("审核人", "辩护人")
    assert decided["reason"] == export["reason"] == "向辩护人提供"
    assert decided["sessions"] == [SESSION]
    assert said["disclosure"] == decided["disclosure"] == export["disclosure"]
    for report in await asyncio.to_thread(both_verifiers, site / "copy"):
        assert report["verdict"] in WHOLE
        assert report["findings"] == []
        assert "withheld" in [notice["code"] for notice in report["notices"]]
        states = [span["state"] for span in report["per_source"][0]["spans"]]
        assert states == ["withheld", "proved"]


async def test_a_redacted_copy_from_the_command_line(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "plan.json").write_text(json.dumps(PLAN))
    what = ["redact", "plan.json", "--session", SESSION, "--source", SOURCE]
    assert await run(*what, "--reason", "保护未成年人", "--out", "shown.mp4") == 0
    said = json.loads(capsys.readouterr().out)
    (made,) = centre_entries(site, "derived.made")
    assert (made["derived"], made["reason"]) == (said["derived"], "保护未成年人")
    assert made["plan"] == {
        **PLAN,
        "regions": [{**PLAN["regions"][0], "faces": False}],
        "cut": False,
        "readings": [],
    }
    data = (site / "shown.mp4").read_bytes()
    assert hashlib.sha256(data).hexdigest() == made["sha256"] == said["sha256"]
    assert said["hidden_pictures"] > 0
    assert await run("export", "--session", SESSION, "--out", "package") == 0
    for report in await asyncio.to_thread(both_verifiers, site / "package"):
        assert report["verdict"] in WHOLE
        assert report["findings"] == []
        derived = [(one["derived"], one["state"]) for one in report["derived"]]
        assert derived == [(said["derived"], "proved")]


async def test_a_running_centre_takes_the_entries(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log is held by a centre, so the entries go through it."""
    settings = load(site / "duizhi.toml")
    (site / "plan.json").write_text(json.dumps(PLAN))
    writer = await asyncio.to_thread(open_log, site / "store", settings.recorder.checkpoint_ms)
    try:
        async with ZmqBus(settings.bus_path, CENTRE, [], 100) as bus:
            log = CentreLog(writer, SystemClock())
            async with bus.serve(CENTRE, note_service(log)):
                what = ["--session", SESSION, "--source", SOURCE, "--reason", "x"]
                assert await run("redact", "plan.json", *what) == 0, capsys.readouterr().err
                about = ["export", "--session", SESSION, "--out", "copy"]
                assert await run(*about, "--withhold", FIRST_SECOND, *NAMED) == 0
    finally:
        await asyncio.to_thread(writer.close)
    assert len(centre_entries(site, "derived.made", "disclose.made", "export")) == 3
    reports = await asyncio.to_thread(both_verifiers, site / "copy")
    assert {one["verdict"] for one in reports} <= WHOLE


async def test_what_cannot_be_made_says_why_and_logs_nothing(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    about = ["export", "--session", SESSION, "--out", "copy"]
    refused = [
        ([*about, "--withhold", FIRST_SECOND], "--authorised-by, --to, --reason"),
        ([*about, "--to", "辩护人"], "--withhold"),
        ([*about, "--withhold", "media", *NAMED, "--sealed"], "--sealed"),
        ([*about, "--withhold", "pictures", *NAMED], "media, payloads, documents, entries"),
        ([*about, "--withhold", "media:start=yesterday", *NAMED], "yesterday is no time"),
        ([*about, "--withhold", "media", *NAMED[:-1], "x" * 501], "reason"),
        (["export", "--session", "s9", "--out", "c", "--withhold", "media", *NAMED], "no such"),
    ]
    (site / "plan.json").write_text(json.dumps({**PLAN, "regions": [], "silences": []}))
    (site / "wrong.json").write_text('{"start": 1}')
    early = {"start_us": 1, "end_us": 2 * SECOND, "silences": [{**PLAN["silences"][0]}]}
    (site / "early.json").write_text(json.dumps(early))
    faces = {**PLAN, "regions": [{**PLAN["regions"][0], "boxes": [], "faces": True}]}
    (site / "faces.json").write_text(json.dumps(faces))
    where = ["--session", SESSION, "--source", SOURCE, "--reason", "x"]
    refused += [
        (["redact", "plan.json", *where], "hides nothing"),
        (["redact", "wrong.json", *where], "duizhi redact --help"),
        (["redact", "absent.json", *where], "absent.json"),
        (["redact", "early.json", *where], "nothing of this source"),
        (["redact", "faces.json", *where], "redaction.face_model"),
    ]
    for arguments, words in refused:
        assert await run(*arguments) == 2, arguments
        assert words in capsys.readouterr().err, arguments
    assert centre_entries(site, "disclose.made", "export", "derived.made") == []
    assert not (site / "copy").exists()
    assert not any((site / "store/derived").glob("*"))


def test_rules_in_words_and_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text('{"documents": [{"session": "s1"}]}')
    day = "media:session=s1,start=2026-05-14T09:30:00+08:00,end_us=1778722260000000"
    assert rule_of([day, str(file), "entries:origin=a/b,seq=17", "documents"]) == {
        "media": [{"session": "s1", "start_us": 1778722200000000, "end_us": 1778722260000000}],
        "documents": [{"session": "s1"}, {}],
        "entries": [{"origin": "a/b", "seq": 17}],
    }
    for bad in ("media:room=1", "media:start=2026-05-14T09:30:00", "entries:origin=a", "media:x"):
        with pytest.raises(PackageError):
            rule_of([bad])
