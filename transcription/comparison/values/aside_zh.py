"""What stands around a value and sets it aside, whatever the classifier of ``binding`` thinks.

The thing was out of use or the place closed (气枪早就收走了, 掌子面我早就封了), the rules forbid it
(规定不让用气枪吹), nothing was done there or then (昨天没人换), something else was going on
(一点我们还在吃饭), or the number is named to be brushed aside (哪有什么三个四个).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from transcription.comparison.model import Fit, Slot, When
from transcription.comparison.values.candidates_zh import Candidate
from transcription.comparison.values.fitting import fit
from transcription.comparison.zh.concepts import concepts
from transcription.comparison.zh.topics import content, words

_BEFORE_DENIED = re.compile(
    r"(?:不是|没有?(?:用|拿|在|去|开|坐|到|使|进|下|上|碰|动|往)|不在|不用|没|哪有|哪来的?|哪是)"
    r"(?:什么|那个|到|过)?$"
)
_FORBIDDEN = re.compile(r"(?:不让|不许|不准|禁止|严禁|不允许|不得|不能)[^,.]{0,4}$")
_NOTHING = re.compile(
    r"^(?:那天|里面?|那边|上|底下|的时候|那会儿)?(?:根本|压根儿?|就|也|都)?"
    r"(?:没人|没有人|谁都没|谁也没|都没人|一个人都没|没去|没进|没用|没动|没碰|没干|没弄|没开工|"
    r"没有(?=[,.]|$)|没(?=[,.]|$))"
)
_OUT_OF_USE = re.compile(
    r"^(?:[我他你俺她]们?|那个|那天)?(?:早就?|早已|已经|当时就?|那天|那会儿|昨天|都)+[^,.]{0,2}"
    r"(?:封|锁|收|坏|拆|停用|送修|送去修|撤|报废|扔|丢|借|卖|调走|还了|没电|没气)|"
    r"^(?:坏了|没电了?|没气了?|锁着|封着|停着|借走|送修|在修)"
)
#: 站里进不去, 辅道那么软怎么支得住: it could not have been there, or with that.
_UNABLE = re.compile(
    r"^(?:根本|压根儿?|又|也|就|都|那边|那里|里面)*(?:[一-鿿]不(?:去|了|下|进|到|着|动|上|开|起|成)"
    r"(?<!受不了)(?<!忘不了)(?<!少不了)(?<!错不了)|(?:那么|太)[^,.]{1,4}(?:怎么|咋|哪)[^,.]{0,6}得)"
)
#: 我在调度室看得见: from where it was seen or heard.
_FROM_THERE = re.compile(
    r"^(?:里面?|这边|那边|这里|那里|上面?|窗口)?(?:就|都|也)?[看望瞧瞅听](?:得|不)?(?:见|到|清)"
)
#: 我从机头走过去的: the way there, not the place.
_OUT_OF = re.compile(r"(?:从|打|由|经过|路过)$")
_FAR_FROM = re.compile(r"(?:离|距|距离|隔)(?:那个|那)?$")
_ON_THE_WAY = re.compile(r"^(?:里面?|上面?|那边|那儿|那头)?(?:走|过|绕|穿|爬|跑|赶|来|出)")
#: 机头干干净净的: nobody there.
_EMPTY = re.compile(
    r"^(?:里面?|上面?|那边|那儿|那头)?(?:都|就|是)*(?:干干净净|空荡荡|空空|空着|没(?:有)?人|"
    r"一个人[^,.]{0,2}没|鬼影|(?:离|隔)[^,.]{0,2}远)"
)
#: 跟坐电梯似的: what it was like.
_LIKE = re.compile(r"(?:跟|像|好像|如同|好比)(?:是|个|坐|在|用|开|拿)*$")
_AS_IT_WERE = re.compile(r"^[^,.]{0,2}(?:似的|一样|一般|差不多)")
_STOPPED = re.compile(r"^[^,.]{0,2}(?:停电|停工|休息|放假|歇着|停着|下雨停)")
_STILL = re.compile(r"^[^,.]{0,8}(?:还在|都在|正在)(?P<what>[^,.]{0,8})")
_BETWEEN = re.compile(r"^(?:[,.、]|是|就是|就|嗯|对|哦|啊|嘛|呗)*$")

#: 我这个队一共十二个人, 管理人员配备是九个: how many a group has, not how many took part.
_STRENGTH_BEFORE = re.compile(
    r"(?P<group>队|班|班组|组|厂|公司|项目部?|单位|车间|科室?|部门|企业|宿舍|村)(?:里头?|上)?"
    r"(?:现在|总共|一共|拢共|满打满算|加起来|共|就|也就|只|才|有|是)+$"
)
_WHOLE = re.compile(r"一共|总共|拢共|共|有|就")
_ON_THE_BOOKS = re.compile(
    r"配备|编制|定员|在册|在编|花名册|应到|名单上|注册|持证的?(?:一共|有|是)"
)
#: 鬼都没得一个, 一个都没: nobody counted.
_NOT_ONE = re.compile(r"(?:没得|没有?|冇得?|莫得)$")
_OF_A_GROUP = re.compile(r"^(?:个|名|号)?(?:人|工人|职工|员工)?(?=[,.]|$)")
#: 洗地用高压水枪, 拆配重那阵用的倒链: what for.
_USED_FOR = re.compile(
    r"(?P<what>[一-鿿]{2,10}?)(?:的?时候|那阵子?|那会儿?|那时候?|那回|那次|才|都是|就是|是|的话|"
    r"我们|一般|还)*"
    r"(?:用|拿|使)的?(?:是|了|着)?(?:那个|那种|一[把根台个条])?$"
)
ANY_ACT = frozenset(
    words("干 弄 做 搞 整 开 上 下 进 出 来 去 站 爬 拿 打 抓 处理 操作 那阵 动手 上去 下去 进去")
)
KEPT, ASIDE, DENIED = "", "aside", "denied"


def judged(
    slot: Slot, text: str, span: tuple[int, int], matter: Sequence[str], question: str = ""
) -> str:
    """``DENIED``, ``ASIDE`` or ``KEPT`` for the value at ``span``; ``matter``: the act's words."""
    before, after = text[: span[0]], text[span[1] :]
    if slot is Slot.HOW_MANY and _strength(before, text[slice(*span)], after, question):
        return ASIDE
    if _BEFORE_DENIED.search(before):
        return DENIED
    if _FORBIDDEN.search(before):
        return ASIDE
    if _NOTHING.match(after):
        return DENIED
    if slot is Slot.WHERE:
        if (
            _FROM_THERE.match(after)
            or _FAR_FROM.search(before)
            or (_OUT_OF.search(before) and _ON_THE_WAY.match(after))
        ):
            return ASIDE
        if _EMPTY.match(after):
            return DENIED
    if slot in (Slot.WHERE, Slot.WITH_WHAT) and _LIKE.search(before) and _AS_IT_WERE.match(after):
        return ASIDE
    if slot in (Slot.WHERE, Slot.WITH_WHAT):
        return ASIDE if _OUT_OF_USE.match(after) or _UNABLE.match(after) else KEPT
    if slot is Slot.WHEN:
        if _STOPPED.match(after):
            return ASIDE
        still = _STILL.match(after)
        if still and not any(word in still["what"] for word in matter):
            return ASIDE
    return KEPT


