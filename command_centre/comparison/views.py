"""What desks are shown of the comparison: points in full, cells, differences, reviews, hints.

Shapes only, shared by the database, the HTTP replies and the WebSocket messages. Times are integer
microseconds since the epoch (``*_us``), spans are half-open ranges of code points of the
utterance's text. They say what was said and where it differs, never who is right.
"""

from __future__ import annotations

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base: immutable, keyword-only."""


class PointDetail(Shape, frozen=True):
    """What a point asks about; the fields of ``transcription.comparison.model.Point``."""

    topic: str = ""
    event: str = ""  # keeps apart what shares a topic (fainting, being told of it)
    slots: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()  # how people say it
    question: str = ""  # neutral wording to ask it with
    question_en: str = ""


#: Kind and tier of what a local language model suggests (``local_model``); never the engine's.
SUGGESTED = "suggested"

NO_DETAIL = PointDetail()  # this very object is left out when written


class Point(Shape, frozen=True):
    """A point to verify. A retired one is asked no more; what was said on it stays."""

    id: str
    text: str
    en: str
    order: int
    detail: PointDetail = NO_DETAIL
    template: str = ""  # kind, point and version it was taken from, "confined_space/1@2026-11"
    utterance: str = ""  # utterance it was made from
    retired_us: int | None = None


class TemplatePoint(Shape, frozen=True, forbid_unknown_fields=True):
    """A point of a template; ``spoken`` is how people say it."""

    text: str
    question: str
    slots: tuple[str, ...]
    en: str = ""
    question_en: str = ""
    topic: str = ""
    event: str = ""
    verbs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()


class Template(Shape, frozen=True, forbid_unknown_fields=True):
    """The points of one kind of violation."""

    id: str
    name: str
    points: tuple[TemplatePoint, ...]
    name_en: str = ""


class Statement(Shape, frozen=True):
    """One thing one person said on a point; the quote is their own words."""

    utterance: str
    session: str
    room: str
    slot: str
    value: str  # canonical; names of people, places and things are those of the case
    certainty: str  # flat | hedged | unknown
    text: str
    start_us: int
    end_us: int
    span: tuple[int, int]
    confidence: int = 1000  # least of the words it rests on, in thousandths
    repaired: bool = False  # rests on a word put in by sound
    speaker_certain: bool = True  # False: one mixed microphone, not sure who spoke
    event: str = ""


class Cell(Shape, frozen=True):
    """What a person says on a point, the latest last; always shown whatever the engine thinks."""

    point: str
    person: str  # id of the person in the case
    statements: tuple[Statement, ...]


class Spoken(Shape, frozen=True):
    """That a point came up in a session, for the desk in that room; never what was understood."""

    room: str
    session: str
    point: str
    person: str
    slots: dict[str, int]  # when each thing asked about was first spoken of; empty: not any more


class Side(Shape, frozen=True):
    """One side of a difference: a person's words, an instrument's values, or a document."""

    person: str = ""  # id; empty: an instrument or a document
    room: str = ""
    session: str = ""
    utterance: str = ""
    span: tuple[int, int] = (0, 0)
    text: str = ""  # quote, or what the instrument or document says
    value: str = ""
    start_us: int = 0
    end_us: int = 0
    reference: str = ""  # id of the instrument or document


class Finding(Shape, frozen=True):
    """What the engine found. ``id`` stays when it is found again from other words."""

    id: str
    kind: str  # conflict | self | device | document | wording | unclear | suggested
    tier: str  # red | amber | grey | suggested
    point: str
    slot: str
    rule: str
    a: Side
    b: Side


class Review(Shape, frozen=True):
    """What a person makes of a difference; never changed, only followed by another."""

    state: str  # config.words.ReviewState
    by_name: str
    t_us: int
    note: str = ""
    prompts: tuple[str, ...] = ()  # prompts sent with it
    index: int = 0  # its entry in the centre's log


class Difference(Shape, frozen=True):
    """A finding with when it was found, whether it stands, and its reviews, the latest last."""

    finding: Finding
    found_us: int
    engine: str
    state: str  # of the latest review; open when there is none
    reviews: tuple[Review, ...] = ()
    gone_us: int | None = None  # no longer found, for instance after a correction
    index: int | None = None  # its entry in the centre's log; absent: not recorded yet


class Hint(Shape, frozen=True):
    """Wording that may lead, threaten or entice, with a neutral way to ask. Never blocks."""

    category: str  # T I D Z L B P H, facts of the trade section 9
    rule: str
    span: tuple[int, int]
    cue: str
    neutral: str
    neutral_en: str


class WordingNote(Shape, frozen=True):
    """What became of a hint: part of the prompt's entry."""

    categories: tuple[str, ...]
    answer: str  # reworded | sent | unseen: the desk had shown none of them when it was sent
    unseen: tuple[str, ...] = ()  # of a prompt that was sent: those its desk had not shown
