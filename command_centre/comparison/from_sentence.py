"""A point prefilled from a sentence: its words are the start, a person words it neutrally.

The draft never contains the answer of the sentence beyond what the person then leaves in it; a hint
is given when its wording leads. A sentence without a Chinese character makes an English point: its
words stand in both languages, nothing is translated.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.comparison.views import Hint, PointDetail, Shape
from command_centre.comparison.wording_check import check
from command_centre.comparison.wording_rules import Rules
from command_centre.db import schema
from command_centre.errors import Rejected
from config.words import Speaker

_TEXT_MAX = 40
_TEXT_MAX_EN = 120
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ASKED = re.compile(
    r"[？?吗呢]|谁|几|多少|哪|什么|怎么|有没有|是不是"
    r"|\b(?:who|whom|whose|what|when|where|why|how|which)\b"
    r"|^\W*(?:did|do|does|was|were|is|are|has|have|had|can|could|will|would)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"^(?:那么|那|请问|请你|请|你们|你|说一下|好)+[，,]?")
_ADDRESS_EN = re.compile(
    r"^(?:(?:so|well|now|and|okay|ok|right|then|please|sorry)\b[,\s]*"
    r"|(?:can|could|would) you (?:please )?(?:tell (?:me|us)|say)\b[,\s]*"
    r"|(?:please )?tell (?:me|us)\b[,\s]*)+",
    re.IGNORECASE,
)
#: First words that are written small within a sentence; what else begins large may be a name.
_SMALL = re.compile(
    r"^(?:who|whom|whose|what|when|where|why|how|which|whether|if|did|do|does|was|were|is|are|has"
    r"|have|had|can|could|will|would|the|an?|there|that|this|he|she|it|they|we|you|my|our|his|her"
    r"|nobody|no|yes)\b",
    re.IGNORECASE,
)
_ASKS_OPENLY = re.compile(
    r"^(?:who|whom|whose|what|when|where|why|how|which|whether|if)\b", re.IGNORECASE
)
_END = "。.！!？?，, "


class Draft(Shape, frozen=True):
    """What the composer starts with."""

    text: str
    detail: PointDetail
    utterance: str
    hints: list[Hint]
    en: str = ""


def draft_from_sentence(connection: Connection, case: str, utterance: str, rules: Rules) -> Draft:
    """A point from an utterance: a question as asked, an answer with the question before it."""
    asked = _asked(connection, case, utterance)
    said = asked.text.strip()
    question = said if asked.speaker == Speaker.INTERVIEWER else ""
    if _CHINESE.search(said) or not re.search(r"[A-Za-z]", said):
        words = _ADDRESS.sub("", said).strip(_END)[:_TEXT_MAX]
        text, en = f"核实{words}", ""
    else:
        text = en = _in_english(said)
    hints = check(question or said, rules=rules)
    own = "" if hints else question[:200]
    detail = PointDetail(question=own, question_en=own if en else "")
    return Draft(text=text, en=en, detail=detail, utterance=utterance, hints=hints)


def _asked(connection: Connection, case: str, utterance: str) -> Row[Any]:
    """The sentence, or the question that it answers."""
    said = schema.utterance
    row = connection.execute(
        select(said).where(said.c.id == utterance, said.c.case_id == case)
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_utterance", "there is no such sentence in this case")
    if row.speaker == Speaker.INTERVIEWER:
        return row
    before = connection.execute(
        select(said)
        .where(
            said.c.session_id == row.session_id,
            said.c.speaker == Speaker.INTERVIEWER,
            said.c.start_us < row.start_us,
        )
        .order_by(said.c.start_us.desc())
        .limit(1)
    ).one_or_none()
    return before if before is not None and _ASKED.search(before.text) else row


def _in_english(said: str) -> str:
    """``Who arranged it?`` becomes ``Verify who arranged it``; other words follow a colon."""
    words = _ADDRESS_EN.sub("", said).strip(_END) or said.strip(_END)
    if len(words) > _TEXT_MAX_EN:
        words = words[: _TEXT_MAX_EN + 1].rsplit(" ", 1)[0][:_TEXT_MAX_EN].strip(_END)
    if _SMALL.match(words):
        words = words[0].lower() + words[1:]
    return f"Verify {words}" if _ASKS_OPENLY.match(words) else f"Verify: {words}"
