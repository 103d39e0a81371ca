"""Cutting what FFmpeg muxes: any split of the bytes gives the same pieces; junk is our error."""

from __future__ import annotations

import contextlib
import io
import itertools
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import MalformedMedia
from recorder.mux.boxes import Mp4Splitter, Piece, sample_counts
from recorder.mux.ebml import WebmSplitter, block_counts
from tests.recorder.clip_maker import make_clip

_MP4 = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
_WEBM = {"live": "1", "cluster_time_limit": "1000", "cluster_size_limit": "5000000"}


def remuxed(path: Path, form: str, options: dict[str, str]) -> bytes:
    """The same packets as FFmpeg writes them in fragments."""
    made = io.BytesIO()
    made.seekable = lambda: False  # type: ignore[method-assign]
    with av.open(str(path)) as source, av.open(made, "w", format=form, options=options) as out:
        streams = {
            one.index: out.add_stream_from_template(one, opaque=True) for one in source.streams
        }
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    return made.getvalue()


@pytest.fixture(scope="module")
def mp4(clip_path: Path) -> bytes:
    return remuxed(clip_path, "mp4", _MP4)


@pytest.fixture(scope="module")
def webm(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = make_clip(tmp_path_factory.mktemp("webm") / "a.webm", video="libvpx", seconds=2)
    return remuxed(path, "webm", _WEBM)


def pieces_of(splitter: Mp4Splitter | WebmSplitter, data: bytes, cuts: list[int]) -> list[Piece]:
    points = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [
        piece for a, b in itertools.pairwise(points) for piece in splitter.feed(bytes(data[a:b]))
    ]


@settings(max_examples=20)
@given(cuts=st.lists(st.integers(0, 1 << 24), max_size=20))
def test_any_split_gives_the_same_pieces(mp4: bytes, webm: bytes, cuts: list[int]) -> None:
    for kind, data in ((Mp4Splitter, mp4), (WebmSplitter, webm)):
        whole = pieces_of(kind(), data, [])
        assert whole[0].init
        assert len(whole) > 2
        assert pieces_of(kind(), data, cuts) == whole


def test_every_sample_is_counted(mp4: bytes, clip_path: Path) -> None:
    counted = sum(count for piece in Mp4Splitter().feed(mp4) for count in piece.samples.values())
    with av.open(str(clip_path)) as container:
        there = sum(1 for packet in container.demux() if packet.dts is not None)
    assert counted == there


@settings(max_examples=60)
@given(data=st.binary(max_size=200))
def test_junk_is_our_error(data: bytes) -> None:
    for feed in (Mp4Splitter().feed, WebmSplitter().feed, sample_counts):
        with contextlib.suppress(MalformedMedia):
            feed(data)
    with contextlib.suppress(MalformedMedia):
        block_counts(data, 0)
