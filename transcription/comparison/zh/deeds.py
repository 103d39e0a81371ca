"""Who did the point's act: watched, reported, trained, signed, opened the valve."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from transcription.comparison.model import Case
from transcription.comparison.zh.concepts import act_of, concepts_of
from transcription.comparison.zh.matters import Profile
from transcription.comparison.zh.people import ANY, LIST
from transcription.comparison.zh.roles import subject

_ACTS = {
    "supervise": r"监护|在[^,.]{0,5}(?:守|站着|蹲着|扶着|待着|呆着)|扶着|没离开|看护|盯着|盯|看着|"
    r"看(?=的|现场|仓|池|井|门|场|火|口|$)|守着|"
    r"守(?=在|的|仓|口|$)|旁站|照看|照应|看守|值守|监督|监火|看火|把着|瞭望|望着",
    "report": r"[叫喊打拨报]的(?=$|[,.啊呀嘛吧])|报[的了过]?[的]?警|报[的了](?=$|[,.])|"
    r"[打拨][的了过通]?[^,.\ue000-\uf8ff]{0,4}(?:1[12][09]|一[一二]\S|急救|求救|救护|报警|"
    r"电话)|(?<=[\ue000-\ue9ff])这?一个电话|[打拨][的了过]?(?:一?个)?(?=$|[,.嘛吧啊呀])|"
    r"[叫喊][的了]?(?:救护车|1[12][09]|"
    r"急救)|求救|"
    r"呼救|上报|汇报|报告|报[了的]?(?=应急|上|领导)|通知",
    "training": r"培训|讲[的了过]?|交[的了过]?底|教育|上[的了过]?[一几]?[节堂]?课|组织|教[的了过]|"
    r"念[的了过]|给[^,.]{0,4}说[的了过]",
    "permit": r"办[的了过]?|开[的了过]?(?=票|$|[,.]|作业|动火)|开的|签[的了过]?|批[的了过]?|审批|"
    r"填[的了过]?|审[的了过]",
    "gas_test": r"测[的了过量]?|检测|化验|检[的了过]",
    "ppe": r"戴|系|穿|发[的了过]",
    "power_off": r"断[的了过]?|拉[的了过]?闸|停[的了过]?|关[的了过]?|上[的了过]?锁|挂[的了过]?牌|"
    r"切断|验[的了过]?电",
    "ventilate": r"通风|开[的了过]?风机|鼓风|吹",
}
#: 睁不开, 拉不动: no act.
_ANY_ACT = r"干|弄|做|操作|搞|(?<![睁打扯拉推叫喊走搬挪跑转拧掰拽撬拔瞒][不得])[动开]|处理"
_IS = re.compile(
    rf"(?P<act>[^,.\ue000-\uf8ff]{{0,10}}?)(?:的人|的|人|员|者)(?:就|也|当时|那天|"
    rf"应该)*(?P<no>不)?是(?:由)?(?:我们)?(?P<who>{LIST.pattern})"
)
#: 监护是王班长自己担的: the act is named, then who took it.
_TOOK_IT = re.compile(
    rf"(?P<act>[^,.\ue000-\uf8ff]{{1,10}}?)(?:就|都|也|还|确实|当时|"
    rf"那天)*(?P<no>不)?是(?P<who>{LIST.pattern})"
    rf"(?:自己|本人|亲自|亲手|一个人|各人|来)*(?:担|搞|弄|做|干|整|负责|办|管|顶|完成)(?:起来?|"
    rf"下来)?的"
)
_IN_CHARGE = re.compile(r"负责|管(?=$|[的,.着])|专门管|牵头|带班")
_FILL = re.compile(
    r"还不是|"
    r"实际上?|其实|有个|有|嗯|啊|哦|噢|呃|额|哎|诶|那个|这个|就是|就|也就|还是|是|的|吧|呗|嘛|"
    r"呢|呀|啦|了|"
    r"哈|喽|咯|"
    r"都|不|他们|那天|当时|应该|好像|可能|肯定|当然|主要|本人|自己|一个人|一个|俩|两个人|两个|"
    r"三个|人|还能有|还有|和|跟|、|,|反正|说实话|还用说|除了|\s|-|\"|应|该|另外|几个|工人|"
    r"其他|撒|嘞|哩|噻|我记得|记得|没错|对|专职|兼职|固定|哪|在|回答|报告|领导"
)
#: 没有监护人, 哪有什么监护.
_NONE_THERE = re.compile(
    r"(?:没有?|哪有|哪来的?|无)(?:什么|啥|安排|设|配|指定|专门的?|任何)*(?:监护|监火|看护|"
    r"监督|值守)(?:人|员)"
)
#: 赵敏做的: a name, a short verb and 的 answer a question for who.
_PLAIN_DEED = re.compile(
    rf"(?:从头到尾|一直|全|都|那天)*(?:是|就是|那是)?{LIST.pattern}(?:一个人|自己|亲手|"
    rf"亲自)?(?P<act>(?!是|亲|看|听|见|知|记|想|说|"
    rf"讲)[\u4e00-\u9fff]{{1,3}}的)[啊呀嘛吧呗呢]?$"
)
#: 我连架子边都没摸着
_NOT_EVEN = re.compile(r"连[^,.]{0,3}\0[^,.]{0,8}[都也](?:没|不)")
_DONE_TO = re.compile(r"谁[^,.]{0,8}(?:把|救|扶|抬|背|送|拉)")


def done_to(text: str, case: Case) -> frozenset[str]:
    """核实谁把老罗拉上来: to whom it was done, who therefore did not do it."""
    named = {p.id for p in case.people if p.id in text}
    return frozenset(named) if len(named) == 1 and _DONE_TO.search(text) else frozenset()


#: 老栾没看: said of a watch.
UNWATCHED = re.compile(
    r"(?P<who>[\ue000-\ue7ff])(?:就|也|又|可|根本|压根)*没有?(?:看|盯|守)(?:着|过)?$"
)
_ABSENT = re.compile(
    rf"(?P<who>{ANY})[^,.]{{0,6}}(?:不在|没在|没去)(?:过)?(?:现场|那儿|那里|跟前|旁边|边上|场)"
)
_BARE_NEG = re.compile(
    r"^(?!.{0,2}还不是)(?:[嗯啊哦那这]|当然|肯定|绝对|反正|可|又|也|真|根本|压根)*(?:不是|"
    r"并不是|不会是|哪是|没)"
)


@dataclass(frozen=True)
class Deed:
    """One statement of who did it. ``people`` are mention characters."""

    people: str
    start: int
    end: int
    nobody: bool = False
    negated: bool = False
    bare: bool = False


def acts(own: Profile) -> re.Pattern[str]:
    """The verbs of the point's act."""
    return _compiled(
        own.family,
        "|".join(
            re.escape(v)
            for v in sorted(own.point.verbs, key=len, reverse=True)
            if v not in ("在", "到", "去")
        ),
        "".join(sorted(own.characters)),
        concepts_of(own.point),
    )


