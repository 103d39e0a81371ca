"""Which point of the case a question and its answer are about: inference in numpy, any language.

A small network scores every point of the case against the talk (the turns before, the question,
the answer) and gives shares that add up to one, the last of them for "none of these"; all points at
once. It reads the words, and gets what the rules say and how near talk and point are in meaning
(``meant.py``). Trained by ``training/tie_network.py``, whose torch model does the same sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy
from numpy.typing import NDArray

from transcription.comparison.meant import numbers_of
from transcription.comparison.model import Point, Slot
from transcription.comparison.net_shape import ANSWERED, ASKED, PART, Encoded, Said
from transcription.comparison.sense import Sense

Floats = NDArray[numpy.float32]
Words = TypeVar("Words")

#: Gaps of the convolutions; attention follows the block named.
GAPS = (1, 2, 4)
ATTENDING = 1
HEADS = 4
#: Columns that say nothing of which point it is.
LEFT_OUT = ("ruled", "key")
#: Points weighed; a case has fewer.
POINTS_MAX = 24
#: Least share of the point that is taken for the one asked about; each language has a least share
#: of one that is only the nearest (``NEAREST``).
SURE = 0.7
#: What the share of a point is worth that has no slot for what is asked (几点, 在哪), where another
#: point has one: points of a case mostly ask for one thing each, those it learnt from for several.
NO_SLOT = 0.1
_TYPED = frozenset((Slot.WHEN, Slot.WHERE, Slot.HOW_MANY, Slot.WITH_WHAT))
_EPSILON = 1e-5


@dataclass(frozen=True)
class Tie(Generic[Words]):
    """Weights, the words they know and the columns of the rows."""

    words: Words
    columns: tuple[str, ...]
    weights: dict[str, Floats]
    temperature: float

    def shares(self, given: Sequence[Encoded], features: Floats, sense: Sense) -> Floats:
        """For each point how likely it is the one, and of none, which comes last."""
        scores = _scores(self.weights, self.columns, given, features, sense)
        return _softmax(numpy.append(scores / self.temperature, numpy.float32(0)))


def beginning(answer: Said, most: int) -> Said:
    """The first ``most`` characters of an answer with the mentions that lie in them."""
    kept = tuple(mark for mark in answer.marks if mark.end <= most)
    return Said(answer.text[:most], False, kept)


def with_slots(shares: Floats, points: Sequence[Point], asked: AbstractSet[Slot]) -> Floats:
    """The shares of ``points`` and of none, where a time, a place and so on is asked for."""
    kinds = asked & _TYPED
    has = numpy.array([bool(kinds & set(point.slots)) for point in points])
    if not kinds or not has.any():
        return shares
    weighed = shares * numpy.append(numpy.where(has, 1.0, NO_SLOT), 1.0).astype(numpy.float32)
    result: Floats = weighed / weighed.sum()
    return result


@dataclass(frozen=True)
class Stored:
    """What a file of weights holds: lists of words by name, weights, temperature."""

    lists: dict[str, list[str]]
    weights: dict[str, Floats]
    temperature: float


def stored(path: Path, lists: Sequence[str]) -> Stored:
    """The network in a file that ``store`` wrote."""
    with numpy.load(path) as found:
        named = {name: bytes(found[name]).decode().split("\n") for name in lists}
        weights = {
            name[2:]: found[name].astype(numpy.float32)
            for name in found.files
            if name.startswith("w.")
        }
        return Stored(named, weights, float(found["temperature"]))


def store(
    path: Path,
    lists: Mapping[str, Sequence[str]],
    weights: dict[str, Floats],
    temperature: float,
) -> None:
    """Write a network in two bytes a weight."""
    some = {f"w.{name}": value.astype(numpy.float16) for name, value in weights.items()}
    for name, words in lists.items():
        some[name] = numpy.frombuffer("\n".join(words).encode(), numpy.uint8)
    numpy.savez_compressed(
        path,
        temperature=numpy.float32(temperature),
        **some,  # type: ignore[arg-type]
    )


def _scores(
    w: dict[str, Floats],
    columns: Sequence[str],
    given: Sequence[Encoded],
    features: Floats,
    sense: Sense,
) -> Floats:
    length = max(len(one.rows) for one in given)
    rows = numpy.zeros((len(given), length, len(columns)), numpy.int32)
    here = numpy.zeros((len(given), length, 1), numpy.float32)
    for at, one in enumerate(given):
        rows[at, : len(one.rows)] = one.rows
        here[at, : len(one.rows)] = 1
    slots = numpy.stack([one.slots for one in given]).astype(numpy.float32)
    x = (w["slots"][0] + slots @ w["slots"][1:])[:, None]
    for at, column in enumerate(columns):
        if column in w:
            x = x + w[column][rows[:, :, at]]
    x = _normal(x, w, "in") * here
    for block, gap in enumerate(GAPS):
        x = x + _convolved(_normal(x, w, f"{block}.n") * here, w, block, gap) * here
        if block == ATTENDING:
            x = x + _attended(_normal(x, w, "m"), w, here) * here
    x = _normal(x, w, "out")
    part = rows[:, :, PART, None]
    means = [_mean(x, (part == n) * here) for n in (0, ASKED, ANSWERED)]
    asked = (part == ASKED) * here
    most = numpy.where(asked > 0, x, -10).max(axis=1)
    meant = numbers_of(w, slots, sense)
    joined = numpy.concatenate([*means, most, means[0] * means[1], features, meant], axis=1)
    beside = numpy.concatenate([features, meant], axis=1)
    both = _headed(joined, w, "head") + _headed(beside, w, "meant")
    result: Floats = both * numpy.float32(0.5)
    return result


def _headed(joined: Floats, w: dict[str, Floats], name: str) -> Floats:
    hidden = numpy.maximum(joined @ w[f"{name}.1"] + w[f"{name}.1b"], 0)
    result: Floats = (hidden @ w[f"{name}.2"] + w[f"{name}.2b"])[:, 0]
    return result


def _mean(x: Floats, mask: Floats) -> Floats:
    result: Floats = (x * mask).sum(axis=1) / numpy.maximum(mask.sum(axis=1), 1)
    return result


def _normal(x: Floats, w: dict[str, Floats], name: str) -> Floats:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = (centred * centred).mean(axis=-1, keepdims=True)
    result: Floats = centred / numpy.sqrt(spread + _EPSILON) * w[f"{name}.g"] + w[f"{name}.b"]
    return result


def _convolved(x: Floats, w: dict[str, Floats], block: int, gap: int) -> Floats:
    size, length, width = x.shape
    padded = numpy.zeros((size, length + 2 * gap, width), numpy.float32)
    padded[:, gap : gap + length] = x
    beside = numpy.concatenate([padded[:, :length], x, padded[:, 2 * gap :]], axis=2)
    made = beside @ w[f"{block}.c"] + w[f"{block}.cb"]
    half = made.shape[2] // 2
    result: Floats = made[:, :, :half] / (1 + numpy.exp(-made[:, :, half:]))
    return result @ w[f"{block}.p"]


def _attended(x: Floats, w: dict[str, Floats], here: Floats) -> Floats:
    size, length, width = x.shape
    joint = (x @ w["qkv"]).reshape(size, length, 3, HEADS, width // HEADS)
    q, k, v = (joint[:, :, n].transpose(0, 2, 1, 3) for n in range(3))
    scale = numpy.float32((width // HEADS) ** -0.5)
    logits = q @ k.transpose(0, 1, 3, 2) * scale
    logits = numpy.where(here[:, None, None, :, 0] > 0, logits, numpy.float32(-1e9))
    made = _softmax(logits) @ v
    result: Floats = made.transpose(0, 2, 1, 3).reshape(size, length, width) @ w["o"]
    return result


def _softmax(x: Floats) -> Floats:
    power = numpy.exp(x - x.max(axis=-1, keepdims=True))
    result: Floats = power / power.sum(axis=-1, keepdims=True)
    return result
