"""What is taken back, said twice, or of another thing. Sentences of the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from transcription.comparison.case_file import case_from_json
from transcription.comparison.model import (
    Certainty,
    Exchange,
    Fact,
    Role,
    Thing,
    Turn,
    When,
    Whether,
    Who,
)
from transcription.comparison.parts import Names, read
from transcription.comparison.zh.clauses import clauses, is_hedged_at
from transcription.comparison.zh.whose import of_another_thing

CASE = case_from_json(
    {
        "id": "mill",
        "incident_date": "2026-03-22",
        "people": [
            {"id": "钱有福", "aliases": ["老钱", "钱班长"]},
            {"id": "沈小满", "aliases": ["小满"]},
            {"id": "鲁大山", "aliases": ["老鲁"]},
        ],
        "places": [
            {"id": "磨头", "aliases": []},
            {"id": "磨尾", "aliases": []},
            {"id": "值班室", "aliases": []},
        ],
        "equipment": [
            {"id": "二号磨", "aliases": ["二号机"]},
            {"id": "撬棍", "aliases": []},
            {"id": "风镐", "aliases": []},
            {"id": "蒸汽阀", "aliases": []},
            {"id": "升降车", "aliases": []},
        ],
        "points": [
            {"id": "P1", "text": "核实清磨由谁安排", "topic": "arrange",
             "slots": ["who_ordered", "to_whom"]},
            {"id": "P2", "text": "核实什么时候开始清磨", "topic": "work", "slots": ["when"]},
            {"id": "P3", "text": "核实清磨时有几个人", "topic": "work", "slots": ["how_many"]},
            {"id": "P4", "text": "核实清磨前二号磨有没有断电", "topic": "power_off",
             "slots": ["whether", "who_did"]},
            {"id": "P5", "text": "核实用什么工具清磨", "topic": "work", "slots": ["with_what"]},
            {"id": "P6", "text": "核实沈小满在哪个位置清磨", "topic": "work", "slots": ["where"]},
            {"id": "P7", "text": "核实出事时老鲁在哪里", "topic": "presence", "slots": ["where"]},
            {"id": "P8", "text": "核实203釜什么时候投料", "topic": "work", "slots": ["when"]},
        ],
    }
)  # fmt: skip


def facts(point: str, speaker: str, *said: str) -> list[Fact]:
    """Facts of a talk, questions and answers in turn, about one point."""
    turns = tuple(
        Turn(
            f"t{at}", (Role.QUESTION, Role.ANSWER)[at % 2], text, at * 1_000_000, at * 1_000_000 + 1
        )
        for at, text in enumerate(said)
    )
    exchange = Exchange("room1", speaker, date(2026, 3, 25), "zh", turns)
    wanted = next(p for p in CASE.points if p.id == point)
    slot = wanted.slots[0]
    return [fact for fact in read(exchange, CASE, Names(CASE), wanted) if fact.slot is slot]


@pytest.mark.parametrize(
    ("said", "withdrawn"),
    [
        ("早上八点，不，七点", ["早上八点"]),
        ("老钱，不是，老钱在等着，小满断的", ["老钱"]),
        ("老钱，呃，对不起我看串行了，是小满", ["老钱"]),
        ("四个等一下让我想想不止是五个", ["四个"]),
        ("磨头不对磨头是早一点在磨尾", ["磨头"]),
        ("三个人，没有别的人", []),
    ],
)
def test_what_is_corrected_is_taken_back(said: str, withdrawn: list[str]) -> None:
    assert [one.text for one in clauses(said) if one.withdrawn] == withdrawn


def test_a_time_corrected_is_the_second_one() -> None:
    found = facts("P2", "沈小满", "清磨几点开始的？", "早上八点，不，七点。")
    assert [
        f.value.low <= 7 * 60 <= f.value.high < 8 * 60 for f in found if isinstance(f.value, When)
    ] == [True]


def test_a_denial_said_twice_is_one() -> None:
    found = facts("P4", "老钱", "清磨前二号磨断电了吗", "没断从头到尾没断我盯着电流表")
    assert [(f.value, f.certainty) for f in found] == [(Whether(False), Certainty.FLAT)]


def test_a_machine_by_its_number_is_no_day() -> None:
    found = facts("P2", "沈小满", "22号你几点上的二号磨清磨？", "下午四点半。")
    assert [f.value.day for f in found if isinstance(f.value, When)] == [date(2026, 3, 22)]


def test_another_of_its_kind_by_number_says_nothing() -> None:
    asked = "你那天投了几釜，什么时候投的？"
    assert facts("P8", "沈小满", asked, "201是九点半投的。") == []
    assert facts("P8", "沈小满", asked, "203是九点半投的。") != []


def test_how_many_machines_are_no_other_machine() -> None:
    case, point = CASE, next(p for p in CASE.points if p.id == "P4")
    assert of_another_thing("十一号磨的二号车", case, replace(point, text="核实十一号车断电"))
    assert not of_another_thing("11号车断的", case, replace(point, text="核实十一号车断电"))
    assert not of_another_thing("拉了3车料", case, replace(point, text="核实二号车断电"))


def test_a_yes_to_whether_it_was_checked_is_of_the_check() -> None:
    said = facts("P4", "老钱", "断电情况你们核实过没有", "核实过，开关一直合着，没断。")
    assert Whether(True) not in [f.value for f in said if f.certainty is Certainty.FLAT]


def test_where_somebody_did_it_is_read_like_any_place() -> None:
    found = facts("P6", "老钱", "沈小满在磨的哪一头清？", "磨尾。")
    assert [f.value for f in found] == [Thing(frozenset({"磨尾"}))]


def test_the_way_there_is_no_place() -> None:
    found = facts("P6", "老钱", "沈小满在哪里清磨", "磨尾那边，我从磨头走过去的，磨头空荡荡的")
    assert [f.value for f in found] == [Thing(frozenset({"磨尾"}), frozenset({"磨头"}))]


def test_who_was_seen_at_another_hour_is_not_placed() -> None:
    assert facts("P7", "沈小满", "那天你见过鲁大山吗", "早上交班那会儿见过他在值班室抽烟") == []


def test_what_it_was_like_is_no_tool() -> None:
    found = facts("P5", "沈小满", "用什么清的磨？", "撬棍，跟开升降车似的一点点往上拱。")
    assert [f.value.names for f in found if isinstance(f.value, Thing)] == [frozenset({"撬棍"})]


def test_nobody_left_is_no_question() -> None:
    assert [one.asking for one in clauses("没谁了就我俩")] == [False]
    assert [one.asking for one in clauses("还有谁呢")] == [True]


def test_an_order_for_another_machine_denies_nothing() -> None:
    asked = "你给沈小满派过什么活"
    assert facts("P1", "钱有福", asked, "我没叫他去开蒸汽阀") == []


def test_nobody_but_him() -> None:
    found = facts("P1", "沈小满", "清磨是谁安排的", "除了老钱没人发过话")
    assert [f.value for f in found] == [Who(frozenset({"钱有福"}))]


def test_a_hedge_further_on_is_of_something_else() -> None:
    said = "我在值班室里码筐子他喊了一嗓子听说夹了人"
    assert not is_hedged_at(said, 2, 5)
    assert is_hedged_at("好像在值班室", 3, 6)
    assert is_hedged_at("在值班室吧好像", 1, 4)
