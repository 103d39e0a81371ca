"""Ids sort by time and are valid where they are used."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from command_centre.ids import SLUG, session_id, short_id, token, token_sha256

_TIMES = st.integers(0, 2**55 - 1)


@given(first=_TIMES, second=_TIMES)
def test_ids_of_later_sessions_sort_after_earlier_ones(first: int, second: int) -> None:
    one, other = session_id(first), session_id(second)
    assert re.fullmatch(r"s[a-z2-7]{20}", one)
    assert (one[:12] < other[:12]) == (first < second)


def test_ids_are_slugs_and_tokens_are_long() -> None:
    assert SLUG.fullmatch(short_id("pr"))
    assert len({session_id(1) for _ in range(100)}) == 100
    assert len(token()) >= 43
    assert len(token_sha256("\udcff")) == 32
