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
from transcription.comparison.values.bind_zh import read_values
from transcription.comparison.zh import deeds, marks, matters, orders, second, yesno
from transcription.comparison.zh.clauses import Clause, of_flat
from transcription.comparison.zh.people import (
    ANY,
    LIST,
    Listener,
    Mention,
    Mentions,
    Reference,
    Speech,
)
from transcription.comparison.zh.polarity import polarity
from transcription.comparison.zh.questions import Question, understand


def read(exchange: Exchange, case: Case, lexicon: Mentions, point: Point | None) -> list[Fact]:
    """Facts of the exchange about ``point``; about every point of the case without one."""
    points = case.points if point is None else (point,)
    out: list[Fact] = []
    remembering = _Remembering(lexicon)
    for each in points:
        out += _Reading(exchange, case, remembering, each).facts()
        out += read_values(exchange, case, remembering, each)
    return out


class _Remembering:
    """A lexicon that looks through a text once, however many points are read."""

    def __init__(self, lexicon: Mentions) -> None:
        self.lexicon = lexicon
        self.known: dict[str, list[Mention]] = {}

    def mentions(self, text: str) -> list[Mention]:
        if text not in self.known:
            self.known[text] = list(self.lexicon.mentions(text))
        return self.known[text]


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


#: Whether it was so and how it is put; no certainty: nothing is said.
_Said = tuple[bool | None, Certainty | None]


@dataclass
class _Told:
    """What an answer says of the order, gathered clause by clause."""

    agents: Reference = field(default_factory=Reference)
    denied: Reference = field(default_factory=Reference)
    to: Reference = field(default_factory=Reference)
    not_to: Reference = field(default_factory=Reference)
    nobody: bool = False
    hedged: bool = True  # until something flat is said
    best: _Piece | None = None


