from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transcription.wer import bare, distance, rate

text = st.text("甲乙丙丁", max_size=8)


def test_known_distances() -> None:
    assert distance("kitten", "sitting") == 3
    assert distance("", "三个") == 2
    assert distance(["没有", "人"], ["没有", "人"]) == 0


@given(text, text)
def test_symmetric_and_bounded(first: str, second: str) -> None:
    found = distance(first, second)
    assert found == distance(second, first)
    assert abs(len(first) - len(second)) <= found <= max(len(first), len(second))
    assert (found == 0) == (first == second)


def test_rate_adds_up_over_pairs() -> None:
    assert rate([("甲乙", "甲"), ("丙丁", "丙丁")]) == 0.25
    assert rate([]) == 0.0
    assert rate([("", "多")]) == 1.0


def test_bare_drops_punctuation() -> None:
    assert bare("是，我去的。") == "是我去的"
