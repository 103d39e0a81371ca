"""Two answers to one point laid side by side where no facts decide: what differs on the surface.

An answer that answers a point but was not read, or only in part, must not vanish from the desk. Its
*signs* are what stands in it word for word: people, times, numbers, places and things of the case,
and whether it denies. Signs that do not go together make amber ("to be verified": both sentences
are shown), an answer without signs or facts makes grey ("look at both"). Never red: nothing here
knows who did what, or that a time belongs to the point. Answers in which a person says that he
does not know make nothing.

Not here: which point an answer answers (``topic.py``; the gate that keeps other topics out).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import product

from transcription.comparison.lexicon import EQUIPMENT, PERSON, PLACE
from transcription.comparison.model import (
    Case,
    Exchange,
    Fit,
    Number,
    Point,
    Side,
    Slot,
    Tier,
    Turn,
    Value,
    When,
)
from transcription.comparison.parts import Names, find_numbers, find_times, fit
from transcription.comparison.zh import matters
from transcription.comparison.zh.concepts import concepts, concepts_of

#: What the rules of this module's differences begin with.
SURFACE = "surface."
#: Slots whose values are people; a name in the one answer and another in the other differ.
_PEOPLE = (Slot.WHO_ORDERED, Slot.WHO_DID, Slot.TO_WHOM)
_THINGS = {Slot.WHERE: PLACE, Slot.WITH_WHAT: EQUIPMENT}
_SELF = {"zh": re.compile(r"[我俺咱]"), "en": re.compile(r"\b(?:I|me|we|us)\b")}
_DENIES = {
    "zh": re.compile(
        r"[没未无甭冇]|莫得|木有|不(?!错|过|是吗|就|光|但|仅|然)|哪(?:有|儿有|里有)|啥[^,，。]?啊"
    ),
    "en": re.compile(r"\b(?:no|not|never|none|nobody|nothing|without)\b|n't\b", re.IGNORECASE),
}
_UNKNOWING = {
    "zh": re.compile(
        r"(?<!还)不(?:太|大)?(?:知道|清楚|晓得|记得|了解|好说|确定)|说不(?:好|清|准)|记不(?:清|住|"
        r"得|准)|"
        r"没(?:有)?(?:看|注意|留意|听|印象|在场|数)|不敢(?:说|打包票|肯定)|忘了|忘记|没看清|分不清|"
        r"(?:好像|可能|大概|估计|应该)(?:是|有)?"
    ),
    "en": re.compile(
        r"\b(?:don't|do not|didn't|did not|can't|cannot|couldn't|could not) "
        r"(?:know|remember|recall|see|hear|notice|say)\b|\bnot sure\b|\bno idea\b|"
        r"\bmaybe\b|\bprobably\b|\bi think\b",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class Answer:
    """A turn that answers the point, with the signs in it."""

    turn: str
    text: str
    start_us: int
    people: frozenset[str] = frozenset()
    things: frozenset[tuple[str, str]] = frozenset()  # kind and name
    times: tuple[When, ...] = ()
    numbers: tuple[Number, ...] = ()
    self_said: str = ""  # the speaker, when among ``people`` only as I
    denies: bool = False
    unknowing: bool = False
    asked: frozenset[Slot] = frozenset()  # by the question; empty: left open
    guessed: bool = False  # the point is only the nearest one to the question
    speaks_of_it: bool = True  # a denial in it may be one of the point


@dataclass(frozen=True)
class Contrast:
    """How two people's answers to a point differ on the surface."""

    tier: Tier
    rule: str
    slot: Slot | None
    a: Answer
    b: Answer


def taken(
    turn: Turn,
    exchange: Exchange,
    case: Case,
    names: Names,
    asked: frozenset[Slot] = frozenset(),
    *,
    guessed: bool = False,
) -> Answer:
    """The signs of one answer. Never raises, whatever the text."""
    text, language = turn.text, exchange.language
    mentions = names.mentions(text)
    people = {m.id for m in mentions if m.kind == PERSON}
    mine = ""
    if (said := _SELF.get(language)) and said.search(text) and exchange.speaker not in people:
        people.add(exchange.speaker)
        mine = exchange.speaker
    return Answer(
        turn=turn.id,
        text=text,
        start_us=turn.start_us,
        people=frozenset(people),
        self_said=mine,
        things=frozenset((m.kind, m.id) for m in mentions if m.kind in (PLACE, EQUIPMENT)),
        times=_times(text, exchange.said_on, case.incident, language),
        numbers=tuple(f.value for f in find_numbers(text, language) if isinstance(f.value, Number)),
        denies=bool((rule := _DENIES.get(language)) and rule.search(text)),
        unknowing=bool((doubt := _UNKNOWING.get(language)) and doubt.search(text)),
        asked=asked,
        guessed=guessed,
    )


def _times(text: str, said_on: date, incident: date | None, language: str) -> tuple[When, ...]:
    found = find_times(text, said_on, incident, language)
    return tuple(f.value for f in found if isinstance(f.value, When))


def contrast(
    a: Sequence[Answer], b: Sequence[Answer], point: Point, agreed: frozenset[Slot]
) -> Contrast | None:
    """What to show of two people's answers to ``point`` where no facts differ.

    ``agreed`` are the slots in which facts go together: they are quiet. The last answers in which
    something stands are quoted.
    """
    if not a or not b:
        return None
    asked = _asked(a, b)
    if asked is not None and not asked:
        return None  # one was asked for the time, the other who it was
    for slot in point.slots:
        if slot in agreed or (asked and slot not in asked):
            continue
        if (found := _apart(a, b, slot, point)) is not None:
            first, second = found
            doubt = any(one.unknowing or one.guessed for one in found)
            tier = Tier.GREY if doubt else Tier.AMBER
            return Contrast(tier, "surface.differs", slot, first, second)
    if agreed or any(all(one.unknowing for one in side) for side in (a, b)):
        return None
    if any(not any(_answering(one, point) for one in side) for side in (a, b)):
        return None  # 我那天腰疼: nothing in it is an answer
    return Contrast(Tier.GREY, "surface.unread", None, _telling(a, point), _telling(b, point))


