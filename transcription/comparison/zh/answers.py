"""What every reading of an answer shares: the answer cut in pieces, facts, hearsay, opinion.

``Reader`` is the base of the readers of orders, deeds and whether; it owns the facts found so far.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from transcription.comparison.model import (
    Certainty,
    Fact,
    Point,
    Slot,
    Turn,
    Value,
    Who,
)
from transcription.comparison.reference import Reference
from transcription.comparison.zh import deeds, matters, second
from transcription.comparison.zh.clauses import Clause, of_flat, part
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.people import ANY, LIST, ONE, Speech
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.roles import SAYING, TO_ANOTHER
from transcription.comparison.zh.whose import of_another_thing


@dataclass
class Piece:
    """A clause with its stretch of the speech."""

    clause: Clause
    text: str  # with people as characters
    start: int  # in Speech.text
    topic: int = 0  # matters.about
    subject: str = ""  # mention characters carried on to clauses without a subject


@dataclass
class Answer:
    turn: Turn
    speech: Speech
    question: Question
    on_point: int  # of the question: 1, 0, -1
    opened: bool = False  # the point was asked for before, in this exchange
    pieces: list[Piece] = field(default_factory=list)


class Reader:
    """Facts of one exchange about one point."""

    def __init__(self, heard: Heard, point: Point) -> None:
        self.heard = heard
        self.exchange = heard.exchange
        self.case = heard.case
        self.point = point
        self.own = matters.profile(point)
        self.out: list[Fact] = []

    def _fact(
        self, answer: Answer, slot: Slot, value: Value | None, piece: Piece, certainty: Certainty,
        repaired: bool = False, event: str = "",
    ) -> None:  # fmt: skip
        span = piece.clause.span
        if certainty is Certainty.FLAT and _other_time(answer, piece):
            certainty = Certainty.HEDGED
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
                repaired=repaired
                or self._denial_by_sound(answer, span)
                or any(w.repaired for w in words),
                text=answer.turn.text[span[0] : span[1]],
            )
        )

    @staticmethod
    def _denial_by_sound(answer: Answer, span: tuple[int, int]) -> bool:
        """戴寐戴: a 没 that was read by its sound can turn the answer round."""
        flat = answer.speech.flat
        return any(
            span[0] <= place[0] < span[1] and read == "没" and flat.given[place[0]] not in "没冇"
            for place, read in zip(flat.places, flat.text, strict=True)
        )

    def _pieces(self, speech: Speech, question: Question) -> list[Piece]:
        index = {start: at for at, (start, _) in enumerate(speech.places)}
        out: list[Piece] = []
        carried = ""
        issued = self._handed_out(question.plain)
        for clause in _parted(speech):
            start = _nearest(index, clause.start, len(speech.places))
            end = _nearest(index, clause.end, len(speech.places))
            text = speech.text[start:end]
            about = matters.about(clause.text, self.own) or int(self._own_thing(clause.text))
            if (self._handed_out(clause.text) and not issued) or self._other_thing(clause.text):
                about = -1
            piece = Piece(clause, text, start, about, carried)
            mine = _first_subject(text)
            carried = mine or carried
            out.append(piece)
        return _join_speech(_join_names(out), self.own)

    def _other_thing(self, text: str) -> bool:
        """蒸汽阀, where the point asks for the 进料阀: another one of its kind."""
        return of_another_thing(text, self.case, self.point)

    def _own_thing(self, text: str) -> bool:
        """银皮衣, where the case calls the 隔热服 of the point so too."""
        return self.own.family == "ppe" and any(
            str(m.kind) == "equipment" and m.id in self.point.text
            for m in self.heard.mentions(text)
        )

    def _handed_out(self, text: str) -> bool:
        """面罩是发了的 does not say that it was worn; asked for, it is an event of its own."""
        return self.own.family == "ppe" and _only_handed_out(text, self.own)

    def _hearsay(self, piece: Piece, answer: Answer) -> bool:
        """班长说开了: what another says, not what the speaker knows."""
        m = _ANOTHER_SAYS.search(piece.text)
        return bool(m) and self.exchange.speaker not in answer.speech.refer(m[1] if m else "").ids

    def _disputed(self, answer: Answer, slot: Slot, people: frozenset[str]) -> bool:
        """The classifiers of ``parts`` are sure of somebody else than the rules found."""
        if not people:
            return False
        question, speech = answer.question.plain, answer.speech
        said = second.opinion(slot, question, speech, self.point, second.VERY_SURE)
        if said is None:
            return False
        return bool(said.did.ids) and not said.did.ids & people

    def _second(self, answer: Answer, slot: Slot) -> None:
        """The classifiers' reading, where the rules have none."""
        pieces = [p for p in answer.pieces if actual(p.clause) and not p.clause.asking]
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
        if slot is Slot.WHO_DID and did.ids == {self.exchange.speaker}:
            words = deeds.acts(self.own)
            if not any(words.search(p.text) or _DID.search(p.text) for p in pieces):
                return  # 我那天腰疼
        sure = said.certainty is Certainty.FLAT and said.score >= second.VERY_SURE
        flat = sure and not any(p.clause.hedged or p.clause.unknown for p in answer.pieces)
        value = Who(did.ids, frozenset(denied), nobody, others(did))
        self._fact(answer, slot, value, piece, Certainty.FLAT if flat else Certainty.HEDGED)


