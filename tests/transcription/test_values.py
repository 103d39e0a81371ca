"""Times, numbers and names said in words, and whether two of them go together."""

from __future__ import annotations

from datetime import date
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcription.comparison.model import (
    Fit,
    Number,
    Slot,
    Thing,
    When,
    Whether,
    Who,
)
from transcription.comparison.values.fitting import fit
from transcription.comparison.values.found import find_numbers, find_times
from transcription.comparison.values.showing import show

SAID_ON = date(2025, 9, 10)  # a Wednesday
INCIDENT = date(2025, 9, 8)


def times(text: str, language: str = "zh", *, asked: bool = False) -> list[str]:
    return [show(f.value) for f in find_times(text, SAID_ON, INCIDENT, language, asked=asked)]


def numbers(text: str, language: str = "zh") -> list[str]:
    return [show(f.value) for f in find_numbers(text, language)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我们是七点开的机", "07:00"),
        ("七点半", "07:30"),
        ("六点来钟吧", "06:00"),
        ("四点多塌的", "04:xx"),
        ("也就七八点钟", "06:50-08:30"),
        ("差一刻六点", "05:45"),
        ("三点零八分", "03:08"),
        ("两点一刻左右", "02:15"),
        ("两点过一刻", "02:15"),
        ("十一点四十几分", "11:41-11:49"),
        ("22:40", "22:40"),
        ("二十一点五十", "21:50"),
        ("下午三点一刻", "15:15"),
        ("夜里十一点", "23:00"),
        ("中午十二点以前", "<12:05"),
        ("还没到五点", "03:30-05:05"),
        ("快六点了", "05:30-06:02"),
        ("晌午那会儿", "中午"),
        ("后半夜", "凌晨"),
        ("昨天上午八点", "09-09 08:00"),
        ("前儿下午", "09-08 下午"),
        ("8号", "09-08"),
        ("九月八号早上六点", "09-08 06:00"),
        ("上周三", "09-03"),
        ("头天", "09-07"),
        ("第二天上午", "09-09 上午"),
        ("三天前", "09-07"),
    ],
)
def test_times_said_in_chinese(text: str, shown: str) -> None:
    assert times(text) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "十来分钟", "干了三个小时", "一点都不知道", "有一点晕", "我说两点", "三号车间",
        "几点我忘了", "第一点是这样", "慢一点下来", "快点走", "二班的人", "幺二零打的",
    ],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    assert times(text) == []


def test_a_time_takes_day_and_half_of_the_day_from_before() -> None:
    assert times("昨天下午两点进的罐，待到四点半才出来") == ["09-09 14:00", "09-09 16:30"]


def test_without_morning_or_afternoon_both_readings_stand() -> None:
    (found,) = find_times("三点动的火", SAID_ON, INCIDENT, "zh")
    (late,) = find_times("下午三点动的火", SAID_ON, INCIDENT, "zh")
    (other,) = find_times("上午九点动的火", SAID_ON, INCIDENT, "zh")
    assert fit(Slot.WHEN, found.value, late.value) is Fit.COMPATIBLE
    assert fit(Slot.WHEN, found.value, other.value) is Fit.INCOMPATIBLE


