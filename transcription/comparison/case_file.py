"""A case file (JSON, as the labelled sets and the demo have it) as a ``Case``.

Unknown keys are let pass: a case file carries more than the comparison needs. What is needed and
wrong is an error that names the place. Two terms that share an alias are allowed (the lexicon finds
such a name ambiguous); two with one id are not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from transcription.comparison.document_file import document_facts
from transcription.comparison.model import Case, Point, Slot, Term
from transcription.errors import CaseError

_T = TypeVar("_T", Term, Point)


def read_case(path: Path) -> Case:
    """The case in a file.

    Raises:
        CaseError: not there, not JSON, or not a case.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise CaseError(f"case file {path}: {error.strerror or error}") from error
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError
        raise CaseError(f"case file {path} is not JSON: {error}") from error
    try:
        return case_from_json(document)
    except CaseError as error:
        raise CaseError(f"case file {path}: {error}") from error


def case_from_json(document: object) -> Case:
    """The case in a parsed document.

    Raises:
        CaseError: a needed key is missing or of the wrong kind.
    """
    case = _object(document, "the case")
    return Case(
        id=_text(case, "id", "the case"),
        incident=_incident(case),
        people=_terms(case, "people"),
        places=_terms(case, "places"),
        equipment=_terms(case, "equipment"),
        points=_unique(
            tuple(_point(p, f"points[{i}]") for i, p in _list(case, "points")), "points"
        ),
        documents=document_facts(case.get("documents", [])),
    )


def _incident(case: Mapping[str, Any]) -> date | None:
    text = case.get("incident_date")
    if text is None or text == "":
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise CaseError(f"incident_date must be a day like 2026-05-03, is {text!r}") from error


def _terms(case: Mapping[str, Any], key: str) -> tuple[Term, ...]:
    terms = []
    for at, item in _list(case, key):
        where = f"{key}[{at}]"
        if isinstance(item, str):
            item = {"id": item}
        term = _object(item, where)
        terms.append(
            Term(
                _text(term, "id", where), _texts(term, "aliases", where), _texts(term, "en", where)
            )
        )
    return _unique(tuple(terms), key)


def _point(item: object, where: str) -> Point:
    point = _object(item, where)
    slots = []
    for name in _texts(point, "slots", where):
        try:
            slots.append(Slot(name))
        except ValueError as error:
            known = ", ".join(Slot)
            raise CaseError(f"{where}.slots: {name!r} is no slot; there are: {known}") from error
    return Point(
        id=_text(point, "id", where),
        text=_text(point, "text", where),
        en=_optional(point, "en", where),
        topic=_optional(point, "topic", where),
        slots=tuple(slots),
        verbs=_texts(point, "verbs", where),
        items=_texts(point, "items", where),
        synonyms=_texts(point, "synonyms", where),
        event=_optional(point, "event", where),
    )


# --- kinds of values -------------------------------------------------------------------------


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise CaseError(f"{where} must be an object, is {_kind(value)}")
    return value


def _list(holder: Mapping[str, Any], key: str) -> list[tuple[int, Any]]:
    value = holder.get(key, [])
    if not isinstance(value, list):
        raise CaseError(f"{key} must be a list, is {_kind(value)}")
    return list(enumerate(value))


def _text(holder: Mapping[str, Any], key: str, where: str) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CaseError(f"{where} needs {key!r}, a text that is not empty")
    return value


def _optional(holder: Mapping[str, Any], key: str, where: str) -> str:
    value = holder.get(key, "")
    if not isinstance(value, str):
        raise CaseError(f"{where}.{key} must be a text, is {_kind(value)}")
    return value


def _texts(holder: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = holder.get(key, [])
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise CaseError(f"{where}.{key} must be a list of texts")
    return tuple(one for one in value if one.strip())


def _unique(several: tuple[_T, ...], key: str) -> tuple[_T, ...]:
    ids = [one.id for one in several]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise CaseError(f"{key}: id {twice[0]!r} is given twice")
    return several


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")
