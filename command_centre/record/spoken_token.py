"""A token of what was said or written, and what a difference between two of them may be about."""

from __future__ import annotations

from dataclasses import dataclass

NUMBER, NAME, NEGATION, TIME, CHAR = "number", "name", "negation", "time", "char"
#: What a difference is about, the gravest first.
CRITICAL = (NUMBER, NAME, NEGATION, TIME)


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``start`` and ``end`` are its place in the text."""

    kind: str
    value: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """Two tokens with the same key say the same."""
        return self.value if self.kind == CHAR else f"{self.kind}:{self.value}"
