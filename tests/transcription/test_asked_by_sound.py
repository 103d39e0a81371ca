"""Question words written by their sound are read as asked; ordinary words stay."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcription.comparison.zh.asked_by_sound import mend_question
from transcription.comparison.zh.mishearings import mend


@pytest.mark.parametrize(
    ("heard", "asked"),
    [
        ("吊装是肾么氏候开始的?", "吊装是什么时候开始的?"),
        ("你极点进去的?", "你几点进去的?"),
        ("吊装的有吉格人?", "吊装的有几个人?"),
        ("拿升么吊的?", "拿什么吊的?"),
        ("出事那会儿他在哪而?", "出事那会儿他在哪儿?"),
        ("电话是睡打的?", "电话是谁打的?"),
        ("一共多勺人?", "一共多少人?"),
        ("作业票有没忧?", "作业票有没有?"),
    ],
)
def test_heard_by_its_sound(heard: str, asked: str) -> None:
    assert mend_question(heard) == asked


@pytest.mark.parametrize(
    "text",
    [
        "你在那里干活的?",
        "厂里平时谁买工具?",
        "出了事谁打的120?",
        "沈厂长哪天来的?",
        "厂长当时是跟谁交代的?",
        "清铁丝谁叫去的?",
        "票又没有办?",
        "极点温度是多少?",
        "水停了没有?",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert mend_question(text) == text


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="什么时候几点个人哪里儿多少谁极吉神末水睡?,. a1", max_size=40))
def test_places_stay(text: str) -> None:
    assert len(mend_question(text)) == len(text)
    assert mend_question(mend_question(text)) == mend_question(text)


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("也就三格人", "也就三个人"),
        ("他戴寐戴帽子", "他戴没戴帽子"),
        ("我酶搞过培训", "我没搞过培训"),
        ("出事那会儿腻在哪", "出事那会儿你在哪"),
        ("我做得呀", "我做的呀"),
        ("连根绳都煤油", "连根绳都没有"),
        ("加起来伞个人", "加起来三个人"),
        ("我听人朔没系", "我听人说没系"),
        ("桶里装的是煤油", "桶里装的是煤油"),
        ("这个我晓得", "这个我晓得"),
        ("用的扒谷机", "用的扒谷机"),
        ("瞿美珍去看的", "瞿美珍去看的"),
        ("媒体来的人", "媒体来的人"),
        ("六格子里的料", "六格子里的料"),
    ],
)
def test_small_words_by_their_sound(heard: str, meant: str) -> None:
    assert mend(heard) == meant
