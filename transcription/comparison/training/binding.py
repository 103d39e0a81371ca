"""Trains ``values/binding.npz``: whether a value in an answer is the one asked for.

Run: ``python -m transcription.comparison.training.binding``. Classes: O asked for, X another's,
D denied. One line in ten is kept aside for the printed figures; then all are used.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from transcription.comparison.linear import Linear
from transcription.comparison.training.fitting import Example, figures, held_out, rows, train
from transcription.comparison.values.binding import CLASSES, WEIGHTS
from transcription.comparison.values.context import ALSO, AT, ITEM, PERSON, VERB, features
from transcription.comparison.zh.topics import words

_HERE = Path(__file__).parent
_FILLERS = words(
    "嗯 呃 那个 这个 反正 就是说 我跟你说 说实话 这么说吧 你看 其实 当时 那天 那会儿 我想想 哎"
)
_TAILS = words("啊 呀 嘛 呗 呢 的 哈 嘞 了嘛 吧 我记得 没错")
_TALK = words(
    "我是在那儿干活的 这事我清楚 你问我算问对了 我都跟你们说过了 别的我不管 这个我记得 大家都知道 "
    "后来就乱了 人都吓傻了 我也没细看 就是这么个情况 天挺热的 我心里也难受 干我们这行的"
)
_CALLED = words("他 她 王师傅 钱工 老李 班长 主任 队长 师傅 我们头儿")
_ACTS = words("干 弄 搞 下去 进去 上去 拆 挖 清 焊 抽 装 搬 倒 修 割 测 打")
_COPIES = 40


def spoken(kind: str, text: str, draw: random.Random) -> Iterator[Example]:
    """One example for each value of a line, in one of the ways people might say it."""
    said = re.sub("V", lambda _: draw.choice(_ACTS) if draw.random() < 0.2 else VERB, text)
    said = re.sub("N", lambda _: "那个" if draw.random() < 0.1 else ITEM, said)
    said = re.sub("P", lambda _: draw.choice(_CALLED) if draw.random() < 0.4 else PERSON, said)
    clauses = said.split(" ")
    if draw.random() < 0.3:
        clauses[0] = draw.choice(_FILLERS) + clauses[0]
    if draw.random() < 0.3:
        clauses[-1] += draw.choice(_TAILS)
    for place in (0, len(clauses)):
        while draw.random() < 0.25:
            clauses.insert(place, draw.choice(_TALK))
    joint = "" if draw.random() < 0.4 else ","
    whole = joint.join(clauses)
    if draw.random() < 0.15:
        whole = _misheard(whole, draw)
    for value in re.finditer("[OXD]", whole):
        masked = "".join(
            AT if at == value.start() else ALSO if letter in "OXD" else letter
            for at, letter in enumerate(whole)
        )
        yield value.group(), features(kind, masked)


def _misheard(text: str, draw: random.Random) -> str:
    return "".join(
        draw.choice("是的在一你得事和里")
        if draw.random() < 0.06 and "\u4e00" <= c <= "\u9fff"
        else c
        for c in text
    )


def examples(lines: Sequence[tuple[str, str]], copies: int, draw: random.Random) -> list[Example]:
    """``copies`` spoken forms of every line; rare classes more often."""
    count = Counter(letter for _, text in lines for letter in set(text) & set(CLASSES))
    most = max(count.values())
    made: list[Example] = []
    for kind, text in lines:
        rare = max(most / count[letter] for letter in set(text) & set(CLASSES))
        for _ in range(round(copies * min(rare, 2.0))):
            made += spoken(kind, text, draw)
    draw.shuffle(made)
    return made


def fitted(lines: Sequence[tuple[str, str]]) -> Linear:
    """The classifier of these lines."""
    return train(examples(lines, _COPIES, random.Random(5)), CLASSES)


def main() -> None:
    """Train on nine lines in ten, say how the tenth fares, then train on all and store it."""
    lines = rows((_HERE / "binding_answers.txt").read_text(encoding="utf-8"))
    kept = [line for line in lines if held_out(line[1])]
    model = fitted([line for line in lines if not held_out(line[1])])
    made = examples(kept, 5, random.Random(6))
    sys.stdout.write(f"kept aside: {len(kept)} lines, right per class: {figures(model, made)}\n")
    fitted(lines).save(WEIGHTS)
    sys.stdout.write(f"{WEIGHTS.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
