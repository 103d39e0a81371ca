"""A recording fed by hand: holes, late tracks, refused frames, the watchdog."""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from config.clock import SystemClock
from evidence_store.writer import Appended, Draft
from recorder.clock import SteadyClock
from recorder.connection import Connection
from recorder.ingest.clip import Clip
from recorder.journal import Journal
from recorder.media import EncodedFrame, Kind
from recorder.outlet import Outlet
from recorder.parts import Description, Parts
from recorder.pause import Pause, PauseBook
from recorder.recording import Recording
from tests.fakes.memory_bus import MemoryBus

START_US = 1_795_000_000_000_000


class FakeWriter:
    """Everything is durable at once."""

    failure = None
    directories = ()

    def __init__(self) -> None:
        self.drafts: list[Draft] = []

    @property
    def waiting(self) -> int:
        return 0

    @property
    def size(self) -> int:
        return len(self.drafts)

    def on_appended(self, callback: Any) -> None:
        """Nobody is told."""

    def between_groups(self, act: Any) -> Any:
        raise NotImplementedError

    def submit(self, drafts: Any) -> Future[list[Appended]]:
        done: Future[list[Appended]] = Future()
        first = len(self.drafts)
        self.drafts += drafts
        done.set_result([Appended(first + i, b"", d.t_us, b"") for i, d in enumerate(drafts)])
        return done

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [draft.body for draft in self.drafts if draft.kind == kind]


def check_tracks(
    closed: dict[str, Any],
    segments: list[dict[str, Any]],
    gaps: list[dict[str, Any]],
    pauses: list[dict[str, Any]],
) -> None:
    """elapsed = recorded + gaps + pauses for each track, from the entries alone."""
    for kind, account in closed["tracks"].items():
        elapsed_us = account["end_us"] - account["start_us"]
        assert account["end_us"] == closed["end_us"]
        for name, holes in (("gap_us", gaps), ("pause_us", pauses)):
            assert account[name] == sum(
                max(0, b["end_us"] - max(account["start_us"], b["start_us"]))
                for b in holes
                if b["track"] in ("all", kind)
            )
        assert elapsed_us == sum(account[n] for n in ("recorded_us", "gap_us", "pause_us"))
        stated_us = sum(b["tracks"].get(kind, {}).get("recorded_us", 0) for b in segments)
        assert 0 <= account["recorded_us"] - stated_us <= 1_100_000


