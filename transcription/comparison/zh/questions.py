"""What a question asks: which slots, whether yes or no will do, who is meant, what it presumes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from transcription.comparison.model import Slot
from transcription.comparison.zh import orders
from transcription.comparison.zh.matters import families
from transcription.comparison.zh.people import WHO, Speech

#: 几号炉: which one, not which day.
_NUMBERED = (
    r"(?:楼|仓|槽|池|罐|库|井|车间|线|窑|炉|月?台|站台|机|门|桩|塔|泵|坑|墩|孔|巷|棚|房|舱|船|箱|"
    r"柜|"
    r"站|位|杆|梁|柱)"
)
_WHO_ASKED = re.compile(rf"{WHO}|哪个人|什么人|哪些人|哪一位|人是?[哪谁]|名字")
SLOTS: tuple[tuple[Slot, re.Pattern[str]], ...] = (
    (
        Slot.WHEN,
        re.compile(
            r"几点|什么时候|啥时候|何时|什么时间|啥时间|哪[一]?天|几号(?!"
            + _NUMBERED
            + r")|多会儿?|多咱|时间(?:呢|"
            r"是|点)|几时|什么时段|多早|多晚|具体时间|哪个时候|哪日|何日|早上还是|上午还是|"
            r"星期几|哪个钟|么时候|么时间|好久(?=[^,.?]{0,5}[的了]\??$)"
        ),
    ),
    (
        Slot.HOW_MANY,
        re.compile(
            r"(?<![你我他她这那]们)(?<![这那])几个(?!的)|好多个?人|多少[个人名位]|几名|几人|几位|"
            r"多少(?=\?|$)|有多少|人数|几口|几个人|"
            r"共几"
        ),
    ),
    (
        Slot.WHERE,
        re.compile(
            r"哪里|哪儿|在哪|什么地方|啥地方|哪个(?:地方|位置|车间|仓|槽|池|楼|罐|库|井|区|"
            r"房间|厂|工地|船舱|舱|洞|坑|段|层|号)|地点|什么位置|哪个位置|何处|哪边|哪头|哪块|"
            r"哪一层|几楼|(?:在|第|是)几[层级跨段区]|几[层级跨][^,.?搭盖]{0,3}的[?]?$|"
            r"几号" + _NUMBERED + r"|到哪|去哪|站哪|"
            r"哪一?(?:个(?!钟|时|人|单位|科|部门|老板|领导|当官|经理|主任|队|班|师傅|厂长))|"
            r"哪一?[间座栋条口面头块侧台层段根棵架孔排节级跨幢处]|哪一?只(?![手脚眼耳胳])|"
            r"(?:第)?几层|站位|(?:所处|所在|作业|具体|当时的?)位置|"
            r"(?:[罐炉窑池台机楼井塔杆线门库仓]|"
            r"车间)[^,.?]{0,3}[是的]几号\??$|[放堆码摆搁停支丢藏靠泊卸装挖拆](?:的|在|的是|"
            r"到)?哪(?!个人|位|天|年|月|家|趟|次|回)|^那[里儿](?=先|最)"
        ),
    ),
    (
        Slot.WITH_WHAT,
        re.compile(
            r"(?<![作起])[用拿使靠凭](?:到|上|过|的)?(?:了|过|的)?(?:就|都|又|也)?(?:是|些|"
            r"点)?(?:什么|啥|哪(?!里|儿|个?人)|么)|"
            r"带的?(?:了|过)?(?:些|点)?(?:什么|啥)(?:工具|家伙|东西|家什)?[?啊呀呢]*$|"
            r"手[里上]?(?:拿|攥|提|握|拎)(?:着|的|了)?(?:是|个)?(?:什么|啥)|么子?(?:工具|机器|"
            r"家伙|设备)|什么(?:工具|设备|机器|"
            r"家伙|东西|车|梯)|啥(?:工具|"
            r"家伙|设备|机器)|怎么(?:下|上|弄|把|搬|吊|运|进|出|清|拆|挖|割|抽|干|爬|登|"
            r"个干法|做)|咋(?:下|上|弄|搬|干|爬|清)|哪(?:台|把|辆|种)|工具是"
        ),
    ),
)
_YES_NO = re.compile(
    r"(?:[吗嘛]|(?<![什怎多这那])么)\??$|[没不]有?(?:啊|呢)?\??$|有没有|有无|是不是|是否|"
    r"能不能|会不会|要不要|"
    r"可不可以|(?P<x>[\u4e00-\u9fff])[没不](?P=x)|了没|对吧\??$|对不对|是吧\??$|没错吧|行不行|"
    r"吧\??$|[了的得]?(?:伐|没得|冇得?|莫|勿)\??$"
)
_NEGATIVE = re.compile(
    r"(?:是不是|难道)(?:就|都|也|根本|压根)?[没不]|(?:没有?|不|未|无)(?!错|"
    r"关系|是)[^,.?]{1,10}(?:吗|吧|是吧|对吧|嘛)\??$"
)
_OPEN = re.compile(
    r"经过|过程|情况|说一下|讲一下|说说|讲讲|谈谈|描述|怎么回事|怎么发生|发生了什么|"
    r"还有(?:什么|没有|要)|补充|详细|从头|来龙去脉|然后呢|后来呢|接着呢|之后呢|当天都|"
    r"怎么样了|接下来|(?:看到|看见|听到|听见)(?:了|过|的)?(?:些|点)?(?:什么|啥)|都?(?:干|做|"
    r"忙)(?:了|过)?(?:些|点)?(?:什么|啥|么子)[?啊呢]*$"
)
_ORDER_ASKED = re.compile(
    r"听谁|安排|指派|派|叫|让|喊|吩咐|命令|要求|指挥|布置|部署|交代|交待|下令|授意|通知|打发|招呼|"
    r"委托|逼|批准|同意|意思|主意|决定|定的|谁定|说了算|发话|拍板|发的话|下的令|做主|指示|"
    r"指使|指令|口令|任务(?!单)|提出|发起|宣布|催促?(?=[的你他])|缘由|起因|来由|听了|点名|领着|"
    r"带着|带的(?!什么|啥|哪)|带过|带你|带去|带上|带下|带队"
)
_WHY = re.compile(
    r"缘由|起因|来由|为什么|为啥|为何|"
    r"怎么(?![^,.?]{0,4}[弄搞拆取卸搬打拿抬拉切割拧敲拽吊运装抽挪挖撬倒捅救拖捞][上下进出过回][去来])"
    r"(?:会)?[^,.?]{0,4}(?:参加|参与|掺和|去|到|跑|想到|想起|进|下|上|"
    r"干起|来)|咋(?:会)?(?:去|到|"
    r"跑|想|进|下|上)|干嘛去|干什么去|凭什么去|是不是自己|自己[^,.?]{0,3}(?:去|上|下|进|干|跑|弄)"
)
#: 任务从哪里来: who gave it.
_FROM_WHERE = re.compile(
    r"(?:任务|指令|命令|指示|通知|安排|差事|活儿?|消息)[^,.?]{0,6}(?:从|出自|来自|由)哪|"
    r"从哪[里儿]?(?:接|得|领)"
)
#: 老张几个人为什么进去: asks no number.
_THEY_ALL = re.compile(r"[\ue000-\ue9ff们]几个(?:人|工人)?")
#: 为什么还不撤: of what went on, not who had it begun.
_WENT_ON = re.compile(r"(?:为什么|为啥|为何|怎么|咋)[^,.?]{0,4}(?:还|没|不|继续|仍)")
_ELLIPTIC = re.compile(
    r"^(?:那|嗯|好|哦|那么|具体|到底|究竟|是|你)*(?:谁|哪个|几点|什么时候|几个|多少|哪里|哪儿|"
    r"确定|肯定|能确定|真的|是吗|对吗|你再想想|再想想|想清楚|想好|记得|记清|怎么说|还有|"
    r"为什么|用什么|是谁|你呢|他呢|然后|后来|接着|之后|谁说的|没记错|怎么讲|请回答|回答|明确|"
    r"什么意思|你能|不能|说清楚|大概)|^.{0,6}呢\??$"
)


#: 派的谁, 冲谁说的, 任务给了谁: asks whom the order went to.
_WHOM = re.compile(
    rf"(?:派|叫|让|安排|指派|喊|[交分派]?给|[冲对跟向朝](?=[^,.?]{{0,6}}(?:说|讲|喊|交代|布置|"
    rf"吩咐|下|指|吼|安排))|点|吩咐|落[到在]|指定|通知|找|打发|"
    rf"布置给|分配给|委托|支使|要求)(?:的|了|过|的是|给|的人是)?{WHO}(?!学|借|住|熟|要好)"
    rf"|任务[^,.]{{0,4}}给[了]?{WHO}|怎么(?:分|布置|安排|派)"
)
_PERCEIVES = re.compile(
    r"(?:让|给|跟|找)你[^,.?]{0,3}(?:签|看|说|讲|交代|出示)过?[^,.?]{0,6}(?:没有?|吗)|(?:见过|"
    r"见到|看见|看到(?!起)|听说|知道|晓得|清楚|了解|注意到?|印象)[^,.]{0,10}(?:没有?|吗|不|"
    r"么|没)\??$|(?:有没有|是否|知不知|见没见)[^,.]{0,6}(?:见|看|听说|注意|道)"
)
_EXISTS = re.compile(r"有没有(?:什么)?人|有人|有谁|有没有谁|几个人(?=看|盯|守)")
_WHAT = re.compile(r"什么|啥|怎么|咋|多少|几[个点次]|哪")
_USUAL = re.compile(
    r"平时|平常|一般|通常|流程|规定|制度|(?:^|(?<=[们厂里司,你他]))以前(?=[^,.?])|往常|"
    r"正常情况|应该(?:由|怎么|谁)|上个?月|上[次回](?![^,.?]{0,2}(?:你|您)?(?:说|讲|笔录|问|交代|"
    r"谈|来|做笔录))|"
    r"去年|按规定"
)


@dataclass(frozen=True)
class Question:
    """A question as understood. Without one (a speaker begins by himself) all is empty."""

    speech: Speech | None = None
    slots: frozenset[Slot] = frozenset()
    asks_who: bool = False
    asks_order: bool = False
    yes_no: bool = False
    negative: bool = False
    asks_whom: bool = False
    verb: str = ""  # what somebody did: 联系 of 谁联系的
    idle: bool = False  # 你慢慢说: asks nothing of its own
    exists: bool = False  # 有没有人看着: a no means nobody
    presumed_not: bool = False  # 为什么没办: takes for granted that it was not
    why: bool = False
    pointed: bool = False  # asks about one order: who, whom, whether, why
    choice: bool = False  # 是他还是你: a name answers
    perceives: bool = False  # 见过没有: a no says nothing about the thing
    usual: bool = False  # asks how it is done, or about another day
    open: bool = False
    elliptic: bool = False
    families: frozenset[str] = frozenset()
    orders: tuple[orders.Order, ...] = ()
    text: str = ""
    plain: str = ""
    tags: frozenset[str] = field(default=frozenset())


def understand(speech: Speech) -> Question:
    """The question in ``speech``; the last of several sentences asks, the others set the scene."""
    text, plain = speech.text, speech.flat.text
    found = orders.find(text.rstrip("?."))
    asks_who = bool(_WHO_ASKED.search(text))
    # 哪个喊的 asks for a person, and no place: it is one character in ``text``.
    slots = frozenset(
        slot for slot, rule in SLOTS if rule.search(text if slot is Slot.WHERE else plain)
    )
    if _FROM_WHERE.search(plain):
        slots, asks_who = slots - {Slot.WHERE}, True
    if _THEY_ALL.search(text) and not re.search(r"多少|几名|几位|一共|共几", plain):
        slots -= {Slot.HOW_MANY}
    order = bool(_ORDER_ASKED.search(plain)) or any(o.asked for o in found)
    why = bool(_WHY.search(plain)) and not _WENT_ON.search(plain)
    yes_no = bool(_YES_NO.search(plain)) and not (
        asks_who and not re.search(r"有没有|是不是|是否|有谁", plain)
    )
    wh = asks_who or why or bool(slots) or bool(_OPEN.search(plain)) or bool(_WHAT.search(plain))
    yes_no = yes_no or (not wh and len(plain) > 3 and bool(re.search(r"[?的了过]$", plain)))
    return Question(
        speech=speech,
        slots=slots,
        asks_who=asks_who,
        asks_order=order
        or why
        or bool(_WHOM.search(text))
        or any(o.agent and o.patient for o in found),
        yes_no=yes_no,
        asks_whom=bool(_WHOM.search(text)),
        choice=bool(re.search(r"[\ue000-\ue9ff][^,.]{0,8}还是[^,.]{0,6}[\ue000-\ue9ff]", text)),
        presumed_not=bool(re.search(r"(?:为什么|为啥|为何|怎么|咋)[^,.?]{0,6}(?:没|不)", plain)),
        why=why,
        pointed=asks_who
        or yes_no
        or why
        or bool(_WHOM.search(text))
        or any(o.agent and o.patient for o in found),
        exists=bool(_EXISTS.search(plain)),
        idle=len(plain) <= 5 or not (wh or yes_no or order),
        verb=_verb(text),
        perceives=bool(_PERCEIVES.search(plain)),
        usual=bool(_USUAL.search(plain)) and not re.search(r"当天|那天|当时|这次|事发", plain),
        negative=bool(_NEGATIVE.search(plain)),
        open=bool(_OPEN.search(plain)) and not slots,
        elliptic=bool(_ELLIPTIC.match(plain)) and len(plain) <= 12,
        families=families(plain),
        orders=tuple(found),
        text=text,
        plain=plain,
    )


_VERB = re.compile(
    rf"{WHO}(?:给你们?|先|第一个|最先|最早|首先|当时|在现场|在旁边|去|来|动手|"
    rf"负责)?(?P<verb>[\u4e00-\u9fff]{{1,2}}?)(?:的|了|过)"
)


def _verb(text: str) -> str:
    m = _VERB.search(text)
    return m["verb"] if m and m["verb"] not in ("是", "说", "在", "有", "知道", "叫", "做") else ""
