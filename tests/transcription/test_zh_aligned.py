"""Answers to free questions, read for the point that the question was tied to (``zh/align.py``)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.transcription.lift_case import CASE
from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import (
    Certainty,
    Exchange,
    Fact,
    Role,
    Slot,
    Turn,
    Whether,
    Who,
)
from transcription.comparison.parts import Names, read

LEXICON = Lexicon(CASE)
NAMES = Names(CASE)


def facts(point: str, slot: Slot, speaker: str, *said: str) -> list[Fact]:
    turns = tuple(
        Turn(f"t{n}", Role.QUESTION if n % 2 == 0 else Role.ANSWER, text, n, n + 1, "")
        for n, text in enumerate(said)
    )
    exchange = Exchange("A", speaker, date(2026, 5, 13), "zh", turns)
    asked = next(p for p in CASE.points if p.id == point)
    return [f for f in read(exchange, CASE, NAMES, asked) if f.slot is slot]


def short(found: list[Fact]) -> str:
    if not found:
        return ""
    fact = found[-1]
    mark = "~" if fact.certainty is Certainty.HEDGED else ""
    if fact.value is None:
        return "?"
    if isinstance(fact.value, Whether):
        return mark + ("yes" if fact.value.yes else "no")
    assert isinstance(fact.value, Who)
    if fact.value.nobody:
        return mark + "nobody"
    return (
        mark
        + "+".join(sorted(fact.value.people))
        + "".join(f"-{one}" for one in sorted(fact.value.denied))
    )


ME, QI, CHU = "仝小满", "祁长河", "褚经理"


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("机器谁开的？", "老祁按的按钮，我在上头听见响了。", QI),
        ("谁把曳引机开起来的？", "我推的闸。", ME),
        ("哪个启动的机器", "班长自己按的 我那时候在底坑捡扳手", QI),
        ("机器是谁给开起来的", "褚总按的 老祁当时还在路上", CHU),
        ("曳引机谁开的", "不是我，是老祁。", f"{QI}-{ME}"),
        ("曳引机谁开的", "还不是老祁，别人哪有钥匙。", QI),
        ("谁把机器开起来的", "没人开，它自己转起来的。", "nobody"),
        ("机器谁开的？", "我那天腰疼，一直躺着。", ""),
        ("机器谁开的？", "我是管仓库的，这个你问老祁。", "?"),
        ("机器谁开的？", "谁开的我没看见。", "?"),
    ],
)
def test_who_did_it(question: str, answer: str, value: str) -> None:
    assert short(facts("P10", Slot.WHO_DID, ME, question, answer)) == value


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("电断了没有？", "断了断了，不断电谁敢动。", "yes"),
        ("干活之前闸拉了吗", "拉啥闸呀，灯都亮着。", "no"),
        ("牌子挂了伐", "挂也没挂。", "no"),
        ("换绳之前断电了吧", "没断，机房一直有电。", "no"),
        ("断电挂牌做了没得", "做了的，我亲手挂的牌。", "yes"),
        ("断电了吗", "哪有断，一直在转。", "no"),
        ("电断了没有", "我不在机房，断没断不晓得。", "?"),
        ("断电了吗", "我们公司年年评先进。", ""),
        ("电断了没有", "断什么电呀，哪个有空去断。", "no"),
        ("牌子挂了没有", "挂了两块，机房一块底坑一块。", "yes"),
    ],
)
def test_whether(question: str, answer: str, value: str) -> None:
    assert short(facts("P5", Slot.WHETHER, ME, question, answer)) == value


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("你当时身上穿的什么？", "工作服，手套也戴了，就是安全带没系。", "no"),
        ("小满身上戴的啥", "帽子戴着呢，安全带系着呢。", "yes"),
        ("你身上穿的什么？", "就一件背心。", ""),
    ],
)
def test_what_was_worn(question: str, answer: str, value: str) -> None:
    assert short(facts("P6", Slot.WHETHER, ME, question, answer)) == value


@pytest.mark.parametrize(
    ("slot", "question", "answer", "value"),
    [
        (Slot.TO_WHOM, "褚总那句换绳子是对谁讲的？", "对我讲的，他说小满你上去换。", ME),
        (Slot.WHO_ORDERED, "褚总那句换绳子是对谁讲的？", "对我讲的，他说小满你上去换。", CHU),
        (Slot.TO_WHOM, "老祁是跟谁说的去换绳？", "跟小满说的，没跟别人说。", ME),
        (Slot.WHO_ORDERED, "你怎么上去的？", "老祁喊的嘛，他一喊我就上去了。", QI),
        (Slot.WHO_ORDERED, "谁让你去换的", "头天换灯那回？那是褚总叫的。", f"~{CHU}"),
        (Slot.WHO_ORDERED, "哪个叫你上去换绳子的", "没得哪个叫，我自己上去的。", "nobody"),
    ],
)
def test_orders(slot: Slot, question: str, answer: str, value: str) -> None:
    assert short(facts("P1", slot, ME, question, answer)) == value


def test_who_may_be_asked_in_another_turn() -> None:
    said = ("谁开的曳引机？", "电工那天休息……", "所以是谁？", "老祁开的。")
    assert short(facts("P10", Slot.WHO_DID, ME, *said)) == QI


def test_a_question_whether_somebody_did_names_nobody() -> None:
    assert short(facts("P5", Slot.WHO_DID, ME, "有人给你们断电吗？", "有啊。")) in ("", "?")
