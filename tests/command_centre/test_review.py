"""Looking back: lanes and events, loudness and pictures, notes, and clips that prove themselves."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import httpx
import numpy as np
import pytest
from sqlalchemy import Insert, select

from command_centre.db import schema
from command_centre.desk.review import EVENTS_MAX, together
from command_centre.desk.strips import STRIPS, TILE_US
from command_centre.desk.views import SessionSummary
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from evidence_store.writer import Draft
from recorder.strip_order import NOTHING
from tests.command_centre.story import CASE
from tests.command_centre.test_audit import SOURCE, Audit, auditing
from tests.evidence_store.builder import SECOND, START_US, open_writer
from tests.evidence_store.real_media import PlayedSession, clips

BODY = "room1-body"
SESSION = "s00000000000000000000"
REVIEW = f"/api/cases/{CASE}/review"
INSIDE, OUTSIDE = "就在这一秒里说的", "更早说的话"


def two_sources(path: Path, clip: Path) -> None:
    """One session: a camera with a hole in the middle, and a second source beside it."""
    writer = open_writer(path)
    script = PlayedSession(writer, SESSION)
    script.open()
    begin = script.t_us
    for source in (SOURCE, BODY):
        script.t_us = begin
        script.begin(source, "摄像机")
        script.stretch(source, clip, 4)
        if source == SOURCE:
            script.gap(source, SECOND)
        script.close_recording(source)
    for number, (text, at_us) in enumerate(((OUTSIDE, begin), (INSIDE, begin + 2 * SECOND))):
        said = {
            "source": SOURCE,
            "id": f"u{number}",
            "speaker": "interviewee",
            "start_us": at_us,
            "end_us": at_us + SECOND // 2,
        }
        words = {"text": text, "words": [], "repairs": []}
        draft = Draft("utterance", SESSION, "room1", said, at_us, private=words)
        writer.submit([draft]).result(timeout=30)
    for second, values in ((1.5, {"temp_c": 23_400, "rh_pct": 45_300}), (2.5, {"O2_vol": 20_900})):
        body: dict[str, object] = {"device": "env-01", "values": values, "alarms": []}
        script.note("reading", body, begin + round(second * SECOND))
    script.close()
    writer.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that is copied for each test."""
    directory = tmp_path_factory.mktemp("recorded")
    mp4, _ = clips(directory, 4)
    two_sources(directory / "store", mp4)
    return directory / "store"


@pytest.fixture
async def audit(recorded: Path, tmp_path: Path) -> AsyncIterator[Audit]:
    await asyncio.to_thread(shutil.copytree, recorded, tmp_path / "store")
    async with auditing(tmp_path / "store", SESSION) as running:
        yield running


async def test_lanes_with_their_gaps_on_the_agencys_clock(audit: Audit) -> None:
    async with audit.client("manager") as client:
        found = (await client.get(REVIEW, params={"sessions": SESSION})).json()
        latest = (await client.get(REVIEW)).json()
        unknown = await client.get(REVIEW, params={"sessions": "s-none"})
        many = await client.get(REVIEW, params={"sessions": ",".join(f"s{n}" for n in range(9))})
    assert found["lanes"] == latest["lanes"]
    assert found["events_total"] == len(found["events"])
    camera = next(one for one in found["lanes"] if one["source"] == SOURCE)
    assert (camera["picture"], camera["sound"]) == (True, True)
    (gap,) = camera["spans"]
    assert (gap["state"], gap["end_us"] - gap["start_us"]) == ("gap", SECOND)
    assert gap["cause"]
    assert camera["start_us"] == START_US
    assert found["may_note"]
    assert found["may_clip"]
    assert unknown.json()["code"] == "unknown_session"
    assert many.json()["code"] == "too_many_sessions"
    assert "access.session" in audit.centre_kinds()


