"""Who ordered, and whom: one answer read for the two slots of an order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from transcription.comparison.model import Certainty, Slot, Who
from transcription.comparison.reference import Reference
from transcription.comparison.zh import commands, deeds, marks, matters, orders, yesno
from transcription.comparison.zh.answers import (
    Answer,
    Piece,
    Reader,
    affirmed,
    doubtful,
    others,
    plain,
)
from transcription.comparison.zh.people import ANY, LIST, WHO
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.whose import works_on_another


@dataclass
class _Told:
    """What an answer says of the order, gathered clause by clause."""

    agents: Reference = field(default_factory=Reference)
    denied: Reference = field(default_factory=Reference)
    to: Reference = field(default_factory=Reference)
    not_to: Reference = field(default_factory=Reference)
    nobody: bool = False
    hedged: bool = True  # until something flat is said
    best: Piece | None = None

    def passed_on(self, agent: Reference, patient: Reference) -> None:
        """让老蒲叫军子: who was told to send another was not sent himself."""
        if self.to.ids & agent.ids and patient.ids - agent.ids:
            self.to = Reference(self.to.ids - agent.ids) | patient


class Orders(Reader):
    """Reads orders, denials of orders and own accord."""

    def _orders(self, answer: Answer) -> None:
        question = answer.question
        asked = answer.on_point > 0 and question.asks_order and question.pointed
        if question.usual and asked:
            return
        told = _Told()
        unknown: Piece | None = None
        quoted = self._commands(answer)
        for at, piece in enumerate(answer.pieces):
            clause = piece.clause
            first = asked and at == 0
            if clause.asking and len(clause.text) <= 5 and len(answer.pieces) > 1:
                continue  # 安排? 我那天不在
            required = clause.ought and "要求" not in clause.text
            if clause.withdrawn or required or marks.MEANT.search(clause.text):
                continue
            if clause.habitual and (not first or _another_day(answer.pieces[at + 1 :])):
                continue
            if piece.topic < 0 and not first:
                continue
            denies = not answer.question.asks_who
            found = [o for o in orders.find(piece.text) if not o.asked or (o.nobody and denies)]
            if at in quoted:
                found = [one] if (one := quoted[at]) is not None else []
            if clause.unknown and not any(
                (o.negated or o.nobody) and not _TOLD_ME.search(clause.text) for o in found
            ):
                unknown = unknown or piece
                continue
            if any(one.negated and self._of_another_machine(one) for one in found):
                piece.topic = -1  # 我没叫他去开蒸汽阀
                continue
            took = self._take_orders(found, piece, answer, told, asked)
            if asked and question.asks_whom:
                took = self._take_whom(piece, answer, told) or took
            elif not took and asked:
                took = self._short_order(piece, answer, told, at)
            if took:
                told.best = told.best or piece
                told.hedged = told.hedged and (
                    clause.hedged or (doubtful(clause) and at not in quoted)
                )
        if told.best is None and unknown is None and asked and not question.asks_whom:
            self._second(answer, Slot.WHO_ORDERED)
            return
        self._say_orders(answer, told, unknown, asked)

    def _commands(self, answer: Answer) -> dict[int, orders.Order | None]:
        """What is quoted as a command, by the clause that says it."""
        speech = answer.speech
        me = "".join(c for c, who in speech.who.items() if who.ids == {self.exchange.speaker})
        mine = next((c for c in me if not speech.who[c].others), "")
        texts = [commands.quoting(speech, p.start, p.text) for p in answer.pieces]
        made: dict[int, orders.Order | None] = {}
        for at, one in commands.commands(texts, me).items():
            if one is None:
                made[at] = None
                continue
            to = one.patient
            if to == commands.YOU:  # 你俩 has more than the one who testifies
                you = answer.pieces[at].text[texts[at].index(commands.YOU)]
                to = you if you in speech.who else mine
            end = len(answer.pieces[at].text)
            made[at] = orders.Order(one.agent, to, one.act.replace(commands.YOU, ""), 0, end)
        return made

    def _take_orders(
        self, found: list[orders.Order], piece: Piece, answer: Answer, told: _Told, asked: bool
    ) -> bool:
        clause, speech = piece.clause, answer.speech
        took = False
        for at, order in enumerate(found):
            agent, patient = speech.refer(order.agent), speech.refer(order.patient)
            if _relayed(order, found[:at]):
                told.passed_on(agent, patient)
                continue
            if order.silent and not self._of_the_work(piece, answer, asked):
                continue
            if not self._relevant(order, piece, answer, asked):
                continue
            if order.nobody:
                told_me = _TOLD_ME.search(clause.text)
                if told_me and any(p.clause.unknown for p in answer.pieces):
                    continue
                if clause.rhetorical or not self._own_relevant(order, asked, answer):
                    continue
                told.nobody = took = True
                continue
            negated = (order.negated or clause.rhetorical) and not clause.affirming
            negated = negated or self._contrasted(order, piece, answer)
            mine = self.exchange.speaker in agent.ids and piece.clause.text.endswith("?")
            negated = negated or (mine and not clause.affirming)  # 我让他去?
            if negated and _or_else(piece, answer.pieces):
                negated = False
            if "他" in piece.clause.text or "她" in piece.clause.text:
                agent = self._not_patient(agent, answer.question)
            if agent.ids and agent.ids == patient.ids:
                continue  # one clause without marks: 叫的我就叫了我一个
            if agent.ids == {self.exchange.speaker} and _PASSED_ON.search(clause.text):
                agent = self._default_agent(replace(order, agent=""), piece, answer)
                if not agent.ids:
                    continue
            nodded = bool(agent.ids) and agent.ids <= told.to.ids and not order.act
            if nodded and not (negated or patient.ids):
                continue  # 我叫王军去, 他点了点头
            if self._another_work(order, patient, answer, told):
                continue
            if negated and answer.question.asks_whom and told.to.ids and not patient.ids:
                continue  # 小严我没叫: says of somebody that he was not sent
            if not order.agent:
                agent = self._default_agent(order, piece, answer)
                if not agent.ids and not agent.others:
                    if not negated and answer.question.asks_whom and patient.ids:
                        told.to |= patient
                        took = True
                    elif negated and answer.question.asks_whom:
                        told.not_to |= patient
                        took = True
                    elif negated and asked and answer.question.asks_who:
                        told.nobody = took = True
                    continue
            if (
                negated
                and told.agents.ids & agent.ids
                and told.to.ids
                and patient.ids - told.to.ids
            ):
                told.not_to |= patient
            elif negated and answer.question.asks_whom and patient.ids:
                told.not_to |= patient  # 派的谁? 没派来喜
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

    def _of_another_machine(self, order: orders.Order) -> bool:
        return works_on_another(plain(order.act), self.heard, self.point)

    def _another_work(
        self, order: orders.Order, patient: Reference, answer: Answer, told: _Told
    ) -> bool:
        """安排给老张, 小王我是让他去搬砖的: another, for other work."""
        act = plain(order.act)
        return (
            answer.question.asks_whom
            and bool(told.to.ids and patient.ids - told.to.ids)
            and len(act) > 2
            and not _GENERIC_ACT.search(act)
            and not matters.own_words(act, self.own)
        )

    def _not_patient(self, agent: Reference, question: Question) -> Reference:
        """他派的, to 你和老李谁派的老张: he who was sent did not send."""
        if question.speech is None or len(agent.ids) != 1:
            return agent
        sent = {i for o in question.orders if o.asked for i in question.speech.refer(o.patient).ids}
        if not agent.ids <= sent:
            return agent
        named = question.speech.refer(question.text).ids - sent - {self.exchange.speaker}
        return Reference(frozenset(named)) if len(named) == 1 else Reference(others=-1, vague=True)

    def _contrasted(self, order: orders.Order, piece: Piece, answer: Answer) -> bool:
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
        return matters.own_words(plain(order.act), self.own)

    def _take_whom(self, piece: Piece, answer: Answer, told: _Told) -> bool:
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

    def _say_orders(self, answer: Answer, told: _Told, unknown: Piece | None, asked: bool) -> None:
        best = told.best
        if best is None:
            if unknown is not None and (asked or unknown.topic > 0):
                self._fact(answer, Slot.WHO_ORDERED, None, unknown, Certainty.UNKNOWN)
            return
        certainty = Certainty.HEDGED if told.hedged else Certainty.FLAT
        agents, denied = told.agents, told.denied.ids - told.agents.ids
        if agents.ids or agents.others or denied or told.nobody:
            nobody = told.nobody and not agents.ids and not agents.others
            value = Who(agents.ids, denied, nobody, others(agents))
            if certainty is Certainty.FLAT and self._disputed(answer, Slot.WHO_ORDERED, agents.ids):
                certainty = Certainty.HEDGED
            repaired = agents.repaired or told.denied.repaired
            self._fact(answer, Slot.WHO_ORDERED, value, best, certainty, repaired)
        to = told.to
        if Slot.TO_WHOM in self.point.slots and (to.ids or told.not_to.ids):
            whom = Who(to.ids, told.not_to.ids - to.ids, False, others(to))
            if agents.ids or answer.question.asks_whom:
                self._fact(answer, Slot.TO_WHOM, whom, best, certainty, to.repaired)

    def _relevant(self, order: orders.Order, piece: Piece, answer: Answer, asked: bool) -> bool:
        """The order is one to do the point's work."""
        act = plain(order.act)
        if _CARE.match(act):
            return False
        if not asked and order.weak and not order.patient and _LET.search(piece.text):
            return False
        if not act and order.weak and not asked:
            return answer.on_point > 0 or piece.topic > 0
        if order.nobody and answer.question.open and answer.on_point >= 0:
            return True
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

    def _of_the_work(self, piece: Piece, answer: Answer, asked: bool) -> bool:
        """我半个字都没提过: of the point's work, if that is what was asked or named before."""
        before = [p.clause.text for p in answer.pieces if p.start < piece.start][-1:]
        said = (answer.question.plain, *before, piece.clause.text)
        if before and _THE_WORDS.search(before[0]) and answer.on_point >= 0:
            return True  # 让他们进去的话, 我没讲过
        return asked or (
            answer.on_point >= 0 and any(matters.own_words(text, self.own) for text in said)
        )

    def _own_relevant(self, order: orders.Order, asked: bool, answer: Answer) -> bool:
        if not order.own_accord:
            return True
        act = plain(order.act)
        if asked:
            return matters.about(act, self.own) >= 0
        return answer.on_point >= 0 and (
            matters.own_words(act, self.own)
            or (answer.question.open and bool(_GENERIC_ACT.search(act)))
        )

    def _default_agent(self, order: orders.Order, piece: Piece, answer: Answer) -> Reference:
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

    def _short_order(self, piece: Piece, answer: Answer, told: _Told, at: int) -> bool:
        """A bare name, or a yes or no that takes its content from the question."""
        question, speech = answer.question, answer.speech
        asked = next((o for o in question.orders if o.agent), None)
        named = question.asks_who or question.yes_no or question.choice or question.why
        took = False
        mine = self._asked_agent(question).ids == {self.exchange.speaker}
        if question.yes_no and mine and _NEVER_SAID.search(plain(piece.text)):
            told.denied |= self._asked_agent(question)
            return True
        for deed in deeds.bare(piece.text) if named and not told.agents.ids else ():
            who = speech.refer(deed.people)
            if not who.ids and len(answer.pieces) > 1 and at == 0:
                continue  # 领导, 我先喝口水: a form of address
            if deed.negated:
                told.denied |= who
                took = True
            elif _CHOSEN.search(piece.text):
                told.to |= who
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
            if affirmed(holds, negative, piece.clause.text):
                told.agents |= meant
            else:
                told.denied |= meant
            return True
        if any(o.own_accord for o in question.orders) and holds:
            told.nobody = True
            return True
        return False


