"""From an English exchange to facts about a point: the same contract as ``zh.read``.

For each answer: the question in force, whether it is about the point, and per slot what is said.
Which mention answers is decided by a classifier of what stands around it; whether it was so by one
of the whole answer; own accord, hedges and don't-knows by words.
"""

from __future__ import annotations

import re
from dataclasses import replace

from transcription.comparison.en import marks
from transcription.comparison.en.answer import Answer, Span, certainty_at
from transcription.comparison.en.context import WHETHER, model, whole
from transcription.comparison.en.front import front, in_general, opening
from transcription.comparison.en.matters import Question, events, matter_of, stem, understand
from transcription.comparison.en.values import VALUE_SLOTS, value_facts
from transcription.comparison.en.words import Listener, Token, posts, titles
from transcription.comparison.lexicon import PERSON, Lexicon
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

_WHERE_PERSON = re.compile(
    r"\bwhere(?:abouts)? (?:exactly )?(?:were|was) (?P<who>[a-z' ]{1,30}?)(?: (?:at|when|"
    r"standing|then|that|during|exactly|yourself|himself)\b|$)"
)

_ASKS = re.compile(
    r"\b(?:did|was|were|is|are|do|does|had|have|has|can|could|would|will|should|who|whose|whom|"
    r"what|when|where|whereabouts|why|how|which|tell|describe|explain|go on|any|anyone|anybody)\b|"
    r"n't\b"
)
#: Who saw the valve: another act than the point's.
_OTHER_ACT = re.compile(
    r"\bwho (?:else )?(?:saw|found|noticed|heard|told|knew|knows|owns?|bought|keeps?|kept|paid|"
    r"pays|reported|came|helped|died|discovered|mentioned|said|asked|wanted|ordered|is|are|runs?)\b"
)
#: By me, it was him, Yan and me: what may stand before a doer's me or him.
_COMPLEMENT = frozenset(
    ("by", "was", "'s", "is", "be", "been", "and", "not", "wasn't", "both", "with")
)
_VOCATIVE = re.compile(
    r"\b(?:says?|said|goes|go|told|tells?|shouted|shouts?|yelled|like|was like)\b"
    r"[^a-z0-9]*(?:to )?[^a-z0-9]*$"
)
_VOCATIVE_REST = re.compile(r"^[^a-z0-9]*(?:you|go|get|come|do|take|put|and you)\b")

#: Asked for names where the count is the point: a list of people answers both.
_WHO_THERE = re.compile(
    r"(?:and |so )?who (?:all |else )?(?:was|were|went) (?:in|on|down|up|there|doing)\b"
)


def read(exchange: Exchange, case: Case, lexicon: Lexicon, point: Point | None) -> list[Fact]:
    """Facts of the exchange about ``point``; about every point of the case without one."""
    points = case.points if point is None else (point,)
    return [fact for each in points for fact in Reading(exchange, case, lexicon, each).facts()]


