"""An exchange as the networks that read it take it: turns, their mentions, rows of whole numbers.

Language by language a turn becomes tokens, one row each (``zh/net_input.py``, ``en/net_input.py``).
The places of the columns are the same everywhere: 0 and 1 say which token it is (a character and
its syllable, a word and its stem), ``PART`` to ``RULED`` what it is there. A person is one token
that says only what kind of mention it is and, by a number, which mentions mean the same person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from transcription.comparison.model import Slot

Rows = NDArray[numpy.int32]

#: What a mention may be said to be, as to the point.
ROLES = ("ord", "to", "did", "when", "where", "many", "with")
#: Roles a mention of each type can have; what the network says of others means nothing.
OF_TYPE = {"p": (0, 1, 2), "t": (3,), "l": (4,), "n": (5,), "e": (6,)}
#: How: not, said to be, said not to be, with a hedge.
STATES = ("none", "said", "denied", "hedged")
#: What the answer as a whole says, and what beside.
WHOLE = ("yes", "no", "unk", "off", "-")
BESIDE = ("nobody:ord", "nobody:did", "hedged")

PEOPLE = ("i", "you", "he", "we", "they", "name", "some", "who")
#: Types of mention but people.
KINDS = "tnle"
#: The first rows of the table of tokens: nothing, unknown, a border, then the kinds of people.
PAD, UNKNOWN, BORDER = 0, 1, 2
FIRST = 3 + len(PEOPLE)
#: People told apart; more share the last number.
KEYS = 8
#: Columns: part of the exchange (0 point, 1 and 2 before, 3 question, 4 answer), type of mention,
#: who, whether point (1) or question have it too, family of talk, what the rules say.
PART, MARK, KEY, SHARED, FAMILY, RULED = 3, 4, 5, 6, 7, 8
SIZES = {"part": 6, "mark": 10, "key": KEYS + 1, "shared": 16, "family": 5, "ruled": 64}
ASKED, ANSWERED = 3, 4

ROLE_SLOTS = {
    "ord": Slot.WHO_ORDERED, "to": Slot.TO_WHOM, "did": Slot.WHO_DID, "when": Slot.WHEN,
    "where": Slot.WHERE, "many": Slot.HOW_MANY, "with": Slot.WITH_WHAT,
}  # fmt: skip
KIND_OF = {Slot.WHEN: "t", Slot.HOW_MANY: "n", Slot.WHERE: "l", Slot.WITH_WHAT: "e"}
PEOPLE_SLOTS = (Slot.WHO_ORDERED, Slot.TO_WHOM, Slot.WHO_DID)


@dataclass(frozen=True)
class Mark:
    """A mention: ``kind`` is p t n l or e; of a person ``who`` is one of PEOPLE, ``key`` who."""

    start: int
    end: int
    kind: str
    who: str = ""
    key: str = ""


@dataclass(frozen=True)
class Said:
    """A turn: its text and its mentions in order, none over another.

    ``ruled`` is what the rules say of each mention, ``whole`` of the turn (``ruled_numbers``).
    """

    text: str
    asks: bool
    marks: tuple[Mark, ...] = ()
    ruled: tuple[int, ...] = ()
    whole: int = 0


@dataclass(frozen=True)
class Encoded:
    """``rows`` by token and column; ``marks`` of the answer by their tokens."""

    rows: Rows
    slots: Rows  # which slots the point has, 0 or 1
    answer: tuple[int, int]  # tokens of the answer
    marks: tuple[tuple[int, int, int], ...]  # first and last token, and which mark of the answer