_CACHE: dict[tuple[str, str, str, frozenset[str]], re.Pattern[str]] = {}


def _compiled(
    family: str, verbs: str, characters: str, concepts: frozenset[str]
) -> re.Pattern[str]:
    key = (family, verbs, characters, concepts)
    if key not in _CACHE:
        if len(_CACHE) > 512:
            _CACHE.clear()
        parts = [p for p in (verbs, _ACTS.get(family, "")) if p]
        if named := act_of(concepts):
            parts.append(named)
        if not _ACTS.get(family):
            parts += [f"[{re.escape(characters)}]" if characters else "", _ANY_ACT]
        _CACHE[key] = re.compile("|".join(p for p in parts if p))
    return _CACHE[key]


def find(text: str, own: Profile, on_topic: bool, verb: str = "", carried: str = "") -> list[Deed]:
    """Who did it, as one clause says.

    ``on_topic``: the question asked for it, with ``verb``; ``carried``: the subject of the clauses
    before, for a clause without one.
    """
    out: list[Deed] = []
    text = re.sub(r"(?:不假|没错|千真万确|这我承认|这个我承认)$", "", text)
    rule = acts(own)
    if m := _NONE_THERE.search(text):
        return [Deed("", m.start(), len(text), nobody=True)]
    for m in _IS.finditer(text):
        if rule.search(m.group("act")) or (on_topic and len(m.group("act")) <= 2):
            out.append(Deed(m.group("who"), m.start(), m.end(), negated=bool(m.group("no"))))
    for m in _TOOK_IT.finditer(text):
        if rule.search(m.group("act")):
            out.append(Deed(m.group("who"), m.start(), m.end(), negated=bool(m.group("no"))))
    if out:
        return out
    last: Deed | None = None
    if own.family == "supervise" and on_topic and (m := _ABSENT.search(text)):
        return [Deed(m["who"], m.start(), len(text), negated=True)]
    if own.family == "supervise" and (m := UNWATCHED.search(text)):
        return [Deed(m["who"], m.start(), len(text), negated=True)]
    charged = [
        m
        for m in (_IN_CHARGE.finditer(text) if on_topic else ())
        if not (rest := text[m.end() : m.end() + 8])
        or rest[0] in "的,.吧啊呀嘛呢"
        or rule.search(rest)
        or re.match(r"(?:这个|这块|这事|这件|那个|现场|那天|当天|在)", rest)
    ]
    said = list(re.finditer(re.escape(verb), text)) if verb and on_topic else []
    plain = [m for m in [_PLAIN_DEED.match(text)] if m] if on_topic else []
    for m in [*rule.finditer(text), *charged, *said, *plain]:
        at = m.start("act") if m.re is _PLAIN_DEED else m.start()
        who = subject(text, at)
        if who.kind == "who" and re.search(r"(?:谁|\uea00)(?:会|敢|能|给|有)|[?呀啊哟]$", text):
            who = replace(who, kind="nobody")  # 谁给我们上课?
        if who.kind == "nobody":
            last = Deed("", who.start, len(text), nobody=True)
        elif who.kind == "person" and _NOT_EVEN.search(f"{text[:at]}\0{text[at:]}"):
            last = Deed(who.people, who.start, len(text), negated=True)
        elif who.kind == "person":
            last = Deed(who.people, who.start, len(text), negated=who.negated)
        elif _carries(who.kind, who.negated, carried, at, text):
            last = Deed(carried, 0, len(text))
        else:
            continue
        if not out or (out[-1].people, out[-1].nobody) != (last.people, last.nobody):
            out.append(last)
    return out


