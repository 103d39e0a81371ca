"""Cameras pulled over real RTSP into the real store."""

from __future__ import annotations

import asyncio
import io
import itertools
from pathlib import Path

import av
import pytest

from config import messages as m
from config import recorder_messages as rm
from recorder import pulls
from tests.recorder.clip_maker import make_clip
from tests.recorder.harness import Lab, running
from tests.recorder.rtsp_camera import Camera, Film, read_film, with_sound
from tests.recorder.test_end_to_end import check_account, file_of, marks, segments_of

WAIT_S = 40.0


@pytest.fixture(scope="module")
def film(clip_path: Path) -> Film:
    return read_film(clip_path)


def plan(port: int, session: str = "s-one", **change: str) -> rm.PullPlan:
    source = rm.PullSource(
        source="cam",
        source_name="Camera",
        source_kind="room_camera",
        session=session,
        room="room1",
        channels=["unknown"],
        url=change.pop("url", f"rtsp://127.0.0.1:{port}/stream"),
        **change,
    )
    return rm.PullPlan(sources=[source])


async def pull(lab: Lab, wanted: rm.PullPlan) -> None:
    await lab.ask("pull_plan", wanted, m.Done)


def faults(lab: Lab) -> list[str]:
    return [status.fault for status in lab.heard.of("state") if status.fault]


async def test_records_a_camera(tmp_path: Path, film: Film) -> None:
    camera = Camera(film, user="admin", password="s3cret pass")
    async with camera.serving() as port, running(tmp_path) as lab:
        await lab.open()
        wanted = plan(port, user="admin", password="s3cret pass")
        await pull(lab, wanted)
        await pull(lab, wanted)  # the same plan again changes nothing
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 3, WAIT_S)
        assert camera.playing == 1
        await lab.close()
        for body in segments_of(lab):
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                assert sum(1 for _ in container.decode(video=0)) == body["frames"]
        check_account(lab)
        assert any(body["sender_reports"] for body in segments_of(lab))
        assert lab.entries("media.gap") == []
        assert "s3cret" not in str(lab.entries())
        await pull(lab, rm.PullPlan(sources=[]))
    assert "TEARDOWN" in camera.requests


async def test_pictures_out_of_order_keep_their_times(tmp_path: Path) -> None:
    """B-frames: every picture is recorded, decodes, and stands where the encoder put it."""
    clip = make_clip(tmp_path / "b.mp4", audio=False, profile="high", b_frames=2)
    film = read_film(clip)
    assert any(p.shown != p.decoded for p in film.pictures)
    async with Camera(film).serving() as port, running(tmp_path / "store") as lab:
        await lab.open()
        await pull(lab, plan(port))
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 3, WAIT_S)
        await lab.close()
        check_account(lab)
        assert lab.entries("media.gap") == []
        shown: list[int] = []
        init = lab.entries("media.init")[0]["body"]
        files = [lab.root / body["path"] for body in segments_of(lab)]
        whole = (lab.root / init["path"]).read_bytes() + b"".join(f.read_bytes() for f in files)
        with av.open(io.BytesIO(whole), "r") as container:
            for picture in container.decode(video=0):
                assert picture.time is not None
                shown.append(round(picture.time * 1_000_000))
        steps = [b - a for a, b in itertools.pairwise(shown)]
        assert len(shown) == sum(body["frames"] for body in segments_of(lab))
        uneven = [step for step in steps[:-3] if abs(step - 40_000) >= 2_000]
        assert uneven == []  # the last pictures may miss those shown before them


@pytest.mark.parametrize("codec", ["PCMA", "AAC"])
async def test_sound_of_cameras_becomes_opus_and_stays_with_the_picture(
    tmp_path: Path, film: Film, codec: str
) -> None:
    """The clip flashes, and the sound beeps, in the first 100 ms of every second."""
    camera = Camera(with_sound(film, codec))
    async with camera.serving() as port, running(tmp_path, segment_seconds=3.0) as lab:
        await lab.open()
        await pull(lab, plan(port))
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2, WAIT_S)
        await lab.close()
        check_account(lab)
        init = lab.entries("media.init")[0]["body"]
        assert init["audio"]["codec"] == "opus"
        assert init["audio"]["transcoded_from"] == codec
        flashes, sounds = marks(file_of(lab, segments_of(lab)[1]))
        assert len(flashes) >= 2
        for flash in flashes[1:-1]:
            assert min(abs(flash - sound) for sound in sounds) < 0.08, (flashes, sounds)


