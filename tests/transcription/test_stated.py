"""What somebody enters of a document: how it is read, and what is refused. Pure."""

from __future__ import annotations

from datetime import date
from math import inf

import pytest

from transcription.comparison.document_file import document_value
from transcription.comparison.model import Case, Number, Slot, Term
from transcription.comparison.stated import NotUnderstood, Why, read_entered

TODAY = date(2026, 11, 30)
CASE = Case(
    id="c",
    incident=date(2026, 5, 12),
    people=(Term("李和平", ("老李",)), Term("王强", (), ("Wang Qiang",))),
    places=(Term("2号罐", ("二号罐",), ("tank 2",)), Term("安全与环保部"), Term("非标车间")),
    equipment=(Term("测氧仪"), Term("扳手")),
)
NO_DAY = Case(id="c", incident=None)


def read(slot: Slot, text: str, case: Case = CASE) -> object:
    return read_entered(slot, text, case, TODAY).written


def why(slot: Slot, text: str, case: Case = CASE) -> Why:
    with pytest.raises(NotUnderstood) as refused:
        read_entered(slot, text, case, TODAY)
    return refused.value.why


# --- how many -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3人", 3, "人"),
        ("2至3人", [2, 3], "人"),
        ("至少3人", [3, None], "人"),
        ("3人以上", [3, None], "人"),
        ("超过3人", [3, None], "人"),
        ("20分钟以上", [20, None], "分钟"),
        ("不少于20分钟", [20, None], "分钟"),
        ("不得超过3人", [0, 3], "人"),
        ("at least 3 people", [3, None], "人"),
        ("3 people or more", [3, None], "人"),
        ("1,200元", 1200, "元"),
        ("1，200元", 1200, "元"),
        ("1,200,300元", 1200300, "元"),
        ("1,200 yuan", 1200, "元"),
        ("两个半小时", 150, "分钟"),
        ("六米二", 6.2, "米"),
        ("百分之十八", 18, "%"),
        ("一共3人", 3, "人"),
        ("20.9%VOL", 20.9, "%"),
        ("可燃气 0.5 %LEL", 0.5, "%"),
        ("大于3人", [3, None], "人"),
    ],
)
def test_quantities(text: str, value: object, unit: str) -> None:
    entered = read_entered(Slot.HOW_MANY, text, CASE, TODAY)
    assert (entered.written, entered.unit) == (value, unit)


def test_an_open_end_is_one_for_the_comparison_too() -> None:
    assert read_entered(Slot.HOW_MANY, "至少3人", CASE, TODAY).value == Number(3, inf, "人")
    assert document_value(Slot.HOW_MANY, [20, None], "分钟") == Number(20, inf, "分钟")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2小时30分", Why.SEVERAL),
        ("两小时三十分", Why.SEVERAL),
        ("2米3", Why.SEVERAL),
        ("3个人，2台", Why.SEVERAL),
        ("-3人", Why.NOTHING),
        ("9" * 100 + "人", Why.NOTHING),
        ("很多", Why.NOTHING),
    ],
)
def test_quantities_that_are_refused(text: str, reason: Why) -> None:
    assert why(Slot.HOW_MANY, text) is reason


# --- people, places, tools ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slot", "text", "value"),
    [
        (Slot.WHO_DID, "李和平、王强", ["李和平", "王强"]),
        (Slot.WHO_DID, "李和平和王强", ["李和平", "王强"]),
        (Slot.WHO_DID, "王强与老李", ["王强", "李和平"]),
        (Slot.WHO_DID, "Wang Qiang and 老李", ["王强", "李和平"]),
        (Slot.WHERE, "安全与环保部、2号罐", ["安全与环保部", "2号罐"]),
        (Slot.WHERE, "二号罐", ["2号罐"]),
        (Slot.WHERE, "罐区和泵房", ["罐区", "泵房"]),
        (Slot.WHERE, "非标车间", ["非标车间"]),
        (Slot.WITH_WHAT, "非防爆工具", ["非防爆工具"]),
    ],
)
def test_what_is_listed(slot: Slot, text: str, value: list[str]) -> None:
    assert read(slot, text) == value


@pytest.mark.parametrize("slot", [Slot.WHO_DID, Slot.TO_WHOM, Slot.WHERE, Slot.WITH_WHAT])
@pytest.mark.parametrize("text", ["，", "、", " ，； "])
def test_only_marks_are_nothing(slot: Slot, text: str) -> None:
    assert why(slot, text) is Why.NOTHING


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        (Slot.WHO_DID, "不是王强"),
        (Slot.WHO_DID, "老李，不是王强"),
        (Slot.WHO_DID, "是老李不是王强"),
        (Slot.WHO_DID, "非王强"),
        (Slot.WHO_DID, "not Wang Qiang"),
        (Slot.WHERE, "不在2号罐"),
        (Slot.WHERE, "未进2号罐"),
        (Slot.WHERE, "没去2号罐"),
        (Slot.WITH_WHAT, "没有用测氧仪"),
        (Slot.WITH_WHAT, "没用测氧仪"),
        (Slot.WHEN, "不是2026-05-12 15:20"),
        (Slot.WHEN, "非5月12日"),
        (Slot.WHEN, "not 2026-05-12"),
    ],
)
def test_what_was_not_so_is_no_value(slot: Slot, text: str) -> None:
    assert why(slot, text) is Why.DENIED


