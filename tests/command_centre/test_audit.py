"""The audit desk on a real store: detail, log with proofs, playback, verify, export, download."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Update, update

from command_centre.api.app import create_app
from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.context import CentreContext, database_path
from command_centre.desk.opening import open_centre
from command_centre.desk.zip_stream import zip_stream
from config.settings import load
from evidence_store.merkle import leaf_hash
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from tests.command_centre.centre import TickingClock, running_centre, seeded_database
from tests.command_centre.fake_recorder import FakeRecorder
from tests.command_centre.story import CASE
from tests.evidence_store.builder import SECOND, START_US, make_store, open_writer
from tests.evidence_store.real_media import PlayedSession, clips
from tests.fakes.memory_bus import Exchange

SOURCE = "room1-camera"


@dataclass
class Audit:
    """A centre over a real store."""

    context: CentreContext
    store: Path
    session: str
    cookies: dict[str, str]

    def client(self, role: str = "auditor") -> httpx.AsyncClient:
        """The audit desk."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=create_app(self.context)),
            base_url="http://centre.test",
            cookies={"duizhi_login": self.cookies[role]},
            headers={"X-Duizhi": "1"},
        )

    async def done(self, client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
        """Start a job and wait for its end."""
        started = await client.post(path, json=body)
        assert started.status_code == 202, started.text
        async with asyncio.timeout(60):
            while True:
                job = (await client.get(f"/api/jobs/{started.json()['job']}")).json()
                if job["state"] != "running":
                    return dict(job)
                await asyncio.sleep(0.05)

    def centre_kinds(self) -> list[str]:
        """Kinds in the centre's own log."""
        reader = LogReader(self.store / "centre" / "log")
        return [json.loads(entry)["kind"] for entry in reader.entries(0, 1000)]


@contextlib.asynccontextmanager
async def auditing(store: Path, session: str, **settings_of: Any) -> AsyncIterator[Audit]:
    exchange = Exchange()
    recorder = FakeRecorder(exchange.bus())
    recorder.entries = LogReader(store / "recorder-1" / "log").opened(0, 10_000)
    cookies = seeded_database(database_path(store))
    settings = load(overrides={"store": {"directory": str(store)}, **settings_of})
    async with (
        recorder.serving(),
        open_centre(settings, exchange.bus(), TickingClock()) as context,
    ):
        await context.follower.reached(len(recorder.entries) - 1)
        yield Audit(context, store, session, cookies)


@pytest.fixture
async def audit(tmp_path: Path) -> AsyncIterator[Audit]:
    store, (session,) = make_store(tmp_path / "store", gap=True)
    async with auditing(store, session) as running:
        yield running


async def test_a_session_in_detail(audit: Audit) -> None:
    async with audit.client() as client:
        detail = (await client.get(f"/api/sessions/{audit.session}")).json()
    (recording,) = detail["recordings"]
    assert recording["segments"] == 4
    assert recording["recorded_us"] == 8 * SECOND
    assert recording["gap_us"] == 3 * SECOND
    assert recording["end_us"] - recording["start_us"] == 11 * SECOND
    assert recording["gaps"] == [
        {
            "start_us": START_US + 4 * SECOND,
            "end_us": START_US + 7 * SECOND,
            "cause": "network",
            "pressed": "",
        }
    ]
    assert recording["state"] == "closed"
    assert detail["log"]["origin"] == "duizhi.local/recorder-1"


async def test_the_log_in_pages_and_an_entry_with_its_proof(audit: Audit) -> None:
    async with audit.client() as client:
        url = f"/api/sessions/{audit.session}/log"
        first = (await client.get(url, params={"limit": 5})).json()
        rest = (await client.get(url, params={"after": first["next"]})).json()
        segments = (await client.get(url, params={"kind": "media.segment"})).json()
        index = segments["entries"][0]["index"]
        proof = (await client.get(f"/api/log/{index}")).json()
        beyond = await client.get("/api/log/100000")
        word = await client.get("/api/log/first")
    indexes = [entry["index"] for entry in first["entries"] + rest["entries"]]
    assert indexes == sorted(set(indexes))
    assert rest["next"] is None
    assert len(segments["entries"]) == 4
    assert "sender_reports" not in segments["entries"][0]["summary"]
    assert leaf_hash(proof["entry"].encode()).hex() == proof["leaf_hash"]
    assert len(proof["proof"]["path"]) > 0
    assert beyond.json()["code"] == word.json()["code"] == "unknown_entry"


async def test_entries_of_all_sessions_come_at_once_the_newest_first(audit: Audit) -> None:
    url = f"/api/cases/{CASE}/entries"
    async with audit.client() as client:
        session_url = f"/api/sessions/{audit.session}/log"
        each = (await client.get(session_url, params={"limit": 1000})).json()["entries"]
        whole = (await client.get(url, params={"limit": 1000})).json()
        chosen = (await client.get(url, params={"kinds": "media.gap|media.segment"})).json()
        pages: list[dict[str, Any]] = []
        more, after = True, ""
        while more:
            page = (await client.get(f"{url}?limit=3{after}")).json()
            pages += page["entries"]
            more, last = page["more"], page["entries"][-1]
            after = f"&before_us={last['t_us']}&before={last['index']}"
        nothing = (await client.get(url, params={"kinds": "no.such"})).json()
        unknown = await client.get("/api/cases/none/entries")
    newest = sorted(each, key=lambda one: (one["t_us"], one["index"]), reverse=True)
    assert whole == {
        "entries": [{**one, "session": audit.session} for one in newest],
        "more": False,
    }
    kinds = [one["kind"] for one in chosen["entries"]]
    assert sorted(kinds) == ["media.gap"] + ["media.segment"] * 4
    assert pages == whole["entries"]
    assert len(pages) > 6
    assert nothing == {"entries": [], "more": False}
    assert unknown.status_code == 404


def _execute(writing: Writing, statement: Update) -> None:
    writing.execute(statement)


async def test_entries_of_other_rooms_are_left_out_for_whom_they_are_not(audit: Audit) -> None:
    table = schema.account
    url = f"/api/cases/{CASE}/entries"
    found = {}
    for room in ("room1", "room2"):
        bind = update(table).where(table.c.account == "auditor").values(rooms=room)
        await audit.context.database.write(partial(_execute, statement=bind))
        async with audit.client() as client:
            found[room] = len((await client.get(url)).json()["entries"])
    assert found["room1"] > 0
    assert found["room2"] == 0


async def test_a_segment_plays_with_its_init_and_an_altered_one_does_not(audit: Audit) -> None:
    url = f"/api/sessions/{audit.session}/sources/{SOURCE}/segment"
    media = audit.store / "recorder-1" / "media" / audit.session / SOURCE
    async with audit.client() as client:
        played = await client.get(url, params={"at_us": START_US + 3 * SECOND})
        in_the_gap = await client.get(url, params={"at_us": START_US + 5 * SECOND})
        before = await client.get(url, params={"at_us": START_US - 1})
        without = await client.get(url)
        (media / "e001-000002.m4s").write_bytes(b"other")
        altered = await client.get(url, params={"at_us": START_US + 3 * SECOND})
        (media / "e001-000001.m4s").unlink()
        missing = await client.get(url, params={"at_us": START_US + 1 * SECOND})
    init = hashlib.sha256(f"media/{audit.session}/{SOURCE}/e001-init.mp4".encode()).digest() * 4
    assert played.content.startswith(init)
    assert played.headers["content-type"] == "video/mp4"
    assert played.headers["x-duizhi-start-us"] == str(START_US + 2 * SECOND)
    assert [
        answer.json()["code"] for answer in (in_the_gap, before, without, altered, missing)
    ] == [
        "no_segment",
        "no_segment",
        "malformed_request",
        "segment_altered",
        "segment_altered",
    ]


async def test_behind_the_last_segment_there_is_nothing_and_no_error(audit: Audit) -> None:
    """A player goes on until there, or asks again. In a hole, or of another source: no segment."""
    url = f"/api/sessions/{audit.session}/sources/{SOURCE}/segment"
    async with audit.client() as client:
        behind = await client.get(url, params={"at_us": START_US + 11 * SECOND})
        in_the_gap = await client.get(url, params={"at_us": START_US + 5 * SECOND})
        other = url.replace(SOURCE, "other")
        unknown = await client.get(other, params={"at_us": START_US + 11 * SECOND})
    assert (behind.status_code, behind.content) == (204, b"")
    assert [one.json()["code"] for one in (in_the_gap, unknown)] == ["no_segment"] * 2


async def test_who_may_play_a_segment(audit: Audit) -> None:
    url = f"/api/sessions/{audit.session}/sources/{SOURCE}/segment"
    codes = {}
    for role in ("manager", "interviewer", "auditor", "administrator"):
        async with audit.client(role) as client:
            codes[role] = (await client.get(url, params={"at_us": START_US + 1})).status_code
    assert codes == {"manager": 200, "interviewer": 200, "auditor": 200, "administrator": 403}
    assert audit.centre_kinds().count("access.media") == 3


@pytest.mark.parametrize(("room", "code"), [("room1", ""), ("room2", "wrong_room")])
async def test_a_bound_interviewer_plays_only_his_room(audit: Audit, room: str, code: str) -> None:
    table = schema.account
    bind = update(table).where(table.c.account == "interviewer").values(rooms=room)
    await audit.context.database.write(lambda writing: writing.connection.execute(bind))
    url = f"/api/sessions/{audit.session}/sources/{SOURCE}/segment"
    async with audit.client("interviewer") as client:
        answer = await client.get(url, params={"at_us": START_US + 1})
    assert (answer.json()["code"] if answer.status_code != 200 else "") == code


async def test_verifying_names_an_altered_segment(audit: Audit) -> None:
    async with audit.client() as client:
        good = await audit.done(client, "/api/verifications", session=audit.session)
        path = f"media/{audit.session}/{SOURCE}/e001-000002.m4s"
        file = audit.store / "recorder-1" / path
        raw = bytearray(file.read_bytes())
        raw[7] ^= 1
        file.chmod(0o644)
        file.write_bytes(raw)
        bad = await audit.done(client, "/api/verifications", case=CASE)
    assert good["state"] == "done", good
    assert good["progress"] == 1000
    assert good["result"]["totals"]["recorded_us"] == 8 * SECOND
    assert good["result"]["totals"]["segments"] == 4
    assert good["result"]["verdict"] == "complete_with_gaps", good["result"]["findings"]
    assert bad["result"]["verdict"] == "altered"
    assert any(path in finding["path"] for finding in bad["result"]["findings"])
    assert audit.centre_kinds().count("verify") == 2


async def test_an_export_is_recorded_verified_and_downloaded(audit: Audit, tmp_path: Path) -> None:
    async with audit.client() as client:
        job = await audit.done(client, "/api/exports", case=CASE, reason="移送检察机关")
        assert job["state"] == "done", job
        result = job["result"]
        answer = await client.get(f"/api/exports/{result['export']}/package.zip")
        missing = await client.get("/api/exports/none/package.zip")
    assert result["verdict"] == "complete_with_gaps"
    assert answer.headers["content-type"] == "application/zip"
    assert missing.json()["code"] == "unknown_export"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == result["files"]
        archive.extractall(tmp_path / "unpacked")
    (package,) = (tmp_path / "unpacked").iterdir()
    verified = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "verify.py"],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    kinds = audit.centre_kinds()
    assert kinds.count("export") == 1
    assert kinds.count("access.case") == 1


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/verifications", {}, "bad_target"),
        ("/api/verifications", {"session": "x", "case": CASE}, "bad_target"),
        ("/api/verifications", {"session": "x"}, "unknown_session"),
        ("/api/exports", {"case": "x", "reason": "y"}, "unknown_case"),
        ("/api/exports", {"case": CASE, "reason": " "}, "bad_reason"),
        ("/api/exports", {"case": CASE}, "malformed_request"),
    ],
)
async def test_jobs_that_cannot_start(
    audit: Audit, path: str, body: dict[str, Any], code: str
) -> None:
    async with audit.client() as client:
        assert (await client.post(path, json=body)).json()["code"] == code