class Fed:
    """A recording, its connection, and a clock that the test moves."""

    def __init__(
        self,
        kinds: tuple[Kind, ...] = ("video", "audio"),
        writer: FakeWriter | None = None,
        opened_us: int = 0,
    ) -> None:
        self.now_us = START_US
        self.writer = writer or FakeWriter()
        self.key_frames_asked = 0
        self.released: list[Any] = []
        self.taken: set[str] = set()
        parts = Parts(
            journal=Journal(self.writer, SteadyClock(SystemClock())),
            outlet=Outlet(MemoryBus()),
            now_us=lambda: self.now_us,
            may_write=lambda: True,
            on_trouble=lambda error: None,
            release=self.released.append,
            segment_us=1_000_000,
            fragment_ms=200,
            watchdog_us=2_000_000,
            store_name="recorder-1",
            taken=lambda path: path in self.taken,
        )
        description = Description("s", "room1", "cam", "Camera", "room_camera", ("unknown",))
        self.pauses = PauseBook()
        self.recording = Recording(description, parts, pauses=self.pauses, opened_us=opened_us)
        self.kinds = kinds
        self.connection = self.connect()

    def connect(self) -> Connection:
        connection = Connection(self.recording, self.now_us)
        connection.kinds = self.kinds
        connection.peer = self
        self.recording.attach(connection)
        return connection

    bytes_received = 0

    def request_key_frame(self) -> None:
        self.key_frames_asked += 1

    async def close(self) -> None:
        """A peer can be closed."""

    def play(
        self,
        clip: Clip,
        start_us: int,
        end_us: int,
        *,
        rtp_shift_us: int = 0,
        arrives: Callable[[int], int] = int,
        **skip: bool,
    ) -> None:
        """Frames of the clip between two of its times, in real time unless they arrive later."""
        packets: list[tuple[int, Kind, bytes, bool]] = []
        for kind in self.kinds:
            if skip.get(kind) is False:
                continue
            source = clip.packets_from(kind, 0)
            for packet in source:
                if packet.at_us >= end_us:
                    break
                if packet.at_us >= start_us:
                    packets.append((packet.at_us, kind, packet.data, packet.key))
        for at_us, kind, data, key in sorted(packets):
            self.now_us = START_US + arrives(at_us)
            rate = 90 if kind == "video" else 48
            codec = "H264" if kind == "video" else "opus"
            rtp = (at_us + rtp_shift_us) * rate // 1000
            self.connection.on_frame(EncodedFrame(kind, codec, data, rtp, key, self.now_us, 1, 1))

    def pause(self, at_us: int, *tracks: Kind, name: str = "p1") -> None:
        """As the session does it."""
        self.now_us = START_US + at_us
        self.recording.settle()
        before = self.pauses.tracks
        _, begun = self.pauses.begin(Pause(name, frozenset(tracks), "lawyer", self.now_us))
        if begun is not None:
            self.recording.pause_began(begun.tracks - before)

    def resume(self, at_us: int, name: str = "p1") -> None:
        self.now_us = START_US + at_us
        self.pauses.end(name, self.now_us)
        self.recording.pause_ended()

    async def finish(self) -> dict[str, Any]:
        await self.recording.close(5)
        drafts = self.recording.closing_drafts(self.now_us)
        self.writer.submit(drafts)
        self.recording.sealed(self.now_us)
        [closed] = self.writer.of("recording.close")
        total = closed["recorded_us"] + closed["gap_us"] + closed["pause_us"]
        assert closed["end_us"] - closed["start_us"] == total
        spans = sorted(
            [
                (b["start_us"], b["start_us"] + b["duration_us"])
                for b in self.writer.of("media.segment")
            ]
            + [
                (b["start_us"], b["end_us"])
                for b in (*self.writer.of("media.gap"), *self.writer.of("media.pause"))
                if b["track"] == "all"
            ]
        )
        check_tracks(
            closed,
            self.writer.of("media.segment"),
            self.writer.of("media.gap"),
            self.writer.of("media.pause"),
        )
        assert spans[0][0] == closed["start_us"]
        assert spans[-1][1] == closed["end_us"]
        assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))
        return closed


class Forgetful(FakeWriter):
    """Everything is durable at once, and nothing of it is kept."""

    def submit(self, drafts: Any) -> Future[list[Appended]]:
        done = super().submit(drafts)
        self.drafts.clear()
        return done


async def test_a_recording_keeps_nothing_of_what_is_stored_but_where_it_is(clip: Clip) -> None:
    """It goes on for a day: 43,200 segments."""
    fed = Fed(writer=Forgetful())

    async def kept_after(begin_s: int, end_s: int) -> int:
        fed.connection = fed.connect()
        for second in range(begin_s, end_s, 5):
            fed.play(clip, second * 1_000_000, (second + 5) * 1_000_000)
            for _ in range(40):  # the answers of the store
                await asyncio.sleep(0)
        fed.recording.ended(fed.connection, "bye")  # nothing is under way any more
        outbox = fed.recording._outbox
        assert outbox is not None
        assert await outbox.drain(5)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before, after = await kept_after(0, 10), await kept_after(10, 60)
    finally:
        tracemalloc.stop()
    assert len(fed.recording.refs) >= 55
    assert after - before < 50 * 100  # bytes, for 50 more segments


async def test_a_hole_in_everything_is_one_gap(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 1_500_000)
    fed.play(clip, 3_000_000, 5_000_000)
    await fed.finish()
    [gap] = fed.writer.of("media.gap")
    assert gap["track"] == "all"
    assert abs(gap["end_us"] - gap["start_us"] - 1_500_000) < 50_000
    assert {b["epoch"] for b in fed.writer.of("media.segment")} == {1, 2}


async def test_a_hole_in_the_picture_alone_is_told_by_its_track(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 1_000_000)
    fed.play(clip, 1_000_000, 3_000_000, video=False)
    fed.play(clip, 3_000_000, 4_000_000)
    closed = await fed.finish()
    [gap] = fed.writer.of("media.gap")
    assert gap["track"] == "video"
    assert abs(gap["end_us"] - gap["start_us"] - 2_000_000) < 50_000
    assert closed["gap_us"] == 0
    assert sum(b["audio_packets"] for b in fed.writer.of("media.segment")) == 200


