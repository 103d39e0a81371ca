"""The watcher over the bus: reports that are complete, repeated until taken, silent when unsure."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from config.bus import Unreachable
from config.messages import (
    ALARMS,
    RECORDER,
    AudioBatch,
    AudioLevel,
    Done,
    FaultReport,
    LiveFragment,
    SourceStatus,
    decode,
    encode,
)
from config.recorder_messages import LiveCache
from config.settings import load
from recorder.watcher import Watcher
from tests.fakes.memory_bus import Exchange, MemoryBus
from tests.recorder.pictures import Grey, black, coded, noisy, views

WAIT_S = 60.0
STEP_US = 2_000_000


class HandClock:
    """Moves by hand."""

    def __init__(self) -> None:
        self.us = 1_795_000_000_000_000

    def now_us(self) -> int:
        """See Clock."""
        return self.us

    def mono_us(self) -> int:
        """See Clock."""
        return self.us


@dataclass
class Scene:
    """A watcher, and what surrounds it."""

    bus: MemoryBus
    clock: HandClock
    watcher: Watcher
    reports: list[FaultReport] = field(default_factory=list)
    centre_up: bool = True
    number: int = 0
    cached: list[LiveFragment] = field(default_factory=list)

    async def take(self, method: str, payload: bytes) -> bytes:
        """The centre's service."""
        assert method == "faults"
        if not self.centre_up:
            raise Unreachable("away")
        self.reports.append(decode(payload, FaultReport))
        return encode(Done())

    async def answer(self, method: str, _payload: bytes) -> bytes:
        """The recorder's live cache."""
        assert method == "live_cache"
        return encode(LiveCache(fragments=self.cached))

    async def show(self, *pictures: Grey, with_init: bool = True) -> None:
        """Publish key frames, and wait until each was looked at."""
        for init, data in coded(pictures):
            looked = self.watcher.decoded
            message = self.fragment(data, init if with_init else None)
            self.bus.publish("media.cam", encode(message))
            await until(lambda looked=looked: self.watcher.decoded > looked)  # type: ignore[misc]

    def fragment(self, data: bytes, init: bytes | None) -> LiveFragment:
        """A key frame of the camera."""
        self.number += 1
        return LiveFragment(
            source="cam", session="s", epoch=1, number=self.number, mime="video/mp4", key=True,
            start_us=self.number * STEP_US, duration_us=100_000, media_start_us=0, init=init,
            data=data,
        )  # fmt: skip

    def status(self, state: str = "recording", paused: tuple[str, ...] = ()) -> None:
        """The recorder says how the source is."""
        message = SourceStatus(
            source="cam", session="s", state=state, since_us=1, paused=list(paused)
        )
        self.bus.publish("state.cam", encode(message))

    def level(self, t_us: int, *rms: float) -> None:
        """Sound of this loudness came in."""
        batch = AudioBatch(
            source="cam", session="s", room="r", epoch=1, number=1, channels=[], packets=[]
        )
        self.bus.publish("audio.cam", encode(batch))
        message = AudioLevel(source="cam", t_us=t_us, rms_dbfs=list(rms), peak_dbfs=list(rms))
        self.bus.publish("level.cam", encode(message))

    async def report(self, holds: Callable[[FaultReport], bool]) -> FaultReport:
        """Wait for a report."""
        await until(lambda: any(holds(one) for one in self.reports))
        return next(one for one in self.reports if holds(one))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def watching() -> AsyncIterator[Scene]:
    exchange, clock = Exchange(), HandClock()
    watcher = Watcher(exchange.bus(), load().watch, clock)
    scene = Scene(exchange.bus(), clock, watcher)
    async with (
        scene.bus.serve(ALARMS, scene.take),
        scene.bus.serve(RECORDER, scene.answer),
        watcher.running(),
    ):
        await until(lambda: bool(exchange.subscribers))
        yield scene


def _good(count: int, first: int = 0) -> list[Grey]:
    return [noisy(one, n) for n, one in enumerate(views("room1", 20)[first : first + count])]


async def test_a_fault_is_reported_and_its_end_too() -> None:
    async with watching() as scene:
        await scene.show(*_good(4))
        assert (await scene.report(lambda one: one.picture == [])).sound is None
        await scene.show(*(black(one, n) for n, one in enumerate(_good(2))))
        told = await scene.report(lambda one: bool(one.picture))
        assert told.picture is not None
        [fault] = told.picture
        assert (fault.kind, fault.since_us) == ("picture_black", 5 * STEP_US)
        scene.reports.clear()
        await scene.show(*_good(1, 8))
        await scene.report(lambda one: one.picture == [])


async def test_a_watcher_that_starts_anew_ends_no_alarm_it_has_not_judged() -> None:
    async with watching() as scene:
        await scene.show(*_good(2))
        await asyncio.sleep(0.6)
        assert scene.reports == []


async def test_a_report_is_said_again_until_it_is_taken_and_while_it_holds() -> None:
    async with watching() as scene:
        scene.centre_up = False
        await scene.show(*(black(one, n) for n, one in enumerate(_good(3))))
        await asyncio.sleep(0.6)
        scene.centre_up = True
        await scene.report(lambda one: bool(one.picture))
        count = len(scene.reports)
        scene.clock.us += 6_000_000
        await until(lambda: len(scene.reports) > count)


async def test_a_silent_microphone_and_a_pause() -> None:
    async with watching() as scene:
        scene.status()
        for n in range(7):
            scene.level(n * 1_000_000, -30.0, -100.0)
        told = await scene.report(lambda one: bool(one.sound))
        assert told.sound is not None
        assert [(one.kind, one.channel) for one in told.sound] == [("microphone_silent", 1)]
        scene.status(paused=("audio",))
        await asyncio.sleep(0.3)
        scene.reports.clear()
        scene.clock.us += 3_000_000
        scene.status(paused=("audio",))
        scene.clock.us += 3_000_000
        await asyncio.sleep(0.6)
        assert scene.reports == []


async def test_a_source_that_stopped_is_gone() -> None:
    async with watching() as scene:
        scene.status()
        await scene.show(*_good(1))
        scene.clock.us += 10_000_000
        await scene.report(lambda one: one.gone)
        scene.reports.clear()
        scene.status("stalled")
        await asyncio.sleep(0.6)
        assert scene.reports == []


async def test_the_init_segment_of_before_we_listened_is_asked_for() -> None:
    async with watching() as scene:
        [(init, data)] = coded(_good(1))
        scene.cached = [scene.fragment(data, init)]
        await scene.show(*_good(2), with_init=False)
        assert scene.watcher.decoded == 2


async def test_what_cannot_be_decoded_is_counted_and_left() -> None:
    async with watching() as scene:
        scene.bus.publish("media.cam", encode(scene.fragment(b"nonsense", b"init")))
        scene.bus.publish("media.cam", b"\xff")
        scene.bus.publish("level.cam", b"\xff")
        await until(lambda: scene.watcher.unreadable == 1)
        await scene.show(*_good(1))
