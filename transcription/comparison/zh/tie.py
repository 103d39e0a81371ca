"""Which point of the case a question is about, where ``align.py`` sees none.

The network of ``comparison/tie.py`` weighs the points; beside it goes what the rules say.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy

from transcription.comparison import tie
from transcription.comparison.model import Case, Point
from transcription.comparison.net_shape import Encoded, Said
from transcription.comparison.sense import sense_of
from transcription.comparison.tie import (
    POINTS_MAX,
    SURE,
    Floats,
    Tie,
    beginning,
    with_slots,
)
from transcription.comparison.zh import matters
from transcription.comparison.zh.align import Aligned, aligned, elsewhere, kinds_of, likenesses
from transcription.comparison.zh.net_input import COLUMNS, Words, encode_each
from transcription.comparison.zh.questions import Question

WEIGHTS = Path(__file__).with_name("tie.npz")
#: Least share of the point that is shown as the nearest, in grey at most: of 36 questions between
#: this and half in files not learnt from, 21 were about it.
NEAREST = 0.3
#: Characters of the answer that are looked at.
ANSWER_MAX = 48


@lru_cache(maxsize=2)
def stored(path: Path = WEIGHTS) -> Tie[Words]:
    """The network in a file that ``training/tie.py`` wrote."""
    found = tie.stored(path, ("characters", "syllables"))
    words = Words.of(found.lists["characters"], found.lists["syllables"])
    return Tie(words, COLUMNS, found.weights, found.temperature)


def rows_of(point: Point, turns: Sequence[Said], words: Words) -> Encoded:
    """The talk for one point; of the answer, the last of ``turns``, only its beginning."""
    return each_of((point,), turns, words)[0]


def each_of(points: Sequence[Point], turns: Sequence[Said], words: Words) -> list[Encoded]:
    """``rows_of`` for several points."""
    short = beginning(turns[-1], ANSWER_MAX)
    return encode_each(points, (*turns[:-1], short), words)


def wording(point: Point) -> str:
    """The words of a point in the language of the talk."""
    return point.text


def features_of(case: Case, asked: Sequence[Question], answer: str) -> Floats:
    """What the rules say of each point: see the list in the code."""
    question = asked[0]
    kinds = kinds_of(question)
    found = aligned(case, asked)
    aside = float(elsewhere(question))
    goes_on = float(question.elliptic or question.idle)
    like = likenesses(case, question)
    before = likenesses(case, asked[1]) if len(asked) > 1 else [0.0] * len(like)
    made = []
    for at, point in enumerate(case.points[:POINTS_MAX]):
        own = matters.profile(point)
        mine = found.point is not None and found.point.id == point.id
        made.append(
            (
                min(like[at], 2.0),
                float(mine) * (1.0 if found.sure else 0.5),
                float(bool(kinds & set(point.slots))),
                float(bool(kinds)),
                matters.about(question.plain, own, asked=True),
                matters.about(answer, own),
                min(before[at], 2.0),
                aside,
                goes_on,
            )
        )
    return numpy.array(made, numpy.float32)


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
        points = case.points[:POINTS_MAX]
        given = each_of(points, turns, network.words)
        features = features_of(case, asked, turns[-1].text)
        sense = sense_of([wording(point) for point in points], turns[-4:])
        shares = network.shares(given, features, sense)
        shares = with_slots(shares, points, asked[0].slots)
        if len(_kept) >= _KEPT_MAX:
            _kept.pop(next(iter(_kept)))
        _kept[key] = shares
    return shares
