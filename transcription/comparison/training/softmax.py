"""Softmax regression over sets of features, one example at a time; numpy only."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence

import numpy

from transcription.comparison.shapes import Linear, Probabilities

Trained = tuple[list[str], Probabilities, Probabilities]


def held_out(text: str) -> bool:
    """One line in ten, by its digest: kept aside for figures."""
    return hashlib.sha256(text.encode()).digest()[0] % 10 == 0


def train(
    labels: Sequence[int],
    features: Sequence[Collection[str]],
    classes: int,
    *,
    epochs: int = 6,
    least: int = 4,
) -> Trained:
    """Names of features, weights (features x classes) and bias; Adagrad with a little decay."""
    count = Counter(name for found in features for name in found)
    names = sorted(name for name, times in count.items() if times >= least)
    index = {name: at for at, name in enumerate(names)}
    rows = [numpy.array([index[n] for n in sorted(found) if n in index]) for found in features]
    weights = numpy.zeros((len(names), classes), numpy.float32)
    bias = numpy.zeros(classes, numpy.float32)
    squares = numpy.full_like(weights, 1e-2)
    for _ in range(epochs):
        for label, known in zip(labels, rows, strict=True):
            if not len(known):
                continue
            size = numpy.sqrt(len(known))
            total = bias + weights[known].sum(axis=0) / size
            power = numpy.exp(total - total.max())
            slope = power / power.sum()
            slope[label] -= 1.0
            bias -= 0.01 * slope
            step = slope / size + 2e-5 * weights[known]
            squares[known] += step**2
            weights[known] -= 0.15 * step / numpy.sqrt(squares[known])
    return names, weights, bias


def figures(
    trained: Trained, labels: Sequence[int], features: Sequence[Collection[str]], names: str
) -> str:
    """Right per class on examples, as one line."""
    model = Linear(*trained)
    asked: Counter[int] = Counter(labels)
    right = Counter(
        label
        for label, found in zip(labels, features, strict=True)
        if int(model.probabilities(found).argmax()) == label
    )
    return " ".join(f"{name} {right[at] / max(asked[at], 1):.2f}" for at, name in enumerate(names))
