"""Times, numbers, places and tools of Chinese answers, bound to a point.

The question says which slot is asked and of which event; the classifier of ``binding`` says which
of several values is the one asked for. A value that belongs to another event is either left out
or given with that event's key, so that it is only compared with the same event of other people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

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
from transcription.comparison.values import aside_zh, binding, placed_zh
from transcription.comparison.values.asked_zh import GENERIC, SLOTS, Asked, Asking, with_verb
from transcription.comparison.values.candidates_zh import Candidate, Finder
from transcription.comparison.values.fitting import fit
from transcription.comparison.values.narrowing import narrowed
from transcription.comparison.zh import matters
from transcription.comparison.zh.clauses import Clause, event_hints, is_hedged_at, of_flat
from transcription.comparison.zh.flat import flatten
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.people import Speech
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.topics import Matter, matter_of
from transcription.comparison.zh.tying import tied

_KINDS = {Slot.WHEN: "t", Slot.HOW_MANY: "n", Slot.WHERE: "w", Slot.WITH_WHAT: "m"}
#: Least probability of being the value asked for: when asked, when not.
_ASKED, _UNASKED, _UNASKED_PEOPLE = 0.5, 0.75, 0.7
#: ... and when it is the only one of the answer to a question for it.
_ONLY = 0.35
_LEAD = re.compile(r"[嗯啊哦呃,.]|大概|大约|也就|就|是|有|一共|总共|在|用的?|拿的?|那天|我们|反正")
_PARTICLES = re.compile(
    r"[啊呀嘛吧呗咯了的呢哦嘞]|没一?会儿?|没多久|没多大会儿?|左右|样子|人|里面|里|那儿|那边|上|边上"
)
_JUST_AFTER = re.compile(
    r"(?:哨|铃|收工|下班|结束)[^,.]{0,3}(?:刚|才|一)[^,.]{0,4}|(?:刚|才)(?:收工|下班|结束|完工)"
)
#: 一台大, before a tool.
_ONE = re.compile(
    r"^(?:[一两三]|那|这)(?:大|小|整|老)?[台把根条辆架部支只杆个](?:大|小|旧|破|长|短|新)?$"
)
#: 那是八月里的活了: what is said is of another time.
_OTHER_BUSINESS = re.compile(
    r"那(?:个|都|已经)?是(?:[一二三四五六七八九十]{1,3}月|上个?月|上[周回次]|前[几两]天|去年|"
    r"前年|以前|年前|之前)"
    r"[^,.]{0,4}的?(?:活|事|时候)"
)
#: 撬杠呗, 三个嘛: nothing that follows belongs to it.
_ENDS = re.compile(r"[,.?]|(?<=[呗嘛噻咯喽嘞])(?=[^,.?])")
_OTHERS = frozenset(("accident", "arrive", "end", "rescue", "report"))
_OCCASION = re.compile(r"[那上前头][一]?[回次趟]")


def read_values(heard: Heard, point: Point) -> list[Fact]:
    """Facts of the four slots of values that the exchange holds about ``point``."""
    return _Binder(heard, point).facts()


def asked_aside(heard: Heard, point: Point) -> frozenset[int]:
    """The answers whose question asks for another thing than the point: a plan, other people."""
    talk = enumerate(_in_force(heard, point))
    return frozenset(at for at, (_, _, question, asked) in talk if question is None and asked.aside)


def _in_force(heard: Heard, point: Point) -> Iterator[tuple[Turn, Speech, Question | None, Asked]]:
    """Every turn, what it asks, and the question in force from it on."""
    asking, asked = Asking(point, heard.exchange), Asked(Question(), 0)
    for at, (turn, (speech, question)) in enumerate(
        zip(heard.exchange.turns, heard.turns(), strict=True)
    ):
        if question is not None:
            found = tied(heard, at)
            asked = asking.next(asked, question, turn, found.sure and found.point is point)
        yield turn, speech, question, asked


#: 外头的呢, 船上的: the question goes on to another group of those counted.
_THE_REST = re.compile(r"^(?!你|我|他|她|那|这)[^,.?]{1,4}的(?:人)?(?:呢|有几个|几个)?[?.]?$")


#: 除了你还有几个: the one asked is not in the answer, unless he counts himself in.
_BESIDES_YOU = re.compile(
    r"除了?[你您](?:们)?(?:自己|本人)?(?:之外|以外|外)?,?(?:还|另外|另)?有?(?:几|多少)"
)
_WITH_ME = re.compile(r"一共|总共|连我|算我|算上我|加上我|加我|带我|包括我")


class _Binder:
    def __init__(self, heard: Heard, point: Point) -> None:
        self.heard, self.point, self.lexicon = heard, point, heard
        self.exchange, self.case = heard.exchange, heard.case
        asking = Asking(point, heard.exchange)
        self.own, self.point_events = asking.own, asking.point_events
        self.out: list[Fact] = []
        self.tied: set[Fact] = set()  # said beside a word of the matter, or as the whole answer

    def facts(self) -> list[Fact]:
        of_the_rest = False
        for turn, speech, question, asked in _in_force(self.heard, self.point):
            if question is not None:
                of_the_rest = bool(_THE_REST.search(speech.flat.text))
            elif self._wanted(asked) and speech.flat.text:
                before = len(self.out)
                _Answer(self, turn, speech, asked).read()
                if of_the_rest:
                    self._add_the_rest(before)
                elif _BESIDES_YOU.search(asked.question.plain):
                    self._add_the_speaker(before)
        return [fact for fact in self.out if not self._outweighed(fact)]

    def _add_the_speaker(self, before: int) -> None:
        """除了你还有几个? 还有两个: three."""
        for at, fact in enumerate(self.out[before:], before):
            counted = fact.value
            alone = fact.slot is Slot.HOW_MANY and not _WITH_ME.search(fact.text)
            if alone and isinstance(counted, Number):
                more = replace(counted, low=counted.low + 1, high=counted.high + 1)
                self.out[at] = replace(fact, value=more)

    def _add_the_rest(self, before: int) -> None:
        """我们厂俩. 外头的呢? 也俩: four, once both groups are named."""
        said = [one for one in self.out[:before] if one.slot is Slot.HOW_MANY]
        new = [one for one in self.out[before:] if one.slot is Slot.HOW_MANY]
        if len(said) != 1 or len(new) != 1 or said[0].event != new[0].event:
            return
        first, rest = said[0].value, new[0].value
        if not (isinstance(first, Number) and isinstance(rest, Number)):
            return
        if {rest.unit, first.unit} - {"人", ""} or rest.low != rest.high or first.low != first.high:
            return
        both = first.low + rest.low
        whole = replace(new[0], value=replace(rest, low=both, high=both))
        self.out[self.out.index(new[0])] = whole
        self.out.remove(said[0])

    def _outweighed(self, fact: Fact) -> bool:
        """一点还没动 ... 三点立的架: a value tied to the matter outweighs one that is not."""
        return fact not in self.tied and any(
            (other.slot, other.event, other.certainty) == (fact.slot, fact.event, Certainty.FLAT)
            and other.turn != fact.turn
            and fit(fact.slot, fact.value, other.value) is Fit.INCOMPATIBLE
            for other in self.tied
        )

    def _wanted(self, asked: Asked) -> bool:
        """Whether an answer can hold a value of the point; a long case file makes this matter."""
        values = bool(set(self.point.slots) & set(SLOTS)) or asked.question.open
        return asked.on_point > 0 or (asked.on_point == 0 and values)


class _Answer:
    """One answer turn."""

    def __init__(self, binder: _Binder, turn: Turn, speech: Speech, asked: Asked) -> None:
        self.binder, self.turn, self.speech, self.asked = binder, turn, speech, asked
        self.text, self.heard = speech.flat.text, binder.heard
        self.clauses = of_flat(speech.flat)
        self.matter: Matter = with_verb(
            matter_of(binder.point, asked.question.plain), asked.question.plain
        )
        self.people = _people_spans(speech)
        self.finder = Finder(self.heard, speech, asked.question.plain, binder.point.text)

    def read(self) -> None:
        if _OTHER_BUSINESS.search(self.text):
            return
        for slot in SLOTS:
            if slot in self.asked.question.slots and self.asked.on_point >= 0:
                if self.asked.on_point > 0:
                    self._slot(slot, asked=True)
                elif slot in self.binder.point.slots:
                    self._slot(slot, asked=self.asked.question.elliptic)
            elif self.asked.on_point >= 0 and not self.asked.event:
                self._slot(slot, asked=False)

    def _slot(self, slot: Slot, *, asked: bool) -> None:
        candidates = self.finder.find(slot, asked=slot in self.asked.question.slots)
        if not candidates:
            if asked:
                self._unknown(slot)
            return
        near = asked or any(self._near_matter(c) for c in candidates)
        if not near and not self._fragments(slot, candidates):
            return
        candidates = aside_zh.without_repeats(self.text, candidates)
        day = asked and slot is Slot.WHEN and self._only_day(candidates)
        spans = [c.span for c in candidates]
        shares = binding.shares(_KINDS[slot], self.text, spans, self.people, self.matter)
        own: list[tuple[float, Candidate]] = []
        denied: list[Candidate] = []
        left: list[tuple[float, Candidate]] = []  # not ruled out by what stands beside it
        for candidate, share in zip(candidates, shares, strict=True):
            clause = self._clause(candidate.span)
            if clause is not None and (clause.withdrawn or clause.ought or clause.asking):
                continue
            if self._other_occasion(candidate, clause) or self._other_event(slot, clause):
                continue
            if slot is Slot.WHERE and self._only_my_place(candidate, clause):
                continue
            seen = self._set_aside(slot, candidate)
            if not seen and slot is Slot.WITH_WHAT and self._for_another_act(candidate):
                seen = aside_zh.ASIDE
            left += [(share["O"], candidate)] if not (seen or _off(clause)) else []
            if denied and denied[-1].span[1] == candidate.span[0]:
                seen = aside_zh.DENIED  # 哪有什么三个四个
            if asked and not seen and (day or self._plainly(slot, candidate, clause)):
                own.append((1.0, candidate))
            elif seen == aside_zh.DENIED or (share["D"] > 0.5 and not seen):
                denied.append(candidate)
            elif seen:
                continue
            elif share["O"] >= self._least(slot, asked) and not _off(clause):
                own.append((share["O"], candidate))
        if asked and not own and (not denied or slot is Slot.WHERE) and len(left) == 1:
            share_left, only = left[0]
            if share_left > _ONLY or self._tied([(0.0, only)]):
                own = [(max(share_left, _ONLY), only)]
        if not asked:
            own = [o for o in own if self._near_matter(o[1])]
            if not own and self._added(slot, left):
                own = [(_UNASKED, left[0][1])]
            denied = []
            if slot in (Slot.WHERE, Slot.WITH_WHAT) and slot not in self.binder.point.slots:
                return
        if own or denied:
            weak = not asked and slot in (Slot.WHERE, Slot.WITH_WHAT) and not self._done(own)
            kept = [c for _, c in own] + [c for _, c in left]
            self._say(slot, own, denied, weak or self._between(own, kept))
        elif asked:
            self._unknown(slot)

    def _plainly(self, slot: Slot, candidate: Candidate, clause: Clause | None) -> bool:
        """It answers by where it stands, whatever the classifier thinks."""
        return (
            self._direct(candidate.span)
            or (slot is Slot.WHERE and self._put(candidate, clause))
            or (slot is Slot.WITH_WHAT and self._first_said(candidate, clause))
        )

    def _fragments(self, slot: Slot, candidates: list[Candidate]) -> bool:
        """我关的, 也就两点四十: a clause that is a time and nothing else, to a question about
        the point that asks for something else of it."""
        asked = self.asked
        if slot is not Slot.WHEN or slot not in self.binder.point.slots or asked.on_point <= 0:
            return False
        if asked.event or asked.question.open:
            return False
        clauses = [self._clause(c.span) for c in candidates]
        return (
            len(candidates) == 1
            and clauses[0] is not None
            and not _PARTICLES.sub("", _LEAD.sub("", self._around(candidates[0], clauses[0])))
        )

    def _added(self, slot: Slot, left: list[tuple[float, Candidate]]) -> bool:
        return len(left) == 1 and self._fragments(slot, [left[0][1]])

    def _around(self, candidate: Candidate, clause: Clause) -> str:
        return (
            self.text[clause.start : candidate.span[0]] + self.text[candidate.span[1] : clause.end]
        )

    def _done(self, own: list[tuple[float, Candidate]]) -> bool:
        """阿火用割枪割掉的, to a question who cut it: the tool stands before the act."""
        if not own or self.asked.on_point <= 0 or self.asked.event:
            return False
        clause = self._clause(own[0][1].span)
        if clause is None or clause.negated:
            return False
        after = self.text[own[0][1].span[1] : clause.end]
        at_large = placed_zh.AT_LARGE.search(self.asked.question.plain) and after.endswith(
            ("的", "了")
        )
        return bool(at_large) or any(verb in after for verb in self.matter.verbs)

    def _put(self, candidate: Candidate, clause: Clause | None) -> bool:
        """码在打包房, 我在料房称料: somebody put it there, or stood there who was asked about."""
        if clause is None or clause.negated or _off(clause):
            return False
        before = self.text[clause.start : candidate.span[0]]
        if self._person() is None:
            return placed_zh.put(before, self.text[candidate.span[1] :])
        return bool(placed_zh.STOOD.search(before))

    def _first_said(self, candidate: Candidate, clause: Clause | None) -> bool:
        """套筒扳手一颗一颗拧: asked for the tool, the answer begins with one."""
        if clause is None or clause.negated or _off(clause) or clause.unknown:
            return False
        if self.asked.question.yes_no:
            return False
        return not _ONE.sub("", _LEAD.sub("", self.text[: candidate.span[0]]))

    def _person(self) -> str | None:
        """Whose place is asked for, if somebody's."""
        event = self.asked.event
        return event.removeprefix("at:").rstrip("?") if event.startswith("at:") else None

    def _only_my_place(self, candidate: Candidate, clause: Clause | None) -> bool:
        """我没看见他, 我在办公室: asked where another was, the speaker says where he was."""
        if clause is None or not placed_zh.MINE.search(self.text[clause.start : candidate.span[0]]):
            return False
        who = self._person()
        if who is not None:
            return who != self.binder.exchange.speaker
        return bool(placed_zh.UNSEEN.search(self.text)) and "你" not in self.asked.question.plain

    def _set_aside(self, slot: Slot, candidate: Candidate) -> str:
        words = (*self.matter.verbs, *self.matter.items)
        question = self.asked.question.plain
        return aside_zh.judged(slot, self.text, candidate.span, words, question)

    def _for_another_act(self, candidate: Candidate) -> bool:
        point = self.binder.point
        known = "".join((point.text, self.asked.question.plain, *point.verbs, *point.items))
        return aside_zh.other_act(self.text, candidate.span, known)

    def _only_day(self, candidates: list[Candidate]) -> bool:
        return aside_zh.only_day(self.asked.question.plain, candidates)

    def _least(self, slot: Slot, asked: bool) -> float:
        return _ASKED if asked else _UNASKED_PEOPLE if slot is Slot.HOW_MANY else _UNASKED

    def _direct(self, span: tuple[int, int]) -> bool:
        """The answer begins with the value and nothing else: 俩。 or 五个咯."""
        rest = _ENDS.split(self.text[span[1] :], maxsplit=1)[0]
        return not _LEAD.sub("", self.text[: span[0]]) and not _PARTICLES.sub("", rest)

    def _other_occasion(self, candidate: Candidate, clause: Clause | None) -> bool:
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
        if _JUST_AFTER.search(clause.text):
            other -= {"end"}  # 下午收工哨刚吹过: when, not what
        return bool(other) and not any(verb in clause.text for verb in self.matter.verbs)

    def _near_matter(self, candidate: Candidate) -> bool:
        """Not asked for: only beside a word of the matter itself."""
        at = next((n for n, c in enumerate(self.clauses) if c.end > candidate.span[0]), None)
        if at is None or (isinstance(candidate.value, Number) and candidate.value.unit != "人"):
            return False
        # 八点半把总阀一关: verb and object of 关阀, apart
        parts = [w for w in (*self.matter.verbs, *self.matter.items) if len(w) == 2]
        here = self.clauses[at].text
        if self.asked.question.open and any(set(word) <= set(here) for word in parts):
            return True
        # 我们三个人, 用泵抽的: the number stands before the clause with the act.
        near = " ".join(c.text for c in self.clauses[at : at + 2])
        if self.asked.question.open and GENERIC.search(self.clauses[at].text):
            return True
        return matters.about(near, self.binder.own) > 0 or (
            self.asked.on_point > 0 and any(v in near for v in self.matter.verbs)
        )

    # --- saying --------------------------------------------------------------------------------

    def _say(
        self,
        slot: Slot,
        own: list[tuple[float, Candidate]],
        denied: list[Candidate],
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
            self._fact(slot, value, best, weak, tied=bool(own) and self._tied(own))
        elif own:
            first = own[0][1]
            value = first.value
            for _, other in own[1:]:
                value = narrowed(value, other.value)
            self._fact(slot, value, first, weak, tied=self._tied(own))

    def _tied(self, own: list[tuple[float, Candidate]]) -> bool:
        """Whether the value is the whole answer, or said beside the act asked about."""
        share, candidate = own[0]
        clause = self._clause((candidate.span[1] - 1, candidate.span[1]))
        words = self.matter.verbs or self.matter.items
        timed = isinstance(candidate.value, When) and clause and "start" in clause.events
        return share == 1.0 or (
            clause is not None
            and not (clause.negated or _off(clause) or clause.ought)
            and (bool(timed) or any(word in clause.text for word in words))
        )

    def _between(self, own: list[tuple[float, Candidate]], candidates: list[Candidate]) -> bool:
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

    def _fact(
        self, slot: Slot, value: Value | None, best: Candidate, weak: bool, *, tied: bool
    ) -> None:
        clause = self._clause(best.span)
        hedged = weak or (clause is not None and (_hedges(clause, best.span) or clause.unknown))
        self._add(
            slot, value, best.span, Certainty.HEDGED if hedged else Certainty.FLAT, best.repaired
        )
        if tied:
            self.binder.tied.add(self.binder.out[-1])

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
        # 林晨一点 is read as 凌晨一点: what rests on a word by its sound is never red
        by_sound = flatten(self.turn.text).text[slice(*flat)] != self.text[slice(*flat)]
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
                repaired=repaired or by_sound or any(w.repaired for w in words),
                text=self.turn.text[span[0] : span[1]],
            )
        )

    def _clause(self, span: tuple[int, int]) -> Clause | None:
        return next((c for c in self.clauses if c.start < span[1] and span[0] < c.end), None)


def _hedges(clause: Clause, span: tuple[int, int]) -> bool:
    at = clause.start
    return clause.hedged and is_hedged_at(clause.text, span[0] - at, span[1] - at)


def _off(clause: Clause | None) -> bool:
    return clause is not None and (clause.habitual or clause.planned)


def _people_spans(speech: Speech) -> list[tuple[int, int]]:
    return [
        place
        for character, place in zip(speech.text, speech.places, strict=True)
        if "\ue000" <= character <= "\ue9ff" and place[1] - place[0] > 1
    ]
