"""A real publisher over real WebRTC into the real store."""

from __future__ import annotations

import asyncio
import io
import itertools
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from config import messages as m
from config import recorder_messages as rm
from config.bus import Refused
from recorder.ingest.clip import Clip
from recorder.ingest.webrtc_publisher import Publisher
from tests.recorder.clip_maker import make_clip
from tests.recorder.harness import Lab, opening, running, whip_offer
from tests.recorder.test_recording import check_tracks


def segments_of(lab: Lab, source: str = "cam") -> list[dict[str, Any]]:
    return [e["body"] for e in lab.entries("media.segment") if e["body"]["source"] == source]


def file_of(lab: Lab, body: dict[str, Any]) -> bytes:
    inits = {(e["body"]["source"], e["body"]["epoch"]): e for e in lab.entries("media.init")}
    init = inits[body["source"], body["epoch"]]["body"]
    whole: bytes = (lab.root / init["path"]).read_bytes() + (lab.root / body["path"]).read_bytes()
    return whole


def check_account(lab: Lab, source: str = "cam") -> dict[str, Any]:
    """Every microsecond of the recording is in one segment or one gap; totals agree."""
    closed: dict[str, Any]
    [closed] = [e["body"] for e in lab.entries("recording.close") if e["body"]["source"] == source]
    spans = [(b["start_us"], b["start_us"] + b["duration_us"]) for b in segments_of(lab, source)]
    recorded_us = sum(end - start for start, end in spans)
    found = {
        kind: [e["body"] for e in lab.entries(kind) if e["body"]["source"] == source]
        for kind in ("media.gap", "media.pause")
    }
    holes = {
        kind: [(b["start_us"], b["end_us"]) for b in bodies if b["track"] == "all"]
        for kind, bodies in found.items()
    }
    gaps, pauses = holes["media.gap"], holes["media.pause"]
    check_tracks(closed, segments_of(lab, source), found["media.gap"], found["media.pause"])
    spans = sorted(spans + gaps + pauses)
    assert spans[0][0] == closed["start_us"]
    assert spans[-1][1] == closed["end_us"]
    for before, after in itertools.pairwise(spans):
        assert before[1] == after[0]
    assert closed["recorded_us"] == recorded_us
    assert closed["gap_us"] == sum(end - start for start, end in gaps)
    assert closed["pause_us"] == sum(end - start for start, end in pauses)
    assert closed["segments"] == len(spans) - len(gaps) - len(pauses)
    total = closed["recorded_us"] + closed["gap_us"] + closed["pause_us"]
    assert closed["end_us"] - closed["start_us"] == total
    return closed


async def test_records_what_is_published(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 3)
            [status] = (await lab.ask("status", rm.StatusRequest(), rm.RecorderStatus)).sources
            assert (status.state, status.width, status.height) == ("recording", 320, 240)
            cache = await lab.ask("live_cache", rm.LiveCacheRequest(source="cam"), rm.LiveCache)
            assert cache.fragments[0].init
            assert cache.fragments[0].key
            wanted = rm.SegmentsRequest(session="s-one", source="cam", from_us=0)
            listed = await lab.ask("segments", wanted, rm.Segments)
            assert listed.open
            assert (tmp_path / listed.segments[0].path).exists()
            assert (tmp_path / listed.segments[0].init_path).exists()
        await lab.close()
        segments = segments_of(lab)
        for body in segments:
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                assert sum(1 for _ in container.decode(video=0)) == body["frames"]
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                assert sum(1 for _ in container.demux(audio=0)) - 1 == body["audio_packets"]
        check_account(lab)
        assert [e["kind"] for e in lab.entries()][-2:] == ["recording.close", "session.close"]
        assert lab.entries("media.gap") == []
        assert any(body["sender_reports"] for body in segments)
        heard = lab.heard.of("audio")
        packets = [packet for batch in heard for packet in batch.packets]
        assert all(
            abs(a.start_us + a.duration_us - b.start_us) <= 200
            for a, b in itertools.pairwise(packets)
        )
        assert [batch.number for batch in heard] == list(range(1, len(heard) + 1))


