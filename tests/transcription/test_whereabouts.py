"""Where somebody was, and what is no answer to a point: papers, other times, other acts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from transcription.comparison.case_file import case_from_json
from transcription.comparison.model import (
    Certainty,
    Exchange,
    Fact,
    Number,
    Role,
    Slot,
    Thing,
    Turn,
    When,
    Who,
)
from transcription.comparison.parts import Names, read

CASE = case_from_json(
    {
        "id": "rolling",
        "incident_date": "2026-04-02",
        "people": [
            {"id": "范立新", "aliases": ["老范", "范班长"]},
            {"id": "苗小军", "aliases": ["小苗", "军子"]},
            {"id": "焦玉梅", "aliases": ["焦姐", "焦主任"]},
        ],
        "places": [
            {"id": "操作台", "aliases": ["操作室"]},
            {"id": "冷床", "aliases": []},
            {"id": "一号炉", "aliases": ["一号"]},
            {"id": "二号炉", "aliases": ["二号"]},
        ],
        "equipment": [{"id": "辊道", "aliases": []}],
        "points": [
            {"id": "P1", "text": "核实卡钢时范立新在哪里", "topic": "presence", "slots": ["where"]},
            {"id": "P2", "text": "核实检修开始时间", "topic": "work", "slots": ["when"]},
            {"id": "P3", "text": "核实当时冷床上有几个人", "topic": "work", "slots": ["how_many"]},
            {
                "id": "P4",
                "text": "核实谁安排处理卡钢",
                "topic": "arrange",
                "slots": ["who_ordered", "to_whom"],
            },
            {"id": "P5", "text": "核实谁报告的", "topic": "report", "slots": ["who_did"]},
            {"id": "P6", "text": "核实在几号炉检修", "topic": "work", "slots": ["where"]},
        ],
    }
)


def facts(point: str, speaker: str, *turns: str) -> list[Fact]:
    """Facts of a talk, questions and answers in turn, about one point."""
    roles = (Role.QUESTION, Role.ANSWER)
    made = tuple(
        Turn(f"t{at}", roles[at % 2], text, at * 5_000_000, at * 5_000_000 + 4_000_000)
        for at, text in enumerate(turns)
    )
    exchange = Exchange("r1", speaker, date(2026, 4, 3), "zh", made, session="s")
    about = next(one for one in CASE.points if one.id == point)
    return read(exchange, CASE, Names(CASE), about)


def places(found: list[Fact]) -> tuple[set[str], set[str]]:
    """Where he was, and where he was not."""
    things = [one.value for one in found if isinstance(one.value, Thing)]
    return (
        {name for thing in things for name in thing.names},
        {name for thing in things for name in thing.denied},
    )


@pytest.mark.parametrize(
    ("speaker", "turns", "at"),
    [
        ("范立新", ("卡钢的时候你在哪？", "操作室里头，喝水呢。"), {"操作台"}),
        ("苗小军", ("卡住那一下老范在哪？", "就在冷床边上站着。"), {"冷床"}),
        (
            "苗小军",
            ("卡住那一下老范在哪？", "这个不好讲。", "照实说。", "他在操作室躺着。"),
            {"操作台"},
        ),
        ("苗小军", ("你看见范班长了吗？", "看见了，他在冷床上头。"), {"冷床"}),
        ("范立新", ("卡钢的时候你在哪？", "库里。找备件去了。"), {"库"}),
        # asked for by whom somebody saw, what he did, who was there
        ("苗小军", ("卡钢的时候你旁边有谁", "范班长噻 就在冷床上头 跟我脸对脸"), {"冷床"}),
        ("苗小军", ("卡住那一下你周围都有什么人？", "就老范一个，我俩都在冷床上。"), {"冷床"}),
        ("苗小军", ("那时候操作室里有谁", "就我一个老范人在冷床上头"), {"冷床"}),
        ("焦玉梅", ("老范卡钢那会儿在做什么", "他在操作室打电话跟人吵架呢"), {"操作台"}),
        ("焦玉梅", ("卡钢那一刻 范班长在你视线里吗", "就坐我操作室里头呀"), {"操作台"}),
        ("焦玉梅", ("你看得清底下吗", "看得清", "那老范呢", "卡的时候他就杵在冷床边上"), {"冷床"}),
        ("范立新", ("小苗喊出声的那一刻你人在哪里", "操作室嘛正喝水呢"), {"操作台"}),
        ("范立新", ("卡钢那会儿你在什么地方", "我在操作室跟小苗一道看表"), {"操作台"}),
    ],
)
def test_a_place_is_read_where_nothing_but_it_is_said(
    speaker: str, turns: tuple[str, ...], at: set[str]
) -> None:
    assert places(facts("P1", speaker, *turns))[0] == at


def test_what_came_after_leaves_what_was_said_of_the_moment() -> None:
    found = facts(
        "P1", "范立新", "卡钢的时候你在哪？", "昨天卡的时候我在操作室，出事以后我去了冷床。"
    )
    assert places(found)[0] == {"操作台"}


def test_a_place_the_case_file_does_not_list_is_never_red() -> None:
    [fact] = facts("P1", "范立新", "卡钢的时候你在哪？", "库里。找备件去了。")
    assert fact.certainty is Certainty.HEDGED


def test_where_he_was_not() -> None:
    found = facts("P1", "焦玉梅", "卡钢那一下老范在哪？", "在操作室，冷床上没他。")
    assert places(found) == ({"操作台"}, {"冷床"})


@pytest.mark.parametrize(
    "turns",
    [
        ("早上班前会你在哪？", "在操作室。"),
        ("后来你去哪了？", "我在操作室写材料。"),
        ("卡钢的时候小苗在哪？", "在操作室。"),
        ("卡钢的时候你在哪？", "出事以后我在操作室。"),
        ("事故当天上午你在哪里？", "上午一直在操作室开会。"),
        ("当天中午你在什么位置？", "晌午我在操作室煮面。"),
    ],
)
def test_another_time_or_another_person_says_nothing(turns: tuple[str, ...]) -> None:
    assert facts("P1", "范立新", *turns) == []


def test_seen_that_day_at_another_hour_says_nothing_of_the_moment() -> None:
    said = "见过 天刚亮 他在操作室门口跟人吵架"
    assert facts("P1", "苗小军", "那天你见到过范班长吗", said) == []
    said = "见过 卡钢那一下他在操作室门口"
    assert places(facts("P1", "苗小军", "那天你见到过范班长吗", said))[0] == {"操作台"}


def test_yes_he_was_there_stands_for_the_place_said_before() -> None:
    found = facts(
        "P1",
        "焦玉梅",
        "老范来过你这儿吗？",
        "来啦，坐我操作室里喝茶哩。",
        "卡钢时他在吗？",
        "在，水洒一身。",
    )
    assert places(found[-1:]) == ({"操作台"}, set())
    assert found[-1].text.startswith("在")


def test_the_place_of_the_speaker_is_not_that_of_another() -> None:
    said = "没注意，我在操作室跟小苗看表。"
    assert facts("P1", "焦玉梅", "卡钢那会儿老范在哪？", said) == []


def test_when_it_ended_is_not_when_it_began() -> None:
    found = facts(
        "P2",
        "苗小军",
        "检修几点开始的？",
        "下午两点开始的。",
        "修到几点？",
        "五点多吧，中间停了一回。",
    )
    mine = [one.value for one in found if one.slot is Slot.WHEN and not one.event]
    assert [value.low for value in mine if isinstance(value, When)] == [825]


def test_what_was_planned_is_no_time() -> None:
    found = facts("P2", "苗小军", "检修几点开始的？", "计划是上午九点，批的就是九点。")
    assert [one for one in found if one.certainty is Certainty.FLAT] == []


def test_what_was_so_is_asked_behind_the_plan() -> None:
    found = facts(
        "P2",
        "苗小军",
        "检修安排在什么时候？",
        "计划是上午九点。",
        "实际呢？",
        "实际下午两点才开始。",
    )
    mine = [one.value for one in found if one.slot is Slot.WHEN]
    assert [value.low for value in mine if isinstance(value, When)] == [825]


@pytest.mark.parametrize(
    "question", ["登记本上写的呢？", "你们一共几座加热炉？", "车间里一共几台行车？"]
)
def test_papers_and_other_things_are_not_counted(question: str) -> None:
    found = facts("P3", "焦玉梅", "冷床上几个人？", "三个人。", question, "两个。")
    numbers = [one.value.low for one in found if isinstance(one.value, Number)]
    assert numbers == [3.0]


def test_who_was_told_to_send_another_was_not_sent() -> None:
    found = facts("P4", "焦玉梅", "处理卡钢你安排的谁？", "我让老范叫军子去处理的。")
    sent = [
        one.value.people for one in found if one.slot is Slot.TO_WHOM and isinstance(one.value, Who)
    ]
    assert sent
    assert all("范立新" not in people for people in sent)


@pytest.mark.parametrize(
    "turns",
    [
        ("谁报告的？", "该我报的。"),
        ("后来谁送你去的医院？", "小苗开的车。"),
    ],
)
def test_what_should_have_been_and_other_acts_were_not_done(turns: tuple[str, ...]) -> None:
    found = facts("P5", "范立新", *turns)
    assert [one for one in found if one.certainty is Certainty.FLAT] == []


def test_his_master_is_somebody_else() -> None:
    found = facts("P5", "焦玉梅", "谁报告的？", "军子的师父报的。")
    people = {name for one in found if isinstance(one.value, Who) for name in one.value.people}
    assert "苗小军" not in people


def test_which_number_asks_for_a_place() -> None:
    assert places(facts("P6", "苗小军", "几号炉？", "二号炉。"))[0] == {"二号炉"}
    seen = facts("P6", "苗小军", "在几号炉检修的？", "在一号炉，我在操作室看得见。")
    assert places(seen)[0] == {"一号炉"}


def test_nothing_said_is_nothing(capsys: Any) -> None:
    for point in CASE.points:
        assert facts(point.id, "苗小军", "你讲讲。", "") == []
