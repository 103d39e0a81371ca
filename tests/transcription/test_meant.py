"""Which point a talk is about by what both mean: vectors, sums, what they are for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy
import pytest

from transcription.comparison import meant, sense
from transcription.comparison.en import tie as tie_en
from transcription.comparison.model import Case, Exchange, Point, Role, Slot, Turn
from transcription.comparison.net_shape import Said
from transcription.comparison.parts import Names
from transcription.comparison.sense import KEPT_MAX, TALK, WIDE, sense_of, vectors
from transcription.comparison.topic import topic_of
from transcription.comparison.warm import warm
from transcription.comparison.zh import tie as tie_zh

DATA = Path(__file__).with_name("data")
DAY = date(2026, 5, 3)
POINTS = (
    Point("P1", "核实锅炉点火由谁安排", topic="arrange", slots=(Slot.WHO_ORDERED, Slot.TO_WHOM)),
    Point("P2", "核实事故发生的时间", slots=(Slot.WHEN,)),
    Point("P3", "核实有没有佩戴安全带", topic="ppe", slots=(Slot.WHETHER,)),
    Point("P4", "核实救援人员有几人", slots=(Slot.HOW_MANY,)),
)
CASE = Case("c", DAY, (), (), (), POINTS)


def test_vectors_are_of_length_one_and_nothing_is_all_zeros() -> None:
    found = vectors(("谁让你点的炉子", "", "  "))
    assert found.shape == (3, WIDE)
    assert float(numpy.linalg.norm(found[0])) == pytest.approx(1, abs=1e-3)
    assert not found[1:].any()


def test_what_means_alike_is_nearer_than_what_only_shares_characters() -> None:
    asked, same, other = vectors(("谁喊你把炉子烧起来的", "锅炉点火由谁安排", "谁喊救护车"))
    assert asked @ same > 0.3
    boiler, ladder = vectors(("who lit the furnace", "who fetched the ladder"))
    assert vectors(("who started the boiler up",))[0] @ boiler > (
        vectors(("who started the boiler up",))[0] @ ladder
    )
    assert asked @ other < 1


def test_kept_texts_are_bounded() -> None:
    for start in range(0, KEPT_MAX + 600, 200):
        vectors([f"{n}" for n in range(start, start + 200)])
    assert len(sense._kept) <= KEPT_MAX


@pytest.mark.parametrize("text", ["", "？？？", "<script>" * 40, "啊" * 5000, "\x00\ue000谁", "🙂"])
def test_hostile_texts_have_a_meaning_too(text: str) -> None:
    found = sense_of([text, "核实时间"], (Said(text, True), Said(text, False)))
    assert found.talk.shape == (TALK, WIDE)
    assert numpy.isfinite(found.talk).all()
    assert numpy.isfinite(found.points).all()


def test_a_warm_engine_has_it_all() -> None:
    caches = (sense._encoder, tie_zh.stored, tie_en.stored)
    for cache in caches:
        cache.cache_clear()
    sense._kept.clear()
    tie_zh._kept.clear()
    tie_en._kept.clear()
    warm()
    assert [cache.cache_info().currsize for cache in caches] == [1, 1, 1]


def test_a_point_is_nearer_by_itself_and_beside_the_others() -> None:
    said = (Said("谁让你点的炉子", True), Said("老庞", False))
    found = meant.alike(sense_of([point.text for point in POINTS], said))
    assert found.shape == (len(POINTS), 2 * TALK)
    assert found[0, 0] == found[:, 0].max()
    assert numpy.abs(found[:, TALK:].sum(axis=0)).max() < 1e-3


@pytest.mark.parametrize(
    ("question", "answer", "point"),
    [
        ("炉子是哪个喊你烧起来的", "老庞喊的", "P1"),
        ("腰上那根绳扣了没", "扣了", "P3"),
        ("下去救的一共几个", "三个", "P4"),
        ("你家里几口人", "五口", ""),
    ],
)
def test_questions_in_other_words_name_their_point(question: str, answer: str, point: str) -> None:
    turns = (
        Turn("0", Role.QUESTION, question, 0, 1, ""),
        Turn("1", Role.ANSWER, answer, 1, 2, ""),
    )
    topic = topic_of(Exchange("A", "某", DAY, "zh", turns), CASE, Names(CASE))
    assert (topic.asked.id if topic.asked else "") == point
