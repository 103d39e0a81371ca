"""Where segments are cut."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from recorder.media import EncodedFrame, TimedFrame
from recorder.mux.fragmenter import Fragment
from recorder.segmenter import FORCE_FACTOR, Segment, Segmenter


def fragment(start_us: int, *, key: bool = False, sound_only: bool = False) -> Fragment:
    picture = TimedFrame(EncodedFrame("video", "H264", b"v", 0, key, 0, 1, 1), start_us, 200_000)
    sound = TimedFrame(EncodedFrame("audio", "opus", b"a", 0, True, 0, 1, 1), start_us, 200_000)
    video = [] if sound_only else [picture]
    return Fragment(b"x", key, start_us, start_us + 200_000, video, [sound])


def cut(fragments: list[Fragment], segment_us: int = 1_000_000, floor_us: int = 0) -> list[Segment]:
    segmenter = Segmenter(segment_us, floor_us)
    segments = [s for f in fragments if (s := segmenter.add(f)) is not None]
    last = segmenter.close()
    return [*segments, last] if last is not None else segments


@given(st.lists(st.booleans(), min_size=1, max_size=100), st.integers(200_000, 3_000_000))
def test_segments_touch_and_lose_nothing(keys: list[bool], segment_us: int) -> None:
    fragments = [fragment(i * 200_000, key=key or i == 0) for i, key in enumerate(keys)]
    segments = cut(fragments, segment_us)
    assert [f for s in segments for f in s.fragments] == fragments
    assert segments[0].start_us == 0
    assert segments[-1].end_us == len(keys) * 200_000
    for before, after in itertools.pairwise(segments):
        assert before.end_us == after.start_us
    for segment in segments:
        assert segment.end_us - segment.start_us <= FORCE_FACTOR * segment_us + 200_000


def test_cuts_at_the_first_key_frame_after_the_length() -> None:
    keys = {0, 2, 4, 5, 9}
    segments = cut([fragment(i * 200_000, key=i in keys) for i in range(12)])
    assert [s.start_us for s in segments] == [0, 1_000_000]


def test_sound_alone_is_cut_by_time() -> None:
    segments = cut([fragment(i * 200_000, key=True, sound_only=True) for i in range(11)])
    assert [s.start_us for s in segments] == [0, 1_000_000, 2_000_000]


def test_sound_before_the_first_picture_stays_with_it() -> None:
    early = [fragment(i * 200_000, sound_only=True) for i in range(6)]
    segments = cut([*early, fragment(1_200_000, key=True), fragment(2_200_000, key=True)])
    assert [s.start_us for s in segments] == [0, 2_200_000]
    assert segments[0].frames("video")


def test_begins_where_the_one_before_ended() -> None:
    [segment] = cut([fragment(5, key=True)], floor_us=100)
    assert segment.start_us == 100
    assert segment.size == len(segment.data) == 1
    assert len(segment.frames("audio")) == 1


def test_nothing_in_nothing_out() -> None:
    assert Segmenter(1, 0).close() is None


def test_the_first_segment_is_cut_sooner() -> None:
    segments = cut([fragment(i * 200_000, key=i % 5 == 0) for i in range(31)], 2_000_000)
    assert [s.start_us for s in segments] == [0, 1_000_000, 3_000_000, 5_000_000]


def reaching(start_us: int, sound_end_us: int, *, key: bool) -> Fragment:
    """One picture of 33 ms, and sound that ends where it likes."""
    picture = TimedFrame(EncodedFrame("video", "H264", b"v", 0, key, 0, 1, 1), start_us, 33_333)
    sound = TimedFrame(EncodedFrame("audio", "opus", b"a", 0, True, 0, 1, 1), start_us, 20_000)
    end_us = max(start_us + 33_333, sound_end_us)
    return Fragment(b"x", key, start_us, end_us, [picture], [sound])


def test_ends_behind_the_sound_that_lies_in_the_file_before() -> None:
    first, last = reaching(0, 1_054_379, key=True), reaching(1_000_000, 0, key=True)
    segments = cut([first, last])
    assert [(s.start_us, s.end_us) for s in segments] == [(0, 1_000_000), (1_000_000, 1_054_379)]


def test_the_sound_of_the_epoch_before_counts_too() -> None:
    before = Segmenter(1_000_000, 0)
    assert before.add(reaching(0, 1_054_379, key=True)) is None
    ended = before.close(1_000_000)
    assert ended is not None
    assert ended.end_us == 1_000_000
    after = Segmenter(1_000_000, ended.end_us, before.reach_us)
    assert after.add(reaching(1_000_000, 0, key=True)) is None
    last = after.close()
    assert last is not None
    assert last.end_us == 1_054_379
