"""Bigram language model with absolute discounting, interpolated with unigrams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

START, END = "<s>", "</s>"
_DISCOUNT = 0.6


@dataclass(frozen=True)
class Bigrams:
    """Probabilities; a pair not in ``pairs`` has ``backoff[history] * single[word]``."""

    single: dict[str, float]
    pairs: dict[str, dict[str, float]]
    backoff: dict[str, float]


def count_bigrams(sentences: Iterable[Sequence[str]], vocabulary: Sequence[str]) -> Bigrams:
    """Estimate from sentences; every word of the vocabulary is counted once more."""
    singles: Counter[str] = Counter([*vocabulary, END])
    pairs: dict[str, Counter[str]] = {}
    for sentence in sentences:
        history = START
        for word in [*sentence, END]:
            singles[word] += 1
            pairs.setdefault(history, Counter())[word] += 1
            history = word
    total = singles.total()
    single = {word: count / total for word, count in singles.items()}
    seen: dict[str, dict[str, float]] = {}
    backoff: dict[str, float] = {}
    for history, counts in pairs.items():
        sum_ = counts.total()
        share = _DISCOUNT * len(counts) / sum_
        seen[history] = {
            word: (count - _DISCOUNT) / sum_ + share * single[word]
            for word, count in counts.items()
        }
        left = 1 - sum(seen[history].values())
        unseen = 1 - sum(single[word] for word in counts)
        backoff[history] = left / max(1e-9, unseen)
    return Bigrams(single, seen, backoff)
