"""Terms of a case found by their sound."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcription.sounds import fold, tokens
from transcription.terms import (
    EXACT,
    MAX_TERMS,
    NEAR_SOUND,
    ONE_WRONG,
    SAME_SOUND,
    SPELLING,
    Span,
    TermIndex,
    find_terms,
)


def only(text: str, *terms: str) -> Span:
    (span,) = find_terms(text, terms)
    assert text[span.start : span.end] == span.original
    return span


@pytest.mark.parametrize(
    ("text", "term", "rule", "distance"),
    [
        ("是张志强让我去的", "张志强", EXACT, 0),
        ("是章之墙让我去的", "张志强", SAME_SOUND, 0),
        ("是臧自强让我去的", "张志强", NEAR_SOUND, 2),
        ("在恒生优酷门口", "恒盛油库", SAME_SOUND, 0),
        ("在恒顺优酷门口", "恒盛油库", ONE_WRONG, 3),
        ("在很盛油库门口", "恒盛油库", NEAR_SOUND, 1),
        ("在大盛油库门口", "恒盛油库", ONE_WRONG, 3),
        ("会费公司", "惠飞公司", SAME_SOUND, 0),
        ("飞飞公司", "惠飞公司", NEAR_SOUND, 1),
        ("蓝山", "南山", NEAR_SOUND, 1),
        ("问过增凯", "曾凯", SAME_SOUND, 0),  # a family name has a reading of its own
        ("小瞿秦老板", "覃老板", SAME_SOUND, 0),
        ("问小山", "小单", SAME_SOUND, 0),
        ("拉到3号罐区", "三号罐区", SAME_SOUND, 0),
        ("the Tankfarm gate", "tankfarm", EXACT, 0),
        ("the tankfram gate", "tankfarm", SPELLING, 1),
        ("gas cutting torch", "Gas Cutting", EXACT, 0),
    ],
)
def test_rules(text: str, term: str, rule: str, distance: int) -> None:
    span = only(text, term)
    assert (span.term, span.rule, span.distance) == (term, rule, distance)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("我没去", "梅区"),  # a negation is not a name
        ("五之强来了", "吴志强"),  # nor is a number
        ("二号罐区", "三号罐区"),
        ("三十号罐区", "四十号罐区"),
        ("罐。区域", "罐区"),  # across a full stop
        ("大山油库", "恒盛油库"),  # two syllables are other ones
        ("三山", "张伟"),
        ("他的张", "张"),  # one syllable is never a term
        ("a cat", "car"),  # short words are not guessed at
        ("", "张志强"),
    ],
)
def test_is_not_that_term(text: str, term: str) -> None:
    assert find_terms(text, [term]) == []


def test_the_longest_term_wins_and_spans_never_overlap() -> None:
    spans = find_terms("恒盛油库维修班的油库", ["油库", "恒盛油库", "油库维修班"])
    assert [span.term for span in spans] == ["油库维修班", "油库"]
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_terms_that_sound_alike_are_rivals() -> None:
    span = only("章自强来了", "张志强", "章志强")
    assert {span.term, *span.rivals} == {"张志强", "章志强"}
    assert only("张志强来了", "张志强", "章志强").rivals == ()


def test_near_sounds() -> None:
    same = [("zhang", "zan"), ("lin", "ning"), ("hui", "fei"), ("huang", "fan"), ("she", "se")]
    assert all(fold(one) == fold(other) for one, other in same)
    other = [("dong", "dang"), ("ha", "fa"), ("ren", "len"), ("xiong", "xing"), ("gu", "ku")]
    assert all(fold(one) != fold(two) for one, two in other)


def test_more_terms_than_the_limit_are_left_out() -> None:
    index = TermIndex.of(f"公司{chr(0x4E00 + n)}厂" for n in range(MAX_TERMS + 10))
    assert len(index.sounds) == MAX_TERMS


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=8))
def test_any_text_any_terms(text: str, terms: list[str]) -> None:
    spans = find_terms(text, terms)
    assert all(text[span.start : span.end] == span.original for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert [token.start for token in tokens(text)] == sorted(t.start for t in tokens(text))
