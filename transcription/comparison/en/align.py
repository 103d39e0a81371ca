"""Which point of a case an English question is about, weighing all of them against each other.

What is asked for must be among the point's slots; words count by how few points share them, words
of the same kind of act (``matters.kin_of``) half. A question that names nothing of its own goes on
from the one before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from transcription.comparison.en import marks
from transcription.comparison.en.matters import (
    Question,
    kin_of,
    matter_of,
    stem,
    stop_word,
    understand,
)
from transcription.comparison.model import Case, Point, Slot, Turn

#: From here on the point is taken for the one asked about, by so much more than the next.
_SURE, _CLEAR = 1.0, 0.4
_LEAST, _MARGIN = 0.45, 0.2
_LONE = (Slot.HOW_MANY, Slot.WITH_WHAT, Slot.WHERE, Slot.WHEN)
_PERSON_PLACE = re.compile(r"\bwhere(?:abouts)? (?:exactly )?(?:were|was) (?:you|he|she|they)\b")


@dataclass(frozen=True)
class Tied:
    """The point a question is about; ``sure`` False: only the nearest one."""

    point: Point | None = None
    sure: bool = False


def tied(case: Case, questions: Sequence[Turn]) -> Tied:
    """For the questions so far, in order; the last one is in force."""
    texts = [understand(turn.text) for turn in questions[-3:]]
    if not texts:
        return Tied()
    last = texts[-1]
    slots = wanted(last)
    for before in reversed(texts[:-1]):
        if _content(last):
            break
        slots = slots or wanted(before)
        last = before
    if last.idle or marks.USUAL.search(last.text):
        return Tied()
    scored = sorted(
        ((_score(case, point, last, slots), n) for n, point in enumerate(case.points)),
        key=lambda one: (-one[0], one[1]),
    )
    if not scored:
        return Tied()
    best, first = scored[0]
    second = scored[1][0] if len(scored) > 1 else 0.0
    if best >= _SURE and best - second >= _CLEAR:
        return Tied(case.points[first], sure=True)
    if best >= _LEAST and best - second >= _MARGIN:
        return Tied(case.points[first])
    return Tied()


def wanted(question: Question) -> frozenset[Slot]:
    """The slots a question may be answered by; empty when it leaves that open."""
    found = set(question.slots)
    if question.order:
        found |= {Slot.WHO_ORDERED, Slot.TO_WHOM}
    if question.who and not question.slots:
        found.add(Slot.WHO_DID)
    if question.yes_no:
        found |= {Slot.WHETHER, Slot.WHO_DID}
    return frozenset(found)


def _content(question: Question) -> bool:
    return bool(question.topics) or len(_words(question.text)) >= 2


def _words(text: str) -> frozenset[str]:
    said = re.findall(r"[a-z]{3,}", text)
    return frozenset(stem(w) for w in said if not stop_word(w))


def likeness(case: Case, point: Point, question: Question) -> float:
    """How much of what a question names is the point's, each word by how few points have it."""
    own, share = matter_of(point), _shares(case.points)
    said = _words(question.text)
    score = sum(share[w] for w in said & own.stems)
    akin = {w for w in own.stems - said if kin_of(w) & said}
    score += 0.5 * min(sum(share[w] for w in akin), 1.0)
    if own.topic and own.topic in question.topics:
        score += 1.0
    if question.order and Slot.WHO_ORDERED in point.slots:
        score += 1.0 / sum(Slot.WHO_ORDERED in p.slots for p in case.points)
    return score


def _score(case: Case, point: Point, question: Question, slots: frozenset[Slot]) -> float:
    if slots and not slots & set(point.slots):
        return 0.0
    score = likeness(case, point, question)
    for slot in slots & set(point.slots) & set(_LONE):
        lone = sum(slot in p.slots for p in case.points) == 1
        elsewhere = question.event or _PERSON_PLACE.search(question.text)
        score += 0.5 if lone and not (slot in (Slot.WHEN, Slot.WHERE) and elsewhere) else 0.0
    return score


@lru_cache(maxsize=64)
def _shares(points: tuple[Point, ...]) -> dict[str, float]:
    """What a word tells: 1 when one point alone has it, 1/2 when two do."""
    count: Counter[str] = Counter()
    for point in points:
        count.update(matter_of(point).stems)
    return {word: 1 / n for word, n in count.items()}