def _asked(a: Sequence[Answer], b: Sequence[Answer]) -> frozenset[Slot] | None:
    """The slots both were asked for; None where one question left it open."""
    sides = [[answer.asked for answer in side] for side in (a, b)]
    if any(not slots for side in sides for slots in side):
        return None
    return frozenset.intersection(*(frozenset().union(*side) for side in sides))


def _apart(
    a: Sequence[Answer], b: Sequence[Answer], slot: Slot, point: Point
) -> tuple[Answer, Answer] | None:
    """The last answers whose signs for ``slot`` do not go together; nothing if any do."""
    some = [one for one in reversed([_tied(x, point) for x in a]) if _signs(one, slot)]
    others = [one for one in reversed([_tied(x, point) for x in b]) if _signs(one, slot)]
    if not some or not others:
        return None
    if any(_together(one, other, slot) for one, other in product(some, others)):
        return None
    return some[0], others[0]


def _signs(answer: Answer, slot: Slot) -> frozenset[object]:
    if slot in _PEOPLE:
        return frozenset(answer.people)
    if slot in _THINGS:
        return frozenset(name for kind, name in answer.things if kind == _THINGS[slot])
    if slot is Slot.WHEN:
        return frozenset(answer.times)
    if slot is Slot.HOW_MANY:
        return frozenset(answer.numbers)
    return frozenset([answer.denies]) if answer.speaks_of_it else frozenset()


_CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Values in other words than the typed ones know: 两家头, 拿扳子, 到门口.
_VALUED = {
    Slot.HOW_MANY: re.compile(r"[一二两三四五六七八九十俩仨\d]|几[个人]"),
    Slot.WITH_WHAT: re.compile(r"[拿用使]"),
    Slot.WHERE: re.compile(r"[在到]"),
}
#: 没有, 戴了的, 哪有: a yes or no comes first.
_BARELY = re.compile(
    r"(?:嗯|啊|哦|唉|那|这|都|也|真|当时|肯定)*(?:没|冇|莫|有|是|对|不|未|哪|谁|啥|无|"
    r"(?P<v>[一-鿿])(?:了|过|的|着|得)|(?P<w>[一-鿿])(?:啥|什么|咩|么子?)|不可能)"
)
_I = re.compile(r"(?:是|就)?(?:我|俺|咱)(?:们|自己|本人|亲自)*(?:啊|呀|呗|嘛|的)?$")


@lru_cache(maxsize=2048)
def _tied(answer: Answer, point: Point) -> Answer:
    """The answer with only those signs that may belong to the point.

    我那天腰疼 to 谁负责警戒 names the speaker, and not as who did it; a denial of something else is
    none of the point's.
    """
    if not _CHINESE.search(answer.text):
        return answer
    spoken = bool(_BARELY.match(answer.text)) or _names(answer.text, point)
    people = answer.people
    if answer.self_said and not any(
        _I.match(part) or _names(part, point)
        for part in re.split(r"[,，。？！、\s]+", answer.text)
        if re.search("[我俺咱]", part)
    ):
        people -= {answer.self_said}
    return replace(answer, people=people, speaks_of_it=spoken)


def _answering(answer: Answer, point: Point) -> bool:
    """Something in it may answer the point: a sign of what it asks, its matter, a yes or no."""
    tied = _tied(answer, point)
    valued = any(
        slot in _VALUED and _VALUED[slot].search(answer.text) for slot in point.slots
    ) and bool(_CHINESE.search(answer.text))
    return (
        tied.speaks_of_it
        or valued
        or any(_signs(tied, slot) for slot in point.slots if slot is not Slot.WHETHER)
    )


def _names(text: str, point: Point) -> bool:
    """The text names the act or the thing that the point asks for."""
    own = matters.profile(point)
    return (
        matters.about(text, own) > 0
        or bool(concepts(text) & concepts_of(point))
        or bool(set(text) & own.characters)
    )


def _together(a: Answer, b: Answer, slot: Slot) -> bool:
    if slot in (Slot.WHEN, Slot.HOW_MANY):
        values: tuple[Sequence[Value], Sequence[Value]] = (
            (a.times, b.times) if slot is Slot.WHEN else (a.numbers, b.numbers)
        )
        return any(fit(slot, x, y) is not Fit.INCOMPATIBLE for x, y in product(*values))
    return bool(_signs(a, slot) & _signs(b, slot))


def _telling(answers: Sequence[Answer], point: Point) -> Answer:
    """The last answer with a sign of what the point asks; else the last."""
    for answer in reversed(answers):
        if any(_signs(answer, slot) for slot in point.slots if slot is not Slot.WHETHER):
            return answer
    return answers[-1]


def side_of_answer(answer: Answer, person: str, room: str) -> Side:
    """An answer as one side of a difference, quoted whole; no value is claimed."""
    return Side(
        person=person,
        room=room,
        turn=answer.turn,
        span=(0, len(answer.text)),
        text=answer.text,
        start_us=answer.start_us,
        end_us=answer.start_us,
        value="",
    )
