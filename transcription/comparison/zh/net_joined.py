"""The rules' facts about a point and the network's, brought together.

Facts of the network fill slots in which the rules found nothing, flatly from ``FLAT`` on, with a
hedge from ``HEDGED`` on. A flat fact of the rules for which the network sees no ground in the
answer is hedged: it may be shown, it never makes a red.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from transcription.comparison import net_found
from transcription.comparison.model import (
    Certainty,
    Fact,
    Fit,
    Point,
    Slot,
    Thing,
    Turn,
    Whether,
    Who,
)
from transcription.comparison.net_found import HEDGED, Found
from transcription.comparison.values import aside_zh
from transcription.comparison.values.asked_zh import SLOTS
from transcription.comparison.values.bind_zh import asked_aside
from transcription.comparison.values.fitting import fit
from transcription.comparison.zh import matters
from transcription.comparison.zh.answer_orders import ADMONISHED
from transcription.comparison.zh.clauses import Clause, of_flat
from transcription.comparison.zh.deeds import done_to
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_reading import View, found_in, views
from transcription.comparison.zh.occasion import of_this
from transcription.comparison.zh.people import Speech
from transcription.comparison.zh.tying import share_of
from transcription.comparison.zh.whose import of_another_thing, of_others, works_on_another

#: Least probability of a fact of the network said flatly.
FLAT = 0.65
#: An answer more likely than this to be about something else gives nothing.
OFF = 0.5
#: Least probability that the network gives a flat fact of the rules.
SUPPORT = 0.2
#: A question less likely than this to be about the point (``tie.py``) gives no fact of it, one
#: less likely than the other no flat one.
UNRELATED, UNLIKELY = 0.02, 0.05
#: Where the rules say another thing, they are hedged if the network is this sure.
AGAINST = 0.85

#: 不是老王就是老李: one of two is nobody to name.
_EITHER = re.compile(r"不是[^，。,.]{1,6}就是|要么[^。.]{1,10}要么|或者")
#: 我让老赵打的: who was told to did it, in so few words that the rules read nothing wrong.
_HAD_DONE = re.compile(r"^是?[^没不]{1,4}[让叫派喊][^没不]{2,4}\S{1,2}的[。.]?$")
#: 小陈在边上听着呢: who stood by was not told.
_STOOD_BY = re.compile(
    r"在(?:边上|旁边|跟前|一旁|场)|(?:听|看)(?:着呢|着哩|见了|到了|得(?:清|真))|听着"
)
#: 就二虎一个, 加起来五个: counted in so many words.
_COUNTED = re.compile(
    r"还有[一二两三四五六七八九十]个|(?:就|只有|只)[^，。,.没不]{1,5}(?:一个|独个|自个|自己)|"
    r"加起来|一共|总共|拢共|连我|算上|"
    r"加上我|凑拢来?"
)
#: 快晌午了: an answer that begins with a time and nothing else, in characters.
_SHORT = 7
#: 还不是我喊的: of course he did.
_OF_COURSE = re.compile(
    r"^(?:那|这)?(?:还不是|可不就?是|不就是)[^没不,，]{2,12}的[啊呀嘛呗]?[。.]?$"
)
#: 后面他要喊哪个去做, 我管不着: nobody is named.
_WHOMEVER = re.compile(r"(?:要|想|爱|会)(?:喊|叫|派|让|找|安排)(?:谁|哪个)")
#: A denial that nobody put into words is none to quote.
_NEGATION = re.compile(r"[没不无未莫冇别]|哪[里有儿会能敢轮]|谁说|咋|怎么|啥")


def joined(heard: Heard, point: Point, ruled: Sequence[Fact]) -> list[Fact]:
    """All facts of the exchange about the point."""
    seen = views(heard, point, ruled)
    found = [one for view in seen for one in found_in(heard, point, view)]
    facts = combined(heard, point, ruled, seen, found)
    return of_this(heard, point, _on_point(heard, point, facts))


def _on_point(heard: Heard, point: Point, facts: Sequence[Fact]) -> list[Fact]:
    """Without those from an answer to a question about something else, unlikely ones hedged."""
    place = {turn.id: at for at, turn in enumerate(heard.exchange.turns)}
    made: list[Fact] = []
    for fact in facts:
        share = share_of(heard, place[fact.turn], point)
        if share < UNRELATED or of_another_thing(fact.text, heard.case, point):
            continue
        hedge = share < UNLIKELY and fact.certainty is Certainty.FLAT
        hedge = hedge and not _told_freely(heard, place[fact.turn], fact)
        made.append(replace(fact, certainty=Certainty.HEDGED) if hedge else fact)
    return made


def _told_freely(heard: Heard, at: int, fact: Fact) -> bool:
    """An order told to 说一下经过, which is about no point."""
    asked = next((q for _, q in heard.turns()[at::-1] if q is not None), None)
    orders = (Slot.WHO_ORDERED, Slot.TO_WHOM)
    return asked is not None and asked.open and fact.slot in orders


def combined(
    heard: Heard, point: Point, ruled: Sequence[Fact], seen: Sequence[View], found: Sequence[Found]
) -> list[Fact]:
    """As ``joined``, of what was found already."""
    by_turn = {
        heard.exchange.turns[view.turn].id: view for view in seen if not _chosen(heard, view)
    }
    facts = [_doubted(heard, fact, by_turn.get(fact.turn), found) for fact in ruled]
    aside = asked_aside(heard, point)
    told = {fact.slot for fact in ruled if fact.certainty is not Certainty.UNKNOWN}
    for one in found:
        if one.off > OFF or one.score < HEDGED or one.slot in told:
            continue
        if _orders_himself(one, found, facts, heard):
            continue
        if one.turn in aside and one.slot in SLOTS:
            continue
        if one.slot in point.slots and not _set_aside(heard, point, one):
            facts.append(_fact(heard, point, one))
    return facts


def _orders_himself(
    one: Found, found: Sequence[Found], facts: Sequence[Fact], heard: Heard
) -> bool:
    """Who is said to have ordered it and to have been told to: the less likely part goes."""
    other = {Slot.WHO_ORDERED: Slot.TO_WHOM, Slot.TO_WHOM: Slot.WHO_ORDERED}.get(one.slot)
    if other is None or not isinstance(one.value, Who) or not one.value.people:
        return False
    turn = heard.exchange.turns[one.turn].id
    ruled = any(
        f.slot is other and f.turn == turn and isinstance(f.value, Who)
        and f.value.people == one.value.people
        for f in facts
    )  # fmt: skip
    return ruled or any(
        o.slot is other and o.turn == one.turn and isinstance(o.value, Who)
        and o.value.people == one.value.people and o.score > one.score
        for o in found
    )  # fmt: skip


def support(fact: Fact, view: View) -> float:
    """How likely the network finds what the rules found in that answer."""
    return net_found.support(fact, view, view.who, view.speech.flat.span)


def _plainly(fact: Fact) -> bool:
    """Said in so few words, or in such a form, that the rules read nothing wrong."""
    match fact.slot:
        case Slot.WHO_DID:
            return bool(_HAD_DONE.match(fact.text) or _OF_COURSE.match(fact.text))
        case Slot.HOW_MANY:
            return bool(_COUNTED.search(fact.text))
        case Slot.WHEN:
            return len(fact.text) <= _SHORT and fact.span[0] == 0
        case _:
            return False


def _taken_back(heard: Heard, one: Found) -> bool:
    """四个, 不对, 五个: the network's value stands in what was taken back."""
    clause = _clause_of(heard.turns()[one.turn][0], one)
    return clause is not None and clause.withdrawn


