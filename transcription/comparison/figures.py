"""Proportions with their 95 % intervals: Wilson for proportions, bootstrap for F1 (seeded)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

_T = TypeVar("_T")

_Z = 1.959964
RESAMPLES = 1000


@dataclass(frozen=True)
class Count:
    """Hits, false alarms and misses."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float | None:
        return share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        return share(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float | None:
        return share(2 * self.tp, 2 * self.tp + self.fp + self.fn)


def share(part: int, whole: int) -> float | None:
    """``part`` of ``whole``; nothing of nothing is not known."""
    return round(part / whole, 4) if whole else None


def wilson(part: int, whole: int) -> list[float] | None:
    """Wilson's score interval of a proportion."""
    if not whole:
        return None
    p, z2 = part / whole, _Z * _Z
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)]


def bootstrap(
    items: Sequence[_T], measure: Callable[[Sequence[_T]], float | None], seed: int = 1
) -> list[float] | None:
    """The middle 95 % of ``measure`` over resamples of ``items``."""
    if not items:
        return None
    chance = random.Random(seed)
    found = [measure(chance.choices(items, k=len(items))) for _ in range(RESAMPLES)]
    values = sorted(value for value in found if value is not None)
    if not values:
        return None
    low, high = int(0.025 * len(values)), min(int(0.975 * len(values)), len(values) - 1)
    return [round(values[low], 4), round(values[high], 4)]