async def test_every_recording_of_a_case_in_one_list(audit: Audit) -> None:
    url = f"/api/cases/{CASE}/recordings"
    source, room = schema.source, schema.room
    async with audit.client("auditor") as client:
        plain = (await client.get(url)).json()["recordings"]
        detail = (await client.get(f"/api/sessions/{SESSION}")).json()
        then = next(one for one in plain if one["source"] == SOURCE)
        await audit.context.database.write(
            lambda writing: [
                writing.execute(
                    source.update()
                    .where(source.c.id == SOURCE)
                    .values(name=then["name"], name_en="Front camera")
                ),
                writing.execute(
                    room.update()
                    .where(room.c.id == then["room"])
                    .values(name=then["room_name"], name_en="Interview room 1")
                ),
            ]
        )
        named = (await client.get(url)).json()["recordings"]
        unknown = await client.get("/api/cases/none/recordings")
    assert unknown.json()["code"] == "unknown_case"
    assert [one["start_us"] for one in plain] == sorted(
        (one["start_us"] for one in plain), reverse=True
    )
    known = {one["source"]: one for one in detail["recordings"]}
    for one in plain:
        same = known[one["source"]]
        assert one["bytes"] == same["bytes"] > 0
        assert (one["start_us"], one["end_us"]) == (same["start_us"], same["end_us"])
        assert (one["session"], one["state"]) == (SESSION, "sealed")
    assert len(plain) == len(known) == 2
    (camera,) = (one for one in named if one["source"] == SOURCE)
    assert (camera["name_en"], camera["room_name_en"]) == ("Front camera", "Interview room 1")
    await audit.context.database.write(
        lambda writing: writing.execute(source.update().values(name="换了名字"))
    )
    async with audit.client("auditor") as client:
        renamed = (await client.get(url)).json()["recordings"]
    assert {one["name_en"] for one in renamed} == {""}
    ended = {"session": SESSION, "kind": "retention.ended"}
    await audit.context.database.write(lambda writing: writing.execute(_entry(ended)))
    async with audit.client("auditor") as client:
        gone = (await client.get(url)).json()["recordings"]
    assert {one["state"] for one in gone} == {"ended"}


def _entry(said: dict[str, str]) -> Insert:
    return schema.log_entry.insert().values(
        log_index=20_000_000,
        session_id=said["session"],
        kind=said["kind"],
        source_id="",
        t_us=START_US,
        summary="{}",
    )


async def test_it_says_how_many_events_a_review_leaves_out(audit: Audit) -> None:
    table = schema.log_entry
    row = await audit.context.database.read(
        lambda connection: dict(
            connection.execute(select(table).where(table.c.session_id == SESSION).limit(1))
            .mappings()
            .one()
        )
    )
    more = [
        {**row, "log_index": 10_000_000 + n, "kind": "notice.read", "t_us": START_US + n}
        for n in range(EVENTS_MAX + 1)
    ]
    await audit.context.database.write(lambda writing: writing.execute(table.insert(), more))
    async with audit.client("manager") as client:
        found = (await client.get(REVIEW, params={"sessions": SESSION})).json()
    assert len(found["events"]) == EVENTS_MAX < found["events_total"]


def test_without_a_choice_what_went_on_together_is_shown() -> None:
    def held(name: str, opened_us: int, closed_us: int | None) -> SessionSummary:
        return cast(
            SessionSummary, SimpleNamespace(id=name, opened_us=opened_us, closed_us=closed_us)
        )

    rooms = [held("morning", 0, 50), held("room1", 100, 200), held("room2", 120, None)]
    assert [one.id for one in together([*rooms, held("site", 130, 180)])] == [
        "room1",
        "room2",
        "site",
    ]
    assert [one.id for one in together(rooms[:1])] == ["morning"]
    assert together([]) == []


