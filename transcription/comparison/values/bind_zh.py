"""Times, numbers, places and tools of Chinese answers, bound to a point.

The question says which slot is asked and of which event; the classifier of ``binding`` says which
of several values is the one asked for. A value that belongs to another event is either left out
or given with that event's key, so that it is only compared with the same event of other people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from transcription.comparison.model import (
    Certainty,
    Fact,
    Fit,
    Number,
    Point,
    Slot,
    Thing,
    Turn,
    Value,
    When,
)
from transcription.comparison.values import binding, numbers_zh, times_zh
from transcription.comparison.values.count_zh import people_listed, says_total
from transcription.comparison.values.fitting import fit
from transcription.comparison.values.narrowing import narrowed
from transcription.comparison.values.things_zh import places, tools
from transcription.comparison.zh import matters
from transcription.comparison.zh.clauses import Clause, event_hints, of_flat
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.people import Speech
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.topics import Matter, content, matter_of

SLOTS = (Slot.WHEN, Slot.HOW_MANY, Slot.WHERE, Slot.WITH_WHAT)
_KINDS = {Slot.WHEN: "t", Slot.HOW_MANY: "n", Slot.WHERE: "w", Slot.WITH_WHAT: "m"}
_DENIED = re.compile(r"(?:不是|没有?(?:用|拿|在|去|开|坐|到|使)|不在|不用|没)(?:什么|那个|到)?$")
#: Least probability of being the value asked for: when asked, when not.
_ASKED, _UNASKED, _UNASKED_PEOPLE = 0.5, 0.75, 0.7
#: ... and when it is the only one of the answer to a question for it.
_ONLY = 0.35
_LEAD = re.compile(r"[嗯啊哦呃,.]|大概|大约|也就|就|是|有|一共|总共|在|用的?|拿的?|那天|我们|反正")
_PARTICLES = re.compile(r"[啊呀嘛吧呗咯了的呢哦嘞]|左右|样子|人|里面|里|那儿|那边|上|边上")
#: Everybody has his own: 你几点到的.
_PERSONAL = frozenset(("arrive", "leave", "told"))
_OTHERS = frozenset(("accident", "arrive", "end", "rescue", "report"))
_OCCASION = re.compile(r"[那上前头][一]?[回次趟]")
#: Ways to name the work without its verb.
_GENERIC = re.compile(r"下去|进去|上去|干活|作业|干的|去的|施工")
_ASKED_VERB = re.compile(
    r"(?:几点|什么时候|啥时候|什么时间|多会儿|几个人|多少人|在?哪[里儿]|在?什么地方|"
    r"[用拿使]的?(?:什么|啥))"
    r"(?:钟|开始|才|就|去|来|在|一起)*(?P<verb>[一-鿿]{1,2}?)(?:的|了|过)?[?吗呢啊呀]?$"
)
_MOMENT = re.compile(
    r"那一?[刻下会瞬]|时|出事|事故|当时|那会儿|爆|塌|倒|掉|着火|起火|的时候|那一下|那时|同时"
)
_MORE_SLOTS = (
    (
        Slot.WHEN,
        re.compile(r"(?:开始|启动|发生|进行|作业|具体|准确|大概)[^,.]{0,2}时间|时间(?:呢|是|点)"),
    ),
    (Slot.HOW_MANY, re.compile(r"几.?人|多少.?人")),
    (Slot.WITH_WHAT, re.compile(r"(?:站|踩|蹲)(?:在|着)?(?:什么|啥)(?:上|东西)")),
)
#: Questions about the person or the firm at large, whatever slot they ask.
_ELSEWHERE = re.compile(
    r"你家|家里|家住|老家|孩子|老婆|(?:厂里?|公司|单位|全厂|企业)(?:里|现在)?(?:一共|"
    r"总共)?(?:有|多少)|"
    r"平时|平常|一般(?:都|是|几)|每天|哪年|哪一年|几年|多大"
)
_WHERE_PERSON = re.compile(
    r"(?:[\ue000-\ue7ff]|你们?|他们?|她)(?:人|当时|那会儿|那时候?|到底|又|是|正|都)*"
    r"(?:在|站|蹲|待|呆|坐|躲)(?:在|的|着)?"
    r"(?:哪[里儿个]?|什么|啥|何处)(?:地方|位置|处|边)?(?:呢|啊|呀|吗|的)?[?.]?$"
)


@dataclass(frozen=True)
class _Candidate:
    """A value of an answer. ``span`` is of the flattened text."""

    value: Value
    span: tuple[int, int]
    repaired: bool = False


@dataclass
class _Asked:
    """The question in force."""

    question: Question
    on_point: int  # 1 about the point, 0 open, -1 about something else
    event: str = ""


def read_values(heard: Heard, point: Point) -> list[Fact]:
    """Facts of the four slots of values that the exchange holds about ``point``."""
    return _Binder(heard, point).facts()


class _Binder:
    def __init__(self, heard: Heard, point: Point) -> None:
        self.heard, self.point, self.lexicon = heard, point, heard
        self.exchange, self.case = heard.exchange, heard.case
        self.own = matters.profile(point)
        self.point_events = set(event_hints(point.text))
        self.out: list[Fact] = []

    def facts(self) -> list[Fact]:
        asked = _Asked(Question(), 0)
        for turn, (speech, question) in zip(self.exchange.turns, self.heard.turns(), strict=True):
            if question is not None:
                asked = self._next(asked, question, turn)
            elif self._wanted(asked) and speech.flat.text:
                _Answer(self, turn, speech, asked).read()
        return self.out

    def _wanted(self, asked: _Asked) -> bool:
        """Whether an answer can hold a value of the point; a long case file makes this matter."""
        values = bool(set(self.point.slots) & set(SLOTS)) or asked.question.open
        return asked.on_point > 0 or (asked.on_point == 0 and values)

    # --- which question is in force --------------------------------------------------------------

    def _next(self, before: _Asked, question: Question, turn: Turn) -> _Asked:
        question = _with_slots(question)
        values = question.slots & set(SLOTS)
        own_verb = bool(_ASKED_VERB.search(question.plain))
        goes_on = (question.elliptic and not own_verb) or (
            not values and not question.families and not question.open
        )
        if goes_on and not turn.point and before.question.plain:
            plain = f"{before.question.plain[-60:]}?{question.plain}"
            slots = question.slots or before.question.slots
            merged = replace(question, slots=slots, plain=plain)
            if values and self._event(question):
                return _Asked(merged, self._on_point(merged, turn), self._event(question))
            return _Asked(merged, before.on_point, before.event)
        return _Asked(question, self._on_point(question, turn), self._event(question))

    def _on_point(self, question: Question, turn: Turn) -> int:
        if turn.point:
            return 1 if turn.point == self.point.id else -1
        if getattr(question, "usual", False):
            return -1
        about = matters.about(question.plain, self.own)
        if about < 0 or _ELSEWHERE.search(question.plain):
            return -1
        wanted = set(self.point.slots) & set(SLOTS)
        if about == 0 and self._other_matter(question):
            return -1 if self.own.family or not question.slots & wanted else 0
        if question.slots & wanted:
            return 1
        if question.slots & set(SLOTS):
            return 0 if about > 0 else -1
        return 1 if about > 0 else 0

    def _other_matter(self, question: Question) -> bool:
        """那条船有多少人, 砖机几点坏的: it names things, and none of the point's."""
        if not question.slots & set(SLOTS) or self._event(question):
            return False
        if not self.own.family and (
            question.slots & {Slot.WHERE, Slot.WITH_WHAT}
            or _GENERIC.search(question.plain)
            or "start" in event_hints(question.plain)
            or ((verb := _ASKED_VERB.search(question.plain)) and verb["verb"][0] in "开启动干做")
        ):
            return False
        named = content(question.plain)
        matter = matter_of(self.point)
        own = {*matter.verbs, *matter.items}
        return bool(named) and not any(
            set(word) & self.own.characters or any(word in o or o in word for o in own)
            for word in named
        )

    def _event(self, question: Question) -> str:
        """The event a question names that is not the point's; empty for the point's own."""
        plain = question.plain
        if Slot.WHERE in question.slots and question.speech is not None:
            target = self._person(question.speech)
            if target:
                return target
        if not question.slots & {Slot.WHEN, Slot.HOW_MANY}:
            return ""
        named = [e for e in event_hints(plain) if e != "start"]
        if not named or set(named) & self.point_events:
            return ""
        if matters.own_words(plain, self.own) or "start" in event_hints(plain):
            return ""
        if self.own.family and self.own.family in question.families:
            return ""
        if named[0] not in _PERSONAL:
            return named[0]
        who = question.speech.refer(question.speech.text).ids if question.speech else frozenset()
        return f"{named[0]}:{min(who) if len(who) == 1 else self.exchange.speaker}"

    def _person(self, speech: Speech) -> str:
        """出事时李伟在哪里: where a person was, at that moment only."""
        found = _WHERE_PERSON.search(speech.text)
        if not found:
            return ""
        who = speech.refer(found.group()).ids
        if not who and found.group().startswith("你"):
            who = frozenset({self.exchange.speaker})
        moment = "" if _MOMENT.search(speech.flat.text) else "?"
        return f"at:{min(who)}{moment}" if who else ""


