"""The mentions of English turns, as the network of ``net.py`` takes them.

People are those of ``words.py`` and posts without a name (the foreman, some lad); times and numbers
those of ``values``; places and tools those of the case, and others by their words. Where two
overlap the earlier one of this order stays: people, times, numbers, tools, places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from transcription.comparison.en.matters import understand
from transcription.comparison.en.net_input import plain
from transcription.comparison.en.tools import TOOL_WORDS
from transcription.comparison.en.values import SPOTS
from transcription.comparison.en.words import Token
from transcription.comparison.lexicon import EQUIPMENT, PERSON, PLACE
from transcription.comparison.model import Fact, Role, Slot, Turn
from transcription.comparison.net_ruled import ruled_numbers
from transcription.comparison.net_shape import Mark, Said
from transcription.comparison.reference import Reference
from transcription.comparison.values.found import find_numbers, find_times

#: People known by their post or kind only.
_UNNAMED = re.compile(
    r"\b(?:the|my|our|his|their|that|this|some|a|an|another|one of the)\s+"
    r"(?:(?:big|old|young|new|other|site|shift|safety|project|works?|general|deputy|plant|office|"
    r"main|sub|agency|night|day|head|senior|duty|production|maintenance|section|team|gang)\s+){0,2}"
    r"(?:foremen|foreman|managers?|bosse?s?|supervisors?|engineers?|leaders?|officers?|directors?|"
    r"owners?|clients?|contractors?|subcontractors?|subbies|gaffers?|chargehand|superintendent|"
    r"inspectors?|lads?|blokes?|fellows?|fellas?|guys?|chaps?|men|man|woman|women|boys?|mates?|"
    r"workers?|labourers?|operators?|drivers?|fitters?|welders?|electricians?|riggers?|scaffolders?|"
    r"crew|gang|office|management|company|dispatcher|controller|apprentices?|trainees?|uncle|"
    r"cousin|brother|wife|son|nephew)\b(?!'s)"
)
_KINDS = {
    **dict.fromkeys(("i", "me", "myself"), "i"),
    **dict.fromkeys(("we", "us", "ourselves"), "we"),
    **dict.fromkeys(("he", "him", "himself", "she", "her", "herself"), "he"),
    **dict.fromkeys(("they", "them", "themselves"), "they"),
    **dict.fromkeys(("you", "yourself"), "you"),
}


#: Turns with their words as ``Listener`` hears them, in order.
Heard = Sequence[tuple[Turn, Sequence[Token]]]


@dataclass(frozen=True)
class Mentioned:
    """A turn with its mentions, and whom each of the people means."""

    said: Said
    people: dict[int, Reference]  # by the start of the mention

    def meant(self, mark: Mark) -> Reference | None:
        """Whom a mention means, if anybody that is known."""
        return self.people.get(mark.start)

    def with_rules(self, facts: Sequence[Fact]) -> Said:
        """The turn with what the rules made of it."""
        return ruled_numbers(self.said, facts, self.meant, lambda start, end: (start, end))


def mentioned_in(heard: Heard, said_on: date, incident: date | None) -> list[Mentioned]:
    """Every turn with its mentions; a bare number is an hour where the time was asked."""
    made: list[Mentioned] = []
    timed = False
    for turn, tokens in heard:
        asks = turn.role is Role.QUESTION
        if asks:
            timed = Slot.WHEN in understand(turn.text).slots
        made.append(_mentioned(turn.text, tuple(tokens), asks, timed, said_on, incident))
    return made


@lru_cache(maxsize=512)
def _mentioned(
    text: str, tokens: tuple[Token, ...], asks: bool, timed: bool, said_on: date,
    incident: date | None,
) -> Mentioned:  # fmt: skip
    lower = plain(text)
    marks: list[Mark] = []
    people: dict[int, Reference] = {}
    for token in tokens:
        if token.kind == PERSON and not token.nobody and token.span[0] < token.span[1]:
            kind = _KINDS.get(token.text.partition("'")[0], "name" if token.ids else "some")
            key = "/".join(sorted(token.ids)) if kind != "we" else ""
            marks.append(Mark(*token.span, "p", kind, key))
            people[token.span[0]] = Reference(
                token.ids, token.others, token.by_sound, vague=kind == "we"
            )
    _add(marks, "p", [m.span() for m in _UNNAMED.finditer(lower)])
    for mark in marks:
        people.setdefault(mark.start, Reference(others=-1))
    _add(marks, "t", [t.span for t in find_times(text, said_on, incident, "en", asked=timed)])
    _add(marks, "n", [n.span for n in find_numbers(text, "en")])
    _add(marks, "e", [t.span for t in tokens if t.kind == EQUIPMENT])
    _add(marks, "l", [t.span for t in tokens if t.kind == PLACE])
    _add(marks, "e", [m.span("tool") for m in TOOL_WORDS.finditer(lower)])
    _add(marks, "l", [m.span("place") for m in SPOTS.finditer(lower)])
    return Mentioned(Said(lower, asks, tuple(sorted(marks, key=lambda m: m.start))), people)


def _add(marks: list[Mark], kind: str, spans: Iterable[tuple[int, int]]) -> None:
    for start, end in spans:
        if start < end and not any(m.start < end and start < m.end for m in marks):
            who = "some" if kind == "p" else ""
            marks.append(Mark(start, end, kind, who))
