"""Who does what to whom around one verb of a clause: subject, object, passive, negation.

Works on ``Speech.text``, where a person is one character. A person after 跟, 对, 给 ... is spoken
to, not the one who acts; a person after 被, 由 acts; the person an order goes to is the one who
acts next (叫 他 去).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from transcription.comparison.zh.people import ANY, LIST, WHO

#: Before a person: the person is not the subject.
COVERB = re.compile(
    r"(?:跟|对|给|向|冲|朝|找|替|帮|为|陪|随|跟着|跟随|随着|问|告诉|通知|比|除了|包括|连同|"
    r"关于|至于|把|将|拿|怪|骂|找到|等|接|扶|救|顶替|代替|越过|绕过|背着|瞒着|当着|趁着?|"
    r"不经过?|没经过?|没通过|拦住|拉住|拍着|指着|叫住|喊住|逮住|碰到|碰见|遇到|遇见|找着|冲着|"
    r"对着|朝着|(?:[喊叫派点呼找催]|安排|指定|指派|通知)的(?:就|也|还)?是)$"
)
#: 越过我派的: those left out are not told.
_LEFT_OUT = re.compile(
    r"(?:越过|绕过|除了|瞒着|背着|不经过?|没经过?|没通过|比|替|为|代替|顶替|当着|趁着?|等|怪|"
    r"关于|至于)$"
)
PASSIVE = re.compile(
    r"(?:被|由|受到?|经过?|归|让|叫|给|听从?|服从|按照?|照|根据|奉|遵照?|依照?|凭|接到|得到|应)$"
)
_NOBODY = re.compile(
    rf"(?:没有?任何人|没有一个人?|没有?人|没得人|没一个人?|没[有得]?{WHO}|没[有得]?哪个|"
    rf"{WHO}[也都](?:没有?|不)|无人|冇人|一个人[也都]没有?|一个[也都]没有?|没有?领导|"
    rf"没有?别人|没有?其他人|没有?旁人|没[\ue900-\ue9ff]|哪有人|哪有{WHO}|有{WHO}|不算{WHO}|"
    rf"不能算{WHO}|说不上{WHO}|{WHO}敢|"
    rf"{WHO}会|{WHO}能)"
)
_NEGATED = re.compile(
    r"(?:没有|没|未|不曾|从不|不|哪有|哪会|哪敢|哪能|怎么会|怎么可能|怎么能|怎么敢|咋会|"
    r"咋可能|咋能|岂会|无权|没得|未曾|并未|否认|何来|谈何|哪来的?|谈不上|用不着|犯不着|没必要|"
    r"从未|不会|不可能)"
    r"(?:[^,.\ue000-\uf8ff了过]{0,5}|[\u4e00-\u9fff]{1,2}过)$"
)
_DOUBLE = re.compile(r"(?:不可能|不是|没有|不会|不能|没)(?:不|没有?|未)$|不得不$|非[^,]{1,6}不可$")
_NOT_BE = re.compile(
    r"(?:用不着|轮不到|轮不着|犯不着|不需要|不用|(?<![是还])不是|并不是|又不是|也不是|绝不是|"
    r"不可能是|哪是|哪里是|怎么是|怎么会是|压根不是|"
    r"根本不是|没有)(?:因为|说)?$"
)
#: Between subject and verb: nothing that ends a predicate.
_FAR = 22


@dataclass(frozen=True)
class Subject:
    """Who acts. ``kind``: person, nobody, who (a question word) or none."""

    kind: str
    people: str = ""  # mention characters
    negated: bool = False
    passive: bool = False
    patient: str = ""  # passive: who stands before 被; also those spoken to before the verb
    start: int = -1


def subject(text: str, verb: int, start: int = 0) -> Subject:
    """The subject of the verb at ``verb``, looking back to ``start``."""
    left = text[start:verb]
    spoken_to = ""
    tail = left
    nobody = None
    for m in _NOBODY.finditer(left):
        nobody = m
    since = _TO_SOMEBODY.sub("", left[nobody.end() :]) if nobody else ""
    if nobody and not re.search(ANY, since) and len(since) <= 10:
        mine = re.search(rf"({ANY})$", left[: nobody.start()]) if nobody else None
        if mine and nobody and nobody.group().startswith(WHO):  # 我谁也没安排
            return Subject("person", mine.group(), True, False, "", start + mine.start())
        if re.search(r"说|讲|告诉|通知|提过|交代|要求|吩咐", since):
            nobody = None  # 没人跟我说过要监护: nobody said so, not nobody watched
    if nobody and not re.search(ANY, since) and len(since) <= 10:
        doubled = re.search(r"[没不](?!过)", since) and WHO not in nobody.group()
        if not doubled:
            return Subject("nobody", start=start + nobody.start())
    who = left.rfind(WHO)
    lists = list(LIST.finditer(left))
    for m in reversed(lists):
        before, gap = left[: m.start()], left[m.end() :]
        if who > m.start() and len(left) - who <= 8:
            return Subject("who", start=start + who)
        if len(gap) > _FAR:
            break
        if _WHEN_HE.match(gap):
            continue  # 我去的时候已经关上了: not he who closed it
        if re.match(r"(?:自己|本人|自个儿?)?的(?!确)", gap):
            tail = before
            continue
        if COVERB.search(before) and not re.search(r"(?:是|就)(?:找|等|接|拿)$", before):
            spoken_to = spoken_to or ("" if _LEFT_OUT.search(before) else m.group())
            tail = before
            continue
        spoken = TO_ANOTHER.fullmatch(m.group()) if SAYING.match(text[verb:]) else None
        if spoken:
            negated = _is_negated(gap)
            return Subject("person", spoken["by"], negated, False, spoken["to"], start + m.start())
        mark = PASSIVE.search(before)
        negated = _is_negated(gap) or bool(_NOT_BE.search(before))
        if mark:
            earlier = list(LIST.finditer(before[: mark.start()]))
            patient = earlier[-1].group() if earlier else spoken_to
            if _NEGATED.search(before[: mark.start()]):
                negated = True
            return Subject("person", m.group(), negated, True, patient, start + m.start())
        return Subject("person", m.group(), negated, False, spoken_to, start + m.start())
    if who >= 0 and len(left) - who <= 8:
        return Subject("who", start=start + who)
    return Subject(
        "none",
        "",
        _is_negated(left[-8:] if not spoken_to else tail[-8:] or left[-6:]),
        False,
        spoken_to,
    )


#: 没人 给我们 培训过: those spoken to do not come between.
_TO_SOMEBODY = re.compile(rf"(?:给|对|跟|向|为|替|帮|找|管|和|与|同){LIST.pattern}")


#: 我跟王军说: to him, not with him.
SAYING = re.compile(r"说|讲|交代|交待|吩咐|喊|嘱咐")
TO_ANOTHER = re.compile(rf"(?P<by>{ANY})[跟和同与](?P<to>{ANY})")
_WHEN_HE = re.compile(
    r"(?:刚|一|再|后来)?(?:去|到|来|赶到?|过去|过来|看见|看到|发现|进|回|上|下|"
    r"走)[^,.]{0,4}(?:的时[候侯]|那会儿?|时(?!间)|以后|之后|以前|之前)"
)


def _is_negated(gap: str) -> bool:
    gap = re.sub(r"有没有|是不是|是否|(?P<x>[\u4e00-\u9fff])[没不](?P=x)", "＿", gap)
    if _DOUBLE.search(gap):
        return False
    if re.search(r"(?P<x>.)[没不](?P=x)$|有没有$|是不是$|是否$", gap):
        return False
    return bool(_NEGATED.search(gap))


_OBJECT = re.compile(rf"(?:的是|给?了|过|着|的|给|下来|一下|上)?(?P<who>{LIST.pattern})")


def object_after(text: str, verb_end: int) -> tuple[str, int]:
    """The people right after a verb, and where what they do begins."""
    m = _OBJECT.match(text[verb_end:])
    if m:
        return m.group("who"), verb_end + m.end()
    return "", verb_end