class _Reading:
    def __init__(self, exchange: Exchange, case: Case, lexicon: Mentions, point: Point) -> None:
        self.exchange = exchange
        self.case = case
        self.point = point
        self.own = matters.profile(point)
        self.listener = Listener(case, lexicon, exchange.speaker, self.own.spoken)
        self.out: list[Fact] = []

    def facts(self) -> list[Fact]:
        question = Question()
        standing = 0  # whether the question in force is about the point
        for turn in self.exchange.turns:
            speech = self.listener.prepare(turn.text, turn.role)
            if turn.role is Role.QUESTION:
                asked = understand(speech)
                now = self._on_point(asked, turn)
                goes_on = asked.elliptic or asked.asks_who or asked.open or asked.idle
                if now == 0 and (asked.elliptic or not asked.families) and goes_on:
                    now = standing
                    asked = _go_on(asked, question)
                question, standing = asked, now
                continue
            answer = _Answer(turn, speech, question, standing)
            answer.pieces = self._pieces(speech, question)
            self._answer(answer)
        return self.out

    # --- topic ---------------------------------------------------------------------------------

    def _on_point(self, question: Question, turn: Turn) -> int:
        if turn.point:
            return 1 if turn.point == self.point.id else -1
        about = matters.about(question.plain, self.own, asked=True)
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

    def _pieces(self, speech: Speech, question: Question) -> list[_Piece]:
        index = {start: at for at, (start, _) in enumerate(speech.places)}
        out: list[_Piece] = []
        carried = ""
        issued = self._handed_out(question.plain)
        for clause in of_flat(speech.flat):
            start = _nearest(index, clause.start, len(speech.places))
            end = _nearest(index, clause.end, len(speech.places))
            text = speech.text[start:end]
            about = matters.about(clause.text, self.own)
            if self._handed_out(clause.text) and not issued:
                about = -1
            piece = _Piece(clause, text, start, about, carried)
            mine = _first_subject(text)
            carried = mine or carried
            out.append(piece)
        return _join_speech(out, self.own)

    def _handed_out(self, text: str) -> bool:
        """面罩是发了的 does not say that it was worn; asked for, it is an event of its own."""
        return self.own.family == "ppe" and _only_handed_out(text, self.own)

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
        question = answer.question
        asked = answer.on_point > 0 and question.asks_order and question.pointed
        if question.usual and asked:
            return
        told = _Told()
        unknown: _Piece | None = None
        for at, piece in enumerate(answer.pieces):
            clause = piece.clause
            first = asked and at == 0
            required = clause.ought and "要求" not in clause.text
            if clause.withdrawn or required or marks.MEANT.search(clause.text):
                continue
            if clause.habitual and (not first or _another_day(answer.pieces[at + 1 :])):
                continue
            if piece.topic < 0 and not first:
                continue
            found = [o for o in orders.find(piece.text) if not o.asked]
            if clause.unknown and not any(o.negated or o.nobody for o in found):
                unknown = unknown or piece
                continue
            took = self._take_orders(found, piece, answer, told, asked)
            if asked and question.asks_whom:
                took = self._take_whom(piece, answer, told) or took
            elif not took and asked:
                took = self._short_order(piece, answer, told, at)
            if took:
                told.best = told.best or piece
                told.hedged = told.hedged and (clause.hedged or _doubtful(clause))
        if told.best is None and unknown is None and asked and not question.asks_whom:
            self._second(answer, Slot.WHO_ORDERED)
            return
        self._say_orders(answer, told, unknown, asked)

    def _take_orders(
        self, found: list[orders.Order], piece: _Piece, answer: _Answer, told: _Told, asked: bool
    ) -> bool:
        clause, speech = piece.clause, answer.speech
        took = False
        for order in found:
            if not self._relevant(order, piece, answer, asked):
                continue
            agent, patient = speech.refer(order.agent), speech.refer(order.patient)
            if order.nobody:
                if clause.rhetorical or not self._own_relevant(order, asked, answer):
                    continue
                told.nobody = took = True
                continue
            negated = (order.negated or clause.rhetorical) and not clause.affirming
            negated = negated or self._contrasted(order, piece, answer)
            if negated and _or_else(piece, answer.pieces):
                negated = False
            if "他" in piece.clause.text or "她" in piece.clause.text:
                agent = self._not_patient(agent, answer.question)
            if not order.agent:
                agent = self._default_agent(order, piece, answer)
                if not agent.ids and not agent.others:
                    if negated and answer.question.asks_whom:
                        told.not_to |= patient
                        took = True
                    elif negated and asked and answer.question.asks_who:
                        told.nobody = took = True
                    continue
            if negated and told.agents.ids & agent.ids and patient.ids - told.to.ids:
                told.not_to |= patient
            elif negated and told.agents.ids & agent.ids:  # 只让他去看看, 没让他换
                told.agents = Reference(told.agents.ids - agent.ids)
                told.denied |= agent
            elif negated:
                told.denied |= agent
                told.not_to |= patient
            elif agent.ids and agent.ids <= told.denied.ids and not self._names_work(order):
                continue  # 没有, 我派他扫院子: another order
            else:
                told.agents |= agent
                told.to |= patient
            took = True
        return took

    def _not_patient(self, agent: Reference, question: Question) -> Reference:
        """他派的, to 你和老李谁派的老张: he who was sent did not send."""
        if question.speech is None or len(agent.ids) != 1:
            return agent
        sent = {i for o in question.orders if o.asked for i in question.speech.refer(o.patient).ids}
        if not agent.ids <= sent:
            return agent
        named = question.speech.refer(question.text).ids - sent - {self.exchange.speaker}
        return Reference(frozenset(named)) if len(named) == 1 else Reference(others=-1, vague=True)

    def _contrasted(self, order: orders.Order, piece: _Piece, answer: _Answer) -> bool:
        """派的是扫卫生, 不是换灯: of the point's work it is denied."""
        if self._names_work(order):
            return False
        after = [p for p in answer.pieces if p.start > piece.start][:1]
        return any(
            re.match(r"(?:可|又)?(?:不是|没说|没)", p.text) and not orders.find(p.text)
            and matters.own_words(p.clause.text, self.own)
            for p in after
        )  # fmt: skip

    def _names_work(self, order: orders.Order) -> bool:
        return matters.own_words(_plain(order.act), self.own)

    def _take_whom(self, piece: _Piece, answer: _Answer, told: _Told) -> bool:
        """Who the order went to, to a question that asks for it: 冲小宫啊, 由他负责."""
        took = False
        for m in _ASSIGNED.finditer(piece.text):
            who = answer.speech.refer(m.group(m.lastgroup or 0))
            if re.search(r"(?:没有?|不是|不|别)[^,.\ue000-\uf8ff]{0,3}$", piece.text[: m.start()]):
                told.not_to |= who
            else:
                told.to |= who
            took = True
        if took or told.to.ids:
            return took
        for deed in deeds.bare(_TOWARDS.sub("", piece.text)):
            who = answer.speech.refer(deed.people)
            if deed.negated:
                told.not_to |= who
            else:
                told.to |= who
            took = True
        return took

    def _say_orders(
        self, answer: _Answer, told: _Told, unknown: _Piece | None, asked: bool
    ) -> None:
        best = told.best
        if best is None:
            if unknown is not None and (asked or unknown.topic > 0):
                self._fact(answer, Slot.WHO_ORDERED, None, unknown, Certainty.UNKNOWN)
            return
        certainty = Certainty.HEDGED if told.hedged else Certainty.FLAT
        agents, denied = told.agents, told.denied.ids - told.agents.ids
        if agents.ids or agents.others or denied or told.nobody:
            nobody = told.nobody and not agents.ids and not agents.others
            value = Who(agents.ids, denied, nobody, _others(agents))
            repaired = agents.repaired or told.denied.repaired
            self._fact(answer, Slot.WHO_ORDERED, value, best, certainty, repaired)
        to = told.to
        if Slot.TO_WHOM in self.point.slots and (to.ids or told.not_to.ids):
            whom = Who(to.ids, told.not_to.ids - to.ids, False, to.others)
            if agents.ids or answer.question.asks_whom:
                self._fact(answer, Slot.TO_WHOM, whom, best, certainty, to.repaired)

    def _relevant(self, order: orders.Order, piece: _Piece, answer: _Answer, asked: bool) -> bool:
        """The order is one to do the point's work."""
        act = _plain(order.act)
        if _CARE.match(act):
            return False
        if not act and order.weak and not asked:
            return answer.on_point > 0 or piece.topic > 0
        if not act or asked:
            return not (act and matters.about(act, self.own) < 0)
        about = matters.about(act, self.own)
        if about != 0:
            return about > 0
        if answer.on_point < 0:
            return False
        told = answer.question.open or piece.topic > 0
        if not order.weak and told and not _OTHER_ACT.search(act):
            return True
        return bool(_GENERIC_ACT.search(act)) or piece.topic > 0

    def _own_relevant(self, order: orders.Order, asked: bool, answer: _Answer) -> bool:
        if not order.own_accord:
            return True
        act = _plain(order.act)
        if asked:
            return matters.about(act, self.own) >= 0
        return answer.on_point >= 0 and (
            matters.own_words(act, self.own)
            or (answer.question.open and bool(_GENERIC_ACT.search(act)))
        )

    def _default_agent(self, order: orders.Order, piece: _Piece, answer: _Answer) -> Reference:
        """The agent of 让他去的 without one: who was spoken of, or who the question named."""
        speech, question = answer.speech, answer.question
        if piece.subject:
            carried = speech.refer(piece.subject)
            if not carried.ids & speech.refer(order.patient).ids:
                return carried
        asked = self._asked_agent(question)
        begins = order.start <= 5 and not re.search(r"^[^,.]{1,6}[这那两]", piece.text)
        if asked.ids and (order.negated or begins):
            return asked
        denies = order.negated and bool(_DENIES.match(piece.text)) and question.yes_no
        if denies and "你" in question.plain:
            return Reference(frozenset({self.exchange.speaker}))
        return Reference()

    def _asked_agent(self, question: Question) -> Reference:
        """Who the question says ordered: 是老李叫的吗; 派过他没有 asks the one it is put to."""
        if question.speech is None:
            return Reference()
        for order in question.orders:
            if order.agent:
                return question.speech.refer(order.agent)
        for order in question.orders:
            patient = question.speech.refer(order.patient)
            told = question.yes_no and not (order.nobody or order.asked) and bool(patient.ids)
            if told and self.exchange.speaker not in patient.ids:
                return Reference(frozenset({self.exchange.speaker}))
        return Reference()

    def _short_order(self, piece: _Piece, answer: _Answer, told: _Told, at: int) -> bool:
        """A bare name, or a yes or no that takes its content from the question."""
        question, speech = answer.question, answer.speech
        asked = next((o for o in question.orders if o.agent), None)
        named = question.asks_who or question.yes_no or question.choice
        took = False
        for deed in deeds.bare(piece.text) if named and not told.agents.ids else ():
            who = speech.refer(deed.people)
            if not who.ids and len(answer.pieces) > 1 and at == 0:
                continue  # 领导, 我先喝口水: a form of address
            if deed.negated:
                told.denied |= who
                took = True
            elif question.asks_who or question.choice or at > 0 or asked is None:
                told.agents |= who
                took = True
        if took:
            return True
        because = question.why and bool(
            re.match(r"(?:因为|由于|主要是|考虑到|看他|看中)", piece.text)
        )
        holds = yesno.short(piece.clause.text, question.plain) if at <= 1 else None
        if because and at == 0 and self._asked_agent(question).ids:
            told.agents |= self._asked_agent(question)
            return True
        if not question.yes_no or holds is None:
            return False
        meant = self._asked_agent(question)
        if meant.ids:
            negated = asked is not None and asked.negated and "不是" not in question.plain
            negative = question.negative or negated
            if _affirmed(holds, negative, piece.clause.text):
                told.agents |= meant
            else:
                told.denied |= meant
            return True
        if any(o.own_accord for o in question.orders) and holds:
            told.nobody = True
            return True
        return False

    # --- who_did -------------------------------------------------------------------------------

    def _deeds(self, answer: _Answer) -> None:
        question, speech = answer.question, answer.speech
        on = answer.on_point > 0
        asked = on and (question.asks_who or question.exists or bool(question.orders))
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
            if clause.unknown and not self._did_not_watch(piece):
                unknown = unknown or piece
                continue
            if clause.asking or (question.usual and on):
                continue
            found: list[deeds.Deed] = []
            if piece.topic > 0 or on:
                alone = on and at > 0 and not LIST.search(piece.text)
                carried = piece.subject if alone else ""
                found = deeds.find(piece.text, self.own, on, question.verb, carried)
            if (
                not found
                and on
                and (
                    question.asks_who
                    or question.choice
                    or question.exists
                    or (question.yes_no and at > 0)
                )
            ):
                found = deeds.bare(piece.text)
            if not found and asked and _nobody_there(clause.text, question, at):
                found = [deeds.Deed("", 0, len(piece.text), nobody=True)]
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
                elif deed.bare and nobody:
                    continue  # 一个人也没有, 就他自己
                elif (deed.negated or clause.rhetorical) and not clause.affirming:
                    denied = denied | who
                else:
                    did = did | who
                best = best or piece
                doubtful = _doubtful(clause) or self._hearsay(piece, answer)
                hedged = hedged and (clause.hedged or doubtful)
        if best is not None:
            value = Who(did.ids, denied.ids - did.ids, nobody and not did.ids, _others(did))
            certainty = Certainty.HEDGED if hedged else Certainty.FLAT
            self._fact(
                answer, Slot.WHO_DID, value, best, certainty, did.repaired or denied.repaired
            )
        elif unknown is not None and asked:
            self._fact(answer, Slot.WHO_DID, None, unknown, Certainty.UNKNOWN)
        elif asked and not question.usual:
            self._second(answer, Slot.WHO_DID)

    def _hearsay(self, piece: _Piece, answer: _Answer) -> bool:
        """班长说开了: what another says, not what the speaker knows."""
        m = _ANOTHER_SAYS.search(piece.text)
        return bool(m) and self.exchange.speaker not in answer.speech.refer(m[1] if m else "").ids

    def _did_not_watch(self, piece: _Piece) -> bool:
        """老栾没看, of a watch: he did not watch, it is not that somebody did not see."""
        return self.own.family == "supervise" and bool(deeds.UNWATCHED.search(piece.text))

    def _second(self, answer: _Answer, slot: Slot) -> None:
        """The classifiers' reading, where the rules have none."""
        pieces = [p for p in answer.pieces if _actual(p.clause) and not p.clause.asking]
        turned = any(p.clause.rhetorical or p.clause.affirming for p in pieces)
        if not pieces or turned or any(p.topic < 0 for p in answer.pieces):
            return
        said = second.opinion(slot, answer.question.plain, answer.speech, self.point)
        if said is None:
            return
        piece = next((p for p in pieces if p.clause.end > said.span[0]), pieces[-1])
        did, denied = said.did, said.denied.ids - said.did.ids
        nobody = said.nobody and not did.ids
        if not (did.ids or denied or nobody):
            return
        sure = said.certainty is Certainty.FLAT and said.score >= second.VERY_SURE
        flat = sure and not any(p.clause.hedged or p.clause.unknown for p in answer.pieces)
        value = Who(did.ids, frozenset(denied), nobody, _others(did))
        self._fact(answer, slot, value, piece, Certainty.FLAT if flat else Certainty.HEDGED)

    def _asked_deed(self, piece: _Piece, question: Question) -> list[deeds.Deed]:
        """是你打的电话吗? 是 / 不是: the deed is the question's."""
        holds = yesno.short(piece.clause.text, question.plain)
        if holds is None:
            return []
        found = deeds.find(question.text.rstrip("?吗嘛么吧"), self.own, True)
        if not found or not found[0].people:
            echo = holds is False and yesno.echoes(piece.clause.text, question.plain)
            nobody = echo and not question.negative and not LIST.search(question.text)
            return [deeds.Deed("", 0, len(piece.text), nobody=True)] if nobody else []
        turned = found[0].negated and "不是" not in question.plain
        negated = not _affirmed(holds, question.negative or turned, piece.clause.text)
        return [deeds.Deed(found[0].people, -1, -1, negated=negated)]

    # --- whether -------------------------------------------------------------------------------

    def _whether(self, answer: _Answer) -> None:
        question = answer.question
        on = answer.on_point > 0
        topical = [p for p in answer.pieces if p.topic > 0 and not p.clause.asking]
        if (question.usual and on) or not (on or topical) or _asks_identity(question):
            return
        told = [p for p in answer.pieces if not p.clause.unknown]
        usual = all(p.clause.habitual or p.topic == 0 for p in told)
        if self.own.family != "training" and told and told[0].clause.habitual and usual:
            return
        if on and _ASKS_RECORD.search(question.plain):
            return
        if not on and answer.on_point < 0 and all(p.clause.habitual for p in topical):
            return
        ruled, piece, echo = self._ruled(answer)
        learnt = self._learnt(answer, on, topical)
        doubt = any(p.clause.unknown for p in answer.pieces)
        blind = piece is not None and bool(_UNSEEN.search(piece.clause.text))
        holds, certainty = ruled if echo else _together(ruled, learnt[0], doubt, blind)
        if piece is None or (learnt[1] is not None and (ruled[0] is None or ruled[0] != holds)):
            piece = learnt[1]
        if certainty is None or piece is None or _other_day_after(answer.pieces, piece):
            return
        if certainty is Certainty.FLAT and topical and topical[-1].clause.hedged:
            rule = deeds.acts(self.own)
            plain = [p for p in topical if not p.clause.hedged]
            if not any(yesno.clause_holds(p.clause, rule) == holds for p in plain):
                certainty = Certainty.HEDGED
        if on and question.presumed_not and not _OBJECTS.search(piece.clause.text):
            holds, certainty = False, Certainty.HEDGED
        if (
            question.perceives
            and on
            and holds is False
            and _NOT_PERCEIVED.search(piece.clause.text)
        ):
            holds, certainty = None, Certainty.UNKNOWN
        event = "handed out" if self._handed_out(question.plain) else ""
        if not event and self.own.family == "ppe" and not self.own.item:
            event = matters.item_of(piece.clause.text)
        value = None if holds is None else Whether(holds)
        self._fact(answer, Slot.WHETHER, value, piece, certainty, event=event)

    def _ruled(self, answer: _Answer) -> tuple[_Said, _Piece | None, bool]:
        """By rules, clause by clause; the first clause that says it counts.

        The last value: the verb of the question said back (戴了, 没办), which leaves no doubt.
        """
        question, on = answer.question, answer.on_point > 0
        rule = deeds.acts(self.own)
        unknown: _Piece | None = None
        weak: tuple[_Said, _Piece] | None = None
        seen = False
        for at, piece in enumerate(answer.pieces):
            clause = piece.clause
            if clause.withdrawn or clause.planned or clause.ought or piece.topic < 0:
                continue
            seen = seen or piece.topic > 0
            if clause.unknown:
                if piece.topic > 0 or on:
                    unknown = unknown or piece
                continue
            if clause.asking and not (clause.rhetorical or clause.affirming):
                continue
            doubtful = clause.hedged or clause.text.endswith("吧") or self._hearsay(piece, answer)
            how = Certainty.HEDGED if doubtful else Certainty.FLAT
            if (
                on
                and question.asks_who
                and not question.yes_no
                and (
                    yesno.echoes(clause.text, question.plain)
                    and yesno.short(clause.text, question.plain) is False
                )
            ):
                return (False, how), piece, True
            if on and question.yes_no:
                holds = yesno.short(clause.text, question.plain)
                if holds is not None and (at == 0 or yesno.echoes(clause.text, question.plain)):
                    return (_affirmed(holds, question.negative, clause.text), how), piece, True
            about = piece.topic > 0 or (seen and rule.search(clause.text))
            holds = yesno.decisive(clause.text) if about or on else None
            if holds is not None:
                return (holds, how), piece, True
            if weak is None and (about or (on and at == 0)):
                holds = yesno.clause_holds(clause, rule)
                if holds is not None:
                    weak = ((holds, how), piece)
        if weak is not None:
            return (*weak, False)
        if unknown is not None:
            return (None, Certainty.UNKNOWN), unknown, False
        return (None, None), None, False

    def _learnt(
        self, answer: _Answer, on: bool, topical: list[_Piece]
    ) -> tuple[_Said, _Piece | None]:
        """By the classifier, over the pieces that are about the point."""
        people = tuple(name for p in self.case.people for name in (p.id, *p.aliases))
        pieces = [
            p for p in (answer.pieces if on else topical) if p.topic >= 0 and _actual(p.clause)
        ]
        if not pieces or (on and answer.pieces[0].topic < 0 and not topical):
            return (None, None), None
        text = ",".join(p.clause.text for p in pieces)
        said = polarity(answer.question.plain if on else "", text, self.point, people)
        if not said.said:
            return (None, None), None
        at, piece = 0, pieces[0]
        for piece in pieces:
            at += len(piece.clause.text) + 1
            if at > said.span[0]:
                break
        certainty = said.certainty
        if certainty is Certainty.FLAT and piece.clause.hedged:
            certainty = Certainty.HEDGED
        return (said.yes, certainty), piece


