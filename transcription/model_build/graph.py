"""The static decoding graph HCLG: histories over pronunciation chains, silence and [unk].

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
from transcription.model_build.language import END, START, History, Language

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
    """Builds HCLG once; owned by build.py.

    States: the root, from which every word can be said, and one for each history the language model
    knows. A word said after a history that knows it goes through a chain of phones of its own, one
    for each history it leads to; every other word goes back to the root and through the tree.
    """

    def __init__(
        self, word_ids: Mapping[str, int], spoken: Pronunciations, phones: int, weights: Weights
    ) -> None:
        self._ids = word_ids
        self._spoken = spoken
        self._phones = phones
        self._weights = weights
        self._fst = Fst()
        self._histories: dict[History, int] = {}
        self._chains: dict[tuple[str, int], list[tuple[int, int, float]]] = {}

    def build(self, model: Language) -> Fst:
        """The whole graph."""
        fst = self._fst
        fst.start = fst.state()
        root = fst.state()
        self._histories = {history: fst.state() for history in model.following}
        start = self._histories.get((START,), root)
        fst.arc(fst.start, start, 0, 0, 0.0)
        self._pause(fst.start, start)
        tree = _Branch()
        for word in self._ids:
            if word != UNKNOWN:
                cost = self._cost(model.single[word])
                self._plant(tree, word, cost + self._weights.word)
        self._grow(tree, root, 0.0, root)
        for history, state in self._histories.items():
            self._history(history, state, root, model)
        self._pause(root, root)
        self._unknown(root)
        fst.final(root, self._cost(model.single[END]))
        return fst

    def _cost(self, probability: float) -> float:
        return -self._weights.language * math.log(probability)

    def _history(self, history: History, state: int, root: int, model: Language) -> None:
        self._fst.arc(state, self._shorter(history, root), 0, 0, self._cost(model.backoff[history]))
        # The pause returns to where it began, but for the beginning, which has one already.
        if history != (START,):
            self._pause(state, state)
        for following, probability in model.following[history].items():
            cost = self._cost(probability)
            if following == END:
                self._fst.final(state, cost)
                continue
            for phone, target, variant_cost in self._chain(
                following, self._after(history, following, root)
            ):
                whole = cost + variant_cost + self._weights.word
                self._fst.arc(state, target, 2 * phone, self._ids[following], whole)

    def _shorter(self, history: History, root: int) -> int:
        return self._histories.get(history[1:], root)

    def _after(self, history: History, word: str, root: int) -> int:
        """The state of the longest history known once the word was said."""
        for known in ((*history[-1:], word), (word,)):
            if known in self._histories:
                return self._histories[known]
        return root

    def _chain(self, word: str, end: int) -> list[tuple[int, int, float]]:
        """The word's phones, leading to ``end``: for each way to say it the first phone's number,
        the state behind it and its cost."""
        if (word, end) not in self._chains:
            self._chains[word, end] = [
                self._links(phones, end, cost) for cost, phones in self._spoken[word]
            ]
        return self._chains[word, end]

    def _links(self, phones: Sequence[int], end: int, cost: float) -> tuple[int, int, float]:
        first, *rest = _positioned(phones)
        state = target = self._held(first)
        for number in rest:
            state = self._phone(state, number, 0, 0.0)
        self._fst.arc(state, end, 0, 0, 0.0)
        return first, target, cost

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

    def _grow(self, branch: _Branch, state: int, paid: float, root: int) -> None:
        """Costs are paid as early as they are certain; words that sound alike share their phones,
        and the label follows the last one."""
        for number, below in branch.branches.items():
            following = self._phone(state, number, 0, below.least - paid)
            self._grow(below, following, below.least, root)
        alike: dict[int, list[tuple[str, float]]] = {}
        for number, word, cost in branch.words:
            alike.setdefault(number, []).append((word, cost))
        for number, words in alike.items():
            least = min(cost for _, cost in words)
            last = self._phone(state, number, 0, least - paid)
            for word, cost in words:
                end = self._after((), word, root)
                self._fst.arc(last, end, 0, self._ids[word], cost - least)

    def _held(self, phone: int) -> int:
        """A new state with the phone's self-loop; transition ids are 2p and 2p-1."""
        state = self._fst.state()
        self._fst.arc(state, state, 2 * phone - 1, 0, 0.0)
        return state

    def _phone(self, source: int, phone: int, label_out: int, cost: float) -> int:
        """Forward arc into a new state with the self-loop."""
        state = self._held(phone)
        self._fst.arc(source, state, 2 * phone, label_out, cost)
        return state

    def _pause(self, source: int, target: int) -> None:
        state = self._phone(source, SILENCE_ID, 0, self._weights.silence)
        self._fst.arc(state, target, 0, 0, 0.0)

    def _unknown(self, root: int) -> None:
        """[unk]: any two or more phones, at a penalty."""
        fst, weights = self._fst, self._weights
        start, hub = fst.state(), fst.state()
        fst.arc(root, start, 0, 0, weights.unknown_entry)
        for phone in range(1, self._phones + 1):
            for position, source, target in (
                (_BEGIN, start, hub),
                (_END, hub, root),
                (_INSIDE, hub, hub),
            ):
                label = self._ids[UNKNOWN] if position == _BEGIN else 0
                number = phone_id(phone, position)
                state = self._phone(source, number, label, weights.unknown_phone)
                fst.arc(state, target, 0, 0, 0.0)
