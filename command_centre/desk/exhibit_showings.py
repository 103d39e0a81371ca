"""What was shown in a session, so that a review can bring it back: read from the log when asked.

Samples are private fields; where they were destroyed or withheld the showing stands without them.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.room_acts import shown_of
from command_centre.desk.views import View
from command_centre.errors import Rejected
from config.recorders import place
from evidence_store.errors import EvidenceError
from evidence_store.reader import LogReader

_KINDS = (
    *("exhibit.shown", "exhibit.screen", "exhibit.view", "exhibit.play", "exhibit.removed"),
    "session.close",
)
SHOWINGS_MAX = 500


class ScreenState(View, frozen=True):
    """What became of it on the screens."""

    state: str  # waiting | sent | shown | failed | lost
    t_us: int


class ViewPiece(View, frozen=True):
    """Samples as in desk/exhibit_samples.py, counted from ``from_us``."""

    from_us: int
    by_name: str
    samples: list[list[int]]


class PlayAct(View, frozen=True):
    """A clip was let run from a place, or held there."""

    t_us: int
    playing: bool
    at_ms: int
    by_name: str


class Showing(View, frozen=True):
    """From when to when an exhibit was shown."""

    show: str
    exhibit: str
    title: str
    mime: str
    number: int
    page: int
    by_name: str
    from_us: int
    to_us: int | None  # None: still
    screens: list[ScreenState]
    views: list[ViewPiece]
    plays: list[PlayAct]  # of a clip, in order


class ShowingList(View, frozen=True):
    """In the order they were shown."""

    showings: list[Showing]


class Showings:
    """Used on the event loop."""

    def __init__(self, database: Database, store: Path) -> None:
        self._database = database
        self._store = store

    async def of_session(self, session: str) -> ShowingList:
        """All showings of a session.

        Raises:
            Rejected: ``store_unreadable``.
        """
        found = await self._database.read(lambda connection: _entries(connection, session))
        return ShowingList(showings=await asyncio.to_thread(self._showings, found))

    def _showings(self, entries: list[tuple[int, str, int, dict[str, Any]]]) -> list[Showing]:
        made: list[Showing] = []
        for index, kind, t_us, body in entries:
            last = made[-1] if made else None
            if kind in ("exhibit.shown", "exhibit.removed", "session.close"):
                if last is not None and last.to_us is None:
                    made[-1] = msgspec.structs.replace(last, to_us=t_us)
                if kind == "exhibit.shown" and len(made) < SHOWINGS_MAX:
                    made.append(_begun(t_us, body))
                continue
            of = next((one for one in reversed(made) if one.show == body.get("show")), None)
            if of is None:
                continue
            if kind == "exhibit.screen":
                of.screens.append(ScreenState(state=str(body.get("state", "")), t_us=t_us))
            elif kind == "exhibit.play":
                of.plays.append(self._play(index, t_us, body))
            else:
                of.views.append(self._piece(index, body))
        return made

    def _opened(self, index: int) -> dict[str, Any]:
        """The body of an entry with its private fields, where they are still there."""
        log, at = place(index)
        try:
            [raw] = LogReader(self._store / log / "log").opened(at, 1)
            body: dict[str, Any] = msgspec.json.decode(raw)["body"]
        except (EvidenceError, ValueError) as error:
            raise Rejected("store_unreadable", "the log cannot be read") from error
        return body

    def _play(self, index: int, t_us: int, body: dict[str, Any]) -> PlayAct:
        return PlayAct(
            t_us=t_us,
            playing=bool(body.get("playing")),
            at_ms=int(body.get("at_ms", 0)),
            by_name=str(self._opened(index).get("by_name", "")),
        )

    def _piece(self, index: int, body: dict[str, Any]) -> ViewPiece:
        body = self._opened(index)
        return ViewPiece(
            from_us=int(body.get("from_us", 0)),
            by_name=str(body.get("by_name", "")),
            samples=body.get("samples") or [],
        )


def _begun(t_us: int, body: dict[str, Any]) -> Showing:
    said = shown_of(t_us, body)
    return Showing(
        show=said.show,
        exhibit=said.exhibit,
        title=said.title,
        mime=said.mime,
        number=said.number,
        page=said.page,
        by_name=said.by_name,
        from_us=t_us,
        to_us=None,
        screens=[],
        views=[],
        plays=[],
    )


def _entries(connection: Connection, session: str) -> list[tuple[int, str, int, dict[str, Any]]]:
    table = schema.log_entry
    rows = connection.execute(
        select(table)
        .where(table.c.session_id == session, table.c.kind.in_(_KINDS))
        .order_by(table.c.log_index)
    ).all()
    return [(row.log_index, row.kind, row.t_us, msgspec.json.decode(row.summary)) for row in rows]
