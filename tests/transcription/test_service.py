"""The service over a memory bus: nothing lost, nothing twice, whatever goes missing on the way."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest

from config.bus import Refused
from config.clock import SystemClock
from config.messages import (
    TRANSCRIBER,
    AudioBatch,
    AudioLevel,
    PartialText,
    SourceStatus,
    decode,
    encode,
)
from config.recorder_messages import StatusRequest
from config.settings import Settings, load
from config.transcriber_messages import TranscriberStatus
from tests.fakes.memory_bus import Exchange
from tests.transcription.fakes import FakeRecorder, ToneEngine
from tests.transcription.sound import Wave, batches, beep, segments, silence
from tests.transcription.sound import encode as opus
from transcription.service import TranscriberService

ZERO_US = 1_700_000_000_000_000
BEEP_US = 1_100_000
TWO = ["interviewer", "interviewee"]


class Scene:
    """A bus, a recorder that remembers, and the transcriber on it."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.exchange = Exchange()
        self.exchange.keep_published = True
        self.recorder = FakeRecorder(store)
        self.bus = self.exchange.bus()
        self.settings: Settings = load()

    @contextlib.asynccontextmanager
    async def transcriber(self) -> AsyncIterator[TranscriberService]:
        engine = ToneEngine()
        bus = self.exchange.bus()
        async with TranscriberService(bus, self.settings, engine, self.store, SystemClock()) as it:
            await until(lambda: bool(self.exchange.subscribers))
            await asyncio.sleep(0.02)
            yield it

    def publish(self, *some: AudioBatch) -> None:
        for batch in some:
            self.bus.publish(f"audio.{batch.source}", encode(batch))

    def stopped(self, source: str = "room1-camera") -> None:
        status = SourceStatus(source=source, session="s1", state="offline", since_us=0)
        self.bus.publish(f"state.{source}", encode(status))

    def texts(self) -> list[str]:
        return [str(item["text"]) for item in self.recorder.utterances()]

    def of(self, prefix: str) -> list[bytes]:
        found = self.exchange.published
        return [payload for topic, payload in found if topic.startswith(prefix)]


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    one = Scene(tmp_path)
    async with one.recorder.serving(one.exchange.bus()):
        yield one


def beeps(*numbers: int) -> Wave:
    return np.concatenate([beep(number) for number in numbers])


async def test_words_become_entries_once_with_their_times(scene: Scene) -> None:
    async with scene.transcriber():
        scene.publish(*batches(opus(beeps(2, 3, 4)), ZERO_US, ["unknown"]))
        await until(lambda: len(scene.texts()) == 3)
    assert scene.texts() == ["2", "3", "4"]
    for index, item in enumerate(scene.recorder.utterances()):
        assert item["speaker"] == "unknown"
        assert abs(int(str(item["start_us"])) - ZERO_US - index * BEEP_US) <= 30_000


async def test_partials_come_first_and_are_cleared(scene: Scene) -> None:
    async with scene.transcriber():
        scene.publish(*batches(opus(beeps(2)), ZERO_US, ["unknown"]))
        await until(lambda: len(scene.texts()) == 1)
        await until(lambda: len(scene.of("partial.")) == 2)
    partials = [decode(payload, PartialText) for payload in scene.of("partial.")]
    assert [partial.text for partial in partials] == ["2", ""]
    assert partials[0].room == "room1"


async def test_two_channels_are_two_speakers(scene: Scene) -> None:
    left = np.concatenate([beep(2), silence(1.1), beep(4)])
    right = np.concatenate([silence(1.1), beep(3), silence(1.1)])
    async with scene.transcriber() as service:
        scene.publish(*batches(opus(left, right), ZERO_US, TWO))
        await until(lambda: len(scene.texts()) == 3)
        assert service.status().tracks == 2
    said = [(item["speaker"], item["text"]) for item in scene.recorder.utterances()]
    assert said == [("interviewer", "2"), ("interviewee", "3"), ("interviewer", "4")]


async def test_one_microphone_declared_as_two_is_heard_once(scene: Scene) -> None:
    async with scene.transcriber():
        scene.publish(*batches(opus(beeps(2, 3)), ZERO_US, TWO))
        await until(lambda: len(scene.texts()) == 2)
    assert [item["speaker"] for item in scene.recorder.utterances()] == ["unknown", "unknown"]


async def test_levels_are_published(scene: Scene) -> None:
    async with scene.transcriber():
        scene.publish(*batches(opus(beep(2), silence(1.1)), ZERO_US, TWO))
        await until(lambda: len(scene.of("level.")) == 11)
    levels = [decode(payload, AudioLevel) for payload in scene.of("level.")]
    assert levels[1].rms_dbfs[0] > -20
    assert levels[1].rms_dbfs[1] < -40
    assert levels[-1].peak_dbfs[0] < -50


