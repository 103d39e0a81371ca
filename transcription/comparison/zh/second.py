"""A second opinion on who: the classifiers of ``parts`` over the people the listener found.

Used where the rules find nothing in an answer to a question about the point, and to lower what
they find when the classifiers are sure of the opposite.
"""

from __future__ import annotations

from dataclasses import dataclass

from transcription.comparison.model import Certainty, Point, Slot
from transcription.comparison.reference import Reference
from transcription.comparison.zh.parts import Named, parts
from transcription.comparison.zh.people import Speech

#: Least probability of a person's part, and of nobody, to count.
SURE, VERY_SURE = 0.8, 0.92


@dataclass(frozen=True)
class Opinion:
    """Who did it, who did not, by the classifiers. ``span`` is of the flattened text."""

    did: Reference
    denied: Reference
    nobody: bool
    certainty: Certainty
    span: tuple[int, int]
    score: float


def opinion(
    slot: Slot, question: str, speech: Speech, point: Point, least: float = 0.0
) -> Opinion | None:
    """What the classifiers make of an answer; None when they are not sure of anything.

    ``least``: how sure they have to be of the answer as a whole.
    """
    people = [
        Named(character, speech.places[at])
        for at, character in enumerate(speech.text)
        if character in speech.who
    ]
    found = parts(slot, question, speech.flat.text, point, people, least)
    if not found.said or found.nobody is None:
        return None
    did, denied = Reference(), Reference()
    for one in found.parts:
        if one.score < SURE:
            continue
        if one.part == "A":
            did |= speech.who[one.person.id]
        elif one.part == "C":
            denied |= speech.who[one.person.id]
    if not (did.ids or denied.ids) and not (found.nobody and found.score >= SURE):
        return None
    return Opinion(did, denied, found.nobody, found.certainty, found.span, found.score)
