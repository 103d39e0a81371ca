"""Places and tools named in Chinese text: by the case's lexicon, else by the words used."""

from __future__ import annotations

import re

import rjieba

from transcription.comparison.model import Thing
from transcription.comparison.zh.people import Mentions
from transcription.comparison.zh.topics import words

Place = tuple[Thing, tuple[int, int], bool]

_SPOT = (
    r"(?:里面|里头|里边|上面|上头|上边|下面|底下|下头|边上|旁边|门口|跟前|附近|那边|那儿|那头|"
    r"那块|里|上|下|边|内)"
)
#: Places everybody knows that no case file lists.
_COMMON = (
    r"家里?|老家|宿舍|食堂|医院|路上|外地|县城|城里|镇上|村里|市里|区里|银行|厕所|卫生间|澡堂|"
    r"更衣室|休息室|"
    r"值班室|门卫室|传达室|会议室|办公室|车上|车里|驾驶室|食堂|小卖部|工棚|工地|现场|楼顶|"
    r"楼下|地面|井下|井口|"
    r"坑里|沟里|池边|罐里|罐口|屋里|屋外|院里|院子里|大门口|马路上|码头|甲板上?|船上|山上|"
    r"地下室|天台"
)
_AT = re.compile(
    rf"(?:在|到|去|回|从|蹲|站|坐|躲|待|呆)(?:的|了|在|到)?(?P<known>{_COMMON})|"
    rf"(?:在|到|去|从)(?:那个|那|"
    rf"这个)?(?P<some>(?![那这哪])[一-鿿]{{2,8}}?){_SPOT}(?![一-鿿]{{0,1}}(?:班|课))|"
    r"(?:在|到|去|从)(?:那个|那|这个)?(?P<room>(?!时|中|房|期|民|世|人|空|晚|夜|午|这|那|一个)"
    r"[一-鿿]{1,3}?(?:房|间|室|库|棚|仓|车间)(?!子|的?时|管|客|里的人|隔|接|断))"
)
_WITH = re.compile(
    r"(?:用|拿|使|靠|凭|借|开|坐)(?:的是|的|了|着)?(?:那种|那个|那|"
    r"一[把根台个辆条])?(?P<tool>[一-鿿]{1,6})"
)
#: 拿扫把柄, 用割枪: a tool by its last character, where the words of the language cut it apart.
_HELD = re.compile(
    r"(?P<tool>[一-鿿]{1,3}?(?:枪|棍|棒|锤|锹|铲|钳|刀|锯|镐|钎|杠|钩|绳|梯|扳手|把柄|扫把|扫帚|"
    r"刷子?|桶|"
    r"泵|吊|车|机|钻|斧|撬|凿|铁丝|带))(?![间房场])"
)
_NO_TOOL = frozenset(
    words(
        "时候 工具 东西 办法 方法 钱 工资 主意 眼 命 人 话 力 劲 心 "
        "家伙 玩意 玩意儿 小玩意 小玩意儿 家什 什么 事 法 意思 电 水 会 票 门 机 单子 证 头 车间"
    )
)


def places(text: str, lexicon: Mentions) -> list[Place]:
    """Places with spans of ``text`` and whether found by sound."""
    found = _named(text, lexicon, "place")
    taken = [span for _, span, _ in found]
    for match in _AT.finditer(text):
        group = next(name for name in ("known", "some", "room") if match[name])
        span = match.span(group)
        if any(a < span[1] and span[0] < b for a, b in taken):
            continue
        if group == "some" and not _is_noun(match["some"]):
            continue
        found.append((Thing(frozenset({match[group]})), span, False))
    return sorted(found, key=lambda item: item[1])


#: 光着手去掏的, 什么都没拿: with nothing at all.
_BARE_HANDS = re.compile(
    r"徒手|赤手(?:空拳)?|空着?手(?!套)|光着?手|(?:用|拿|使)(?:自己的?|两只|"
    r"双)?手(?![套电推动机里上头中边持把提])|直接(?:下|上)手|"
    r"(?:什么|啥)(?:东西|工具|家伙|家什)?[也都]没(?:有)?(?:拿|带|用|使)"
)


def tools(text: str, lexicon: Mentions) -> list[Place]:
    """Tools and machines with spans of ``text`` and whether found by sound."""
    found = _named(text, lexicon, "equipment")
    found += [(Thing(frozenset({"手"})), m.span(), False) for m in _BARE_HANDS.finditer(text)]
    taken = [span for _, span, _ in found]
    for match in _WITH.finditer(text):
        word = _first_noun(match["tool"])
        span = (match.start("tool"), match.start("tool") + len(word))
        if not word and (held := _HELD.match(match["tool"])):
            word = held["tool"]
            span = (match.start("tool"), match.start("tool") + len(word))
        if word and not any(a < span[1] and span[0] < b for a, b in taken):
            found.append((Thing(frozenset({word})), span, False))
    return sorted(found, key=lambda item: item[1])


#: 一台大吊车, to a question what with: the answer begins with it.
_ONE_OF = re.compile(
    r"^(?:就|是|也就|嗯|哦|啊|用的|拿的)*(?:[一两三]|那|这)(?:大|小|整|老)?[台把根条辆架部支只杆](?:大|小|旧|破|长|短|新)?"
    r"(?P<tool>[一-鿿]{2,6})"
)


def first_tool(text: str) -> Place | None:
    """The tool an answer begins with, whatever it is."""
    match = _ONE_OF.match(text)
    word = _first_noun(match["tool"]) if match else ""
    if not word or match is None:
        return None
    return (Thing(frozenset({word})), (match.start("tool"), match.start("tool") + len(word)), False)


def _named(text: str, lexicon: Mentions, kind: str) -> list[Place]:
    return [
        (Thing(frozenset({m.id})), m.span, m.by_sound)
        for m in lexicon.mentions(text)
        if str(m.kind) == kind
    ]


def _is_noun(text: str) -> bool:
    tagged = rjieba.tag(text)
    return bool(tagged) and all(t.startswith(("n", "s", "m", "q", "b", "a")) for _, t in tagged)


def _first_noun(text: str) -> str:
    """The noun that ``text`` begins with, its adjectives included; empty without one."""
    word = ""
    for piece, tag in rjieba.tag(text):
        if tag.startswith(("n", "b", "a", "j")) and not tag.startswith(("nr", "ad")):
            word += piece
        else:
            break
    return (
        ""
        if word in _NO_TOOL or (len(word) < 2 and word not in ("手", "锹", "绳", "锤", "钩", "桶"))
        else word
    )