async def test_end_of_a_source_ends_the_utterance(scene: Scene) -> None:
    async with scene.transcriber():
        scene.publish(*batches(opus(beep(5)[: 48_000 * 4 // 10]), ZERO_US, ["unknown"]))
        await asyncio.sleep(0.1)
        assert scene.texts() == []
        scene.stopped()
        await until(lambda: scene.texts() == ["5"], seconds=3)


async def test_batches_lost_on_the_bus_are_read_from_the_recording(scene: Scene) -> None:
    sound = beeps(2, 3, 4, 5, 6, 7)
    init, recorded = segments(sound)
    everything = batches(opus(sound), ZERO_US, ["unknown"])
    async with scene.transcriber():
        scene.publish(*everything[:14], *everything[40:])
        await asyncio.sleep(0.2)  # the segments appear later than the hole
        scene.recorder.record(init, recorded, ZERO_US)
        await until(lambda: len(scene.texts()) == 6)
    assert scene.texts() == ["2", "3", "4", "5", "6", "7"]


async def test_a_lost_tail_is_read_from_the_recording(scene: Scene) -> None:
    sound = beeps(2, 3, 4)
    scene.recorder.record(*segments(sound), ZERO_US)
    async with scene.transcriber():
        scene.publish(*batches(opus(sound), ZERO_US, ["unknown"])[:14])
        scene.stopped()
        await until(lambda: len(scene.texts()) == 3)
    assert scene.texts() == ["2", "3", "4"]


async def test_a_hole_in_the_recording_itself_is_passed_over(scene: Scene) -> None:
    before = batches(opus(beep(2)), ZERO_US, ["unknown"])
    later_us = ZERO_US + 30_000_000
    after = batches(opus(beep(3)), later_us, ["unknown"], first_number=len(before) + 1, epoch=2)
    async with scene.transcriber():
        scene.publish(*before, *after)
        await until(lambda: len(scene.texts()) == 2, seconds=3)
    start_us = int(str(scene.recorder.utterances()[1]["start_us"]))
    assert abs(start_us - later_us) <= 30_000


@pytest.mark.parametrize("keep_positions", [True, False], ids=["positions", "log-only"])
async def test_stopped_in_the_middle_and_started_again(scene: Scene, keep_positions: bool) -> None:
    sound = beeps(2, 3, 4, 5, 6, 7)
    scene.recorder.log("recording.open", "s1", {"source": "room1-camera"})
    live = batches(opus(sound), ZERO_US, ["unknown"])
    middle = round(3.2 * BEEP_US / 100_000)  # within the fourth beep
    async with scene.transcriber():
        scene.publish(*live[:middle])
        await until(lambda: len(scene.texts()) == 3)
    if not keep_positions:
        (scene.store / "transcriber" / "positions.json").unlink()
    scene.recorder.record(*segments(sound), ZERO_US)
    async with scene.transcriber():
        await until(lambda: len(scene.texts()) == 6)
        await asyncio.sleep(0.1)
    assert scene.texts() == ["2", "3", "4", "5", "6", "7"]


async def test_started_again_while_the_source_goes_on(scene: Scene) -> None:
    sound = beeps(2, 3, 4, 5, 6, 7)
    init, recorded = segments(sound)
    live = batches(opus(sound), ZERO_US, ["unknown"])
    scene.recorder.log("recording.open", "s1", {"source": "room1-camera"})
    async with scene.transcriber():
        scene.publish(*live[:20])
        await until(lambda: len(scene.texts()) >= 1)
    scene.recorder.record(init, recorded[:2], ZERO_US)
    async with scene.transcriber():
        scene.publish(*live[50:])  # 20..49 went by while it was down
        await asyncio.sleep(0.1)
        scene.recorder.record(init, recorded[2:], ZERO_US)
        await until(lambda: len(scene.texts()) == 6)
    assert scene.texts() == ["2", "3", "4", "5", "6", "7"]


async def test_a_closed_recording_is_finished_for_good(scene: Scene) -> None:
    scene.recorder.log("recording.open", "s1", {"source": "room1-camera"})
    scene.recorder.record(*segments(beeps(2, 3)), ZERO_US)
    scene.recorder.open = False
    async with scene.transcriber() as service:
        await until(lambda: len(scene.texts()) == 2)
        await until(lambda: service.status().tracks == 0)
    async with scene.transcriber() as service:
        await asyncio.sleep(0.2)
        assert service.status().tracks == 0
    assert scene.texts() == ["2", "3"]


async def test_an_unreadable_segment_is_passed_over(scene: Scene) -> None:
    scene.recorder.log("recording.open", "s1", {"source": "room1-camera"})
    init, recorded = segments(beeps(2, 3, 4, 5, 6, 7))
    scene.recorder.record(init, recorded, ZERO_US)
    (scene.store / scene.recorder.refs[1].path).write_bytes(b"damaged")
    async with scene.transcriber():
        await until(lambda: "7" in scene.texts())
    assert scene.texts()[0] == "2"


async def test_more_sources_than_tracks(scene: Scene) -> None:
    scene.settings = load(overrides={"transcription": {"max_tracks": 2}})
    packets = opus(beep(2))
    async with scene.transcriber():
        for source in ("a", "b"):
            scene.publish(*batches(packets, ZERO_US, ["unknown"], source=source))
        await until(lambda: len(scene.texts()) == 1)
    assert [item["source"] for item in scene.recorder.utterances()] == ["a"]
    assert any(b"too_many_tracks" in payload for payload in scene.of("process."))


async def test_status_and_unknown_methods(scene: Scene) -> None:
    async with scene.transcriber():
        bus = scene.exchange.bus()
        await until(lambda: TRANSCRIBER in scene.exchange.services)
        reply = await bus.request(TRANSCRIBER, "status", encode(StatusRequest()))
        status = decode(reply, TranscriberStatus)
        assert (status.model, status.model_demo, status.tracks) == ("tones", True, 0)
        with pytest.raises(Refused, match="unknown_method"):
            await bus.request(TRANSCRIBER, "explode", b"")


async def test_malformed_messages_are_skipped(scene: Scene) -> None:
    async with scene.transcriber():
        scene.bus.publish("audio.room1-camera", b"\xc1 nonsense")
        scene.bus.publish("state.room1-camera", b"")
        scene.publish(*batches(opus(beep(2)), ZERO_US, ["unknown"]))
        await until(lambda: scene.texts() == ["2"])


async def test_a_second_session_of_a_source_does_not_wait(scene: Scene) -> None:
    packets = opus(beep(2))
    async with scene.transcriber():
        for session in ("s1", "s2"):
            at_us = ZERO_US + (60_000_000 if session == "s2" else 0)
            scene.publish(*batches(packets, at_us, ["unknown"], session=session))
            count = 1 if session == "s1" else 2
            await until(partial(_has, scene, count), seconds=3)


def _has(scene: Scene, count: int) -> bool:
    return len(scene.texts()) == count


async def test_a_session_the_recorder_forgot_is_let_go(scene: Scene) -> None:
    scene.recorder.log("recording.open", "s9", {"source": "room1-camera"})
    scene.recorder.unknown_sessions.add("s9")
    async with scene.transcriber() as service:
        await until(lambda: not service.workers, seconds=5)
    assert scene.texts() == []


async def test_nothing_leaks(scene: Scene) -> None:
    packets = opus(beep(2))

    async def cycle(number: int) -> None:
        async with scene.transcriber():
            at_us = ZERO_US + number * 60_000_000
            scene.publish(*batches(packets, at_us, ["unknown"], session=f"s{number}"))
            await until(partial(_has, scene, number + 1))

    await cycle(0)
    before = (threading.active_count(), len(asyncio.all_tasks()), _descriptors())
    for number in range(1, 12):
        await cycle(number)
    after = (threading.active_count(), len(asyncio.all_tasks()), _descriptors())
    assert after == before


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_covered_sound_is_measured_and_not_written_down(scene: Scene) -> None:
    """People's own microphones carry the words; what was begun before is ended."""
    live = batches(opus(beeps(2, 3, 4, 5)), ZERO_US, ["unknown"])
    third = len(live) // 2
    covered = [msgspec.structs.replace(batch, covered=True) for batch in live[third:]]
    async with scene.transcriber():
        scene.publish(*live[:third], *covered)
        await until(lambda: len(scene.of("level.")) == len(live))
        await until(lambda: len(scene.texts()) == 2)
        scene.stopped()
        await asyncio.sleep(0.6)
    assert scene.texts() == ["2", "3"]
    levels = [decode(payload, AudioLevel) for payload in scene.of("level.")]
    assert max(level.rms_dbfs[0] for level in levels[third:]) > -30


async def test_covered_segments_are_not_read_back(scene: Scene) -> None:
    scene.recorder.record(*segments(beeps(2, 3, 4, 5)), ZERO_US)
    first = scene.recorder.refs[0]
    scene.recorder.refs[1:] = [
        msgspec.structs.replace(ref, covered=True) for ref in scene.recorder.refs[1:]
    ]
    scene.recorder.log("recording.open", "s1", {"source": "room1-camera"})
    scene.recorder.open = False
    async with scene.transcriber() as service:
        await until(lambda: len(scene.texts()) >= 1)
        await until(lambda: service.workers == 0)
    end_us = first.start_us + first.duration_us
    assert all(int(str(item["start_us"])) < end_us for item in scene.recorder.utterances())
