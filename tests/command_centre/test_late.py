"""A file handed over afterwards: examined, placed, filed where nothing came live, and provable."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from evidence_store.entry import parse_entry
from evidence_store.export import export_package
from evidence_store.reader import LogReader
from evidence_store.report import Report
from evidence_store.sealed_media import read_media
from evidence_store.verify import verify_path
from recorder.ingest.clip import Clip
from tests.command_centre.late_media import House, body_camera_file, house, now_us
from tests.evidence_store.builder import CASE

S = 1_000_000


async def verified(store: Path) -> Report:
    return await asyncio.to_thread(verify_path, store)


@pytest.fixture(scope="module")
def camera_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty seconds as a body camera keeps them while it publishes the same pictures."""
    path = tmp_path_factory.mktemp("late") / "20261128-0001.mp4"
    return body_camera_file(path, seconds=30)


async def outage(live: House, clip: Clip) -> tuple[str, int]:
    """Publish with an outage of some four seconds; returns session and time of the clip's zero."""
    session = (await live.centre.sessions.open("site", "test")).id
    zero_us = now_us() + S // 2
    async with live.publishing(clip, session, zero_us):
        await live.recorded_until(session, zero_us + 2 * S)
    # from when the first really ended: on a busy machine it comes seconds late
    await asyncio.sleep(4)
    async with live.publishing(clip, session, zero_us):
        await live.recorded_until(session, now_us() + S)
    return session, zero_us


async def test_an_outage_is_filled_from_the_file_and_declared_late(
    tmp_path: Path, camera_file: Path
) -> None:
    store, clip = tmp_path / "store", Clip.read(camera_file)
    async with house(store) as live:
        session, zero_us = await outage(live, clip)
        before = await verified(store)
        data = await asyncio.to_thread(camera_file.read_bytes)
        digest = hashlib.sha256(data).hexdigest()
        # the camera's clock is three minutes off; its pictures tell the truth
        at = await live.hand_over(camera_file, start_us=zero_us + 180 * S, sha256=digest)
        view = await live.ended(at, "waiting", "filed", "refused")
        assert view["state"] == "waiting", view  # it reaches further than what came live so far
        assert view["code"] == "not_settled"
        await live.centre.sessions.close(session, "test", "done")
        view = await live.ended(at)
        assert (view["state"], view["code"]) == ("filed", ""), view
        assert view["session"] == session
        assert view["result"]["match"] == "pictures"
        assert abs(view["result"]["start_us"] - zero_us) < 3 * S  # as late as the live pictures
        # the same file once more is the same filing
        again = await live.ended(await live.hand_over(camera_file, start_us=zero_us))
        assert (again["state"], again["code"]) == ("filed", "already_filed")
        assert not list((store / "uploads").iterdir())
        detail = await live.client.get(f"/api/sessions/{session}")
        assert detail.status_code == 401
    report = await verified(store)
    assert report.findings == []
    live_segments = [s for one in report.per_source for s in one.spans if s.state == "proved"]
    assert len(live_segments) >= 2
    assert report.totals.late_files == 1
    (late,) = report.late
    gaps = [s for s in before.per_source[0].spans if s.state == "gap"]
    gap = max(gaps, key=lambda s: s.end_us - s.start_us)
    inside = [s for s in late.spans if s.start_us < gap.end_us and s.end_us > gap.start_us]
    assert [(s.start_us, s.end_us) for s in inside] == [(gap.start_us, gap.end_us)]
    assert gap.end_us - gap.start_us > 2 * S
    package = tmp_path / "package"
    await asyncio.to_thread(
        export_package, store, package, sessions=[session], case=CASE, reason="移送", by="a"
    )
    result = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-I", "verify.py", "--json"],
        cwd=package,
        capture_output=True,
        timeout=60,
        check=False,
    )
    found = json.loads(result.stdout)
    assert found["findings"] == []
    assert found["totals"]["late_us"] == report.totals.late_us
    for play in sorted(package.rglob("late-*/e*-play.mp4")):
        await decodes(play)


