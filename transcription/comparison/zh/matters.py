"""What a stretch of speech is about, and whether that is the point.

Two measures, both modest: families of safety talk (permit, training, protection, watch ...) with
the common words of each, and the point's own words. A question about another family is not about
the point even if it shares a name with it; a stretch with no family of its own takes the topic it
stands in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from transcription.comparison.model import Point, Slot
from transcription.comparison.zh.names import address
from transcription.comparison.zh.topics import words

#: Family -> its words. The first families win where a point's text names several.
FAMILIES: dict[str, re.Pattern[str]] = {
    "permit": re.compile(
        r"作业[票证单]|动火[票证单]|工作[票证]|检修[票证]|停电票|操作票|停电[^,.]{0,4}票|"
        r"许可[证单]?|审批|报批|手续|票证|开[的过了]?[个张]?票|办[的过了]?[个张]?[票证]|没票|"
        r"无票|有票|那?张票|票(?=开|办|签|批|呢|没|都|是|也|填|拿|补|有|齐|在)|批条|条子|单子|"
        r"审批[单表]|批[过了]没|没批|批了|批过|签批|派工单|任务单|令(?=开)|工单"
    ),
    "licence": re.compile(
        r"操作证|焊工证|电工证|上岗证|资格证|特种作业证|特种作业操作|特种作业资格|持证|无证|"
        r"驾照|驾驶证|证书|考[的过了]?证|有证|没证|本本|叉车证|登高证"
    ),
    "training": re.compile(
        r"培训|交底|交[了过]底|安全教育|三级教育|教育(?!局)|上[过的了]?[一几]?[节堂]?课|"
        r"安全课|学习(?=过|安全|班|材料)|讲[过了]?[^,.]{0,4}安全|安全知识|安全规程|注意事项|"
        r"[讲说][过了]?[^,.]{0,3}注意|交代[过了]?[^,.]{0,4}(?:注意|危险|风险)|安全措施|"
        r"考[过了]?试|培训签到|岗前|班前会|讲课|听课|[堂节]课|课(?!长)"
    ),
    "gas_test": re.compile(
        r"检测(?!站)|测[过了]?(?:一下)?(?:气|氧|爆|毒|浓度|瓦斯)|测[过了的没]|没测|气体|"
        r"氧含量|氧气含量|四合一|浓度|可燃气|硫化氢|瓦斯(?!爆)|测量|化验|分析(?=气|合格|过)|"
        r"取样|[检查测试验探]漏(?!电|水|勺)|查[的过了]漏"
    ),
    "ppe": re.compile(
        r"安全带|安全绳|安全帽|防毒面具|面具|面罩|防护|口罩|呼吸器|空呼|护目镜|眼镜|手套|"
        r"绝缘[鞋靴]|雨[靴鞋]|胶鞋|防护服|工作服|反光[衣背]|劳保|救生[衣绳]|护具|帽子|系绳|"
        r"绳子系|挂钩|劳保鞋|耳塞|围裙|背心|头盔"
    ),
    "power_off": re.compile(
        r"断[过了]?电|停[过了]?电(?!票|作业票|检修票)|拉[过了]?闸|电闸|切断电|电源|"
        r"关[过了]?电|上[过了]?锁|挂[过了]?牌|挂牌上锁|验[过了]?电|接地线|停[过了]?机|"
        r"断[过了]?气|关[过了]?阀|盲板|没断|电没|送[过了]?电|急停|开关(?=没|关|拉|断)|总闸"
    ),
    "ventilate": re.compile(
        r"通[过了]?风|鼓风|换气|排风|风机(?=开|没)|吹[过了]?风|抽[过了]?风|置换"
    ),
    "supervise": re.compile(
        r"监护|看护|盯着|看着(?!干|办|弄|来)|守着|旁站|看场|望[着风]|照看|照应|看守|守在|盯在|"
        r"值守|盯现场|"
        r"现场盯|专门看|专人看|有人看(?!见|到)|没人看(?!见|到)|没人盯|有人盯|"
        r"没人守|有人守|蹲在[^,.]{0,4}看|在[^,.]{0,5}(?:把着|把守)|放哨|监督|监工|监火|看火|"
        r"把风|瞭望|谁盯|谁看(?!见|到)|谁守|盯梢|看住|守住|有人扶|没人扶|人扶着|扶着梯"
    ),
    "report": re.compile(
        r"报[的了过]?[的]?警|警[^,.]{0,3}报[的了过]|[打拨叫喊][的了过通]?[个]?\s*(?:1[12][09]|"
        r"急救|救护车|求救|报警)|"
        r"1[12][09](?!\d)|一一九|幺幺[零九]|幺二零|一二零|一一零|一百二|急救|求救|呼救|"
        r"救护车|叫[的]?救|打[的了过]?[^,.]{0,6}电话|电话(?:是)?(?:\w{0,3})?打|上报|报告(?!单|"
        r"书)|汇报|应急局|拨[的了打]|瞒报|迟报"
    ),
    "plan": re.compile(r"施工方案|专项方案|方案|应急预案|预案"),
    "alcohol": re.compile(r"喝[了过的]?[点]?酒|酒后|白酒|啤酒"),
    "pay": re.compile(
        r"工资|工钱|发钱|多少钱|一天[一二三四五六七八九两\d]+百|工时费|月底结|社保|合同(?!工)|保险"
    ),
    "self": re.compile(
        r"哪里人|老家|多大年纪|多大岁数|什么学历|文化程度|身份证|哪年来的|干了多久|干了几年|"
        r"干了多长|干了多少年|来了多久|几年了|工龄|什么职务|什么岗位|做什么工作|负责什么|"
        r"生产什么|姓名|家里几口|住哪|身体怎么样|血压|籍贯|结婚|孩子|住[在的]?宿舍"
    ),
    "food": re.compile(r"吃[的了过]?[什么啥]?(?:饭|早饭|午饭|晚饭|中饭|面)|食堂|伙食|抽烟"),
    "equipment_care": re.compile(r"保养|检修周期|年检|维保|什么时候买的|买了几年|出厂|用了几年"),
    "weather": re.compile(r"天气|下雨|刮风|下雪|气温|温度多少|晴天|阴天"),
    "damage": re.compile(r"赔[了过偿]|损失|医药费|住院|伤[得情势]|骨折"),
}
#: Families that are ordinary talk: never a point's own, always another topic.
IDLE = frozenset({"pay", "self", "food", "weather", "equipment_care", "damage", "alcohol"})

#: Single items of protection: 安全帽 戴了 says nothing about 安全带.
ITEMS: dict[str, re.Pattern[str]] = {
    "安全带": re.compile(r"安全带|五点式|双钩"),
    "安全绳": re.compile(r"安全绳|保险绳|救生绳|绳(?!梯)"),
    "安全帽": re.compile(r"安全帽|帽子|头盔|帽"),
    "面具": re.compile(r"面具|面罩|防毒面|呼吸器|空呼"),
    "口罩": re.compile(r"口罩"),
    "手套": re.compile(r"手套"),
    "护目镜": re.compile(r"护目镜|眼镜|防护镜"),
    "鞋": re.compile(r"绝缘鞋|绝缘靴|雨[靴鞋]|劳保鞋|胶鞋|工作鞋|鞋(?![底柜架带])"),
    "衣": re.compile(r"防护服|隔热服|防化服|工作服|反光[衣背]|救生衣|背心|围裙"),
}

STOP = re.compile(
    r"几点钟?|哪一?天|核实|查明|确认|了解|弄清|查清|调查|核查|核对|是否|有没有|有无|谁|由|什么|"
    r"时候|时间|哪里|"
    r"哪儿|哪个|几个|几人|多少|怎么|如何|当时|现场|事故|发生|进行|人员|人数|人|地点|位置|情况|"
    r"经过|的|了|在|用|是|和|与|及|以及|为|何|之前|前|后|时|开始|作业|安排|指派|派|让|叫|去|"
    r"到|"
    r"佩戴|使用|设备|工具|当天|过|有|没|各|出事|安全|操作|执行|负责|办理|办"
)
#: Single characters that name an act by themselves.
_ACTS = "清拆挖焊割吊装卸搬扒倒抽灌喷刷涂砌浇钻铲掏疏接修换拧洗刮切磨锯砍炸埋运拖推爬下进开关"


@dataclass(frozen=True)
class Profile:
    """A point's own words. ``family`` empty: the work itself, or something not foreseen."""

    point: Point
    family: str
    words: frozenset[str]  # its verbs, items and synonyms, as given
    characters: frozenset[str]  # those of its text that carry it
    spoken: tuple[str, ...]  # words of its text, to be known by their sound
    item: str  # one item of protection, when the point names one

    def asks(self, slot: Slot) -> bool:
        return slot in self.point.slots