#: 没谁跟我打招呼, 这事我说不上来: nobody told him of it.
_TOLD_ME = re.compile(r"[跟和对给向][我俺][^,.]{0,3}(?:打[^,.]{0,2}招呼|说|讲|提|通气|通知|交代)")
_THE_WORDS = re.compile(r"(?:让|叫|派|喊|安排|要求)[^,.]*(?:的话|的事情?|的意思|的命令)$")
#: Small errands people are sent on: no work of the case's.
_OTHER_ACT = re.compile(
    r"签[字名]|开会|吃饭|买|送饭|打扫|值班|报警|打[^,.]{0,4}电话|写|汇报|回家|休息|撤|"
    r"停[工止]|检查|看一?下|交底|培训|戴|系好|注意|小心|照相|拍照|填|登记|复印|接人|救人|"
    r"上[医卫]|送医"
)
#: 交代他注意安全: no order to do the work.
_CARED = r"(?:要|一定|必须|先|都)*(?:注意|小心|当心|慢点|系好|戴好|穿好)"
_CARE = re.compile(_CARED)
ADMONISHED = re.compile(
    rf"(?:交代|交待|叮嘱|嘱咐|提醒|吩咐|告诉|让|叫|要|喊|说|讲)[^,.]{{0,4}}?{_CARED}"
)
_TOWARDS = re.compile(rf"^[^,.\ue000-\uf8ff]{{0,4}}[冲对给派点叫找向跟朝]的?是?(?={ANY})")
#: 扣上了才让进, 不戴不让进: permission, no order.
_LET = re.compile(r"[不才就]让[进去上下干走来]")
#: 点的是竺明: who was chosen did not choose.
_CHOSEN = re.compile(r"[点派喊挑选]的(?:就|还|又)?是")
#: 叫我第二天安排人换: who passes an order on gave none of his own.
_PASSED_ON = re.compile(
    r"(?:叫|让|派|催|要|喊|通知|吩咐|逼|命令|打发)(?:我|俺)[^,.]{0,8}(?:安排|派|叫|找|带|喊|通知)"
)
#: 这种话我没有讲过, to 是你叫他去的吧.
_NEVER_SAID = re.compile(
    r"(?:从来|绝对|根本|压根儿?|可|就|真)*没(?:有)?(?:讲|说|提|发)过?(?:这|那)?(?:种|个|样的?|"
    r"句)?话?(?:的|啊|呀|嘛)?$"
)
_DENIES = re.compile(r"(?:嗯|啊|哦|那|可|也|真|从来|根本|压根儿?|绝对|并|我)*(?:没|不)")
_ASSIGNED = re.compile(
    rf"(?:由|归)(?P<a>{LIST.pattern})(?:来|去|自己)?(?:负责|干|做|弄|接|落实|牵头|带|搞|管)|"
    rf"(?:[交派分推包布指]|安排|分配|布置|交代)给(?:了|的是)?(?P<b>{LIST.pattern})|"
    rf"点(?:的|名)(?:就)?(?:是)?(?P<c>{LIST.pattern})|(?P<d>{LIST.pattern})(?:负责|去落实|"
    rf"牵头)(?!的)|"
    rf"(?:对|跟|冲|朝|向)(?P<f>{LIST.pattern})(?:一个人|本人)?(?:讲|说|喊|吩咐|交代|下的令)|"
    rf"(?:冲|对着|朝|指着|落[到在]|给了|头上是|名字是)(?P<e>{LIST.pattern})"
)
_GENERIC_ACT = re.compile(
    r"干活|作业|施工|开工|把活|[这那]个?活|"
    r"^(?:[一二两三四五六七八九十几\d]+个?(?:人|工人)?|俩|仨|你|你们|我|我们|赶紧|赶快|快|"
    r"抓紧|先|再|就|都|一起|一块儿?|直接|马上|立刻|现在|今天|"
    r"上午|下午|必须|一定|也|要|得)*"
    r"(?:[上下进出过回]?[去来]|[上下进])?(?:看看)?(?:干|弄|做|搞|处理|动手|整)?(?:一?[趟下]|"
    r"掉|了|的|吧|呗|嘛|啊|呀)*"
    r"(?:$|大概|大约|[上下]午|早上|中午|晚上|\d|[一二两三四五六七八九十]+点|然后|后来|当时|那天)"
)


