"""The real processes: a camera that goes black, is covered and falls silent, and is well again;
that stops, and is back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from command_centre.desk import protocol
from config.demo import CLIPS
from evidence_store.verify import verify_path
from tests.e2e.installation import Seen, running, until
from tests.recorder.pictures import black, covered

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

RATE = 15
#: Seconds of each stretch of the clip.
GOOD_S, BLACK_S, COVERED_S = 6, 7, 7
WAIT_S = 90.0
_STRETCHES = ["good"] * GOOD_S + ["black"] * BLACK_S + ["covered"] * COVERED_S + ["good"] * 12


def _pictures() -> Iterator[np.ndarray]:
    """Fifteen luma pictures a second, from the demo clip where nothing is wrong."""
    with av.open(str(CLIPS / "room1.mp4")) as container:
        frames = container.decode(video=0)
        for second, stretch in enumerate(_STRETCHES):
            for number in range(RATE):
                picture = np.asarray(next(frames).to_ndarray(format="gray"), np.uint8)
                seed = second * RATE + number
                if stretch == "black":
                    yield black(picture, seed)
                elif stretch == "covered":
                    yield covered(picture, seed)
                else:
                    yield picture


def _faulty_clip(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=RATE)
        picture.width, picture.height, picture.pix_fmt = 640, 360, "yuv420p"
        picture.codec_context.gop_size = RATE
        picture.codec_context.max_b_frames = 0
        picture.options = {"preset": "ultrafast", "tune": "zerolatency", "sc_threshold": "0"}
        picture.codec_context.profile = "Baseline"
        sound = container.add_stream("libopus", rate=48_000)
        sound.codec_context.layout = "stereo"
        for index, grey in enumerate(_pictures()):
            frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        noise = np.random.default_rng(7)
        for index in range(len(_STRETCHES) * 50):
            loud = 0 if _STRETCHES[index // 50] == "black" else 300
            heard = (noise.normal(0, 1, (1, 1920)) * loud).astype(np.int16)
            frame_heard = av.AudioFrame.from_ndarray(heard, format="s16", layout="stereo")
            frame_heard.sample_rate, frame_heard.pts = 48_000, index * 960
            container.mux(sound.encode(frame_heard))
        container.mux(sound.encode(None))
    return path


async def test_faults_of_a_camera_are_alarms_and_end(tmp_path: Path) -> None:
    clip = _faulty_clip(tmp_path / "faulty.mp4")
    seen = Seen()

    def told(kind: str, *, over: bool) -> list[protocol.AlarmEvent]:
        events = [one for one in seen.of(protocol.AlarmEvent) if one.alarm.kind == kind]
        return [one for one in events if (one.alarm.cleared_us is not None) is over]

    async with running(tmp_path / "store") as installation, contextlib.AsyncExitStack() as stack:
        store = installation.store
        desk = await stack.enter_async_context(installation.desk("lin"))
        session = (await desk.post("/api/rooms/room1/session", {}))["id"]
        await stack.enter_async_context(desk.line(store.case, "wall", None, seen))
        file = str(clip.with_suffix(""))
        async with installation.publishing("room1-camera", clip=file, start_s=0.0):
            for kind in ("picture_black", "microphone_silent", "picture_covered"):
                await until(lambda kind=kind: told(kind, over=False), WAIT_S)  # type: ignore[misc]
                alarm = told(kind, over=False)[0].alarm
                late_s = (alarm.raised_us - alarm.since_us) / 1e6
                print(f"{kind}: raised {late_s:.1f} s after it began")
            for kind in ("picture_black", "microphone_silent", "picture_covered"):
                await until(lambda kind=kind: told(kind, over=True), WAIT_S)  # type: ignore[misc]
            assert told("source_lost", over=False) == []
        await until(lambda: told("source_lost", over=False), WAIT_S)
        lost = told("source_lost", over=False)[0].alarm
        assert (lost.source, lost.level) == ("room1-camera", "danger")
        print(f"source_lost: raised {(lost.raised_us - lost.since_us) / 1e6:.1f} s after its end")
        await stack.enter_async_context(
            installation.publishing("room1-camera", clip=file, start_s=0.0)
        )
        await until(lambda: told("source_lost", over=True), WAIT_S)
        starts = installation.kill("watcher")
        await installation.back("watcher", starts)
        await desk.post(f"/api/sessions/{session}/close", {"reason": "test"})
        recording = (await desk.get(f"/api/sessions/{session}"))["recordings"][0]
        ours = [gap for gap in recording["gaps"] if gap["cause"] == "recorder"]
        assert ours == [], "the watcher may die without harm"
    assert verify_path(store.directory).exit_code == 0
