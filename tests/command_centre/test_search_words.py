"""Tokens, queries and spans."""

from __future__ import annotations

import pytest

from command_centre.search.words import MAX_PHRASES, parse_query, spans, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("动火票", ["动", "火", "票"]),
        ("编号0117号票。", ["编", "号", "0", "1", "1", "7", "号", "票"]),
        ("CO2，O₂ and Ｏ２", ["co", "2", "o", "2", "and", "o", "2"]),
        ("20.9%.", ["2", "0", "\ue02e", "9", "%"]),
        ("It's Café", ["it", "s", "café"]),
        ("Cafe\u0301", ["cafe\u0301"]),
        ("《票》？！ \n", ["票"]),
        ("\ue000\ue0ff票", ["票"]),
        ("𠮷野", ["𠮷", "野"]),
    ],
)
def test_a_text_is_cut_into_tokens(text: str, expected: list[str]) -> None:
    words = [token.text for token in tokens(text)]
    assert words == [one.replace("%", chr(0xE000 + ord("%"))) for one in expected]


def test_a_query_has_words_and_phrases() -> None:
    assert parse_query('票 "gas detector" 票').phrases == (("票",), ("gas", "detector"))
    assert parse_query("“没有 票”").phrases == (("没", "有", "票"),)
    assert parse_query('"never closed').phrases == (("never", "closed"),)
    assert parse_query(" ，。 \" '").phrases == ()
    assert len(parse_query(" ".join("一二三四五六七八九十")).phrases) == MAX_PHRASES


def test_spans_are_where_the_phrases_stand() -> None:
    text = "票？动火票，火 票"
    marked = [text[a:b] for a, b in spans(text, parse_query("火票"))]
    assert marked == ["火票", "火 票"]
    assert [text[a:b] for a, b in spans(text, parse_query("动火 火票"))] == ["动火票", "火 票"]
