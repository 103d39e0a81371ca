"""The parts of understanding that the comparison stands on, each in one place.

``read`` picks the language; ``Names``, ``fit`` and ``show`` come from the case lexicon and the
typed values. A language that is not known gives no facts, and so no difference.
"""

from __future__ import annotations

from collections.abc import Callable

from transcription.comparison import en, zh
from transcription.comparison.lexicon import Lexicon, Mention
from transcription.comparison.model import Case, Exchange, Fact, Point
from transcription.comparison.values import find_numbers, find_times, fit, show

__all__ = ["Names", "find_numbers", "find_times", "fit", "read", "show"]

#: Texts whose mentions are remembered: those of an exchange, read for several points.
REMEMBERED = 256


class Names(Lexicon):
    """The lexicon of a case that remembers what it found in the last texts."""

    def mentions(self, text: str) -> list[Mention]:
        """As ``Lexicon.mentions``; the list is a new one each time."""
        memory: dict[str, list[Mention]] = self.__dict__.setdefault("_memory", {})
        found = memory.get(text)
        if found is None:
            if len(memory) >= REMEMBERED:
                memory.pop(next(iter(memory)))
            found = memory[text] = super().mentions(text)
        return list(found)


Reader = Callable[[Exchange, Case, Names, Point], list[Fact]]

#: Language of an exchange -> its reader.
READERS: dict[str, Reader] = {"zh": zh.read, "en": en.read}


def read(exchange: Exchange, case: Case, names: Names, point: Point) -> list[Fact]:
    """What the exchange says about the point, in the order said."""
    reader = READERS.get(exchange.language)
    facts = reader(exchange, case, names, point) if reader else []
    return sorted(facts, key=lambda fact: (fact.start_us, fact.turn, fact.span, fact.slot))