@lru_cache(maxsize=512)
def profile(point: Point) -> Profile:
    """What to listen for."""
    text = f"{point.text},{','.join(point.items)},{','.join(point.synonyms)}"
    family = point.topic if point.topic in FAMILIES else ""
    if family and not FAMILIES[family].search(text):
        # 测可燃气体 filed under permits: what the text names counts.
        named = [f for f, rule in FAMILIES.items() if f not in IDLE and rule.search(text)]
        family = named[0] if len(named) == 1 else family
    if not family and point.topic not in ("arrange", "work", "presence"):
        family = next((f for f, r in FAMILIES.items() if f not in IDLE and r.search(text)), "")
    content = STOP.sub(" ", point.text + " " + " ".join(point.items + point.synonyms))
    characters = frozenset(
        c for c in content if "㐀" <= c <= "鿿" and c not in "一二三四五六七八九十号个"
    )
    given = frozenset(
        w
        for w in (*point.verbs, *point.items, *point.synonyms)
        if w and w not in ("人", "在", "到", "去") and not address(w)
    )
    worn = [i for i, r in ITEMS.items() if r.search(text)] if family == "ppe" else []
    spoken = tuple(w for w in re.split(r"[ ,]+", STOP.sub(" ", point.text)) if 2 <= len(w) <= 4)
    return Profile(point, family, given, characters, spoken, worn[0] if len(worn) == 1 else "")


