"""Trains ``en/tie.npz``: which point of a case an English question and its answer are about.

Run: ``python -m transcription.comparison.training.tie_en [--out FILE] [--epochs N]``; needs
torch, which the product does not.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from transcription.comparison.en.net_input import COLUMNS, SIZES, Words, plain, tokens_of
from transcription.comparison.en.net_mentions import mentioned_in
from transcription.comparison.en.tie import WEIGHTS, features_of, rows_of, wording
from transcription.comparison.en.words import Listener
from transcription.comparison.lexicon import Lexicon
from transcription.comparison.model import Case, Role, Turn
from transcription.comparison.net_shape import Said
from transcription.comparison.training.changing import rewritten
from transcription.comparison.training.examples import Written, written
from transcription.comparison.training.exchanges_en import DAY, FOLDER, cases_of
from transcription.comparison.training.net_en import lists_of
from transcription.comparison.training.net_examples_en import WAYS
from transcription.comparison.training.net_figures import HELD_OUT_EN, TUNED_ON_EN
from transcription.comparison.training.tie_network import Asked, Tongue, run

EXPECTED = Path(__file__).parents[3] / "tests/transcription/data/tie_en_expected.json"


def asked_in(path: Path, draw: random.Random | None = None) -> list[Asked]:
    """The exchanges of a file, each among the points of the scenes around its own."""
    some = list(written(path))
    made: list[Asked] = []
    for case, group in cases_of(some):
        lexicon = Lexicon(case)
        made += [found for one in group if (found := _asked(one, case, lexicon)) is not None]
    return made


def _asked(one: Written, case: Case, lexicon: Lexicon) -> Asked | None:
    turns = [
        Turn(str(at), Role.QUESTION if who == "q" else Role.ANSWER, text, at, at + 1)
        for at, (who, text) in enumerate(one.turns)
    ]
    listener = Listener(lexicon, "the one asked")
    heard = [(turn, listener.tokens(turn.text, turn.role)) for turn in turns]
    said = tuple(found.said for found in mentioned_in(heard, DAY, DAY))
    questions = [turn for turn in turns if turn.role is Role.QUESTION]
    right = [p.text for p in case.points].index(one.point.text)
    features = features_of(case, questions, said[-1].text)
    return Asked(one.source, said[-4:], case.points, right, features, one.whole == "off")


def _changed(turns: tuple[Said, ...], draw: random.Random) -> tuple[Said, ...]:
    """Without marks, some of it misheard."""
    rate = draw.choice((0.0, 0.05, 0.1))
    made = tuple(rewritten(t, WAYS.plain) for t in turns)
    return tuple(rewritten(t, lambda text: WAYS.misheard(text, rate, draw)) for t in made)


def _new_words(learnt: Sequence[Asked]) -> tuple[list[str], list[str]]:
    count = Counter(
        w for x in learnt for t in x.turns for w, _, _ in tokens_of(t.text, t.marks) if w
    )
    for x in learnt:
        count.update(w for w, _, _ in tokens_of(plain(x.points[x.right].text), ()))
    return lists_of(count)


ENGLISH = Tongue(
    COLUMNS, SIZES, ("words", "stems"), 9, Words.of, rows_of, wording, _new_words, _changed,
    asked_in, WEIGHTS, EXPECTED, FOLDER, HELD_OUT_EN, TUNED_ON_EN,
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(run(ENGLISH, __doc__, sys.argv[1:]))
