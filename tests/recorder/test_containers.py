"""Fragments: what is in them, where it stands, and that others can read them."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import MalformedMedia
from recorder.ingest.clip import Clip
from recorder.media import EncodedFrame, TimedFrame
from recorder.mux.formats import VideoFormat, video_format
from recorder.mux.fragmenter import Fragment, Fragmenter
from recorder.mux.mp4 import Mp4Writer, Sample, length_prefixed
from tests.recorder.clip_maker import make_clip

ORIGIN_US = 1_795_000_000_000_000


def timed(clip: Clip, start_us: int = ORIGIN_US) -> list[TimedFrame]:
    frames = [
        TimedFrame(EncodedFrame("video", "H264", p.data, 0, p.key, 0, 1, 1), start_us + p.at_us, 0)
        for p in clip.video
    ] + [
        TimedFrame(
            EncodedFrame("audio", "opus", p.data, 0, True, 0, 2, 1), start_us + p.at_us, 20_000
        )
        for p in clip.audio
    ]
    return sorted(frames, key=lambda frame: (frame.start_us, frame.frame.kind == "audio"))


def fragments_of(clip: Clip, start_us: int = ORIGIN_US) -> tuple[bytes, list[Fragment]]:
    frames = timed(clip, start_us)
    video = next((video_format(f.frame) for f in frames if f.frame.kind == "video"), None)
    muxer = Fragmenter(video, bool(clip.audio), ORIGIN_US, 200)
    fragments = [fragment for frame in frames for fragment in muxer.add(frame)]
    fragments += muxer.close()
    return muxer.init, fragments


@pytest.fixture(scope="module")
def mp4(clip: Clip) -> tuple[bytes, list[Fragment]]:
    return fragments_of(clip)


@pytest.mark.parametrize("each_picture", [False, True])
def test_vp8_goes_to_webm(tmp_path: Path, each_picture: bool) -> None:
    path = make_clip(tmp_path / "a.webm", video="libvpx", seconds=1.5)
    frames: list[TimedFrame] = []
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is None or packet.time_base is None:
                continue
            start_us = max(0, round(packet.pts * packet.time_base * 1_000_000))
            kind: Literal["video", "audio"] = "video" if packet.stream.type == "video" else "audio"
            codec = "VP8" if kind == "video" else "opus"
            key = bool(packet.is_keyframe)
            frame = EncodedFrame(kind, codec, bytes(packet), 0, key, 0, 1, 1)
            duration_us = 0 if kind == "video" else 20_000
            frames.append(TimedFrame(frame, ORIGIN_US + start_us, duration_us))
    picture = next(f for f in frames if f.frame.kind == "video")
    found = video_format(picture.frame)
    assert found == VideoFormat("VP8", 320, 240, "vp8")
    muxer = Fragmenter(found, True, ORIGIN_US, 200)
    muxer.each_picture = each_picture
    assert muxer.mime == 'video/webm; codecs="vp8,opus"'
    begun = [f for f in frames if f.start_us >= picture.start_us]
    fragments = [fragment for frame in begun for fragment in muxer.add(frame)]
    fragments += muxer.close()
    assert sum(len(f.video) for f in fragments) == sum(f.frame.kind == "video" for f in begun)
    keys = [f.start_us for f in begun if f.frame.kind == "video" and f.frame.key]
    assert [f.video[0].start_us for f in fragments if f.key] == keys
    assert len(keys) > 1
    assert not any(frame.frame.key for f in fragments for frame in f.video[1:])
    assert sum(len(f.audio) for f in fragments) == sum(f.frame.kind == "audio" for f in begun)
    data = muxer.init + b"".join(fragment.data for fragment in fragments)
    with av.open(io.BytesIO(data), "r") as container:
        assert sum(1 for _ in container.decode(video=0)) == sum(len(f.video) for f in fragments)
    read: dict[str, list[tuple[bytes, bool, float]]] = {"video": [], "audio": []}
    with av.open(io.BytesIO(data), "r") as container:
        for packet in container.demux():
            if packet.pts is not None and packet.time_base is not None:
                at_us = float(packet.pts * packet.time_base) * 1e6
                read[packet.stream.type].append((bytes(packet), packet.is_keyframe, at_us))
    written = {
        "video": [each for fragment in fragments for each in fragment.video],
        "audio": [each for fragment in fragments for each in fragment.audio],
    }
    for track, expected in written.items():
        assert [r[:2] for r in read[track]] == [(e.frame.data, e.frame.key) for e in expected]
        for (_, _, at_us), each in zip(read[track], expected, strict=True):
            assert abs(at_us - (each.start_us - ORIGIN_US)) < 1_001


def test_fragments_say_what_is_in_them(clip: Clip, mp4: tuple[bytes, list[Fragment]]) -> None:
    init, fragments = mp4
    assert sum(len(f.video) for f in fragments) == len(clip.video)
    assert sum(len(f.audio) for f in fragments) == len(clip.audio)
    assert [f.video[0].start_us - ORIGIN_US for f in fragments if f.key and f.video] == [
        packet.at_us for packet in clip.video if packet.key
    ]
    for fragment in fragments:
        assert not any(f.frame.key for f in fragment.video[1:])
        with av.open(io.BytesIO(init + fragment.data), "r") as container:
            times = [
                float(packet.pts * packet.time_base) * 1e6
                for packet in container.demux(video=0)
                if packet.size and packet.pts is not None and packet.time_base is not None
            ]
        assert len(times) == len(fragment.video)
        for at_us, frame in zip(times, fragment.video, strict=True):
            assert abs(at_us - (frame.start_us - ORIGIN_US)) < 50


def test_times_of_a_later_epoch_go_on(clip: Clip) -> None:
    hour_us = 3_600_000_000
    init, fragments = fragments_of(clip, ORIGIN_US + hour_us)
    with av.open(io.BytesIO(init + fragments[0].data), "r") as container:
        packet = next(container.demux(video=0))
        assert packet.pts is not None
        assert packet.time_base is not None
        assert float(packet.pts * packet.time_base) == pytest.approx(3600, abs=1e-3)


@dataclass(slots=True)
class Box:
    """A box of an MP4, or an element of a WebM, read by the tests' own parser."""

    kind: bytes
    body: bytes