@pytest.mark.parametrize(
    ("a", "b", "together"),
    [
        ("上午九点", "上午", Fit.COMPATIBLE),
        ("上午九点", "九点一刻", Fit.COMPATIBLE),
        ("上午九点", "上午九点半", Fit.INCOMPATIBLE),
        ("九点多", "九点四十", Fit.COMPATIBLE),
        ("九点来钟", "九点二十五", Fit.COMPATIBLE),
        ("8号上午九点", "9号上午九点", Fit.INCOMPATIBLE),
        ("晚上十二点", "半夜", Fit.COMPATIBLE),
        ("半夜一点", "凌晨一点", Fit.COMPATIBLE),
        ("下午", "上午", Fit.INCOMPATIBLE),
    ],
)
def test_times_together(a: str, b: str, together: Fit) -> None:
    (one,), (other,) = (find_times(t, SAID_ON, INCIDENT, "zh") for t in (a, b))
    assert fit(Slot.WHEN, one.value, other.value) is together
    assert fit(Slot.WHEN, other.value, one.value) is together


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("六个人", "6"),
        ("就仨", "3"),
        ("我们俩", "2"),
        ("五六个", "5-6"),
        ("十来个人", "9-14"),
        ("二十几个", "21-29"),
        ("一百二三十斤", "60-65公斤"),
        ("至少八个", ">=8"),
        ("不超过四个", "<=4"),
        ("百分之十八", "18%"),
        ("19%", "19%"),
        ("两吨半", "2500公斤"),
        ("六米二", "6.2米"),
        ("一个半小时", "90分钟"),
        ("十来分钟", "9-14分钟"),
        ("三千块钱", "3000元"),
        ("好几个人", "3-9"),
        ("一打", "12"),
        ("四十二发", "42发"),
        ("三箱", "3箱"),
    ],
)
def test_quantities_in_chinese(text: str, shown: str) -> None:
    assert numbers(text) == [shown]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("通风不少于20分钟", ">=20分钟"),
        ("不得少于二十分钟", ">=20分钟"),
        ("不应低于3人", ">=3"),
        ("不低于19.5%", ">=19.5%"),
        ("不小于三米", ">=3米"),
        ("不多于5人", "<=5"),
        ("不得多于五个人", "<=5"),
        ("不高于0.5%", "<=0.5%"),
        ("不大于三米", "<=3米"),
        ("不得超过三个人", "<=3"),
        ("没有超过3人", "<=3"),
        ("没超过3人", "<=3"),
        ("未超过3人", "<=3"),
        ("有没有超过3人", ">=3"),  # asked
        ("少于3人", "<=2"),
        ("低于20分钟", "10-19分钟"),
        ("有少于20分钟", "10-19分钟"),
        ("多于5人", ">=5"),
        ("高于5米", ">=5米"),
        ("超过3人", ">=3"),
        ("大于3人", ">=3"),
        ("小于3人", "<=2"),
        ("小于三个人", "3"),  # 小于 and two others: somebody's name
        ("不到三个人", "<=2"),
        ("不下三个人", ">=3"),
    ],
)
def test_bounds_of_a_quantity_and_their_denials(text: str, shown: str) -> None:
    assert numbers(text) == [shown]


def test_the_denial_of_a_bound_is_part_of_the_number() -> None:
    text = "通风不得少于20分钟"
    [found] = find_numbers(text, "zh")
    assert text[slice(*found.span)] == "不得少于20分钟"


@pytest.mark.parametrize(
    "text",
    [
        "三号罐",
        "二车间",
        "九点半",
        "幺幺九",
        "第三个",
        "一起下去",
        "一直在",
        "五月",
        "打了120",
        "两发现",
        "三包工头",
        "小于一起去的",
    ],
)
def test_what_is_no_quantity(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("half ten", "10:30"),
        ("quarter past six", "06:15"),
        ("ten to four in the afternoon", "15:50"),
        ("eight forty", "08:40"),
        ("yesterday morning at eight", "09-09 08:00"),
        ("september 8", "09-08"),
        ("monday", "09-08"),
        ("nearly five", "04:30-05:02"),
        ("7 am", "07:00"),
    ],
)
def test_times_said_in_english(text: str, shown: str) -> None:
    assert times(text, "en", asked=True) == [shown]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("four of us", "4"),
        ("a couple of lads", "2"),
        ("five or six men", "5-6"),
        ("at least nine", ">=9"),
        ("half a dozen", "6"),
        ("just me", "1"),
        ("nineteen percent", "19%"),
        ("thirty odd", "31-39"),
    ],
)
def test_quantities_in_english(text: str, shown: str) -> None:
    assert numbers(text, "en") == [shown]


def test_numbers_together() -> None:
    assert fit(Slot.HOW_MANY, Number(3, 4), Number(3, 3, "人")) is Fit.COMPATIBLE
    assert fit(Slot.HOW_MANY, Number(10, inf), Number(0, 5)) is Fit.INCOMPATIBLE
    assert fit(Slot.HOW_MANY, Number(10, 10, "分钟"), Number(3, 3, "人")) is Fit.UNKNOWN
    assert fit(Slot.HOW_MANY, Number(9, 9, "人", "值班"), Number(3, 3, "人", "进罐")) is Fit.UNKNOWN