async def test_an_export_that_cannot_be_recorded_is_removed(tmp_path: Path) -> None:
    store, (session,) = make_store(tmp_path / "store")
    async with auditing(store, session) as audit, audit.client() as client:
        writer = audit.context.log._writer  # type: ignore[attr-defined]
        await asyncio.to_thread(writer.close)
        job = await audit.done(client, "/api/exports", case=CASE, reason="x")
    assert job["state"] == "failed"
    assert job["error"]["code"] == "log_unavailable"
    assert list((store / "exports").iterdir()) == []


_TALKS = "import json,sys,time;sys.stdin.readline();print(json.dumps({'progress':500}),flush=True);"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("import sys;sys.exit(3)", "job_failed"),
        ("print('not json')", "job_failed"),
        (_TALKS + "print(json.dumps({'error':{'code':'evidence_error','detail':'x'}}))",
         "evidence_error"),
        ("import os;os.kill(os.getpid(),9)", "job_failed"),
    ],
)  # fmt: skip
async def test_a_child_that_fails_fails_its_job_only(
    tmp_path: Path, script: str, code: str
) -> None:
    async with running_centre(tmp_path, child=(sys.executable, "-c", script)) as centre:
        session = await centre.open_room("room1")
        async with centre.client("auditor") as client:
            job = (await client.post("/api/verifications", json={"session": session})).json()
            async with asyncio.timeout(30):
                while True:
                    view = (await client.get(f"/api/jobs/{job['job']}")).json()
                    if view["state"] != "running":
                        break
                    await asyncio.sleep(0.02)
    assert view["state"] == "failed"
    assert view["error"]["code"] == code


