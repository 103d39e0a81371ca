"""The mentions of prepared turns, as the network of ``net.py`` takes them.

People are those of ``people.py``; times, numbers, places and tools those of ``values``. Where two
overlap the earlier one of this order stays: people, times, numbers, tools, places.
"""

from __future__ import annotations

from collections.abc import Sequence

from transcription.comparison.model import Fact
from transcription.comparison.net_ruled import ruled_numbers
from transcription.comparison.net_shape import Mark, Said
from transcription.comparison.reference import Reference
from transcription.comparison.values import numbers_zh, times_zh
from transcription.comparison.values.things_zh import places, tools
from transcription.comparison.zh.heard import Heard, Prepared
from transcription.comparison.zh.people import WHO, Speech

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


def with_rules(said: Said, speech: Speech, facts: Sequence[Fact]) -> Said:
    """The turn with what the rules made of it, a number for each mention."""
    who = dict(zip((start for start, _ in speech.places), speech.text, strict=True))

    def meant(mark: Mark) -> Reference | None:
        return speech.who.get(who.get(mark.start, ""))

    return ruled_numbers(said, facts, meant, speech.flat.span)
