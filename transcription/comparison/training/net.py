"""Trains ``zh/net.npz``, the network that reads a Chinese exchange, on ``exchanges/*.txt``.

Run: ``python -m transcription.comparison.training.net [--out FILE] [--seeds N] [--epochs N]
[--minutes M] [--folder DIR]``; needs torch, which the product does not.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transcription.comparison.training.examples import Example
from transcription.comparison.training.exchanges import FOLDER, examples
from transcription.comparison.training.net_examples import changed, older
from transcription.comparison.training.net_figures import HELD_OUT, TUNED_ON
from transcription.comparison.training.network import Tongue, parser, run
from transcription.comparison.zh.net import WEIGHTS
from transcription.comparison.zh.net_input import COLUMNS, SIZES, Words, encode, syllable

#: What a few held-out exchanges give in torch, beside the tests.
EXPECTED = Path(__file__).parents[3] / "tests/transcription/data/net_expected.json"


def _new_words(some: Sequence[Example]) -> dict[str, Any]:
    count = Counter(c for x in some for t in x.turns for c in t.text)
    count.update(c for p in {x.point for x in some} for c in p.text)
    return {
        "characters": sorted(c for c, n in count.items() if n >= 2),
        "syllables": sorted({s for c in count if (s := syllable(c))}),
    }


def _older() -> list[Example]:
    return older(random.Random(7)) + older(random.Random(8))


CHINESE = Tongue(
    COLUMNS, SIZES, ("characters", "syllables"), Words.of, encode, _new_words, changed, examples,
    _older,
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    made = parser(__doc__, WEIGHTS, EXPECTED, FOLDER)
    made.set_defaults(held_out=HELD_OUT, tuned_on=TUNED_ON)
    return run(CHINESE, made.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