#: Small errands people are sent on: no work of the case's.
_OTHER_ACT = re.compile(
    r"签[字名]|开会|吃饭|买|送饭|打扫|值班|报警|打[^,.]{0,4}电话|写|汇报|回家|休息|撤|"
    r"停[工止]|检查|看一?下|交底|培训|戴|系好|注意|小心|照相|拍照|填|登记|复印|接人|救人|"
    r"上[医卫]|送医"
)
#: 交代他注意安全: no order to do the work.
_CARE = re.compile(r"(?:要|一定|必须|先|都)*(?:注意|小心|当心|慢点|系好|戴好|穿好)")
_TOWARDS = re.compile(rf"^[^,.\ue000-\uf8ff]{{0,4}}[冲对给派点叫找]的?是?(?={ANY})")
_DENIES = re.compile(r"(?:嗯|啊|哦|那|可|也|真|从来|根本|压根儿?|绝对|并|我)*(?:没|不)")
_ASSIGNED = re.compile(
    rf"(?:由|归)(?P<a>{LIST.pattern})(?:来|去|自己)?(?:负责|干|做|弄|接|落实|牵头|带|搞|管)|"
    rf"(?:[交派分推包布指]|安排|分配|布置|交代)给(?:了|的是)?(?P<b>{LIST.pattern})|"
    rf"点(?:的|名)(?:就)?(?:是)?(?P<c>{LIST.pattern})|(?P<d>{LIST.pattern})(?:负责|去落实|"
    rf"牵头)(?!的)|"
    rf"(?:冲|对着|朝|指着|落[到在]|给了|头上是|名字是)(?P<e>{LIST.pattern})"
)
_SAYS = re.compile(
    r"(?:说|讲|喊|(?:说|讲|喊|吼|撂|扔|来|丢)(?:了|过|下)?(?:一|两|几|这么一|那么一)?(?:句|声|"
    r"嗓子|句话)|发话|打(?:了)?(?:个)?电话|来(?:了)?电话|发微信|原话(?:是|就是)?|"
    r"[说讲][\ue000-\ue9ff]|一句话|手一[指挥]|打(?:过)?来的?|打给[\ue000-\ue9ff]的?|"
    r"(?:跟|对|冲)[\ue000-\ue9ff](?:说|讲))$"
)


