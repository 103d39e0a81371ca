"""A clip: a stretch of one source, given out so that anybody can check it against the sealed log.

A clip is a disclosure copy (evidence_store/disclosure.py) that withholds everything but the
stretch: the package holds the original segments that cover it, byte for byte, all entries of the
session with their proofs, and one derived work, the playable cut. What was said or named outside
the stretch, or by other sources, is withheld; that it exists, and when, stays provable. Three
entries of the centre's log say so: ``derived.made``, ``disclose.made``, ``export``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk.derive import Sources
from command_centre.desk.disclosed import Disclosed
from command_centre.desk.views import View
from command_centre.errors import Rejected
from recorder.redaction import RedactionPlan, RoomReading, plan_problem

NOTE = "note.added"  # what officers wrote beside the recording is not given out
CLIP_US_MAX = 3600 * 1_000_000


class ClipRequest(View, frozen=True):
    """A stretch of one source, and why it is given out; ``to`` is for whom."""

    session: str
    source: str
    from_us: int
    to_us: int
    reason: str
    to: str
    climate: bool = False  # write the room's temperature and humidity below the derived picture


def clip_plan(asked: ClipRequest, readings: list[RoomReading]) -> RedactionPlan:
    """The plan of the playable cut.

    Raises:
        Rejected: ``bad_clip``, ``no_readings``.
    """
    if asked.climate and not readings:
        raise Rejected("no_readings", "nobody measured temperature or humidity in this stretch")
    plan = RedactionPlan(start_us=asked.from_us, end_us=asked.to_us, cut=True, readings=readings)
    problem = plan_problem(plan)
    if not problem and asked.to_us - asked.from_us > CLIP_US_MAX:
        problem = "a clip is at most one hour long; make several"
    if problem:
        raise Rejected("bad_clip", problem)
    return plan


def other_sources(connection: Connection, session: str, source: str) -> list[str]:
    """The sources of a session that a clip of one of them does not show."""
    table = schema.recording
    found = connection.execute(
        select(table.c.source_id).where(table.c.session_id == session, table.c.source_id != source)
    )
    return sorted(found.scalars())


def clip_disclosed(
    asked: ClipRequest, sources: Sources, others: list[str], derived: str, by_name: str
) -> Disclosed:
    """Everything but the stretch is withheld; it reaches to the ends of its segments."""
    session, first, last = asked.session, sources.start_us, sources.end_us
    media: list[dict[str, Any]] = [{"session": session, "source": one} for one in others]
    media += [
        {"session": session, "source": asked.source, "end_us": first},
        {"session": session, "source": asked.source, "start_us": last},
    ]
    payloads: list[dict[str, Any]] = [{"end_us": first}, {"start_us": last}, {"kind": NOTE}]
    payloads += [{"session": session, "source": one} for one in others]
    return Disclosed(
        withhold={
            "media": media,
            "payloads": payloads,
            "documents": [{"session": session}],
            "derived": [{"session": session, "but": derived}],
        },
        authorised_by=by_name,
        to=asked.to,
    )
