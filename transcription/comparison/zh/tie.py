"""Which point of the case a question and its answer are about, where ``align.py`` sees none.

A small network scores every point of the case against the talk (the turns before, the question,
the answer) and gives shares that add up to one, the last of them for "none of these". Inference is
numpy, all points at once. Trained by ``training/tie.py``, whose torch model does the same sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy
from numpy.typing import NDArray

from transcription.comparison.model import Case, Point, Slot
from transcription.comparison.zh import matters
from transcription.comparison.zh.align import Aligned, aligned, elsewhere, kinds_of, likeness
from transcription.comparison.zh.net_input import COLUMNS, Encoded, Said, Words, encode
from transcription.comparison.zh.questions import Question

Floats = NDArray[numpy.float32]

WEIGHTS = Path(__file__).with_name("tie.npz")
#: Gaps of the convolutions; attention follows the block named.
GAPS = (1, 2, 4)
ATTENDING = 1
HEADS = 4
#: Characters of the answer that are looked at.
ANSWER_MAX = 48
#: Numbers about a point and a question that the rules give.
FEATURES = 9
#: Points weighed; a case has fewer.
POINTS_MAX = 24
_EPSILON = 1e-5


@dataclass(frozen=True)
class Tie:
    """Weights and the words they know."""

    words: Words
    weights: dict[str, Floats]
    temperature: float

    def shares(self, given: Sequence[Encoded], features: Floats) -> Floats:
        """For each point how likely it is the one, and of none, which comes last."""
        scores = numpy.append(_scores(self.weights, given, features), numpy.float32(0))
        return _softmax((scores / self.temperature).astype(numpy.float32))


@lru_cache(maxsize=2)
def stored(path: Path = WEIGHTS) -> Tie:
    """The network in a file that ``training/tie.py`` wrote."""
    with numpy.load(path) as found:
        words = Words.of(
            bytes(found["characters"]).decode().split("\n"),
            bytes(found["syllables"]).decode().split("\n"),
        )
        weights = {
            name[2:]: found[name].astype(numpy.float32)
            for name in found.files
            if name.startswith("w.")
        }
        return Tie(words, weights, float(found["temperature"]))


def store(
    path: Path,
    characters: Sequence[str],
    syllables: Sequence[str],
    weights: dict[str, Floats],
    temperature: float,
) -> None:
    """Write a network in two bytes a weight."""
    some = {f"w.{name}": value.astype(numpy.float16) for name, value in weights.items()}
    numpy.savez_compressed(
        path,
        characters=numpy.frombuffer("\n".join(characters).encode(), numpy.uint8),
        syllables=numpy.frombuffer("\n".join(syllables).encode(), numpy.uint8),
        temperature=numpy.float32(temperature),
        **some,  # type: ignore[arg-type]
    )


def rows_of(point: Point, turns: Sequence[Said], words: Words) -> Encoded:
    """The talk for one point; of the answer, the last of ``turns``, only its beginning."""
    answer = turns[-1]
    kept = tuple(m for m in answer.marks if m.end <= ANSWER_MAX)
    short = Said(answer.text[:ANSWER_MAX], False, kept)
    return encode(point, (*turns[:-1], short), words)


def features_of(case: Case, asked: Sequence[Question], answer: str) -> Floats:
    """What the rules say of each point: see the list in the code."""
    question = asked[0]
    kinds = kinds_of(question)
    found = aligned(case, asked)
    aside = float(elsewhere(question))
    goes_on = float(question.elliptic or question.idle)
    made = []
    for point in case.points[:POINTS_MAX]:
        own = matters.profile(point)
        mine = found.point is not None and found.point.id == point.id
        made.append(
            (
                min(likeness(case, point, question), 2.0),
                float(mine) * (1.0 if found.sure else 0.5),
                float(bool(kinds & set(point.slots))),
                float(bool(kinds)),
                matters.about(question.plain, own, asked=True),
                matters.about(answer, own),
                min(likeness(case, point, asked[1]), 2.0) if len(asked) > 1 else 0.0,
                aside,
                goes_on,
            )
        )
    return numpy.array(made, numpy.float32)


def _scores(w: dict[str, Floats], given: Sequence[Encoded], features: Floats) -> Floats:
    length = max(len(one.rows) for one in given)
    rows = numpy.zeros((len(given), length, len(COLUMNS)), numpy.int32)
    here = numpy.zeros((len(given), length, 1), numpy.float32)
    for at, one in enumerate(given):
        rows[at, : len(one.rows)] = one.rows
        here[at, : len(one.rows)] = 1
    slots = numpy.stack([one.slots for one in given]).astype(numpy.float32)
    x = (w["slots"][0] + slots @ w["slots"][1:])[:, None]
    for at, column in enumerate(COLUMNS):
        if column in w:
            x = x + w[column][rows[:, :, at]]
    x = _normal(x, w, "in") * here
    for block, gap in enumerate(GAPS):
        x = x + _convolved(_normal(x, w, f"{block}.n") * here, w, block, gap) * here
        if block == ATTENDING:
            x = x + _attended(_normal(x, w, "m"), w, here) * here
    x = _normal(x, w, "out")
    part = rows[:, :, 3, None]
    means = [_mean(x, (part == n) * here) for n in (0, 3, 4)]
    asked = (part == 3) * here
    most = numpy.where(asked > 0, x, -10).max(axis=1)
    joined = numpy.concatenate([*means, most, means[0] * means[1], features], axis=1)
    hidden = numpy.maximum(joined @ w["head.1"] + w["head.1b"], 0)
    result: Floats = (hidden @ w["head.2"] + w["head.2b"])[:, 0]
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


#: Least share of the point that is taken for the one asked about, and of one that is the nearest.
SURE, NEAREST = 0.75, 0.5
#: What the share of a point is worth that has no slot for what is asked (几点, 在哪), where another
#: point has one: points of a case mostly ask for one thing each, those it learnt from for several.
NO_SLOT = 0.1
_TYPED = frozenset((Slot.WHEN, Slot.WHERE, Slot.HOW_MANY, Slot.WITH_WHAT))

Key = tuple[object, ...]
_KEPT_MAX = 512
_kept: dict[Key, Floats] = {}


def weighable(case: Case, question: Question) -> bool:
    """Not of his life, of where he was, or of what is usual; and there are points to weigh."""
    return bool(case.points) and not (question.usual or elsewhere(question))


def weighed(
    case: Case, turns: Sequence[Said], asked: Sequence[Question], ruled: Aligned
) -> Aligned:
    """The point that the question before the answer, the last of ``turns``, asks about.

    ``ruled``: the nearest point that the rules see, which stands where the network sees none.
    """
    points = case.points[:POINTS_MAX]
    shares = shares_of(case, turns, asked)
    best = int(shares[:-1].argmax())
    share = float(shares[best])
    found = Aligned(points[best], share >= SURE) if share >= NEAREST else Aligned()
    return found if found.point is not None else ruled


def shares_of(case: Case, turns: Sequence[Said], asked: Sequence[Question]) -> Floats:
    key = (case.points, case.people, *((t.text, t.asks, t.marks) for t in turns[-4:]))
    shares = _kept.get(key)
    if shares is None:
        network = stored()
        given = [rows_of(point, turns, network.words) for point in case.points[:POINTS_MAX]]
        shares = network.shares(given, features_of(case, asked, turns[-1].text))
        shares = _with_slots(shares, case, asked[0])
        if len(_kept) >= _KEPT_MAX:
            _kept.pop(next(iter(_kept)))
        _kept[key] = shares
    return shares


def _with_slots(shares: Floats, case: Case, question: Question) -> Floats:
    kinds = question.slots & _TYPED
    has = numpy.array([bool(kinds & set(p.slots)) for p in case.points[:POINTS_MAX]])
    if not kinds or not has.any():
        return shares
    weighed = shares * numpy.append(numpy.where(has, 1.0, NO_SLOT), 1.0).astype(numpy.float32)
    result: Floats = weighed / weighed.sum()
    return result
