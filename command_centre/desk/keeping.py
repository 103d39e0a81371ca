"""What administrators have to do with evidence: ends of retention that wait, and custody of theirs.

They see which case and which room it is about, never what was said there. The acts themselves are
those of ``retention.py`` and ``custody.py``.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.custody import Custody, CustodyView
from command_centre.desk.permissions import Caller
from command_centre.desk.retention import Retention
from command_centre.desk.retention_book import Proposal
from command_centre.desk.retention_views import ConfirmedView, ProposalView
from command_centre.desk.views import View


class CaseName(View, frozen=True):
    """How a case is called."""

    case: str
    number: str
    name: str
    name_en: str


class WaitingEnd(View, frozen=True):
    """A session whose period is over, and who confirmed so far that it is destroyed."""

    session: str
    of: CaseName
    room: str  # name
    room_en: str
    opened_us: int
    until_us: int
    confirmed: list[ConfirmedView]


class KeptCase(View, frozen=True):
    """A case whose evidence the caller keeps, or is offered."""

    of: CaseName
    custody: CustodyView


class KeepingView(View, frozen=True):
    """Ends that wait, and cases whose evidence is the caller's to keep."""

    ends: list[WaitingEnd]
    kept: list[KeptCase]


async def keeping(
    database: Database, retention: Retention, custody: Custody, caller: Caller
) -> KeepingView:
    """All that waits for an administrator."""
    proposals = await retention.waiting()
    cases = await custody.cases_of(caller.account_id)
    ends = await database.read(lambda connection: _ends(connection, proposals))
    names = await database.read(lambda connection: _names(connection, cases))
    kept = [KeptCase(of=one, custody=await custody.of_case(caller, one.case)) for one in names]
    return KeepingView(ends=ends, kept=kept)


def _ends(connection: Connection, proposals: list[Proposal]) -> list[WaitingEnd]:
    session, room = schema.session, schema.room
    found = []
    for one in proposals:
        row = connection.execute(
            select(session, room.c.name_en)
            .outerjoin(room, room.c.id == session.c.room_id)
            .where(session.c.id == one.session)
        ).one_or_none()
        (of,) = _names(connection, [one.case]) or (None,)
        if row is None or of is None:
            continue  # of a case this database has not: nothing an administrator could decide on
        found.append(
            WaitingEnd(
                session=one.session,
                of=of,
                room=row.room_name,
                room_en=row.name_en or "",
                opened_us=row.opened_us,
                until_us=one.until_us,
                confirmed=ProposalView.of(one).confirmed,
            )
        )
    return found


def _names(connection: Connection, cases: list[str]) -> list[CaseName]:
    table = schema.case_file
    found = connection.execute(select(table).where(table.c.id.in_(cases)).order_by(table.c.number))
    return [
        CaseName(case=row.id, number=row.number, name=row.name, name_en=row.name_en)
        for row in found
    ]
