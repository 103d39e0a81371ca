"""Which points a question is about, and which an answer may speak of. Unsure: none.

A prompt carries its point and is never guessed again. For a free question the one point it asks
about is named only when no other fits as well; facts are looked for on some more points, because
the readers themselves give none where the talk is about something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from transcription.comparison.en.tying import heard_in, tied_in
from transcription.comparison.model import Case, Exchange, Point, Role, Slot, Turn
from transcription.comparison.parts import Names
from transcription.comparison.zh import matters
from transcription.comparison.zh.align import elsewhere
from transcription.comparison.zh.flat import flatten
from transcription.comparison.zh.heard import Heard, heard_of
from transcription.comparison.zh.questions import Question
from transcription.comparison.zh.tying import tied as tied_zh

#: Points one answer is read for.
POINTS_MAX = 6
#: Questions that one may go on from, itself among them.
QUESTIONS_MAX = 3


@dataclass(frozen=True)
class Topic:
    """``asked``: the point of the question, if one. ``points``: to be read, likeliest first.

    ``slots``: what the question in force asks for; empty when it leaves that open.
    """

    asked: Point | None
    points: tuple[Point, ...]
    slots: frozenset[Slot] = frozenset()
    #: ``asked`` is only the nearest of the points: what is shown for it is grey at most.
    guessed: bool = False


def topic_of(exchange: Exchange, case: Case, names: Names) -> Topic:
    """For the last turn of the exchange, an answer."""
    answer = exchange.turns[-1]
    question = next((t for t in reversed(exchange.turns) if t.role is Role.QUESTION), None)
    marked = answer.point or (question.point if question else "")
    heard = heard_of(exchange, case, names)
    questions = _understood(heard) if exchange.language != "en" else []
    asked_zh = _in_force(questions)
    scored = _scored(exchange, case, asked_zh, question, answer)
    slots = _asked_slots(exchange, asked_zh, question)
    if marked:
        point = next((p for p in case.points if p.id == marked), None)
        also = tuple(p for score, p in scored if score >= 4 and p.id != marked)[:2]
        return Topic(point, ((point,) if point else ()) + also, slots)
    asked = guess = None
    if questions:
        found = tied_zh(heard, _last_question(exchange))
        asked, guess = (found.point, None) if found.sure else (None, found.point)
    if exchange.language == "en":
        tie = tied_in(heard_in(exchange, case, names), exchange, case)
        asked, guess = (tie.point, None) if tie.sure else (None, tie.point)
    aside = bool(questions) and elsewhere(questions[0])
    if (
        asked is None
        and not aside
        and scored
        and scored[0][0] >= 4
        and (len(scored) == 1 or scored[1][0] < scored[0][0])
    ):
        asked = scored[0][1]
    guess = None if asked is not None else guess
    # A question clearly about one matter is not read for others; one that only shares a kind of
    # answer with several points (几点) is about none of them.
    least = 4 if asked is not None else 2 if len(scored) > 1 else 1
    points = tuple(point for score, point in scored[:POINTS_MAX] if score >= least)
    if asked is not None and asked not in points[:POINTS_MAX]:
        points = (asked, *points[: POINTS_MAX - 1])
    return Topic(asked or guess, points, slots, guessed=guess is not None)


def _asked_slots(
    exchange: Exchange, asked: Sequence[Question], question: Turn | None
) -> frozenset[Slot]:
    """Of the question in force; one that says nothing of it goes on from the one before."""
    if exchange.language == "en":
        text = question.text if question else ""
        return frozenset(slot for slot, rule in _ASKS if rule.search(text))
    return next((frozenset(slots) for one in asked if (slots := _slots(one))), frozenset())


def _scored(
    exchange: Exchange,
    case: Case,
    asked: Sequence[Question],
    question: Turn | None,
    answer: Turn,
) -> list[tuple[int, Point]]:
    if exchange.language == "en":
        scored = [(_score_en(p, question, answer), p) for p in case.points]
    else:
        said = flatten(answer.text).text
        scored = [(_score_zh(p, asked, said), p) for p in case.points]
    order = {p.id: at for at, p in enumerate(case.points)}
    return sorted((s for s in scored if s[0] > 0), key=lambda s: (-s[0], order[s[1].id]))


# --- Chinese ---------------------------------------------------------------------------------

_ORDERS = re.compile(
    r"安排|派|叫|让|喊|吩咐|命令|要求|指挥|布置|交代|通知|听谁|谁定|主意|意思|做主"
)
_ACTOR = re.compile(r"[你他她]|人家|工人|师傅|小|老")


def _understood(heard: Heard) -> list[Question]:
    """The questions so far, the last one first."""
    asked = [question for _, question in heard.turns() if question is not None]
    return asked[::-1][:QUESTIONS_MAX]


def _last_question(exchange: Exchange) -> int:
    turns = exchange.turns
    return next(at for at in reversed(range(len(turns))) if turns[at].role is Role.QUESTION)


def _in_force(questions: list[Question]) -> list[Question]:
    """The question in force and, when it goes on from one before, that one."""
    last = questions[:1]
    if len(questions) > 1 and (last[0].elliptic or last[0].open or len(last[0].plain) <= 8):
        return questions[:2]
    return last


def _score_zh(point: Point, asked: Sequence[Question], said: str) -> int:
    own = matters.profile(point)
    score = 0
    for weight, question in zip((2, 1), asked, strict=False):
        about = matters.about(question.plain, own)
        wanted = _slots(question)
        if about < 0:
            continue
        if Slot.WHO_ORDERED in point.slots and question.asks_order:
            # 怎么跑去清灰了 asks for the reason that somebody went; a bare 为什么 for any reason.
            bare = question.why and not _ORDERS.search(question.plain)
            gone = about > 0 and _ACTOR.search(question.plain)
            score += weight * (1 if bare and not gone else 2)
        elif about > 0:
            score += weight * (2 if not wanted or wanted & set(point.slots) else 1)
        elif wanted & set(point.slots) and not own.family:
            score += 1
    about = matters.about(said, own)
    if about > 0:
        score += 1
    return score


def _slots(question: Question) -> set[Slot]:
    slots = set(question.slots)
    if question.asks_order:
        slots |= {Slot.WHO_ORDERED, Slot.TO_WHOM}
    if question.asks_who and not question.asks_order:
        slots.add(Slot.WHO_DID)
    if question.yes_no:
        slots |= {Slot.WHETHER, Slot.WHO_DID}
    return slots


# --- English ---------------------------------------------------------------------------------

_PLAIN_WORDS = """
verify whether was were the a an of to in on at who what when where how many much did do does and
or that this it there is are any some you your he she they we i with for by from then time work
people person been be had has have used use
"""
_PLAIN = frozenset(_PLAIN_WORDS.split())
_ASKS: tuple[tuple[Slot, re.Pattern[str]], ...] = tuple(
    (slot, re.compile(rule, re.IGNORECASE))
    for slot, rule in (
        (Slot.WHEN, r"\bwhen\b|what time|which day|how early|how late"),
        (Slot.WHERE, r"\bwhere\b|which (?:place|building|room|part|tank|pit)"),
        (Slot.HOW_MANY, r"how many|number of (?:people|men|workers)|head ?count"),
        (Slot.WITH_WHAT, r"what (?:tool|machine)|equipment|what .* with\b|how did (?:you|they)\b"),
        (
            Slot.WHO_ORDERED,
            r"who (?:sent|told|order|arrange|assign|asked|gave|decide)|whose|(?:tell|told) you to",
        ),
        (Slot.WHO_DID, r"\bwho\b"),
        (
            Slot.WHETHER,
            r"^(?:so |and |well )?(?:was|were|did|do|does|ha[ds]|have|is|are)\b|\bany\b",
        ),
    )
)


@lru_cache(maxsize=512)
def _words_en(text: str) -> frozenset[str]:
    return frozenset(
        stem
        for word in re.findall(r"[a-z]+", text.casefold())
        if (stem := _stem(word)) not in _PLAIN
    )


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _score_en(point: Point, question: Turn | None, answer: Turn) -> int:
    own = _words_en(f"{point.en} {point.topic.replace('_', ' ')}") - _PLAIN
    score = 0
    if question is not None:
        text = question.text
        slots = {slot for slot, rule in _ASKS if rule.search(text)}
        if own & _words_en(text):
            score += 3
        if slots & set(point.slots):
            score += 1
    if own & _words_en(answer.text):
        score += 1
    return score