async def test_the_clocks_are_measured_and_told(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(
                lambda: any(status.clock_reports >= 2 for status in lab.heard.of("state")), 40
            )
            status = lab.heard.of("state")[-1]
            assert abs(status.clock_offset_us) < 5_000_000  # this machine's own clock
            assert abs(status.skew_us) < 1_000_000
        await lab.close()
        [first, *_] = lab.entries("clock")
        assert abs(first["body"]["timeline_us"] - first["body"]["wall_us"]) < 5_000_000
        clock = check_account(lab)["clock"]
        assert clock["reports"] >= 2
        assert clock["worst_skew_us"] >= abs(clock["skew_us"])


async def test_live_fragments_are_the_bytes_of_the_files(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
            unseen = len(lab.heard.of("media"))
            await lab.ask("live_watch", rm.LiveWatch(sources=["cam", "none"]), m.Done)
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 3)
        await lab.close()
        await asyncio.sleep(0.1)
        fragments: list[m.LiveFragment] = lab.heard.of("media")
        alone = [f.duration_us for f in fragments[: unseen - 1]]
        # some 200 ms while nobody watches; a publisher that was held up makes some other ones
        usual = sum(100_000 <= each_us < 300_000 for each_us in alone)
        assert usual >= 0.5 * len(alone), alone
        # one picture each: the next begins 40 ms later (a fragment ends with its longer track, so
        # its length says how sound and picture came to stand); one held up sends some late
        begun = [f.start_us for f in fragments[unseen + 2 : -2]]
        watched = [later - sooner for sooner, later in itertools.pairwise(begun)]
        assert len(watched) > 30
        single = sum(abs(each_us - 40_000) <= 20_000 for each_us in watched)
        assert single >= 0.8 * len(watched), watched
        assert [f.number for f in fragments] == list(range(1, len(fragments) + 1))
        assert fragments[0].init is not None
        assert all(f.init is None for f in fragments[1:])
        live = b"".join(f.data for f in fragments)
        disk = b"".join((lab.root / body["path"]).read_bytes() for body in segments_of(lab))
        assert live == disk


async def test_picture_and_sound_stay_together(tmp_path: Path, clip: Clip) -> None:
    """The clip flashes and sounds in the first 100 ms of every second."""
    async with running(tmp_path, segment_seconds=3.0) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2)
        await lab.close()
        data = file_of(lab, segments_of(lab)[1])
        flashes, sounds = marks(data)
        assert len(flashes) >= 2
        for flash in flashes[1:-1]:
            assert min(abs(flash - sound) for sound in sounds) < 0.08


def marks(data: bytes) -> tuple[list[float], list[float]]:
    flashes: list[float] = []
    sounds: list[float] = []
    with av.open(io.BytesIO(data), "r") as container:
        dark = True
        for frame in container.decode(video=0):
            bright = float(frame.to_ndarray(format="gray").mean()) > 150
            if bright and dark:
                flashes.append(float(frame.time or 0))
            dark = not bright
    with av.open(io.BytesIO(data), "r") as container:
        silent = True
        for heard in container.decode(audio=0):
            samples = np.abs(heard.to_ndarray()).reshape(-1)
            loud = np.flatnonzero(samples > 0.1)
            if loud.size and silent:
                sounds.append(float(heard.time or 0))
            silent = not loud.size
    return flashes, sounds


async def test_a_reconnect_goes_on_in_the_same_recording(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
        await asyncio.sleep(0.5)
        async with lab.publishing(clip):
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 2)
        await lab.close()
        assert len(lab.entries("recording.open")) == 1
        assert {body["epoch"] for body in segments_of(lab)} == {1, 2}
        [gap] = [e["body"] for e in lab.entries("media.gap")]
        assert gap["cause"] == "publisher"
        assert 300_000 < gap["end_us"] - gap["start_us"] < 3_000_000
        origin_us = lab.entries("recording.open")[0]["body"]["origin_us"]
        for body in segments_of(lab):
            assert body["media_start_us"] == body["start_us"] - origin_us
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                first = next(container.decode(video=0))
                assert abs((first.time or 0) * 1e6 - body["media_start_us"]) < 200_000
        check_account(lab)


