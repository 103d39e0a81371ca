"""Names of the case by exact text only, and plain tests of values: what works without the rest.

Used where repair by sound is not wanted; ``lexicon`` and ``values`` are the real ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from transcription.comparison.model import (
    Case,
    Fit,
    Number,
    Slot,
    Thing,
    Value,
    When,
    Whether,
    Who,
)


@dataclass(frozen=True)
class PlainMention:
    """A name found as written."""

    kind: str
    id: str
    span: tuple[int, int]
    by_sound: bool = False


@dataclass
class PlainLexicon:
    """People, places and equipment of a case, found as written, longest first."""

    case: Case
    _names: dict[str, tuple[str, str]] = field(default_factory=dict)
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        kinds = (
            ("person", self.case.people),
            ("place", self.case.places),
            ("equipment", self.case.equipment),
        )
        for kind, terms in kinds:
            for term in terms:
                for name in (term.id, *term.aliases, *term.en):
                    self._names.setdefault(name, (kind, term.id))
        names = sorted(self._names, key=lambda n: (-len(n), n))
        self._pattern = re.compile("|".join(map(re.escape, names)) or r"(?!)")

    def mentions(self, text: str) -> list[PlainMention]:
        """Mentions in order."""
        return [
            PlainMention(*self._names[m.group()], m.span()) for m in self._pattern.finditer(text)
        ]


def fit(slot: Slot, a: Value | None, b: Value | None) -> Fit:
    """How two values go together."""
    match a, b:
        case Whether(), Whether():
            return Fit.SAME if a.yes == b.yes else Fit.INCOMPATIBLE
        case Number(), Number():
            if a.unit != b.unit or a.group != b.group:
                return Fit.UNKNOWN
            return Fit.COMPATIBLE if a.low <= b.high and b.low <= a.high else Fit.INCOMPATIBLE
        case When(), When():
            return Fit.COMPATIBLE if a.low < b.high and b.low < a.high else Fit.INCOMPATIBLE
        case Thing(), Thing():
            if not a.names or not b.names:
                return Fit.UNKNOWN
            return Fit.SAME if a.names & b.names else Fit.INCOMPATIBLE
        case Who(), Who():
            return _who(a, b)
        case _:
            return Fit.UNKNOWN


def _who(a: Who, b: Who) -> Fit:
    if a.nobody and b.nobody:
        return Fit.SAME
    if a.nobody or b.nobody:
        return Fit.INCOMPATIBLE if a.people or b.people else Fit.UNKNOWN
    if a.people & b.denied or b.people & a.denied:
        return Fit.INCOMPATIBLE
    if a.people and b.people:
        if a.people == b.people:
            return Fit.SAME
        return Fit.UNKNOWN if a.people & b.people else Fit.INCOMPATIBLE
    return Fit.UNKNOWN


def show(value: Value | None) -> str:
    """A value in few characters."""
    match value:
        case Who():
            if value.nobody:
                return "NONE"
            return "、".join(sorted(value.people)) or "NOT " + "、".join(sorted(value.denied))
        case When():
            day = f"{value.day:%m-%d} " if value.day else ""
            middle = (value.low + value.high) // 2
            return f"{day}{middle // 60 % 24:02d}:{middle % 60:02d}"
        case Number():
            low, high = f"{value.low:g}", f"{value.high:g}"
            return low if low == high else f"{low}-{high}"
        case Thing():
            return "、".join(sorted(value.names)) or "NOT " + "、".join(sorted(value.denied))
        case Whether():
            return "yes" if value.yes else "no"
        case None:
            return ""
