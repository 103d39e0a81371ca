"""Hints at leading, threatening or loaded wording before a prompt is sent. Never blocks.

Pure but for reading its rules once. Looks at prompts and at the wording of points, not at what
interviewers say aloud. A hint names its category, the words, and a neutral way to ask; the person
decides, and the entry says what they did.
"""

from __future__ import annotations

import re
from functools import lru_cache

from command_centre.comparison.views import Hint
from command_centre.comparison.wording_rules import ASKS, Rule, Rules, read_rules

#: Longer texts are looked at so far.
CHARACTERS_MAX = 500
HINTS_MAX = 4


def check(
    text: str, question: str = "", question_en: str = "", *, rules: Rules | None = None
) -> list[Hint]:
    """Hints in order of the text, one of each category. ``question`` is the point's neutral one;
    ``rules`` are those in force, else those of the file."""
    rules = rules or shipped_rules()
    text = text[:CHARACTERS_MAX]
    if rules.reading.search(text):
        return []
    open_text = _without_quotes(text, rules)
    found: dict[str, Hint] = {}
    for rule, pattern in rules.rules:
        hit = pattern.search(open_text)
        if hit and rule.category not in found:
            found[rule.category] = _hint(rule, hit.span(), text, question, question_en)
    several = _several(open_text, rules) if rules.several else None
    if several is not None and rules.several and rules.several.category not in found:
        hint = _hint(rules.several, several, text, question, question_en)
        found[rules.several.category] = hint
    return sorted(found.values(), key=lambda hint: hint.span)[:HINTS_MAX]


@lru_cache(maxsize=1)
def shipped_rules() -> Rules:
    """Those of the file."""
    return read_rules()


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


def _without_quotes(text: str, rules: Rules) -> str:
    """The text with quoted words and the statutory notice blanked out; positions stay."""
    for pattern in rules.quoted:
        text = pattern.sub(lambda hit: "\x00" * len(hit.group()), text)
    return text


def _several(text: str, rules: Rules) -> tuple[int, int] | None:
    """The span of a sentence that asks too many things at once."""
    for sentence in re.finditer(r"[^。！!？?]+", text):
        for pattern in rules.asks:
            asked = [hit.span() for hit in pattern.finditer(sentence.group())]
            if len(asked) >= rules.several_from:
                return (sentence.start() + asked[0][0], sentence.start() + asked[-1][1])
    return None
