"""When the language model may be asked: so often a minute, and not while it keeps failing. Pure."""

from __future__ import annotations

#: Failures in a row after which it is left alone.
FAILURES = 3
#: How long then; each further failure doubles it.
REST_S = 30.0
REST_MAX_S = 600.0


class Breaker:
    """Times are monotonic seconds given by the caller."""

    def __init__(self, per_minute: int) -> None:
        self._gap_s = 60.0 / per_minute
        self._next_s = 0.0
        self._failures = 0
        self._rest_until_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """How long to wait before the next request."""
        return max(0.0, self._next_s - now_s, self._rest_until_s - now_s)

    def is_resting(self, now_s: float) -> bool:
        """Whether it is left alone after failures."""
        return now_s < self._rest_until_s

    def asked(self, now_s: float) -> None:
        """A request goes out."""
        self._next_s = now_s + self._gap_s

    def answered(self) -> None:
        """It answered, whatever it said."""
        self._failures = 0

    def failed(self, now_s: float) -> None:
        """It gave no answer."""
        self._failures += 1
        if self._failures >= FAILURES:
            rest_s = REST_S * 2 ** min(self._failures - FAILURES, 16)
            self._rest_until_s = now_s + min(rest_s, REST_MAX_S)
