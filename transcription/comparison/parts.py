"""The parts of understanding that the comparison stands on, each in one place.

``read`` picks the language; ``lexicon_of``, ``fit`` and ``show`` come from the case lexicon and the
typed values.
"""

from __future__ import annotations

from collections.abc import Iterable

from transcription.comparison import zh
from transcription.comparison.model import Case, Exchange, Fact, Point
from transcription.comparison.plain import PlainLexicon, fit, show

__all__ = ["Lexicon", "fit", "lexicon_of", "read", "show"]

Lexicon = PlainLexicon


def lexicon_of(case: Case) -> Lexicon:
    """The lexicon of the case."""
    return PlainLexicon(case)


def read(exchange: Exchange, case: Case, lexicon: Lexicon, point: Point) -> list[Fact]:
    """What the exchange says about the point, in the order said; empty in a language not known."""
    facts: Iterable[Fact] = ()
    if exchange.language == "zh":
        facts = zh.read(exchange, case, lexicon, point)
    return sorted(facts, key=lambda fact: (fact.start_us, fact.turn, fact.span, fact.slot))
