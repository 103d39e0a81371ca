"""From an exchange to facts about a point: questions and answers aligned, slots filled.

For each answer: what was asked (the question before it, or an earlier one it goes on from), whether
the talk is about the point, and per slot what is said. Nothing is guessed: an answer that cannot be
tied to the point gives no fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from transcription.comparison.model import (
    Case,
    Certainty,
    Exchange,
    Fact,
    Point,
    Role,
    Slot,
    Turn,
    Value,
    Whether,
    Who,
)
from transcription.comparison.zh import deeds, matters, orders, yesno
from transcription.comparison.zh.clauses import Clause, of_flat
from transcription.comparison.zh.people import LIST, Listener, Mentions, Reference, Speech
from transcription.comparison.zh.questions import Question, understand


def read(exchange: Exchange, case: Case, lexicon: Mentions, point: Point | None) -> list[Fact]:
    """Facts of the exchange about ``point``; about every point of the case without one."""
    if point is not None:
        return _Reading(exchange, case, lexicon, point).facts()
    out: list[Fact] = []
    for each in case.points:
        out += _Reading(exchange, case, lexicon, each).facts()
    return out


@dataclass
class _Piece:
    """A clause with its stretch of the speech."""

    clause: Clause
    text: str  # with people as characters
    start: int  # in Speech.text
    topic: int = 0  # matters.about
    subject: str = ""  # mention characters carried on to clauses without a subject


@dataclass
class _Answer:
    turn: Turn
    speech: Speech
    question: Question
    on_point: int  # of the question: 1, 0, -1
    pieces: list[_Piece] = field(default_factory=list)


class _Reading:
    def __init__(self, exchange: Exchange, case: Case, lexicon: Mentions, point: Point) -> None:
        self.exchange = exchange
        self.case = case
        self.point = point
        self.own = matters.profile(point)
        self.listener = Listener(case, lexicon, exchange.speaker)
        self.out: list[Fact] = []

    def facts(self) -> list[Fact]:
        question = Question()
        standing = 0  # whether the question in force is about the point
        for turn in self.exchange.turns:
            speech = self.listener.prepare(turn.text, turn.role)
            if turn.role is Role.QUESTION:
                asked = understand(speech)
                now = self._on_point(asked, turn)
                if now == 0 and (asked.elliptic or not asked.families) and not asked.open:
                    now = standing
                    asked = _go_on(asked, question)
                question, standing = asked, now
                continue
            answer = _Answer(turn, speech, question, standing)
            answer.pieces = self._pieces(speech)
            self._answer(answer)
        return self.out

    # --- topic ---------------------------------------------------------------------------------

    def _on_point(self, question: Question, turn: Turn) -> int:
        if turn.point:
            return 1 if turn.point == self.point.id else -1
        about = matters.about(question.plain, self.own)
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

    def _pieces(self, speech: Speech) -> list[_Piece]:
        index = {start: at for at, (start, _) in enumerate(speech.places)}
        out: list[_Piece] = []
        carried = ""
        topic = 0
        for clause in of_flat(speech.flat):
            start = _nearest(index, clause.start, len(speech.places))
            end = _nearest(index, clause.end, len(speech.places))
            text = speech.text[start:end]
            about = matters.about(clause.text, self.own)
            topic = about or topic
            piece = _Piece(clause, text, start, about, carried)
            mine = _first_subject(text)
            carried = mine or carried
            out.append(piece)
        return out

    # --- answering -----------------------------------------------------------------------------

    def _answer(self, answer: _Answer) -> None:
        slots = self.point.slots
        if Slot.WHO_ORDERED in slots or Slot.TO_WHOM in slots:
            self._orders(answer)
        if Slot.WHO_DID in slots:
            self._deeds(answer)
        if Slot.WHETHER in slots:
            self._whether(answer)

    def _fact(
        self, answer: _Answer, slot: Slot, value: Value | None, piece: _Piece, certainty: Certainty,
        repaired: bool = False, event: str = "",
    ) -> None:  # fmt: skip
        span = piece.clause.span
        words = [w for w in answer.turn.words if w.span[0] < span[1] and span[0] < w.span[1]]
        self.out.append(
            Fact(
                point=self.point.id,
                event=event,
                slot=slot,
                value=value,
                certainty=certainty,
                turn=answer.turn.id,
                span=span,
                speaker=self.exchange.speaker,
                room=self.exchange.room,
                start_us=min((w.start_us for w in words), default=answer.turn.start_us),
                confidence=min((w.confidence for w in words), default=1000),
                repaired=repaired or any(w.repaired for w in words),
                text=answer.turn.text[span[0] : span[1]],
            )
        )

    # --- who_ordered, to_whom ------------------------------------------------------------------

    def _orders(self, answer: _Answer) -> None:
        question, speech = answer.question, answer.speech
        asked = answer.on_point > 0 and question.asks_order
        agents, denied, nobody = Reference(), Reference(), False
        to, not_to = Reference(), Reference()
        best: _Piece | None = None
        hedged = True
        unknown: _Piece | None = None
        order_asked = next((o for o in question.orders if o.agent), None)
        for at, piece in enumerate(answer.pieces):
            clause = piece.clause
            if clause.withdrawn or (clause.habitual and not (asked and at == 0)):
                continue
            if piece.topic < 0 and not (asked and at == 0):
                continue
            found = [o for o in orders.find(piece.text) if not o.asked]
            if clause.unknown and not any(o.negated or o.nobody for o in found):
                unknown = unknown or piece
                continue
            if clause.planned or clause.ought:
                found = [o for o in found if not clause.ought]
            took = False
            for order in found:
                if not self._relevant(order, piece, answer, asked):
                    continue
                agent = speech.refer(order.agent)
                patient = speech.refer(order.patient)
                if not order.agent and not order.nobody:
                    agent = self._default_agent(order, piece, answer, order_asked)
                    if not agent.ids and not agent.others:
                        if order.negated and asked and not question.yes_no:
                            nobody, took = True, True
                        continue
                negated = order.negated or (clause.rhetorical and not order.nobody)
                if order.nobody:
                    if not self._own_relevant(order, patient, asked, answer):
                        continue
                    nobody = True
                elif negated:
                    if agents.ids & agent.ids and patient.ids:
                        not_to = not_to | patient
                        took = True
                        continue
                    denied = denied | agent
                else:
                    agents = agents | agent
                    to = to | patient
                took = True
            if not took and asked:
                took, agents, denied = self._short_order(
                    piece, answer, agents, denied, order_asked, at
                )
            if took:
                best = best or piece
                hedged = hedged and (clause.hedged or _doubtful(clause))
        if best is not None:
            certainty = Certainty.HEDGED if hedged else Certainty.FLAT
            value = Who(
                agents.ids - (denied.ids - agents.ids), denied.ids - agents.ids,
                nobody and not agents.ids, agents.others,
            )  # fmt: skip
            repaired = agents.repaired or denied.repaired
            self._fact(answer, Slot.WHO_ORDERED, value, best, certainty, repaired)
            if Slot.TO_WHOM in self.point.slots and agents.ids and (to.ids or not_to.ids):
                self._fact(
                    answer, Slot.TO_WHOM, Who(to.ids, not_to.ids - to.ids, False, to.others), best,
                    certainty, to.repaired,
                )  # fmt: skip
        elif unknown is not None and (asked or unknown.topic > 0):
            self._fact(answer, Slot.WHO_ORDERED, None, unknown, Certainty.UNKNOWN)

    def _relevant(self, order: orders.Order, piece: _Piece, answer: _Answer, asked: bool) -> bool:
        """The order is one to do the point's work."""
        act = _plain(order.act)
        if not act or asked:
            return not (act and matters.about(act, self.own) < 0)
        about = matters.about(act, self.own)
        if about != 0:
            return about > 0
        if answer.on_point < 0:
            return False
        return bool(_GENERIC_ACT.search(act)) or piece.topic > 0

    def _own_relevant(
        self, order: orders.Order, patient: Reference, asked: bool, answer: _Answer
    ) -> bool:
        if not order.own_accord:
            return True
        act = _plain(order.act)
        if asked:
            return matters.about(act, self.own) >= 0
        return answer.on_point >= 0 and (
            matters.own_words(act, self.own) or bool(_GENERIC_ACT.search(act))
        )

    def _default_agent(
        self, order: orders.Order, piece: _Piece, answer: _Answer, asked: orders.Order | None
    ) -> Reference:
        """The agent of 让他去的 without one: who was spoken of, or who the question named."""
        speech = answer.speech
        if piece.subject:
            carried = speech.refer(piece.subject)
            if not carried.ids & speech.refer(order.patient).ids:
                return carried
        if asked is not None and answer.question.speech is not None:
            return answer.question.speech.refer(asked.agent)
        if (
            order.negated
            and re.match(r"(?:嗯|啊|哦|那|可|也|真|从来|根本|压根|绝对|并)*(?:没|不)", piece.text)
            and answer.question.yes_no
            and answer.question.plain
            and "你" in answer.question.plain
        ):
            return Reference(frozenset({self.exchange.speaker}))
        return Reference()

    def _short_order(
        self, piece: _Piece, answer: _Answer, agents: Reference, denied: Reference,
        asked: orders.Order | None, at: int,
    ) -> tuple[bool, Reference, Reference]:  # fmt: skip
        question, speech = answer.question, answer.speech
        if question.asks_who or question.yes_no:
            bare = deeds.bare(piece.text)
            if bare is not None:
                who = speech.refer(bare.people)
                if bare.negated:
                    return True, agents, denied | who
                if question.asks_who or at > 0 or not asked:
                    return True, agents | who, denied
        if question.yes_no and asked is not None and question.speech is not None:
            holds = yesno.short(piece.clause.text)
            if holds is not None and at <= 1:
                who = question.speech.refer(asked.agent)
                if holds != (question.negative or asked.negated):
                    return True, agents | who, denied
                return True, agents, denied | who
        return False, agents, denied

    # --- who_did -------------------------------------------------------------------------------

    def _deeds(self, answer: _Answer) -> None:
        question, speech = answer.question, answer.speech
        on = answer.on_point > 0
        asked = on and (question.asks_who or bool(question.orders))
        did, denied, nobody = Reference(), Reference(), False
        best: _Piece | None = None
        hedged = True
        unknown: _Piece | None = None
        for at, piece in enumerate(answer.pieces):
            clause = piece.clause
            if clause.withdrawn or clause.habitual or clause.planned or clause.ought:
                continue
            if piece.topic < 0 and not (on and at == 0 and not self.own.family):
                continue
            if clause.unknown:
                unknown = unknown or piece
                continue
            found: list[deeds.Deed] = []
            if piece.topic > 0 or on:
                found = deeds.find(piece.text, self.own, on)
            if not found and on and (question.asks_who or (question.yes_no and at > 0)):
                bare = deeds.bare(piece.text)
                found = [bare] if bare is not None else []
            if not found and on and question.yes_no and at == 0:
                found = self._asked_deed(piece, question)
            for deed in found:
                who = (
                    speech.refer(deed.people)
                    if deed.start >= 0
                    else (question.speech.refer(deed.people) if question.speech else Reference())
                )
                if deed.nobody:
                    nobody = True
                elif deed.negated or clause.rhetorical:
                    denied = denied | who
                else:
                    did = did | who
                best = best or piece
                hedged = hedged and (clause.hedged or _doubtful(clause))
        if best is not None:
            value = Who(did.ids, denied.ids - did.ids, nobody and not did.ids, did.others)
            certainty = Certainty.HEDGED if hedged else Certainty.FLAT
            self._fact(
                answer, Slot.WHO_DID, value, best, certainty, did.repaired or denied.repaired
            )
        elif unknown is not None and asked:
            self._fact(answer, Slot.WHO_DID, None, unknown, Certainty.UNKNOWN)

    def _asked_deed(self, piece: _Piece, question: Question) -> list[deeds.Deed]:
        """是你打的电话吗? 是 / 不是: the deed is the question's."""
        holds = yesno.short(piece.clause.text)
        if holds is None:
            return []
        found = deeds.find(question.text.rstrip("?吗嘛么吧"), self.own, True)
        if not found or not found[0].people:
            return []
        negated = holds == (question.negative or found[0].negated)
        return [deeds.Deed(found[0].people, -1, -1, negated=negated)]

    # --- whether -------------------------------------------------------------------------------

    def _whether(self, answer: _Answer) -> None:
        question = answer.question
        on = answer.on_point > 0
        rule = deeds.acts(self.own)
        for at, piece in enumerate(answer.pieces):
            clause = piece.clause
            if clause.withdrawn or clause.planned or clause.ought or piece.topic < 0:
                continue
            topical = piece.topic > 0
            if clause.unknown:
                if topical or on:
                    self._fact(answer, Slot.WHETHER, None, piece, Certainty.UNKNOWN)
                continue
            holds: bool | None = None
            if on and at == 0 and question.yes_no:
                holds = yesno.short(clause.text)
                if holds is not None and question.negative:
                    holds = not holds
            if holds is None and (topical or (on and at == 0)):
                holds = yesno.clause_holds(clause, rule)
            if holds is None:
                continue
            event = (
                matters.item_of(clause.text or question.plain) if self.own.family == "ppe" else ""
            )
            certainty = Certainty.HEDGED if clause.hedged else Certainty.FLAT
            self._fact(answer, Slot.WHETHER, Whether(holds), piece, certainty, event=event)
            break


