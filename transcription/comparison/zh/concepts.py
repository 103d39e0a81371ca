"""Words that mean the same to somebody who asks about an accident: 断电, 拉闸, 电是谁断的.

A concept is a small class of acts or things, however they are worded. The text of a point and a
question about it mostly share one, even where they share no character (核实谁启动了设备: 机器谁给
开的). A concept says nothing of whether it was so or who did it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from transcription.comparison.model import Point

_MACHINE = r"(?:机器?|泵|设备|扇|车|窑|炉|器|梯|线|带|磨|搅拌|绞龙|浆机|铲|罐)"
#: Concept -> how it is said. Words of two readings are bound by what stands beside them.
_CONCEPTS: dict[str, str] = {
    "start": rf"启动|开机|开动|合[的了上过]?闸|推[的了上过]?闸|送[的了]?电|通[的了]电|"
    rf"按.{{0,3}}(?:钮|键)|{_MACHINE}[^,.]{{0,5}}(?:开|转起|动起|运转|转着)|开[的了着]?{_MACHINE}|"
    rf"{_MACHINE}[^,.]{{0,3}}转",
    "stop": rf"停[的了过]?{_MACHINE}|停没停|急停|关[的了过]?{_MACHINE}|停[的了]电|停运|"
    rf"{_MACHINE}[^,.]{{0,8}}(?:停|关)(?!在)",
    "power": r"断[的了过]?[店电]|拉[的了过]?[电总刀]?闸|闸[^,.]{0,5}[拉断关]|[店电](?:源|"
    r"闸)?[^,.]{0,5}[断拉关停切]|"
    r"电源|停[的了过]?电|关[的了过]?电|上[的了过]?锁|挂[的了过]?牌|挂.{0,3}牌|锁[^,.]{0,3}上|"
    r"能量隔离",
    "valve": r"阀|[气汽](?:源|门)?[^,.]{0,5}[停断关]|[停断关][的了过]?[气汽]|盲板",
    "fire": r"起火|着火|冒火|走火|失火|火(?!票|证|车|工|警)[^,.]{0,6}(?:起|着|冒|烧|闪|窜|在)|先着|"
    r"燃(?!气)|烧起|闪燃|冒烟|明火",
    "blast": r"爆(?!破)|炸|闪爆|嘭|砰|轰",
    "burst": r"爆(?!破)|炸|起火|着火|冒[的了]?火|燃(?!气)|烧起|火[^,.票证车工警]{0,6}(?:起|着|冒|"
    r"闪|窜|在)|先着|闪",
    "collapse": r"垮|塌|坍|倒塌|倒(?=的|了|下)|崩|陷",
    "leak": r"[泄渗]漏|漏(?=[出气液油料的了])|跑料|喷(?=出|的|了|溅)|冒(?=气|料)",
    "fall": r"坠|摔|掉[了的]?下|跌|滚下|滑[了的]?下|踩空",
    "injure": r"[受砸压夹绞挤烫割划碰]伤|伤(?=的|了|到|着)|挨(?=的|了|着)|[砸压夹绞卷挤](?=到|着|"
    r"的|了|住)|"
    r"昏倒|晕倒|倒下|中毒|触电|遇难|伤者",
    "hospital": r"医院|送[医走去]|送.{1,3}去|救护|急救|抢救|就医",
    "alarm": r"报[的了过]?警|警[^,.]{0,4}报|11[09]|120|一一[零九]|一二零|幺[幺二]|火警|急救|求救|"
    r"救护车|消防[^,.]{0,4}(?:喊|叫|来|打)|[喊叫打][^,.]{0,3}消防",
    "upward": r"上报|报告|汇报|往[^,.]{0,3}报|报[到给](?!警)|报上|瞒报|迟报|报的(?!警)",
    "permit": r"[动作]火?业?[票证]|票(?!据)|许可|审批|[没有]批|批[的了过没文条]|手续|单子|条子|"
    r"开[的了]?[个张]?[票证]",
    "plan": r"方案|图纸|专家论证",
    "training": r"培训|交[的了过]?底|教育|上[的了过]?课|学习|讲[的了过]?[^,.]{0,4}(?:安全|注意)|"
    r"班前会|"
    r"带[^,.]{0,3}学|教[的了过]|交代|三级",
    "worn": r"[戴系穿佩](?!过来|过去)",
    "suit": r"[防房]?[静进]电|防静|工作服|防护服|衣服?|服(?!务|从)",
    "vest": r"反光",
    "helmet": r"帽",
    "mask": r"面罩|面具|口罩|呼吸器|空呼|脸上",
    "rope": r"安全绳|安全带|保险[绳带]|救生绳|系绳|绳.{0,3}系",
    "gloves": r"手套",
    "glasses": r"眼镜|护目镜",
    "watch": r"监[护户]|旁站|值守|看护|看[着住]|看到起|守[着到在]?|盯|安全员|瞭望|监火|把风|照看|"
    r"看火",
    "cordon": r"警戒|拦(?!腰)|围[^,.]{0,3}(?:起|挡|栏)|封(?:路|闭|了|没|起|上)?|隔离|带子|水马|"
    r"锥桶",
    "test": r"检测|[测试检][的了过]?[漏楼]|测[^,.]{0,4}[氧气爆毒浓]|浓度|化验(?!室|间|员)|气体|"
    r"测的|测了|量过",
    "vent": r"通[的了过]?风|风机|排风|吹风|鼓风|抽风|换气|排气",
    "clean": r"清(?!楚|单|算|早)|扫|打扫|冲洗|掏|吸灰",
    "unblock": r"清堵|疏通|[通捅](?!知|过|风|电|常|道|病|报)|堵",
    "lift": r"吊(?!牌)|起重",
    "tear": r"拆|卸|搞掉|打掉|打的|敲",
    "cut": r"切|割|断开|弄断|锯",
    "weld": r"焊",
    "open_up": r"撬|[开揭掀][的了过]?[箱盖门桶包]|[箱盖门桶包][^,.]{0,4}[开揭掀撬]",
    "place": r"放[^,.]{0,3}(?:哪|在|到)|堆|码[在到的放]|摆|搁|存放|放置",
    "move": r"搬|运(?!转|气|行)|抬",
    "wipe": r"擦|抹",
    "signal": r"指挥|手势|吹哨|哨子|信号",
    "drive": r"操作|驾驶|开[的了着]?[^,.]{0,3}(?:叉车|吊车|铲车|挖机|塔吊|行车|机器?)|"
    r"(?:叉车|吊车|铲车|挖机|塔吊|行车|机器?)[^,.]{0,5}开|"
    r"在开[?]?$|操机",
    "licence": r"操作证|上岗证|资格证|有证|无证|持证|本子|驾照",
    "repair": r"修|保养|维护|检修",
    "record": r"登记|台账|记录|签到",
    "rescue": r"救(?!护)|下去救|施救|救援|拉[^,.]{0,2}上来|拽",
    "drink": r"喝[的了过]?[点]?酒|酒",
    "guardrail": r"护栏|栏杆|防护罩|盖板|临边|安全网|防护网",
    "discover": r"发现|(?:最先|第一个|头一个|先)(?:看|听|知|晓)[见到得]?",
    "ignite": r"起爆|放[的了]?炮|点火|炮[^,.]{0,5}[点放响]|引爆|打火机|点[的了着](?=$|[?,.])",
    "evacuate": r"撤|疏散|跑出来|逃",
    "sound": r"报警器|警报|警铃|响(?:没响|了|过)|蜂鸣",
    "feed": r"投料|加[的了]?料|加药|倒料|下料|上料|喂料|[止停断][了过]?料|料[^,.]{0,3}[停断止]",
    "shore": r"支护|支撑|支模|放坡|[撑顶](?=的|了|住)|木垛",
    "blind": r"盲板|隔断|断开管",
    "interlock": r"联锁|连锁|短接|屏蔽|旁路|光电|限位",
    "ground": r"验[的了过]?电|接地|放电",
    "extinguish": r"灭火器?|消防栓|水带|喷淋",
    "key": r"钥匙",
    "brake": r"刹车|制动|手刹|驻车",
    "load": r"超载|装[的了][^,.]{0,3}吨|限载|载重|几吨|多重",
    "water_fall": r"落水|掉[^,.]{0,3}(?:水|河|江|池)|溺",
    "net": r"安全网|网子|兜网|密目网",
    "shift": r"当[班斑]|[你他那]们?[这那]?个?班|值班|夜班|上班的",
}
#: What somebody does who does it: 谁启动的: 小隋推的闸.
_ACTS: dict[str, str] = {
    "start": "启动|[推按合送点]|开(?!会|始|车来)",
    "stop": "停|关(?!系|心)|按|断|拍",
    "power": "断|拉(?!着|住|起)|关(?!系|心)|锁|挂|切",
    "valve": "关(?!系|心)|拧|停|断|开(?!会|始)",
    "ignite": "起爆|按|点|放(?!心)",
    "evacuate": "喊|撤|叫",
    "blind": "加|装|上(?!去)|打",
    "feed": "投|加|倒|喂",
    "discover": "发现|闻|看[见到]|听[见到]",
    "cordon": "拉(?!住)|拦|围|封|摆|隔",
    "drive": "操作|驾驶|开(?!会|始)",
    "signal": "指挥|打|吹|比划",
    "hospital": "送|背|抬|拉(?!住)",
    "test": "测|检(?!查站)|试(?!用)|量|抹",
    "clean": "清(?!楚)|扫|掏|捅|吹",
    "unblock": "捅|通(?!知|过)|掏|敲|清(?!楚)",
    "tear": "拆|打|敲|卸|凿",
    "cut": "割|切|锯|磨",
    "weld": "焊|点火",
    "open_up": "撬|开(?!会|始)|揭|掀",
    "move": "搬|抬|运|背|扛",
    "lift": "吊|起吊",
    "vent": "开(?!会|始)|吹|抽",
    "place": "放|码|堆|摆|搁",
    "repair": "修|换",
}
#: 清堵前有没有测气体, in the text of a point.
BEFORE_IT = re.compile(r"^[^,]{1,6}?[之以]?[前后](?=有|是|谁|怎|的)")
#: Things one wears.
_WORN = frozenset(("suit", "vest", "helmet", "mask", "rope", "gloves", "glasses"))
_RULES = {name: re.compile(rule) for name, rule in _CONCEPTS.items()}


@lru_cache(maxsize=1024)
def concepts(text: str) -> frozenset[str]:
    """Every concept that a flattened text names."""
    return frozenset(name for name, rule in _RULES.items() if rule.search(text))


def act_of(names: frozenset[str]) -> str:
    """The verbs of these concepts, as a pattern; empty without any."""
    return "|".join(_ACTS[name] for name in sorted(names) if name in _ACTS)


@lru_cache(maxsize=512)
def concepts_of(point: Point) -> frozenset[str]:
    text = BEFORE_IT.sub("", point.text.removeprefix("核实"))
    found = concepts(",".join((text, *point.items, *point.synonyms)))
    return found | {"worn"} if found & _WORN else found
