"""The rows of the closing table: what they count and when they hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_centre.demo_results import (
    bare,
    common_length,
    latency_rows,
    package_rows,
    percentile,
    prompt_rows,
    recorded_spans,
    recording_rows,
    sync_row,
    word_rows,
)
from command_centre.demo_timeline import Timeline, Turn
from command_centre.demo_watch import Heard, Watch
from command_centre.desk import protocol
from command_centre.desk.views import Prompt, PromptTimes

SECOND = 1_000_000
WHOLE = {"room1": [(0, 10 * SECOND)]}


def _recording(**changes: int) -> dict[str, object]:
    whole = {"start_us": 5 * SECOND, "end_us": 65 * SECOND, "recorded_us": 58 * SECOND}
    return {"source": "room1-camera", **whole, "gap_us": 2 * SECOND, **changes}


def test_a_declared_gap_holds() -> None:
    row, _ = recording_rows([_recording()], ["room1-camera"], Watch(), 0)
    assert row.held
    assert row.measured.startswith("58.0 s, 2.0 s, 0.000 s")


@pytest.mark.parametrize("changes", [{"gap_us": 0}, {"recorded_us": 0, "gap_us": 60 * SECOND}])
def test_an_undeclared_gap_or_nothing_recorded_misses(changes: dict[str, int]) -> None:
    row, _ = recording_rows([_recording(**changes)], ["room1-camera"], Watch(), 0)
    assert row.held is False


def test_a_source_without_recording_misses() -> None:
    row, protected = recording_rows([], ["room1-camera"], Watch(), 0)
    assert row.held is False
    assert protected.measured == "never seen"


def test_first_protected_second_counts_from_the_start_of_the_source() -> None:
    watch = Watch()
    for until, arrived in ((5.5, 5.9), (7.0, 7.4), (9.0, 9.4)):
        message = protocol.ProtectedMessage(source="room1-camera", until_us=int(until * SECOND))
        watch.on_message(message, int(arrived * SECOND))
    _, row = recording_rows([_recording()], ["room1-camera"], watch, 0)
    assert row.measured == "after 2.40 s"
    assert row.held


def _turn(text: str, start_s: float, end_s: float, speaker: str = "interviewee") -> Turn:
    return Turn("room1", speaker, text, int(start_s * SECOND), int(end_s * SECOND))


def _heard(text: str, start_s: float, speaker: str = "interviewee") -> Heard:
    start_us = int(start_s * SECOND)
    return Heard("room1", speaker, text, start_us, start_us + SECOND, start_us + 2 * SECOND)


def test_words_count_per_speaker_and_only_what_could_be_heard() -> None:
    turns = [
        _turn("他是自己去的，我没安排他。", 1, 4),
        _turn("谁安排的？", 5, 6, "interviewer"),
        _turn("说到一半就结束", 9, 10),
    ]
    heard = [_heard("他 是 自己 去 的 我 没 安排 他", 1), _heard("谁 安排 [unk]", 5, "interviewer")]
    (row,) = word_rows(turns, heard, WHOLE)
    assert row.measured == "14 of 15 characters, 93%"
    assert row.held


def test_words_of_the_other_microphone_do_not_count() -> None:
    turns = [_turn("没有监护人", 1, 3)]
    (row,) = word_rows(turns, [_heard("没有监护人", 1, "interviewer")], WHOLE)
    assert row.held is False


def test_words_spoken_in_a_gap_are_not_expected() -> None:
    recording = _recording() | {"gaps": [{"start_us": 20 * SECOND, "end_us": 22 * SECOND}]}
    spans = recorded_spans([recording])
    assert spans == [(5 * SECOND, 20 * SECOND), (22 * SECOND, 65 * SECOND)]
    turns = [_turn("说过一次", 10, 12), _turn("没有录下", 19, 21), _turn("又开始了", 22, 25)]
    heard = [_heard("说过一次", 10), _heard("又开始了", 22)]
    (row,) = word_rows(turns, heard, {"room1": spans})
    assert row.measured.startswith("8 of 8")


@given(st.text("安排他去", max_size=8), st.text("安排他去", max_size=8))
def test_common_length_is_that_of_a_subsequence(a: str, b: str) -> None:
    length = common_length(a, b)
    assert length == common_length(b, a)
    assert length <= min(len(a), len(b))
    assert common_length(a, a) == len(a)


def test_bare_keeps_only_what_is_spoken() -> None:
    assert bare("没有，什么票 都没办[unk]。9点") == "没有什么票都没办9点"


def test_percentiles() -> None:
    assert percentile([], 0.5) != percentile([], 0.5)  # not a number
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(1, 101), 0.95) == 95


def _prompt(**times: int) -> Prompt:
    return Prompt(
        id="pr-1", group="g", room="room1", point="p1", text="x", by_name="y",
        state="acknowledged", times=PromptTimes(**times),
    )  # fmt: skip


def test_a_prompt_holds_when_shown_and_acknowledged() -> None:
    whole = {"issued_us": 0, "delivered_us": 20_000, "shown_us": 40_000}
    (row,) = prompt_rows(["pr-1"], {"pr-1": _prompt(**whole, acknowledged_us=1_500_000)})
    assert row.held
    assert "shown +40 ms" in row.measured
    (row,) = prompt_rows(["pr-1"], {"pr-1": _prompt(**whole)})
    assert row.held is False


def test_no_prompt_at_all_misses() -> None:
    (row,) = prompt_rows([], {})
    assert row.held is False
    (row,) = prompt_rows(["pr-1"], {})
    assert row.held is False


def test_latencies_inform_and_never_fail_a_run() -> None:
    watch = Watch(heard=[_heard("没有", 1)])
    rows = latency_rows(watch, [2_000.0])
    assert [row.held for row in rows] == [True, None]
    assert latency_rows(Watch(), [])[0].held is None


def test_sync_tells_the_worst_mark() -> None:
    assert sync_row("room1-camera", [-3.0, 12.0, 7.0]).measured == "p50 +7 ms, worst 12 ms"
    assert [sync_row("x", errors).held for errors in ([44.0], [46.0], [])] == [True, None, None]


def test_package_rows_want_both_verifiers() -> None:
    assert [row.held for row in package_rows("complete", 0, 0, "complete")] == [True, True]
    assert [row.held for row in package_rows("altered", 1, 1, "altered")] == [False, False]
    assert package_rows("complete", 1, 0, "")[0].held is False


def test_the_timeline_converts_both_ways() -> None:
    line = Timeline(start_us=1_000 * SECOND, start_s=85.0)
    assert line.wall_us(92.7) == 1_007_700_000
    assert line.story_ms(line.wall_us(92.7)) == 92_700
    story = {"turns": [{"room": "room1", "role": "a", "text": "t", "start_s": 86, "end_s": 87.5}]}
    (turn,) = line.turns(story)
    assert (turn.start_us, turn.end_us) == (1_001 * SECOND, 1_002_500_000)
    assert turn.speaker == "interviewee"
    assert not math.isnan(turn.start_us)
