"""Labelled pairs: one JSON object a line, two sides of one case and what a person found.

Reads and checks; measures nothing. A line that cannot be used is an error that names the line and
what was expected, because a set with a hole in it gives figures that mean nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from transcription.comparison.case_file import read_case
from transcription.comparison.compare import Relation
from transcription.comparison.model import Case, Exchange, Point, Role, Slot, Turn
from transcription.errors import CaseError, PairError

_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True)
class GoldConflict:
    """A slot in which the sides conflict, with both values as the annotator wrote them."""

    slot: Slot
    a: str
    b: str


@dataclass(frozen=True)
class LabelledPair:
    """Two exchanges about ``point`` and the annotator's judgement."""

    id: str
    language: str
    case: Case
    point: Point
    a: Exchange
    b: Exchange
    relation: Relation
    conflicts: tuple[GoldConflict, ...]
    tags: tuple[str, ...]


def read_pairs(path: Path, cases: Path) -> list[LabelledPair]:
    """Every pair of a file; case files are looked for in ``cases`` by name.

    Raises:
        PairError: the file or a line cannot be used.
        CaseError: a case file cannot be used.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise PairError(f"{path}: {error.strerror or error}") from error
    known: dict[str, Case] = {}
    pairs: list[LabelledPair] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            pair = _pair(_parse(line), cases, known)
            if pair.id in seen:
                raise PairError(f"id {pair.id!r} was given before")
        except (PairError, CaseError) as error:
            raise PairError(f"{path.name} line {number}: {error}") from error
        seen.add(pair.id)
        pairs.append(pair)
    if not pairs:
        raise PairError(f"{path.name} holds no pairs; expected one JSON object a line")
    return pairs


def _parse(line: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(line)
    except ValueError as error:
        raise PairError(f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise PairError("expected an object with id, lang, case, point, a, b, gold, tags")
    return document


def _pair(line: Mapping[str, Any], cases: Path, known: dict[str, Case]) -> LabelledPair:
    language = _text(line, "lang")
    if language not in ("zh", "en"):
        raise PairError(f"lang must be zh or en, is {language!r}")
    case = _case(_text(line, "case"), cases, known)
    name = _text(line, "point")
    point = next((p for p in case.points if p.id == name), None)
    if point is None:
        there = ", ".join(p.id for p in case.points)
        raise PairError(f"point {name!r} is not in the case, which has {there}")
    gold = _object(line, "gold")
    relation = _one_of(Relation, _text(gold, "relation"), "gold.relation")
    conflicts = tuple(_conflict(c) for c in _list(gold, "conflicts"))
    if (relation is Relation.CONFLICT) != bool(conflicts):
        raise PairError("gold.conflicts must be given for a conflict and for nothing else")
    return LabelledPair(
        id=_text(line, "id"),
        language=language,
        case=case,
        point=point,
        a=_side(line, "a", language),
        b=_side(line, "b", language),
        relation=relation,
        conflicts=conflicts,
        tags=tuple(str(tag) for tag in line.get("tags", [])),
    )


def _case(name: str, cases: Path, known: dict[str, Case]) -> Case:
    if "/" in name or "\\" in name or name.startswith("."):
        raise PairError(f"case must be the name of a file in the cases directory, is {name!r}")
    if name not in known:
        known[name] = read_case(cases / name)
    return known[name]


def _conflict(value: object) -> GoldConflict:
    if not isinstance(value, dict):
        raise PairError("gold.conflicts must hold objects with slot, a, b")
    slot = _one_of(Slot, _text(value, "slot"), "gold.conflicts.slot")
    return GoldConflict(slot, _text(value, "a"), _text(value, "b"))


def _side(line: Mapping[str, Any], key: str, language: str) -> Exchange:
    side = _object(line, key)
    try:
        said_on = date.fromisoformat(_text(side, "date"))
    except ValueError as error:
        raise PairError(f"{key}.date must be a day like 2026-05-04") from error
    turns = tuple(_turn(t, f"{key}{i}") for i, t in enumerate(_list(side, "turns")))
    if not any(turn.role is Role.ANSWER for turn in turns):
        raise PairError(f"{key}.turns holds no answer (role a)")
    return Exchange(_text(side, "room"), _text(side, "speaker"), said_on, language, turns)


def _turn(value: object, turn: str) -> Turn:
    if not isinstance(value, dict):
        raise PairError(f"turn {turn} must be an object with role, t0, t1, text")
    role = _one_of(Role, _text(value, "role"), f"role of turn {turn}")
    start, end = (_number(value, key, turn) for key in ("t0", "t1"))
    if end < start:
        raise PairError(f"turn {turn}: t1 is before t0")
    return Turn(turn, role, _text(value, "text"), round(start * 1e6), round(end * 1e6))


# --- kinds of values -------------------------------------------------------------------------


def _text(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not value:
        raise PairError(f"{key!r} must be a text that is not empty")
    return value


def _object(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = holder.get(key)
    if not isinstance(value, dict):
        raise PairError(f"{key!r} must be an object")
    return value


def _list(holder: Mapping[str, Any], key: str) -> Iterator[Any]:
    value = holder.get(key)
    if not isinstance(value, list):
        raise PairError(f"{key!r} must be a list")
    return iter(value)


def _number(holder: Mapping[str, Any], key: str, turn: str) -> float:
    value = holder.get(key)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 1e9:
        raise PairError(f"turn {turn}: {key!r} must be seconds, 0 or more")
    return float(value)


def _one_of(kind: type[_E], value: str, where: str) -> _E:
    try:
        return kind(value)
    except ValueError as error:
        raise PairError(f"{where}: {value!r} is none of {', '.join(kind)}") from error
