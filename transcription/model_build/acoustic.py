"""Kaldi's am/final.mdl, binary: a transition model and an nnet3 network.

The input normalisation and each batch normalisation are folded into the affine layer after them,
so the file holds only affine layers, ReLU and log-softmax. Matrices are written as Kaldi's 16-bit
compressed ``CM2``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transcription.model_build.features import DIMENSION
from transcription.model_build.graph import SILENCE_ID, phone_id
from transcription.model_build.kaldi import (
    affine,
    coarse_matrix,
    integer,
    integers,
    nonlinearity,
    real,
    token,
    vector,
)

#: What each layer of train.network sees, in feature frames.
OFFSETS = (
    *((-2, -1, 0, 1, 2), (-1, 0, 1), (-3, 0, 3), (-3, 0, 3)),
    *((-6, -3, 0, 3), (-6, -3, 0, 3), (0,)),
)
LEFT, RIGHT = 21, 15
_EPSILON = 1e-5  # torch's batch normalisation
_SMALLEST_PRIOR = 1e-5
#: Silence is a fifth of all labels, and dividing by that makes a stop's closure win over it in
#: every long pause. A smaller prior makes silence likelier.
_SILENCE_PRIOR = 0.1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """One affine layer; all but the last are followed by ReLU."""

    offsets: tuple[int, ...]
    weight: Floats  # outputs x (offsets * inputs)
    bias: Floats


def fold(weights: Mapping[str, npt.NDArray[np.floating]]) -> list[Layer]:
    """Layers from train.py's arrays."""
    scale = 1 / weights["input.deviation"].astype(np.float64)
    shift = -weights["input.mean"] * scale
    layers: list[Layer] = []
    last = len(OFFSETS) - 1
    for index, offsets in enumerate(OFFSETS):
        name = f"{index}." if index == last else f"{index}.0."
        kernel = weights[name + "weight"].astype(np.float64)  # outputs x inputs x offsets
        bias = weights[name + "bias"] + (kernel.sum(2) * shift).sum(1)
        flat = (kernel * scale[None, :, None]).transpose(0, 2, 1).reshape(len(kernel), -1)
        layers.append(Layer(offsets, flat, bias))
        if index < last:
            norm = f"{index}.2."
            variance = weights[norm + "running_var"].astype(np.float64)
            scale = weights[norm + "weight"] / np.sqrt(variance + _EPSILON)
            shift = weights[norm + "bias"] - weights[norm + "running_mean"] * scale
    return layers


def model_file(layers: Sequence[Layer], counts: npt.NDArray[np.integer], phones: int) -> bytes:
    """The whole file; ``counts`` are label counts, ``phones`` excludes silence."""
    priors = np.maximum(counts / counts.sum(), _SMALLEST_PRIOR)
    priors[:2] *= _SILENCE_PRIOR
    return b"\0B" + _transitions(phones) + _network(layers, priors / priors.sum())


def _transitions(phones: int) -> bytes:
    ids = list(range(1, phone_id(phones + 1, 0)))
    tuples = [(SILENCE_ID, 0, 0, 1)]
    tuples += [
        (phone_id(phone, position), 0, 2 * phone, 2 * phone + 1)
        for phone in range(1, phones + 1)
        for position in range(4)
    ]
    out = token("<TransitionModel>") + token("<Topology>")
    out += integers(ids) + integers([-1] + [0] * len(ids))
    out += integer(-1) + integer(1)  # forward and self-loop classes differ; one topology
    out += integer(2)  # two states: one that emits, one final
    out += integer(0) + integer(1) + integer(2) + integer(0) + real(0.5) + integer(1) + real(0.5)
    out += integer(-1) + integer(-1) + integer(0) + token("</Topology>")
    out += token("<Tuples>") + integer(len(tuples))
    out += b"".join(integer(value) for row in tuples for value in row) + token("</Tuples>")
    halves = np.full(2 * len(tuples) + 1, math.log(0.5))
    halves[0] = 0
    out += token("<LogProbs>") + vector(halves) + token("</LogProbs>")
    return out + token("</TransitionModel>")


def _network(layers: Sequence[Layer], priors: Floats) -> bytes:
    lines = [f"input-node name=input dim={DIMENSION}"]
    components: list[tuple[str, bytes]] = []
    previous = "input"
    for index, layer in enumerate(layers):
        pieces = [f"Offset({previous}, {o})" if o else previous for o in layer.offsets]
        source = pieces[0] if len(pieces) == 1 else f"Append({', '.join(pieces)})"
        linear, activation = f"l{index}.affine", f"l{index}.nl"
        lines.append(f"component-node name={linear} component={linear} input={source}")
        lines.append(f"component-node name={activation} component={activation} input={linear}")
        kind = "LogSoftmaxComponent" if index == len(layers) - 1 else "RectifiedLinearComponent"
        components.append((linear, affine(layer.weight, layer.bias, coarse_matrix)))
        components.append((activation, nonlinearity(kind, len(layer.bias))))
        previous = activation
    lines.append(f"output-node name=output input={previous} objective=linear")
    out = token("<Nnet3>") + b"\n" + "\n".join(lines).encode() + b"\n\n"
    out += token("<NumComponents>") + integer(len(components))
    for name, component in components:
        out += token("<ComponentName>") + token(name) + component
    out += token("</Nnet3>") + token("<LeftContext>") + integer(LEFT)
    out += token("<RightContext>") + integer(RIGHT)
    return out + token("<Priors>") + vector(priors)
