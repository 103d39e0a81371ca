"""From an exchange to facts about a point: questions and answers aligned, slots filled.

For each answer: what was asked (the question before it, or an earlier one it goes on from), whether
the talk is about the point, and per slot what is said. Nothing is guessed: an answer that cannot be
tied to the point gives no fact. The slots are read in ``answer_orders``, ``answer_deeds``,
``answer_whether`` and, for values, in ``values.bind_zh``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from transcription.comparison.model import Case, Exchange, Fact, Point, Slot, Turn
from transcription.comparison.values.bind_zh import read_values
from transcription.comparison.zh import matters
from transcription.comparison.zh.align import WORN_WHAT
from transcription.comparison.zh.answer_deeds import Deeds
from transcription.comparison.zh.answer_orders import Orders
from transcription.comparison.zh.answer_whether import WhetherSo
from transcription.comparison.zh.answers import Answer
from transcription.comparison.zh.clauses import event_hints
from transcription.comparison.zh.heard import Heard, heard_of
from transcription.comparison.zh.net_joined import joined
from transcription.comparison.zh.people import Mentions
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.tying import tied

#: Acts of their own, whoever did them (``marks.EVENTS``).
_OTHER_ACTS = frozenset(("rescue", "leave", "arrive"))
#: 他和你说话没有, 后来你又去过吗: a yes or no to it is of no act of a point.
_TALK = re.compile(
    r"(?:说|讲|搭|答|回)(?:过|了|上)?(?:一句)?话(?:没|吗|了)|打(?:过|了)?招呼|吭(?:过)?声|"
    r"(?:此后|后来|之后|以后)[^,.?]{0,4}(?:去|来|到)过"
)


def read(exchange: Exchange, case: Case, lexicon: Mentions, point: Point | None) -> list[Fact]:
    """Facts of the exchange about ``point``; about every point of the case without one."""
    points = case.points if point is None else (point,)
    out: list[Fact] = []
    heard = heard_of(exchange, case, lexicon)
    for each in points:
        out += joined(heard, each, ruled(heard, each))
    return out


def ruled(heard: Heard, point: Point) -> list[Fact]:
    """What the rules alone find about the point."""
    return _Reading(heard, point).facts() + read_values(heard, point)


class _Reading(Orders, Deeds, WhetherSo):
    def facts(self) -> list[Fact]:
        question = Question()
        standing = 0  # whether the question in force is about the point
        opened = False  # a question before was
        turns = self.heard.turns(self.own.spoken)
        for at, (turn, (speech, asked)) in enumerate(zip(self.exchange.turns, turns, strict=True)):
            if asked is not None:
                now = self._on_point(asked, turn)
                goes_on = asked.elliptic or asked.asks_who or asked.open or asked.idle
                if now == 0 and (asked.elliptic or not asked.families) and goes_on:
                    now = standing
                    asked = _go_on(asked, question)
                found = tied(self.heard, at)
                if (
                    not turn.point
                    and found.sure
                    and found.point is self.point
                    and self._plainly(asked)
                    and not self._of_another(asked)
                ):
                    now = 1
                question, standing = asked, now
                opened = opened or now > 0
                continue
            answer = Answer(turn, speech, question, standing, opened)
            answer.pieces = self._pieces(speech, question)
            self._answer(answer)
        return self.out

    def _on_point(self, question: Question, turn: Turn) -> int:
        if turn.point:
            return 1 if turn.point == self.point.id else -1
        if self._other_thing(question.plain):
            return -1
        about = matters.about(question.plain, self.own, asked=True)
        if (
            about == 0
            and question.asks_who
            and not question.asks_order
            and self._other_act(question)
        ):
            return -1
        if Slot.WHO_ORDERED in self.point.slots:
            if question.asks_order and not (question.families and about < 1):
                return 1
            if question.families and about < 1:
                return -1
            return 0
        if about > 0 and not self.own.family:
            wanted = set(self.point.slots)
            if question.slots and not question.slots & wanted:
                return 0
        return about

    def _other_act(self, question: Question) -> bool:
        """后来谁送你去的医院: who did another thing."""
        named = set(event_hints(question.plain)) & _OTHER_ACTS
        return bool(named) and not named & set(event_hints(self.point.text))

    def _of_another(self, asked: Question) -> bool:
        """Of another thing of the kind, or of no act of a point."""
        return (
            matters.other_item(asked.plain, self.own)
            or self._other_thing(asked.plain)
            or (asked.yes_no and bool(_TALK.search(asked.plain)))
        )

    @staticmethod
    def _plainly(asked: Question) -> bool:
        """穿的什么 leaves it open; then only what is said of the point's own thing counts."""
        return asked.yes_no or asked.asks_who or not WORN_WHAT.search(asked.plain)

    def _answer(self, answer: Answer) -> None:
        slots = self.point.slots
        if Slot.WHO_ORDERED in slots or Slot.TO_WHOM in slots:
            self._orders(answer)
        if Slot.WHO_DID in slots:
            self._deeds(answer)
        if Slot.WHETHER in slots:
            self._whether(answer)


def _go_on(asked: Question, before: Question) -> Question:
    """A follow-up takes from the question before what it does not say itself."""
    return replace(
        asked,
        asks_order=asked.asks_order or before.asks_order,
        asks_who=asked.asks_who or (before.asks_who and not asked.slots),
        yes_no=asked.yes_no,
        pointed=asked.pointed or before.pointed,
        orders=asked.orders or before.orders,
        speech=asked.speech if asked.orders or not before.orders else before.speech,
        slots=asked.slots or before.slots,
    )
