"""Reads ``exchanges*/*.txt``: questions and answers with every mention marked by its part.

The form, a blank line between exchanges: ``@ point ; slots`` opens a point, then ``q`` and ``a``
lines; the last ``a`` has its mentions marked ``{type:words=role}`` (types p t n l e; roles ord to
did when where many with or ``-``, two joined by ``+``, ``!`` denied, ``?`` with a hedge), and a
line ``= yes|no|unk|off|-`` with, where true, ``nobody:ord``, ``nobody:did``, ``hedged``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transcription.comparison.model import Point, Slot
from transcription.comparison.net_shape import BESIDE, ROLES, STATES, WHOLE, Encoded, Mark, Said

#: Not to be learnt from: it is not said.
UNSAID = -1
#: Of the whole: it says something of the point, and whether it was so was not asked.
SAYS = -2
_MARK = re.compile(r"\{([ptnle]):([^={}]*)=([^{}]*)\}")
_HOW = {"": "said", "!": "denied", "?": "hedged"}


#: Turns about a point as rows, with the words a network knows.
Encode = Callable[[Point, Sequence[Said], Any], Encoded]


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


def whole_of(one: Written) -> int:
    """Whether it was so, where the point asks that; of other points only that nothing is said."""
    asked = Slot.WHETHER in one.point.slots or one.whole in ("unk", "off")
    return WHOLE.index(one.whole) if asked else SAYS


def merged(
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


def beside_of(one: Written) -> tuple[int, ...]:
    """Which of BESIDE are true, as 0 and 1."""
    return tuple(int(name in one.beside) for name in BESIDE)


def gold_of(one: Written, place: dict[int, int]) -> list[tuple[int, int, str, str]]:
    """The marks of the answer at their places of the text that is read."""
    gold: list[tuple[int, int, str, str]] = []
    for start, end, kind, roles in one.marks:
        inside = [place[at] for at in range(start, end) if at in place]
        if inside:
            gold.append((min(inside), max(inside) + 1, kind, roles))
    return gold


def by_point(some: Sequence[Written]) -> list[list[Written]]:
    """Those about one point together."""
    found: dict[str, list[Written]] = {}
    for one in some:
        found.setdefault(one.point.text, []).append(one)
    return list(found.values())
