"""Finds terms of a case in a text by how they sound. Pure; used live and by the comparison.

``find_terms(text, terms)`` gives spans that do not overlap, in order. A term sounds as a span when
each of its syllables does, tone aside. Rules, and what ``distance`` counts:

    exact        the characters themselves (letters: whatever their case)             0
    same_sound   every syllable is the same                                          0
    near_sound   syllables that are often confused (sounds.fold)       one for each of them
    one_wrong    a term of four syllables or more, one syllable being another one     3
    spelling     one letter of a word of five letters or more, two of nine or more    1, 2

A term of a single syllable is never found: it is a part of other words everywhere. Whether a span
may be replaced is not decided here: see repair.py. A character that means a number or a negation
is only ever taken for the same character (``FIXED``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from rapidfuzz.distance import OSA

from transcription.sounds import SURNAMES, Token, fold, tokens

EXACT = "exact"
SAME_SOUND = "same_sound"
NEAR_SOUND = "near_sound"
ONE_WRONG = "one_wrong"
SPELLING = "spelling"

#: Numbers and negations are never guessed at.
FIXED = frozenset("零〇一二三四五六七八九十百千万亿两半几0123456789不没未无非别莫勿否")
#: More terms than this, or longer ones, are left out (the first ones count).
MAX_TERMS = 5000
MAX_TOKENS = 32

#: What may stand between the pieces of one term; a comma or a full stop may not.
_JOINTS = frozenset(" ·-–—_/")
_NUMBERS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_ONE_WRONG_DISTANCE = 3
_ONE_WRONG_TOKENS = 4
_ANY = "*"

#: What may stand before a family name.
_FAMILIAR = frozenset("小老阿")

Key = tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """A place of a text that sounds as a term; offsets are code points."""

    start: int
    end: int
    original: str  # the text there
    term: str
    rule: str
    distance: int
    rivals: tuple[str, ...] = ()  # other terms that sound as well there


@dataclass
class TermIndex:
    """Terms made ready for searching many texts."""

    by_sound: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_wildcard: dict[Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    latin: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    sounds: dict[str, tuple[Key, ...]] = field(default_factory=dict)  # as it may be said
    lengths: list[int] = field(default_factory=list)  # of the terms in tokens, longest first
    #: Folded sounds of the terms that are not Latin, by the length of the term.
    known: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, terms: Iterable[str]) -> TermIndex:
        """Terms of two tokens or more, and single words of Latin letters."""
        index = cls()
        for term in dict.fromkeys(item.strip() for item in terms):
            if len(index.sounds) >= MAX_TERMS:
                break
            index._add(term)
        index.lengths = sorted({len(keys[0]) for keys in index.sounds.values()}, reverse=True)
        return index

    def _add(self, term: str) -> None:
        spoken = tokens(term)
        only_latin = all(token.latin for token in spoken)
        if not spoken or len(spoken) > MAX_TOKENS or (len(spoken) < 2 and not only_latin):
            return
        self.sounds[term] = _readings(term, spoken)
        if only_latin:
            self.latin[len(spoken)].append(term)
            return
        for key in dict.fromkeys(tuple(map(fold, sounds)) for sounds in self.sounds[term]):
            self.known[len(key)].update(key)
            self.by_sound[key].append(term)
            if len(key) >= _ONE_WRONG_TOKENS:
                for wild in _wildcards(key):
                    self.by_wildcard[wild].append(term)


def _readings(term: str, spoken: tuple[Token, ...]) -> tuple[Key, ...]:
    """The sounds of a term; of one that begins with a family name also as that is read."""
    plain = tuple(token.sound for token in spoken)
    at = 1 if term[:1] in _FAMILIAR else 0
    family = SURNAMES.get(term[at : at + 1], "")[:-1]
    if not family or any(token.latin for token in spoken) or plain[at] == family:
        return (plain,)
    return plain, (*plain[:at], family, *plain[at + 1 :])


def find_terms(text: str, terms: Iterable[str] | TermIndex) -> list[Span]:
    """Where ``text`` holds or sounds as a term. Pass a ``TermIndex`` to search many texts."""
    index = terms if isinstance(terms, TermIndex) else TermIndex.of(terms)
    spoken = tokens(text)
    taken = [False] * len(spoken)
    chosen: list[Span] = []
    for first, last, span in sorted(_candidates(text, spoken, index), key=_preference):
        if not any(taken[first:last]):
            taken[first:last] = [True] * (last - first)
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)


def _preference(candidate: tuple[int, int, Span]) -> tuple[bool, int, int, int]:
    first, last, span = candidate
    return span.rule == ONE_WRONG, first - last, span.distance, first


def _candidates(
    text: str, spoken: tuple[Token, ...], index: TermIndex
) -> Iterator[tuple[int, int, Span]]:
    folded = _folded(spoken)
    latin = any(token.latin for token in spoken)
    for length in index.lengths:
        places: Iterable[int] = range(len(spoken) - length + 1)
        for first in places if latin else _worth_a_look(folded, length, index):
            part = spoken[first : first + length]
            possible = _possible(part, folded[first : first + length], index)
            span = _best(text, part, possible, index) if possible and _joined(text, part) else None
            if span is not None:
                yield first, first + length, span


def _worth_a_look(folded: Key, length: int, index: TermIndex) -> Iterator[int]:
    """The only places where a term of so many tokens can be; without Latin letters."""
    if length < _ONE_WRONG_TOKENS or not index.by_wildcard:
        keys = zip(*(folded[shift:] for shift in range(length)), strict=False)
        yield from (first for first, key in enumerate(keys) if key in index.by_sound)
        return
    known = index.known[length]  # all sounds but one belong to a term
    until = [0, *accumulate(sound in known for sound in folded)]
    for first in range(len(folded) - length + 1):
        if until[first + length] - until[first] >= length - 1:
            yield first


def _joined(text: str, part: tuple[Token, ...]) -> bool:
    return all(
        a.end == b.start or _JOINTS.issuperset(text[a.end : b.start]) for a, b in pairwise(part)
    )


def _best(
    text: str, part: tuple[Token, ...], possible: Collection[str], index: TermIndex
) -> Span | None:
    """The term that this part of the text sounds as most, or None."""
    matches: list[tuple[int, str, str]] = []
    original = text[part[0].start : part[-1].end]
    for term in possible:
        judged = [_judge(original, part, term, sounds) for sounds in index.sounds[term]]
        known = [one for one in judged if one is not None]
        if known:
            distance, rule = min(known, key=lambda one: (one[1] != EXACT, one[0]))
            matches.append((distance, rule, term))
    if not matches:
        return None
    matches.sort(key=lambda match: (match[1] != EXACT, match[0], match[2]))
    distance, rule, term = matches[0]
    rivals = () if rule == EXACT else tuple(m[2] for m in matches[1:] if m[0] <= distance + 1)
    return Span(part[0].start, part[-1].end, original, term, rule, distance, rivals)


def _possible(part: tuple[Token, ...], key: Key, index: TermIndex) -> Collection[str]:
    if all(token.latin for token in part):
        return index.latin.get(len(part), ())
    found = dict.fromkeys(index.by_sound.get(key, ()))
    if len(key) >= _ONE_WRONG_TOKENS and index.by_wildcard:
        for wild in _wildcards(key):
            found.update(dict.fromkeys(index.by_wildcard.get(wild, ())))
    return found


def _judge(
    original: str, part: tuple[Token, ...], term: str, sounds: Key
) -> tuple[int, str] | None:
    """Distance and rule, or None when the part does not sound as the term."""
    if original.casefold() == term.casefold():
        return 0, EXACT
    heard = tuple(token.sound for token in part)
    if all(token.latin for token in part):
        return _spelling(" ".join(heard), " ".join(sounds))
    if not _fixed_stay(original, part, term):
        return None
    wrong = sum(fold(a) != fold(b) for a, b in zip(heard, sounds, strict=True))
    near = sum(a != b for a, b in zip(heard, sounds, strict=True)) - wrong
    if wrong:
        return (_ONE_WRONG_DISTANCE, ONE_WRONG) if wrong == 1 and not near else None
    if near > (len(heard) + 1) // 2:
        return None
    return (near, NEAR_SOUND) if near else (0, SAME_SOUND)


def _spelling(heard: str, term: str) -> tuple[int, str] | None:
    allowed = 0 if len(term) < 5 else 1 if len(term) < 9 else 2
    distance = int(OSA.distance(heard, term, score_cutoff=allowed))
    if heard == term:
        return 0, EXACT
    return (distance, SPELLING) if distance <= allowed and heard[:1] == term[:1] else None


def _fixed_stay(original: str, part: tuple[Token, ...], term: str) -> bool:
    """True when no number and no negation would be put in, taken out or changed."""
    offset = part[0].start
    for token, other in zip(part, tokens(term), strict=True):
        heard = original[token.start - offset : token.end - offset]
        meant = term[other.start : other.end]
        heard, meant = _NUMBERS.get(heard, heard), _NUMBERS.get(meant, meant)
        if heard != meant and (heard in FIXED or meant in FIXED):
            return False
    return True


def _folded(part: tuple[Token, ...]) -> Key:
    return tuple(token.sound if token.latin else fold(token.sound) for token in part)


def _wildcards(key: Key) -> Iterator[Key]:
    for position in range(len(key)):
        yield (*key[:position], _ANY, *key[position + 1 :])
