"""Hints at leading, threatening or loaded wording before a prompt is sent. Never blocks.

Pure. Looks at prompts and at the wording of points, not at what interviewers say aloud. A hint names
its category, the words, and a neutral way to ask; the person decides, and the entry says what they did.
"""

from __future__ import annotations

import re

from command_centre.comparison.views import Hint
from command_centre.comparison.wording_rules import (
    ASKS,
    NOTICE,
    QUESTION_WORDS_EN,
    QUOTED,
    READING,
    RULES,
    SEVERAL,
    SEVERAL_FROM,
    Rule,
)

#: Longer texts are looked at so far.
CHARACTERS_MAX = 500
HINTS_MAX = 4


def check(text: str, question: str = "", question_en: str = "") -> list[Hint]:
    """Hints in order of the text, one of each category. ``question`` is the point's neutral one."""
    text = text[:CHARACTERS_MAX]
    if READING.search(text):
        return []
    open_text = _without_quotes(text)
    found: dict[str, Hint] = {}
    for rule in RULES:
        hit = rule.pattern.search(open_text)
        if hit and rule.category not in found:
            found[rule.category] = _hint(rule, hit.span(), text, question, question_en)
    for span in _several(open_text):
        if "B" not in found:
            found["B"] = _hint(SEVERAL, span, text, question, question_en)
    return sorted(found.values(), key=lambda hint: hint.span)[:HINTS_MAX]


def _hint(rule: Rule, span: tuple[int, int], text: str, question: str, question_en: str) -> Hint:
    own = rule.category in ASKS
    return Hint(
        category=rule.category,
        rule=rule.id,
        span=span,
        cue=text[span[0] : span[1]],
        neutral=(question if own else "") or rule.neutral,
        neutral_en=(question_en if own else "") or rule.neutral_en,
    )


def _without_quotes(text: str) -> str:
    """The text with quoted words and the statutory notice blanked out; positions stay."""
    for pattern in (QUOTED, NOTICE):
        text = pattern.sub(lambda hit: "\x00" * len(hit.group()), text)
    return text


def _several(text: str) -> list[tuple[int, int]]:
    """The span of a sentence that asks too many things at once."""
    for sentence in re.finditer(r"[^。！!？?]+", text):
        for pattern in (SEVERAL.pattern, QUESTION_WORDS_EN):
            asked = [hit.span() for hit in pattern.finditer(sentence.group())]
            if len(asked) >= SEVERAL_FROM:
                start = sentence.start()
                return [(start + asked[0][0], start + asked[-1][1])]
    return []
