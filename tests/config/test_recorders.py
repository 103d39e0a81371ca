"""Names of recorders and positions in their logs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.recorders import (
    place,
    position,
    recorder_name,
    recorder_names,
    recorder_number,
    recorder_origin,
)


def test_names_are_numbered_from_one() -> None:
    assert recorder_names(3) == ("recorder-1", "recorder-2", "recorder-3")


@given(st.integers(1, 8192))
def test_a_name_leads_to_the_number(number: int) -> None:
    assert recorder_number(recorder_name(number)) == number


@given(st.integers(1, 8192), st.integers(0, 2**40 - 1))
def test_a_position_leads_back_and_fits_a_javascript_number(number: int, index: int) -> None:
    at = position(recorder_name(number), index)
    assert place(at) == (recorder_name(number), index)
    assert at < 2**53


def test_positions_of_the_first_recorder_are_its_indexes() -> None:
    assert position("recorder-1", 4711) == 4711


@pytest.mark.parametrize(
    "name", ["", "centre", "recorder", "recorder-", "recorder-0", "recorder-x", "recorder-²"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected recorder"):
        recorder_number(name)


def test_an_index_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an index"):
        position("recorder-1", 2**40)


def test_every_log_has_an_origin_of_its_own() -> None:
    first = "duizhi.local/recorder-1"
    assert recorder_origin(first, "recorder-1") == first
    assert recorder_origin(first, "recorder-2") == "duizhi.local/recorder-2"
    assert recorder_origin("unit.example/log", "recorder-3") == "unit.example/log-3"
