"""A record against every reading of its recording: live words, corrections, a second hearing.

The recording is the authority, its readings are not. A text is compared with what was said as it
reads now. What stands only because somebody corrected a sentence is listed too, settled by that
correction: nobody has to justify it twice, and nobody can change the record through a correction
without its being seen. What another model heard differently in a number, a name, a negation or a
time is pointed out where neither the live words nor the record have it; it never blocks a document.

The findings of an inspection are compared with what is known of the place
(record/finding_differences.py); corrections settle theirs in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from command_centre.desk.record_said import SecondHearing, Sentence
from command_centre.desk.record_text import Text
from command_centre.desk.views import Corrected
from command_centre.record.differences import (
    MISHEARD,
    Difference,
    Said,
    Written,
    differences,
)
from command_centre.record.finding_differences import finding_differences
from command_centre.record.finding_evidence import Finding, Scene
from command_centre.record.spoken_token import CRITICAL

#: Kind of an item that only the second hearing gives.
SECOND = "second"
#: So much of a sentence of the second hearing lies in those that a line is anchored to.
_SHARE = 0.5


@dataclass(frozen=True)
class Listed:
    """One item; ``corrected`` is the correction that settles it."""

    difference: Difference
    corrected: Corrected | None = None

    @property
    def critical(self) -> bool:
        """Must it be settled before a document is made?"""
        return self.difference.critical and self.difference.kind != SECOND


def listed(
    text: Text,
    sentences: Sequence[Sentence],
    second: Sequence[SecondHearing],
    names: tuple[str, ...],
) -> list[Listed]:
    """All items, those of the second hearing behind the others; pure."""
    lines = [Written(one.kind, one.text, tuple(one.utterances), one.t_us) for one in text.lines]
    # what was said after the last save is not missing yet: it is offered to be taken in
    heard = [one for one in sentences if one.end_us <= text.until_us]
    now = differences(lines, [one.said() for one in heard], names)
    found = [Listed(one) for one in now]
    found += _settled(lambda said: differences(lines, said, names), heard, now)
    return found + [Listed(one) for one in _second(lines, heard, second, now, names)]


def findings_listed(
    findings: Sequence[Finding], scene: Scene, sentences: Sequence[Sentence], names: tuple[str, ...]
) -> list[Listed]:
    """All items of an inspection; pure. Findings are seen: no second hearing is asked."""

    def compared(said: Sequence[Said]) -> list[Difference]:
        return finding_differences(findings, replace(scene, said=said), names)

    now = compared(scene.said)
    return [Listed(one) for one in now] + _settled(compared, sentences, now)


def _settled(
    compared: Callable[[Sequence[Said]], list[Difference]],
    heard: Sequence[Sentence],
    now: Sequence[Difference],
) -> list[Listed]:
    """What differs from the words as recognised, and no longer from the corrected ones."""
    known = {one.id for one in now}
    corrections = {one.id: one.corrected for one in heard if one.was_corrected}
    if not corrections:
        return []
    spoken = compared([one.said(spoken=True) for one in heard])
    found: list[Listed] = []
    for one in spoken:
        by = next((corrections[each] for each in one.utterances if each in corrections), None)
        if one.id not in known and by is not None:
            found.append(Listed(one, by))
    return found


def _second(
    lines: Sequence[Written],
    heard: Sequence[Sentence],
    second: Sequence[SecondHearing],
    known: Sequence[Difference],
    names: tuple[str, ...],
) -> list[Difference]:
    """Numbers, names, negations and times that only the other model heard so."""
    if not second:
        return []
    spans = {one.id: one for one in heard}
    by_source: defaultdict[str, list[SecondHearing]] = defaultdict(list)
    for one in second:
        by_source[one.source].append(one)
    anchored: list[Written] = []
    said: dict[str, Said] = {}
    for line in lines:
        mine: list[Said] = []
        for anchor in line.utterances:
            if (sentence := spans.get(anchor)) is not None:
                mine += _heard_again(sentence, by_source[sentence.source], said)
        said.update((one.id, one) for one in mine)
        own = tuple(one.id for one in mine)
        anchored.append(replace(line, utterances=own) if own else replace(line, kind="n"))
    listed_already = {(one.line, one.about, one.said) for one in known}
    return [
        replace(one, kind=SECOND)
        for one in differences(anchored, list(said.values()), names)
        if one.line is not None
        and one.about in CRITICAL
        and one.kind != MISHEARD
        and (one.line, one.about, one.said) not in listed_already
    ]


def _heard_again(
    sentence: Sentence, second: Sequence[SecondHearing], taken: dict[str, Said]
) -> list[Said]:
    """The sentence in the other model's words; as it reads where a person listened, or without."""
    again = [
        Said(one.id, one.kind, one.text, one.start_us, one.end_us)
        for one in second
        if one.id not in taken and _within(one, sentence)
    ]
    return again if again and not sentence.was_corrected else [sentence.said()]


def _within(other: SecondHearing, sentence: Sentence) -> bool:
    shared = min(other.end_us, sentence.end_us) - max(other.start_us, sentence.start_us)
    return shared > _SHARE * max(1, other.end_us - other.start_us)
