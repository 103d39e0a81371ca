"""The parts of understanding that the comparison stands on, each in one place.

``read`` picks the language; ``Lexicon``, ``fit`` and ``show`` come from the case lexicon and the
typed values. A language that is not known gives no facts, and so no difference.
"""

from __future__ import annotations

from collections.abc import Callable

from transcription.comparison import zh
from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import Case, Exchange, Fact, Point
from transcription.comparison.values import fit, show

__all__ = ["Lexicon", "fit", "read", "show"]

Reader = Callable[[Exchange, Case, Lexicon, Point], list[Fact]]

#: Language of an exchange -> its reader.
READERS: dict[str, Reader] = {"zh": zh.read}


def read(exchange: Exchange, case: Case, lexicon: Lexicon, point: Point) -> list[Fact]:
    """What the exchange says about the point, in the order said."""
    reader = READERS.get(exchange.language)
    facts = reader(exchange, case, lexicon, point) if reader else []
    return sorted(facts, key=lambda fact: (fact.start_us, fact.turn, fact.span, fact.slot))
