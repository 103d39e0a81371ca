# mypy: disable-error-code="import-not-found, no-untyped-call"
"""Cuts English text into clauses of plain words, and chooses the model's common words.

Reads what texts.py wrote (TEXTS/en-SOURCE.txt) and writes TEXTS/words-SOURCE.txt, one clause a
line; ``--choose`` writes data/en/common.txt anew. Needs ``wordfreq``.
``python -m transcription.model_build.cut_english --help``
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from transcription.model_build.pinyin import DATA

#: Sources, and how much one of their sentences counts.
WEIGHTS = {"archive": 1, "tatoeba": 6}
#: Names and pieces that stand in these texts far more often than in speech.
LEFT_OUT = frozenset({"pdis", "vtaiwan", "taiwan", "audrey", "ing", "tw"})
CHOSEN = 5600

_WORD = re.compile(r"[a-z]+('[a-z]+)?")
_END = re.compile(r"[.?!;:…\"“”—–\n]+| - ")
_LISTED, _FREQUENT = 1e-7, 1.5e-5
_UNSEEN = 3e-7  # share of a word that the texts lack


def clauses(text: str) -> Iterator[list[str]]:
    """Pieces between full stops that are plain words only, in lower case."""
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", text).replace("’", "'").replace("‘", "'")
    for piece in _END.split(text):
        words = [word.strip("'") for word in re.sub("[,-]", " ", piece.lower()).split()]
        words = [word for word in words if word]
        if words and all(_WORD.fullmatch(word) for word in words):
            yield words


def choose(listed: Mapping[str, float], counted: Mapping[str, float]) -> list[str]:
    """Words frequent both in wordfreq's list and in the texts, the most frequent first."""
    total = sum(counted.values())
    score: dict[str, float] = {}
    for word, count in counted.items():
        share = listed.get(word, 0.0)
        if share > _LISTED and word not in LEFT_OUT and (len(word) > 1 or word in "ai"):
            score[word] = math.sqrt(share * max(count / total, _UNSEEN))
    for word, share in listed.items():
        if share > _FREQUENT and len(word) > 2 and word not in score and _WORD.fullmatch(word):
            score[word] = math.sqrt(share * _UNSEEN)
    return sorted(score, key=lambda one: -score[one])[:CHOSEN]


def main() -> None:
    """Cut everything; choose words if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="texts.py's folder")
    parser.add_argument("--choose", action="store_true", help="write data/en/common.txt anew")
    options = parser.parse_args()
    counted: Counter[str] = Counter()
    for source, weight in WEIGHTS.items():
        path = options.texts / f"en-{source}.txt"
        if not path.is_file():
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [clause for line in lines for clause in clauses(line)]
        for clause in found:
            for word in clause:
                counted[word] += weight
        text = "".join(" ".join(clause) + "\n" for clause in found)
        (options.texts / f"words-{source}.txt").write_text(text, encoding="utf-8")
    if options.choose:
        import wordfreq

        chosen = choose(wordfreq.get_frequency_dict("en", wordlist="large"), counted)
        head = "# Common words, the most frequent first.\n"
        (DATA / "en/common.txt").write_text(head + "\n".join(chosen) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
