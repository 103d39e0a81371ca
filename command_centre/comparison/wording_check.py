"""Hints at leading, threatening or loaded wording before a prompt is sent. Never blocks.

Pure but for reading its rules once. Looks at prompts and at the wording of points, not at what
interviewers say aloud. A hint names its category, the words, and a neutral way to ask; the person
decides, and the entry says what they did: what is kept for later use is kept with the codes of the
hints that the person was shown (``agreed``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import msgspec

from command_centre.comparison.views import Hint
from command_centre.comparison.wording_rules import ASKS, Rule, Rules, read_rules
from command_centre.errors import Rejected

#: Longer texts are looked at so far.
CHARACTERS_MAX = 500
HINTS_MAX = 4


class PlacedHint(msgspec.Struct, frozen=True, kw_only=True):
    """Wording of one of several texts that may lead or press."""

    field: str
    hint: Hint

    @property
    def code(self) -> str:
        """As entries name it."""
        return f"{self.field}.{self.hint.category}"


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


def check_point(
    text: str, en: str, question: str, question_en: str, *, rules: Rules
) -> Iterator[tuple[str, Hint]]:
    """Hints at what a point says, each with its field: what is verified and how it is asked, in
    both languages."""
    asks = {"question": question, "question_en": question_en}
    for field, said in ({"text": text, "en": en} | asks).items():
        own = ("", "") if field in asks else (question, question_en)
        for hint in check(said, *own, rules=rules):
            yield field, hint


def agreed(hints: Sequence[PlacedHint], *, despite: Collection[str]) -> list[str]:
    """What the person keeps although it was pointed out, as entries name it; ``despite`` are the
    codes they were shown.

    Raises:
        Rejected: ``leading_wording`` with ``hints``: there is one that they were not shown.
    """
    if not {one.code for one in hints} <= set(despite):
        raise Rejected(
            "leading_wording",
            "this may lead or press whoever is asked; look, and keep it with its codes in despite",
            hints=[{**msgspec.to_builtins(one), "code": one.code} for one in hints],
        )
    return [one.code for one in hints]


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
