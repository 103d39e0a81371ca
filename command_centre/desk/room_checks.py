"""The check list before an interview: what a person confirmed, the machine saw, or is unmet.

It is an entry of the session right behind its opening, never a condition of it: recording comes
first, so an interview may be started with points unmet, and then a reason stands beside them. A
session without this entry was started without the list. The names and certificate numbers in it
are those of the session's people, not of the request.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.session_log import append_to_session
from command_centre.desk.session_people import ASKING, people_of
from command_centre.desk.views import SessionSummary, View
from command_centre.errors import Rejected
from config.bus import Bus
from config.clock import Clock

#: person: who is questioned is named; officers: two are present and showed their certificates (行政
#: 处罚法 arts. 42, 55); notice: read and answered; picture, sound: seen and heard; space: enough.
POINTS = ("person", "officers", "notice", "picture", "sound", "space")
CONFIRMED, SEEN, UNMET = "confirmed", "seen", "unmet"
STATES = (CONFIRMED, SEEN, UNMET)
OFFICERS_MIN = 2
REASON_CHARACTERS_MAX = 80  # as much as the table of entries keeps
_HOURS_MAX = 100_000


class ChecksSaid(View, frozen=True):
    """The list as a tablet sends it."""

    points: dict[str, str]
    hours_left: int | None = None  # whole hours for which the disk has room
    reason: str = ""

    def __repr__(self) -> str:
        return "ChecksSaid()"


class OfficerSeen(View, frozen=True):
    """An officer who was there."""

    name: str
    certificate: str = ""


class ChecksView(View, frozen=True):
    """The list as it stands in the log."""

    t_us: int
    points: dict[str, str]
    unmet: list[str]
    hours_left: int | None
    officers: list[OfficerSeen]
    reason: str
    by_name: str


class RoomChecks:
    """Appends through the recorder; used on the event loop."""

    def __init__(self, bus: Bus, database: Database, follower: Follower, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock

    async def say(self, caller: Caller, session: SessionSummary, said: ChecksSaid) -> ChecksView:
        """Record the list; a repeat is the same entry.

        Raises:
            Rejected: ``bad_checks``, ``bad_reason``, ``session_closed``, or the recorder refused.
        """
        caller.require_room(session.room)
        before = await self._database.read(lambda connection: checks_of(connection, session.id))
        if before is not None:
            return before
        if session.closed_us is not None:
            raise Rejected("session_closed", "this session is sealed")
        people = await self._database.read(lambda connection: people_of(connection, session))
        officers = [one for one in people if one.certificate or one.role in ASKING]
        unmet, reason = _judged(said, len(officers))
        body: dict[str, Any] = {
            "points": {name: said.points[name] for name in POINTS},
            "unmet": unmet,
            "by": caller.account_id,
            "officers": [{"name": o.name, "certificate": o.certificate} for o in officers],
            "by_name": caller.name,
        }
        if said.hours_left is not None:
            body["hours_left"] = min(max(said.hours_left, 0), _HOURS_MAX)
        if reason:
            body["reason"] = reason
        await append_to_session(
            self._bus,
            self._follower,
            key=f"room.checks:{session.id}",
            kind="room.checks",
            session=session.id,
            room=session.room,
            body=body,
            t_us=self._clock.now_us(),
        )
        found = await self._database.read(lambda connection: checks_of(connection, session.id))
        if found is None:
            raise Rejected("recorder_slow", "the list was recorded but cannot be shown yet")
        return found


def _judged(said: ChecksSaid, officers: int) -> tuple[list[str], str]:
    """What is unmet, and why it was started all the same."""
    if set(said.points) != set(POINTS) or any(one not in STATES for one in said.points.values()):
        raise Rejected("bad_checks", f"expected {', '.join(POINTS)}, each {', '.join(STATES)}")
    if officers < OFFICERS_MIN and said.points["officers"] != UNMET:
        raise Rejected("bad_checks", f"only {officers} officers are named for this room")
    unmet = [name for name in POINTS if said.points[name] == UNMET]
    reason = said.reason.strip()
    if len(reason) > REASON_CHARACTERS_MAX:
        raise Rejected("bad_reason", f"a reason has at most {REASON_CHARACTERS_MAX} characters")
    if unmet and not reason:
        raise Rejected("bad_reason", f"say why it was started with {', '.join(unmet)} unmet")
    return unmet, reason


def checks_of(connection: Connection, session: str) -> ChecksView | None:
    """The list of a session; None: it was started without one."""
    table = schema.log_entry
    row = connection.execute(
        select(table.c.t_us, table.c.summary)
        .where(table.c.session_id == session, table.c.kind == "room.checks")
        .order_by(table.c.log_index)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    body = msgspec.json.decode(row.summary)
    return ChecksView(
        t_us=row.t_us,
        points=body.get("points", {}),
        unmet=body.get("unmet", []),
        hours_left=body.get("hours_left"),
        officers=[
            OfficerSeen(str(o["name"]), str(o["certificate"])) for o in body.get("officers", [])
        ],
        reason=str(body.get("reason", "")),
        by_name=str(body.get("by_name", "")),
    )
