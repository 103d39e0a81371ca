"""Any part of time is covered by few stretches, and what lies in it is in one of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from command_centre.search.index import SLOTS
from command_centre.search.stretches import MOST, SIZES, stretch_tokens, stretches_before

_ENDS = st.integers(1, (1 << 41) * SLOTS)
_WIDTHS = st.integers(1, (1 << 40) * SLOTS)


@given(end=_ENDS, width=_WIDTHS, at=st.floats(0, 1))
def test_what_lies_before_is_in_exactly_one_of_them(end: int, width: int, at: float) -> None:
    start, named = stretches_before(end, width)
    assert start <= max(0, end - width)
    inside = start + int(at * (end - 1 - start))
    assert len({*stretch_tokens(inside)} & {*named}) == 1
    assert len(named) == len({*named})


@given(end=_ENDS, width=_WIDTHS)
def test_they_begin_where_they_say(end: int, width: int) -> None:
    start, named = stretches_before(end, width)
    if start:
        assert not {*stretch_tokens(start - 1)} & {*named}


@given(end=_ENDS, width=_WIDTHS)
def test_they_are_few_and_not_much_too_wide(end: int, width: int) -> None:
    start, named = stretches_before(end, width)
    widest = SLOTS << SIZES[-1]
    assert len(named) <= max(MOST, width // widest + 2)
    # one stretch of the next size is eight of this one, so a part of eight of them is held by two
    assert end - start <= max(3 * width, 2 * (SLOTS << SIZES[0]))


def test_nothing_lies_before_the_beginning() -> None:
    assert stretches_before(0, 5) == (0, ["s:20:0"])
    assert stretches_before(SLOTS, 0) == (0, ["s:20:0"])


def test_a_document_lies_in_one_of_each_size() -> None:
    named = ["s:20:8192", "s:23:1024", "s:26:128", "s:29:16", "s:32:2", "s:35:0"]
    assert stretch_tokens(SLOTS << 33) == named
