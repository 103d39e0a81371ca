"""Who did it: one answer read for the doer of the point's act."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from transcription.comparison.model import Certainty, Slot, Who
from transcription.comparison.reference import Reference
from transcription.comparison.zh import deeds, yesno
from transcription.comparison.zh.answers import (
    Answer,
    Piece,
    Reader,
    affirmed,
    doubtful,
    others,
    own_doing,
)
from transcription.comparison.zh.people import LIST
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.turned import not_even


@dataclass
class _Heard:
    """What was heard so far of who did it."""

    did: Reference = field(default_factory=Reference)
    denied: Reference = field(default_factory=Reference)
    nobody: bool = False
    best: Piece | None = None  # the first clause that says something of it
    hedged: bool = True  # in every clause
    unknown: Piece | None = None  # the first clause that says that they do not know
    plainly: bool = False  # nothing else is said


class Deeds(Reader):
    """Reads who did it, who did not, and that nobody did."""

    def _deeds(self, answer: Answer) -> None:
        question = answer.question
        if self.own.family == "report" and _CALLED_HOME.search(answer.speech.flat.text):
            return
        asked = answer.on_point > 0 and (
            question.asks_who or question.exists or bool(question.orders)
        )
        heard = self._deeds_heard(answer, asked)
        if heard.best is not None:
            self._tell_deeds(answer, heard, heard.best)
        elif heard.unknown is not None and asked:
            self._fact(answer, Slot.WHO_DID, None, heard.unknown, Certainty.UNKNOWN)
        elif asked and not question.usual:
            self._second(answer, Slot.WHO_DID)

    def _deeds_heard(self, answer: Answer, asked: bool) -> _Heard:
        """What the clauses of an answer say of who did it."""
        heard, on = _Heard(), answer.on_point > 0
        rescued = deeds.done_to(self.point.text, self.case)
        for at, piece in enumerate(answer.pieces):
            clause = piece.clause
            if clause.withdrawn or clause.habitual or clause.planned or clause.ought:
                continue
            if piece.topic < 0 and not (on and at == 0 and not self.own.family):
                continue
            if clause.unknown and not self._did_not_watch(piece):
                heard.unknown = heard.unknown or piece
                continue
            if clause.asking or (answer.question.usual and on):
                continue
            for deed in self._found_in(piece, at, answer, asked):
                self._hear_deed(heard, deed, piece, at, answer, rescued)
        return heard

    def _hear_deed(
        self,
        heard: _Heard,
        deed: deeds.Deed,
        piece: Piece,
        at: int,
        answer: Answer,
        rescued: frozenset[str],
    ) -> None:
        """Add one deed to what was heard of them."""
        question, clause = answer.question, piece.clause
        speech = answer.speech if deed.start >= 0 else question.speech
        who = speech.refer(deed.people) if speech else Reference()
        if who.ids and who.ids <= rescued:
            return
        if who.ids == {self.exchange.speaker} and self._as_he_said(piece, answer):
            return  # 他说电嘛我拉过了: the one who says so
        if deed.nobody:
            heard.nobody = True
        elif deed.bare and heard.nobody:
            return  # 一个人也没有, 就他自己
        elif (deed.negated or clause.rhetorical) and not clause.affirming:
            heard.denied = heard.denied | who
        else:
            heard.did = heard.did | who
        heard.best = heard.best or piece
        unsure = clause.hedged or doubtful(clause) or self._hearsay(piece, answer)
        heard.hedged = heard.hedged and unsure
        heard.plainly = heard.plainly or (deed.bare and at == 0 and question.asks_who)

    def _tell_deeds(self, answer: Answer, heard: _Heard, best: Piece) -> None:
        """The fact that what was heard comes to, and how certain it is."""
        question, did, denied = answer.question, heard.did, heard.denied
        value = Who(did.ids, denied.ids - did.ids, heard.nobody and not did.ids, others(did))
        unasked = answer.on_point < 1 and not (
            question.open or answer.opened or own_doing(question.plain)
        )
        certainty = Certainty.HEDGED if heard.hedged or unasked else Certainty.FLAT
        plainly = heard.plainly or (best is answer.pieces[0] and bool(_PLAINLY.match(best.text)))
        if (
            certainty is Certainty.FLAT
            and not plainly
            and self._disputed(answer, Slot.WHO_DID, did.ids)
        ):
            certainty = Certainty.HEDGED
        repaired = did.repaired or denied.repaired
        self._fact(answer, Slot.WHO_DID, value, best, certainty, repaired)

    def _found_in(self, piece: Piece, at: int, answer: Answer, asked: bool) -> list[deeds.Deed]:
        """Deeds of one clause, or what it says to the question's."""
        question, on = answer.question, answer.on_point > 0
        found: list[deeds.Deed] = []
        if piece.topic > 0 or on:
            goes_on = on or own_doing(question.plain)
            alone = goes_on and at > 0 and not LIST.search(piece.text)
            carried = piece.subject if alone else ""
            found = deeds.find(piece.text, self.own, on, question.verb, carried)
        names = question.asks_who or question.choice or question.exists
        if not found and on and (names or (question.yes_no and at > 0)):
            found = deeds.bare(piece.text)
        if not found and asked and _nobody_there(piece.clause.text, question, at):
            found = [deeds.Deed("", 0, len(piece.text), nobody=True)]
        if not found and on and question.yes_no and at == 0:
            found = self._asked_deed(piece, question)
        return found

    def _as_he_said(self, piece: Piece, answer: Answer) -> bool:
        """What another is quoted with."""
        before = [p for p in answer.pieces if p.start < piece.start][-1:]
        quoted = _HE_SAID.match(piece.text) or (before and _HE_SAID.match(before[0].text))
        if not quoted or not piece.subject:
            return False
        return self.exchange.speaker not in answer.speech.refer(piece.subject).ids

    def _did_not_watch(self, piece: Piece) -> bool:
        """老栾没看, of a watch: he did not watch, it is not that somebody did not see."""
        return self.own.family == "supervise" and bool(deeds.UNWATCHED.search(piece.text))

    def _asked_deed(self, piece: Piece, question: Question) -> list[deeds.Deed]:
        """是你打的电话吗? 是 / 不是: the deed is the question's."""
        holds = yesno.short(piece.clause.text, question.plain)
        if holds is None and not_even(piece.clause.text):
            holds = False
        if holds is None:
            return []
        if question.exists or OF_OTHERS.search(question.plain):
            return []  # 有人跟你们讲过吗 names nobody who did, 还有别人吗 others only
        found = deeds.find(question.text.rstrip("?吗嘛么吧"), self.own, True)
        if not found or not found[0].people:
            echo = holds is False and yesno.echoes(piece.clause.text, question.plain)
            nobody = echo and not question.negative and not LIST.search(question.text)
            return [deeds.Deed("", 0, len(piece.text), nobody=True)] if nobody else []
        turned = found[0].negated and "不是" not in question.plain
        negated = not affirmed(holds, question.negative or turned, piece.clause.text)
        return [deeds.Deed(found[0].people, -1, -1, negated=negated)]


