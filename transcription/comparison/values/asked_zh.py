"""Which question is in force for an answer with values: its slots, its event, whose matter it is.

A question without a matter of its own goes on from the one before; one about something else, the
asked person's home or what is usual is no question for the point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

import rjieba

from transcription.comparison.model import Exchange, Point, Slot, Turn
from transcription.comparison.values import aside_zh
from transcription.comparison.zh import matters
from transcription.comparison.zh.clauses import event_hints
from transcription.comparison.zh.concepts import concepts
from transcription.comparison.zh.people import Speech
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.topics import Matter, content, matter_of

SLOTS = (Slot.WHEN, Slot.HOW_MANY, Slot.WHERE, Slot.WITH_WHAT)
#: Everybody has his own: 你几点到的.
_PERSONAL = frozenset(("arrive", "leave", "told"))
#: Ways to name the work without its verb.
GENERIC = re.compile(r"下去|进去|上去|干活|作业|干的|去的|施工")
_ASKED_VERB = re.compile(
    r"(?:几点|什么时候|啥时候|什么时间|多会儿|几个人|多少人|在?哪[里儿]|在?什么地方|"
    r"[用拿使]的?(?:什么|啥))"
    r"(?:钟|开始|才|就|去|来|在|一起)*(?P<verb>[一-鿿]{1,2}?)(?:的|了|过)?[?吗呢啊呀]?$"
)
_MOMENT = re.compile(
    r"那一?[刻下会瞬]|时|出事|事故|当时|那会儿|爆|塌|倒|掉|着火|起火|的时候|那一下|那时|同时"
)
_LONGER = re.compile(
    r"昨天|前天|今天|那天|当天|上午|下午|早上|晚上|夜里|中午|一直|平时|之前|以前|后来|之后"
)
_MORE_SLOTS = (
    (
        Slot.WHEN,
        re.compile(
            r"(?:开始|启动|发生|进行|作业|具体|准确|大概)[^,.]{0,2}时间|时间(?:呢|是|点)|"
            r"^[^,.?]{1,6}时间[?.]?$|"
            r"时间(?:上)?(?:你|您|你们)?(?:那里|那儿|这里|那边)?(?:有没有|有|是否|是不是)?(?:记|"
            r"登记|知道|晓得|清楚|核对|确认|"
            r"核实|还记)|"
            r"(?:以|之)?后多久|多久(?:以|之)?后|隔了?多久"
        ),
    ),
    (Slot.HOW_MANY, re.compile(r"几.?人|多少.?人|人手|人员(?:情况|数量|有多少)")),
    (Slot.WHERE, re.compile(r"在不在(?:场|那里?|那儿)?(?:呢|啊|呀)?[?.]?$")),
    (Slot.WITH_WHAT, re.compile(r"(?:站|踩|蹲)(?:在|着)?(?:什么|啥)(?:上|东西)")),
)
#: 都有谁在场, 还有哪些人: where the point counts people, who they were says how many.
_WHO_ALL = re.compile(
    r"(?:还|都)?有(?:些)?(?:谁|哪些人?|哪几个|什么人|别的人|别人|其他人|其他的人|旁人)|"
    r"有没有(?:别的?|其他的?|什么)?人|"
    r"(?:谁|哪些人|哪几个)(?:都|还)?在|(?:都|还)(?:是|有)谁|没有(?:搭档|别人|旁人|其他人)|"
    r"有人[吗么没]"
)
#: 手里有工具吗, 带没带家伙.
_ANY_TOOL = re.compile(
    r"(?:有|带|拿|用)(?:没有?(?:有|带|拿|用)?)?(?:什么|啥)?(?:工具|家伙|家什)(?:吗|没有?|么|吧|"
    r"啊)?[?]?$"
)
#: 进罐的时候你看见了吗: when he saw it is when it was.
_SAW_IT = re.compile(
    r"(?:的时候|那会儿|那时候?|那一刻|时)[^,.?]{0,4}(?:看见|看到|瞧见|在场|在不在|在跟前|在旁边)|"
    r"(?:看见|看到|瞧见|目睹)[^,.?]{0,12}(?:过程|经过)?(?:了|过)?(?:吗|没有?)?[?]?$"
)
#: 说说架子塌的时候, 讲一下爆炸前后: the hour is told with it, if it is.
_THAT_MOMENT = re.compile(
    r"(?:说|讲|谈|描述|回忆)[^,.?]{0,8}(?:的时候|前后|那一刻|那会儿|的过程|的经过)|"
    r"(?:的时候|前后|那一刻|那会儿)[^,.?]{0,4}(?:在干|在做|在忙|手里|什么情况)"
)
#: 管子怎么断开的: where the point asks for a tool, the way it was done is that.
_MANNER = re.compile(
    r"(?:怎么|咋个?|怎样|如何)(?!会|知|办|回|没|不|样|说|能|可能|了|"
    r"来的?)[^,.?]{1,8}的[啊呀呢]?[?.]?$"
)
#: What was done about the accident is not what led to it.
_AFTERWARDS = re.compile(
    r"(?:泄漏|出事|事故|爆炸?|着火|起火|塌方?|掉下[来去]|触电|中毒|晕倒|受伤|倒下)了?"
    r"(?:以后|之后|过后|后)"
)
_AFTERWARDS_OF = re.compile(r"救|报警|报告|上报|抢险|处置|应急|后|送医|灭火|疏散|撤")
#: 拆到几点, 几点收的工: when it ended, whatever act it names.
_UNTIL = re.compile(
    r"[一-鿿]到(?:几点|什么时候|啥时候|多会儿|多晚)|"
    r"(?:几点|什么时候|啥时候|多会儿)[钟才]?(?:结束|完的?|弄完|干完|收[的了工]|停[的了]|散[的了])"
)
#: 登记本上写的呢: what a paper says, which is another thing than what was so.
_ON_PAPER = re.compile(
    r"(?:[本簿册表单票证据]|记录|台账|审批|系统)[上里](?:面|头)?(?:是|怎么样?|都|咋|如何)*(?:写|"
    r"填|记|登|显示|体现|反映|载明)|"
    r"(?:资料|文件|合同|档案)[上里](?:面|头)?(?:是|怎么样?|都|咋|如何)*(?:写|填|记|登|显示|体现|"
    r"反映|载明)"
)
#: 计划里排在什么时候: what was meant to be.
_AS_PLANNED = re.compile(
    r"允许|规定|规程|最多能|限[定载]|额定|要求(?:用|戴|几|多少|什么|站)|应该|定员|花名册|名册|"
    r"编制|在册|计划|方案|原定|排在|安排在|预定|批的(?:是)?(?:几点|什么时候|哪)"
)
#: 池子旁边有多少人, where the point counts those who went in.
_BYSTANDERS = re.compile(
    r"(?:旁边|边上|周围|跟前|附近|外面|外头|上头)(?:都|还|一共|当时)*(?:有|围|"
    r"站)[^,.?]{0,3}(?:人|谁)|围观|看热闹"
)
_USED_FOR_WHAT = re.compile(
    r"(?P<before>[^,.?]{0,12})[用拿使]的?(?:什么|啥)(?:工具|设备|机器|家伙|"
    r"东西)?(?P<after>[^,.?]{0,8})"
)
_ANOTHER_TIME = re.compile(
    r"(?:前面|上|前)一?(?:车|趟|批|次|回|炉|锅|班|个班)(?!人)|抢险(?:的?时候|时|中)|"
    r"救援(?:的?时候|时|中)|善后|以前(?:有没有|出过|发生过)|"
    r"(?:去年|前年|年前|上个?月|上周|[一二三四五六七八九十]月份)[^,.?]{0,8}那一?[次回趟]"
)
#: 定员几个, 当时几个: both, and the second is what counts.
_IN_FACT = re.compile(r"当时|实际|真正|到底|究竟|那天")
_ABOUT_PAPER = re.compile(r"[票证表单簿]|登记|记录|台账|审批|手续|系统")
#: 一共几个腌渍池: not people.
_COUNTED = re.compile(
    r"(?:几|多少)[个口条台辆只块座间套把艘根](?P<what>[一-鿿]{2,5})[?？。呢啊呀]*$"
)
_COUNTS_PEOPLE = re.compile(r"几个?人|多少人|人数|几名|哪些人")
#: Questions about the person or the firm at large, whatever slot they ask.
_ELSEWHERE = re.compile(
    r"你家|家里|家住|老家|孩子|老婆|(?:厂里?|公司|单位|全厂|企业)(?:里|现在)?(?:一共|"
    r"总共)?(?:有|多少)|"
    r"平时|平常|一般(?:都|是|几)|每天|哪年|哪一年|几年|多大"
)
_WHERE_PERSON = re.compile(
    r"(?:[\ue000-\ue7ff]|你们?|他们?|她)(?:人|当时|那会儿|那时候?|到底|又|是|正|都)*"
    r"(?:在|站|蹲|待|呆|坐|躲)(?:在|的|着)?"
    r"(?:哪[里儿个]?|什么|啥|何处)(?:地方|位置|处|边)?(?:呢|啊|呀|吗|的)?[?.]?$|"
    r"(?:[\ue000-\ue7ff]|你们?|他们?|她)(?:人|当时|那会儿|那时候?|到底)*在不在(?:场|那里?|那儿)?"
    r"(?:呢|啊|呀)?[?.]?$"
)


@dataclass
class Asked:
    """The question in force."""

    question: Question
    on_point: int  # 1 about the point, 0 open, -1 about something else
    event: str = ""
    aside: bool = False  # what a paper says or a plan; 实际呢 goes back to the point


class Asking:
    """The questions of an exchange, heard for one point."""

    def __init__(self, point: Point, exchange: Exchange) -> None:
        self.point, self.exchange = point, exchange
        self.own = matters.profile(point)
        self.point_events = set(event_hints(point.text))

    def next(self, before: Asked, question: Question, turn: Turn, aligned: bool = False) -> Asked:
        """``aligned``: of all points of the case this is the one asked about (``zh.align``)."""
        asked = self._next(before, question, turn)
        if not aligned or turn.point or asked.on_point > 0 or asked.aside:
            return asked
        return Asked(asked.question, 1, asked.event)

    def _next(self, before: Asked, question: Question, turn: Turn) -> Asked:
        question = with_slots(question)
        if (
            Slot.HOW_MANY in self.point.slots
            and not question.slots & set(SLOTS)
            and _COUNTS_PEOPLE.search(self.point.text)
            and _WHO_ALL.search(question.plain)
        ):
            question = replace(question, slots=question.slots | {Slot.HOW_MANY})
        moment = _SAW_IT.search(question.plain) or (
            _THAT_MOMENT.search(question.plain) and matters.own_words(question.plain, self.own)
        )
        if self.point.slots[:1] == (Slot.WHEN,) and moment and not question.slots & set(SLOTS):
            question = replace(question, slots=question.slots | {Slot.WHEN})
        with_what = _MANNER.search(question.plain) or _ANY_TOOL.search(question.plain)
        if Slot.WITH_WHAT in self.point.slots and with_what:
            question = replace(question, slots=question.slots | {Slot.WITH_WHAT})
        values = question.slots & set(SLOTS)
        own_verb = bool(_ASKED_VERB.search(question.plain))
        goes_on = (question.elliptic and not own_verb) or (
            not values and not question.families and not question.open
        )
        if not turn.point and (
            self._other_thing(question.plain) or self._another_time(question.plain)
        ):
            return Asked(question, -1, aside=True)
        if goes_on and not turn.point and before.question.plain:
            plain = f"{before.question.plain[-60:]}?{question.plain}"
            slots = question.slots or before.question.slots
            merged = replace(question, slots=slots, plain=plain)
            if before.aside:
                return Asked(merged, int(bool(slots & set(self.point.slots))))
            if values and self._event(question):
                return Asked(merged, self._on_point(merged, turn), self._event(question))
            back = matters.about(question.plain, self.own) > 0 and not values
            return Asked(merged, before.on_point or int(back), "" if back else before.event)
        return Asked(question, self._on_point(question, turn), self._event(question))

    def _on_point(self, question: Question, turn: Turn) -> int:
        if turn.point:
            return 1 if turn.point == self.point.id else -1
        if getattr(question, "usual", False):
            return -1
        about = matters.about(question.plain, self.own)
        if about < 0 or _ELSEWHERE.search(question.plain):
            return -1
        wanted = set(self.point.slots) & set(SLOTS)
        if _AFTERWARDS.search(question.plain) and not _AFTERWARDS_OF.search(self.point.text):
            return -1
        if about == 0 and self._other_matter(question):
            return -1 if self.own.family or not question.slots & wanted else 0
        if question.slots & wanted:
            return 1
        if question.slots & set(SLOTS):
            return 0 if about > 0 else -1
        return 1 if about > 0 else 0

    def _for_another_act(self, plain: str) -> bool:
        """抢险时用什么搬的钢管: what another act was done with."""
        asked = _USED_FOR_WHAT.search(plain)
        if asked is None or concepts(plain) & concepts(self.point.text):
            return False
        named = content(f"{asked['before']} {asked['after']}") - aside_zh.ANY_ACT
        known = set(self.point.text) | set("".join((*self.point.verbs, *self.point.items)))
        return len(named) > 1 and not any(set(word) & known for word in named)

    def _another_time(self, plain: str) -> bool:
        """五月份换锯条那次, 前面一车: another occasion than the point's."""
        text = self.point.text
        return bool(_ANOTHER_TIME.search(plain)) and not _ANOTHER_TIME.search(text)

    def _other_thing(self, plain: str) -> bool:
        """What a paper says, or how many there were of what the point does not count."""
        text = self.point.text
        if _ON_PAPER.search(plain) and not _ABOUT_PAPER.search(text):
            return True
        if (
            _AS_PLANNED.search(plain)
            and not _AS_PLANNED.search(text)
            and not _IN_FACT.search(plain)
        ):
            return True
        if Slot.WITH_WHAT in self.point.slots and self._for_another_act(plain):
            return True
        if _BYSTANDERS.search(plain) and not _BYSTANDERS.search(text):
            return True
        counted = _COUNTED.search(plain)
        return (
            counted is not None
            and bool(_COUNTS_PEOPLE.search(text))
            and not re.search(r"[人工员友伙]|师傅|同志|兄弟", counted["what"])
            and all(tag.startswith("n") for _, tag in rjieba.tag(counted["what"]))
        )

    def _other_matter(self, question: Question) -> bool:
        """那条船有多少人, 砖机几点坏的: it names things, and none of the point's."""
        if not question.slots & set(SLOTS) or self._event(question):
            return False
        if not self.own.family and (
            question.slots & {Slot.WHERE, Slot.WITH_WHAT}
            or GENERIC.search(question.plain)
            or "start" in event_hints(question.plain)
            or ((verb := _ASKED_VERB.search(question.plain)) and verb["verb"][0] in "开启动干做")
        ):
            return False
        named = content(question.plain)
        matter = matter_of(self.point)
        own = {*matter.verbs, *matter.items}
        return bool(named) and not any(
            set(word) & self.own.characters or any(word in o or o in word for o in own)
            for word in named
        )

    def _event(self, question: Question) -> str:
        """The event a question names that is not the point's; empty for the point's own."""
        plain = question.plain
        if Slot.WHERE in question.slots and question.speech is not None:
            target = self._person(question.speech)
            if target:
                return target
        if not question.slots & {Slot.WHEN, Slot.HOW_MANY}:
            return ""
        if _UNTIL.search(plain.rpartition("?")[2] or plain) and "end" not in self.point_events:
            return "end"
        named = [e for e in event_hints(plain) if e != "start"]
        if not named or set(named) & self.point_events:
            return ""
        if matters.own_words(plain, self.own) or "start" in event_hints(plain):
            return ""
        if self.own.family and self.own.family in question.families:
            return ""
        if named[0] not in _PERSONAL:
            return named[0]
        who = question.speech.refer(question.speech.text).ids if question.speech else frozenset()
        return f"{named[0]}:{min(who) if len(who) == 1 else self.exchange.speaker}"

    def _person(self, speech: Speech) -> str:
        """出事时李伟在哪里: where a person was, at that moment only."""
        found = _WHERE_PERSON.search(speech.text)
        if not found:
            return ""
        who = speech.refer(found.group()).ids
        if not who and found.group().startswith("你"):
            who = frozenset({self.exchange.speaker})
        # 那一下 heard as 哪一下: a point about a moment asks for it where the question names no
        # longer time.
        meant = _MOMENT.search(self.point.text) and not _LONGER.search(speech.flat.text)
        moment = "" if _MOMENT.search(speech.flat.text) or meant else "?"
        return f"at:{min(who)}{moment}" if who else ""


