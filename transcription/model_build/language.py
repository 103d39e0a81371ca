"""A trigram language model that backs off, and what is dropped from it to make it fit.

Estimated with absolute discounting, interpolated with the next lower order. Of the pairs and
triples only those are kept whose loss would change the model most (weighted difference of logs),
as many as the graph may hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

START, END = "<s>", "</s>"
_DISCOUNT = 0.7
#: Bytes of the graph that a history of two words takes besides its arcs: a chain of its own.
_CHAIN_BYTES, _ARC_BYTES = 260, 16

History = tuple[str, ...]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Language:
    """Probabilities; a word not in ``following[h]`` has ``backoff[h]`` times that of the shorter
    history."""

    single: dict[str, float]
    following: dict[History, dict[str, float]]  # histories of one or two words
    backoff: dict[History, float]


@dataclass
class Counts:
    """Weighted counts of single words, pairs and triples; sentences are added one by one."""

    vocabulary: Sequence[str]
    singles: Counter[int] = field(default_factory=Counter)
    pairs: Counter[int] = field(default_factory=Counter)
    triples: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._names = [START, END, *self.vocabulary]
        self._numbers = {word: number for number, word in enumerate(self._names)}

    def add(self, sentences: Iterable[Sequence[str]], weight: float = 1.0) -> None:
        """Count sentences; one with an unknown word is cut in two there."""
        found: tuple[Counter[int], ...] = (Counter(), Counter(), Counter())
        size = len(self._names)
        for sentence in sentences:
            before = last = 0
            for word in [*sentence, END]:
                number = self._numbers.get(word, -1)
                if number < 0:
                    before = last = -1
                    continue
                found[0][number] += 1
                if last >= 0:
                    found[1][last * size + number] += 1
                    if before >= 0 and last:
                        found[2][(before * size + last) * size + number] += 1
                before, last = last, number
        for own, new in zip((self.singles, self.pairs, self.triples), found, strict=True):
            for key, count in new.items():
                own[key] += count * weight  # type: ignore[assignment]

    def names(self) -> list[str]:
        """Words by their number."""
        return self._names


def estimate(
    counts: Counts, *, pairs: int, bytes_for_triples: int, prior: Mapping[str, float] | None = None
) -> Language:
    """The model with the best ``pairs`` pairs, and triples as far as their room goes.

    ``prior`` is added to the counts of single words, so that every word can be reached.
    """
    names = counts.names()
    size = len(names)
    single = np.zeros(size)
    for number, count in counts.singles.items():
        single[number] = count
    for number, word in enumerate(names):
        single[number] += (prior or {}).get(word, 1.0)
    single[0] = 0
    single /= single.sum()
    two = _Order.of(counts.pairs, size, lambda keys: single[keys % size])
    kept = two.best(pairs)
    following, backoff = two.tables(kept, names, lambda word: single[word])
    if bytes_for_triples:
        whole = dict(zip(two.keys.tolist(), two.probability.tolist(), strict=True))
        rest = two.rest

        def lower(keys: Integers) -> npt.NDArray[np.float64]:
            last = keys % (size * size)
            return np.array(
                [whole.get(key) or rest[key // size] * single[key % size] for key in last.tolist()]
            )

        three = _Order.of(_frequent(counts.triples), size, lower)
        chosen = three.best_histories(bytes_for_triples, set(two.keys[kept].tolist()))
        pruned = dict(following)

        def shorter(pair: int, word: int) -> float:
            history = (names[pair % size],)
            table = pruned.get(history, {})
            name = names[word]
            return table.get(name) or backoff.get(history, 1.0) * float(single[word])

        more, back = three.pair_tables(chosen, names, shorter)
        following |= more
        backoff |= back
    return Language(
        {word: float(single[number]) for number, word in enumerate(names) if number},
        following,
        backoff,
    )


def _frequent(triples: Counter[int]) -> Counter[int]:
    return Counter({key: count for key, count in triples.items() if count > 1.5})


@dataclass
class _Order:
    """All n-grams of one order as arrays, sorted by key = history * size + word."""

    keys: Integers
    histories: Integers
    probability: npt.NDArray[np.float64]  # of the word after its history
    loss: npt.NDArray[np.float64]  # what dropping it would cost
    rest: npt.NDArray[np.float64] | dict[int, float]
    size: int

    @classmethod
    def of(cls, counted: Counter[int], size: int, lower_of: object) -> _Order:
        keys = np.fromiter(counted.keys(), np.int64, len(counted))
        order = np.argsort(keys)
        keys = keys[order]
        count = np.fromiter(counted.values(), np.float64, len(counted))[order]
        histories = keys // size
        unique, index = np.unique(histories, return_inverse=True)
        total = np.bincount(index, count)
        discounted = np.minimum(_DISCOUNT, count * 0.9)
        share = np.bincount(index, discounted) / total
        lower = lower_of(keys)  # type: ignore[operator]
        probability = (count - discounted) / total[index] + share[index] * lower
        # Probability left over once every pair seen is paid for, spread over the unseen words.
        seen_lower = np.bincount(index, lower)
        seen = np.bincount(index, probability)
        left = np.maximum(1 - seen, 1e-9) / np.maximum(1 - seen_lower, 1e-9)
        loss = count * (np.log(probability) - np.log(left[index] * lower))
        rest = defaultdict(lambda: 1.0, zip(unique.tolist(), left.tolist(), strict=True))
        return cls(keys, histories, probability, loss, rest, size)

    def best(self, limit: int) -> Integers:
        """Indices of the n-grams whose loss matters most."""
        if len(self.keys) <= limit:
            return np.arange(len(self.keys))
        return np.sort(np.argpartition(-self.loss, limit)[:limit])

    def tables(
        self, kept: Integers, names: Sequence[str], lower: object
    ) -> tuple[dict[History, dict[str, float]], dict[History, float]]:
        """Words after each history of one word."""
        following: dict[History, dict[str, float]] = defaultdict(dict)
        low: dict[History, float] = defaultdict(float)
        for key, probability in zip(
            self.keys[kept].tolist(), self.probability[kept].tolist(), strict=True
        ):
            history = (names[key // self.size],)
            following[history][names[key % self.size]] = probability
            low[history] += float(lower(key % self.size))  # type: ignore[operator]
        return dict(following), _backoff(following, low)

    def best_histories(self, room: int, pairs: set[int]) -> dict[int, list[int]]:
        """Triples by their history of two words, until ``room`` bytes are used.

        Only histories whose pair is kept can be reached.
        """
        gain = np.maximum(self.loss, 0)
        starts = np.flatnonzero(np.r_[True, self.histories[1:] != self.histories[:-1]])
        ends = np.r_[starts[1:], len(self.keys)]
        offers: list[tuple[float, int, list[int], int]] = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            history = int(self.histories[start])
            if history not in pairs:
                continue
            own = gain[start:end]
            order = np.argsort(-own)
            sums = np.cumsum(own[order])
            price = _CHAIN_BYTES + _ARC_BYTES * np.arange(1, len(own) + 1)
            best = int(np.argmax(sums / price))
            offers.append(
                (
                    float(sums[best] / price[best]),
                    history,
                    (order[: best + 1] + start).tolist(),
                    int(price[best]),
                )
            )
        offers.sort(reverse=True)
        chosen: dict[int, list[int]] = {}
        for _, history, indices, price_ in offers:
            room -= price_
            if room < 0:
                break
            chosen[history] = indices
        return chosen

    def pair_tables(
        self, chosen: Mapping[int, list[int]], names: Sequence[str], lower: object
    ) -> tuple[dict[History, dict[str, float]], dict[History, float]]:
        """Words after each chosen history of two words."""
        following: dict[History, dict[str, float]] = {}
        low: dict[History, float] = {}
        for pair, indices in chosen.items():
            history = (names[pair // self.size], names[pair % self.size])
            words = [int(self.keys[index] % self.size) for index in indices]
            following[history] = {
                names[word]: float(self.probability[index])
                for word, index in zip(words, indices, strict=True)
            }
            low[history] = sum(lower(pair, word) for word in words)  # type: ignore[operator]
        return following, _backoff(following, low)


def _backoff(
    following: Mapping[History, Mapping[str, float]], low: Mapping[History, float]
) -> dict[History, float]:
    return {
        history: max(1 - sum(table.values()), 1e-6) / max(1 - low[history], 1e-6)
        for history, table in following.items()
    }
