"""Trains ``en/binding.npz`` and ``en/whether.npz`` on answers written for it.

Run: ``python -m transcription.comparison.training.english``. One line in ten is kept aside for the
printed figures; then all are used.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from transcription.comparison.en.context import (
    ALSO,
    AT,
    BINDING,
    ITEM,
    NOBODY,
    OTHER,
    PERSON,
    VERB,
    WHETHER,
    around,
    whole,
)
from transcription.comparison.linear import Linear
from transcription.comparison.training.fitting import Example, figures, held_out, rows, train

_HERE = Path(__file__).parent
_FILLERS = (
    "well",
    "look",
    "listen",
    "to be honest",
    "as i said",
    "let me see",
    "er",
    "you know",
    "right",
    "oh",
    "i told you already",
    "like i say",
    "i'll be straight with you",
    "now then",
    "that morning",
    "that day",
)
_TAILS = (
    "i remember",
    "that's all",
    "that's the truth",
    "you know",
    "mate",
    "simple as that",
    "as i recall it",
    "as far as i'm concerned",
    "same as always",
    "ask anyone",
    "i can see it now",
    "that was it",
    "and that was that",
)
_TALK = (
    "i've run this crew twenty years",
    "i keep a careful log",
    "my hands were shaking",
    "it was raining a bit",
    "the boss was in a mood",
    "you think i fancy it down there",
    "we were short of men",
    "i hadn't even had my tea",
    "it's a rotten job",
    "i don't need telling",
    "i would like to be precise here",
    "it's all in the file",
    "what was i supposed to say",
    "the place was full of dust",
    "i was tired",
)
_ACTS = (
    "did it",
    "done it",
    "do it",
    "working",
    "went in",
    "going in",
    "got on with it",
    "doing it",
)
_COPIES = 40
_PEOPLE = frozenset(
    ("P", "i", "me", "myself", "we", "us", "ourselves", "he", "him", "himself")
    + ("she", "her", "herself", "they", "them", "themselves")
)
_NOBODY = re.compile(
    r"\b(?:nobody else|no one(?: else)?|none of (?:us|them|you)|not one of (?:us|them)|"
    r"not a soul)\b"
)


def spoken(text: str, draw: random.Random) -> list[list[str]]:
    """Clauses of words: fillers before, talk around, marks or none."""
    said = re.sub(r"\bV\b", lambda _: draw.choice(_ACTS) if draw.random() < 0.15 else VERB, text)
    said = re.sub(r"\bN\b", lambda _: "thing" if draw.random() < 0.1 else ITEM, said)
    clauses = [_apart(said).split()]
    if draw.random() < 0.3:
        filler = draw.choice(_FILLERS).split()
        clauses = [filler, *clauses] if draw.random() < 0.4 else [filler + clauses[0]]
    if draw.random() < 0.25:
        tail = draw.choice(_TAILS).split()
        clauses = [*clauses, tail] if draw.random() < 0.6 else [*clauses[:-1], clauses[-1] + tail]
    for place in (0, len(clauses)):
        while draw.random() < 0.2:
            clauses.insert(place, draw.choice(_TALK).split())
    if draw.random() < 0.4:
        clauses = [[word for clause in clauses for word in clause]]
    return clauses


#: The reader takes a mention's 's and a pronoun's 'd for words of their own; it's stays one.
_SIGN_S = re.compile(r"\b([ADPXVNM])'s(?![a-z])")
_PRONOUN_REST = re.compile(r"\b(?:(i|we|he|she|they)('(?:d|ve|m|re))|(i)('ll)|(he|she)'s)(?![a-z])")


def _apart(text: str) -> str:
    """Marks of words as the reader (``words.py``) sets them apart."""
    text = _SIGN_S.sub(r"\1 's", text)
    return _PRONOUN_REST.sub(lambda m: " ".join(g for g in m.groups() if g), text)


def bound(kind: str, text: str, draw: random.Random) -> Iterator[Example]:
    """One example for each mention of a line."""
    letters = "ADPX"
    words: list[str] = []
    for clause in spoken(text, draw):
        words += ([","] if words else []) + clause
    if kind not in "rd":
        words = [PERSON if w == "P" else w for w in words]
        letters = "ADX"
    words = [_pronoun(kind, w) for w in words]
    for at, word in enumerate(words):
        if word not in letters:
            continue
        masked = [AT if n == at else ALSO if w in letters else w for n, w in enumerate(words)]
        yield word, around(kind, masked)


def _pronoun(kind: str, word: str) -> str:
    """I, we, he are people too: of an order he who is told, else somebody else."""
    if word in ("me", "us", "him", "her", "them"):
        return "P" if kind == "r" else "X" if kind == "d" else PERSON
    if word in _PEOPLE:
        return "X" if kind in "rd" else PERSON
    return word


def binding_examples(
    lines: Sequence[tuple[str, str]], copies: int, draw: random.Random
) -> list[Example]:
    """``copies`` spoken forms of every line."""
    made: list[Example] = []
    for kind, text in lines:
        for _ in range(copies):
            made += bound(kind, text, draw)
    draw.shuffle(made)
    return made


def whether_examples(
    lines: Sequence[tuple[str, str]], copies: int, draw: random.Random
) -> list[Example]:
    """``copies`` spoken forms of every line, classes of equal weight, other talk around."""
    count = Counter(label for label, _ in lines)
    most = max(count.values())
    others = [text for label, text in lines if label == "o"]
    made: list[Example] = []
    for label, text in lines:
        for _ in range(copies * most // count[label]):
            clauses = spoken(text, draw)
            for place in (0, len(clauses)):
                while draw.random() < 0.2:
                    clauses.insert(place, draw.choice(others).split())
            made.append((label, whole([_signs(clause) for clause in clauses])))
    draw.shuffle(made)
    return made


def _signs(words: Sequence[str]) -> list[str]:
    said = _NOBODY.sub(NOBODY, " ".join(words))
    return [PERSON if w in _PEOPLE else OTHER if w == "M" else w for w in said.split()]


Maker = Callable[[Sequence[tuple[str, str]], int, random.Random], list[Example]]


def fit_and_store(name: str, path: Path, classes: str, maker: Maker) -> None:
    """Figures on lines kept aside, then the classifier of all lines."""
    lines = rows((_HERE / name).read_text(encoding="utf-8"))
    kept = [line for line in lines if held_out(line[1])]
    rest = [line for line in lines if not held_out(line[1])]
    model: Linear = train(maker(rest, _COPIES, random.Random(5)), classes)
    found = figures(model, maker(kept, 5, random.Random(6)))
    sys.stdout.write(f"{name}: {len(kept)} lines kept aside, right per class: {found}\n")
    train(maker(lines, _COPIES, random.Random(5)), classes).save(path)
    sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")


def main() -> None:
    """Both classifiers."""
    fit_and_store("english_whether.txt", WHETHER, "ynuo", whether_examples)
    fit_and_store("english_answers.txt", BINDING, "ADPX", binding_examples)


if __name__ == "__main__":
    main()
