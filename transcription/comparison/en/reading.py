"""From an English exchange to facts about a point: the same contract as ``zh.read``.

For each answer: the question in force, whether it is about the point, and per slot what is said.
Which mention answers is decided by a classifier of what stands around it; whether it was so by one
of the whole answer; own accord, hedges and don't-knows by words.
"""

from __future__ import annotations

import re
from dataclasses import replace

from transcription.comparison.en import marks, states
from transcription.comparison.en.answer import Answer, Span, certainty_at
from transcription.comparison.en.context import WHETHER, model, whole
from transcription.comparison.en.deeds import deed_facts
from transcription.comparison.en.front import front, in_general
from transcription.comparison.en.matters import (
    Question,
    events,
    kin_of,
    matter_of,
    stem,
    understand,
)
from transcription.comparison.en.orders import order_facts
from transcription.comparison.en.values import VALUE_SLOTS, held, value_facts
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
)

_WHERE_PERSON = re.compile(
    r"\bwhere(?:abouts)? (?:exactly )?(?:were|was) (?P<who>[a-z' ]{1,30}?)(?: (?:at|when|"
    r"standing|then|that|during|exactly|yourself|himself)\b|$)"
)

#: When was the office told: when it was reported.
_LEARNT = re.compile(
    r"\b(?:told|informed|notified|hear (?:about|of)|heard (?:about|of)|learn|find out|know about|"
    r"made aware)\b"
)
_USING = re.compile(r"\b(?:us(?:e|ed|ing)|took|with|took (?:a|the) \w+ to)\b")
_CREW = re.compile(
    r"\b(?:crew|gang|team|of you|of them|there were|were there|in there|people|men|alone|"
    r"on (?:his|her) own)\b"
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
#: Asked for names where the count is the point: a list of people answers both.
_WHO_THERE = re.compile(
    r"(?:and |so )?who (?:all |else )?(?:(?:was|were|went) (?:in|on|down|up|over|out|there|with|at|"
    r"\w+ing)|(?:did|do) you have (?:there|with|on|up|down))\b"
)


class Reading:
    """One exchange read for one point."""

    def __init__(self, exchange: Exchange, case: Case, lexicon: Lexicon, point: Point) -> None:
        self.exchange, self.case, self.point = exchange, case, point
        self.matter = matter_of(point)
        others = [matter_of(p).stems for p in case.points if p.id != point.id]
        self.own_stems = self.matter.stems.difference(*others)
        self.gas_tested = any(matter_of(p).topic == "gas_test" for p in case.points)
        self.foreign = frozenset().union(*others) - self.matter.stems
        self.listener = Listener(lexicon, exchange.speaker, posts=posts(case), titles=titles(case))
        self.lexicon = lexicon
        self.question = Question()
        self.asked: list[Token] = []
        self.on = 0  # the question in force: 1 about the point, 0 open, -1 about something else
        self.event = ""
        self.held: frozenset[Slot] = frozenset()  # slots of which the question names a value
        self.out: list[Fact] = []
        self.heard: list[tuple[Turn, list[Token]]] = []  # turn by turn

    def facts(self) -> list[Fact]:
        for turn in self.exchange.turns:
            tokens = self.listener.tokens(turn.text, turn.role)
            self.heard.append((turn, tokens))
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
        self.held = self._held(question, named)
        if self.held:
            self.question = replace(question, slots=question.slots | self.held)
            self.on = 1
        self.event = self._event(question)

    def _held(self, question: Question, named: bool) -> frozenset[Slot]:
        """You went in at nine: the slots a yes-or-no question about the point fills itself."""
        if not question.yes_no or question.order or self.on < 0:
            return frozenset()
        found = held(self, question.text)
        if self.on > 0 or named or self._akin(question):
            return found
        lone = {s for s in found if sum(s in p.slots for p in self.case.points) == 1}
        used = {Slot.WITH_WHAT} if _USING.search(question.text) else set()
        crew = {Slot.HOW_MANY} if _CREW.search(question.text) else set()
        return frozenset(lone & (used | crew))

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
        if "gas_test" in question.topics and not self.gas_tested:
            question = replace(question, topics=question.topics - {"gas_test"})
        akin = named or self._akin(question)
        if marks.USUAL.search(question.text) or (question.idle and not named):
            return -1
        if topic:
            if topic in question.topics:
                return 1
            if topic == "report" and Slot.WHEN in question.slots and _LEARNT.search(question.text):
                return 1
            own = self.own_stems & set(map(stem, re.findall(r"[a-z]+", question.text)))
            if own and not (question.topics or question.order or question.slots):
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
            and akin
            and question.who
            and not question.order
            and not _OTHER_ACT.search(question.text)
        ):
            return 1
        if question.slots & set(VALUE_SLOTS) or question.who or question.order:
            return 0 if named else -1
        return 1 if akin and not question.slots else 0

    def _akin(self, question: Question) -> bool:
        """Who was at the controls, of who drove: one kind of act, no other point's word."""
        asked = set(map(stem, re.findall(r"[a-z]+", question.text)))
        if asked & self.foreign:
            return False
        return any(kin_of(word) & asked for word in self.matter.stems)

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
        for token in self.listener.tokens(words, Role.QUESTION):
            if token.kind == PERSON and len(token.ids) == 1 and token.text not in ("he", "she"):
                return next(iter(token.ids))
        return self.listener.last if re.search(r"\b(?:he|she)\b", words) else ""

    # --- answers ---------------------------------------------------------------------------------

    def _answer(self, turn: Turn, tokens: list[Token]) -> None:
        if self.on < 0:
            return
        rule = marks.TOPICS.get(self.matter.topic)
        if self.on <= 0 and rule and not rule.search(" ".join(t.text for t in tokens)):
            return
        stems: frozenset[str] = self._question_stems() if self.on > 0 else frozenset()
        answer = Answer(turn, tokens, self.matter, stems)
        if not answer.pieces:
            return
        slots = self.point.slots
        if Slot.WHO_ORDERED in slots or Slot.TO_WHOM in slots:
            order_facts(self, answer)
        if Slot.WHO_DID in slots:
            deed_facts(self, answer)
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

    def near(self, answer: Answer, span: Span) -> bool:
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
        plainly = ""
        if question.yes_no and self.on > 0:
            found = front(question, self.matter.topic, label, answer, share)
            contrary = states.turned(self.point, question, found, answer)
            turned, found = contrary != found or states.denied_flatly(answer), contrary
            brief = turned or (
                brief and (found != label or bool(marks.YES.match(answer.pieces[0].text)))
            )
            label = found
            plainly, said = states.said(self.point, self.matter, question, answer)
            if plainly:
                label, brief = plainly, said
                share = {**share, plainly: 1.0 if said else 0.5}
        else:
            brief = False
            if self.on <= 0 and in_general(answer):
                return
        if label in "yn" and marks.NOT_SEEN.search(answer.lower):
            label = "u"
        if label == "o" or (self.on <= 0 and share[label] < 0.7):
            return
        span = answer.span_of(answer.pieces[0])
        if label == "u":
            self.unknown(answer, Slot.WHETHER, sure=True)
            return
        hedged = (
            states.doubtful(label, question, answer, self.exchange.speaker, self.point)
            or (question.yes_no and not plainly and states.weak(label, answer))
            or marks.HEDGE.search(answer.lower)
            or (share[label] < 0.6 and not brief)
        )
        certainty = Certainty.HEDGED if hedged else Certainty.FLAT
        self.add(answer, Slot.WHETHER, Whether(label == "y"), span, certainty, False, self.event)

    # --- saying ----------------------------------------------------------------------------------

    def say(
        self,
        answer: Answer,
        slot: Slot,
        value: Value,
        span: Span,
        by_sound: bool,
        *,
        doubt: bool = False,
    ) -> None:
        certainty = Certainty.HEDGED if doubt else certainty_at(answer, span)
        self.add(answer, slot, value, span, certainty, by_sound, "")

    def unknown(self, answer: Answer, slot: Slot, *, sure: bool = False) -> None:
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