# --- times ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-05-12 15:20", "2026-05-12T15:20"),
        ("2026-05-12", "2026-05-12"),
        ("8:30-11:30", ["2026-05-12T08:30", "2026-05-12T11:30"]),
        ("2026年5月12日8时至11时", ["2026-05-12T08:00", "2026-05-12T11:00"]),
        ("5月12日8时至11时", ["2026-05-12T08:00", "2026-05-12T11:00"]),
        ("5月12日 15:20-16:30", ["2026-05-12T15:20", "2026-05-12T16:30"]),
        ("2026年5月12日15时20分至16时", ["2026-05-12T15:20", "2026-05-12T16:00"]),
        ("15时5分", "2026-05-12T15:05"),
        ("8:00-24:00", ["2026-05-12T08:00", "2026-05-13T00:00"]),
        ("22:00-24:00", ["2026-05-12T22:00", "2026-05-13T00:00"]),
        ("2026-05-31 24:00", "2026-06-01T00:00"),
        ("22:00-02:00", ["2026-05-12T22:00", "2026-05-13T02:00"]),
        ("5月11日22时至12日2时", ["2026-05-11T22:00", "2026-05-12T02:00"]),
        ("12日15:20", "2026-05-12T15:20"),
        ("12日", "2026-05-12"),
        ("12日下午三点", "2026-05-12T15:00"),
        ("十二号下午三点", "2026-05-12T15:00"),
        ("3 pm on the 12th", "2026-05-12T15:00"),
        ("5月12日下午三点", "2026-05-12T15:00"),
        ("12月28日15:20", "2025-12-28T15:20"),  # of the year before the incident
        ("12月28日下午三点", "2025-12-28T15:00"),
        ("2026年5月12日下午三点二十分", "2026-05-12T15:20"),
        ("2026年5月12日下午3点20分", "2026-05-12T15:20"),
        ("5月12日 下午3:20", "2026-05-12T15:20"),
        ("12日上午9点到11点", ["2026-05-12T09:00", "2026-05-12T11:00"]),
        ("May 12, 3 pm", "2026-05-12T15:00"),
        ("3:20 pm", "2026-05-12T15:20"),
        ("上午9点到11点", ["2026-05-12T09:00", "2026-05-12T11:00"]),
    ],
)
def test_times(text: str, value: object) -> None:
    assert read(Slot.WHEN, text) == value


def test_days_without_a_year_in_a_case_without_a_day() -> None:
    assert read(Slot.WHEN, "12月28日15:20", NO_DAY) == "2025-12-28T15:20"
    assert read(Slot.WHEN, "3月1日", NO_DAY) == "2026-03-01"
    assert why(Slot.WHEN, "12日15:20", NO_DAY) is Why.NO_DAY
    assert why(Slot.WHEN, "12日下午三点", NO_DAY) is Why.NO_DAY
    assert why(Slot.WHEN, "15:20", NO_DAY) is Why.NO_DAY


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("九点", Why.HALF_DAY),
        ("昨天", Why.FROM_TODAY),
        ("前天上午9点", Why.FROM_TODAY),
        ("大前天", Why.FROM_TODAY),
        ("昨晚十点", Why.FROM_TODAY),
        ("上周三", Why.FROM_TODAY),
        ("上个月12日", Why.FROM_TODAY),
        ("去年5月12日", Why.FROM_TODAY),
        ("三天前", Why.FROM_TODAY),
        ("今天8:30", Why.FROM_TODAY),
        ("yesterday at 3 pm", Why.FROM_TODAY),
        ("the day before yesterday", Why.FROM_TODAY),
        ("last Tuesday", Why.FROM_TODAY),
        ("two days ago", Why.FROM_TODAY),
        ("2026-06-31", Why.NOTHING),
        ("31日15:20 ", Why.NOTHING),
        ("9999-12-31 08:00-09:00", Why.NOTHING),
        ("9999-12-31 24:00", Why.NOTHING),
        ("9999年12月31日晚上十一点", Why.NOTHING),
        ("1899-12-31", Why.NOTHING),
        ("25:00", Why.NOTHING),
        ("24:30", Why.NOTHING),
        ("8:30，9:30", Why.SEVERAL),
        ("12-13日", Why.SEVERAL),
    ],
)
def test_times_that_are_refused(text: str, reason: Why) -> None:
    case = Case(id="c", incident=date(2026, 6, 12)) if text.startswith("31日") else CASE
    assert why(Slot.WHEN, text, case) is reason