def _doubted(heard: Heard, fact: Fact, view: View | None, found: Sequence[Found]) -> Fact:
    """The rules' fact, hedged where the network sees no ground for it."""
    if fact.certainty is not Certainty.FLAT or fact.event or fact.value is None or view is None:
        return fact
    against = [
        one for one in found
        if one.slot is fact.slot and one.score >= AGAINST and not one.hedged
        and not _denies(fact, one) and not _taken_back(heard, one)
        and fit(fact.slot, fact.value, one.value) is Fit.INCOMPATIBLE
    ]  # fmt: skip
    if against and fact.slot is Slot.HOW_MANY and _plainly(fact):
        return fact
    if against or (not _plainly(fact) and support(fact, view) < SUPPORT):
        return replace(fact, certainty=Certainty.HEDGED)
    return fact


def _chosen(heard: Heard, view: View) -> bool:
    """One of two that the question names (你叫的还是他叫的): the rules' business."""
    asked = next((q for _, q in heard.turns()[view.turn :: -1] if q is not None), None)
    return asked is not None and asked.choice


def _set_aside(heard: Heard, point: Point, one: Found) -> bool:
    """What the network found and nobody said in words that could be quoted for it."""
    turn, speech = heard.exchange.turns[one.turn], heard.turns()[one.turn][0]
    if isinstance(one.value, Whether):
        asked = next((q for _, q in heard.turns()[one.turn :: -1] if q is not None), None)
        if asked is not None and of_others(asked, heard.case, point):
            return True
        own = matters.profile(point)
        return own.family == "permit" and matters.about(speech.flat.text, own) < 0
    clause = _clause_of(speech, one)
    text = clause.text if clause is not None else speech.flat.text
    if one.mark is not None and _beside(heard, point, one):
        return True
    if isinstance(one.value, Thing):
        return not one.value.names and not _NEGATION.search(text)
    if not isinstance(one.value, Who):
        return clause is not None and (clause.planned or clause.ought or clause.withdrawn)
    if one.slot is Slot.WHO_DID and one.value.people & done_to(point.text, heard.case):
        return True
    if _EITHER.search(turn.text) or (clause is not None and clause.ought):
        return True
    if not (one.value.people or one.value.others or one.value.nobody):
        another = one.slot is Slot.WHO_ORDERED and works_on_another(text, heard, point)
        return another or not _NEGATION.search(text)
    if one.slot is Slot.TO_WHOM and clause is not None and _STOOD_BY.search(clause.text):
        return True
    if one.slot is not Slot.WHO_DID and clause is not None and _WHOMEVER.search(clause.text):
        return True
    return one.slot is not Slot.WHO_DID and bool(ADMONISHED.search(text))


