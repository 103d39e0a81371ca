"""The mentions of prepared turns, as the network of ``net.py`` takes them.

People are those of ``people.py``; times, numbers, places and tools those of ``values``. Where two
overlap the earlier one of this order stays: people, times, numbers, tools, places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from transcription.comparison.model import Certainty, Fact, Slot, Thing, Whether, Who
from transcription.comparison.values import numbers_zh, times_zh
from transcription.comparison.values.things_zh import places, tools
from transcription.comparison.zh.heard import Heard, Prepared
from transcription.comparison.zh.net_input import Mark, Said
from transcription.comparison.zh.people import WHO, Reference, Speech

_SELF = ("我", "俺", "本人", "咱")


def said_turns(heard: Heard, turns: Sequence[Prepared]) -> tuple[Said, ...]:
    """Every turn with its mentions."""
    return tuple(_once(heard, speech, asked is not None) for speech, asked in turns)


def _once(heard: Heard, speech: Speech, asks: bool) -> Said:
    key = ("said", speech.flat.text, speech.text, asks)
    return heard.once(key, lambda: _said(heard, speech, asks))


def _said(heard: Heard, speech: Speech, asks: bool) -> Said:
    marks = people_marks(speech)
    text = speech.flat.text
    said_on, incident = heard.exchange.said_on, heard.case.incident
    values = [
        ("t", [span for _, span in times_zh.find(text, said_on, incident)]),
        ("n", [span for _, span in numbers_zh.find(text)]),
        ("e", [span for _, span, _ in tools(text, heard)]),
        ("l", [span for _, span, _ in places(text, heard)]),
    ]
    for kind, spans in values:
        for start, end in spans:
            if start < end and not any(m.start < end and start < m.end for m in marks):
                marks.append(Mark(start, end, kind))
    return Said(text, asks, tuple(sorted(marks, key=lambda m: m.start)))


def people_marks(speech: Speech) -> list[Mark]:
    """The people of a turn, pronouns that nobody could resolve among them."""
    marks: list[Mark] = []
    for character, (start, end) in zip(speech.text, speech.places, strict=True):
        words = speech.flat.text[start:end]
        if character == WHO:
            marks.append(Mark(start, end, "p", "who"))
        elif character in speech.who:
            reference = speech.who[character]
            marks.append(Mark(start, end, "p", _kind(words, reference), _key(reference)))
        elif words in ("他", "她") and character == words:
            marks.append(Mark(start, end, "p", "he"))
    return marks


def _key(reference: Reference) -> str:
    return "/".join(sorted(reference.ids))


def _kind(words: str, reference: Reference) -> str:
    if words.startswith(("我们", "咱们", "俺们", "大家", "大伙")) or words in (
        "咱",
        "咱俩",
        "我俩",
    ):
        return "we"
    if words.startswith(_SELF):
        return "i"
    if words.startswith(("你", "您")):
        return "you"
    if words.startswith(("他们", "她们", "他俩")):
        return "they"
    if words in ("他", "她", "人家", "他本人", "她本人"):
        return "he"
    return "name" if reference.ids else "some"


# --- what the rules say ---------------------------------------------------------------------------

_KIND_OF = {Slot.WHEN: "t", Slot.HOW_MANY: "n", Slot.WHERE: "l", Slot.WITH_WHAT: "e"}
_TIMES = {Slot.WHO_ORDERED: 1, Slot.TO_WHOM: 4, Slot.WHO_DID: 16}
_SAID, _DENIED, _HEDGED = 1, 2, 3


def with_rules(said: Said, speech: Speech, facts: Sequence[Fact]) -> Said:
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
            _people(said, speech, fact, value, ruled)
            if value.nobody:
                whole |= 16 if fact.slot is Slot.WHO_DID else 8
        else:
            denied = isinstance(value, Thing) and not value.names
            state = _DENIED if denied else _SAID if flat else _HEDGED
            for at, mark in enumerate(said.marks):
                if mark.kind == _KIND_OF[fact.slot] and _inside(speech, mark, fact):
                    ruled[at] = state
    return replace(said, ruled=tuple(ruled), whole=whole)


def _people(said: Said, speech: Speech, fact: Fact, value: Who, ruled: list[int]) -> None:
    who = dict(zip((start for start, _ in speech.places), speech.text, strict=True))
    times = _TIMES[fact.slot]
    for at, mark in enumerate(said.marks):
        reference = speech.who.get(who.get(mark.start, "")) if mark.kind == "p" else None
        if reference is None:
            continue
        state = 0
        if reference.ids & value.people:
            state = _SAID if fact.certainty is Certainty.FLAT else _HEDGED
        elif reference.ids & value.denied:
            state = _DENIED
        if state and not ruled[at] // times % 4:
            ruled[at] += times * state


def _inside(speech: Speech, mark: Mark, fact: Fact) -> bool:
    start, end = speech.flat.span(mark.start, mark.end)
    return start < fact.span[1] and fact.span[0] < end
