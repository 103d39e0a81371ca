"""What the rules make of a turn, as numbers beside its mentions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from transcription.comparison.model import Certainty, Fact, Slot, Thing, Whether, Who
from transcription.comparison.net_shape import KIND_OF, Mark, Said
from transcription.comparison.reference import Reference

_TIMES = {Slot.WHO_ORDERED: 1, Slot.TO_WHOM: 4, Slot.WHO_DID: 16}
_SAID, _DENIED, _HEDGED = 1, 2, 3

#: Whom a mention means; the range of the given text behind a range of the text that is read.
Meant = Callable[[Mark], Reference | None]
Given = Callable[[int, int], tuple[int, int]]


def ruled_numbers(said: Said, facts: Sequence[Fact], meant: Meant, given: Given) -> Said:
    """The turn with what the rules made of it, a number for each mention.

    Of a person 1, 2 or 3 (said, denied, hedged) for who ordered, four times that for who was
    ordered, sixteen times for who did it; of a value 1, 2 or 3. Of the whole: 1 yes, 2 no, 3 and 4
    the same hedged, 5 not known; 8 more for nobody ordered, 16 for nobody did.
    """
    ruled = [0] * len(said.marks)
    whole = 0
    for fact in facts:
        flat = fact.certainty is Certainty.FLAT
        value = fact.value
        if fact.event or value is None:
            whole |= 5 if value is None and not whole & 7 else 0
        elif isinstance(value, Whether):
            whole = whole & ~7 | (1 if value.yes else 2) + (0 if flat else 2)
        elif isinstance(value, Who):
            _people(said, meant, fact, value, ruled)
            if value.nobody:
                whole |= 16 if fact.slot is Slot.WHO_DID else 8
        else:
            denied = isinstance(value, Thing) and not value.names
            state = _DENIED if denied else _SAID if flat else _HEDGED
            for at, mark in enumerate(said.marks):
                start, end = given(mark.start, mark.end)
                over = start < fact.span[1] and fact.span[0] < end
                if mark.kind == KIND_OF[fact.slot] and over:
                    ruled[at] = state
    return replace(said, ruled=tuple(ruled), whole=whole)


def _people(said: Said, meant: Meant, fact: Fact, value: Who, ruled: list[int]) -> None:
    times = _TIMES[fact.slot]
    for at, mark in enumerate(said.marks):
        reference = meant(mark) if mark.kind == "p" else None
        if reference is None:
            continue
        state = 0
        if reference.ids & value.people:
            state = _SAID if fact.certainty is Certainty.FLAT else _HEDGED
        elif reference.ids & value.denied:
            state = _DENIED
        if state and not ruled[at] // times % 4:
            ruled[at] += times * state
