"""The small network that reads an exchange, of any language: inference in numpy.

Sums of embeddings, then blocks of gated convolution (each over wider gaps), two of them followed by
self-attention, then two heads: one at each mention of the answer (which part it plays as to the
point, and whether that is said, denied or hedged), one over the whole (yes, no, not known, nothing
about it). Trained by ``training/network.py``, whose torch model
does the same sums; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy
from numpy.typing import NDArray

from transcription.comparison.net_shape import (
    ASKED,
    BESIDE,
    PART,
    ROLES,
    STATES,
    Encoded,
)

Floats = NDArray[numpy.float32]
Words = TypeVar("Words")

#: Gaps of the convolutions, block by block; attention follows the blocks named.
GAPS = (1, 2, 4, 8, 1, 2)
ATTENDING = (2, 5)
HEADS = 4
_EPSILON = 1e-5


@dataclass(frozen=True)
class Reading:
    """Probabilities. ``roles`` by mention, role and state; ``beside`` as BESIDE."""

    roles: Floats
    whole: Floats
    beside: Floats


@dataclass(frozen=True)
class Network(Generic[Words]):
    """Weights of one or several networks, whose logits are averaged, and the words they know.

    ``columns`` names the table of weights of each column of the rows.
    """

    words: Words
    columns: tuple[str, ...]
    members: tuple[dict[str, Floats], ...]
    temperatures: Floats  # of roles, whole, beside

    def read(self, given: Encoded) -> Reading:
        """What the answer says. The same input gives the same numbers."""
        found = [_run(member, self.columns, given) for member in self.members]
        roles, whole, beside = (sum(one[n] for one in found) / len(found) for n in range(3))
        t = self.temperatures
        return Reading(
            _softmax(roles / t[0]), _softmax(whole / t[1]), 1 / (1 + numpy.exp(-beside / t[2]))
        )


@dataclass(frozen=True)
class Stored:
    """What a file of weights holds: lists of words by name, networks, temperatures."""

    lists: dict[str, list[str]]
    members: tuple[dict[str, Floats], ...]
    temperatures: Floats


def stored(path: Path, lists: Sequence[str]) -> Stored:
    """The networks in a file that ``store`` wrote."""
    with numpy.load(path) as found:
        named = {name: bytes(found[name]).decode().split("\n") for name in lists}
        members: list[dict[str, Floats]] = []
        for at in range(int(found["members"])):
            prefix = f"{at}."
            members.append(
                {
                    name.removeprefix(prefix): found[name].astype(numpy.float32)
                    for name in found.files
                    if name.startswith(prefix)
                }
            )
        return Stored(named, tuple(members), found["temperatures"].astype(numpy.float32))


def store(
    path: Path,
    lists: Mapping[str, Sequence[str]],
    members: Sequence[dict[str, Floats]],
    temperatures: Sequence[float],
) -> None:
    """Write networks in two bytes a weight."""
    some: dict[str, Any] = {
        f"{at}.{name}": value.astype(numpy.float16)
        for at, member in enumerate(members)
        for name, value in member.items()
    }
    for name, words in lists.items():
        some[name] = numpy.frombuffer("\n".join(words).encode(), numpy.uint8)
    numpy.savez_compressed(
        path,
        members=len(members),
        temperatures=numpy.array(temperatures, numpy.float32),
        **some,
    )


def _run(
    w: dict[str, Floats], columns: Sequence[str], given: Encoded
) -> tuple[Floats, Floats, Floats]:
    rows = given.rows
    x = w["slots"][0] + given.slots.astype(numpy.float32) @ w["slots"][1:]
    for at, column in enumerate(columns):
        x = x + w[column][rows[:, at]]
    x = _normal(x, w, "in")
    for block, gap in enumerate(GAPS):
        x = x + _convolved(_normal(x, w, f"{block}.n"), w, block, gap)
        if block in ATTENDING:
            x = x + _attended(_normal(x, w, f"{block}.m"), w, block)
    x = _normal(x, w, "out")
    start, end = given.answer
    asked = x[rows[:, PART] == ASKED]
    summary = numpy.concatenate(
        [
            x[start:end].max(axis=0),
            x[start:end].mean(axis=0),
            asked.mean(axis=0) if len(asked) else numpy.zeros_like(x[0]),
        ]
    )
    whole = _head(summary, w, "whole")
    if not given.marks:
        roles = numpy.zeros((0, len(ROLES), len(STATES)), numpy.float32)
    else:
        each = numpy.stack([x[a : b + 1].mean(axis=0) for a, b, _ in given.marks])
        around = numpy.broadcast_to(summary, (len(each), len(summary)))
        roles = _head(numpy.concatenate([each, around], axis=1), w, "role")
        roles = roles.reshape(len(each), len(ROLES), len(STATES))
    return roles, whole[: -len(BESIDE)], whole[-len(BESIDE) :]


def _normal(x: Floats, w: dict[str, Floats], name: str) -> Floats:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = (centred * centred).mean(axis=-1, keepdims=True)
    result: Floats = centred / numpy.sqrt(spread + _EPSILON) * w[f"{name}.g"] + w[f"{name}.b"]
    return result


def _convolved(x: Floats, w: dict[str, Floats], block: int, gap: int) -> Floats:
    """Each place with those ``gap`` before and after it, half of the sums gating the other."""
    length, width = x.shape
    padded = numpy.zeros((length + 2 * gap, width), numpy.float32)
    padded[gap : gap + length] = x
    beside = numpy.concatenate([padded[:length], x, padded[2 * gap :]], axis=1)
    made = beside @ w[f"{block}.c"] + w[f"{block}.cb"]
    half = made.shape[1] // 2
    result: Floats = made[:, :half] / (1 + numpy.exp(-made[:, half:]))
    return result @ w[f"{block}.p"]


def _attended(x: Floats, w: dict[str, Floats], block: int) -> Floats:
    length, width = x.shape
    size = width // HEADS
    joint = (x @ w[f"{block}.qkv"]).reshape(length, 3, HEADS, size)
    q, k, v = (joint[:, n].transpose(1, 0, 2) for n in range(3))
    scale = numpy.float32(size**-0.5)
    shares = _softmax((q @ k.transpose(0, 2, 1) * scale).astype(numpy.float32))
    result: Floats = (shares @ v).transpose(1, 0, 2).reshape(length, width) @ w[f"{block}.o"]
    return result


def _head(x: Floats, w: dict[str, Floats], name: str) -> Floats:
    hidden = numpy.maximum(x @ w[f"{name}.1"] + w[f"{name}.1b"], 0)
    result: Floats = hidden @ w[f"{name}.2"] + w[f"{name}.2b"]
    return result


def _softmax(x: Floats) -> Floats:
    power = numpy.exp(x - x.max(axis=-1, keepdims=True))
    result: Floats = power / power.sum(axis=-1, keepdims=True)
    return result
