"""A pause ends a phrase: marks for the readers, places of the recognised text in what is found."""

from __future__ import annotations

from datetime import date

import pytest

from transcription.comparison.model import Certainty, Exchange, Fact, Role, Slot, Turn, WordTime
from transcription.comparison.pauses import as_recognised, paused, paused_exchange


def turn(spoken: str, *, pause_us: int = 150_000) -> Turn:
    """Words with spaces between them; ``|`` is a pause."""
    words, at, now_us = list[WordTime](), 0, 0
    for word in spoken.split():
        if word == "|":
            now_us += pause_us
            continue
        words.append(WordTime((at, at + len(word)), now_us, now_us + 200_000))
        at, now_us = at + len(word), now_us + 200_000
    text = "".join(word for word in spoken.split() if word != "|")
    return Turn("t", Role.ANSWER, text, 0, now_us, words=tuple(words))


@pytest.mark.parametrize(
    ("spoken", "read"),
    [
        ("没有 | 什么 票 都 没 办", "没有，什么票都没办"),
        ("一直 在 办公楼 开会 | 没 去过 罐区", "一直在办公楼开会，没去过罐区"),
        ("办了 | 头一天 就 开好 了 | 我 签 的", "办了，头一天就开好了，我签的"),
        # somebody hesitates: what follows belongs to the word before
        ("我 没有 | 安排 他", "我没有安排他"),
        ("他 让 | 我 去 的", "他让我去的"),
        ("就是 在 | 池口", "就是在池口"),
    ],
)
def test_a_phrase_ends_at_a_pause(spoken: str, read: str) -> None:
    assert paused(turn(spoken)).turn.text == read


def test_without_pauses_words_or_with_marks_nothing_changes() -> None:
    for one in (
        turn("没有 | 什么 票 都 没 办", pause_us=60_000),
        Turn("t", Role.ANSWER, "没有什么票都没办", 0, 1),
        Turn("t", Role.ANSWER, "没有。什么票", 0, 1, words=turn("没有 | 什么 票").words),
        turn("no | permit at all"),
    ):
        assert paused(one).turn is one


def test_words_and_spans_lead_back_to_what_was_recognised() -> None:
    original = turn("办了 | 头一天 下午 | 就 开好 了")
    one = paused(original)
    for word, was in zip(one.turn.words, original.words, strict=True):
        assert one.turn.text[slice(*word.span)] == original.text[slice(*was.span)]
        assert one.back(word.span) == was.span
    assert original.text[slice(*one.back((3, 8)))] == "头一天下午"
    exchange, marked = paused_exchange(
        Exchange("r", "张某", date(2026, 5, 18), "zh", (original,), "s")
    )
    assert exchange.turns[0].text == "办了，头一天下午，就开好了"
    fact = Fact("P4", "", Slot.WHETHER, None, Certainty.FLAT, "t", (0, 8), "张某", "r", 0)
    (back,) = as_recognised([fact], marked)
    assert (back.span, back.text) == ((0, 7), "办了头一天下午")
