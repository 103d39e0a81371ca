"""Whose and which: other people or another thing than the point names."""

from __future__ import annotations

import re

from transcription.comparison.model import Case, Point
from transcription.comparison.values.numerals_zh import cardinal
from transcription.comparison.zh import matters
from transcription.comparison.zh.people import Mentions
from transcription.comparison.zh.questions import Question

#: 两个机修工, 其他人: people who are not named.
_GROUP = re.compile(
    r"(?:[两三四五六七八几]个|那[几帮些]个?|其他|其余|别的)[一-鿿]{0,4}(?:工|人|师傅|员|徒弟|伙计)"
)


def of_others(question: Question, case: Case, point: Point) -> bool:
    """那两个机修工穿了没有: of people whom the point does not mean."""
    meant = {person.id for person in case.people if person.id in point.text}
    if not meant or question.speech is None or question.perceives:
        return False
    asked = question.speech.refer(question.speech.text).ids
    if asked & meant or re.search(r"[他她]", question.plain):
        return False
    return bool(asked or _GROUP.search(question.plain))


#: 203釜, 二号线, 3号机: one of several by its number; 三台车 counts them.
_NUMBERED = re.compile(
    r"(?:(?P<long>\d{3,4})号?|(?P<number>\d{1,2}|[一二三四五六七八九十]{1,3})号)"
    r"(?P<kind>釜|罐|炉|窑|线|机|塔|车|泵|阀|池|井|仓|库|楼|带|舱|箱|坑|炕|桩|台(?=[^阶]))"
)
#: 201是九点半投的: what it is of was said before.
_BARE_NUMBER = re.compile(r"(?<!\d)(\d{3,4})(?=[是的那也就先我])")


def _numbers(text: str) -> dict[str, set[int]]:
    """The numbers of things that a text names, by their kind."""
    out: dict[str, set[int]] = {}
    for m in _NUMBERED.finditer(text):
        number = cardinal(m["long"] or m["number"])
        if number is not None:
            out.setdefault(m["kind"], set()).add(int(number[0]))
    return out


def works_on_another(act: str, heard: Mentions, point: Point) -> bool:
    """去开蒸汽阀: the act is on a thing of the case that the point does not name."""
    named = [m for m in heard.mentions(act) if str(m.kind) == "equipment"]
    if not named or matters.own_words(act, matters.profile(point)):
        return False
    return not any(m.id in point.text or act[slice(*m.span)] in point.text for m in named)


def of_another_thing(text: str, case: Case, point: Point) -> bool:
    """蒸汽阀, where the point asks for the 进料阀: another one of its kind, or by its number."""
    own, said = _numbers(point.text), _numbers(text)
    if any(kind in said and not said[kind] & own[kind] for kind in own):
        return True
    long = {number for numbers in own.values() for number in numbers if number > 99}
    bare = {int(number) for number in _BARE_NUMBER.findall(text)}
    if long and bare and not bare & long:
        return True  # 201是九点半投的
    return any(
        matters.another(text, thing.id, thing.aliases)
        for thing in case.equipment
        if thing.id in point.text
    )
