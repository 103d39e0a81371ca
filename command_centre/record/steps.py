"""Steps that a record must show were taken, and how what was said or marked shows it.

The list and its order are those of facts/trade.md 1.1 and 3. A step is found in three ways, the
surest first: an entry of the notice, a mark with the step's own name, the wording of what an
officer said. Wording only suggests; an officer confirms, or says why a step was left out.

Nothing here looks into a database or decides whether a document may be made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from command_centre.record.content import INSPECTION


@dataclass(frozen=True)
class Step:
    """One required step; ``cues`` are patterns, and one of each group must be heard."""

    key: str
    name: str  # also the text of a mark that says it was taken
    wording: str  # what an officer says
    law: str
    cues: tuple[str, ...]
    speaker: str = "q"  # who says it: q | a
    notice: str = ""  # shown by the notice's entries: read | answered
    optional: bool = False  # the form of safety supervision does not have it


@dataclass(frozen=True)
class Heard:
    """Something said, as far as steps are concerned."""

    kind: str  # q | a | "" where the speaker is not known
    text: str
    t_us: int
    utterance: str = ""


@dataclass(frozen=True)
class Found:
    """Where a step shows; ``by`` is notice, mark or wording."""

    by: str
    t_us: int
    utterance: str = ""
    text: str = ""


QUESTIONING_STEPS = (
    Step(
        "recording",
        "宣布录音录像",
        "本次询问全程同步录音录像，请你知悉。",
        "行政处罚法第四十七条",
        ("录音|录像|录着",),
        notice="read",
    ),
    Step(
        "identity",
        "表明身份出示证件",
        "我们是执法人员，这是我们的证件（出示证件）。",
        "行政处罚法第四十二条、第五十五条",
        ("执法人员|执法支队|应急管理局|我们是", "证件|执法证"),
    ),
    Step(
        "cause",
        "说明事由",
        "我们依法就有关问题向您了解情况。",
        "",
        ("了解(一下)?情况|有关问题|有关情况|就.{2,40}(了解|调查|询问)",),
    ),
    Step(
        "duty",
        "告知如实回答义务和权利",
        "您有如实回答问题的义务，也有陈述、申辩和申请回避的权利。您听清楚了吗？",
        "行政处罚法第四十五条、第五十五条",
        ("如实", "权利|陈述|申辩"),
        notice="read",
    ),
    Step(
        "understood",
        "被询问人听清楚",
        "答：听清楚了。",
        "",
        ("听清楚|听明白|明白了|清楚了|听懂",),
        speaker="a",
        notice="answered",
    ),
    Step(
        "recusal",
        "询问是否申请回避",
        "你是否申请回避？",
        "行政处罚法第四十三条",
        ("回避",),
        notice="answered",
    ),
    Step(
        "consequences",
        "告知法律后果",
        "提供虚假情况、隐匿毁灭证据或者拒绝、阻碍调查的，要承担相应法律责任。",
        "安全生产法第一百零八条",
        ("虚假|隐匿|毁灭|作伪证|假话", "责任|后果"),
        notice="read",
    ),
    Step(
        "unrelated",
        "告知可拒绝回答无关问题",
        "与本案无关的问题，你有权拒绝回答。",
        "",
        ("无关.{0,10}(拒绝|不回答|不答)",),
        optional=True,
    ),
    Step(
        "health",
        "身体状况和语言",
        "你现在身体状况能否接受询问？需要翻译或者其他帮助吗？",
        "",
        ("身体|舒服|不适|健康|翻译|手语",),
    ),
)

INSPECTION_STEPS = (
    Step(
        "identity",
        "表明身份出示证件",
        "我们是行政执法人员，这是我们的执法证件（出示证件），请过目。",
        "行政处罚法第四十二条、第五十五条",
        ("执法人员|执法支队|应急管理局|我们是", "证件|执法证"),
    ),
    Step(
        "purpose",
        "告知检查事项",
        "我们依法对你单位进行安全生产执法检查，请予以配合。",
        "安全生产法第六十六条",
        ("检查", "依法|配合|计划|举报"),
    ),
    Step(
        "recording",
        "告知录音录像",
        "本次检查全程录音录像。",
        "行政处罚法第四十七条",
        ("录音|录像|录着",),
        notice="read",
    ),
    Step(
        "recusal",
        "告知回避",
        "你方认为我们与你单位有直接利害关系可能影响公正的，有权申请回避，是否申请？",
        "行政处罚法第四十三条",
        ("回避",),
        notice="answered",
    ),
    Step(
        "feedback",
        "反馈检查情况",
        "以上是检查发现的问题，你单位有权陈述申辩，有什么意见？",
        "安全生产法第六十八条",
        ("问题|情况", "陈述|申辩|意见"),
    ),
    Step(
        "signing",
        "核对签字",
        "请核对记录，无误请签字；不签字我们将注明情况。",
        "安全生产法第六十八条",
        ("核对|签字|签名",),
    ),
)

_SPACE = re.compile(r"[\s，。！？、；：,.!?;:（）()]+")


def steps_of(form: str) -> tuple[Step, ...]:
    """The steps of a form, in order."""
    return INSPECTION_STEPS if form == INSPECTION else QUESTIONING_STEPS


def step_of_mark(text: str) -> str:
    """The step that a mark's text names; empty: none."""
    plain = _SPACE.sub("", text)
    for step in (*QUESTIONING_STEPS, *INSPECTION_STEPS):
        if plain == _SPACE.sub("", step.name):
            return step.key
    return ""


def find_step(
    step: Step,
    said: Sequence[Heard],
    marks: Iterable[tuple[int, str]],
    notice: dict[str, int],
) -> Found | None:
    """Where a step shows; ``notice`` gives the times of its entries by read and answered."""
    if step.notice and step.notice in notice:
        return Found("notice", notice[step.notice])
    for t_us, text in marks:
        if step_of_mark(text) == step.key:
            return Found("mark", t_us, text=text)
    # what belongs to one step may be spread over two sentences of one breath; where one microphone
    # hears everybody, whoever said it may have been the one
    for number, one in enumerate(said):
        if one.kind not in ("", step.speaker):
            continue
        follows = said[number + 1 : number + 2]
        near = one.text + "".join(two.text for two in follows if two.kind == one.kind)
        if all(re.search(cue, near) for cue in step.cues):
            return Found("wording", one.t_us, one.utterance, one.text)
    return None