async def test_a_vanished_publisher_is_noticed_and_can_be_replaced(
    tmp_path: Path, clip: Clip
) -> None:
    async with running(tmp_path, watchdog_seconds=1.5) as lab:
        await lab.open()
        publisher = Publisher(clip, lab.signalling())
        task = asyncio.create_task(publisher.run())
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 1)
        with pytest.raises(Refused, match="source_busy"):
            await lab.ask("whip_offer", whip_offer(OFFER), rm.WhipAnswer)
        vanish(publisher)
        task.cancel()
        begun = asyncio.get_running_loop().time()
        await lab.heard.until(lambda: lab.heard.of("state")[-1].state == "stalled", 5)
        assert asyncio.get_running_loop().time() - begun < 2.5
        async with lab.publishing(clip):
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= before + 1)
        await lab.close()
        gaps = [e["body"] for e in lab.entries("media.gap")]
        assert [gap["cause"] for gap in gaps] == ["network"]
        check_account(lab)
        await asyncio.gather(task, return_exceptions=True)


def _sent_nowhere(data: object, address: object = None) -> None:
    """What a machine without power sends."""


def vanish(publisher: Publisher) -> None:
    """As if the machine lost power: nothing is sent any more, not even goodbye."""
    for peer in publisher.peers:
        for transceiver in peer.getTransceivers():
            connection = transceiver.sender.transport.transport._connection
            for protocol in connection._protocols:
                protocol.transport.sendto = _sent_nowhere  # type: ignore[method-assign,assignment]


@pytest.mark.parametrize("tracks", ["video", "audio"])
async def test_one_track_alone(tmp_path: Path, clip: Clip, tracks: str) -> None:
    alone = Clip(
        clip.video if tracks == "video" else [], clip.audio if tracks == "audio" else [], 0
    )
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(alone):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2)
        await lab.close()
        [init] = lab.entries("media.init")
        assert {"video", "audio"} & set(init["body"]) == {tracks}
        assert init["body"]["mime"].startswith(f"{tracks}/mp4")
        for body in segments_of(lab):
            with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
                count = sum(1 for packet in container.demux() if packet.size)
                assert count == body["frames"] + body["audio_packets"]
        check_account(lab)


async def test_another_picture_size_begins_an_epoch_without_a_gap(
    tmp_path: Path, clip: Clip
) -> None:
    other = Clip.read(make_clip(tmp_path / "other.mp4", size=(160, 120), audio=False, seconds=2))
    shifted = [
        type(packet)(packet.at_us + clip.end_us, packet.data, packet.key) for packet in other.video
    ]
    both = Clip([*clip.video, *shifted], [], 0)
    async with running(tmp_path / "store") as lab:
        await lab.open()
        async with lab.publishing(both):
            await lab.heard.until(lambda: len(lab.entries("media.init")) >= 2)
            before = len(lab.heard.of("protected"))
            await lab.heard.until(lambda: len(lab.heard.of("protected")) > before)
        await lab.close()
        sizes = [e["body"]["video"]["width"] for e in lab.entries("media.init")]
        assert sizes[:2] == [320, 160]
        check_account(lab)
        causes = [e["body"] for e in lab.entries("media.gap")]
        assert causes == []


async def test_refusals_say_what_was_expected(tmp_path: Path) -> None:
    async with running(tmp_path, max_sources=1) as lab:
        with pytest.raises(Refused, match="session_unknown"):
            await lab.ask("whip_offer", whip_offer(OFFER), rm.WhipAnswer)
        await lab.open()
        with pytest.raises(Refused, match="malformed_sdp"):
            await lab.ask("whip_offer", whip_offer("nonsense"), rm.WhipAnswer)
        other = whip_offer(OFFER.replace("opus/48000/2", "G722/8000"))
        with pytest.raises(Refused, match=r"unsupported_codec.*H\.264.*VP8.*Opus"):
            await lab.ask("whip_offer", other, rm.WhipAnswer)
        await lab.ask("whip_offer", whip_offer(OFFER), rm.WhipAnswer)
        with pytest.raises(Refused, match="too_many_sources"):
            await lab.ask("whip_offer", whip_offer(OFFER, "other"), rm.WhipAnswer)
        await lab.close()
        await lab.close()
        with pytest.raises(Refused, match="session_closed"):
            await lab.ask("whip_offer", whip_offer(OFFER), rm.WhipAnswer)
        with pytest.raises(Refused, match="session_closed"):
            await lab.ask("open_session", opening("s-one", "room1"), m.Done)
        with pytest.raises(Refused, match="bad_request"):
            await lab.bus.request(m.RECORDER, "open_session", b"x")
        with pytest.raises(Refused, match="bad_request"):
            await lab.bus.request(m.RECORDER, "nothing", b"")


OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=sendonly",
        "a=mid:0",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuv",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=setup:actpass",
        "",
    ]
)
