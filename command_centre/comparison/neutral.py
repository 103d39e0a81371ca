"""A neutral question about a difference: which rooms to ask, and how. It quotes nobody.

The question is the point's own; what one person said never goes to another's room through it.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from command_centre.comparison.book import find_point
from command_centre.comparison.views import Difference, Shape
from command_centre.db import schema

_ASK = "请你就“{matter}”这件事，把知道的情况再说一遍。"
_ASK_EN = "Please tell us again what you know about this: {matter}."
_VERIFY = "核实"


class NeutralPrompt(Shape, frozen=True):
    """What to ask, and in which rooms."""

    point: str
    rooms: list[str]  # of the people concerned, where a session is open; may be empty
    text: str
    text_en: str


def neutral_prompt(connection: Connection, case: str, difference: Difference) -> NeutralPrompt:
    """The prompt for a difference, ready for the composer."""
    finding = difference.finding
    point = find_point(connection, case, finding.point)
    text, text_en = "", ""
    if point is not None:
        matter = point.text.removeprefix(_VERIFY)
        text = point.detail.question or _ASK.format(matter=matter)
        text_en = point.detail.question_en or _ASK_EN.format(matter=point.en or matter)
    people = {side.person for side in (finding.a, finding.b) if side.person}
    return NeutralPrompt(
        point=finding.point,
        rooms=_rooms(connection, case, people),
        text=text,
        text_en=text_en,
    )


def _rooms(connection: Connection, case: str, people: set[str]) -> list[str]:
    room, session = schema.room, schema.session
    found = connection.execute(
        select(room.c.id)
        .join(session, session.c.room_id == room.c.id)
        .where(
            room.c.case_id == case,
            room.c.person_id.in_(people),
            session.c.closed_us.is_(None),
        )
        .order_by(room.c.position)
        .distinct()
    )
    return list(found.scalars())
