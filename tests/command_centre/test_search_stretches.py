"""Any part of time is covered by few stretches, and what lies in it is in one of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from command_centre.search.index import SLOTS
from command_centre.search.stretches import SIZES, stretch_tokens, stretches_of

_IDS = st.integers(0, (1 << 41) * SLOTS)


@given(start=_IDS, length=st.integers(0, (1 << 36) * SLOTS), at=st.floats(0, 1))
def test_what_lies_between_is_in_exactly_one_of_them(start: int, length: int, at: float) -> None:
    inside = start + int(at * max(0, length - 1))
    named = stretches_of(start, start + length)
    assert len({*stretch_tokens(inside)} & {*named}) == 1
    assert len(named) == len({*named})


@given(start=_IDS, length=st.integers(1, (1 << 36) * SLOTS), far=st.integers(1, 1 << 40))
def test_what_lies_further_off_than_the_smallest_is_in_none(
    start: int, length: int, far: int
) -> None:
    smallest = SLOTS << SIZES[0]
    named = {*stretches_of(start, start + length)}
    assert not {*stretch_tokens(start + length + smallest + far)} & named
    if start >= smallest + far:
        assert not {*stretch_tokens(start - smallest - far)} & named


@given(start=_IDS, length=st.integers(0, (1 << 36) * SLOTS))
def test_they_are_few(start: int, length: int) -> None:
    widest = length // (SLOTS << SIZES[-1])
    assert len(stretches_of(start, start + length)) <= 14 * (len(SIZES) - 1) + widest + 1


def test_a_document_lies_in_one_of_each_size() -> None:
    assert stretch_tokens(SLOTS << 33) == [
        "s:20:8192",
        "s:23:1024",
        "s:26:128",
        "s:29:16",
        "s:32:2",
    ]
