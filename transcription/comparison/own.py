"""One person at two times (本人前后不一): what cannot stand beside an earlier statement of theirs.

Only flat statements of one slot and event count; a correction within one turn is none.
"""

from __future__ import annotations

from dataclasses import replace

from transcription.comparison.compare import difference_id, side_of, tier_of
from transcription.comparison.model import Certainty, Difference, Fact, Fit, Kind, Slot
from transcription.comparison.parts import fit


def own_differences(facts: list[Fact]) -> list[Difference]:
    """Facts of one cell in order of time; one difference at most per slot and event.

    The earliest statement of all is laid beside the latest one that it does not go together with.
    """
    groups: dict[tuple[Slot, str], list[Fact]] = {}
    for fact in facts:
        if fact.certainty is Certainty.FLAT and fact.value is not None:
            groups.setdefault((fact.slot, fact.event), []).append(fact)
    found = (_first(group) for group in groups.values())
    return [difference for difference in found if difference is not None]


def _first(facts: list[Fact]) -> Difference | None:
    for early in facts:
        for late in reversed(facts):
            if late.turn == early.turn or late.start_us < early.start_us:
                continue
            if fit(early.slot, early.value, late.value) is not Fit.INCOMPATIBLE:
                continue
            return Difference(
                id=difference_id(Kind.SELF, early.point, early.slot, early.event, [early.speaker]),
                kind=Kind.SELF,
                tier=tier_of(early, late),
                point=early.point,
                slot=early.slot,
                rule=f"{early.slot}.values",
                a=replace(side_of(early)),
                b=replace(side_of(late)),
            )
    return None