#: 年前点火那回: a time before, which what follows may be about.
#: 我弄的, 我去的: some act of the speaker's.
_DID = re.compile(rf"{ANY}[^,.]{{0,6}}[的了](?:$|[啊呀嘛吧])")
_BEFORE = re.compile(
    r"(?:头[一两几]?天|前[天几][天回]?|大前天|年前|去年|前年|上个?月|上个?礼拜[一二三四五六日天]?|"
    r"(?:[一二三四五六七八九十]{1,2}|\d\d?)月(?:份|里|底|初|中)?(?=[^,.]{0,12}那一?[次回趟])|"
    r"上周[一二三四五六日天]?|上个?星期|"
    r"上一?[次回趟]|前一?[次回趟]|头一?[次回趟]|上半年|春节|开春|年初)[^,.]{0,8}"
)


def _other_time(answer: Answer, piece: Piece) -> bool:
    """点火那回是他看的门, after 你说的是年前那回吧."""
    said = piece.clause.text
    if re.match(r"那(?:是|个|都)", said):  # 头天卸车那回? 那是站长叫的
        before = [p.clause.text for p in answer.pieces if p.start < piece.start]
        said = "".join(before[-1:]) + said
    earlier = [p.clause.text for p in answer.pieces if p.start < piece.start][-1:]
    if earlier and re.search(r"那一?[次回趟]$", earlier[0]):  # 六月份清罐那趟, 是他喊的
        said = earlier[0] + said
    if not re.search(r"[那上前头][一]?[回次趟]", said) or re.search(
        r"(?:出事|这)[^,.]{0,2}[回次]", said
    ):
        return False
    found = _BEFORE.search(answer.speech.flat.text)
    return found is not None and found.group()[:2] not in answer.question.plain


#: 阮工长交代的 | 向经理会上光讲了补贴: the next one's doing, with no mark between.
_NEXT_DOES = re.compile(
    rf"(?<!除了)(?<=[的了过呀啊嘛呢咯哩哦])(?={ONE}(?:会上|那天|当时|那会儿?|那时|连|根本|压根|从头|"
    rf"一[句声个][^,.]{{0,3}}"
    rf"(?:都|也)?没|光|只|还在|才|没|不|都没|也没|手都|碰都|在(?:旁边|边上|外|家|场|"
    rf"一边))[^,.]{{2,}})"
)


def _parted(speech: Speech) -> list[Clause]:
    """The clauses, cut again where somebody else begins to act."""
    cuts = [speech.places[m.start()][0] for m in _NEXT_DOES.finditer(speech.text)]
    out: list[Clause] = []
    for clause in of_flat(speech.flat):
        inside = [at for at in cuts if clause.start < at < clause.end]
        ends = [*inside, clause.end]
        if not inside:
            out.append(clause)
            continue
        for start, end in zip([clause.start, *inside], ends, strict=True):
            out.append(part(speech.flat, clause, start, end))
    return out


