"""Spoken Chinese: from an exchange's turns to facts (README.md, "Spoken Chinese").

``read`` is the way in; ``clauses`` is offered to the values. Pure, like all of the comparison.
"""

from __future__ import annotations

from transcription.comparison.zh.clauses import Clause, clauses
from transcription.comparison.zh.reading import read

__all__ = ["Clause", "clauses", "read"]
