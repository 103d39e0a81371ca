"""The parts of understanding that the comparison stands on, each in one place.

``read`` picks the language; ``Names``, ``fit`` and ``show`` come from the case lexicon and the
typed values. A language that is not known gives no facts, and so no difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from transcription.comparison import en, zh
from transcription.comparison.lexicon import Lexicon, Mention
from transcription.comparison.model import (
    Case,
    Certainty,
    Exchange,
    Fact,
    Number,
    Point,
    Slot,
    Who,
)
from transcription.comparison.presence import whereabouts
from transcription.comparison.values.fitting import fit
from transcription.comparison.values.found import find_numbers, find_times
from transcription.comparison.values.showing import show

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
    if exchange.language == "zh" and _whereabouts(point, case):
        facts = [f for f in facts if f.slot is not Slot.WHERE]
        facts += whereabouts(exchange, case, names, point)
    facts = [_plainly(fact) for fact in facts if not _told_to(fact)]
    return sorted(facts, key=lambda fact: (fact.start_us, fact.turn, fact.span, fact.slot))


def _whereabouts(point: Point, case: Case) -> bool:
    """The point asks where somebody was, not where he did something."""
    if Slot.WHERE not in point.slots:
        return False
    named = any(p.id in point.text for p in case.people)
    return point.topic == "presence" or (named and not _OF_AN_ACT.search(point.text))


_OF_AN_ACT = re.compile(r"(?:哪[里儿]|(?:什么|哪个?)(?:位置|部位|地方|一?侧))[一-鿿]{2,4}的?$")


_SAID_TO_ME = re.compile(r"[他她]们?说|[跟对]我说|[叫让派]我")


def _told_to(fact: Fact) -> bool:
    """他说老张你带他俩去: who is told to lead others gave no order of his own."""
    return (
        fact.slot is Slot.WHO_ORDERED
        and isinstance(fact.value, Who)
        and fact.value.people == {fact.speaker}
        and bool(_SAID_TO_ME.search(fact.text))
    )


def _plainly(fact: Fact) -> Fact:
    """几个人我没数: a "some" that is hedged is no number."""
    value = fact.value
    vague = isinstance(value, Number) and (value.low, value.high) == (2.0, 9.0)
    if vague and fact.certainty is Certainty.HEDGED:
        return replace(fact, value=None, certainty=Certainty.UNKNOWN)
    return fact