_IDLE_TALK = re.compile(r"(?:瞎|胡|乱|别|没|不|听|再|怎么|咋|这么|那么)(?:说|讲|喊)$")


def _join_speech(pieces: list[_Piece], own: matters.Profile) -> list[_Piece]:
    """老侯手一指说 | 你去把煤清了: what somebody is quoted with belongs to his saying it."""
    out: list[_Piece] = []
    for piece in pieces:
        if (
            out
            and _SAYS.search(out[-1].text)
            and not _IDLE_TALK.search(out[-1].text)
            and not out[-1].clause.unknown
        ):
            before = out[-1]
            clause = replace(
                before.clause,
                span=(before.clause.span[0], piece.clause.span[1]),
                end=piece.clause.end,
                text=before.clause.text + piece.clause.text,
            )
            text = before.text + piece.text
            out[-1] = _Piece(
                clause, text, before.start, matters.about(clause.text, own), before.subject
            )
            if len(piece.text) <= 3:  # a form of address: 占江, 你进去
                out[-1].text += "说"
        else:
            out.append(piece)
    return out


_GENERIC_ACT = re.compile(
    r"干活|作业|施工|开工|把活|[这那]个?活|"
    r"^(?:[一二两三四五六七八九十几\d]+个?(?:人|工人)?|俩|仨|你|你们|我|我们|赶紧|赶快|快|"
    r"抓紧|先|再|就|都|一起|一块儿?|直接|马上|立刻|现在|今天|"
    r"上午|下午|必须|一定|也|要|得)*"
    r"(?:[上下进出过回]?[去来]|[上下进])?(?:看看)?(?:干|弄|做|搞|处理|动手|整)?(?:一?[趟下]|"
    r"掉|了|的|吧|呗|嘛|啊|呀)*"
    r"(?:$|大概|大约|[上下]午|早上|中午|晚上|\d|[一二两三四五六七八九十]+点|然后|后来|当时|那天)"
)


