"""The English exchanges (``exchanges_en/*.txt``, form: ``examples.py``) as they are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from transcription.comparison.en.net_mentions import Mentioned, mentioned_in
from transcription.comparison.en.reading import Reading
from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import Case, Exchange, Point, Role, Term, Turn
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

FOLDER = Path(__file__).with_name("exchanges_en")
DAY = date(2026, 5, 3)
#: Points of a case made of a file; a point has those around it beside it.
_CASE = 9
_NO_NAME = re.compile(
    r"(?:i|me|my|mine|we|us|our|you|your|he|him|his|she|her|they|them|their|it|who|whoever|"
    r"nobody|no one|noone|none|anybody|anyone|somebody|someone|everybody|everyone|others?|each|all|"
    r"both|either|neither|people|\w*sel(?:f|ves)|one|ones|man|men)\b|"
    r".*\b(?:of (?:us|them|you)|else|lads|boys|men|people|others|bosses|management|office|company|"
    r"crew|gang|workers|somebody|someone|nobody|anyone|everyone)$|(?:some|a|an|any|another|two|"
    r"three|four|both|every|each) ",
    re.IGNORECASE,
)


def examples(path: Path) -> list[Example]:
    """The exchanges of a file as the reader of the product would see them."""
    made: list[Example] = []
    for group in by_point(list(written(path))):
        case = case_of(group)
        lexicon = Lexicon(case)
        made += [_example(one, case, lexicon) for one in group]
    return made


def case_of(group: list[Written]) -> Case:
    """A case with the names that are marked, so that they are found in questions as well."""
    found: dict[str, dict[str, str]] = {"p": {}, "l": {}, "e": {}}
    for one in group:
        for start, end, kind, _ in one.marks:
            words = re.sub(r"'s?$", "", one.turns[-1][1][start:end].strip())
            if kind not in found or not 2 <= len(words) <= 40:
                continue
            if kind == "p" and _NO_NAME.match(words):
                continue
            if kind != "p":
                words = re.sub(r"^(?:the|a|an|my|his|our|their|that|this)\s+", "", words.lower())
                if words in ("there", "here", "it", "home", "in", "out"):
                    continue
            found[kind].setdefault(words.lower(), words)
    people = tuple(Term(w, (), (w,)) for _, w in sorted(found["p"].items()))
    places, tools = (tuple(Term(w, (), (w,)) for w in sorted(found[kind])) for kind in ("l", "e"))
    return Case("written", DAY, people, places, tools, (group[0].point,))


def cases_of(some: Sequence[Written]) -> list[tuple[Case, list[Written]]]:
    """Each point of a file with those around it as a case, and the exchanges about it."""
    points: dict[str, Point] = {}
    for one in some:
        points.setdefault(
            one.point.text, replace(one.point, id=f"P{len(points)}", en=one.point.text)
        )
    texts = list(points)
    made = []
    for at, text in enumerate(texts):
        low = max(0, min(at - _CASE // 2, len(texts) - _CASE))
        window = texts[low : low + _CASE]
        case = case_of([one for one in some if one.point.text in window])
        case = replace(case, points=tuple(points[w] for w in window))
        made.append((case, [one for one in some if one.point.text == text]))
    return made


def exchange_of(one: Written) -> Exchange:
    """The turns as the reader takes them, all about the point."""
    turns = tuple(
        Turn(str(at), Role.QUESTION if who == "q" else Role.ANSWER, text, at, at + 1, "P")
        for at, (who, text) in enumerate(one.turns)
    )
    return Exchange("A", "the one asked", DAY, "en", turns)


def _example(one: Written, case: Case, lexicon: Lexicon) -> Example:
    reading = Reading(exchange_of(one), case, lexicon, one.point)
    facts = [fact for fact in reading.facts() if fact.turn == str(len(one.turns) - 1)]
    turns = mentioned_in(reading.heard, DAY, DAY)
    last = turns[-1]
    place = {at: at for at in range(len(last.said.text))}
    said, roles = merged(last.said, [_bare(last.said.text, gold) for gold in gold_of(one, place)])
    answer = Mentioned(said, last.people).with_rules(facts)
    return Example(
        one.source,
        one.point,
        (*(turn.said for turn in turns[:-1]), answer),
        roles,
        whole_of(one),
        beside_of(one),
    )


_ARTICLE = re.compile(r"(?:the|a|an|my|his|her|our|their|your|some|at|on|in|with|about|around)\s+")


def _bare(text: str, gold: tuple[int, int, str, str]) -> tuple[int, int, str, str]:
    """Without the article, as the finders give it."""
    start, end, kind, roles = gold
    while kind != "p" and (found := _ARTICLE.match(text, start, end)) and found.end() < end:
        start = found.end()
    return start, end, kind, roles
