"""The static decoding graph HCLG: bigrams over pronunciation chains, silence and [unk].

A word that the language model has seen after another has a chain of its own; all words together
stand once more in a tree of shared beginnings, reached by backing off. Without the tree every
pause would have to consider the first phone of every word.

Kaldi's aligner assumes reordered self-loops: a phone is an arc with the forward transition INTO a
state that carries the self-loop. No determinisation is needed. Phone numbers are those of
``phone_id``: silence is 1 and phone p at word position B, E, I or S is 2 + 4(p-1) + position.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from transcription.model_build.fst import Fst
from transcription.model_build.language import END, START, Bigrams

UNKNOWN = "[unk]"
SILENCE_ID = 1
_BEGIN, _END, _INSIDE, _SINGLE = range(4)


@dataclass(frozen=True)
class Weights:
    """Costs that were tuned on seen voices; see README.md."""

    language: float = 0.5  # scale of the bigram costs
    word: float = 2.0  # each word
    silence: float = 1.0  # a pause after a word
    unknown_entry: float = 12.0  # below 9 it swallows words of hard voices
    unknown_phone: float = 3.0


@dataclass
class _Branch:
    """A node of the tree of word beginnings."""

    branches: dict[int, _Branch] = field(default_factory=dict)  # by phone number
    words: list[tuple[int, str, float]] = field(default_factory=list)  # last phone, word, cost
    least: float = math.inf  # cheapest word below


Pronunciations = Mapping[str, Sequence[tuple[float, Sequence[int]]]]  # (cost, phone numbers)


def phone_id(phone: int, position: int) -> int:
    """Kaldi's number of phone p (from 1) at a word position."""
    return 2 + 4 * (phone - 1) + position


def _positioned(phones: Sequence[int]) -> list[int]:
    """Kaldi's numbers of a word's phones."""
    last = len(phones) - 1
    if last == 0:
        return [phone_id(phones[0], _SINGLE)]
    positions = [_BEGIN, *[_INSIDE] * (last - 1), _END]
    return [phone_id(phone, place) for phone, place in zip(phones, positions, strict=True)]


def pronunciations(
    counted: Mapping[tuple[str, str], int], phones: Sequence[str]
) -> dict[str, list[tuple[float, list[int]]]]:
    """Variants heard in at least 8 % of a word's utterances, and at least twice."""
    numbers = {name: index + 1 for index, name in enumerate(phones)}
    by_word: dict[str, Counter[str]] = {}
    for (word, spoken), count in counted.items():
        by_word.setdefault(word, Counter())[spoken] += count
    out: dict[str, list[tuple[float, list[int]]]] = {}
    for word, variants in by_word.items():
        least = max(0.08 * variants.total(), 2)
        best = variants.most_common(1)[0]
        kept = [item for item in variants.most_common() if item[1] >= least] or [best]
        out[word] = [
            (-math.log(count / best[1]), [numbers[name] for name in spoken.split()])
            for spoken, count in kept
        ]
    return out


class GraphBuilder:
    """Builds HCLG once; owned by build.py."""

    def __init__(
        self, word_ids: Mapping[str, int], spoken: Pronunciations, phones: int, weights: Weights
    ) -> None:
        self._ids = word_ids
        self._spoken = spoken
        self._phones = phones
        self._weights = weights
        self._fst = Fst()

    def build(self, model: Bigrams) -> Fst:
        """The whole graph."""
        fst, weights = self._fst, self._weights
        fst.start = fst.state()
        backoff = fst.state()
        words = [word for word in self._ids if word != UNKNOWN]
        history = {word: fst.state() for word in [START, *words]}
        entry = {word: fst.state() for word in words}
        self._pause(fst.start, history[START], 0.2)
        ends = {word: fst.state() for word in words}
        tree = _Branch()
        for word in words:
            self._word(entry[word], ends[word], word)
            self._pause(ends[word], history[word], weights.silence)
            cost = -weights.language * math.log(model.single[word]) + weights.word
            self._plant(tree, word, cost)
        self._grow(tree, backoff, 0.0, ends)
        for word, state in history.items():
            self._history(state, backoff, entry, word, model)
        self._unknown(backoff)
        fst.final(backoff, 8.0)
        return fst

    def _history(
        self, state: int, backoff: int, entry: Mapping[str, int], word: str, model: Bigrams
    ) -> None:
        scale = self._weights.language
        back = -scale * math.log(model.backoff.get(word, 1.0))
        self._fst.arc(state, backoff, 0, 0, back)
        self._fst.final(state, back - scale * math.log(model.single[END]))
        for following, probability in model.pairs.get(word, {}).items():
            cost = -scale * math.log(probability)
            if following == END:
                self._fst.final(state, cost)
            else:
                self._fst.arc(state, entry[following], 0, 0, cost + self._weights.word)

    def _word(self, start: int, end: int, word: str) -> None:
        for cost, phones in self._spoken[word]:
            state = start
            for index, number in enumerate(_positioned(phones)):
                label = self._ids[word] if index == 0 else 0
                state = self._phone(state, number, label, cost if index == 0 else 0.0)
            self._fst.arc(state, end, 0, 0, 0.0)

    def _plant(self, tree: _Branch, word: str, cost: float) -> None:
        for variant_cost, phones in self._spoken[word]:
            whole = cost + variant_cost
            *first, last = _positioned(phones)
            branch = tree
            branch.least = min(branch.least, whole)
            for number in first:
                branch = branch.branches.setdefault(number, _Branch())
                branch.least = min(branch.least, whole)
            branch.words.append((last, word, whole))

    def _grow(self, branch: _Branch, state: int, paid: float, ends: Mapping[str, int]) -> None:
        """Costs are paid as early as they are certain; the label stands on the last phone."""
        for number, below in branch.branches.items():
            following = self._phone(state, number, 0, below.least - paid)
            self._grow(below, following, below.least, ends)
        for number, word, cost in branch.words:
            last = self._phone(state, number, self._ids[word], cost - paid)
            self._fst.arc(last, ends[word], 0, 0, 0.0)

    def _phone(self, source: int, phone: int, label_out: int, cost: float) -> int:
        """Forward arc into a new state with the self-loop; transition ids are 2p and 2p-1."""
        state = self._fst.state()
        self._fst.arc(source, state, 2 * phone, label_out, cost)
        self._fst.arc(state, state, 2 * phone - 1, 0, 0.0)
        return state

    def _pause(self, source: int, target: int, cost: float) -> None:
        self._fst.arc(source, target, 0, 0, -math.log(0.8))
        state = self._phone(source, SILENCE_ID, 0, cost)
        self._fst.arc(state, target, 0, 0, 0.0)

    def _unknown(self, backoff: int) -> None:
        """[unk]: any two or more phones, at a penalty."""
        fst, weights = self._fst, self._weights
        start, hub, end = fst.state(), fst.state(), fst.state()
        fst.arc(backoff, start, 0, 0, weights.unknown_entry)
        for phone in range(1, self._phones + 1):
            for position, source, target in (
                (_BEGIN, start, hub),
                (_END, hub, end),
                (_INSIDE, hub, hub),
            ):
                label = self._ids[UNKNOWN] if position == _BEGIN else 0
                number = phone_id(phone, position)
                state = self._phone(source, number, label, weights.unknown_phone)
                fst.arc(state, target, 0, 0, 0.0)
        self._pause(end, backoff, weights.silence)
