"""The words of the comparison: cases, points, turns, facts, values, cells and differences.

Shapes only, all immutable; nothing here reads text or touches the world. Times are integer
microseconds since the epoch unless a name says otherwise. Spans are half-open ranges of characters
of ``Turn.text`` as it was given, so that a quote is always the speaker's own words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

#: A turn longer than this is read only so far; the rest stays in the transcript.
TURN_CHARACTERS_MAX = 400


class Slot(StrEnum):
    """What a fact is about (the annotation guideline's eight slots)."""

    WHO_ORDERED = "who_ordered"
    TO_WHOM = "to_whom"
    WHO_DID = "who_did"
    WHEN = "when"
    WHERE = "where"
    HOW_MANY = "how_many"
    WITH_WHAT = "with_what"
    WHETHER = "whether"


class Role(StrEnum):
    """Who speaks a turn."""

    QUESTION = "q"
    ANSWER = "a"


class Certainty(StrEnum):
    """How the speaker puts it."""

    FLAT = "flat"  # said without hedge
    HEDGED = "hedged"  # 好像, 可能, 应该是, 听说, I think
    UNKNOWN = "unknown"  # 不清楚, 记不清, 没看见: says nothing about the value


@dataclass(frozen=True)
class Term:
    """A name of the case with everything people call it."""

    id: str
    aliases: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


@dataclass(frozen=True)
class Point:
    """A point to verify. ``event`` keeps apart events that share a topic (fainting, being told)."""

    id: str
    text: str
    en: str = ""
    topic: str = ""
    slots: tuple[Slot, ...] = ()
    verbs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    event: str = ""


@dataclass(frozen=True)
class Case:
    """The case file as far as the comparison needs it: its lexicon and its points."""

    id: str
    incident: date | None
    people: tuple[Term, ...] = ()
    places: tuple[Term, ...] = ()
    equipment: tuple[Term, ...] = ()
    points: tuple[Point, ...] = ()
    documents: tuple[DocumentFact, ...] = ()


@dataclass(frozen=True, slots=True)
class WordTime:
    """A word's characters in the turn's text, its times and confidence (0 to 1000)."""

    span: tuple[int, int]
    start_us: int
    end_us: int
    confidence: int = 1000
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said in one go: an utterance, or several joined.

    ``point`` is the point a prompt carried, for the question asked from it and for the answers
    that follow it until the next question; empty when nobody pushed a point.
    """

    id: str
    role: Role
    text: str
    start_us: int
    end_us: int
    point: str = ""
    words: tuple[WordTime, ...] = ()


@dataclass(frozen=True)
class Exchange:
    """A question and what was answered to it, with the turns before as context.

    ``speaker`` is the person questioned (an id of the case), ``said_on`` the day of the interview
    (the anchor of 昨天), ``language`` is "zh" or "en".
    """

    room: str
    speaker: str
    said_on: date
    language: str
    turns: tuple[Turn, ...]
    session: str = ""


# --- values ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Who:
    """People. ``denied`` alone means: not these. ``nobody``: said that nobody did.

    ``others`` is the number of people besides, when said (我和另外几个: -1, some).
    """

    people: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    nobody: bool = False
    others: int = 0


@dataclass(frozen=True, slots=True)
class When:
    """A span of minutes since midnight of ``day`` (None: the incident's day or not said).

    ``low`` and ``high`` include the tolerance of the wording (九点 ±15, 九点来钟 ±30, 九点多
    9:00-9:59, 上午 0:00-12:00). ``half_day`` False: morning or afternoon was not said and twelve
    hours later fits as well.
    """

    low: int
    high: int
    day: date | None = None
    half_day: bool = True


@dataclass(frozen=True, slots=True)
class Number:
    """A closed range of a quantity. ``unit`` is canonical (人, 分钟, %VOL, 米 ...)."""

    low: float
    high: float
    unit: str = ""
    group: str = ""  # what is counted, when two groups are counted in one answer


@dataclass(frozen=True, slots=True)
class Thing:
    """Places or equipment by id, or by the words used when the case does not know them."""

    names: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Whether:
    """It was so, or it was not."""

    yes: bool


Value = Who | When | Number | Thing | Whether


class Fit(StrEnum):
    """How two values of one slot go together."""

    SAME = "same"
    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    UNKNOWN = "unknown"  # nothing can be said


@dataclass(frozen=True)
class DocumentFact:
    """What a document states, as the case file says it.

    ``partly``: it bears such a statement out only in part (a sign-in sheet without signing out).
    ``words`` name the act the value is of (开, 填, 签), ``person`` whose statements it concerns.
    """

    document: str
    point: str
    slot: Slot
    value: Value
    quote: str = ""
    words: tuple[str, ...] = ()
    partly: bool = False
    person: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing one person said, bound to a point and an event of it.

    ``event`` tells apart what must not be compared (arrived at two, started at four); empty is
    the point's own event. ``negated_knowledge`` facts (did not see) have ``UNKNOWN`` certainty.
    """

    point: str
    event: str
    slot: Slot
    value: Value | None
    certainty: Certainty
    turn: str
    span: tuple[int, int]
    speaker: str
    room: str
    start_us: int
    confidence: int = 1000  # least of the words it rests on
    repaired: bool = False  # rests on a word repaired by sound
    text: str = ""  # the quote: the speaker's own words


class Tier(StrEnum):
    """How sure the engine is that there is something to look at."""

    RED = "red"
    AMBER = "amber"
    GREY = "grey"


class Kind(StrEnum):
    """What is laid side by side."""

    CONFLICT = "conflict"  # two people
    SELF = "self"  # one person at two times (本人前后不一)
    DEVICE = "device"  # testimony and an instrument (与检测仪记录不符)
    DOCUMENT = "document"  # testimony and a document or an earlier record
    WORDING = "wording"  # two people in the same words (同样措辞)
    UNCLEAR = "unclear"  # one side does not know, or hedges


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a difference; a device or document has no turn."""

    person: str
    room: str
    turn: str
    span: tuple[int, int]
    text: str
    start_us: int
    end_us: int
    value: str  # canonical, for people and tests; shown in words by the pages
    reference: str = ""  # device id or document id


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sides that do not go together, with the rule that says so. Never a judgement.

    ``id`` is a digest of kind, point, slot, people and event only: the same difference keeps its
    id when it is found again, or from other words.
    """

    id: str
    kind: Kind
    tier: Tier
    point: str
    slot: Slot | None
    rule: str
    a: Side
    b: Side


@dataclass(frozen=True)
class Cell:
    """What one person says on one point: facts per slot in order of time."""

    point: str
    person: str
    facts: tuple[Fact, ...] = field(default=())
