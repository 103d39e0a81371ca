"""Kaldi's am/final.mdl, binary: a transition model and an nnet3 network.

The input normalisation and each batch normalisation are folded into the affine layer after them,
so the file holds only affine layers, ReLU and log-softmax. Matrices are written as Kaldi's 16-bit
compressed ``CM2``.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transcription.model_build.features import DIMENSION
from transcription.model_build.graph import SILENCE_ID, phone_id

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
    out = _token("<TransitionModel>") + _token("<Topology>")
    out += _int_vector(ids) + _int_vector([-1] + [0] * len(ids))
    out += _int(-1) + _int(1)  # forward and self-loop classes differ; one topology
    out += _int(2)  # two states: one that emits, one final
    out += _int(0) + _int(1) + _int(2) + _int(0) + _float(0.5) + _int(1) + _float(0.5)
    out += _int(-1) + _int(-1) + _int(0) + _token("</Topology>")
    out += _token("<Tuples>") + _int(len(tuples))
    out += b"".join(_int(value) for row in tuples for value in row) + _token("</Tuples>")
    halves = np.full(2 * len(tuples) + 1, math.log(0.5))
    halves[0] = 0
    out += _token("<LogProbs>") + _vector(halves) + _token("</LogProbs>")
    return out + _token("</TransitionModel>")


def _network(layers: Sequence[Layer], priors: Floats) -> bytes:
    lines = [f"input-node name=input dim={DIMENSION}"]
    components: list[tuple[str, bytes]] = []
    previous = "input"
    for index, layer in enumerate(layers):
        pieces = [f"Offset({previous}, {o})" if o else previous for o in layer.offsets]
        source = pieces[0] if len(pieces) == 1 else f"Append({', '.join(pieces)})"
        affine, activation = f"l{index}.affine", f"l{index}.nl"
        lines.append(f"component-node name={affine} component={affine} input={source}")
        lines.append(f"component-node name={activation} component={activation} input={affine}")
        kind = "LogSoftmaxComponent" if index == len(layers) - 1 else "RectifiedLinearComponent"
        components.append((affine, _affine(layer)))
        components.append((activation, _nonlinearity(kind, len(layer.bias))))
        previous = activation
    lines.append(f"output-node name=output input={previous} objective=linear")
    out = _token("<Nnet3>") + b"\n" + "\n".join(lines).encode() + b"\n\n"
    out += _token("<NumComponents>") + _int(len(components))
    for name, component in components:
        out += _token("<ComponentName>") + _token(name) + component
    out += _token("</Nnet3>") + _token("<LeftContext>") + _int(LEFT)
    out += _token("<RightContext>") + _int(RIGHT)
    return out + _token("<Priors>") + _vector(priors)


def _affine(layer: Layer) -> bytes:
    out = _token("<AffineComponent>") + _token("<LearningRate>") + _float(0.001)
    out += _token("<LinearParams>") + _matrix(layer.weight)
    out += _token("<BiasParams>") + _vector(layer.bias)
    return out + _token("</AffineComponent>")


def _nonlinearity(kind: str, dimension: int) -> bytes:
    out = _token(f"<{kind}>") + _token("<Dim>") + _int(dimension)
    out += _token("<ValueAvg>") + _vector(np.zeros(0)) + _token("<DerivAvg>")
    out += _vector(np.zeros(0)) + _token("<Count>") + b"\x08" + struct.pack("<d", 0.0)
    return out + _token(f"</{kind}>")


def _matrix(matrix: Floats) -> bytes:
    low = float(matrix.min())
    span = float(matrix.max() - low)
    levels = np.clip(np.round((matrix - low) / span * 65535), 0, 65535).astype("<u2")
    return _token("CM2") + struct.pack("<ffii", low, span, *matrix.shape) + levels.tobytes()


def _vector(values: Floats) -> bytes:
    return b"FV " + _int(len(values)) + values.astype("<f4").tobytes()


def _int_vector(values: Sequence[int]) -> bytes:
    return b"\x04" + struct.pack(f"<i{len(values)}i", len(values), *values)


def _token(text: str) -> bytes:
    return text.encode() + b" "


def _int(value: int) -> bytes:
    return b"\x04" + struct.pack("<i", value)


def _float(value: float) -> bytes:
    return b"\x04" + struct.pack("<f", value)
