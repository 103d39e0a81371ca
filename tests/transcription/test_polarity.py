"""Was it so or not: answers of every kind, written for these tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcription.comparison.model import Certainty, Point, Slot
from transcription.comparison.training import whether
from transcription.comparison.zh.polarity import CLASSES, polarity

GAS = Point("g", "核实进罐前有没有检测气体", slots=(Slot.WHETHER,))
BELT = Point("b", "核实安全带佩戴情况", slots=(Slot.WHETHER,))
PERMIT = Point("p", "核实有没有办动火作业票", slots=(Slot.WHETHER,))
WATCH = Point("w", "核实现场监护", slots=(Slot.WHETHER, Slot.WHO_DID))


@pytest.mark.parametrize(
    ("point", "question", "answer"),
    [
        (GAS, "进罐前测过气没有？", "测了，老周拿仪器测的，我在旁边看着。"),
        (GAS, "气体检测做了吗", "怎么可能不测 不测谁敢往里钻"),
        (BELT, "系安全带了吗？", "系着呢，扣在横梁上。"),
        (PERMIT, "作业票呢？", "票头天就办妥了，三个人都签了字。"),
        (PERMIT, "没办票吧？", "不是，办了。"),
        (WATCH, "现场有人监护吗？", "有，老周一直在池口守着。"),
    ],
)
def test_it_was_so(point: Point, question: str, answer: str) -> None:
    found = polarity(question, answer, point)
    assert found.said
    assert found.yes is True
    assert found.certainty is Certainty.FLAT


@pytest.mark.parametrize(
    ("point", "question", "answer"),
    [
        (GAS, "进罐前测过气没有？", "没测，仪器没电了，搁车里没拿下来。"),
        (GAS, "气体检测做了吗", "测什么呀 掀开盖子就下去了"),
        (BELT, "系安全带了吗？", "带子在墙上挂着，没往身上系。"),
        (PERMIT, "作业票呢？", "哪有票，都是干完了再补。"),
        (PERMIT, "没办票吧？", "对。"),
        (PERMIT, "那就是没办？", "没办。"),
        (WATCH, "现场有人监护吗？", "一个人影都没有。"),
    ],
)
def test_it_was_not_so(point: Point, question: str, answer: str) -> None:
    found = polarity(question, answer, point)
    assert found.said
    assert found.yes is False
    assert found.certainty is Certainty.FLAT


@pytest.mark.parametrize(
    ("point", "question", "answer"),
    [
        (GAS, "进罐前测过气没有？", "我去得晚，测没测我不知道。"),
        (BELT, "他系安全带了吗？", "天黑，我没看清他身上有没有带子。"),
        (PERMIT, "作业票办了没有？", "这事不归我管，你得问安全员。"),
    ],
)
def test_who_does_not_know_says_neither(point: Point, question: str, answer: str) -> None:
    found = polarity(question, answer, point)
    assert found.said
    assert found.yes is None
    assert found.certainty is Certainty.UNKNOWN


def test_a_hedge_is_kept() -> None:
    found = polarity("作业票办了没有？", "好像办了吧，我没见着。", PERMIT)
    assert found.certainty is not Certainty.FLAT


def test_talk_about_something_else_says_nothing() -> None:
    assert not polarity("你老家是哪里的？", "河南的，出来七八年了。", PERMIT).said
    assert not polarity("你一个月挣多少？", "五千来块，管吃住。", GAS).said


def test_the_quote_is_part_of_the_answer() -> None:
    answer = "那天下雨，地上滑，安全带我没系，嫌麻烦。"
    found = polarity("系安全带了吗？", answer, BELT)
    assert "没系" in answer[slice(*found.span)]


@given(st.text(max_size=600), st.text(max_size=600))
def test_any_text_is_read(question: str, answer: str) -> None:
    found = polarity(question, answer, PERMIT)
    assert 0 <= found.span[0] <= found.span[1] <= max(len(answer), 1)


def test_training_answers_are_well_formed() -> None:
    rows = whether.answers(Path(whether.__file__).with_name("whether_answers.txt"))
    assert {label for label, _ in rows} == set(CLASSES)
    assert len({text for _, text in rows}) > 1000