def who(*people: str, others: int = 0) -> Who:
    return Who(people=frozenset(people), others=others)


def test_people_together() -> None:
    nobody = Who(nobody=True)
    not_wang = Who(denied=frozenset({"王"}))
    order = Slot.WHO_ORDERED
    assert fit(order, who("王"), who("王")) is Fit.SAME
    assert fit(order, who("王"), who("李")) is Fit.INCOMPATIBLE
    assert fit(order, who("王"), nobody) is Fit.INCOMPATIBLE
    assert fit(order, who("王"), not_wang) is Fit.INCOMPATIBLE
    assert fit(order, who("李"), not_wang) is Fit.UNKNOWN
    assert fit(order, nobody, not_wang) is Fit.COMPATIBLE
    assert fit(order, who("王", "李"), who("李", "赵")) is Fit.UNKNOWN
    assert fit(order, who("王", "李"), who("李")) is Fit.COMPATIBLE


def test_things_together() -> None:
    def thing(*names: str) -> Thing:
        return Thing(names=frozenset(names))

    assert fit(Slot.WITH_WHAT, thing("木梯子"), thing("梯子")) is Fit.COMPATIBLE
    assert fit(Slot.WHERE, thing("配电是"), thing("配电室")) is Fit.COMPATIBLE
    assert fit(Slot.WHERE, thing("三号槽"), thing("五号槽")) is Fit.INCOMPATIBLE
    assert fit(Slot.WHERE, thing("槽边上"), Thing(denied=frozenset({"槽边上"}))) is Fit.INCOMPATIBLE


def test_values_of_different_kinds_say_nothing() -> None:
    assert fit(Slot.WHETHER, Whether(True), Number(1, 1)) is Fit.UNKNOWN
    assert fit(Slot.WHETHER, Whether(True), None) is Fit.UNKNOWN
    assert fit(Slot.WHETHER, Whether(True), Whether(False)) is Fit.INCOMPATIBLE


def test_show_in_the_guideline_s_short_form() -> None:
    assert show(Who(nobody=True)) == "NONE"
    assert show(Who(denied=frozenset({"李伟"}))) == "NOT 李伟"
    assert show(Whether(False)) == "no"
    assert show(None) == ""
    assert show(When(0, 1440, date(2025, 9, 8))) == "09-08"


_TALK = st.text(
    st.sampled_from(
        "零一二两三四五六七八九十百千万几半俩仨点分号日月天年上下午晚昨前差刻多来钟个人：:. ，12"
        "359到不快没过 "
    ),
    max_size=40,
)


@given(st.one_of(_TALK, st.text(max_size=60)))
def test_no_text_breaks_the_finders(text: str) -> None:
    for language in ("zh", "en"):
        found = [
            *find_times(text, SAID_ON, INCIDENT, language),
            *find_times(text, SAID_ON, None, language, asked=True),
            *find_numbers(text, language),
        ]
        for one in found:
            assert 0 <= one.span[0] < one.span[1] <= len(text)
            show(one.value)


_ENGLISH = st.lists(
    st.sampled_from(
        [
            "half",
            "past",
            "to",
            "nine",
            "ten",
            "quarter",
            "a",
            "couple",
            "dozen",
            "at",
            "about",
            "on",
            "the",
            "third",
            "of",
            "may",
            "and",
            "thirty",
            "point",
            "hundred",
            "twenty",
            "five",
            "or",
            "in",
            "morning",
            "night",
            "before",
            "after",
            "9",
            "9:30",
            "21",
            "people",
            "us",
            "first",
        ]
    ),
    max_size=14,
).map(" ".join)


@given(_ENGLISH)
def test_no_english_breaks_the_finders(text: str) -> None:
    for one in [*find_times(text, SAID_ON, INCIDENT, "en", asked=True), *find_numbers(text, "en")]:
        assert one.span[1] <= len(text)
        assert fit(Slot.WHEN, one.value, one.value) in (Fit.SAME, Fit.COMPATIBLE)
        show(one.value)
