"""Which of the values in a Chinese answer is the one asked for (a trained classifier).

``shares`` gives for each value of one kind how likely it is the asked one (O), another's (X) or
denied (D). Which question is in force, hedges and don't-knows are decided in ``bind_zh``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from transcription.comparison.linear import Linear
from transcription.comparison.values.context import ALSO, AT, ITEM, PERSON, VERB, features
from transcription.comparison.zh.topics import Matter

CLASSES = "OXD"
WEIGHTS = Path(__file__).with_name("binding.npz")
Span = tuple[int, int]


def shares(
    kind: str, text: str, values: Sequence[Span], people: Sequence[Span], matter: Matter
) -> list[dict[str, float]]:
    """For each span of ``values`` in the flattened ``text``: class -> probability.

    ``kind`` is t, n, w or m (times, numbers, places, tools).
    """
    base = masked(text, values, people, matter)
    places = [at for at, letter in enumerate(base) if letter == ALSO]
    order = sorted(range(len(values)), key=lambda n: values[n])
    out: list[dict[str, float]] = [{} for _ in values]
    for at, n in zip(places, order, strict=True):
        out[n] = dict(_share(kind, base[:at] + AT + base[at + 1 :]))
    return out


def masked(text: str, values: Sequence[Span], people: Sequence[Span], matter: Matter) -> str:
    """The text with its values, people and words of the matter as signs."""
    signs: list[tuple[int, int, str]] = [(start, end, ALSO) for start, end in values]
    signs += [(a, b, PERSON) for a, b in people if not _hit(signs, a, b)]
    for sign, words in ((VERB, matter.verbs), (ITEM, matter.items)):
        for word in words:
            start = text.find(word)
            while start >= 0:
                if not _hit(signs, start, start + len(word)):
                    signs.append((start, start + len(word), sign))
                start = text.find(word, start + len(word))
    out, last = [], 0
    for start, end, sign in sorted(signs):
        out += [text[last:start], sign]
        last = end
    out.append(text[last:])
    return "".join(out).replace(".", ",").replace("?", ",").replace("、", ",")


def _hit(signs: list[tuple[int, int, str]], start: int, end: int) -> bool:
    return any(a < end and start < b for a, b, _ in signs)


@lru_cache(maxsize=512)
def _share(kind: str, base: str) -> dict[str, float]:
    """Kept: an answer is read for several points, and again as what leads up to the next one."""
    return _model().probabilities(features(kind, base))


@lru_cache(maxsize=1)
def _model() -> Linear:
    return Linear.load(WEIGHTS)