_SAYS = re.compile(
    r"(?:说|讲|喊|(?:说|讲|喊|吼|撂|扔|来|丢)(?:了|过|下)?(?:一|两|几|这么一|那么一)?(?:句|声|"
    r"嗓子|句话)|发话|打(?:了)?(?:个)?电话|来(?:了)?电话|发微信|原话(?:是|就是)?|"
    r"[说讲][\ue000-\ue9ff]|一句话|手一[指挥]|打(?:过)?来的?|打给[\ue000-\ue9ff]的?|"
    r"(?:跟|对|冲)[\ue000-\ue9ff](?:说|讲))$"
)
_IDLE_TALK = re.compile(r"(?:瞎|胡|乱|别|没|不|听|再|怎么|咋|这么|那么)(?:说|讲|喊)$")
_ANOTHER_SAYS = re.compile(
    rf"({ANY})(?:都|也|后来|当时)?(?:说(?![的了过])|讲(?![的了过课])|告诉{ANY}|"
    rf"跟{ANY}说)(?:是)?(?=[^,.])"
)


def _join_names(pieces: list[Piece]) -> list[Piece]:
    """邝工 | 那时候还在路上: a name with what is said of it, when no mark comes between."""
    out: list[Piece] = []
    for piece in pieces:
        before = out[-1] if out else None
        if (
            before is not None
            and re.fullmatch(ANY, before.text)
            and before.clause.end == piece.clause.start
        ):
            clause = replace(
                piece.clause,
                span=(before.clause.span[0], piece.clause.span[1]),
                start=before.clause.start,
                text=before.clause.text + piece.clause.text,
            )
            text = before.text + piece.text
            out[-1] = Piece(clause, text, before.start, piece.topic, before.subject)
        else:
            out.append(piece)
    return out


def _join_speech(pieces: list[Piece], own: matters.Profile) -> list[Piece]:
    """老侯手一指说 | 你去把煤清了: what somebody is quoted with belongs to his saying it."""
    out: list[Piece] = []
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
            out[-1] = Piece(
                clause, text, before.start, matters.about(clause.text, own), before.subject
            )
            if len(piece.text) <= 3:  # a form of address: 占江, 你进去
                out[-1].text += "说"
        else:
            out.append(piece)
    return out


def actual(clause: Clause) -> bool:
    """What happened, not what ought to or was meant to, and not taken back."""
    return not (clause.ought or clause.planned or clause.withdrawn)


def _only_handed_out(text: str, own: matters.Profile) -> bool:
    """面罩是发了的 does not say that it was worn."""
    worn = not re.search(r"[发领配]", own.point.text)
    return worn and bool(re.search(r"[发领配买购]", text)) and not re.search(r"[戴系穿套扣]", text)


def affirmed(holds: bool, negative: bool, said: str) -> bool:
    """Yes and no to 没安排吧: 对 and 没有 both say he did not, 不 says he did."""
    if not negative:
        return holds
    if holds:
        return bool(re.search(r"有|了|过", said))
    return bool(re.match(r"^(?:不|怎么|哪|谁说)", said))


def own_doing(question: str) -> bool:
    """你当时在干什么: any act of his own answers it."""
    return bool(re.search(r"[干做忙][了的些]*(?:什么|啥|嘛|哪些|过哪些)", question))


def others(who: Reference) -> int:
    """Somebody unnamed beside a name is the same somebody."""
    return 0 if who.ids and who.vague else who.others


def plain(text: str) -> str:
    return "".join(c for c in text if not "\ue000" <= c <= "\uf8ff")


def doubtful(clause: Clause) -> bool:
    """是王队吧: a bare 吧 after people, not after a number."""
    return bool(re.search(r"吧$", clause.text)) and not re.search(
        r"[\d一二三四五六七八九十两几][^,.]{0,4}吧$", clause.text
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
        told = TO_ANOTHER.fullmatch(m.group())
        return told["by"] if told and SAYING.match(text[m.end() :].lstrip("就也")) else m.group()
    return ""
