"""The neutral question for a difference: which rooms, which words.

It names the point as the case file words it and asks to tell it again. It never quotes what anybody
said, names nobody as the source of anything, and does not say that accounts differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from transcription.comparison.model import Case, Difference, Kind


@dataclass(frozen=True)
class NeutralQuestion:
    """``rooms`` concerned, in order of the difference's sides; ``text`` for the prompt."""

    rooms: tuple[str, ...]
    point: str
    text: str


def neutral_question(difference: Difference, case: Case, language: str) -> NeutralQuestion:
    """For the composer; people send it, or change it, or do not."""
    sides = (difference.a, difference.b)
    rooms = tuple(dict.fromkeys(side.room for side in sides if side.room))
    point = next((p for p in case.points if p.id == difference.point), None)
    if language == "en":
        matter = re.sub(r"^verify\s+", "", point.en or point.text) if point else ""
        text = _english(matter, difference.kind)
    else:
        matter = point.text.removeprefix("核实") if point else ""
        text = _chinese(matter, difference.kind)
    return NeutralQuestion(rooms, difference.point, text)


def _chinese(matter: str, kind: Kind) -> str:
    if not matter:
        return "请你用自己的话，把这件事的经过从头到尾再讲一遍。"
    if kind is Kind.DEVICE:
        return f"请你就{matter}这个问题，把时间、地点、谁操作、怎么知道结果的再讲一遍。"
    if kind is Kind.DOCUMENT:
        return f"请你就{matter}这个问题，把时间、经手的人和有关材料再讲一遍。"
    return f"请你就{matter}这个问题，把时间、地点、在场的人再讲一遍。"


def _english(matter: str, kind: Kind) -> str:
    if not matter:
        return "Please tell us once more, in your own words, what happened from the beginning."
    if kind is Kind.DEVICE:
        return f"Please tell us once more {matter}: when, where, by whom, and how you know."
    if kind is Kind.DOCUMENT:
        return f"Please tell us once more {matter}: when, by whom, and with which papers."
    return f"Please tell us once more {matter}: when, where, and who was there."