class _Answer:
    """One answer turn."""

    def __init__(self, binder: _Binder, turn: Turn, speech: Speech, asked: _Asked) -> None:
        self.binder, self.turn, self.speech, self.asked = binder, turn, speech, asked
        self.text, self.heard = speech.flat.text, binder.heard
        self.clauses = of_flat(speech.flat)
        self.matter: Matter = _with_verb(
            matter_of(binder.point, asked.question.plain), asked.question.plain
        )
        self.people = _people_spans(speech)

    def read(self) -> None:
        for slot in SLOTS:
            if slot in self.asked.question.slots and self.asked.on_point >= 0:
                if self.asked.on_point > 0:
                    self._slot(slot, asked=True)
                elif slot in self.binder.point.slots:
                    self._slot(slot, asked=self.asked.question.elliptic)
            elif self.asked.on_point >= 0 and not self.asked.event:
                self._slot(slot, asked=False)

    def _slot(self, slot: Slot, *, asked: bool) -> None:
        candidates = self._candidates(slot)
        if not candidates:
            if asked:
                self._unknown(slot)
            return
        if not asked and not any(self._near_matter(c) for c in candidates):
            return
        spans = [c.span for c in candidates]
        shares = binding.shares(_KINDS[slot], self.text, spans, self.people, self.matter)
        own: list[tuple[float, _Candidate]] = []
        denied: list[_Candidate] = []
        for candidate, share in zip(candidates, shares, strict=True):
            clause = self._clause(candidate.span)
            if clause is not None and (clause.withdrawn or clause.ought or clause.asking):
                continue
            if self._other_occasion(candidate, clause) or self._other_event(slot, clause):
                continue
            if asked and self._direct(candidate.span):
                own.append((1.0, candidate))
            elif share["D"] > 0.5 or _DENIED.search(self.text[: candidate.span[0]]):
                denied.append(candidate)
            elif share["O"] >= self._least(slot, asked) and not _off(clause):
                own.append((share["O"], candidate))
        only = candidates[0] if len(candidates) == 1 else None
        if asked and only and not own and not denied and shares[0]["O"] > _ONLY:
            clause = self._clause(only.span)
            if not self._other_occasion(only, clause) and not self._other_event(slot, clause):
                own = [(shares[0]["O"], only)]
        if not asked:
            own = [o for o in own if self._near_matter(o[1])]
            denied = []
            if slot in (Slot.WHERE, Slot.WITH_WHAT) and slot not in self.binder.point.slots:
                return
        if own or denied:
            weak = not asked and slot in (Slot.WHERE, Slot.WITH_WHAT)
            self._say(slot, own, denied, weak or self._between(own, candidates))
        elif asked:
            self._unknown(slot)

    def _least(self, slot: Slot, asked: bool) -> float:
        return _ASKED if asked else _UNASKED_PEOPLE if slot is Slot.HOW_MANY else _UNASKED

    def _direct(self, span: tuple[int, int]) -> bool:
        """The answer begins with the value and nothing else: 俩。 or 五个咯."""
        rest = re.split(r"[,.?]", self.text[span[1] :], maxsplit=1)[0]
        return not _LEAD.sub("", self.text[: span[0]]) and not _PARTICLES.sub("", rest)

    def _other_occasion(self, candidate: _Candidate, clause: Clause | None) -> bool:
        """上礼拜三那回: another day, and said to be another time of doing it."""
        day = candidate.value.day if isinstance(candidate.value, When) else None
        incident = self.binder.case.incident
        if day is None or day == incident or clause is None:
            return False
        # 前天那回啊, 早上八点进的: the occasion is named before, the day carried on.
        return bool(_OCCASION.search(self.text))

    def _other_event(self, slot: Slot, clause: Clause | None) -> bool:
        """出事是十点四十, to a question when it began: the clause names its own event."""
        if slot is not Slot.WHEN or clause is None or "start" in clause.events:
            return False
        asked = self.binder.point_events | set(event_hints(self.asked.question.plain))
        other = (set(clause.events) & _OTHERS) - asked
        return bool(other) and not any(verb in clause.text for verb in self.matter.verbs)

    def _near_matter(self, candidate: _Candidate) -> bool:
        """Not asked for: only beside a word of the matter itself."""
        at = next((n for n, c in enumerate(self.clauses) if c.end > candidate.span[0]), None)
        if at is None or (isinstance(candidate.value, Number) and candidate.value.unit != "人"):
            return False
        # 我们三个人, 用泵抽的: the number stands before the clause with the act.
        near = " ".join(c.text for c in self.clauses[at : at + 2])
        if self.asked.question.open and _GENERIC.search(self.clauses[at].text):
            return True
        return matters.about(near, self.binder.own) > 0 or (
            self.asked.on_point > 0 and any(v in near for v in self.matter.verbs)
        )

    # --- candidates ------------------------------------------------------------------------------

    def _candidates(self, slot: Slot) -> list[_Candidate]:
        match slot:
            case Slot.WHEN:
                return self._times()
            case Slot.HOW_MANY:
                return self._numbers(slot in self.asked.question.slots)
            case Slot.WHERE:
                found = self.heard.once(("w", self.text), lambda: places(self.text, self.heard))
            case _:
                found = self.heard.once(("m", self.text), lambda: tools(self.text, self.heard))
        return [_Candidate(value, span, repaired) for value, span, repaired in found]

    def _times(self) -> list[_Candidate]:
        """Times of the answer; morning or afternoon may have been said in the question."""
        before = self.asked.question.plain + "."
        said_on, incident = self.binder.exchange.said_on, self.binder.case.incident
        shift = len(before)
        return [
            _Candidate(value, (max(a - shift, 0), b - shift))
            for value, (a, b) in self.heard.once(
                ("t", before, self.text),
                lambda: times_zh.find(before + self.text, said_on, incident),
            )
            if b > shift
        ]

    def _numbers(self, asked: bool) -> list[_Candidate]:
        people = self._of_people()
        found = [
            _Candidate(value, span)
            for value, span in self.heard.once(("n", self.text), lambda: numbers_zh.find(self.text))
            if not people or value.unit in ("", "人")
        ]
        several = [c for c in found if _count(c) >= 2]
        if people and several:  # 俩, 一个老王, 一个小李: the ones are of the list
            found = several
        if not people:
            return found
        listed = people_listed(self.speech) if asked else None
        if listed is None:
            return found
        value, (start, end) = listed
        inside = [c for c in found if start <= c.span[0] < end]
        total = [c for c in found if says_total(self.text, c.span[0])]
        stated = [c for c in found if c not in inside and _count(c) >= 2]
        if total or (stated and not inside):
            return [c for c in found if c not in inside or c in total]
        return [c for c in found if c not in inside] + [_Candidate(value, (start, end))]

    def _of_people(self) -> bool:
        asked = self.asked.question.plain + self.binder.point.text
        return bool(
            re.search(
                r"几个人|多少人|几人|几名|几位|人数|多少个人|几口|几个(?=[^月小钟])|人", asked
            )
        )

    # --- saying --------------------------------------------------------------------------------

    def _say(
        self,
        slot: Slot,
        own: list[tuple[float, _Candidate]],
        denied: list[_Candidate],
        weak: bool = False,
    ) -> None:
        own.sort(key=lambda item: (-item[0], item[1].span))
        if slot in (Slot.WHERE, Slot.WITH_WHAT):
            direct = [c for share, c in own if share == 1.0]  # 头窑, 二号窑早停火了
            likely = [c for share, c in own if share >= 0.6]
            names = direct or likely or [c for _, c in own[:1]]
            value: Value = Thing(
                frozenset(n for c in names if isinstance(c.value, Thing) for n in c.value.names),
                frozenset(n for c in denied if isinstance(c.value, Thing) for n in c.value.names),
            )
            best = own[0][1] if own else denied[0]
            self._fact(slot, value, best, weak)
        elif own:
            first = own[0][1]
            value = first.value
            for _, other in own[1:]:
                value = narrowed(value, other.value)
            self._fact(slot, value, first, weak)

    def _between(self, own: list[tuple[float, _Candidate]], candidates: list[_Candidate]) -> bool:
        """进屋是二十号, 坐墩是二十一号: several times that do not go together, and the
        one chosen without a word of the matter."""
        times = [c for c in candidates if isinstance(c.value, When)]
        if len(times) < 2 or any(share == 1.0 for share, _ in own):
            return False
        clause = self._clause(own[0][1].span) if own else None
        if clause is None or "start" in clause.events:
            return False
        apart = any(
            fit(Slot.WHEN, a.value, b.value) is Fit.INCOMPATIBLE for a in times for b in times
        )
        named = (*self.matter.verbs, *self.matter.items)
        return apart and not any(word in clause.text for word in named)

    def _fact(self, slot: Slot, value: Value | None, best: _Candidate, weak: bool = False) -> None:
        clause = self._clause(best.span)
        hedged = weak or (clause is not None and (clause.hedged or clause.unknown))
        self._add(
            slot, value, best.span, Certainty.HEDGED if hedged else Certainty.FLAT, best.repaired
        )

    def _unknown(self, slot: Slot) -> None:
        clause = next((c for c in self.clauses if c.unknown), None)
        if clause is not None and slot in self.binder.point.slots:
            self._add(slot, None, (clause.start, clause.end), Certainty.UNKNOWN, False)

    def _add(
        self,
        slot: Slot,
        value: Value | None,
        flat: tuple[int, int],
        certainty: Certainty,
        repaired: bool,
    ) -> None:
        clause = self._clause(flat)
        inner = self.speech.flat.span(*flat)
        outer = clause.span if clause is not None else inner
        span = (min(inner[0], outer[0]), max(inner[1], outer[1]))
        words = [w for w in self.turn.words if w.span[0] < inner[1] and inner[0] < w.span[1]]
        exchange = self.binder.exchange
        self.binder.out.append(
            Fact(
                point=self.binder.point.id,
                event=self.asked.event,
                slot=slot,
                value=value,
                certainty=certainty,
                turn=self.turn.id,
                span=span,
                speaker=exchange.speaker,
                room=exchange.room,
                start_us=min((w.start_us for w in words), default=self.turn.start_us),
                confidence=min((w.confidence for w in words), default=1000),
                repaired=repaired or any(w.repaired for w in words),
                text=self.turn.text[span[0] : span[1]],
            )
        )

    def _clause(self, span: tuple[int, int]) -> Clause | None:
        return next((c for c in self.clauses if c.start < span[1] and span[0] < c.end), None)