async def test_a_job_never_holds_up_the_desks(tmp_path: Path) -> None:
    script = _TALKS + "\nwhile True: pass"
    async with running_centre(tmp_path, child=(sys.executable, "-c", script)) as centre:
        session = await centre.open_room("room1")
        loop = asyncio.get_running_loop()
        async with centre.client("auditor") as client:
            job = (await client.post("/api/verifications", json={"session": session})).json()
            view: dict[str, Any] = {"progress": 0}
            slowest = 0.0
            async with asyncio.timeout(30):
                while view["progress"] != 500:
                    begun = loop.time()
                    await asyncio.sleep(0.01)  # asking without a pause would take the child's core
                    slowest = max(slowest, loop.time() - begun)
                    view = (await client.get(f"/api/jobs/{job['job']}")).json()
        assert slowest < 1.0
    with Database(centre.context.database.path) as database:  # closing killed the child
        assert database.path.exists()
    async with running_centre(tmp_path, keep=True) as again:
        assert (await again.context.jobs.find(job["job"])).state == "failed"


def test_a_zip_is_the_same_every_time(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "large").write_bytes(b"x" * 700_000)
    (tmp_path / "a").write_bytes(b"")
    made = [b"".join(zip_stream(tmp_path, "top")) for _ in range(2)]
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        assert archive.namelist() == ["top/a", "top/b/large"]
        assert archive.read("top/b/large") == b"x" * 700_000