def boxes(data: bytes) -> list[Box]:
    found: list[Box] = []
    while data:
        size = int.from_bytes(data[:4], "big")
        assert 8 <= size <= len(data)
        found.append(Box(data[4:8], data[8:size]))
        data = data[size:]
    return found


def inside(data: bytes, *path: bytes) -> list[Box]:
    """The boxes at a path."""
    found = boxes(data)
    for step in path:
        found = [inner for box in found if box.kind == step for inner in boxes(box.body)]
    return found


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=20),
    st.lists(st.integers(1, 50), max_size=20),
)
def test_mp4_says_where_everything_is(pictures: list[int], packets: list[int]) -> None:
    """Every sample is found by the offsets, sizes and times of the moof alone."""
    made = [Sample(bytes([n % 256]) * n, 10_000 + i * 3000, 3000, i == 0) for i, n in
            enumerate(pictures)]  # fmt: skip
    sound = [Sample(bytes([n]) * n, 7_000 + i * 960, 960, True) for i, n in enumerate(packets)]
    writer = Mp4Writer(VideoFormat("VP9", 320, 240, "vp09.00.11.08", bytes(12)), True)
    data = writer.fragment(made, sound)
    assert [box.kind for box in boxes(data)] == [b"moof", b"mdat"]
    found: list[list[tuple[bytes, int, int]]] = []
    for traf in boxes(boxes(data)[0].body)[1:]:
        parts = {box.kind: box.body for box in boxes(traf.body)}
        at_time = int.from_bytes(parts[b"tfdt"][4:], "big")
        run = parts[b"trun"]
        flags, count, at = (int.from_bytes(run[i : i + 4], "big") for i in (0, 4, 8))
        width = 12 if flags & 0x400 else 8
        samples: list[tuple[bytes, int, int]] = []
        for index in range(count):
            row = run[12 + index * width :]
            duration, size = int.from_bytes(row[:4], "big"), int.from_bytes(row[4:8], "big")
            samples.append((data[at : at + size], at_time, duration))
            at, at_time = at + size, at_time + duration
        found.append(samples)
    expected = [[(s.data, s.dts, s.duration) for s in track] for track in (made, sound) if track]
    assert found == expected