async def test_loudness_is_drawn_once_and_says_where_there_is_none(audit: Audit) -> None:
    path = f"/api/sessions/{SESSION}/sources/{SOURCE}/loudness"
    asked = {"from_us": START_US, "to_us": START_US + 4 * SECOND}
    async with audit.client("interviewer") as client:
        first = await client.get(path, params=asked)
        kept = list((audit.store / STRIPS / SESSION / SOURCE).iterdir())
        again = await client.get(path, params=asked)
        long = await client.get(path, params={**asked, "to_us": START_US + 11 * TILE_US})
        wrong = await client.get(path, params={"from_us": START_US})
    assert first.status_code == 200, first.text
    assert first.content == again.content
    assert len(kept) == 1
    start = int(first.headers["X-Duizhi-Start-Us"])
    values = first.content[(START_US - start) // 50_000 :]
    # a beep at each second, silence between, and nothing after the fourth
    assert all(max(values[second * 20 :][:3]) > 60 for second in range(4)), values[:90]
    assert set(values[5:15]) == {0}
    assert set(values[84:120]) == {NOTHING}
    assert (long.json()["code"], wrong.json()["code"]) == ("bad_moment", "malformed_request")
    assert verify_path(audit.store).findings == []


async def test_small_pictures_of_moments(audit: Audit) -> None:
    path = f"/api/sessions/{SESSION}/sources/{SOURCE}/stills"
    moments = ",".join(str(START_US + second * SECOND + 1000) for second in (0, 2, 90))
    async with audit.client("auditor") as client:
        found = (await client.get(path, params={"at_us": moments})).json()["stills"]
        bad = await client.get(path, params={"at_us": "x"})
    assert [one["t_us"] - START_US for one in found] == [0, 2 * SECOND]
    assert all(base64.b64decode(one["jpeg"])[:2] == b"\xff\xd8" for one in found)
    assert bad.json()["code"] == "malformed_request"
    assert not list((audit.store / STRIPS).rglob("*.jpg"))


async def test_a_note_is_an_entry_and_is_never_deleted(audit: Audit) -> None:
    note = {"session": SESSION, "source": SOURCE, "at_us": START_US + SECOND, "text": " <b>看这里 "}
    path = f"/api/cases/{CASE}/notes"
    async with audit.client("interviewer") as mine, audit.client("manager") as chief:
        (made,) = (await mine.post(path, json=note)).json()["notes"]
        theirs = (await chief.post(path, json={**note, "text": "另一条"})).json()["notes"][1]
        refused = [
            await mine.post(f"{path}/{theirs['id']}/withdraw"),
            await mine.post(f"{path}/n-none/withdraw"),
            await mine.post(path, json={**note, "text": " "}),
            await mine.post(path, json={**note, "at_us": START_US - 9 * SECOND}),
            await mine.post(path, json={**note, "source": "nowhere"}),
        ]
        gone = (await mine.post(f"{path}/{made['id']}/withdraw")).json()["notes"][0]
        await chief.post(f"{path}/{made['id']}/withdraw")
    async with audit.client("auditor") as auditor:
        seen = (await auditor.get(REVIEW)).json()
        forbidden = await auditor.post(path, json=note)
    assert (made["text"], made["own"], made["withdrawn_us"]) == ("<b>看这里", True, None)
    codes = ["not_yours", "unknown_note", "bad_text", "bad_moment", "unknown_source"]
    assert [one.json()["code"] for one in refused] == codes
    assert gone["withdrawn_us"]
    assert gone["text"] == "<b>看这里"
    assert [one["text"] for one in seen["notes"]] == ["<b>看这里", "另一条"]
    assert forbidden.json()["code"] == "forbidden"
    kinds = audit.centre_kinds()
    assert (kinds.count("note.added"), kinds.count("note.withdrawn")) == (2, 1)
    raw = b"".join(LogReader(audit.store / "centre" / "log").entries(0, 1000))
    assert "看这里".encode() not in raw  # the words are committed to, not stated


CLIP = {
    "session": SESSION,
    "source": SOURCE,
    "from_us": START_US + 2 * SECOND + 200_000,
    "to_us": START_US + 2 * SECOND + 900_000,
    "reason": "向检察机关移送片段",
    "to": "检察院",
}


async def packed(client: httpx.AsyncClient, job: dict[str, Any], into: Path) -> Path:
    assert job["state"] == "done", job
    assert job["result"]["verdict"] in ("complete", "complete_with_gaps")
    data = await client.get(f"/api/exports/{job['result']['export']}/package.zip")
    with zipfile.ZipFile(io.BytesIO(data.content)) as archive:
        archive.extractall(into)
        return into / archive.namelist()[0].partition("/")[0]


def verified(package: Path) -> dict[str, Any]:
    """What the verifier inside the package says, run as a stranger runs it."""
    done = subprocess.run(
        [sys.executable, "-I", package / "verify.py", package, "--json"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    return {"exit": done.returncode, **json.loads(done.stdout)}


async def test_a_clip_proves_its_bytes_and_holds_nothing_else(audit: Audit, tmp_path: Path) -> None:
    async with audit.client("manager") as client:
        package = await packed(
            client, await audit.done(client, "/api/clips", **CLIP), tmp_path / "a"
        )
        other = await audit.done(client, "/api/clips", **{**CLIP, "source": BODY, "climate": True})
        second = await packed(client, other, tmp_path / "b")
        refused = [
            await client.post("/api/clips", json={**CLIP, **change})
            for change in (
                {"to_us": CLIP["from_us"]},
                {"to_us": START_US + 3601 * SECOND, "from_us": START_US - SECOND},
                {"reason": " "},
                {"to": " "},
                {"source": "nowhere"},
                {"from_us": START_US, "to_us": START_US + SECOND, "climate": True},
            )
        ]
        assert (await client.get(REVIEW)).json()["climate"] == [SESSION]
    codes = ["bad_clip", "bad_clip", "bad_reason", "bad_disclosure", "no_segment", "no_readings"]
    assert [one.json()["code"] for one in refused] == codes
    assert audit.centre_kinds().count("derived.made") == 2
    media = sorted((package / "data/media").rglob("*.m4s"))
    assert [one.name for one in media] == ["e001-000003.m4s"]
    assert media[0].parent.name == SOURCE
    (cut,) = (package / "data/derived").iterdir()
    stated = json.loads((package / "data/case.json").read_text())["case"]["clip"]
    assert cut.stem == stated["derived"]
    # another clip of the session holds its own cut only
    (theirs,) = (second / "data/derived").iterdir()
    assert theirs.name != cut.name
    await asyncio.to_thread(_climate_is_on_the_copy_only, audit, cut, theirs)
    words = (package / "data/log/payloads.jsonl").read_text()
    assert INSIDE in words
    assert OUTSIDE not in words
    for one in (package, second):
        said = await asyncio.to_thread(verified, one)
        assert (said["exit"], said["findings"]) == (0, [])
        assert [work["state"] for work in said["derived"]] == ["proved"]
    for name in (media[0], cut):
        whole = name.read_bytes()
        name.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        said = await asyncio.to_thread(verified, package)
        assert said["exit"] == 1
        assert any(str(name.name) in finding["path"] for finding in said["findings"])
        name.write_bytes(whole)
    cut.unlink()
    assert (await asyncio.to_thread(verified, package))["exit"] == 1


def _climate_is_on_the_copy_only(audit: Audit, plain: Path, marked: Path) -> None:
    """The derived picture carries the reading and its entry names it; the plain cut has none."""
    reader = LogReader(audit.store / "recorder-1" / "log")
    stated = [json.loads(one) for one in reader.opened(0, 1000)]
    [index] = [n for n, one in enumerate(stated) if "temp_c" in one["body"].get("values", {})]
    log = LogReader(audit.store / "centre" / "log")
    made = [json.loads(one) for one in log.opened(0, 1000)]
    works = {one["body"]["derived"]: one["body"] for one in made if one["kind"] == "derived.made"}
    assert "climate" not in works[plain.stem]
    [reading] = works[marked.stem]["climate"]
    assert (reading["entry"], reading["temp_c"], reading["rh_pct"]) == (index, 23_400, 45_300)
    assert reading["t_us"] == stated[index]["t_us"]
    for path, written in ((plain, False), (marked, True)):
        with av.open(str(path)) as container:
            assert ("#" in container.metadata.get("description", "")) is written
            picture = next(container.decode(video=0)).to_ndarray(format="gray")
        line = picture[-(picture.shape[0] // 24) :]
        assert bool(np.median(line) < 32 and line.max() > 180) is written


async def test_a_copy_without_media_has_no_cut_of_them(audit: Audit, tmp_path: Path) -> None:
    begin = START_US + 2 * SECOND
    scope = {"source": SOURCE, "start_us": begin, "end_us": begin + SECOND}
    disclosed = {"withhold": {"media": [scope]}, "authorised_by": "审核人", "to": "辩护人"}
    async with audit.client("manager") as client:
        await audit.done(client, "/api/clips", **CLIP)
        job = await audit.done(client, "/api/exports", case=CASE, reason="x", disclosed=disclosed)
        package = await packed(client, job, tmp_path / "copy")
        full = await audit.done(client, "/api/exports", case=CASE, reason="x")
        whole = await packed(client, full, tmp_path / "full")
    assert not (package / "data/derived").exists()
    assert len(list((whole / "data/derived").iterdir())) == 1
    assert (await asyncio.to_thread(verified, package))["exit"] == 0
    assert (await asyncio.to_thread(verified, whole))["exit"] == 0


async def test_who_may_clip(audit: Audit) -> None:
    for role in ("auditor", "interviewer"):
        async with audit.client(role) as client:
            refused = await client.post("/api/clips", json=CLIP)
            seen = (await client.get(REVIEW)).json()
        assert refused.json()["code"] == "forbidden"
        assert not seen["may_clip"]
    assert seen["may_note"]
    assert "difference" not in {one["kind"] for one in seen["events"]}
