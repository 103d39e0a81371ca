"""A small linear classifier over characters of short texts; the run-time half of ``training/``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy
from numpy.typing import NDArray

Probabilities = NDArray[numpy.float32]


class Linear:
    """Weights per feature and class. Immutable; may be used by many threads."""

    def __init__(self, names: Sequence[str], weights: Probabilities, bias: Probabilities) -> None:
        self._index = {name: at for at, name in enumerate(names)}
        self._weights = weights
        self._bias = bias

    def probabilities(self, features: Iterable[str]) -> Probabilities:
        """One probability per class. Features never seen count for nothing.

        The sum is divided by the root of the count, so that a long answer does not shout.
        """
        # in order: a sum of floats depends on it, a set has none
        index = self._index
        known = sorted([index[name] for name in features if name in index])
        total = self._bias
        if known:
            total = total + self._weights[known].sum(axis=0) / numpy.sqrt(len(known))
        power = numpy.exp(total - total.max())
        result: Probabilities = power / power.sum()
        return result


@lru_cache(maxsize=8)
def stored(path: Path) -> Linear:
    """The classifier in a file that ``training`` wrote."""
    with numpy.load(path) as found:
        names = bytes(found["names"]).decode().split("\n")
        return Linear(names, found["weights"].astype(numpy.float32) * found["scale"], found["bias"])


def store(path: Path, names: list[str], weights: Probabilities, bias: Probabilities) -> None:
    """Write a classifier in one byte a weight, without the features that hardly matter."""
    strong = numpy.abs(weights).max(axis=1) > 0.12
    names = [name for name, keep in zip(names, strong, strict=True) if keep]
    weights = weights[strong]
    scale = numpy.float32(numpy.abs(weights).max() / 127)
    numpy.savez_compressed(
        path,
        names=numpy.frombuffer("\n".join(names).encode(), numpy.uint8),
        weights=numpy.round(weights / scale).astype(numpy.int8),
        scale=scale,
        bias=bias,
    )


def runs(clauses: Sequence[str]) -> set[str]:
    """Runs of one to four characters: anywhere, in the first and in the last clause."""
    found: set[str] = set()
    for number, clause in enumerate(clauses):
        framed = f"^{clause}$"
        here = {
            framed[at : at + size] for size in (1, 2, 3, 4) for at in range(len(framed) - size + 1)
        }
        found |= here
        if number == 0:
            found.update(["F" + run for run in here])
        if number == len(clauses) - 1:
            found.update(["L" + run for run in here])
    if len(clauses) == 1 and len(clauses[0]) <= 4:
        found.add(f"whole:{clauses[0]}")
    return found


def around(text: str, sign: str, reach: int = 6) -> set[str]:
    """What stands around the first ``sign``: runs at their distance before and after it."""
    at = text.find(sign)
    if at < 0:
        return set()
    found: set[str] = set()
    before, after = "^" + text[:at], text[at + len(sign) :] + "$"
    for size in (1, 2, 3):
        for distance in range(reach):
            if len(before) - distance - size >= 0:
                run = before[len(before) - distance - size : len(before) - distance]
                found.add(f"B{distance}{run}")
                found.add(f"b{run}")
            if distance + size <= len(after):
                run = after[distance : distance + size]
                found.add(f"A{distance}{run}")
                found.add(f"a{run}")
    return found