def _beside(heard: Heard, point: Point, one: Found) -> bool:
    """What stands around the value sets it aside (``aside_zh``), whoever found it."""
    mark, text = one.mark, heard.turns()[one.turn][0].flat.text
    if mark is None or one.slot not in (Slot.HOW_MANY, Slot.WITH_WHAT):
        return False
    asked = next((q for _, q in heard.turns()[one.turn :: -1] if q is not None), None)
    question = asked.plain if asked is not None else ""
    span = (mark.start, mark.end)
    if one.slot is Slot.HOW_MANY:
        return aside_zh.judged(one.slot, text, span, point.verbs, question) == aside_zh.ASIDE
    known = "".join((point.text, question, *point.verbs, *point.items))
    return aside_zh.other_act(text, span, known)


def _denies(fact: Fact, one: Found) -> bool:
    """是王班长不是李主任: of denials the rules know more."""
    ruled, read = fact.value, one.value
    return isinstance(ruled, Who) and isinstance(read, Who) and bool(ruled.denied & read.people)


def _clause_of(speech: Speech, one: Found) -> Clause | None:
    if one.mark is None:
        return None
    start, end = one.mark.start, one.mark.end
    return next((c for c in of_flat(speech.flat) if c.start < end and start < c.end), None)


def _fact(heard: Heard, point: Point, one: Found) -> Fact:
    turn: Turn = heard.exchange.turns[one.turn]
    speech = heard.turns()[one.turn][0]
    clause = _clause_of(speech, one)
    span = clause.span if clause is not None else speech.flat.span(0, len(speech.flat.text))
    words = [w for w in turn.words if w.span[0] < span[1] and span[0] < w.span[1]]
    doubt = clause is not None and (clause.hedged or clause.unknown)
    named = clause is not None and matters.about(clause.text, matters.profile(point)) > 0
    unsure = one.hedged or (one.asked < 2 and not named) or one.score < FLAT or doubt
    return Fact(
        point=point.id,
        event="",
        slot=one.slot,
        value=one.value,
        certainty=Certainty.HEDGED if unsure else Certainty.FLAT,
        turn=turn.id,
        span=span,
        speaker=heard.exchange.speaker,
        room=heard.exchange.room,
        start_us=min((w.start_us for w in words), default=turn.start_us),
        confidence=min((w.confidence for w in words), default=1000),
        repaired=any(w.repaired for w in words),
        text=turn.text[span[0] : span[1]],
    )
