"""The Chinese exchanges (``exchanges/*.txt``, form: ``examples.py``) as the product sees them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import Case, Exchange, Role, Term, Turn
from transcription.comparison.training.examples import (
    Example,
    Written,
    beside_of,
    by_point,
    gold_of,
    merged,
    whole_of,
    written,
)
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_mentions import said_turns, with_rules
from transcription.comparison.zh.reading import ruled

FOLDER = Path(__file__).with_name("exchanges")
DAY = date(2026, 5, 3)
_NO_NAME = re.compile(
    r"我|俺|咱|你|您|他|她|谁|哪|自己|别人|人家|大家|大伙|所有人|每个|几个|[两俩三四五六七八九十一]个|"
    r"们|有人|旁人|其他|领导|上头|上面|公司|单位|厂里|项目部|甲方|业主|的人|个人|工人$|工友$|[一这那]"
)


def examples(path: Path) -> list[Example]:
    """The exchanges of a file as the reader of the product would see them."""
    some = list(written(path))
    made: list[Example] = []
    for group in by_point(some):
        case = case_of(group)
        lexicon = Lexicon(case)
        for one in group:
            made.append(_example(one, case, lexicon))
    return made


def case_of(group: list[Written]) -> Case:
    """A case with the names that are marked, so that they are found in questions as well."""
    found: dict[str, set[str]] = {"p": set(), "l": set(), "e": set()}
    for one in group:
        for start, end, kind, _ in one.marks:
            words = one.turns[-1][1][start:end]
            if (
                kind in found
                and 2 <= len(words) <= 8
                and not (kind == "p" and _NO_NAME.search(words))
            ):
                found[kind].add(words)
    terms = {k: tuple(Term(w) for w in sorted(v)) for k, v in found.items()}
    return Case("written", DAY, terms["p"], terms["l"], terms["e"], (group[0].point,))


def _example(one: Written, case: Case, lexicon: Lexicon) -> Example:
    turns = tuple(
        Turn(str(at), Role.QUESTION if who == "q" else Role.ANSWER, text, at, at + 1, "P")
        for at, (who, text) in enumerate(one.turns)
    )
    heard = Heard(Exchange("A", "说话人", DAY, "zh", turns), case, lexicon)
    said = list(said_turns(heard, heard.turns()))
    flat = heard.turns()[-1][0].flat
    place = {given[0]: at for at, given in reversed(list(enumerate(flat.places)))}
    said[-1], roles_of = merged(said[-1], gold_of(one, place))
    facts = [fact for fact in ruled(heard, one.point) if fact.turn == turns[-1].id]
    said[-1] = with_rules(said[-1], heard.turns()[-1][0], facts)
    return Example(
        one.source,
        one.point,
        tuple(said),
        roles_of,
        whole_of(one),
        beside_of(one),
    )
