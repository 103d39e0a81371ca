"""The network that ties a question to a point: its twin in torch, its size, held-out figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

import pytest

from tests.transcription.twins import ties_as_torch
from transcription.comparison.model import Case, Exchange, Point, Role, Slot, Term, Turn
from transcription.comparison.parts import Names, read
from transcription.comparison.topic import topic_of
from transcription.comparison.training import exchanges
from transcription.comparison.training.examples import written
from transcription.comparison.training.net_figures import HELD_OUT
from transcription.comparison.zh import tie
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.tying import share_of, tied

DAY = date(2026, 5, 3)
POINTS = (
    Point("P1", "核实装卸由谁安排", topic="arrange", slots=(Slot.WHO_ORDERED, Slot.TO_WHOM)),
    Point("P2", "核实油桶倒塌的时间", slots=(Slot.WHEN,)),
    Point("P3", "核实油桶倒塌的位置", slots=(Slot.WHERE,)),
    Point("P4", "核实叉车由谁驾驶", slots=(Slot.WHO_DID,)),
    Point("P5", "核实有没有戴安全帽", topic="ppe", slots=(Slot.WHETHER,)),
)
CASE = Case("c", DAY, (Term("马三", ("老马",)), Term("丁四", ())), (), (), POINTS)
NAMES = Names(CASE)


def exchange(*said: str, point: str = "") -> Exchange:
    turns = tuple(
        Turn(str(at), Role.ANSWER if at % 2 else Role.QUESTION, text, at, at + 1, point)
        for at, text in enumerate(said)
    )
    return Exchange("A", "丁四", DAY, "zh", turns)


def test_numpy_gives_what_torch_gave() -> None:
    ties_as_torch(tie.stored(), "tie_expected.json")


def test_the_weights_are_small() -> None:
    assert tie.WEIGHTS.stat().st_size < 1_000_000


@lru_cache(maxsize=1)
def held_out() -> tuple[int, int, int]:
    """Exchanges of unlearnt files, those tied surely to their point, those to another one."""
    asked = right = wrong = 0
    for name in HELD_OUT:
        some = list(written(exchanges.FOLDER / f"{name}.txt"))
        points = {one.point.text: one.point for one in some}
        texts = list(points)
        for at in range(0, len(texts), 8):
            window = texts[at : at + 8]
            group = [one for one in some if one.point.text in window]
            case = replace(
                exchanges.case_of(group),
                points=tuple(replace(points[w], id=w) for w in window),
            )
            names = Names(case)
            for one in group:
                if one.whole == "off":
                    continue
                turns = tuple(
                    Turn(str(n), Role.QUESTION if who == "q" else Role.ANSWER, text, n, n + 1)
                    for n, (who, text) in enumerate(one.turns)
                )
                heard = Heard(Exchange("A", "说话人", DAY, "zh", turns), case, names)
                last = max(n for n, (who, _) in enumerate(one.turns) if who == "q")
                found = tied(heard, last)
                asked += 1
                if found.point is not None and found.sure:
                    right += found.point.id == one.point.text
                    wrong += found.point.id != one.point.text
    return asked, right, wrong


def test_files_never_trained_on_are_tied_as_well_as_reported() -> None:
    asked, right, wrong = held_out()
    assert asked > 200
    assert right / asked >= 0.55
    assert right / (right + wrong) >= 0.9


@pytest.mark.parametrize(
    ("question", "answer", "point"),
    [
        ("桶是几点倒的", "两点多", "P2"),
        ("那会儿谁开的叉车", "老马开的", "P4"),
        ("你头上戴帽子了没有", "戴了", "P5"),
        ("你家住哪", "东关", ""),
    ],
)
def test_free_questions_name_their_point(question: str, answer: str, point: str) -> None:
    topic = topic_of(exchange(question, answer), CASE, NAMES)
    assert (topic.asked.id if topic.asked else "") == point


def test_a_prompt_is_never_guessed_again() -> None:
    asked = exchange("桶是几点倒的", "两点多", point="P3")
    topic = topic_of(asked, CASE, NAMES)
    assert topic.asked is not None
    assert topic.asked.id == "P3"
    assert share_of(Heard(asked, CASE, NAMES), 1, POINTS[2]) == 1.0


def test_the_same_talk_gives_the_same_shares_and_they_add_up() -> None:
    talk = exchange("东西后来怎么样了", "唉别提了")
    found = [[share_of(Heard(talk, CASE, NAMES), 1, point) for point in POINTS] for _ in range(2)]
    assert found[0] == found[1]
    assert sum(found[0]) <= 1.0 or 1.0 in found[0]


def test_an_answer_to_another_question_gives_no_fact() -> None:
    talk = exchange("你家里几口人", "五口")
    assert [fact for point in POINTS for fact in read(talk, CASE, NAMES, point)] == []


@pytest.mark.parametrize("text", ["", "？？？", "<script>" * 20, "啊" * 800, "\x00\ue000谁"])
def test_hostile_text_ties_nothing_and_breaks_nothing(text: str) -> None:
    talk = exchange(text, text)
    assert tied(Heard(talk, CASE, NAMES), 0).sure is False


def test_a_case_without_points_ties_nothing() -> None:
    empty = replace(CASE, points=())
    assert tied(Heard(exchange("几点", "三点"), empty, Names(empty)), 0).point is None
