"""Which point of the case an English question is about, where ``align.py`` sees none.

As ``zh/tie.py``: the network of ``comparison/tie.py`` weighs the points of the case against the
talk; beside it goes what the rules say of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy

from transcription.comparison import tie
from transcription.comparison.en import marks
from transcription.comparison.en.align import Tied, likeness, tied, wanted
from transcription.comparison.en.matters import Question, kin_of, matter_of, understand
from transcription.comparison.en.net_input import COLUMNS, Words, encode, words_in
from transcription.comparison.model import Case, Point, Turn
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

WEIGHTS = Path(__file__).with_name("tie.npz")
#: Least share of the point that is shown as the nearest, in grey at most.
NEAREST = 0.5
#: Characters of the answer that are looked at.
ANSWER_MAX = 160

_KEPT_MAX = 512
_kept: dict[tuple[object, ...], Floats] = {}


@lru_cache(maxsize=2)
def stored(path: Path = WEIGHTS) -> Tie[Words]:
    """The network in a file that ``training/tie_en.py`` wrote."""
    found = tie.stored(path, ("words", "stems"))
    words = Words.of(found.lists["words"], found.lists["stems"])
    return Tie(words, COLUMNS, found.weights, found.temperature)


def rows_of(point: Point, turns: Sequence[Said], words: Words) -> Encoded:
    """The talk for one point; of the answer, the last of ``turns``, only its beginning."""
    short = beginning(turns[-1], ANSWER_MAX)
    return encode(point, (*turns[:-1], short), words)


def wording(point: Point) -> str:
    """The words of a point in the language of the talk."""
    return point.en or point.text


def features_of(case: Case, asked: Sequence[Turn], answer: str) -> Floats:
    """What the rules say of each point: see the list in the code. ``asked``: the last one last."""
    questions = [understand(turn.text) for turn in asked[-3:]]
    question, slots = questions[-1], wanted(questions[-1])
    found = tied(case, asked)
    aside = float(question.idle or bool(marks.USUAL.search(question.text)))
    said = words_in(answer)
    made = []
    for point in case.points[:POINTS_MAX]:
        own = matter_of(point)
        mine = found.point is not None and found.point.id == point.id
        akin = any(kin_of(word) & said for word in own.stems)
        made.append(
            (
                min(likeness(case, point, question), 2.0),
                float(mine) * (1.0 if found.sure else 0.5),
                float(bool(slots & set(point.slots))),
                float(bool(slots)),
                _topical(question, own.topic),
                float(bool(own.stems & said)) + 0.5 * float(akin),
                min(likeness(case, point, questions[-2]), 2.0) if len(questions) > 1 else 0.0,
                aside,
                float(len(question.text.split()) <= 6),
            )
        )
    return numpy.array(made, numpy.float32)


def _topical(question: Question, topic: str) -> float:
    """Of the point's topic, of another's, or neither."""
    if topic and topic in question.topics:
        return 1.0
    return -1.0 if question.topics else 0.0


def weighed(case: Case, asked: Sequence[Turn], said: Sequence[Said]) -> Tied:
    """The point that the last question asks about; ``said`` ends with the first answer to it.

    A point of which the rules are sure stands; a prompt's point is never guessed again.
    """
    ruled = tied(case, asked)
    question = understand(asked[-1].text)
    if ruled.sure or question.idle or marks.USUAL.search(question.text) or not case.points:
        return ruled
    shares = shares_of(case, asked, said)
    best = int(shares[:-1].argmax())
    share = float(shares[best])
    return Tied(case.points[best], share >= SURE) if share >= NEAREST else ruled


def shares_of(case: Case, asked: Sequence[Turn], said: Sequence[Said]) -> Floats:
    """For each point how likely the last question is about it, and about none of them."""
    key = (case.points, case.people, *((t.text, t.asks, t.marks) for t in said[-4:]))
    shares = _kept.get(key)
    if shares is None:
        network = stored()
        points = case.points[:POINTS_MAX]
        given = [rows_of(point, said, network.words) for point in points]
        features = features_of(case, asked, said[-1].text)
        sense = sense_of([wording(point) for point in points], said[-4:])
        shares = network.shares(given, features, sense)
        shares = with_slots(shares, points, understand(asked[-1].text).slots)
        if len(_kept) >= _KEPT_MAX:
            _kept.pop(next(iter(_kept)))
        _kept[key] = shares
    return shares
