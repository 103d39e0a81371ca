"""Reads ``exchanges/*.txt``: questions and answers with every mention marked by its part.

The form, a blank line between exchanges: ``@ point ; slots`` opens a point, then ``q`` and ``a``
lines; the last ``a`` has its mentions marked ``{type:words=role}`` (types p t n l e; roles ord to
did when where many with or ``-``, two joined by ``+``, ``!`` denied, ``?`` with a hedge), and a
line ``= yes|no|unk|off|-`` with, where true, ``nobody:ord``, ``nobody:did``, ``hedged``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import Case, Exchange, Point, Role, Slot, Term, Turn
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_input import BESIDE, ROLES, STATES, WHOLE, Mark, Said
from transcription.comparison.zh.net_mentions import said_turns, with_rules
from transcription.comparison.zh.reading import ruled

#: Not to be learnt from: it is not said.
UNSAID = -1
#: Of the whole: it says something of the point, and whether it was so was not asked.
SAYS = -2
FOLDER = Path(__file__).with_name("exchanges")
_MARK = re.compile(r"\{([ptnle]):([^={}]*)=([^{}]*)\}")
DAY = date(2026, 5, 3)
_HOW = {"": "said", "!": "denied", "?": "hedged"}
_NO_NAME = re.compile(
    r"我|俺|咱|你|您|他|她|谁|哪|自己|别人|人家|大家|大伙|所有人|每个|几个|[两俩三四五六七八九十一]个|"
    r"们|有人|旁人|其他|领导|上头|上面|公司|单位|厂里|项目部|甲方|业主|的人|个人|工人$|工友$|[一这那]"
)


@dataclass(frozen=True)
class Written:
    """An exchange as written: the turns, marks of the last with their roles, what it says."""

    source: str
    point: Point
    turns: tuple[tuple[str, str], ...]  # q or a, and the text without marks
    marks: tuple[tuple[int, int, str, str], ...]  # start, end, type, roles
    whole: str
    beside: frozenset[str]


@dataclass(frozen=True)
class Example:
    """What the network learns from: turns with mentions; per mention of the last, its roles."""

    source: str
    point: Point
    turns: tuple[Said, ...]
    roles: tuple[tuple[int, ...], ...]  # per mention, a state for each of ROLES
    whole: int
    beside: tuple[int, ...]
    weight: float = 1.0


def written(path: Path) -> Iterator[Written]:
    """The exchanges of one file.

    Raises:
        ValueError: not of the form above; says where.
    """
    point: Point | None = None
    for number, block in enumerate(re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        if lines and lines[0].startswith("@"):
            text, _, slots = lines.pop(0)[1:].rpartition(";")
            topic = "arrange" if "who_ordered" in slots else ""
            point = Point(
                "P", text.strip(), topic=topic, slots=tuple(Slot(s) for s in slots.split())
            )
        if not lines:
            continue
        if point is None or len(lines) < 3 or not lines[-1].startswith("="):
            raise ValueError(f"{path.name}, block {number}: expected @, q, a and = lines")
        marks, plain = _marks(lines[-2][2:])
        first, *rest = lines[-1][1:].split()
        turns = (*((one[0], _marks(one[2:])[1]) for one in lines[:-2]), ("a", plain))
        yield Written(path.stem, point, turns, marks, first, frozenset(rest))


def _marks(text: str) -> tuple[tuple[tuple[int, int, str, str], ...], str]:
    marks: list[tuple[int, int, str, str]] = []
    plain, last = "", 0
    for found in _MARK.finditer(text):
        plain += text[last : found.start()]
        marks.append((len(plain), len(plain) + len(found[2]), found[1], found[3]))
        plain += found[2]
        last = found.end()
    return tuple(marks), plain + text[last:]


def examples(path: Path) -> list[Example]:
    """The exchanges of a file as the reader of the product would see them."""
    some = list(written(path))
    made: list[Example] = []
    by_point: dict[str, list[Written]] = {}
    for one in some:
        by_point.setdefault(one.point.text, []).append(one)
    for group in by_point.values():
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
    gold: list[tuple[int, int, str, str]] = []
    for start, end, kind, roles in one.marks:
        inside = [place[at] for at in range(start, end) if at in place]
        if inside:
            gold.append((min(inside), max(inside) + 1, kind, roles))
    said[-1], roles_of = _merged(said[-1], gold)
    facts = [fact for fact in ruled(heard, one.point) if fact.turn == turns[-1].id]
    said[-1] = with_rules(said[-1], heard.turns()[-1][0], facts)
    return Example(
        one.source,
        one.point,
        tuple(said),
        roles_of,
        _whole(one),
        tuple(int(name in one.beside) for name in BESIDE),
    )


def _whole(one: Written) -> int:
    """Whether it was so, where the point asks that; of other points only that nothing is said."""
    asked = Slot.WHETHER in one.point.slots or one.whole in ("unk", "off")
    return WHOLE.index(one.whole) if asked else SAYS


def _merged(
    said: Said, gold: list[tuple[int, int, str, str]]
) -> tuple[Said, tuple[tuple[int, ...], ...]]:
    """Mentions found and mentions marked: what is marked counts where both are."""
    kept: list[tuple[Mark, tuple[int, ...]]] = []
    for start, end, kind, roles in gold:
        over = [m for m in said.marks if m.start < end and start < m.end and m.kind == kind]
        if kind == "p":
            # 甲方那个姓崔的: one mention as written may be several as found; the last is the head
            for at, mark in enumerate(over):
                kept.append((mark, _states(roles if at == len(over) - 1 else "-")))
            continue
        kept.append((Mark(start, end, kind), _states(roles)))
    for mark in said.marks:
        if not any(m.start < mark.end and mark.start < m.end for m, _ in kept):
            kept.append((mark, _states("-")))
    kept.sort(key=lambda pair: pair[0].start)
    apart: list[tuple[Mark, tuple[int, ...]]] = []
    for mark, states in kept:
        if not apart or apart[-1][0].end <= mark.start:
            apart.append((mark, states))
    marks = tuple(m for m, _ in apart)
    return Said(said.text, said.asks, marks), tuple(s for _, s in apart)


def _states(roles: str) -> tuple[int, ...]:
    made = [0] * len(ROLES)
    for role in roles.split("+"):
        how, name = (role[0], role[1:]) if role[:1] in "!?" else ("", role)
        if name in ROLES:
            made[ROLES.index(name)] = STATES.index(_HOW[how])
    return tuple(made)
