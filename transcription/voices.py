"""Whose voice an utterance from one mixed microphone may be: proposals, never certainty. Pure.

The first voice of a recording is taken for the interviewer, who reads the notice and asks the first
question; the first one clearly unlike it for the interviewee. A later voice is proposed to be the
one it resembles, if it resembles the other clearly less. A person who says who spoke settles it:
from then on the voices they named are the measure, and the other is learned anew if it was the
same. A third voice resembles neither enough and gets no proposal.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from config.words import Speaker

Voice = tuple[float, ...]

#: Cosines. Measured: the same voice 0.92 on average, another 0.42, equal errors at 0.82.
_SAME = 0.82
_OTHER = 0.7
_LEAST = 0.6
_MARGIN = 0.1
_KEPT = 200  # voices of utterances that a person may still name
_WEIGHT_MOST = 20  # utterances a mean counts, so that it can follow


@dataclass(frozen=True)
class Proposal:
    """Who it may be, and how much the voice resembles theirs in thousandths."""

    speaker: str
    resemblance_pm: int


@dataclass
class _Known:
    mean: Voice
    weight: int
    named: bool  # a person said so


class VoiceBook:
    """The voices of one recording. Used by one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._heard: OrderedDict[str, Voice] = OrderedDict()  # by utterance
        self._named: dict[str, str] = {}

    def hear(self, utterance: str, voice: Voice) -> Proposal | None:
        """Take an utterance's voice; a proposal when it resembles one of the two enough."""
        voice = _unit(voice)
        if not voice:
            return None
        self._heard[utterance] = voice
        while len(self._heard) > _KEPT:
            self._heard.popitem(last=False)
        scores = {speaker: _cosine(voice, known.mean) for speaker, known in self._known.items()}
        speaker = self._who(scores)
        if speaker is None:
            return None
        if speaker not in self._known:
            self._known[speaker] = _Known(voice, 1, named=False)
            return Proposal(speaker, 1000)
        if scores[speaker] >= _SAME:
            self._follow(self._known[speaker], voice)
        return Proposal(speaker, max(0, min(1000, round(scores[speaker] * 1000))))

    def name(self, utterance: str, speaker: str) -> None:
        """A person said whose voice that was; repeats change nothing."""
        if self._named.get(utterance) == speaker or utterance not in self._heard:
            return
        self._named[utterance] = speaker
        voice = self._heard[utterance]
        known = self._known.get(speaker)
        if known is not None and known.named:
            self._follow(known, voice)
        else:
            self._known[speaker] = _Known(voice, 1, named=True)
        for other, one in list(self._known.items()):
            if other != speaker and not one.named and _cosine(one.mean, voice) >= _OTHER:
                del self._known[other]

    def _who(self, scores: dict[str, float]) -> str | None:
        if not scores:
            return Speaker.INTERVIEWER.value
        best = max(scores, key=lambda speaker: scores[speaker])
        if len(scores) == 1:
            if scores[best] < _OTHER:
                return _other(best)
            return best if scores[best] >= _SAME else None
        second = min(scores.values())
        clear = scores[best] >= _LEAST and scores[best] - second >= _MARGIN
        return best if clear else None

    def _follow(self, known: _Known, voice: Voice) -> None:
        weight = min(known.weight, _WEIGHT_MOST)
        mixed = tuple(a * weight + b for a, b in zip(known.mean, voice, strict=True))
        known.mean, known.weight = _unit(mixed), weight + 1


def _other(speaker: str) -> str:
    if speaker == Speaker.INTERVIEWER:
        return Speaker.INTERVIEWEE.value
    return Speaker.INTERVIEWER.value


def _unit(voice: Voice) -> Voice:
    length = math.sqrt(sum(value * value for value in voice))
    if not math.isfinite(length) or length < 1e-9:
        return ()
    return tuple(value / length for value in voice)


def _cosine(one: Voice, other: Voice) -> float:
    if len(one) != len(other):
        return 0.0
    return sum(a * b for a, b in zip(one, other, strict=True))
