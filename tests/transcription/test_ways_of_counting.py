"""When, how many and with what, said in passing: by the list, by the hour, with bare hands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from transcription.comparison.case_file import case_from_json
from transcription.comparison.model import Certainty, Exchange, Fact, Role, Slot, Turn
from transcription.comparison.parts import Names, read, show

CASE = case_from_json(
    {
        "id": "silo",
        "incident_date": "2026-04-02",
        "people": [
            {"id": "贺长庚", "aliases": ["老贺", "贺班长"]},
            {"id": "鲍小峰", "aliases": ["小鲍"]},
            {"id": "岑淑兰", "aliases": ["岑姐"]},
        ],
        "places": [{"id": "提升塔", "aliases": ["塔上"]}],
        "equipment": [
            {"id": "铁锹", "aliases": ["锹"]},
            {"id": "吹管", "aliases": ["风管"]},
            {"id": "吊车", "aliases": []},
        ],
        "points": [
            {"id": "P1", "text": "核实什么时候开始掏灰", "topic": "work", "slots": ["when"]},
            {"id": "P2", "text": "核实当时塔上有几个人", "topic": "work", "slots": ["how_many"]},
            {"id": "P3", "text": "核实用什么掏的灰", "topic": "work", "slots": ["with_what"]},
        ],
    }
)


def facts(point: str, *turns: str, speaker: str = "岑淑兰") -> list[Fact]:
    """Facts of a talk, questions and answers in turn, about one point."""
    roles = (Role.QUESTION, Role.ANSWER)
    talk = tuple(
        Turn(f"t{at}", roles[at % 2], text, at * 10_000_000, at * 10_000_000 + 5_000_000)
        for at, text in enumerate(turns)
    )
    exchange = Exchange("A", speaker, date(2026, 4, 3), "zh", talk)
    asked = next(one for one in CASE.points if one.id == point)
    return read(exchange, CASE, Names(CASE), asked)


def said(slot: Slot, found: list[Fact]) -> list[tuple[str, Any]]:
    return [(show(f.value), f.certainty) for f in found if f.slot is slot and f.value is not None]


FLAT = Certainty.FLAT


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("塔上当时都有谁在？", "老贺、小鲍，再算上我，三口子挤在那儿。", "3"),
        ("塔上还有哪些人？", "我，老贺，还有推车的小鲍。", "3"),
        ("当时塔上有几个人？", "没得旁人，就我独个儿在上头。", "1"),
        ("塔上除了你还有几个？", "还有两个，老贺和小鲍。", "3"),
        ("当时塔上有几个人？", "四个，哦不，说岔了，五个。", "5"),
        ("当时塔上几个人", "两个哎数错了三个", "3"),
        ("当时塔上几个人", "我们班俩，就我跟老贺", "2"),
    ],
)
def test_people_are_counted_however_they_are_told(question: str, answer: str, value: str) -> None:
    assert said(Slot.HOW_MANY, facts("P2", question, answer)) == [(value, FLAT)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("当时塔上有几个人？", "我这个班一共九个人，个个有证。"),
        ("塔上规定最多能站几个人？", "最多三个。"),
        ("花名册上有多少人？", "十七个。"),
        ("塔下旁边围了多少人？", "二三十个看热闹的。"),
        ("当时塔上有几个人？", "鬼都没得一个。"),
    ],
)
def test_other_counts_are_no_answer(question: str, answer: str) -> None:
    assert not said(Slot.HOW_MANY, facts("P2", question, answer))


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("小鲍什么时候开始掏的灰，你看见没有？", "下午三点，我正好路过。", "15:00"),
        ("几点动的手你知道不", "三点一刻，记得清清楚楚。", "03:15"),
        ("灰是什么时候开始掏的？", "夜儿个晌午头。", "04-02 中午"),
        ("掏灰是几时开始的，老贺说一点二十？", "不对，两点半。", "02:30"),
        ("掏灰什么时候开始的？", "二号，三号那天我歇班。", "04-02"),
        ("你说说开始掏灰的时候。", "刚吃完晌午饭没一会儿，小鲍就动手了。", "11:30-15:00"),
        ("几点开始掏的灰？", "两点，不对不对，两点我还在食堂，两点半，两点半才动的。", "02:30"),
        ("开始掏灰的时间你那里有登记吗？", "登记的是三点一刻开始的。", "03:15"),
    ],
)
def test_times_are_read_as_they_are_said(question: str, answer: str, value: str) -> None:
    assert said(Slot.WHEN, facts("P1", question, answer)) == [(value, FLAT)]


def test_what_a_plan_says_is_not_when_it_was() -> None:
    for answer in ("方案里写的是上午九点。", "定在下午两点掏。"):
        assert not [
            c for _, c in said(Slot.WHEN, facts("P1", "什么时候开始掏的灰？", answer)) if c is FLAT
        ]


@pytest.mark.parametrize(
    ("question", "answer", "value"),
    [
        ("你手里拿的是什么？", "锹，木头把的。", "铁锹"),
        ("掏灰用到了什么？", "吹管，一根。", "吹管"),
        ("小鲍掏灰带的什么？", "铁锹。", "铁锹"),
        ("掏灰的时候手里有工具吗？", "啥也没拿，光着手掏的。", "手"),
        ("拿什么掏的灰？", "铁锹呗常年就在墙边靠着。", "铁锹"),
    ],
)
def test_tools_are_read_however_they_are_asked_for(question: str, answer: str, value: str) -> None:
    assert value in [v for v, _ in said(Slot.WITH_WHAT, facts("P3", question, answer))]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("用什么掏的灰？", "卸车那阵用的是吊车。"),
        ("抢险时用什么搬的钢管？", "吊车。"),
        ("用什么掏的灰？", "吹管，那是上个月的事了。"),
    ],
)
def test_what_another_act_was_done_with_is_no_answer(question: str, answer: str) -> None:
    assert not said(Slot.WITH_WHAT, facts("P3", question, answer))
