"""Where somebody was: the places an answer puts the point's person at, or denies.

For points about one person's whereabouts. Denied places stand beside the named ones in one value
(一直在办公楼开会, 没去过罐区). Not seeing somebody, or not knowing, says nothing of the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from transcription.comparison.model import (
    Case,
    Certainty,
    Exchange,
    Fact,
    Point,
    Role,
    Slot,
    Thing,
    Turn,
)
from transcription.comparison.values.things_zh import places as things
from transcription.comparison.zh.clauses import Clause, clauses, is_hedged_at

_THERE = re.compile(r"在|搁|到|去|来|进|上|下|回|往|过|[坐蹲站躺待呆守杵猫趴靠窝]")
#: Right before a place: whose it is, whoever else is named.
_I_STOOD = re.compile(
    r"(?:我|俺)(?:们|人|自己|当时|那会儿|就|正|一直|也|还|都|是)*(?:在|[站坐蹲待呆守躺趴](?:在|"
    r"到)?)(?:那个|那)?$"
)
#: 老王喊出声的那一刻: the moment, with whoever is named for it.
_MOMENT_OF = re.compile(
    r"[^，。,？?]*?(?:的?(?:时候|那会儿?|那时候?|那阵|当口)|的?那一?[刻下声瞬]间?|的?(?<![当那这同平])时(?=[^间候]))"
)
_NOT_THERE = re.compile(r"(?:没有?|未|不|别)(?:曾)?(?:去|到|来|在|进|上|下)|没.{0,2}过")
_ASKS_WHERE = re.compile(
    r"在哪|什么地方|什么位置|哪里|哪儿|到过|去过|来过|在不在|[站蹲待呆坐躲](?:在)?哪|"
    r"在[^，。？]{1,8}[吗吧]|在吗|在没在|"
    r"看[到得]?[到见]|视线|眼皮底下|碰[到见]|"
    r"(?:旁边|身边|周围|跟前|附近|左右|边上|一起|一块儿?)[^，。？]{0,4}(?:谁|什么人|啥人|哪些人|"
    r"哪个|哪几个)|"
    r"(?:有|还有|都)[些]?(?:谁|哪些人|什么人|哪几个)|(?:谁|哪些人|哪个)(?:还)?在|"
    r"(?:在|正)?(?:做|干|忙)(?:着|些|点)?(?:什么|啥|么)"
)
#: 出事那会儿你见过他没有; 你那天见过他吗 asks for no moment.
_ASKS_SEEN = re.compile(r"见(?:过|着|没见)")
#: 事故当天上午你在哪里: a longer time than the moment; 那一刻, 出事的时候: the moment.
_LONGER = re.compile(
    r"早上|早晨|早起|上午|中午|晌午|下午|傍晚|晚上|前半晌|后半晌|半夜|天[刚快才]?(?:亮|黑)|"
    r"[上下]班|"
    r"(?:[0-9一二三四五六七八九十两]+)点"
)
_MOMENT = re.compile(
    r"时|那一?[刻下会瞬声]|那阵|当口|出事(?!当天|那天|前|后|当日)|爆|炸|塌|垮|倒|掉|坠|着火|起火|"
    r"漏|喷|响|夹|砸|喊|叫"
)
#: 就坐我食堂里: the speaker's place, not the speaker.
_MY_PLACE = re.compile(
    r"(?<=[在到来去进回坐站蹲待呆躲])(?:我|俺|咱)(?:们|这|那)?$|^(?:就|都)?我(?:这|那)$"
)
#: 我俩都在桥面上: with the one spoken of.
_US_TWO = re.compile(r"我(?:们)?(?:俩|两个?|几个)|咱俩|一起|一块|都在")
#: 在: yes to 他在吗.
_YES_THERE = re.compile(r"^(?:嗯|对|是|他)*在(?:的|呢|啊|呀|哩|嘞)?(?:[，。,.]|$)")
_ASKS_THERE = re.compile(r"在(?:不在|没在)?(?:吗|么|嘛|没|不)?[?？。]*$")
_OF_HIS_OWN = re.compile(r"到[^，。]{1,4}(?:的时候|看)")
#: A question that goes on from the one before: 操作室？ 照实说。
_GOES_ON_MAX = 6
#: 早上班前会您在哪, 事故之后的事: another time than the moment that a point asks about.
_OTHER_TIME = re.compile(r"班前|早会|点名|平时|平常|之后|以后|过后|事后|后来")
#: 早上上塔之前, 在大门口: the clause before says when, and it is not that moment.
_BEFORE_THAT = re.compile(
    r"^(?:[那当]天|头天|一?大?早上?|早晨|上午|中午|下午)*[^,，。]{1,5}(?:之前|以前|前)[,，]?$|"
    r"^头天|^前一天"
)
#: Said of all that stands beside it.
_ALL_LATER = re.compile(r"(?:之后|以后|过后|后来)的事|事后的")
_HE = re.compile(r"[他她]")
#: Before the place in an answer that says nothing but it: 库里, 就在平台上, 对售票处窗口.
_NOTHING_BEFORE = re.compile(
    r"^(?:那个|那会儿|当时|那时候?|正|就|是|都|人|还|应该|好像|可能|嗯|哦|啊|对|[，。、 ])*"
    r"(?:在|搁|对|往|到)?(?:那个|那)?$"
)
#: 平台上没他: he was not there.
_NOBODY_THERE = re.compile(
    r"^(?:里面?|上面?|下面?|那边|那儿|那里|边上)?(?:没有?|不见|没见)[着到]?[他她]"
)
_SPOT = re.compile(
    r"^(?:的)?(?:里面|里头|里边|上面|上头|上边|下面|底下|下头|边上|旁边|门口|跟前|附近|那边|那儿|"
    r"那里|那头|那块|"
    r"里|上|下|边|内|旁)"
)
_ROOM = re.compile(
    r"(?P<some>[一-鿿]{1,3}(?:房|间|室|库|棚|仓|车间)|库|仓|棚)(?:里面|里头|里边|门口|里|上|边)?$"
)


#: 在家, 在县里开会: nowhere near, whatever the case file lists.
_FAR = re.compile(
    r"(?:在|回)(?P<far>老家|家|外地|外省|县里|县城|市里|市区|省城|省里|城里|镇上|医院)(?:里)?"
    r"(?:[^,.，。]{0,2}(?:睡|休息|开会|办事|吃饭|待着|躺|看病|出差|陪|"
    r"带孩子)[^,.，。]{0,4})?[，。,.]?$"
)


class _Mention(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def span(self) -> tuple[int, int]: ...
    @property
    def by_sound(self) -> bool: ...


class _Names(Protocol):
    def mentions(self, text: str) -> Iterable[_Mention]: ...


def whereabouts(exchange: Exchange, case: Case, names: _Names, point: Point) -> list[Fact]:
    """One fact for each answer that puts the person somewhere."""
    who = next((p.id for p in case.people if p.id in point.text), "")
    out: list[Fact] = []
    asked = told = opened = other = moment = there = False
    # 核实他当时在哪里 sets no moment
    at_large = not _MOMENT.search(point.text.replace("当时", ""))
    for turn in exchange.turns:
        if turn.role is Role.QUESTION:
            before, asked = asked, turn.point == point.id or _asks_where(turn.text, at_large)
            there = asked and bool(_ASKS_THERE.search(turn.text))
            if asked:
                told, other = _about(turn, exchange, names, who)
                moment = at_large or bool(turn.point) or bool(_MOMENT.search(turn.text))
            elif _what_of(turn.text, names, who):
                asked, told, other = True, True, False
            elif before and len(turn.text.strip("？?。， ")) <= _GOES_ON_MAX:
                asked = True
            opened = opened or asked
        elif (
            opened or turn.point == point.id or _OF_HIS_OWN.search(turn.text)
        ) and not _ALL_LATER.search(turn.text):
            reader = _Answer(exchange, names, who, told=told and asked, other=other, moment=moment)
            fact = reader.read(turn, point)
            if fact is None and out and there and told and _YES_THERE.match(turn.text):
                fact = _still(out[-1], turn)
            if fact is not None:
                out.append(fact)
    return out


def _asks_where(text: str, at_large: bool) -> bool:
    """Of the moment that a point asks about, or of that day at large."""
    seen = _ASKS_SEEN.search(text) and (at_large or _MOMENT.search(text.replace("当时", "")))
    if not (_ASKS_WHERE.search(text) or seen) or _OTHER_TIME.search(text):
        return False
    return at_large or not _LONGER.search(text) or bool(_MOMENT.search(text))


def _what_of(text: str, names: _Names, who: str) -> bool:
    """那老王呢, after a question for others."""
    found = [m for m in names.mentions(text) if m.kind == "person"]
    return len(text) <= 8 and len(found) == 1 and found[0].id == who and bool(_AND_HE.search(text))


_AND_HE = re.compile(r"呢[?？。]*$")


def _still(said: Fact, turn: Turn) -> Fact:
    """他在吗? 在: where he was said to be before."""
    return replace(
        said,
        turn=turn.id,
        span=(0, len(turn.text)),
        text=turn.text,
        start_us=turn.start_us,
        confidence=min((w.confidence for w in turn.words), default=1000),
        repaired=said.repaired or any(w.repaired for w in turn.words),
    )


def _about(turn: Turn, exchange: Exchange, names: _Names, who: str) -> tuple[bool, bool]:
    """Whether the question asks where that person was; where somebody else was."""
    asked = _MOMENT_OF.sub("", turn.text) or turn.text
    people = {m.id for m in names.mentions(asked) if m.kind == "person"}
    if who in people:
        return True, False
    if people - {exchange.speaker}:
        return False, True
    pronoun = "你" if who == exchange.speaker or not who else "[他她]"
    return bool(re.search(pronoun, asked)), False


class _Answer:
    """One answer. ``told``: its question asked where the person was, so no subject is needed;
    ``other``: where somebody else was; ``moment``: its question named the moment."""

    def __init__(
        self,
        exchange: Exchange,
        names: _Names,
        who: str,
        *,
        told: bool,
        other: bool,
        moment: bool = True,
    ) -> None:
        self.exchange, self.names = exchange, names
        self.who, self.told, self.other, self.moment = who, told, other, moment
        self.named = False  # the person, in a clause before
        self.at: set[str] = set()
        self.denied: set[str] = set()
        self.best: Clause | None = None
        self.sounds = self.hedged = False

    def read(self, turn: Turn, point: Point) -> Fact | None:
        """The places of one turn, as one fact."""
        earlier = False
        for clause in clauses(turn.text):
            said = turn.text[clause.span[0] : clause.span[1]]
            before, earlier = earlier, self._not_then(said)
            if before or (earlier and not _BEFORE_THAT.search(said)):
                continue
            skipped = clause.unknown or clause.withdrawn or clause.planned or clause.habitual
            if not (skipped or clause.asking or _OTHER_TIME.search(said)):
                self._clause(clause, said)
        if self.best is None or not self.at | self.denied:
            return None
        return self._fact(turn, point, self.best)

    def _not_then(self, said: str) -> bool:
        """头天, 上塔之前; 天刚亮, where the question did not name the moment."""
        if _BEFORE_THAT.search(said):
            return True
        return not self.moment and bool(_LONGER.search(said)) and not _MOMENT.search(said)

    def _clause(self, clause: Clause, said: str) -> None:
        found = list(self.names.mentions(said))
        people = {m.id for m in found if m.kind == "person"}
        if self.named and _US_TWO.search(said):
            people.add(self.who)
        self.named = self.named or self.who in people
        places = [m for m in found if m.kind == "place"]
        if not places:
            self._unlisted(clause, said, people)
            return
        first, last = places[0], places[-1]
        before = _MY_PLACE.sub("", said[: first.span[0]])
        bare = self.told and bool(_NOTHING_BEFORE.search(before))
        if not (bare or (_THERE.search(said) and self._speaks_of(people, before))):
            return
        if bare and _NOBODY_THERE.match(said[last.span[1] :]):
            self.denied.add(last.id)
            if len(places) == 1:
                self.best = self.best or clause
                return
            places, last = places[:1], first
        if _NOT_THERE.search(said):
            self.denied.add(last.id)
        else:
            self.at.add(last.id)
            self.best = self.best or clause
        self.hedged = self.hedged or (clause.hedged and is_hedged_at(said, *last.span))
        self.sounds = self.sounds or any(m.by_sound for m in places)
        self.best = self.best or clause

    def _unlisted(self, clause: Clause, said: str, people: set[str]) -> None:
        """A place that the case file does not list, said in answer to where: 库里; 在炉子跟前."""
        if not self.told or self.at or _NOT_THERE.search(said):
            return
        away = _FAR.search(said)
        if away is not None and _NOTHING_BEFORE.search(
            said[: away.start("far")].removesuffix("在")
        ):
            self.at.add(away["far"])
            self.best = self.best or clause
            self.hedged = self.hedged or clause.hedged
            return
        for place, (start, end), _ in things(said, self.names):
            before = said[:start]
            mine = self._speaks_of(people, before) and before.endswith("在")
            if mine or _NOTHING_BEFORE.search(before):
                self._unlisted_at(clause, min(place.names), said[end:])
                return
        room = _ROOM.search(said.rstrip("，。？,.? "))
        if room is not None and _NOTHING_BEFORE.search(said[: room.start()]):
            self._unlisted_at(clause, room["some"], "里")

    def _unlisted_at(self, clause: Clause, name: str, after: str) -> None:
        if _SPOT.match(after) or _ROOM.search(name):
            self.at.add(name)
            self.best = self.best or clause
            self.hedged = True

    def _speaks_of(self, people: set[str], before: str) -> bool:
        who, speaker = self.who, self.exchange.speaker
        if _I_STOOD.search(before):
            return who in ("", speaker)
        if who and speaker != who:
            named = who in people or bool(_HE.search(before))
            named = named or (self.named and not people and "我" not in before)
            return named or (self.told and "我" not in before and not people - {who})
        if self.other and "我" not in before:
            return False
        return not (people - {speaker}) and not _HE.search(before)

    def _fact(self, turn: Turn, point: Point, best: Clause) -> Fact:
        start, end = best.span
        words = [w for w in turn.words if w.span[0] < end and start < w.span[1]]
        return Fact(
            point=point.id,
            event=f"at:{self.who or self.exchange.speaker}",
            slot=Slot.WHERE,
            value=Thing(frozenset(self.at), frozenset(self.denied - self.at)),
            certainty=Certainty.HEDGED if self.hedged else Certainty.FLAT,
            turn=turn.id,
            span=best.span,
            speaker=self.exchange.speaker,
            room=self.exchange.room,
            start_us=min((w.start_us for w in words), default=turn.start_us),
            confidence=min((w.confidence for w in words), default=1000),
            repaired=self.sounds or any(w.repaired for w in words),
            text=turn.text[start:end],
        )
