"""Text as it is shown: marks at pauses, percentages in figures, never another word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcription.display import Spoken, figures, number, readable


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


def test_text_with_marks_and_other_languages_stay() -> None:
    assert readable("办了，签过字。", [], question=False) == "办了，签过字。"
    assert readable("nobody sent me", [], question=False) == "nobody sent me"
    assert readable("", [], question=False) == ""


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
    assert figures(said) == shown


def test_numbers() -> None:
    assert [number(text) for text in ("十", "二十", "两百", "零点五", "十二点")] == [
        "10",
        "20",
        "200",
        "0.5",
        None,
    ]


@given(st.text(alphabet="我没办票了百分之二十一点五谁吗<>&abc ", max_size=60), st.booleans())
def test_no_word_is_lost(text: str, question: bool) -> None:
    words = spoken(*text) if text else []
    shown = readable(text, words, question=question)
    if not re.search("百分之", text):
        assert re.sub("[，。？]", "", shown) == text