@lru_cache(maxsize=4096)
def families(text: str) -> frozenset[str]:
    """Every family a stretch of flattened text touches."""
    return frozenset(f for f, rule in FAMILIES.items() if rule.search(text))


def own_words(text: str, own: Profile) -> bool:
    """The text names the point's own act or thing."""
    if any(len(w) > 1 and w in text for w in own.words):
        return True
    shared = {c for c in text if c in own.characters}
    return len(shared) >= 2 or any(c in _ACTS for c in shared)


def item_of(text: str) -> str:
    """The one item of protection a stretch names; empty for none or several."""
    named = [i for i, rule in ITEMS.items() if rule.search(text)]
    return named[0] if len(named) == 1 else ""


def other_item(text: str, own: Profile) -> bool:
    """口罩戴了没有, where the point asks for 安全绳."""
    named = item_of(text)
    return bool(own.item and named and named != own.item)


#: Heads of which a site has many, told apart by what stands before them.
_HEADS = frozenset("阀泵闸机罐炉窑车吊塔灯")


def another(text: str, thing: str, aliases: Sequence[str]) -> bool:
    """The text names only another thing of the same kind: 蒸汽阀 for the 进料阀."""
    head, named = thing[-1:], (thing, *aliases)
    if head not in _HEADS or len(thing) < 2 or any(name in text for name in named):
        return False
    own = {c for name in named for c in name}
    found = [_nouns_before(text[: m.start()]) for m in re.finditer(head, text)]
    return bool(found) and all(len(name) > 1 and not set(name) & own for name in found)