@pytest.mark.parametrize("basic", [False, True])
async def test_a_wrong_password_is_told_apart_and_not_repeated(
    tmp_path: Path, film: Film, basic: bool
) -> None:
    camera = Camera(film, user="admin", password="right", basic=basic)
    async with camera.serving() as port, running(tmp_path) as lab:
        await lab.open()
        await pull(lab, plan(port, user="admin", password="wrong"))
        await lab.heard.until(lambda: "wrong_password" in faults(lab), WAIT_S)
        await asyncio.sleep(1.0)
        assert camera.logins_refused == 1  # cameras lock accounts
        await pull(lab, plan(port, user="admin", password="right"))
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1, WAIT_S)
        assert lab.heard.of("state")[-1].fault == ""
        await lab.close()


async def test_every_other_fault_has_its_word(tmp_path: Path, film: Film) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        camera = Camera(film, codec="H265")
        async with camera.serving() as port:
            await pull(lab, plan(port))
            await lab.heard.until(lambda: "unsupported_codec" in faults(lab), WAIT_S)
            await pull(lab, plan(port, url=f"rtsp://127.0.0.1:{port}/other"))
            await lab.heard.until(lambda: "not_found" in faults(lab), WAIT_S)
        await pull(lab, plan(port))
        await lab.heard.until(lambda: "unreachable" in faults(lab), WAIT_S)
        server = await asyncio.start_server(_rubbish, "127.0.0.1", 0)
        async with server:
            await pull(lab, plan(server.sockets[0].getsockname()[1]))
            await lab.heard.until(lambda: "malformed" in faults(lab), WAIT_S)
        await pull(lab, rm.PullPlan(sources=[]))
        await lab.close()


async def _rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 no\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_a_camera_that_comes_back_goes_on_in_the_same_recording(
    tmp_path: Path, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulls, "LONGEST_S", 1.0)
    camera = Camera(film)
    async with running(tmp_path) as lab:
        await lab.open()
        async with camera.serving() as port:
            await pull(lab, plan(port))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2, WAIT_S)
        await lab.heard.until(lambda: "unreachable" in faults(lab), WAIT_S)
        before = len(lab.heard.of("protected"))
        async with camera.serving(port):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 2, WAIT_S)
            await lab.close()
        check_account(lab)
        assert [e["body"]["track"] for e in lab.entries("media.gap")] == ["all"]
        assert len(lab.entries("recording.open")) == 1
        assert len(lab.entries("media.init")) == 2


async def test_a_silent_camera_is_asked_again(
    tmp_path: Path, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulls, "SILENCE_US", 500_000)
    camera = Camera(film, silent=True)
    async with camera.serving() as port, running(tmp_path) as lab:
        await lab.open()
        await pull(lab, plan(port))
        await lab.heard.until(lambda: camera.playing >= 2, WAIT_S)
        camera.silent = False
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1, WAIT_S)
        await lab.close()


async def test_lost_packets_are_counted_and_only_whole_pictures_are_recorded(
    tmp_path: Path, film: Film
) -> None:
    async with Camera(film, drop_every=40).serving() as port, running(tmp_path) as lab:
        await lab.open()
        await pull(lab, plan(port))
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2, WAIT_S)
        await lab.close()
        assert sum(b["rtp"]["video"]["lost"] for b in segments_of(lab)) >= 1
        check_account(lab)
        for body in segments_of(lab):
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                assert sum(1 for _ in container.decode(video=0)) == body["frames"]


async def test_a_live_publisher_is_left_alone(tmp_path: Path, film: Film, clip_path: Path) -> None:
    from recorder.ingest.clip import Clip

    camera = Camera(film)
    async with camera.serving() as port, running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(Clip.read(clip_path)):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1, WAIT_S)
            await pull(lab, plan(port))
            await asyncio.sleep(0.5)
            assert camera.playing == 0
        await lab.close()