def _with_slots(question: Question) -> Question:
    """What is asked in words that ``zh.questions`` does not look for."""
    if question.slots & set(SLOTS):
        return question
    found = {slot for slot, rule in _MORE_SLOTS if rule.search(question.plain)}
    return replace(question, slots=question.slots | found)


def _with_verb(matter: Matter, question: str) -> Matter:
    """The matter with the verb the question itself asks by: 泵是几点开的."""
    parts = [part for part in re.split(r"[?.,]", question) if part]
    found = next((m for part in reversed(parts) if (m := _ASKED_VERB.search(part))), None)
    if not found:
        return matter
    verb = found["verb"]
    short = {verb[0]} if len(verb) == 2 and verb[1] in "去来上下进出到" else set()
    verbs = sorted({*matter.verbs, verb, *short}, key=lambda word: (-len(word), word))
    return replace(matter, verbs=tuple(verbs))


def _off(clause: Clause | None) -> bool:
    return clause is not None and (clause.habitual or clause.planned)


def _count(candidate: _Candidate) -> float:
    return candidate.value.low if isinstance(candidate.value, Number) else 0.0


def _people_spans(speech: Speech) -> list[tuple[int, int]]:
    return [
        place
        for character, place in zip(speech.text, speech.places, strict=True)
        if "\ue000" <= character <= "\ue9ff" and place[1] - place[0] > 1
    ]
