"""Token buckets with a clock of one's own."""

from __future__ import annotations

from command_centre.api import rate_limit
from command_centre.api.rate_limit import RateLimit

S = 1_000_000


def test_a_burst_then_one_at_a_time() -> None:
    limit = RateLimit(2, 0.5)
    for _ in range(2):
        assert limit.wait_s("a", 0) == 0
        limit.take("a", 0)
    assert limit.wait_s("a", 0) == 2
    assert limit.wait_s("b", 0) == 0
    assert limit.wait_s("a", S) == 1
    assert limit.wait_s("a", 2 * S) == 0
    limit.take("a", 2 * S)
    assert limit.wait_s("a", 2 * S) == 2


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    limit = RateLimit(1, 1.0)
    limit.take("a", 10 * S)
    assert limit.wait_s("a", 0) == 1


def test_memory_is_bounded() -> None:
    limit = RateLimit(1, 1.0)
    for number in range(rate_limit.CLIENTS + 10):
        limit.take(str(number), 0)
    assert len(limit._buckets) == rate_limit.CLIENTS
    assert limit.wait_s("0", 0) == 0  # forgotten