class Reading:
    """One exchange read for one point."""

    def __init__(self, exchange: Exchange, case: Case, lexicon: Lexicon, point: Point) -> None:
        self.exchange, self.case, self.point = exchange, case, point
        self.matter = matter_of(point)
        self.listener = Listener(lexicon, exchange.speaker, posts=posts(case), titles=titles(case))
        self.lexicon = lexicon
        self.question = Question()
        self.asked: list[Token] = []
        self.on = 0  # the question in force: 1 about the point, 0 open, -1 about something else
        self.event = ""
        self.out: list[Fact] = []

    def facts(self) -> list[Fact]:
        for turn in self.exchange.turns:
            tokens = self.listener.tokens(turn.text, turn.role)
            if turn.role is Role.QUESTION:
                self._ask(turn, tokens)
            elif tokens:
                self._answer(turn, tokens)
        return self.out

    # --- the question in force -------------------------------------------------------------------

    def _ask(self, turn: Turn, tokens: list[Token]) -> None:
        question = understand(turn.text)
        bare = (
            not question.topics and not question.idle and not question.order and not question.event
        )
        named = any(stem(w) in self.matter.stems for w in re.findall(r"[a-z]+", question.text))
        if self._fragment(question) and not turn.point and self.question.text:
            if self.on <= 0 and named:
                self.on = self._on_point(self.question, turn, named)
            return
        goes_on = bare and not named and len(question.text.split()) <= 6 and not question.yes_no
        if (
            goes_on
            and not turn.point
            and self.question.text
            and not _WHERE_PERSON.search(question.text)
        ):
            slots = question.slots or self.question.slots
            if not question.slots and not question.who:
                self.question = replace(self.question, text=question.text)
            else:
                self.question = replace(question, slots=slots, order=self.question.order)
                self.on = self._on_point(self.question, turn, named) if question.slots else self.on
            return
        if Slot.HOW_MANY in self.point.slots and _WHO_THERE.match(question.text):
            question = replace(question, slots=question.slots | {Slot.HOW_MANY})
        if self._which_place(question.text):
            question = replace(question, slots=question.slots | {Slot.WHERE}, yes_no=False)
        self.question, self.asked = question, tokens
        self.on = self._on_point(question, turn, named)
        self.event = self._event(question)

    def _fragment(self, question: Question) -> bool:
        """That cleaning, on Saturday: says what was meant, asks nothing anew."""
        words = question.text.split()
        return bool(words) and len(words) <= 8 and not _ASKS.search(question.text)

    def _which_place(self, text: str) -> bool:
        """Which bin, which silo: a kind of place the case has."""
        kinds = {w for p in self.case.places for name in p.en for w in name.lower().split()}
        found = re.search(r"\b(?:which|what) (?P<kind>\w+)\b", text)
        return bool(found and found["kind"] in kinds - {"the", "of", "number", "room's"})

    def _on_point(self, question: Question, turn: Turn, named: bool) -> int:
        if turn.point:
            return 1 if turn.point == self.point.id else -1
        slots, topic = set(self.point.slots), self.matter.topic
        if marks.USUAL.search(question.text) or (question.idle and not named):
            return -1
        if topic:
            if topic in question.topics:
                return 1
            if named and not question.topics:
                return 1
            return -1 if question.topics or question.order or question.slots else 0
        if Slot.WHO_ORDERED in slots:
            if question.order:
                return 1 if not question.topics or named else -1
            return -1 if question.topics or question.slots else 0
        if question.topics and not named:
            return -1
        if question.slots & slots:
            return 1
        if (
            Slot.WHO_DID in slots
            and named
            and question.who
            and not question.order
            and not _OTHER_ACT.search(question.text)
        ):
            return 1
        if question.slots & set(VALUE_SLOTS) or question.who or question.order:
            return 0 if named else -1
        return 1 if named and not question.slots else 0

    def _event(self, question: Question) -> str:
        if Slot.WHERE in question.slots and (found := _WHERE_PERSON.search(question.text)):
            doing = {stem(w) for w in re.findall(r"[a-z]+ing\b", found["who"])}
            who = self._named(found["who"])
            if who and not doing & (self.matter.stems | {"work"}):
                return f"at:{who}"
        if Slot.WHEN not in question.slots or not question.event:
            return ""
        own = events(f"{self.point.en} {self.point.text}".lower())
        named = any(stem(w) in self.matter.stems for w in re.findall(r"[a-z]+", question.text))
        return "" if named or question.event in own else question.event

    def _named(self, words: str) -> str:
        """The person a stretch of a question names."""
        if re.search(r"\byou\b", words):
            return self.exchange.speaker
        for mention in self.lexicon.mentions(words):
            if mention.kind == PERSON and mention.id:
                return mention.id
        return self.listener.last if re.search(r"\b(?:he|she)\b", words) else ""

    # --- answers ---------------------------------------------------------------------------------

    def _answer(self, turn: Turn, tokens: list[Token]) -> None:
        if self.on < 0:
            return
        stems: frozenset[str] = self._question_stems() if self.on > 0 else frozenset()
        answer = Answer(turn, tokens, self.matter, stems)
        if not answer.pieces:
            return
        slots = self.point.slots
        if Slot.WHO_ORDERED in slots or Slot.TO_WHOM in slots:
            self._orders(answer)
        if Slot.WHO_DID in slots:
            self._deeds(answer)
        if Slot.WHETHER in slots:
            self._whether(answer)
        for slot, value, span, certainty, by_sound in value_facts(self, answer):
            self.add(answer, slot, value, span, certainty, by_sound, self.event)

    def _question_stems(self) -> frozenset[str]:
        """The verb the question asks by: when did the pumping begin."""
        found = re.search(
            r"(?:did|were|was|had) (?:the |you |they |he |she |anyone |anybody |"
            r"\w+ )(?:(?:start|begin|go|come|end up|get) )?(?:to )?(?P<verb>[a-z]{4,})",
            self.question.text,
        )
        common = {
            "start",
            "begin",
            "there",
            "with",
            "many",
            "when",
            "what",
            "using",
            "tell",
            "send",
            "told",
            "sent",
            "order",
        }
        return (
            frozenset({stem(found["verb"])})
            if found and found["verb"] not in common
            else frozenset()
        )

    def _orders(self, answer: Answer) -> None:
        question = self.question
        asked = self.on > 0 and question.order
        people = answer.people()
        agents: set[str] = set()
        denied: set[str] = set()
        whom: set[str] = set()
        nobody, others, sound = False, 0, False
        best: Span | None = None
        for token, share in zip(people, answer.shares("r", [t.span for t in people]), strict=True):
            label = max(share, key=share.__getitem__)
            if label == "A" and self._spoken_to(answer, token):
                whom |= token.ids
                continue
            least = 0.6 if label == "P" else 0.45
            if label == "X" or share[label] < (least if asked else 0.8):
                continue
            if not asked and not self._near(answer, token.span):
                continue
            if label == "A":
                nobody = nobody or token.nobody
                agents |= token.ids if token.others == 0 or len(token.ids) == 0 else set()
                others = others or (token.others if not token.ids and not token.nobody else 0)
                sound = sound or token.by_sound
                best = token.span if best is None or not agents else best
            elif label == "D":
                if not token.nobody:
                    denied |= token.ids
                    best = best or token.span
            else:
                whom |= token.ids if token.others == 0 else set()
        own = marks.OWN_ACCORD.search(answer.lower)
        if own and asked and not agents:
            nobody = True
        if asked and question.yes_no and not agents and not nobody:
            self._short_order(answer, agents, denied)
        if asked and question.whom and agents and not whom:
            agents, whom = set(), agents
        best = best or answer.span_of(answer.pieces[0])
        value = Who(
            frozenset(agents),
            frozenset(denied - agents),
            nobody and not agents,
            others if not agents else 0,
        )
        if agents or value.denied or value.nobody or value.others:
            self._say(answer, Slot.WHO_ORDERED, value, best, sound)
        elif not whom and asked:
            self._unknown(answer, Slot.WHO_ORDERED)
        whom -= agents
        if whom and (agents or question.whom) and Slot.TO_WHOM in self.point.slots:
            self._say(answer, Slot.TO_WHOM, Who(frozenset(whom)), best, sound)

    def _spoken_to(self, answer: Answer, token: Token) -> bool:
        """He says, Yan, you go in: the one spoken to."""
        text = answer.turn.text.lower()
        return bool(
            not token.nobody
            and _VOCATIVE.search(text[: token.span[0]])
            and _VOCATIVE_REST.match(text[token.span[1] :])
        )

    def _short_order(self, answer: Answer, agents: set[str], denied: set[str]) -> None:
        """Did you send him? Yes / no: the agent is the question's."""
        subject = next((t for t in self.asked if t.kind == PERSON and t.ids), None)
        if subject is None:
            return
        first = opening(answer)
        if marks.YES.match(first):
            agents |= subject.ids
        elif marks.NO.match(first):
            denied |= subject.ids

    def _deeds(self, answer: Answer) -> None:
        question = self.question
        asked = self.on > 0 and (question.who or question.yes_no or question.order)
        people = answer.people()
        did: set[str] = set()
        denied: set[str] = set()
        nobody, sound = False, False
        best: Span | None = None
        for token, share in zip(people, answer.shares("d", [t.span for t in people]), strict=True):
            label = max(share, key=share.__getitem__)
            if self._acted_on(answer, token):
                continue
            if label in "XP" or share[label] < (0.5 if asked and question.who else 0.7):
                continue
            if not (asked and question.who) and not self._near(answer, token.span):
                continue
            piece = answer.piece_at(token.span)
            if piece is not None and (
                marks.USUAL.search(piece.text) or marks.PLANNED.search(piece.text)
            ):
                continue
            if label == "A":
                nobody = nobody or token.nobody
                did |= token.ids if token.others == 0 else set()
                sound = sound or token.by_sound
                best = best or token.span
            elif not token.nobody:
                denied |= token.ids
                best = best or token.span
        subject = self._subject()
        if asked and subject is not None and not did and not denied and not nobody:
            first = opening(answer)
            if marks.YES.match(first):
                did |= subject.ids
            elif marks.NO.match(first):
                denied |= subject.ids
            best = answer.span_of(answer.pieces[0])
        value = Who(frozenset(did), frozenset(denied - did), nobody and not did and question.who)
        if best is not None and (did or value.denied or value.nobody):
            self._say(answer, Slot.WHO_DID, value, best, sound)
        elif asked and question.who:
            self._unknown(answer, Slot.WHO_DID)

    def _acted_on(self, answer: Answer, token: Token) -> bool:
        """He pushed me aside: me, him after a verb are no doers."""
        if token.text not in ("me", "him", "us", "them"):
            return False
        piece = answer.piece_at(token.span)
        at = answer.tokens.index(token)
        before = answer.tokens[at - 1].text if at else ""
        first = piece is None or answer.tokens[piece.first] is token
        return not first and before not in _COMPLEMENT

    def _subject(self) -> Token | None:
        """Did you take it off: the one person the yes-or-no question asks about."""
        if not self.question.yes_no or self.question.order:
            return None
        named = [t for t in self.asked if t.kind == PERSON]
        first = named[0] if named else None
        return first if first is not None and len(first.ids) == 1 and not first.others else None

    def _near(self, answer: Answer, span: Span) -> bool:
        """The clause, or the next one, speaks of the matter."""
        piece = answer.piece_at(span)
        if piece is None:
            return False
        at = answer.pieces.index(piece)
        words = [
            w
            for p in answer.pieces[at : at + 2]
            for w in map(answer.word, answer.tokens[p.first : p.last])
        ]
        return "V" in words or "N" in words or (self.on > 0 and self.question.yes_no)

    def _whether(self, answer: Answer) -> None:
        question = self.question
        clauses = answer.clauses()
        if not clauses:
            return
        named = any(w in ("V", "N") for clause in clauses for w in clause)
        if self.on <= 0 and not named:
            return
        if Slot.WHO_DID in self.point.slots and question.who and not named:
            return
        share = model(WHETHER).probabilities(whole(clauses))
        label = max(share, key=share.__getitem__)
        brief = sum(map(len, clauses)) <= 4
        if question.yes_no and self.on > 0:
            found = front(question, self.matter.topic, label, answer, share)
            brief = brief and (found != label or bool(marks.YES.match(answer.pieces[0].text)))
            label = found
        else:
            brief = False
            if self.on <= 0 and in_general(answer):
                return
        if label == "o" or (self.on <= 0 and share[label] < 0.7):
            return
        span = answer.span_of(answer.pieces[0])
        if label == "u":
            self._unknown(answer, Slot.WHETHER, sure=True)
            return
        hedged = marks.HEDGE.search(answer.lower) or (share[label] < 0.6 and not brief)
        certainty = Certainty.HEDGED if hedged else Certainty.FLAT
        self.add(answer, Slot.WHETHER, Whether(label == "y"), span, certainty, False, self.event)

    # --- saying ----------------------------------------------------------------------------------

    def _say(self, answer: Answer, slot: Slot, value: Value, span: Span, by_sound: bool) -> None:
        self.add(answer, slot, value, span, certainty_at(answer, span), by_sound, "")

    def _unknown(self, answer: Answer, slot: Slot, *, sure: bool = False) -> None:
        piece = next((p for p in answer.pieces if marks.UNKNOWN.search(p.text)), None)
        if piece is None and sure:
            piece = answer.pieces[0]
        if piece is not None:
            self.add(
                answer, slot, None, answer.span_of(piece), Certainty.UNKNOWN, False, self.event
            )

    def add(
        self,
        answer: Answer,
        slot: Slot,
        value: Value | None,
        inner: Span,
        certainty: Certainty,
        by_sound: bool,
        event: str,
    ) -> None:
        """One fact with its quote: the clause that holds it."""
        turn = answer.turn
        piece = answer.piece_at(inner)
        outer = answer.span_of(piece) if piece is not None else inner
        span = (min(inner[0], outer[0]), max(inner[1], outer[1]))
        words = [w for w in turn.words if w.span[0] < inner[1] and inner[0] < w.span[1]]
        self.out.append(
            Fact(
                point=self.point.id,
                event=event,
                slot=slot,
                value=value,
                certainty=certainty,
                turn=turn.id,
                span=span,
                speaker=self.exchange.speaker,
                room=self.exchange.room,
                start_us=min((w.start_us for w in words), default=turn.start_us),
                confidence=min((w.confidence for w in words), default=1000),
                repaired=by_sound or any(w.repaired for w in words),
                text=turn.text[span[0] : span[1]],
            )
        )