def _carries(kind: str, negated: bool, carried: str, at: int, text: str) -> bool:
    """The subject of the clause before goes on; not to 一根绳子都没挂."""
    return kind == "none" and bool(carried) and at <= 6 and not (negated or _NOT_ONE.search(text))


_NOT_ONE = re.compile(r"一[一-鿿][^,.]{0,5}[都也]没")
_OPINION = re.compile(
    rf"(?:据)?{ANY}(?:记得|印象(?:中|里)?|想|看|觉得|估计|猜|敢肯定|肯定|确定|可以肯定|所知|"
    rf"了解|听说|认为|印象)(?:的)?"
)
_EITHER = re.compile(rf"不是{LIST.pattern}[^,.]{{0,2}}就是|还是(?={ANY})|或者|要么")


#: 那天王队不在: where somebody was, no answer to who it was.
_AWAY = re.compile(r"不在|没在|没来|请了?假|出差|休息|不上班")


def bare(text: str) -> list[Deed]:
    """A clause that is nothing but people: 王队呗. 不是我. 我和老李. 是老李不是我."""
    if len(text) > 24 or _EITHER.search(text) or _AWAY.search(text):
        return []
    text = _OPINION.sub(lambda m: "啊" * len(m.group()), text)
    found = list(LIST.finditer(text))
    if re.match(r"(?P<x>[\ue000-\ue7ff])是?(?P=x)", text):
        return []  # 我看大门的: says what he is
    if not found or _FILL.sub("", LIST.sub("", text)):
        return []
    out: list[Deed] = []
    for at, m in enumerate(found):
        before = text[: m.start()]
        negated = bool(re.search(r"(?<![是还])不是$", before)) or (
            at == 0 and bool(_BARE_NEG.match(text))
        )
        out.append(Deed(m.group(), m.start(), m.end(), negated=negated, bare=True))
    return out
