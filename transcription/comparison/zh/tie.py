"""Which point of the case a question is about, where ``align.py`` sees none.

The network of ``comparison/tie.py`` weighs the points; beside it goes what the rules say.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy

from transcription.comparison import tie
from transcription.comparison.model import Case, Point, Slot
from transcription.comparison.net_shape import Encoded, Said
from transcription.comparison.tie import Floats, Tie
from transcription.comparison.zh import matters
from transcription.comparison.zh.align import Aligned, aligned, elsewhere, kinds_of, likeness
from transcription.comparison.zh.net_input import COLUMNS, Words, encode
from transcription.comparison.zh.questions import Question

WEIGHTS = Path(__file__).with_name("tie.npz")
#: Characters of the answer that are looked at.
ANSWER_MAX = 48
#: Numbers about a point and a question that the rules give.
FEATURES = 9
#: Points weighed; a case has fewer.
POINTS_MAX = 24


@lru_cache(maxsize=2)
def stored(path: Path = WEIGHTS) -> Tie[Words]:
    """The network in a file that ``training/tie.py`` wrote."""
    found = tie.stored(path, ("characters", "syllables"))
    words = Words.of(found.lists["characters"], found.lists["syllables"])
    return Tie(words, COLUMNS, found.weights, found.temperature)


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
