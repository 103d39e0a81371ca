"""Puts a term of the case where the recogniser wrote other words that sound like it. Pure.

A recogniser writes only words it knows: a name it does not know becomes known words of similar
sound. ``repair`` proposes the term instead. The recognised words stay in the entry; a repaired
span says what stood there, by which rule and how far off it was, and people see it marked.

Precision first. A span is repaired only when every line holds:

1. it begins and ends with recognised words, and no other term of the case sounds as well there;
2. no number and no negation is put in, taken out or changed (terms.py sees to that);
3. there is evidence that the words are wrong: the recogniser was unsure of one of them
   (confidence below 0.85), an unknown word stands beside them, or the term is one that the
   recogniser cannot write and the span is a run of single syllables that make no sense together
   (three or more, at most one of them a function word);
4. a word of two syllables or more is never changed unless the recogniser was quite unsure of it
   (below 0.6), for it may well be what was said;
5. a term of two syllables must have the very same sound, stand for no function word, and the
   recogniser have been unsure;
6. a term with one syllable unlike what was heard needs a recogniser that was quite unsure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from transcription.recogniser import UNKNOWN, Word, join
from transcription.terms import EXACT, ONE_WRONG, SAME_SOUND, SPELLING, Span, TermIndex, find_terms

UNSURE = 0.85
QUITE_UNSURE = 0.6

_RUN = 3  # single syllables in a row that show an unknown word
_FUNCTION_WORDS = frozenset(
    "的了着过得地是在有和与跟同被把给让叫向往从到对为我你他她它们这那哪谁就都也还又再才只很太最"
    "说去来要会能可上下里外个啊吗呢吧嘛呀"
)


@dataclass(frozen=True)
class Repair:
    """A repaired span: ``start`` and ``end`` are code points of the repaired text."""

    start: int
    end: int
    original: str  # what was recognised there
    rule: str
    distance: int


@dataclass(frozen=True)
class CaseTerms:
    """The vocabulary of a case for one model; ``digest`` is all that is ever logged of it."""

    digest: str = ""
    index: TermIndex = field(default_factory=TermIndex)
    unwritable: frozenset[str] = frozenset()  # terms with a part the model does not know

    @classmethod
    def of(cls, digest: str, terms: Sequence[str], known: Collection[str]) -> CaseTerms:
        """``known``: those of the terms that are words of the model."""
        index = TermIndex.of(terms)
        return cls(digest, index, frozenset(term for term in index.sounds if term not in known))


@dataclass(frozen=True)
class Repaired:
    """An utterance's text with its repairs; without any, the text as recognised."""

    text: str
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True)
class _Laid:
    """A recognised word where it lies in the text."""

    start: int
    end: int
    text: str
    confidence: float
    beside_unknown: bool


def repair(words: Sequence[Word], terms: CaseTerms) -> Repaired:
    """The text of the words, and what was repaired in it."""
    laid, text = _lay(words)
    if not terms.index.sounds:
        return Repaired(text)
    pieces: list[str] = []
    repairs: list[Repair] = []
    done = length = 0
    for span in find_terms(text, terms.index):
        if not _is_wrong(span, laid, terms):
            continue
        before = text[done : span.start]
        start = length + len(before)
        end = start + len(span.term)
        repairs.append(Repair(start, end, span.original, span.rule, span.distance))
        pieces += [before, span.term]
        length, done = end, span.end
    return Repaired("".join(pieces) + text[done:], tuple(repairs))


def _lay(words: Sequence[Word]) -> tuple[list[_Laid], str]:
    laid: list[_Laid] = []
    said: list[str] = []
    for position, word in enumerate(words):
        if word.text == UNKNOWN:
            continue
        said.append(word.text)
        end = len(join(said))
        around = words[max(0, position - 1) : position + 2]
        unknown = any(other.text == UNKNOWN for other in around)
        laid.append(_Laid(end - len(word.text), end, word.text, word.confidence, unknown))
    return laid, join(said)


def _is_wrong(span: Span, laid: Sequence[_Laid], terms: CaseTerms) -> bool:
    if span.rule == EXACT or span.rivals:
        return False
    inside = [word for word in laid if word.start < span.end and word.end > span.start]
    if not inside or inside[0].start != span.start or inside[-1].end != span.end:
        return False
    least = min(word.confidence for word in inside)
    unsure, quite_unsure = least < UNSURE, least < QUITE_UNSURE
    if span.rule == SPELLING:
        return quite_unsure
    if any(_is_sure_word(word) and _changes(word, span) for word in inside):
        return False
    if span.rule == ONE_WRONG:
        return quite_unsure
    if len(terms.index.sounds[span.term][0]) < _RUN:
        plain = not any(word.text in _FUNCTION_WORDS for word in inside)
        return unsure and plain and span.rule == SAME_SOUND
    return unsure or any(word.beside_unknown for word in inside) or _is_run(span, inside, terms)


def _is_sure_word(word: _Laid) -> bool:
    return len(word.text) > 1 and word.confidence >= QUITE_UNSURE


def _changes(word: _Laid, span: Span) -> bool:
    same = span.term[word.start - span.start : word.end - span.start]
    return word.text != same or len(span.term) != len(span.original)


def _is_run(span: Span, inside: Sequence[_Laid], terms: CaseTerms) -> bool:
    """Single syllables that make no sense together, for a term that cannot be written."""
    if span.term not in terms.unwritable or len(inside) < _RUN:
        return False
    return sum(word.text in _FUNCTION_WORDS for word in inside) <= 1