def _nouns_before(text: str) -> str:
    """The nouns that a text ends with: 蒸汽 of 我把蒸汽."""
    out = ""
    tagged = rjieba.tag(text[-8:])
    for at in range(len(tagged) - 1, -1, -1):
        word, tag = tagged[at]
        part = len(word) > 1 and tag == "v" and at > 0 and tagged[at - 1][1].startswith("n")
        if part and not out:  # 蒸汽伴热
            out = word
            continue
        if not tag.startswith(("n", "b", "j", "vn", "l")) or tag.startswith(("nr", "ns")):
            break
        out = word + out
    return out


_PERMIT_KINDS = re.compile(
    r"(?P<kind>动火|受限空间|有限空间|密闭空间|临时用电|用电|登高|高处|高空|吊装|起重|动土|"
    r"挖掘|断路|盲板|停电|检修|进仓|"
    r"进罐|进舱|爆破|放射|施工|进场|特种|入井|下井)(?:作业|施工|许可)?(?:审批)?[票证单]"
)
_SAME_KIND = (
    {"受限空间", "有限空间", "密闭空间", "进仓", "进罐", "进舱"},
    {"登高", "高处", "高空"},
    {"吊装", "起重"},
    {"停电", "检修"},
)
#: Permits of side works: another matter than "the permit" of a point that names none.
_SIDE_KINDS = frozenset({"临时用电", "用电", "动土", "断路", "盲板", "特种", "进场"})
_KINDS = (
    *_SIDE_KINDS,
    *words("登高 高处 高空 吊装 动火 受限空间 有限空间 密闭空间 停电 检修 进仓 进罐 进舱"),
)


def _other_permit(text: str, own: Profile) -> bool:
    """动火证 where the point asks for 停电票."""
    named = {m["kind"] for m in _PERMIT_KINDS.finditer(text)}
    if not named:
        return False
    asked = {kind for kind in _KINDS if kind in own.point.text}
    if not asked:
        return named <= _SIDE_KINDS
    same = set(asked)
    for group in _SAME_KIND:
        same |= group if group & asked else set()
    return not named & same


#: Words of a family that count only in a question about it: any call is not the call for help.
_WEAK = {
    "report": re.compile(
        r"(?!.*(?:报[的了过]?的?警|1[12][09]|一一九|幺[幺二][零九]|一[一二]零|急救|求救|呼救|"
        r"救护车|叫救|应急局))"
    ),
    "supervise": re.compile(
        r"(?!.*(?:监护|监火|旁站|看护|值守|没人看|有人看)).*[看盯]着[^,.]{0,4}[戴系穿套]"
    ),
}


def about(text: str, own: Profile, asked: bool = False) -> int:
    """1: about the point; -1: about something else; 0: takes the topic it stands in.

    ``asked``: the text is a question, where a weak word is enough.
    """
    found = families(text)
    if asked and own.family == "permit" and _PAPER.search(text) and not _other_permit(text, own):
        return 1
    if own.family:
        if own.family in found:
            if own.family == "permit" and _other_permit(text, own):
                return -1
            if other_item(text, own):
                return -1
            weak = _WEAK.get(own.family)
            if not asked and _in_point(own):
                return int(bool(_TOLD_UP.search(text)))
            if not asked and weak and weak.match(text):
                return 0
            return 1
        return -1 if found else 0
    if found & IDLE:
        return -1
    if own_words(text, own):
        return 1
    return -1 if found else 0


#: 票你见过吗: the paper by its bare name, in a question.
_PAPER = re.compile(r"(?<![饭车发支钞操岗业格工份保])[票](?!据|价|房)")
_TOLD_UP = re.compile(r"上报|往上报|报告|汇报|应急局|监管|报警|瞒报|迟报|没报|报了|报过")


def _in_point(own: Profile) -> bool:
    """The point itself is about telling somebody, not about a call for help."""
    return bool(re.search(r"上报|报告|汇报|瞒报|迟报", own.point.text))
