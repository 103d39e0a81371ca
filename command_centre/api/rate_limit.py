"""Token buckets, one a client: so many requests at once, so many a second for ever.

Pure; the caller brings the time. Memory is bounded: of more than ``CLIENTS`` the one that was
quiet longest is forgotten, and has a full bucket again.
"""

from __future__ import annotations

import math
from collections import OrderedDict

CLIENTS = 10_000


class RateLimit:
    """Owned by one event loop."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst = float(max(1, burst))
        self._per_second = max(per_second, 1e-3)
        self._buckets: OrderedDict[str, tuple[float, int]] = OrderedDict()  # left, as of

    def wait_s(self, client: str, now_us: int) -> int:
        """Whole seconds until this client may ask again; 0 when it may now."""
        left = self._left(client, now_us)
        return 0 if left >= 1 else max(1, math.ceil((1 - left) / self._per_second))

    def take(self, client: str, now_us: int) -> None:
        """Count one request."""
        self._buckets[client] = (max(0.0, self._left(client, now_us) - 1), now_us)
        self._buckets.move_to_end(client)
        while len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)

    def _left(self, client: str, now_us: int) -> float:
        left, as_of_us = self._buckets.get(client, (self._burst, now_us))
        return min(self._burst, left + max(0, now_us - as_of_us) / 1e6 * self._per_second)