def _actual(clause: Clause) -> bool:
    """What happened, not what ought to or was meant to, and not taken back."""
    return not (clause.ought or clause.planned or clause.withdrawn)


def _other_day_after(pieces: list[_Piece], piece: _Piece) -> bool:
    """办过一张, 不过是上个月的: not of this event."""
    later = [p.clause for p in pieces if p.clause.start > piece.clause.start]
    return bool(later) and later[0].habitual and bool(_THAT_WAS.match(later[0].text))


_THAT_WAS = re.compile(r"(?:不过|但|那|可|都|只|就|也)*(?:是|那是|还是)")


_NOBODY = re.compile(
    r"(?:没有?人|没得人|无人|一个人[也都]没有?|一个[也都]没有?|没安排人|"
    r"鬼影子?[也都]没有?)[了的啊呀哇]?$"
)


#: 上面有你的签名对吧: a yes is about the paper.
_ASKS_RECORD = re.compile(
    r"(?:记录|档案|签到|单子|票|表)[^.?]{0,8}(?:上面?|里面?)[^.?]{0,4}(?:是|"
    r"有)[^.?]{0,4}(?:签|名字|字)|签名是(?:不是)?你"
)


_ANOTHER_SAYS = re.compile(
    rf"({ANY})(?:都|也|后来|当时)?(?:说(?![的了过])|讲(?![的了过课])|告诉{ANY}|"
    rf"跟{ANY}说)(?:是)?(?=[^,.])"
)


