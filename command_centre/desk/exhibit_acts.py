"""An exhibit is called otherwise, withdrawn with a reason, or restored. Nothing is ever deleted.

Each is an entry of the centre's log first (``exhibit_projection.py``). A withdrawn exhibit keeps
its number, file and everything the log says of it, and can be opened; it is shown in no room until
it is restored, and no record offers it as evidence. One that stands on a screen has to be taken
away first. Whoever added an exhibit may change it, and a manager any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.desk.exhibits import Exhibits, ExhibitView, title_of
from command_centre.desk.permissions import Caller
from command_centre.desk.room_acts import shown_view
from command_centre.errors import Rejected
from config.words import Role

REASON_CHARACTERS_MAX = 100

#: Looks whether an act can be, and says its body; None: nothing is to be done.
Ready = Callable[[Connection], dict[str, Any] | None]


class ExhibitActs:
    """Used on the event loop. One per centre."""

    def __init__(self, book: CaseBook, exhibits: Exhibits) -> None:
        self._book = book
        self._exhibits = exhibits

    async def rename(self, caller: Caller, exhibit: str, title: str) -> ExhibitView:
        """Call it otherwise; the same title again changes nothing.

        Raises:
            Rejected: ``unknown_exhibit``, ``not_yours``, ``bad_text``, ``log_unavailable``.
        """
        title = title_of(title)

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = _own(connection, caller, exhibit)
            return None if row.title == title else _body(row) | {"title": title}

        return await self._act("exhibit.renamed", caller, exhibit, ready)

    async def withdraw(self, caller: Caller, exhibit: str, reason: str) -> ExhibitView:
        """Show it no more; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_exhibit``, ``not_yours``, ``bad_reason``, ``exhibit_on_screen``,
                ``log_unavailable``.
        """
        reason = reason.strip()
        if not 1 <= len(reason) <= REASON_CHARACTERS_MAX:
            raise Rejected("bad_reason", f"a reason has 1 to {REASON_CHARACTERS_MAX} characters")

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = _own(connection, caller, exhibit)
            if row.withdrawn_us is not None:
                return None
            if _on_screen(connection, row):
                raise Rejected("exhibit_on_screen", "a room shows it now: take it away first")
            return _body(row) | {"reason": reason}

        return await self._act("exhibit.withdrawn", caller, exhibit, ready)

    async def restore(self, caller: Caller, exhibit: str) -> ExhibitView:
        """It may be shown again; a repeat changes nothing.

        Raises:
            Rejected: ``unknown_exhibit``, ``not_yours``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = _own(connection, caller, exhibit)
            return None if row.withdrawn_us is None else _body(row)

        return await self._act("exhibit.restored", caller, exhibit, ready)

    async def _act(self, kind: str, caller: Caller, exhibit: str, ready: Ready) -> ExhibitView:
        by = {"by": caller.account_id, "by_name": caller.name}
        await self._book.act(kind, by, ready)
        return await self._exhibits.find(exhibit)


def _own(connection: Connection, caller: Caller, exhibit: str) -> Row[Any]:
    table = schema.exhibit
    row = connection.execute(select(table).where(table.c.id == exhibit)).one_or_none()
    if row is None:
        raise Rejected("unknown_exhibit", "there is no such exhibit")
    if caller.role is not Role.MANAGER and row.by_account != caller.account_id:
        raise Rejected("not_yours", "somebody else added it: a manager of the case may do this")
    return row


def _body(row: Row[Any]) -> dict[str, Any]:
    return {"case": row.case_id, "exhibit": row.id}


def _on_screen(connection: Connection, row: Row[Any]) -> bool:
    """Whether a session that runs shows it now."""
    table = schema.session
    running = select(table.c.id).where(table.c.case_id == row.case_id, table.c.closed_us.is_(None))
    sessions = connection.execute(running).scalars().all()
    return any(shown_view(connection, session).exhibit == row.id for session in sessions)
