"""Trains ``zh/whether.npz``: softmax regression over characters of masked answers.

Run: ``python -m transcription.comparison.training.whether``; numpy only, about a minute. One answer
in ten (by its line's digest) is kept aside and only used for the printed figures.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from transcription.comparison.shapes import runs, store
from transcription.comparison.training.softmax import Trained, figures, held_out, train
from transcription.comparison.zh.polarity import (
    CLASSES,
    ITEM,
    OTHER,
    PERSON,
    VERB,
    WEIGHTS,
    plain,
)
from transcription.comparison.zh.topics import words

_HERE = Path(__file__).parent
_FILLERS = words(
    "嗯 呃 那个 这个 反正 就是说 怎么说呢 我跟你说 说实话 讲老实话 这么说吧 "
    "你看 其实 当时 那天 那会儿"
)
_TAILS = words("啊 呀 嘛 呗 呢 的 哈 咧 哩 噻 撒 啦 嘞 了嘛")
_CALLED = words(
    "他 她 王师傅 钱工 老李 小张 班长 主任 安全员 老板 刘经理 那个姓陈的 队长 徒弟 师傅 我们头儿"
)
_COPIES = 40

Example = tuple[int, list[str]]


def answers(path: Path) -> list[tuple[str, str]]:
    """Label and text of every line."""
    rows = [
        line.split("\t")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for row in rows:
        if len(row) != 2 or row[0] not in CLASSES:
            raise ValueError(
                f"{path.name}: expected a label of {CLASSES}, a tab and an answer, got {row}"
            )
    return [(label, text) for label, text in rows]


@lru_cache(maxsize=1)
def pairs() -> list[list[str]]:
    """Verb, item, another verb, another item of many kinds of work."""
    lines = (_HERE / "whether_pairs.txt").read_text(encoding="utf-8").splitlines()
    return [line.split(" ") for line in lines if line and not line.startswith("#")]


def filled(text: str, draw: random.Random) -> str:
    """An answer with the matter masked and the other verb and item in real words.

    Now and then the words of the matter are left out, or said in words nobody knows to be the
    same: an answer must be understood by its shape as well.
    """
    verb, item, other_verb, other_item = draw.choice(pairs())
    if draw.random() < 0.15:
        text = text.replace("V", draw.choice(["搞", "弄", "做", "给", "整", verb]))
    if draw.random() < 0.15:
        text = text.replace("N", draw.choice(["", "那东西", "那玩意", "这个", item]))
    for letter in "PQ":
        text = text.replace(letter, draw.choice([PERSON, PERSON, draw.choice(_CALLED)]))
    text = text.replace("V", VERB).replace("N", ITEM)
    return text.replace("W", other_verb).replace("M", draw.choice([OTHER, other_item]))


def spoken(label: str, text: str, others: Sequence[str], draw: random.Random) -> Example:
    """One example: fillers, particles, talk before and after, no marks, wrong characters."""
    return CLASSES.index(label), talk(text, others, draw)


def talk(text: str, others: Sequence[str], draw: random.Random) -> list[str]:
    """The clauses of an answer as one says it and a recogniser hears it."""
    clauses = text.split(" ")
    if draw.random() < 0.35:
        clauses[0] = draw.choice(_FILLERS) + clauses[0]
    if draw.random() < 0.3 and clauses[-1][-1:] not in "吧吗":
        clauses[-1] += draw.choice(_TAILS)
    for place in (0, len(clauses)):
        while draw.random() < 0.25:
            clauses[place:place] = draw.choice(others).split(" ")
    if draw.random() < 0.35:
        clauses = ["".join(clauses)]
    if draw.random() < 0.2:
        clauses = [_misheard(clause, draw) for clause in clauses]
    return [clause for clause in clauses if clause] or [text]


def _misheard(clause: str, draw: random.Random) -> str:
    characters = list(clause)
    for at in range(len(characters)):
        if draw.random() < 0.07:
            characters[at] = draw.choice(words("是 的 在 一 你 得 事 和 里"))
    return "".join(characters)


def examples(rows: Sequence[tuple[str, str]], copies: int, draw: random.Random) -> list[Example]:
    """``copies`` spoken forms of every row, classes of equal weight."""
    count = Counter(label for label, _ in rows)
    most = max(count.values())
    others = [text for label, text in rows if label == "o"]
    made = []
    for label, text in rows:
        for _ in range(copies * most // count[label]):
            around = [filled(other, draw) for other in draw.sample(others, 3)]
            made.append(spoken(label, filled(text, draw), around, draw))
    draw.shuffle(made)
    return made


def main() -> None:
    """Train on nine answers in ten, say how the tenth fares, then train on all and store it."""
    rows = answers(_HERE / "whether_answers.txt")
    draw = random.Random(5)
    seen = examples([row for row in rows if not held_out(row[1])], _COPIES, draw)
    kept = examples([row for row in rows if held_out(row[1])], 5, draw)
    trained = fit_examples(seen)
    labels = [label for label, _ in kept]
    right = figures(trained, labels, [runs(plain(clauses)) for _, clauses in kept], CLASSES)
    sys.stdout.write(f"kept aside, right per class: {right}\n")
    store(WEIGHTS, *fit_examples(examples(rows, _COPIES, draw)))
    sys.stdout.write(f"{WEIGHTS.stat().st_size} bytes\n")


def fit_examples(made: Sequence[Example]) -> Trained:
    """Train on examples."""
    return train(
        [label for label, _ in made], [runs(plain(clauses)) for _, clauses in made], len(CLASSES)
    )


if __name__ == "__main__":
    main()
