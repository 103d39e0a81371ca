from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transcription.timeline import (
    LONGEST_FILL_US,
    TOLERANCE_US,
    Step,
    Timeline,
    to_samples,
    to_us,
)

ZERO_US = 1_700_000_000_000_000
PIECE = 1600


def feed(timeline: Timeline, start_us: int, samples: int = PIECE) -> Step:
    """What a track does with a step."""
    step = timeline.plan(start_us, samples)
    timeline.advance(step.silence)
    if samples > step.drop:
        timeline.anchor(start_us + to_us(step.drop))
        timeline.advance(samples - step.drop)
    return step


def test_contiguous_audio_needs_nothing() -> None:
    timeline = Timeline()
    for index in range(100):
        assert feed(timeline, ZERO_US + index * 100_000) == Step()
    assert timeline.position_us == ZERO_US + 10_000_000
    assert timeline.start_us(2_500_000) == ZERO_US + 2_500_000


def test_short_hole_is_filled_with_silence() -> None:
    timeline = Timeline()
    feed(timeline, ZERO_US)
    assert feed(timeline, ZERO_US + 600_000) == Step(silence=8000)
    assert timeline.position_us == ZERO_US + 700_000
    assert timeline.start_us(650_000) == ZERO_US + 650_000


def test_long_hole_cuts_and_anchors_anew() -> None:
    timeline = Timeline()
    feed(timeline, ZERO_US)
    assert feed(timeline, ZERO_US + 10_000_000) == Step(cut=True)
    assert timeline.start_us(150_000) == ZERO_US + 10_050_000
    assert timeline.end_us(100_000) == ZERO_US + 100_000
    assert timeline.start_us(100_000) == ZERO_US + 10_000_000


def test_audio_heard_before_is_dropped() -> None:
    timeline = Timeline()
    feed(timeline, ZERO_US, 16_000)
    assert feed(timeline, ZERO_US + 500_000) == Step(drop=PIECE)
    assert feed(timeline, ZERO_US + 900_000, 3200) == Step(drop=1600)
    assert timeline.position_us == ZERO_US + 1_100_000


@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 40_000), st.integers(0, 6_000_000)), st.integers(1, 3200)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_every_piece_is_placed_within_tolerance(pieces: list[tuple[int, int]]) -> None:
    timeline = Timeline()
    at_us = ZERO_US
    for hole_us, samples in pieces:
        at_us += hole_us
        step = timeline.plan(at_us, samples)
        if hole_us > LONGEST_FILL_US + TOLERANCE_US and timeline.position_us is not None:
            assert step.cut
        feed(timeline, at_us, samples)
        at_us += to_us(samples)
        position = timeline.position_us
        assert position is not None
        assert abs(position - at_us) <= TOLERANCE_US + 200
        now_us = to_us(timeline.fed)
        assert abs(timeline.end_us(now_us) - at_us) <= TOLERANCE_US + 200


@given(st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(1, 3200)), max_size=40))
def test_mapping_never_goes_back(pieces: list[tuple[int, int]]) -> None:
    timeline = Timeline()
    at_us = ZERO_US
    for hole_us, samples in pieces:
        at_us += hole_us
        feed(timeline, at_us, samples)
        at_us += to_us(samples)
    times = [timeline.start_us(moment) for moment in range(0, to_us(timeline.fed), 50_000)]
    assert times == sorted(times)


@given(st.integers(0, 10**9))
def test_samples_and_microseconds_round_trip(samples: int) -> None:
    assert to_samples(to_us(samples)) == samples
