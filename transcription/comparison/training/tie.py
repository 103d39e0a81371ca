"""Trains ``zh/tie.npz``: which point of a case a Chinese question and its answer are about.

Run: ``python -m transcription.comparison.training.tie [--out FILE] [--epochs N]``; needs
torch, which the product does not.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from transcription.comparison.training.exchanges import FOLDER
from transcription.comparison.training.net_figures import HELD_OUT, TUNED_ON
from transcription.comparison.training.tie_examples import asked_in, changed
from transcription.comparison.training.tie_network import Asked, Tongue, run
from transcription.comparison.zh.net_input import COLUMNS, SIZES, Words, syllable
from transcription.comparison.zh.tie import WEIGHTS, rows_of, wording

EXPECTED = Path(__file__).parents[3] / "tests/transcription/data/tie_expected.json"


def _new_words(learnt: Sequence[Asked]) -> tuple[list[str], list[str]]:
    count = Counter(c for x in learnt for t in x.turns for c in t.text)
    count.update(c for x in learnt for c in x.points[x.right].text)
    characters = sorted(c for c, n in count.items() if n >= 2)
    return characters, sorted({s for c in count if (s := syllable(c))})


CHINESE = Tongue(
    COLUMNS, SIZES, ("characters", "syllables"), 5, Words.of, rows_of, wording, _new_words, changed,
    asked_in, WEIGHTS, EXPECTED, FOLDER, HELD_OUT, TUNED_ON,
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(run(CHINESE, __doc__, sys.argv[1:]))