#: 谁说没办: turns down what the question takes for granted.
_OBJECTS = re.compile(r"谁说|\uea00说|没有的事|不是没|[办系戴开测签做][了着过]|有的$")


def _nobody_there(text: str, question: Question, at: int) -> bool:
    """A no to 有人看着吗, or 没人 at the end of what is said."""
    if _NOBODY.search(text):
        return True
    return question.exists and at == 0 and yesno.short(text) is False


def _or_else(piece: _Piece, pieces: list[_Piece]) -> bool:
    """我不叫他上去, 难道我自己爬上去: of course he did."""
    if re.search(r"[不没][^,.]{1,6}(?:谁敢|\uea00敢|敢[^,.]{1,4}吗|怎么敢|哪敢)", piece.text):
        return True  # 他不点头谁敢动
    after = next((p.text for p in pieces if p.start > piece.start), "")
    return bool(re.match(r"难道|不然|还能|那谁|活谁干", after)) and "不" in piece.text


def _only_handed_out(text: str, own: matters.Profile) -> bool:
    """面罩是发了的 does not say that it was worn."""
    worn = re.search(r"[戴系穿]", own.point.text)
    return (
        bool(worn) and bool(re.search(r"[发领配买]", text)) and not re.search(r"[戴系穿套扣]", text)
    )


