"""Whether it was so: rules and the classifier of ``polarity`` brought together."""

from __future__ import annotations

import re
from dataclasses import replace

from transcription.comparison.model import Certainty, Slot, Whether, Who
from transcription.comparison.zh import deeds, matters, yesno
from transcription.comparison.zh.answer_deeds import OF_OTHERS
from transcription.comparison.zh.answers import Answer, Piece, Reader, actual, affirmed, own_doing
from transcription.comparison.zh.occasion import is_other
from transcription.comparison.zh.people import ANY
from transcription.comparison.zh.polarity import polarity
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.turned import not_even, turned
from transcription.comparison.zh.whose import of_others

#: Whether it was so and how it is put; no certainty: nothing is said.
_Said = tuple[bool | None, Certainty | None]


class WhetherSo(Reader):
    """Reads whether a thing was done, worn, there."""

    def _whether(self, answer: Answer) -> None:
        pieces = [p for p in answer.pieces if not self._elsewhen(answer, p)]
        if pieces:
            self._whether_of(replace(answer, pieces=pieces))

    def _elsewhen(self, answer: Answer, piece: Piece) -> bool:
        return is_other(self.heard, self.point, answer.turn.id, piece.clause.span[0])

    def _whether_of(self, answer: Answer) -> None:
        question = answer.question
        on = answer.on_point > 0
        topical = [p for p in answer.pieces if p.topic > 0 and not p.clause.asking]
        if (question.usual and on) or not (on or topical) or _asks_identity(question):
            return
        if on and of_others(question, self.case, self.point):
            return
        told = [p for p in answer.pieces if not p.clause.unknown]
        usual = all(p.clause.habitual or p.topic == 0 for p in told)
        if self.own.family != "training" and told and told[0].clause.habitual and usual:
            return
        if on and _ASKS_RECORD.search(question.plain):
            return
        answer = self._without_the_telling(answer)
        if not answer.pieces:
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
        said = [p.clause.text for p in answer.pieces]
        as_a_rule = not echo and any(_AS_A_RULE.search(text) for text in said)
        if certainty is Certainty.FLAT and (as_a_rule or any(map(_JUDGE_YOURSELF.search, said))):
            certainty = Certainty.HEDGED
        left_open = question.open or own_doing(question.plain) or self.own.family == "ppe"
        volunteered = answer.on_point < 1 and not (left_open or answer.opened)
        if volunteered and certainty is Certainty.FLAT:
            certainty = Certainty.HEDGED  # nobody asked
        if on and question.presumed_not and not _OBJECTS.search(piece.clause.text):
            holds, certainty = False, Certainty.HEDGED
        if (
            question.perceives
            and on
            and holds is False
            and _NOT_PERCEIVED.search(piece.clause.text)
        ):
            holds, certainty = None, Certainty.UNKNOWN
        if not question.yes_no and holds is False and self._named(answer):
            return  # 班长讲的, 主任没露面: of whom nobody asked whether
        if question.yes_no and holds is False and OF_OTHERS.search(question.plain):
            return  # 还有别人讲过吗? 没: whoever was named before did
        event = "handed out" if self._handed_out(question.plain) else ""
        if not event and self.own.family == "ppe" and not self.own.item:
            event = matters.item_of(piece.clause.text)
        value = None if holds is None else Whether(holds)
        self._fact(answer, Slot.WHETHER, value, piece, certainty, event=event)

    def _without_the_telling(self, answer: Answer) -> Answer:
        """断电情况核实过没有? 核实过: the yes is of the checking, not of the power."""
        question, pieces = answer.question, answer.pieces
        found = _TELLING.search(question.plain) if answer.on_point > 0 and question.yes_no else None
        if found is None or found["act"] in self.point.text.removeprefix("核实"):
            return answer
        if yesno.short(pieces[0].clause.text, question.plain) is None:
            return answer
        return replace(answer, pieces=pieces[1:])

    def _named(self, answer: Answer) -> bool:
        """The answer says who did it."""
        return any(
            fact.slot is Slot.WHO_DID
            and fact.turn == answer.turn.id
            and isinstance(fact.value, Who)
            and bool(fact.value.people)
            for fact in self.out
        )

    def _ruled(self, answer: Answer) -> tuple[_Said, Piece | None, bool]:
        """By rules, clause by clause; the first clause that says it counts.

        The last value: the verb of the question said back (戴了, 没办), which leaves no doubt.
        """
        question, on = answer.question, answer.on_point > 0
        rule = deeds.acts(self.own)
        unknown: Piece | None = None
        weak: tuple[_Said, Piece] | None = None
        seen = False
        for at, piece in enumerate(answer.pieces):
            clause = piece.clause
            if clause.withdrawn or clause.planned or clause.ought or piece.topic < 0:
                continue
            how = self._how(piece, answer)
            holds = self._turned(answer, at)
            if holds is not None:
                return (holds, how), piece, True
            if _BESIDE.search(clause.text):
                continue
            seen = seen or piece.topic > 0
            if clause.unknown:
                if piece.topic > 0 or on:
                    unknown = unknown or piece
                continue
            if clause.asking and not (clause.rhetorical or clause.affirming):
                continue
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
                    return (affirmed(holds, question.negative, clause.text), how), piece, True
            about = piece.topic > 0 or (seen and rule.search(clause.text))
            holds = yesno.decisive(clause.text) if about or on else None
            if holds is not None:
                undone = holds and any(_UNDONE.search(p.clause.text) for p in answer.pieces[at:])
                return (holds, Certainty.HEDGED if undone else how), piece, True
            if weak is None and (about or (on and at == 0)):
                holds = yesno.clause_holds(clause, rule)
                if holds is not None:
                    weak = ((holds, how), piece)
        if weak is not None:
            return (*weak, False)
        if unknown is not None:
            return (None, Certainty.UNKNOWN), unknown, False
        return (None, None), None, False

    def _how(self, piece: Piece, answer: Answer) -> Certainty:
        clause = piece.clause
        doubtful = clause.hedged or clause.text.endswith("吧") or self._hearsay(piece, answer)
        return Certainty.HEDGED if doubtful else Certainty.FLAT

    def _turned(self, answer: Answer, at: int) -> bool | None:
        """Said without a plain yes or no (``turned.py``), of the act asked about."""
        piece, question, on = answer.pieces[at], answer.question, answer.on_point > 0
        if piece.clause.habitual or piece.clause.unknown or not (on or piece.topic > 0):
            return None
        rule = deeds.acts(self.own)
        asked = question.plain if on else self.own.point.text

        def tied(act: str) -> bool:
            return bool(rule.search(act)) or any(c in asked for c in act if c not in _SMALL)

        after = answer.pieces[at + 1].clause.text if at + 1 < len(answer.pieces) else ""
        said = piece.clause.text
        if on and question.yes_no and not_even(said):
            return False
        return turned(said, after, tied, self.point)

    def _learnt(self, answer: Answer, on: bool, topical: list[Piece]) -> tuple[_Said, Piece | None]:
        """By the classifier, over the pieces that are about the point."""
        people = tuple(name for p in self.case.people for name in (p.id, *p.aliases))
        pieces = [
            p
            for p in (answer.pieces if on else topical)
            if p.topic >= 0 and actual(p.clause) and not _BESIDE.search(p.clause.text)
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


#: 戴是戴了, 没两分钟就扯了: not at the moment that counts.
_UNDONE = re.compile(
    r"(?<![没不未])(?:扯|摘|脱|解|掀|拆|撤|收|卸|取|拔)(?:了|掉|下来|开|走)|[刮吹碰撞挤踢]"
    r"(?:跑|掉|飞|断|开|倒)了|后来(?:又)?[没不]"
)
#: Characters that tie nothing to a question.
_SMALL = frozenset("的了过着没不有是我你他她在去来到会能要就都也还上下人么吗呢啊一个说")
#: 我们有制度, 上锁挂牌: what the rules ask, which was done or was not.
_AS_A_RULE = re.compile(
    r"有(?:这个|这套|这方面的?|专门的?|明确的?)?(?:制度|规定|规程|要求)(?!的人)"
)
#: 你说他戴没戴: the other is to draw the conclusion.
_JUDGE_YOURSELF = re.compile(r"你[说看想讲猜][^,.]{0,6}(?P<v>[一-鿿])[没不](?P=v)")
#: 要不是那顶帽子 says nothing by itself; a list that was signed is not the training.
_BESIDE = re.compile(
    r"^(?:要不是|若不是|要没|要是|如果|假如|万一)|"
    r"^(?:要)?(?:说到|说起|讲到|讲起|提到|提起|谈到|谈起|论起|关于|至于|问到)[^,.没不了过]{1,10}$|"
    r"^(?:根据|依据|按照|据|从|依照)[^,.]{1,14}(?:记录|情况|结果|数据|监控|录像|报告|日志|"
    r"曲线)(?:看|来看|显示|反映)?$|"
    r"(?:签到[表簿本]?|记录|台账|档案|照片|资料)[^,.]{0,3}(?:倒|都|是|肯定)*有"
)
_THAT_WAS = re.compile(r"(?:不过|但|那|可|都|只|就|也)*(?:是|那是|还是)")
#: 核实过没有, 有没有记录.
_TELLING = re.compile(
    r"(?P<act>核实|核对|核查|记录|登记|统计|拍照|录像|上报|汇报)(?:过|了|下来)?(?:没有?|吗|么|没)?[?]?$"
)
#: 上面有你的签名对吧: a yes is about the paper.
_ASKS_RECORD = re.compile(
    r"(?:记录|档案|签到|单子|票|表)[^.?]{0,8}(?:上面?|里面?)[^.?]{0,4}(?:是|"
    r"有)[^.?]{0,4}(?:签|名字|字)|签名是(?:不是)?你"
)
#: 谁说没办: turns down what the question takes for granted.
_OBJECTS = re.compile(r"谁说|\uea00说|没有的事|不是没|[办系戴开测签做][了着过]|有的$")
_IDENTITY = re.compile(
    rf"(?:的|人|员)(?:就)?(?:是不是|是)由?{ANY}[^,.]{{0,3}}\??$|"
    rf"是(?:不是)?由?{ANY}[^,.]{{1,12}}的[吗吧么嘛]?\??$|"
    rf"是(?:不是)?由?{ANY}(?:自己|亲自|亲手|去|来)?[^,.]{{1,3}}的[^,.]{{1,5}}[吗吧么嘛]\??$"
)
_UNSEEN = re.compile(r"没(?:有)?(?:见|看见|看到|看清|注意|留意|留心|听见|听到|听说)")
#: 没见过, 没有 (to 你见过没有): the speaker did not see.
_NOT_PERCEIVED = re.compile(
    r"(?:没有?|不)(?:见过|看见|看到|听说|注意|知道|晓得|清楚|印象)|^[^,.]{0,4}(?:没有?|"
    r"不)(?:见|看|听)|^(?:没有?|不)[啊呀]?$"
)


def _other_day_after(pieces: list[Piece], piece: Piece) -> bool:
    """办过一张, 不过是上个月的: not of this event."""
    later = [p.clause for p in pieces if p.clause.start > piece.clause.start]
    return bool(later) and later[0].habitual and bool(_THAT_WAS.match(later[0].text))


def _asks_identity(question: Question) -> bool:
    """监护的是你吗: a no denies the person, not the thing."""
    return question.yes_no and bool(_IDENTITY.search(question.text))


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
    return (kind, Certainty.HEDGED)  # rules and classifier disagree
