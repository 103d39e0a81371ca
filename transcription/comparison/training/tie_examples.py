"""What the network of ``zh/tie.py`` learns from: exchanges among the points of a case.

Every file of ``exchanges/`` is a few scenes; its points beside each other make a case. The point an
exchange was written for is the right one, its neighbours are the wrong ones; without it none is.
Answers marked ``off`` are only taken without their own point. Real cases ask for one act in several
points (its time, its place, the tool), so each exchange comes a second time among such points made
of its own one.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

from transcription.comparison.model import Case, Exchange, Point, Role, Slot, Turn
from transcription.comparison.net_shape import Said
from transcription.comparison.noise import misheard
from transcription.comparison.parts import Names
from transcription.comparison.training import exchanges
from transcription.comparison.training.changing import rewritten
from transcription.comparison.training.examples import Written, written
from transcription.comparison.training.tie_network import Asked
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_mentions import said_turns
from transcription.comparison.zh.questions import SLOTS
from transcription.comparison.zh.tie import features_of

#: Points of a case in training; a point has so many beside it.
_CASE = 9


def asked_in(path: Path, draw: random.Random | None = None) -> list[Asked]:
    """The exchanges of a file, each among the points of the scenes around its own; with ``draw``
    once more among points made of its own one."""
    some = list(written(path))
    points: dict[str, Point] = {}
    for one in some:
        points.setdefault(one.point.text, replace(one.point, id=f"P{len(points)}"))
    texts = list(points)
    made: list[Asked] = []
    for at, text in enumerate(texts):
        low = max(0, min(at - _CASE // 2, len(texts) - _CASE))
        window = texts[low : low + _CASE]
        case = exchanges.case_of([one for one in some if one.point.text in window])
        case = replace(case, points=tuple(points[w] for w in window))
        names = Names(case)
        for one in some:
            if one.point.text != text:
                continue
            if (found := _asked(one, case, names)) is not None:
                made.append(found)
            if draw is None or (apart := _apart(one, case, draw)) is None:
                continue
            if (found := _asked(one, apart[0], names, apart[1])) is not None:
                made.append(found)
    return made


#: A point for each slot of an act.
_NAMED = {
    Slot.WHEN: ("{}的时间", "{}是什么时候", "什么时间{}", "几点{}", "{}时间"),
    Slot.WHERE: ("{}的位置", "{}的地点", "在哪里{}", "{}地点"),
    Slot.HOW_MANY: ("{}的人数", "{}时有几人", "多少人{}", "{}人数"),
    Slot.WITH_WHAT: ("{}用的工具", "{}用的设备", "用什么{}", "{}所用工具"),
    Slot.WHO_ORDERED: ("{}由谁安排", "谁安排{}", "{}由谁决定"),
    Slot.WHO_DID: ("谁{}", "{}由谁进行", "{}的人是谁"),
    Slot.WHETHER: ("是否{}", "有没有{}"),
}


_ACT = (
    re.compile(r"^核实"),
    re.compile(r"(?<=..)由?(?:谁|何人|哪个).*$"),
    re.compile(r"^(?:谁|何人)(?:安排|指派|决定|让|叫)?"),
    re.compile(r"(?:的|当时|时)?(?:时间|地点|位置|人数|工具|设备|情况|几人|经过|一事)$"),
    re.compile(r"是否|有没有|有无|在哪里?|几点|何时|什么时候|用什么|多少人|几个?人"),
)


_TYPED = frozenset((Slot.WHEN, Slot.WHERE, Slot.HOW_MANY, Slot.WITH_WHAT))


_ROLE = {Slot.WHEN: "when", Slot.WHERE: "where", Slot.HOW_MANY: "many", Slot.WITH_WHAT: "with"}


def act_of(text: str) -> str:
    """The act a point is about: 清灰 of 核实清灰由谁安排."""
    for rule in _ACT:
        text = rule.sub("", text)
    return text


def _apart(one: Written, case: Case, draw: random.Random) -> tuple[Case, str] | None:
    """The case with the point of the exchange taken apart, a point for each slot of its act; and
    the name of the one asked about."""
    act = act_of(one.point.text)
    if len(act) < 2 or one.whole == "off":
        return None
    slot = _slot_asked(one)
    if slot is None:
        return None
    own = next(p for p in case.points if p.text == one.point.text)
    if slot is Slot.WHETHER:
        if slot not in own.slots:
            return None
        own = replace(own, slots=tuple(s for s in own.slots if s not in _TYPED))
    elif own.slots[0] is not slot or set(own.slots[1:]) & _TYPED:
        topic = "arrange" if slot is Slot.WHO_ORDERED else ""
        text = "核实" + draw.choice(_NAMED[slot]).format(act)
        own = replace(own, text=text, slots=(slot,), topic=topic)
    others = [slot for slot in _NAMED if slot not in own.slots]
    if slot not in _TYPED:
        others = [other for other in others if other in _TYPED]
    beside = [
        Point(f"B{at}", "核实" + draw.choice(_NAMED[slot]).format(act),
              topic="arrange" if slot is Slot.WHO_ORDERED else "", slots=(slot,))
        for at, slot in enumerate(draw.sample(others, min(4, len(others))))
    ]  # fmt: skip
    far = [p for p in case.points if p.id != own.id]
    points = [own, *beside, *draw.sample(far, min(4, len(far)))]
    draw.shuffle(points)
    return replace(case, points=tuple(points)), own.text


def _slot_asked(one: Written) -> Slot | None:
    """What the question asks and the answer says, if that is one slot."""
    question = next(text for who, text in reversed(one.turns) if who == "q")
    told = {role.strip("!?") for *_, roles in one.marks for role in roles.split("+")}
    typed = {slot for slot, rule in SLOTS if rule.search(question)} & _TYPED
    if typed:
        slot = next(iter(typed)) if len(typed) == 1 else None
        return slot if slot is not None and _ROLE[slot] in told else None
    if "ord" in told and re.search(r"谁|哪个|安排|让|叫|派|喊|意思|定的", question):
        return Slot.WHO_ORDERED
    if "did" in told and re.search(r"谁|哪个|哪些人", question):
        return Slot.WHO_DID
    return Slot.WHETHER if one.whole in ("yes", "no") else None


def _asked(one: Written, case: Case, names: Names, name: str = "") -> Asked | None:
    turns = tuple(
        Turn(str(at), Role.QUESTION if who == "q" else Role.ANSWER, text, at, at + 1)
        for at, (who, text) in enumerate(one.turns)
    )
    heard = Heard(Exchange("A", "说话人", exchanges.DAY, "zh", turns), case, names)
    prepared = heard.turns()
    questions = [asked for _, asked in prepared if asked is not None][::-1][:3]
    if not questions:
        return None
    said = said_turns(heard, prepared)
    features = features_of(case, questions, said[-1].text)
    right = [p.text for p in case.points].index(name or one.point.text)
    return Asked(one.source, said[-4:], case.points, right, features, one.whole == "off")


def changed(turns: tuple[Said, ...], draw: random.Random) -> tuple[Said, ...]:
    """Without marks, some of it misheard."""
    rate = draw.choice((0.0, 0.05, 0.1))
    made = [rewritten(t, lambda text: text.translate(_NO_MARKS)) for t in turns]
    if rate:
        made = [rewritten(t, lambda text: misheard(text, rate, draw)) for t in made]
    return tuple(made)


_NO_MARKS = str.maketrans("", "", ",.?:")
