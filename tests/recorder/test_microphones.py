"""Microphones of their own: recordings with sound alone, and what they mean for the camera."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from config import messages as m
from config import recorder_messages as rm
from recorder.ingest.clip import Clip
from recorder.ingest.webrtc_publisher import Publisher
from recorder.ingest.whip_client import Accepted
from tests.recorder.clip_maker import make_clip
from tests.recorder.harness import BusSignalling, Lab, running, whip_offer
from tests.recorder.test_end_to_end import check_account, segments_of

WAIT_S = 40.0


class MicrophoneSignalling(BusSignalling):
    """A microphone of one speaker, or another source of sound alone."""

    def __init__(self, lab: Lab, speaker: str, kind: str = "microphone") -> None:
        super().__init__(lab, f"mic-{speaker}", "s-one")
        self._lab_ = lab
        self._speaker = speaker
        self._kind = kind

    async def offer(self, sdp: str) -> Accepted:
        request = msgspec.structs.replace(
            whip_offer(sdp, f"mic-{self._speaker}"),
            source_kind=self._kind,
            channels=[self._speaker],
        )
        answer = await self._lab_.ask("whip_offer", request, rm.WhipAnswer)
        return Accepted(answer.sdp, answer.resource)


@contextlib.asynccontextmanager
async def microphone(
    lab: Lab, clip: Clip, speaker: str, kind: str = "microphone"
) -> AsyncIterator[None]:
    publisher = Publisher(clip, MicrophoneSignalling(lab, speaker, kind))
    task = asyncio.create_task(publisher.run())
    try:
        yield
    finally:
        publisher.stop()
        await task


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("sound") / "sound.mp4"
    return Clip.read(make_clip(path, seconds=3, video=None))


def batches(lab: Lab, source: str) -> list[m.AudioBatch]:
    return [batch for batch in lab.heard.of("audio") if batch.source == source]


async def listed(lab: Lab) -> list[rm.SegmentRef]:
    wanted = rm.SegmentsRequest(session="s-one", source="cam", from_us=0)
    return (await lab.ask("segments", wanted, rm.Segments)).segments


async def test_two_microphones_cover_the_camera_and_one_does_not(
    tmp_path: Path, clip: Clip, sound: Clip
) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip), microphone(lab, sound, "interviewer"):
            await lab.heard.until(lambda: len(segments_of(lab, "mic-interviewer")) >= 1, WAIT_S)
            await lab.heard.until(lambda: len(segments_of(lab)) >= 1, WAIT_S)
            assert not any(batch.covered for batch in batches(lab, "cam"))
            async with microphone(lab, sound, "interviewee"):
                await lab.heard.until(lambda: batches(lab, "cam")[-1].covered, WAIT_S)
                heard = len(segments_of(lab))
                await lab.heard.until(lambda: len(segments_of(lab)) >= heard + 4, WAIT_S)
                found = await listed(lab)
                assert not found[0].covered
                assert found[-1].covered
            await lab.heard.until(lambda: not batches(lab, "cam")[-1].covered, WAIT_S)
        assert not any(batch.covered for batch in batches(lab, "mic-interviewee"))
        assert batches(lab, "mic-interviewee")[0].channels == ["interviewee"]
        await lab.close()
        for source in ("cam", "mic-interviewer", "mic-interviewee"):
            check_account(lab, source)
        inits = {e["body"]["source"]: e["body"] for e in lab.entries("media.init")}
        assert "video" not in inits["mic-interviewer"]
        assert inits["mic-interviewer"]["mime"].startswith("audio/mp4")
        before = [ref.covered for ref in await listed(lab)]
    assert any(before)


async def test_a_voice_of_the_centre_is_recorded_and_never_transcribed(
    tmp_path: Path, sound: Clip
) -> None:
    source = "mic-unknown"
    async with running(tmp_path) as lab:
        await lab.open()
        async with microphone(lab, sound, "unknown", "call"):
            await lab.heard.until(lambda: len(segments_of(lab, source)) >= 2, WAIT_S)
        wanted = rm.SegmentsRequest(session="s-one", source=source, from_us=0)
        listed = (await lab.ask("segments", wanted, rm.Segments)).segments
        assert listed
        assert all(ref.covered for ref in listed)
        assert all(batch.covered for batch in batches(lab, source))
        await asyncio.sleep(0.6)  # longer than what counts as the end of the session
        await lab.close()
        check_account(lab, source)
        [gap] = [e["body"] for e in lab.entries("media.gap") if e["body"]["source"] == source]
        assert gap["cause"] == "no_call"  # it was over, nothing is missing