def _asks_identity(question: Question) -> bool:
    """监护的是你吗: a no denies the person, not the thing."""
    return question.yes_no and bool(_IDENTITY.search(question.text))


_IDENTITY = re.compile(
    rf"(?:的|人|员)(?:就)?(?:是不是|是){ANY}[^,.]{{0,3}}\??$|"
    rf"是(?:不是)?{ANY}[^,.]{{1,12}}的[吗吧么嘛]?\??$"
)


def _together(ruled: _Said, learnt: _Said, doubt: bool, blind: bool = False) -> _Said:
    """Rules and classifier.

    ``doubt``: somewhere the answer says that the speaker does not know; ``blind``: the clause in
    question says that he did not see.
    """
    (rule, how), (kind, sure) = ruled, learnt
    if sure is None:
        return ruled
    if kind is None:
        if rule is None or doubt:
            return (None, Certainty.UNKNOWN)
        return (rule, how)
    if how is None:
        return learnt
    if rule is None and blind:
        return (None, Certainty.UNKNOWN)
    if rule is None:
        return (kind, Certainty.HEDGED)
    if sure is Certainty.HEDGED and rule != kind:
        return (rule, Certainty.HEDGED)
    if rule == kind:
        return (kind, Certainty.HEDGED if how is Certainty.HEDGED else Certainty.FLAT)
    return (kind, sure)


_UNSEEN = re.compile(r"没(?:有)?(?:见|看见|看到|看清|注意|留意|留心|听见|听到|听说)")
#: 没见过, 没有 (to 你见过没有): the speaker did not see.
_NOT_PERCEIVED = re.compile(
    r"(?:没有?|不)(?:见过|看见|看到|听说|注意|知道|晓得|清楚|印象)|^[^,.]{0,4}(?:没有?|"
    r"不)(?:见|看|听)|^(?:没有?|不)[啊呀]?$"
)


def _affirmed(holds: bool, negative: bool, said: str) -> bool:
    """Yes and no to 没安排吧: 对 and 没有 both say he did not, 不 says he did."""
    if not negative:
        return holds
    if holds:
        return bool(re.search(r"有|了|过", said))
    return bool(re.match(r"^(?:不|怎么|哪|谁说)", said))


def _others(who: Reference) -> int:
    """Somebody unnamed beside a name is the same somebody."""
    return 0 if who.ids and who.vague else who.others


def _another_day(pieces: list[_Piece]) -> bool:
    """平时他派, 那天是 ...: what follows is about the day itself."""
    return any(
        re.search(r"那天|当天|这次|这回|那次|那回|当时|这一次", p.clause.text) for p in pieces
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
