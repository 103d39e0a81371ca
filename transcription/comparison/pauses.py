"""Where a speaker paused, a phrase ends: marks for the readers, in a copy of the text.

A recogniser gives words without marks. The pauses between them are what it does know of the
phrases, so the readers see a comma at each; what they find is given back in the places and words of
the text as it was recognised. Text that has marks of its own is left as it is.

A pause in the middle of a phrase (我没有…安排他) is a hesitation: none is marked after a word that
cannot end a phrase.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from transcription.comparison.model import Exchange, Fact, Turn, WordTime

#: The recogniser's silence between two words, at least so long. It works in steps of 30 ms and puts
#: none between the words of a phrase said in one breath.
PAUSE_US = 100_000
_MARK = "，"

_MARKED = re.compile(r"[，。？！；,.?!;]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Words after which something must follow.
_GOES_ON = re.compile(
    r"(?:把|被|让|叫|给|跟|和|与|对|向|往|从|由|在|到|是|就是|还是|因为|所以|如果|但是|而且|然后|就|也|都|还|"
    r"又|再|才|只|没|不|未|别|会|要|能|可以|应该|第|每)"
)
#: An answer by itself at the front of a phrase, a negation that binds to what follows elsewhere.
_ANSWERS = re.compile(r"(?:没有?|不|不是|是|对|会|能|可以|要)")


@dataclass(frozen=True)
class Paused:
    """A turn with its pauses marked, and where the marks are (places in the marked text)."""

    turn: Turn
    original: Turn
    marks: tuple[int, ...]

    def back(self, span: tuple[int, int]) -> tuple[int, int]:
        """A span of the marked text in the text as it was recognised, without marks at its ends."""
        start, end = span
        return start - bisect_left(self.marks, start), end - bisect_left(self.marks, end)


def paused(turn: Turn) -> Paused:
    """The turn as readers are to see it."""
    text = turn.text
    if not turn.words or _MARKED.search(text) or not _CHINESE.search(text):
        return Paused(turn, turn, ())
    places = list(_places(text, turn.words))
    if not places:
        return Paused(turn, turn, ())
    pieces = [text[low:high] for low, high in pairwise([0, *places, len(text)])]
    words = tuple(replace(word, span=_shifted(word.span, places)) for word in turn.words)
    marks = tuple(place + before for before, place in enumerate(places))
    return Paused(replace(turn, text=_MARK.join(pieces), words=words), turn, marks)


def paused_exchange(exchange: Exchange) -> tuple[Exchange, dict[str, Paused]]:
    """Every turn of an exchange with its pauses marked, and by turn id what was marked."""
    turns = [paused(turn) for turn in exchange.turns]
    marked = {one.original.id: one for one in turns if one.marks}
    if not marked:
        return exchange, marked
    return replace(exchange, turns=tuple(one.turn for one in turns)), marked


def as_recognised(facts: Iterable[Fact], marked: dict[str, Paused]) -> list[Fact]:
    """Facts read from marked turns, in the words and places of what was recognised."""
    out: list[Fact] = []
    for fact in facts:
        one = marked.get(fact.turn)
        if one is not None:
            start, end = one.back(fact.span)
            fact = replace(fact, span=(start, end), text=one.original.text[start:end])
        out.append(fact)
    return out


def _places(text: str, words: Iterable[WordTime]) -> Iterator[int]:
    phrase = 0
    for before, word in pairwise(sorted(words, key=lambda w: w.span)):
        place = word.span[0]
        if before.span[1] != place or word.start_us - before.end_us < PAUSE_US:
            continue
        last = text[before.span[0] : place]
        alone = before.span[0] == phrase and _ANSWERS.fullmatch(last)
        if not alone and (_GOES_ON.fullmatch(last) or _ANSWERS.fullmatch(last)):
            continue
        phrase = place
        yield place


def _shifted(span: tuple[int, int], places: list[int]) -> tuple[int, int]:
    start, end = span
    return start + bisect_right(places, start), end + bisect_left(places, end)
