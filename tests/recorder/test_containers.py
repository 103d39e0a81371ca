"""Cutting MP4 and WebM: any split of the bytes gives the same pieces; junk is our error."""

from __future__ import annotations

import io
import itertools
from pathlib import Path
from typing import Literal

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import MalformedMedia
from recorder.ingest.clip import Clip
from recorder.media import EncodedFrame, TimedFrame
from recorder.mux.boxes import BoxSplitter, Mp4Splitter, Piece, sample_counts
from recorder.mux.ebml import WebmSplitter, block_counts, read_id, read_size
from recorder.mux.formats import VideoFormat, video_format
from recorder.mux.fragmenter import Fragment, Fragmenter
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


@pytest.fixture(scope="module")
def webm(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the muxer writes for VP8 and Opus."""
    path = make_clip(tmp_path_factory.mktemp("webm") / "a.webm", video="libvpx", seconds=1.5)
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
    return data


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


def _cut(data: bytes, cuts: list[int]) -> list[bytes]:
    points = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(points)]


def _summary(pieces: list[Piece]) -> list[tuple[bool, bytes, dict[int, int]]]:
    return [(piece.init, piece.data, piece.samples) for piece in pieces]


@settings(max_examples=30)
@given(st.lists(st.integers(0, 1 << 24), max_size=30))
def test_any_split_of_mp4_gives_the_same_pieces(
    mp4: tuple[bytes, list[Fragment]], cuts: list[int]
) -> None:
    init, fragments = mp4
    data = init + b"".join(f.data for f in fragments)
    splitter = Mp4Splitter()
    pieces = [piece for part in _cut(data, cuts) for piece in splitter.feed(part)]
    assert [piece.data for piece in pieces] == [init, *(f.data for f in fragments)]
    assert pieces[0].init
    for piece, fragment in zip(pieces[1:], fragments, strict=True):
        assert piece.samples.get(1, 0) == len(fragment.video)
        assert piece.samples.get(2, 0) == len(fragment.audio)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 1 << 24), max_size=30))
def test_any_split_of_webm_gives_the_same_pieces(webm: bytes, cuts: list[int]) -> None:
    whole = _summary(WebmSplitter().feed(webm))
    splitter = WebmSplitter()
    parts = [piece for part in _cut(webm, cuts) for piece in splitter.feed(part)]
    assert _summary(parts) == whole
    assert b"".join(data for _, data, _ in whole) == webm
    assert len(whole) > 3


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_bytes_give_pieces_or_our_error(parts: list[bytes]) -> None:
    for splitter in (Mp4Splitter(), WebmSplitter()):
        try:
            for part in parts:
                splitter.feed(part)
        except MalformedMedia:
            continue


@given(st.binary(max_size=80))
def test_the_insides_any_bytes(data: bytes) -> None:
    for read in (sample_counts, lambda d: block_counts(d, 0)):
        try:
            read(data)
        except MalformedMedia:
            continue


def test_boxes_that_cannot_be() -> None:
    for head in (b"\0\0\0\4moof", b"\0\0\0\1moof" + bytes(8), b"\x7f\0\0\0moof"):
        with pytest.raises(MalformedMedia):
            BoxSplitter().feed(head)
    with pytest.raises(MalformedMedia):
        Mp4Splitter().feed(b"\0\0\0\x08mdat")
    with pytest.raises(MalformedMedia):
        Mp4Splitter().feed(b"\0\0\0\x08junk")
    assert Mp4Splitter().feed(b"\0\0\0\x08free") == []
    long = BoxSplitter()
    assert long.feed(b"\0\0\0\1mdat\0\0") == []
    assert long.pending_bytes == 10
    assert long.feed(b"\0\0\0\0\0\x12xx") == [(b"mdat", b"\0\0\0\1mdat\0\0\0\0\0\0\0\x12xx")]


def test_ebml_numbers() -> None:
    assert read_id(b"", 0) is None
    assert read_id(b"\x1f\x43", 0) is None
    assert read_id(b"\x1f\x43\xb6\x75", 0) == (0x1F43B675, 4)
    assert read_size(b"\x81", 0) == (1, 1)
    assert read_size(b"\xff", 0) == (None, 1)
    assert read_size(b"\x40", 0) is None
    assert read_size(b"", 0) is None
    for bad in (b"\x00", b"\x08"):
        with pytest.raises(MalformedMedia):
            read_id(bad, 0)
    with pytest.raises(MalformedMedia):
        read_size(b"\x00", 0)


def test_a_group_of_blocks_counts_as_its_block() -> None:
    group = b"\xa0\x86\xa1\x84\x82\x00\x00\x00"
    assert block_counts(group, 0) == {2: 1}
    with pytest.raises(MalformedMedia):
        block_counts(b"\xa0\x82\xa2\x80", 0)
    with pytest.raises(MalformedMedia):
        block_counts(b"\xa3\x81\xff", 0)
    with pytest.raises(MalformedMedia):
        WebmSplitter().feed(b"\x1f\x43\xb6\x75\xff")
    with pytest.raises(MalformedMedia):
        WebmSplitter().feed(b"\x1f\x43\xb6\x75\x08\xff\xff\xff\xff")


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