# --- disclosure copies and redacted copies --------------------------------------------------------

CAMERA_SCOPE = {"source": SOURCE, "start_us": START_US, "end_us": START_US + SECOND}


async def test_a_disclosure_copy_withholds_what_was_decided(audit: Audit, tmp_path: Path) -> None:
    disclosed = {"withhold": {"media": [CAMERA_SCOPE]}, "authorised_by": "审核人", "to": "辩护人"}
    async with audit.client("manager") as client:
        job = await audit.done(
            client, "/api/exports", case=CASE, reason="向辩护人提供", disclosed=disclosed
        )
        assert job["state"] == "done", job
        package = (await client.get(f"/api/exports/{job['result']['export']}/package.zip")).content
        made = (await client.get(f"/api/cases/{CASE}/exports")).json()
        refused = [
            await client.post("/api/exports", json={"case": CASE, "reason": "x", "disclosed": one})
            for one in (
                {**disclosed, "withhold": {}},
                {**disclosed, "withhold": {"media": [{"room": "x"}]}},
                {**disclosed, "to": " "},
            )
        ]
        other = await client.post(
            "/api/exports", json={"case": CASE, "reason": "x", "sessions": ["s9"]}
        )
    assert [one.json()["code"] for one in refused] == ["bad_disclosure"] * 3
    assert other.json()["code"] == "unknown_session"
    (export,) = made["exports"]
    assert export["reason"] == "向辩护人提供"
    assert export["disclosure"].startswith("dc-")
    assert len(export["sha256"]) == 64
    assert audit.centre_kinds()[-3:] == ["disclose.made", "export", "access.case"]
    (tmp_path / "p.zip").write_bytes(package)
    report = await asyncio.to_thread(verify_path, tmp_path / "p.zip")
    assert (report.verdict, report.findings) == ("complete_with_gaps", [])
    assert [span.state for span in report.per_source[0].spans][:2] == ["withheld", "proved"]


