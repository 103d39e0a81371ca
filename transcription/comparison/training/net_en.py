"""Trains ``en/net.npz``, the network that reads an English exchange, on ``exchanges_en/*.txt``.

Run: ``python -m transcription.comparison.training.net_en [--out FILE] [--seeds N] [--epochs N]
[--minutes M] [--folder DIR]``; needs torch, which the product does not.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transcription.comparison.en.matters import stem
from transcription.comparison.en.net import WEIGHTS
from transcription.comparison.en.net_input import COLUMNS, SIZES, Words, encode, plain, tokens_of
from transcription.comparison.training.examples import Example
from transcription.comparison.training.exchanges_en import FOLDER, examples
from transcription.comparison.training.net_examples_en import changed, older
from transcription.comparison.training.net_figures import HELD_OUT_EN, TUNED_ON_EN
from transcription.comparison.training.network import Tongue, parser, run

EXPECTED = Path(__file__).parents[3] / "tests/transcription/data/net_en_expected.json"
#: Words and stems that the weights have room for.
WORDS_MAX, STEMS_MAX = 2200, 1900


def lists_of(count: Counter[str]) -> tuple[list[str], list[str]]:
    """The commonest words and stems, seen twice at least."""
    stems: Counter[str] = Counter()
    for word, times in count.items():
        stems[stem(word)] += times
    return tuple(  # type: ignore[return-value]
        sorted(w for w, n in sorted(some.items(), key=lambda p: (-p[1], p[0]))[:most] if n > 1)
        for some, most in ((count, WORDS_MAX), (stems, STEMS_MAX))
    )


def count_of(some: Sequence[Example]) -> Counter[str]:
    """How often each word is met in exchanges."""
    count = Counter(w for x in some for t in x.turns for w, _, _ in tokens_of(t.text, t.marks) if w)
    for point in {x.point for x in some}:
        count.update(w for w, _, _ in tokens_of(plain(point.text), ()))
    return count


def _new_words(some: Sequence[Example]) -> dict[str, Any]:
    words, stems = lists_of(count_of(some))
    return {"words": words, "stems": stems}


ENGLISH = Tongue(
    COLUMNS, SIZES, ("words", "stems"), Words.of, encode, _new_words, changed, examples, older
)


def main(arguments: Sequence[str]) -> int:
    made = parser(__doc__, WEIGHTS, EXPECTED, FOLDER)
    made.set_defaults(held_out=HELD_OUT_EN, tuned_on=TUNED_ON_EN)
    return run(ENGLISH, made.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