_HE_SAID = re.compile(r"(?:还|就|也|又|是|这么)*(?:说|讲)(?:的是|是)?[^,.]")
#: 打给我老婆: another call than the one for help.
_CALLED_HOME = re.compile(
    r"(?:打|拨)(?:了|的|过)?(?:电话)?给(?:了|的是)?[^,.]{0,3}"
    r"(?:老婆|老公|媳妇|爱人|家里|屋里|对象|孩子|儿子|女儿|娃|爸|妈|朋友|房东)"
)
#: 我断的: nothing else is said in the first clause.
_PLAINLY = re.compile(
    rf"(?:就?是)?{LIST.pattern}(?:自己|"
    rf"亲自)?[^,.\ue000-\uf8ff没不]{{1,4}}的[啊呀嘛]?$"
)
_NOBODY = re.compile(
    r"(?:没有?人|没得人|无人|一个人[也都]没有?|一个[也都]没有?|没安排人|"
    r"鬼影子?[也都]没有?)[了的啊呀哇]?$"
)


#: 有没有外单位的人, 还有别人吗: a no leaves those who were named.
OF_OTHERS = re.compile(r"外单位|外人|外来|别[的人]|其[他余]|另外|还有|除了|闲[杂人]")


def _nobody_there(text: str, question: Question, at: int) -> bool:
    """A no to 有人看着吗, or 没人 at the end of what is said."""
    if OF_OTHERS.search(question.plain):
        return False
    if _NOBODY.search(text):
        return True
    return question.exists and at == 0 and yesno.short(text) is False