async def test_what_a_phone_kept_is_filed_while_the_session_goes_on(
    tmp_path: Path, camera_file: Path
) -> None:
    """Another encoder made it, so no picture matches: its sound tells where it stands."""
    store, clip = tmp_path / "store", Clip.read(camera_file)
    path = body_camera_file(
        tmp_path / "part.webm", seconds=8, video="libvpx", seed=11, heard_from_s=1.0
    )
    async with house(store) as live:
        session = (await live.centre.sessions.open("site", "test")).id
        zero_us = now_us() + S // 2
        async with live.publishing(clip, session, zero_us):
            await live.recorded_until(session, zero_us + 2 * S)
        await asyncio.sleep(max(0.0, (zero_us + 7 * S - now_us()) / S))
        async with live.publishing(clip, session, zero_us):
            await live.recorded_until(session, now_us() + 3 * S)
            said = {"kind": "local-part", "session": session, "previous_sha256": "ab" * 32}
            # its clock is an hour fast, and the phone knows it but for 1.3 s
            begin_us = zero_us + S
            clock = {"start_us": begin_us + 3600 * S + 1_300_000, "clock_offset_us": 3600 * S}
            view = await live.ended(await live.hand_over(path, **said, **clock))
            assert (view["state"], view["code"]) == ("filed", ""), view
            assert view["result"]["match"] == "sound"
            assert abs(view["result"]["start_us"] - begin_us) < 600_000
            segments = await live.segments(session)
        await live.centre.sessions.close(session, "test", "done")
    report = await verified(store)
    assert report.findings == []
    (late,) = report.late
    assert late.late_us > 2 * S
    for span in late.spans:
        shared = [min(span.end_us, b) - max(span.start_us, a) for a, b in segments]
        assert max(shared) <= 100_000
    (said_of_it,) = await asyncio.to_thread(bodies, store, "late.file")
    assert said_of_it["kind"] == "local-part"
    assert said_of_it["device_previous_sha256"] == "ab" * 32
    assert said_of_it["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def bodies(store: Path, kind: str, log: str = "recorder-1") -> list[dict[str, Any]]:
    """Of every entry of a kind."""
    reader = LogReader(store / log / "log")
    entries = map(parse_entry, reader.entries(0, reader.checkpoint().size))
    return [one.body for one in entries if one.kind == kind]


async def test_what_is_not_filed_leaves_its_digest_in_the_log(
    tmp_path: Path, camera_file: Path
) -> None:
    """The same second before a source came: of its first part connecting, of another a loss."""
    store, clip = tmp_path / "store", Clip.read(camera_file)
    path = body_camera_file(tmp_path / "part.mp4", seconds=4, audio=None, seed=11)
    async with house(store) as live:
        session = (await live.centre.sessions.open("site", "test")).id
        await asyncio.sleep(3)
        zero_us = now_us()
        async with live.publishing(clip, session, zero_us):
            await live.recorded_until(session, now_us() + 6 * S)
        segments = await live.segments(session)
        await live.centre.sessions.close(session, "test", "done")
        said = {"kind": "local-part", "start_us": min(begin for begin, _ in segments) - S}
        first = await live.ended(await live.hand_over(path, first=1, **said))
        assert (first["state"], first["code"]) == ("filed", "nothing_missing"), first
        other = await live.ended(await live.hand_over(path, **said))
        assert (other["state"], other["code"]) == ("filed", ""), other
        again = await live.ended(await live.hand_over(path, **said))
        assert (again["state"], again["code"]) == ("filed", "already_filed"), again
        assert not list((store / "uploads").iterdir())
    whole = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size}
    noted = await asyncio.to_thread(bodies, store, "upload.discarded", "centre")
    for body, view in zip(noted, (first, again), strict=True):
        came = {"upload": view["id"], "source": view["source"], "session": session, **whole}
        assert body == {**came, "code": view["code"]}
    assert (await verified(store)).findings == []


