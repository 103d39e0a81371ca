"""A point prefilled from a sentence: its words are the start, a person words it neutrally.

The draft never contains the answer of the sentence beyond what the person then leaves in it; a hint
is given when its wording leads.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, select

from command_centre.comparison.views import Hint, PointDetail, Shape
from command_centre.comparison.wording_check import check
from command_centre.comparison.wording_rules import Rules
from command_centre.db import schema
from command_centre.errors import Rejected
from config.words import Speaker

_TEXT_MAX = 40
_ASKED = re.compile(r"[？?吗呢]|谁|几|多少|哪|什么|怎么|有没有|是不是")
_ADDRESS = re.compile(r"^(?:那么|那|请问|请你|请|你们|你|说一下|好)+[，,]?")
_END = "。.！!？?，, "


class Draft(Shape, frozen=True):
    """What the composer starts with."""

    text: str
    detail: PointDetail
    utterance: str
    hints: list[Hint]


def draft_from_sentence(connection: Connection, case: str, utterance: str, rules: Rules) -> Draft:
    """A point from an utterance: a question as asked, an answer with the question before it."""
    said = schema.utterance
    row = connection.execute(
        select(said).where(said.c.id == utterance, said.c.case_id == case)
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_utterance", "there is no such sentence in this case")
    asked = row
    if row.speaker != Speaker.INTERVIEWER:
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
        asked = before if before is not None and _ASKED.search(before.text) else row
    words = _ADDRESS.sub("", asked.text.strip()).strip(_END)[:_TEXT_MAX]
    question = asked.text.strip() if asked.speaker == Speaker.INTERVIEWER else ""
    hints = check(question or words, rules=rules)
    detail = PointDetail(question="" if hints else question[:200])
    return Draft(text=f"核实{words}", detail=detail, utterance=utterance, hints=hints)