def _relayed(order: orders.Order, before: list[orders.Order]) -> bool:
    """他叫我安排人换: who is told to send others sends nobody of himself."""
    return bool(order.agent) and any(
        outer.patient == order.agent and not outer.negated and not outer.nobody for outer in before
    )


def _or_else(piece: Piece, pieces: list[Piece]) -> bool:
    """我不叫他上去, 难道我自己爬上去: of course he did."""
    if re.search(r"不(?P<v>[一-鿿])(?:了|的)?\uea00(?P=v)", piece.text):
        return True  # 他不派谁派
    if re.search(
        r"[不没][^,.]{1,6}(?:谁敢|\uea00敢|敢[^,.]{1,4}吗|怎么敢|哪敢|"
        r"\uea00(?:会|能|肯|动|挪|又|还|大)|\uea00[^,.的说知晓]{1,10}\?$)",
        piece.text,
    ):
        return True  # 他不点头谁敢动
    if re.search(r"不是[^,.]{1,12}(?:还能是|难道|总不(?:能|会)|那?还?会?是谁|莫非)", piece.text):
        return True  # 不是我叫的还能是谁叫的
    after = next((p.text for p in pieces if p.start > piece.start), "")
    if re.search(r"[不没]", piece.text) and re.match(
        rf"(?:我们?|他们?|{ANY})?{WHO}(?:敢|会|能|愿意|肯|乐意|大|又|还|去|来|动|"
        rf"挪)[^,.]{{0,12}}[?]?$",
        after,
    ):
        return True  # 他不发话, 谁挪窝
    if "不" in piece.text and re.match(
        rf"{ANY}?(?:还|又|自己)?(?:能|敢|会)[^,.]*(?:\?|吗|么)$", after
    ):
        return True  # 他不让我去, 我能去?
    return bool(re.match(r"难道|不然|还能|那谁|活谁干", after)) and "不" in piece.text


def _another_day(pieces: list[Piece]) -> bool:
    """平时他派, 那天是 ...: what follows is about the day itself."""
    return any(
        re.search(r"那天|当天|这次|这回|那次|那回|当时|这一次", p.clause.text) for p in pieces
    )
