"""Pieces of Kaldi's binary files: tokens, numbers, vectors, matrices, components of nnet3."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def affine(weight: Floats, bias: Floats, matrix: Callable[[Floats], bytes]) -> bytes:
    """An affine component; ``matrix`` says how its weights are written."""
    out = token("<AffineComponent>") + token("<LearningRate>") + real(0.001)
    out += token("<LinearParams>") + matrix(weight)
    out += token("<BiasParams>") + vector(bias)
    return out + token("</AffineComponent>")


def nonlinearity(kind: str, dimension: int) -> bytes:
    """A component without weights, such as RectifiedLinearComponent."""
    out = token(f"<{kind}>") + token("<Dim>") + integer(dimension)
    out += token("<ValueAvg>") + vector(np.zeros(0)) + token("<DerivAvg>")
    out += vector(np.zeros(0)) + token("<Count>") + b"\x08" + struct.pack("<d", 0.0)
    return out + token(f"</{kind}>")


def full_matrix(matrix: Floats) -> bytes:
    """32-bit values."""
    return (
        token("FM")
        + integer(len(matrix))
        + integer(matrix.shape[1])
        + matrix.astype("<f4").tobytes()
    )


def coarse_matrix(matrix: Floats) -> bytes:
    """16-bit values between the smallest and the largest: half the size."""
    low = float(matrix.min())
    span = float(matrix.max() - low)
    levels = np.clip(np.round((matrix - low) / span * 65535), 0, 65535).astype("<u2")
    return token("CM2") + struct.pack("<ffii", low, span, *matrix.shape) + levels.tobytes()


def vector(values: Floats) -> bytes:
    """32-bit values."""
    return b"FV " + integer(len(values)) + values.astype("<f4").tobytes()


def integers(values: Sequence[int]) -> bytes:
    """A vector of 32-bit integers."""
    return b"\x04" + struct.pack(f"<i{len(values)}i", len(values), *values)


def token(text: str) -> bytes:
    """A word of the format, ended by a blank."""
    return text.encode() + b" "


def integer(value: int) -> bytes:
    """With its length before it."""
    return b"\x04" + struct.pack("<i", value)


def real(value: float) -> bytes:
    """With its length before it."""
    return b"\x04" + struct.pack("<f", value)
