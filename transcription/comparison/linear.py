"""A linear classifier over named features: softmax of the sum of its weights. Reading only.

Weights lie beside the module that uses them, as eight-bit integers; ``training`` makes them. The
sum is divided by the square root of the number of features, so that long texts do not shout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy
from numpy.typing import NDArray


@dataclass(frozen=True)
class Linear:
    """``classes`` in the order of the columns of ``weights``; one row a feature."""

    classes: str
    index: dict[str, int]
    weights: NDArray[numpy.float32]
    bias: NDArray[numpy.float32]

    def probabilities(self, features: Iterable[str]) -> dict[str, float]:
        """The probability of each class; features never met count for nothing."""
        known = [self.index[name] for name in features if name in self.index]
        total = self.bias.astype(numpy.float64)
        if known:
            total = total + self.weights[known].sum(axis=0) / numpy.sqrt(len(known))
        power = numpy.exp(total - total.max())
        shares = power / power.sum()
        return {name: float(share) for name, share in zip(self.classes, shares, strict=True)}

    @classmethod
    def load(cls, path: Path) -> Linear:
        """Weights stored by ``save``."""
        with numpy.load(path) as stored:
            names = bytes(stored["names"]).decode().split("\n")
            weights = stored["weights"].astype(numpy.float32) * stored["scale"]
            classes = bytes(stored["classes"]).decode()
            return cls(classes, {n: at for at, n in enumerate(names)}, weights, stored["bias"])

    def save(self, path: Path, least: float = 0.1) -> None:
        """Store the rows whose largest weight is at least ``least``."""
        strong = numpy.abs(self.weights).max(axis=1) >= least
        names = [name for name, at in self.index.items() if strong[at]]
        weights = self.weights[[self.index[name] for name in names]]
        scale = numpy.float32(max(float(numpy.abs(weights).max(initial=0.0)), 1e-6) / 127)
        numpy.savez_compressed(
            path,
            names=numpy.frombuffer("\n".join(names).encode(), numpy.uint8),
            classes=numpy.frombuffer(self.classes.encode(), numpy.uint8),
            weights=numpy.round(weights / scale).astype(numpy.int8),
            scale=scale,
            bias=self.bias,
        )
