"""Which point of the case a question asks about, all points weighed against each other.

A question is tied to a point by the kind of thing it asks (when, where, how many, with what, who,
who sent, whether) and by what it names: the point's own characters, each the heavier the fewer
points have it, and concepts (``concepts.py``). A kind that one point alone has is enough when the
question names nothing else (几点上去的); what is said of another moment (出事的时候) is left out.
``sure`` is False for a point that is only the nearest; what is shown for it is grey at most.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

from transcription.comparison.model import Case, Point, Slot
from transcription.comparison.zh import matters
from transcription.comparison.zh.concepts import BEFORE_IT, concepts, concepts_of
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.topics import content

_TYPED = frozenset((Slot.WHEN, Slot.WHERE, Slot.HOW_MANY, Slot.WITH_WHAT))
#: So much must a point share with a question, and so much more than the next one.
_SURE, _LEAST, _MARGIN = 0.9, 0.5, 0.35
_CONCEPT = 0.9
#: The kind that a point asks for first.
_FIRST = 0.3
#: A kind of question that one point alone has, put without naming anything.
_GENERIC = 0.9

#: 管子怎么断开的, 电梯怎么停了: by whom or with what.
_HOW = re.compile(r"(?:怎么|咋个?|怎样|么样)(?![^,.?]*[说讲交派安叫喊来去])[^,.?]{1,8}[的了][?]?$")
_BARE_WHY = re.compile(r"(?:那|这)?(?:为什么|为啥|为何|咋回事|怎么回事)[呀啊呢]?[?]?$")
#: 出事的时候, 清灰之前: when something else was; what is asked stands beside it.
_MOMENT = re.compile(
    r"[^,.?]{1,10}?(?:的?(?:时候|那会儿?|那时候?|那一?[下刻瞬]间?|当时|当口)|[之以][前后])[,]?|"
    r"(?:喷|炸|爆|塌|垮|着|烧|闪|响|掉|砸|倒|出事)[^,.?]{0,4}了?(?:那一?下|以?后)[,]?"
)
#: Words of any question: what they name is the work, or nothing.
_ANY_WORK = re.compile(
    r"开始|动手|下手|干活|作业|施工|上去|下去|进去|进场|开工|[干弄搞做整]|去的|上的|下的|"
    r"一共|总共|总计|多少|几个人?|什么|时候|时间|昨[天晚]|当[天晚]|那[天晚]|[上下中]午|早[上晨]|"
    r"晚上|"
    r"现场|里头|里面|上头|下面|跟前|旁边|工具|设备|家伙|机器|东西"
)
#: About the asked person, not about the work.
_PERSONAL = re.compile(
    r"睡|起床|吃[的了过]?|回(?:家|来|去|的)|走的|离开|到的|来的|赶到|接到|知道|听说|晓得|听到|听见|"
    r"上班|下班|到岗|(?<![人谁])在干|干[嘛啥什]|负责|手机|你的|部门"
)
#: About his life or the firm at large: no testimony on any point.
_AT_LARGE = re.compile(
    r"挣|一个月|进厂|入职|认识|认得|结婚|家里|屋里|屋头几|你家|老家|年纪|多大|岁|老板娘|工资|"
    r"多少钱|拿多少|"
    r"住(?:哪|在|的)|同乡|关系|[几哪]年|多久(?![^,.?]{0,3}[报打叫]|(?:之|以)?后)|多远|做什么工作|"
    r"管什么|管几|毕业|开业|几口|合同|"
    r"产量|多少户|哪家的|归谁|伤得|身体|恢复|"
    r"(?:孩子|丈夫|媳妇|老公|老婆)(?:多大|几岁|做什么|干什么|在哪(?:里|儿)?(?:上班|工作|打工)|"
    r"工作|上学|怎么说|身体|有没有工作)|你手|你腿|早饭|开会吗"
)
#: 他们几点动的手你知道不: what is asked is what stands beside it.
_KNOWN_TO_YOU = re.compile(
    r"^(?:那)?[你您](?:们)?(?:还)?(?:知道|晓得|清楚|了解|记得)|"
    r"[你您]?(?:们)?(?:还)?(?:知道|晓得|清楚|了解|记得)(?:不(?:知道|晓得)?|吗|么|没有?)?[?]?$"
)
_PRESENCE = re.compile(
    r"在(?:不在|哪|什么|啥|场|现场)|[站坐蹲待呆躲](?:在|的|着)?(?:哪|什么|啥)|去[了过]?哪|"
    r"哪些?地方|什么位置|在[^,.?]{1,8}[吗吧没]?[?]?$|人在哪"
)
_ASKS_LOCATED = re.compile(
    r"(?:[\ue000-\ue8ff]|人)(?:人|当时|那会儿|那时候?|那天|到底|又|是|正|都|昨天|[上下]午)*"
    r"(?:在|站|蹲|待|呆|坐|躲)(?:在|的|着)?(?:哪|什么|啥|何处)[里儿个]?(?:地方|位置|处|边)?"
    r"(?:呢|啊|呀|吗|的|了)?[?.]?$"
)


_WHICH_TOOL = re.compile(r"(?:什么|啥子?|么子?|哪[种把台])[^,.?]{1,4}[?]?$")
#: What was done about the accident is not what led to it.
_AFTERWARDS = frozenset(("rescue", "hospital", "alarm", "upward"))
WORN_WHAT = re.compile(r"[穿戴系][的了着]?(?:什么|啥|么|哪)|身上|头上|脸上")
_ACTS = frozenset(
    "清拆挖焊割吊装卸搬扒倒抽灌喷刷涂砌浇钻铲掏疏接修换拧洗刮切磨锯砍炸埋爆塌垮关停断测封"
)
#: 谁叫你去的, 怎么上去的: who was sent, or went.
_GONE = re.compile(r"[\ue000-\ue8ff](?:[^,.?]{0,4})(?:[去上下进过]|干的|来的)")


@dataclass(frozen=True)
class Aligned:
    """The point asked about, if one."""

    point: Point | None = None
    sure: bool = False


NONE = Aligned()


def aligned(case: Case, asked: Sequence[Question]) -> Aligned:
    """The point of the question in force, ``asked[0]``; ``asked[1]`` is the one before.

    A question that names nothing of its own goes on from the one before.
    """
    if not asked or not case.points:
        return NONE
    question = asked[0]
    found = _best(case, question)
    if len(asked) > 1 and (found.point is None or not found.sure) and _goes_on(question):
        before = aligned(case, asked[1:])
        kinds = kinds_of(question)
        if before.point is not None and (
            not kinds & _TYPED or kinds & set(before.point.slots) or not kinds
        ):
            return before
    return found


def kinds_of(question: Question) -> frozenset[Slot]:
    """The slots that an answer to the question may fill."""
    kinds = set(question.slots)
    went = question.why and not question.orders and not question.asks_whom
    idle = went and (
        question.yes_no or own_doing(question.plain) or _BARE_WHY.match(question.plain)
    )
    if question.asks_order and not idle:
        kinds |= {Slot.WHO_ORDERED, Slot.TO_WHOM}
    if question.asks_who:
        kinds.add(Slot.WHO_DID)
    if question.yes_no or question.presumed_not:
        kinds |= {Slot.WHETHER, Slot.WHO_DID}
    if WORN_WHAT.search(question.plain):
        kinds.add(Slot.WHETHER)
    if _HOW.search(question.plain):
        kinds |= {Slot.WITH_WHAT, Slot.WHO_DID}
    return frozenset(kinds)


def elsewhere(question: Question) -> bool:
    """Asks where the person was, what he did, or of his life: of no point, whatever it names."""
    typed = question.slots & _TYPED
    plain = _KNOWN_TO_YOU.sub("", question.plain)
    return bool(
        _AT_LARGE.search(question.plain)
        or (typed and _PERSONAL.search(plain) and not concepts(question.plain))
        or (Slot.WHERE in typed and _ASKS_LOCATED.search(question.text))
    )


def own_doing(question: str) -> bool:
    """你当时在干什么: any act of his own answers it."""
    return bool(re.search(r"[干做忙][了的些]*(?:什么|啥|嘛)", question))


def _goes_on(question: Question) -> bool:
    """Names nothing: 所以是谁? 你再想想. 几点?"""
    if question.families & matters.IDLE or _AT_LARGE.search(question.plain):
        return False
    if _PERSONAL.search(question.plain):
        return False
    return question.elliptic or question.idle or not concepts(question.plain)


def _best(case: Case, question: Question) -> Aligned:
    kinds = kinds_of(question)
    if question.open and not kinds & _TYPED and not question.asks_who and not question.yes_no:
        return NONE
    if not kinds or question.usual or _AT_LARGE.search(question.plain):
        return NONE
    text = _matter_of(question.text)
    scored = [
        (score, point)
        for point, score in zip(case.points, _scores(case, question, kinds, text), strict=True)
        if score > 0
    ]
    scored.sort(key=lambda one: -one[0])  # stable: the case's order
    if not scored or scored[0][0] < _LEAST:
        return NONE
    margin = scored[0][0] - (scored[1][0] if len(scored) > 1 else 0.0)
    if margin < _MARGIN:
        return NONE
    seen = question.perceives and not kinds & _TYPED
    return Aligned(scored[0][1], scored[0][0] >= _SURE and not seen)


def _matter_of(plain: str) -> str:
    """The question without the moment it sets: 垮的时候 ..., unless that is all there is."""
    rest = _MOMENT.sub("", plain)
    named = concepts(rest) or len(re.sub(r"[?,.吗呢吧了的]", "", rest)) > 4
    return rest if named else plain


def likenesses(case: Case, question: Question) -> list[float]:
    """How much each point of the case shares with the question."""
    return _scores(case, question, kinds_of(question), _matter_of(question.text))


@dataclass(frozen=True)
class _Asking:
    """What a question is weighed by, the same for every point."""

    case: Case
    question: Question
    kinds: frozenset[Slot]
    text: str  # without the moment it sets
    names: frozenset[str]  # the concepts of ``text``
    people: tuple[str, ...]
    weight: Mapping[str, float]


def _scores(case: Case, question: Question, kinds: frozenset[Slot], text: str) -> list[float]:
    people = _people(case)
    weight = _weights(case.points, people)
    asking = _Asking(case, question, kinds, text, concepts(text), people, weight)
    return [_score(asking, point) for point in case.points]


def _score(asking: _Asking, point: Point) -> float:
    case, question, kinds, text = asking.case, asking.question, asking.kinds, asking.text
    if who := _placed(case, point):
        return _located(question, who)
    wanted = kinds & set(point.slots)
    doubt = 1.0
    if Slot.WHO_DID in kinds and not wanted and Slot.WHETHER in point.slots:
        wanted, doubt = frozenset([Slot.WHETHER]), 0.8  # 谁给你们上过课
    named = concepts_of(point)
    if not wanted and question.perceives and asking.names & named:
        wanted, doubt = frozenset(point.slots), 0.5  # 你看到火了没有, for where it began
    if not wanted:
        return 0.0
    if question.asks_order and question.asks_who and Slot.WHO_ORDERED not in wanted:
        doubt = min(doubt, 0.6)
    if Slot.WHERE in wanted and _ASKS_LOCATED.search(question.text):
        return 0.0
    own = _own(point, asking.people)
    if matters.about(text, matters.profile(point), asked=True) < 0 and not asking.names & named:
        return 0.0
    if matters.other_item(text, matters.profile(point)):
        return 0.0
    common = set(text) & own
    typed = kinds & _TYPED & wanted
    both = asking.names & named
    ordered = Slot.WHO_ORDERED in wanted
    if len(common) == 1 and not (both or typed or ordered or common & _ACTS):
        return 0.0  # 手机 for 机器
    weight = asking.weight
    shared = fsum(weight[c] for c in common) + fsum(_CONCEPT * weight[c] for c in both)
    if typed:
        if shared and point.slots[0] in typed:
            shared += _FIRST
        shared += _generic(case, point, question, text, typed)
    elif ordered:
        shared += _sent(case, point, question, text)
    return doubt * shared


def _generic(
    case: Case, point: Point, question: Question, text: str, typed: frozenset[Slot]
) -> float:
    """几点上去的: the only point that asks for a time, and nothing else is named."""
    if _PERSONAL.search(_KNOWN_TO_YOU.sub("", text)) or question.families & matters.IDLE:
        return 0.0
    work = _work(case.points)
    same = [p for p in case.points if typed & set(p.slots) and not _placed(case, p)]
    own = not concepts_of(point) or point.topic in ("work", "shift")
    first = [p for p in same if p.topic in ("work", "shift") and p.slots[:1] == point.slots[:1]]
    named = concepts(text) - concepts_of(point) - work
    if named & (_all_concepts(case.points) | _AFTERWARDS):
        return 0.0
    strange = _strange(case, _WHICH_TOOL.sub("", text))
    if len(same) == 1:
        return 0.4 if strange or named else _GENERIC
    if own and len(first) == 1 and first[0] is point and not strange and not named:
        return _GENERIC if _ANY_WORK.search(text) else 0.6
    return 0.0


def _sent(case: Case, point: Point, question: Question, text: str) -> float:
    """哪个喊你去的: the one point that asks who had it done."""
    same = [p for p in case.points if Slot.WHO_ORDERED in p.slots]
    if len(same) != 1 or not question.asks_order:
        return 0.0
    others = concepts(text) - concepts_of(point)
    named = {c for p in case.points if p is not point for c in concepts_of(p)}
    if others & named:
        return 0.2
    if question.why or _GONE.search(question.text):
        return _GENERIC
    return 0.4 if _strange(case, text) else 0.7


def _strange(case: Case, text: str) -> bool:
    """The question names a thing or an act that no point of the case does."""
    rest = _ANY_WORK.sub(" ", text)
    for word in content(rest):
        if len(word) < 2 or concepts(word) or matters.families(word):
            continue
        if not any(set(word) & matters.profile(p).characters for p in case.points):
            return True
    return False


def _people(case: Case) -> tuple[str, ...]:
    return tuple(person.id for person in case.people)


def _placed(case: Case, point: Point) -> str:
    """The person whose whereabouts the point asks for."""
    if Slot.WHERE not in point.slots:
        return ""
    return next((p.id for p in case.people if p.id in point.text), "")


def _located(question: Question, who: str) -> float:
    if question.speech is None or not _PRESENCE.search(question.plain):
        return 0.0
    people = question.speech.refer(question.speech.text).ids
    if who in people:
        return 1.5
    return 0.0


@lru_cache(maxsize=512)
def _own(point: Point, people: tuple[str, ...]) -> frozenset[str]:
    """Characters that carry the point; 清堵 is not what 清堵前有没有测气体 asks."""
    own = matters.profile(point).characters
    rest = BEFORE_IT.sub("", point.text.removeprefix("核实"))
    for name in people:
        rest = rest.replace(name, " ")
    return frozenset(c for c in own if c in rest) or own


@lru_cache(maxsize=64)
def _work(points: tuple[Point, ...]) -> frozenset[str]:
    """The work of the case: what somebody had done."""
    return frozenset(c for p in points if Slot.WHO_ORDERED in p.slots for c in concepts_of(p))


@lru_cache(maxsize=64)
def _all_concepts(points: tuple[Point, ...]) -> frozenset[str]:
    return frozenset(c for p in points for c in concepts_of(p))


@lru_cache(maxsize=64)
def _weights(points: tuple[Point, ...], people: tuple[str, ...]) -> dict[str, float]:
    """The fewer points have it, the more a character or a concept says."""
    count: Counter[str] = Counter()
    for point in points:
        count.update(_own(point, people) | concepts_of(point))
    return {c: n**-0.5 for c, n in count.items()}