def test_every_picture_its_own_fragment(clip: Clip) -> None:
    """Live: one picture with its sound, true durations, and the same samples as before."""
    frames = timed(clip)
    muxer = Fragmenter(video_format(frames[0].frame), True, ORIGIN_US, 200)
    muxer.each_picture = True
    fragments = [fragment for frame in frames for fragment in muxer.add(frame)]
    fragments += muxer.close()
    assert [len(f.video) for f in fragments] == [1] * len(clip.video)
    assert sum(len(f.audio) for f in fragments) == len(clip.audio)
    assert {f.video[0].duration_us for f in fragments[:-1]} == {40_000}
    data = muxer.init + b"".join(fragment.data for fragment in fragments)
    with av.open(io.BytesIO(data), "r") as container:
        assert sum(1 for _ in container.decode(video=0)) == len(clip.video)
    with av.open(io.BytesIO(data), "r") as container:
        assert sum(1 for _ in container.decode(audio=0)) == len(clip.audio)


def test_sound_with_a_hole_stands_where_it_belongs(clip: Clip) -> None:
    frames = [f for f in timed(clip) if not ORIGIN_US + 50_000 < f.start_us < ORIGIN_US + 150_000
              or f.frame.kind == "video"]  # fmt: skip
    muxer = Fragmenter(video_format(frames[0].frame), True, ORIGIN_US, 200)
    fragments = [fragment for frame in frames for fragment in muxer.add(frame)]
    data = muxer.init + b"".join(fragment.data for fragment in fragments)
    with av.open(io.BytesIO(data), "r") as container:
        times = [p.pts for p in container.demux(audio=0) if p.size]
    expected = [(f.start_us - ORIGIN_US) * 48 // 1000 for f in frames if f.frame.kind == "audio"]
    assert times == expected[: len(times)]


def test_frames_that_cannot_be_written(clip: Clip) -> None:
    first = timed(clip)[0]
    for data in (b"", b"no start code", b"\0\0\1"):
        muxer = Fragmenter(video_format(first.frame), True, ORIGIN_US, 200)
        muxer.add(replace(first, frame=replace(first.frame, data=data)))
        with pytest.raises(MalformedMedia):
            muxer.close()
    vp8 = Fragmenter(VideoFormat("VP8", 320, 240, "vp8"), False, ORIGIN_US, 200)
    vp8.add(replace(first, frame=replace(first.frame, data=b"")))
    with pytest.raises(MalformedMedia):
        vp8.close()


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5))
def test_start_codes_become_lengths(units: list[bytes]) -> None:
    units = [b"\x65" + unit.replace(b"\0", b"\1") for unit in units]
    for code in (b"\0\0\1", b"\0\0\0\1"):
        coded = length_prefixed(b"".join(code + unit for unit in units))
        assert coded == b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def test_a_stalled_track_holds_the_other_up_only_briefly(clip: Clip) -> None:
    """The picture freezes; sound keeps coming out."""
    frames = [f for f in timed(clip) if f.frame.kind == "audio" or f.start_us < ORIGIN_US + 500_000]
    found = video_format(frames[0].frame)
    muxer = Fragmenter(found, True, ORIGIN_US, 200)
    heard_us = 0
    for frame in frames:
        for fragment in muxer.add(frame):
            heard_us = max(heard_us, *(f.end_us for f in fragment.audio), 0)
        if frame.start_us > ORIGIN_US + 2_000_000:
            assert frame.start_us - heard_us < 1_000_000
    muxer.close()


def test_webm_path_fixture_is_a_file(tmp_path: Path) -> None:
    assert make_clip(tmp_path / "v.webm", video="libvpx", seconds=0.2, audio=False).exists()
