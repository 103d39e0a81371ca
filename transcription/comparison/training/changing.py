"""Exchanges changed a little each time they are learnt from."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from transcription.comparison.model import Point
from transcription.comparison.net_shape import BESIDE, ROLES, WHOLE, Said
from transcription.comparison.training.examples import Example


@dataclass(frozen=True)
class Ways:
    """How talk of one language is changed.

    ``plain`` takes marks away, ``misheard`` puts errors of a recogniser in, ``joint`` stands
    between two sentences, ``related`` counts what of a point's matter is in a text.
    """

    plain: Callable[[str], str]
    misheard: Callable[[str, float, random.Random], str]
    joint: str
    related: Callable[[Point, str], int]


def changed_by(ways: Ways, one: Example, all_of: Sequence[Example], draw: random.Random) -> Example:
    """The exchange heard otherwise: more talk around it, other context, errors of a recogniser,
    no marks, another point."""
    one = _rambling(ways, one, all_of, draw) if draw.random() < 0.5 else one
    turns = list(one.turns)
    if len(turns) == 2 and draw.random() < 0.25:
        before = draw.choice(all_of)
        turns = [*before.turns[-2:], *turns] if before.source == one.source else turns
    if draw.random() < 0.15:
        turns[-1] = replace(turns[-1], ruled=(), whole=0)
    if len(turns) > 2 and draw.random() < 0.3:
        turns = turns[-2:]
    if draw.random() < 0.4:
        turns = [rewritten(t, ways.plain) for t in turns]
    if draw.random() < 0.3:
        rate = draw.choice((0.05, 0.1, 0.15))
        turns = [rewritten(t, lambda text: ways.misheard(text, rate, draw)) for t in turns]
    one = replace(one, turns=tuple(turns))
    if draw.random() < 0.15 and (other := _elsewhere(ways, one, all_of, draw)) is not None:
        return other
    return one


def rewritten(said: Said, change: Callable[[str], str]) -> Said:
    """Text between the mentions changed; people and values keep their places."""
    made, marks, at = "", [], 0
    for mark in said.marks:
        made += change(said.text[at : mark.start])
        start = len(made)
        made += said.text[mark.start : mark.end]
        marks.append(replace(mark, start=start, end=len(made)))
        at = mark.end
    text = made + change(said.text[at:])
    return replace(said, text=text, marks=tuple(marks))


def _rambling(ways: Ways, one: Example, all_of: Sequence[Example], draw: random.Random) -> Example:
    """The answer with another one around it that says nothing about its own point."""
    other = draw.choice(all_of)
    if other.whole != WHOLE.index("off") or other.source == one.source:
        return one
    nothing = tuple((0,) * len(ROLES) for _ in other.roles)
    first, second = (other, one) if draw.random() < 0.7 else (one, other)
    text = first.turns[-1].text.rstrip(".,?") + ways.joint
    marks = first.turns[-1].marks + tuple(
        replace(m, start=m.start + len(text), end=m.end + len(text)) for m in second.turns[-1].marks
    )
    roles = nothing + one.roles if first is other else one.roles + nothing
    ruled = (0,) * len(nothing)
    mine = one.turns[-1].ruled or (0,) * len(one.roles)
    ruled = ruled + mine if first is other else mine + ruled
    said = Said(text + second.turns[-1].text, False, marks, ruled, one.turns[-1].whole)
    return replace(one, turns=(*one.turns[:-1], said), roles=roles)


def _elsewhere(
    ways: Ways, one: Example, all_of: Sequence[Example], draw: random.Random
) -> Example | None:
    """The same talk, looked at for a point it has nothing to do with."""
    text = " ".join(turn.text for turn in one.turns)
    asked = " ".join(turn.text for turn in one.turns if turn.asks)
    if ways.related(one.point, asked) < 2:
        return None  # 谁定的 may ask about any point
    other = draw.choice(all_of).point
    if ways.related(other, text) or other.slots == one.point.slots == ():
        return None
    nothing = tuple((0,) * len(ROLES) for _ in one.roles)
    said = replace(one.turns[-1], ruled=(), whole=0)
    return replace(
        one,
        turns=(*one.turns[:-1], said),
        point=other,
        roles=nothing,
        whole=WHOLE.index("off"),
        beside=(0,) * len(BESIDE),
        weight=0.5 * one.weight,
    )
