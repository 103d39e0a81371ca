"""Orders in a clause: who sent whom, who denies it, who went of his own accord.

Text is ``Speech.text`` of one clause. Verbs of ordering are many and most of them have other uses
(派出所, 叫救护车, 让开, 皮带): those are masked first. Verbs that order only with somebody to order
(叫, 让, 带, 说 ...) need a person or an act after them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from transcription.comparison.zh.people import ANY, LIST, ONE, WHO
from transcription.comparison.zh.roles import (
    SAYING,
    TO_ANOTHER,
    Subject,
    object_after,
    subject,
)


@dataclass(frozen=True)
class Order:
    """One order as one clause has it. ``agent`` and ``patient`` are mention characters."""

    agent: str
    patient: str
    act: str  # what was ordered, as far as the clause says
    start: int
    end: int
    nobody: bool = False  # nobody ordered it, or own accord
    own_accord: bool = False
    negated: bool = False
    asked: bool = False  # 谁: asks for the agent; with ``nobody`` 谁派他了 denies it
    weak: bool = False
    silent: bool = False  # said nothing at all: of what, the words around it say


_NOT_ORDER = re.compile(
    r"叫上|喊上|拉上|带上|瞎说|胡说|不同意|"
    r"乱说|别说|没说|说谎|谎说|说瞎话|派出所|招呼[都也][不没]打|带头(?!去|干)|约定|"
    r"商定|限定|界定|设定|气派|党派|让开|让路|"
    r"让位|让一让|礼让|叫做|叫什么|名叫|叫声|叫唤|大叫|惨叫|喊叫|"
    r"喊声|大喊|喊疼|喊救命|"
    r"(?:叫|喊|打|拨)[了的过来]*(?:救护车|1[12][09]|急救|救援|吊车|车(?!间)|救人)|叫[了]?一声|"
    r"喊[了]?一声|喊[了]?一嗓子|叫不[醒上动应住]|喊不[醒上动应住]|"
    r"安排表|请假|请教|请示|邀请|申请|请问|请客|请您?看|使用|使劲|即使|大使|使不|天使|致使|"
    r"皮带|安全带|胶带|带电|带病|带头(?!去|干)|带上?工具|带着?(?:手套|面具|帽子|安全帽|安全带|"
    r"工具|检测仪)|带来|带走|"
    r"领导|领料|领用|领[了取过]?(?:工具|手套|材料|面具|安全帽|用品|钱|工资)|要领|本领|拉闸|"
    r"拉货|拉料|拉上来|拉出来|拉住|招工|招聘|招的|招进|催化|额定|定额|一定|固定|肯定|规定|"
    r"不定|定期|定位|稳定|确定|鉴定|判定|认定|说明|"
    r"小说|据说|听说|说不|说实话|说真的|说句|说好|说法|没说的|再说|说起来|调整|调试|调查|"
    r"调度(?!.{0,3}(?:让|叫))|单调|支架|支撑|支模|差不多|差点|差一|不要|主要|需要|重要|只要|"
    r"快要|要不|要是|着急|指挥部|指挥员|批评|大批|一批|批发|催得|逼近|准备|准时|标准|批准书|"
    r"批的|招手|带电|分析|分钟|部分|十分|分开|百分|唤醒|打发时间|要求高|通知书|通知单|托盘|"
    r"委托[书单函]|交代材料|点名册|点名的时候|点完名|请求|"
    r"喊着疼|叫着|催眠|派头|反派|带动|带劲|地带|附带|带子|带班|领班|领先|拉伤|拉断|拉开|拉紧|"
    r"决定书|使得|要求的?证|手指|指标|指着|指示灯|戒指|指甲|手指头"
)
_STRONG = (
    r"安排|指派|分派|委派|指使|唆使|教唆|吩咐|命令|喝令|责令|勒令|强令|要求|指挥|布置|部署|"
    r"交代|交待|下令|下达(?!的)|授意|指定|点名|打发|支使|差遣|使唤|嘱咐|叮嘱|委托|"
    r"逼迫|强迫|怂恿|撺掇|动员|责成|批准|同意|默许|准许|允许|派遣|派工|派活|调派|抽调|分工|"
    r"分活|派|安的排|布的置|拍板|拍的板|做主|作主|做的主|作的主|主张|牵头|牵的头|挑头|挑的头|"
    r"起头|起的头|"
    r"下[的了过]?(?:什么|任何|这个|那个|死)?(?:命令|令|指示|指令|任务|通知|单子|派工单|"
    r"任务单)|发[的了过]?(?:什么|任何|这个|那个|这种)?(?:话|"
    r"令|通知|命令|指示|号令)|放[的了过]?话|撂[的了过]?话|开[的了过]?口|点[的了过]?(?:头|名|"
    r"将)|派[的了过]?(?:活|工|任务|单子|单)|分[的了过]?(?:活|工|任务)|"
    r"(?:交|派|分|安排|推|包|布置|分配|交代|指)给|给[\ue000-\ue9ff]的(?:任务|活|指示|命令)|"
    r"给[的了过]?(?:任务|命令|指示)|"
    r"出[的了过]?(?:主意|点子)|打[的了过]?招呼|说[的了]?算|"
    r"定[的了过]?(?:下来|调子|任务)|决定|拿[的了过]?主意|提议|通知|指示|授权|带[的了]?[队头]|"
    r"宣布(?=的|让|叫)|(?:拿|出)的主意|压(?:下来)?的?(?:任务|活)|派下来|压下来|摊派|"
    r"定[的了过]"
)
_WEAK = (
    r"艾特[了的]?(?=[\ue000-\ue9ff])|叫上|招呼(?=[\ue000-\ue9ff])|"
    r"点的?(?=[\ue000-\ue9ff]的?[名将])|"
    r"呼叫?(?=(?:的是)?[\ue000-\ue9ff])|催的?(?=$|[啊呀嘛呗])|教的?(?=$|[啊呀嘛呗])|"
    r"找[的到过]?(?=[\ue000-\ue9ff])|喊上|拉上|带上|带着|领着|拉着|叫|让|喊|使|请|唤|招|带|领|"
    r"催着|催促|催|逼着|逼|撵着?|轰着?(?=[\ue000-\ue9ff])|赶着?(?=[\ue000-\ue9ff])|"
    r"要(?=[\ue000-\ue9ff])|准(?=[\ue000-\ue9ff])|差(?=[\ue000-\ue9ff])|支(?=[\ue000-\ue9ff])|"
    r"使(?=[\ue000-\ue9ff])|托|拜托|劝|允|拖着|拽着|拽|定(?=的$)|定的|调(?=[\ue000-\ue9ff])|"
    r"拨(?=[\ue000-\ue9ff])"
)
_VERB = re.compile(rf"(?P<strong>{_STRONG})|(?P<weak>{_WEAK})")
#: Speech that carries an order: 跟我说你去, 打电话让.
_SAY = re.compile(
    rf"(?<!自)(?P<say>说|讲|喊话|吼|发话|打[了来过的个给]*电话|来[了]?电话|发[了个]*微信|"
    rf"发[了个]*信息|"
    rf"发[了个]*语音|在[^,.]{{0,6}}群里发|叮嘱|嚷嚷?|吩咐|念叨|一句话|一嗓子|手一[指挥]|"
    rf"打过来的?)(?!得)(?:的|了|过|着|:|,|"
    rf",?就)?(?P<then>(?:{ANY}|阿.|你)?[^,.\ue000-\uf8ff]{{0,3}}?(?:今天|上午|下午|明天|现在|"
    rf"(?:就)?[讲说]|赶紧|赶快|快|马上|立刻|抓紧|先|必须|一定|得|"
    rf"要|去|把|上|下|进|你|{ANY}|别管|不用管|抓点紧|麻利|带|动手|干)[^,.]{{1,}})"
)
_NOUN = re.compile(
    rf"(?P<who>{LIST.pattern})(?:本人|自己)?的(?:一个|这个)?(?P<noun>意思|主意|命令|指示|安排|"
    rf"要求|决定|指令|吩咐|通知|布置|口令|号令|授意|点子|任务|交代|交待|令|话|主张|想法|派工|"
    rf"指派|分工|部署)"
)
#: 这话出自我的口, 从我嘴里出去的, 主意是我拿的.
_FROM = re.compile(
    rf"(?P<not>不是|没)?(?:出自(?P<a>{ANY})|从(?P<b>{ANY})(?:的)?(?:嘴|口|手)[里上]?(?:头)?(?:出|"
    rf"说|发|传|下)|"
    rf"(?:主意|板|话|令|命令|指令|任务|口令)(?:也|就|都|确实)?是(?P<c>{LIST.pattern})(?:自己|"
    rf"亲自|亲口)?(?:拿|拍|出|发|下|说|讲|定|传)的)"
)
_HEED = re.compile(
    rf"(?:听|听从|服从|按|按照|照|照着|根据|奉|遵照|依|凭)(?P<who>{ANY})(?:的)?(?=$|[,.]|嘛|"
    rf"啊|吧|呗|安排|吩咐|命令|要求|指挥|意思|指示|说|话|办|做|干|去)"
)

_SELF = (
    r"(?:自己|自个儿?|自家|自行|擅自|私自|自作主张|自告奋勇|自说自话|自愿|自发|主动|偷偷|偷着|"
    r"悄悄|抢着|争着|非要|非得|硬要|硬是要|执意|坚持要|偏要|偏偏要|死活要|闹着要|闹着|吵着要|"
    r"吵着|"
    r"嚷着要|逞能|逞强|手痒|贪快|图快|图省事|多管闲事|一意孤行|不听(?:话|劝|招呼|指挥)|"
    r"没经(?:过)?(?:允许|同意|批准)|未经(?:允许|同意|批准|许可)|不请自|自觉|自己个儿?|自各儿|"
    r"各人|个人(?=[跑去下上进走来就])|自说自话|"
    r"心血来潮|一时兴起|不打招呼|没打招呼|招呼(?:也|都)(?:没|不)打|没吱声|一声不吭|没请示|"
    r"没跟谁说|没吭声|顺手就?|随手就?|顺便就?|自顾自|闲不住|闲得慌|没事找事)"
)
_GO = (
    r"(?:前往|跑|去|来|下|上|进|干|弄|做|爬|走|动|过|钻|拆|开|拿|接|清|挖|割|焊|修|换|搬|卸|"
    r"装|吊|扒|倒|抽|钩|捅|掏|铲|伸|伸手|碰|点火|启动|决定|主张|想|要|跟|操作|作业|施工|处理|"
    r"揽|找活|找事|往|闯|溜|翻|摸|搞|忙活|整|动手|登|加|帮忙|的主意|的意思|的决定|的主张|愿意)"
)
_SELF_RULE = re.compile(
    rf"(?P<who>{LIST.pattern})?(?P<gap>[^,.\ue000-\uea01]{{0,9}}?)(?P<self>{_SELF})(?P<rest>[^,.]*)"
)
_OWN_DOING = re.compile(rf"(?P<who>{ANY})?[^,.]{{0,3}}(?:个人行为|自发行为|私自行为)")
_UNFORCED = re.compile(
    rf"(?:没有?人|没{WHO}|没有{WHO}|{WHO}[也都]没有?|没得人|也没人|没有?任何人|不是{WHO}|"
    rf"冇人)(?:能|会|敢|再|来|去)?(?:逼|强迫|勉强|求|请|催|硬拉|拉)(?:着|"
    rf"过)?(?P<patient>{ANY})?"
)


#: 叫他去这句话我没有讲过: what is denied stands in front.
_DENIED_WORDS = re.compile(
    rf"(?P<order>[^,.]{{2,}}?)(?:这|那)(?:一)?(?:句话|种话|个话|话|件事情?|个事情?|事儿?|回事|"
    rf"茬|档子事)[^,.\ue000-\uf8ff]{{0,3}}"
    rf"(?P<who>{ANY})?[^,.\ue000-\uf8ff]{{0,6}}?(?:没有?|没得|不|未)[^,.]{{0,3}}?"
    r"(?:讲|说|叫|做|有|干|提|安排|交代|发|下|让|吩咐)(?:过|了)?"
)

_MOUTH = r"(?:讲|说|提|吐|搭|发|派|交代|交待|吭|吱|吩咐|下|撂|放|开口|叫|喊|招呼|通知|布置|安排)"
#: 我半个字都没提过, 连话都没跟他搭过, 嘴里就没吐过这两个字: he gave no such word.
_NO_WORD = re.compile(
    rf"(?P<who>{ANY})?(?:嘴里|口里)?[^,.\ue000-\uf8ff]{{0,6}}?(?:"
    rf"(?:(?:半|一|两)(?:个|句|声)?(?:字|话|声|句|嘴)(?:话|儿)?|连(?:话|招呼|电话|微信|面|声|字|"
    rf"嘴)[^,.\ue000-\uf8ff]{{0,2}})"
    rf"[都也]?(?:没有?|未)(?:[跟对给同和向与]{ANY})?[^,.\ue000-\uf8ff]{{0,2}}{_MOUTH}过?|"
    rf"(?:没有?|未曾?|不曾)(?:[跟对给同和向与](?:任何人|{ANY}))?{_MOUTH}过(?:这|那|任何|半|什么|"
    rf"一|[^,.]{{1,4}}(?:两|三|四|几))个?"
    rf"(?:话|字|句|令|命令|指令|指示|安排|样的话)|"
    rf"(?:没有?|未曾?|不曾)[跟对给同和向与](?:任何人|谁|哪个|\uea00){_MOUTH}过(?=$|[,.]))"
)


#: 除了他没人发过话: he did.
_NOBODY_BUT = re.compile(
    rf"除了?(?P<who>{ONE})(?:以外|之外|外)?,?(?:就|还|都|再)?(?:没有?(?:别)?人|没谁|没得人|"
    rf"哪个|谁|\uea00)(?:能|敢|会)?[^,.]"
)


def find(text: str) -> list[Order]:
    """Every order, denial of one and own accord in a clause, in order of appearance."""
    masked = _NOT_ORDER.sub(lambda m: "＿" * len(m.group()), text)
    out: list[Order] = []
    if (only := _NOBODY_BUT.search(masked)) and _VERB.search(masked[only.end() - 1 :]):
        return [Order(only["who"], "", "", only.start(), len(text))]
    for m in _UNFORCED.finditer(masked):
        out.append(Order("", m.group("patient") or "", "", m.start(), len(text), nobody=True))
    for m in _NOT_ONE.finditer(masked):
        out.append(Order("", "", "", m.start(), len(text), nobody=True))
    if silent := _NO_WORD.search(masked):
        later = [o for o in find(text[silent.end() :]) if not (o.negated or o.nobody)]
        if later:  # 一句话都没跟我说, 直接找的小王
            return [replace(o, start=o.start + silent.end(), end=len(text)) for o in later]
        who = silent["who"] or ""
        return [*out, Order(who, "", "", silent.start(), len(text), negated=True, silent=True)]
    denied = _DENIED_WORDS.match(masked)
    if denied and _VERB.search(denied.group("order")):
        inner = _verbs(denied.group("order"))
        agent = denied.group("who") or (inner[0].agent if inner else "")
        patient = inner[0].patient if inner else ""
        act = inner[0].act if inner else ""
        out.append(Order(agent, patient, act, 0, len(text), negated=True))
        later = find(text[denied.end() :])
        out += [replace(o, start=o.start + denied.end(), end=len(text)) for o in later]
        return out
    shoved = _SHOVED.search(masked)
    if shoved:
        return [Order(shoved["who"], "", "", shoved.start(), len(text))]
    last = _BY_WHOM.search(masked)
    if last:
        negated = "不是" in last["is"] and not re.search(r"[吗嘛么?]$", masked)
        return [Order(last["who"], "", "", last.start(), len(text), negated=negated)]
    for m in _FETCHED.finditer(masked):
        negated = masked[: m.start("by")].endswith("不是")
        out.append(Order(m["by"], m["to"], "", m.start(), len(text), negated=negated))
    if not out:
        out += _verbs(masked)
    said = _said(text, masked)
    told = said[0].act[:2] if said else ""
    if told and out and all(o.weak and o.agent and told == o.agent * 2 for o in out):
        out = []  # 他说老张你带他们去: 他 orders, 你 is the one told
    out += said if not any(not o.nobody for o in out) else []
    out += _nouns(masked)
    out += _own_accord(masked, out)
    own = _OWN_DOING.search(masked)
    if own and "不是" not in masked:
        out.append(Order("", own["who"] or "", "", own.start(), len(text), nobody=True))
    return sorted(out, key=lambda o: o.start)


def _verbs(text: str) -> list[Order]:
    out: list[Order] = []
    for m in _VERB.finditer(text):
        weak = m.lastgroup == "weak"
        who = subject(text, m.start())
        patient, act_at = object_after(text, m.end())
        act = text[act_at:]
        if m.group() in ("让", "叫") and re.match(
            r"人(?:叫|派|喊|安排|使|指|打发|逼|拉|请)", text[m.end() :]
        ):
            continue  # 让人叫去: by somebody
        if re.search(r"(?:被|给|遭|受|[被给让叫]人)$", text[: m.start()]):
            continue  # 被叫过来: nobody said who
        if re.search(r"(?:别|莫|甭|不要|不许|休想?)$", text[: m.start()]):
            continue  # 别叫小王
        if m.group().endswith("给") and not patient:
            continue
        if re.match(r"(?:那么|这么)多", act):
            continue
        if weak and not patient and not (_ACTS_AFTER.match(act) or _ALL_SAID.match(act)):
            continue
        if weak and m.group() in ("带", "领", "请", "拉", "要", "使") and not patient:
            continue
        if out and not out[-1].nobody and who.people == out[-1].patient == "":
            if patient:  # 点名 让他去: one order said twice
                out[-1] = replace(out[-1], patient=patient, act=act)
            continue
        before = text[: m.start()]
        if (
            re.search(r"(?:这|那|个|份|项|种|的)$", before)
            and not patient
            and not re.match(r"的", act)
        ):
            continue  # a noun: 工作的安排
        if re.search(r"自$|自作$", text[: m.start()]) and "主" in m.group():
            continue
        if who.passive and patient and text[who.start - 1] in "让叫给":
            who = Subject("person", who.people, who.negated, False, "", who.start)  # 叫他安排我们
        if out and out[-1].patient and m.group()[0] in "牵挑" and who.people == out[-1].patient:
            continue  # 喊他牵头: he was told to lead
        if m.group() == "要求" and re.search(r"(?:主动|自己|自愿|非|硬)$", before) and not patient:
            out.append(Order("", who.people, act, m.start(), len(text), True, True))
            continue
        order = _order(text, m, who, patient, act, weak)
        if order is not None:
            out.append(order)
    return _passive_pairs(out)


_ALL_SAID = re.compile(r"(?:的|了|过)(?:么|嘛|呀|吧|呗|啊|呢|哦|啦|哟|咯|喽|没错)*$")
_ACTS_AFTER = re.compile(
    r"(?:的|了|过)?(?:任何|什么|别)?人(?:手)?(?:去|来|上|下|进|干|弄|做|动|拆|清|挖|割|焊|修|换|"
    r"搬|装|吊|(?:的|了|过)?(?:么|嘛|呀|吧|呗|啊|呢)*$)|"
    r"(?:的|了|过)?(?:赶紧|赶快|快|马上|先|再|直接|都|一起|一块儿?|也|就)*(?:去|来|下|上|进|"
    r"干|弄|做|动|过|拆|开|接|清|挖|割|焊|修|换|搬|卸|装|吊|扒|倒|抽|把|作业|施工|进行|回|到|"
    r"开始|点火|停|拿|处理|爬|走|帮|喷|刷|铲|掏|切|钻|抬|送|推|(?:的|了|过)?(?:么|嘛|呀|吧|呗|"
    r"啊|呢|哦|啦|哟|咯|喽)*$)"
)


def _order(
    text: str, verb: re.Match[str], who: Subject, patient: str, act: str, weak: bool
) -> Order | None:
    start = who.start if who.start >= 0 else verb.start()
    if re.search(
        r"(?:不管|不负责|没权|无权|没资格|管不着|不归|轮不到)[^,.]{0,3}$", text[: verb.start()]
    ):
        return None  # 我又不管派活: not his business, no denial
    if who.kind == "who":
        denies = bool(_WHO_DID.match(text[verb.end() :]))
        return Order("", patient, act, start, len(text), denies, asked=True, weak=weak)
    if who.kind == "nobody":
        if re.search(r"没|冇|无|也不|都不|哪有|敢|能|会", text[who.start : verb.start()]):
            return Order("", patient, act, start, len(text), nobody=True, weak=weak)
        return None
    negated = who.negated
    if re.match(r"(?:别|不要|甭|不准|不许|莫|勿|不让|先别|停)", act) and patient:
        negated = True  # told not to
    if who.passive:
        return Order(who.people, who.patient, act, start, len(text), negated=negated, weak=weak)
    spoken = who.patient
    return Order(who.people, patient or spoken, act, start, len(text), negated=negated, weak=weak)


#: 谁派他们了, 谁给他下令了: nobody did. 谁派的 asks.
_WHO_DID = re.compile(
    rf"(?:{LIST.pattern})?(?:令|话|活|任务|指示)?(?:去|来)?(?:了|过)(?![吗么没?])"
)
#: 一个让他翻的都没有: nobody did.
_NOT_ONE = re.compile(
    rf"(?:一|半)个[^,.]{{0,4}}?(?:{_STRONG}|叫|让|喊|吭声|吱声|开口|"
    rf"发话)[^,.]{{0,8}}的(?:人)?[都也]?没有?"
)
#: 让老刁硬给推进去了: by him.
_SHOVED = re.compile(
    rf"[让叫被](?P<who>{ANY})[^,.\ue000-\uf8ff]{{0,4}}给(?:推|拉|拽|赶|派|支|叫|喊|弄|撵|轰|塞)"
    r"[^,.]{0,3}(?:去|来|上|下|进)"
)
#: 小军是我拉去的: fetched by him.
_FETCHED = re.compile(
    rf"(?P<to>{LIST.pattern})(?:也|就|都|确实)?是(?P<by>{ANY})(?:亲自|直接|硬|给)?(?:拉|带|领|"
    rf"叫|喊|请|找|招|拽|派|唤|弄|拖|约|撺掇)(?:着|上|过|来|去|进|下)*(?:去|来|上|下|进|"
    rf"过)[去来]?(?:的|$)"
)


#: 发话的人就是老李, 派我去的是他: the one who ordered comes last.
_BY_WHOM = re.compile(
    rf"^[^,.\ue000-\uea01]{{0,6}}?(?:{_STRONG}|叫|让|"
    rf"喊)(?:{ANY}[^,.\ue000-\uea01]{{0,6}})?的(?:人|领导)?(?P<is>(?:也|就|当然|肯定|"
    rf"还)*(?:不就|不)?是)(?P<who>{LIST.pattern})[^,.\ue000-\uea01]{{0,3}}$"
)


def _passive_pairs(orders: list[Order]) -> list[Order]:
    """我是让李主任派去的: the 让 is a passive mark, not an order of mine."""
    out: list[Order] = []
    for at, order in enumerate(orders):
        following = orders[at + 1] if at + 1 < len(orders) else None
        if (
            order.weak
            and following is not None
            and order.patient
            and following.agent == order.patient
            and following.patient == order.agent
        ):
            continue
        out.append(order)
    return out


def _said(text: str, masked: str) -> list[Order]:
    out: list[Order] = []
    for m in _SAY.finditer(masked):
        who = subject(text, m.start())
        if who.kind == "nobody":
            out.append(
                Order(
                    "", who.patient, m.group("then"), who.start, len(text), nobody=True, weak=True
                )
            )
        elif who.kind == "none" and m.start() <= 6 and not who.negated:
            out.append(Order("", who.patient, m.group("then"), m.start(), len(text), weak=True))
        elif who.kind == "person" and who.people:
            out.append(
                Order(
                    who.people,
                    who.patient,
                    m.group("then"),
                    who.start,
                    len(text),
                    negated=who.negated or bool(_FORBIDS.search(m.group("then"))),
                    weak=True,
                )
            )
            break
    told = _TOLD.search(masked) or _PLAINLY.match(masked)
    if not out and told:
        both = TO_ANOTHER.fullmatch(told["who"])
        if both and SAYING.search(told.group()):  # 我跟王军讲的
            return [Order(both["by"], both["to"], "", told.start(), len(text), weak=True)]
        out.append(Order(told["who"], told["to"] or "", "", told.start(), len(text), weak=True))
    return out


_PLAINLY = re.compile(
    rf"(?:是|就是|那是|还是)?(?P<who>{LIST.pattern})(?:临时|亲自|直接|当场|亲口|后来)?(?:加|"
    rf"点|找|说|讲|喊|叫|要|要求|通知|"
    rf"交代)的(?P<to>)[啊呀嘛呗吧呢]?$"
)
_FORBIDS = re.compile(r"^[^,.]{0,4}(?:别|不要|甭|不准|不许|不能|莫)(?!管|忘)")
_TOLD = re.compile(
    rf"(?P<who>{ANY})[^,.\ue000-\uf8ff没不]{{0,4}}(?:对|跟|和|"
    rf"给)(?P<to>{ANY})[^,.没不]{{0,4}}(?:讲|说|交代|打电话)(?:的|过)?$"
)


def _nouns(text: str) -> list[Order]:
    out: list[Order] = []
    for m in _NOUN.finditer(text):
        before, rest, noun = text[: m.start()], text[m.end() :], m.group("noun")
        plain = noun in ("任务", "话", "令", "想法", "安排") and re.match(r"是|就是|我|去|来", rest)
        if plain and not re.search(r"(?:是|按|听|照|奉)$", before):
            continue
        if noun == "话" and re.search(r"(?:没有?|要是|如果|假如|不是)$", before):
            continue  # 没他的话: if
        own = "自己" in m.group()
        negated = bool(re.search(r"(?:(?<!是)不是|并非|没有?|哪是)(?:按|照|听|奉|接到)?$", before))
        out.append(
            Order(
                "" if own else m.group("who"), m.group("who") if own else "", "", m.start(),
                len(text), nobody=own, own_accord=own, negated=negated,
            )
        )  # fmt: skip
    for m in _FROM.finditer(text):
        who = m["a"] or m["b"] or m["c"]
        out.append(Order(who, "", "", m.start(), len(text), negated=bool(m["not"])))
    for m in _HEED.finditer(text):
        negated = bool(re.search(r"(?:不是|没有?|不)$", text[: m.start()]))
        out.append(
            Order(
                m.group("who"),
                "",
                text[m.end() :],
                m.start(),
                len(text),
                negated=negated,
                weak=True,
            )
        )
    return out


def _own_accord(text: str, orders: list[Order]) -> list[Order]:
    out: list[Order] = []
    for m in _SELF_RULE.finditer(text):
        rest, word = m.group("rest"), m.group("self")
        if any(o.start >= m.start("self") and not o.weak for o in orders):
            continue
        head = text[max(0, m.start("self") - 3) : m.start("self")]
        if re.search(r"(?:没有?|不|不是|未|不会|不敢|别)$", head) and word[0] not in "没不未":
            continue
        if re.search(r"(?:让|叫|派|安排|要求|逼|催|喊)[\ue000-\ue9ff]?$", text[: m.start("self")]):
            continue
        if (
            re.match(r"(?:自己|自个|自家|自行|主动|自觉|各人|个人)", word)
            and not re.match(
                rf"(?:一个人|一人|几个|两个|就|又|偏|硬|非|直接|先|都|也|还|带头|[带领]着?{ANY}|"
                rf"急着|随便|想|愿意|偷偷|去|顺手|摸着?黑|拿着?[^,.]{{1,4}}|从[^,.]{{1,6}}|"
                rf"在[^,.]{{1,6}}|把[^,.]{{1,8}}|开着?[^,.]{{1,4}}|说要|要求|提出|要|找)*{_GO}",
                rest,
            )
            and rest not in ("", "的", "的嘛", "的呗", "嘛", "呗", "的吧", "的啊", "啊")
        ):
            continue
        if re.match(r"(?:说|看|知道|觉得|负责|有数|清楚|没|不|签|写|买|掏钱|带饭|带的)", rest):
            continue
        out.append(
            Order(
                "", m.group("who") or "", rest, m.start(), len(text), nobody=True, own_accord=True
            )
        )
    return out