async def decodes(path: Path) -> None:
    """ffmpeg decodes it without a word."""
    done = await asyncio.to_thread(
        subprocess.run,
        [
            *("ffmpeg", "-hide_banner", "-v", "error", "-i", str(path)),
            # pictures keep their own times: live ones do not come at an even rate
            *("-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


async def closed_session(live: House, seconds: float = 1.0) -> tuple[str, int]:
    """A sealed session in which this source never came; returns it and when it opened."""
    opened_us = now_us()
    session = (await live.centre.sessions.open("site", "test")).id
    await asyncio.sleep(seconds)
    await live.centre.sessions.close(session, "test", "done")
    return session, opened_us


@pytest.mark.parametrize(
    ("name", "video", "audio", "b_frames"),
    [
        ("a.mp4", "libx264", "aac", 2),
        ("a.mov", "libx264", "aac", 0),
        ("a.mkv", "libx264", "libopus", 2),
        ("a.ts", "libx264", "aac", 2),
        ("a.webm", "libvpx", "libopus", 0),
        ("b.webm", "libvpx-vp9", "libopus", 0),
        ("only-sound.webm", None, "libopus", 0),
    ],
)
async def test_a_camera_that_never_was_live_days_later(
    tmp_path: Path, name: str, video: str | None, audio: str, b_frames: int
) -> None:
    store = tmp_path / "store"
    path = body_camera_file(tmp_path / name, seconds=3, video=video, audio=audio, b_frames=b_frames)
    async with house(store) as live:
        session, opened_us = await closed_session(live, 2.5)
    sealed = (await verified(store)).to_dict()
    async with house(store, new=False) as live:  # another day, another process
        case = await moved_away(live)
        at = await live.hand_over(path, start_us=opened_us - S)
        view = await live.ended(at)
        assert await live.centre.uploads.case_of(at.rpartition("/")[2]) == case
        assert (view["state"], view["code"]) == ("filed", ""), view
        assert view["session"] == session
        assert view["result"]["match"] == "clock"
    report = await verified(store)
    assert report.findings == []
    assert report.to_dict()["per_source"] == sealed["per_source"]
    (late,) = report.late
    assert 1 * S <= late.late_us <= 3 * S
    for init in sorted((store / "recorder-1/media").rglob("late-*/e001-init.*")):
        play = tmp_path / f"play{init.suffix}"
        parts = sorted(init.parent.glob("e001-0*"))
        names = [one.relative_to(store).as_posix() for one in (init, *parts)]
        play.write_bytes(b"".join(read_media(store, one) for one in names))
        await decodes(play)


async def moved_away(live: House) -> str:
    """No case uses the room any more; returns the one that did."""
    room = schema.room

    def move(writing: Writing) -> str:
        case: str = writing.execute(select(room.c.case_id).where(room.c.id == "site")).scalar_one()
        writing.execute(update(room).where(room.c.id == "site").values(case_id=None))
        return case

    return await live.centre.database.write(move)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("rubbish", {}, "not_media"),
    ("half", {}, "not_media"),  # an MP4 whose index stood at the end
    ("good", {"sha256": "0" * 64}, "hash_differs"),
    ("good", {"start_us": 1_000_000_000_000_000}, "no_overlap"),
    ("good", {}, "no_time"),
    ("damaged", {"start_us": 0}, "corrupted"),
]


@pytest.mark.parametrize(("what", "said", "code"), WRONG)
async def test_a_wrong_file_is_refused_in_words_and_kept(
    tmp_path: Path, what: str, said: dict[str, Any], code: str
) -> None:
    store = tmp_path / "store"
    good = body_camera_file(tmp_path / "good.mp4", seconds=2)
    data = bytearray(good.read_bytes())
    path = tmp_path / f"{what}.mp4"
    if what == "rubbish":
        path.write_bytes(b"this is not a film" * 500)
    elif what == "half":
        path.write_bytes(data[: len(data) // 2])
    elif what == "damaged":
        begin = data.index(b"mdat") + 4
        end = data.index(b"moov") - 4
        data[begin:end] = bytes(end - begin)
        path.write_bytes(data)
    async with house(store) as live:
        _, opened_us = await closed_session(live)
        if said.get("start_us") == 0:
            said = {**said, "start_us": opened_us}
        view = await live.ended(await live.hand_over(path, **said))
        assert (view["state"], view["code"]) == ("refused", code), view
        assert view["result"]["detail"]
        kept = live.centre.uploads.files.data(view["id"])
        assert kept.read_bytes() == path.read_bytes()
    report = await verified(store)
    assert report.findings == []
    assert report.late == []


async def test_nobody_files_without_a_session(tmp_path: Path) -> None:
    path = body_camera_file(tmp_path / "a.mp4", seconds=1)
    async with house(tmp_path / "store") as live:
        view = await live.ended(await live.hand_over(path, start_us=now_us()))
    assert (view["state"], view["code"]) == ("refused", "no_session")


async def test_media_cut_short_is_filed_as_far_as_it_goes(tmp_path: Path) -> None:
    store = tmp_path / "store"
    whole = body_camera_file(tmp_path / "a.webm", seconds=8, video="libvpx")
    path = tmp_path / "cut.webm"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    async with house(store) as live:
        _, opened_us = await closed_session(live, 2.0)
        view = await live.ended(await live.hand_over(path, start_us=opened_us, kind="local-part"))
        assert view["state"] == "filed", view
        assert view["result"]["cut_short"] is True
        assert view["result"]["late_us"] > 0
    assert (await verified(store)).findings == []
