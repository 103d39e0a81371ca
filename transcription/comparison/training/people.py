"""Trains ``zh/{ordered,did}-{whole,part}.npz`` on ``ordered_answers.txt`` and ``did_answers.txt``.

Run: ``python -m transcription.comparison.training.people``; numpy only, about two minutes. One
line in ten is kept aside and only used for the printed figures.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path

from transcription.comparison.shapes import runs, store
from transcription.comparison.training.softmax import Trained, figures, held_out, train
from transcription.comparison.training.whether import answers, pairs, talk
from transcription.comparison.zh.parts import (
    PARTS,
    SELF,
    TARGET,
    WEIGHTS,
    WHOLE,
    part_features,
)
from transcription.comparison.zh.polarity import ITEM, PERSON, VERB, plain
from transcription.comparison.zh.topics import words

_HERE = Path(__file__).parent
_WORK = words(
    "去 干 上 弄 下去 上去 下井 进去 焊 拆 清 修 搬 割 装 动手 干活 爬上去 开机 开工 卸货"
    " 进仓 换刀 作业"
)
_COPIES = 40
_ME = "我"

Row = tuple[str, str, str]


def rows_of(path: Path) -> list[Row]:
    """Overall class, what the speaker is, and text of every line."""
    found = [
        line.split("\t")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for row in found:
        if len(row) != 3 or row[0] not in WHOLE or row[1] not in PARTS:
            raise ValueError(
                f"{path.name}: expected one of {WHOLE}, one of {PARTS}, an answer; got {row}"
            )
    return [(overall, me, text) for overall, me, text in found]


def general() -> list[Row]:
    """Answers of people who do not know, and talk about something else, from the other set."""
    people = str.maketrans({"P": "D", "Q": "D", "W": "w"})
    return [
        (label, "D", text.translate(people))
        for label, text in answers(_HERE / "whether_answers.txt")
        if label in "uo"
    ]


def spoken(row: Row, others: Sequence[Row], draw: random.Random) -> str:
    """The line with talk around it, letters for people kept."""
    clauses = talk(row[2], [other[2] for other in others], draw)
    # People of the talk around are nobody in particular.
    return "，".join(clauses) if draw.random() < 0.6 else "".join(clauses)


def worded(text: str, draw: random.Random) -> str:
    """The work, verb and item as signs or in real words."""
    verb, item, other_verb, other_item = draw.choice(pairs())
    known = draw.random() < 0.7
    text = text.replace("W", VERB if draw.random() < 0.5 else draw.choice(_WORK))
    text = text.replace("V", VERB if known else verb).replace("N", ITEM if known else item)
    return text.replace("M", other_item).replace("w", other_verb)


def signed(text: str, at: int | None) -> str:
    """People as signs, the one at character ``at`` as the target."""
    made = ""
    for place, character in enumerate(text):
        if place == at:
            made += TARGET
        elif character == _ME:
            made += SELF
        elif character in "ABCD他她":
            made += PERSON
        else:
            made += character
    return made


def whole_examples(
    rows: Sequence[Row], copies: int, draw: random.Random
) -> tuple[list[int], list[set[str]]]:
    """Answers with all people masked."""
    most = max(sum(row[0] == name for row in rows) for name in WHOLE)
    off = [row for row in rows if row[0] == "o"]
    labels, sets = [], []
    for row in rows:
        share = most / sum(other[0] == row[0] for other in rows)
        for _ in range(round(copies * min(share, 6))):
            line = signed(worded(spoken(row, draw.sample(off, 3), draw), draw), None)
            labels.append(WHOLE.index(row[0]))
            sets.append(runs(plain(line.split("，"))))
    return labels, sets


def part_examples(
    rows: Sequence[Row], copies: int, draw: random.Random
) -> tuple[list[int], list[set[str]]]:
    """One example for every person of an answer that names the one, or denies it."""
    rows = [row for row in rows if row[0] in "snSN" or (row[0] == "o" and "D" in row[2])]
    off = [row for row in rows if row[0] == "o"]
    labels, sets = [], []
    for row in rows:
        for _ in range(copies):
            line = spoken(row, draw.sample(off, 3), draw)
            line = line.replace("他", "B") if row[1] == "C" and "B" not in row[2] else line
            line = worded(line, draw)
            for at, character in enumerate(line):
                if character in PARTS or character == _ME:
                    label = row[1] if character == _ME else character
                    # Bystanders are many; they would win by number.
                    if label == "D" and draw.random() < 0.6:
                        continue
                    labels.append(PARTS.index(label))
                    sets.append(part_features(signed(line, at)))
    return labels, sets


def _fit(examples: tuple[list[int], list[set[str]]], names: str) -> Trained:
    labels, sets = examples
    order = list(range(len(labels)))
    random.Random(7).shuffle(order)
    return train([labels[at] for at in order], [sets[at] for at in order], len(names))


def main() -> None:
    """Train on nine lines in ten, say how the tenth fares, then train on all and store it."""
    for name in ("ordered", "did"):
        rows = [*rows_of(_HERE / f"{name}_answers.txt"), *general()]
        seen = [row for row in rows if not held_out(row[2])]
        kept = [row for row in rows if held_out(row[2])]
        off = [row for row in seen if row[0] == "o"]
        for what, make, names in (
            ("whole", whole_examples, WHOLE),
            ("part", part_examples, PARTS),
        ):
            draw = random.Random(3)
            trained = _fit(make(seen, _COPIES, draw), names)
            right = figures(trained, *make([*kept, *off[:3]], 9, draw), names)
            sys.stdout.write(f"{name} {what}: kept aside, right per class: {right}\n")
            path = WEIGHTS / f"{name}-{what}.npz"
            store(path, *_fit(make(rows, _COPIES, draw), names))
            sys.stdout.write(f"{path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
