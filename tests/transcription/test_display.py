"""Text as it is shown: marks at pauses, numbers in figures, capitals, never another word."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcription.display import Spoken, edits, readable
from transcription.display_figures import number


def spoken(*words: str, pauses: tuple[int, ...] = ()) -> list[Spoken]:
    """Words of 300 ms each; after word ``i`` a pause of one second when ``i`` is in ``pauses``."""
    made, at = [], 0
    for place, word in enumerate(words):
        made.append(Spoken(word, at, at + 300_000))
        at += 300_000 + (1_000_000 if place in pauses else 0)
    return made


def test_a_pause_becomes_a_comma_and_the_end_a_full_stop() -> None:
    words = spoken("没有", "什么", "票", "都", "没办", pauses=(0,))
    assert readable("没有什么票都没办", words, question=False) == "没有，什么票都没办。"


def test_a_question_of_the_interviewer_ends_in_a_question_mark() -> None:
    assert readable("几点开始的", spoken("几点", "开始", "的"), question=True) == "几点开始的？"
    assert readable("你们办票了吗", [], question=False) == "你们办票了吗？"


@pytest.mark.parametrize("text", ["办了，签过字。", "", "  ", "123", "приём", "<>"])
def test_text_with_marks_and_other_languages_stay(text: str) -> None:
    assert readable(text, [], question=False) == text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("氧含量百分之二十一", "氧含量21%"),
        ("百分之十九点五", "19.5%"),
        ("百分之百", "百分之百"),
        ("百分之一百零三", "103%"),
        ("百分之点", "百分之点"),
    ],
)
def test_percentages(said: str, shown: str) -> None:
    assert readable(said, [], question=False) == shown + "。"


def test_numbers() -> None:
    read = (
        "十",
        "二十",
        "两百",
        "零点五",
        "一千零二",
        "三点五万",
        "两亿",
        "一百零五",
        "九千九百九十九",
    )
    shown = ["10", "20", "200", "0.5", "1002", "3.5万", "2亿", "105", "9999"]
    assert [number(text) for text in read] == shown
    cut_short = (
        "十二点",
        "一百二",
        "三万五",
        "一千五",
        "三四",
        "零五",
        "百",
        "一百十",
        "一千百",
        "二十两",
        "",
    )
    assert [number(text) for text in cut_short] == [None] * len(cut_short)


@given(st.text(alphabet="我没办票了百分之二十一点五谁吗<>&abc ", max_size=60), st.booleans())
def test_no_word_is_lost(text: str, question: bool) -> None:
    words = spoken(*text) if text else []
    shown = readable(text, words, question=question)
    if not re.search("[百十]", text) and re.search("[\u4e00-\u9fff]", text):
        assert re.sub("[，。？]", "", shown) == text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("二零二六年五月十二日下午", "2026年5月12日下午"),
        ("五月十二号九点半下去的", "5月12号九点半下去的"),
        ("五月十号到十五号停产", "5月10号到15号停产"),
        ("二〇一九年建的", "2019年建的"),
        ("九点三十五分开始", "9点35分开始"),
        ("十点零五分报的警", "10点05分报的警"),
        ("还剩四百五十升", "还剩450升"),
        ("压力表一点六兆帕", "压力表1.6兆帕"),
        ("三百八十伏的电", "380伏的电"),
        ("管子二十米长", "管子20米长"),
        ("温度二十五度", "温度25度"),
        ("二十到三十公斤", "20到30公斤"),
        ("干了两小时三十分钟", "干了2小时30分钟"),
        ("罚了三百万元", "罚了300万元"),
        ("一万五千吨", "15000吨"),
        ("一千零五十平方米", "1050平方米"),
        ("浓度百分之零点五", "浓度0.5%"),
    ],
)
def test_numbers_that_can_be_read_in_one_way_are_figures(said: str, shown: str) -> None:
    assert readable(said, [], question=False) == shown + "。"


@pytest.mark.parametrize(
    "said",
    [
        # words that only look like numbers and measures
        *("三轮车拉的", "一个人下去的", "五一放假", "二哥和老三", "千万别动", "百分之百是他"),
        *("一度停工", "三伏天太热", "统一公斤制", "逐一克服困难", "有十分把握", "小时候的事"),
        *("一秒都没停", "每一分钟都在", "一升一升地倒", "二把手说的", "三元里那边", "八成是他"),
        # about so many
        *("十几米深", "三四米高", "几十公斤重", "三吨多", "一米八的个子", "三吨半", "两三百升"),
        *("百分之二十几", "一百二升左右"),
        # times of day as they are spoken
        *("下午三点半", "三点钟来的", "九点左右", "十点十分不舒服", "三点五分", "下午三点五升油"),
        # what may be a date, and may be none
        *("五月十二号罐进料", "十二号早上", "农历八月十五日", "五月份", "二零二六年五月十二"),
        *("一九八零年代", "一二月", "十三月五日", "五月三十二日", "第一米"),
    ],
)
def test_what_may_be_read_in_two_ways_stays_as_it_was_said(said: str) -> None:
    assert readable(said, [], question=False) == said + "。"


def test_a_pause_inside_a_number_keeps_it_as_it_was_said() -> None:
    words = spoken("四百", "五十升", pauses=(0,))
    assert readable("四百五十升", words, question=False) == "四百，五十升。"


@pytest.mark.parametrize(
    ("said", "shown", "question"),
    [
        ("i saw zhang mou on monday i'm sure", "I saw Zhang Mou on Monday I'm sure.", False),
        ("nobody sent me", "Nobody sent me.", False),
        ("who sent you there", "Who sent you there?", True),
        ("did he go down alone", "Did he go down alone?", True),
        ("at what time did li leave", "At what time did Li leave?", True),
        ("what i saw was the tank", "What I saw was the tank.", True),
        ("you were there weren't you", "You were there weren't you?", False),
        # no names, and no first person
        ("the lion lives in a long line", "The lion lives in a long line.", False),
        ("he may march in may", "He may march in may.", False),
        ("wi fi and e i e", "Wi fi and e I e.", False),
        # no number is touched
        ("there were three of us", "There were three of us.", False),
        ("I said it already.", "I said it already.", False),
    ],
)
def test_english_has_capitals_and_an_end(said: str, shown: str, question: bool) -> None:
    names = ("Zhang Mou", "Li", "Long Wei")
    assert readable(said, [], question=question, names=names) == shown


def test_an_english_pause_is_a_comma_unless_it_parts_what_belongs_together() -> None:
    words = spoken("we", "stopped", "the", "pump", "then", "left", pauses=(1, 2, 3))
    text = "we stopped the pump then left"
    assert readable(text, words, question=False) == "We stopped, the pump, then left."
    no_one = spoken("no", "one", "came", pauses=(0,))
    assert readable("no one came", no_one, question=False) == "No one came."


def test_a_name_is_shown_once_whatever_else_stands_in_it() -> None:
    """A pause between its words, a month in it: neither repeats a word."""
    said = ("i", "saw", "zhang", "wei", "at", "the", "tank")
    words = spoken(*said, pauses=(2,))
    text = " ".join(said)
    assert readable(text, words, question=False, names=("Zhang Wei",)) == (
        "I saw Zhang Wei at the tank."
    )
    written = "i saw Zhang Wei at the tank"
    words = spoken(*written.split(), pauses=(2, 3))
    assert readable(written, words, question=False, names=("Zhang Wei",)) == (
        "I saw Zhang Wei, at the tank."
    )
    told = "june wang told me in june"
    assert readable(told, [], question=False, names=("June Wang",)) == "June Wang told me in June."
    assert readable("de souza came", [], question=False, names=("de Souza",)) == "de Souza came."


_SAID_TEXT = "i zhang wei li did you no one the may june wang friday i'm what ſaid 三 吨"
_SAID = _SAID_TEXT.split()
_NAMES = ("Zhang", "Li", "Zhang Wei", "Wei Li", "June Wang", "Friday", "Said")


@given(st.lists(st.sampled_from(_SAID), max_size=9), st.booleans())
def test_no_english_word_is_lost_or_said_twice(said: list[str], capital: bool) -> None:
    text = " ".join(said)
    text = text.title() if capital else text
    words = spoken(*text.split(), pauses=(1, 3))
    shown = readable(text, words, question=True, names=_NAMES)
    assert re.sub("[,.?，。？]", "", shown).lower() == text.lower()
    found = edits(text, words, question=True, names=_NAMES)
    assert all(one.end <= other.start for one, other in pairwise(found))


_SPOKEN = "零一二三五十百千万点分月日号年米升度元百分之到第几多个半两小时钟罐 "


@given(st.text(alphabet=_SPOKEN, max_size=30), st.booleans())
def test_edits_are_in_order_and_change_numbers_only(text: str, paused: bool) -> None:
    found = edits(text, spoken(*text, pauses=(2, 5)) if paused else [], question=False)
    assert all(one.start <= one.end for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    for one in found[:-1]:
        assert re.fullmatch(
            r"，|[\d.]+[万亿]?%?|(\d+年)?(\d+月(\d+[日号])?)?|\d+点\d\d分", one.text
        )