def other_act(text: str, span: tuple[int, int], known: str) -> bool:
    """我们洗地用高压水枪: the clause says what for, and nobody spoke of that (``known``)."""
    clause = re.split(r"[,.?]", text[: span[0]])[-1]
    used = _USED_FOR.search(clause)
    if used is None:
        return False
    named = content(used["what"]) - ANY_ACT
    same = concepts(used["what"]) & concepts(known)
    return bool(named) and not same and not any(set(word) & set(known) for word in named)


def _strength(before: str, number: str, after: str, question: str) -> bool:
    """The number is how many a firm or a gang has, and nobody asked for that."""
    clause = re.split(r"[,.?]", before)[-1]
    if _ON_THE_BOOKS.search(clause):
        return not _ON_THE_BOOKS.search(question)
    if _NOT_ONE.search(clause):
        return True
    whole = _WHOLE.match(number)
    group = _STRENGTH_BEFORE.search(clause + (whole.group() if whole else ""))
    return group is not None and group["group"] not in question and bool(_OF_A_GROUP.match(after))


def without_repeats(text: str, found: list[Candidate]) -> list[Candidate]:
    """两点, 下午两点整: one time, said again more exactly."""
    out: list[Candidate] = []
    for candidate in found:
        last = out[-1] if out else None
        if (
            last is not None
            and isinstance(candidate.value, When)
            and isinstance(last.value, When)
            and _BETWEEN.match(text[last.span[1] : candidate.span[0]])
            and fit(Slot.WHEN, last.value, candidate.value) is not Fit.INCOMPATIBLE
            and _width(candidate.value) <= _width(last.value)
        ):
            exact = candidate.value
            if exact.day is None and last.value.day is not None:
                exact = When(exact.low, exact.high, last.value.day, exact.half_day)
            out[-1] = Candidate(exact, (last.span[0], candidate.span[1]))
            continue
        out.append(candidate)
    return out


def only_day(question: str, found: Sequence[Candidate]) -> bool:
    """Asked for the day, the answer names one and no other."""
    days = {c.value.day for c in found if isinstance(c.value, When) and c.value.day}
    last = question.strip("?., ").rpartition("?")[2]
    return len(days) == 1 and bool(re.search(r"哪一?天|几号|哪日|啥日子|什么日子", last))


def _width(value: When) -> int:
    return value.high - value.low + (720 if not value.half_day else 0)
