"""Values of Chinese answers bound to the point: own event, other events, denials, lists."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import (
    Case,
    Certainty,
    Exchange,
    Fact,
    Point,
    Role,
    Slot,
    Term,
    Turn,
)
from transcription.comparison.values.bind_zh import read_values
from transcription.comparison.values.naming import same_name
from transcription.comparison.values.showing import show
from transcription.comparison.zh.heard import Heard

POINTS = {
    "when": Point("P1", "核实吊装开始时间", topic="work", slots=(Slot.WHEN,)),
    "how_many": Point("P2", "核实吊装的人数", topic="work", slots=(Slot.HOW_MANY,)),
    "where": Point("P3", "核实吊装地点", topic="work", slots=(Slot.WHERE,)),
    "with_what": Point("P4", "核实吊装用的设备", topic="work", slots=(Slot.WITH_WHAT,)),
}
CASE = Case(
    "dock",
    date(2025, 9, 8),
    people=(Term("鲍国梁", ("鲍队长",)), Term("燕小飞", ("小飞",)), Term("阮文山", ("老阮",))),
    places=(Term("二号泊位", ("泊位",)), Term("堆场", ()), Term("门房", ())),
    equipment=(Term("门座吊", ("门吊",)), Term("叉车", ())),
    points=tuple(POINTS.values()),
)
LEXICON = Lexicon(CASE)


def read(slot: str, *turns: str) -> list[Fact]:
    """Turns begin with q or a."""
    exchange = Exchange(
        "A",
        "燕小飞",
        date(2025, 9, 10),
        "zh",
        tuple(
            Turn(f"t{n}", Role(text[0]), text[1:], n * 1_000_000, n * 1_000_000 + 900_000)
            for n, text in enumerate(turns)
        ),
    )
    return [f for f in read_values(Heard(exchange, CASE, LEXICON), POINTS[slot]) if f.slot == slot]


@pytest.mark.parametrize(
    ("slot", "question", "answer", "value"),
    [
        ("when", "几点开始吊的？", "我们六点到的码头，七点半开始吊的。", "07:30"),
        ("when", "啥时候吊的", "八点不对九点吊的", "09:00"),
        ("when", "下午几点开始吊装的？", "两点。", "14:00"),
        ("when", "几点吊的？", "平时都是八点，那天十点才吊的。", "09-08 10:00"),
        ("how_many", "几个人吊装？", "三个，不对，四个。", "4"),
        ("how_many", "几个人在吊装？", "我、老阮，还有两个临时工。", "4"),
        ("how_many", "几个人在吊装？", "就我跟开门吊的老阮，两个。", "2"),
        ("how_many", "多少人吊装", "不是五个是六个", "6"),
        ("how_many", "几个人吊的？", "除了我还有三个。", "4"),
        ("how_many", "几个人吊的？", "就我一个人。", "1"),
        ("how_many", "吊装有几个人？", "班上九个人，吊装的就三个。", "3"),
        ("where", "在哪儿吊装的？", "不在堆场，在二号泊位。", "二号泊位"),
        ("with_what", "用什么吊的？", "没用叉车，用门座吊吊的。", "门座吊"),
        ("with_what", "拿啥吊的", "门吊呗", "门座吊"),
    ],
)
def test_the_value_that_was_asked(slot: str, question: str, answer: str, value: str) -> None:
    facts = read(slot, f"q{question}", f"a{answer}")
    assert [show(f.value) for f in facts if f.event == ""] == [value]
    assert facts[0].certainty is Certainty.FLAT
    assert facts[0].text in answer


@pytest.mark.parametrize(
    ("slot", "question", "answer"),
    [
        ("when", "你平时几点上班？", "七点。"),
        ("when", "你在码头干了几年？", "五年。"),
        ("how_many", "你家几口人？", "四口人。"),
        ("where", "你家在哪儿？", "在堆场后头。"),
    ],
)
def test_another_question_gives_nothing_on_the_point(slot: str, question: str, answer: str) -> None:
    assert [f for f in read(slot, f"q{question}", f"a{answer}") if f.event == ""] == []


def test_a_hedge_and_a_don_t_know_stay_with_the_value() -> None:
    (hedged,) = read("when", "q几点开始吊的？", "a好像是九点吧。")
    assert hedged.certainty is Certainty.HEDGED
    (unknown,) = read("when", "q几点开始吊的？", "a我没看表，不清楚。")
    assert (unknown.certainty, unknown.value) == (Certainty.UNKNOWN, None)


def test_a_time_by_its_sound_is_marked_as_repaired() -> None:
    [heard] = read("when", "q几点开始吊装的？", "a早上三点半开始吊的。")
    [by_sound] = read("when", "q几点开始吊装的？", "a早上三店半开始吊的。")
    assert show(by_sound.value) == show(heard.value)
    assert (heard.repaired, by_sound.repaired) == (False, True)


def test_the_answer_to_a_question_that_goes_on() -> None:
    facts = read("when", "q吊装几点开始的？", "a上午。", "q上午几点？", "a九点十分前后。")
    assert [show(f.value) for f in facts] == ["上午", "09:10"]


def test_a_pushed_prompt_decides_the_point() -> None:
    turns = (
        Turn("q", Role.QUESTION, "几点？", 0, 1, point="P1"),
        Turn("a", Role.ANSWER, "七点。", 2, 3, point="P1"),
    )
    exchange = Exchange("A", "燕小飞", date(2025, 9, 10), "zh", turns)
    assert [show(f.value) for f in read_values(Heard(exchange, CASE, LEXICON), POINTS["when"])] == [
        "07:00"
    ]
    assert read_values(Heard(exchange, CASE, LEXICON), POINTS["how_many"]) == []


_TALK = st.text(
    st.sampled_from("吊装几点开始的我你他不是在用三四个人九半多上下午，。？ 燕小飞二号泊位门吊"),
    max_size=50,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("qa"), st.one_of(_TALK, st.text(max_size=40))), max_size=4)
)
def test_no_talk_breaks_it(turns: list[tuple[str, str]]) -> None:
    for slot in POINTS:
        for fact in read(slot, *(role + text for role, text in turns)):
            show(fact.value)


def test_everybody_arrives_at_a_time_of_his_own() -> None:
    (fact,) = read("when", "q你几点到的码头？", "a六点半。")
    assert fact.event == "arrive:燕小飞"


def test_another_occasion_is_not_the_point_s() -> None:
    answer = "a前天那回啊，前天是早上八点吊的，跟这个不挨着。"
    assert read("when", "q几点开始吊装的？", answer.replace("前天", "大前天")) == []


def test_where_somebody_was_is_kept_apart_from_the_place_of_the_work() -> None:
    (fact,) = read("where", "q出事的时候你在哪里？", "a我在门房。")
    assert (fact.event, show(fact.value)) == ("at:燕小飞", "门房")
    (work,) = read("where", "q你是在哪里吊装的？", "a二号泊位。")
    assert work.event == ""


def test_a_list_with_each_person_counted_once() -> None:
    facts = read("how_many", "q几个人吊装？", "a俩。一个老阮，一个小飞。")
    assert [show(f.value) for f in facts] == ["2"]


def test_a_time_of_another_event_is_not_the_start() -> None:
    assert read("when", "q你们几点开始吊装？", "a出事是十点四十，忙了有一个多钟头了。") == []


@pytest.mark.parametrize(
    ("slot", "turns", "value"),
    [
        # nothing was done then, or something else went on
        ("when", ("q几点吊的？", "a七点我们还在卸车呢", "q那是几点？", "a八点半吊的"), "08:30"),
        (
            "when",
            ("q哪天吊的？", "a前天上午", "q不是昨天？", "a昨天没人吊，昨天检查"),
            "09-08 上午",
        ),
        ("when", ("q吊装时间？", "a九点整，票上记着的"), "09:00"),
        # out of use, closed, forbidden
        ("with_what", ("q用什么吊的？", "a叉车早就送修了，门座吊吊的"), "门座吊"),
        ("with_what", ("q用什么吊的？", "a规定不让用叉车，用的门座吊"), "门座吊"),
        (
            "where",
            ("q在哪儿吊装的？", "a堆场我早就封了", "q那在哪？", "a在二号泊位吊的"),
            "二号泊位",
        ),
        # brushed aside
        ("how_many", ("q几个人吊的？", "a就俩人，哪有什么四个五个的"), "2"),
    ],
)
def test_a_value_that_is_set_aside(slot: str, turns: tuple[str, ...], value: str) -> None:
    facts = [f for f in read(slot, *turns) if f.event == "" and f.value is not None]
    assert [show(f.value) for f in facts] == [value]


def test_a_tool_of_the_rescue_is_not_that_of_the_work() -> None:
    assert read("with_what", "q出事以后用什么救的？", "a用叉车顶的") == []


@pytest.mark.parametrize("said", ["林晨三点吊的", "凌晨三店半吊的"])
def test_a_time_written_by_its_sound(said: str) -> None:
    (fact,) = read("when", "q几点吊的？", f"a{said}")
    assert show(fact.value) in ("03:00", "03:30")
    assert fact.text in said


def test_where_the_speaker_was_is_not_where_another_was() -> None:
    (fact,) = read("where", "q出事的时候鲍国梁在哪？", "a我没看见他。我在门房呢")
    assert fact.certainty is Certainty.UNKNOWN
    (fact,) = read("where", "q吊装在哪里干的？", "a我在门房值班，看不到那边")
    assert fact.certainty is Certainty.UNKNOWN
    (fact,) = read("where", "q出事的时候鲍国梁在不在？", "a在啊，他就在堆场站着")
    assert (fact.event, show(fact.value)) == ("at:鲍国梁", "堆场")


def test_a_room_no_case_file_lists_is_a_place() -> None:
    (fact,) = read("where", "q出事的时候你在哪？", "a我啊，我在料房称料呢，听见响才跑过去的")
    assert show(fact.value) == "料房"


@pytest.mark.parametrize(
    ("slot", "question", "answer", "value"),
    [
        ("where", "门座吊支在哪里吊装的？", "支在堆场，门房那边进不去", "堆场"),
        ("where", "门座吊支在哪里吊装的？", "就停在堆场，泊位那么软怎么支得住", "堆场"),
        ("with_what", "货怎么吊装的？", "拿叉车慢慢弄上去的", "叉车"),
        ("how_many", "几个人吊装的？", "我搭徒弟，两家头", "2"),
        ("when", "吊装是谁干的？", "我干的，也就两点四十", "02:40"),
    ],
)
def test_said_beside_what_was_asked(slot: str, question: str, answer: str, value: str) -> None:
    (fact,) = read(slot, f"q{question}", f"a{answer}")
    assert (fact.certainty, value in show(fact.value)) == (Certainty.FLAT, True), show(fact.value)


def test_a_count_read_by_its_sound_is_marked() -> None:
    (fact,) = read("how_many", "q几个人吊装的？", "a也就三格人")
    assert (show(fact.value), fact.repaired) == ("3", True)


def test_a_tool_by_its_sound_with_a_word_too_many_is_the_same() -> None:
    assert same_name("钢千桶", "钢钎")
    assert not same_name("钢管架", "钢管")
