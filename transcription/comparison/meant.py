"""How well points go with a talk by what both mean: numbers beside those of the words.

The network of ``tie.py`` knows only the words it learnt from. From the vectors of ``sense.py`` of
the talk and of each point, and from the slots of a point, it gets how near they are, products of
both, and products with the slots; trained together with it (``training/tie_network.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy

from transcription.comparison.sense import Floats, Sense

#: How much a likeness counts by itself, and beside the mean of the points.
NEAR, BESIDE = 4, 10


def alike(sense: Sense) -> Floats:
    """How near each point is to each text of the talk: by itself, and beside the other points."""
    near = sense.points @ sense.talk.T
    made: Floats = numpy.concatenate([near * NEAR, (near - near.mean(axis=0)) * BESIDE], axis=1)
    return made


def numbers_of(w: Mapping[str, Floats], slots: Floats, sense: Sense) -> Floats:
    """A row a point, as the head of the network takes them. ``slots``: a row a point, 0 or 1."""
    talk = sense.talk.reshape(1, -1)
    matter = (talk @ w["m.talk"]) * (sense.points @ w["m.matter"])
    kind = (talk @ w["m.kind"]) * (slots @ w["m.slot"])
    made: Floats = numpy.concatenate([alike(sense), matter, kind], axis=1)
    return made