PLAN: dict[str, Any] = {
    "start_us": START_US,
    "end_us": START_US + 3 * SECOND,
    "regions": [
        {
            "start_us": START_US,
            "end_us": START_US + 2 * SECOND,
            "reason": "未成年人",
            "boxes": [{"at_us": START_US, "x": 100, "y": 100, "w": 300, "h": 300}],
        }
    ],
    "silences": [{"start_us": START_US, "end_us": START_US + SECOND, "reason": "姓名"}],
}


async def test_a_redacted_copy_is_made_logged_and_packed(tmp_path: Path) -> None:
    mp4, _ = await asyncio.to_thread(clips, tmp_path, 4)
    store, session = await asyncio.to_thread(played_store, tmp_path / "store", mp4)
    async with auditing(store, session) as audit, audit.client("manager") as client:
        asked = {"session": session, "source": SOURCE, "reason": "保护未成年人", "plan": PLAN}
        job = await audit.done(client, "/api/redactions", **asked)
        assert job["state"] == "done", job
        derived = job["result"]["derived"]
        copy = (await client.get(f"/api/redactions/{derived}/copy.mp4")).content
        made = (await client.get(f"/api/cases/{CASE}/exports")).json()
        bad = await client.post(
            "/api/redactions", json={**asked, "plan": {**PLAN, "regions": [], "silences": []}}
        )
        faces = {**PLAN, "regions": [{**PLAN["regions"][0], "boxes": [], "faces": True}]}
        no_model = await audit.done(client, "/api/redactions", **{**asked, "plan": faces})
        unknown = await client.get("/api/redactions/dv-none/copy.mp4")
        packed = await audit.done(client, "/api/exports", session=session, reason="移送")
    assert (bad.json()["code"], unknown.json()["code"]) == ("bad_plan", "unknown_export")
    assert no_model["error"]["code"] == "no_face_model"
    assert hashlib.sha256(copy).hexdigest() == job["result"]["sha256"]
    assert [one["id"] for one in made["derived"]] == [derived]
    assert made["derived"][0]["reason"] == "保护未成年人"
    assert "derived.made" in audit.centre_kinds()
    assert [one.name for one in (store / "derived").iterdir()] == [f"{derived}.mp4"]
    report = packed["result"]["report"]
    assert (report["verdict"], report["findings"]) == ("complete", [])
    assert [(one["derived"], one["state"]) for one in report["derived"]] == [(derived, "proved")]


def played_store(path: Path, clip: Path) -> tuple[Path, str]:
    """A store with one session whose media really play."""
    writer = open_writer(path)
    script = PlayedSession(writer, "s00000000000000000000")
    script.open()
    script.begin(SOURCE, "摄像机")
    script.stretch(SOURCE, clip, 4)
    script.close_recording(SOURCE)
    script.close()
    writer.close()
    return path, script.session
