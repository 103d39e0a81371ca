"""Rates with a clock of one's own."""

from __future__ import annotations

import pytest

from command_centre.desk.device_reports import Pace
from command_centre.errors import Rejected

S = 1_000_000


def wait_s(pace: Pace, key: str, now_us: int) -> object:
    """Take one; the seconds to wait, or 0 when it was granted."""
    try:
        pace.take(key, now_us)
    except Rejected as error:
        return error.extra["retry_after_s"]
    return 0


def test_a_burst_then_one_at_a_time() -> None:
    pace = Pace(per_s=0.5, burst=2)
    assert [wait_s(pace, "a", 0) for _ in range(3)] == [0, 0, 2]
    assert wait_s(pace, "b", 0) == 0
    assert wait_s(pace, "a", S) == 1
    assert wait_s(pace, "a", 2 * S) == 0
    assert wait_s(pace, "a", 2 * S) == 2


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    pace = Pace(per_s=1.0, burst=1)
    assert wait_s(pace, "a", 10 * S) == 0
    assert wait_s(pace, "a", 0) == 1


@pytest.mark.parametrize("keys", [1, 10])
def test_memory_is_bounded(keys: int) -> None:
    pace = Pace(per_s=1.0, burst=1, keys=keys)
    for number in range(keys + 1):
        assert wait_s(pace, str(number), 0) == 0
    assert len(pace._left) == keys
    assert wait_s(pace, "0", 0) == 0  # forgotten
