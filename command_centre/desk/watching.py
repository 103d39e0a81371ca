"""Who opened what: sessions, words and recordings that were looked at afterwards, and for how long.

Every look is an entry of the centre's log. Looking again within ten minutes says nothing new and is
no entry. A playback lasts from the first segment asked for until none was asked for half a minute.
What a dead centre left open, live or played back, is ended when the next one starts, with
``"how":"lost"``: nobody can say when it really ended.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.acts import Acts
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import append
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock

AGAIN_US = 600_000_000
IDLE_US = 30_000_000
_SWEEP_S = 5.0
_KNOWN_MAX = 10_000
ENDED, LOST = "ended", "lost"


@dataclass
class _Playback:
    body: dict[str, object]
    seen_us: int  # the last segment was asked for
    from_us: int  # of the recording
    to_us: int


class Watching:
    """Owned by the event loop."""

    def __init__(
        self, bus: Bus, database: Database, log: CaseLog, acts: Acts, clock: Clock
    ) -> None:
        self._bus = bus
        self._database = database
        self._log = log
        self._acts = acts
        self._clock = clock
        self._started_us = clock.now_us()
        self._looked: dict[tuple[str, ...], int] = {}
        self._playing: dict[tuple[str, str, str], _Playback] = {}

    async def session_opened(self, caller: Caller, session: str) -> None:
        """Somebody looks at a session in detail."""
        if self._is_new(caller.login, "session", session):
            body = {"case": await self._case_of(session), "session": session, **_who(caller)}
            await self._log.note("access.session", body)

    async def words_read(self, caller: Caller, case: str) -> None:
        """Somebody reads the running text of a case."""
        if self._is_new(caller.login, "text", case):
            await self._log.note("access.text", {"case": case, **_who(caller)})

    async def log_read(self, caller: Caller, case: str) -> None:
        """Somebody reads the log of a case."""
        if self._is_new(caller.login, "log", case):
            await self._log.note("access.case", {"case": case, "what": "log", **_who(caller)})

    async def searched(self, caller: Caller, query: str, case: str) -> None:
        """Somebody looks for words, in one case or in all."""
        if self._is_new(caller.login, "search", case, query):
            await self._log.note("access.search", {"case": case, "query": query, **_who(caller)})

    async def played(self, caller: Caller, session: str, source: str, at_us: int) -> None:
        """A recorded segment was asked for."""
        key, now_us = (caller.login, session, source), self._clock.now_us()
        playing = self._playing.get(key)
        if playing is not None:
            playing.seen_us = now_us
            playing.from_us, playing.to_us = min(playing.from_us, at_us), max(playing.to_us, at_us)
            return
        body: dict[str, object] = {
            "case": await self._case_of(session),
            "session": session,
            "source": source,
            "view": short_id("pb"),
            **_who(caller),
        }
        self._playing[key] = _Playback(body, now_us, at_us, at_us)
        await self._log.note("access.media", body)

    async def run(self) -> None:
        """End what is over, until cancelled; first what a dead centre left open."""
        for began_us, body in await self._acts.unended():
            if began_us < self._started_us:
                ended = {key: body[key] for key in body if key != "by_name"}
                await self._log.note("access.media_end", {**ended, "how": LOST})
        while True:
            await self.sweep()
            await asyncio.sleep(_SWEEP_S)

    async def sweep(self, *, everything: bool = False) -> None:
        """End playbacks nobody goes on with, and live views of a dead centre."""
        now_us = self._clock.now_us()
        for key, playing in list(self._playing.items()):
            if everything or now_us - playing.seen_us > IDLE_US:
                del self._playing[key]
                body = {
                    **playing.body,
                    "from_us": playing.from_us,
                    "to_us": playing.to_us,
                    "how": ENDED,
                }
                await self._log.note("access.media_end", body)
        if not everything:
            await self._end_lost_views()

    async def _end_lost_views(self) -> None:
        before_us = self._started_us
        for view in await self._database.read(
            lambda connection: _open_views(connection, before_us)
        ):
            try:
                await append(
                    self._bus,
                    key=f"view:{view.view_id}:leave",
                    kind="view.leave",
                    session=view.session_id,
                    room=view.room_id,
                    body={
                        "viewer": view.viewer,
                        "viewer_name": view.viewer_name,
                        "source": view.source_id,
                        "login": view.login_id,
                        "view": view.view_id,
                        "how": LOST,
                    },
                    t_us=self._clock.now_us(),
                )
            except Rejected:
                return  # the recorder is away; the next sweep tries again

    async def _case_of(self, session: str) -> str:
        return await self._database.read(lambda connection: case_of_session(connection, session))

    def _is_new(self, *what: str) -> bool:
        now_us = self._clock.now_us()
        if now_us - self._looked.get(what, -AGAIN_US) < AGAIN_US:
            return False
        if len(self._looked) >= _KNOWN_MAX:
            self._looked.clear()
        self._looked[what] = now_us
        return True


def case_of_session(connection: Connection, session: str) -> str:
    """The case of a session; empty when there is no such session."""
    table = schema.session
    found = connection.execute(select(table.c.case_id).where(table.c.id == session)).scalar()
    return str(found or "")


def _who(caller: Caller) -> dict[str, str]:
    return {"login": caller.login, "by": caller.account_id}


def _open_views(connection: Connection, before_us: int) -> list[_OpenView]:
    view, session = schema.view, schema.session
    rows = connection.execute(
        select(view, session.c.room_id)
        .join(session, session.c.id == view.c.session_id)
        .where(view.c.to_us.is_(None), view.c.from_us < before_us)
    )
    return [
        _OpenView(
            row.view_id,
            row.session_id,
            row.room_id,
            row.viewer,
            row.viewer_name,
            row.source_id,
            row.login_id,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class _OpenView:
    view_id: str
    session_id: str
    room_id: str
    viewer: str
    viewer_name: str
    source_id: str
    login_id: str
