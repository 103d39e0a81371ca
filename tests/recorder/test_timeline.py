"""Placing frames: arrival once, RTP from then on, sound follows the picture."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.media import RATES, EncodedFrame, Kind, SenderReport
from recorder.timeline import (
    AHEAD_US,
    BEHIND_FOR_US,
    BEHIND_US,
    LEAST_STEP_US,
    SYNC_TOLERANCE_US,
    Timeline,
    crowded_us,
)

START_US = 1_795_000_000_000_000


def frame(kind: Kind, rtp: int, arrival_us: int) -> EncodedFrame:
    return EncodedFrame(kind, "x", b"", rtp, True, arrival_us, 1, 1)


def ntp(at_us: int) -> int:
    return (at_us << 32) // 1_000_000


@given(st.integers(), st.integers(0, 1 << 32))
def test_arrival_jitter_never_reaches_the_record(seed: int, first: int) -> None:
    chance = random.Random(seed)
    timeline = Timeline()
    starts: list[int] = []
    for index in range(200):
        jitter_us = chance.randrange(300_000) if index else 0
        arrival_us = START_US + index * 40_000 + jitter_us
        placed = timeline.place(frame("video", first + index * 3600, arrival_us), 0)
        assert placed is not None
        assert not placed.anew
        starts.append(placed.start_us)
    assert starts == [START_US + index * 40_000 for index in range(200)]


def test_nothing_is_placed_twice_or_backwards() -> None:
    timeline = Timeline()
    timeline.place(frame("video", 9000, START_US), 0)
    assert timeline.place(frame("video", 9000, START_US), 0) is None
    assert timeline.place(frame("video", 6000, START_US), 0) is None


def test_no_anchor_before_what_was_recorded() -> None:
    placed = Timeline().place(frame("video", 0, START_US), START_US + 70)
    assert placed is not None
    assert placed.start_us == START_US + 70


def test_a_jump_of_the_rtp_clock_is_a_new_anchor_at_arrival() -> None:
    for jump in (90_000 * 3600, -90_000 * 3600):
        timeline = Timeline()
        timeline.place(frame("video", 0, START_US), 0)
        timeline.place(frame("audio", 0, START_US), 0)
        placed = timeline.place(frame("video", jump, START_US + 40_000), START_US + 10)
        assert placed is not None
        assert placed.anew
        assert placed.start_us == START_US + 40_000
        sound = timeline.place(frame("audio", 5, START_US + 60_000), 0)
        assert sound is not None
        assert sound.start_us == START_US + 60_000


def test_a_long_silence_in_step_with_the_clock_is_no_jump() -> None:
    timeline = Timeline()
    timeline.place(frame("video", 0, START_US), 0)
    placed = timeline.place(frame("video", 90_000 * 60, START_US + 60_000_000), 0)
    assert placed is not None
    assert not placed.anew
    assert placed.start_us == START_US + 60_000_000


def test_a_clock_that_stood_still_is_followed_after_a_while() -> None:
    """The publisher paused its RTP clock for ten seconds, then went on."""
    timeline = Timeline()
    timeline.place(frame("video", 0, START_US), 0)
    anew_at: list[int] = []
    for index in range(1, 200):
        arrival_us = START_US + 10_000_000 + index * 40_000
        placed = timeline.place(frame("video", index * 3600, arrival_us), 0)
        assert placed is not None
        if placed.anew:
            anew_at.append(arrival_us)
            assert placed.start_us == arrival_us
    assert len(anew_at) == 1
    assert BEHIND_FOR_US <= anew_at[0] - START_US - 10_000_000 <= BEHIND_FOR_US + 100_000


def test_one_late_burst_is_not_a_pause() -> None:
    timeline = Timeline()
    timeline.place(frame("video", 0, START_US), 0)
    for index in range(1, 100):
        late_us = START_US + BEHIND_US + 500_000
        arrival_us = max(late_us, START_US + index * 40_000)
        placed = timeline.place(frame("video", index * 3600, arrival_us), 0)
        assert placed is not None
        assert not placed.anew


@settings(max_examples=25, deadline=None)
@given(st.integers(-300_000, 300_000), st.integers(0, 1 << 31), st.integers(0, 1 << 31))
def test_sound_is_moved_to_the_picture_without_a_jump(
    apart_us: int, video0: int, audio0: int
) -> None:
    """One of the two takes longer, so arrival puts the sound in the wrong place."""
    timeline = Timeline()
    last: dict[Kind, int] = {}
    steps: dict[Kind, int] = {"video": 40_000, "audio": 20_000}
    first: dict[Kind, int] = {"video": video0, "audio": audio0}
    at_us = 0
    while at_us < 100_000_000:
        at_us += 20_000
        for kind, step_us in steps.items():
            if at_us % step_us:
                continue
            delay_us = max(0, apart_us if kind == "audio" else -apart_us)
            rtp = first[kind] + at_us * RATES[kind] // 1_000_000
            placed = timeline.place(frame(kind, rtp, START_US + at_us + delay_us), 0)
            assert placed is not None
            if kind in last:
                assert placed.start_us <= START_US + at_us + delay_us + AHEAD_US + 1
                moved = placed.start_us - last[kind] - step_us
                assert abs(moved) <= step_us // 200 + 1
            last[kind] = placed.start_us
            if at_us % 1_000_000 == 0:
                timeline.report(SenderReport(kind, 1, ntp(START_US + at_us), rtp & 0xFFFFFFFF, 0))
    assert abs((last["audio"] - last["video"]) - 0) <= 16_000


@given(st.integers(0, 3_000_000), st.integers(0, 1_500_000))
def test_no_frame_stands_long_after_it_arrived(late_us: int, catching_up_us: int) -> None:
    """The first frames were held up, then came as fast as the network gave them."""
    timeline = Timeline()
    steps: dict[Kind, int] = {"video": 40_000, "audio": 20_000}
    last: dict[Kind, int] = {}
    arrived_us = late_us
    for at_us in range(0, 6_000_000, 20_000):
        arrived_us = max(at_us, arrived_us + catching_up_us // 300)
        for kind, step_us in steps.items():
            if at_us % step_us:
                continue
            rtp = at_us * RATES[kind] // 1_000_000
            placed = timeline.place(frame(kind, rtp, START_US + arrived_us), 0, step_us)
            assert placed is not None
            assert not placed.anew
            squeezed_us = crowded_us(step_us) + 300  # one for each frame
            assert placed.start_us <= START_US + arrived_us + AHEAD_US + squeezed_us
            assert placed.start_us > last.get(kind, 0)
            last[kind] = placed.start_us
    assert abs(last["video"] - last["audio"] + 20_000) <= 20_000


def test_a_burst_of_sound_keeps_a_millisecond_between_its_packets() -> None:
    """A second of sound in one moment; nothing of it ends later than the verifier allows."""
    timeline = Timeline()
    placed = [timeline.place(frame("audio", 960 * n, START_US + n), 0, 20_000) for n in range(50)]
    stands = [one.start_us for one in placed if one]
    assert len(stands) == 50
    assert min(later - one for one, later in itertools.pairwise(stands)) == LEAST_STEP_US
    assert stands[-1] + 20_000 <= START_US + 200_000


def test_long_packets_are_pushed_into_one_rather_than_end_too_late() -> None:
    timeline = Timeline()
    for n in range(16):
        placed = timeline.place(frame("audio", 5_760 * n, START_US + n), 0, 120_000)
        assert placed is not None
        assert placed.start_us + 120_000 <= START_US + 200_000


def test_a_delay_that_shrinks_moves_sound_and_picture_together() -> None:
    timeline = Timeline()
    apart: list[int] = []
    ahead_us: list[int] = []
    for index in range(3000):
        at_us = index * 40_000
        arrival_us = START_US + at_us + (300_000 if index < 1500 else 0)
        starts: dict[Kind, int] = {}
        for kind in RATES:
            rtp = at_us * RATES[kind] // 1_000_000
            placed = timeline.place(frame(kind, rtp, arrival_us), 0)
            assert placed is not None
            starts[kind] = placed.start_us
            if index % 25 == 0:
                timeline.report(SenderReport(kind, 1, ntp(START_US + at_us), rtp, arrival_us))
        apart.append(abs(starts["video"] - starts["audio"]))
        if index in (1510, 2999):  # at once, and the rest slowly
            ahead_us.append(starts["video"] - START_US - at_us)
    assert AHEAD_US - 1_000 <= ahead_us[0] <= AHEAD_US
    assert 0 <= ahead_us[1] < AHEAD_US // 2
    assert max(apart) <= SYNC_TOLERANCE_US + 1_000
    assert -AHEAD_US <= timeline.drift_us <= 0


def test_what_was_recorded_further_may_push_a_frame_behind_its_arrival() -> None:
    timeline = Timeline()
    floor_us = START_US + 5_000_000
    for index in range(100):
        placed = timeline.place(frame("video", index * 3600, START_US + index * 40_000), floor_us)
        assert placed is not None
        assert placed.start_us == floor_us + index * 40_000


def test_a_first_frame_known_to_be_late_stands_before_its_arrival() -> None:
    timeline = Timeline()
    timeline.expect({"video": 1_500_000})
    picture = timeline.place(frame("video", 0, START_US), 0)
    assert picture is not None
    assert picture.start_us == START_US - 1_500_000


def test_what_was_made_before_the_floor_leaves_its_pictures_there_and_no_sound() -> None:
    """It comes at once, and a WebM file counts milliseconds."""
    timeline = Timeline()
    timeline.expect({"video": 1_000_000, "audio": 1_000_000})
    floor_us = START_US - 410_000
    placed: dict[Kind, list[int]] = {"video": [], "audio": []}
    made_us: dict[Kind, list[int]] = {"video": [], "audio": []}
    steps: dict[Kind, int] = {"video": 40_000, "audio": 20_000}
    for at_us in range(0, 3_000_000, 20_000):
        for kind, step_us in steps.items():
            if at_us % step_us:
                continue
            arrival_us = START_US + max(0, at_us - 1_000_000)
            found = timeline.place(frame(kind, at_us * RATES[kind] // 10**6, arrival_us), floor_us)
            if found is not None:
                placed[kind].append(found.start_us)
                made_us[kind].append(START_US - 1_000_000 + at_us)
    assert len(placed["video"]) == 75
    assert placed["video"][:16] == [floor_us + number * 1000 for number in range(16)]
    assert placed["video"][16:] == made_us["video"][16:]
    assert placed["audio"] == made_us["audio"]
    assert placed["audio"][0] == START_US - 400_000
    for stood in placed.values():
        milliseconds = [at // 1000 for at in stood]
        assert len(set(milliseconds)) == len(milliseconds)


def test_reports_that_make_no_sense_change_nothing() -> None:
    timeline = Timeline()
    timeline.report(SenderReport("video", 1, 5, 5, 0))
    timeline.place(frame("video", 0, START_US), 0)
    timeline.place(frame("audio", 0, START_US), 0)
    timeline.report(SenderReport("video", 1, 0, 0, 0))
    timeline.report(SenderReport("video", 1, ntp(START_US), 0, 0))
    timeline.report(SenderReport("audio", 1, ntp(START_US + 60_000_000), 0, 0))
    placed = timeline.place(frame("audio", 960, START_US + 20_000), 0)
    assert placed is not None
    assert placed.start_us == START_US + 20_000


def test_drift_is_measured() -> None:
    timeline = Timeline()
    for index in range(3000):
        arrival_us = START_US + index * 40_004
        timeline.place(frame("video", index * 3600, arrival_us), 0)
    assert 8_000 <= timeline.drift_us <= 12_000  # by the frames of the last half minute
    assert 95_000 < timeline.reading().drift_ppb < 105_000
    assert timeline.reading().reports == 0


def _hour(wrong: dict[Kind, int], *, reports: bool) -> tuple[int, int, Timeline]:
    """An hour with clocks that are wrong by so many ppm; the worst skew and the worst lag (us)."""
    timeline = Timeline()
    chance = random.Random(7)
    steps: dict[Kind, int] = {"video": 100_000, "audio": 60_000}
    first: dict[Kind, int] = {"video": (1 << 32) - 9_000_000, "audio": 77}
    off: dict[Kind, int] = {}
    worst_skew = worst_lag = 0
    for at_us in range(0, 3_600_000_000, 20_000):
        for kind, step_us in steps.items():
            if at_us % step_us:
                continue
            ticks = at_us * RATES[kind] * (1_000_000 + wrong[kind]) // 1_000_000_000_000
            arrival_us = (
                START_US + at_us + 15_000 + min(200_000, int(chance.expovariate(1 / 8_000)))
            )
            placed = timeline.place(frame(kind, first[kind] + ticks, arrival_us), 0)
            assert placed is not None
            assert not placed.anew
            off[kind] = placed.start_us - START_US - at_us
            if reports and at_us % 5_000_000 == 0:
                rtp = (first[kind] + ticks) & 0xFFFFFFFF
                timeline.report(SenderReport(kind, 1, ntp(START_US + at_us), rtp, arrival_us))
        worst_skew = max(worst_skew, abs(off["audio"] - off["video"]))
        worst_lag = max(worst_lag, abs(off["video"] - 15_000))
    return worst_skew, worst_lag, timeline


@pytest.mark.parametrize("reports", [True, False], ids=["reports", "no-reports"])
@pytest.mark.parametrize("ppm", [100, -100])
@pytest.mark.parametrize("which", ["sound", "picture", "both"])
def test_an_hour_with_a_wrong_clock_keeps_sound_and_picture_together(
    which: str, ppm: int, reports: bool
) -> None:
    """In virtual time. The RTP clocks are wrong; the sender's reports tell its right wall clock."""
    wrong: dict[Kind, int] = {
        "audio": ppm if which != "picture" else 0,
        "video": ppm if which != "sound" else 0,
    }
    skew_us, lag_us, timeline = _hour(wrong, reports=reports)
    print(f"{which} {ppm:+} ppm: worst skew {skew_us / 1000:.1f} ms, lag {lag_us / 1000:.1f} ms")
    assert skew_us < 40_000
    assert lag_us < 60_000  # and the picture stays with the session's clock
    reading = timeline.reading()
    assert abs(reading.skew_us) < 40_000
    assert (reading.reports > 0) is reports
    # a clock that runs fast makes more ticks, so arrival falls behind its time
    assert abs(reading.drift_ppb + wrong["video"] * 1000) < 15_000
