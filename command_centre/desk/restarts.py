"""Starting processes again, so that settings changed on the page hold.

1. Which start again follows from what was changed (``config.changeable``); nothing else is touched.
2. Recorders and the centre only while no session is open anywhere, the centre only while no
   verification or export runs; each recorder looks once more itself. The transcriber at any time:
   what was said meanwhile is read from the recording (transcription/README.md).
3. ``process.restart`` in the centre's log says first who ordered it, and of what.
4. The supervisor starts them again; each reads its settings then (``config.kept``). One that is
   away reads them when it starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.changes import Area
from command_centre.db.database import Database
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.changes import Changes
from command_centre.desk.live_settings import LiveSettings
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.errors import Rejected
from config.bus import Bus
from config.changeable import CENTRE, CHANGEABLE, RECORDERS, TRANSCRIBER
from config.messages import TRANSCRIBER as TRANSCRIBER_SERVICE
from config.messages import Done, StartAgain
from config.recorders import recorder_names

_ANSWER_S = 0.3  # for the answer to leave before the centre ends


class Restarts:
    """Used on the event loop; one per centre."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        log: CaseLog,
        live_settings: LiveSettings,
        busy: Callable[[], bool],
        changes: Changes,
    ) -> None:
        """``busy`` says whether a verification or an export runs, which a restart would break."""
        self._bus = bus
        self._database = database
        self._log = log
        self._live_settings = live_settings
        self._busy = busy
        self._changes = changes
        self._turn = asyncio.Lock()
        #: Ends this process, which is then started again; None: nobody starts it again.
        self.restart: Callable[[], None] | None = None

    def waiting(self) -> list[str]:
        """Processes that must start again before what was changed holds."""
        pending = self._live_settings.pending()
        wanted = {one for name in pending for one in CHANGEABLE[name].restarts}
        return [one for one in (RECORDERS, TRANSCRIBER, CENTRE) if one in wanted]

    async def start_again(self, caller: Caller, *, only: str = "") -> None:
        """Have those processes started again, or ``only`` one; nothing waits: nothing is done.

        Raises:
            Rejected: ``cannot_restart``, ``sessions_open``, ``jobs_running``, ``log_unavailable``,
                or what a recorder or the transcriber says.
        """
        async with self._turn:
            waiting = [one for one in self.waiting() if only in ("", one)]
            if waiting:
                await self._check(waiting)
                said = {"processes": waiting, "by": caller.account_id, "by_name": caller.name}
                await self._log.append("process.restart", said)
                await self._tell_all(waiting)
        self._changes.note("", Area.SETTINGS)

    async def _check(self, waiting: list[str]) -> None:
        if self.restart is None:
            raise Rejected("cannot_restart", "nothing would start the processes again")
        if waiting != [TRANSCRIBER] and await self._database.read(_open_sessions):
            raise Rejected("sessions_open", "close the sessions that are still open first")
        if CENTRE in waiting and self._busy():
            raise Rejected("jobs_running", "a verification or an export is running; wait for it")

    async def _tell_all(self, waiting: list[str]) -> None:
        if RECORDERS in waiting:
            for name in recorder_names(self._live_settings.now.recorder.processes):
                await self._tell(name)
        if TRANSCRIBER in waiting:
            await self._tell(TRANSCRIBER_SERVICE)
        self._live_settings.restarted(set(waiting) - {CENTRE})
        if CENTRE in waiting and self.restart is not None:
            asyncio.get_running_loop().call_later(_ANSWER_S, self.restart)

    async def _tell(self, service: str) -> None:
        """Tell a process; one that is away reads its settings when it starts."""
        try:
            await ask(self._bus, "start_again", StartAgain(), Done, service=service)
        except Rejected as error:
            if error.code != "recorder_unreachable":
                raise


def _open_sessions(connection: Connection) -> bool:
    table = schema.session
    count = select(func.count()).select_from(table).where(table.c.closed_us.is_(None))
    return bool(connection.execute(count).scalar_one())
