"""How well a point goes with a talk by what both mean: inference in numpy, any language.

Beside the network of ``tie.py``, which knows only the words it learnt from. Vectors of ``sense.py``
of the talk and of each point, what the rules say of the point and the slots it has go through one
hidden layer to a score. Trained by ``training/meant.py``; its score and that of ``tie.py`` are
weighed against each other as set there on files that neither learnt from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from transcription.comparison.model import Point, Slot
from transcription.comparison.sense import Floats, Sense


@dataclass(frozen=True)
class Meant:
    """Weights; ``own`` and ``other`` are what its score and that of ``tie.py`` are worth, ``none``
    is the score of no point at all."""

    weights: Mapping[str, Floats]
    own: float
    other: float
    none: float

    def shares(
        self, scores: Floats, features: Floats, points: Sequence[Point], sense: Sense
    ) -> Floats:
        """For each point how likely it is the one, and of none, which comes last.

        ``scores``: those of ``tie.py``, where none of the points has 0.
        """
        mine = scores_of(self.weights, features, slots_of(points), sense)
        made = numpy.append(self.own * mine + self.other * scores, self.none)
        power = numpy.exp(made - made.max())
        result: Floats = (power / power.sum()).astype(numpy.float32)
        return result


def alike(sense: Sense) -> Floats:
    """How near each point is to each text of the talk: by itself, and beside the other points."""
    near = sense.points @ sense.talk.T
    made: Floats = numpy.concatenate([near * 4, (near - near.mean(axis=0)) * 10], axis=1)
    return made


def slots_of(points: Sequence[Point]) -> Floats:
    """A row a point: which of the slots it asks for."""
    return numpy.array([[slot in point.slots for slot in Slot] for point in points], numpy.float32)


def scores_of(w: Mapping[str, Floats], features: Floats, slots: Floats, sense: Sense) -> Floats:
    """A number a point."""
    talk = sense.talk.reshape(1, -1)
    matter = (talk @ w["talk"]) * (sense.points @ w["matter"])
    kind = (talk @ w["kind"]) * (slots @ w["slot"])
    joined = numpy.concatenate([features, alike(sense), matter, kind], axis=1)
    hidden = numpy.maximum(joined @ w["hidden"] + w["hidden.b"], 0)
    result: Floats = (hidden @ w["out"] + w["out.b"])[:, 0]
    return result


def stored(path: Path) -> Meant:
    """What ``store`` wrote."""
    with numpy.load(path) as found:
        weights = {n[2:]: found[n].astype(numpy.float32) for n in found.files if n[:2] == "w."}
        own, other, none = (float(number) for number in found["mix"])
    return Meant(weights, own, other, none)


def store(path: Path, meant: Meant) -> None:
    """Write it, two bytes a weight."""
    some = {f"w.{name}": value.astype(numpy.float16) for name, value in meant.weights.items()}
    mix = numpy.array([meant.own, meant.other, meant.none], numpy.float32)
    numpy.savez_compressed(path, mix=mix, **some)  # type: ignore[arg-type]