def with_slots(question: Question) -> Question:
    """What is asked in words that ``zh.questions`` does not look for."""
    if question.slots & set(SLOTS):
        return question
    found = {slot for slot, rule in _MORE_SLOTS if rule.search(question.plain)}
    return replace(question, slots=question.slots | found)


@lru_cache(maxsize=512)
def _is_verb(character: str) -> bool:
    return all(tag.startswith("v") for _, tag in rjieba.tag(character))


def with_verb(matter: Matter, question: str) -> Matter:
    """The matter with the verb the question itself asks by: 泵是几点开的."""
    at_place = {v[:-1] for v in matter.verbs if len(v) > 1 and v[-1] in "在到往于"}
    apart = {
        c
        for v in matter.verbs
        if len(v) == 2 and v not in question
        for c in v
        if c in question and _is_verb(c)
    }
    if at_place or apart:  # 支在 names the act 支, 起吊 is asked for as 吊泵
        verbs = sorted({*matter.verbs, *at_place, *apart}, key=lambda w: (-len(w), w))
        matter = replace(matter, verbs=tuple(v for v in verbs if v[:-1] not in at_place))
    parts = [part for part in re.split(r"[?.,]", question) if part]
    found = next((m for part in reversed(parts) if (m := _ASKED_VERB.search(part))), None)
    if not found:
        return matter
    verb = found["verb"]
    short = {verb[0]} if len(verb) == 2 and verb[1] in "去来上下进出到" else set()
    verbs = sorted({*matter.verbs, verb, *short}, key=lambda word: (-len(word), word))
    return replace(matter, verbs=tuple(verbs))