_GENERIC_ACT = re.compile(
    r"^(?:[赶快抓先再就都一起块儿直接马上立刻现在今天上下午]*)(?:去|来|干|下|上|进|弄|做|过去|"
    r"作业|动手|搞|处理|开工|施工|干活|$|的$|了$)"
)


def _plain(text: str) -> str:
    return "".join(c for c in text if not "\ue000" <= c <= "\uf8ff")


def _doubtful(clause: Clause) -> bool:
    """是王队吧: a bare 吧 after people, not after a number."""
    return bool(re.search(r"吧$", clause.text)) and not re.search(
        r"[\d一二三四五六七八九十两几][^,.]{0,4}吧$", clause.text
    )


def _go_on(asked: Question, before: Question) -> Question:
    """A follow-up takes from the question before what it does not say itself."""
    return replace(
        asked,
        asks_order=asked.asks_order or before.asks_order,
        asks_who=asked.asks_who or (before.asks_who and not asked.slots),
        yes_no=asked.yes_no,
        orders=asked.orders or before.orders,
        speech=asked.speech if asked.orders or not before.orders else before.speech,
        slots=asked.slots or before.slots,
    )


def _nearest(index: dict[int, int], at: int, end: int) -> int:
    """The character of the speech at or after a place of the flattened text."""
    for ahead in range(at, at + 12):
        if ahead in index:
            return index[ahead]
    return end


def _first_subject(text: str) -> str:
    for m in LIST.finditer(text):
        before = text[: m.start()]
        if re.search(r"(?:跟|对|给|向|找|替|帮|为|把|将|问)$", before):
            continue
        if text[m.end() : m.end() + 1] == "的":
            continue
        return m.group()
    return ""