async def test_sound_that_comes_late_joins_at_a_key_frame_and_nothing_is_lost(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 1_500_000, audio=False)
    fed.play(clip, 1_500_000, 4_000_000)
    closed = await fed.finish()
    assert closed["gap_us"] == 0
    assert [("audio" in b, "video" in b) for b in fed.writer.of("media.init")] == [
        (False, True),
        (True, True),
    ]
    assert sum(b["audio_packets"] for b in fed.writer.of("media.segment")) == 125
    assert sum(b["frames"] for b in fed.writer.of("media.segment")) == 100
    assert fed.key_frames_asked > 0


async def test_a_picture_that_comes_late_joins_at_its_first_key_frame(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 4_000_000, video=False)
    fed.play(clip, 4_000_000, 8_000_000)
    closed = await fed.finish()
    assert closed["gap_us"] == 0
    assert [("audio" in b, "video" in b) for b in fed.writer.of("media.init")] == [
        (True, False),
        (True, True),
    ]
    assert sum(b["audio_packets"] for b in fed.writer.of("media.segment")) == 400


async def test_an_rtp_clock_that_jumps_is_anchored_again(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 2_000_000)
    fed.play(clip, 2_000_000, 4_000_000, rtp_shift_us=50_000_000)
    await fed.finish()
    assert sum(b["frames"] for b in fed.writer.of("media.segment")) == 100
    gap_us = sum(b["end_us"] - b["start_us"] for b in fed.writer.of("media.gap"))
    assert gap_us < 100_000


async def test_the_watchdog_notices_and_the_source_comes_back(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 1_500_000)
    assert fed.recording.busy
    fed.recording.watch(fed.now_us + 1_900_000)
    assert fed.recording.state == "recording"
    fed.recording.watch(fed.now_us + 2_100_000)
    assert fed.recording.state == "stalled"
    await asyncio.sleep(0.05)
    assert len(fed.writer.of("media.segment")) == 2  # what had come is stored at once
    fed.play(clip, 7_000_000, 8_000_000)
    assert fed.recording.state == "recording"
    await fed.finish()
    assert [b["cause"] for b in fed.writer.of("media.gap")] == ["network"]


async def test_a_new_connection_replaces_the_old_whose_words_no_longer_count(clip: Clip) -> None:
    fed = Fed()
    fed.play(clip, 0, 1_000_000)
    old = fed.connection
    fed.now_us += 4_000_000
    fed.connection = fed.connect()
    assert fed.released == [fed]
    fed.play(clip, 5_000_000, 6_000_000)
    before = fed.recording.status().frames
    old.on_frame(EncodedFrame("audio", "opus", b"\xfc", 10**9, True, fed.now_us, 1, 1))
    old.on_ended("bye")
    old.on_lost("video", 5)
    assert fed.recording.state == "recording"
    assert fed.recording.status().frames == before
    assert fed.recording.status().packets_lost == 0
    fed.connection.on_lost("video", 5)
    fed.connection.on_ended("bye")
    assert fed.recording.state == "offline"
    assert fed.recording.status().packets_lost == 5
    await fed.finish()


async def test_files_left_by_a_dead_process_are_not_written_over(clip: Clip) -> None:
    fed = Fed()
    fed.taken = {"media/s/cam/e001-init.mp4", "media/s/cam/e002-init.webm"}
    fed.play(clip, 0, 1_500_000)
    await fed.finish()
    assert {b["epoch"] for b in fed.writer.of("media.segment")} == {3}


async def test_a_source_that_never_sent_leaves_no_recording() -> None:
    fed = Fed()
    await fed.recording.close(1)
    assert fed.recording.closing_drafts(fed.now_us) == []
    assert fed.writer.drafts == []


@pytest.mark.parametrize("seed", range(6))
async def test_frames_that_are_not_what_they_say_never_raise(
    clip: Clip, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    broken = Clip(
        [
            type(p)(p.at_us, _mutilated(chance, p.data) if chance.random() < 0.3 else p.data, p.key)
            for p in clip.video
        ],
        [type(p)(p.at_us, _mutilated(chance, p.data) or b"\xfc", True) for p in clip.audio[:-1]]
        + clip.audio[-1:],
        0,
    )
    fed = Fed()
    for packet in broken.audio:
        if packet.data[0] & 3 == 3:
            object.__setattr__(packet, "data", b"\xfc" + packet.data)
    fed.play(broken, 0, 8_000_000)
    await fed.finish()


def _mutilated(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 20)):
        if changed:
            changed[chance.randrange(min(60, len(changed)))] = chance.randrange(256)
    return bytes(changed[: chance.choice([len(changed), chance.randrange(len(changed) + 1)])])
