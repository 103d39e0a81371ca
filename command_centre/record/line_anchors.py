"""Which utterances each line of a record is about.

An anchor decides. An utterance whose line was taken out is looked for in the lines around it, by
its characters, English by its words, because several sentences may have been put into one line; so
is what a line added by hand may be about. What nobody has is unwritten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from command_centre.record.spoken_tokens import plain_text

if TYPE_CHECKING:
    from command_centre.record.differences import Said, Written

#: So much of an utterance's character pairs, or English words, must stand in a line for it to be
#: there.
_SHARE = 0.5
#: Lines looked at before and after the place where an utterance belongs.
_AROUND = 4
#: Words up to so many letters (the, did, for) stand in any line.
_SHORT = 3
_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?")
#: Unwritten utterances in a row are one group, up to so many.
_GROUP_MAX = 30


@dataclass(frozen=True)
class Assigned:
    """The utterances of each line, and groups of those that no line has."""

    by_line: list[list[Said]]
    unwritten: list[list[Said]]


def assign(lines: Sequence[Written], said: Sequence[Said]) -> Assigned:
    """Give every utterance to a line, or to none."""
    heard = sorted(said, key=lambda one: (one.start_us, one.id))
    owner: dict[str, int] = {}
    for at, line in enumerate(lines):
        if line.kind in ("q", "a"):
            for anchor in line.utterances:
                owner.setdefault(anchor, at)
    pairs = [_pairs(line.text) if line.kind in ("q", "a") else frozenset() for line in lines]
    by_line: list[list[Said]] = [[] for _ in lines]
    unwritten: list[list[Said]] = []
    place, alone = -1, False
    for one in heard:
        anchored = owner.get(one.id)
        place = place if anchored is None else anchored
        number: int | None = _found(one, place, pairs) if anchored is None else anchored
        if number is not None:
            by_line[number].append(one)
            alone = False
        elif alone and unwritten[-1][-1].kind == one.kind and len(unwritten[-1]) < _GROUP_MAX:
            unwritten[-1].append(one)
        else:
            unwritten.append([one])
            alone = True
    return Assigned(by_line, unwritten)


def _found(one: Said, place: int, pairs: Sequence[frozenset[str]]) -> int | None:
    wanted = _pairs(one.text)
    if not wanted:
        return None
    best, where = 0.0, None
    for number in range(max(0, place - _AROUND), min(len(pairs), place + _AROUND + 2)):
        share = len(wanted & pairs[number]) / len(wanted)
        if share > best:
            best, where = share, number
    return where if best >= _SHARE else None


def _pairs(text: str) -> frozenset[str]:
    """Pairs of characters, and whole words of Latin letters: letters in a row say too little."""
    plain = plain_text(_WORD.sub("", text))
    pairs = frozenset(plain[at : at + 2] for at in range(len(plain) - 1))
    words = frozenset(one.lower() for one in _WORD.findall(text))
    telling = frozenset(one for one in words if len(one) > _SHORT)
    return pairs | (telling or words) or frozenset(plain)
