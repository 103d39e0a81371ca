"""Where somebody was: the places an answer puts the point's person at, or denies.

For points about one person's whereabouts. Denied places stand beside the named ones in one value
(一直在办公楼开会, 没去过罐区). Not seeing somebody, or not knowing, says nothing of the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
from transcription.comparison.zh.clauses import Clause, clauses

_THERE = re.compile(r"在|到|去|来|进|上|下|回|往|过")
_NOT_THERE = re.compile(r"(?:没有?|未|不|别)(?:曾)?(?:去|到|来|在|进|上|下)|没.{0,2}过")
_ASKS_WHERE = re.compile(
    r"在哪|什么地方|什么位置|哪里|哪儿|到过|去过|来过|在不在|[站蹲待呆坐躲](?:在)?哪|"
    r"在[^，。？]{1,8}[吗吧]|"
    r"看[到见]"
)
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
    r"(?:在|对|往|到)?(?:那个|那)?$"
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
    asked = told = opened = other = False
    for turn in exchange.turns:
        if turn.role is Role.QUESTION:
            before, asked = (
                asked,
                turn.point == point.id
                or (bool(_ASKS_WHERE.search(turn.text)) and not _OTHER_TIME.search(turn.text)),
            )
            if asked:
                told, other = _about(turn, exchange, names, who)
            elif before and len(turn.text.strip("？?。， ")) <= _GOES_ON_MAX:
                asked = True
            opened = opened or asked
        elif (
            opened or turn.point == point.id or _OF_HIS_OWN.search(turn.text)
        ) and not _ALL_LATER.search(turn.text):
            reader = _Answer(exchange, names, who, told=told and asked, other=other)
            fact = reader.read(turn, point)
            if fact is not None:
                out.append(fact)
    return out


def _about(turn: Turn, exchange: Exchange, names: _Names, who: str) -> tuple[bool, bool]:
    """Whether the question asks where that person was; where somebody else was."""
    people = {m.id for m in names.mentions(turn.text) if m.kind == "person"}
    if who in people:
        return True, False
    if people - {exchange.speaker}:
        return False, True
    pronoun = "你" if who == exchange.speaker or not who else "[他她]"
    return bool(re.search(pronoun, turn.text)), False


class _Answer:
    """One answer. ``told``: its question asked where the person was, so no subject is needed;
    ``other``: where somebody else was."""

    def __init__(
        self, exchange: Exchange, names: _Names, who: str, *, told: bool, other: bool
    ) -> None:
        self.exchange, self.names = exchange, names
        self.who, self.told, self.other = who, told, other
        self.at: set[str] = set()
        self.denied: set[str] = set()
        self.best: Clause | None = None
        self.sounds = self.hedged = False

    def read(self, turn: Turn, point: Point) -> Fact | None:
        """The places of one turn, as one fact."""
        earlier = False
        for clause in clauses(turn.text):
            before, earlier = (
                earlier,
                bool(_BEFORE_THAT.search(turn.text[clause.span[0] : clause.span[1]])),
            )
            if before:
                continue
            skipped = clause.unknown or clause.withdrawn or clause.planned or clause.habitual
            said = turn.text[clause.span[0] : clause.span[1]]
            if not (skipped or clause.asking or _OTHER_TIME.search(said)):
                self._clause(clause, said)
        if self.best is None or not self.at | self.denied:
            return None
        return self._fact(turn, point, self.best)

    def _clause(self, clause: Clause, said: str) -> None:
        found = list(self.names.mentions(said))
        people = {m.id for m in found if m.kind == "person"}
        places = [m for m in found if m.kind == "place"]
        if not places:
            self._unlisted(clause, said, people)
            return
        first, last = places[0], places[-1]
        before = said[: first.span[0]]
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
        self.hedged = self.hedged or clause.hedged
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
        if who and speaker != who:
            named = who in people or bool(_HE.search(before))
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
