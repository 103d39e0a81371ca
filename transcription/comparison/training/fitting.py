"""Softmax regression by Adagrad, one example at a time: small, numpy only, the same each run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy

from transcription.comparison.linear import Linear

_EPOCHS = 6
_MIN_COUNT = 4

Example = tuple[str, frozenset[str]]


def train(made: Sequence[Example], classes: str) -> Linear:
    """Weights for ``made``: pairs of class and features."""
    count = Counter(name for _, found in made for name in found)
    names = sorted(name for name, times in count.items() if times >= _MIN_COUNT)
    index = {name: at for at, name in enumerate(names)}
    rows = [
        (classes.index(label), numpy.array([index[n] for n in sorted(found) if n in index]))
        for label, found in made
    ]
    weights = numpy.zeros((len(names), len(classes)), numpy.float32)
    bias = numpy.zeros(len(classes), numpy.float32)
    squares = numpy.full_like(weights, 1e-2)
    for _ in range(_EPOCHS):
        for column, known in rows:
            if not len(known):
                continue
            size = numpy.sqrt(len(known))
            total = bias + weights[known].sum(axis=0) / size
            power = numpy.exp(total - total.max())
            slope = power / power.sum()
            slope[column] -= 1.0
            bias -= 0.01 * slope
            step = slope / size + 2e-5 * weights[known]
            squares[known] += step**2
            weights[known] -= 0.15 * step / numpy.sqrt(squares[known])
    return Linear(classes, index, weights, bias)


def figures(model: Linear, made: Iterable[Example]) -> str:
    """The share of right answers per class, as text."""
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for label, found in made:
        scores = model.probabilities(found)
        asked[label] += 1
        right[label] += max(scores, key=scores.__getitem__) == label
    return " ".join(f"{name} {right[name] / asked[name]:.2f}" for name in sorted(asked))


def held_out(line: str) -> bool:
    """One line in ten."""
    return hashlib.sha256(line.encode()).digest()[0] % 10 == 0


def rows(text: str) -> list[tuple[str, str]]:
    """Label and text of every line that is no comment."""
    split = [
        line.split("\t") for line in text.splitlines() if line.strip() and not line.startswith("#")
    ]
    for row in split:
        if len(row) != 2:
            raise ValueError(f"expected a label, a tab and a text, got {row}")
    return [(label, said) for label, said in split]
