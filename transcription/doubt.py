"""Whether an utterance is more likely to be no speech of this language at all. Pure.

A recogniser that hears a hum, a chord or knocking writes words all the same. Two things give them
away: words drawn out beyond what anybody speaks, and low confidence throughout. Measured with the
shipped model: speech in white noise as loud as itself never had a mean confidence below 0.74, nor
more than half a second a syllable taken over an utterance. A doubtful utterance is logged as such
with its words, and is not shown as something that was said. Silence and noise give no words.
"""

from __future__ import annotations

from collections.abc import Sequence

from transcription.recogniser import UNKNOWN, Word

STRETCHED = "stretched"
UNSURE = "unsure"
VOWELS = "vowels"

_US_PER_SYLLABLE = 1_500_000
_UNSURE_MEAN = 0.65
#: Syllables without a consonant: an utterance of four or more and nothing else is a tone.
_TONES = frozenset("阿啊额呃昂嗯哦喔呀哎诶欸恩奥嗷")
_TONES_LEAST = 4
_SHORT_SYLLABLES = 3
_SHORT_UNSURE_MEAN = 0.75
#: A single syllable (呀, 啊) is what wind and motors are most often taken for.
_SINGLE_UNSURE_MEAN = 0.9


def doubt(words: Sequence[Word]) -> str:
    """Why the words are doubtful; empty when they are not."""
    known = [word for word in words if word.text != UNKNOWN]
    if not known:
        return ""
    syllables = sum(_syllables(word.text) for word in known)
    spoken_us = sum(word.end_us - word.start_us for word in known)
    if spoken_us > syllables * _US_PER_SYLLABLE:
        return STRETCHED
    text = "".join(word.text for word in known)
    if len(text) >= _TONES_LEAST and set(text) <= _TONES:
        return VOWELS
    mean = sum(word.confidence for word in known) / len(known)
    return UNSURE if mean < _least(syllables) else ""


def _least(syllables: int) -> float:
    if syllables == 1:
        return _SINGLE_UNSURE_MEAN
    return _SHORT_UNSURE_MEAN if syllables <= _SHORT_SYLLABLES else _UNSURE_MEAN


def _syllables(text: str) -> int:
    """A Chinese character is one; of a Latin word about three letters are."""
    return -(-len(text) // 3) if text.isascii() else len(text)
