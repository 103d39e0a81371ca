"""The values an answer holds, before anybody says which of them was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from transcription.comparison.model import Number, Slot, Value
from transcription.comparison.values import numbers_zh, times_zh
from transcription.comparison.values.count_zh import people_listed, says_total
from transcription.comparison.values.things_zh import first_tool, places, tools
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.people import Speech

_OF_PEOPLE = re.compile(r"几个人|多少人|几人|几名|几位|人数|多少个人|几口|几个(?=[^月小钟])|人")


@dataclass(frozen=True)
class Candidate:
    """A value of an answer. ``span`` is of the flattened text."""

    value: Value
    span: tuple[int, int]
    repaired: bool = False


@dataclass(frozen=True)
class Finder:
    """Finds the values of one answer to ``question`` (its plain text)."""

    heard: Heard
    speech: Speech
    question: str
    point: str

    @property
    def text(self) -> str:
        return self.speech.flat.text

    def find(self, slot: Slot, *, asked: bool) -> list[Candidate]:
        """Values that could answer ``slot``, in order."""
        match slot:
            case Slot.WHEN:
                return self._times()
            case Slot.HOW_MANY:
                return self._numbers(asked)
            case Slot.WHERE:
                found = self.heard.once(("w", self.text), lambda: places(self.text, self.heard))
            case _:
                found = self.heard.once(("m", self.text), lambda: tools(self.text, self.heard))
                first = first_tool(self.text) if asked else None
                if first is not None and not any(span[0] < first[1][1] for _, span, _ in found):
                    found = [first, *found]
        return [Candidate(value, span, repaired) for value, span, repaired in found]

    def _times(self) -> list[Candidate]:
        """Times of the answer; morning or afternoon may have been said in the question."""
        before = self.question.rstrip("?.") + "?"
        said_on, incident = self.heard.exchange.said_on, self.heard.case.incident
        shift = len(before)
        return [
            Candidate(value, (max(a - shift, 0), b - shift))
            for value, (a, b) in self.heard.once(
                ("t", before, self.text),
                lambda: times_zh.find(before + self.text, said_on, incident),
            )
            if b > shift
        ]

    def _numbers(self, asked: bool) -> list[Candidate]:
        people = bool(_OF_PEOPLE.search(self.question + self.point))
        found = [
            Candidate(value, span)
            for value, span in self.heard.once(("n", self.text), lambda: numbers_zh.find(self.text))
            if not people or value.unit in ("", "人")
        ]
        several = [c for c in found if _count(c) >= 2]
        if people and several:  # 俩, 一个老王, 一个小李: the ones are of the list
            found = several
        if not people:
            return found
        listed = people_listed(self.speech) if asked else None
        if listed is None:
            return found
        value, (start, end) = listed
        inside = [c for c in found if start <= c.span[0] < end]
        total = [c for c in found if says_total(self.text, c.span[0])]
        stated = [c for c in found if c not in inside and _count(c) >= 2]
        if total or (stated and not inside):
            return [c for c in found if c not in inside or c in total]
        return [c for c in found if c not in inside] + [Candidate(value, (start, end))]


def _count(candidate: Candidate) -> float:
    return candidate.value.low if isinstance(candidate.value, Number) else 0.0
