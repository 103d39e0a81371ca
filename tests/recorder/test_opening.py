"""How late the first frame of a connection came, told by those behind it."""

from __future__ import annotations

from recorder.media import RATES, EncodedFrame, Kind
from recorder.opening import MOST_FRAMES, OPENING_US, TOLERANCE_US, Opening


def frame(kind: Kind, made_us: int, arrival_us: int) -> EncodedFrame:
    rtp = made_us * RATES[kind] // 1_000_000
    return EncodedFrame(kind, "x", b"", rtp, True, arrival_us, 1, 1)


def test_what_comes_in_time_is_not_late() -> None:
    opening = Opening()
    frames = [frame("audio", at, at) for at in range(0, OPENING_US + 1, 20_000)]
    assert [opening.add(each) for each in frames] == [False] * 5 + [True]
    assert opening.release() == (frames, {"audio": 0, "video": 0})
    assert opening.over


def test_each_track_says_how_late_its_first_frame_came() -> None:
    opening = Opening()
    for at in range(0, 1_500_000, 20_000):
        assert not opening.add(frame("audio", at, 1_500_000))
        if at >= 500_000:
            assert not opening.add(frame("video", at, 1_500_000))
    assert opening.add(frame("audio", 1_600_000, 1_600_000))
    held, late_us = opening.release()
    assert len(held) == 75 + 50 + 1
    assert late_us == {"audio": 1_500_000, "video": 980_000}


def test_jitter_is_left_alone() -> None:
    opening = Opening()
    opening.add(frame("video", 0, TOLERANCE_US))
    opening.add(frame("video", 40_000, 40_000))
    assert opening.release()[1]["video"] == 0


def test_a_clock_that_jumps_says_nothing() -> None:
    for jump_us in (3_000_000_000, -3_000_000_000):
        opening = Opening()
        opening.add(frame("video", 0, 0))
        opening.add(frame("video", 70_000, 0))
        opening.add(frame("video", jump_us, 0))
        opening.add(frame("video", jump_us + 500_000, 0))
        assert opening.release()[1]["video"] == 70_000


def test_it_holds_a_moment_and_a_number_of_frames_at_most() -> None:
    opening = Opening()
    assert not opening.due(10**9)
    assert opening.release()[0] == []
    assert not opening.over
    opening.add(frame("audio", 0, 0))
    assert not opening.due(OPENING_US - 1)
    assert opening.due(OPENING_US)
    opening = Opening()
    added = [opening.add(frame("audio", at * 20_000, 0)) for at in range(MOST_FRAMES)]
    assert added == [False] * (MOST_FRAMES - 1) + [True]
