"""More for the Chinese network to learn from: the older answers, exchanges changed a little."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

from transcription.comparison.model import Point, Slot
from transcription.comparison.net_shape import BESIDE, ROLES, STATES, WHOLE, Mark, Said
from transcription.comparison.noise import misheard
from transcription.comparison.training.changing import Ways, changed_by
from transcription.comparison.training.examples import UNSAID, Example
from transcription.comparison.zh import matters
from transcription.comparison.zh.topics import words

_HERE = Path(__file__).parent
_OLDER = 0.3

_WORKS = words(
    "清灰 焊接 拆架子 清仓 修泵 搬管子 割钢板 装灯 卸货 换刀 登高作业 刷漆 挖沟 清池子 换皮带 吊装 "
)
_ORDER_ASKS = words(
    "谁安排的 谁让你去的 谁叫他去{W}的 {W}是谁安排的 那天{W}谁派的 是不是有人让你们去{W} "
    "你为什么去{W} {W}听谁的 谁下的命令 这活谁派给你的 怎么想起来去{W} "
)
_DEED_ASKS = words("谁{V}的 {N}是谁{V}的 当时谁在{V} {N}谁{V}的你知道吗 有没有人{V} {V}的人是谁 ")
_WHETHER_ASKS = words(
    "{N}{V}了没有 有没有{V}{N} {V}没{V}{N} 当时{V}{N}了吗 你们{V}了{N}没 那天{N}有没有 {N}怎么样 "
)
_VALUE_ASKS = {
    "t": "几点{V}的,什么时候{V}的,那天几点开始{V},{N}是什么时间{V}的,具体几点",
    "n": "几个人{V},多少人在{V},{V}的有几个,当时几个人,一共多少",
    "w": "在哪{V}的,{N}在什么地方,哪个位置{V}的,{V}是在哪,在哪儿",
    "m": "用什么{V}的,拿什么{V},用的啥,怎么{V}的,什么工具",
}
_VALUES = {
    "t": "八点 下午两点多 三点半左右 上午九点 十点来钟 晚上七点 早上六点半 中午 一点多 九点四十 "
    "天刚亮 下午 四点 五点五十 前一天晚上 昨天下午三点 快十一点 两点整",
    "n": "三个人 四个 俩 五个 六七个人 两个人 八个 三个 仨 十来个 七个人 一个人 四五个",
    "w": "二号车间 楼顶 东边那个坑 仓库门口 三层 井口 罐里 一号池 料场 后院 泵房 五楼 窑顶",
    "m": "撬棍 电焊机 绳子 叉车 手拉葫芦 铁锹 角磨机 梯子 气割 扳手 锤子 吊车 水泵",
}
_SLOT = {"t": Slot.WHEN, "n": Slot.HOW_MANY, "w": Slot.WHERE, "m": Slot.WITH_WHAT}
_TYPE = {"t": "t", "n": "n", "w": "l", "m": "e"}
_ROLE = {"t": "when", "n": "many", "w": "where", "m": "with"}
_PEOPLE = {"ord": {"A": ("ord", "said"), "B": ("to", "said"), "C": ("ord", "denied")},
           "did": {"A": ("did", "said"), "C": ("did", "denied")}}  # fmt: skip


def older(draw: random.Random) -> list[Example]:
    """The answers of the linear classifiers as exchanges, each with a question of its kind."""
    pairs = [line.split() for line in _lines("whether_pairs.txt")]
    made: list[Example] = []
    for kind, name in (("ord", "ordered_answers.txt"), ("did", "did_answers.txt")):
        for line in _lines(name):
            made.append(_people(kind, line.split("\t"), draw.choice(pairs), draw))
    for line in _lines("whether_answers.txt"):
        made.append(_whether(line.split("\t"), draw.choice(pairs), draw))
    for line in _lines("binding_answers.txt"):
        made.append(_value(line.split("\t"), draw.choice(pairs), draw))
    return made


def _lines(name: str) -> list[str]:
    text = (_HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _asked(some: Sequence[str], words: dict[str, str], draw: random.Random) -> Said:
    return Said(draw.choice(some).format(**words), asks=True)


def _filled(
    text: str, letters: dict[str, tuple[str, str]], words: dict[str, str], draw: random.Random
) -> tuple[str, list[tuple[Mark, str]]]:
    """The line in words; its mentions and which letter each was."""
    joint = "" if draw.random() < 0.5 else ","
    made, marks = "", []
    for character in text:
        if character in letters:
            kind, said = letters[character]
            who = ("i" if said == "我" else "name") if kind == "p" else ""
            key = said if kind == "p" else ""
            marks.append((Mark(len(made), len(made) + len(said), kind, who, key), character))
            made += said
        else:
            made += joint if character == " " else words.get(character, character)
    return made, marks


def _words(pair: Sequence[str]) -> dict[str, str]:
    verb, item, other_verb, other_item = pair
    return {"V": verb, "N": item, "w": other_verb, "M": other_item}


def _people(kind: str, row: Sequence[str], pair: Sequence[str], draw: random.Random) -> Example:
    overall, me, text = row
    work = draw.choice(_WORKS)
    filled = {**_words(pair), "W": work}
    letters = {
        c: ("p", f"老{n}") for c, n in zip("ABCD", draw.sample("王李赵孙周吴郑钱", 4), strict=True)
    }
    letters["我"] = ("p", "我")
    said, marks = _filled(text, letters, filled, draw)
    roles = []
    for _, letter in marks:
        states = [0] * len(ROLES)
        role, how = _PEOPLE[kind].get(me if letter == "我" else letter, ("", ""))
        if role:
            hedged = overall in "SN" and how == "said" and role != "to"
            states[ROLES.index(role)] = STATES.index("hedged" if hedged else how)
        if kind == "did":  # who was told to is not said there
            for at, name in enumerate(ROLES):
                states[at] = states[at] if name == "did" else UNSAID
        else:
            states[ROLES.index("did")] = UNSAID
        roles.append(tuple(states))
    whole = {"u": "unk", "o": "off"}.get(overall)
    beside = [0] * len(BESIDE)
    if overall in "nN":
        beside[BESIDE.index(f"nobody:{kind}")] = 1
    beside[BESIDE.index("hedged")] = int(overall in "SN")
    if kind == "ord":
        point = Point(
            "P", f"核实{work}由谁安排", topic="arrange", slots=(Slot.WHO_ORDERED, Slot.TO_WHOM)
        )
        asked = _asked(_ORDER_ASKS, filled, draw)
    else:
        point = Point("P", f"核实谁{filled['V']}的{filled['N']}", slots=(Slot.WHO_DID,))
        asked = _asked(_DEED_ASKS, filled, draw)
    return Example(
        "older", point, (asked, Said(said, False, tuple(m for m, _ in marks))), tuple(roles),
        UNSAID if whole is None else WHOLE.index(whole), tuple(beside), _OLDER,
    )  # fmt: skip


def _whether(row: Sequence[str], pair: Sequence[str], draw: random.Random) -> Example:
    label, text = row
    filled = {**_words(pair), "W": pair[2]}
    letters = {"P": ("p", "老王"), "Q": ("p", "老李"), "我": ("p", "我")}
    said, marks = _filled(text, letters, filled, draw)
    point = Point("P", f"核实是否{filled['V']}{filled['N']}", slots=(Slot.WHETHER,))
    whole = {"y": "yes", "n": "no", "u": "unk", "o": "off"}[label.lower()]
    unsaid = (UNSAID,) * len(ROLES)
    return Example(
        "older", point,
        (_asked(_WHETHER_ASKS, filled, draw), Said(said, False, tuple(m for m, _ in marks))),
        (unsaid,) * len(marks), WHOLE.index(whole),
        (UNSAID, UNSAID, int(label.isupper())), _OLDER,
    )  # fmt: skip


def _value(row: Sequence[str], pair: Sequence[str], draw: random.Random) -> Example:
    kind, text = row
    filled = {**_words(pair), "W": draw.choice(_WORKS)}
    values = draw.sample(_VALUES[kind].split(), 3)
    letters = {c: (_TYPE[kind], v) for c, v in zip("OXD", values, strict=True)}
    letters |= {"P": ("p", "老王"), "我": ("p", "我")}
    said, marks = _filled(text, letters, filled, draw)
    roles = []
    for _, letter in marks:
        states = [UNSAID] * len(ROLES) if letter in "P我" else [0] * len(ROLES)
        if letter in "OD":
            states[ROLES.index(_ROLE[kind])] = STATES.index("said" if letter == "O" else "denied")
        roles.append(tuple(states))
    ask = {"t": "时间", "n": "人数", "w": "地点", "m": "工具"}[kind]
    point = Point("P", f"核实{filled['V']}{filled['N']}{ask}", slots=(_SLOT[kind],))
    return Example(
        "older", point,
        (_asked(_VALUE_ASKS[kind].split(","), filled, draw),
         Said(said, False, tuple(m for m, _ in marks))),
        tuple(roles), UNSAID, (UNSAID,) * len(BESIDE), _OLDER,
    )  # fmt: skip


# --- changed a little ----------------------------------------------------------------------------


def _related(point: Point, text: str) -> int:
    """Characters of the point's matter in a text."""
    return len(matters.profile(point).characters & set(text))


_WAYS = Ways(lambda text: re.sub("[,.?:]", "", text), misheard, ",", _related)


def changed(one: Example, all_of: Sequence[Example], draw: random.Random) -> Example:
    """The exchange heard otherwise (``changing.py``)."""
    return changed_by(_WAYS, one, all_of, draw)
